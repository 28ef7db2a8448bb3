"""The last gate: a run measured, its figures held against earlier runs and limits, and what a person must approve.

The figures are counted from what the run has staged, columns at a time and never text. Memory grows
with sites, rules and reasons, and with 8 bytes a document of gold.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saaf.clean.shares import SITE_CHARACTERS, RuleShares, is_approved
from saaf.config import CleanConfig, ValidateConfig
from saaf.errors import DataRefused
from saaf.figures import Metric, Verdict
from saaf.lake import Lake
from saaf.reasons import Reason
from saaf.tables import FIGURES, VALIDATION
from saaf.validate.drift import Band, Figure, History, band

RUN_SUITE = "run.json"
"""The suite of a run's figures, in the folder of the suites."""
IDS = 10
"""doc_ids that a figure which is out of its band names."""
SITES = 10_000
"""Sites whose share is noted down, the largest."""
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
UNTOLD = "none"
"""Key of the documents whose language could not be told."""

Read = Callable[[str, Sequence[str]], Iterator[pa.RecordBatch]]
"""Reads columns of what the run has staged, by a pattern of names."""


@dataclass(frozen=True)
class Review:
    """What the gate found.

    Attributes:
        figures: FIGURES rows, with their verdicts.
        validation: VALIDATION rows of the run's suite.
    """

    figures: pa.RecordBatch
    validation: pa.RecordBatch

    @property
    def asks(self) -> list[dict[str, Any]]:
        """The figures that a person must approve, the farthest out first."""
        return asked(self.figures)

    @property
    def warned(self) -> int:
        """How many figures are out of their band and no more."""
        return sum(verdict == Verdict.WARN for verdict in self.figures.column("verdict").to_pylist())


