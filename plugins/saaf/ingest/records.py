"""What readers give: documents, and records that cannot become documents."""

from __future__ import annotations

from dataclasses import dataclass

from saaf.config import IngestConfig, SourceConfig
from saaf.ingest.decoding import Decoded, repaired
from saaf.ingest.fields import FieldNames, site_of
from saaf.ingest.identity import Identity
from saaf.reasons import Reason


@dataclass(frozen=True)
class Reading:
    """The circumstances in which one object is read.

    Attributes:
        uri: Name of the object.
        size: Its bytes as they lie there, compressed or not.
        source: The source that it belongs to.
        config: Limits.
        names: What fields are called.
    """

    uri: str
    size: int
    source: SourceConfig
    config: IngestConfig
    names: FieldNames


@dataclass(frozen=True, slots=True)
class Document:
    """A record that has text.

    Attributes:
        record: Number of the record in its object, from 0.
        identity: Id and hash.
        text: The text and how it was decoded.
        given_id: Id that the record gives itself.
        title: Title that the record gives.
        url: Address that the record gives.
        date: Publication date as the record gives it.
        site: Site that the record gives, the source has, or the address is of.
    """

    record: int
    identity: Identity
    text: Decoded
    given_id: str | None = None
    title: str | None = None
    url: str | None = None
    date: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Defect:
    """A record that does not become a document.

    Attributes:
        record: Number of the record in its object, from 0.
        identity: Id and hash.
        reason: `MALFORMED_RECORD`, `NO_TEXT` or `DOCUMENT_TOO_LARGE`.
        rule: What it does not meet: `json`, `columns`, `encoding` ...
        value: What was found and where; never the record's text.
        threshold: The limit, where there is one.
    """

    record: int
    identity: Identity
    reason: Reason
    rule: str | None = None
    value: str | None = None
    threshold: str | None = None


Record = Document | Defect


def too_large(record: int, identity: Identity, size: int, reading: Reading) -> Defect:
    """A record of more bytes than the limit."""
    return Defect(
        record,
        identity,
        Reason.DOCUMENT_TOO_LARGE,
        rule="max_document_bytes",
        value=str(size),
        threshold=str(reading.config.max_document_bytes),
    )


def document(
    record: int, identity: Identity, text: Decoded, given: dict[str, str | None], reading: Reading
) -> Document:
    """A document of a record that has fields."""
    return Document(
        record,
        identity,
        text,
        given_id=given["id"],
        title=_repaired_title(given["title"]),
        url=given["url"],
        date=given["date"],
        site=site_of(given["site"], reading.source, given["url"]),
    )


def _repaired_title(title: str | None) -> str | None:
    return None if title is None else repaired(title, "").text
