"""What a run did, as data: frozen, bounded in size at any corpus size, kept as JSON beside the HTML.

The JSON is read again by the command line and by Airflow's pages, also by those of a later
version: fields are added, never renamed, and ``schema_version`` rises when a meaning changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from saaf.errors import LakeError

SCHEMA_VERSION = 1
"""Version of the report's JSON."""


@dataclass(frozen=True)
class RunFacts:
    """What the engine knows of a run and no table tells.

    Attributes:
        run_id: Name of the run.
        source: The configured source that it read.
        ingest_date: Day of the run, YYYY-MM-DD, UTC.
        started_at: When it began.
        finished_at: When its last stage ended.
        config_hash: Hash of everything that decided its output.
        commit: Number of its commit; None where nothing was published.
        lake: Where the lake lies.
        unsettled: Input objects left for the next run because they were still being written.
        seconds: Time of each stage.
        dry_run: Whether publishing was left out on purpose.
        stats: Counters of the stages, those of deduplication above all.
    """

    run_id: str
    source: str
    ingest_date: str
    started_at: datetime
    finished_at: datetime
    config_hash: str
    commit: int | None
    lake: str
    unsettled: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    dry_run: bool = False
    stats: dict[str, int] = field(default_factory=dict)


class _Part(BaseModel):
    # Unknown fields are passed over: they are what a later version added.
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Excerpt(_Part):
    """A piece of an article's text, cut where it is long."""

    text: str
    """The text, at most as long as the configuration allows."""
    characters: int
    """Length of the whole piece in code points."""

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.characters > len(self.text)


class Run(_Part):
    """Which run this is."""

    run_id: str
    source: str
    ingest_date: str
    started_at: datetime
    finished_at: datetime
    dry_run: bool
    commit: int | None
    """Number of the commit that made it visible; None where nothing was published."""
    lake: str
    config_hash: str
    saaf_version: str
    tables_version: str


class Verdict(_Part):
    """How the run went, in one word and one sentence."""

    status: Literal["done", "warnings", "refused", "unbalanced"]
    """`unbalanced` is a fault of Saaf: a document is neither in gold nor rejected."""
    sentence: str
    warnings: tuple[str, ...]


class Balance(_Part):
    """Invariant 1: what was ingested is in gold or rejected, each rejected one with its reason."""

    listed: int
    """Records that the input objects held, as the ledger says."""
    ingested: int
    """Rows of bronze, and records that ingest rejected."""
    gold: int
    rejected: int
    holds: bool


class ObjectFailure(_Part):
    """An input object that could not be read."""

    uri: str
    message: str


class ObjectError(_Part):
    """Input objects that could not be read for one reason."""

    code: str
    sentence: str
    objects: int
    samples: tuple[ObjectFailure, ...]


class Objects(_Part):
    """The input objects, usually files."""

    seen: int
    read: int
    failed: int
    bytes: int
    """Size of all of them as they lie there."""
    errors: tuple[ObjectError, ...]
    unsettled: int
    """Left for the next run because they were still being written."""
    unsettled_samples: tuple[str, ...]


class ReasonCount(_Part):
    """How many documents a stage rejected for one reason."""

    code: str
    sentence: str
    documents: int


class FunnelStep(_Part):
    """What went into a stage, and what came out of it."""

    stage: str
    documents_in: int
    rejected: int
    documents_out: int
    reasons: tuple[ReasonCount, ...]


class RejectionSample(_Part):
    """A rejected document, with what decided."""

    doc_id: str
    uri: str
    record: int
    value: str | None
    threshold: str | None
    kept_id: str | None
    similarity: float | None
    language: str | None
    excerpt: Excerpt | None
    """None where the record has no text, or it is not at hand."""


class Rejection(_Part):
    """Documents that one stage rejected for one reason by one rule."""

    stage: str
    code: str
    sentence: str
    rule: str | None
    documents: int
    samples: tuple[RejectionSample, ...]


class RemovalSample(_Part):
    """A piece of text that a rule removed, with what stands around it."""

    doc_id: str
    uri: str
    start: int
    end: int
    language: str | None
    before: str
    removed: Excerpt
    after: str


