"""What a report counts and samples of each table, one pass over its batches, in bounded memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, takewhile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saaf.report.samples import Smallest, rows_of, starts_of_runs

Row = dict[str, Any]

ARTICLES = 20
"""Articles that are shown one by one."""
_ARTICLE_CANDIDATES = 3 * ARTICLES
_FATES = 1000
_PLACES = 5000
LENGTH_EDGES = (0, 50, 100, 200, 400, 800, 1600, 3200)
"""Lower bounds of the length bins, in words."""
SIMILARITY_BINS = 20
RUNS_LOOKED_BACK = 30
"""Earlier runs that a run is shown against."""
CLUSTER_EDGES = (1, 2, 3, 5, 10, 20, 50, 100)
"""Lower bounds of the ranges of copies in a cluster."""
CLUSTER_COPIES = 3
"""Copies of a cluster that are shown."""
UNDETERMINED = "und"
"""Code of a language that is not known, as ISO 639 has it."""
UNKNOWN_SITE = "not known"
TEXT_COLUMNS = ["doc_id", "uri", "language", "text"]
"""Columns of SILVER and GOLD that a sample's text is shown with."""


Hide = Callable[[str], str]
"""Puts what must not be seen of a text out of sight; the length stays, so that offsets still hold."""


def as_it_is(text: str) -> str:
    """Where nothing is to be hidden."""
    return text


def text_row(row: Row, characters: int, hide: Hide) -> Row:
    """A document's text for samples: cut, with its whole length beside it."""
    return {**row, "text": hide(row["text"])[:characters], "characters": len(row["text"])}


@dataclass
class LedgerTally:
    """Input objects: how many were read, and why others were not."""

    samples: int
    seen: int = 0
    failed: int = 0
    bytes: int = 0
    records: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Smallest[Row]] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of LEDGER, less those of objects that were only found to be known."""
        batch = batch.filter(pc.not_equal(batch.column("status"), "known"))
        self.seen += batch.num_rows
        self.bytes += pc.sum(batch.column("size")).as_py() or 0
        self.records += pc.sum(batch.column("records")).as_py() or 0
        failed = batch.filter(pc.equal(batch.column("status"), "error"))
        self.failed += failed.num_rows
        for row in failed.select(["uri", "error", "message"]).to_pylist():
            code = row["error"] or "unreadable"
            self.errors[code] += 1
            self.failures.setdefault(code, Smallest(self.samples)).offer(row["uri"], row)


@dataclass
class RejectedTally:
    """Rejected documents by stage, reason and rule."""

    samples: int
    groups: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    drawn: dict[tuple[str, str, str | None], Smallest[Row]] = field(default_factory=dict)
    fates: Smallest[Row] = field(default_factory=lambda: Smallest(_FATES))

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of REJECTED."""
        for row in batch.to_pylist():
            group = (row["stage"], row["reason"], row["rule"])
            self.groups[group] += 1
            self.drawn.setdefault(group, Smallest(self.samples)).offer(row["doc_id"], row)
            if row["stage"] != "ingest":
                self.fates.offer(row["doc_id"], row)

    def at(self, stage: str) -> int:
        """Documents that a stage rejected."""
        return sum(count for (where, _, _), count in self.groups.items() if where == stage)

    @property
    def total(self) -> int:
        """All rejected documents."""
        return self.groups.total()

    @property
    def sampled_ids(self) -> set[str]:
        """Documents that are shown as samples."""
        return {row["doc_id"] for drawn in self.drawn.values() for row in drawn.values}


