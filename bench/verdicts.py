"""Whether `lookalike search --by same` says rightly what two pictures are to each other.

usage: bench/run.sh verdicts PHOTOGRAPHS [--others FOLDER] [--originals 20] [--seed 1] [--work FOLDER]
           [--half fit|judge]

Indexed are two thirds of PHOTOGRAPHS, and pages, cards, charts and photographs under common frames and
captions that are drawn (drawn.py). Asked for are, by what is right:

copy        photographs and drawings, modified (modifications.py); those of a hard folder, too
scene       the second of two simulated shots (bursts.py)
design      other drawings of the same kinds: what is found may be a part, and nothing else
none        photographs that are not indexed, as they are and modified

--others names a folder of pictures of like things (products before plain ground, animals): they are
indexed, asked for, and a copy of each. A file truth.tsv in it (a, b, what they are) says which of them
belong together; all others do not.

Pictures are dealt into halves by their names. calibrate.py fits the probability to one; the table shows the
other. For each kind: the queries, and which share of them has a hit of each relation that is right, and that
is not. Then, of all hits between two scores, the share that is right.
"""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import tempfile
import zlib

from PIL import Image

import bursts
import drawn
import machine
import modifications

BINARY = machine.ROOT / "target" / "release" / "lookalike"
COPIES = ["resize50", "jpeg30", "colour", "grey", "crop70", "blur", "noise", "stretch", "border", "rot10",
          "jpeg8", "crop50"]
INDEXED, STRANGERS = 24, 12  # drawings of a kind
STEPS = [0.0, 0.5, 0.9, 0.99, 0.999, 1.01]


def half(name):
    return "fit" if zlib.crc32(name.encode()) % 2 else "judge"


