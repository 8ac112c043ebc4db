"""Fit the probability that a proposal of `lookalike search --by same` shows the same picture.

usage: calibrate.py TRUTH HITS...

TRUTH is the truth.tsv of modifications.py; HITS are the outputs of `lookalike search --by same
--queries-from LIST --json` for its queries, and for strangers' pictures, of which all proposals are
wrong. Every line is a pair of pictures; the logistic model of the number of inliers and, where the
pixels were compared, their correlation is fitted with a weak prior, since good data separate.
Prints the constants of crates/lookalike/src/same/probability.rs.
"""
import json
import os
import sys

import numpy as np
from scipy.optimize import minimize

MOST = 15
PRIOR = 0.005


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def main():
    truth = dict(line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8"))
    truth = {query: stem(original) for query, original in truth.items()}
    pairs = [json.loads(line) for name in sys.argv[2:] for line in open(name, encoding="utf-8")]
    pairs = [pair for pair in pairs if pair["kind"] != "none"]
    true = np.array([truth.get(pair["query"]) == stem(pair["path"]) for pair in pairs])
    inliers = np.minimum([pair["inliers"] for pair in pairs], MOST)
    compared = np.array(["correlation" in pair for pair in pairs])
    correlation = np.array([pair.get("correlation", 0.0) for pair in pairs])

    def loss(p):
        odds = p[0] + p[1] * inliers + np.where(compared, p[2] + p[3] * correlation, 0)
        return np.logaddexp(0, np.where(true, -odds, odds)).sum() + PRIOR * np.square(p).sum()

    base, inlier, looked, agreement = minimize(loss, [-8, 1, 0, 5]).x
    print(f"{len(pairs)} pairs, {true.sum()} true; most inliers of a false one "
          f"{inliers[~true].max()}, least of a true one {inliers[true].min()}")
    print(f"BASE {base:.2f}  INLIER {inlier:.2f}  COMPARED {looked:.2f}  CORRELATION {agreement:.2f}")


if __name__ == "__main__":
    main()
