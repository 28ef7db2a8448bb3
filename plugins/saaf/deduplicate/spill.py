"""Temporary files for what does not fit into the memory that the configuration grants."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

from saaf.deduplicate.kernels import Bytes, Hashes
from saaf.errors import StorageError


@contextmanager
def on_disk(what: str) -> Iterator[None]:
    """Turn a failure of the temporary folder into an error that names it.

    Args:
        what: What is kept there, as the subject of a sentence.

    Raises:
        StorageError: The disk is full, say.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{what} cannot be kept in a temporary file: {error}",
            where=_folder(),
            next_step="make room there, or name a larger folder with the environment variable TMPDIR",
        ) from error


def _folder() -> str:
    """The folder for temporary files; where no folder can be written, the one that was to be it."""
    try:
        return tempfile.gettempdir()
    except OSError:
        return os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - only named


def temporary_file() -> IO[bytes]:
    """A file without a name: it vanishes when it is closed or forgotten, or the process dies."""
    return tempfile.TemporaryFile(prefix="saaf-deduplicate-")


def write_at(file: IO[bytes], start: int, data: Bytes) -> None:
    """Write to a place of a file; other threads may write to others at the same time.

    Raises:
        OSError: There is no room, or it cannot be written.
    """
    rest = data.data
    while rest:
        written = os.pwrite(file.fileno(), rest, start)
        rest, start = rest[written:], start + written


class BandKeys:
    """Band keys of many documents: added by document, read by band.

    Args:
        bands: Number of bands.
        most_bytes: Keys that are held in memory; more of them wait in a temporary file.
    """

    def __init__(self, bands: int, most_bytes: int) -> None:
        self.bands = bands
        self._most_bytes = most_bytes
        self._held: list[Hashes] = []
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        self._written: list[int] = []

    def add(self, keys: Hashes) -> None:
        """Add documents.

        Args:
            keys: Their keys, one row a band.

        Raises:
            StorageError: There is no room for the temporary file.
        """
        self._held.append(keys)
        self._held_bytes += keys.nbytes
        if self._held_bytes <= self._most_bytes:
            return
        block = np.concatenate(self._held, axis=1)
        with on_disk("the band keys"):
            if self._file is None:
                self._file = temporary_file()
            self._file.write(block.data)
        self._written.append(block.shape[1])
        self._held, self._held_bytes = [], 0

    def of(self, band: int) -> Hashes:
        """All documents' keys in a band, in the order in which they were added."""
        written = self._read(self._file, band) if self._file else []
        return np.concatenate([*written, *(keys[band] for keys in self._held), np.empty(0, np.uint64)])

    def _read(self, file: IO[bytes], band: int) -> list[Hashes]:
        parts = []
        at = 0
        with on_disk("the band keys"):
            for count in self._written:
                file.seek(at + 8 * band * count)
                parts.append(np.frombuffer(file.read(8 * count), np.uint64))
                at += 8 * self.bands * count
            file.seek(0, os.SEEK_END)
        return parts
