#!/usr/bin/env python3
"""Makes the letters of drawings, crates/lookalike/src/drawing/font.png.

Needs Pillow 13, whose built-in font is Aileron Regular (Sora Sagano, CC0 1.0). The letters stand in
a row; the top line of pixels marks where each begins.
"""
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LETTERS = "".join(map(chr, range(32, 127))) + "°·"
SIZE = 20
OUT = Path(__file__).resolve().parent.parent / "crates/lookalike/src/drawing/font.png"

font = ImageFont.load_default(SIZE)
ascent, descent = font.getmetrics()
widths = [round(font.getlength(letter)) for letter in LETTERS]
sheet = Image.new("L", (sum(widths), ascent + descent + 1))
draw = ImageDraw.Draw(sheet)
x = 0
for letter, width in zip(LETTERS, widths):
    draw.text((x, 1), letter, 255, font)
    sheet.putpixel((x, 0), 255)
    x += width
sheet.save(OUT, optimize=True)
print(OUT, sheet.size, OUT.stat().st_size, "bytes")
