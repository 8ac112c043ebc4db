"""What `same` search is compared with: perceptual hashes, and OpenCV's ORB with brute force.

Each is built from the paths of the library's pictures; `size` is its bytes a picture, and
`rank(path)` gives the indices of the ten best pictures and whether each is proven.
"""

import cv2
import imagehash
import numpy as np
from PIL import Image


class Hash:
    """64 bits a picture, all compared (PyPI `imagehash`). A hash proves nothing."""

    size = 8

    def __init__(self, paths):
        self.bits = np.stack([self.of(path) for path in paths])

    def of(self, path):
        return np.packbits(self.function(Image.open(path)).hash)

    def rank(self, path):
        distances = np.bitwise_count(self.bits ^ self.of(path)).sum(1)
        return [(i, False) for i in np.argsort(distances, kind="stable")[:10]]


class DifferenceHash(Hash):
    name, function = "dHash", staticmethod(imagehash.dhash)


class PerceptualHash(Hash):
    name, function = "pHash", staticmethod(imagehash.phash)


class Orb:
    """As many keypoints as ours at the same size, matched with every picture of the library by
    brute force; ranked by the inliers of a homography."""

    name, keypoints, side = "ORB", 800, 640
    ratio, tolerance, fewest, proven = 0.8, 5.0, 8, 15

    def __init__(self, paths):
        self.orb = cv2.ORB_create(nfeatures=self.keypoints)
        self.matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
        self.library = [self.features(path) for path in paths]
        self.size = sum(points.nbytes + codes.nbytes for points, codes in self.library) / len(paths)

    def features(self, path):
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        scale = self.side / max(gray.shape)
        if scale < 1:
            gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        keypoints, codes = self.orb.detectAndCompute(gray, None)
        codes = np.zeros((0, 32), np.uint8) if codes is None else codes
        return np.float32([k.pt for k in keypoints]).reshape(-1, 2), codes

    def inliers(self, query, found):
        """How many matches agree on one homography."""
        if min(len(query[1]), len(found[1])) < self.fewest:
            return 0
        pairs = [p for p in self.matcher.knnMatch(query[1], found[1], k=2) if len(p) == 2]
        good = [a for a, b in pairs if a.distance < self.ratio * b.distance]
        if len(good) < self.fewest:
            return 0
        source = query[0][[m.queryIdx for m in good]]
        target = found[0][[m.trainIdx for m in good]]
        cv2.setRNGSeed(1)
        mask = cv2.findHomography(source, target, cv2.RANSAC, self.tolerance)[1]
        return 0 if mask is None else int(mask.sum())

    def rank(self, path):
        query = self.features(path)
        counts = np.array([self.inliers(query, found) for found in self.library])
        order = np.argsort(-counts, kind="stable")[:10]
        return [(i, counts[i] >= self.proven) for i in order]
