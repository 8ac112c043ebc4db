"""The peers of bench/vectors.py, each behind the same few calls.

`build` writes an index file or folder, `load` opens it, `set` takes an operating point, `one` answers
one query, `batch` all of them with some threads, where the library has such a call. `package` is what
PyPI calls it.
"""

import concurrent.futures
import pathlib

import numpy as np

K = 10
# Widths of the search of graphs.
WIDTHS = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400)


class Annoy:
    package = "annoy"
    label, points = "Annoy, 50 trees", (500, 1000, 2000, 4000, 8000, 16000)

    def build(self, base, path, threads):
        import annoy
        index = annoy.AnnoyIndex(base.shape[1], "euclidean")
        for i, vector in enumerate(base):
            index.add_item(i, vector)
        index.build(50, n_jobs=threads)
        index.save(path)

    def load(self, path, base):
        import annoy
        self.index = annoy.AnnoyIndex(base.shape[1], "euclidean")
        self.index.load(path)

    def one(self, query, point):
        return self.index.get_nns_by_vector(query, K, search_k=point)


class Hnswlib:
    package = "hnswlib"
    label, points = "hnswlib, M 16, ef 200", WIDTHS

    def build(self, base, path, threads):
        import hnswlib
        index = hnswlib.Index("l2", base.shape[1])
        index.init_index(max_elements=len(base), ef_construction=200, M=16)
        index.add_items(base, num_threads=threads)
        index.save_index(path)

    def load(self, path, base):
        import hnswlib
        self.index = hnswlib.Index("l2", base.shape[1])
        self.index.load_index(path)

    def one(self, query, point):
        return self.index.knn_query(query, K, num_threads=1)[0][0]

    def batch(self, queries, point, threads):
        return self.index.knn_query(queries, K, num_threads=threads)[0]

    def set(self, point):
        self.index.set_ef(point)


class Faiss:
    def load(self, path, base):
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
    package = "faiss-cpu"
    label, points = "FAISS HNSW, M 16, ef 200", WIDTHS

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
    package = "faiss-cpu"
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
    package = "usearch"
    label, points = "usearch, f16, M 16, ef 200", WIDTHS

    def build(self, base, path, threads):
        from usearch.index import Index
        index = Index(ndim=base.shape[1], metric="l2sq", dtype="f16", connectivity=16,
                      expansion_add=200)
        index.add(np.arange(len(base)), base, threads=threads)
        index.save(path)

    def load(self, path, base):
        from usearch.index import Index
        self.index = Index.restore(path)

    def one(self, query, point):
        return self.index.search(query, K, threads=1).keys

    def batch(self, queries, point, threads):
        return self.index.search(queries, K, threads=threads).keys

    def set(self, point):
        self.index.expansion_search = point


class SymphonyQg:
    package = "rabitqlib"
    label, points = "SymphonyQG, degree 32", WIDTHS

    def build(self, base, path, threads):
        from rabitqlib import SymqgIndex
        index = SymqgIndex(base.shape[1], 32)
        index.build(base, 200, threads)
        index.save(path)

    def load(self, path, base):
        from rabitqlib import SymqgIndex
        self.index = SymqgIndex.load(path)

    def one(self, query, point):
        return self.index.search(query[None], K, point)[0][0]

    def batch(self, queries, point, threads):
        return self.index.search_batch(queries, K, point, threads)[0]


class Scann:
    package = "scann"
    label, points = "ScaNN", (5, 10, 15, 20, 30, 45, 60, 90, 130, 200)

    def build(self, base, path, threads):
        import scann
        builder = scann.scann_ops_pybind.builder(base, K, "squared_l2")
        leaves = int(2 * np.sqrt(len(base)))
        builder = builder.tree(leaves, 50, training_sample_size=min(len(base), 100_000))
        index = builder.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100).build()
        pathlib.Path(path).mkdir(exist_ok=True)
        index.serialize(path)

    def load(self, path, base):
        import scann
        self.index = scann.scann_ops_pybind.load_searcher(path)

    def one(self, query, point):
        return self.index.search(query, K, leaves_to_search=point)[0]


