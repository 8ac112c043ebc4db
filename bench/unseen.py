"""Finding the same picture among photographs that no part of the program was trained on.

usage: bench/run.sh unseen FOLDER [--queries 100] [--negatives 4000] [--profiles default,light]
           [--seed 1] [--side 640] [--work FOLDER]

The vocabulary that ships was trained on photographs, and quality may not be told on these. So FOLDER
is dealt in two by turns, in the order of names. A vocabulary is trained on the one half as the one
that ships was, and the program, as it is committed, is built with it. Of the other half two thirds are
indexed, beside all pictures of packages.py, and a third are strangers. The queries, and the columns,
are those of same.py.
"""

import argparse
import os
import pathlib
import subprocess

import cv2

import machine
import modifications
import opencv
import packages
import same
import trial

VOCABULARY = "crates/lookalike-words/data/vocabulary-16k.bin"
TRAINER = machine.ROOT / "target" / "release" / "lookalike-bench"


def halves(folder):
    """The pictures of a folder, dealt by turns."""
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in opencv.SUFFIXES]
    return paths[::2], paths[1::2]


def trained(paths, work):
    """A vocabulary of these pictures."""
    folder, file = work / "training", work / "vocabulary.bin"
    folder.mkdir(exist_ok=True)
    for i, path in enumerate(paths):
        link = folder / f"{i:05}-{path.name}"
        link.exists() or link.symlink_to(path.resolve())
    subprocess.run([TRAINER, "vocabulary", folder, "--output", file, "--seed", "1"], check=True)
    return file


def built(vocabulary, work):
    """The committed program with another vocabulary."""
    source, target = work / "source", work / "build"
    source.mkdir(exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=machine.ROOT, check=True,
                             capture_output=True)
    subprocess.run(["tar", "-x", "-C", source], input=archive.stdout, check=True)
    (source / VOCABULARY).write_bytes(vocabulary.read_bytes())
    subprocess.run(["cargo", "build", "--release", "-p", "lookalike-cli"], cwd=source, check=True,
                   env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    return target / "release" / "lookalike"


def pictures_of(args, paths, work):
    """The pictures and queries in the work folder, made where they are not there yet."""
    kept = work / "trial.json"
    if not kept.exists():
        distractors = [path for group in packages.groups(args.cache) for path in group]
        trial.make([[path] for path in paths], work / "pictures", None, args.queries,
                   args.negatives, args.side, args.seed, distractors).save(kept)
    return trial.Trial.load(kept)


def answered(binary, pictures, profile, work):
    """The tables of one profile."""
    ours = same.CommandLine("lookalike", "same", binary, pictures, work,
                            ["--keep", "same", "--profile", profile])
    queries = pictures.positives + pictures.negatives
    answers = ours.answers(queries)
    return (f"## Profile {profile}\n\n"
            + same.qualities(modifications.KINDS, same.score(pictures.positives, answers), [])
            + f"\n\n{same.proofs(pictures, queries, answers)}\n\n{ours.size:,.0f} bytes a picture.\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--queries", type=int, default=100, help="originals, each modified 25 ways")
    parser.add_argument("--negatives", type=int, default=4000)
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--profiles", default="default,light")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, help="everything that is made is kept here",
                        default=machine.ROOT / "target" / "bench-unseen")
    parser.add_argument("--cache", type=pathlib.Path, help="where packages are unpacked",
                        default=machine.ROOT / "target" / "bench-pictures")
    return parser.parse_args()


def main():
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    work = args.work.resolve()
    seen, unseen = halves(args.folder)
    binary = built(trained(seen, work), work)
    pictures = pictures_of(args, unseen, work)
    versions = machine.describe([f"OpenCV {cv2.__version__}"])
    body = (
        f"The vocabulary was trained on {len(seen):,} photographs. {len(pictures.library):,} pictures "
        f"indexed: two thirds of {len(unseen):,} others, and those of `bench/packages.py`, which are "
        f"not asked for; {len(pictures.strangers):,} strangers, the last third. At most {args.side} "
        f"px, seed {args.seed}. The columns: `bench/same.py`.\n\n"
        + "\n".join(answered(binary, pictures, profile, work) for profile in args.profiles.split(",")))
    machine.publish("unseen", "Finding the same picture among unseen photographs",
                    "bench/run.sh unseen FOLDER", versions, body)


if __name__ == "__main__":
    main()
