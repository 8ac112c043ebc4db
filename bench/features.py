"""Times our feature algorithms against OpenCV's, in one run, taking turns.

usage: bench/run.sh features [--algorithms kaze,sift] [--folder PHOTOS] [--rounds 7] [--keep NAME]
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import cv2

import machine
import opencv

SIZES = {"640x480": (640, 480), "1600x1200": (1600, 1200)}
DETECTORS = ("fast", "star")


class Ours:
    """Our side: one process that runs when asked."""

    def __init__(self, binary, paths, algorithm, operation, threads):
        command = [binary, "features", *paths, "--algorithm", algorithm, "--operation", operation]
        command += ["--threads", str(threads), "--on-demand"]
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def cpu(self):
        """CPU milliseconds of the main thread, which waits for us."""
        try:
            text = pathlib.Path(f"/proc/{self.process.pid}/schedstat").read_text()
        except OSError:
            return 0.0
        return int(text.split()[0]) / 1e6

    def once(self, number):
        """Milliseconds, CPU milliseconds (of one thread), keypoints."""
        before = self.cpu()
        try:
            self.process.stdin.write(f"{number}\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise SystemExit("our side stopped: " + self.process.stderr.read().strip())
        time.sleep(0.001)  # until it waits again, so that its CPU time is settled
        return answer["milliseconds"], self.cpu() - before, answer["keypoints"]

    def close(self):
        self.process.communicate()


def theirs_once(worker, operation, gray):
    start, cpu = time.perf_counter(), time.process_time()
    keypoints = opencv.run(worker, operation, gray)
    cpu = time.process_time() - cpu
    return (time.perf_counter() - start) * 1e3, cpu * 1e3, len(keypoints)


def compare(binary, paths, grays, algorithm, operation, threads, rounds):
    """What `once` says of each round: (ours, theirs)."""
    cv2.setNumThreads(threads)
    worker = opencv.create(algorithm)
    ours = Ours(binary, paths, algorithm, operation, threads)
    samples = []
    for number, gray in enumerate(grays):
        ours.once(number)
        theirs_once(worker, operation, gray)
        for _ in range(rounds):
            mine = ours.once(number)
            samples.append((mine, theirs_once(worker, operation, gray)))
    ours.close()
    return samples


PEAK = """
import sys; sys.path.insert(0, sys.argv[1])
import cv2, opencv
gray = cv2.imread(sys.argv[2], cv2.IMREAD_GRAYSCALE)
cv2.setNumThreads(1)
worker = opencv.create(sys.argv[3])
def memory(key):
    line = next(l for l in open('/proc/self/status') if l.startswith(key))
    return int(line.split()[1]) / 1e3
before = memory('VmRSS')
opencv.run(worker, 'detect-and-compute', gray)
print(memory('VmHWM') - before)
"""


def peak_theirs(path, algorithm):
    """Megabytes that one call adds to a fresh process."""
    here = str(pathlib.Path(__file__).parent)
    command = [sys.executable, "-c", PEAK, here, str(path), algorithm]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def peak_ours(binary, path, algorithm):
    """Megabytes of the whole process."""
    command = [str(binary), "features", str(path), "--algorithm", algorithm, "--runs", "0"]
    code = ("import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3)")
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def row(algorithm, operation, size, threads, samples):
    ours, theirs, ratios = ([], [], []), ([], [], []), []
    for mine, other in samples:
        for i in range(3):
            ours[i].append(mine[i])
            theirs[i].append(other[i])
        ratios.append(other[0] / mine[0])
    cpu = [b / a for a, b in zip(ours[1], theirs[1]) if a > 0]
    ratios.sort()
    low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
    return [
        algorithm, operation, size, str(threads),
        f"{statistics.median(theirs[2]):.0f} / {statistics.median(ours[2]):.0f}",
        f"{statistics.median(theirs[0]):.2f}", f"{statistics.median(ours[0]):.2f}",
        f"**{statistics.median(ratios):.1f}**", f"{low:.1f} - {high:.1f}",
        f"{statistics.median(cpu):.1f}" if threads == 1 and cpu else "",
    ]


def operations(algorithm):
    if algorithm in DETECTORS:
        return ["detect"]
    if algorithm == "kaze":
        return ["detect", "detect-and-compute", "vector"]
    return ["detect-and-compute"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/release/lookalike-bench")
    parser.add_argument("--algorithms", default="kaze,akaze,sift,sift-800,orb,brief-fast,brief-star,fast,star")
    parser.add_argument("--sizes", default="640x480,1600x1200")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--folder", help="photographs to use instead of the sample pictures")
    parser.add_argument("--pictures", type=int, default=3, help="how many of each size")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keep", default="features", help="bench/results/NAME.md")
    args = parser.parse_args()
    versions = machine.describe([f"OpenCV {cv2.__version__}"])
    rows, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in args.sizes.split(","):
            grays = opencv.frames(opencv.pictures(args.folder), *SIZES[size], args.pictures)
            paths = [pathlib.Path(folder) / f"{size}-{i}.pgm" for i in range(len(grays))]
            for path, gray in zip(paths, grays):
                opencv.write_pgm(path, gray)
            for algorithm in args.algorithms.split(","):
                for operation in operations(algorithm):
                    for threads in map(int, args.threads.split(",")):
                        samples = compare(args.binary, paths, grays, algorithm, operation,
                                          threads, args.rounds)
                        rows.append(row(algorithm, operation, size, threads, samples))
                        print(*rows[-1], sep="  ", file=sys.stderr)
                if size == "1600x1200" and algorithm not in DETECTORS:
                    theirs = peak_theirs(paths[0], algorithm)
                    ours = peak_ours(args.binary, paths[0], algorithm)
                    peaks.append([algorithm, f"{theirs:.0f}", f"{ours:.0f}"])
    head = ["algorithm", "operation", "size", "threads", "keypoints (OpenCV / ours)",
            "OpenCV, ms", "ours, ms", "times as fast", "10 - 90 %", "by CPU time"]
    source = "photographs of the user's" if args.folder else "the sample pictures"
    body = (f"Medians of {args.rounds} rounds on each of {args.pictures} pictures a size "
            f"({source}); in each round both sides run once on the same picture, in turn. "
            "\"Times as fast\" is the median of the rounds' ratios, then the range without the "
            "outer tenths; the same by CPU time, which other programs on the machine disturb less. "
            "OpenCV's defaults on both sides.\n\n" + machine.table(head, rows))
    if peaks:
        body += ("\n\nPeak memory at 1600x1200, one thread, detect and compute: what the call adds "
                 "to a process with OpenCV, and our whole process with the picture.\n\n"
                 + machine.table(["algorithm", "OpenCV, MB", "ours, MB"], peaks))
    command = "bench/run.sh features" + "".join(
        f" --{key} {value}" for key, value in vars(args).items()
        if key not in ("folder", "binary") and value != parser.get_default(key))
    machine.publish(args.keep, "Feature algorithms against OpenCV", command, versions, body)


if __name__ == "__main__":
    main()