class RuleCount(_Part):
    """What one rule removed from the whole run."""

    rule: str
    kind: str
    documents: int
    spans: int
    characters: int
    samples: tuple[RemovalSample, ...]


class Rules(_Part):
    """What was removed, by rule."""

    documents: int
    """Documents from which anything was removed."""
    raw_characters: int
    removed_characters: int
    total: int
    """Rules that removed anything; `top` may hold fewer."""
    top: tuple[RuleCount, ...]
    """The rules that removed most characters, most first."""


class Removal(_Part):
    """A span that was removed from an article."""

    rule: str
    kind: str
    start: int
    end: int
    removed: Excerpt


class Article(_Part):
    """One article: what was removed from it, what was learned from that, where it ended."""

    doc_id: str
    uri: str
    record: int
    title: str | None
    language: str | None
    fate: str
    """`gold`, or the code of the reason for which it was rejected."""
    fate_sentence: str
    kept_id: str | None
    similarity: float | None
    page_date: date | None
    published: date | None
    agency: str | None
    section: str | None
    author: str | None
    captions: tuple[Excerpt, ...]
    n_words: int
    removed_share: float
    removals: tuple[Removal, ...]
    removals_total: int
    """Spans removed; `removals` may hold fewer."""


class Articles(_Part):
    """All articles of a small run, some of a large one."""

    total: int
    complete: bool
    """Whether every article of the run is shown."""
    shown: tuple[Article, ...]


class SimilarityBin(_Part):
    """Dropped near-duplicates whose similarity lies in a range."""

    low: float
    high: float
    documents: int


class Stretch(_Part):
    """Words of a text that is held against another one."""

    text: str
    """The words; empty where they are left out."""
    alone: bool = False
    """Whether the other text lacks them."""
    left_out: int = 0
    """Words that are not shown."""


class Comparison(_Part):
    """Two texts side by side."""

    copied: tuple[Stretch, ...]
    """The copy's side."""
    kept: tuple[Stretch, ...]
    is_cut: bool
    """Whether one of them is longer than what was compared."""

    @property
    def is_same(self) -> bool:
        """Whether neither side says a word that the other lacks."""
        return not any(it.alone for it in (*self.copied, *self.kept))


class ClusterCopy(_Part):
    """A copy that was dropped for the kept document of its cluster."""

    doc_id: str
    uri: str | None
    similarity: float
    method: str
    comparison: Comparison | None
    """None where one of the texts is not at hand."""


class Cluster(_Part):
    """A kept document and the copies that were dropped for it in this run."""

    kept_id: str
    kept_uri: str | None
    earlier: bool
    """Whether the kept document is in gold since an earlier run."""
    language: str | None
    opening: Excerpt | None
    """First line of the kept document; None where its text is not at hand."""
    copies: int
    shown: tuple[ClusterCopy, ...]
    """Some of the copies, those that differ most first."""


class ClusterSize(_Part):
    """Clusters with so many copies; ``high`` is None in the last range."""

    low: int
    high: int | None
    clusters: int


class Clusters(_Part):
    """Kept documents with their copies."""

    total: int = 0
    sizes: tuple[ClusterSize, ...] = ()
    shown: tuple[Cluster, ...] = ()
    """The clusters with most copies; those whose copies are not all exact first."""


class Pair(_Part):
    """A document that was dropped, or flagged, beside the one that it copies."""

    doc_id: str
    uri: str | None
    kept_id: str
    kept_uri: str | None
    similarity: float
    method: str
    dropped: bool
    language: str | None
    text: Excerpt | None
    kept_text: Excerpt | None
    """None where it is not at hand."""
    comparison: Comparison | None = None
    """None where one of the texts is not at hand."""


class MethodCount(_Part):
    """Verified pairs that one method found."""

    method: str
    dropped: int
    flagged: int


class Duplicates(_Part):
    """What deduplication found."""

    methods: tuple[MethodCount, ...]
    similarities: tuple[SimilarityBin, ...]
    pairs: tuple[Pair, ...]
    """The closest calls: pairs that are not exact copies, the least similar first."""
    stats: dict[str, int]
    clusters: Clusters = Clusters()


