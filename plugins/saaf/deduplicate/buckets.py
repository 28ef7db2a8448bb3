"""Who may be a copy of whom: documents that share a band key, of this run and of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saaf.config import DeduplicateConfig
from saaf.deduplicate.anchors import MAX_BUCKET
from saaf.deduplicate.corpus import ANCHOR_BAND, Corpus, Flags
from saaf.deduplicate.kernels import Hashes, Indices, repeated

if TYPE_CHECKING:
    from saaf.deduplicate import History

_BITS_A_KEY = 16
"""Bits by which keys that occur once are told from others: about one in so many is taken for another."""


@dataclass(frozen=True)
class Buckets:
    """Documents by shared band key, numbered in the order of the keep policy.

    The first ``len(history_ids)`` numbers are documents of earlier runs, by id; then come those of
    the run's own that share a bucket, in their order. So of two documents, the lower number is ahead.

    Attributes:
        history_ids: Ids of the documents of earlier runs; large_string, sorted.
        ranks: Ranks of the run's own documents in the keep policy's order, ascending.
        members: The numbers, bucket after bucket, ascending in each.
        starts: Where each bucket begins in `members`, and the end of the last.
        anchors: Whether a bucket is of an anchor rather than of a band.
        cut: Index rows that were left out because their bucket holds too many.
    """

    history_ids: pa.Array
    ranks: Indices
    members: Indices
    starts: Indices
    anchors: Flags
    cut: int

    @property
    def documents(self) -> int:
        """How many documents are numbered."""
        return len(self.history_ids) + self.ranks.size

    @property
    def count(self) -> int:
        """Number of buckets."""
        return self.starts.size - 1

    @property
    def sizes(self) -> Indices:
        """Members of each bucket."""
        return np.diff(self.starts)

    def without(self, numbers: Indices) -> Buckets:
        """The same buckets and numbers, these documents in no bucket."""
        if not numbers.size:
            return self
        stay = ~np.isin(self.members, numbers)
        return replace(self, members=self.members[stay], starts=np.append(0, np.cumsum(stay))[self.starts])


@dataclass(frozen=True)
class _Band:
    """One band's meetings: keys and ranks of new documents, keys and ids of old ones."""

    new_keys: Hashes
    new_ranks: Indices
    old_keys: Hashes
    old_ids: pa.Array


def find_buckets(corpus: Corpus, history: History, config: DeduplicateConfig) -> Buckets:
    """Group documents that share a band key, those of earlier runs among them.

    Of documents with the same words only the first takes part. A bucket takes at most
    ``config.max_bucket`` documents of earlier runs, by id.
    """
    found: list[_Band] = []
    anchored: list[bool] = []
    cut = 0
    firsts = corpus.original == np.arange(len(corpus))
    for band in corpus.bands():
        keys, places = corpus.entries(band, firsts)
        most = min(config.max_bucket, MAX_BUCKET) if band == ANCHOR_BAND else config.max_bucket
        anchored.append(band == ANCHOR_BAND)
        meetings, left_out = _meetings(keys, places, corpus.rank, _of_history(keys, history, band), most)
        found.append(meetings)
        cut += left_out
    old = pa.chunked_array([band.old_ids for band in found], pa.large_string())
    history_ids = pc.unique(old).sort() if len(old) else pa.array([], pa.large_string())
    ranks = np.flatnonzero(_marked(len(corpus), [meetings.new_ranks for meetings in found]))
    number_of_rank = np.zeros(len(corpus), np.int64)
    number_of_rank[ranks] = len(history_ids) + np.arange(ranks.size)
    members, starts, anchors, total = [], [np.zeros(1, np.int64)], [], 0
    for meetings, is_anchor in zip(found, anchored, strict=True):
        numbers = np.concatenate([_numbers(meetings.old_ids, history_ids), number_of_rank[meetings.new_ranks]])
        keys = np.concatenate([meetings.old_keys, meetings.new_keys])
        order = np.argsort(keys, kind="stable")
        starts_here = run_starts(keys[order])
        begins = np.flatnonzero(starts_here)
        bucket = np.cumsum(starts_here) * (len(history_ids) + ranks.size)
        members.append(np.sort(bucket + numbers[order]) - bucket)
        starts.append(np.append(begins[1:], order.size)[: begins.size] + total)
        anchors.append(np.full(begins.size, is_anchor))
        total += order.size
    return Buckets(history_ids, ranks, np.concatenate(members), np.concatenate(starts), np.concatenate(anchors), cut)


def _marked(size: int, places: list[Indices]) -> Flags:
    marks = np.zeros(size, np.bool_)
    for some in places:
        marks[some] = True
    return marks


def _meetings(keys: Hashes, places: Indices, rank: Indices, answer: pa.Table, most: int) -> tuple[_Band, int]:
    old, cut = _first_rows(answer, most)
    old_keys = old.column("key").to_numpy()
    shared = repeated(keys, max(_BITS_A_KEY * keys.size, 1).bit_length())
    if old_keys.size:
        shared = np.union1d(shared, np.flatnonzero(np.isin(keys, old_keys)))
    order = shared[np.argsort(keys[shared])]
    keys, ranks = keys[order], rank[places[order]]
    sizes = np.diff(np.append(np.flatnonzero(run_starts(keys)), keys.size))
    meets = np.repeat(sizes > 1, sizes)
    if old_keys.size:
        meets |= np.isin(keys, old_keys)
    old_ids = old.column("doc_id").cast(pa.large_string()).combine_chunks()
    return _Band(keys[meets], ranks[meets], old_keys, old_ids), cut


def _of_history(keys: Hashes, history: History, band: int) -> pa.Table:
    """The index's rows with one of these keys."""
    from saaf.deduplicate import NoHistory

    asked = np.unique(keys) if not isinstance(history, NoHistory) else keys[:0]
    return history.candidates(pa.table({"band": pa.array(np.full(asked.size, band, np.int16)), "key": pa.array(asked)}))


def _first_rows(rows: pa.Table, most: int) -> tuple[pa.Table, int]:
    """Leave each key its first so many rows by id."""
    rows = rows.take(pc.sort_indices(rows, sort_keys=[("key", "ascending"), ("doc_id", "ascending")]))
    keys = rows.column("key").to_numpy()
    begins = np.flatnonzero(run_starts(keys))
    sizes = np.diff(np.append(begins, keys.size))
    kept = np.arange(keys.size) - np.repeat(begins, sizes) < most
    return rows.filter(pa.array(kept)), int(keys.size - kept.sum())


def run_starts(values: Hashes) -> Flags:
    """Where a run of equal values begins."""
    starts = np.ones(values.size, np.bool_)
    starts[1:] = values[1:] != values[:-1]
    return starts


def _numbers(ids: pa.Array, sorted_ids: pa.Array) -> Indices:
    numbers: Indices = pc.index_in(ids, value_set=sorted_ids).cast(pa.int64()).to_numpy()
    return numbers