def asked(figures: pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows of figures whose verdict is `ask`, the farthest out first."""
    rows = figures.filter(pc.equal(figures.column("verdict"), Verdict.ASK.value)).to_pylist()
    return sorted(rows, key=lambda row: (-(row["deviation"] or 0.0), row["metric"], row["key"] or ""))


def approved(figures: pa.RecordBatch) -> pa.RecordBatch:
    """The figures after a person approved what was asked."""
    verdicts = figures.column("verdict")
    given = pc.if_else(pc.equal(verdicts, Verdict.ASK.value), Verdict.APPROVED.value, verdicts)
    return figures.set_column(figures.schema.get_field_index("verdict"), FIGURES.schema.field("verdict"), given)


def refusal(asks: Sequence[Mapping[str, Any]], *, run_id: str, source: str) -> DataRefused:
    """The error of a run that asks for an approval and has none."""
    named = "; ".join(sentence(row) for row in asks[:10])
    more = f"; and {len(asks) - 10} more" if len(asks) > 10 else ""
    rules = sorted({row["key"] for row in asks if row["metric"] == Metric.SITE_RULE_SHARE})
    listed = f"; a rule that is right to remove that much goes into clean.approved_rules: {rules}" if rules else ""
    return DataRefused(
        f"{len(asks)} figure(s) of the run are too far from what is usual or allowed, and nobody approved them: {named}{more}",
        where=f"run {run_id!r}, source {source!r}",
        next_step=f"look into what made them; if they are right: saaf run --approve 'WHY'{listed}",
    )


def sentence(row: Mapping[str, Any]) -> str:
    """A figure that is out of its band or past its limit, in short."""
    name = row["metric"] if row["key"] is None else f"{row['metric']} of {row['key']}"
    if row["high"] is None:
        return f"{name} is {row['value']:.3g}, which {RUN_SUITE} does not allow"
    if row["expected"] is None:
        return f"{name} is {row['value']:.3g}, and the limit is {row['high']:.3g}"
    return f"{name} is {row['value']:.3g}, and {row['low']:.3g} to {row['high']:.3g} is usual"


def data_docs(lake: Lake, run_id: str, *, suites: Path, folder: Path) -> Path | None:
    """Write Great Expectations' Data Docs of a run that has been committed.

    Args:
        lake: The lake.
        run_id: The run.
        suites: Folder of the suites.
        folder: Where the pages go.

    Returns:
        The first page; None where the run has no commit.
    """
    from saaf.validate import load_suite
    from saaf.validate.datadocs import write_data_docs

    record = next((record for record in lake.log() if record.run_id == run_id), None)
    if record is None:
        return None
    rows = [VALIDATION.conform(batch) for batch in lake.read("validation", commit=record.n)]
    loaded = [load_suite(path, tried_out=False) for path in sorted(suites.glob("*.json"))]
    at = datetime.fromisoformat(str(record.facts["started_at"]))
    return write_data_docs(pa.concat_batches(rows), loaded, folder, run_id=run_id, at=at)


# -- measuring --------------------------------------------------------------------------------------


@dataclass
class Counts:
    """What a run's figures are made of."""

    records: int = 0
    objects: int = 0
    failed: int = 0
    compared: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    copies: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    lengths: list[Any] = field(default_factory=list)
    shares: RuleShares = field(default_factory=RuleShares)


def count(read: Read) -> Counts:
    """Count what a run has staged."""
    counts = Counts()
    counts.records = _rows(read("bronze/*", ["record"])) + _rows(read("rejected/ingest-*", ["record"]))
    for batch in read("ledger/*", ["status"]):
        counts.objects += batch.num_rows
        counts.failed += pc.sum(pc.equal(batch.column("status"), "error")).as_py() or 0
    for batch in read("rejected/*", ["stage", "reason"]):
        counts.reasons.update(batch.column("reason").to_pylist())
        counts.copies += pc.sum(pc.equal(batch.column("stage"), "deduplicate")).as_py() or 0
    for batch in read("silver/*", ["site", "n_chars", "language", "removed"]):
        counts.shares.add(batch)
        told = pc.value_counts(pc.fill_null(batch.column("language"), UNTOLD))
        for value in told.to_pylist():
            counts.languages[value["values"]] += value["counts"]
    turned_away = _rows(read("rejected/clean-*", ["record"])) + _rows(read("rejected/validate-silver", ["record"]))
    counts.compared = counts.languages.total() - turned_away
    counts.lengths = [batch.column("n_chars").to_numpy() for batch in read("gold", ["n_chars"])]
    return counts


def _rows(batches: Iterable[pa.RecordBatch]) -> int:
    return sum(batch.num_rows for batch in batches)


def measure(counts: Counts, history: History, config: CleanConfig) -> list[Figure]:
    """A run's figures."""
    figures = [Figure(Metric.DOCUMENTS, None, counts.records, counts.records, counts.records)]
    figures += _share(Metric.INPUTS_FAILED, None, counts.failed, counts.objects)
    gold = sum(map(len, counts.lengths))
    figures += _share(Metric.GOLD_SHARE, None, gold, counts.records)
    for reason, documents in counts.reasons.items():
        figures += _share(Metric.REJECTED_SHARE, reason, documents, counts.records)
    failed = counts.reasons[Reason.CLEANING_FAILED]
    figures += _share(Metric.CLEANING_FAILED, None, failed, counts.languages.total())
    figures += _share(Metric.DUPLICATE_SHARE, None, counts.copies, counts.compared)
    cleaned = counts.languages.total()
    for language, documents in counts.languages.items():
        figures += _share(Metric.LANGUAGE_SHARE, language, documents, cleaned)
    figures += _lengths(counts.lengths)
    figures += _removed(counts.shares, config)
    figures += _sites(counts.shares, history)
    keyed = (Metric.REJECTED_SHARE, Metric.LANGUAGE_SHARE, Metric.RULE_SHARE, Metric.SITE_SHARE)
    totals = {Metric.REJECTED_SHARE: counts.records, Metric.RULE_SHARE: counts.shares.characters}
    for name, key in history.gone(figures, keyed):
        figures.append(Figure(Metric(name), key, 0.0, totals.get(Metric(name), cleaned), cleaned))
    return figures


def _share(metric: Metric, key: str | None, part: int, total: int) -> list[Figure]:
    """A share of documents or objects; none of nothing."""
    return [Figure(metric, key, part / total, total, total)] if total else []


def _lengths(lengths: Sequence[Any]) -> Iterator[Figure]:
    if not lengths or not (total := sum(map(len, lengths))):
        return
    values = np.quantile(np.concatenate(lengths), list(QUANTILES.values()), method="inverted_cdf")
    for name, value in zip(QUANTILES, values, strict=True):
        yield Figure(Metric.LENGTH_QUANTILE, name, float(value), total, total)


def _removed(shares: RuleShares, config: CleanConfig) -> Iterator[Figure]:
    characters, documents = shares.characters, shares.documents.total()
    if not characters:
        return
    yield Figure(Metric.REMOVED_SHARE, None, shares.removed / characters, characters, documents)
    for found in shares.by_rule():
        yield Figure(Metric.RULE_SHARE, found.rule, found.share, characters, documents)
    for found in shares.over(config.max_rule_share, min_documents=config.min_rule_documents):
        key = found.rule if found.site is None else f"{found.rule} {found.site}"
        limit = 1.0 if is_approved(found, config.approved_rules) else config.max_rule_share
        yield Figure(Metric.SITE_RULE_SHARE, key, found.share, found.characters, found.documents, limit)


def _sites(shares: RuleShares, history: History) -> Iterator[Figure]:
    documents = shares.documents.total()
    named = [(site, number) for site, number in shares.documents.items() if site is not None]
    for site, number in sorted(named, key=lambda item: (-item[1], item[0]))[:SITES]:
        yield from _share(Metric.SITE_SHARE, site, number, documents)
    known = history.sites()
    new = sum(site not in known for site, _ in named)
    yield Figure(Metric.NEW_SITES, None, new, len(named), documents)


# -- judging ----------------------------------------------------------------------------------------


def review(
    read: Read,
    history: History,
    *,
    source: str,
    run_id: str,
    clean: CleanConfig,
    validate: ValidateConfig,
    suites: Path,
) -> Review:
    """Measure a run, and hold its figures against earlier runs, limits and the run's suite.

    Args:
        read: Reads what the run has staged.
        history: The figures of earlier runs of the source.
        source: Its name.
        run_id: The run.
        clean: What a rule may remove.
        validate: How far a figure may stray.
        suites: Folder of the suites.

    Raises:
        DataRefused: An expectation marked `fail` does not hold for the figures.
        BrokenCheck: The gate did not do its work.
        SuiteError: The suite cannot be used.
    """
    from saaf.validate import canary, check, load_suite

    suite = load_suite(suites / RUN_SUITE, tried_out=False)
    canary(FIGURES, suite, validate, run_id=run_id)
    figures = sorted(measure(count(read), history, clean), key=lambda figure: (figure.metric, figure.key or ""))
    bands = [band(figure, history, validate) for figure in figures]
    rows = [_row(figure, found, len(history.runs)) for figure, found in zip(figures, bands, strict=True)]
    batch = FIGURES.batch({**row, "source": source, "run_id": run_id} for row in rows)
    result = check(FIGURES, [batch], suite, validate, run_id=run_id)
    if result.failure:
        raise result.failure
    for number, row in enumerate(rows):
        row["verdict"] = _verdict(row, number, result.breaking)
    _name_documents(rows, read, history)
    return Review(FIGURES.batch({**row, "source": source, "run_id": run_id} for row in rows), result.validation)


def _row(figure: Figure, found: Band | None, runs: int) -> dict[str, Any]:
    return {
        "metric": figure.metric.value,
        "key": figure.key,
        "value": float(figure.value),
        "total": figure.total,
        "expected": found.expected if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "deviation": found.deviation if found else None,
        "runs": 0 if figure.limit is not None else runs,
        "verdict": (Verdict.OK if found else Verdict.NEW).value,
        "sample_ids": [],
    }


def _verdict(row: Mapping[str, Any], number: int, breaking: Mapping[str, frozenset[int]]) -> str:
    """The gravest consequence of the suite's; a rule past its limit is asked about whatever the suite holds."""
    past_limit = row["metric"] == Metric.SITE_RULE_SHARE and row["deviation"] > 1
    if past_limit or number in breaking.get("ask", ()):
        return Verdict.ASK.value
    if row["metric"] == Metric.SITE_RULE_SHARE:
        return Verdict.APPROVED.value
    return Verdict.WARN.value if number in breaking.get("warn", ()) else str(row["verdict"])


# -- naming documents -------------------------------------------------------------------------------

Mask = Callable[[pa.RecordBatch], pa.Array]
"""Which rows of a batch a figure is about."""


def _name_documents(rows: Sequence[dict[str, Any]], read: Read, history: History) -> None:
    """Put the smallest doc_ids that a figure is about beside those that are not as they should be."""
    known = pa.array(sorted(history.sites()), pa.string())
    out = [row for row in rows if row["verdict"] in (Verdict.WARN, Verdict.ASK, Verdict.APPROVED)]
    wanted: dict[str, list[tuple[dict[str, Any], Mask]]] = {}
    for row in out:
        if place := _about(row, known):
            wanted.setdefault(place[0], []).append((row, place[1]))
    for table, masks in wanted.items():
        for batch in read(table, _COLUMNS[table]):
            for row, mask in masks:
                found = batch.column("doc_id").filter(mask(batch)).to_pylist()
                row["sample_ids"] = heapq.nsmallest(IDS, {*row["sample_ids"], *found})


_COLUMNS = {
    "silver/*": ["doc_id", "site", "language", "removed"],
    "rejected/*": ["doc_id", "stage", "reason"],
    "gold": ["doc_id", "n_chars"],
}


def _about(row: Mapping[str, Any], known: pa.Array) -> tuple[str, Mask] | None:  # noqa: PLR0911 - a table of metrics
    """Where the documents of a figure stand, and which they are; None for those of no document."""
    key, value = row["key"], row["value"]
    match row["metric"]:
        case Metric.REJECTED_SHARE:
            return "rejected/*", lambda batch: pc.equal(batch.column("reason"), key)
        case Metric.CLEANING_FAILED:
            return "rejected/*", lambda batch: pc.equal(batch.column("reason"), Reason.CLEANING_FAILED.value)
        case Metric.DUPLICATE_SHARE:
            return "rejected/*", lambda batch: pc.equal(batch.column("stage"), "deduplicate")
        case Metric.GOLD_SHARE:
            return "rejected/*", lambda batch: pc.is_valid(batch.column("doc_id"))
        case Metric.LANGUAGE_SHARE:
            return "silver/*", lambda batch: pc.equal(pc.fill_null(batch.column("language"), UNTOLD), key)
        case Metric.SITE_SHARE:
            return "silver/*", lambda batch: pc.fill_null(pc.equal(_site(batch), key), False)
        case Metric.NEW_SITES:
            return "silver/*", lambda batch: pc.and_(
                pc.is_valid(_site(batch)), pc.invert(pc.is_in(_site(batch), known))
            )
        case Metric.REMOVED_SHARE:
            return "silver/*", lambda batch: pc.greater(pc.list_value_length(batch.column("removed")), 0)
        case Metric.RULE_SHARE | Metric.SITE_RULE_SHARE:
            return "silver/*", lambda batch: _removed_by(batch, *key.split(" ", 1))
        case Metric.LENGTH_QUANTILE:
            longer = QUANTILES[key] > 0.5
            compare = pc.greater_equal if longer else pc.less_equal
            return "gold", lambda batch: compare(batch.column("n_chars"), int(value))
    return None


def _site(batch: pa.RecordBatch) -> pa.Array:
    return pc.utf8_slice_codeunits(batch.column("site"), 0, SITE_CHARACTERS)


def _removed_by(batch: pa.RecordBatch, rule: str, site: str | None = None) -> pa.Array:
    """Rows of which the rule removed something, of one site or of all."""
    removed = batch.column("removed")
    of_rule = pc.equal(pc.struct_field(pc.list_flatten(removed), "rule"), rule)
    mask = np.zeros(batch.num_rows, bool)
    mask[pc.list_parent_indices(removed).filter(of_rule).to_numpy()] = True
    found = pa.array(mask)
    return found if site is None else pc.and_(found, pc.fill_null(pc.equal(_site(batch), site), False))
