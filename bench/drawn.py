"""Pictures that share what everybody's pictures share: frames, captions, forms, receipts, charts, cards.

Each kind draws as many different pictures as one likes, from a seed, around one design: what two of them
have in common is the design, and what they show is not the same. Some take photographs as their content.
"""

import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LETTERS = "abcdefghijklmnoprstuvw"


def font(size):
    return ImageFont.load_default(size=size)


def word(rng):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(3, 9)))


def words(rng, count):
    return " ".join(word(rng) for _ in range(count))


def fitted(photograph, size):
    """The middle of a photograph that fills `size`."""
    width, height = size
    scale = max(width / photograph.width, height / photograph.height)
    grown = photograph.resize((math.ceil(photograph.width * scale), math.ceil(photograph.height * scale)),
                              Image.Resampling.LANCZOS)
    x, y = (grown.width - width) // 2, (grown.height - height) // 2
    return grown.crop((x, y, x + width, y + height))


def phone(photograph, rng):
    """A screenshot of a telephone: bars, buttons and names around the content."""
    page = Image.new("RGB", (360, 640), "white")
    page.paste(fitted(photograph, (360, 400)), (0, 90))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 360, 24), fill=(30, 32, 40))
    draw.text((10, 4), "12:41    Telekom     87 %", font=font(13), fill="white")
    draw.rectangle((0, 24, 360, 90), fill=(245, 245, 248))
    draw.ellipse((12, 34, 58, 80), fill=(70, 130, 220))
    draw.text((70, 38), "Photographs of friends", font=font(18), fill="black")
    draw.text((70, 62), "Following - 3 hours ago", font=font(13), fill=(110, 110, 110))
    for i, name in enumerate(("Like", "Comment", "Share", "Save")):
        draw.rounded_rectangle((10 + 87 * i, 500, 86 + 87 * i, 532), 8, outline=(90, 90, 90), width=2)
        draw.text((18 + 87 * i, 506), name, font=font(15), fill=(40, 40, 40))
    draw.text((10, 545), "Liked by many others", font=font(15), fill="black")
    draw.text((10, 570), "View all comments", font=font(14), fill=(120, 120, 120))
    draw.rectangle((0, 600, 360, 640), fill=(245, 245, 248))
    for i in range(5):
        draw.regular_polygon((36 + 72 * i, 620, 11), 3 + i, fill=(60, 60, 70))
    return page


def banner(photograph, rng):
    """A news banner over the bottom."""
    page = fitted(photograph, (640, 480))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 370, 640, 430), fill=(180, 20, 30))
    draw.text((16, 378), "BREAKING NEWS TONIGHT", font=font(36), fill="white")
    draw.rectangle((0, 430, 640, 464), fill=(20, 24, 60))
    draw.text((16, 434), "Live coverage from our studio, more at eleven", font=font(20), fill="white")
    draw.rectangle((560, 16, 624, 56), fill=(20, 24, 60))
    draw.text((570, 20), "TV 7", font=font(24), fill="white")
    return page


def game(photograph, rng):
    """The display of a game, with bars, a map and slots."""
    page = fitted(photograph, (640, 400))
    draw = ImageDraw.Draw(page)
    draw.rectangle((10, 10, 200, 26), fill=(170, 30, 30), outline="black", width=2)
    draw.rectangle((10, 32, 160, 46), fill=(40, 80, 190), outline="black", width=2)
    draw.ellipse((530, 10, 630, 110), fill=(50, 80, 50), outline=(220, 200, 120), width=4)
    draw.line((580, 12, 580, 108), fill=(220, 200, 120), width=2)
    draw.line((532, 60, 628, 60), fill=(220, 200, 120), width=2)
    for i in range(9):
        x = 140 + 40 * i
        draw.rectangle((x, 356, x + 36, 392), fill=(60, 50, 40), outline=(220, 200, 120), width=3)
        draw.regular_polygon((x + 18, 374, 11), 3 + i % 5, fill=(90 + 15 * i, 160, 200 - 15 * i))
        draw.text((x + 24, 376), str(i + 1), font=font(12), fill="white")
    return page


