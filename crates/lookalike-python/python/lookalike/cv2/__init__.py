"""Feature algorithms with OpenCV's names, parameters and results.

``from lookalike import cv2`` stands in the place of ``import cv2`` in a program that detects and describes
keypoints. Results agree with OpenCV 5.0. Images are arrays of uint8; where OpenCV raises ``cv2.error``, so
does this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from lookalike._errors import Error as error
from lookalike._native import (
    AKAZE_create,
    FastFeatureDetector_create,
    Feature2D,
    KAZE_create,
    KeyPoint,
    ORB_create,
    SIFT_create,
    draw_keypoints,
    getNumThreads,
    setNumThreads,
)
from lookalike.cv2 import xfeatures2d

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lookalike._types import KeyPointLike

__all__ = [
    "AKAZE",
    "KAZE",
    "ORB",
    "SIFT",
    "AKAZE_create",
    "FastFeatureDetector",
    "FastFeatureDetector_create",
    "Feature2D",
    "KAZE_create",
    "KeyPoint",
    "KeyPoint_convert",
    "ORB_create",
    "SIFT_create",
    "drawKeypoints",
    "draw_keypoints",
    "error",
    "getNumThreads",
    "setNumThreads",
    "xfeatures2d",
]

NORM_L2: Final = 4
NORM_HAMMING: Final = 6
NORM_HAMMING2: Final = 7

CV_8U: Final = 0
CV_32F: Final = 5

KAZE_DIFF_PM_G1: Final = 0
KAZE_DIFF_PM_G2: Final = 1
KAZE_DIFF_WEICKERT: Final = 2
KAZE_DIFF_CHARBONNIER: Final = 3

AKAZE_DESCRIPTOR_KAZE_UPRIGHT: Final = 2
AKAZE_DESCRIPTOR_KAZE: Final = 3
AKAZE_DESCRIPTOR_MLDB_UPRIGHT: Final = 4
AKAZE_DESCRIPTOR_MLDB: Final = 5

ORB_HARRIS_SCORE: Final = 0
ORB_FAST_SCORE: Final = 1

FAST_FEATURE_DETECTOR_TYPE_5_8: Final = 0
FAST_FEATURE_DETECTOR_TYPE_7_12: Final = 1
FAST_FEATURE_DETECTOR_TYPE_9_16: Final = 2

DRAW_MATCHES_FLAGS_DEFAULT: Final = 0
DRAW_MATCHES_FLAGS_DRAW_RICH_KEYPOINTS: Final = 4


class KAZE:
    """KAZE under OpenCV's other spelling, ``KAZE.create``."""

    DIFF_PM_G1: Final = 0
    DIFF_PM_G2: Final = 1
    DIFF_WEICKERT: Final = 2
    DIFF_CHARBONNIER: Final = 3
    create = staticmethod(KAZE_create)


class AKAZE:
    """AKAZE under OpenCV's other spelling, ``AKAZE.create``."""

    DESCRIPTOR_KAZE_UPRIGHT: Final = 2
    DESCRIPTOR_KAZE: Final = 3
    DESCRIPTOR_MLDB_UPRIGHT: Final = 4
    DESCRIPTOR_MLDB: Final = 5
    create = staticmethod(AKAZE_create)


class SIFT:
    """SIFT under OpenCV's other spelling, ``SIFT.create``."""

    create = staticmethod(SIFT_create)


class ORB:
    """ORB under OpenCV's other spelling, ``ORB.create``."""

    HARRIS_SCORE: Final = 0
    FAST_SCORE: Final = 1
    create = staticmethod(ORB_create)


class FastFeatureDetector:
    """FAST under OpenCV's other spelling, ``FastFeatureDetector.create``."""

    TYPE_5_8: Final = 0
    TYPE_7_12: Final = 1
    TYPE_9_16: Final = 2
    create = staticmethod(FastFeatureDetector_create)


def KeyPoint_convert(keypoints: Iterable[KeyPointLike]) -> NDArray[np.float32]:
    """The places of keypoints, an array of float32 with a row (x, y) for each."""
    import numpy as np

    return np.array([keypoint.pt for keypoint in keypoints], np.float32).reshape(-1, 2)


def drawKeypoints(
    image: NDArray[np.uint8],
    keypoints: Iterable[KeyPointLike],
    outImage: None = None,
    color: Sequence[int] | None = None,
    flags: int = DRAW_MATCHES_FLAGS_DRAW_RICH_KEYPOINTS,
) -> NDArray[np.uint8]:
    """``draw_keypoints`` in the form of ``cv2.drawKeypoints``. It draws rich keypoints whatever ``flags`` say,
    and gives the drawing back: ``outImage`` must be ``None``."""
    if outImage is not None:
        raise error("the drawing is only given back")
    del flags
    if color is None or any(part < 0 for part in color):
        return draw_keypoints(image, keypoints)
    red, green, blue, *_ = color
    return draw_keypoints(image, keypoints, (red, green, blue))
