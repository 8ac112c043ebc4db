"""The program that comes with the package."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import lookalike

PROGRAM = Path(sysconfig.get_path("scripts")) / "lookalike"


def run(*arguments, **options):
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, timeout=120, **options
    )


def test_it_says_its_version():
    assert run("--version").stdout == f"lookalike {lookalike.__version__}\n"
    as_module = subprocess.run(
        [sys.executable, "-m", "lookalike", "--version"], capture_output=True, text=True
    )
    assert as_module.stdout == f"lookalike {lookalike.__version__}\n"


def test_it_searches_as_the_package_does(lib, indexed):
    found = run("search", indexed / "cat.jpg", indexed, "--no-index", "--json", "--by", "same")
    assert found.returncode == 0
    hits = [json.loads(line) for line in found.stdout.splitlines()]
    expected = lib.search(indexed / "cat.jpg", by="same")
    assert [hit["inliers"] for hit in hits] == [hit.inliers for hit in expected]


def test_its_exit_status_says_how_it_ended(tmp_path):
    assert run("search", tmp_path / "nowhere.jpg", tmp_path, "--no-index").returncode == 2
    assert run("--nonsense").returncode == 2
    assert run("help").returncode == 2
    assert "Usage" in run("--help").stdout


def test_arguments_may_be_any_bytes(tmp_path, indexed):
    name = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    Path(os.fsdecode(name)).write_bytes((indexed / "cat.jpg").read_bytes())
    found = run("search", name, indexed, "--no-index", "--by", "same")
    assert found.returncode == 0 and "cat.jpg" in found.stdout


def test_ctrl_c_ends_it(indexed):
    program = subprocess.Popen(
        [PROGRAM, "serve", indexed, "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(2)
    assert program.poll() is None, program.stderr.read()
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=30)
    assert program.returncode in (0, 130, -signal.SIGINT)


def test_a_closed_pipe_ends_it_quietly(indexed):
    script = f"'{PROGRAM}' status '{indexed}' --json | true"
    ended = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
    assert ended.stderr == ""
    assert sys.executable
