"""Finding the same picture though it was modified: `lookalike search --by same` beside the tutorial's
vector, dHash, pHash, and OpenCV's ORB with brute force, on the same pictures.

usage: bench/run.sh same [FOLDER] [--library-size N] [--queries N] [--negatives N] [--side 640]
           [--profile light] [--rivals tutorial,hashes,orb] [--orb-queries 100] [--seed 1]
           [--work FOLDER] [--part pictures|quality|timing] [--details FILE] [--keep NAME]

FOLDER holds the pictures, in any depth; without it they are photographs out of packages that anyone
can get (see packages.py). Pictures are scaled down to --side and dealt, by the seed, into a
library and strangers that never get into it.

With --work the pictures, and what each method answered, are kept in that folder and used again; --part
does only so much: makes the pictures; also asks all queries, which takes long and may be done while the
machine is busy, and publishes the table without times; or measures times beside the answers that are
kept, and publishes all of it.

queries     originals from the library, each modified in 25 ways (modifications.py); what a
            modification adds (cells of a collage, grounds) comes from the strangers
negatives   strangers, as they are and modified in the same ways: nothing may be found

R@1, R@10   share of the queries whose original is the first, or among the first ten
verified    share whose original is a hit of the kind `same`, that is, proven by geometry
false       queries with a proven hit that is not their original
"""

import argparse
import collections
import dataclasses
import json
import pathlib
import random
import shutil
import statistics
import tempfile
import time

import cv2
import imagehash

import machine
import measured
import modifications
import opencv
import packages
import rivals
import trial


class CommandLine:
    """A library of the command line's, asked for one verdict."""

    def __init__(self, name, by, binary, pictures, work, options):
        self.name, self.work = name, work
        self.folder, self.library = pictures.folder, work / f"library-{by}"
        # Building it is timed, too.
        shutil.rmtree(self.library, ignore_errors=True)
        self.search = [binary, "search", "--by", by, "--no-index", "--library", self.library,
                       "--json", "-q"]
        self.index = measured.run([binary, "index", self.folder, "--library", self.library, "-q",
                                   *options])
        stored = sum(f.stat().st_size for f in self.library.rglob("*") if f.is_file())
        self.size = stored / len(pictures.library)
        self.rate = len(pictures.library) / self.index.seconds

    def answers(self, queries):
        """The ranked hits of each query, as (file name, whether proven); one process for all."""
        listed = self.work / "queries.txt"
        listed.write_text("".join(f"{query.path}\n" for query in queries))
        self.batch = measured.run([*self.search, "--queries-from", listed, self.folder])
        hits = collections.defaultdict(list)
        for line in map(json.loads, self.batch.output.splitlines()):
            if line["kind"] != "none":
                hits[line["query"]].append((line["path"], line["kind"] == "same"))
        return [hits[str(query.path)] for query in queries]

    def one(self, query):
        """A whole process that looks for one picture."""
        return measured.run([*self.search, query.path, self.folder])


class InProcess:
    """One of the rivals, in this process."""

    def __init__(self, method, pictures):
        start = time.perf_counter()
        self.method = method([str(path) for path in pictures.library])
        self.rate = len(pictures.library) / (time.perf_counter() - start)
        self.name, self.size = self.method.name, self.method.size
        self.names = [path.name for path in pictures.library]

    def answers(self, queries):
        return [[(self.names[i], proven) for i, proven in self.method.rank(query.path)]
                for query in queries]

    def one(self, query):
        start = time.perf_counter()
        self.method.rank(query.path)
        return measured.Run(time.perf_counter() - start, 0, 0, "")


@dataclasses.dataclass
class Score:
    """Counts over queries that have an answer."""

    queries: int = 0
    first: int = 0
    tenth: int = 0
    verified: int = 0
    false: int = 0

    def add(self, answer, hits):
        names = [name for name, _ in hits]
        self.queries += 1
        self.first += names[:1] == [answer]
        self.tenth += answer in names[:10]
        self.verified += any(proven for name, proven in hits if name == answer)
        self.false += any(proven for name, proven in hits if name != answer)


