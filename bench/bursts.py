"""Whether `lookalike dups` tells copies of a picture from shots of the same scene a moment apart.

usage: bench/run.sh bursts [FOLDER] [--pictures 900] [--profile light] [--seed 1] [--work FOLDER]

FOLDER holds the pictures; without it they are those of packages.py. Each gets one companion, of the
kinds in turn, and all are indexed together.

copies      modifications (modifications.py) that leave most of the picture to be seen
bursts      simulated, since nobody publishes enough of them: the second of two shots has noise of its
            own and was compressed by itself, and
  shake       the camera was moved: turned by up to 1 degree, shifted by up to 2 % of the width. As
              nothing else differs, it is a copy that was turned and cropped, and not to be told from it
  parallax    as well, what is near moves against what is far, by up to 2 % of the width
  moved       as well as shake, something (an ellipse with a tenth of the area, cut out of another
              picture) is a tenth of the width farther
  burst       all of it
real        the two pairs of photographs of one scene that are in the packages: by the two eyes of a
            stereo camera, and at another time of day

same, near  share of the pairs that `dups`, and `dups --kind near`, put in one group
"""

import argparse
import collections
import json
import pathlib
import random
import shutil
import subprocess
import tempfile
import zlib

import cv2
import numpy as np
from PIL import Image

import machine
import modifications
import opencv
import packages
import trial

BINARY = machine.ROOT / "target" / "release" / "lookalike"
COPIES = ["resize50", "resize25", "jpeg30", "jpeg8", "crop70", "crop50", "rot10", "rot90", "colour",
          "grey", "blur", "noise", "stretch", "border", "lettering"]
BURSTS = {"shake": (0, False), "parallax": (0.02, False), "moved": (0, True), "burst": (0.02, True)}
WHEEL = "scikit-image-0.26.0/skimage/data"
LAND = "endless-sky-data/usr/share/games/endless-sky/images/land"
REAL = {
    "stereo": [f"{WHEEL}/motorcycle_left.png", f"{WHEEL}/motorcycle_right.png"],
    "daytime": [f"{LAND}/badlands3.jpg", f"{LAND}/bwerner2.jpg"],
}


