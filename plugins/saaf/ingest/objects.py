"""What ingest takes and gives: input objects, what a folder holds, batches of what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class InputObject:
    """One file that can be read.

    Attributes:
        uri: Source name and POSIX path within the source: the object's name on every machine.
        source: Name of the source.
        location: Local path or fsspec URL to open.
        size: Bytes as it lies there.
        modified: When it was last changed (UTC); None where the storage does not say.
    """

    uri: str
    source: str
    location: str
    size: int
    modified: datetime | None


@dataclass(frozen=True)
class Discovery:
    """What lies at a source's location.

    Attributes:
        objects: What can be read, sorted by uri.
        refused: Ledger rows of what is not read at all: links that leave the folder, FIFOs, unknown extensions.
        unsettled: Uris left for the next run because they are still being written.
    """

    objects: tuple[InputObject, ...]
    refused: pa.RecordBatch
    unsettled: tuple[str, ...]


@dataclass(frozen=True)
class Ingested:
    """A batch of what was read; each part may be empty.

    Attributes:
        bronze: Documents.
        rejected: Records that did not become documents (stage ``ingest``).
        ledger: The objects that were completed in this batch, well or badly.
    """

    bronze: pa.RecordBatch
    rejected: pa.RecordBatch
    ledger: pa.RecordBatch


def moment(nanoseconds: int) -> datetime | None:
    """A file system's time stamp as UTC, cut to microseconds; None where no calendar reaches it."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
