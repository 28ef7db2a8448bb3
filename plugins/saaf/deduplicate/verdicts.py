"""The steps of deduplication in order, and its result as rows of the lake's tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.buckets import Buckets, find_buckets
from saaf.deduplicate.corpus import Corpus, Flags, read_corpus
from saaf.deduplicate.foldtable import fold_table
from saaf.deduplicate.kernels import Indices
from saaf.deduplicate.policy import METHODS, Method, decide
from saaf.deduplicate.signatures import InvalidText, check_text, text_buffers
from saaf.deduplicate.texts import FirstTexts, Taken, TextStore
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

    with closing(FirstTexts(config.memory_bytes // 2)) as texts:
        corpus = read_corpus(documents, config, texts)
        buckets = find_buckets(corpus, history, config)
        with closing(TextStore(buckets.documents, texts.codes if texts.held else None)) as store:
            key_lengths = _collect_texts(store, documents, history, corpus, buckets)
            missing = store.missing()
            buckets = buckets.without(missing)
            decided = decide(buckets, store.read(), key_lengths, config)
    outcome = _Outcome(corpus, buckets, decided)
    return Verdicts(
        kept=corpus.doc_ids.take(pa.array(corpus.by_id[outcome.stays[corpus.by_id]])).cast(pa.string()),
        duplicates=_duplicates(outcome, run_id),
        rejected=lambda: _rejected(documents, outcome, config, run_id),
        index=lambda: _index(corpus, outcome.stays),
        stats=_stats(outcome, missing.size),
    )


def _collect_texts(
    store: TextStore, documents: Documents, history: History, corpus: Corpus, buckets: Buckets
) -> Indices:
    """Keep the texts that will be compared; returns the lengths of their match keys.

    A document that the index names and gold does not hold was taken down: its text stays missing.
    """
    old = len(buckets.history_ids)
    key_lengths = np.zeros(buckets.documents, np.int64)
    places = corpus.by_order[buckets.ranks]
    key_lengths[old:] = corpus.key_lengths[places]
    if corpus.taken:
        store.place(old + np.arange(places.size), Taken(*(values[places] for values in corpus.taken)))
    if old:
        for batch in history.texts(buckets.history_ids):
            ids = batch.column("doc_id").cast(pa.large_string())
            numbers = pc.index_in(ids, value_set=buckets.history_ids).cast(pa.int64()).to_numpy()
            key_lengths[numbers] = _fold_into(store, numbers, batch)
    if places.size and not corpus.taken:
        number_of_place = np.full(len(corpus), -1, np.int64)
        number_of_place[places] = old + np.arange(places.size)
        for place, batch in _same_scan(documents, corpus, ["doc_id", "text"]):
            numbers = number_of_place[place : place + batch.num_rows]
            needed = numbers >= 0
            if needed.any():
                _fold_into(store, numbers[needed], batch.filter(pa.array(needed)))
    return key_lengths


def _fold_into(store: TextStore, numbers: Indices, batch: pa.RecordBatch) -> Indices:
    """Keep a batch's texts, folded; returns the lengths of their match keys."""
    data, offsets = text_buffers(batch.column("text"))
    codes, bounds, key_lengths = kernels.fold_texts(data, offsets, fold_table())
    try:
        check_text(key_lengths)
    except InvalidText as error:
        raise DataRefused(
            f"the text of document {batch.column('doc_id')[error.place].as_py()!r} in gold is not valid UTF-8",
            next_step="restore the gold file that holds it from a backup, or rebuild",
        ) from error
    store.add(numbers, codes, bounds, np.diff(offsets))
    return key_lengths


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
class _Edges:
    """Copies: the place of each and its id, that of the kept document, how similar they are, and a place in METHODS."""

    places: Indices
    doc_ids: pa.Array
    kept_ids: pa.Array
    similarity: npt.NDArray[np.float64]
    methods: npt.NDArray[np.int8]

    def by_method(self, names: dict[Method, str]) -> pa.Array:
        """A name for each, chosen by its method."""
        return pa.array([names[method] for method in METHODS]).take(pa.array(self.methods))


