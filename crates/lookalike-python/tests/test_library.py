"""A library, from Python."""

import copy
import os
import pickle
import shutil
import sys

import lookalike
import numpy as np
import pytest
from conftest import copy_some
from PIL import Image


def opened(path):
    """A picture whose file is closed again."""
    with Image.open(path) as image:
        image.load()
        return image


def test_an_index_says_what_it_did(tmp_path):
    copy_some(tmp_path)
    told = []
    with lookalike.Library(tmp_path) as lib:
        dry = lib.index(dry_run=True)
        assert (dry.indexed, dry.pictures) == (12, 0)
        summary = lib.index(progress=lambda done, total: told.append((done, total)))
        assert (summary.indexed, summary.failed, summary.pictures) == (11, 1, 10)
        assert summary.seconds > 0 and summary.bytes > 10_000
        (failure,) = summary.failures
        assert (failure.path, failure.name) == (tmp_path / "broken.jpg", "broken.jpg")
        assert failure.reason and not failure.damaged
        assert told[-1] == (12, 12)
        assert [each.name for each in lib.failed()] == ["broken.jpg"]
        again = lib.index(progress=True)
        assert (again.indexed, again.unchanged, again.still_failed) == (0, 11, 1)
        shutil.move(tmp_path / "cat.jpg", tmp_path / "more" / "tom.jpg")
        assert lib.index(only=[tmp_path / "more" / "tom.jpg"]).indexed == 1
        assert lib.index().removed == 1


def test_a_selection_says_which_files_belong(tmp_path):
    copy_some(tmp_path)
    with lookalike.Library(tmp_path) as lib:
        summary = lib.index(exclude=["more/"], extensions=["jpg"], max_depth=1)
        assert summary.indexed == 10
        assert lib.index().unchanged == 10
        assert lib.index(hidden=False).indexed == 1
        with pytest.raises(lookalike.ArgumentError):
            lib.index(exclude=["a[b"])


def test_hits_say_what_was_found(lib, pictures):
    hits = lib.search(pictures / "queries" / "galaxies.jpg", by="same")
    assert isinstance(hits, list)
    best = hits[0]
    assert best.kind == "same" and best.relation in ("copy", "scene", "part")
    assert best.path == lib.folder / best.name and best.path.is_file()
    assert best.name == "galaxies.jpg" and best.place is None
    assert 0.9 < best.score <= 1 and best.inliers >= 15 and best.matches >= best.inliers
    assert best.transform.shape == (3, 3) and best.transform.dtype == np.float64
    assert 0 < best.query_overlap <= 1 and 0 < best.found_overlap <= 1
    assert best.percentile is None
    similar = lib.search(pictures / "queries" / "galaxies.jpg", by="similar", top=3)
    assert len(similar) == 3 and all(hit.kind == "similar" for hit in similar)
    assert similar[0].transform is None and 0 <= similar[0].percentile <= 1
    vector = lib.search(best, by="vector", top=1)
    assert vector[0].name == "galaxies.jpg" and vector[0].score > 0.999
    assert lib.search(best, by="similar", min_score=1.5) == []


def test_a_query_may_be_anything_that_shows_something(lib, indexed, cat):
    path = indexed / "cat.jpg"
    image = opened(path)
    for query in (path, str(path), path.read_bytes(), image, cat, cat[:, :, 0], cat[::-1][::-1]):
        hits = lib.search(query, by="same", top=2)
        assert {hit.name for hit in hits} == {"cat.jpg", "cat-mirrored.jpg"}, type(query)
        assert {hit.mirrored for hit in hits} == {False, True}
    scaled = np.asarray(image.convert("RGB").resize((225, 150)))
    best = next(hit for hit in lib.search(scaled, by="same") if not hit.mirrored)
    np.testing.assert_allclose(best.transform[[0, 1], [0, 1]], 2.0, atol=0.05)


def test_a_region_is_a_query_of_its_own(lib, indexed):
    path = indexed / "two-dogs.jpg"
    width, height = opened(path).size
    by_percent = lib.search(path, by="same", region="0%,0%,50%,50%")
    by_pixels = lib.search(path, by="same", region=(0, 0, width / 2, height / 2))
    assert by_percent[0].name == by_pixels[0].name == "two-dogs.jpg"
    assert by_percent[0].found_overlap < 0.5
    with pytest.raises(lookalike.ArgumentError):
        lib.search(path, region="left")
    with pytest.raises(lookalike.ArgumentError):
        lib.search(path, region=(10_000, 0, 5, 5))


