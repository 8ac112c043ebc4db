"""The index of vectors."""

import threading

import lookalike
import numpy as np
import pytest
from lookalike import VectorIndex


def some(count, dim, seed=1):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


def true_neighbours(vectors, queries, k, metric):
    if metric == "l2":
        scores = -((queries[:, None] - vectors[None]) ** 2).sum(2)
    else:
        if metric == "cosine":
            vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)
        scores = queries @ vectors.T
    order = np.argsort(-scores, axis=1)[:, :k]
    return order, np.take_along_axis(scores, order, 1)


@pytest.mark.parametrize("metric", ["cosine", "dot", "l2"])
@pytest.mark.parametrize("storage", ["bits12", "i8", "f32"])
def test_the_nearest_are_found(metric, storage):
    vectors, queries = some(500, 24), some(40, 24, seed=2)
    index = VectorIndex(24, metric, storage)
    index.add(np.arange(500), vectors)
    ids, scores = index.search(queries, 5)
    assert (ids.shape, ids.dtype, scores.dtype) == ((40, 5), np.int64, np.float32)
    truth, expected = true_neighbours(vectors, queries, 5, metric)
    rounding = {"f32": 1e-4, "bits12": 0.02, "i8": 0.3}[storage]
    np.testing.assert_allclose(scores, expected, atol=rounding * 8)
    if storage != "i8":
        assert (ids == truth).mean() > 0.97
    assert (np.diff(scores, axis=1) <= 0).all()


def test_a_graph_finds_nearly_all(tmp_path):
    vectors, queries = some(6000, 16), some(200, 16, seed=3)
    with VectorIndex(16, path=tmp_path / "index", threads=2) as index:
        index.add(np.arange(6000, dtype=np.uint64), vectors)
        index.optimize()
        truth, _ = true_neighbours(vectors, queries, 10, "cosine")
        exact, _ = index.search(queries, exact=True)
        found, _ = index.search(queries, width=200)
        assert (exact == truth).mean() > 0.99
        assert np.mean([len(set(a) & set(b)) for a, b in zip(found, truth)]) > 9.5
        index.preload()
        np.testing.assert_array_equal(index.search(queries, width=200)[0], found)
        one = [index.search(query, width=200)[0] for query in queries[:20]]
        np.testing.assert_array_equal(one, found[:20])


def test_one_vector_gives_one_row_and_few_are_padded():
    index = VectorIndex(3, "dot", "f32")
    index.add([7, 8], [[1, 0, 0], [0, 1, 0]])
    ids, scores = index.search([2.0, 1.0, 0.0], k=4)
    np.testing.assert_array_equal(ids, [7, 8, -1, -1])
    np.testing.assert_array_equal(scores, np.float32([2, 1, -np.inf, -np.inf]))
    ids, scores = index.search(np.zeros((0, 3)), k=4)
    assert ids.shape == scores.shape == (0, 4)


def test_vectors_come_and_go():
    index = VectorIndex(2, "l2", "f32")
    assert len(index) == 0 and 1 not in index
    index.add(1, [0.0, 0.0])
    index.add([2, 2**63 - 1], np.float64([[1, 0], [5, 5]]))
    assert len(index) == 3 and 1 in index and -1 not in index
    np.testing.assert_array_equal(index.get([2**63 - 1, 1]), [[5, 5], [0, 0]])
    assert index.search([5.0, 5.0], 1)[0][0] == 2**63 - 1
    assert index.delete([1, 99]) == 1
    with pytest.raises(KeyError):
        index.get([1])
    index.add([2], [[9, 9]], replace=True)
    np.testing.assert_array_equal(index.search([9.0, 9.0], 1)[0], [2])
    assert (index.dim, index.metric, index.storage) == (2, "l2", "f32")


def test_any_layout_of_numbers_is_taken():
    expected = some(50, 8)
    index = VectorIndex(8, storage="f32")
    wide = np.zeros((50, 16), np.float32)
    wide[:, ::2] = expected
    for start, same in enumerate(
        (
            expected,
            wide[:, ::2],
            expected[::-1][::-1],
            np.asfortranarray(expected),
            expected.astype(">f4"),
            expected.astype(np.float64),
            expected.tolist(),
        )
    ):
        ids = np.arange(50, dtype=[np.int64, np.uint16, ">i4", np.int16][start % 4]) + start * 50
        index.add(ids if start < 4 else ids.tolist(), same)
        np.testing.assert_array_equal(index.get(ids), expected)
    whole = VectorIndex(3, "dot", "i8")
    whole.add([1, 2], np.int8([[1, 2, 3], [-128, 0, 127]]))
    np.testing.assert_array_equal(whole.get([2, 1]), [[-128, 0, 127], [1, 2, 3]])


