"""The pictures of a trial: which are indexed, which are not, and what is asked for."""

import dataclasses
import hashlib
import json
import pathlib
import random
import sys

from PIL import Image, ImageOps

import modifications

UNMODIFIED = "unmodified"
PLAIN = 0.1  # bytes a pixel of a JPEG file


@dataclasses.dataclass(frozen=True)
class Query:
    """A picture to look for; `answer` is the name of its original in the library, or None."""

    path: pathlib.Path
    kind: str
    answer: str | None


@dataclasses.dataclass
class Trial:
    """Paths of the indexed pictures and of the strangers, and the queries of both."""

    folder: pathlib.Path
    library: list
    strangers: list
    positives: list
    negatives: list


    def save(self, file):
        """Writes down what `load` reads: paths within the folder of `file`."""
        def plain(value):
            return str(value.relative_to(file.parent))
        file.write_text(json.dumps(dataclasses.asdict(self), default=plain))

    @classmethod
    def load(cls, file):
        """The trial that was saved, whose pictures still lie beside `file`."""
        kept = json.loads(file.read_text())
        def paths(name):
            return [file.parent / path for path in kept[name]]
        def queries(name):
            return [Query(file.parent / q["path"], q["kind"], q["answer"]) for q in kept[name]]
        return cls(file.parent / kept["folder"], paths("library"), paths("strangers"),
                   queries("positives"), queries("negatives"))


def deal(groups, share, seed):
    """Deals whole groups by the seed: about `share` of the pictures to the left, the others to the
    right. What was cut from one photograph is a group, and stays together. A group more or less
    changes little for the others."""
    def place(group):
        return hashlib.sha256(f"{seed}/{group[0].name}".encode()).digest()
    groups = sorted(groups, key=place)
    wanted = share * sum(map(len, groups))
    left, right = [], []
    for group in groups:
        (left if len(left) < wanted else right).extend(group)
    return left, right


def scaled(paths, folder, side):
    """Copies of pictures as JPEG files, upright, at most `side` pixels large; those that are twice
    there or cannot be read are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    seen, result = set(), []
    for path in paths:
        content = hashlib.sha256(path.read_bytes()).digest()
        if content in seen:
            continue
        seen.add(content)
        target = folder / f"{len(result):05}-{path.stem}.jpg"
        try:
            with Image.open(path) as picture:
                picture = ImageOps.exif_transpose(picture).convert("RGB")
                picture.thumbnail((side, side), Image.Resampling.LANCZOS)
                picture.save(target, quality=92)
        except OSError as error:
            print(f"{path}: {error}", file=sys.stderr)
            continue
        result.append(target)
    return result


def telling(paths):
    """Those of the pictures that show enough to be known again: a nearly plain one (a piece of sky)
    is indexed like any other, but not asked for."""
    def size(path):
        with Image.open(path) as picture:
            return picture.width * picture.height
    return [path for path in paths if path.stat().st_size >= PLAIN * size(path)]


def write(path, kind, folder, others, seed):
    """A query file: the picture at `path`, modified."""
    if kind == UNMODIFIED:
        return path
    target = folder / kind / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    modifications.modified(path, kind, others, seed).save(target, quality=90)
    return target


def make(groups, folder, library_size, originals, negatives, side, seed, distractors=()):
    """Deals the pictures of `groups` (lists of paths) and writes the queries into `folder`. The
    `distractors` are indexed as well, and not asked for."""
    rng = random.Random(f"{seed}")
    total = sum(map(len, groups))
    left, right = deal(groups, (library_size or total * 2 / 3) / total, seed)
    library = scaled(left, folder / "library", side)
    strangers = scaled(right, folder / "strangers", side)
    if len(strangers) < 4:
        raise SystemExit(f"{total} pictures are too few: no four are left that are not indexed")
    kinds = [*modifications.KINDS]
    known, unknown = telling(library), telling(strangers)
    library += scaled(distractors, folder / "library", side)
    positives = [
        Query(write(path, kind, folder / "queries", strangers, seed), kind, path.name)
        for path in sorted(rng.sample(known, min(originals, len(known))))
        for kind in kinds
    ]
    return Trial(folder / "library", library, strangers, positives, [
        Query(write(path, kind, folder / "negatives", strangers, seed), kind, None)
        for path, kind in foreign(unknown, kinds)[:negatives]
    ])


def foreign(strangers, kinds):
    """Every stranger as it is, then each modified in another way, and so on: of as many different
    pictures as there are."""
    rounds = [(path, UNMODIFIED) for path in strangers]
    for turn in range(len(kinds)):
        rounds += [(path, kinds[(i + turn) % len(kinds)]) for i, path in enumerate(strangers)]
    return rounds
