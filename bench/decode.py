#!/usr/bin/env python3
"""Decoding side by side with OpenCV and Pillow, one thread each, from memory, in one run.

    bench/decode.py [FOLDER]

Takes the JPEGs of FOLDER (default: pictures/library) as the small pictures, and makes large ones
of 12 megapixels by enlarging four of them, with noise so that they weigh what a camera's do. All
are wanted at a larger side of at most 640. The programs take turns; for each picture the minimum
of the rounds counts; the mean over the pictures is printed, in ms.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SIDE = 640
ROUNDS = 5


def large(path, to):
    picture = Image.open(path).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(1).normal(0, 6, (3000, 4000, 3))
    Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8)).save(to, quality=88)
    return to


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


PEERS = {"OpenCV, full + INTER_AREA": opencv_full, "OpenCV, IMREAD_REDUCED": opencv_reduced, "Pillow, draft mode": pillow_draft}


def measure(paths):
    best = {}

    def note(name, path, ms):
        best[name, path] = min(ms, best.get((name, path), float("inf")))

    data = {path: path.read_bytes() for path in paths}
    program = ROOT / "target/release/lookalike-bench"
    for _ in range(ROUNDS):
        out = subprocess.run([program, "decode", "--rounds", "1", *paths], capture_output=True, check=True).stdout
        for line in out.splitlines():
            answer = json.loads(line)
            note("lookalike, full size", Path(answer["path"]), answer["full"])
            note("lookalike, max side 640", Path(answer["path"]), answer["scaled"])
        for name, peer in PEERS.items():
            for path in paths:
                start = time.perf_counter()
                peer(data[path])
                note(name, path, (time.perf_counter() - start) * 1e3)
    names = dict.fromkeys(name for name, _ in best)
    return {name: np.mean([best[name, path] for path in paths]) for name in names}


def main():
    cv2.setNumThreads(1)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "pictures/library"
    small = sorted(folder.glob("*.jpg"))[:60]
    with tempfile.TemporaryDirectory() as scratch:
        big = [large(path, Path(scratch) / f"{i}.jpg") for i, path in enumerate(small[:4])]
        columns = {"12 megapixels": measure(big), "small": measure(small)}
    print("| ms a picture | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for name in columns["small"]:
        print(f"| {name} | " + " | ".join(f"{c[name]:.2f}" for c in columns.values()) + " |")


if __name__ == "__main__":
    main()
