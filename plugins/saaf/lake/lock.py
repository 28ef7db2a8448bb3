"""The lake's lock: one writer at a time, freed by the kernel when its holder dies."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saaf.errors import LakeBusy, LakeError
from saaf.lake.storage import Lock, Storage, read_bytes

_POLL_SECONDS = 0.05


@contextmanager
def locked(storage: Storage, path: Path, wait_seconds: float = 0) -> Iterator[Lock]:
    """Hold the lock for the length of the block.

    Args:
        storage: The storage.
        path: The lock file; made where it is missing, never removed.
        wait_seconds: How long to wait for another holder.

    Raises:
        LakeBusy: Another process, or another part of this one, still holds it.
        StorageError: The lock file cannot be opened or written.
    """
    deadline = time.monotonic() + wait_seconds
    signature = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
    while (lock := storage.try_lock(path, signature)) is None:
        if time.monotonic() >= deadline:
            raise _busy(storage, path)
        time.sleep(_POLL_SECONDS)
    try:
        yield lock
    finally:
        lock.release()


def _busy(storage: Storage, path: Path) -> LakeBusy:
    return LakeBusy(
        f"another run works on this lake: {_holder(storage, path)}",
        where=str(path),
        next_step="wait for it to end, or end it; a lock whose holder died is freed at once, so never remove the file",
    )


def _holder(storage: Storage, path: Path) -> str:
    try:
        signed = json.loads(read_bytes(storage, path))
        return f"process {signed['pid']} on {signed['host']}"
    except (LakeError, ValueError, KeyError, TypeError):
        return "a process that has not signed the lock yet"
