"""Times the embedded model against ONNX Runtime on the same weights and pixels, one thread.

usage: bench/run.sh embed [--rounds 60] [--levels best,avx2,sse4.2] [--keep NAME]

Both are processes of their own that take turns, call by call; what counts is their CPU time. At a
poorer level ONNX Runtime is held to the same instruction set, where the machine can do that (cpuid.c
says how). Without resizing: 224 x 224 pixels in; with it: 640 x 480.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import lite0
import machine
import numpy as np
import onnxruntime
from PIL import Image


class Peer:
    """A process that does its work once for each line on its stdin; the line `vector` wants the
    answer."""

    def __init__(self, command, **environment):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=os.environ | environment,
        )
        # The clock of another process's CPU time, as clock_getcpuclockid(3) makes it.
        self.clock = (~self.process.pid << 3) | 2

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args} ended")
        return json.loads(answer)

    def vector(self):
        return np.float32(self.say("vector")["vector"])

    def milliseconds(self):
        start = time.clock_gettime(self.clock)
        self.say("")
        return (time.clock_gettime(self.clock) - start) * 1e3


def ours(binary, pixels, level, folder):
    height, width, _ = pixels.shape
    raw = folder / f"{width}x{height}.rgb"
    pixels.tofile(raw)
    return Peer([binary, "embed", raw, "--width", width, "--height", height, "--level", level])


def theirs(level, folder, hider):
    hidden = {"LD_PRELOAD": str(hider), "CPUID_LEVEL": level} if hider else {}
    return Peer([sys.executable, __file__, "--serve", folder / "224x224.rgb"], **hidden)


def serve(path):
    """ONNX Runtime as a peer."""
    pixels = np.fromfile(path, np.uint8).reshape(lite0.SIZE, lite0.SIZE, 3)
    embed = lite0.session()
    for line in sys.stdin:
        vector = embed(pixels)
        answer = {"vector": (vector / np.linalg.norm(vector)).tolist()} if line.strip() else {}
        print(json.dumps(answer), flush=True)


def hider(folder):
    """The library of cpuid.c, where the machine can use it."""
    if "cpuid_fault" not in pathlib.Path("/proc/cpuinfo").read_text():
        return None
    library = folder / "cpuid.so"
    source = pathlib.Path(__file__).with_name("cpuid.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


def row(name, mine, other, rounds):
    cosine = float(mine.vector() @ other.vector())
    times = [(mine.milliseconds(), other.milliseconds()) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in times)
    median = [statistics.median(peer) for peer in zip(*times)]
    return [
        name, f"{median[0]:.1f}", f"{1e3 / median[0]:.0f}", f"{median[1]:.1f}",
        f"**{statistics.median(ratios):.2f}**",
        f"{ratios[len(ratios) // 10]:.2f} - {ratios[-len(ratios) // 10]:.2f}", f"{cosine:.7f}",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", default="target/release/lookalike-bench")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--levels", default="best,avx2,sse4.2")
    parser.add_argument("--keep", default="embed", help="bench/results/NAME.md")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.serve)
    versions = machine.describe([f"ONNX Runtime {onnxruntime.__version__}"])
    picture = Image.open(lite0.PICTURES / "coffee.jpg").convert("RGB")
    large = np.asarray(picture.resize((640, 480), Image.Resampling.BICUBIC))
    small = np.asarray(Image.fromarray(large).resize((224, 224), Image.Resampling.BICUBIC))
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        hides = hider(folder)
        for level in args.levels.split(","):
            mine = ours(args.bench, small, level, folder)
            held = "" if level == "best" or hides else ", ONNX Runtime at its best"
            rows.append(row(f"224 x 224, {level}{held}", mine, theirs(level, folder, hides), args.rounds))
        mine = ours(args.bench, large, "best", folder)
        rows.append(row("640 x 480, best", mine, theirs("best", folder, None), args.rounds))
    header = ["input", "lookalike, ms", "pictures/s", "ONNX Runtime, ms", "ratio", "10 % - 90 %",
              "cosine"]
    body = machine.table(header, rows) + (
        "\n\nMedians of CPU time a picture, on one thread. The ratio is the median of the ratios of "
        "neighbouring calls. ONNX Runtime always gets 224 x 224 pixels, and in each row the "
        "instruction set that lookalike has."
    )
    machine.publish(args.keep, "Embedding", "bench/run.sh embed", versions, body)


if __name__ == "__main__":
    main()
