"""What counts as a picture."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, Union, cast

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from lookalike._types import Given

__all__ = ["Found", "Picture", "given"]


@dataclass(frozen=True)
class Found:
    """A picture in a file of a library.

    ``path`` can be opened; ``name`` is relative to the folder of pictures, with ``/`` between folders on
    Unix. ``place`` says where in the file the picture is, ``"page 3"`` or ``"frame 7"``, if it holds several.
    """

    path: Path
    name: str
    place: str | None = field(default=None, kw_only=True)


Picture: TypeAlias = Union[
    "str", "os.PathLike[str]", bytes, bytearray, memoryview, "NDArray[np.uint8]", "Image", "Found"
]
"""A path, the bytes of a file, an array of uint8 (height x width, with 3 or 4 channels or none, RGB), a
``PIL.Image``, or a picture that a library has found."""


def given(picture: Picture, *, upright: bool = True) -> Given:
    """The picture as the extension takes it. What PIL has is turned as its EXIF data ask, if ``upright``."""
    if isinstance(picture, Found):
        return picture.path, picture.place
    if isinstance(picture, memoryview):
        return bytes(picture)
    if hasattr(picture, "getexif"):
        # PIL is not imported where nobody has used it.
        return _of_pil(cast("Image", picture), upright)
    return cast("Given", picture)


def _of_pil(image: Image, upright: bool) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import ImageOps

    if upright:
        image = ImageOps.exif_transpose(image)
    transparent = "A" in image.getbands() or "transparency" in image.info
    return np.asarray(image.convert("RGBA" if transparent else "RGB"))
