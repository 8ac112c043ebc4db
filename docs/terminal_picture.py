#!/usr/bin/env python3
"""Run a command in a terminal of its own and save what it shows as a picture.

usage: terminal_picture.py OUT.png [--columns N] [--rows N] -- COMMAND [ARG...]

Understands what lookalike prints: text, 24-bit and 256 colours, bold, dim, and half blocks.
Needs Pillow and a DejaVu Sans Mono font (Debian: fonts-dejavu-core).
"""
import argparse
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from PIL import Image, ImageDraw, ImageFont

CELL_W, CELL_H, MARGIN, SIZE = 9, 18, 14, 15
BACK, FORE = (24, 26, 31), (220, 223, 228)
BASIC = [(40, 44, 52), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (86, 182, 194), (220, 223, 228)]
FONTS = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono"


def capture(command, columns, rows):
    """Everything the command writes to its terminal."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    env = dict(os.environ, TERM="xterm-256color", COLORTERM="truecolor", COLUMNS=str(columns))
    for name in ("NO_COLOR", "KITTY_WINDOW_ID", "TERM_PROGRAM"):
        env.pop(name, None)
    process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=env)
    os.close(child)
    out = b""
    try:
        while chunk := os.read(parent, 65536):
            out += chunk
    except OSError:
        pass
    process.wait()
    return out.decode("utf-8", "replace")


def colour256(n):
    if n < 16:
        return BASIC[n % 8]
    if n < 232:
        n -= 16
        return tuple(0 if v == 0 else 55 + 40 * v for v in (n // 36, n // 6 % 6, n % 6))
    return (8 + 10 * (n - 232),) * 3


class Pen:
    def __init__(self):
        self.reset()

    def reset(self):
        self.fore, self.back, self.bold, self.dim = FORE, BACK, False, False

    def apply(self, codes):
        codes = [int(c or 0) for c in codes.split(";")] if codes else [0]
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.reset()
            elif c == 1:
                self.bold = True
            elif c == 2:
                self.dim = True
            elif c == 22:
                self.bold = self.dim = False
            elif 30 <= c <= 37 or 90 <= c <= 97:
                self.fore = BASIC[c % 10]
            elif c == 39:
                self.fore = FORE
            elif 40 <= c <= 47:
                self.back = BASIC[c % 10]
            elif c == 49:
                self.back = BACK
            elif c in (38, 48) and codes:
                kind = codes.pop(0)
                value = tuple(codes[:3]) if kind == 2 else colour256(codes[0])
                codes = codes[3:] if kind == 2 else codes[1:]
                if c == 38:
                    self.fore = value
                else:
                    self.back = value


def cells(text, columns):
    """The screen as lines of (character, fore, back, bold)."""
    pen, lines, x = Pen(), [{}], 0
    for piece in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\r\n|\n|\r)", text):
        if piece.startswith("\x1b["):
            if piece.endswith("m"):
                pen.apply(piece[2:-1])
            elif piece.endswith("K"):
                lines[-1] = {k: v for k, v in lines[-1].items() if k < x}
        elif piece in ("\r\n", "\n"):
            lines.append({})
            x = 0
        elif piece == "\r":
            x = 0
        else:
            for character in piece:
                fore = tuple(v * 6 // 10 for v in pen.fore) if pen.dim else pen.fore
                lines[-1][x] = (character, fore, pen.back, pen.bold)
                x += 1
                if x == columns:
                    lines.append({})
                    x = 0
    while lines and not lines[-1]:
        lines.pop()
    return lines


def draw(lines, columns):
    out = Image.new("RGB", (columns * CELL_W + 2 * MARGIN, len(lines) * CELL_H + 2 * MARGIN), BACK)
    pen = ImageDraw.Draw(out)
    regular, bold = ImageFont.truetype(FONTS + ".ttf", SIZE), ImageFont.truetype(FONTS + "-Bold.ttf", SIZE)
    for row, line in enumerate(lines):
        for column, (character, fore, back, heavy) in line.items():
            x, y = MARGIN + column * CELL_W, MARGIN + row * CELL_H
            box = (x, y, x + CELL_W - 1, y + CELL_H - 1)
            if back != BACK:
                pen.rectangle(box, fill=back)
            if character in "▀▄█":
                top = y + CELL_H // 2 if character == "▄" else y
                bottom = y + CELL_H // 2 - 1 if character == "▀" else y + CELL_H - 1
                pen.rectangle((x, top, x + CELL_W - 1, bottom), fill=fore)
            elif character != " ":
                pen.text((x, y + 1), character, font=bold if heavy else regular, fill=fore)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    shown = "\x1b[1m$ " + " ".join(args.command) + "\x1b[0m\r\n" + capture(args.command, args.columns, args.rows)
    draw(cells(shown, args.columns), args.columns).save(args.out, optimize=True)


if __name__ == "__main__":
    main()
