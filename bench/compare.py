#!/usr/bin/env python3
"""Whether two builds of lookalike answer alike: the same hits, scores to 1e-6.

usage: compare.py OLD_BINARY NEW_BINARY FOLDER [--pictures N] [--queries 200] [--pairs 20] [--seed 1]

Copies the pictures of FOLDER (or N of them), with some modified copies, into a folder of its own, has
both binaries index it into libraries of their own, and asks both the same: searches for pictures and
modified copies by each kind of likeness, `dups` of each kind, and `explain` of copies and originals.
What OLD prints NEW must print as well: fields that only NEW has are named and are no difference, and
ranks may be exchanged where scores are equal. Prints the differences; the exit status is 1 if there are
any. Needs Pillow and numpy, for the modified copies.
"""

import argparse
import collections
import json
import pathlib
import random
import shutil
import sys
import tempfile

import measured
import modifications

KINDS_OF_LIKENESS = ["all", "same", "similar", "vector"]
KINDS_OF_GROUPS = ["exact", "same", "near"]
TOLERANCE = 1e-6
# Ids are given in the order of reading, and ranks where scores are equal.
PASSED_OVER = {"schema", "picture", "rank", "group"}


class Program:
    """A binary with a library of its own."""

    def __init__(self, binary, folder, library):
        self.binary, self.folder = binary, folder
        self.options = ["--library", library, "-q"]
        self.cpu = 0
        self.lines("index", folder, "--keep", "same,similar,vector")

    def lines(self, command, *arguments):
        """The objects that a command prints."""
        run = measured.run([self.binary, command, *arguments, *self.options, "--json"])
        self.cpu += run.cpu
        return [json.loads(line) for line in run.output.splitlines()]

    def search(self, queries, by):
        """The hits by query, each list by path and place."""
        hits = collections.defaultdict(list)
        found = self.lines("search", "--queries-from", queries, self.folder, "--by", by, "--top", "10",
                           "--no-index")
        for hit in found:
            hits[hit["query"]].append(hit)
        return {f"search --by {by} {pathlib.Path(query).name}": by_key(found)
                for query, found in hits.items()}

    def dups(self, kind):
        groups = self.lines("dups", self.folder, "--kind", kind, "--no-index")
        return {f"dups --kind {kind}": {str(group.get("paths")): group for group in groups}}

    def explain(self, query, found):
        [explanation] = self.lines("explain", query, found)
        return {f"explain {query.name} {found.name}": {"": explanation}}


def by_key(hits):
    return {f"{hit.get('path')} {json.dumps(hit.get('place'))}": hit for hit in hits}


def same(old, new):
    """Whether two values are equal, numbers to a tolerance."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        # Transforms hold pixels as well, so that the tolerance grows with the number.
        return abs(old - new) <= TOLERANCE * max(1, abs(old))
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() <= new.keys() and all(same(old[key], new[key]) for key in old)
    return old == new


class Comparison:
    """Counts what is compared, and collects what differs."""

    def __init__(self):
        self.objects, self.questions, self.differences, self.added = 0, 0, [], set()

    def add(self, old, new):
        """Answers by question; an answer is objects by what names them."""
        for question in sorted(old.keys() | new.keys()):
            self.questions += 1
            self.answer(question, old.get(question, {}), new.get(question, {}))

    def answer(self, question, old, new):
        for key in sorted(old.keys() | new.keys()):
            self.objects += 1
            if key not in new:
                self.differences.append(f"{question}: {key}: only OLD has it: {old[key]}")
            elif key not in old:
                self.differences.append(f"{question}: {key}: only NEW has it: {new[key]}")
            else:
                self.fields(f"{question}: {key}", old[key], new[key])

    def fields(self, where, old, new):
        self.added |= new.keys() - old.keys()
        for field in old.keys() - PASSED_OVER:
            if field not in new:
                self.differences.append(f"{where}: NEW has no {field}")
            elif not same(old[field], new[field]):
                self.differences.append(f"{where}: {field}: {old[field]} and {new[field]}")


def pictures(folder, count, rng):
    endings = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in endings and p.is_file())
    return sorted(rng.sample(found, min(count or len(found), len(found))))


def modify(originals, folder, seed):
    """A modified copy of each original, one kind after the other."""
    folder.mkdir()
    kinds = list(modifications.KINDS)
    made = []
    for i, original in enumerate(originals):
        kind = kinds[i % len(kinds)]
        path = folder / f"{original.stem}-{kind}.jpg"
        modifications.modified(original, kind, originals, seed).save(path, quality=90)
        made.append((path, original))
    return made


def compare(args, work):
    rng = random.Random(args.seed)
    indexed = work / "pictures"
    indexed.mkdir()
    copied = []
    for path in pictures(args.folder, args.pictures, rng):
        place = indexed / path.relative_to(args.folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        copied.append(pathlib.Path(shutil.copy2(path, place)))
    originals = rng.sample(copied, min(len(copied), args.queries))
    half = len(originals) // 2
    asked = modify(originals[:half], work / "modified", args.seed)
    # So that there are duplicates.
    modify(originals[half:half + 20], indexed / "copies", args.seed)
    queries = work / "queries.txt"
    paths = [path for path, _ in asked] + originals[half:]
    queries.write_text("".join(f"{path}\n" for path in paths))

    binaries = [binary.absolute() for binary in (args.old, args.new)]
    programs = [Program(binary, indexed, work / f"library-{i}") for i, binary in enumerate(binaries)]
    comparison = Comparison()

    def ask(question):
        comparison.add(*(question(program) for program in programs))

    for by in KINDS_OF_LIKENESS:
        ask(lambda program: program.search(queries, by))
    for kind in KINDS_OF_GROUPS:
        ask(lambda program: program.dups(kind))
    strangers = list(zip((path for path, _ in asked), reversed(originals)))
    for query, found in asked[:args.pairs] + strangers[:args.pairs // 4]:
        ask(lambda program: program.explain(query, found))
    return comparison, len(copied), [program.cpu for program in programs]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lookalike-compare-") as work:
        comparison, count, cpu = compare(args, pathlib.Path(work))
    for difference in comparison.differences:
        print(difference)
    if comparison.added:
        print(f"only NEW has the fields {', '.join(sorted(comparison.added))}")
    print(f"{count} pictures, {comparison.questions} questions, {comparison.objects} objects: "
          f"{len(comparison.differences)} differences; CPU {cpu[0]:.0f} s and {cpu[1]:.0f} s")
    sys.exit(1 if comparison.differences else 0)


if __name__ == "__main__":
    main()
