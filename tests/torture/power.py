"""Disks that a power failure can leave, as many as are wanted."""

from __future__ import annotations

import random

import lake_harness as harness
from power_disk import ROOT, Disk, Examination, ModelStorage, tables_of


def expected_tables() -> dict[str, str]:
    """What two undisturbed runs make."""
    disk = Disk()
    harness.both_runs(ROOT, ModelStorage(disk))
    return tables_of(disk.files())


def states_after_a_death(number: int, expected: dict[str, str], *, seed: int, most: int) -> int:
    """Look at every disk that a power failure can leave of two runs that go on after a process died.

    Args:
        number: The changing operation before which a first process dies; 0 for none.
        expected: The tables that a retry has to end with.
        seed: Chooses among the disks where they are many.
        most: Disks to look at for a crash point.

    Returns:
        How many different disks were looked at.

    Raises:
        FaultFound: One of them breaks a promise.
    """
    examination = Examination(expected, every_rerun=100, most=most, _drawn=random.Random(f"{seed}/{number}"))
    if number:
        examination.die(number)
    examination.go_on()
    return examination.states