def depth(height, width, generator):
    """How near everything is, smooth, between 0 and 1."""
    coarse = generator.uniform(0, 1, (4, 5)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def shaken(pixels, parallax, rng, generator):
    """The scene as the next shot shows it; what comes into view at a side repeats what was there."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-1, 1), 1)
    turn[:, 2] += [rng.uniform(-0.02, 0.02) * width, rng.uniform(-0.02, 0.02) * width]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    near = depth(height, width, generator) * parallax * width
    direction = rng.uniform(0, 2 * np.pi)
    from_x = turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] + near * np.cos(direction)
    from_y = turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] + near * np.sin(direction)
    return cv2.remap(pixels, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_CUBIC,
                     borderMode=cv2.BORDER_REFLECT)


def with_object(pixels, other, place):
    """An ellipse out of another picture, with a tenth of the area, around a place."""
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    radius = (0.1 * height * width / np.pi) ** 0.5
    axes = (round(radius * 1.25), round(radius / 1.25))
    cv2.ellipse(mask, place, axes, 0, 0, 360, 255, -1)
    shift = np.float32([[1, 0, place[0] - width / 2], [0, 1, place[1] - height / 2]])
    moved = cv2.warpAffine(cv2.resize(other, (width, height)), shift, (width, height))
    return np.where(mask[..., None] > 0, moved, pixels)


def shot(pixels, generator):
    """What a camera makes of it: noise and compression of its own."""
    noisy = np.clip(pixels + generator.normal(0, 4, pixels.shape), 0, 255).astype(np.uint8)
    return modifications.jpeg(Image.fromarray(noisy), 90)


def burst(path, kind, others, seed):
    """Two shots a moment apart."""
    number = zlib.crc32(f"{seed}/{kind}/{path.name}".encode())
    rng, generator = random.Random(number), np.random.default_rng(number)
    parallax, moves = BURSTS[kind]
    first = np.asarray(Image.open(path).convert("RGB"))
    height, width = first.shape[:2]
    second = first
    if moves:
        other = np.asarray(Image.open(rng.choice(others)).convert("RGB"))
        x, y = round(rng.uniform(0.3, 0.6) * width), round(rng.uniform(0.3, 0.7) * height)
        first = with_object(first, other, (x, y))
        second = with_object(second, other, (x + width // 10, y))
    return shot(first, generator), shot(shaken(second, parallax, rng, generator), generator)


def written(paths, folder, seed):
    """Pairs of files, as (kind, one, other): each picture with a companion."""
    kinds, pairs = [*COPIES, *BURSTS], []
    for i, path in enumerate(paths):
        kind = kinds[i % len(kinds)]
        others = [paths[(i + step) % len(paths)] for step in (1, 2, 3)]
        if kind in BURSTS:
            first, second = burst(path, kind, others, seed)
        else:
            first = Image.open(path)
            second = modifications.modified(path, kind, others, seed)
        pairs.append((kind, *saved(folder, f"{i:05}", first, second)))
    return pairs


def saved(folder, name, first, second):
    """The names of two pictures, written side by side."""
    names = [f"{name}-{end}.jpg" for end in "ab"]
    for picture, file in zip((first, second), names):
        picture.convert("RGB").save(folder / file, quality=92)
    return names


def real(cache, folder, side):
    """The pairs of photographs of one scene that are in the packages."""
    for kind, paths in REAL.items():
        shots = [Image.open(cache / path) for path in paths]
        for picture in shots:
            picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        yield (kind, *saved(folder, kind, *shots))


def groups(folder, kind, profile):
    """Which group each file is in, by its name."""
    library = ["--library", folder.parent / f"library-{profile}"]
    subprocess.run([BINARY, "index", folder, *library, "-q", "--keep", "same", "--profile", profile],
                   check=True)
    ran = subprocess.run([BINARY, "dups", folder, *library, "--kind", kind, "--json", "-q"],
                         capture_output=True, text=True)
    return {path: number for number, line in enumerate(ran.stdout.splitlines())
            for path in json.loads(line)["paths"]}


def counted(pairs, same, near):
    """The table: of each kind the pairs, and which share of them is in one group."""
    kinds = collections.defaultdict(list)
    for kind, a, b in pairs:
        kinds[kind].append([a in group and group[a] == group.get(b) for group in (same, near)])
    rows = []
    for name, members in (("copies", COPIES), ("bursts", BURSTS), ("real", REAL)):
        for kind in filter(kinds.get, members):
            found = kinds[kind]
            shares = [f"{sum(column) / len(found):.2f}" for column in zip(*found)]
            rows.append([name, kind, str(len(found)), *shares])
    return machine.table(["", "kind", "pairs", "same", "near"], rows)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=900)
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--profile", default="default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, help="keep pictures here")
    parser.add_argument("--cache", type=pathlib.Path, help="where packages are unpacked",
                        default=machine.ROOT / "target" / "bench-pictures")
    return parser.parse_args()


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        work = (args.work or pathlib.Path(temporary)).resolve()
        for part in ("scaled", "pairs"):
            shutil.rmtree(work / part, ignore_errors=True)
        compare(args, work)


def compare(args, work):
    """Makes the pairs, asks for groups, and publishes the table."""
    if args.folder:
        paths = [path for path in sorted(args.folder.rglob("*"))
                 if path.suffix.lower() in opencv.SUFFIXES]
    else:
        paths = [path for group in packages.groups(args.cache) for path in group]
    random.Random(args.seed).shuffle(paths)
    paths = trial.telling(trial.scaled(paths, work / "scaled", args.side))[:args.pictures]
    folder = work / "pairs"
    folder.mkdir()
    pairs = written(paths, folder, args.seed)
    pairs += [] if args.folder else real(args.cache, folder, args.side)
    same, near = (groups(folder, kind, args.profile) for kind in ("same", "near"))
    pair_of = {file: number for number, (_, *files) in enumerate(pairs) for file in files}
    mixed = collections.defaultdict(set)
    for file, group in same.items():
        mixed[group].add(pair_of[file])
    wrong = sum(len(members) > 1 for members in mixed.values())
    body = (
        f"{len(paths):,} pictures, at most {args.side} px, each with a companion; profile "
        f"{args.profile}, seed {args.seed}. The columns, and what is simulated: `bench/bursts.py`.\n\n"
        + counted(pairs, same, near)
        + f"\n\nGroups of `same` that hold different pictures: {wrong}.")
    machine.publish("bursts", "Copies and bursts", "bench/run.sh bursts",
                    machine.describe([f"OpenCV {cv2.__version__}"]), body)


if __name__ == "__main__":
    main()
