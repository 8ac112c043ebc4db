# pyright: strict
"""A program as users write it, for the checkers of types; it is not run."""

from pathlib import Path

import lookalike
import numpy as np
from lookalike import cv2
from numpy.typing import NDArray
from PIL import Image


def library() -> list[Path]:
    with lookalike.Library("~/Photos", keep=["same", "similar"], threads=2) as lib:
        summary: lookalike.Summary = lib.index(progress=True, exclude=["*.tmp"])
        lib.index(progress=lambda done, total: print(done, total))
        if summary.failed:
            print([failure.reason for failure in summary.failures])
        hits: lookalike.Hits = lib.search("a.jpg", by="same", region=(0, 0, 10, 10))
        lib.search(Image.open("a.jpg"), plus=[(2.0, Path("b.jpg")), "snow"])
        lib.search(np.zeros((4, 4, 3), np.uint8), text="dog")
        groups: list[lookalike.Group] = lib.dups("near", mirrored=True)
        label: str | None = lib.cluster(min_size=3)[0].label
        why: lookalike.Explanation = lib.explain(b"...", hits[0])
        why.drawing.save("why.png")
        print(label, groups[0].files[0].path, why.pairs[:, 4].mean(), lib.status()["pictures"])
        return [hit.path for hit in hits if hit.relation == "copy" and hit.place is None]


def features(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    kaze: cv2.Feature2D = cv2.KAZE_create(extended=True)
    keypoints = sorted(kaze.detect(image), key=lambda keypoint: -keypoint.response)[:32]
    described, descriptors = kaze.compute(image, keypoints)
    print(described[0].pt[0], cv2.KAZE_DIFF_WEICKERT, cv2.xfeatures2d.StarDetector_create())
    try:
        cv2.drawKeypoints(image, keypoints)
    except cv2.error as error:
        print(error)
    assert descriptors is not None
    return descriptors.astype(np.float32)


def vectors() -> NDArray[np.int64]:
    with lookalike.VectorIndex(1280, "cosine", "i8", path="vectors") as index:
        index.add([1, 2], np.stack([lookalike.embed("a.jpg"), lookalike.vector("b.jpg")]))
        ids, scores = index.search(lookalike.embed("c.jpg"), k=3, width=100)
        print(scores.max(), len(index), 1 in index)
        return ids
