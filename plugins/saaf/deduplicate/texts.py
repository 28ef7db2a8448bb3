"""The texts that have to be compared, folded: in a temporary file, which is read as memory."""

from __future__ import annotations

import mmap
import threading
from typing import NamedTuple

import numpy as np

from saaf.deduplicate.kernels import Bytes, Indices, Texts
from saaf.deduplicate.memory import unused_bytes
from saaf.deduplicate.spill import on_disk, temporary_file, write_at


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


class CodeFile:
    """Codes of texts, one after another, in a file without a name. Threads may append at the same time.

    A file, and not an array: the system keeps what is written to a file in memory while there is room, in pieces as large
    as what is written. An array is asked for page by page of 4 KB, which takes three times as long, and can never make way.

    Attributes:
        size: Bytes so far.
    """

    def __init__(self) -> None:
        self.size = 0
        self._growing = threading.Lock()
        with on_disk(_WHAT):
            self._file = temporary_file()

    def append(self, codes: Bytes) -> int:
        """Write codes behind all others; returns where they begin.

        Raises:
            StorageError: There is no room for them.
        """
        with self._growing:
            start = self.size
            self.size += codes.size
        with on_disk(_WHAT):
            write_at(self._file, start, codes)
        return start

    def read(self) -> Bytes:
        """All codes, once nothing is appended any more; good as long as they are needed, whether the file is closed or not.

        Raises:
            StorageError: The file cannot be read as memory.
        """
        if not self.size:
            return np.empty(0, np.uint8)
        with on_disk(_WHAT):
            mapped = mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, np.uint8)

    def close(self) -> None:
        """Let go of the file: it vanishes when nothing reads it any more."""
        self._file.close()


_WHAT = "the texts to compare"


class FirstTexts:
    """The texts of the first scan, as long as they are not too many. Threads may write and add at the same time.

    Args:
        most_bytes: Bytes of codes; where there are more, none is held, and the documents are scanned again.

    Attributes:
        codes: The codes of the texts; see :class:`saaf.deduplicate.kernels.Page`.
        held: Whether all texts so far are among them.
    """

    def __init__(self, most_bytes: int) -> None:
        self.codes = CodeFile()
        self.held = True
        self._most_bytes = most_bytes
        self._own = threading.local()

    def room(self, size: int) -> Bytes:
        """Room for so many bytes of codes, the calling thread's own until it asks again."""
        room: Bytes = getattr(self._own, "room", _NO_CODES)
        if room.size < size:
            room = self._own.room = unused_bytes(size)
        return room

    def add(self, codes: Bytes, bounds: Indices, text_bytes: Indices) -> Taken:
        """Take some texts.

        Args:
            codes: Their codes.
            bounds: Where each begins in them, and the end of the last.
            text_bytes: Bytes of UTF-8 of each.

        Returns:
            Where they are now, as long as texts are held.

        Raises:
            StorageError: There is no room for the temporary file.
        """
        if self.codes.size + codes.size > self._most_bytes:
            self.held = False  # for good: what this thread leaves out no other can make up for
        start = self.codes.append(codes) if self.held else 0
        return Taken(bounds[:-1] + start, np.diff(bounds), text_bytes)

    def close(self) -> None:
        """Let go of the texts."""
        self.codes.close()


_NO_CODES = np.empty(0, np.uint8)


class TextStore:
    """Folded texts by number, added in any order and then read.

    Args:
        count: Numbers go from 0 to this, excluded.
        first: The codes of the first scan's texts, where they are held: the store's from now on.
    """

    def __init__(self, count: int, first: CodeFile | None = None) -> None:
        self._starts: Indices = np.full(count, -1, np.int64)
        self._sizes: Indices = np.zeros(count, np.int64)
        self._text_bytes: Indices = np.zeros(count, np.int64)
        self._codes = first or CodeFile()

    def place(self, numbers: Indices, taken: Taken) -> None:
        """Number texts of the first scan.

        Args:
            numbers: A number for each.
            taken: Where each is.
        """
        self._starts[numbers], self._sizes[numbers], self._text_bytes[numbers] = taken

    def add(self, numbers: Indices, codes: Bytes, bounds: Indices, text_bytes: Indices) -> None:
        """Keep more texts.

        Args:
            numbers: A number for each.
            codes: Their codes.
            bounds: Where each begins in them, and the end of the last.
            text_bytes: Bytes of UTF-8 of each.

        Raises:
            StorageError: There is no room for the temporary file.
        """
        self.place(numbers, Taken(bounds[:-1] + self._codes.append(codes), np.diff(bounds), text_bytes))

    def missing(self) -> Indices:
        """Numbers whose texts have not been added."""
        return np.flatnonzero(self._starts < 0)

    def read(self) -> Texts:
        """All texts, once all have been added."""
        return Texts(self._codes.read(), self._starts, self._sizes, self._text_bytes)

    def close(self) -> None:
        """Let go of the texts."""
        self._codes.close()
