"""The lake's lock: one writer at a time, freed by the kernel when its holder dies.

``flock`` and not ``lockf``: a POSIX record lock is lost when the process closes any other descriptor of the file. The
lock file is never removed: between an unlink and a new file two processes could each hold "the" lock.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import socket
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saaf.errors import LakeBusy
from saaf.lake.storage import naming

_POLL_SECONDS = 0.05


class HeldLock:
    """A lock that this process holds, on an open file."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor: int | None = descriptor

    def release(self) -> None:
        """Free the lock by closing the file, unless that has been done."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    @property
    def held(self) -> bool:
        """Whether this process holds the lock; a forked child of the holder does not."""
        return self.descriptor is not None


_held_here: weakref.WeakSet[HeldLock] = weakref.WeakSet()
"""What a forked child has to let go of: it would keep the lock alive after the holder's death."""


@functools.cache
def _watch_forks() -> None:
    os.register_at_fork(after_in_child=_close_in_child)


def _close_in_child() -> None:
    # Closing and not unlocking: the lock belongs to the open file, which the parent still holds.
    for lock in list(_held_here):
        lock.release()


@contextmanager
def locked(path: Path, wait_seconds: float = 0) -> Iterator[HeldLock]:
    """Hold the lock for the length of the block.

    Args:
        path: The lock file; made where it is missing, never removed.
        wait_seconds: How long to wait for another holder.

    Raises:
        LakeBusy: Another process, or another part of this one, still holds it.
        StorageError: The lock file cannot be opened or written.
    """
    _watch_forks()
    deadline = time.monotonic() + wait_seconds
    while (lock := _try(path)) is None:
        if time.monotonic() >= deadline:
            raise _busy(path)
        time.sleep(_POLL_SECONDS)
    try:
        yield lock
    finally:
        lock.release()


def _try(path: Path) -> HeldLock | None:
    with naming(path):
        # Registered before the lock is taken: a fork in between must not carry it along.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        lock = HeldLock(descriptor)
        _held_here.add(lock)
        taken = False
        try:
            taken = _lock_and_sign(path, descriptor)
        finally:
            if not taken:
                lock.release()
    return lock if taken else None


def _lock_and_sign(path: Path, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
        return False  # someone removed or replaced the file while we waited: this lock guards nothing
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
    return True


def _busy(path: Path) -> LakeBusy:
    return LakeBusy(
        f"another run works on this lake: {_holder(path)}",
        where=str(path),
        next_step="wait for it to end, or end it; a lock whose holder died is freed at once, so never remove the file",
    )


def _holder(path: Path) -> str:
    try:
        signed = json.loads(path.read_text("utf-8"))
        return f"process {signed['pid']} on {signed['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has not signed the lock yet"
