"""One writer at a time; a dead holder holds nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saaf.errors import LakeBusy, LakeError, StorageError
from saaf.lake import Lake

HOLDER = """
import sys, time
from saaf.lake import Lake
with Lake.open(sys.argv[1]).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake")


def start_holder(lake: Lake) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(lake.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_two_processes_compete(lake: Lake) -> None:
    with start_holder(lake) as holder:
        with pytest.raises(LakeBusy, match=f"process {holder.pid} on ") as caught, lake.lock():
            pass
        assert caught.value.retryable
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with lake.lock():
            lake.recover()
    assert (lake.root / "meta" / "lock").exists()


def test_waiting_ends_when_the_holder_does(lake: Lake) -> None:
    with start_holder(lake) as holder:
        subprocess.Popen(["sh", "-c", f"sleep 0.3; kill {holder.pid}"])
        started = time.monotonic()
        with lake.lock(wait_seconds=30):
            assert 0.2 < time.monotonic() - started < 20


def test_waiting_has_an_end(lake: Lake) -> None:
    with start_holder(lake) as holder:
        started = time.monotonic()
        with pytest.raises(LakeBusy), lake.lock(wait_seconds=0.3):
            pass
        assert 0.3 <= time.monotonic() - started < 10
        holder.kill()


def test_the_same_process_cannot_take_it_twice(lake: Lake) -> None:
    with lake.lock():
        with pytest.raises(LakeBusy, match=f"process {os.getpid()} "), Lake.open(lake.root).lock():
            pass
        with pytest.raises(LakeBusy), lake.lock():
            pass
        lake.recover()  # the failed attempts have not freed it
    with lake.lock():
        pass


def test_a_forked_child_does_not_keep_it(lake: Lake) -> None:
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    with lake.lock():
        child = context.Process(target=stop.wait, args=(30,))
        child.start()
    try:
        with lake.lock(wait_seconds=5):  # the child lets go as soon as it runs, not before
            assert child.is_alive()
    finally:
        stop.set()
        child.join(30)


def test_a_forked_child_does_not_have_it(lake: Lake) -> None:
    with lake.lock():
        child = os.fork()
        if child == 0:
            try:
                lake.recover()
            except LakeError as error:
                os._exit(7 if "without its lock" in error.what else 1)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        lake.recover()


def test_a_child_that_runs_another_program_does_not_keep_it(lake: Lake) -> None:
    with lake.lock():
        child = subprocess.Popen(["sleep", "30"], close_fds=False)
    with lake.lock():
        assert child.poll() is None
    child.kill()
    child.wait()


def test_a_lock_file_that_was_removed_guards_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone removes the file between our open and our lock: we must not hold a lock that nobody else will see."""
    import fcntl

    path, lock = lake.root / "meta" / "lock", fcntl.flock

    def remove_first(descriptor: int, operation: int) -> None:
        monkeypatch.undo()
        path.unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with lake.lock(wait_seconds=1), pytest.raises(LakeBusy), Lake.open(lake.root).lock():
        pass


def test_changing_needs_the_lock(lake: Lake) -> None:
    with pytest.raises(LakeError, match="without its lock"):
        lake.recover()
    with pytest.raises(LakeError, match="without its lock"):
        lake.commit(lake.staging("r"), [], run_id="r", base=0, facts={})


def test_a_lock_file_that_cannot_be_opened_is_named(lake: Lake) -> None:
    (lake.root / "meta" / "lock").mkdir()
    with pytest.raises(StorageError) as caught, lake.lock():
        pass
    assert caught.value.where == str(lake.root / "meta" / "lock")
