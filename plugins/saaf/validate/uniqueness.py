"""Repeats over a whole table that is seen a part at a time, in 16 bytes a different value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

_DIGEST = np.dtype("S16")  # compares whole: two digests of one length differ by more than trailing zeros


class Repeats:
    """Counts the rows whose values stand in another row too.

    A value is remembered by its 128-bit xxh3 hash alone: 16 bytes for each different value, and as
    much again while a part is merged in. Rows in which every value is null are left out, as Great
    Expectations does.
    """

    def __init__(self) -> None:
        self._seen: Any = np.empty(0, _DIGEST)
        self._repeated: Any = np.empty(0, _DIGEST)
        self._later = 0
        self.considered = 0

    @property
    def rows(self) -> int:
        """Rows whose values stand in another row too, the first of each among them."""
        return self._later + len(self._repeated)

    def add(self, columns: Sequence[pa.Array]) -> Any:
        """Take a part in.

        Args:
            columns: The columns whose values, taken together, should differ from row to row.

        Returns:
            The numbers of the part's rows that repeat an earlier row, of this part or one before.
        """
        numbers, digests = _digests(columns)
        self.considered += len(digests)
        values, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
        known = np.isin(values, self._seen, assume_unique=True)
        later = np.ones(len(digests), bool)
        later[first[~known]] = False
        self._later += int(later.sum())
        self._repeated = np.union1d(self._repeated, values[inverse[later]])
        # Both halves are sorted, which is what the stable sort is quick at.
        self._seen = np.sort(np.concatenate([self._seen, values[~known]]), kind="stable")
        return numbers[later]


def _digests(columns: Sequence[pa.Array]) -> tuple[Any, Any]:
    """The numbers of the rows that are not all null, and a digest of each."""
    hash_of = xxhash.xxh3_128_digest
    if len(columns) == 1 and pa.types.is_string(columns[0].type):  # ids: a third of the time that any row would take
        there = columns[0].is_valid().to_numpy(zero_copy_only=False)
        hashed = b"".join([hash_of(value.encode()) for value in columns[0].drop_null().to_pylist()])
        return np.flatnonzero(there), np.frombuffer(hashed, _DIGEST)
    numbers: list[int] = []
    digests: list[bytes] = []
    for number, row in enumerate(zip(*(_comparable(column).to_pylist() for column in columns), strict=True)):
        if any(value is not None for value in row):
            numbers.append(number)
            digests.append(hash_of(repr(row).encode()))
    return np.array(numbers, np.int64), np.frombuffer(b"".join(digests), _DIGEST)


def _comparable(column: pa.Array) -> pa.Array:
    """Values of which those that pandas calls equal look the same: NaN is null, and -0.0 is 0.0."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), None, pc.add(column, 0.0))
