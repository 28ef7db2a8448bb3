"""Every operation of two runs meets, in turn, each fault that ``tests/lake/test_crash.py`` has not tried yet; and pairs."""

from __future__ import annotations

import random
from pathlib import Path

import lake_harness as harness
import pytest

from saaf.lake.storage import LocalStorage
from torture.faults import FAULTS, calls_of_two_runs, drawn, faults_after, meet, places

PAIRS = 40


@pytest.fixture(scope="module")
def undisturbed(fast_disk: Path) -> dict[str, str]:
    root = fast_disk / "two-runs" / "lake"
    harness.both_runs(root, LocalStorage())
    harness.check_whole(root)
    return harness.table_files(root)


@pytest.mark.parametrize("name", FAULTS)
def test_every_operation_meets_a_fault(name: str, folder: Path, undisturbed: dict[str, str]) -> None:
    folder.mkdir()
    calls, fault = calls_of_two_runs(folder / "counted"), FAULTS[name]
    met = list(places(calls, fault))
    assert len(met) > 10
    for number in met:
        root = folder / f"{number}"
        assert meet(root, fault, number) == (fault.how == "short"), calls[number - 1]
        assert faults_after(root, undisturbed) == [], calls[number - 1]


def test_a_second_fault_meets_what_a_first_one_left(folder: Path, undisturbed: dict[str, str]) -> None:
    folder.mkdir()
    calls, dice = calls_of_two_runs(folder / "counted"), random.Random(29)
    for pair in range(PAIRS):
        root = folder / f"{pair}"
        both = [drawn(dice, calls) for _ in range(2)]
        for fault, number in both:
            meet(root, fault, number)
        assert faults_after(root, undisturbed) == [], both
