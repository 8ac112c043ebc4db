"""Pictures of the repository, and a library of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import lookalike
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

PICTURES = Path(__file__).resolve().parents[3] / "pictures"


@pytest.fixture(scope="session")
def pictures() -> Path:
    return PICTURES


@pytest.fixture(scope="session")
def cat() -> NDArray[np.uint8]:
    """A picture of 451 x 300 pixels, RGB."""
    with Image.open(PICTURES / "library" / "cat.jpg") as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of some pictures with a library in it; nobody changes it."""
    folder = tmp_path_factory.mktemp("photos")
    copy_some(folder)
    with lookalike.Library(folder, keep=("same", "similar", "vector")) as lib:
        lib.index()
    return folder


@pytest.fixture
def lib(indexed: Path) -> Iterator[lookalike.Library]:
    with lookalike.Library(indexed, threads=2) as library:
        yield library


def copy_some(folder: Path) -> None:
    """Ten pictures, one of them twice, and a file that is none."""
    names = [
        "astronaut.jpg",
        "cat.jpg",
        "cat-mirrored.jpg",
        "coffee.jpg",
        "galaxies.jpg",
        "galaxies-cropped.jpg",
        "pagoda.jpg",
        "pagoda-rotated.jpg",
        "two-dogs.jpg",
        "two-dogs-on-a-wall.jpg",
    ]
    (folder / "more").mkdir()
    for name in names:
        shutil.copy(PICTURES / "library" / name, folder / name)
    shutil.copy(PICTURES / "library" / "coffee.jpg", folder / "more" / "again.jpg")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
