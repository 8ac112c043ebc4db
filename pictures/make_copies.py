#!/usr/bin/env python3
"""Makes the sample pictures. Needs Pillow 13.

    make_copies.py                     the modified copies and queries, from the originals in library/
    make_copies.py --originals DIR     first the originals, from the unpacked packages in DIR

DIR holds what ATTRIBUTION.md names: the folders `skimage/data`, `sklearn/datasets/images` (from
the wheels) and `usr/share/backgrounds` (from the Debian package). All parameters are fixed: the
same Pillow makes the same bytes.
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

HERE = Path(__file__).resolve().parent
LIBRARY = HERE / "library"
QUERIES = HERE / "queries"

SKIMAGE = "skimage/data/"
SKLEARN = "sklearn/datasets/images/"
DEBIAN = "usr/share/backgrounds/"

# name in library/ -> source, largest side (None: the file as it is)
ORIGINALS = {
    "astronaut.jpg": (SKIMAGE + "astronaut.png", 480),
    "brick-wall.png": (SKIMAGE + "brick.png", None),
    "cameraman.png": (SKIMAGE + "camera.png", None),
    "cat.jpg": (SKIMAGE + "chelsea.png", 451),
    "chalkboard.png": (SKIMAGE + "text.png", None),
    "coffee.jpg": (SKIMAGE + "coffee.png", 512),
    "galaxies.jpg": (SKIMAGE + "hubble_deep_field.jpg", 600),
    "rocket.jpg": (SKIMAGE + "rocket.jpg", 560),
    "pagoda.jpg": (SKLEARN + "china.jpg", 560),
    "dahlia.jpg": (SKLEARN + "flower.jpg", 480),
    "mountain-meadow.jpg": (DEBIAN + "aitzgorri_by_Aitzol_Berasategi.jpg", 512),
    "two-dogs.jpg": (DEBIAN + "friends_by_Aitzol_Berasategi.jpg", 512),
    "forest-stream.jpg": (DEBIAN + "life_by_Aitzol_Berasategi.jpg", 512),
    "mountain-path.jpg": (DEBIAN + "picosdeeuropa_by_Aitzol_Berasategi.jpg", 512),
    "sunset.jpg": (DEBIAN + "sunset_by_Aitzol_Berasategi.jpg", 512),
    "fig-in-a-bowl.jpg": (DEBIAN + "Picture_0B_by_freespace.jpg", 512),
    "paint-brushes.jpg": (DEBIAN + "Picture_1A_by_freespace.jpg", 480),
    "dandelions.jpg": (DEBIAN + "seeding_by_Clements_Engelhardt.jpg", 512),
    "drum.jpg": (DEBIAN + "Wine_by_Jakkub_Mede.jpg", 512),
}


def open_upright(path):
    picture = ImageOps.exif_transpose(Image.open(path))
    return picture if picture.mode == "L" else picture.convert("RGB")


def original(name):
    return open_upright(LIBRARY / name)


def fit(picture, side):
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small


def crop(picture, left, top, right, bottom):
    """Fractions of the width and the height."""
    w, h = picture.size
    return picture.crop((round(w * left), round(h * top), round(w * right), round(h * bottom)))


def save(picture, path, quality=82):
    if path.suffix == ".jpg":
        picture.save(path, quality=quality, optimize=True)
    elif path.suffix == ".webp":
        picture.save(path, quality=quality, method=6)
    elif path.suffix == ".tif":
        picture.save(path, compression="tiff_lzw")
    else:
        picture.save(path)


def make_originals(packages):
    for name, (source, side) in ORIGINALS.items():
        path = LIBRARY / name
        if side is None:
            path.write_bytes((packages / source).read_bytes())
        else:
            save(fit(open_upright(packages / source), side), path)
    # Queries from the sources, larger than the library has them; one is not in the library at all.
    save(fit(open_upright(packages / SKIMAGE / "hubble_deep_field.jpg"), 640), QUERIES / "galaxies.jpg")
    save(fit(open_upright(packages / SKLEARN / "china.jpg"), 600), QUERIES / "pagoda.jpg", quality=75)
    retina = open_upright(packages / SKIMAGE / "retina.jpg")
    save(fit(retina, 400), QUERIES / "retina-not-in-library.jpg")


def lettering(picture, text, size):
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    font = ImageFont.load_default(size)
    w, h = copy.size
    draw.text((w // 2, h - size), text, "white", font, anchor="mm", stroke_width=3, stroke_fill="black")
    return copy


def warmer(picture):
    red, green, blue = picture.split()
    red = red.point(lambda v: min(255, round(v * 1.15 + 8)))
    blue = blue.point(lambda v: round(v * 0.8))
    return ImageEnhance.Brightness(Image.merge("RGB", (red, green, blue))).enhance(1.08)


def on_a_wall(poster, wall):
    """A framed poster, turned a little, on a brick wall."""
    framed = ImageOps.expand(fit(poster, 250), 10, "white").convert("RGBA")
    turned = framed.rotate(7, Image.Resampling.BICUBIC, expand=True)
    scene = wall.convert("RGB")
    scene.paste(turned, (150, 90), turned)
    return scene


def collage(names):
    """Four pictures, each cut to a square, two by two."""
    sheet = Image.new("RGB", (500, 500), "white")
    for i, name in enumerate(names):
        cell = ImageOps.fit(original(name), (245, 245), Image.Resampling.LANCZOS)
        sheet.paste(cell, (i % 2 * 255, i // 2 * 255))
    return sheet


def make_copies():
    galaxies = original("galaxies.jpg")
    w, h = galaxies.size
    save(galaxies, LIBRARY / "galaxies-recompressed.jpg", quality=20)
    save(galaxies.resize((w * 3 // 5, h * 3 // 5), Image.Resampling.BICUBIC), LIBRARY / "galaxies-small.webp")
    save(warmer(galaxies), LIBRARY / "galaxies-warmer.jpg")
    save(lettering(galaxies, "We are not alone", 44), LIBRARY / "galaxies-poster.jpg")
    save(crop(galaxies, 0.1, 0.1, 0.8, 0.8), LIBRARY / "galaxies-cropped.jpg", quality=88)
    save(ImageOps.expand(fit(galaxies, 480), 30, "white"), LIBRARY / "galaxies-framed.jpg")

    pagoda = original("pagoda.jpg")
    save(warmer(pagoda), LIBRARY / "pagoda-warmer.jpg")
    save(lettering(pagoda, "Greetings from Beijing", 40), LIBRARY / "pagoda-postcard.jpg")
    save(crop(pagoda, 0.15, 0.05, 0.65, 0.75), LIBRARY / "pagoda-cropped.webp", quality=88)
    save(pagoda.rotate(12, Image.Resampling.BICUBIC, expand=True, fillcolor="white"), LIBRARY / "pagoda-rotated.jpg")

    save(ImageOps.mirror(original("cat.jpg")), LIBRARY / "cat-mirrored.jpg")
    save(fit(original("coffee.jpg").convert("L"), 360), LIBRARY / "coffee-grey.png")
    save(fit(original("dahlia.jpg"), 240).quantize(128), LIBRARY / "dahlia-small.gif")
    save(ImageOps.expand(original("astronaut.jpg"), 40, "black"), LIBRARY / "astronaut-framed.jpg")
    save(fit(original("cameraman.png"), 256), LIBRARY / "cameraman-small.tif")
    save(fit(original("rocket.jpg"), 160), LIBRARY / "rocket-thumbnail.bmp")
    save(on_a_wall(original("two-dogs.jpg"), original("brick-wall.png")), LIBRARY / "two-dogs-on-a-wall.jpg")
    save(collage(["forest-stream.jpg", "dahlia.jpg", "fig-in-a-bowl.jpg", "drum.jpg"]), LIBRARY / "collage.jpg")

    # As a phone stores it: the pixels lie on their side, EXIF says how to turn them upright.
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = fit(original("paint-brushes.jpg"), 400).transpose(Image.Transpose.ROTATE_90)
    lying.save(LIBRARY / "paint-brushes-phone.jpg", quality=82, exif=exif)


def make_queries():
    save(ImageEnhance.Brightness(original("two-dogs.jpg")).enhance(0.8), QUERIES / "two-dogs-darker.jpg")
    save(crop(original("forest-stream.jpg"), 0.2, 0.15, 0.85, 0.85), QUERIES / "forest-stream-cropped.jpg")
    save(lettering(fit(original("cat.jpg"), 380), "miaow", 40), QUERIES / "cat-with-lettering.jpg")


def main():
    LIBRARY.mkdir(exist_ok=True)
    QUERIES.mkdir(exist_ok=True)
    if sys.argv[1:2] == ["--originals"]:
        make_originals(Path(sys.argv[2]))
    make_copies()
    make_queries()


if __name__ == "__main__":
    main()
