"""Why one document is as it is: what was removed, by which rule, and where it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from saaf.reasons import Reason


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class RemovedSpan(_Part):
    """A span of the raw text that a rule took out, in code points."""

    start: int
    end: int
    rule: str
    kind: str


class Copy(_Part):
    """A verified pair that the document is the copy in."""

    kept_id: str
    similarity: float
    method: str
    dropped: bool


class Explanation(_Part):
    """All that the lake knows of one document."""

    doc_id: str
    source: str
    uri: str
    record: int
    fate: str
    """`gold`, or the code of the reason for which it was rejected."""
    fate_sentence: str
    run_id: str | None
    stage: str | None = None
    """Stage that rejected it."""
    rule: str | None = None
    """Rule, signal or expectation that decided."""
    value: str | None = None
    threshold: str | None = None
    kept_id: str | None = None
    similarity: float | None = None
    copies: tuple[Copy, ...] = ()
    raw_text: str | None = None
    """None for a record that ingest rejected: it never became a text."""
    encoding: str | None = None
    ingested_at: datetime | None = None
    url: str | None = None
    site: str | None = None
    text: str | None = None
    removed: tuple[RemovedSpan, ...] = ()
    title: str | None = None
    language: str | None = None
    language_score: float | None = None
    page_date: date | None = None
    published: date | None = None
    agency: str | None = None
    section: str | None = None
    author: str | None = None
    captions: tuple[str, ...] = ()
    n_words: int | None = None
    removed_share: float | None = None
    config_hash: str | None = None
    """Hash of what decided; known of documents in gold."""
    ingest_date: str | None = None

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What is known beside the text, as names and values in the order to show them."""
        names = (
            *("stage", "rule", "value", "threshold", "kept_id", "similarity", "source", "site", "url", "encoding"),
            *("title", "language", "language_score", "page_date", "published", "agency", "section", "author"),
            *("n_words", "removed_share", "ingested_at", "ingest_date", "run_id", "config_hash"),
        )
        found = [(name, _shown(value)) for name in names if (value := getattr(self, name)) is not None]
        copies = [("copy of", f"{c.kept_id} ({c.method}, similarity {c.similarity:.3f})") for c in self.copies]
        return (*found, *copies, *(("caption", caption) for caption in self.captions))

    def segments(self) -> Iterator[tuple[str, RemovedSpan | None]]:
        """The raw text in pieces, in order: what stayed (None) and what was removed (its span)."""
        raw, position = self.raw_text or "", 0
        for span in self.removed:
            if span.start > position:
                yield raw[position : span.start], None
            yield raw[span.start : span.end], span
            position = span.end
        if position < len(raw):
            yield raw[position:], None


def explain(
    doc_id: str,
    *,
    bronze: Iterable[pa.RecordBatch],
    silver: Iterable[pa.RecordBatch],
    rejected: Iterable[pa.RecordBatch],
    duplicates: Iterable[pa.RecordBatch],
    gold: Iterable[pa.RecordBatch],
) -> Explanation | None:
    """Put together what the tables say of one document.

    Args:
        doc_id: The document; rows of others are passed over.
        bronze: Rows of BRONZE.
        silver: Rows of SILVER.
        rejected: Rows of REJECTED.
        duplicates: Rows of DUPLICATES.
        gold: Rows of GOLD.

    Returns:
        None where no table knows the document.
    """
    raw, clean, refused, kept = (_row(doc_id, batches) for batches in (bronze, silver, rejected, gold))
    if not raw and not refused:
        return None
    fate = {"fate": "unaccounted", "fate_sentence": "It is neither in gold nor rejected: a fault of Saaf."}
    if kept:
        fate = {"fate": "gold", "fate_sentence": "It is in gold."}
    elif refused:
        fate = {"fate": refused["reason"], "fate_sentence": _sentence(refused["reason"])}
    from saaf.clean.pii import KIND, blot

    known = {**refused, **raw, **clean, **kept}
    if any(span["kind"] == KIND for span in known.get("removed", ())):
        known["raw_text"] = blot(known["raw_text"])  # what was masked is not shown by the way
    verdict = {name: refused.get(name) for name in ("stage", "rule", "value", "threshold", "kept_id", "similarity")}
    copies = tuple(Copy.model_validate(row) for row in _rows(doc_id, duplicates))
    return Explanation.model_validate({**known, **(verdict if not kept else {}), **fate, "copies": copies})


def _row(doc_id: str, batches: Iterable[pa.RecordBatch]) -> dict[str, Any]:
    """The last row of a document: a rebuild's row stands after the one that it replaces."""
    row: dict[str, Any] = {}
    for row in _rows(doc_id, batches):  # noqa: B007
        pass
    return row


def _rows(doc_id: str, batches: Iterable[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    import pyarrow.compute as pc

    for batch in batches:
        yield from batch.filter(pc.equal(batch.column("doc_id"), doc_id)).to_pylist()


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _sentence(code: str) -> str:
    try:
        return Reason(code).sentence
    except ValueError:
        return code
