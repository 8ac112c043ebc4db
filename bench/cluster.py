"""How well `lookalike cluster` finds what belongs together: pieces of photographs, each of which was
cut into pictures that do not overlap, and photographs that are alone (packages.py).

The truth is narrower than likeness of content: two skies are alike, whichever photographs they were
cut from. So the columns say more together than alone, and against linkages of the same embeddings
with the same least cosine (SciPy): *single* joins whatever one pair joins, *average* joins two groups
as long as their mean cosine allows it, and compares all groups with all.

* NMI: normalised mutual information (arithmetic mean) of groups and photographs; 1 is perfect.
* purity: the share of grouped pictures that are in a group where their photograph is the commonest.
* together: the share of pairs of one photograph that are in one group.
"""

import argparse
import collections
import itertools
import json
import math
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import scipy
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

import machine
import packages

BINARY = machine.ROOT / "target" / "release" / "lookalike"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    parser.add_argument("--least", default="default,0.5,0.6,0.7", help="least cosines")
    parser.add_argument("--cache", type=pathlib.Path,
                        default=machine.ROOT / "target" / "bench-pictures")
    parser.add_argument("--keep", default="cluster", help="bench/results/NAME.md")
    return parser.parse_args()


def linked(folder, groups):
    """One folder of all pictures; the photograph of each name."""
    truth = {}
    for photograph, group in enumerate(groups):
        for path in group:
            (folder / path.name).symlink_to(path.resolve())
            truth[path.name] = photograph
    return truth


class Library:
    def __init__(self, binary, folder, library):
        self.command = [binary, "--library", library]
        self.run("index", folder, "-L", "-q", "--keep", "similar")
        self.archive = folder.parent / "embeddings.npz"
        self.run("export", "--what", "embeddings", "--format", "npz", "-o", self.archive)

    def run(self, *args):
        command = [str(word) for word in [*self.command, *args]]
        return subprocess.run(command, check=True, text=True, capture_output=True)

    def embeddings(self):
        archive = np.load(self.archive)
        return [str(path) for path in archive["paths"]], archive["vectors"]

    def clusters(self, least):
        """The group of each name, the least cosine, and the seconds of the process."""
        chosen = [] if least is None else ["--min-score", least]
        start = time.perf_counter()
        ran = self.run("cluster", "--no-index", "--json", *chosen)
        seconds = time.perf_counter() - start
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        labels = {path: line["cluster"] for line in lines for path in line["paths"]}
        return labels, float(ran.stderr.rstrip(")\n").split()[-1]), seconds


def measures(truth, labels):
    """Groups, grouped pictures, and the measures; who is in no group is one of its own."""
    alone = itertools.count(-1, -1)
    labels = {name: labels.get(name) or next(alone) for name in truth}
    both = collections.Counter((truth[name], labels[name]) for name in truth)
    left, right = collections.Counter(truth.values()), collections.Counter(labels.values())
    total = len(truth)

    def entropy(counts):
        return -sum(n / total * math.log(n / total) for n in counts.values())

    shared = entropy(left) + entropy(right) - entropy(both)
    best = collections.Counter()
    for (_, label), n in both.items():
        if right[label] > 1:
            best[label] = max(best[label], n)
    grouped = sum(n for n in right.values() if n > 1)
    pairs = [sum(math.comb(n, 2) for n in counts.values()) for counts in (both, left)]
    return [str(sum(n > 1 for n in right.values())), str(grouped),
            f"{2 * shared / (entropy(left) + entropy(right)):.3f}",
            f"{sum(best.values()) / max(1, grouped):.3f}", f"{pairs[0] / pairs[1]:.3f}"]


def main():
    args = arguments()
    groups = packages.groups(args.cache)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "pictures"
        folder.mkdir()
        truth = linked(folder, groups)
        library = Library(args.binary.resolve(), folder, pathlib.Path(temporary) / "library")
        names, vectors = library.embeddings()
        distances = np.clip(pdist(vectors.astype(np.float64), "cosine"), 0, None)
        trees = {method: linkage(distances, method) for method in ("single", "average")}
        for text in args.least.split(","):
            labels, least, seconds = library.clusters(None if text == "default" else text)
            shown = f"{least:.2f}" + (", the default" if text == "default" else "")
            rows.append([shown, "lookalike", *measures(truth, labels), f"{seconds:.2f}"])
            for method, tree in trees.items():
                found = fcluster(tree, 1 - least, "distance")
                labels = dict(zip(names, map(int, found)))
                rows.append([shown, f"{method} linkage", *measures(truth, labels), ""])
    pieces = [len(group) for group in groups]
    body = (f"{sum(pieces)} pictures, pieces of {len(pieces)} photographs and wallpapers, "
            f"{sum(n == 1 for n in pieces)} of them in one piece. The columns: `bench/cluster.py`.\n\n")
    head = ["least cosine", "method", "groups", "pictures in them", "NMI", "purity", "together",
            "seconds, whole process"]
    body += machine.table(head, rows)
    versions = machine.describe([f"scipy {scipy.__version__}"])
    machine.publish(args.keep, "Groups by content", "bench/run.sh cluster", versions, body)


if __name__ == "__main__":
    main()
