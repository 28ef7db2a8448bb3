"""A whole run on a disk that is full, and with a limit on files: it fails with a reason, and is carried out once there is room."""

from __future__ import annotations

import errno
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from torture.killed_runs import Disk, Runs
from torture.points import POINTS
from torture.scene import Scene

RETRY = 1  # the exit code of a run whose failure another attempt can mend


@pytest.mark.parametrize("largest", [1, 3_000, 9_000, 30_000], ids="{}-bytes".format)
def test_no_file_may_grow_beyond_a_limit(largest: int, scene: Scene, runs: Runs, folder: Path) -> None:
    job = scene.again(folder)
    assert runs.run(job, Disk(largest_file=largest)) == RETRY
    assert "file too large" in job.lake.with_suffix(".stderr").read_text("utf-8").lower()
    assert scene.faults_at_any_moment(job) == []
    runs.finish(job)
    assert scene.faults_in_the_end(job) == []


@pytest.mark.parametrize("name", random.Random(31).sample(sorted(POINTS), 4), ids=lambda name: name.replace(" ", "-"))
def test_the_disk_is_full_at_a_named_point(name: str, scene: Scene, runs: Runs, folder: Path) -> None:
    job = scene.again(folder)
    assert runs.run(job, Disk(fails_at=POINTS[name], code=errno.ENOSPC)) == RETRY
    assert "free space on this disk" in job.lake.with_suffix(".stderr").read_text("utf-8")
    assert scene.faults_at_any_moment(job) == []
    runs.finish(job)
    assert scene.faults_in_the_end(job) == []


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "saaf-test", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system is for root alone; the limit on files stands in for it")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_really_full(scene: Scene, runs: Runs, small_disk: Path) -> None:
    """The ballast leaves a little more room each time, until the run gets through."""
    job = scene.again(small_disk / "corpus")
    ballast, failed = small_disk / "ballast", 0
    for left in (1_000, 20_000, 50_000, 100_000):
        ballast.write_bytes(b"")
        free = int(subprocess.check_output(["stat", "-f", "-c", "%a", str(small_disk)])) * 4096
        ballast.write_bytes(bytes(free - left))
        failed += runs.run(job) == RETRY
        assert scene.faults_at_any_moment(job) == []
    assert failed >= 2
    ballast.unlink()
    runs.finish(job)
    assert scene.faults_in_the_end(job) == []