def score(queries, answers):
    """A score for each kind of modification, and of all of them."""
    scores = collections.defaultdict(Score)
    for query, hits in zip(queries, answers):
        for key in (query.kind, "all"):
            scores[key].add(query.answer, hits)
    return scores


def share(count, total):
    return f"{count / total:.3f}".lstrip("0") if total else "-"


def qualities(kinds, ours, others):
    """The table of recall; `ours` is a dict of scores, `others` pairs of a name and a dict."""
    head = ["modification", "queries", "R@1", "R@10", "verified"]
    head += [f"{name}, R@1" for name, _ in others]
    rows = []
    for kind in [*kinds, "all"]:
        mine = ours[kind]
        row = [kind, str(mine.queries)]
        row += [share(n, mine.queries) for n in (mine.first, mine.tenth, mine.verified)]
        row += [share(scores[kind].first, scores[kind].queries) for _, scores in others]
        rows.append([f"**{cell}**" for cell in row] if kind == "all" else row)
    return machine.table(head, rows)


def falsehoods(queries, answers):
    """Pairs of a query and a picture that is said to be the same and is not."""
    return [(query, name) for query, hits in zip(queries, answers)
            for name, proven in hits if proven and name != query.answer]


def proofs(pictures, queries, answers):
    """What was proven and is not so, in words."""
    false = falsehoods(queries, answers)
    strangers = {query.path for query, _ in false if query.answer is None}
    others = {query.path for query, _ in false if query.answer}
    return (
        f"Of {len(pictures.negatives):,} queries without an answer, {len(strangers)} got a proven hit; "
        f"of {len(pictures.positives):,} with one, {len(others)} got a wrong proven hit.\n"
        + "".join(f"\n* {query.kind} of `{query.path.name}`: `{name}`" for query, name in false))


def speeds(methods, queries):
    """Median seconds of single queries, and the largest peak memory; the methods take turns."""
    runs = {method.name: [] for method in methods}
    for query in queries:
        for method in methods:
            runs[method.name].append(method.one(query))
    return {name: (statistics.median(run.seconds for run in done),
                   max(run.megabytes for run in done)) for name, done in runs.items()}


def pace(methods, times):
    """The table of what each method costs."""
    head = ["method", "index, pictures/s", "bytes a picture", "one query, ms", "times ours"]
    ours = times[methods[0].name][0]
    return machine.table(head, [
        [method.name, f"{method.rate:.0f}", f"{method.size:,.0f}",
         f"{times[method.name][0] * 1e3:.0f}", f"{times[method.name][0] / ours:.1f}"]
        for method in methods
    ])


