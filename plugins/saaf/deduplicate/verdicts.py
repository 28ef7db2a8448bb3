"""The steps of deduplication in order, and its result as rows of the lake's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saaf.config import DeduplicateConfig
from saaf.deduplicate.buckets import Buckets, find_buckets
from saaf.deduplicate.corpus import EXACT_BAND, Corpus, Flags, read_corpus
from saaf.deduplicate.kernels import Indices
from saaf.deduplicate.policy import Decisions, Edge, Method, decide
from saaf.deduplicate.signatures import Signer
from saaf.deduplicate.texts import ShingleSets, TextStore
from saaf.errors import DataRefused
from saaf.reasons import Reason
from saaf.tables import DUPLICATES, INDEX, REJECTED

if TYPE_CHECKING:
    from saaf.deduplicate import Documents, History, Verdicts

_REASONS = {
    Method.EXACT: Reason.EXACT_DUPLICATE,
    Method.NEAR: Reason.NEAR_DUPLICATE,
    Method.CONTAINED: Reason.CONTAINED,
}
_RULES = {Method.EXACT: "match_key", Method.NEAR: "jaccard", Method.CONTAINED: "containment"}
_INDEX_ROWS = 100_000


def reach_verdicts(documents: Documents, history: History, config: DeduplicateConfig, *, run_id: str) -> Verdicts:
    """Do what :func:`saaf.deduplicate.deduplicate` says."""
    from saaf.deduplicate import Verdicts

    corpus = read_corpus(documents, config)
    buckets = find_buckets(corpus, history, config)
    with closing(TextStore(len(buckets.history_ids) + len(corpus))) as store:
        missing = _collect_texts(store, documents, history, corpus, buckets)
        buckets = buckets.without(missing)
        decisions = decide(buckets, ShingleSets(store, Signer(config)), config)
    outcome = _Outcome(corpus, buckets.history_ids, decisions)
    dropped = outcome.dropped()
    stays = np.ones(len(corpus), np.bool_)
    stays[list(dropped)] = False
    return Verdicts(
        kept=corpus.doc_ids.take(pa.array(corpus.by_id[stays[corpus.by_id]])).cast(pa.string()),
        duplicates=_duplicates(outcome, dropped, run_id),
        rejected=_rejected(documents, outcome, dropped, config, run_id),
        index=lambda: _index(corpus, stays),
        stats=_stats(corpus, buckets, decisions, dropped, missing.size),
    )


def _collect_texts(
    store: TextStore, documents: Documents, history: History, corpus: Corpus, buckets: Buckets
) -> Indices:
    """Keep the texts that will be compared.

    Returns:
        Numbers of documents that the index names and gold does not hold: they were taken down.
    """
    old = len(buckets.history_ids)
    wanted = np.zeros(old + len(corpus), np.bool_)
    wanted[buckets.members] = True
    if wanted[old:].any():
        for place, batch in _same_scan(documents, corpus, ["doc_id", "text"]):
            numbers = corpus.rank[place : place + batch.num_rows] + old
            needed = wanted[numbers]
            if needed.any():
                store.add(numbers[needed], batch.column("text").filter(pa.array(needed)))
    if old:
        for batch in history.texts(buckets.history_ids):
            ids = batch.column("doc_id").cast(pa.large_string())
            numbers = pc.index_in(ids, value_set=buckets.history_ids).to_numpy(zero_copy_only=False)
            store.add(numbers.astype(np.int64), batch.column("text"))
    return np.array([number for number in range(old) if not store.holds(number)], np.int64)


def _same_scan(documents: Documents, corpus: Corpus, columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Scan again, with the place of each batch's first row; the rows must be those of the first scan."""
    place = 0
    for batch in documents.scan(columns):
        ids = batch.column("doc_id").cast(pa.large_string())
        if not ids.equals(corpus.doc_ids.slice(place, batch.num_rows)):
            raise _changed(place)
        yield place, batch
        place += batch.num_rows
    if place != len(corpus):
        raise _changed(place)


def _changed(place: int) -> DataRefused:
    return DataRefused(
        f"the documents changed while they were deduplicated: row {place} (from 0) is not what it was",
        next_step="run again once nothing else writes to the input",
    )


@dataclass(frozen=True)
class _Outcome:
    """Decisions on numbers, read as places in the scan and ids."""

    corpus: Corpus
    history_ids: pa.Array
    decisions: Decisions

    def dropped(self) -> dict[int, Edge]:
        """The edge of each dropped document, by place: those with the same words as another go with it."""
        corpus, edges = self.corpus, {}
        for number, edge in self.decisions.dropped.items():
            edges[self.place(number)] = edge
        for place in np.flatnonzero(corpus.original != np.arange(len(corpus))).tolist():
            original = int(corpus.original[place])
            kept = int(corpus.rank[original]) + len(self.history_ids)
            edges[place] = edges.get(original) or Edge(kept, 1.0, Method.EXACT)
        return edges

    def place(self, number: int) -> int:
        """Where a new document stands in the scan."""
        return int(self.corpus.by_order[number - len(self.history_ids)])

    def doc_id(self, number: int) -> str:
        """The id of a document, new or old."""
        if number < len(self.history_ids):
            return str(self.history_ids[number])
        return str(self.corpus.doc_ids[self.place(number)])


