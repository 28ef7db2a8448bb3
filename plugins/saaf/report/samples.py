"""Samples that no order of rows, files or threads changes: those with the smallest keys.

A ``doc_id`` is a hash, so the documents with the smallest ids are also a fair draw.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

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
        if not self.wants(key):
            return
        insort(self._kept, (key, value), key=lambda pair: pair[0])
        del self._kept[self.size :]

    def wants(self, key: str) -> bool:
        """Whether a value with this key would be kept."""
        return self.size > 0 and (len(self._kept) < self.size or key < self._kept[-1][0])

    def offer_rows(self: Smallest[dict[str, Any]], batch: pa.RecordBatch, key: str = "doc_id") -> None:
        """Offer a batch's rows; those that would not be kept are never turned into Python values."""
        if not self.size or not batch.num_rows:
            return
        if len(self._kept) == self.size:
            batch = batch.filter(pc.less(batch.column(key), self._kept[-1][0]))
        chosen = pc.select_k_unstable(batch, min(self.size, batch.num_rows), sort_keys=[(key, "ascending")])
        for row in batch.take(chosen).to_pylist():
            self.offer(row[key], row)

    @property
    def values(self) -> list[T]:
        """The kept values, smallest key first."""
        return [value for _, value in self._kept]


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
