"""A run's documents as its stages see them, and what earlier runs took in and kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from saaf.lake import Lake
from saaf.reasons import Reason
from saaf.tables import REJECTED


def without(batches: Iterable[pa.RecordBatch], doc_ids: pa.Array) -> Iterator[pa.RecordBatch]:
    """Batches less the rows of some documents."""
    for batch in batches:
        yield batch.filter(pc.invert(pc.is_in(batch.column("doc_id"), doc_ids))) if len(doc_ids) else batch


def ingested_of(lake: Lake, uris: Collection[str]) -> pa.Array:
    """The doc_ids of all records that earlier runs took from some objects, those not of text aside."""
    wanted = pa.array(sorted(uris), pa.string())
    batches = lake.read("bronze", ["doc_id", "uri"]) if len(wanted) else iter(())
    found = (batch.column("doc_id").filter(pc.is_in(batch.column("uri"), wanted)) for batch in batches)
    return pa.concat_arrays([pa.array([], pa.string()), *found])


def refused(bronze: pa.RecordBatch, doc_ids: pa.Array, reason: Reason, stage: str = "ingest") -> pa.RecordBatch:
    """REJECTED rows for those documents of a batch that are not let in.

    Args:
        bronze: Batch with the columns doc_id, source, uri, record and run_id.
        doc_ids: The documents.
        reason: Why.
        stage: The stage that does not let them in.
    """
    chosen = bronze.filter(pc.is_in(bronze.column("doc_id"), doc_ids))
    rows = chosen.select(["doc_id", "source", "uri", "record", "run_id"]).to_pylist()
    return REJECTED.batch({**row, "stage": stage, "reason": reason} for row in rows)


@dataclass(frozen=True)
class StagedDocuments:
    """The run's candidates, as often as deduplication likes to scan them.

    Attributes:
        read: Reads columns of the candidates from staging.
        priority: Priority of the run's source; or, where they come from several, tells that of a source.
    """

    read: Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
    priority: int | Callable[[str], int]

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The candidates; `earliest` is the publication date, `priority` that of the source."""
        stored = {"earliest": "published"}
        needed = ["source" if name == "priority" else stored.get(name, name) for name in columns]
        for batch in self.read(list(dict.fromkeys(["doc_id", *needed]))):
            arrays = [self._column(batch, name, stored.get(name, name)) for name in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _column(self, batch: pa.RecordBatch, name: str, stored: str) -> pa.Array:
        if name == "priority":
            return self._priorities(batch)
        column = batch.column(stored)
        return column.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")) if name == "earliest" else column

    def _priorities(self, batch: pa.RecordBatch) -> pa.Array:
        if not callable(self.priority):
            return pa.repeat(pa.scalar(self.priority, pa.int64()), batch.num_rows)
        sources = batch.column("source").dictionary_encode()
        known = pa.array([self.priority(name) for name in sources.dictionary.to_pylist()], pa.int64())
        return known.take(sources.indices)


@dataclass(frozen=True)
class LakeHistory:
    """What earlier runs kept, looked up in the lake.

    Attributes:
        lake: The lake.
        settings: Hash of the settings that shape band keys.
    """

    lake: Lake
    settings: str

    def candidates(self, keys: pa.Table) -> pa.Table:
        """The kept documents that share a band key."""
        return self.lake.lookup_index(self.settings, keys)

    def texts(self, doc_ids: pa.Array) -> Iterator[pa.RecordBatch]:
        """The texts of kept documents."""
        yield from self.lake.read("gold", ["doc_id", "text"], doc_ids=set(doc_ids.to_pylist()))
