"""A whole run, killed: readers see whole commits, and the next attempt ends with the bytes of an undisturbed run."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from torture.killed_runs import Disk, Runs
from torture.points import POINTS
from torture.scene import Scene

SEED = 23
LAKES, DEATHS = 10, 3


@pytest.mark.parametrize("name", POINTS, ids=[name.replace(" ", "-") for name in POINTS])
def test_killed_at_a_named_point(name: str, scene: Scene, runs: Runs, folder: Path) -> None:
    job = scene.again(folder)
    assert runs.run(job, Disk(dies_at=POINTS[name])) == -signal.SIGKILL
    assert scene.faults_at_any_moment(job) == []
    runs.finish(job)
    assert scene.faults_in_the_end(job) == []


@pytest.mark.parametrize("lake", range(LAKES))
def test_killed_at_random_moments_three_times_in_a_row(lake: int, scene: Scene, runs: Runs, folder: Path) -> None:
    """The second death meets a lake that is being recovered from the first, and the third one that of the second."""
    dice = random.Random(f"{SEED}/{lake}")
    folder.mkdir()
    job, seconds, deaths = scene.again(folder / "0"), scene.seconds, 0
    while deaths < DEATHS:
        ended = runs.kill_after(dice.uniform(0, seconds), job)
        assert scene.faults_at_any_moment(job) == []
        deaths += 1
        if ended != -signal.SIGKILL:  # it was done by then: begin again, and be quicker
            job, seconds, deaths = scene.again(folder / f"{seconds}"), seconds / 2, 0
    runs.finish(job)
    assert scene.faults_in_the_end(job) == []
