"""Compares the approximate index with its peers, on the same vectors in one run.

usage: python bench/vectors.py DATA --kind sift [--rows N] [--peers hnswlib,annoy,...] [--keep NAME]

DATA is a folder made by bench/vectors_data.py. Each library builds its index in a process of its
own (kept in DATA, and used again if it is there), then answers the same queries one by one; then
all queries in batches with one thread and with two. The peers are those of PyPI that are
installed: annoy, hnswlib, faiss-cpu, usearch, rabitqlib (SymphonyQG), scann.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import time

import numpy as np

import machine

K = 10
RECALLS = (0.90, 0.95, 0.99)


class Annoy:
    label, points = "Annoy, 50 trees", (500, 1000, 2000, 4000, 8000, 16000)

    def build(self, base, path, threads):
        import annoy
        index = annoy.AnnoyIndex(base.shape[1], "euclidean")
        for i, vector in enumerate(base):
            index.add_item(i, vector)
        index.build(50, n_jobs=threads)
        index.save(path)

    def load(self, path, shape):
        import annoy
        self.index = annoy.AnnoyIndex(shape[1], "euclidean")
        self.index.load(path)

    def one(self, query, point):
        return self.index.get_nns_by_vector(query, K, search_k=point)


class Hnswlib:
    label, points = "hnswlib, M 16, ef 200", (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400)

    def build(self, base, path, threads):
        import hnswlib
        index = hnswlib.Index("l2", base.shape[1])
        index.init_index(max_elements=len(base), ef_construction=200, M=16)
        index.add_items(base, num_threads=threads)
        index.save_index(path)

    def load(self, path, shape):
        import hnswlib
        self.index = hnswlib.Index("l2", shape[1])
        self.index.load_index(path)

    def one(self, query, point):
        return self.index.knn_query(query, K, num_threads=1)[0][0]

    def batch(self, queries, point, threads):
        return self.index.knn_query(queries, K, num_threads=threads)[0]

    def set(self, point):
        self.index.set_ef(point)


class Faiss:
    def load(self, path, shape):
        import faiss
        self.faiss = faiss
        self.index = faiss.read_index(path)

    def one(self, query, point):
        return self.index.search(query[None], K)[1][0]

    def batch(self, queries, point, threads):
        self.faiss.omp_set_num_threads(threads)
        found = self.index.search(queries, K)[1]
        self.faiss.omp_set_num_threads(1)
        return found


class FaissHnsw(Faiss):
    label, points = "FAISS HNSW, M 16, ef 200", (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400)

    def build(self, base, path, threads):
        import faiss
        faiss.omp_set_num_threads(threads)
        index = faiss.IndexHNSWFlat(base.shape[1], 16)
        index.hnsw.efConstruction = 200
        index.add(base)
        faiss.write_index(index, path)

    def set(self, point):
        self.faiss.omp_set_num_threads(1)
        self.index.hnsw.efSearch = point


class FaissIvf(Faiss):
    label, points = "FAISS IVF, PQ FastScan, refined", (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)

    def build(self, base, path, threads):
        import faiss
        faiss.omp_set_num_threads(threads)
        dim = base.shape[1]
        lists = 1024 if len(base) <= 300_000 else 2048
        index = faiss.index_factory(dim, f"IVF{lists},PQ{min(dim // 2, 256)}x4fs,RFlat")
        index.train(base[:: max(len(base) // 100_000, 1)])
        index.add(base)
        faiss.write_index(index, path)

    def set(self, point):
        self.faiss.omp_set_num_threads(1)
        ivf = self.faiss.extract_index_ivf(self.index.base_index)
        ivf.nprobe = point
        self.index.k_factor = 10


class Usearch:
    label, points = "usearch, f16, M 16, ef 200", (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400)

    def build(self, base, path, threads):
        from usearch.index import Index
        index = Index(ndim=base.shape[1], metric="l2sq", dtype="f16", connectivity=16,
                      expansion_add=200)
        index.add(np.arange(len(base)), base, threads=threads)
        index.save(path)

    def load(self, path, shape):
        from usearch.index import Index
        self.index = Index.restore(path)

    def one(self, query, point):
        return self.index.search(query, K, threads=1).keys

    def batch(self, queries, point, threads):
        return self.index.search(queries, K, threads=threads).keys

    def set(self, point):
        self.index.expansion_search = point


class SymphonyQg:
    label, points = "SymphonyQG, degree 32", (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400)

    def build(self, base, path, threads):
        from rabitqlib import SymqgIndex
        index = SymqgIndex(base.shape[1], 32)
        index.build(base, 200, threads)
        index.save(path)

    def load(self, path, shape):
        from rabitqlib import SymqgIndex
        self.index = SymqgIndex.load(path)

    def one(self, query, point):
        return self.index.search(query[None], K, point)[0][0]

    def batch(self, queries, point, threads):
        return self.index.search_batch(queries, K, point, threads)[0]


class Scann:
    label, points = "ScaNN", (5, 10, 15, 20, 30, 45, 60, 90, 130, 200)

    def build(self, base, path, threads):
        import scann
        builder = scann.scann_ops_pybind.builder(base, K, "squared_l2")
        leaves = int(2 * np.sqrt(len(base)))
        builder = builder.tree(leaves, 50, training_sample_size=min(len(base), 100_000))
        index = builder.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100).build()
        pathlib.Path(path).mkdir(exist_ok=True)
        index.serialize(path)

    def load(self, path, shape):
        import scann
        self.index = scann.scann_ops_pybind.load_searcher(path)

    def one(self, query, point):
        return self.index.search(query, K, leaves_to_search=point)[0]


PEERS = {"annoy": Annoy, "hnswlib": Hnswlib, "faiss-hnsw": FaissHnsw, "faiss-ivf": FaissIvf,
         "usearch": Usearch, "symphonyqg": SymphonyQg, "scann": Scann}


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
    base = np.ascontiguousarray(load(args, "base"))
    start, before = time.time(), cpu()
    PEERS[name]().build(base, str(index_path(args, name)), args.threads)
    line = {"lib": PEERS[name].label, "build_s": time.time() - start, "build_cpu_s": cpu() - before,
            "bytes": size(index_path(args, name))}
    index_path(args, name + ".json").write_text(json.dumps(line))


def search_peer(args, name):
    """One JSON line per operating point."""
    peer, queries, truth = PEERS[name](), load(args, "queries"), np.load(truth_path(args))
    before = memory()
    peer.load(str(index_path(args, name)), queries.shape)
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
        if hasattr(peer, "batch"):
            for threads in (1, 2):
                start = time.perf_counter()
                peer.batch(queries, point, threads)
                line[f"qps_{threads}"] = len(queries) / (time.perf_counter() - start)
        print(json.dumps(line), flush=True)


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


def ours(args, threads, element):
    name = f"lookalike-{element}"
    path = index_path(args, name)
    command = [args.binary, "vectors", "--base", args.data / f"{args.kind}_base.npy", "--queries",
               args.data / f"{args.kind}_queries.npy", "--rows", args.rows, "--truth",
               truth_path(args), "--json", "--index", path, "--element", element,
               "--rounds", args.rounds, "-j", threads]
    text = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    lines = [json.loads(line) | {"lib": f"lookalike, {element}"} for line in text.splitlines()]
    for line in lines:
        if "build_s" in line:
            index_path(args, name + ".json").write_text(json.dumps(line))
    build = json.loads(index_path(args, name + ".json").read_text())
    return build, [line for line in lines if "param" in line]


def run_ours(args, element):
    build, points = ours(args, args.threads, element)
    _, single = ours(args, 1, element)
    _, double = ours(args, 2, element)
    for point, one, two in zip(points, single, double):
        point["p50_us"] = min(point["p50_us"], one["p50_us"], two["p50_us"])
        point["qps_1"], point["qps_2"] = one["qps"], two["qps"]
    return build, points


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


def versions():
    import importlib.metadata as metadata
    found = []
    for package in ("annoy", "hnswlib", "faiss-cpu", "usearch", "rabitqlib", "scann"):
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            print(f"{package} is not installed", file=sys.stderr)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--kind", default="sift")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--elements", default="f32,i8")
    parser.add_argument("--threads", type=int, default=2, help="for building")
    parser.add_argument("--rounds", type=int, default=3)
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
    results = [run_ours(args, element) for element in args.elements.split(",")]
    for name in args.peers.split(","):
        if not index_path(args, name + ".json").exists():
            if again(args, "--build", name).returncode != 0:
                print(f"{name}: not built", file=sys.stderr)
                continue
        build = json.loads(index_path(args, name + ".json").read_text())
        lines = again(args, "--search", name).stdout.splitlines()
        if lines:
            results.append((build, [json.loads(line) for line in lines]))
    base = load(args, "base")
    title = f"{len(base):,} x {base.shape[1]} ({args.kind})"
    plot(results, title, machine.ROOT / "docs" / f"{args.keep}.svg")
    body = (f"{title}, {len(load(args, 'queries'))} queries, Euclidean, {K} nearest. Microseconds "
            "are medians of single calls with one thread, at the recall in the head of the column, "
            f"between operating points; of each query the fastest of {args.rounds} counts. Calls of "
            "the peers go through their Python bindings; queries a second are those of their own "
            "batches. On a busy machine compare ratios. Resident is what loading and searching adds to the process.\n\n"
            f"![recall and time](../../docs/{args.keep}.svg)\n\n" + table(results))
    command = f"python bench/vectors.py DATA --kind {args.kind} --rows {args.rows}"
    machine.publish(args.keep, f"Vectors: {title}", command, machine.describe(versions()), body)


if __name__ == "__main__":
    main()
