#!/usr/bin/env python3
"""Make modified copies of pictures: 25 kinds of modification, with fixed seeds.

usage: modifications.py OUT PICTURE...
           [--others FOLDER]   pictures used as collage neighbours and as background to paste into
           [--kinds a,b,...]   only these kinds
           [--seed N]

Writes OUT/<kind>/<stem>.jpg and OUT/truth.tsv with lines `query <tab> original`. The same pictures,
seed and versions of Pillow and numpy give the same bytes.
"""
import argparse
import io
import random
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

BICUBIC = Image.Resampling.BICUBIC


def jpeg(picture, quality):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def resize(picture, factor):
    w, h = picture.size
    return picture.resize((max(8, round(w * factor)), max(8, round(h * factor))), Image.Resampling.LANCZOS)


def crop(picture, share, rng):
    """A window of `share` of the area, of the same shape, anywhere."""
    w, h = picture.size
    cw, ch = round(w * share**0.5), round(h * share**0.5)
    x, y = rng.randint(0, w - cw), rng.randint(0, h - ch)
    return picture.crop((x, y, x + cw, y + ch))


def rotate(picture, degrees):
    """Rotated on a grey ground that grows to hold all of it."""
    return picture.rotate(degrees, BICUBIC, expand=True, fillcolor=(128, 128, 128))


def lettering(picture, rng):
    """Two lines of bold outlined capitals over the top and the bottom."""
    picture = picture.copy()
    w, h = picture.size
    draw = ImageDraw.Draw(picture)
    words = ["WHEN YOU SEE IT", "NOT AGAIN", "ONE DOES NOT SIMPLY", "SO MUCH FUN", "EVERY SINGLE TIME", "BREAKING NEWS"]
    for y, anchor in ((0.04 * h, "ma"), (0.96 * h, "md")):
        text = rng.choice(words)
        font = ImageFont.load_default(size=max(10, int(1.5 * w / len(text))))
        draw.text((w / 2, y), text, font=font, fill="white", stroke_width=max(1, w // 200), stroke_fill="black", anchor=anchor)
    return picture


def colour(picture, rng):
    picture = ImageEnhance.Color(picture).enhance(rng.uniform(1.3, 1.8))
    picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.75, 1.25))
    picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.8, 1.3))
    gain = np.array([rng.uniform(0.85, 1.15) for _ in range(3)])
    return Image.fromarray(np.clip(np.asarray(picture) * gain, 0, 255).astype(np.uint8))


def noise(picture, rng, sigma=18):
    generator = np.random.default_rng(rng.randrange(2**32))
    pixels = np.asarray(picture).astype(np.float32)
    return Image.fromarray(np.clip(pixels + generator.normal(0, sigma, pixels.shape), 0, 255).astype(np.uint8))


def border(picture, rng):
    w, h = picture.size
    b = round(0.12 * max(w, h))
    out = Image.new("RGB", (w + 2 * b, h + 2 * b), tuple(rng.randrange(256) for _ in range(3)))
    out.paste(picture, (b, b))
    return out


def occlude(picture, rng, share=0.4):
    """A plain rectangle over `share` of the area."""
    picture = picture.copy()
    w, h = picture.size
    rw = rng.uniform(share, 1) * w
    rh = share * w * h / rw
    x, y = rng.uniform(0, w - rw), rng.uniform(0, h - rh)
    fill = tuple(rng.randrange(256) for _ in range(3))
    ImageDraw.Draw(picture).rectangle((x, y, x + rw, y + rh), fill=fill)
    return picture


