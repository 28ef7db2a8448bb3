"""Which copy stays: one pass in order, each document held against the kept ones ahead of it.

A document is dropped if and only if a document ahead of it that is *kept* and shares a bucket with
it is similar enough. Taking documents in order, that decides each one exactly once, so the result
is unique: it depends on the order and the similarities alone. There are no chains: where B is a
copy of A and C of B, but C not of A, B goes and C stays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.buckets import Buckets
from saaf.deduplicate.quantities import Quantity, agree, quantities
from saaf.deduplicate.signatures import ShingleSet
from saaf.deduplicate.texts import ShingleSets


class Method(StrEnum):
    """How a document is known to be a copy."""

    EXACT = "exact"
    NEAR = "near"
    CONTAINED = "contained"


@dataclass(frozen=True)
class Edge:
    """A document and the kept one that it copies, by number.

    Attributes:
        kept: The kept document.
        similarity: Exact Jaccard similarity; containment where that is the method.
        method: How it is known to be a copy.
    """

    kept: int
    similarity: float
    method: Method


@dataclass
class Decisions:
    """What the pass decided.

    Attributes:
        dropped: For each dropped document its most similar kept one; the first of equals.
        flagged: For each kept document that stands within another kept one, the latter; those of
            earlier runs among them.
        counts: Figures for the run's report.
    """

    dropped: dict[int, Edge] = field(default_factory=dict)
    flagged: dict[int, Edge] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def decide(buckets: Buckets, sets: ShingleSets, config: DeduplicateConfig) -> Decisions:
    """Decide every document that shares a bucket with another.

    A bucket offers the first ``config.max_bucket`` of its kept documents for comparison; pairs
    beyond are counted as `pairs_beyond_limit`.
    """
    judge = _Judge(sets, config)
    decisions = Decisions()
    history = len(buckets.history_ids)
    kept_in: list[list[int]] = [[] for _ in range(buckets.count)]
    kept_beyond = np.zeros(buckets.count, np.int64)
    for number, joined in _by_member(buckets):
        if number >= history:
            ahead = sorted({kept for bucket in joined for kept in kept_in[bucket]})
            decisions.counts["pairs_beyond_limit"] += int(kept_beyond[joined].sum())
            edge = judge.judge(number, ahead, decisions)
            if edge is not None:
                decisions.dropped[number] = edge
                continue
        for bucket in joined:
            if len(kept_in[bucket]) < config.max_bucket:
                kept_in[bucket].append(number)
            else:
                kept_beyond[bucket] += 1
    decisions.counts["buckets_over_limit"] = int((kept_beyond > 0).sum())
    return decisions


def _by_member(buckets: Buckets) -> list[tuple[int, list[int]]]:
    """Documents in order, each with the buckets that it is in."""
    if not buckets.members.size:
        return []
    bucket_of = np.repeat(np.arange(buckets.count), buckets.sizes)
    order = np.argsort(buckets.members, kind="stable")
    numbers, begins = np.unique(buckets.members[order], return_index=True)
    ends = np.append(begins[1:], len(order))
    joined = bucket_of[order]
    return [
        (number, joined[begin:end].tolist())
        for number, begin, end in zip(numbers.tolist(), begins.tolist(), ends.tolist(), strict=True)
    ]


class _Judge:
    """Compares a document with kept ones."""

    def __init__(self, sets: ShingleSets, config: DeduplicateConfig) -> None:
        self._sets = sets
        self._config = config
        self._numbers: dict[int, frozenset[Quantity]] = {}

    def judge(self, number: int, ahead: list[int], decisions: Decisions) -> Edge | None:
        """The edge for which a document has to go; None if it stays.

        Args:
            number: The document.
            ahead: Kept documents to compare it with, in order.
            decisions: Where counts and flags go.
        """
        own = self._sets[number]
        near: Edge | None = None
        around: Edge | None = None
        inside: list[tuple[int, Edge]] = []
        for other in ahead:
            theirs = self._sets[other]
            found = self._compare(number, own, other, theirs, decisions.counts)
            if found is None:
                continue
            if found.method is not Method.CONTAINED:
                near = _better(near, found)
            elif own.hashes.size <= theirs.hashes.size:
                around = _better(around, found)
            else:
                inside.append((other, Edge(number, found.similarity, Method.CONTAINED)))
        if near is not None:
            return near
        if around is not None and self._config.contained == "drop":
            return around
        if around is not None:
            decisions.flagged[number] = around
        for other, edge in inside:
            decisions.flagged[other] = _better(decisions.flagged.get(other), edge)
        return None

    def _compare(
        self, number: int, own: ShingleSet, other: int, theirs: ShingleSet, counts: Counter[str]
    ) -> Edge | None:
        counts["pairs_compared"] += 1
        if own.key.size and np.array_equal(own.key, theirs.key):
            return Edge(other, 1.0, Method.EXACT)
        shared = kernels.common(own.hashes, theirs.hashes)
        if not shared:
            return None
        similarity = shared / (own.hashes.size + theirs.hashes.size - shared)
        contained = shared / min(own.hashes.size, theirs.hashes.size)
        near = similarity >= self._config.threshold
        within = self._config.contained != "ignore" and contained >= self._config.containment_threshold
        if not (near or within):
            return None
        if self._apart(number, own, other, theirs):
            counts["kept_apart_by_numbers"] += near
            return None
        return Edge(other, similarity, Method.NEAR) if near else Edge(other, contained, Method.CONTAINED)

    def _apart(self, number: int, own: ShingleSet, other: int, theirs: ShingleSet) -> bool:
        """Whether the option `numbers` keeps two texts apart."""
        if self._config.numbers == "never":
            return False
        if self._config.numbers == "short" and max(own.ends.size, theirs.ends.size) >= self._config.short_words:
            return False
        return not agree(self._quantities(number, own), self._quantities(other, theirs))

    def _quantities(self, number: int, text: ShingleSet) -> frozenset[Quantity]:
        if number not in self._numbers:
            self._numbers[number] = quantities(text.words)
        return self._numbers[number]


def _better(best: Edge | None, found: Edge) -> Edge:
    """The more similar edge; the earlier found of equals."""
    return found if best is None or found.similarity > best.similarity else best
