"""Sorting rows of any number in bounded memory: sorted runs on disk, merged.

The order is total: rows that agree in the sort columns are ordered by all their values, so the same rows
give the same order however they arrive.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from saaf.lake.storage import FileWriter, Storage, naming, scratch_name
from saaf.tables import Table

SORT_BYTES = 128 * 1024 * 1024
"""Rows that are sorted in memory at a time; what is more goes to disk as sorted runs."""

_RUN_BATCH_BYTES = 1024 * 1024
"""Bytes of a batch in a run: a merge holds about one for each run."""

_RUN_BATCH_ROWS = 4096

Key = tuple[tuple[bool, Any], ...]


def sort_rows(batch: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """Sort one batch; nulls come last, ties are ordered by all columns."""
    import pyarrow.compute as pc

    if batch.num_rows < 2:
        return batch
    order = pc.sort_indices(batch, sort_keys=_sort_keys(table))
    return _order_ties(batch.take(order), table)


def is_sorted(batch: pa.RecordBatch, table: Table) -> bool:
    """Whether the rows stand in the order of the sort columns."""
    import pyarrow.compute as pc

    order = pc.sort_indices(batch.select(list(table.sort_by)), sort_keys=_sort_keys(table))
    return bool(np.array_equal(order.to_numpy(), np.arange(batch.num_rows)))


def _sort_keys(table: Table) -> list[tuple[str, str, str]]:
    return [(name, "ascending", "at_end") for name in table.sort_by]


def row_key(batch: pa.RecordBatch, row: int, table: Table) -> Key:
    """The sort columns of one row, comparable in Python as Arrow compares them, nulls last."""
    values = (batch.column(name)[row].as_py() for name in table.sort_by)
    return tuple((value is None, value) for value in values)


def sorted_batches(
    batches: Iterable[pa.RecordBatch], table: Table, *, storage: Storage, scratch: Path, sort_bytes: int = SORT_BYTES
) -> Iterator[pa.RecordBatch]:
    """Give back all rows in the table's order.

    Args:
        batches: Batches with the table's schema, each small enough for memory.
        table: Says what to sort by.
        storage: Where runs are written.
        scratch: Folder for runs, which exists; they are removed at the end.
        sort_bytes: Bytes of rows to sort in memory.

    Yields:
        Batches; their size means nothing.
    """
    runs: list[Path] = []
    try:
        rest = None
        for chunk in _chunks(batches, sort_bytes):
            if rest is not None:
                runs.append(_spill(rest, storage, scratch))
            rest = sort_rows(chunk, table)
        if rest is None:
            return
        if not runs:
            yield rest
            return
        runs.append(_spill(rest, storage, scratch))
        rest = None
        yield from _merge([_read_run(storage, path) for path in runs], table)
    finally:
        for path in runs:
            storage.remove_file(path)


def _chunks(batches: Iterable[pa.RecordBatch], sort_bytes: int) -> Iterator[pa.RecordBatch]:
    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        waiting.append(batch)
        size += batch.nbytes
        if size >= sort_bytes:
            yield _one(waiting)
            waiting, size = [], 0
    if waiting:
        yield _one(waiting)


def _one(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _spill(batch: pa.RecordBatch, storage: Storage, scratch: Path) -> Path:
    path = scratch_name(scratch)
    rows = max(1, min(_RUN_BATCH_ROWS, batch.num_rows * _RUN_BATCH_BYTES // max(1, batch.nbytes)))
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with FileWriter(storage, path) as file:
        with pa.ipc.new_stream(file, batch.schema, options=options) as writer:
            writer.write_table(pa.Table.from_batches([batch]), max_chunksize=rows)
        file.flush()
    return path


def _read_run(storage: Storage, path: Path) -> Iterator[pa.RecordBatch]:
    with naming(path), storage.open_read(path) as file, pa.ipc.open_stream(file) as reader:
        yield from reader


@dataclass
class _Head:
    """Where a merge stands in one run: the rows at hand, and whether more follow."""

    rows: pa.RecordBatch
    run: Iterator[pa.RecordBatch]
    upcoming: pa.RecordBatch | None

    @classmethod
    def of(cls, run: Iterator[pa.RecordBatch]) -> _Head:
        return cls(next(run), run, next(run, None))

    def take_below(self, bound: Key, table: Table) -> pa.RecordBatch:
        cut = bisect_left(range(self.rows.num_rows), bound, key=lambda row: row_key(self.rows, row, table))
        taken, self.rows = self.rows.slice(0, cut), self.rows.slice(cut)
        return taken

    def advance(self) -> None:
        if self.upcoming is not None:
            self.rows = _one([self.rows, self.upcoming])
            self.upcoming = next(self.run, None)


def _merge(runs: Iterable[Iterator[pa.RecordBatch]], table: Table) -> Iterator[pa.RecordBatch]:
    """Merge sorted runs: all rows below the smallest last key at hand are complete, ties included."""
    heads = [_Head.of(run) for run in runs]
    while bounds := [row_key(h.rows, h.rows.num_rows - 1, table) for h in heads if h.upcoming is not None]:
        bound = min(bounds)
        parts = [head.take_below(bound, table) for head in heads]
        if parts := [part for part in parts if part.num_rows]:
            yield sort_rows(_one(parts), table)
        for head in heads:
            if head.upcoming is not None and row_key(head.rows, head.rows.num_rows - 1, table) == bound:
                head.advance()
        heads = [head for head in heads if head.rows.num_rows]
    if heads:
        yield sort_rows(_one([head.rows for head in heads]), table)


def _order_ties(batch: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """Order rows that agree in the sort columns by all their values."""
    tied = _same_as_next(batch, table)
    if not tied.any():
        return batch
    order = np.arange(batch.num_rows)
    rows = np.flatnonzero(np.concatenate([[False], tied]) | np.concatenate([tied, [False]]))
    keys = {int(row): _canonical(batch, int(row)) for row in rows}
    starts = rows[~np.concatenate([[False], tied])[rows]]
    for start in starts:
        end = int(start) + 1
        while end < batch.num_rows and tied[end - 1]:
            end += 1
        order[start:end] = sorted(range(int(start), end), key=keys.__getitem__)
    return batch.take(pa.array(order))


def _same_as_next(batch: pa.RecordBatch, table: Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    import pyarrow.compute as pc

    same = np.ones(batch.num_rows - 1, dtype=bool)
    for name in table.sort_by:
        column = batch.column(name)
        here, following = column.slice(0, batch.num_rows - 1), column.slice(1)
        both_null = pc.and_(pc.is_null(here), pc.is_null(following))
        equal = pc.or_(pc.fill_null(pc.equal(here, following), False), both_null)
        same &= equal.to_numpy(zero_copy_only=False)
    return same


def _canonical(batch: pa.RecordBatch, row: int) -> str:
    return json.dumps([column[row].as_py() for column in batch.columns], default=str)
