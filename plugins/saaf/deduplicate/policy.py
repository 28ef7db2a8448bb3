"""Which copy stays: one pass in order, each document held against the kept ones ahead of it.

A document is dropped if and only if a document ahead of it that is *kept* and shares a bucket with
it is similar enough. Taking documents in order, that decides each one exactly once, so the result
is unique: it depends on the order and the similarities alone. There are no chains: where B is a
copy of A and C of B, but C not of A, B goes and C stays.

Documents that no chain of buckets joins cannot touch each other's verdicts. So the pass is made over
many such parts at a time, one thread a core, each part in order.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache

import numpy as np

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.anchors import MAX_BUCKET, bytes_for_an_anchor
from saaf.deduplicate.buckets import Buckets
from saaf.deduplicate.kernels import Indices
from saaf.deduplicate.memory import unused_bytes
from saaf.deduplicate.quantities import WordKind, number_words
from saaf.deduplicate.threads import cores, in_threads

_PART = 256
"""Documents that a thread takes at a time, unless buckets join more."""
_BLOCK_HEAD = 64
"""More than a block's head in the arena; see :mod:`saaf.deduplicate.kernels`."""


_SLACK = 2 * kernels.BLOCK
"""Numbers beyond a text's that kernels write to, and nobody reads."""


class Method(StrEnum):
    """How a document is known to be a copy; in the order of the kernels' numbers."""

    EXACT = "exact"
    NEAR = "near"
    CONTAINED = "contained"


METHODS = (Method.EXACT, Method.NEAR, Method.CONTAINED)


def decide(buckets: Buckets, texts: kernels.Texts, key_lengths: Indices, config: DeduplicateConfig) -> kernels.Verdicts:
    """Decide every document that shares a bucket with another.

    A bucket offers the first ``config.max_bucket`` of its kept documents, and a document is compared
    with as many of those that its buckets offer: with those that share the most of them.

    Args:
        buckets: Who shares a bucket with whom.
        texts: The texts of all of them, valid UTF-8.
        key_lengths: Characters of their match keys.
        config: What counts as a copy.
    """
    count = buckets.documents
    verdicts = kernels.Verdicts(
        kept_for=np.full(count, -1, np.int64),
        similarity=np.zeros(count, np.float64),
        method=np.zeros(count, np.int8),
        around=np.full(count, -1, np.int64),
        share=np.zeros(count, np.float64),
        apart_from=np.full(count, -1, np.int64),
        compared=np.zeros(count, np.int64),
        beyond=np.zeros(count, np.int64),
        kept_beyond=np.zeros(buckets.count, np.int64),
    )
    meetings = _meetings(buckets)
    places = _places(count)
    rules = _rules(config, len(buckets.history_ids))
    reading = kernels.Reading(kernels.Shape(config.shingle == "word", config.shingle_size), lexicon())
    parts = list(_parts(meetings.components))
    rooms = _Rooms(config.memory_bytes // 32 // cores(), parts, texts, key_lengths)

    def run(numbers: Indices) -> None:
        kernels.decide(numbers, meetings, texts, reading, rules, places, rooms.own(), verdicts)

    for _ in in_threads(run, parts):
        pass
    return verdicts


def _rules(config: DeduplicateConfig, old: int) -> kernels.Rules:
    return kernels.Rules(
        old=old,
        threshold=config.threshold,
        containment=2.0 if config.contained == "ignore" else config.containment_threshold,
        drop_contained=config.contained == "drop",
        numbers_under=config.numbers_under,
        max_bucket=config.max_bucket,
        max_anchored=min(config.max_bucket, MAX_BUCKET),
        anchor_bytes=bytes_for_an_anchor(config),
    )


def _places(count: int) -> kernels.Places:
    return kernels.Places(
        block=np.full(count, -1, np.int64),
        seen=np.full(count, -1, np.int64),
        bands=np.zeros(count, np.int64),
        anchors=np.zeros(count, np.int64),
        described=np.zeros(count, np.bool_),
        key_hash=np.zeros(count, np.uint64),
        short=np.zeros(count, np.bool_),
        number_bits=np.zeros(count, np.uint64),
    )


def _meetings(buckets: Buckets) -> kernels.Meetings:
    by_document, bucket_starts = kernels.buckets_of_documents(buckets.members, buckets.starts, buckets.documents)
    return kernels.Meetings(
        members=buckets.members.copy(),
        starts=buckets.starts,
        kept=np.zeros(buckets.count, np.int64),
        anchors=buckets.anchors,
        buckets=by_document,
        bucket_starts=bucket_starts,
        components=kernels.components(buckets.members, buckets.starts, buckets.documents),
    )


def _parts(components: Indices) -> Iterator[Indices]:
    """The documents in parts that share no bucket, component after component, ascending in each."""
    order = np.argsort(components, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(components[order])) + 1, order.size)
    start = 0
    while start < order.size:
        stop = int(ends[np.searchsorted(ends, min(start + _PART, order.size))])
        yield order[start:stop]
        start = stop


