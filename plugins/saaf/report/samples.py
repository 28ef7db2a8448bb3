"""Samples that no order of rows, files or threads changes: those with the smallest keys.

A ``doc_id`` is a hash, so the documents with the smallest ids are also a fair draw.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

T = TypeVar("T")


@dataclass
class Smallest(Generic[T]):
    """The values with the smallest keys of all that were offered.

    Args:
        size: How many are kept at most.
    """

    size: int
    _kept: list[tuple[str, T]] = field(default_factory=list)

    def offer(self, key: str, value: T) -> None:
        """Keep a value if its key is among the smallest so far."""
        if self.size < 1 or (len(self._kept) == self.size and key >= self._kept[-1][0]):
            return
        insort(self._kept, (key, value), key=lambda pair: pair[0])
        del self._kept[self.size :]

    @property
    def values(self) -> list[T]:
        """The kept values, smallest key first."""
        return [value for _, value in self._kept]


def smallest_rows(batch: pa.RecordBatch, size: int, *, key: str = "doc_id") -> list[dict[str, object]]:
    """The rows of a batch with the smallest keys, as Python values."""
    if size < 1 or not batch.num_rows:
        return []
    chosen = pc.select_k_unstable(batch, min(size, batch.num_rows), sort_keys=[(key, "ascending")])
    rows: list[dict[str, object]] = batch.take(chosen).to_pylist()
    return rows


def rows_of(batch: pa.RecordBatch, doc_ids: Iterable[str], columns: list[str]) -> list[dict[str, object]]:
    """The rows of certain documents, as Python values; the others are never turned into any."""
    wanted = pa.array(sorted(doc_ids), pa.string())
    if not len(wanted) or not batch.num_rows:
        return []
    found = batch.select(columns).filter(pc.is_in(batch.column("doc_id"), wanted))
    rows: list[dict[str, object]] = found.to_pylist()
    return rows


def starts_of_runs(values: pa.Array) -> list[int]:
    """Where each run of equal neighbours starts, and the length of it all as the last element."""
    if not len(values):
        return [0]
    codes = values.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(values)]
