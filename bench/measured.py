"""Runs a program and measures it: wall clock, CPU time, peak memory.

As a program, `measured.py REPORT COMMAND...` is the small parent that the measured process needs: a
process starts with the peak memory of the one that forked it, and ours has read many pictures.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time


@dataclasses.dataclass
class Run:
    """`seconds` by the clock and of CPU, `megabytes` at the peak, the standard output."""

    seconds: float
    cpu: float
    megabytes: float
    output: str


def run(command, accept=(0, 1)):
    """Measures a command whose exit status must be in `accept` (1 is "nothing found")."""
    words = [str(word) for word in command]
    with tempfile.NamedTemporaryFile("r") as report:
        launcher = [sys.executable, "-S", __file__, report.name]
        output = subprocess.run([*launcher, *words], stdout=subprocess.PIPE, text=True).stdout
        status, seconds, cpu, megabytes = json.load(report)
    if status not in accept:
        raise SystemExit(f"{' '.join(words)}: exit status {status}")
    return Run(seconds, cpu, megabytes, output)


def main():
    start = time.perf_counter()
    pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    with open(sys.argv[1], "w") as report:
        json.dump([os.waitstatus_to_exitcode(status), seconds, usage.ru_utime + usage.ru_stime,
                   usage.ru_maxrss / 1e3], report)


if __name__ == "__main__":
    main()
