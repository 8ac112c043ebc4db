"""How far work is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias, Union

__all__ = ["Progress", "told"]

Progress: TypeAlias = Union[bool, Callable[[int, int], object]]
"""``True`` for a bar (tqdm's where it is installed), or what is called with the numbers of steps done and of
all steps, some twenty times a second, in the thread that waits for the work."""

Tell: TypeAlias = Callable[[int, int], object]


@contextmanager
def told(progress: Progress, unit: str) -> Iterator[Tell | None]:
    """What tells the progress, while the work is done."""
    if callable(progress):
        yield progress
    elif not progress:
        yield None
    else:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            yield from _line(unit)
            return
        with tqdm(unit=f" {unit}") as bar:

            def tell(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield tell
            bar.refresh()


def _line(unit: str) -> Iterator[Tell | None]:
    """The same without tqdm: a line on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return

    def tell(done: int, total: int) -> None:
        print(f"\r{done} of {total} {unit}", end="", file=sys.stderr, flush=True)

    yield tell
    print(file=sys.stderr)
