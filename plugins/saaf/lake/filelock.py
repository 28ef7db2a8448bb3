"""A lock on a local file.

``flock`` and not ``lockf``: a POSIX record lock is lost when the process closes any other descriptor of the file. The
file is never removed: between an unlink and a new file two processes could each hold "the" lock.
"""

from __future__ import annotations

import fcntl
import functools
import os
import weakref
from pathlib import Path


class FileLock:
    """A lock that this process holds, on an open file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Free the lock by closing the file, unless that has been done."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def held(self) -> bool:
        """Whether this process holds the lock; a forked child of the holder does not."""
        return self._descriptor is not None


_held_here: weakref.WeakSet[FileLock] = weakref.WeakSet()
"""What a forked child has to let go of: it would keep the lock alive after the holder's death."""


@functools.cache
def _watch_forks() -> None:
    os.register_at_fork(after_in_child=_close_in_child)


def _close_in_child() -> None:
    # Closing and not unlocking: the lock belongs to the open file, which the parent still holds.
    for lock in list(_held_here):
        lock.release()


def try_lock(path: Path, signature: bytes) -> FileLock | None:
    """Take the lock if nobody has it.

    Args:
        path: The lock file; made where it is missing.
        signature: Written into it, for those who find it taken.

    Returns:
        The lock; None where another open file has it.

    Raises:
        OSError: The file cannot be opened or written.
    """
    _watch_forks()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    # Known before the lock is taken: a fork in between must not carry it along.
    lock = FileLock(descriptor)
    _held_here.add(lock)
    taken = False
    try:
        taken = _lock_and_sign(path, descriptor, signature)
    finally:
        if not taken:
            lock.release()
    return lock if taken else None


def _lock_and_sign(path: Path, descriptor: int, signature: bytes) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
        return False  # someone removed or replaced the file in between: this lock guards nothing
    os.ftruncate(descriptor, 0)
    os.write(descriptor, signature)
    return True