def test_words_and_sums_are_searched(lib, indexed):
    assert "two-dogs" in lib.search(text="a dog", top=1)[0].name
    summed = lib.search(indexed / "cat.jpg", plus=["dog", (2.0, indexed / "two-dogs.jpg")])
    assert summed[0].kind == "similar"
    without = lib.search(indexed / "cat.jpg", minus=[indexed / "cat.jpg", (0.1, "cat")], top=20)
    assert len(without) > 0
    with pytest.raises(lookalike.ArgumentError, match="qwertz"):
        lib.search(text="a qwertz")
    with pytest.raises(lookalike.ArgumentError, match="similar"):
        lib.search(text="a dog", by="same")
    with pytest.raises(lookalike.ArgumentError, match="nothing to look for"):
        lib.search()
    with pytest.raises(lookalike.ArgumentError, match="by is"):
        lib.search(indexed / "cat.jpg", by="name")


def test_hits_are_values(lib, indexed):
    hits = lib.search(indexed / "pagoda.jpg")
    again = pickle.loads(pickle.dumps(hits))
    assert again == hits and type(again) is type(hits)
    np.testing.assert_array_equal(again[0].transform, hits[0].transform)
    assert copy.deepcopy(hits[0]) == hits[0]
    with pytest.raises(AttributeError):
        hits[0].score = 1.0
    html = hits._repr_html_()
    assert html.count("<img src=\"data:image/jpeg;base64,") == len(hits)
    assert "pagoda.jpg" in html


def test_hits_become_a_table(lib, indexed):
    pytest.importorskip("pandas")
    hits = lib.search(indexed / "pagoda.jpg", by="same")
    frame = hits.to_frame()
    assert list(frame["name"]) == [hit.name for hit in hits]
    assert list(frame["path"]) == [os.fspath(hit.path) for hit in hits]
    assert len(lookalike.to_frame([])) == 0


def test_an_explanation_is_text_numbers_and_a_drawing(lib, indexed):
    (hit,) = (h for h in lib.search(indexed / "pagoda.jpg") if h.name == "pagoda-rotated.jpg")
    why = lib.explain(indexed / "pagoda.jpg", hit)
    assert why.same and why.relation == "copy" and why.score > 0.9
    assert why.inliers == hit.inliers
    np.testing.assert_allclose(why.transform, hit.transform)
    assert why.pairs.shape[1] == 5
    agreeing = why.pairs[~np.isnan(why.pairs[:, 4])]
    moved = np.c_[agreeing[:, :2], np.ones(len(agreeing))] @ why.transform.T
    errors = np.linalg.norm(moved[:, :2] / moved[:, 2:] - agreeing[:, 2:4], axis=1)
    np.testing.assert_allclose(errors, agreeing[:, 4], atol=0.6)
    assert str(why).startswith("same  probability") and "pagoda" in str(why)
    assert why.drawing.size[0] > 1000
    array = why.draw_array(side=300, text=False)
    assert array.dtype == np.uint8 and array.shape[2] == 3 and max(array.shape) < 700
    assert why._repr_png_().startswith(b"\x89PNG")
    other = lookalike.explain(indexed / "pagoda.jpg", indexed / "cat.jpg")
    assert not other.same and other.relation is None and repr(other).startswith("<Explanation diff")
    whole = lookalike.explain(str(indexed / "cat.jpg"), (indexed / "cat.jpg").read_bytes())
    assert whole.same and whole.score > 0.99


def test_copies_are_grouped(lib):
    told = []
    groups = lib.dups(progress=lambda *numbers: told.append(numbers))
    names = [[file.name for file in group.files] for group in groups]
    assert ["coffee.jpg", "more/again.jpg"] in names
    assert ["pagoda-rotated.jpg", "pagoda.jpg"] in names
    (exact,) = lib.dups("exact")
    assert exact.kind == "exact" and exact.score == 1.0
    assert "coffee.jpg" in exact._repr_html_()
    assert told and told[-1][0] == told[-1][1]
    with pytest.raises(lookalike.ArgumentError):
        lib.dups("nearly")


def test_what_a_library_has_not_is_told(lib, tmp_path, pictures):
    for name in ("rocket.jpg", "pagoda-warmer.jpg"):
        shutil.copy(pictures / "library" / name, tmp_path)
    shutil.copy(pictures / "library" / "cat.jpg", tmp_path / "tom.jpg")
    (tmp_path / "text.jpg").write_text("no picture")
    told = []
    missing = lib.missing(tmp_path, progress=lambda *numbers: told.append(numbers))
    assert missing == [tmp_path / "rocket.jpg"]
    found = {path.name: copy.name for path, copy in missing.present.items()}
    assert set(found) == {"pagoda-warmer.jpg", "tom.jpg"} and found["tom.jpg"] == "cat.jpg"
    assert found["pagoda-warmer.jpg"] in ("pagoda.jpg", "pagoda-rotated.jpg")
    assert missing.present[tmp_path / "tom.jpg"].path.is_file()
    assert list(missing.failed) == [tmp_path / "text.jpg"]
    assert told[-1] == (4, 4) and "<img" in missing._repr_html_()
    with pytest.raises(FileNotFoundError):
        lib.missing(tmp_path / "nowhere")