@dataclass
class DuplicatesTally:
    """Verified pairs: how they were found, how similar they are, and who is a copy of whom.

    The pairs themselves are kept, about 90 bytes each: which cluster is large is known only at the end.
    """

    samples: int
    dropped: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    similarities: np.ndarray[Any, Any] = field(default_factory=lambda: np.zeros(SIMILARITY_BINS, np.int64))
    _batches: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of DUPLICATES."""
        for (method, dropped), count in _counted(batch, "method", "dropped").items():
            (self.dropped if dropped else self.flagged)[method] += count
        near = batch.filter(pc.and_(pc.equal(batch.column("method"), "near"), batch.column("dropped")))
        values = near.column("similarity").to_numpy(zero_copy_only=False)
        self.similarities += np.histogram(values, bins=SIMILARITY_BINS, range=(0, 1))[0]
        self._batches.append(batch.select(["doc_id", "kept_id", "similarity", "method", "dropped"]))

    @cached_property
    def _pairs(self) -> pa.Table:
        return (
            pa.Table.from_batches(self._batches)
            if self._batches
            else pa.table(
                {"doc_id": [], "kept_id": [], "similarity": [], "method": [], "dropped": pa.array([], pa.bool_())}
            )
        )

    @cached_property
    def closest(self) -> list[Row]:
        """Pairs that are not exact copies, the least similar first."""
        judged = self._pairs.filter(pc.not_equal(self._pairs["method"], "exact"))
        order = [("similarity", "ascending"), ("doc_id", "ascending"), ("kept_id", "ascending")]
        rows: list[Row] = judged.sort_by(order).slice(0, 2 * self.samples).to_pylist() if judged.num_rows else []
        return rows

    @cached_property
    def clusters(self) -> list[tuple[str, int, list[Row]]]:
        """The largest clusters: the kept document, how many were dropped for it, and some of them."""
        if not len(self._sizes):
            return []
        order = [("judged", "descending"), ("copies", "descending"), ("kept_id", "ascending")]
        largest = self._sizes.sort_by(order).slice(0, self.samples).to_pylist()
        wanted = pa.array([row["kept_id"] for row in largest], pa.string())
        members = self._dropped.filter(pc.is_in(self._dropped["kept_id"], wanted))
        rows = members.sort_by([("similarity", "ascending"), ("doc_id", "ascending")]).to_pylist()
        of: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            of[row["kept_id"]].append(row)
        return [(row["kept_id"], row["copies"], of[row["kept_id"]][:CLUSTER_COPIES]) for row in largest]

    @property
    def cluster_sizes(self) -> list[int]:
        """Clusters in each range of :data:`CLUSTER_EDGES`, by their copies."""
        copies = self._sizes["copies"].to_numpy()
        bins = np.searchsorted(CLUSTER_EDGES, copies, "right") - 1
        counted: list[int] = np.bincount(bins, minlength=len(CLUSTER_EDGES)).tolist() if len(copies) else []
        return counted

    @cached_property
    def _dropped(self) -> pa.Table:
        return self._pairs.filter(self._pairs["dropped"])

    @cached_property
    def _sizes(self) -> pa.Table:
        """A row a kept document: its copies, and whether any is not an exact one."""
        table = self._dropped.append_column("judged", pc.not_equal(self._dropped["method"], "exact"))
        sizes = table.group_by("kept_id").aggregate([([], "count_all"), ("judged", "max")])
        return sizes.rename_columns({"count_all": "copies", "judged_max": "judged"})

    @property
    def sampled_ids(self) -> set[str]:
        """Documents on either side of a pair that is shown."""
        shown = [*self.closest, *(row for _, _, rows in self.clusters for row in rows)]
        return {row[side] for row in shown for side in ("doc_id", "kept_id")}


@dataclass
class TextTally:
    """Languages, sites and lengths of documents: of silver, and again of gold."""

    documents: int = 0
    words: int = 0
    characters: int = 0
    bytes: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    sites: Counter[str] = field(default_factory=Counter)
    lengths: np.ndarray[Any, Any] = field(default_factory=lambda: np.zeros(len(LENGTH_EDGES), np.int64))

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of SILVER or GOLD."""
        self.documents += batch.num_rows
        self.words += pc.sum(batch.column("n_words")).as_py() or 0
        self.characters += pc.sum(batch.column("n_chars")).as_py() or 0
        self.bytes += pc.sum(pc.binary_length(batch.column("text"))).as_py() or 0
        for (language,), count in _counted(batch, "language").items():
            self.languages[language or UNDETERMINED] += count
        for (site,), count in _counted(batch, "site").items():
            # Sites come from the input, so their number has to be bounded.
            known = site is None or site in self.sites or len(self.sites) < _PLACES
            self.sites[(site or UNKNOWN_SITE) if known else "others"] += count
        words = batch.column("n_words").to_numpy(zero_copy_only=False)
        self.lengths += np.bincount(np.searchsorted(LENGTH_EDGES, words, "right") - 1, minlength=len(LENGTH_EDGES))


