"""Whatever fails, and wherever the process dies: readers see whole commits, and a retry ends as if nothing had happened."""

from __future__ import annotations

import collections
import errno
import random
import subprocess
import sys
import time
from pathlib import Path

import lake_harness as harness
import pytest

from saaf.errors import StorageError
from saaf.lake import Lake
from saaf.lake.storage import LocalStorage

# Where a full disk can be met. Death after an operation is death before the next one.
FILLING = ("create", "write", "make_folder", "link_if_absent", "rename", "sync")
FAULTS = {
    "input-output-error": ("before", errno.EIO, (*harness.MUTATING, *harness.READING)),
    "error-though-done": ("after", errno.EIO, harness.MUTATING),
    "disk-full": ("before", errno.ENOSPC, FILLING),
    "disk-full-half-way": ("half", errno.ENOSPC, ("write",)),
    "death": ("die", 0, harness.MUTATING),
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("undisturbed") / "lake"
    harness.both_runs(root, LocalStorage())
    harness.check_whole(root)
    return harness.table_files(root)


def operations(tmp_path: Path) -> list[str]:
    storage = harness.FaultyStorage()
    harness.both_runs(tmp_path / "counted", storage)
    return storage.calls


def check_recovery(root: Path, undisturbed: dict[str, str]) -> None:
    seen = harness.visible_commits(root)
    harness.both_runs(root, LocalStorage())
    harness.check_whole(root)
    assert harness.visible_commits(root) == {0, 1} >= seen
    assert harness.table_files(root) == undisturbed
    lake = Lake.open(root)
    assert lake.verify() == ()
    assert list((root / "meta" / "staging").iterdir()) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_every_operation_fails_once(fault: str, fast_disk: Path, undisturbed: dict[str, str]) -> None:
    how, code, names = FAULTS[fault]
    folder = fast_disk / fault
    folder.mkdir()
    calls = operations(folder)
    assert set(calls) == {*harness.MUTATING, *harness.READING}
    for number, name in enumerate(calls, start=1):
        if name not in names:
            continue
        root = folder / f"{number}"
        with pytest.raises((StorageError, harness.Death)) as caught:
            harness.both_runs(root, harness.FaultyStorage(number, how, code))
        if isinstance(caught.value, StorageError):
            assert str(folder) in (caught.value.where or ""), name
            assert ("free space" in caught.value.next_step) == (code == errno.ENOSPC)
        check_recovery(root, undisturbed)


def test_recovery_dies_again_and_again(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    """Death at every operation after the first commit, in a lake that is already being recovered from a death."""
    calls = operations(tmp_path)
    links = [number for number, name in enumerate(calls, start=1) if name == "link_if_absent"]
    dying = random.Random(5)
    for first in links:
        root = tmp_path / f"{first}"
        with pytest.raises(harness.Death):
            harness.both_runs(root, harness.FaultyStorage(first, "die-after"))
        for _ in range(3):
            harness.visible_commits(root)
            try:
                harness.both_runs(root, harness.FaultyStorage(dying.randint(1, 120), "die"))
            except harness.Death:
                continue
        check_recovery(root, undisturbed)


def in_a_process(root: Path, *point: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, harness.__file__, str(root), *point], stderr=subprocess.PIPE)


# Before the record is linked; between the commit and its exposure; in the middle of the exposure; before its names are
# durable; while the next run's files are written; while staging is thrown away.
POINTS = [
    ("link_if_absent", "1"),
    ("link_if_absent", "2"),
    ("link_if_absent", "4"),
    ("sync_folder", "33"),
    ("sync", "9"),
    ("remove_folder", "2"),
]


@pytest.mark.parametrize("point", POINTS, ids=["-".join(p) for p in POINTS])
def test_killed_at_a_named_point(point: tuple[str, str], tmp_path: Path, undisturbed: dict[str, str]) -> None:
    root = tmp_path / "lake"
    process = in_a_process(root, *point)
    assert process.wait(60) == -9, process.stderr and process.stderr.read()
    check_recovery(root, undisturbed)


def test_killed_at_random_times(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    started = time.monotonic()
    assert in_a_process(tmp_path / "whole").wait(60) == 0
    whole = time.monotonic() - started
    dying = random.Random(11)
    for number in range(5):
        root = tmp_path / f"{number}"
        process = in_a_process(root)
        time.sleep(whole * dying.uniform(0.5, 1.0))
        process.kill()
        process.wait(60)
        if (root / "gold").exists():
            harness.visible_commits(root)
        check_recovery(root, undisturbed)


def test_the_points_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    counts = collections.Counter(operations(tmp_path))
    assert all(int(count) <= counts[name] for name, count in POINTS)
