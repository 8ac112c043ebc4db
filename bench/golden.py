"""Makes the reference outputs of OpenCV that the tests of lookalike-vision compare with.

usage: bench/run.sh golden      (or: python bench/golden.py, with bench/requirements.txt installed)

Reads pictures/library, writes crates/lookalike-vision/tests/golden: the grey pixels of some crops
as PGM, and for each crop and each set of parameters what OpenCV answers. A file NAME.golden is

    golden 1
    picture coffee.pgm
    algorithm kaze
    mode detect-and-compute
    param threshold 0.001           (one line each; OpenCV's names and enum values)
    array keypoints f32 412 5       (name, type, rows, columns; in the order in which they follow)
    <empty line>
    the arrays, little-endian, one after the other

Arrays: `keypoints` (x, y, size, angle, response), `octaves` (octave, class_id); `input` and
`input_octaves`, the keypoints given to compute() where they are not the algorithm's own; `rows`,
the numbers of the keypoints whose descriptors are kept; `descriptors` of these rows (floats between
-1 and 1 as i16, 32767 = 1.0); `vector`, the tutorial's vector.
"""

import pathlib

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURES = ROOT / "pictures" / "library"
OUT = ROOT / "crates" / "lookalike-vision" / "tests" / "golden"

# name: file, x, y, width, height. Odd sizes, a portrait, a strip, one with hardly any corners.
CROPS = {
    "coffee": ("coffee.jpg", 90, 40, 320, 240),
    "cat": ("cat.jpg", 60, 20, 301, 223),
    "pagoda": ("pagoda.jpg", 130, 30, 241, 319),
    "brick": ("brick-wall.png", 100, 100, 256, 192),
    "galaxies": ("galaxies.jpg", 50, 50, 257, 255),
    "chalkboard": ("chalkboard.png", 0, 20, 333, 97),
    "sunset": ("sunset.jpg", 60, 60, 199, 151),
}
# The pictures on which other parameters than the defaults are tried.
VARIED = ["coffee", "cat"]

X = cv2.xfeatures2d
KAZE_TYPES = ["pm-g1", "pm-g2", "weickert", "charbonnier"]
AKAZE_TYPES = {
    "kaze-upright": X.AKAZE_DESCRIPTOR_KAZE_UPRIGHT,
    "kaze": X.AKAZE_DESCRIPTOR_KAZE,
    "mldb-upright": X.AKAZE_DESCRIPTOR_MLDB_UPRIGHT,
    "mldb": X.AKAZE_DESCRIPTOR_MLDB,
}
FAST_TYPES = {"5-8": 0, "7-12": 1, "9-16": 2}
ORB_SCORES = {"harris": cv2.ORB_HARRIS_SCORE, "fast": cv2.ORB_FAST_SCORE}


def make(algorithm, params):
    """The OpenCV object; `params` in kebab case, enum values by name."""
    p = {key.replace("-", "_"): value for key, value in params.items()}
    camel = {
        "n_octaves": "nOctaves", "n_octave_layers": "nOctaveLayers",
        "contrast_threshold": "contrastThreshold", "edge_threshold": "edgeThreshold",
        "scale_factor": "scaleFactor", "first_level": "firstLevel", "wta_k": "WTA_K",
        "score_type": "scoreType", "patch_size": "patchSize", "fast_threshold": "fastThreshold",
        "nonmax_suppression": "nonmaxSuppression", "max_size": "maxSize",
        "response_threshold": "responseThreshold", "suppress_nonmax_size": "suppressNonmaxSize",
        "line_threshold_projected": "lineThresholdProjected",
        "line_threshold_binarized": "lineThresholdBinarized",
    }
    p = {camel.get(key, key): value for key, value in p.items()}
    if "diffusivity" in p:
        p["diffusivity"] = KAZE_TYPES.index(p["diffusivity"])
    if "descriptor_type" in p:
        p["descriptor_type"] = AKAZE_TYPES[p["descriptor_type"]]
    if "scoreType" in p:
        p["scoreType"] = ORB_SCORES[p["scoreType"]]
    if "type" in p:
        p["type"] = FAST_TYPES[p["type"]]
    create = {
        "kaze": X.KAZE_create, "akaze": X.AKAZE_create, "sift": cv2.SIFT_create,
        "orb": cv2.ORB_create, "fast": cv2.FastFeatureDetector_create,
        "star": X.StarDetector_create, "brief": X.BriefDescriptorExtractor_create,
    }
    return create[algorithm](**p)