@dataclass
class RuleTally:
    """What one rule removed, and candidates for its samples: one span a document."""

    kind: str
    candidates: Smallest[Row]
    documents: int = 0
    spans: int = 0
    characters: int = 0


@dataclass
class SilverTally:
    """Cleaned documents: what was removed, and which articles to show.

    Args:
        samples: Samples a rule.
        texts_of: Documents whose clean text is wanted for samples.
        characters: Characters of such a text that are kept.
        hide: What such a text goes through first.
    """

    samples: int
    texts_of: Collection[str]
    characters: int
    hide: Hide = as_it_is
    text: TextTally = field(default_factory=TextTally)
    changed: int = 0
    rules: dict[tuple[str, str], RuleTally] = field(default_factory=dict)
    all_articles: Smallest[Row] = field(default_factory=lambda: Smallest(ARTICLES))
    changed_articles: Smallest[Row] = field(default_factory=lambda: Smallest(_ARTICLE_CANDIDATES))
    texts: dict[str, Row] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of SILVER."""
        self.text.add(batch)
        changed = batch.filter(pc.greater(pc.list_value_length(batch.column("removed")), 0))
        self.changed += changed.num_rows
        described = [name for name in batch.schema.names if name != "text"]
        self.all_articles.offer_rows(batch.select(described))
        self.changed_articles.offer_rows(changed.select(described))
        for row in rows_of(batch, self.texts_of, TEXT_COLUMNS):
            self.texts[str(row["doc_id"])] = text_row(row, self.characters, self.hide)
        self._add_spans(changed)

    def _add_spans(self, batch: pa.RecordBatch) -> None:
        removed = batch.column("removed")
        parents = pc.list_parent_indices(removed)
        spans = removed.flatten()
        table = pa.table(
            {name: spans.field(name) for name in ("rule", "kind", "start", "end")}
            | {name: batch.column(name).take(parents) for name in ("doc_id", "uri", "language")}
        )
        table = table.append_column("characters", pc.subtract(table["end"], table["start"]))
        counted = table.group_by(["rule", "kind"]).aggregate(
            [("characters", "sum"), ("characters", "count"), ("doc_id", "count_distinct")]
        )
        for row in counted.to_pylist():
            rule = self._rule(row["rule"], row["kind"])
            rule.characters += row["characters_sum"]
            rule.spans += row["characters_count"]
            rule.documents += row["doc_id_count_distinct"]
        self._draw(table.sort_by([(name, "ascending") for name in ("rule", "kind", "doc_id", "start")]))

    def _draw(self, table: pa.Table) -> None:
        """Offer each rule's first span of the batch's smallest documents."""
        table = table.combine_chunks()
        joined = pc.binary_join_element_wise(table["rule"], table["kind"], table["doc_id"], "\n").combine_chunks()
        firsts = table.take(pa.array(starts_of_runs(joined)[:-1], pa.int64()))
        rules = pc.binary_join_element_wise(firsts["rule"], firsts["kind"], "\n").combine_chunks()
        ids = firsts["doc_id"].to_pylist()
        for start, end in pairwise(starts_of_runs(rules)):
            tally = self._rule(firsts["rule"][start].as_py(), firsts["kind"][start].as_py())
            wanted = takewhile(tally.candidates.wants, ids[start : min(end, start + self._candidates)])
            for row in firsts.slice(start, len(list(wanted))).to_pylist():
                tally.candidates.offer(row["doc_id"], row)

    @property
    def _candidates(self) -> int:
        # More than are shown, so that samples which read the same can give way to others.
        return 4 * self.samples

    def _rule(self, rule: str, kind: str) -> RuleTally:
        return self.rules.setdefault((rule, kind), RuleTally(kind, Smallest(self._candidates)))


@dataclass
class BronzeTally:
    """Raw documents: how long they are, and what stood in the spans that are shown.

    Args:
        spans: Spans to show, by document.
        openings: Documents whose opening is wanted, since no clean text is left of them.
        characters: Characters of a span or an opening that are kept.
        around: Characters on each side of a span that are kept.
        hide: What a text that is shown goes through first.
    """

    spans: dict[str, set[tuple[int, int]]]
    openings: Collection[str]
    characters: int
    around: int
    hide: Hide = as_it_is
    documents: int = 0
    raw_characters: int = 0
    raw_bytes: int = 0
    pieces: dict[tuple[str, int, int], tuple[str, str, str]] = field(default_factory=dict)
    opened: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of BRONZE."""
        self.documents += batch.num_rows
        self.raw_characters += pc.sum(pc.utf8_length(batch.column("raw_text"))).as_py() or 0
        self.raw_bytes += pc.sum(pc.binary_length(batch.column("raw_text"))).as_py() or 0
        for row in rows_of(batch, {*self.spans, *self.openings}, ["doc_id", "raw_text"]):
            doc_id, raw = str(row["doc_id"]), self.hide(str(row["raw_text"]))
            if doc_id in self.openings:
                self.opened[doc_id] = (raw[: self.characters], len(raw))
            for start, end in self.spans.get(doc_id, ()):
                shown = raw[start : min(end, start + self.characters)]
                before, after = raw[max(start - self.around, 0) : start], raw[end : end + self.around]
                self.pieces[doc_id, start, end] = (before, shown, after)


