"""OpenCV's names give OpenCV's results."""

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from lookalike import cv2 as ours

theirs = pytest.importorskip("cv2")

BOTH = {
    "KAZE": (ours.KAZE_create, lambda: theirs.xfeatures2d.KAZE_create),
    "AKAZE": (ours.AKAZE_create, lambda: theirs.xfeatures2d.AKAZE_create),
    "SIFT": (ours.SIFT_create, lambda: theirs.SIFT_create),
    "ORB": (ours.ORB_create, lambda: theirs.ORB_create),
}


def numbers(keypoints):
    return np.array([(*k.pt, k.size, k.angle, k.response, k.octave, k.class_id) for k in keypoints])


def assert_like(mine, opencv, descriptors):
    """The same keypoints, and descriptors that point in the same directions. Where OpenCV keeps the best, their
    order is chance: each is compared with its nearest."""
    assert len(mine) == len(opencv)
    ours_, theirs_ = numbers(mine), numbers(opencv)
    apart = np.abs(ours_[:, None, :4] - theirs_[None, :, :4]).sum(2)
    order = apart.argmin(1)
    assert len(set(order)) == len(order)
    theirs_, descriptors = theirs_[order], (descriptors[0], descriptors[1][order])
    np.testing.assert_allclose(ours_[:, [0, 1, 2, 4]], theirs_[:, [0, 1, 2, 4]], atol=2e-3)
    turned = np.abs(ours_[:, 3] - theirs_[:, 3]) % 360
    assert np.mean(np.minimum(turned, 360 - turned) < 0.5) > 0.98
    np.testing.assert_array_equal(ours_[:, 5:], theirs_[:, 5:])
    a, b = descriptors
    assert a.shape == b.shape and a.dtype == b.dtype
    if a.dtype == np.uint8:
        differing = np.unpackbits(a ^ b, axis=1).mean(axis=1)
        assert np.mean(differing < 0.02) > 0.97
    else:
        cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        assert np.mean(cosines > 0.999) > 0.97


@pytest.mark.parametrize("name", BOTH)
def test_keypoints_and_descriptors_are_opencvs(name, cat):
    mine, opencv = BOTH[name][0](), BOTH[name][1]()()
    keypoints, descriptors = mine.detectAndCompute(cat, None)
    expected, rows = opencv.detectAndCompute(cat, None)
    assert isinstance(keypoints, tuple)
    assert_like(keypoints, expected, (descriptors, rows))
    assert mine.descriptorSize() == opencv.descriptorSize() == descriptors.shape[1]
    assert mine.defaultNorm() == opencv.defaultNorm()
    assert mine.descriptorType() == opencv.descriptorType()
    assert not mine.empty()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("KAZE", {"extended": True, "threshold": 0.002, "nOctaves": 3, "diffusivity": 2}),
        ("AKAZE", {"descriptor_type": ours.AKAZE_DESCRIPTOR_KAZE, "threshold": 0.002}),
        ("SIFT", {"nfeatures": 50, "contrastThreshold": 0.02}),
        ("ORB", {"nfeatures": 100, "WTA_K": 4, "scoreType": ours.ORB_FAST_SCORE}),
    ],
)
def test_parameters_are_opencvs(name, parameters, cat):
    mine, opencv = BOTH[name][0](**parameters), BOTH[name][1]()(**parameters)
    keypoints, descriptors = mine.detectAndCompute(cat, None)
    expected, rows = opencv.detectAndCompute(cat, None)
    assert_like(keypoints, expected, (descriptors, rows))
    assert mine.defaultNorm() == opencv.defaultNorm()


def test_the_tutorials_steps_give_opencvs_vector(cat):
    def vector(cv2, kaze):
        keypoints = sorted(kaze.detect(cat), key=lambda k: -k.response)[:32]
        keypoints, descriptors = kaze.compute(cat, keypoints)
        return descriptors.flatten()

    a = vector(ours, ours.KAZE_create())
    b = vector(theirs, theirs.xfeatures2d.KAZE_create())
    assert a.shape == (32 * 64,)
    assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.999


def test_brief_with_fast_and_star(cat):
    for mine, opencv in [
        (ours.FastFeatureDetector_create(30), theirs.FastFeatureDetector_create(30)),
        (
            ours.xfeatures2d.StarDetector_create(),
            theirs.xfeatures2d.StarDetector_create(),
        ),
    ]:
        keypoints, expected = mine.detect(cat), opencv.detect(cat, None)
        brief = ours.xfeatures2d.BriefDescriptorExtractor_create(64)
        other = theirs.xfeatures2d.BriefDescriptorExtractor_create(64)
        mine_described, opencv_described = brief.compute(cat, keypoints), other.compute(cat, expected)
        assert len(mine_described[0]) > 10
        assert_like(
            mine_described[0], opencv_described[0], (mine_described[1], opencv_described[1])
        )