def points(keypoints):
    """Keypoints as two arrays."""
    rows = [(*k.pt, k.size, k.angle, k.response) for k in keypoints]
    marks = [(k.octave, k.class_id) for k in keypoints]
    return (np.array(rows, np.float32).reshape(-1, 5), np.array(marks, np.int32).reshape(-1, 2))


def write(name, picture, algorithm, mode, params, arrays):
    """One golden file; returns its length."""
    lines = ["golden 1", f"picture {picture}.pgm", f"algorithm {algorithm}", f"mode {mode}"]
    lines += [f"param {key} {str(value).lower()}" for key, value in params.items()]
    kinds = {"float32": "f32", "int32": "i32", "int16": "i16", "uint8": "u8"}
    body = b""
    for key, array in arrays.items():
        array = np.ascontiguousarray(array)
        lines.append(f"array {key} {kinds[str(array.dtype)]} {array.shape[0]} {array.shape[1]}")
        body += array.astype(array.dtype.newbyteorder("<")).tobytes()
    data = ("\n".join(lines) + "\n\n").encode() + body
    (OUT / f"{name}.golden").write_bytes(data)
    return len(data)


def described(keypoints, descriptors, every):
    """The arrays of keypoints with every n-th descriptor."""
    kept, marks = points(keypoints)
    rows = np.arange(0, len(keypoints), every, dtype=np.int32).reshape(-1, 1)
    if descriptors is None:
        descriptors = np.zeros((0, 1), np.uint8)
    descriptors = descriptors[rows[:, 0]] if len(rows) else descriptors
    if descriptors.dtype == np.float32 and np.abs(descriptors).max(initial=0) <= 1:
        descriptors = np.round(descriptors * 32767).astype(np.int16)
    elif descriptors.dtype == np.float32:
        descriptors = descriptors.astype(np.uint8)  # SIFT: whole numbers, 0..255
    return {"keypoints": kept, "octaves": marks, "rows": rows, "descriptors": descriptors}


def detect_and_compute(gray, algorithm, params, every):
    keypoints, descriptors = make(algorithm, params).detectAndCompute(gray, None)
    return described(keypoints, descriptors, every)


def detect_then_compute(gray, algorithm, params, every):
    worker = make(algorithm, params)
    keypoints, descriptors = worker.compute(gray, worker.detect(gray, None))
    return described(keypoints, descriptors, every)


def detect(gray, algorithm, params, every):
    kept, marks = points(make(algorithm, params).detect(gray, None))
    return {"keypoints": kept, "octaves": marks}


def vector(gray, algorithm, params, every):
    """The tutorial: detect, the 32 strongest, compute, flatten, pad with zeros."""
    worker = make(algorithm, params)
    strongest = sorted(worker.detect(gray, None), key=lambda k: -k.response)[:32]
    strongest, descriptors = worker.compute(gray, strongest)
    flat = np.zeros(32 * worker.descriptorSize(), np.float32)
    if descriptors is not None:
        flat[: descriptors.size] = descriptors.flatten()
    kept, marks = points(strongest)
    return {"keypoints": kept, "octaves": marks, "vector": flat.reshape(1, -1)}


