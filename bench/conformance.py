"""How well our features agree with OpenCV's on a folder of pictures, through the command line.

usage: bench/run.sh conformance FOLDER [--algorithms kaze,sift] [--as-is] [--limit N] [--keep NAME]

Pictures are decoded by OpenCV and handed to both sides as PNG, so that only the features differ;
--as-is leaves the decoding to each side.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import cv2
import numpy as np

import machine
import opencv

ALGORITHMS = {  # name: algorithm and arguments of ours, name of OpenCV's, bits or floats
    "kaze": (["kaze"], "kaze", "floats"),
    "kaze, detect then compute": (["kaze", "--mode", "detect-then-compute"], "kaze", "floats"),
    "akaze": (["akaze"], "akaze", "bits"),
    "sift": (["sift"], "sift", "floats"),
    "orb": (["orb"], "orb", "bits"),
    "brief": (["brief"], "brief-star", "bits"),
}
# How near a keypoint must be to be the same: pixels, share of size, degrees.
NEAR = (0.05, 0.005, 0.5)


def ours(binary, path, arguments, folder):
    """Keypoints (x, y, size, angle, response), octaves and descriptors from the command line."""
    output = folder / "ours.npz"
    subprocess.run([binary, "features", path, "--algorithm", *arguments, "--output", output],
                   check=True, stdout=subprocess.DEVNULL)
    with np.load(output) as data:
        return data["keypoints"], data["descriptors"]


def theirs(gray, name, two_steps):
    worker = opencv.create(name)
    if two_steps:
        found, descriptors = worker.compute(gray, worker.detect(gray, None))
    else:
        found, descriptors = worker.detectAndCompute(gray, None)
    points = [(*k.pt, k.size, k.angle, k.response) for k in found]
    if descriptors is None:
        descriptors = np.zeros((0, 1), np.uint8)
    return np.array(points, np.float32).reshape(-1, 5), descriptors


def partners(a, b):
    """For each row of b the nearest row of a that is the same keypoint, or -1."""
    result = np.full(len(b), -1)
    free = np.ones(len(a), bool)
    for i, point in enumerate(b):
        near = np.flatnonzero(free & (np.abs(a[:, :2] - point[:2]).max(1, initial=0) <= NEAR[0]))
        turn = np.abs(a[near, 3] - point[3])
        same = (np.abs(a[near, 2] - point[2]) <= NEAR[1] * point[2]) & (
            np.minimum(turn, 360 - turn) <= NEAR[2])
        if same.any():
            cost = np.abs(a[near, :5] - point).sum(1) + np.where(same, 0, np.inf)
            result[i] = near[cost.argmin()]
            free[result[i]] = False
    return result


class Tally:
    """What was seen of one algorithm, over all pictures."""

    def __init__(self, kind):
        self.kind = kind
        self.pictures = self.same_count = self.same_order = 0
        self.ours = self.theirs = self.matched = 0
        self.position, self.descriptors = [], []

    def add(self, a, a_rows, b, b_rows):
        self.pictures += 1
        self.same_count += len(a) == len(b)
        pairs = partners(a, b)
        both = np.flatnonzero(pairs >= 0)
        self.same_order += len(a) == len(b) and np.array_equal(pairs, np.arange(len(b)))
        self.ours += len(a)
        self.theirs += len(b)
        self.matched += len(both)
        if not len(both):
            return
        self.position += list(np.hypot(*(a[pairs[both], :2] - b[both, :2]).T))
        x, y = a_rows[pairs[both]], b_rows[both]
        if self.kind == "bits":
            self.descriptors += list(np.unpackbits(x ^ y, axis=1).sum(1))
        else:
            x, y = x.astype(np.float64), y.astype(np.float64)
            norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
            self.descriptors += list((x * y).sum(1) / np.maximum(norms, 1e-30))

    def row(self, name):
        share = lambda part, whole: f"{100 * part / max(whole, 1):.2f} %"
        values = np.array(self.descriptors) if self.descriptors else np.zeros(1)
        if self.kind == "bits":
            good = f"identical {share((values == 0).sum(), len(values))}, " \
                   f"at most 2 bits {share((values <= 2).sum(), len(values))}"
        else:
            good = f"cosine > .9999 {share((values > 0.9999).sum(), len(values))}, " \
                   f"> .999 {share((values > 0.999).sum(), len(values))}"
        return [name, f"{self.same_count} / {self.pictures}", f"{self.same_order} / {self.pictures}",
                f"{self.theirs}", share(self.matched, self.theirs),
                share(self.ours - self.matched, self.theirs),
                f"{max(self.position, default=0):.4f}", good]


def vectors(binary, path):
    """The tutorial's vector of a picture, ours and OpenCV's."""
    output = subprocess.run([binary, "vector", path, "--json"], check=True, capture_output=True)
    mine = np.array(json.loads(output.stdout)["vector"], np.float32)
    colour = cv2.imread(str(path))
    gray = cv2.cvtColor(np.ascontiguousarray(colour[:, :, ::-1]), cv2.COLOR_BGR2GRAY)
    _, descriptors = opencv.strongest(opencv.create("kaze"), gray)
    reference = np.zeros(len(mine), np.float32)
    if descriptors is not None:
        reference[: descriptors.size] = descriptors.flatten()
    return mine, reference


def similarities(rows):
    rows = np.array(rows, np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    return rows @ rows.T


def compare_vectors(pairs):
    """Sentences on the tutorial's vector."""
    cosines = [float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30)) for a, b in pairs]
    a, b = (similarities(side) for side in zip(*pairs))
    rank = lambda s: [np.argsort(-row, kind="stable").tolist() for row in s]
    equal = sum(x == y for x, y in zip(rank(a), rank(b)))
    top = sum(x[:10] == y[:10] for x, y in zip(rank(a), rank(b)))
    return (f"The tutorial's vector of {len(pairs)} pictures: cosine at least {min(cosines):.6f}, "
            f"median {np.median(cosines):.7f}; {sum(c > 0.9999 for c in cosines)} above .9999. "
            f"Each picture's ranking of all the others is identical in {equal} of {len(pairs)} "
            f"cases, its first ten in {top}; scores differ by at most {np.abs(a - b).max():.1e}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="default: the sample pictures")
    parser.add_argument("--binary", default="target/release/lookalike")
    parser.add_argument("--algorithms", default="kaze,akaze,sift,orb,brief")
    parser.add_argument("--as-is", action="store_true", help="each side decodes by itself")
    parser.add_argument("--limit", type=int, default=50, help="at most so many pictures")
    parser.add_argument("--keep", default="conformance", help="bench/results/NAME.md")
    args = parser.parse_args()
    versions = machine.describe([f"OpenCV {cv2.__version__}"])
    cv2.setNumThreads(1)
    wanted = args.algorithms.split(",")
    cases = {name: case for name, case in ALGORITHMS.items() if name.split(",")[0] in wanted}
    tallies = {name: Tally(kind) for name, (_, _, kind) in cases.items()}
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for path in opencv.pictures(args.folder or opencv.PICTURES)[: args.limit]:
            colour = cv2.imread(str(path))
            if colour is None:
                continue
            if not args.as_is:
                path = folder / "picture.png"
                cv2.imwrite(str(path), colour)
            gray = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
            for name, (arguments, reference, _) in cases.items():
                two_steps = "detect-then-compute" in arguments
                a = ours(args.binary, path, arguments, folder)
                tallies[name].add(*a, *theirs(gray, reference, two_steps))
            if "kaze" in wanted:
                pairs.append(vectors(args.binary, path))
    head = ["algorithm", "same count", "same order", "keypoints of OpenCV", "matched", "in excess",
            "farthest, px", "descriptors"]
    body = machine.table(head, [tally.row(name) for name, tally in tallies.items()])
    body += (f"\n\nMatched: within {NEAR[0]} px, {100 * NEAR[1]} % of the size, {NEAR[2]} degrees. "
             "ORB's order is that of OpenCV's C++ library and not aimed at.\n")
    if pairs:
        body += "\n" + compare_vectors(pairs) + "\n"
    command = "bench/run.sh conformance" + (" FOLDER" if args.folder else "")
    machine.publish(args.keep, "Agreement with OpenCV", command, versions, body)


if __name__ == "__main__":
    main()
