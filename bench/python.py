"""What calling from Python costs: KAZE on an array against the same call in Rust, a folder of pictures against
the tutorial's script, the import, and a search of an index of vectors.

usage: bench/run.sh python [--folder PICTURES] [--rounds 15] [--keep NAME]
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import cv2
import lookalike
import numpy as np
from lookalike import cv2 as ours

import machine
import opencv
from features import Ours
from tutorial_script import vector_of


def milliseconds(call, rounds):
    """The median of some calls, after one that is not counted."""
    call()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    return statistics.median(taken)


def kaze(binary, rounds):
    """Milliseconds in Rust and from Python, in turn, and the median of the rounds' ratios."""
    gray = opencv.frames(opencv.pictures(), 640, 480, 1)[0]
    worker = ours.KAZE_create()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "picture.pgm"
        opencv.write_pgm(path, gray)
        rust = Ours(binary, [path], "kaze", "detect-and-compute", 1)
        rust.once(0)
        worker.detectAndCompute(gray, None)
        samples = []
        for _ in range(rounds):
            own = rust.once(0)[0]
            start = time.perf_counter()
            worker.detectAndCompute(gray, None)
            samples.append((own, (time.perf_counter() - start) * 1e3))
        rust.close()
    in_rust, in_python = (statistics.median(side) for side in zip(*samples))
    return in_rust, in_python, statistics.median(b / a for a, b in samples)


def folder_of_pictures(folder):
    """Seconds of OpenCV with one thread and of ours, picture by picture in turn, and the least cosine."""
    cv2.setNumThreads(1)
    theirs, own, cosines = 0.0, 0.0, []
    for path in sorted(pathlib.Path(folder).iterdir()):
        if cv2.imread(str(path)) is None:
            continue
        start = time.perf_counter()
        expected = vector_of(path)
        middle = time.perf_counter()
        vector = lookalike.vector(path)
        theirs, own = theirs + middle - start, own + time.perf_counter() - middle
        if expected.any():
            lengths = np.linalg.norm(vector) * np.linalg.norm(expected)
            cosines.append(float(vector @ expected / lengths))
    return theirs, own, min(cosines), len(cosines)


def index_of_vectors(rounds):
    """Microseconds of a search among one vector, which is nearly all call; and of 10,000 queries among 20,000
    vectors, one by one and in a batch, a query each."""
    one = lookalike.VectorIndex(128, "l2", threads=1)
    one.add([0], np.ones((1, 128), np.float32))
    query = np.ones(128, np.float32)
    call = milliseconds(lambda: [one.search(query, 10) for _ in range(1000)], rounds)
    many = lookalike.VectorIndex(128, "l2", threads=1)
    rows = np.random.default_rng(1).standard_normal((30_000, 128)).astype(np.float32)
    many.add(np.arange(20_000), rows[:20_000])
    many.optimize()
    queries = rows[20_000:]
    singly = milliseconds(lambda: [many.search(row, 10) for row in queries], 3)
    batch = milliseconds(lambda: many.search(queries, 10), 3)
    return call, singly / len(queries) * 1e3, batch / len(queries) * 1e3


def imported(rounds):
    """Milliseconds of the import, in processes of their own."""
    code = "import time; t = time.perf_counter(); import lookalike; print(time.perf_counter() - t)"
    run = [sys.executable, "-c", code]
    taken = [float(subprocess.check_output(run, text=True)) for _ in range(rounds + 1)]
    return statistics.median(taken[1:]) * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/release/lookalike-bench")
    parser.add_argument("--folder", default="pictures/library")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", default="python", help="bench/results/NAME.md")
    args = parser.parse_args()
    versions = machine.describe([f"OpenCV {cv2.__version__}", f"lookalike {lookalike.__version__}"])
    in_rust, in_python, ratio = kaze(args.binary, args.rounds)
    theirs, own, cosine, pictures = folder_of_pictures(args.folder)
    call, singly, batch = index_of_vectors(args.rounds)
    rows = [
        ["KAZE, detect and compute, 640x480: in Rust", f"{in_rust:.2f} ms"],
        ["the same on an array, from Python", f"{in_python:.2f} ms"],
        ["the second by the first, median of the rounds", f"{ratio:.3f}"],
        [f"{pictures} pictures, the tutorial's script with OpenCV", f"{theirs:.2f} s"],
        ["the same by lookalike.vector", f"{own:.2f} s"],
        ["times as fast; least cosine", f"**{theirs / own:.1f}**; {cosine:.6f}"],
        ["import lookalike", f"{imported(args.rounds):.1f} ms"],
        ["VectorIndex.search among one vector: the call itself", f"{call:.2f} microseconds"],
        ["among 20,000 of 128 numbers, one by one", f"{singly:.1f} microseconds"],
        ["in a batch", f"{batch:.1f} microseconds a query"],
    ]
    body = "One thread. Both sides of a comparison take turns.\n\n" + machine.table(["what", ""], rows)
    machine.publish(args.keep, "The package for Python", "bench/run.sh python", versions, body)


if __name__ == "__main__":
    main()