def compute_given(detector, turned):
    """BRIEF for the points of another detector; `turned` gives them angles to be used."""

    def run(gray, algorithm, params, every):
        given = detector().detect(gray, None)
        given = sorted(given, key=lambda k: (-k.response, k.pt[1], k.pt[0]))[:150]
        if turned:
            given = [
                cv2.KeyPoint(*k.pt, k.size, (i * 37.5) % 360, k.response, k.octave, k.class_id)
                for i, k in enumerate(given)
            ]
        kept, marks = points(given)
        keypoints, descriptors = make(algorithm, params).compute(gray, given)
        arrays = described(keypoints, descriptors, every)
        return {"input": kept, "input_octaves": marks} | arrays

    return run


def star():
    return X.StarDetector_create()


def fast():
    return cv2.FastFeatureDetector_create()


MODES = {
    "detect-and-compute": detect_and_compute,
    "detect-then-compute": detect_then_compute,
    "detect": detect,
    "vector": vector,
    "compute-star": compute_given(star, False),
    "compute-fast": compute_given(fast, False),
    "compute-fast-turned": compute_given(fast, True),
}

# name, algorithm, mode, parameters, every n-th descriptor
DEFAULTS = [
    ("kaze", "kaze", "detect-and-compute", {}, 4),
    ("kaze-compute", "kaze", "detect-then-compute", {}, 4),
    ("kaze-vector", "kaze", "vector", {}, 1),
    ("akaze", "akaze", "detect-and-compute", {}, 2),
    ("sift", "sift", "detect-and-compute", {}, 4),
    ("orb", "orb", "detect-and-compute", {}, 1),
    ("star", "star", "detect", {}, 1),
    ("fast", "fast", "detect", {"threshold": 25}, 1),
    ("brief-star", "brief", "compute-star", {}, 1),
    ("brief-fast", "brief", "compute-fast", {}, 1),
]
VARIANTS = [
    ("kaze-extended", "kaze", "detect-and-compute", {"extended": True}, 8),
    ("kaze-upright", "kaze", "detect-and-compute", {"upright": True}, 8),
    ("kaze-extended-upright", "kaze", "detect-and-compute", {"extended": True, "upright": True}, 8),
    ("kaze-upright-compute", "kaze", "detect-then-compute", {"upright": True}, 8),
    ("kaze-pm-g1", "kaze", "detect-and-compute", {"diffusivity": "pm-g1"}, 8),
    ("kaze-weickert", "kaze", "detect-and-compute", {"diffusivity": "weickert"}, 8),
    ("kaze-charbonnier", "kaze", "detect-and-compute", {"diffusivity": "charbonnier"}, 8),
    ("kaze-sensitive", "kaze", "detect-and-compute",
     {"threshold": 0.0003, "n-octaves": 2, "n-octave-layers": 3}, 8),
    ("kaze-fine", "kaze", "detect-then-compute",
     {"threshold": 0.002, "n-octaves": 3, "n-octave-layers": 6}, 8),
    ("kaze-extended-vector", "kaze", "vector", {"extended": True}, 1),
    ("akaze-upright", "akaze", "detect-and-compute", {"descriptor-type": "mldb-upright"}, 4),
    ("akaze-kaze", "akaze", "detect-and-compute", {"descriptor-type": "kaze"}, 8),
    ("akaze-kaze-upright", "akaze", "detect-and-compute", {"descriptor-type": "kaze-upright"}, 8),
    ("akaze-128-bits", "akaze", "detect-and-compute", {"descriptor-size": 128}, 4),
    ("akaze-1-channel", "akaze", "detect-and-compute",
     {"descriptor-size": 100, "descriptor-channels": 1}, 4),
    ("akaze-2-channels", "akaze", "detect-and-compute",
     {"descriptor-size": 64, "descriptor-channels": 2}, 4),
    ("akaze-upright-100-bits", "akaze", "detect-and-compute",
     {"descriptor-type": "mldb-upright", "descriptor-size": 100}, 4),
    ("akaze-sensitive", "akaze", "detect-and-compute",
     {"threshold": 0.0003, "n-octaves": 2, "n-octave-layers": 3}, 8),
    ("akaze-weickert", "akaze", "detect-and-compute", {"diffusivity": "weickert"}, 8),
    ("akaze-pm-g1", "akaze", "detect-and-compute", {"diffusivity": "pm-g1"}, 8),
    ("akaze-charbonnier", "akaze", "detect-and-compute", {"diffusivity": "charbonnier"}, 8),
    ("akaze-50-points", "akaze", "detect-and-compute", {"max-points": 50}, 4),
    ("sift-100", "sift", "detect-and-compute", {"nfeatures": 100}, 4),
    ("sift-sensitive", "sift", "detect-and-compute",
     {"n-octave-layers": 4, "contrast-threshold": 0.03, "edge-threshold": 6.0, "sigma": 1.4}, 8),
    ("sift-precise", "sift", "detect-and-compute", {"enable-precise-upscale": True}, 8),
    ("orb-wta-3", "orb", "detect-and-compute", {"wta-k": 3}, 2),
    ("orb-wta-4", "orb", "detect-and-compute", {"wta-k": 4}, 2),
    ("orb-fast-score", "orb", "detect-and-compute", {"score-type": "fast"}, 2),
    ("orb-coarse", "orb", "detect-and-compute",
     {"nfeatures": 200, "scale-factor": 1.5, "nlevels": 4, "edge-threshold": 21,
      "fast-threshold": 10}, 2),
    ("orb-first-level", "orb", "detect-and-compute",
     {"nfeatures": 200, "first-level": 1, "patch-size": 25}, 2),
    ("fast-5-8", "fast", "detect", {"threshold": 20, "type": "5-8"}, 1),
    ("fast-7-12", "fast", "detect", {"threshold": 20, "type": "7-12"}, 1),
    ("fast-all", "fast", "detect", {"threshold": 40, "nonmax-suppression": False}, 1),
    ("star-small", "star", "detect", {"max-size": 16, "response-threshold": 10}, 1),
    ("star-lines", "star", "detect",
     {"max-size": 23, "line-threshold-projected": 20, "line-threshold-binarized": 15,
      "suppress-nonmax-size": 3}, 1),
    ("brief-16", "brief", "compute-fast", {"bytes": 16}, 2),
    ("brief-64", "brief", "compute-fast", {"bytes": 64}, 2),
    ("brief-turned", "brief", "compute-fast-turned", {"use-orientation": True}, 2),
    ("brief-16-turned", "brief", "compute-fast-turned", {"bytes": 16, "use-orientation": True}, 2),
    ("brief-64-turned", "brief", "compute-fast-turned", {"bytes": 64, "use-orientation": True}, 2),
]


def main():
    cv2.setNumThreads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    for old in [*OUT.glob("*.golden"), *OUT.glob("*.pgm")]:
        old.unlink()
    total = 0
    for picture, (file, x, y, width, height) in CROPS.items():
        colour = cv2.imread(str(PICTURES / file), cv2.IMREAD_COLOR)
        gray = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)[y : y + height, x : x + width]
        gray = np.ascontiguousarray(gray)
        assert gray.shape == (height, width), (picture, colour.shape)
        pgm = b"P5\n%d %d\n255\n" % (width, height) + gray.tobytes()
        (OUT / f"{picture}.pgm").write_bytes(pgm)
        total += len(pgm)
        cases = DEFAULTS + (VARIANTS if picture in VARIED else [])
        for name, algorithm, mode, params, every in cases:
            arrays = MODES[mode](gray, algorithm, params, every)
            mode = "compute" if mode.startswith("compute") else mode
            size = write(f"{name}.{picture}", picture, algorithm, mode, params, arrays)
            total += size
            print(f"{name}.{picture}: {len(arrays['keypoints'])} keypoints, {size} bytes")
    print(f"OpenCV {cv2.__version__}: {total / 1e6:.2f} MB in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