def details(path, queries, answers):
    """Every query's answer as a line of JSON."""
    with open(path, "w") as file:
        for query, hits in zip(queries, answers):
            file.write(json.dumps({**dataclasses.asdict(query), "path": str(query.path),
                                   "hits": hits}) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--binary", default="target/release/lookalike")
    parser.add_argument("--library-size", type=int)
    parser.add_argument("--queries", type=int, default=40, help="originals, each modified 25 ways")
    parser.add_argument("--negatives", type=int, default=3000)
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--profile", default="default")
    parser.add_argument("--rivals", default="tutorial,hashes,orb")
    parser.add_argument("--orb-queries", type=int, default=100)
    parser.add_argument("--timed", type=int, default=25, help="queries that are timed one by one")
    parser.add_argument("--batch", type=int, default=300, help="queries timed in one process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, help="keep pictures and answers here")
    parser.add_argument("--part", choices=["all", "pictures", "quality", "timing"], default="all")
    parser.add_argument("--cache", type=pathlib.Path, help="where packages are unpacked",
                        default=machine.ROOT / "target" / "bench-pictures")
    parser.add_argument("--details", type=pathlib.Path, help="every answer, as lines of JSON")
    parser.add_argument("--keep", default="same", help="bench/results/NAME.md")
    return parser.parse_args()


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        work = args.work or pathlib.Path(temporary)
        work.mkdir(exist_ok=True)
        compare(args, pictures_of(args, work.resolve()), work.resolve())


def pictures_of(args, work):
    """The pictures and queries in the work folder, made where they are not there yet."""
    kept = work / "trial.json"
    if not kept.exists():
        if args.folder:
            groups = [[path] for path in sorted(args.folder.rglob("*"))
                      if path.suffix.lower() in opencv.SUFFIXES]
        else:
            groups = packages.groups(args.cache)
        trial.make(groups, work / "pictures", args.library_size, args.queries, args.negatives,
                   args.side, args.seed).save(kept)
    return trial.Trial.load(kept)


def methods(args, pictures, work):
    """All methods, ours first, each with the queries it is asked: OpenCV's ORB takes too long for
    all, and only we are asked for what is not there."""
    yield CommandLine("lookalike, same", "same", args.binary, pictures, work,
                      ["--keep", "same", "--profile", args.profile]), (
        pictures.positives + pictures.negatives)
    names = args.rivals.split(",")
    all_, few = pictures.positives, max(1, len(pictures.positives) // max(1, args.orb_queries))
    if "tutorial" in names:
        yield CommandLine("tutorial's vector", "vector", args.binary, pictures, work,
                          ["--keep", "vector", "--vector-algorithm", "kaze"]), all_
    if "hashes" in names:
        yield InProcess(rivals.DifferenceHash, pictures), all_
        yield InProcess(rivals.PerceptualHash, pictures), all_
    if "orb" in names:
        yield InProcess(rivals.Orb, pictures), all_[::few]


def answered(args, work, built):
    """What each method answers, by its name. Kept in the work folder."""
    kept = work / "answers.json"
    if args.part == "timing":
        return json.loads(kept.read_text())
    answers = {method.name: method.answers(asked) for method, asked in built}
    kept.write_text(json.dumps(answers, default=int))
    return answers


def compare(args, pictures, work):
    """Asks every method, and publishes the tables."""
    if args.part == "pictures":
        return
    versions = machine.describe([f"OpenCV {cv2.__version__}", f"imagehash {imagehash.__version__}"])
    built = list(methods(args, pictures, work))
    (ours, queries), *others = built
    answers = answered(args, work, built)
    if args.details:
        details(args.details, queries, answers[ours.name])
    scores = [(method.name, score(asked, answers[method.name])) for method, asked in others]
    mine = score(pictures.positives, answers[ours.name])
    command = "bench/run.sh same" + f" --profile {args.profile}" * (args.profile != "default")
    head = (
        f"{len(pictures.library):,} pictures indexed, {len(pictures.strangers):,} strangers, at most "
        f"{args.side} px; profile {args.profile}, seed {args.seed}. The columns: `bench/same.py`.\n\n"
        + qualities(modifications.KINDS, mine, scores)
        + "\n\n" + proofs(pictures, queries, answers[ours.name]) + "\n\n")
    if args.part == "quality":
        body = head + f"{ours.size:,.0f} bytes a picture."
        machine.publish(args.keep, "Finding the same picture", command, versions, body)
        return
    count = min(args.timed, len(pictures.positives))
    timed = random.Random(args.seed).sample(pictures.positives, count)
    times = speeds([method for method, _ in built], timed)
    many = random.Random(args.seed).sample(queries, min(args.batch, len(queries)))
    ours.answers(many)
    batch = ours.batch
    body = (
        head + pace([method for method, _ in built], times)
        + f"\n\nMedians of {count} single queries, in turn: whole processes of `lookalike`, and calls "
        f"within Python. In a batch of {len(many):,} a query of ours takes "
        f"{batch.seconds / len(many) * 1e3:.0f} ms ({batch.cpu / len(many) * 1e3:.0f} of CPU). Peak "
        f"memory: indexing {ours.index.megabytes:.0f} MB, batch {batch.megabytes:.0f} MB, one query "
        f"{times[ours.name][1]:.0f} MB. ORB is asked {len(built[-1][1]):,} of the queries."
    )
    machine.publish(args.keep, "Finding the same picture", command, versions, body)


if __name__ == "__main__":
    main()
