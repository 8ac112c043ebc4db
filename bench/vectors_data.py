"""Makes base and query vectors for bench/vectors.py from a folder of photographs.

usage: python bench/vectors_data.py FOLDER OUTPUT [--rows 1000000] [--queries 2000] [--kinds sift,kaze,embedding]

sift       SIFT descriptors, 128-d, of unit length
kaze       KAZE descriptors, 64-d, of unit length
embedding  1,280-d vectors of low intrinsic dimension: a fixed random network of two layers applied
           to points of 16 dimensions in 1,000 overlapping clouds; non-negative, of unit length

Writes OUTPUT/KIND_base.npy and OUTPUT/KIND_queries.npy, f32. The queries come from pictures (or
points) that are not in the base: every 40th picture.
"""

import argparse
import pathlib

import cv2
import numpy as np

# Pictures are taken at these sizes, one after the other, until there are rows enough.
SCALES = (1.0, 1.9, 0.7, 1.4)


def extractor(kind):
    if kind == "sift":
        return cv2.SIFT_create(nfeatures=0, contrastThreshold=0.005, edgeThreshold=20)
    return cv2.xfeatures2d.KAZE_create(threshold=0.0001)


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def descriptors(paths, kind, rows, random):
    """Up to `rows` descriptors of all pictures, in random order."""
    worker, parts, count = extractor(kind), [], 0
    for scale in SCALES:
        for path in paths:
            gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if gray is None:
                continue
            gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
            found = worker.detectAndCompute(gray, None)[1]
            if found is not None:
                parts.append(found.astype(np.float32))
                count += len(found)
        if count >= rows:
            break
    found = np.concatenate(parts)
    return unit(found[random.permutation(len(found))[:rows]]).astype(np.float32)


def photographs(folder, kind, rows, queries, random):
    paths = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    held_out = paths[::40]
    base = [path for path in paths if path not in set(held_out)]
    return descriptors(base, kind, rows, random), descriptors(held_out, kind, queries, random)


def embeddings(rows, queries, random, latent=16, hidden=256, dim=1280):
    centres = random.standard_normal((1000, latent)).astype(np.float32)
    first = (random.standard_normal((latent, hidden)) / np.sqrt(latent)).astype(np.float32)
    second = (random.standard_normal((hidden, dim)) / np.sqrt(hidden)).astype(np.float32)

    def make(count):
        out = np.empty((count, dim), np.float32)
        for start in range(0, count, 50_000):
            stop = min(start + 50_000, count)
            point = centres[random.integers(0, len(centres), stop - start)]
            point = point + 0.5 * random.standard_normal(point.shape).astype(np.float32)
            layer = np.maximum(point @ first, 0) @ second
            layer += 0.05 * random.standard_normal(layer.shape).astype(np.float32)
            out[start:stop] = unit(np.maximum(layer, 0))
        return out

    return make(rows), make(queries)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--kinds", default="sift,kaze,embedding")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    for kind in args.kinds.split(","):
        random = np.random.default_rng(1)
        if kind == "embedding":
            base, queries = embeddings(args.rows, args.queries, random)
        else:
            base, queries = photographs(args.folder, kind, args.rows, args.queries, random)
        np.save(args.output / f"{kind}_base.npy", base)
        np.save(args.output / f"{kind}_queries.npy", queries)
        print(f"{kind}: {base.shape[0]:,} and {queries.shape[0]:,} rows of {base.shape[1]}")


if __name__ == "__main__":
    main()