def collage(picture, rng, others):
    """One cell of two by two; the others are strangers."""
    cells = [picture, *(Image.open(p).convert("RGB") for p in rng.sample(others, 3))]
    rng.shuffle(cells)
    out = Image.new("RGB", (640, 480))
    for i, cell in enumerate(cells):
        out.paste(cell.resize((320, 240), BICUBIC), (320 * (i % 2), 240 * (i // 2)))
    return out


def embed(picture, rng, others, share=0.1):
    """Pasted into another picture at `share` of its area."""
    out = Image.open(rng.choice(others)).convert("RGB")
    w, h = out.size
    factor = (share * w * h / (picture.width * picture.height)) ** 0.5
    small = resize(picture, min(factor, w / picture.width, h / picture.height))
    out.paste(small, (rng.randint(0, w - small.width), rng.randint(0, h - small.height)))
    return out


def perspective(picture, rng, strength=0.18, ground=(90, 90, 90)):
    w, h = picture.size

    def move(x, y):
        return x * w + rng.uniform(0, strength) * w * (1 if x == 0 else -1), y * h + rng.uniform(0, strength) * h * (1 if y == 0 else -1)

    target = [move(0, 0), move(1, 0), move(1, 1), move(0, 1)]
    source = [(0, 0), (w, 0), (w, h), (0, h)]
    rows, right = [], []
    for (x, y), (u, v) in zip(target, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return picture.transform((w, h), Image.Transform.PERSPECTIVE, np.linalg.solve(np.array(rows), np.array(right)), BICUBIC, fillcolor=ground)


def screen(picture, rng):
    """A photograph of a screen: perspective, pixel grid, glare, blur, noise, compression."""
    picture = perspective(picture, rng, 0.08, (20, 20, 20))
    pixels = np.asarray(picture).astype(np.float32)
    y, x = np.mgrid[0 : picture.height, 0 : picture.width]
    pixels *= (1 - 0.12 * (np.sin(x * 2.1) > 0.4) - 0.08 * (np.sin(y * 1.9) > 0.5))[..., None]
    gx, gy = rng.uniform(0, picture.width), rng.uniform(0, picture.height)
    glare = np.exp(-((x - gx) ** 2 + (y - gy) ** 2) / (2 * (0.25 * picture.width) ** 2))
    pixels = np.clip(pixels * 0.9 + 70 * glare[..., None], 0, 255).astype(np.uint8)
    return jpeg(noise(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.8)), rng, 6), 60)


def combination(picture, rng, others):
    """Mirrored by chance, cropped, turned, lettered, recoloured, scaled down, compressed hard."""
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = rotate(crop(picture, 0.6, rng), rng.uniform(-12, 12))
    return jpeg(resize(colour(lettering(picture, rng), rng), 0.6), 25)


KINDS = {
    "resize50": lambda p, r, o: resize(p, 0.5),
    "resize25": lambda p, r, o: resize(p, 0.25),
    "jpeg30": lambda p, r, o: jpeg(p, 30),
    "jpeg8": lambda p, r, o: jpeg(p, 8),
    "crop70": lambda p, r, o: crop(p, 0.7, r),
    "crop50": lambda p, r, o: crop(p, 0.5, r),
    "crop30": lambda p, r, o: crop(p, 0.3, r),
    "rot10": lambda p, r, o: rotate(p, 10),
    "rot45": lambda p, r, o: rotate(p, 45),
    "rot90": lambda p, r, o: p.transpose(Image.Transpose.ROTATE_90),
    "mirror": lambda p, r, o: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "mirror-crop": lambda p, r, o: crop(p.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 0.6, r),
    "lettering": lambda p, r, o: lettering(p, r),
    "colour": lambda p, r, o: colour(p, r),
    "grey": lambda p, r, o: p.convert("L").convert("RGB"),
    "blur": lambda p, r, o: p.filter(ImageFilter.GaussianBlur(2.0)),
    "noise": lambda p, r, o: noise(p, r),
    "stretch": lambda p, r, o: p.resize((round(p.width * 1.35), p.height), BICUBIC),
    "border": lambda p, r, o: border(p, r),
    "occlude40": lambda p, r, o: occlude(p, r),
    "collage4": collage,
    "embed10": embed,
    "perspective": lambda p, r, o: perspective(p, r),
    "screen": lambda p, r, o: screen(p, r),
    "combination": combination,
}


def modified(path, kind, others, seed):
    """A modified copy of the picture at `path`; `others` are the paths of strangers."""
    # A seed for each copy, so that leaving kinds or pictures out changes no other.
    rng = random.Random(zlib.crc32(f"{seed}/{kind}/{path.name}".encode()))
    strangers = [p for p in others if p.name != path.name]
    return KINDS[kind](Image.open(path).convert("RGB"), rng, strangers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--others", type=Path)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    others = sorted(args.others.iterdir()) if args.others else sorted(args.pictures)
    args.out.mkdir(parents=True, exist_ok=True)
    with open(args.out / "truth.tsv", "w") as truth:
        for path in sorted(args.pictures):
            for kind in args.kinds.split(","):
                target = args.out / kind / f"{path.stem}.jpg"
                target.parent.mkdir(exist_ok=True)
                modified(path, kind, others, args.seed).save(target, quality=90)
                truth.write(f"{target}\t{path}\n")


if __name__ == "__main__":
    main()
