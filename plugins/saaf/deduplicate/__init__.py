"""Deduplication: which of the new documents are copies, of one another or of what gold holds.

The stage is a function of Arrow batches: it reads documents and history through the two protocols
below and returns verdicts. How it decides, and why so, stands in ``docs/dedup.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from saaf.config import DeduplicateConfig

__all__ = ["Documents", "History", "NoHistory", "Verdicts", "deduplicate", "warm_up"]


class Documents(Protocol):
    """The run's new documents."""

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Give the documents' columns, in the same order of rows each time.

        The columns asked for are among doc_id, text, source, uri (strings), record, priority, n_chars
        (int64), earliest (timestamp[us, UTC]) and, where the order of the keep policy names quality,
        stopword_share and duplicate_line_share (float64). Only earliest and these two may hold nulls. A
        batch may lack `record`, which then counts as 0.
        """
        ...


class History(Protocol):
    """What earlier runs kept."""

    def candidates(self, keys: pa.Table) -> pa.Table:
        """Look keys up in the index.

        Args:
            keys: band (int16) and key (uint64), sorted, distinct, all of one band.

        Returns:
            The index's rows (band, key, doc_id) with one of these keys.
        """
        ...

    def texts(self, doc_ids: pa.Array) -> Iterator[pa.RecordBatch]:
        """Give doc_id and text of these documents of gold, in any order; those not in gold are left out."""
        ...


class NoHistory:
    """A history of nothing: for the first run, and for files that stand on their own."""

    def candidates(self, keys: pa.Table) -> pa.Table:  # noqa: ARG002 - there is nothing to look up in
        """No rows."""
        return pa.table({"band": pa.array([], pa.int16()), "key": pa.array([], pa.uint64()), "doc_id": _no_ids()})

    def texts(self, doc_ids: pa.Array) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """No documents."""
        return iter(())


def _no_ids() -> pa.Array:
    return pa.array([], pa.string())


@dataclass(frozen=True)
class Verdicts:
    """What becomes of each new document.

    Attributes:
        kept: Ids of the documents that stay; string, sorted.
        duplicates: Rows of the table `duplicates`, by doc_id: dropped documents, and those flagged
            as contained.
        rejected: Gives the rows of the table `rejected` for the dropped ones, by doc_id, for which it scans the
            documents once more.
        index: Gives the kept documents' rows of the table `index`, sorted by band, key and doc_id, in
            batches. Both may be called again.
        stats: Figures of the run; see ``docs/dedup.md``.
    """

    kept: pa.Array
    duplicates: pa.RecordBatch
    rejected: Callable[[], pa.RecordBatch]
    index: Callable[[], Iterator[pa.RecordBatch]]
    stats: dict[str, int]


def deduplicate(documents: Documents, history: History, config: DeduplicateConfig, *, run_id: str) -> Verdicts:
    """Decide which documents are copies and which copy stays.

    The verdicts depend on the documents, the history and the configuration alone: not on the order
    of the scan, the size of its batches or the number of threads.

    Args:
        documents: The new documents; scanned up to three times.
        history: What earlier runs kept; it is always ahead of the new documents.
        config: What counts as a copy, and which copy stays.
        run_id: Goes into the rows.

    Raises:
        DataRefused: An id, a text or a fact that decides is null, an id occurs twice, or a text is not
            valid UTF-8.
        StorageError: There is no room for the texts that have to be compared.
    """
    from saaf.deduplicate.verdicts import reach_verdicts

    return reach_verdicts(documents, history, config, run_id=run_id)


def warm_up() -> None:
    """Compile the kernels and keep them on disk, so that no later process has to wait for it."""
    from saaf.deduplicate.verdicts import reach_verdicts

    config = DeduplicateConfig(contained="flag", shingle_size=2)
    reach_verdicts(_Sample(), _SampleHistory(), config, run_id="warm-up")


_SAMPLE = "یہ ایک مختصر خبر ہے"


class _Sample:
    """Two copies, so that every step has something to do."""

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        rows = {
            "doc_id": pa.array(["a", "b"]),
            "text": pa.array([_SAMPLE, f"{_SAMPLE} آج"]),
            "source": pa.array(["sample", "sample"]),
            "uri": pa.array(["sample/a", "sample/b"]),
            "record": pa.array([0, 0]),
            "priority": pa.array([0, 0]),
            "earliest": pa.array([None, None], pa.timestamp("us", "UTC")),
            "n_chars": pa.array([19, 22]),
        }
        yield pa.RecordBatch.from_pydict({name: rows[name] for name in columns})


class _SampleHistory:
    """One document that shares the first key of every band."""

    def candidates(self, keys: pa.Table) -> pa.Table:
        return keys.slice(0, 1).append_column("doc_id", pa.array(["old"][: keys.num_rows]))

    def texts(self, doc_ids: pa.Array) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"doc_id": doc_ids, "text": pa.array([_SAMPLE])})
