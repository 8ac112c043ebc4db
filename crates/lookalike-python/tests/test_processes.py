"""Threads, forks, ctrl-C and callbacks that fail."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import lookalike
import numpy as np
import pytest
from lookalike import cv2


def many(folder, pictures, count):
    """So many different pictures."""
    from PIL import Image

    names = sorted((pictures / "library").glob("*.jpg"))
    for i in range(count):
        with Image.open(names[i % len(names)]) as image:
            part = image.convert("RGB").crop((i // len(names), 0, image.width, image.height))
            part.save(folder / f"{i:04}.jpg")


def test_32_threads_at_once(lib, indexed, cat):
    kaze = cv2.KAZE_create()
    keypoints = kaze.detect(cat)
    expected = [(hit.name, hit.score) for hit in lib.search(indexed / "cat.jpg")]
    embedded = lookalike.embed(cat)
    failures = []

    def ask(number):
        try:
            if number % 2:
                hits = [(hit.name, hit.score) for hit in lib.search(indexed / "cat.jpg")]
                assert hits == expected
            else:
                assert kaze.detect(cat) == keypoints
            np.testing.assert_array_equal(lookalike.embed(cat), embedded)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_lock_is_released_while_work_is_done(cat):
    large = np.tile(cat, (3, 3, 1))
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    cv2.KAZE_create().detectAndCompute(large)
    end = time.perf_counter()
    done.set()
    thread.join()
    within = [t for t in ticks if start < t < end]
    assert len(within) > 1, (len(within), end - start)


def test_an_exception_of_a_callback_ends_the_work_and_is_raised(tmp_path, pictures):
    many(tmp_path, pictures, 20)

    class Enough(Exception):
        pass

    def progress(done, total):
        if done >= 3:
            raise Enough(f"{done} of {total}")

    with lookalike.Library(tmp_path, threads=1) as lib:
        with pytest.raises(Enough, match="of 20"):
            lib.index(progress=progress)
        begun = lib.status()["pictures"]
        assert begun < 20
        summary = lib.index()
        assert summary.indexed == 20 - begun and summary.pictures == 20
        with pytest.raises(Enough):
            lib.dups(mirrored=True, progress=progress)
        with pytest.raises(TypeError):
            lib.dups(progress=lambda: None)
        assert lib.dups("exact") == []


def test_ctrl_c_ends_an_update_and_loses_nothing(tmp_path, pictures):
    many(tmp_path, pictures, 30)
    script = textwrap.dedent(
        """
        import sys, lookalike
        lib = lookalike.Library(sys.argv[1], threads=1)
        try:
            lib.index(progress=lambda done, total: print(done, flush=True))
        except KeyboardInterrupt:
            print("interrupted", lib.status()["pictures"], flush=True)
        """
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        for line in program.stdout:
            if int(line) >= 5:
                program.send_signal(signal.SIGINT)
                break
        *_, last = program.stdout
    assert program.returncode == 0
    word, kept = last.split()
    assert word == "interrupted" and 5 <= int(kept) < 30
    with lookalike.Library(tmp_path) as lib:
        assert lib.index().indexed == 30 - int(kept)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_is_refused_and_harms_nothing(lib, indexed, cat):
    index = lookalike.VectorIndex(2)
    index.add([1], [[1.0, 0.0]])
    index.search([1.0, 0.0])
    before = [hit.name for hit in lib.search(cat)]
    child = os.fork()
    if child == 0:
        status = 1
        try:
            refused = 0
            for ask in (lib.status, lambda: lib.search(cat), lambda: index.search([1.0, 0.0])):
                try:
                    ask()
                except lookalike.LibraryError as error:
                    refused += "fork" in str(error)
            again = lookalike.Library(indexed, threads=2)
            found = [hit.name for hit in again.search(cat)]
            described = cv2.KAZE_create().detect(cat)
            del index
            lib.close()
            status = 0 if refused == 3 and found == before and described else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [hit.name for hit in lib.search(cat)] == before
    assert index.path.is_dir()
    np.testing.assert_array_equal(index.search([1.0, 0.0], 1)[0], [1])


def _embedded(path):
    return lookalike.embed(path)[:4].tolist()


def test_spawned_processes_work(indexed):
    paths = [indexed / "cat.jpg", indexed / "coffee.jpg"]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_embedded, paths) == [_embedded(path) for path in paths]


def test_two_writers_are_refused(tmp_path, pictures):
    many(tmp_path, pictures, 12)
    with lookalike.Library(tmp_path, threads=1) as lib, lookalike.Library(tmp_path) as other:
        refused = []

        def progress(done, total):
            if done < total and not refused:
                with pytest.raises(lookalike.LibraryLocked):
                    other.index()
                refused.append(other.status()["pictures"])

        lib.index(progress=progress)
        assert refused and other.status()["pictures"] == 12


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path, pictures):
    shutil.copy(pictures / "library" / "cat.jpg", tmp_path)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            lookalike.Library(tmp_path)
    finally:
        tmp_path.chmod(0o700)