class Glass:
    package = "pyglass-portable"
    label, points = "glass HNSW, SQ8, refined in f16", WIDTHS

    def build(self, base, path, threads):
        import glass
        glass.set_num_threads(threads)
        pathlib.Path(path).mkdir(exist_ok=True)
        glass.Index("HNSW", "L2", "SQ8U", R=32, L=200).build(base).save(f"{path}/graph")

    def unsaved(self, base):
        """Bytes that it makes of the vectors whenever it loads."""
        return 3 * base.size

    def load(self, path, base):
        import glass
        self.index = glass.Searcher(glass.Graph(f"{path}/graph"), base, "L2", "SQ8", "FP16")
        self.index.optimize(1)

    def set(self, point):
        self.index.set_ef(point)

    def one(self, query, point):
        return self.index.search(query, K)[0]

    def batch(self, queries, point, threads):
        return self.index.batch_search(queries, K, threads)[0]


class Hannoy:
    package = "hannoy"
    label, points = "hannoy, M 16, ef 200", WIDTHS

    def build(self, base, path, threads):
        import hannoy
        pathlib.Path(path).mkdir(exist_ok=True)
        database = hannoy.Database(path, hannoy.Metric.EUCLIDEAN, env_size=max(4 * base.nbytes, 1 << 30))
        with database.writer(base.shape[1], m=16, ef=200) as writer:
            writer.add_items(range(len(base)), base)

    def load(self, path, base):
        import hannoy
        self.database = hannoy.Database(path, hannoy.Metric.EUCLIDEAN, env_size=max(4 * base.nbytes, 1 << 30))
        self.index = self.database.reader()

    def one(self, query, point):
        return [id for id, _ in self.index.by_array(query, K, point)]

    def batch(self, queries, point, threads):
        # A reader belongs to its thread.
        work = lambda part: self.database.reader().by_array(part, K, point)
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, np.array_split(queries, threads)))


class QdrantEdge:
    package = "qdrant-edge-py"
    label, points = "qdrant-edge, int8, M 16, ef 200", WIDTHS

    def build(self, base, path, threads):
        import qdrant_edge as q
        pathlib.Path(path).mkdir(exist_ok=True)
        config = q.EdgeConfig(
            vectors=q.EdgeVectorParams(size=base.shape[1], distance=q.Distance.Euclid),
            hnsw_config=q.HnswIndexConfig(16, 200, 1000, max_indexing_threads=threads),
            quantization_config=q.ScalarQuantizationConfig(q.ScalarType.Int8),
            optimizers=q.EdgeOptimizersConfig(default_segment_number=1, max_segment_size=1 << 30),
            wal_enabled=False)
        shard = q.EdgeShard.create(path, config)
        for start in range(0, len(base), 2000):
            rows = enumerate(base[start:start + 2000].tolist(), start)
            shard.update(q.UpdateOperation.upsert_points([q.Point(i, row) for i, row in rows]))
        shard.optimize()
        shard.flush()
        shard.close()

    def load(self, path, base):
        import qdrant_edge
        self.module = qdrant_edge
        self.index = qdrant_edge.EdgeShard.load(path)

    def one(self, query, point):
        q = self.module
        request = q.QueryRequest(limit=K, query=q.Query.Nearest(query.tolist()),
                                 params=q.SearchParams(hnsw_ef=point))
        return [point.id for point in self.index.query(request)]


class LookalikePython:
    package = "lookalike"
    label, points = "lookalike from Python, 12 bits", WIDTHS

    def build(self, base, path, threads):
        import lookalike
        with lookalike.VectorIndex(base.shape[1], "l2", path=path, threads=threads) as index:
            index.add(np.arange(len(base)), base)
            index.optimize()

    def load(self, path, base):
        import lookalike
        self.index = lookalike.VectorIndex.open(path, threads=1)
        self.index.preload()
        self.path, self.many = path, None

    def set(self, point):
        self.width = point

    def one(self, query, point):
        return self.index.search(query, K, width=point)[0]

    def batch(self, queries, point, threads):
        import lookalike
        if self.many is None or self.many.threads != threads:
            self.many = lookalike.VectorIndex.open(self.path, threads=threads)
            self.many.preload()
        return self.many.search(queries, K, width=point)[0]


PEERS = {"annoy": Annoy, "hnswlib": Hnswlib, "faiss-hnsw": FaissHnsw, "faiss-ivf": FaissIvf,
         "usearch": Usearch, "glass": Glass, "symphonyqg": SymphonyQg, "scann": Scann,
         "qdrant-edge": QdrantEdge, "hannoy": Hannoy,
         "lookalike-python": LookalikePython}
