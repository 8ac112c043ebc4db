"""Decoding side by side with OpenCV and Pillow, from memory, one thread each.

usage: bench/run.sh decode [FOLDER] [--rounds 5] [--keep NAME]

The JPEGs of FOLDER (default: the sample pictures) are the small pictures; large ones of 12
megapixels are made by enlarging four of them, with noise so that they weigh what a camera's do.
All are wanted at a larger side of 640 at most. The programs take turns, picture by picture.
"""

import argparse
import io
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import cv2
import numpy as np
import PIL
from PIL import Image

import machine

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIDE = 640
# The operations of ours: names, and the keys of what the program prints.
OURS = {"lookalike, full size": "full", f"lookalike, larger side {SIDE}": "scaled"}


def large(path, to):
    picture = Image.open(path).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(1).normal(0, 6, (3000, 4000, 3))
    Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8)).save(to, quality=88)
    return to


def opencv_plain(data):
    cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def opencv_full(data):
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    h, w = picture.shape[:2]
    if max(h, w) > SIDE:
        s = SIDE / max(h, w)
        cv2.resize(picture, (round(w * s), round(h * s)), interpolation=cv2.INTER_AREA)


def opencv_reduced(data):
    """IMREAD_REDUCED wants the factor beforehand, so that Pillow reads the size."""
    w, h = Image.open(io.BytesIO(data)).size
    flags = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
    factor = next(f for f in (8, 4, 2, 1) if f == 1 or max(w, h) // f >= SIDE)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags[factor])
    h, w = picture.shape[:2]
    if max(h, w) > SIDE:
        s = SIDE / max(h, w)
        cv2.resize(picture, (round(w * s), round(h * s)), interpolation=cv2.INTER_AREA)


def pillow_draft(data):
    picture = Image.open(io.BytesIO(data))
    picture.draft("RGB", (SIDE, SIDE))
    picture.thumbnail((SIDE, SIDE), Image.Resampling.HAMMING, reducing_gap=None)
    picture.load()


PEERS = {
    "OpenCV, full size": opencv_plain,
    "OpenCV, full size, then INTER_AREA": opencv_full,
    "OpenCV, IMREAD_REDUCED, then INTER_AREA": opencv_reduced,
    "Pillow, draft mode, then thumbnail": pillow_draft,
}
# Which of ours does the same as a peer.
FULL, SCALED = OURS
SAME = {name: SCALED for name in PEERS} | {"OpenCV, full size": FULL}


class Ours:
    """Our side: one process that decodes a file when asked."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "decode", "--on-demand", "--max-side", str(SIDE), "--rounds", "1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def once(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"our side stopped at {path}")
        answer = json.loads(answer)
        return {name: answer[key] for name, key in OURS.items()}

    def close(self):
        self.process.communicate()


def theirs(data):
    times = {}
    for name, peer in PEERS.items():
        start = time.perf_counter()
        peer(data)
        times[name] = (time.perf_counter() - start) * 1e3
    return times


def measure(program, paths, rounds):
    """Rows of a table: name, mean over the pictures of the median time, median of the ratios."""
    ours, times, ratios = Ours(program), {}, {}
    for path in paths:
        data = path.read_bytes()
        for turn in range(rounds + 1):
            once = ours.once(path) | theirs(data)
            if turn == 0:
                continue  # warm now
            for name, time_taken in once.items():
                times.setdefault(name, {}).setdefault(path, []).append(time_taken)
            for name, own in SAME.items():
                ratios.setdefault(name, []).append(once[name] / once[own])
    ours.close()
    mean = {name: np.mean([statistics.median(t) for t in of.values()]) for name, of in times.items()}
    return {name: (mean[name], statistics.median(ratios[name]) if name in ratios else None)
            for name in [*OURS, *PEERS]}


def cells(result):
    mean, ratio = result
    return [f"{mean:.2f}", "" if ratio is None else f"**{ratio:.1f}**"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="a folder of JPEGs instead of the sample pictures")
    parser.add_argument("--binary", default="target/release/lookalike-bench")
    parser.add_argument("--pictures", type=int, default=60, help="small pictures at most")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", default="decode", help="bench/results/NAME.md")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    versions = machine.describe([f"OpenCV {cv2.__version__}", f"Pillow {PIL.__version__}"])
    folder = pathlib.Path(args.folder) if args.folder else ROOT / "pictures" / "library"
    small = sorted([*folder.glob("*.jpg"), *folder.glob("*.jpeg")])[: args.pictures]
    if not small:
        raise SystemExit(f"no JPEG in {folder}")
    with tempfile.TemporaryDirectory() as scratch:
        big = [large(path, pathlib.Path(scratch) / f"{i}.jpg") for i, path in enumerate(small[:4])]
        wide = measure(args.binary, big, args.rounds)
        narrow = measure(args.binary, small, args.rounds)
    head = ["", "12 megapixels, ms", "times as fast", "small, ms", "times as fast"]
    rows = [[name, *cells(wide[name]), *cells(narrow[name])] for name in wide]
    source = "JPEGs of the user's" if args.folder else "the sample JPEGs"
    body = (f"{len(small)} small pictures ({source}), and {len(big)} of 12 megapixels made of the "
            f"first of them. Medians of {args.rounds} rounds, then the mean over the pictures; in "
            "each round every program decodes the same bytes from memory, in turn. \"Times as "
            "fast\" says how many times as long a peer takes as lookalike for the same: the "
            "median of the rounds' ratios.\n\n" + machine.table(head, rows))
    options = "".join(f" --{key} {value}" for key, value in vars(args).items()
                      if key not in ("folder", "binary") and value != parser.get_default(key))
    machine.publish(args.keep, "Decoding", "bench/run.sh decode" + options, versions, body)


if __name__ == "__main__":
    main()
