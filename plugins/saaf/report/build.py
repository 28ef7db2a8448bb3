"""Makes a run's report from the rows of its tables: one pass over each, memory bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from saaf import __version__
from saaf.config import ReportConfig
from saaf.figures import Metric
from saaf.figures import Verdict as FigureVerdict
from saaf.reasons import Reason
from saaf.report import model as m
from saaf.report.compare import COMPARED_CHARACTERS, compare
from saaf.report.samples import rows_of
from saaf.report.show import counted, cut, first_words, last_words
from saaf.report.tally import (
    ARTICLES,
    CLUSTER_EDGES,
    LENGTH_EDGES,
    SIMILARITY_BINS,
    TEXT_COLUMNS,
    BronzeTally,
    DuplicatesTally,
    FiguresTally,
    GoldTally,
    Hide,
    LedgerTally,
    RejectedTally,
    Row,
    SilverTally,
    TextTally,
    ValidationTally,
    as_it_is,
    text_row,
)
from saaf.steps import STEPS
from saaf.tables import TABLES_VERSION

_AROUND = 60
"""Characters that are shown on each side of a removed piece."""
_LABEL = 200
"""Characters of a name, a path or a message that are shown."""
_TOP_RULES = 60
_TOP_REJECTIONS = 60
_TOP_PLACES = 12
_REMOVALS_OF_AN_ARTICLE = 30
_CAPTIONS_OF_AN_ARTICLE = 5
_UNSETTLED = 20
_STATS = 100
_FIGURES = 200
_FIGURE_IDS = 10

_STAGES = ("ingest", "clean", "validate", "deduplicate")


def build(
    facts: m.RunFacts,
    *,
    ledger: Iterable[pa.RecordBatch],
    bronze: Iterable[pa.RecordBatch],
    silver: Iterable[pa.RecordBatch],
    rejected: Iterable[pa.RecordBatch],
    duplicates: Iterable[pa.RecordBatch],
    validation: Iterable[pa.RecordBatch],
    gold: Iterable[pa.RecordBatch],
    config: ReportConfig,
    figures: Iterable[pa.RecordBatch] = (),
    history: Iterable[pa.RecordBatch] = (),
    earlier_gold: Callable[[Collection[str]], Iterable[pa.RecordBatch]] | None = None,
    hide: Hide | None = None,
) -> m.RunReport:
    """Make the report of a run from the rows that it wrote, or would have written.

    Each table is read once, in the order that its samples need: what was rejected and found to be
    a copy decides which clean texts are shown, and what was removed decides which raw ones are.
    Samples are the documents with the smallest ids: the same in every repetition.

    Args:
        facts: What the engine knows of the run.
        ledger: Rows of this run in LEDGER.
        bronze: Rows of this run in BRONZE.
        silver: Rows of this run in SILVER.
        rejected: Rows of this run in REJECTED.
        duplicates: Rows of this run in DUPLICATES.
        validation: Rows of this run in VALIDATION.
        gold: Rows of this run in GOLD.
        config: How many samples, and how long.
        figures: Rows of this run in FIGURES.
        history: Rows of earlier runs in FIGURES, the oldest run first; the last 30 of the source are used.
        earlier_gold: Finds rows of GOLD that earlier runs wrote, by doc_id: most copies are copies of
            those. None where they cannot be had; such copies are then shown alone.
        hide: Puts what must not be seen of a text out of sight, its length unchanged: personal numbers
            where they are masked. None: texts are shown as they are.
    """
    objects = _count(ledger, LedgerTally(config.samples))
    rejections = _count(rejected, RejectedTally(config.samples))
    pairs = _count(duplicates, DuplicatesTally(config.samples))
    checks = _count(validation, ValidationTally())
    texts_of = rejections.sampled_ids | pairs.sampled_ids
    kept_characters = max(config.sample_characters, COMPARED_CHARACTERS)
    cleaned = _count(silver, SilverTally(config.samples, texts_of, kept_characters, hide or as_it_is))
    earlier = _earlier_texts(pairs.sampled_ids - cleaned.texts.keys(), earlier_gold, kept_characters, hide or as_it_is)
    raw = _count(bronze, _wanted_of_bronze(cleaned, rejections, config, hide or as_it_is))
    shown = {row["doc_id"] for row in (*cleaned.all_articles.values, *cleaned.changed_articles.values)}
    published = _count(gold, GoldTally(shown))
    compared = _count(figures, FiguresTally(facts.source))
    compared.look_back(history)
    return _Report(
        facts, config, objects, rejections, pairs, checks, cleaned, raw, published, compared, earlier
    ).whole()


class _Tally(Protocol):
    def add(self, batch: pa.RecordBatch) -> None: ...


_AnyTally = TypeVar("_AnyTally", bound=_Tally)


def _count(batches: Iterable[pa.RecordBatch], tally: _AnyTally) -> _AnyTally:
    for batch in batches:
        if batch.num_rows:
            tally.add(batch)
    return tally


def _earlier_texts(
    doc_ids: Collection[str],
    earlier_gold: Callable[[Collection[str]], Iterable[pa.RecordBatch]] | None,
    characters: int,
    hide: Hide,
) -> dict[str, Row]:
    """Texts of documents that earlier runs kept, in the form of :attr:`SilverTally.texts`."""
    if earlier_gold is None or not doc_ids:
        return {}
    rows = (row for batch in earlier_gold(doc_ids) for row in rows_of(batch, doc_ids, TEXT_COLUMNS))
    return {str(row["doc_id"]): text_row(row, characters, hide) for row in rows}


def _wanted_of_bronze(cleaned: SilverTally, rejections: RejectedTally, config: ReportConfig, hide: Hide) -> BronzeTally:
    """What has to be looked up in the raw texts: spans that are shown, openings where no clean text is left."""
    spans: dict[str, set[tuple[int, int]]] = {}
    for row in (*cleaned.all_articles.values, *cleaned.changed_articles.values):
        for span in row["removed"][:_REMOVALS_OF_AN_ARTICLE]:
            spans.setdefault(row["doc_id"], set()).add((span["start"], span["end"]))
    for rule in cleaned.rules.values():
        for row in rule.candidates.values:
            spans.setdefault(row["doc_id"], set()).add((row["start"], row["end"]))
    without_text = {d for d in rejections.sampled_ids if not (d in cleaned.texts and cleaned.texts[d]["text"].strip())}
    return BronzeTally(spans, without_text, config.sample_characters, around=2 * _AROUND, hide=hide)


@dataclass(frozen=True)
class _Report:
    """The parts of a report, each made from what was counted and drawn."""

    facts: m.RunFacts
    config: ReportConfig
    ledger: LedgerTally
    rejected: RejectedTally
    pairs: DuplicatesTally
    validation: ValidationTally
    silver: SilverTally
    bronze: BronzeTally
    gold: GoldTally
    figures: FiguresTally
    earlier: dict[str, Row]

    def whole(self) -> m.RunReport:
        """All parts together."""
        return m.RunReport(
            schema_version=m.SCHEMA_VERSION,
            run=self._run(),
            verdict=self._verdict(),
            balance=self._balance(),
            objects=self._objects(),
            funnel=self._funnel(),
            rules=self._rules(),
            articles=self._articles(),
            rejections=self._rejections(),
            duplicates=self._duplicates(),
            checks=self._checks(),
            text=self._text(),
            stages=self._stages(),
            figures=self._figures(),
        )

    def _run(self) -> m.Run:
        facts = self.facts
        return m.Run(
            run_id=cut(facts.run_id, _LABEL),
            source=facts.source,
            ingest_date=facts.ingest_date,
            started_at=facts.started_at,
            finished_at=facts.finished_at,
            dry_run=facts.dry_run,
            commit=facts.commit,
            lake=facts.lake,
            config_hash=facts.config_hash,
            saaf_version=__version__,
            tables_version=TABLES_VERSION,
        )

    # -- the accounts ---------------------------------------------------------------------------

    @property
    def _ingested(self) -> int:
        return self.bronze.documents + self.rejected.at("ingest")

    def _balance(self) -> m.Balance:
        gold, rejected = self.gold.text.documents, self.rejected.total
        return m.Balance(
            listed=self.ledger.records,
            ingested=self._ingested,
            gold=gold,
            rejected=rejected,
            holds=self._ingested == gold + rejected and self.ledger.records == self._ingested,
        )

    def _verdict(self) -> m.Verdict:
        balance = self._balance()
        came = (
            f"{counted(balance.ingested, 'document')} came in: {balance.gold:,} to gold, {balance.rejected:,} rejected."
        )
        if not balance.holds:
            return m.Verdict(
                status="unbalanced", sentence=f"{came} {_what_is_missing(balance)}", warnings=self._warnings()
            )
        if self.validation.refusing:
            return m.Verdict(
                status="refused",
                sentence=f"{counted(self.validation.refusing, 'critical expectation')} failed: nothing was published.",
                warnings=self._warnings(),
            )
        sentence = f"{came} This was a dry run: nothing was published." if self.facts.dry_run else came
        warnings = self._warnings()
        return m.Verdict(status="warnings" if warnings else "done", sentence=sentence, warnings=warnings)

    def _warnings(self) -> tuple[str, ...]:
        quarantined = self.rejected.at("validate")
        faults = sum(n for (_, code, _), n in self.rejected.groups.items() if code == Reason.CLEANING_FAILED)
        waiting = self.facts.stats.get("waiting", 0)
        buckets = self.facts.stats.get("buckets_over_limit", 0)
        odd = sum(row["verdict"] in _FIRST_VERDICTS for row in self.figures.rows)
        found = (
            (self.ledger.failed, f"{counted(self.ledger.failed, 'input file')} could not be read."),
            (faults, f"{counted(faults, 'document')} could not be cleaned: a fault of Saaf, please report it."),
            (quarantined, f"{counted(quarantined, 'document')} did not meet an expectation and went to rejected."),
            (self.validation.warned, f"{counted(self.validation.warned, 'expectation')} with a warning did not hold."),
            (
                odd,
                f"{counted(odd, 'figure')} outside what earlier runs say: the report shows them beside those of earlier runs.",
            ),
            (self._ingested and not self.gold.text.documents, "No document reached gold."),
            (
                len(self.facts.unsettled),
                f"{counted(len(self.facts.unsettled), 'input file')} still being written: left for the next run.",
            ),
            (waiting, f"{counted(waiting, 'input file')} over the limit of one run: left for the next run."),
            (
                buckets,
                f"{counted(buckets, 'bucket')} of likely copies over the limit: not every pair in them was compared.",
            ),
        )
        return tuple(sentence for count, sentence in found if count)

    def _objects(self) -> m.Objects:
        errors = tuple(
            m.ObjectError(
                code=code,
                sentence=_sentence(code),
                objects=count,
                samples=tuple(
                    m.ObjectFailure(uri=cut(row["uri"], _LABEL), message=cut(row["message"] or "", _LABEL))
                    for row in self.ledger.failures[code].values
                ),
            )
            for code, count in _most_first(self.ledger.errors)
        )
        return m.Objects(
            seen=self.ledger.seen,
            read=self.ledger.seen - self.ledger.failed,
            failed=self.ledger.failed,
            bytes=self.ledger.bytes,
            errors=errors,
            unsettled=len(self.facts.unsettled),
            unsettled_samples=tuple(cut(uri, _LABEL) for uri in self.facts.unsettled[:_UNSETTLED]),
        )

    def _funnel(self) -> tuple[m.FunnelStep, ...]:
        others = sorted({stage for stage, _, _ in self.rejected.groups} - set(_STAGES))
        steps, documents = [], self._ingested
        for stage in (*_STAGES, *others):
            reasons = Counter[str]()
            for (where, code, _), count in self.rejected.groups.items():
                if where == stage:
                    reasons[code] += count
            step = m.FunnelStep(
                stage=stage,
                documents_in=documents,
                rejected=reasons.total(),
                documents_out=documents - reasons.total(),
                reasons=tuple(
                    m.ReasonCount(code=code, sentence=_sentence(code), documents=count)
                    for code, count in _most_first(reasons)
                ),
            )
            steps.append(step)
            documents = step.documents_out
        return tuple(steps)

    # -- what was removed -----------------------------------------------------------------------

    def _rules(self) -> m.Rules:
        ranked = sorted(self.silver.rules.items(), key=lambda item: (-item[1].characters, item[0]))
        return m.Rules(
            documents=self.silver.changed,
            raw_characters=self.bronze.raw_characters,
            removed_characters=sum(rule.characters for _, rule in ranked),
            total=len(ranked),
            top=tuple(
                m.RuleCount(
                    rule=cut(rule, _LABEL),
                    kind=cut(kind, _LABEL),
                    documents=tally.documents,
                    spans=tally.spans,
                    characters=tally.characters,
                    samples=self._removal_samples(tally.candidates.values),
                )
                for (rule, kind), tally in ranked[:_TOP_RULES]
            ),
        )

    def _removal_samples(self, candidates: Collection[Row]) -> tuple[m.RemovalSample, ...]:
        """Samples that read differently, as far as there are; in the order of their ids."""
        first_of_its_text: list[tuple[Row, tuple[str, str, str]]] = []
        again: list[tuple[Row, tuple[str, str, str]]] = []
        texts: set[str] = set()
        for row in candidates:
            piece = self.bronze.pieces.get((row["doc_id"], row["start"], row["end"]))
            if piece is not None:
                (again if piece[1] in texts else first_of_its_text).append((row, piece))
                texts.add(piece[1])
        chosen = [*first_of_its_text, *again][: self.config.samples]
        return tuple(
            m.RemovalSample(
                doc_id=row["doc_id"],
                uri=cut(row["uri"], _LABEL),
                start=row["start"],
                end=row["end"],
                language=row["language"],
                before=last_words(before, _AROUND),
                removed=self._excerpt(removed, row["end"] - row["start"]),
                after=first_words(after, _AROUND),
            )
            for row, (before, removed, after) in sorted(chosen, key=lambda pair: pair[0]["doc_id"])
        )

    def _articles(self) -> m.Articles:
        total = self.silver.text.documents
        complete = total <= ARTICLES
        rejected = {row["doc_id"]: row for row in self.rejected.fates.values}
        if complete:
            rows = self.silver.all_articles.values
        else:
            # Of a large run only documents whose fate is at hand: all that reached gold, and some that did not.
            known = self.gold.reached | rejected.keys()
            rows = [row for row in self.silver.changed_articles.values if row["doc_id"] in known][:ARTICLES]
        rows = sorted(rows, key=lambda row: (row["uri"], row["record"]))
        return m.Articles(
            total=total, complete=complete, shown=tuple(self._article(row, rejected.get(row["doc_id"])) for row in rows)
        )

    def _article(self, row: Row, rejected: Row | None) -> m.Article:
        fate, sentence = "unaccounted", "Neither in gold nor rejected: a fault of Saaf, please report it."
        if rejected is not None:
            fate, sentence = rejected["reason"], _sentence(rejected["reason"])
        elif row["doc_id"] in self.gold.reached:
            fate, sentence = "gold", "It is in gold."
        return m.Article(
            **{name: row[name] for name in ("doc_id", "record", "language", "page_date", "published", "n_words")},
            **{name: _label(row[name]) for name in ("title", "agency", "section", "author")},
            uri=cut(row["uri"], _LABEL),
            fate=fate,
            fate_sentence=sentence,
            kept_id=rejected["kept_id"] if rejected else None,
            similarity=rejected["similarity"] if rejected else None,
            captions=tuple(self._excerpt(text, len(text)) for text in row["captions"][:_CAPTIONS_OF_AN_ARTICLE]),
            removed_share=row["removed_share"],
            removals=tuple(
                m.Removal(**span, removed=self._excerpt(piece[1], span["end"] - span["start"]))
                for span in row["removed"][:_REMOVALS_OF_AN_ARTICLE]
                if (piece := self.bronze.pieces.get((row["doc_id"], span["start"], span["end"]))) is not None
            ),
            removals_total=len(row["removed"]),
        )

    # -- what was rejected ----------------------------------------------------------------------

    def _rejections(self) -> tuple[m.Rejection, ...]:
        order = {stage: number for number, stage in enumerate(_STAGES)}
        ranked = sorted(
            self.rejected.groups.items(),
            key=lambda item: (order.get(item[0][0], len(order)), -item[1], item[0][1], item[0][2] or ""),
        )
        return tuple(
            m.Rejection(
                stage=stage,
                code=code,
                sentence=_sentence(code),
                rule=_label(rule),
                documents=count,
                samples=tuple(self._rejection_sample(row) for row in self.rejected.drawn[stage, code, rule].values),
            )
            for (stage, code, rule), count in ranked[:_TOP_REJECTIONS]
        )

    def _rejection_sample(self, row: Row) -> m.RejectionSample:
        doc_id = row["doc_id"]
        clean = self.silver.texts.get(doc_id)
        opening = self.bronze.opened.get(doc_id)
        shown = None
        if clean is not None and clean["text"].strip():
            shown = self._excerpt(clean["text"], clean["characters"])
        elif opening is not None:
            shown = self._excerpt(*opening)
        return m.RejectionSample(
            **{name: row[name] for name in ("doc_id", "record", "kept_id", "similarity")},
            uri=cut(row["uri"], _LABEL),
            value=_label(row["value"]),
            threshold=_label(row["threshold"]),
            language=clean["language"] if clean else None,
            excerpt=shown,
        )

    def _duplicates(self) -> m.Duplicates:
        methods = sorted(self.pairs.dropped.keys() | self.pairs.flagged.keys())
        stats = sorted(self.facts.stats.items())[:_STATS]
        return m.Duplicates(
            methods=tuple(
                m.MethodCount(method=name, dropped=self.pairs.dropped[name], flagged=self.pairs.flagged[name])
                for name in methods
            ),
            similarities=tuple(
                m.SimilarityBin(low=i / SIMILARITY_BINS, high=(i + 1) / SIMILARITY_BINS, documents=int(count))
                for i, count in enumerate(self.pairs.similarities)
                if self.pairs.similarities[: i + 1].any()
            ),
            pairs=tuple(self._pair(row) for row in self.pairs.closest),
            stats={cut(name, _LABEL): value for name, value in stats},
            clusters=self._clusters(),
        )

    def _pair(self, row: Row) -> m.Pair:
        copied, kept = self._text_of(row["doc_id"]), self._text_of(row["kept_id"])
        return m.Pair(
            **{name: row[name] for name in ("doc_id", "kept_id", "similarity", "method", "dropped")},
            uri=_label(copied["uri"]) if copied else None,
            kept_uri=_label(kept["uri"]) if kept else None,
            language=copied["language"] if copied else None,
            text=self._excerpt(copied["text"], copied["characters"]) if copied else None,
            kept_text=self._excerpt(kept["text"], kept["characters"]) if kept else None,
            comparison=self._comparison(copied, kept),
        )

    def _clusters(self) -> m.Clusters:
        bounds: list[int | None] = [*CLUSTER_EDGES[1:], None]
        sizes = tuple(
            m.ClusterSize(low=low, high=high, clusters=count)
            for low, high, count in zip(CLUSTER_EDGES, bounds, self.pairs.cluster_sizes, strict=False)
        )
        return m.Clusters(
            total=sum(size.clusters for size in sizes),
            sizes=sizes,
            shown=tuple(self._cluster(*cluster) for cluster in self.pairs.clusters),
        )

    def _cluster(self, kept_id: str, copies: int, rows: Collection[Row]) -> m.Cluster:
        kept = self._text_of(kept_id)
        opening = kept["text"].strip().split("\n")[0] if kept else ""
        shown = []
        for row in rows:
            copied = self._text_of(row["doc_id"])
            shown.append(
                m.ClusterCopy(
                    **{name: row[name] for name in ("doc_id", "similarity", "method")},
                    uri=_label(copied["uri"]) if copied else None,
                    comparison=self._comparison(copied, kept),
                )
            )
        return m.Cluster(
            kept_id=kept_id,
            kept_uri=_label(kept["uri"]) if kept else None,
            earlier=kept_id not in self.silver.texts,
            language=kept["language"] if kept else None,
            opening=m.Excerpt(text=cut(opening, _LABEL), characters=len(opening)) if kept else None,
            copies=copies,
            shown=tuple(shown),
        )

    def _text_of(self, doc_id: str) -> Row | None:
        return self.silver.texts.get(doc_id) or self.earlier.get(doc_id)

    def _comparison(self, copied: Row | None, kept: Row | None) -> m.Comparison | None:
        if copied is None or kept is None:
            return None
        is_cut = any(row["characters"] > len(row["text"]) for row in (copied, kept))
        return compare(copied["text"], kept["text"], limit=self.config.sample_characters, is_cut=is_cut)

    # -- the rest -------------------------------------------------------------------------------

    def _checks(self) -> m.Checks:
        return m.Checks(
            evaluated=self.validation.evaluated,
            failed=self.validation.failed,
            quarantined=self.rejected.at("validate"),
            shown=tuple(
                m.Check(
                    **{
                        **row,
                        **{name: _label(row[name]) for name in ("expectation", "column", "bound", "why", "observed")},
                        "sample_ids": row["sample_ids"][:3],
                    }
                )
                for row in self.validation.shown
            ),
        )

    def _figures(self) -> m.Figures:
        shown = sorted(self.figures.rows, key=_figure_order)[:_FIGURES]
        return m.Figures(
            runs=tuple(cut(run, _LABEL) for run in self.figures.earlier),
            total=len(self.figures.rows),
            shown=tuple(self._figure(row) for row in shown),
        )

    def _figure(self, row: Row) -> m.Figure:
        metric, key = row["metric"], row["key"]
        sentence, is_share = _metric(metric)
        # A share of nothing has no row: no document had the language, or was rejected for the reason.
        absent = 0.0 if is_share and key is not None else None
        return m.Figure(
            **{name: row[name] for name in ("value", "expected", "low", "high", "deviation")},
            metric=cut(metric, _LABEL),
            key=_label(key),
            sentence=sentence,
            is_share=is_share,
            verdict=cut(row["verdict"], _LABEL),
            verdict_sentence=_figure_verdict(row["verdict"]),
            sample_ids=tuple(cut(doc_id, _LABEL) for doc_id in row["sample_ids"][:_FIGURE_IDS]),
            earlier=self.figures.values(metric, key, absent=absent),
        )

    def _text(self) -> m.Text:
        silver, gold = self.silver.text, self.gold.text
        bounds: list[int | None] = [*LENGTH_EDGES[1:], None]
        return m.Text(
            gold_words=gold.words,
            gold_characters=gold.characters,
            languages=_shares(silver, gold, "languages"),
            sites=_shares(silver, gold, "sites"),
            lengths=tuple(
                m.LengthBin(low=low, high=high, cleaned=int(cleaned), gold=int(kept))
                for low, high, cleaned, kept in zip(LENGTH_EDGES, bounds, silver.lengths, gold.lengths, strict=True)
            ),
        )

    def _stages(self) -> tuple[m.StageTime, ...]:
        ingest, clean, validate, deduplicate, *_ = self._funnel()
        raw, clean_text, gold = self.bronze.raw_bytes, self.silver.text.bytes, self.gold.text.bytes
        work = {
            "ingest": (ingest.documents_in, self.ledger.bytes),
            "validate_bronze": (ingest.documents_out, raw),
            "clean": (clean.documents_in, raw),
            "validate_silver": (clean.documents_out, clean_text),
            "validate": (validate.documents_in, clean_text),
            "deduplicate": (deduplicate.documents_in, clean_text),
            "validate_gold": (deduplicate.documents_out, gold),
            "publish": (self.gold.text.documents, gold),
        }
        order = {step: number for number, step in enumerate(STEPS)}
        names = sorted(self.facts.seconds, key=lambda name: (order.get(name, len(order)), name))
        times = []
        for name in names:
            documents, size = work.get(name, (None, None))
            times.append(m.StageTime(stage=name, seconds=self.facts.seconds[name], documents=documents, bytes=size))
        return tuple(times)

    def _excerpt(self, text: str, characters: int) -> m.Excerpt:
        return m.Excerpt(text=cut(text, self.config.sample_characters), characters=characters)


def _shares(silver: TextTally, gold: TextTally, what: str) -> tuple[m.Share, ...]:
    """The most frequent languages or sites; what is left over stands as `others`."""
    cleaned: Counter[str] = getattr(silver, what)
    kept: Counter[str] = getattr(gold, what)
    named = [name for name, _ in _most_first(cleaned | kept) if name != "others"]
    shares = [m.Share(name=cut(name, _LABEL), cleaned=cleaned[name], gold=kept[name]) for name in named[:_TOP_PLACES]]
    rest_cleaned = cleaned.total() - sum(share.cleaned for share in shares)
    rest_gold = kept.total() - sum(share.gold for share in shares)
    if rest_cleaned or rest_gold:
        shares.append(m.Share(name="others", cleaned=rest_cleaned, gold=rest_gold))
    return tuple(shares)


_FIRST_VERDICTS = {FigureVerdict.ASK: 0, FigureVerdict.APPROVED: 1, FigureVerdict.WARN: 2}
_METRICS = {metric: number for number, metric in enumerate(Metric)}


def _figure_order(row: Row) -> tuple[int, int, float, str]:
    """What a person should look at first; then as the metrics stand, the largest of each first."""
    verdict = _FIRST_VERDICTS.get(row["verdict"], len(_FIRST_VERDICTS))
    return verdict, _METRICS.get(row["metric"], len(_METRICS)), -row["value"], row["key"] or ""


def _metric(code: str) -> tuple[str, bool]:
    """What a metric means and whether it is a share; one that this version does not know stands for itself."""
    try:
        return Metric(code).sentence, Metric(code).is_share
    except ValueError:
        return cut(code, _LABEL), False


def _figure_verdict(code: str) -> str:
    try:
        return FigureVerdict(code).sentence
    except ValueError:
        return cut(code, _LABEL)


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _sentence(code: str) -> str:
    """What a code means; a code that this version does not know stands for itself."""
    try:
        return Reason(code).sentence
    except ValueError:
        return cut(code, _LABEL)


def _what_is_missing(balance: m.Balance) -> str:
    missing = balance.ingested - balance.gold - balance.rejected
    if missing > 0:
        return f"{counted(missing, 'document')} unaccounted for: a fault of Saaf, please report it."
    if missing < 0:
        return f"{counted(-missing, 'document')} too many: a fault of Saaf, please report it."
    return f"The input held {balance.listed:,} records: a fault of Saaf, please report it."


def _label(text: Any) -> str | None:
    return None if text is None else cut(str(text), _LABEL)