@pytest.mark.parametrize(
    ("ids", "vectors"),
    [
        ([1, 2], [[1, 2, 3]]),
        ([1], [[1, 2]]),
        ([1], [[[1, 2, 3]]]),
        ([1], [1, 2]),
        ([1.5], [[1, 2, 3]]),
        ([-1], [[1, 2, 3]]),
        (np.array([2**63], np.uint64), [[1, 2, 3]]),
        ([[1]], [[1, 2, 3]]),
        (["a"], [[1, 2, 3]]),
        ([1], [["a", "b", "c"]]),
        ([1], [[1j, 2, 3]]),
        ([1], [[float("nan"), 2, 3]]),
        ([1], [[float("inf"), 2, 3]]),
        ([1], [[0, 0, 0]]),
        ([5], [[1, 2, 3]]),
        ([1, 1], [[1, 2, 3], [1, 2, 3]]),
        ([1, 2, 5], [[1, 2, 3], [1, 2, 4], [1, 2, 5]]),
    ],
)
def test_on_an_error_nothing_is_added(ids, vectors):
    index = VectorIndex(3)
    index.add([5], [[1.0, 0.0, 0.0]])
    with pytest.raises(lookalike.ArgumentError) as caught:
        index.add(ids, vectors)
    assert isinstance(caught.value, ValueError)
    assert len(index) == 1
    np.testing.assert_array_equal(index.search([1.0, 0.0, 0.0], 3)[0], [5, -1, -1])


def test_searches_refuse_what_cannot_be():
    index = VectorIndex(3)
    index.add([5], [[1.0, 0.0, 0.0]])
    for wrong in ({"k": 0}, {"k": 2**40}):
        with pytest.raises(lookalike.ArgumentError):
            index.search([1.0, 0.0, 0.0], **wrong)
    with pytest.raises(MemoryError):
        index.search(np.broadcast_to(np.float32(1), (2**21, 3)), k=2**20)
    with pytest.raises(lookalike.ArgumentError, match="row 1: element 2"):
        index.search([[1.0, 0, 0], [1, 0, np.nan]])
    with pytest.raises(OverflowError):
        index.search([1.0, 0.0, 0.0], k=-1)
    with pytest.raises(lookalike.ArgumentError):
        index.search([1.0, 0.0])
    for wrong in ((0,), (10**9,), (3, "angle"), (3, "dot", "f16")):
        with pytest.raises(lookalike.ArgumentError):
            VectorIndex(*wrong)


def test_an_index_is_saved_and_opened(tmp_path):
    vectors = some(3000, 8)
    index = VectorIndex(8)
    index.add(np.arange(3000), vectors)
    index.delete([0])
    index.save(tmp_path / "saved")
    with pytest.raises(lookalike.LibraryError, match="already"):
        index.save(tmp_path / "saved")
    opened = VectorIndex.open(tmp_path / "saved", threads=1)
    assert len(opened) == 2999 and opened.threads == 1 and opened.path == tmp_path / "saved"
    queries = some(10, 8, seed=4)
    np.testing.assert_array_equal(opened.search(queries)[0], index.search(queries)[0])
    reader = VectorIndex.open(tmp_path / "saved")
    opened.add([0], vectors[:1])
    opened.commit()
    with pytest.raises(lookalike.LibraryLocked):
        reader.add([9999], vectors[:1])
    opened.close()
    opened.close()
    assert len(VectorIndex.open(tmp_path / "saved")) == 3000
    for ask in (lambda: opened.search(queries), lambda: len(opened), opened.commit):
        with pytest.raises(lookalike.LibraryError, match="closed"):
            ask()
    with pytest.raises(FileNotFoundError):
        VectorIndex.open(tmp_path / "nowhere")
    with pytest.raises(lookalike.LibraryError):
        VectorIndex(8, path=tmp_path / "saved")


def test_a_temporary_index_leaves_nothing():
    index = VectorIndex(4)
    folder = index.path
    assert folder.is_dir()
    del index
    assert not folder.exists()


def test_many_threads_search_while_one_adds():
    vectors = some(2000, 16)
    index = VectorIndex(16, threads=2)
    index.add(np.arange(1000), vectors[:1000])
    failures = []

    def ask(seed):
        for i in range(20):
            ids, scores = index.search(vectors[(seed * 20 + i) % 1000], 1)
            if ids[0] != (seed * 20 + i) % 1000 or scores[0] < 0.99:
                failures.append((seed, i, ids, scores))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(32)]
    for thread in threads:
        thread.start()
    for i in range(1000, 2000, 50):
        index.add(np.arange(i, i + 50), vectors[i : i + 50])
    for thread in threads:
        thread.join()
    assert failures == [] and len(index) == 2000
