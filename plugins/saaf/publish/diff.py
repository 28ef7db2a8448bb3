"""What a rebuild would change: documents and lines that gold gains and loses, and why."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from saaf.config import ReportConfig
from saaf.tables import GOLD, REJECTED, SILVER, Table

SITES_SHOWN = 50
RULES_SHOWN = 100

Kind = Literal["gained", "lost", "changed"]
Document = tuple[str, str, str | None]
"""doc_id, text, site."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ReasonChange(_Part):
    """Documents that changed sides for a reason."""

    reason: str
    """Why they are not in gold: before, where gained; now, where lost."""
    gained: int
    lost: int


class RuleChange(_Part):
    """What a rule removed from all documents, before and now."""

    rule: str
    spans_before: int
    spans_now: int
    characters_before: int
    characters_now: int


class SiteChange(_Part):
    """What changes for a site."""

    site: str | None
    """None for documents whose site is not known."""
    gained: int = 0
    lost: int = 0
    changed: int = 0
    lines_gained: int = 0
    lines_lost: int = 0


class Sample(_Part):
    """A document that changes, with text cut where it is long."""

    kind: Kind
    doc_id: str
    site: str | None
    reason: str | None
    """Why it is lost, or was not in gold before; None for a document that only changes."""
    text: str
    """The beginning of the text; empty for a document that only changes."""
    lines_gained: tuple[str, ...] = ()
    lines_lost: tuple[str, ...] = ()


class Counts(_Part):
    """Documents and lines."""

    before: int = 0
    """Documents in gold today."""
    now: int = 0
    """Documents in gold after the swap."""
    same: int = 0
    """Documents in both with the same text."""
    changed: int = 0
    """Documents in both with another text."""
    gained: int = 0
    lost: int = 0
    lines_gained: int = 0
    """Lines that documents in both gain."""
    lines_lost: int = 0
    """Lines that documents in both lose."""


class Diff(_Part):
    """What a rebuild would change, bounded in size at any corpus size."""

    counts: Counts
    reasons: tuple[ReasonChange, ...]
    rules: tuple[RuleChange, ...]
    """Rules that remove more or less than before, the largest change first."""
    sites: tuple[SiteChange, ...]
    """Sites with a change, the most changed first."""
    samples: tuple[Sample, ...]

    @property
    def nothing(self) -> bool:
        """Whether gold stays as it is."""
        return not (self.counts.gained or self.counts.lost or self.counts.changed)


@dataclass(frozen=True)
class Side:
    """One of the two states that are compared.

    Attributes:
        read: Gives columns of a table's files of a day, an iterator of batches for each file. Files of gold
            are sorted by doc_id.
    """

    read: Callable[[Table, str, Sequence[str]], Iterable[Iterator[pa.RecordBatch]]]

    def gold(self, day: str) -> Iterator[Document]:
        """The documents of a day, by doc_id."""
        return heapq.merge(*map(_documents, self.read(GOLD, day, ["doc_id", "text", "site"])))

    def reasons(self, day: str, doc_ids: Iterable[str]) -> dict[str, str]:
        """Why some documents of a day are not in gold."""
        wanted = pa.array(sorted(doc_ids), pa.string())
        if not len(wanted):
            return {}
        found: dict[str, str] = {}
        for file in self.read(REJECTED, day, ["doc_id", "reason"]):
            for batch in file:
                chosen = batch.filter(pc.is_in(batch.column("doc_id"), value_set=wanted))
                found.update(zip(chosen.column("doc_id").to_pylist(), chosen.column("reason").to_pylist(), strict=True))
        return found

    def removed(self, day: str) -> Iterator[pa.Array]:
        """What cleaning removed on a day: arrays of the spans of some documents."""
        for file in self.read(SILVER, day, ["removed"]):
            for batch in file:
                yield batch.column("removed").flatten()


def compare(old: Side, new: Side, days: Iterable[str], config: ReportConfig) -> Diff:
    """Compare two states of gold, a day at a time; memory is bounded by what changes on one day.

    Args:
        old: What people read today.
        new: What they would read.
        days: The ingest dates of both.
        config: How many samples, and how long.
    """
    tally = _Tally(config)
    for day in days:
        tally.add_documents(old, new, day)
        tally.add_rules(old, new, day)
    return tally.result()