@dataclass
class GoldTally:
    """Documents that reached gold, those among them that are shown."""

    shown: Collection[str]
    text: TextTally = field(default_factory=TextTally)
    reached: set[str] = field(default_factory=set)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of GOLD."""
        self.text.add(batch)
        self.reached.update(str(row["doc_id"]) for row in rows_of(batch, self.shown, ["doc_id"]))


@dataclass
class ValidationTally:
    """Expectations as they were evaluated, failures first; all are counted, some are shown."""

    limit: int = 200
    evaluated: int = 0
    failed: int = 0
    refusing: int = 0
    warned: int = 0
    rows: dict[bool, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of VALIDATION."""
        for row in batch.to_pylist():
            self.evaluated += 1
            self.failed += not row["success"]
            self.refusing += not row["success"] and row["on_fail"] == "fail"
            self.warned += not row["success"] and row["on_fail"] not in {"fail", "quarantine"}
            if len(self.rows[row["success"]]) < self.limit:
                self.rows[row["success"]].append(row)

    @property
    def shown(self) -> list[Row]:
        """The checks to show: failures first, the gravest first, then in the tables' order."""
        severities = {"critical": 0, "warning": 1}
        tables = {"bronze": 0, "silver": 1, "gold": 2}

        def place(row: Row) -> tuple[Any, ...]:
            return (
                tables.get(row["table"], 3),
                row["table"],
                row["expectation"],
                row["column"] or "",
                row["bound"] or "",
            )

        failures = sorted(self.rows[False], key=lambda row: (severities.get(row["severity"], 2), *place(row)))
        passes = sorted(self.rows[True], key=place)
        return [*failures, *passes][: self.limit]


@dataclass
class FiguresTally:
    """The run's figures, and those of the runs before it.

    Args:
        source: The run's source: runs of others say nothing about it.
        runs: Earlier runs to look back on.
    """

    source: str
    runs: int = RUNS_LOOKED_BACK
    rows: list[Row] = field(default_factory=list)
    earlier: dict[str, dict[tuple[str, str | None], float]] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in a batch of FIGURES of this run."""
        self.rows.extend(batch.to_pylist())

    def look_back(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Take in FIGURES of earlier runs, the oldest run first."""
        for batch in batches:
            of_source = batch.filter(pc.equal(batch.column("source"), self.source))
            for row in of_source.select(["run_id", "metric", "key", "value"]).to_pylist():
                of_run = self.earlier.setdefault(row["run_id"], {})
                of_run[row["metric"], row["key"]] = row["value"]
            while len(self.earlier) > self.runs:
                del self.earlier[next(iter(self.earlier))]

    def values(self, metric: str, key: str | None, *, absent: float | None) -> tuple[float | None, ...]:
        """A figure of each earlier run, oldest first."""
        return tuple(figures.get((metric, key), absent) for figures in self.earlier.values())


def _counted(batch: pa.RecordBatch, *columns: str) -> dict[tuple[Any, ...], int]:
    """How often each combination of values occurs."""
    table = pa.table({name: batch.column(name) for name in columns})
    counted = table.group_by(list(columns)).aggregate([([], "count_all")])
    return {tuple(row[name] for name in columns): row["count_all"] for row in counted.to_pylist()}
