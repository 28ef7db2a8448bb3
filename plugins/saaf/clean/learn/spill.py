"""Rows on disk, spread over files by a hash, so that memory holds one file at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BUFFER_ROWS = 1 << 14


class Spill:
    """Rows whose first column is a 64-bit hash; rows of one hash come back together.

    Args:
        folder: An existing folder for the files.
        columns: Names and numpy types; the first must be a `uint64`.
        partitions: Files to spread over.
    """

    def __init__(self, folder: Path, columns: list[tuple[str, str]], partitions: int) -> None:
        import numpy as np

        self._dtype = np.dtype(columns)
        self._key = columns[0][0]
        self._partitions = partitions
        self._files = [folder / f"{number:04d}.rows" for number in range(partitions)]
        self._rows: list[tuple[Any, ...]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Take rows, each a tuple in the order of the columns."""
        self._rows.extend(rows)
        if len(self._rows) >= _BUFFER_ROWS:
            self._flush()

    def read(self) -> Iterator[NDArray[np.void]]:
        """The rows of each file that holds any, in the order in which they came."""
        import numpy as np

        self._flush()
        for file in self._files:
            if file.exists():
                yield np.fromfile(file, self._dtype)

    def _flush(self) -> None:
        import numpy as np

        if not self._rows:
            return
        rows = np.array(self._rows, self._dtype)
        self._rows = []
        # The low bits: the high ones of a hash may have been used to order it.
        place = rows[self._key] % np.uint64(self._partitions)
        order = np.argsort(place, kind="stable")
        bounds = np.searchsorted(place[order], np.arange(self._partitions + 1))
        for number in range(self._partitions):
            if bounds[number] < bounds[number + 1]:
                with self._files[number].open("ab") as file:
                    rows[order[bounds[number] : bounds[number + 1]]].tofile(file)
