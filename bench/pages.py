"""Writes the measured numbers into the algorithms' front pages and the README's table, from results/.

usage: bench/run.sh pages

Run it after `bench/run.sh features` or `bench/run.sh quality`. A test of lookalike-vision fails
while a page and the tables differ.
"""

import pathlib
import re
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
# page: row of the features table, row of the quality table, the detectors that stand behind them
PAGES = {
    "kaze": ("kaze", "kaze", "", ""),
    "akaze": ("akaze", "akaze", "", ""),
    "sift": ("sift", "sift", "", ""),
    "orb": ("orb", "orb", "", ""),
    "brief": ("brief-fast", "brief", " with FAST", " with STAR"),
}
# row of the README: row of the features table, and the operation
SUMMARY = {
    "KAZE, detect": ("kaze", "detect"),
    "KAZE, detect and compute": ("kaze", "detect-and-compute"),
    "KAZE, the tutorial's vector": ("kaze", "vector"),
    "AKAZE, detect and compute": ("akaze", "detect-and-compute"),
    "SIFT, detect and compute": ("sift", "detect-and-compute"),
    "ORB, detect and compute": ("orb", "detect-and-compute"),
    "BRIEF with FAST": ("brief-fast", "detect-and-compute"),
}
SIZES = ("640x480", "1600x1200")


def read(name):
    """The command, date and machine of a table of results, and its rows of cells."""
    text = (ROOT / "bench" / "results" / f"{name}.md").read_text()
    command, date, machine = re.search(r"Made by `([^`]+)`: ([\d-]+), ([^,]+),", text).groups()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return f"`{command}`, {machine}, {date}", rows


def find(rows, name, operation, size):
    """Our time on one thread, and how many times as fast as OpenCV that is."""
    row = next(row for row in rows if row[:4] == [name, operation, size, "1"])
    return float(row[6]), row[7].strip("*")


def speed(rows, name, size):
    """The same as a page says it."""
    ours, ratio = find(rows, name, "detect-and-compute", size)
    return f"{ours:.0f} ms, {ratio} x" if ours >= 100 else f"{ours:.1f} ms, {ratio} x"


def block(features, quality, names):
    """The lines below the heading "Measured"."""
    (features_source, speeds), (quality_source, shares) = features, quality
    feature, other, fast, strong = names
    share = next(row for row in shares if row[0] == other)[2:]
    text = (f"Time to detect and compute{fast} on one thread, and how many times as fast that is "
            f"as OpenCV ({features_source}); repeatability / matching score of the 500 strongest "
            f"keypoints{strong} after a change of the picture ({quality_source}). All numbers are "
            "in `bench/results`.")
    cells = [speed(speeds, feature, size) for size in SIZES] + share
    return [
        *textwrap.wrap(text, 96, break_long_words=False, break_on_hyphens=False), "",
        "| 640 x 480 | 1600 x 1200 | rotation | scale | blur | JPEG |",
        "|---|---|---|---|---|---|",
        "| " + " | ".join(cells) + " |",
    ]


def summary(text, rows):
    """The README with the ratios of these rows."""
    for label, (name, operation) in SUMMARY.items():
        ratios = [find(rows, name, operation, size)[1] for size in SIZES]
        line = f"| {label} | " + " | ".join(ratios) + " |"
        text, count = re.subn(rf"(?m)^\| {re.escape(label)} \|.*$", line, text)
        if count != 1:
            raise SystemExit(f"README.md: {count} rows for {label}")
    return text


def main():
    features, quality = read("features"), read("quality")
    for page, names in PAGES.items():
        path = ROOT / "crates/lookalike-vision/src" / page / "mod.rs"
        lines = path.read_text().splitlines()
        start = lines.index("//! # Measured") + 1
        end = next(i for i in range(start, len(lines)) if lines[i].startswith("//! |---")) + 2
        lines[start:end] = [f"//! {line}".rstrip() for line in block(features, quality, names)]
        path.write_text("\n".join(lines) + "\n")
    readme = ROOT / "README.md"
    readme.write_text(summary(readme.read_text(), features[1]))


if __name__ == "__main__":
    main()
