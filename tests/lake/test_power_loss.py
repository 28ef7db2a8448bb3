"""No promise breaks when the power fails, at whatever point of two runs; and every sync is needed for that."""

from __future__ import annotations

import random
from pathlib import Path

import lake_harness as harness
import pytest
from power_disk import (
    ROOT,
    Disk,
    Examination,
    FaultFound,
    ModelStorage,
    changing_operations,
    kinds_of_sync,
    leave_out,
    tables_of,
)


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    disk = Disk()
    harness.both_runs(ROOT, ModelStorage(disk))
    return tables_of(disk.files())


def test_no_power_failure_breaks_a_promise(expected: dict[str, str]) -> None:
    examination = Examination(expected)
    examination.go_on()
    assert examination.states > 1000


@pytest.mark.parametrize("operation", ["make_folder", "link_if_absent", "rename", "sync", "remove_file"])
def test_nor_does_one_that_follows_a_death(operation: str, expected: dict[str, str]) -> None:
    """The process dies, another one recovers and goes on, and then the power fails."""
    for number in random.Random(operation).sample(changing_operations(operation), 1):
        examination = Examination(expected, every_rerun=20, most=8)
        examination.die(number)
        examination.go_on()


@pytest.mark.parametrize("kind", kinds_of_sync())
def test_every_sync_is_needed(kind: str, expected: dict[str, str]) -> None:
    """A sync that is left out is found out; one that no failure needs would be a cost without a reason."""
    with pytest.raises(FaultFound):
        leave_out(kind, expected)


def test_recovering_and_discarding_are_safe(expected: dict[str, str]) -> None:
    for number in changing_operations("link_if_absent"):
        for go_on in (Examination.recover, Examination.throw_away):
            examination = Examination(expected, every_rerun=1, most=8)
            examination.die(number)
            go_on(examination, "")


def test_the_model_finds_a_move_without_syncs() -> None:
    """The model itself: of a file that is moved, without any sync, everything can be lost."""
    disk = Disk()
    storage = ModelStorage(disk)
    storage.make_folder(Path("/a"))
    storage.sync_folder(Path("/"))
    storage.create(Path("/a/x")).write(memoryview(b"content"))
    storage.rename(Path("/a/x"), Path("/a/y"))
    found = {tuple(sorted(d.files().items())) for d in disk.after_power_loss(random.Random(1), most=100)}
    x, y = Path("/a/x"), Path("/a/y")
    for state in [(), ((x, b""),), ((y, b"con"),), ((x, b"content"), (y, b"content")), ((y, b"content"),)]:
        assert state in found
