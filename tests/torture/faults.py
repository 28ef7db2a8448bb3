"""What a disk, a full one, or a network file system can answer to one operation of the lake's storage."""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lake_harness as harness

from saaf.errors import StorageError
from saaf.lake.storage import LocalStorage


@dataclass(frozen=True)
class Fault:
    """A way to fail, of ``lake_harness.FaultyStorage``; ``short`` writes a part and says so, which is no error.

    Attributes:
        how: ``before`` the operation, ``after`` it was done, ``half`` way, ``short``, or ``die``.
        code: Of ``errno``.
        operations: Names of the operations that can fail like this.
    """

    how: str
    code: int
    operations: tuple[str, ...]


EVERY = (*harness.MUTATING, *harness.READING)
OPENING = tuple(name for name in EVERY if name not in ("write", "sync"))

OF_OTHER_TESTS = {
    "input/output error": Fault("before", errno.EIO, EVERY),
    "input/output error, though done": Fault("after", errno.EIO, harness.MUTATING),
    "disk full": Fault("before", errno.ENOSPC, harness.MUTATING),
    "disk full half way": Fault("half", errno.ENOSPC, ("write",)),
    "death": Fault("die", 0, harness.MUTATING),
}
"""Those that ``tests/lake/test_crash.py`` goes through."""

FAULTS = {
    "permission denied": Fault("before", errno.EACCES, OPENING),
    "timeout": Fault("before", errno.ETIMEDOUT, (*harness.MUTATING, "open_read")),
    "timeout, though done": Fault("after", errno.ETIMEDOUT, harness.MUTATING),
    "short write": Fault("short", 0, ("write",)),
}


class ShortWrites(harness.FaultyStorage):
    """One write takes only a part of the bytes, as a signal or a quota can make it."""

    def __init__(self, fail_at: int) -> None:
        super().__init__()
        self._short_at = fail_at

    def create(self, path: Path) -> Any:
        file = super().create(path)
        return _ShortFile(self, file)

    def is_short_now(self) -> bool:
        """Whether the next operation is the one."""
        return len(self.calls) + 1 == self._short_at


class _ShortFile:
    def __init__(self, storage: ShortWrites, inner: Any) -> None:
        self._storage, self._inner = storage, inner

    def write(self, data: memoryview) -> int:
        taken: int = self._inner.write(data[: max(1, len(data) // 3)] if self._storage.is_short_now() else data)
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def calls_of_two_runs(root: Path) -> list[str]:
    """Names of the operations of two undisturbed runs, in order."""
    storage = harness.FaultyStorage()
    harness.both_runs(root, storage)
    return storage.calls


def places(calls: list[str], fault: Fault) -> Iterator[int]:
    """Numbers of the operations at which a fault can happen."""
    return (number for number, name in enumerate(calls, start=1) if name in fault.operations)


def meet(root: Path, fault: Fault, number: int) -> bool:
    """Carry out both runs with one fault in them; say whether they got to their end."""
    storage = ShortWrites(number) if fault.how == "short" else harness.FaultyStorage(number, fault.how, fault.code)
    try:
        harness.both_runs(root, storage)
    except (StorageError, harness.Death):
        return False
    return True


def faults_after(root: Path, undisturbed: dict[str, str]) -> list[str]:
    """What is wrong: with what readers see now, and with the lake once both runs have been carried out again."""
    if (root / "gold").is_dir():
        harness.visible_commits(root)
    harness.both_runs(root, LocalStorage())
    harness.check_whole(root)
    return [] if harness.table_files(root) == undisturbed else ["the tables are not as they would have been"]


def drawn(dice: random.Random, calls: list[str]) -> tuple[Fault, int]:
    """Some fault at some operation."""
    fault = dice.choice([*FAULTS.values(), *OF_OTHER_TESTS.values()])
    return fault, dice.choice(list(places(calls, fault)))
