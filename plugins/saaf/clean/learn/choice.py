"""Which of the lines that recur are furniture, and which belong to the articles that repeat them.

Three things recur over distinct articles: furniture, the background that follow-ups of a story repeat, and small
things such as names of authors. Furniture stands in blocks, and speaks of other things than the article around it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from saaf.clean.learn.config import LearnConfig
from saaf.clean.learn.counting import Evidence
from saaf.clean.learn.pieces import Form, line_key_of


@dataclass(frozen=True)
class Learned:
    """A line, sentence or headline that recurs, and what was seen of it.

    Attributes:
        form: How it stands on pages.
        text: The least of its spellings.
        site: Its site; empty where the input names none.
        evidence: What was seen.
        site_articles: Distinct articles of the site.
        samples: Ids of pages that have it.
    """

    form: Form
    text: str
    site: str
    evidence: Evidence
    site_articles: int
    samples: tuple[str, ...]

    @property
    def is_at_head(self) -> bool:
        """Whether it is furniture above titles."""
        return self.evidence.articles == 0


def choose(candidates: Sequence[Learned], config: LearnConfig) -> tuple[tuple[Learned, ...], dict[str, int], int]:
    """Choose the furniture among what recurs.

    Args:
        candidates: What recurs, in any order.
        config: How careful to be.

    Returns:
        What to propose, by site, what most articles have first; how many were refused, by why; and how many more there
        are beyond the bound.
    """
    refused: Counter[str] = Counter()
    chosen: list[Learned] = []
    related = _related_by_block(candidates)
    for candidate in candidates:
        reason = _objection(candidate, related[_block(candidate)], config)
        if reason is None:
            chosen.append(candidate)
        else:
            refused[reason] += 1
    chosen = _whole_headlines(chosen)
    chosen.sort(key=lambda c: (-c.evidence.articles - c.evidence.head, c.site, c.form, c.text))
    kept = chosen[: config.max_lines]
    kept.sort(key=lambda c: (c.site, -c.evidence.articles - c.evidence.head, c.form, c.text))
    return tuple(kept), dict(sorted(refused.items())), len(chosen) - len(kept)


def _whole_headlines(chosen: Sequence[Learned]) -> list[Learned]:
    """All but beginnings of headlines: a headline ends where the articles that show it go on differently."""
    keys = sorted({(c.site, line_key_of(c.text)) for c in chosen if c.form is Form.HEADLINE})
    beginnings = {
        (site, key) for (site, key), (other, longer) in pairwise(keys) if site == other and longer.startswith(key)
    }
    return [c for c in chosen if c.form is not Form.HEADLINE or (c.site, line_key_of(c.text)) not in beginnings]


def _block(candidate: Learned) -> tuple[str, Form, tuple[str, ...]]:
    return (candidate.site, candidate.form, candidate.samples)


def _related_by_block(candidates: Sequence[Learned]) -> dict[tuple[str, Form, tuple[str, ...]], float]:
    """For the pieces that the same pages have, the median of how related they are to their pages."""
    related: defaultdict[tuple[str, Form, tuple[str, ...]], list[float]] = defaultdict(list)
    for candidate in candidates:
        related[_block(candidate)].append(candidate.evidence.related)
    return {block: median(values) for block, values in related.items()}


def _objection(candidate: Learned, related_block: float, config: LearnConfig) -> str | None:
    """Why a line that recurs is not proposed; None where it is."""
    seen = candidate.evidence
    in_block = seen.run >= config.min_run
    articles = max(seen.articles, seen.head if candidate.is_at_head else 0)
    if articles < _articles_needed(seen, related_block, config):
        return "too few articles besides those that it opens"
    if candidate.is_at_head and not in_block:
        return "opens pages: may be the title of a series"
    # What stands behind "read more" is a headline, whatever stands around it.
    announced = candidate.form is Form.HEADLINE
    if len(line_key_of(candidate.text)) < config.min_chars_alone and (
        not in_block or articles < config.min_articles_alone
    ):
        return "short: may be a name or a subheading"
    if not in_block and not announced and articles < config.min_articles_alone:
        return "alone: may be the background of a story"
    if seen.related > config.max_related or related_block > config.max_related_block:
        return "about what the articles around it are about"
    return None


def _articles_needed(seen: Evidence, related_block: float, config: LearnConfig) -> int:
    """Distinct articles that must repeat a line: one less where other evidence speaks for it, too.

    Follow-ups repeat long backgrounds: a long run counts only where it is far from what its pages are about.
    """
    is_far = related_block <= config.max_related_block / 2
    if (seen.run >= config.long_run and is_far) or (seen.run >= config.min_run and _is_lead_elsewhere(seen, config)):
        return config.least
    return config.min_articles


def _is_lead_elsewhere(seen: Evidence, config: LearnConfig) -> bool:
    """Whether it opens one article and stands within others: the mark of a teaser."""
    return seen.head > 0 and seen.articles >= config.min_articles - 1
