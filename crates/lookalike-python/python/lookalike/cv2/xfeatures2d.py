"""What OpenCV keeps in ``cv2.xfeatures2d``; since 5.0 KAZE and AKAZE, too."""

from lookalike._native import (
    AKAZE_create,
    BriefDescriptorExtractor_create,
    KAZE_create,
    StarDetector_create,
)

__all__ = [
    "AKAZE_create",
    "BriefDescriptorExtractor",
    "BriefDescriptorExtractor_create",
    "KAZE_create",
    "StarDetector",
    "StarDetector_create",
]


class BriefDescriptorExtractor:
    """BRIEF under OpenCV's other spelling."""

    create = staticmethod(BriefDescriptorExtractor_create)


class StarDetector:
    """STAR under OpenCV's other spelling."""

    create = staticmethod(StarDetector_create)
