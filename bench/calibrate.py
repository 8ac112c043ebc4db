"""Fit the probability that a proposal of `lookalike search --by same` shows the same picture.

usage: calibrate.py HITS

HITS is the hits.jsonl that verdicts.py keeps in its --work folder. Of each hit of the half `fit` with at
least 6 inliers and pixels that were compared, the logistic model takes the share of matches that agree, the
share of blocks that agree, the share with other content, and whether two drawings differ; what is the same
for a query weighs as much as one hit. Prints the constants of crates/lookalike/src/same/probability.rs, and
how they do on the other half.
"""

import collections
import json
import sys

import numpy as np
from scipy.optimize import minimize

PRIOR = 0.01
NAMES = ["BASE", "SHARE", "AGREEING", "REPLACED", "DRAWN_DIFFERS"]
# Those of relation.rs.
DRAWN, DRAWN_WORST, DRAWN_RECOLOURED = 0.25, 0.5, 3.0


def features(hit):
    pixels = hit["pixels"]
    differs = pixels["worst"] < DRAWN_WORST or pixels["recoloured"] > DRAWN_RECOLOURED
    return [1, hit["inliers"] / max(hit["matches"], 1), pixels["agreeing"], pixels["replaced"],
            pixels["ground"] >= DRAWN and differs]


def main():
    hits = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    hits = [hit for hit in hits if hit.get("pixels") and hit["inliers"] >= 6]
    true = np.array([hit["truth"] is not None for hit in hits])
    fit = np.array([hit["half"] == "fit" for hit in hits])
    of_query = collections.Counter((hit["query"], bool(t)) for hit, t in zip(hits, true))
    weight = np.array([1 / of_query[hit["query"], bool(t)] for hit, t in zip(hits, true)])
    x = np.array([features(hit) for hit in hits], float)

    def losses(p):
        odds = x @ p
        return weight * np.logaddexp(0, np.where(true, -odds, odds))

    p = minimize(lambda p: losses(p)[fit].sum() + PRIOR * np.square(p).sum(), np.zeros(len(NAMES))).x
    print("  ".join(f"{name} {value:.2f}" for name, value in zip(NAMES, p)))
    for name, half in (("fit", fit), ("judge", ~fit)):
        print(f"{name}: {half.sum()} hits, {(true & half).sum()} true, "
              f"loss {losses(p)[half].sum() / weight[half].sum():.4f}")


if __name__ == "__main__":
    main()
