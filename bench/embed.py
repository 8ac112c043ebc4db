"""Times the embedded model against ONNX Runtime on the same weights and pixels, one thread.

usage: bench/run.sh embed [--rounds 60] [--keep NAME]

Both take turns, call by call. Without resizing: 224 x 224 pixels in; with it: 640 x 480.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import lite0
import machine
import numpy as np
import onnxruntime
from PIL import Image


class Ours:
    """The bench program, waiting for a line on its stdin."""

    def __init__(self, binary, pixels, level, folder):
        height, width, _ = pixels.shape
        raw = pathlib.Path(folder) / f"{width}x{height}.rgb"
        pixels.tofile(raw)
        command = [binary, "embed", raw, "--width", width, "--height", height, "--level", level]
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def once(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["milliseconds"], np.float32(answer["vector"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", default="target/release/lookalike-bench")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--levels", default="best,avx2,sse4.2")
    parser.add_argument("--keep", default="embed", help="bench/results/NAME.md")
    args = parser.parse_args()
    versions = machine.describe([f"ONNX Runtime {onnxruntime.__version__}"])
    picture = Image.open(lite0.PICTURES / "coffee.jpg").convert("RGB")
    large = np.asarray(picture.resize((640, 480), Image.Resampling.BICUBIC))
    small = np.asarray(Image.fromarray(large).resize((224, 224), Image.Resampling.BICUBIC))
    reference = lite0.session()
    expected = reference(small)
    expected /= np.linalg.norm(expected)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        cases = [(f"224 x 224, {level}", small, level) for level in args.levels.split(",")]
        cases.append(("640 x 480, best", large, "best"))
        for name, pixels, level in cases:
            ours = Ours(args.bench, pixels, level, folder)
            _, vector = ours.once()
            theirs, mine = [], []
            for _ in range(args.rounds):
                start = time.perf_counter()
                reference(small)
                theirs.append((time.perf_counter() - start) * 1e3)
                mine.append(ours.once()[0])
            ratios = sorted(a / b for a, b in zip(mine, theirs))
            rows.append([
                name, f"{min(mine):.1f}", f"{statistics.median(mine):.1f}",
                f"{min(theirs):.1f}", f"{statistics.median(theirs):.1f}",
                f"**{statistics.median(ratios):.2f}**",
                f"{ratios[len(ratios) // 10]:.2f} - {ratios[-len(ratios) // 10]:.2f}",
                f"{float(vector @ expected):.7f}",
            ])
    header = ["input", "lookalike: least ms", "median", "ONNX Runtime: least ms", "median",
              "ratio", "10 % - 90 %", "cosine"]
    table = [header, ["---"] * len(header), *rows]
    body = "\n".join(f"| {' | '.join(row)} |" for row in table) + (
        "\n\nMilliseconds a picture on one thread. The ratio is the median of the ratios of "
        "neighbouring calls. ONNX Runtime always gets 224 x 224 pixels, and the best instruction "
        "set it knows."
    )
    machine.publish(args.keep, "Embedding",
                    "bench/run.sh embed", versions, body)


if __name__ == "__main__":
    main()
