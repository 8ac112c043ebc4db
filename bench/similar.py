"""How well `lookalike search --by similar` finds what shows the same kind of thing, beside the
tutorial's vector, a histogram of colours and dHash, on pictures that came with labels (labelled.py).

usage: bench/run.sh similar [--sets things,drawings,pieces] [--model PATH] [--keep NAME]

Each picture whose label has more than ten pictures asks once; all others are the library. What has a
rarer label is only in the way.

P@1   share of the queries whose first hit has their label
P@10  mean share of the first ten hits that have it

In words: `search --text` with the label itself, once for each label that is a noun the embedded network
knows; the table below says how each fared.
"""

import argparse
import collections
import json
import pathlib
import statistics
import subprocess
import tempfile

import cv2
import imagehash
import numpy as np
import PIL

import labelled
import machine

NEIGHBOURS = 10


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path,
                        default=machine.ROOT / "target" / "release" / "lookalike")
    parser.add_argument("--sets", default=",".join(labelled.SETS))
    parser.add_argument("--model", help="a model of one's own, as `lookalike index` takes it")
    parser.add_argument("--cache", type=pathlib.Path,
                        default=machine.ROOT / "target" / "bench-pictures")
    parser.add_argument("--keep", default="similar", help="bench/results/NAME.md")
    return parser.parse_args()


class Searched:
    """A library of the command line's, asked for one kind of likeness."""

    def __init__(self, name, by, binary, *options):
        self.name, self.by, self.binary, self.options = name, by, binary, options

    def run(self, *words, known=(0, 1)):
        words = [str(word) for word in (self.binary, *words)]
        ran = subprocess.run(words, stdout=subprocess.PIPE, text=True)
        if ran.returncode not in known:
            raise SystemExit(f"{' '.join(words)}: exit status {ran.returncode}")
        return ran.stdout

    def answers(self, folder, paths, queries):
        with tempfile.TemporaryDirectory() as temporary:
            library = ["--library", pathlib.Path(temporary) / "library"]
            self.run("index", folder, *library, "-q", "--keep", self.by, *self.options)
            listed = pathlib.Path(temporary) / "queries.txt"
            listed.write_text("".join(f"{paths[i]}\n" for i in queries))
            search = ["search", "--queries-from", listed, folder, *library, "-q", "--no-index"]
            lines = self.run(*search, "--by", self.by, "--top", NEIGHBOURS + 1, "--json")
        index = {str(path.relative_to(folder)): i for i, path in enumerate(paths)}
        found = collections.defaultdict(list)
        for line in map(json.loads, lines.splitlines()):
            if line["kind"] != "none":
                found[line["query"]].append(index[line["path"]])
        return [found[str(paths[i])] for i in queries]


def in_words(args, folder, paths, labels, counts):
    """P@1 and P@10 of each label that the network knows by name."""
    with tempfile.TemporaryDirectory() as temporary:
        library = ["--library", pathlib.Path(temporary) / "library"]
        searched = Searched("", "similar", args.binary.resolve())
        searched.run("index", folder, *library, "-q", "--keep", "similar")
        index = {str(path.relative_to(folder)): label for path, label in zip(paths, labels)}
        for label in sorted(label for label, count in counts.items() if count > NEIGHBOURS):
            word = label.split("-")[-1].replace("_", " ")
            options = ["--no-index", "-q", "--top", NEIGHBOURS, "--json"]
            lines = searched.run("search", "--text", word, folder, *library, *options, known=(0, 2))
            right = [index[json.loads(line)["path"]] == label for line in lines.splitlines()]
            if right:
                yield label, word, float(right[0]), sum(right) / NEIGHBOURS


class Compared:
    """One array a picture, and a function that gives the distances of one from all."""

    def __init__(self, name, describe, distances):
        self.name, self.describe, self.distances = name, describe, distances

    def answers(self, _, paths, queries):
        all_of = np.stack([self.describe(path) for path in paths])
        return [np.argsort(self.distances(all_of, all_of[i]), kind="stable")[: NEIGHBOURS + 1]
                for i in queries]


def colours(path):
    """Shares of 16 x 4 x 4 parts of hue, saturation and value."""
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2HSV)
    counts = cv2.calcHist([picture], [0, 1, 2], None, [16, 4, 4], [0, 180, 0, 256, 0, 256])
    return counts.ravel() / counts.sum()


def difference_hash(path):
    with PIL.Image.open(path) as picture:
        return np.packbits(imagehash.dhash(picture).hash)


def methods(args):
    options = ["--model", args.model] if args.model else []
    yield Searched("lookalike, similar", "similar", args.binary.resolve(), *options)
    yield Searched("tutorial's vector", "vector", args.binary.resolve())
    yield Compared("colours (HSV histogram)", colours,
                   lambda all_of, one: -np.minimum(all_of, one).sum(1))
    yield Compared("dHash", difference_hash,
                   lambda all_of, one: np.bitwise_count(all_of ^ one).sum(1))


def precision(labels, queries, answers):
    """P@1 and P@10; who is missing among the answers counts as wrong."""
    ones, tens = [], []
    for query, found in zip(queries, answers):
        right = [labels[i] == labels[query] for i in found if i != query][:NEIGHBOURS]
        ones.append(bool(right and right[0]))
        tens.append(sum(right) / NEIGHBOURS)
    return statistics.mean(ones), statistics.mean(tens)


def chance(labels, queries, counts):
    """Of a picture that is drawn blindly."""
    return statistics.mean((counts[labels[i]] - 1) / (len(labels) - 1) for i in queries)


def rows(name, args, words):
    folder = labelled.folder(args.cache.resolve(), name)
    paths = sorted(folder.glob("*/*.jpg"))
    labels = [path.parent.name for path in paths]
    counts = collections.Counter(labels)
    queries = [i for i, label in enumerate(labels) if counts[label] > NEIGHBOURS]
    kinds = sum(n > NEIGHBOURS for n in counts.values())
    shown = f"{name}: {len(paths):,} pictures, {len(queries):,} queries of {kinds} labels"
    for method in methods(args):
        ones, tens = precision(labels, queries, method.answers(folder, paths, queries))
        yield [shown, method.name, f"{ones:.3f}", f"{tens:.3f}"]
        shown = ""
    if name != "pieces" and not args.model:
        found = list(in_words(args, folder, paths, labels, counts))
        words += [[name, label, word, f"{ten:.1f}"] for label, word, _, ten in found]
        one, ten = (statistics.mean(column) for column in list(zip(*found))[2:])
        yield ["", f"lookalike, in words ({len(found)} labels)", f"{one:.3f}", f"{ten:.3f}"]
    blind = f"{chance(labels, queries, counts):.3f}"
    yield ["", "chance", blind, blind]


def main():
    args = arguments()
    words = []
    body = machine.table(
        ["pictures", "method", "P@1", "P@10"],
        [row for name in args.sets.split(",") for row in rows(name, args, words)],
    )
    if words:
        body += "\n\n" + machine.table(["set", "label", "in words", "P@10"], words)
    body += "\n\nThe sets: `bench/labelled.py`; the columns: `bench/similar.py`."
    versions = machine.describe([f"OpenCV {cv2.__version__}", f"imagehash {imagehash.__version__}"])
    chosen = "" if args.sets == ",".join(labelled.SETS) else f" --sets {args.sets}"
    command = f"bench/run.sh similar{chosen}"
    machine.publish(args.keep, "Pictures alike in content", command, versions, body)


if __name__ == "__main__":
    main()
