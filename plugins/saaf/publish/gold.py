"""Gold from silver: a choice of rows and columns, nothing is computed anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import pyarrow as pa

from saaf.tables import GOLD


def gold_batches(
    silver: Iterable[pa.RecordBatch], kept: Collection[str], *, config_hash: str, ingest_date: str
) -> Iterator[pa.RecordBatch]:
    """Choose the kept documents of silver and give them the columns of gold.

    Args:
        silver: Batches with at least the columns that silver and gold share.
        kept: The ``doc_id`` of every document that goes to gold; an Arrow array of strings will do.
        config_hash: Hash of what decided the run.
        ingest_date: Day of the run, ``YYYY-MM-DD``.

    Yields:
        Batches of table ``gold``, in the order of silver; none for a batch without kept documents.

    Raises:
        ValueError: A column is missing, or holds a null where gold has none.
    """
    wanted = frozenset(kept.to_pylist() if isinstance(kept, pa.Array | pa.ChunkedArray) else kept)
    constants = {"config_hash": config_hash, "ingest_date": ingest_date}
    for batch in silver:
        mask = pa.array([doc_id in wanted for doc_id in batch.column("doc_id").to_pylist()], pa.bool_())
        chosen = batch.filter(mask)
        if chosen.num_rows:
            yield GOLD.conform(_with_constants(chosen, constants))


def _with_constants(batch: pa.RecordBatch, constants: dict[str, str]) -> pa.RecordBatch:
    columns = {name: batch.column(name) for name in batch.schema.names if name in GOLD.names}
    for name, value in constants.items():
        columns[name] = pa.array([value] * batch.num_rows, pa.string())
    return pa.RecordBatch.from_pydict(columns)
