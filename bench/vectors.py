"""Compares the approximate index with its peers, on the same vectors in one run.

usage: python bench/vectors.py DATA --kind sift [--rows N] [--peers hnswlib,annoy,...] [--keep NAME]

DATA is a folder made by bench/vectors_data.py. Each library builds its index in a process of its
own (kept in DATA, and used again if it is there; `--prepare` ends after that), then answers the
same queries one by one; then all queries with one thread and with two. `--no-build` leaves out what
is not built. The peers are those of bench/vectors_peers.py that are installed from PyPI.
"""

import argparse
import concurrent.futures
import importlib.metadata as metadata
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import time

import numpy as np

import machine
from vectors_peers import K, PEERS

RECALLS = (0.90, 0.95, 0.99)


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory(key="VmRSS"):
    line = next(l for l in open("/proc/self/status") if l.startswith(key))
    return int(line.split()[1]) / 1e3


def size(path):
    path = pathlib.Path(path)
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files)


def load(args, name):
    rows = np.load(args.data / f"{args.kind}_{name}.npy", mmap_mode="r")
    return rows[: args.rows] if name == "base" else np.ascontiguousarray(rows)


def index_path(args, name):
    return args.data / f"{args.kind}_{args.rows}.{name}"


def build_peer(args, name):
    base, peer = np.ascontiguousarray(load(args, "base")), PEERS[name]()
    start, before = time.time(), cpu()
    peer.build(base, str(index_path(args, name)), args.threads)
    line = {"lib": peer.label, "build_s": time.time() - start, "build_cpu_s": cpu() - before,
            "bytes": size(index_path(args, name)) + getattr(peer, "unsaved", lambda base: 0)(base)}
    index_path(args, name + ".json").write_text(json.dumps(line))


def search_peer(args, name):
    """One JSON line per operating point."""
    peer, queries, truth = PEERS[name](), load(args, "queries"), np.load(truth_path(args))
    before = memory()
    peer.load(str(index_path(args, name)), load(args, "base"))
    for point in peer.points:
        if hasattr(peer, "set"):
            peer.set(point)
        best, hits = np.full(len(queries), np.inf), 0
        for _ in range(args.rounds):
            hits = 0
            for i, query in enumerate(queries):
                start = time.perf_counter()
                found = peer.one(query, point)
                best[i] = min(best[i], time.perf_counter() - start)
                hits += len(set(map(int, found)) & set(truth[i, :K].tolist()))
        line = {"lib": peer.label, "param": point, "recall": hits / (K * len(queries)),
                "p50_us": 1e6 * float(np.median(best)),
                "p99_us": 1e6 * float(np.quantile(best, 0.99)), "resident_mb": memory() - before}
        for threads in (1, 2):
            start = time.perf_counter()
            batch(peer, queries, point, threads)
            line[f"qps_{threads}"] = len(queries) / (time.perf_counter() - start)
        print(json.dumps(line), flush=True)


def batch(peer, queries, point, threads):
    """All queries, by the library's own call for many or by threads of Python."""
    if hasattr(peer, "batch"):
        return peer.batch(queries, point, threads)
    work = lambda part: [peer.one(query, point) for query in part]
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, np.array_split(queries, threads)))


def truth_path(args):
    return args.data / f"{args.kind}_{args.rows}_truth.npy"


def make_truth(args):
    """The true neighbours, by distances in f32."""
    base, queries = load(args, "base"), load(args, "queries")
    best, ids = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int32)
    for start in range(0, len(base), 100_000):
        part = np.ascontiguousarray(base[start:start + 100_000])
        distance = (part * part).sum(1) - 2 * queries @ part.T
        near = np.argpartition(distance, K, axis=1)[:, :K + 1].astype(np.int32)
        best = np.hstack([best, np.take_along_axis(distance, near, 1)])
        ids = np.hstack([ids, near + start])
        order = np.argsort(best, axis=1, kind="stable")[:, :K]
        best, ids = np.take_along_axis(best, order, 1), np.take_along_axis(ids, order, 1)
    np.save(truth_path(args), ids)


