"""A folder of pictures made searchable."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

from lookalike import _native
from lookalike._errors import ArgumentError
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
    rows_of,
)
from lookalike._pictures import Found, Picture, given
from lookalike._progress import Progress, told

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from lookalike._types import Given, PathLike, Selection

__all__ = ["Library"]

Kind: TypeAlias = Literal["same", "similar", "vector"]
#: Words, or a picture (its path as a ``pathlib.Path``), with a weight if it is not 1.
Term: TypeAlias = Union[Picture, "tuple[float, Picture]"]


class Library:
    """A folder of pictures made searchable.

    Args:
        folder: the folder of pictures, ``~`` allowed. The library is the folder ``.lookalike`` in it; one that
            is not there is made, unless ``create`` is false.
        library: where the library is kept instead; then ``folder`` is needed only to make it.
        create: make a library that is not there.
        profile: ``default``, or ``light`` for half the room and faster indexing; of a new library.
        keep: what a new library keeps of each picture: of ``same``, ``similar`` and ``vector``. More can be
            added later. Default: the first two.
        vector_algorithm: the algorithm of the tutorial's vector, ``kaze`` where it is not said.
        model: an ONNX file or the folder of a model that makes the embeddings, with ``preset`` for a file.
        threads: how many may be used; all cores where it is not said.

    Raises:
        FileNotFoundError: there is no such folder.
        NoLibrary: there is no library, and none is to be made.
        ArgumentError: the library was made with other settings.
        LibraryError: it is damaged, or of a newer version.

    Any number of threads may use one object; each question is answered from one state, the newest when it was
    asked, while this or another process writes. After a fork the child must open the library again.
    """

    def __init__(
        self,
        folder: PathLike | None = None,
        *,
        library: PathLike | None = None,
        create: bool = True,
        profile: Literal["default", "light"] | None = None,
        keep: Sequence[Kind] | None = None,
        vector_algorithm: str | None = None,
        model: PathLike | None = None,
        preset: str | None = None,
        threads: int | None = None,
    ) -> None:
        self._native = _native.Library(
            None if folder is None else _expanded(folder),
            None if library is None else _expanded(library),
            create,
            profile,
            None if keep is None else list(keep),
            vector_algorithm,
            None if model is None else _expanded(model),
            preset,
            threads,
        )

    @property
    def folder(self) -> Path | None:
        """The folder of pictures; ``None`` of an imported library."""
        return self._native.folder()

    @property
    def location(self) -> Path:
        """The folder that keeps the library."""
        return self._native.location()

    @property
    def warnings(self) -> list[str]:
        """What should be known of the model that was asked for."""
        return self._native.warnings()

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._native.closed()

    def close(self) -> None:
        """Closes it; searches that run go on to their end."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self.closed:
            return "<Library, closed>"
        return f"<Library {os.fspath(self.folder or self.location)!r}>"

    def index(
        self,
        *,
        progress: Progress = False,
        only: Iterable[PathLike] | None = None,
        hidden: bool | None = None,
        no_ignore: bool | None = None,
        exclude: Sequence[str] | None = None,
        extensions: Sequence[str] | None = None,
        follow: bool | None = None,
        max_frames: int | None = None,
        max_depth: int | None = None,
        max_megapixels: float | None = None,
        dry_run: bool = False,
    ) -> Summary:
        """Brings the library up to date with its folder: new, changed, moved and removed pictures.

        ``progress`` shows a bar, or is called with the numbers of files read and to be read. ``only`` looks at
        these files and leaves the others as they are. ``hidden``, ``no_ignore``, ``exclude`` (globs),
        ``extensions``, ``follow``, ``max_frames`` and ``max_depth`` say which files belong to the library;
        where any is given, all are recorded, and those not given are as in a new library. Pictures of more
        than ``max_megapixels`` are refused. ``dry_run`` tells what would be done.

        Files that cannot be read are no error: they are listed in ``failures`` of the summary. Ctrl-C, or an
        exception of ``progress``, ends it when what is in hand is committed; the next call goes on from there.

        Raises:
            LibraryLocked: another process is writing.
            OSError: the disk is full, or the library cannot be written.
            LibraryError: the library was imported.
        """
        selection = {
            "hidden": hidden,
            "no_ignore": no_ignore,
            "exclude": exclude,
            "extensions": extensions,
            "follow": follow,
            "max_frames": max_frames,
            "max_depth": max_depth,
        }
        asked = any(value is not None for value in selection.values())
        with told(progress, "files") as tell:
            summary = self._native.update(
                tell,
                _selection(selection) if asked else None,
                None if only is None else [os.fspath(path) for path in only],
                max_megapixels,
                dry_run,
            )
        failures = rows_of(Failure, summary.pop("failures"))
        return Summary(failures=failures, **summary)

    def search(
        self,
        picture: Picture | None = None,
        *,
        text: str | None = None,
        plus: Iterable[Term] = (),
        minus: Iterable[Term] = (),
        by: Literal["all", "same", "similar", "vector"] = "all",
        region: str | Sequence[float] | None = None,
        top: int = 10,
        min_score: float | None = None,
        exact: bool = False,
    ) -> Hits:
        """Finds a picture, and pictures like it: the hits, best first.

        ``by`` says what counts: ``same``, the same picture or object, proven by geometry (what could not be
        proven follows as kind ``candidate``); ``similar``, alike in content; ``vector``, the tutorial's vector,
        which the library must keep; ``all``, proven hits first, then what is alike beyond chance. ``region``
        takes only a part of the picture, left, top, width, height, in pixels or as text with percent:
        ``"10%,10%,50%,50%"``.

        ``text`` searches by words: the embedded network knows nouns, a model of one's own may know more.
        ``plus`` and ``minus`` add and subtract further pictures and words, ``(2.0, it)`` with a weight; there a
        ``str`` is words, and the path of a picture is a ``pathlib.Path``.

        At most ``top`` hits with at least ``min_score``; ``exact`` compares with all embeddings.

        Raises:
            PictureError: the picture cannot be read.
            ArgumentError: the library does not keep what is asked for, or a word is not known.
        """
        if picture is None and text is None and not (plus := list(plus)):
            raise ArgumentError("nothing to look for: neither a picture nor a text is given")
        pictures: list[tuple[float, Given]] = []
        words: list[tuple[float, str]] = [] if text is None else [(1.0, text)]
        for sign, terms in ((1.0, plus), (-1.0, minus)):
            for term in terms:
                weight, what = term if isinstance(term, tuple) else (1.0, term)
                if isinstance(what, str):
                    words.append((sign * weight, what))
                else:
                    pictures.append((sign * weight, given(what)))
        hits = self._native.search(
            None if picture is None else given(picture),
            pictures,
            words,
            by,
            region if region is None or isinstance(region, str) else ",".join(map(str, region)),
            top,
            min_score,
            exact,
        )
        return Hits(Hit(**hit) for hit in hits)

    def explain(self, query: Picture, found: Picture) -> _native.Explanation:
        """Why two pictures are, or are not, the same: text, numbers and a drawing.

        Where ``found`` is a hit of this library, it is compared as its searches do it.
        """
        if isinstance(found, Hit):
            return self._native.explain(given(query), found.picture, given(found))
        return _native.explain(given(query), given(found))

    def dups(
        self,
        kind: Literal["exact", "same", "near"] = "same",
        *,
        mirrored: bool = False,
        progress: Progress = False,
    ) -> list[Group]:
        """The files that are there more than once, in groups by path.

        ``exact`` looks for equal files, ``same`` for copies of any kind, ``near`` for shots of one scene.
        ``mirrored`` reads every picture again to find mirrored copies, too.
        """
        with told(progress, "comparisons") as tell:
            groups = self._native.groups(kind, mirrored, tell)
        return [
            Group(group["kind"], group["score"], rows_of(Found, group["files"])) for group in groups
        ]

    def cluster(
        self, *, min_size: int = 2, min_score: float | None = None, progress: Progress = False
    ) -> Clusters:
        """Groups of pictures that show similar things, the largest first.

        Groups of fewer than ``min_size`` pictures are left out. ``min_score`` is the cosine that two halves of
        a group have at least on average; where it is not said, what chance hardly gives in this library.
        """
        with told(progress, "comparisons") as tell:
            rows, alone, least = self._native.clusters(min_size, min_score, tell)
        clusters = Clusters(
            Cluster(
                row["label"],
                row["score"],
                [
                    Member(each["picture"], each["score"], rows_of(Found, each["files"]))
                    for each in row["pictures"]
                ],
            )
            for row in rows
        )
        clusters.alone, clusters.min_score = alone, least
        return clusters

    def missing(
        self,
        folder: PathLike,
        *,
        hidden: bool = False,
        no_ignore: bool = False,
        progress: Progress = False,
    ) -> Missing:
        """The pictures in another folder, and below it, of which this library has no copy.

        Those that it has are in ``present`` of the answer, with the place of the copy; what cannot be read is
        in ``failed``, with the reason. The folder is not indexed. ``hidden`` and ``no_ignore`` look at hidden
        files and at those that ignore files name, too.
        """
        with told(progress, "pictures") as tell:
            rows = self._native.missing(_expanded(folder), hidden, no_ignore, tell)
        missing = Missing(row["path"] for row in rows if row["found"] is row["reason"] is None)
        missing.present = {row["path"]: Found(**row["found"]) for row in rows if row["found"]}
        missing.failed = {row["path"]: row["reason"] for row in rows if row["reason"]}
        return missing

    def embeddings(self) -> Embeddings:
        """The embedding of every file, of Euclidean length 1."""
        return Embeddings(*self._native.embeddings())

    def vectors(self) -> Embeddings:
        """The tutorial's vector of every file; the library must keep them."""
        return Embeddings(*self._native.vectors())

    def status(self) -> dict[str, Any]:
        """What the library holds and what that costs: the object of ``lookalike status --json``."""
        status: dict[str, Any] = json.loads(self._native.status())
        return status

    def failed(self) -> list[Failure]:
        """The files that could not be read, or not wholly, by path."""
        return rows_of(Failure, self._native.failed())


def _expanded(path: PathLike) -> str:
    return os.path.expanduser(os.fspath(path))


def _selection(asked: dict[str, Any]) -> Selection:
    return {
        "hidden": bool(asked["hidden"]),
        "no_ignore": bool(asked["no_ignore"]),
        "exclude": list(asked["exclude"] or ()),
        "extensions": list(asked["extensions"] or ()),
        "follow": bool(asked["follow"]),
        "max_frames": asked["max_frames"],
        "max_depth": asked["max_depth"],
    }
