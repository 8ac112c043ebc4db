"""The tutorial's program end to end, its Python script against the command line: index a folder of
pictures, then search it by vector; whole processes.

usage: bench/run.sh tutorial [--folder PICTURES] [--rounds 3] [--queries 5] [--keep NAME]
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import cv2

import machine
import opencv

SCRIPT = pathlib.Path(__file__).with_name("tutorial_script.py")


def timed(command):
    """Seconds and standard output of a process that must succeed."""
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return seconds, done.stdout


def index_ours(binary, folder, library, threads):
    shutil.rmtree(library, ignore_errors=True)
    return timed([binary, "index", folder, "--keep", "vector", "--library", library, "-j", threads,
                  "-q"])[0]


def search_theirs(features, query):
    seconds, output = timed([sys.executable, SCRIPT, "search", features, query, 5])
    found = [line.split(" ", 1) for line in output.splitlines()]
    return seconds, [(name, float(score)) for score, name in found]


def search_ours(binary, library, folder, query):
    seconds, output = timed([binary, "search", query, folder, "--library", library, "--no-index",
                             "--by", "vector", "--top", 5, "--json"])
    hits = [json.loads(line) for line in output.splitlines()]
    return seconds, [(os.path.basename(h["path"]).lower(), h["score"]) for h in hits]


def same(theirs, ours):
    """Whether both found the same pictures in the same order, or with the same scores."""
    return len(theirs) == len(ours) and all(
        a[0] == b[0] or abs(a[1] - b[1]) < 1e-4 for a, b in zip(theirs, ours))


def line(what, theirs, ours):
    ratios = [a / b for a, b in zip(theirs, ours)]
    return [what, f"{statistics.median(theirs):.3f}", f"{statistics.median(ours):.3f}",
            f"**{statistics.median(ratios):.1f}**", f"{min(ratios):.1f} - {max(ratios):.1f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/release/lookalike")
    parser.add_argument("--folder", help="a flat folder of JPEG and PNG pictures")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=5)
    parser.add_argument("--keep", default="tutorial", help="bench/results/NAME.md")
    args = parser.parse_args()
    versions = machine.describe([f"OpenCV {cv2.__version__}"])
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        folder, pictures = temporary / "pictures", opencv.pictures(args.folder or opencv.PICTURES)
        folder.mkdir()
        for path in pictures:
            shutil.copy(path, folder)
        features, library = temporary / "features.pck", temporary / "library"
        times = {"python": [], 1: [], 2: []}
        for _ in range(args.rounds):
            times["python"].append(timed([sys.executable, SCRIPT, "index", folder, features])[0])
            for threads in (1, 2):
                times[threads].append(index_ours(args.binary, folder, library, threads))
        theirs, ours, agree = [], [], 0
        queries = pictures[:: max(1, len(pictures) // args.queries)][: args.queries]
        for query in queries:
            answers = []
            for _ in range(args.rounds):
                a, left = search_theirs(features, query)
                b, right = search_ours(args.binary, library, folder, query)
                theirs.append(a)
                ours.append(b)
                answers.append(same(left, right))
            agree += all(answers)
        sizes = [(features.stat().st_size, "pickle"),
                 (sum(f.stat().st_size for f in library.rglob("*") if f.is_file()), "library")]
    rows = [
        line(f"index {len(pictures)} pictures, one thread of ours", times["python"], times[1]),
        line(f"index {len(pictures)} pictures, two threads of ours", times["python"], times[2]),
        line("one search", theirs, ours),
    ]
    body = (
        f"Seconds of whole processes, medians of {args.rounds} rounds, in turn. The script uses as "
        "many threads as OpenCV likes. \n\n"
        + machine.table(["step", "the Python script", "ours", "times as fast", "range"], rows)
        + f"\n\nThe first five hits agree in {agree} of {len(queries)} searches. On disk: "
        + ", ".join(f"{name} {size / 1e6:.2f} MB" for size, name in sizes) + ".\n"
    )
    machine.publish(args.keep, "The tutorial end to end", "bench/run.sh tutorial", versions, body)


if __name__ == "__main__":
    main()