def again(args, *more):
    command = [sys.executable, __file__, args.data, "--kind", args.kind, "--rows", args.rows,
               "--threads", args.threads, "--rounds", args.rounds, *more]
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)


def ours(args, threads, element, *more):
    name = f"lookalike-{element}"
    path = index_path(args, name)
    command = [args.binary, "vectors", "--base", args.data / f"{args.kind}_base.npy", "--queries",
               args.data / f"{args.kind}_queries.npy", "--rows", args.rows, "--truth",
               truth_path(args), "--json", "--index", path, "--element", element, "-j", threads,
               *more]
    text = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    lines = [json.loads(line) | {"lib": f"lookalike, {element}"} for line in text.splitlines()]
    for line in lines:
        if "build_s" in line:
            index_path(args, name + ".json").write_text(json.dumps(line))
    return [line for line in lines if "param" in line]


def search_ours(args, element):
    single = ours(args, 1, element, "--rounds", args.rounds)
    double = ours(args, 2, element, "--rounds", 1)
    for one, two in zip(single, double):
        one["qps_1"], one["qps_2"] = one["qps"], two["qps"]
    return single


def names(args):
    own = [f"lookalike-{element}" for element in args.elements.split(",")]
    return own + [name for name in args.peers.split(",") if name]


def build(args, name):
    """Builds an index that is not there; says whether it is there now."""
    if index_path(args, name + ".json").exists():
        return True
    if args.no_build:
        print(f"{name}: not built", file=sys.stderr)
        return False
    if index_path(args, name).is_dir():
        shutil.rmtree(index_path(args, name))
    index_path(args, name).unlink(missing_ok=True)
    if name.startswith("lookalike-"):
        ours(args, args.threads, name.removeprefix("lookalike-"), "--rounds", 1, "--widths", 64)
    elif again(args, "--build", name).returncode != 0:
        print(f"{name}: the building failed", file=sys.stderr)
    return index_path(args, name + ".json").exists()


def search(args, name):
    """The operating points of a library."""
    if name.startswith("lookalike-"):
        return search_ours(args, name.removeprefix("lookalike-"))
    lines = again(args, "--search", name).stdout.splitlines()
    # Some libraries talk.
    return [json.loads(line) for line in lines if line.startswith("{")]


def at_recall(points, recall, key):
    """A value at a recall, between the operating points around it; None where it is not reached."""
    points = sorted(points, key=lambda point: point["recall"])
    for low, high in zip([None, *points], points):
        if high["recall"] >= recall:
            if low is None or low["recall"] >= high["recall"]:
                return high[key]
            share = (recall - low["recall"]) / (high["recall"] - low["recall"])
            return low[key] + share * (high[key] - low[key])
    return None


def table(results):
    def number(value, form="{:.0f}"):
        return "-" if value is None else form.format(value)

    rows = []
    for build, points in results:
        times = [number(at_recall(points, recall, "p50_us")) for recall in RECALLS]
        last = number(at_recall(points, 0.95, "p99_us"))
        speeds = [number(at_recall(points, 0.95, key)) if key in points[0] else "-"
                  for key in ("qps_1", "qps_2")]
        rows.append([build["lib"], *times, last, *speeds, f"{build['build_cpu_s']:.0f}",
                     f"{build['bytes'] / 1e6:.0f}", f"{points[-1]['resident_mb']:.0f}"])
    head = ["library", *(f"us at {recall}" for recall in RECALLS), "99 % at 0.95",
            "queries/s, 1 thread", "2 threads", "build, CPU s", "disk, MB", "resident, MB"]
    return machine.table(head, rows)


