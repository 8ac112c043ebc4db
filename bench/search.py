"""Searches a library of many vectors through the command line; whole processes.

usage: bench/run.sh search [--count 100000] [--rounds 15] [--library FOLDER] [--keep NAME]

The library is generated (about 1 GB for 100,000 vectors) and removed again, unless --library names
a folder to keep it in.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import machine
import opencv


def once(command):
    """Milliseconds and peak memory (MB) of a process; exit status 1 is "nothing found"."""
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    milliseconds = (time.perf_counter() - start) * 1e3
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit status {process.returncode}")
    cpu = (usage.ru_utime + usage.ru_stime) * 1e3
    return milliseconds, cpu, usage.ru_maxrss / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/release/lookalike")
    parser.add_argument("--bench", default="target/release/lookalike-bench")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--library", type=pathlib.Path)
    parser.add_argument("--query", type=pathlib.Path, default=opencv.PICTURES / "coffee.jpg")
    parser.add_argument("--keep", default="search", help="bench/results/NAME.md")
    args = parser.parse_args()
    versions = machine.describe([])
    with tempfile.TemporaryDirectory(dir="target") as temporary:
        library = args.library or pathlib.Path(temporary) / "library"
        if not library.exists():
            subprocess.run([args.bench, "generate-library", library, "--count", str(args.count)],
                           check=True, stderr=sys.stderr)
        command = [args.binary, "search", args.query, "--library", library, "--no-index", "--by",
                   "vector", "--top", 10, "--json"]
        vector = [args.binary, "vector", args.query, "--json"]
        rows = []
        for threads in (2, 1):
            whole, alone = [], []
            once([*command, "-j", threads])  # reads the files into the page cache
            for _ in range(args.rounds):
                whole.append(once([*command, "-j", threads]))
                alone.append(once([*vector, "-j", threads]))
            for name, samples in (("search", whole), ("`lookalike vector` alone", alone)):
                times = [sample[0] for sample in samples]
                rows.append([
                    name, str(threads), f"**{statistics.median(times):.0f}**",
                    f"{min(times):.0f} - {max(times):.0f}",
                    f"{statistics.median(sample[1] for sample in samples):.0f}",
                ])
        size = sum(f.stat().st_size for f in library.rglob("*") if f.is_file())
    body = (f"`lookalike search PICTURE --by vector` over {args.count:,} vectors of 2,048 floats, "
            f"{size / 1e6:.0f} MB on disk: whole processes from start to end, the picture's own "
            f"vector included (`lookalike vector` shows what that takes), {args.rounds} rounds, "
            "files in the page cache.\n\n"
            + machine.table(["process", "threads", "ms, median", "range", "CPU, ms"], rows))
    machine.publish(args.keep, "Search by vector", "bench/run.sh search", versions, body)


if __name__ == "__main__":
    main()
