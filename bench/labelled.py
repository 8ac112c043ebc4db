"""Pictures that came sorted into folders by what they show: out of two Debian packages, and pieces of
photographs (packages.py). A picture's label is its folder.

things      photographs of things on white ground, the stamps of Tux Paint: birds, fruit, tools...
drawings    of Openclipart, by its folders
pieces      parts of photographs that do not overlap; the label is the photograph
"""

import pathlib

from PIL import Image

import packages

# Some drawings are larger than what Pillow thinks safe.
Image.MAX_IMAGE_PIXELS = None

# Tux Paint marks what is drawn by a folder `cartoon`; its other folders are letters and symbols.
THINGS = ["animals", "food", "household", "hobbies", "plants", "town/roadsigns", "vehicles"]
DRAWINGS = [
    "animals/*", "animals/mammals/*", "buildings/*", "electronics", "food/*", "food/beverages/*",
    "people/clothing", "people/clothing/hats", "plants/*", "recreation/music", "recreation/sports",
    "tools", "transportation/boating", "transportation/vehicles",
]
SIDE = 640


def flattened(path):
    """On white, not larger than pictures usually are here."""
    with Image.open(path) as picture:
        picture = picture.convert("RGBA")
    picture.thumbnail((SIDE, SIDE))
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def things(cache):
    stamps = packages.fetched(cache, "tuxpaint-stamps-default") / "usr/share/tuxpaint/stamps"
    for top in THINGS:
        for path in sorted((stamps / top).rglob("*.png")):
            folders = path.relative_to(stamps).parts[:-1]
            # There are mirrored twins, which would be found too easily.
            if "cartoon" not in folders and "mirror" not in path.stem:
                yield "-".join(folders[:2]), flattened(path)


def drawings(cache):
    clips = packages.fetched(cache, "openclipart-png") / "usr/share/openclipart/png"
    for pattern in DRAWINGS:
        for folder in sorted(clips.glob(pattern)):
            for path in sorted(folder.glob("*.png")):
                yield "-".join(folder.relative_to(clips).parts), flattened(path)


def pieces(cache):
    for group in packages.groups(cache):
        for path in group:
            with Image.open(path) as picture:
                yield path.parent.name, picture.convert("RGB")


SETS = {"things": things, "drawings": drawings, "pieces": pieces}


def folder(cache, name):
    """The folder of a set, with a folder for each label; made where it is not yet there."""
    ready = cache / f"labelled-{name}"
    if not ready.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = pathlib.Path(f"{ready}.part")
        for number, (label, picture) in enumerate(SETS[name](cache)):
            (part / label).mkdir(parents=True, exist_ok=True)
            picture.save(part / label / f"{number:05}.jpg", quality=95)
        part.rename(ready)
    return ready