def plot(results, title, path):
    """Recall against microseconds, both on scales that spread what matters."""
    width, height, left, top = 760, 460, 70, 40
    colours = ["#d62728", "#8c1a1b", "#1f77b4", "#2ca02c", "#ff7f0e", "#9467bd", "#17becf",
               "#7f7f7f", "#bcbd22"]
    points = [p for _, ps in results for p in ps if 0.8 <= p["recall"] < 1]
    low, high = min(p["p50_us"] for p in points), max(p["p50_us"] for p in points)
    across = lambda recall: left + (width - left - 190) * np.log10((1 - 0.8) / max(1 - recall, 5e-4)) / np.log10(0.2 / 5e-4)
    down = lambda us: top + (height - top - 50) * (1 - np.log(us / low) / np.log(high / low))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
           f'<text x="{left}" y="22" font-size="15">{title}</text>']
    for recall in (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999):
        x = across(recall)
        out.append(f'<path d="M{x:.0f} {top}V{height - 50}" stroke="#ddd"/>'
                   f'<text x="{x:.0f}" y="{height - 33}" text-anchor="middle">{recall}</text>')
    for us in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000):
        if low <= us <= high:
            out.append(f'<path d="M{left} {down(us):.0f}H{width - 190}" stroke="#ddd"/>'
                       f'<text x="{left - 6}" y="{down(us) + 4:.0f}" text-anchor="end">{us}</text>')
    out.append(f'<text x="{left}" y="{height - 12}">recall of the 10 nearest; up: microseconds a '
               'query, one thread, median</text>')
    for number, (build, ps) in enumerate(results):
        shown = sorted((p for p in ps if 0.8 <= p["recall"] < 1), key=lambda p: p["recall"])
        colour = colours[number % len(colours)]
        line = " ".join(f"{across(p['recall']):.1f},{down(p['p50_us']):.1f}" for p in shown)
        y = top + 18 * number + 10
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
                   f'<path d="M{width - 180} {y}h18" stroke="{colour}" stroke-width="3"/>'
                   f'<text x="{width - 157}" y="{y + 4}">{build["lib"].split(",")[0] if number > 1 else build["lib"]}</text>')
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([*out, "</svg>\n"]))


def versions(built):
    """Those of the peers that are in this run."""
    packages = dict.fromkeys(PEERS[name].package for name in built if name in PEERS)
    return [f"{package} {metadata.version(package)}" for package in packages]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--kind", default="sift")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--elements", default="bits12,i8")
    parser.add_argument("--threads", type=int, default=2, help="for building")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prepare", action="store_true", help="build what is missing, and stop")
    parser.add_argument("--no-build", action="store_true", help="leave out what is not built")
    parser.add_argument("--binary", default="target/release/lookalike-bench")
    parser.add_argument("--keep", default="vectors", help="bench/results/NAME.md")
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--search", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.rows = min(args.rows, len(np.load(args.data / f"{args.kind}_base.npy", mmap_mode="r")))
    if args.build:
        return build_peer(args, args.build)
    if args.search:
        return search_peer(args, args.search)
    if not truth_path(args).exists():
        make_truth(args)
    built = [name for name in names(args) if build(args, name)]
    if args.prepare:
        return print("built:", ", ".join(built))
    results = []
    for name in built:
        points = search(args, name)
        if points:
            results.append((json.loads(index_path(args, name + ".json").read_text()), points))
    base = load(args, "base")
    title = f"{len(base):,} x {base.shape[1]} ({args.kind})"
    plot(results, title, machine.ROOT / "docs" / f"{args.keep}.svg")
    missing = [name for name in names(args) if name not in built]
    missing = f" Not in this run, for want of a built index: {', '.join(missing)}." if missing else ""
    body = (f"{title}, {len(load(args, 'queries'))} queries, Euclidean, {K} nearest. Microseconds "
            "are medians of single calls with one thread, at the recall in the head of the column, "
            f"between operating points; of each query the fastest of {args.rounds} counts. Calls of "
            "the peers go through their Python bindings; queries a second are those of their own "
            "batches, or where there is no such call those of threads of Python. On a busy machine "
            "compare ratios. Build seconds are of all threads together, perhaps of another hour. "
            f"Resident is what loading and searching adds to the process.{missing}\n\n"
            f"![recall and time](../../docs/{args.keep}.svg)\n\n" + table(results))
    command = f"python bench/vectors.py DATA --kind {args.kind} --rows {args.rows}"
    machine.publish(args.keep, f"Vectors: {title}", command, machine.describe(versions(built)), body)


if __name__ == "__main__":
    main()
