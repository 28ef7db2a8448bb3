"""Where an object's decompressed bytes wait until all of them are known to be there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from saaf.errors import StorageError

_IN_MEMORY = 8 * 1024 * 1024
_CHUNK = 1024 * 1024


class Spool:
    """A file without a name: in memory while it is small, then in the folder for temporary files.

    Attributes:
        file: The bytes. Readers seek in it as they like.
        size: Bytes that were written.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            StorageError: There is no room. That is the machine's fault, not the object's.
        """
        with storing():
            self.file.write(data)
        self.size += len(data)

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` on, a mebibyte at a time."""
        self.file.seek(start)
        while chunk := self.file.read(_CHUNK):
            yield chunk


@contextmanager
def open_spool() -> Iterator[Spool]:
    """A new, empty spool, gone at the end."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        yield Spool(file)


@contextmanager
def storing() -> Iterator[None]:
    """Tell a failure of the temporary storage from one of the input."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the folder for temporary files cannot be written to: {error.strerror or error}",
            where=tempfile.gettempdir(),
            next_step="make room there, or set TMPDIR to a larger place, and run again",
        ) from error