@dataclass(frozen=True)
class _Outcome:
    """Verdicts on numbers, read as places in the scan and ids."""

    corpus: Corpus
    buckets: Buckets
    decided: kernels.Verdicts

    @cached_property
    def old(self) -> int:
        """How many of the numbers are documents of earlier runs."""
        return len(self.buckets.history_ids)

    @cached_property
    def _number_of_place(self) -> Indices:
        numbers = np.full(len(self.corpus), -1, np.int64)
        numbers[self._places] = self.old + np.arange(self._places.size)
        return numbers

    @cached_property
    def _places(self) -> Indices:
        """The place of each numbered document of this run."""
        return self.corpus.by_order[self.buckets.ranks]

    @cached_property
    def dropped(self) -> _Edges:
        """The dropped documents, by id: also those with the same words as another, whose verdict is theirs."""
        original = self.corpus.original
        repeats = original != np.arange(original.size)
        numbers = self._number_of_place[original]
        kept_for = np.where(numbers >= 0, self.decided.kept_for[numbers], -1) if self.buckets.documents else numbers
        places = self.corpus.by_id[(repeats | (kept_for >= 0))[self.corpus.by_id]]
        for_other = kept_for[places] >= 0
        numbers = numbers[places]
        similarity, method = np.ones(places.size), np.zeros(places.size, np.int8)
        similarity[for_other] = self.decided.similarity[numbers[for_other]]
        method[for_other] = self.decided.method[numbers[for_other]]
        kept_places = original[places]
        is_old = np.zeros(places.size, np.bool_)
        is_old[for_other] = kept_for[places][for_other] < self.old
        new_number = kept_for[places] - self.old
        moved = for_other & ~is_old
        kept_places[moved] = self._places[new_number[moved]]
        kept_ids = pc.if_else(
            pa.array(is_old),
            self.buckets.history_ids.take(pa.array(kept_for[places], mask=~is_old)),
            self.corpus.doc_ids.take(pa.array(kept_places)),
        )
        return _Edges(places, self.corpus.doc_ids.take(pa.array(places)), kept_ids, similarity, method)

    @cached_property
    def stays(self) -> Flags:
        """Whether each document, by place, stays."""
        stays = np.ones(len(self.corpus), np.bool_)
        stays[self.dropped.places] = False
        return stays

    @cached_property
    def flagged(self) -> list[tuple[str, str, float]]:
        """Kept documents of this run that stand within another kept one, by id: both ids, and the share."""
        around, kept_for = self.decided.around, self.decided.kept_for
        numbers = np.flatnonzero((around >= 0) & (kept_for < 0))
        return sorted(
            (self._doc_id(number), self._doc_id(around[number]), float(self.decided.share[number]))
            for number in numbers[numbers >= self.old].tolist()
        )

    def _doc_id(self, number: int) -> str:
        if number < self.old:
            return str(self.buckets.history_ids[number])
        return str(self.corpus.doc_ids[int(self._places[number - self.old])])


def _duplicates(outcome: _Outcome, run_id: str) -> pa.RecordBatch:
    edges, flagged = outcome.dropped, outcome.flagged
    count = edges.places.size
    table = pa.table(
        {
            "doc_id": pa.chunked_array(
                [edges.doc_ids.cast(pa.string()), pa.array([f[0] for f in flagged], pa.string())]
            ),
            "kept_id": pa.chunked_array(
                [edges.kept_ids.cast(pa.string()), pa.array([f[1] for f in flagged], pa.string())]
            ),
            "similarity": np.append(edges.similarity, [f[2] for f in flagged]),
            "method": pa.chunked_array(
                [
                    edges.by_method({method: method.value for method in METHODS}),
                    pa.array([Method.CONTAINED.value] * len(flagged), pa.string()),
                ]
            ),
            "dropped": pa.array([True] * count + [False] * len(flagged), pa.bool_()),
            "run_id": pa.array([run_id] * (count + len(flagged)), pa.string()),
        }
    )
    return _one_batch(table.sort_by("doc_id"), DUPLICATES.schema)


