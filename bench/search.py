"""Times `lookalike search` through the command line, whole processes, over libraries of several sizes.

usage: bench/run.sh search [--cases same:2100,similar:100000:--exact,...] [--folder FOLDER]
                           [--queries FOLDER] [--libraries FOLDER] [--rounds 5] [--keep NAME]

A case is what is searched by, the number of pictures, and options. The libraries are generated: those
of vectors from noise, the others by mixing the records of real photographs. Ten other photographs are
the queries: those of --queries, or else some of the one in a hundred that is kept out of the
libraries. These take up to 1.6 GB each, and are removed again unless --libraries names a folder to
keep them in.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile

import labelled
import machine
import measured

CASES = ("vector:100000,same:2100,same:100000,similar:100000,similar:100000:--exact,"
         "similar:1000000,similar:1000000:--exact")
QUERIES = 10


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path,
                        default=machine.ROOT / "target" / "release" / "lookalike")
    parser.add_argument("--bench", type=pathlib.Path,
                        default=machine.ROOT / "target" / "release" / "lookalike-bench")
    parser.add_argument("--cases", default=CASES)
    parser.add_argument("--folder", type=pathlib.Path,
                        help="photographs to mix (default: those of bench/run.sh same)")
    parser.add_argument("--queries", type=pathlib.Path, help="photographs that are not there")
    parser.add_argument("--cache", type=pathlib.Path,
                        default=machine.ROOT / "target" / "bench-pictures")
    parser.add_argument("--libraries", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", default="search", help="bench/results/NAME.md")
    return parser.parse_args()


def pictures(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))


def photographs(args):
    """The photographs to mix, and those to search with."""
    found = pictures(args.folder or labelled.folder(args.cache, "pieces"))
    if args.queries:
        return found, pictures(args.queries)[:QUERIES]
    held_out = found[::max(len(found) // 100, 1)]
    return [path for path in found if path not in set(held_out)], held_out[:QUERIES]


def source(args, libraries, mixed):
    """The library of the photographs that are mixed."""
    library = libraries / "source"
    if not library.exists():
        with tempfile.TemporaryDirectory() as folder:
            for number, path in enumerate(mixed):
                (pathlib.Path(folder) / f"{number:06}{path.suffix}").symlink_to(path.resolve())
            measured.run([args.binary, "index", folder, "--library", library, "-q", "-L"])
    return library


def library_of(args, libraries, by, count, mixed):
    """A library of so many pictures, generated where it is not there yet."""
    library = libraries / f"{by}-{count}"
    if not library.exists():
        if by == "vector":
            command = ["generate-library", library]
        else:
            command = ["generate-pictures", library, "--from", source(args, libraries, mixed)]
            command += ["--embeddings-only"] if by == "similar" else []
        subprocess.run([str(word) for word in (args.bench, *command, "--count", count)], check=True)
    return library


def case(args, libraries, text, mixed, queries):
    """A row of the table for each number of threads."""
    by, count, *options = text.split(":")
    library = library_of(args, libraries, by, int(count), mixed)
    size = sum(f.stat().st_size for f in library.rglob("*") if f.is_file())
    for threads in (2, 1):
        runs = []
        for number in range(args.rounds + 1):
            for query in queries:
                command = [args.binary, "search", query, "--library", library, "--no-index", "--by",
                           by, "--top", 10, "--json", "-j", threads, *options]
                run = measured.run(command)
                # The first round reads the files into the page cache.
                if number:
                    runs.append(run)
        times = sorted(1e3 * run.seconds for run in runs)
        yield [by, f"{int(count):,}", " ".join(options), str(threads),
               f"**{statistics.median(times):.0f}**",
               f"{times[len(times) // 10]:.0f} - {times[-1 - len(times) // 10]:.0f}",
               f"{1e3 * statistics.median(run.cpu for run in runs):.0f}",
               f"{max(run.megabytes for run in runs):.0f}", f"{size / 1e6:.0f}"]


def main():
    args = arguments()
    versions = machine.describe([])
    mixed, queries = photographs(args)
    with tempfile.TemporaryDirectory(dir=machine.ROOT / "target") as temporary:
        libraries = args.libraries or pathlib.Path(temporary)
        libraries.mkdir(exist_ok=True)
        cases = args.cases.split(",")
        rows = [row for text in cases for row in case(args, libraries, text, mixed, queries)]
    head = ["by", "pictures", "options", "threads", "ms, median", "10 - 90 %", "CPU, ms",
            "memory, MB, at most", "on disk, MB"]
    body = (f"`lookalike search PICTURE --by ...`: whole processes from start to end, {len(queries)} "
            f"photographs that are not in the library, {args.rounds} rounds, files in the page "
            "cache. The libraries are generated: vectors of 2,048 floats; visual words and "
            f"embeddings mixed from those of {len(mixed):,} photographs"
            f"{'' if args.folder is None else ' (a folder of ours)'}.\n\n" + machine.table(head, rows))
    machine.publish(args.keep, "Search by size of the library", "bench/run.sh search", versions, body)


if __name__ == "__main__":
    main()