def test_pictures_are_clustered(lib):
    clusters = lib.cluster(min_size=2, min_score=0.25)
    members = [[m.files[0].name for m in cluster.pictures] for cluster in clusters]
    assert any({"two-dogs.jpg", "two-dogs-on-a-wall.jpg"} <= set(names) for names in members)
    assert clusters.min_score == 0.25
    assert clusters.alone + sum(map(len, members)) == 10
    assert "<img" in clusters._repr_html_()


def test_embeddings_are_an_array(lib, indexed):
    embeddings = lib.embeddings()
    assert len(embeddings) == 11 and embeddings.vectors.shape == (11, 1280)
    assert embeddings.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings.vectors, axis=1), 1, atol=1e-5)
    row = embeddings.vectors[embeddings.names.index("cat.jpg")]
    # What is kept is rounded to bytes, and made of the picture at the size that other parts need.
    assert row @ lookalike.embed(indexed / "cat.jpg") > 0.995
    vectors = lib.vectors()
    assert vectors.vectors.shape == (11, 2048)
    own = lookalike.vector(indexed / "cat.jpg")
    np.testing.assert_allclose(vectors.vectors[vectors.names.index("cat.jpg")], own, atol=1e-6)


def test_the_status_is_that_of_the_command_line(lib):
    status = lib.status()
    assert (status["pictures"], status["files"], status["failed"]) == (10, 11, 1)
    assert set(status["parts"]) == {"words", "frame", "embedding", "vector"}


def test_a_library_is_opened_and_closed(tmp_path, indexed):
    with pytest.raises(FileNotFoundError):
        lookalike.Library(tmp_path / "nowhere")
    with pytest.raises(lookalike.NoLibrary) as caught:
        lookalike.Library(tmp_path, create=False)
    assert isinstance(caught.value, FileNotFoundError)
    assert not (tmp_path / ".lookalike").exists()
    with pytest.raises(lookalike.ArgumentError):
        lookalike.Library()
    for wrong in ({"profile": "heavy"}, {"keep": ["all"]}, {"vector_algorithm": "x"}):
        with pytest.raises(lookalike.ArgumentError):
            lookalike.Library(tmp_path, **wrong)
    with pytest.raises(lookalike.ArgumentError, match="profile"):
        lookalike.Library(indexed, profile="light")
    elsewhere = lookalike.Library(indexed, library=tmp_path / "kept")
    assert elsewhere.location == tmp_path / "kept" and elsewhere.folder == indexed
    assert not elsewhere.closed and str(indexed) in repr(elsewhere)
    elsewhere.close()
    elsewhere.close()
    assert elsewhere.closed and "closed" in repr(elsewhere)
    for ask in (
        elsewhere.index,
        elsewhere.status,
        elsewhere.embeddings,
        elsewhere.dups,
        elsewhere.cluster,
        lambda: elsewhere.search(b"GIF89a"),
    ):
        with pytest.raises(lookalike.LibraryError, match="closed"):
            ask()
    with lookalike.Library(library=tmp_path / "kept") as again:
        assert again.folder == indexed


def test_what_a_library_does_not_keep_it_says(tmp_path, cat):
    with (
        lookalike.Library(tmp_path, keep=["similar"]) as lib,
        pytest.raises(lookalike.ArgumentError, match="keeps no words"),
    ):
        lib.search(cat, by="same")


def test_the_home_folder_is_expanded(monkeypatch, indexed):
    monkeypatch.setenv("HOME", str(indexed.parent))
    with lookalike.Library(f"~/{indexed.name}", create=False) as lib:
        assert lib.folder == indexed


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux")
def test_names_that_are_no_text_can_be_opened(tmp_path, pictures):
    name = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    shutil.copy(os.fsencode(pictures / "library" / "cat.jpg"), name)
    with lookalike.Library(tmp_path) as lib:
        assert lib.index().indexed == 1
        (hit,) = lib.search(pictures / "library" / "cat.jpg", by="same")
        assert os.fsencode(hit.path) == name and hit.path.is_file()
        assert "<img" in hit._repr_html_()
        assert lib.embeddings().names == [os.fsdecode(b"caf\xe9.jpg")]


def test_a_page_of_a_file_has_its_place(tmp_path, pictures):
    pages = [opened(pictures / "library" / name) for name in ("cat.jpg", "pagoda.jpg")]
    pages[0].save(tmp_path / "scan.tif", save_all=True, append_images=pages[1:])
    with lookalike.Library(tmp_path) as lib:
        lib.index()
        hit = lib.search(pictures / "library" / "pagoda.jpg", by="same")[0]
        assert (hit.kind, hit.name, hit.place) == ("same", "scan.tif", "page 2")
        assert lib.search(hit, by="same")[0].place == "page 2"
        assert lib.explain(hit, hit).same
        assert "page 2" in hit._repr_html_()
        with pytest.raises(lookalike.PictureError):
            lookalike.embed(lookalike.Found(hit.path, "scan.tif", place="page 9"))
        with pytest.raises(lookalike.ArgumentError):
            lookalike.embed(lookalike.Found(hit.path, "scan.tif", place="line 1"))