def _rejected(documents: Documents, outcome: _Outcome, config: DeduplicateConfig, run_id: str) -> pa.RecordBatch:
    edges = outcome.dropped
    if not edges.places.size:
        return REJECTED.batch([])
    thresholds = {Method.EXACT: 1.0, Method.NEAR: config.threshold, Method.CONTAINED: config.containment_threshold}
    facts = pa.Table.from_batches(_facts(documents, outcome)).sort_by("doc_id")
    columns = {
        **{name: facts.column(name) for name in ("doc_id", "source", "uri", "record")},
        "stage": ["deduplicate"] * facts.num_rows,
        "reason": edges.by_method({method: reason.value for method, reason in _REASONS.items()}),
        "rule": edges.by_method(_RULES),
        "value": [f"{similarity:.4g}" for similarity in edges.similarity.tolist()],
        "threshold": edges.by_method({method: f"{threshold:.4g}" for method, threshold in thresholds.items()}),
        "kept_id": edges.kept_ids,
        "similarity": edges.similarity,
        "run_id": [run_id] * facts.num_rows,
    }
    return _one_batch(pa.table(columns), REJECTED.schema)


def _facts(documents: Documents, outcome: _Outcome) -> Iterator[pa.RecordBatch]:
    """Id, source, uri and record of the dropped documents."""
    for place, batch in _same_scan(documents, outcome.corpus, ["doc_id", "source", "uri", "record"]):
        dropped = batch.filter(pa.array(~outcome.stays[place : place + batch.num_rows]))
        if "record" not in dropped.schema.names:
            dropped = dropped.append_column("record", pa.array(np.zeros(dropped.num_rows, np.int64)))
        yield dropped.select(["doc_id", "source", "uri", "record"])


def _one_batch(table: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    arrays = [table.column(field.name).cast(field.type).combine_chunks() for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _index(corpus: Corpus, stays: Flags) -> Iterator[pa.RecordBatch]:
    """Index rows of the documents that stay, band after band."""
    id_rank = np.empty(len(corpus), np.int64)
    id_rank[corpus.by_id] = np.arange(len(corpus))
    for band in corpus.bands():
        keys, places = corpus.entries(band, stays)
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


def _stats(outcome: _Outcome, missing: int) -> dict[str, int]:
    corpus, buckets, decided = outcome.corpus, outcome.buckets, outcome.decided
    by_method = np.bincount(outcome.dropped.methods, minlength=len(METHODS)).tolist()
    dropped = dict(zip(METHODS, by_method, strict=True))
    return {
        "documents": len(corpus),
        "kept": int(outcome.stays.sum()),
        "exact_duplicates": dropped[Method.EXACT],
        "near_duplicates": dropped[Method.NEAR],
        "contained_dropped": dropped[Method.CONTAINED],
        "contained_flagged": len(outcome.flagged),
        "shorter_than_a_shingle": int((~corpus.has_shingles).sum()),
        "without_key": int((~corpus.has_key).sum()),
        "candidates": buckets.ranks.size,
        "candidates_in_history": outcome.old,
        "index_rows_without_document": missing,
        "index_rows_beyond_limit": buckets.cut,
        "buckets": buckets.count,
        "buckets_over_limit": int((decided.kept_beyond > 0).sum()),
        "pairs_beyond_limit": int(decided.beyond.sum()),
        "pairs_compared": int(decided.compared.sum()),
        **_template_families(decided.apart_from),
    }


def _template_families(apart_from: Indices) -> dict[str, int]:
    """How many kept documents only their numbers keep apart from others, and how many families they make.

    Args:
        apart_from: For each document another one that is ahead of it, or -1.
    """
    apart = np.flatnonzero(apart_from >= 0)
    first = np.where(apart_from >= 0, apart_from, np.arange(apart_from.size))
    while not np.array_equal(first, further := first[first]):
        first = further
    _, members = np.unique(first[apart], return_counts=True)
    return {
        "kept_apart_by_numbers": apart.size,
        "template_families": members.size,
        "largest_template_family": int(members.max()) + 1 if members.size else 0,
    }
