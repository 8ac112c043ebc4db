"""Types of arguments and answers; nobody imports them when a program runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypedDict, Union

import numpy as np
from numpy.typing import NDArray

from lookalike._native import KeyPoint

PathLike: TypeAlias = Union[str, "os.PathLike[str]"]

#: A picture as the extension takes it; of a file that holds several, with its place.
Given: TypeAlias = Union[
    PathLike, bytes, bytearray, NDArray[np.uint8], tuple[PathLike, Union[str, None]]
]

#: Is told the numbers of steps done and of all steps.
Tell: TypeAlias = Union[Callable[[int, int], object], None]

#: Keypoints and their descriptors.
Described: TypeAlias = tuple[
    tuple[KeyPoint, ...], Union[NDArray[np.float32], NDArray[np.uint8], None]
]

#: Dictionaries, of which classes are made.
Rows: TypeAlias = list[dict[str, Any]]


class KeyPointLike(Protocol):
    """What OpenCV's keypoints and ours have."""

    @property
    def pt(self) -> Sequence[float]: ...
    @property
    def size(self) -> float: ...
    @property
    def angle(self) -> float: ...
    @property
    def response(self) -> float: ...
    @property
    def octave(self) -> int: ...
    @property
    def class_id(self) -> int: ...


class Selection(TypedDict):
    """Which files belong to a library."""

    hidden: bool
    no_ignore: bool
    exclude: list[str]
    extensions: list[str]
    follow: bool
    max_frames: int | None
    max_depth: int | None
