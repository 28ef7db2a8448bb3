"""Objects in, batches of bronze out: one bad object or record costs nothing but itself."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePath

from saaf.config import IngestConfig, SourceConfig
from saaf.errors import StorageError
from saaf.ingest.batching import Holding, Row, Rows
from saaf.ingest.failure import Refusal, refusal_of
from saaf.ingest.fields import FieldNames
from saaf.ingest.formats import INPUT_COMPRESSIONS, INPUT_FORMATS, kind_of
from saaf.ingest.objects import Ingested, InputObject
from saaf.ingest.opening import Taken, take
from saaf.ingest.readers import read_records
from saaf.ingest.records import Defect, Document, Reading, Record
from saaf.ingest.spool import open_spool
from saaf.reasons import Reason
from saaf.tables import BRONZE, REJECTED

STAGE = "ingest"


def read_objects(
    objects: Iterable[InputObject],
    source: SourceConfig,
    config: IngestConfig,
    *,
    run_id: str,
    ingested_at: datetime,
) -> Iterator[Ingested]:
    """Read objects into batches for bronze, rejected and ledger.

    An object is all or nothing: one that fails in its middle gives no row but its ledger row, which
    holds the error. Memory is bounded by a batch and a document, whatever the objects hold. Rows,
    and what is in them, do not depend on the order of the objects; in which batch they are does.

    Args:
        objects: What to read, in the order in which the rows are to come.
        source: The source that they belong to: field names, site.
        config: Limits on objects, records and batches.
        run_id: The run that reads them.
        ingested_at: When the run began; with a time zone.

    Yields:
        Batches of at most `batch_rows` rows a table and `batch_bytes` bytes of text, unless one document has more.
        The ledger row of an object is in the batch that holds the last of its rows, or in a later one.

    Raises:
        StorageError: The folder for temporary files is full: the machine's fault, not an object's.
    """
    reader = _Reader(source, config, run_id=run_id, ingested_at=ingested_at)
    pending = Rows(config)
    for item in objects:
        with Holding(config) as held:
            ledger = reader.read(item, held)
            for batch in held.batches():
                if pending:
                    yield pending.take()
                yield batch
            for row in held.rows:
                if not pending.has_room(row.size):
                    yield pending.take()
                pending.add(row)
        if not pending.has_room_for_ledger:
            yield pending.take()
        pending.add_ledger(ledger)
    if pending:
        yield pending.take()


class _Reader:
    """Reads objects of one source in one run."""

    def __init__(self, source: SourceConfig, config: IngestConfig, *, run_id: str, ingested_at: datetime) -> None:
        self._source = source
        self._config = config
        self._run_id = run_id
        self._ingested_at = ingested_at
        self._names = FieldNames.of(source)

    def read(self, item: InputObject, held: Holding) -> dict[str, object]:
        """Put an object's rows into `held`; where it fails, none. Returns its ledger row."""
        row: dict[str, object] = {
            "uri": item.uri,
            "source": item.source,
            "size": item.size,
            "modified": item.modified,
            "run_id": self._run_id,
        }
        try:
            self._read(item, held, row)
        except StorageError:
            raise
        except Refusal as refusal:
            return self._failed(row, held, refusal)
        except OSError as error:
            return self._failed(row, held, refusal_of(error, item.uri))
        except Exception as error:  # noqa: BLE001 - a fault in one reader must not cost the other objects
            return self._failed(row, held, _fault(error, item.uri))
        return row | {"records": held.count, "status": "read"}

    def _read(self, item: InputObject, held: Holding, row: dict[str, object]) -> None:
        kind = kind_of(PurePath(item.uri).name)
        if kind is None:
            raise unknown_format(item.uri)
        with open_spool() as spool:
            taken = take(item, kind.compression, self._config, spool)
            row |= {"size": taken.size, "modified": taken.modified, "sha256": taken.sha256}
            reading = self._reading(item, taken)
            for record in read_records(kind.format, spool, reading):
                held.add(self._row(record, item))

    def _reading(self, item: InputObject, taken: Taken) -> Reading:
        return Reading(item.uri, taken.size, self._source, self._config, self._names)

    def _failed(self, row: dict[str, object], held: Holding, refusal: Refusal) -> dict[str, object]:
        held.drop()
        return row | {
            "records": 0,
            "status": "error",
            "error": refusal.reason.value,
            "message": refusal.sentence,
        }

    def _row(self, record: Record, item: InputObject) -> Row:
        common: dict[str, object] = {
            "doc_id": record.identity.doc_id,
            "source": item.source,
            "uri": item.uri,
            "record": record.record,
            "run_id": self._run_id,
        }
        if isinstance(record, Document):
            own = self._of_document(record)
            return Row(
                BRONZE, common | own, sum(len(value.encode()) for value in own.values() if isinstance(value, str))
            )
        return Row(REJECTED, common | _of_defect(record))

    def _of_document(self, document: Document) -> dict[str, object]:
        return {
            "raw_sha256": document.identity.raw_sha256,
            "encoding": document.text.encoding,
            "raw_text": document.text.text,
            "url": document.url,
            "site": document.site,
            "given_id": document.given_id,
            "given_title": document.title,
            "given_date": document.date,
            "ingested_at": self._ingested_at,
        }


def _of_defect(defect: Defect) -> dict[str, object]:
    return {
        "stage": STAGE,
        "reason": defect.reason.value,
        "rule": defect.rule,
        "value": defect.value,
        "threshold": defect.threshold,
    }


def unknown_format(uri: str) -> Refusal:
    """A file whose name does not say that Saaf can read it."""
    return Refusal(
        Reason.UNKNOWN_FORMAT,
        "its extension is not one that is read",
        next_step=f"name it {', '.join(INPUT_FORMATS)}, perhaps with {', '.join(INPUT_COMPRESSIONS)} after that",
        where=uri,
    )


def _fault(error: Exception, uri: str) -> Refusal:
    # The exception's text may quote the document, so its type and place must do.
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Refusal(
        Reason.UNREADABLE,
        f"reading it failed: {type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}",
        next_step="this is a fault of Saaf, please report it",
        where=uri,
    )