class Check(_Part):
    """One expectation, evaluated on one table."""

    table: str
    expectation: str
    column: str | None
    severity: str
    on_fail: str
    bound: str | None = None
    """What it asks for, in short."""
    why: str | None = None
    success: bool
    rows: int
    unexpected: int | None
    observed: str | None
    sample_ids: tuple[str, ...]


class Checks(_Part):
    """The gates' results, failures first."""

    evaluated: int
    failed: int
    quarantined: int
    """Documents that an expectation sent to rejected."""
    shown: tuple[Check, ...]


class Figure(_Part):
    """A figure of the run, and what the runs before it say that it should be."""

    metric: str
    key: str | None
    """The reason, language, site, quantile or rule that it is measured for."""
    sentence: str
    is_share: bool
    """Whether values go from 0 to 1; otherwise they are counts or lengths."""
    value: float
    expected: float | None
    low: float | None
    high: float | None
    deviation: float | None
    """Distance from `expected` in widths of its half of the band: above 1 it lies outside."""
    verdict: str
    verdict_sentence: str
    sample_ids: tuple[str, ...]
    earlier: tuple[float | None, ...]
    """The same figure of each run in `Figures.runs`; None where it was not measured."""


class Figures(_Part):
    """The run's figures beside those of the runs before it."""

    runs: tuple[str, ...] = ()
    """Earlier runs of the source, the oldest first."""
    total: int = 0
    """Figures that the run kept; `shown` may hold fewer."""
    shown: tuple[Figure, ...] = ()
    """Those that a person should look at first, then the funnel's, then the rest."""


class Share(_Part):
    """Documents that share a language or a site."""

    name: str
    cleaned: int
    gold: int


class LengthBin(_Part):
    """Documents whose length lies in a range; ``high`` is None in the last one."""

    low: int
    high: int | None
    cleaned: int
    gold: int


class Text(_Part):
    """What the corpus is made of."""

    gold_words: int
    gold_characters: int
    languages: tuple[Share, ...]
    sites: tuple[Share, ...]
    lengths: tuple[LengthBin, ...]
    """By words."""


class StageTime(_Part):
    """Time and throughput of a stage."""

    stage: str
    seconds: float
    """Of all its shards together."""
    documents: int | None
    """None where the stage does not work on documents."""
    bytes: int | None = None
    """What it read, in bytes: files as they lie there, or text in UTF-8."""

    @property
    def documents_a_second(self) -> float | None:
        """Documents a second; None where it cannot be told."""
        return self.documents / self.seconds if self.documents is not None and self.seconds else None

    @property
    def bytes_a_second(self) -> float | None:
        """Bytes a second; None where it cannot be told."""
        return self.bytes / self.seconds if self.bytes is not None and self.seconds else None


class RunReport(_Part):
    """A run's report.

    Its size is bounded whatever the corpus' size: counts are whole, samples are few, the same in
    every repetition, and cut.
    """

    schema_version: int
    run: Run
    verdict: Verdict
    balance: Balance
    objects: Objects
    funnel: tuple[FunnelStep, ...]
    rules: Rules
    articles: Articles
    rejections: tuple[Rejection, ...]
    duplicates: Duplicates
    checks: Checks
    text: Text
    stages: tuple[StageTime, ...]
    figures: Figures = Figures()


def read_report(json: str | bytes, *, where: str | None = None) -> RunReport:
    """Read a report's JSON again.

    Raises:
        LakeError: It is damaged, or a later version wrote it.
    """
    try:
        version = _Version.model_validate_json(json).schema_version
        if version <= SCHEMA_VERSION:
            return RunReport.model_validate_json(json)
    except ValidationError as error:
        first = error.errors()[0]
        raise LakeError(
            f"the report cannot be read: {'.'.join(map(str, first['loc'])) or 'its JSON'}: {first['msg']}",
            where=where,
            next_step="restore the file from a copy, or run again",
        ) from None
    raise LakeError(
        f"the report has schema version {version}; this Saaf reads up to {SCHEMA_VERSION}",
        where=where,
        next_step="read it with the version of Saaf that wrote it, or a later one",
    )


class _Version(_Part):
    schema_version: int
