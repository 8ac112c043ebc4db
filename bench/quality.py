"""How well each algorithm finds the same points again, and matches them, on modified pictures.

usage: bench/run.sh quality [--algorithms kaze,sift] [--max 500] [--keep NAME]

Each of a few sample pictures is rotated, scaled, blurred and compressed in steps. Keypoints and
descriptors are ours, from the command line, the strongest of each picture. Following Mikolajczyk
and Schmid (2005), over the part that both pictures show:
repeatability     share of the keypoints of the picture with fewer of them that have a partner:
                  within 2.5 pixels where the transform puts them, sizes within a factor of 1.5
matching score    share of them whose nearest descriptor (both ways) belongs to such a partner
"""

import argparse
import pathlib
import subprocess
import tempfile

import cv2
import numpy as np

import machine
import opencv

PICTURES = ["coffee.jpg", "pagoda.jpg", "galaxies.jpg", "forest-stream.jpg", "brick-wall.png"]
DISTANCE, FACTOR = 2.5, 1.5


def rotation(gray, degrees):
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    matrix[:, 2] -= corners.min(1)
    size = np.ceil(corners.max(1) - corners.min(1)).astype(int)
    return cv2.warpAffine(gray, matrix, tuple(map(int, size)), flags=cv2.INTER_CUBIC), matrix


def scale(gray, factor):
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=method)
    fx, fy = scaled.shape[1] / gray.shape[1], scaled.shape[0] / gray.shape[0]
    return scaled, np.array([[fx, 0, (fx - 1) / 2], [0, fy, (fy - 1) / 2]])


def blur(gray, sigma):
    return cv2.GaussianBlur(gray, (0, 0), sigma), np.eye(2, 3)


def jpeg(gray, quality):
    data = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.eye(2, 3)


SERIES = {
    "rotation, 15 to 90 degrees": (rotation, [15, 30, 45, 75, 90]),
    "scale, 0.5 to 2": (scale, [0.5, 0.7, 1.4, 2.0]),
    "blur, sigma 1 to 4": (blur, [1, 2, 3, 4]),
    "JPEG, quality 60 to 5": (jpeg, [60, 30, 15, 5]),
}


def features(binary, gray, algorithm, limit, folder):
    picture, output = folder / "picture.png", folder / "features.npz"
    cv2.imwrite(str(picture), gray)
    subprocess.run([binary, "features", picture, "--algorithm", algorithm, "--max", str(limit),
                    "--output", output], check=True, stdout=subprocess.DEVNULL)
    with np.load(output) as data:
        return data["keypoints"], data["descriptors"]


def inside(points, shape, margin=0):
    x, y = points.T
    return (x >= margin) & (y >= margin) & (x < shape[1] - margin) & (y < shape[0] - margin)


def distances(a, b):
    """Between all descriptors: bits, or Euclidean."""
    if a.dtype == np.uint8:
        a, b = (np.unpackbits(side, axis=1).astype(np.float32) for side in (a, b))
        return (a.sum(1)[:, None] + b.sum(1)[None] - 2 * a @ b.T)
    return -(a @ b.T) * 2 + (a * a).sum(1)[:, None] + (b * b).sum(1)[None]


def score(first, second, shapes, matrix):
    """Repeatability and matching score of two lists of features."""
    (a, a_rows), (b, b_rows) = first, second
    zoom = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    there = a[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    back = (b[:, :2] - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    seen_a, seen_b = inside(there, shapes[1]), inside(back, shapes[0])
    a, a_rows, there = a[seen_a], a_rows[seen_a], there[seen_a]
    b, b_rows = b[seen_b], b_rows[seen_b]
    if not len(a) or not len(b):
        return 0.0, 0.0
    far = np.linalg.norm(there[:, None] - b[None, :, :2], axis=2) / max(zoom, 1)
    ratio = a[:, None, 2] * zoom / np.maximum(b[None, :, 2], 1e-6)
    partner = (far <= DISTANCE) & (ratio < FACTOR) & (ratio > 1 / FACTOR)
    fewer = min(len(a), len(b))
    repeated = min(partner.any(1).sum(), partner.any(0).sum())
    away = distances(a_rows, b_rows)
    forth, back = away.argmin(1), away.argmin(0)
    mutual = np.flatnonzero(back[forth] == np.arange(len(a)))
    right = partner[mutual, forth[mutual]].sum()
    return repeated / fewer, right / fewer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/release/lookalike")
    parser.add_argument("--algorithms", default="kaze,akaze,sift,orb,brief")
    parser.add_argument("--max", type=int, default=500, help="keypoints of a picture")
    parser.add_argument("--keep", default="quality", help="bench/results/NAME.md")
    args = parser.parse_args()
    versions = machine.describe([f"pictures by OpenCV {cv2.__version__}"])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        grays = [cv2.imread(str(opencv.PICTURES / name), 0) for name in PICTURES]
        for algorithm in args.algorithms.split(","):
            plain = [features(args.binary, g, algorithm, args.max, folder) for g in grays]
            cells = []
            for modify, steps in SERIES.values():
                scores = []
                for gray, first in zip(grays, plain):
                    for step in steps:
                        changed, matrix = modify(gray, step)
                        second = features(args.binary, changed, algorithm, args.max, folder)
                        scores.append(score(first, second, (gray.shape, changed.shape), matrix))
                cells.append("{:.2f} / {:.2f}".format(*np.mean(scores, axis=0)))
            count = np.mean([len(points) for points, _ in plain])
            rows.append([algorithm, f"{count:.0f}", *cells])
    body = (f"Repeatability / matching score, means over {len(PICTURES)} sample pictures and all "
            f"steps; the {args.max} strongest keypoints of a picture. What they mean: "
            "`bench/quality.py`.\n\n"
            + machine.table(["algorithm", "keypoints", *SERIES], rows))
    command = "bench/run.sh quality"
    machine.publish(args.keep, "Quality of the feature algorithms", command, versions, body)


if __name__ == "__main__":
    main()