def _duplicates(outcome: _Outcome, dropped: dict[int, Edge], run_id: str) -> pa.RecordBatch:
    rows = [(str(outcome.corpus.doc_ids[place]), edge, True) for place, edge in dropped.items()]
    rows += [
        (outcome.doc_id(number), edge, False)
        for number, edge in outcome.decisions.flagged.items()
        if number >= len(outcome.history_ids)
    ]
    return DUPLICATES.batch(
        {
            "doc_id": doc_id,
            "kept_id": outcome.doc_id(edge.kept),
            "similarity": edge.similarity,
            "method": edge.method,
            "dropped": is_dropped,
            "run_id": run_id,
        }
        for doc_id, edge, is_dropped in sorted(rows, key=lambda row: row[0])
    )


def _rejected(
    documents: Documents, outcome: _Outcome, dropped: dict[int, Edge], config: DeduplicateConfig, run_id: str
) -> pa.RecordBatch:
    if not dropped:
        return REJECTED.batch([])
    thresholds = {Method.EXACT: 1.0, Method.NEAR: config.threshold, Method.CONTAINED: config.containment_threshold}
    rows = []
    for first, batch in _same_scan(documents, outcome.corpus, ["doc_id", "source", "uri", "record"]):
        here = [place for place in range(first, first + batch.num_rows) if place in dropped]
        for place, row in zip(
            here, batch.take(pa.array([place - first for place in here], pa.int64())).to_pylist(), strict=True
        ):
            edge = dropped[place]
            rows.append(
                {
                    "doc_id": row["doc_id"],
                    "source": row["source"],
                    "uri": row["uri"],
                    "record": row.get("record", 0),
                    "stage": "deduplicate",
                    "reason": _REASONS[edge.method],
                    "rule": _RULES[edge.method],
                    "value": f"{edge.similarity:.4g}",
                    "threshold": f"{thresholds[edge.method]:.4g}",
                    "kept_id": outcome.doc_id(edge.kept),
                    "similarity": edge.similarity,
                    "run_id": run_id,
                }
            )
    return REJECTED.batch(sorted(rows, key=lambda row: str(row["doc_id"])))


def _index(corpus: Corpus, stays: Flags) -> Iterator[pa.RecordBatch]:
    """Index rows of the documents that stay, band after band."""
    id_rank = np.empty(len(corpus), np.int64)
    id_rank[corpus.by_id] = np.arange(len(corpus))
    for band in range(EXACT_BAND, corpus.bands):
        places = np.flatnonzero(stays & corpus.keyed(band))
        keys = corpus.keys(band)[places]
        order = np.lexsort((id_rank[places], keys))
        for start in range(0, order.size, _INDEX_ROWS):
            part = order[start : start + _INDEX_ROWS]
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array(np.full(part.size, band, np.int16)),
                    pa.array(keys[part]),
                    corpus.doc_ids.take(pa.array(places[part])).cast(pa.string()),
                ],
                schema=INDEX.schema,
            )


def _stats(
    corpus: Corpus, buckets: Buckets, decisions: Decisions, dropped: dict[int, Edge], missing: int
) -> dict[str, int]:
    by_method = Counter(edge.method for edge in dropped.values())
    old = len(buckets.history_ids)
    return {
        "documents": len(corpus),
        "kept": len(corpus) - len(dropped),
        "exact_duplicates": by_method[Method.EXACT],
        "near_duplicates": by_method[Method.NEAR],
        "contained_dropped": by_method[Method.CONTAINED],
        "contained_flagged": sum(number >= old for number in decisions.flagged),
        "shorter_than_a_shingle": int((~corpus.has_shingles).sum()),
        "without_key": int((~corpus.has_key).sum()),
        "candidates": int((np.unique(buckets.members) >= old).sum()),
        "candidates_in_history": old,
        "index_rows_without_document": missing,
        "index_rows_beyond_limit": buckets.cut,
        "buckets": buckets.count,
        "buckets_over_limit": decisions.counts["buckets_over_limit"],
        "pairs_beyond_limit": decisions.counts["pairs_beyond_limit"],
        "pairs_compared": decisions.counts["pairs_compared"],
        "kept_apart_by_numbers": decisions.counts["kept_apart_by_numbers"],
    }