@dataclass
class _Tally:
    config: ReportConfig
    counts: Counter[str] = field(default_factory=Counter)
    reasons: dict[Kind, Counter[str]] = field(default_factory=lambda: {"gained": Counter(), "lost": Counter()})
    spans: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    characters: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    sites: dict[str | None, Counter[str]] = field(default_factory=dict)
    samples: dict[tuple[Kind, str | None], list[Sample]] = field(default_factory=dict)

    def add_documents(self, old: Side, new: Side, day: str) -> None:
        moved: dict[Kind, list[Document]] = {"gained": [], "lost": []}
        for before, now in _pairs(old.gold(day), new.gold(day)):
            self.counts["before"] += before is not None
            self.counts["now"] += now is not None
            if before and now:
                self._add_both(before, now)
            elif now:
                moved["gained"].append(self._short(now))
            elif before:
                moved["lost"].append(self._short(before))
        for kind, side in (("gained", old), ("lost", new)):
            self._add_moved(kind, moved[kind], side.reasons(day, (d[0] for d in moved[kind])))  # type: ignore[index, arg-type]

    def _short(self, document: Document) -> Document:
        return document[0], self._cut(document[1]), document[2]

    def _cut(self, text: str) -> str:
        most = self.config.sample_characters
        return text if len(text) <= most else text[: most - 1] + "…"

    def _add_both(self, before: Document, now: Document) -> None:
        if before[1] == now[1]:
            self.counts["same"] += 1
            return
        lines = Counter(before[1].split("\n")), Counter(now[1].split("\n"))
        lost, gained = lines[0] - lines[1], lines[1] - lines[0]
        site = self._site(now[2])
        for name, count in (("changed", 1), ("lines_gained", gained.total()), ("lines_lost", lost.total())):
            self.counts[name] += count
            site[name] += count
        shown = [tuple(self._cut(line) for line in list(part)[: self.config.samples]) for part in (gained, lost)]
        self._sample(
            Sample(
                kind="changed",
                doc_id=now[0],
                site=now[2],
                reason=None,
                text="",
                lines_gained=shown[0],
                lines_lost=shown[1],
            )
        )

    def _add_moved(self, kind: Kind, documents: Sequence[Document], reasons: dict[str, str]) -> None:
        for doc_id, text, site in documents:
            reason = reasons.get(doc_id, "not_there")
            self.counts[kind] += 1
            self.reasons[kind][reason] += 1
            self._site(site)[kind] += 1
            self._sample(Sample(kind=kind, doc_id=doc_id, site=site, reason=reason, text=text))

    def _site(self, site: str | None) -> Counter[str]:
        return self.sites.setdefault(site, Counter())

    def _sample(self, sample: Sample) -> None:
        shown = self.samples.setdefault((sample.kind, sample.reason), [])
        if len(shown) < self.config.samples:
            shown.append(sample)

    def add_rules(self, old: Side, new: Side, day: str) -> None:
        for number, side in enumerate((old, new)):
            for spans in side.removed(day):
                self._add_spans(number, spans)

    def _add_spans(self, number: int, spans: pa.Array) -> None:
        if not len(spans):
            return
        lengths = pc.subtract(spans.field("end"), spans.field("start"))
        by_rule = pa.table({"rule": spans.field("rule"), "length": lengths}).group_by("rule")
        for row in by_rule.aggregate([("length", "sum"), ("length", "count")]).to_pylist():
            self.spans[number][row["rule"]] += row["length_count"]
            self.characters[number][row["rule"]] += row["length_sum"]

    def result(self) -> Diff:
        reasons = sorted({*self.reasons["gained"], *self.reasons["lost"]})
        return Diff(
            counts=Counts(**self.counts),
            reasons=tuple(
                ReasonChange(reason=name, gained=self.reasons["gained"][name], lost=self.reasons["lost"][name])
                for name in reasons
            ),
            rules=tuple(self._rules()),
            sites=tuple(self._sites()),
            samples=tuple(s for _, found in sorted(self.samples.items(), key=lambda i: str(i[0])) for s in found),
        )

    def _rules(self) -> list[RuleChange]:
        before, now = self.characters
        changed = [
            RuleChange(
                rule=rule,
                spans_before=self.spans[0][rule],
                spans_now=self.spans[1][rule],
                characters_before=before[rule],
                characters_now=now[rule],
            )
            for rule in sorted({*before, *now})
            if (before[rule], self.spans[0][rule]) != (now[rule], self.spans[1][rule])
        ]
        return sorted(changed, key=lambda c: -abs(c.characters_now - c.characters_before))[:RULES_SHOWN]

    def _sites(self) -> list[SiteChange]:
        changed = [SiteChange(site=site, **counts) for site, counts in self.sites.items()]
        return sorted(changed, key=lambda c: (-(c.gained + c.lost + c.changed), c.site or ""))[:SITES_SHOWN]


def _documents(batches: Iterator[pa.RecordBatch]) -> Iterator[Document]:
    for batch in batches:
        columns = (batch.column(name).to_pylist() for name in ("doc_id", "text", "site"))
        # The site may be null, which does not compare: but no two documents have the same id.
        yield from zip(*columns, strict=True)


def _pairs(before: Iterator[Document], now: Iterator[Document]) -> Iterator[tuple[Document | None, Document | None]]:
    """The documents of two sorted streams, those of the same id together."""
    left, right = next(before, None), next(now, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            yield left, None
            left = next(before, None)
        elif left is None or right[0] < left[0]:
            yield None, right
            right = next(now, None)
        else:
            yield left, right
            left, right = next(before, None), next(now, None)
