"""The lines of Python in the documentation run."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", ROOT / "docs" / "python.md", ROOT / "crates/lookalike-python/README.md"]


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_lines_of_a_page_run(page, tmp_path, pictures, monkeypatch, capsys):
    photos = tmp_path / "Photos"
    photos.mkdir()
    for name in ("galaxies.jpg", "galaxies-warmer.jpg", "two-dogs.jpg", "cat.jpg"):
        shutil.copy(pictures / "library" / name, photos / name)
    for name in ("found.jpg", "a.jpg", "picture.jpg"):
        shutil.copy(pictures / "queries" / "galaxies.jpg", tmp_path / name)
    shutil.copy(pictures / "library" / "galaxies-cropped.jpg", tmp_path / "b.jpg")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found = blocks(page)
    assert found
    # Later lines of a page go on from the earlier ones.
    space: dict[str, object] = {}
    for block in found:
        exec(compile(block, str(page), "exec"), space)
    assert "galaxies.jpg" in capsys.readouterr().out
