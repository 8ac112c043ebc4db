"""From how many vectors on a graph is faster than the exact scan.

usage: python bench/vectors_from.py DATA [--kinds sift:bits12,embedding:i8] [--binary ...]

DATA is a folder made by bench/vectors_data.py. Segments of growing size are built, with a graph
each, from the first rows of the base, and searched by one thread for the queries, by way of the
graph and in full. Behind the colon stands how the vectors are kept; embeddings as the library does.
"""

import argparse
import json
import pathlib
import subprocess

import machine

SIZES = (256, 512, 1024, 2048, 4096, 8192, 16384, 65536)
WIDTHS = (64, 256)


def measure(args, kind, element, rows):
    """The operating points of a segment, by name."""
    command = [args.binary, "vectors", "--base", args.data / f"{kind}_base.npy", "--queries",
               args.data / f"{kind}_queries.npy", "--rows", rows, "--json", "--element", element,
               "--metric", "cosine", "--widths", ",".join(map(str, WIDTHS)), "--exact",
               "--always-graph", "-j", 1]
    text = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return {line["param"]: line for line in map(json.loads, text.splitlines()) if "param" in line}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--kinds", default="sift:bits12,embedding:i8")
    parser.add_argument("--binary", default="target/release/lookalike-bench")
    args = parser.parse_args()
    parts = []
    for kind, element in (pair.split(":") for pair in args.kinds.split(",")):
        rows = []
        for size in SIZES:
            points = measure(args, kind, element, size)
            row = [f"{size:,}", f"{points['exact']['p50_us']:.0f}"]
            for width in WIDTHS:
                point = points[f"width {width}"]
                row += [f"{point['p50_us']:.0f}", f"{point['recall']:.4f}"]
            rows.append(row)
        head = ["vectors", "scan, us"]
        for width in WIDTHS:
            head += [f"graph, width {width}, us", "recall"]
        parts.append(f"## {kind}, {element}\n\n" + machine.table(head, rows))
    body = ("Medians of single searches for the 10 nearest by cosine, one thread; of each query "
            "the fastest of three counts.\n\n" + "\n\n".join(parts))
    command = "python bench/vectors_from.py DATA"
    machine.publish("vectors-from", "From where a graph is faster than a scan", command,
                    machine.describe([]), body)


if __name__ == "__main__":
    main()
