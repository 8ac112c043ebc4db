"""Arrays of every kind give results or exceptions."""

import io

import lookalike
import numpy as np
import pytest
from lookalike import cv2
from PIL import Image

BAD = {
    "float": np.zeros((40, 40, 3)),
    "nan": np.full((40, 40, 3), np.nan, np.float32),
    "int": np.zeros((40, 40, 3), int),
    "bool": np.zeros((40, 40), bool),
    "objects": np.full((40, 40), None),
    "text": np.full((40, 40), "x"),
    "one dimension": np.zeros(40, np.uint8),
    "none": np.array(7, np.uint8),
    "four dimensions": np.zeros((1, 40, 40, 3), np.uint8),
    "two channels": np.zeros((40, 40, 2), np.uint8),
    "five channels": np.zeros((40, 40, 5), np.uint8),
    "no rows": np.zeros((0, 40, 3), np.uint8),
    "no columns": np.zeros((40, 0), np.uint8),
    "big endian": np.zeros((40, 40), ">u2"),
    "structured": np.zeros((40, 40), [("a", "u1"), ("b", "u1")]),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_picture_is_an_error(kind, lib):
    array = BAD[kind]
    for take in (
        lookalike.embed,
        lookalike.vector,
        lib.search,
        lambda it: lookalike.explain(it, it),
        cv2.KAZE_create().detect,
        lambda it: cv2.draw_keypoints(it, []),
    ):
        with pytest.raises(lookalike.PictureError) as caught:
            take(array)
        assert isinstance(caught.value, ValueError) and "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [None, 5, 5.0, [[1, 2], [3, 4]], object(), {"a": 1}])
def test_what_is_no_array_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        lookalike.embed(wrong)
    with pytest.raises(TypeError):
        cv2.KAZE_create().detect(wrong)


def test_strides_do_not_matter(cat):
    kaze = cv2.KAZE_create()
    turned = np.ascontiguousarray(cat[::-1, ::-1])
    expected = kaze.detect(turned)
    assert kaze.detect(cat[::-1, ::-1]) == expected
    wide = np.zeros((300, 902, 4), np.uint8)
    wide[:, ::2, :3] = turned
    assert kaze.detect(wide[:, ::2, :3]) == expected
    assert kaze.detect(np.asfortranarray(turned)) == expected
    unaligned = np.zeros(turned.size + 1, np.uint8)[1:].reshape(turned.shape)
    unaligned[:] = turned
    unaligned.flags.writeable = False
    assert kaze.detect(unaligned) == expected
    broadcast = np.broadcast_to(np.uint8(9), (50, 60, 3))
    assert kaze.detect(broadcast) == ()
    np.testing.assert_array_equal(lookalike.embed(cat[::-1, ::-1]), lookalike.embed(turned))


def test_a_picture_may_be_of_one_pixel_or_of_one_row():
    for shape in [(1, 1), (1, 300), (300, 1), (2, 2, 3), (3, 3, 4), (5, 5, 1)]:
        pixels = np.full(shape, 90, np.uint8)
        for create in (
            cv2.KAZE_create,
            cv2.AKAZE_create,
            cv2.SIFT_create,
            cv2.ORB_create,
            cv2.FastFeatureDetector_create,
            cv2.xfeatures2d.StarDetector_create,
        ):
            assert create().detect(pixels) == ()
        assert lookalike.embed(pixels).shape == (1280,)


@pytest.mark.parametrize("odd", [1e30, -1e30, -5.0, float("nan"), float("inf")])
def test_odd_keypoints_do_no_harm(odd, cat):
    for create in (
        cv2.KAZE_create,
        cv2.AKAZE_create,
        cv2.SIFT_create,
        cv2.ORB_create,
        cv2.xfeatures2d.BriefDescriptorExtractor_create,
    ):
        worker = create()
        for keypoint in (
            cv2.KeyPoint(odd, 50, 10, class_id=1),
            cv2.KeyPoint(50, odd, 10, class_id=1),
            cv2.KeyPoint(50, 50, odd, class_id=1),
            cv2.KeyPoint(50, 50, 10, angle=odd, class_id=1),
            cv2.KeyPoint(50, 50, 10, octave=-(2**31), class_id=2**31 - 1),
        ):
            try:
                keypoints, rows = worker.compute(cat, [keypoint])
            except cv2.error:
                continue
            assert len(keypoints) == (0 if rows is None else len(rows))


def test_a_mask_of_another_size_is_an_error(cat):
    for mask in (np.ones((10, 10), np.uint8), np.ones(cat.shape[:2], np.float32)):
        with pytest.raises(cv2.error):
            cv2.KAZE_create().detect(cat, mask)


def test_pil_and_bytes_and_paths_are_one_picture(pictures, cat):
    path = pictures / "library" / "cat.jpg"
    expected = lookalike.embed(path)
    data = path.read_bytes()
    for same in (str(path), data, bytearray(data), memoryview(data)):
        np.testing.assert_array_equal(lookalike.embed(same), expected)
    # PIL decodes in its own way.
    with Image.open(path) as image:
        for alike in (image, cat):
            assert lookalike.embed(alike) @ expected > 0.99


def test_a_transparent_picture_is_seen_on_a_ground(cat):
    square = cat[:200, :200]
    clear = np.dstack([square, np.zeros((200, 200), np.uint8)])
    white = np.full((200, 200, 3), 255, np.uint8)
    dark = np.where(square > 60, 60, square).astype(np.uint8)
    seen = lookalike.embed(np.dstack([dark, clear[:, :, 3]]))
    np.testing.assert_allclose(seen, lookalike.embed(white), atol=1e-6)
    image = Image.fromarray(np.dstack([dark, clear[:, :, 3]]), "RGBA")
    np.testing.assert_array_equal(lookalike.embed(image), seen)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pil_pictures_are_turned_upright(cat):
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned clockwise.
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(np.rot90(cat))).save(file, "png", exif=exif)
    stored = Image.open(file)
    np.testing.assert_allclose(lookalike.embed(stored), lookalike.embed(cat), atol=1e-6)


def test_files_that_are_not_there_or_no_pictures(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        lookalike.embed(tmp_path / "nowhere.jpg")
    assert caught.value.filename == str(tmp_path / "nowhere.jpg")
    (tmp_path / "text.jpg").write_text("no picture")
    for wrong in (tmp_path / "text.jpg", tmp_path, b"", b"GIF89a"):
        with pytest.raises(lookalike.PictureError):
            lookalike.vector(wrong)
    with pytest.raises(ValueError, match="NUL"):
        lookalike.embed("a\0b.jpg")
