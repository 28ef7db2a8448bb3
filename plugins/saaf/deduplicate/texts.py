"""The texts that have to be compared: in memory while they are few, else in a temporary file."""

from __future__ import annotations

import mmap
from typing import IO

import numpy as np
import pyarrow as pa

from saaf.deduplicate.kernels import Bytes, Indices, Texts
from saaf.deduplicate.signatures import text_buffers
from saaf.deduplicate.spill import on_disk, temporary_file


class FirstTexts:
    """The texts of the first scan, as long as all of them fit into memory.

    Args:
        most_bytes: Text that is held; where there is more, none is, and the documents are scanned again.

    Attributes:
        data: UTF-8 bytes of the texts, one after another.
        starts: Where each begins, by batch.
        end: Where the last ends; -1 where texts are not held.
    """

    def __init__(self, most_bytes: int) -> None:
        self.data: Bytes = np.empty(most_bytes, np.uint8)  # the system gives memory as it is written to
        self.starts: list[Indices] = []
        self.end = 0

    @property
    def held(self) -> bool:
        """Whether all texts so far are in memory."""
        return self.end >= 0

    def add(self, texts: pa.Array) -> None:
        """Take the next batch's texts, an array of string or large_string."""
        if not self.held:
            return
        data, offsets = text_buffers(texts)
        added = data[offsets[0] : offsets[-1]]
        if self.end + added.size > self.data.size:
            self.let_go()
            return
        self.data[self.end : self.end + added.size] = added
        self.starts.append(offsets[:-1] - offsets[0] + self.end)
        self.end += added.size

    def let_go(self) -> None:
        """Hold no texts any more."""
        self.data, self.starts, self.end = np.empty(0, np.uint8), [], -1

    def places(self) -> Indices:
        """Where each text begins, and the end of the last."""
        return np.concatenate([*self.starts, np.array([self.end])])


class TextStore:
    """Texts by number, added in any order and then read.

    Args:
        count: Numbers go from 0 to this, excluded.
        most_bytes: Text that is held in memory; more of it waits in a temporary file, which vanishes
            with the store.
    """

    def __init__(self, count: int, most_bytes: int) -> None:
        self._starts: Indices = np.full(count, -1, np.int64)
        self._lengths: Indices = np.zeros(count, np.int64)
        self._held: Bytes = np.empty(most_bytes, np.uint8)  # the system gives memory as it is written to
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        self._end = 0

    def adopt(self, first: FirstTexts, numbers: Indices, places: Indices) -> None:
        """Take over the texts of the first scan, before any other is added.

        Args:
            first: The texts; they are held, and are let go of here.
            numbers: A number for each text that is wanted.
            places: Its place in the scan.
        """
        bounds = first.places()
        self._starts[numbers] = bounds[places]
        self._lengths[numbers] = bounds[places + 1] - bounds[places]
        self._held, self._held_bytes, self._end = first.data, first.end, first.end
        first.let_go()

    def add(self, numbers: Indices, texts: pa.Array) -> None:
        """Keep texts.

        Args:
            numbers: A number for each text.
            texts: An array of string or large_string.

        Raises:
            StorageError: There is no room for the temporary file.
        """
        data, offsets = text_buffers(texts)
        self._starts[numbers] = offsets[:-1] - offsets[0] + self._end
        self._lengths[numbers] = np.diff(offsets)
        added = data[offsets[0] : offsets[-1]]
        self._end += added.size
        if self._held_bytes + added.size > self._held.size:
            self._write(self._held[: self._held_bytes])
            self._held_bytes = 0
        if added.size > self._held.size:
            self._write(added)
        else:
            self._held[self._held_bytes : self._held_bytes + added.size] = added
            self._held_bytes += added.size

    def _write(self, part: Bytes) -> None:
        with on_disk("the texts to compare"):
            if self._file is None:
                self._file = temporary_file()
            self._file.write(part.data)
            self._file.flush()

    def missing(self) -> Indices:
        """Numbers whose texts have not been added."""
        return np.flatnonzero(self._starts < 0)

    def read(self) -> Texts:
        """All texts; good until the store is closed."""
        data = self._held[: self._held_bytes]
        if self._file is not None:
            self._write(data)
            self._held_bytes = 0
            data = np.frombuffer(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
        data = data.view()
        data.flags.writeable = False
        return Texts(data, self._starts, self._lengths)

    def close(self) -> None:
        """Let go of the texts."""
        self._held = np.empty(0, np.uint8)
        if self._file is not None:
            self._file.close()  # a mapping that is still about outlives it