class Sets:
    """The pictures, and for each query its kind, its half, and what is right: found file to relation."""

    def __init__(self, work, seed):
        self.folder, self.asked = work / "library", work / "queries"
        self.seed, self.truth = seed, {}

    def index(self, source, name):
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.resolve())

    def ask(self, picture, name, kind, number, right):
        target = self.asked / name
        target.parent.mkdir(parents=True, exist_ok=True)
        picture.convert("RGB").save(target, quality=90)
        self.truth[str(target)] = {"kind": kind, "half": half(number), "right": right}

    def photographs(self, paths, originals):
        rng = random.Random(self.seed)
        rng.shuffle(paths)
        known, strangers = paths[: len(paths) * 2 // 3], paths[len(paths) * 2 // 3 :]
        for path in known:
            self.index(path, f"photographs/{path.name}")
        for path in known[:originals]:
            self.modified(path, f"photographs/{path.name}", modifications.KINDS, "copy", strangers)
        kinds = [*modifications.KINDS]
        for i, path in enumerate(strangers[: 4 * originals]):
            self.ask(Image.open(path), f"strangers/{path.name}", "none: photographs", path.name, {})
            changed = modifications.modified(path, kinds[i % len(kinds)], strangers, self.seed)
            self.ask(changed, f"modified/{path.name}", "none: photographs", path.name, {})
        for i, path in enumerate(known[originals : 3 * originals]):
            kind = [*bursts.BURSTS][i % 4]
            first, second = bursts.burst(path, kind, strangers, self.seed)
            target = self.folder / "bursts" / path.name
            target.parent.mkdir(exist_ok=True)
            first.save(target, quality=92)
            right = {f"bursts/{path.name}": "scene", f"photographs/{path.name}": "scene"}
            self.ask(second, f"bursts/{path.name}", f"scene: {kind}", path.name, right)
        return strangers

    def drawings(self, photographs):
        free = iter(photographs)
        template = Image.open(next(free)).convert("RGB")
        for name, draw in (drawn.OVERLAYS | drawn.DESIGNS).items():
            for i in range(INDEXED + STRANGERS):
                content = Image.open(next(free)).convert("RGB") if name in drawn.OVERLAYS else template
                picture = draw(content, random.Random(f"{self.seed}/{name}/{i}"))
                file = f"drawn/{name}/{i:03}.jpg"
                target = (self.folder if i < INDEXED else self.asked) / file
                target.parent.mkdir(parents=True, exist_ok=True)
                picture.save(target, quality=92)
                if i < INDEXED:
                    self.modified(target, file, [COPIES[i % len(COPIES)]], f"copy: {name}", [])
                else:
                    self.truth[str(target)] = {"kind": f"design: {name}", "half": half(file), "right": {}}

    def others(self, folder, strangers):
        related = collections.defaultdict(dict)
        for line in (folder / "truth.tsv").read_text().splitlines():
            if not line.startswith("#"):
                a, b, what = line.split("\t")[:3]
                relation = "copy" if what.startswith("copy") else "any"
                related[a][f"others/{b}"] = related[b][f"others/{a}"] = relation
        kinds = [*modifications.KINDS]
        for i, path in enumerate(sorted(folder.glob("*.jpg"))):
            self.index(path, f"others/{path.name}")
            right = {f"others/{path.name}": "copy"} | related[path.name]
            self.truth[str(self.folder / "others" / path.name)] = {
                "kind": "others", "half": half(path.name), "right": right}
            self.modified(path, f"others/{path.name}", [kinds[i % len(kinds)]], "others, modified",
                          strangers, right)

    def modified(self, path, file, kinds, name, strangers, right=None):
        for kind in kinds:
            changed = modifications.modified(path, kind, strangers or [path] * 4, self.seed)
            label = f"{name}: {kind}" if name == "copy" else name
            self.ask(changed, f"{kind}/{file}", label, path.name, right or {file: "copy"})


def answers(sets, work):
    """All hits, as the command line gives them."""
    listed, library = work / "queries.txt", work / "index"
    listed.write_text("".join(f"{query}\n" for query in sets.truth))
    common = ["--library", library, "-q"]
    subprocess.run([BINARY, "index", sets.folder, *common, "--keep", "same", "-L"], check=True)
    ran = subprocess.run([BINARY, "search", "--by", "same", "--no-index", "--json", "--top", "30",
                          "--queries-from", listed, sets.folder, *common], capture_output=True, text=True)
    hits = [json.loads(line) for line in ran.stdout.splitlines()]
    for hit in hits:
        hit.update(sets.truth[hit["query"]])
        hit["truth"] = hit["right"].get(hit.get("path"))
    return hits


def table(hits, wanted):
    kinds = collections.defaultdict(lambda: collections.defaultdict(set))
    for hit in hits:
        if hit["half"] == wanted:
            kind = kinds[hit["kind"]]
            kind["queries"].add(hit["query"])
            if hit["kind"] and hit.get("relation") and hit["truth"] != "any":
                right = hit["truth"] is not None
                kind[hit["relation"], right].add(hit["query"])
    rows = []
    for name, kind in sorted(kinds.items()):
        count = len(kind["queries"])
        shares = [f"{len(kind[relation, right]) / count:.2f}" if kind[relation, right] else ""
                  for right in (True, False) for relation in ("copy", "scene", "part")]
        rows.append([name, str(count), *shares])
    head = ["", "queries", "right: copy", "scene", "part", "else: copy", "scene", "part"]
    return machine.table(head, rows)


def reliability(hits, wanted):
    rows = []
    for low, high in zip(STEPS, STEPS[1:]):
        some = [h["truth"] is not None for h in hits if h["half"] == wanted and h.get("relation")
                and h["truth"] != "any" and low <= h["score"] < high]
        if some:
            rows.append([f"{low} to {min(high, 1)}", str(len(some)), f"{sum(some) / len(some):.3f}"])
    return machine.table(["score", "hits", "right"], rows)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--others", type=pathlib.Path)
    parser.add_argument("--originals", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, help="keep pictures and answers here")
    parser.add_argument("--half", default="judge")
    return parser.parse_args()


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        work = (args.work or pathlib.Path(temporary)).resolve()
        sets = Sets(work, args.seed)
        strangers = sets.photographs(sorted(args.photographs.glob("*.jpg")), args.originals)
        sets.drawings(strangers)
        if args.others:
            sets.others(args.others, strangers)
        hits = answers(sets, work)
        (work / "hits.jsonl").write_text("".join(json.dumps(hit) + "\n" for hit in hits))
        body = table(hits, args.half) + "\n\n" + reliability(hits, args.half)
        machine.publish("verdicts", "What two pictures are to each other", "bench/run.sh verdicts",
                        machine.describe([]), body)


if __name__ == "__main__":
    main()