def stamp(photograph, rng):
    """A watermark across, and a stamp in the corner."""
    page = fitted(photograph, (600, 450))
    layer = Image.new("RGBA", page.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    draw.text((90, 180), "SAMPLE PICTURE", font=font(54), fill=(255, 255, 255, 150),
              stroke_width=2, stroke_fill=(0, 0, 0, 150))
    draw.text((400, 415), "(c) picture agency 2026", font=font(17), fill=(255, 200, 60, 255))
    return Image.alpha_composite(page.convert("RGBA"), layer).convert("RGB")


def frame(photograph, rng):
    """An ornate frame."""
    page = Image.new("RGB", (560, 460), (120, 84, 40))
    draw = ImageDraw.Draw(page)
    for i in range(28):
        for y in (6, 428):
            draw.regular_polygon((20 + 19 * i, y + 14, 9), 5, fill=(230, 190, 90), outline=(60, 40, 20))
    for i in range(19):
        for x in (6, 528):
            draw.regular_polygon((x + 14, 60 + 19 * i, 9), 4, fill=(240, 210, 120), outline=(60, 40, 20))
    page.paste(fitted(photograph, (480, 380)), (40, 40))
    return page


def subtitles(photograph, rng):
    """Subtitles of one film, that say the same."""
    page = fitted(photograph, (640, 360))
    draw = ImageDraw.Draw(page)
    for y, text in ((295, "I told you never to come back here"), (325, "and yet you stand before me again.")):
        draw.text((320, y), text, font=font(25), fill="white", stroke_width=2, stroke_fill="black", anchor="ma")
    return page


def meme(template, rng):
    """One photograph with other words."""
    page = template.copy()
    draw = ImageDraw.Draw(page)
    for y, anchor in ((0.03 * page.height, "ma"), (0.97 * page.height, "md")):
        text = words(rng, 3).upper()
        draw.text((page.width / 2, y), text, font=font(max(12, int(1.5 * page.width / len(text)))), fill="white",
                  stroke_width=3, stroke_fill="black", anchor=anchor)
    return page


def captions(_, rng):
    """A page of words of its own, in the one font."""
    page = Image.new("RGB", (600, 420), "white")
    draw = ImageDraw.Draw(page)
    draw.text((30, 24), words(rng, 3).title(), font=font(40), fill="black")
    for line in range(8):
        draw.text((30, 96 + 38 * line), words(rng, 6), font=font(24), fill="black")
    return page


def receipt(_, rng):
    """A receipt of one shop: other goods, other amounts."""
    page = Image.new("RGB", (320, 640), (250, 249, 244))
    draw = ImageDraw.Draw(page)
    draw.text((160, 16), "CORNER MARKET", font=font(30), fill=(20, 20, 20), anchor="ma")
    draw.text((160, 54), "14 Station Road, open until ten", font=font(15), fill=(20, 20, 20), anchor="ma")
    draw.text((160, 76), "Telephone 555 01 23", font=font(15), fill=(20, 20, 20), anchor="ma")
    total, y = 0, 120
    for _ in range(rng.randint(9, 12)):
        price = rng.randint(50, 2999)
        total += price
        draw.text((20, y), word(rng).title(), font=font(18), fill=(20, 20, 20))
        draw.text((300, y), f"{price / 100:.2f}", font=font(18), fill=(20, 20, 20), anchor="ra")
        y += 27
    draw.line((20, 470, 300, 470), fill=(20, 20, 20), width=2)
    draw.text((20, 480), "TOTAL", font=font(28), fill=(20, 20, 20))
    draw.text((300, 480), f"{total / 100:.2f}", font=font(28), fill=(20, 20, 20), anchor="ra")
    draw.text((20, 520), f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.2026  {rng.randint(8, 21)}:"
              f"{rng.randint(0, 59):02}", font=font(16), fill=(20, 20, 20))
    draw.text((160, 560), "THANK YOU FOR YOUR VISIT", font=font(20), fill=(20, 20, 20), anchor="ma")
    draw.text((160, 590), "goods may be returned within 14 days", font=font(14), fill=(20, 20, 20), anchor="ma")
    return page


def form(_, rng):
    """A form with other answers."""
    page = Image.new("RGB", (480, 640), "white")
    draw = ImageDraw.Draw(page)
    draw.text((24, 20), "Application for membership", font=font(28), fill=(20, 40, 90))
    fields = ("Family name", "First name", "Street", "Town", "Country", "Profession", "Date of birth", "Member since")
    for i, name in enumerate(fields):
        y = 76 + 58 * i
        draw.text((24, y), name, font=font(14), fill=(20, 40, 90))
        draw.rectangle((24, y + 18, 456, y + 48), outline=(20, 40, 90), width=2)
        draw.text((34, y + 20), words(rng, 2).title(), font=font(21), fill=(30, 30, 30))
    for i, name in enumerate(("by letter", "by message", "never")):
        x = 30 + 140 * i
        draw.rectangle((x, 570, x + 18, 588), outline=(20, 40, 90), width=2)
        if rng.random() < 0.5:
            draw.line((x, 570, x + 18, 588), fill="black", width=3)
        draw.text((x + 26, 570), name, font=font(14), fill=(20, 40, 90))
    return page


def chart(_, rng):
    """A chart of one style with other data: bars, a line or points."""
    page = Image.new("RGB", (640, 420), "white")
    draw = ImageDraw.Draw(page)
    draw.text((320, 12), "Sales by month, in thousands", font=font(24), fill="black", anchor="ma")
    for i in range(6):
        y = 60 + 60 * i
        draw.line((70, y, 610, y), fill=(215, 215, 215), width=1)
        draw.text((60, y), str(100 - 20 * i), font=font(15), fill=(60, 60, 60), anchor="rm")
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    heights = [rng.uniform(20, 290) for _ in months]
    places = [92 + 45 * i for i in range(12)]
    for x, name in zip(places, months):
        draw.text((x, 372), name, font=font(14), fill=(60, 60, 60), anchor="ma")
    style = rng.randrange(2)
    points = [(x, 360 - h) for x, h in zip(places, heights)]
    if style:
        for x, y in points:
            draw.rectangle((x - 14, y, x + 14, 360), fill=(54, 110, 190))
    else:
        draw.line(points, fill=(214, 80, 40), width=4)
        for x, y in points:
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=(214, 80, 40))
    draw.line((70, 360, 610, 360), fill="black", width=2)
    draw.line((70, 60, 70, 360), fill="black", width=2)
    draw.text((320, 396), "Source: annual report", font=font(14), fill=(120, 120, 120), anchor="ma")
    return page


