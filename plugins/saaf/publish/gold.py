"""Gold from silver: a choice of rows and columns, nothing is computed anew."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from saaf.tables import GOLD


def gold_batches(
    silver: Iterable[pa.RecordBatch],
    kept: Iterable[str] | pa.Array,
    *,
    config_hash: str | Mapping[str, str],
    ingest_date: str,
) -> Iterator[pa.RecordBatch]:
    """Choose the kept documents of silver and give them the columns of gold.

    Args:
        silver: Batches with at least the columns that silver and gold share.
        kept: The ``doc_id`` of every document that goes to gold; an Arrow array of strings is taken as sorted.
        config_hash: Hash of what decided the run; or that of each source, where they differ.
        ingest_date: Day of the run, ``YYYY-MM-DD``.

    Yields:
        Batches of table ``gold``, in the order of silver; none for a batch without kept documents.

    Raises:
        ValueError: A column is missing, or holds a null where gold has none.
    """
    ordered = kept if isinstance(kept, pa.Array) else pa.array(sorted(kept), pa.string())
    for batch in silver:
        doc_ids = batch.column("doc_id")
        chosen = batch.filter(pc.is_in(doc_ids, value_set=_between(ordered, doc_ids)))
        if chosen.num_rows:
            yield GOLD.conform(_with_constants(chosen, config_hash, ingest_date))


def _between(ordered: pa.Array, doc_ids: pa.Array) -> pa.Array:
    """Those of many sorted ids that can be among a few: a batch is asked for without a set of all of them."""
    if not len(doc_ids):
        return ordered.slice(0, 0)
    bounds = pc.min_max(doc_ids).as_py()
    first = bisect_left(range(len(ordered)), bounds["min"], key=lambda place: ordered[place].as_py())
    behind = bisect_right(range(len(ordered)), bounds["max"], key=lambda place: ordered[place].as_py())
    return ordered.slice(first, behind - first)


def _with_constants(batch: pa.RecordBatch, config_hash: str | Mapping[str, str], ingest_date: str) -> pa.RecordBatch:
    columns = {name: batch.column(name) for name in batch.schema.names if name in GOLD.names}
    if isinstance(config_hash, str):
        hashes = [config_hash] * batch.num_rows
    else:
        hashes = [config_hash[source] for source in batch.column("source").to_pylist()]
    columns["config_hash"] = pa.array(hashes, pa.string())
    columns["ingest_date"] = pa.array([ingest_date] * batch.num_rows, pa.string())
    return pa.RecordBatch.from_pydict(columns)
