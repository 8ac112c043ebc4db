"""Find a picture, and pictures like it, in your own collection.

``Library`` is a folder of pictures made searchable::

    import lookalike

    lib = lookalike.Library("~/Photos")
    lib.index(progress=True)
    for hit in lib.search("found.jpg"):
        print(hit.score, hit.kind, hit.path)

``lookalike.cv2`` has feature algorithms with OpenCV's names and results, ``VectorIndex`` finds nearest
neighbours among vectors of any origin, ``embed`` and ``vector`` describe a picture by numbers, and ``explain``
says why two pictures are the same. The program ``lookalike`` comes along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lookalike import _native, cv2
from lookalike._errors import (
    ArgumentError,
    Error,
    LibraryError,
    LibraryLocked,
    NoLibrary,
    PictureError,
)
from lookalike._hits import (
    Cluster,
    Clusters,
    Embeddings,
    Failure,
    Group,
    Hit,
    Hits,
    Member,
    Missing,
    Summary,
    to_frame,
)
from lookalike._library import Library
from lookalike._native import Explanation, VectorIndex
from lookalike._pictures import Found, Picture, given

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__version__ = _native.VERSION

__all__ = [
    "ArgumentError",
    "Cluster",
    "Clusters",
    "Embeddings",
    "Error",
    "Explanation",
    "Failure",
    "Found",
    "Group",
    "Hit",
    "Hits",
    "Library",
    "LibraryError",
    "LibraryLocked",
    "Member",
    "Missing",
    "NoLibrary",
    "Picture",
    "PictureError",
    "Summary",
    "VectorIndex",
    "__version__",
    "cv2",
    "embed",
    "explain",
    "to_frame",
    "vector",
]


def embed(picture: Picture) -> NDArray[np.float32]:
    """What a picture shows: 1,280 numbers of float32, of Euclidean length 1.

    The dot product of two is their similarity. It is what a library keeps, before it is rounded to bytes.

    Raises:
        PictureError: it is no picture that can be read.
        OSError: its file cannot be read.
    """
    return _native.embed(given(picture))


def vector(
    picture: Picture,
    *,
    algorithm: str = "kaze",
    keypoints: int = 32,
    channel_order: Literal["rgb", "bgr"] = "rgb",
) -> NDArray[np.float32]:
    """The tutorial's vector: the descriptors of the strongest keypoints, one after the other, zero padded.

    ``algorithm`` is ``kaze``, ``akaze``, ``sift``, ``orb`` or ``brief``. ``channel_order`` says how the weights
    of grey are laid on red, green and blue: ``rgb`` as the tutorial does it, ``bgr`` correctly. The picture is
    neither resized nor turned.
    """
    return _native.vector(
        given(picture, upright=False),
        algorithm=algorithm,
        keypoints=keypoints,
        channel_order=channel_order,
    )


def explain(query: Picture, found: Picture, *, threads: int = 1) -> Explanation:
    """Why two pictures are, or are not, the same: text, numbers and a drawing."""
    return _native.explain(given(query), given(found), threads)