@pytest.mark.parametrize("name", ["KAZE", "AKAZE", "SIFT"])
def test_a_mask_leaves_keypoints_out_as_opencv_does(name, cat):
    mask = np.zeros(cat.shape[:2], np.uint8)
    mask[50:200, 100:300] = 7
    mine, opencv = BOTH[name][0](), BOTH[name][1]()()
    found = mine.detectAndCompute(cat, mask)
    expected = opencv.detectAndCompute(cat, mask)
    assert 0 < len(found[0]) < len(mine.detect(cat))
    assert_like(found[0], expected[0], (found[1], expected[1]))
    assert len(mine.detect(cat, mask)) == len(found[0])


def test_keypoints_of_opencv_and_of_anybody_are_taken(cat):
    sift = ours.SIFT_create(nfeatures=20)
    keypoints, descriptors = sift.compute(cat, sift.detect(cat))
    _, again = sift.compute(cat, [k.to_cv2() for k in keypoints])
    np.testing.assert_array_equal(again, descriptors)
    plain = [
        SimpleNamespace(
            pt=k.pt,
            size=k.size,
            angle=k.angle,
            response=k.response,
            octave=k.octave,
            class_id=k.class_id,
        )
        for k in keypoints
    ]
    _, again = sift.compute(cat, (k for k in plain))
    np.testing.assert_array_equal(again, descriptors)
    for wrong in (5, [5], [SimpleNamespace(pt=(1, 2))], [SimpleNamespace(pt="xy")]):
        with pytest.raises((TypeError, AttributeError, ValueError)):
            sift.compute(cat, wrong)


def test_a_keypoint_is_a_value():
    keypoint = ours.KeyPoint(1.5, 2.5, 3, angle=4, octave=5)
    keypoint.pt = (10, 20.5)
    keypoint.response = 0.25
    assert keypoint.pt == (10.0, 20.5) and keypoint.class_id == -1
    assert pickle.loads(pickle.dumps(keypoint)) == copy.copy(keypoint) == keypoint
    assert eval(repr(keypoint), {"KeyPoint": ours.KeyPoint}) == keypoint
    other = keypoint.to_cv2()
    assert (other.pt, other.size, other.octave) == (keypoint.pt, 3.0, 5)
    np.testing.assert_array_equal(
        ours.KeyPoint_convert([keypoint, keypoint]), [[10, 20.5], [10, 20.5]]
    )


def test_what_only_detects_or_only_describes_says_so(cat):
    with pytest.raises(ours.error, match="does not compute"):
        ours.FastFeatureDetector_create().compute(cat, [ours.KeyPoint(50, 50, 7)])
    with pytest.raises(ours.error, match="does not detect"):
        ours.xfeatures2d.BriefDescriptorExtractor_create().detect(cat)


def test_parameters_out_of_range_are_errors():
    for create, wrong in [
        (ours.KAZE_create, {"nOctaves": 0}),
        (ours.KAZE_create, {"nOctaves": -1}),
        (ours.KAZE_create, {"threshold": float("nan")}),
        (ours.KAZE_create, {"diffusivity": 9}),
        (ours.AKAZE_create, {"descriptor_type": 1}),
        (ours.SIFT_create, {"sigma": 0.0}),
        (ours.ORB_create, {"scaleFactor": 1.0}),
        (ours.ORB_create, {"fastThreshold": 256}),
        (ours.FastFeatureDetector_create, {"type": 3}),
        (ours.xfeatures2d.BriefDescriptorExtractor_create, {"bytes": 33}),
    ]:
        with pytest.raises(ours.error):
            create(**wrong)


def test_nothing_is_found_in_a_flat_picture():
    flat = np.full((100, 100), 7, np.uint8)
    for create in (ours.KAZE_create, ours.AKAZE_create, ours.SIFT_create, ours.ORB_create):
        assert create().detectAndCompute(flat, None) == ((), None)


def test_the_number_of_threads_changes_no_result(cat):
    assert ours.getNumThreads() == 1
    kaze = ours.KAZE_create()
    one = kaze.detectAndCompute(cat, None)
    try:
        ours.setNumThreads(3)
        assert ours.getNumThreads() == 3
        three = kaze.detectAndCompute(cat, None)
    finally:
        ours.setNumThreads(1)
    assert one[0] == three[0]
    np.testing.assert_array_equal(one[1], three[1])


def test_keypoints_are_drawn(cat):
    keypoints = ours.SIFT_create(nfeatures=30).detect(cat)
    drawn = ours.draw_keypoints(cat, keypoints, color=(255, 0, 0))
    assert drawn.shape == cat.shape and drawn.dtype == np.uint8
    changed = (drawn != cat).any(axis=2)
    assert 0.001 < changed.mean() < 0.5
    assert ours.draw_keypoints(cat, [], scale=2.0).shape == (600, 902, 3)
    grey = ours.drawKeypoints(cat[:, :, 1], keypoints, None, (-1, -1, -1, -1))
    assert grey.shape == cat.shape
