"""The cleaner: bronze rows to silver rows, each removal named, each rejection with its reason.

One silver row for every bronze row, in the same order, whether the document goes on or not. A fault in one
document costs that document only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from saaf.clean import pii
from saaf.clean.assembly import assemble, rows_of
from saaf.clean.columns import SAID_OF_CLEANED, Given, Refusal, Row, SilverColumns, given_rows, rejected_rows
from saaf.clean.engine import CompiledRule, Engine, compile_pack
from saaf.clean.language import detect
from saaf.clean.metadata import describe
from saaf.clean.packs import find_packs, load_pack, refusal, refuse_proposal
from saaf.clean.page import Page
from saaf.clean.signals import rejects, signals_of
from saaf.clean.spans import Span, check, merge, remainder
from saaf.config import CleanConfig
from saaf.reasons import Reason
from saaf.tables import BRONZE, SILVER
from saaf.text.fold import code_points

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_REDETECT_SHARE = 0.1
"""A document that lost more than this has its language told again, from what is left."""
_LOOKED_AT = 128
"""Characters of a text in which a letter is looked for at a time."""


@dataclass(frozen=True)
class Cleaned:
    """What became of a batch.

    Attributes:
        silver: One row for every bronze row, in the same order.
        rejected: One row for each document that does not go on, stage `clean`.
    """

    silver: pa.RecordBatch
    rejected: pa.RecordBatch


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
            extra_packs: More pack files, asked after the configured ones. These may be proposals: for trying them.

        Raises:
            RuleError: A pack that cannot be read or used, with file, line and reason; a configured pack that was
                learned and that no person has approved.
        """
        configured = find_packs(config.packs, root)
        files = (*configured, *extra_packs)
        rules: dict[str, CompiledRule] = {}
        for place, file in enumerate(files):
            loaded = load_pack(file)
            if place < len(configured):
                refuse_proposal(loaded)
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
        bronze = BRONZE.conform(bronze)
        said = SilverColumns(bronze)
        refused: list[tuple[int, Refusal]] = []
        for number, given in enumerate(given_rows(bronze)):
            row, refusal_ = self._clean_safely(given)
            said.add(row)
            if refusal_ is not None:
                refused.append((number, refusal_))
        return Cleaned(said.batch(), rejected_rows(bronze, refused))

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

    def _clean_safely(self, given: Given) -> tuple[Row, Refusal | None]:
        try:
            return self._clean_one(given)
        except Exception as error:  # noqa: BLE001 - one document must not cost the batch; the row says what happened
            return _failed(given.raw), Refusal(Reason.CLEANING_FAILED, rule=type(error).__name__)

    def _clean_one(self, given: Given) -> tuple[Row, Refusal | None]:
        raw = given.raw
        language, score = detect(raw)
        page = Page(raw)
        removal = self._engine(self._sure(language, score), given.site).remove_from(page)
        check(removal.spans, len(raw))
        removed = rows_of(removal.spans)
        removed_share = _removed_share(page, removed)
        if removed_share > _REDETECT_SHARE:
            language, score = detect(remainder(raw, removal.spans))
        personal = pii.find_in_page(raw, removal.spans, page.wrap_breaks, page.folded.raw_codes)
        hidden = personal if self._config.mask_pii else ()
        spans = merge((*removal.spans, *hidden)) if hidden else removal.spans
        text = assemble(page, rows_of(spans) if hidden else removed, language)
        row = _columns(given, page, removal.spans, language, text)
        row |= pii.counts(personal)
        row |= {
            "text": text,
            "language": language,
            "language_score": score,
            "removed": spans,
            "removed_share": removed_share,
        }
        if self._config.mask_pii:
            row.update(pii.masked(row))
        return row, self._refusal(raw, row, removal.page_rule)

    def _sure(self, language: str | None, score: float | None) -> str | None:
        return language if score is not None and score >= self._config.min_language_score else None

    def _refusal(self, raw: str, silver: Row, page_rule: str | None) -> Refusal | None:
        if not any(map(str.isalpha, raw)):
            return Refusal(Reason.EMPTY)
        share = silver["removed_share"]
        if page_rule is not None or not _has_letter(silver["text"]):
            return Refusal(Reason.BOILERPLATE_ONLY, rule=page_rule, value=f"{share:.3f}")
        if share > self._config.max_removed_share:
            return Refusal(
                Reason.TOO_MUCH_REMOVED,
                rule="max_removed_share",
                value=f"{share:.3f}",
                threshold=str(self._config.max_removed_share),
            )
        return self._unwanted_language(silver) or _out_of_bounds(silver, self._config)

    def _unwanted_language(self, silver: Row) -> Refusal | None:
        language = self._sure(silver["language"], silver["language_score"])
        if language is None or not self._config.languages or language in self._config.languages:
            return None
        return Refusal(
            Reason.LANGUAGE,
            rule="languages",
            value=f"{language} {silver['language_score']:.2f}",
            threshold=f"{','.join(self._config.languages)} {self._config.min_language_score}",
        )


def _has_letter(text: npt.NDArray[np.uint32]) -> bool:
    """Whether code points hold a letter; nearly all texts begin with one."""
    return any(
        any(map(str.isalpha, str(text[start : start + _LOOKED_AT].data, "utf-32-le")))
        for start in range(0, len(text), _LOOKED_AT)
    )


def _removed_share(page: Page, removed: npt.NDArray[np.int32]) -> float:
    """The share of a page's characters that was removed, white space aside."""
    total = page.folded.raw_inked if len(removed) else 0
    return page.folded.inked(removed) / total if total else 0.0


def _out_of_bounds(silver: Row, config: CleanConfig) -> Refusal | None:
    broken = rejects(silver, config.filter, config.bounds)
    if broken is None:
        return None
    compared = ">=" if broken.value < broken.bound else "<="
    return Refusal(
        Reason.SIGNAL, rule=broken.signal, value=f"{broken.value:.4g}", threshold=f"{compared} {broken.bound:g}"
    )


def _columns(
    given: Given, page: Page, spans: Sequence[Span], language: str | None, text: npt.NDArray[np.uint32]
) -> dict[str, Any]:
    """The columns that say something of a document that has been cleaned: its metadata and its signals."""
    described = describe(
        given.raw,
        spans,
        site=given.site,
        language=language,
        given_title=given.title,
        given_date=given.date,
        wraps=page.wrap_breaks,
        codes=page.folded.raw_codes,
    )
    return described._asdict() | signals_of(text, language)


def _failed(raw: str) -> Row:
    """The columns of a document that could not be cleaned: its raw text, and no claims about it."""
    shares = (c.name for c in SILVER.columns if c.name.endswith("_share") and c.null is None)
    return {
        **dict.fromkeys(SAID_OF_CLEANED),
        **dict.fromkeys(shares, 0.0),
        "text": code_points(raw).copy(),
        "captions": (),
        "removed": (),
        "n_chars": len(raw),
        "n_words": len(raw.split()),
    }
