"""What Python people expect of a package."""

import importlib.metadata
import inspect
import subprocess
import sys

import lookalike
import pytest
from lookalike import cv2


def test_its_version_is_that_of_the_wheel():
    assert lookalike.__version__ == importlib.metadata.version("lookalike")


def test_numpy_is_the_only_dependency():
    required = importlib.metadata.requires("lookalike") or []
    assert [line for line in required if "extra ==" not in line] == ["numpy>=1.23"]


def test_it_imports_nothing_that_takes_long():
    script = "import sys, lookalike; print(*{'numpy', 'PIL', 'pandas', 'tqdm', 'cv2'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "\n"


def test_everything_public_is_documented():
    for module in (lookalike, cv2, cv2.xfeatures2d):
        assert module.__doc__
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isroutine(thing):
                assert inspect.getdoc(thing), name
    for kind in (lookalike.Library, lookalike.VectorIndex, lookalike.Explanation, cv2.Feature2D):
        for name, member in vars(kind).items():
            if not name.startswith("_") and name != "closed":
                assert inspect.getdoc(member), f"{kind.__name__}.{name}"


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (lookalike.PictureError, (lookalike.Error, ValueError)),
        (lookalike.ArgumentError, (lookalike.Error, ValueError)),
        (lookalike.LibraryError, (lookalike.Error,)),
        (lookalike.LibraryLocked, (lookalike.LibraryError,)),
        (lookalike.NoLibrary, (lookalike.LibraryError, FileNotFoundError)),
        (cv2.error, (Exception,)),
    ],
)
def test_errors_are_a_small_hierarchy(error, bases):
    assert all(issubclass(error, base) for base in bases)
    assert error.__module__ == "lookalike"
    assert error.__doc__


def test_signatures_can_be_read():
    assert str(inspect.signature(cv2.KAZE_create)).startswith("(extended=False, upright=False")
    assert "k=10" in str(inspect.signature(lookalike.VectorIndex.search))
