"""What libraries answer."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from lookalike import _native
from lookalike._errors import Error
from lookalike._pictures import Found, given

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Cluster", "Clusters", "Embeddings", "Failure", "Group", "Hit", "Hits", "Member", "Missing", "Summary"]

#: So many thumbnails are shown at most, and so large.
_SHOWN = 24
_SIDE = 160


@dataclass(frozen=True)
class Hit(Found):
    """A picture that a search has found.

    ``kind`` is ``same`` (proven to be the same picture or object), ``candidate`` (it shares features, and
    nothing is proven), ``similar`` (alike in content) or ``vector``; ``score`` for the first two the
    probability that it is the same, else a cosine. ``picture`` is its id in the library.

    Of ``same``: ``relation`` is ``copy``, ``scene`` (the same thing, photographed again) or ``part``;
    ``inliers`` of ``matches`` features agree; ``transform`` is an array of 3 x 3 float64 that takes pixels of
    the query to pixels of the found picture, both as displayed; ``query_overlap`` and ``found_overlap`` are
    the shares of either picture that agree, in [0, 1]; ``whole`` says that the frames as a whole prove it.
    Of ``similar``, ``percentile`` is the share of pairs of pictures in the library that are less alike.
    """

    picture: int
    kind: str
    score: float
    percentile: float | None = None
    relation: str | None = None
    inliers: int | None = None
    matches: int | None = None
    transform: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)
    mirrored: bool = False
    whole: bool = False
    query_overlap: float | None = None
    found_overlap: float | None = None

    def _repr_html_(self) -> str:
        return _gallery([self])


class Hits(list[Hit]):
    """Hits, the best first; in a notebook their thumbnails."""

    def to_frame(self) -> pd.DataFrame:
        """A table with a row for each hit; it needs pandas."""
        return to_frame(self)

    def _repr_html_(self) -> str:
        return _gallery(self)


@dataclass(frozen=True)
class Group:
    """Files that belong together: ``exact`` copies, the ``same`` picture, or ``near`` ones.

    ``score`` is the probability of the weakest link between them, in [0, 1].
    """

    kind: str
    score: float
    files: list[Found]

    def _repr_html_(self) -> str:
        return _gallery(self.files)


@dataclass(frozen=True)
class Member:
    """A picture of a cluster: its id, its cosine with the first of the cluster, and its files."""

    picture: int
    score: float
    files: list[Found]


@dataclass(frozen=True)
class Cluster:
    """Pictures that show similar things, first the one that is most like all others.

    ``score`` is the mean cosine of its pairs; ``label`` the noun that tells it from the rest, if there is one.
    """

    label: str | None
    score: float
    pictures: list[Member]

    def _repr_html_(self) -> str:
        return _gallery([member.files[0] for member in self.pictures])


class Clusters(list[Cluster]):
    """Clusters, the largest first; ``alone`` pictures are in none, and ``min_score`` is the cosine from which
    on pictures were taken for alike."""

    alone: int = 0
    min_score: float = 0.0

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{html.escape(cluster.label or '')} ({len(cluster.pictures)})</h4>{cluster._repr_html_()}"
            for cluster in self[:12]
        )


@dataclass(frozen=True)
class Failure(Found):
    """A file that cannot be read, and why; or, ``damaged``, that is indexed without what is missing."""

    reason: str
    damaged: bool


class Missing(list["Path"]):
    """The pictures of a folder of which a library has no copy, by path; ``present`` says of the others where
    their copies are, and ``failed`` why some cannot be read."""

    present: dict[Path, Found]
    failed: dict[Path, str]

    def _repr_html_(self) -> str:
        return _gallery([Found(path, path.name) for path in self])


@dataclass(frozen=True)
class Summary:
    """What an update did: numbers of files, and of ``pictures`` and ``bytes`` that are in the library now."""

    indexed: int
    unchanged: int
    moved: int
    removed: int
    failed: int
    damaged: int
    still_failed: int
    unreachable: int
    pictures: int
    bytes: int
    seconds: float
    unread: dict[str, int]
    failures: list[Failure]


@dataclass(frozen=True, eq=False)
class Embeddings:
    """A vector for each file: ``names`` (relative to the folder, with ``#page=3`` or the like where the file
    holds several pictures) and ``vectors``, an array of float32 with a row for each."""

    names: list[str]
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.names)


def to_frame(hits: Iterable[Hit]) -> pd.DataFrame:
    """A table with a row for each hit, its fields as columns; it needs pandas."""
    import pandas as pd

    names = [each.name for each in fields(Hit)]
    rows = [[getattr(hit, name) for name in names] for hit in hits]
    frame = pd.DataFrame(rows, columns=names)
    frame["path"] = frame["path"].map(os.fspath)
    return frame


def _gallery(pictures: Iterable[Found]) -> str:
    shown = [_figure(picture) for picture in list(pictures)[:_SHOWN]]
    return f'<div style="display:flex;flex-wrap:wrap;gap:10px">{"".join(shown)}</div>'


def _figure(picture: Found) -> str:
    try:
        jpeg = _native.thumbnail(given(picture), _SIDE)
        source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        image = f'<img src="{source}" style="max-width:{_SIDE}px;max-height:{_SIDE}px">'
    except (Error, OSError):
        image = "&#x2205;"
    lines = [picture.name, *([picture.place] if picture.place else []), *_facts(picture)]
    text = "<br>".join(html.escape(line, quote=True) for line in lines)
    style = f"margin:0;width:{_SIDE}px;font-size:11px;overflow-wrap:anywhere"
    return f'<figure style="{style}">{image}<figcaption>{text}</figcaption></figure>'


def _facts(picture: Found) -> list[str]:
    if not isinstance(picture, Hit):
        return []
    kind = f"{picture.kind}, {picture.relation}" if picture.relation else picture.kind
    return [f"{kind} {picture.score:.3f}"]


def rows_of(kind: type[Any], rows: Iterable[dict[str, Any]]) -> list[Any]:
    """Dictionaries of the extension as objects of this class."""
    return [kind(**row) for row in rows]