def card(_, rng):
    """A visiting card in one of many colours, with another name."""
    hue = tuple(rng.randrange(30, 226) for _ in range(3))
    page = Image.new("RGB", (540, 320), (250, 250, 250))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 540, 90), fill=hue)
    draw.regular_polygon((60, 46, 34), 6, fill="white")
    draw.regular_polygon((60, 46, 20), 3, fill=hue)
    draw.text((120, 22), "Northern Lights Ltd", font=font(36), fill="white")
    draw.text((30, 120), f"{word(rng)} {word(rng)}".title(), font=font(34), fill=(30, 30, 30))
    draw.text((30, 168), "Sales and services", font=font(20), fill=(90, 90, 90))
    draw.text((30, 220), f"Telephone {rng.randint(1000000, 9999999)}", font=font(20), fill=(30, 30, 30))
    draw.text((30, 250), f"{word(rng)}@northern-lights.example", font=font(20), fill=(30, 30, 30))
    return page


def playing(_, rng):
    """A playing card: one layout, another rank and suit."""
    page = Image.new("RGB", (320, 448), "white")
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((6, 6, 314, 442), 18, outline=(60, 60, 60), width=3)
    colour = rng.choice([(200, 20, 30), (20, 20, 20), (20, 90, 160), (20, 120, 40)])
    sides, rank = rng.randint(3, 8), rng.randint(2, 10)
    for x, y in ((26, 18), (262, 388)):
        draw.text((x, y), str(rank), font=font(36), fill=colour)
    for i in range(rank):
        place = (110 + 100 * (i % 2), 90 + 66 * (i // 2))
        draw.regular_polygon((*place, 26), sides, fill=colour)
    return page


def icon(_, rng):
    """A few flat shapes."""
    page = Image.new("RGB", (256, 256), rng.choice(["white", "white", (240, 240, 240), (30, 34, 44)]))
    draw = ImageDraw.Draw(page)
    for _ in range(rng.randint(2, 5)):
        colour = tuple(rng.randrange(256) for _ in range(3))
        x, y, radius = rng.randint(50, 206), rng.randint(50, 206), rng.randint(18, 80)
        if rng.random() < 0.4:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        else:
            draw.regular_polygon((x, y, radius), rng.randint(3, 7), rotation=rng.randrange(360), fill=colour)
    return page


# Those that take a photograph of their own, and those that do without (or, the meme, with one for all).
OVERLAYS = {f.__name__: f for f in (phone, banner, game, stamp, frame, subtitles)}
DESIGNS = {f.__name__: f for f in (meme, captions, receipt, form, chart, card, playing, icon)}