class _Rooms:
    """Memory for the kernel, one a thread, with room for the largest part and the longest text.

    Args:
        arena_bytes: What a thread may remember of texts.
        parts: The documents that are decided together.
        texts: The texts of all of them.
        key_lengths: Characters of their match keys.
    """

    def __init__(self, arena_bytes: int, parts: Sequence[Indices], texts: kernels.Texts, key_lengths: Indices) -> None:
        self._arena_size = arena_bytes // 8
        self._documents = max((part.size for part in parts), default=0)
        self._text_bytes = int(texts.sizes.max(initial=0))
        self._key_length = int(key_lengths.max(initial=0))
        self._local = threading.local()

    def own(self) -> kernels.Room:
        """This thread's."""
        room: kernels.Room | None = getattr(self._local, "room", None)
        if room is None:
            room = self._local.room = self._make(self._documents, self._text_bytes, self._key_length)
        return room

    def _make(self, documents: int, text_bytes: int, key_length: int) -> kernels.Room:
        def hashes(size: int) -> kernels.Hashes:
            return np.empty(size, np.uint64)

        block = _BLOCK_HEAD + 2 * key_length
        return kernels.Room(
            arena=unused_bytes(8 * max(self._arena_size, 2 * block)).view(np.uint64),
            resident=np.empty(documents, np.int64),
            ends=np.zeros(3, np.int64),
            own=hashes(block),
            other=hashes(block),
            found=np.empty(documents, np.int64),
            inside=np.empty(documents, np.int64),
            shares=np.empty(documents, np.float64),
            page=kernels.new_page(text_bytes, key_length),
            other_page=kernels.new_page(text_bytes, key_length),
            units=hashes(key_length + _SLACK),
            hashes=hashes(key_length + _SLACK),
        )


_KINDS = {
    WordKind.NUMBER: kernels.NUMBER,
    WordKind.DOUBTFUL: kernels.DOUBTFUL,
    WordKind.SCALE: kernels.SCALE,
    WordKind.CONJUNCTION: kernels.CONJUNCTION,
}


@cache
def lexicon() -> kernels.Lexicon:
    """The number words of :mod:`saaf.deduplicate.quantities`, as kernels look them up."""
    words = number_words()
    size = 1 << (4 * len(words)).bit_length()
    made = kernels.Lexicon(np.zeros(size, np.uint64), np.zeros(size, np.int8), np.zeros(size, np.int64))
    for word, (kind, value) in words.items():
        points = np.array([ord(c) for c in word], np.uint32)
        hashed = int(kernels.word_hash(points, 0, points.size))
        slot = hashed & (size - 1)
        while made.kinds[slot]:
            slot = (slot + 1) & (size - 1)
        made.hashes[slot], made.kinds[slot], made.values[slot] = hashed, _KINDS[kind], value
    return made
