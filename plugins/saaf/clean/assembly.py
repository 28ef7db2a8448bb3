"""Putting a document's text together: what its raw text has left once spans are taken out, in the form it is published in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from saaf.clean.page import Page
from saaf.clean.spans import Span

_GAP = "\ud800"
"""Stands for a removal while lines are put together: a lone surrogate, which no stored text can hold."""
_GAPS = re.compile(f"{_GAP}+")


def text_of(raw: str, removed: Sequence[Span], language: str | None) -> str:
    """The text of a document, from its raw text and what was removed: the same function that cleaning uses.

    A line of which nothing is left disappears with its line break; what is personal leaves a placeholder; the breaks
    of hard-wrapped text disappear and its words are whole again; all else is what :func:`saaf.clean.normalise.normalise` makes of the remainder.

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
    for start, end, left in _gaps(page, removed):
        if end <= position:
            continue
        pieces.append(raw[position : max(position, start)])
        position = end
        if left == _GAP and _is_whole_line(raw, start, end):
            position = min(end + 1, len(raw))
        else:
            pieces.append(left)
    pieces.append(raw[position:])
    return normalise(_without_gaps("".join(pieces)), language)


def _gaps(page: Page, removed: Sequence[Span]) -> list[tuple[int, int, str]]:
    """What is left out of a page's text, in order, and what stands in its place."""
    from saaf.clean.pii import KIND, PLACEHOLDER

    gaps = [(span.start, span.end, PLACEHOLDER if span.kind == KIND else _GAP) for span in removed]
    if page.wrap_breaks:
        gaps = sorted(gaps + [(start, end, "") for start, end in page.wrap_breaks])
    return gaps


def _is_whole_line(raw: str, start: int, end: int) -> bool:
    return (start == 0 or raw[start - 1] == "\n") and (end == len(raw) or raw[end] == "\n")


def _without_gaps(text: str) -> str:
    if _GAP not in text:
        return text
    lines = (line for line in text.split("\n") if _GAP not in line or line.replace(_GAP, "").strip())
    return _GAPS.sub(_joint, "\n".join(lines))


def _joint(gap: re.Match[str]) -> str:
    """What holds a line together where something was taken out: a space before a word that would else touch another."""
    before, after = gap.string[max(0, gap.start() - 1) : gap.start()], gap.string[gap.end() : gap.end() + 1]
    touches = bool(before) and not before.isspace() and (after.isalnum() or after == "_")
    return " " if touches else ""
