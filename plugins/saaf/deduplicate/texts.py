"""The texts that have to be compared, folded: in memory while they are few, else in a temporary file."""

from __future__ import annotations

import mmap
import threading
from typing import IO, NamedTuple

import numpy as np

from saaf.deduplicate.kernels import Bytes, Indices, Texts
from saaf.deduplicate.memory import unused_bytes
from saaf.deduplicate.spill import on_disk, temporary_file


class Taken(NamedTuple):
    """Where some texts are, one number a text in each array.

    Attributes:
        starts: Where each begins.
        sizes: Bytes of its codes.
        text_bytes: Bytes of UTF-8 that it was folded from.
    """

    starts: Indices
    sizes: Indices
    text_bytes: Indices


_SHARES = 64
"""What threads are given at a time is one of so many parts of all room, or what they need."""


class FirstTexts:
    """The texts of the first scan, as long as all of them fit into memory. Threads may write and add at the same time.

    Args:
        most_bytes: Room for codes; where they need more, none is held, and the documents are scanned again.

    Attributes:
        codes: The codes of the texts; see :class:`saaf.deduplicate.kernels.Page`.
        end: Where the room that threads have been given ends; -1 where texts are not held.
    """

    def __init__(self, most_bytes: int) -> None:
        self.codes: Bytes = unused_bytes(most_bytes)
        self.end = 0
        self._giving = threading.Lock()
        self._own = threading.local()

    @property
    def held(self) -> bool:
        """Whether all texts so far are in memory."""
        return self.end >= 0

    def room(self, size: int) -> Bytes:
        """Room for so many bytes of codes, for the calling thread to write to before it adds them; none if none is held.

        What is written here need not be moved. A thread is given more at a time than one batch needs: what it leaves is
        begun with at its next batch, and takes up no memory before.
        """
        start, stop = self._rest(size)
        return self.codes[start:stop]

    def _rest(self, size: int) -> tuple[int, int]:
        """What the calling thread has left, with room for so many bytes; nothing if none is held."""
        start, stop = getattr(self._own, "rest", (0, 0))
        if stop - start < size:
            start, stop = self._own.rest = self._give(max(size, self.codes.size // _SHARES))
        return start, stop

    def _give(self, size: int) -> tuple[int, int]:
        with self._giving:
            if self.held and self.end + size > self.codes.size:
                self.let_go()
            start = self.end
            self.end += size if self.held else 0
        return (start, start + size) if start >= 0 else (0, 0)

    def add(self, codes: Bytes, bounds: Indices, text_bytes: Indices) -> Taken:
        """Take some texts.

        Args:
            codes: Their codes, written to the room that the calling thread was given last, or elsewhere.
            bounds: Where each begins in them, and the end of the last.
            text_bytes: Bytes of UTF-8 of each.

        Returns:
            Where they are now, as long as texts are held.
        """
        start, stop = self._rest(codes.size)
        room = self.codes[start : start + codes.size]
        if self.held and room.size:
            if codes.ctypes.data != room.ctypes.data:
                room[:] = codes
            self._own.rest = start + codes.size, stop
        return Taken(bounds[:-1] + start, np.diff(bounds), text_bytes)

    def let_go(self) -> None:
        """Hold no texts any more."""
        self.codes, self.end = np.empty(0, np.uint8), -1


class TextStore:
    """Folded texts by number, added in any order and then read.

    Args:
        count: Numbers go from 0 to this, excluded.
        most_bytes: Codes that are held in memory; more of them wait in a temporary file, which vanishes
            with the store.
    """

    def __init__(self, count: int, most_bytes: int) -> None:
        self._starts: Indices = np.full(count, -1, np.int64)
        self._sizes: Indices = np.zeros(count, np.int64)
        self._text_bytes: Indices = np.zeros(count, np.int64)
        self._held: Bytes = unused_bytes(most_bytes)
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        self._end = 0

    def adopt(self, first: FirstTexts, numbers: Indices, taken: Taken) -> None:
        """Take over the texts of the first scan, before any other is added.

        Args:
            first: The texts; they are held, and are let go of here.
            numbers: A number for each text that is wanted.
            taken: Where each of these is.
        """
        self._starts[numbers], self._sizes[numbers], self._text_bytes[numbers] = taken
        self._held, self._held_bytes, self._end = first.codes, first.end, first.end
        first.let_go()

    def add(self, numbers: Indices, codes: Bytes, bounds: Indices, text_bytes: Indices) -> None:
        """Keep texts.

        Args:
            numbers: A number for each text.
            codes: Their codes.
            bounds: Where each begins in them, and the end of the last.
            text_bytes: Bytes of UTF-8 of each.

        Raises:
            StorageError: There is no room for the temporary file.
        """
        self._starts[numbers] = bounds[:-1] + self._end
        self._sizes[numbers] = np.diff(bounds)
        self._text_bytes[numbers] = text_bytes
        self._end += codes.size
        if self._held_bytes + codes.size > self._held.size:
            self._write(self._held[: self._held_bytes])
            self._held_bytes = 0
        if codes.size > self._held.size:
            self._write(codes)
        else:
            self._held[self._held_bytes : self._held_bytes + codes.size] = codes
            self._held_bytes += codes.size

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
        return Texts(data, self._starts, self._sizes, self._text_bytes)

    def close(self) -> None:
        """Let go of the texts."""
        self._held = np.empty(0, np.uint8)
        if self._file is not None:
            self._file.close()  # a mapping that is still about outlives it
