"""OpenCV's feature algorithms under the names that the tables use, and the pictures they run on."""

import pathlib

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURES = ROOT / "pictures" / "library"
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}
STRONGEST = 32
X = cv2.xfeatures2d


class Pair:
    """A detector and a descriptor as one, for BRIEF."""

    def __init__(self, detector, descriptor):
        self.detector, self.descriptor = detector, descriptor

    def detect(self, gray, mask=None):
        return self.detector.detect(gray, mask)

    def compute(self, gray, keypoints):
        return self.descriptor.compute(gray, keypoints)

    def detectAndCompute(self, gray, mask=None):
        return self.compute(gray, self.detect(gray, mask))


def create(name):
    """An algorithm with OpenCV's defaults."""
    return {
        "kaze": lambda: X.KAZE_create(),
        "akaze": lambda: X.AKAZE_create(),
        "sift": lambda: cv2.SIFT_create(),
        "sift-800": lambda: cv2.SIFT_create(nfeatures=800),
        "orb": lambda: cv2.ORB_create(),
        "fast": lambda: cv2.FastFeatureDetector_create(),
        "star": lambda: X.StarDetector_create(),
        "brief-fast": lambda: Pair(create("fast"), X.BriefDescriptorExtractor_create()),
        "brief-star": lambda: Pair(create("star"), X.BriefDescriptorExtractor_create()),
    }[name]()


def strongest(worker, gray):
    """The tutorial's keypoints and descriptors: detect, keep the strongest, compute."""
    keypoints = sorted(worker.detect(gray, None), key=lambda k: -k.response)[:STRONGEST]
    return worker.compute(gray, keypoints)


def run(worker, operation, gray):
    """One operation; returns the keypoints."""
    if operation == "detect":
        return worker.detect(gray, None)
    if operation == "detect-and-compute":
        return worker.detectAndCompute(gray, None)[0]
    return strongest(worker, gray)[0]


def pictures(folder=None):
    """The paths of a folder's pictures, by name; without one, of the sample photographs."""
    if folder:
        found = [p for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in SUFFIXES]
        return sorted(found)
    names = ["coffee", "pagoda", "galaxies", "forest-stream", "mountain-path", "drum",
             "paint-brushes", "fig-in-a-bowl", "mountain-meadow", "two-dogs", "astronaut", "rocket"]
    return [PICTURES / f"{name}.jpg" for name in names]


def fill(gray, width, height):
    """Scales a picture so that it fills a frame, and cuts off what stands out."""
    scale = max(width / gray.shape[1], height / gray.shape[0])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (max(width, round(gray.shape[1] * scale)), max(height, round(gray.shape[0] * scale)))
    gray = cv2.resize(gray, size, interpolation=method)
    x, y = (gray.shape[1] - width) // 2, (gray.shape[0] - height) // 2
    return np.ascontiguousarray(gray[y : y + height, x : x + width])


def frames(paths, width, height, count):
    """`count` grey pictures of a size. A photograph of less than half the width is not blown up:
    four of them make a picture, so that it has as much detail as a photograph of its size."""
    read = [cv2.imread(str(p), cv2.IMREAD_GRAYSCALE) for p in paths]
    read = [gray for gray in read if gray is not None]
    result = []
    while read and len(result) < count:
        if read[0].shape[1] * 2 > width or len(read) < 4:
            result.append(fill(read.pop(0), width, height))
            continue
        tiles = [fill(gray, width // 2, height // 2) for gray in read[:4]]
        result.append(np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])]))
        read = read[4:]
    return result


def write_pgm(path, gray):
    height, width = gray.shape
    path.write_bytes(b"P5\n%d %d\n255\n" % (width, height) + gray.tobytes())
