"""How deduplication sees a run's documents, and what earlier runs kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from saaf.lake import Lake


@dataclass(frozen=True)
class StagedDocuments:
    """The run's candidates, as often as deduplication likes to scan them.

    Attributes:
        read: Reads columns of the candidates from staging.
        priority: Priority of the run's source.
    """

    read: Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
    priority: int

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The candidates; `earliest` is the publication date, `priority` that of the source."""
        stored = {"earliest": "published"}
        needed = [stored.get(name, name) for name in columns if name != "priority"]
        for batch in self.read(list(dict.fromkeys(["doc_id", *needed]))):
            arrays = [self._column(batch, name, stored.get(name, name)) for name in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _column(self, batch: pa.RecordBatch, name: str, stored: str) -> pa.Array:
        if name == "priority":
            return pa.repeat(pa.scalar(self.priority, pa.int64()), batch.num_rows)
        column = batch.column(stored)
        return column.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")) if name == "earliest" else column


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
