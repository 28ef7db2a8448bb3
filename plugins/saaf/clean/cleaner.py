"""The cleaner: bronze rows to silver rows, each removal named, each rejection with its reason.

One silver row for every bronze row, in the same order, whether the document goes on or not. A fault in one
document costs that document only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from saaf.clean.engine import CompiledRule, Engine, compile_pack
from saaf.clean.packs import find_packs, load_pack, refusal
from saaf.clean.page import Page
from saaf.clean.spans import Span, check, remainder
from saaf.config import CleanConfig
from saaf.reasons import Reason
from saaf.tables import BRONZE, REJECTED, SILVER

_REDETECT_SHARE = 0.1
"""A document that lost more than this has its language told again, from what is left."""

_GAP = "\ud800"
"""Stands for a removal while lines are put together: a lone surrogate, which no stored text can hold."""
_BETWEEN_WORDS = re.compile(rf"(?<=\S){_GAP}+(?=\w)")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cleaned:
    """What became of a batch.

    Attributes:
        silver: One row for every bronze row, in the same order.
        rejected: One row for each document that does not go on, stage `clean`.
    """

    silver: pa.RecordBatch
    rejected: pa.RecordBatch


@dataclass(frozen=True)
class _Refusal:
    reason: Reason
    rule: str | None = None
    value: str | None = None
    threshold: str | None = None


class Cleaner:
    """Takes out of raw pages what is not the article.

    Args:
        config: What to remove and reject.
        rules: The compiled rules, in the order in which they claim lines.
        files: The packs that they came from.
    """

    def __init__(self, config: CleanConfig, rules: Sequence[CompiledRule], files: Sequence[Path] = ()) -> None:
        self._config = config
        self._rules = tuple(rules)
        self._files = tuple(files)
        self._engines: dict[tuple[int, ...], Engine] = {}
        self._chosen: dict[tuple[str | None, str | None], Engine] = {}

    @classmethod
    def load(cls, config: CleanConfig, root: Path, extra_packs: Sequence[Path] = ()) -> Cleaner:
        """Load the packs of a configuration and compile their rules.

        Args:
            config: What to remove and reject; its `packs` count from ``root / "include/rules"``.
            root: The project's root.
            extra_packs: More pack files, asked after the configured ones.

        Raises:
            RuleError: A pack that cannot be read or used, with file, line and reason.
        """
        files = (*find_packs(config.packs, root), *extra_packs)
        rules: dict[str, CompiledRule] = {}
        for file in files:
            loaded = load_pack(file)
            for number, rule in enumerate(compile_pack(loaded)):
                if rule.name in rules:
                    raise refusal(f"another pack has a rule {rule.name!r}", loaded.place(number, "id"))
                rules[rule.name] = rule
        return cls(config, tuple(rules.values()), files)

    @property
    def files(self) -> tuple[Path, ...]:
        """The pack files."""
        return self._files

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        """All rules, in the order in which they claim lines."""
        return self._rules

    def clean(self, bronze: pa.RecordBatch) -> Cleaned:
        """Clean a batch.

        Args:
            bronze: Rows of table bronze.

        Returns:
            The silver rows, and the rejected ones with their reasons.
        """
        silver: list[Row] = []
        rejected: list[Row] = []
        for row in BRONZE.conform(bronze).to_pylist():
            cleaned, refusal_ = self._clean_safely(row)
            silver.append(cleaned)
            if refusal_ is not None:
                rejected.append(_rejected(row, refusal_))
        return Cleaned(SILVER.batch(silver), REJECTED.batch(rejected))

    def removed(self, raw: str, *, language: str | None = None, site: str | None = None) -> tuple[Span, ...]:
        """What the rules remove of one page: for looking at rules; :meth:`clean` does it for batches.

        Args:
            raw: The raw text.
            language: ISO 639 code; None asks the rules of every language.
            site: Host of the page, a path may follow it.
        """
        return self._engine(language, site).remove(raw).spans

    def _engine(self, language: str | None, site: str | None) -> Engine:
        engine = self._chosen.get((language, site))
        if engine is None:
            numbers = tuple(n for n, rule in enumerate(self._rules) if rule.is_for(language, site))
            # Most sites have no rules of their own and share one engine.
            engine = self._engines.get(numbers)
            if engine is None:
                engine = self._engines[numbers] = Engine([self._rules[n] for n in numbers])
            if len(self._chosen) < 10_000:
                self._chosen[language, site] = engine
        return engine

    def _clean_safely(self, row: Row) -> tuple[Row, _Refusal | None]:
        try:
            return self._clean_one(row)
        except Exception as error:  # noqa: BLE001 - one document must not cost the batch; the row says what happened
            return _failed(row), _Refusal(Reason.CLEANING_FAILED, rule=type(error).__name__)

    def _clean_one(self, row: Row) -> tuple[Row, _Refusal | None]:
        from saaf.clean.language import detect
        from saaf.clean.metadata import describe
        from saaf.clean.normalise import normalise
        from saaf.clean.signals import signals

        raw: str = row["raw_text"]
        language, score = detect(raw)
        page = Page(raw)
        removal = self._engine(self._sure(language, score), row["site"]).remove_from(page)
        check(removal.spans, len(raw))
        removed_share = _removed_share(page, removal.spans)
        if removed_share > _REDETECT_SHARE:
            language, score = detect(remainder(raw, removal.spans))
        text = assemble(page, removal.spans, language, normalise)
        described = describe(
            raw,
            removal.spans,
            site=row["site"],
            language=language,
            given_title=row["given_title"],
            given_date=row["given_date"],
            wraps=page.wrap_breaks,
        )
        measured = {**signals(text, language), "removed_share": removed_share}
        silver = {
            **_carried(row),
            "text": text,
            "title": described.title,
            "language": language,
            "language_score": score,
            "page_date": described.page_date,
            "published": described.published,
            "agency": described.agency,
            "section": described.section,
            "author": described.author,
            "captions": list(described.captions),
            "removed": [{"start": s.start, "end": s.end, "rule": s.rule, "kind": s.kind} for s in removal.spans],
            **measured,
        }
        return silver, self._refusal(raw, silver, removal.page_rule)

    def _sure(self, language: str | None, score: float | None) -> str | None:
        return language if score is not None and score >= self._config.min_language_score else None

    def _refusal(self, raw: str, silver: Row, page_rule: str | None) -> _Refusal | None:
        if not any(map(str.isalpha, raw)):
            return _Refusal(Reason.EMPTY)
        share = silver["removed_share"]
        if page_rule is not None or not any(map(str.isalpha, silver["text"])):
            return _Refusal(Reason.BOILERPLATE_ONLY, rule=page_rule, value=f"{share:.3f}")
        if share > self._config.max_removed_share:
            return _Refusal(
                Reason.TOO_MUCH_REMOVED,
                rule="max_removed_share",
                value=f"{share:.3f}",
                threshold=str(self._config.max_removed_share),
            )
        return self._unwanted_language(silver) or _out_of_bounds(silver, self._config.filter)

    def _unwanted_language(self, silver: Row) -> _Refusal | None:
        language = self._sure(silver["language"], silver["language_score"])
        if language is None or not self._config.languages or language in self._config.languages:
            return None
        return _Refusal(
            Reason.LANGUAGE,
            rule="languages",
            value=f"{language} {silver['language_score']:.2f}",
            threshold=f"{','.join(self._config.languages)} {self._config.min_language_score}",
        )


def text_of(raw: str, removed: Sequence[Span], language: str | None) -> str:
    """The text of a document, from its raw text and what was removed: the same function that cleaning uses.

    A line of which nothing is left disappears with its line break; the breaks of hard-wrapped text disappear and
    its words are whole again; all else is what :func:`saaf.clean.normalise.normalise` makes of the remainder.

    Args:
        raw: The raw text.
        removed: What was removed, in order.
        language: ISO 639 code of the document.
    """
    from saaf.clean.normalise import normalise

    return assemble(Page(raw), removed, language, normalise)


def assemble(
    page: Page, removed: Sequence[Span], language: str | None, normalise: Callable[[str, str | None], str]
) -> str:
    """As :func:`text_of`, of a page that has been folded already."""
    raw = page.raw
    if not removed and not page.wrap_breaks:
        return normalise(raw, language)
    pieces: list[str] = []
    position = 0
    for start, end, is_removed in _gaps(page, removed):
        if end <= position:
            continue
        pieces.append(raw[position : max(position, start)])
        position = end
        if is_removed and _is_whole_line(raw, start, end):
            position = min(end + 1, len(raw))
        elif is_removed:
            pieces.append(_GAP)
    pieces.append(raw[position:])
    return normalise(_without_gaps("".join(pieces)), language)


def _gaps(page: Page, removed: Sequence[Span]) -> list[tuple[int, int, bool]]:
    gaps = [(span.start, span.end, True) for span in removed]
    if page.wrap_breaks:
        gaps = sorted(gaps + [(start, end, False) for start, end in page.wrap_breaks])
    return gaps


def _is_whole_line(raw: str, start: int, end: int) -> bool:
    return (start == 0 or raw[start - 1] == "\n") and (end == len(raw) or raw[end] == "\n")


def _without_gaps(text: str) -> str:
    if _GAP not in text:
        return text
    lines = (line for line in text.split("\n") if _GAP not in line or line.replace(_GAP, "").strip())
    return _BETWEEN_WORDS.sub(" ", "\n".join(lines)).replace(_GAP, "")


def _removed_share(page: Page, spans: Sequence[Span]) -> float:
    total = page.folded.raw_inked if spans else 0
    if not total:
        return 0.0
    return sum(sum(map(len, page.raw[span.start : span.end].split())) for span in spans) / total


def _out_of_bounds(silver: Row, preset: Literal["none", "news"]) -> _Refusal | None:
    from saaf.clean.signals import rejects

    broken = rejects(silver, preset)
    if broken is None:
        return None
    compared = ">=" if broken.value < broken.bound else "<="
    return _Refusal(
        Reason.SIGNAL, rule=broken.signal, value=f"{broken.value:.4g}", threshold=f"{compared} {broken.bound:g}"
    )


_CARRIED = tuple(name for name in SILVER.names if name in BRONZE.names)


def _carried(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _CARRIED}


def _failed(row: Row) -> Row:
    """The silver row of a document that could not be cleaned: its raw text, and no claims about it."""
    shares = (c.name for c in SILVER.columns if c.name.endswith("_share") and c.null is None)
    raw = row["raw_text"]
    return {
        **_carried(row),
        **dict.fromkeys(shares, 0.0),
        "text": raw,
        "captions": [],
        "removed": [],
        "n_chars": len(raw),
        "n_words": len(raw.split()),
    }


def _rejected(row: Row, refused: _Refusal) -> Row:
    return {
        "doc_id": row["doc_id"],
        "source": row["source"],
        "uri": row["uri"],
        "record": row["record"],
        "stage": "clean",
        "reason": refused.reason.value,
        "rule": refused.rule,
        "value": refused.value,
        "threshold": refused.threshold,
        "run_id": row["run_id"],
    }
