"""The texts that have to be compared, kept on disk while they are."""

from __future__ import annotations

import mmap
import tempfile
from collections import OrderedDict
from typing import IO

import numpy as np
import pyarrow as pa

from saaf.deduplicate.kernels import Bytes, Indices
from saaf.deduplicate.signatures import ShingleSet, Signer, text_buffers
from saaf.errors import StorageError


class TextStore:
    """Texts by number, in a temporary file that vanishes with the store.

    Args:
        size: Numbers go from 0 to this, excluded.
    """

    def __init__(self, size: int) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="saaf-deduplicate-")  # noqa: SIM115 - closed by close
        self._starts: Indices = np.full(size, -1, np.int64)
        self._lengths: Indices = np.zeros(size, np.int64)
        self._end = 0
        self._mapped: mmap.mmap | None = None

    def add(self, numbers: Indices, texts: pa.Array) -> None:
        """Keep texts.

        Raises:
            StorageError: The disk is full, say.
        """
        data, offsets = text_buffers(texts)
        self._starts[numbers] = offsets[:-1] - offsets[0] + self._end
        self._lengths[numbers] = np.diff(offsets)
        try:
            self._file.write(data[offsets[0] : offsets[-1]].data)
        except OSError as error:
            raise StorageError(
                f"the texts to compare cannot be kept in a temporary file: {error}",
                where=tempfile.gettempdir(),
                next_step="make room there, or name a larger folder with the environment variable TMPDIR",
            ) from error
        self._end += int(offsets[-1] - offsets[0])

    def holds(self, number: int) -> bool:
        """Whether the text of that number has been added."""
        return bool(self._starts[number] >= 0)

    def text(self, number: int) -> Bytes:
        """The UTF-8 bytes of a text."""
        start, length = int(self._starts[number]), int(self._lengths[number])
        if length == 0:
            return np.empty(0, np.uint8)
        if self._mapped is None:
            self._file.flush()
            self._mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(self._mapped, np.uint8, length, start)

    def close(self) -> None:
        """Let go of the file."""
        self._mapped = None  # arrays over it may still be about: the mapping goes with the last of them
        self._file.close()


class ShingleSets:
    """Shingle sets of stored texts: those asked for lately are kept, within a limit.

    Args:
        store: The texts.
        signer: What makes the sets.
        most_bytes: Memory for sets that are kept.
    """

    def __init__(self, store: TextStore, signer: Signer, most_bytes: int = 256 * 1024 * 1024) -> None:
        self._store = store
        self._signer = signer
        self._most_bytes = most_bytes
        self._bytes = 0
        self._sets: OrderedDict[int, ShingleSet] = OrderedDict()

    def __getitem__(self, number: int) -> ShingleSet:
        known = self._sets.get(number)
        if known is not None:
            self._sets.move_to_end(number)
            return known
        made = self._signer.shingle_set(self._store.text(number))
        self._sets[number] = made
        self._bytes += made.nbytes
        while self._bytes > self._most_bytes and len(self._sets) > 2:
            _, oldest = self._sets.popitem(last=False)
            self._bytes -= oldest.nbytes
        return made
