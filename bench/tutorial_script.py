"""The tutorial as a Python script, written anew: vectors of KAZE descriptors in a pickle, and a
search by cosine distance.

usage: tutorial_script.py index FOLDER FEATURES.pck
       tutorial_script.py search FEATURES.pck PICTURE [TOP]
"""

import pathlib
import pickle
import sys

import cv2
import numpy as np
import scipy.spatial


def vector_of(path, size=32):
    """The strongest KAZE keypoints' descriptors, one after the other, padded with zeros."""
    image = cv2.imread(str(path))
    if image is None:
        raise ValueError("not a picture")
    image = np.ascontiguousarray(image[:, :, ::-1])  # RGB, as scipy.misc.imread gave it
    kaze = cv2.xfeatures2d.KAZE_create()
    keypoints = sorted(kaze.detect(image), key=lambda k: -k.response)[:size]
    _, descriptors = kaze.compute(image, keypoints)
    vector = np.zeros(size * 64, np.float32)
    if descriptors is not None:
        vector[: descriptors.size] = descriptors.flatten()
    return vector


def index(folder, output):
    result = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        try:
            result[path.name.lower()] = vector_of(path)
        except ValueError as error:
            print(f"{path}: {error}", file=sys.stderr)
    with open(output, "wb") as file:
        pickle.dump(result, file)


def search(features, picture, top=5):
    with open(features, "rb") as file:
        data = pickle.load(file)
    names, matrix = list(data), np.array(list(data.values()))
    vector = vector_of(picture).reshape(1, -1)
    distances = scipy.spatial.distance.cdist(matrix, vector, "cosine").reshape(-1)
    for i in np.argsort(distances)[:top]:
        print(f"{1 - distances[i]:.6f} {names[i]}")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "index":
        index(*arguments)
    else:
        search(arguments[0], arguments[1], *map(int, arguments[2:]))
