"""From rows to batches: an object's rows are held until the object is done, then join those of others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from saaf.config import IngestConfig
from saaf.ingest.objects import Ingested
from saaf.ingest.spool import storing
from saaf.tables import BRONZE, LEDGER, REJECTED, Table

# An Arrow array of strings holds 2 GiB; text grows threefold at most on its way from bytes to UTF-8.
_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A row of bronze or of rejected.

    Attributes:
        table: The table that it is for.
        values: Value by column.
        size: Bytes of its text in UTF-8, title and address included.
    """

    table: Table
    values: Mapping[str, object]
    size: int = 0


class Rows:
    """Rows that wait to become a batch, within the limits of a batch."""

    def __init__(self, config: IngestConfig) -> None:
        self._most_rows = config.batch_rows
        self._most_bytes = min(config.batch_bytes, _MOST_BYTES)
        self._rows: list[Row] = []
        self._ledger: list[Mapping[str, object]] = []
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._rows or self._ledger)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def has_room(self, size: int) -> bool:
        """Whether a row with so many bytes of text still fits; where there is no row yet, any does."""
        return not self._rows or (len(self._rows) < self._most_rows and self._bytes + size <= self._most_bytes)

    @property
    def has_room_for_ledger(self) -> bool:
        """Whether one more object's row of the ledger fits."""
        return len(self._ledger) < self._most_rows

    def add(self, row: Row) -> None:
        """Add a row of bronze or rejected."""
        self._rows.append(row)
        self._bytes += row.size

    def add_ledger(self, values: Mapping[str, object]) -> None:
        """Add the ledger's row of an object that is done."""
        self._ledger.append(values)

    def take(self) -> Ingested:
        """Make a batch of the rows, and be empty."""
        batch = Ingested(
            BRONZE.batch(row.values for row in self._rows if row.table is BRONZE),
            REJECTED.batch(row.values for row in self._rows if row.table is REJECTED),
            LEDGER.batch(self._ledger),
        )
        self._rows, self._ledger, self._bytes = [], [], 0
        return batch


class Holding:
    """The rows of one object until it is known to be whole: the last batch in memory, those before on disk."""

    def __init__(self, config: IngestConfig) -> None:
        self._config = config
        self.rows = Rows(config)
        self.count = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Holding:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def add(self, row: Row) -> None:
        """Hold a row.

        Raises:
            StorageError: There is no room on disk for the batches that do not fit into memory.
        """
        if not self.rows.has_room(row.size):
            self._put_away(self.rows.take())
        self.rows.add(row)
        self.count += 1

    def drop(self) -> None:
        """Forget all rows: the object has failed."""
        self.rows = Rows(self._config)
        self.count = 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def _put_away(self, batch: Ingested) -> None:
        with storing():
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the holding
            for part in (batch.bronze, batch.rejected):
                message = part.serialize()
                self._file.write(message.size.to_bytes(8))
                self._file.write(message)

    def batches(self) -> Iterator[Ingested]:
        """The batches that were put away. What is in `rows` comes after them."""
        if self._file is None:
            return
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            bronze = self._take_back(self._file, BRONZE)
            yield Ingested(bronze, self._take_back(self._file, REJECTED), LEDGER.batch([]))

    @staticmethod
    def _take_back(file: IO[bytes], table: Table) -> pa.RecordBatch:
        with storing():
            size = int.from_bytes(file.read(8))
            return pa.ipc.read_record_batch(pa.py_buffer(file.read(size)), table.schema)
