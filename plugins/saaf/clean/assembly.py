"""Putting a document's text together: what its raw text has left once spans are taken out, in the form it is published in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from saaf.clean.page import Page
from saaf.clean.spans import Span

if TYPE_CHECKING:
    import numpy.typing as npt

_GAP = "\ud800"
"""Stands for a removal while lines are put together: a lone surrogate, which no stored text can hold."""
_GAPS = re.compile(f"{_GAP}+")
_Gap = tuple[int, int, str]
"""What is left out of a text: its start, its end, and what stands in its place."""


def text_of(raw: str, removed: Sequence[Span], language: str | None) -> str:
    """The text of a document, from its raw text and what was removed: the same function that cleaning uses.

    A line of which nothing is left disappears with its line break; what is personal leaves a placeholder; the breaks
    of hard-wrapped text disappear and its words are whole again; all else is what :func:`saaf.clean.normalise.normalise` makes of the remainder.

    Args:
        raw: The raw text.
        removed: What was removed, in order.
        language: ISO 639 code of the document.
    """
    return assemble(Page(raw), removed, language)


def assemble(page: Page, removed: Sequence[Span], language: str | None) -> str:
    """As :func:`text_of`, of a page that has been folded already."""
    from saaf.clean.normalise import normalise, normalise_codes

    gaps = _gaps(page, removed)
    if not gaps:
        return normalise_codes(page.folded.raw_codes, language)
    pieces = _pieces(page, gaps)
    if pieces is None:
        return normalise(_remaining(page.raw, gaps), language)
    return normalise_codes(np.concatenate(pieces), language)


def _pieces(page: Page, gaps: Sequence[_Gap]) -> list[npt.NDArray[np.uint32]] | None:
    """The pieces of a page's text that remain, and what holds them together, as code points.

    Returns:
        None where that takes a look at more than the characters around each gap: :func:`_remaining` has the answer.
    """
    raw, codes = page.raw, page.folded.raw_codes
    pieces: list[npt.NDArray[np.uint32]] = []
    position = 0
    is_new_line = True  # whether nothing but whole lines was taken out right before the position
    for number, (start, end, left) in enumerate(gaps):
        if end <= position:
            continue
        if start > position:
            pieces.append(codes[position:start])
        if left == _GAP:
            if _is_whole_line(raw, start, end):
                position, is_new_line = min(end + 1, len(raw)), True
                continue
            limit = gaps[number + 1][0] if number + 1 < len(gaps) else len(raw) + 1
            if start < position + (not is_new_line) or limit <= end:
                return None
            if not (_has_more_before(raw, position, start) or _has_more_after(raw, end, limit)):
                return None
            if _touches(raw[max(position, start - 1) : start], raw[end : end + 1]):
                pieces.append(np.array([ord(" ")], np.uint32))
        elif left:
            return None
        position, is_new_line = end, False
    pieces.append(codes[position:])
    return pieces


def _has_more_before(raw: str, first: int, place: int) -> bool:
    """Whether something that is no white space stands right before a place, spaces aside, and not before another."""
    while place > first and raw[place - 1] == " ":
        place -= 1
    return place > first and not raw[place - 1].isspace()


def _has_more_after(raw: str, place: int, last: int) -> bool:
    """Whether something that is no white space stands right after a place, spaces aside, and before another."""
    last = min(last, len(raw))
    while place < last and raw[place] == " ":
        place += 1
    return place < last and not raw[place].isspace()


def _remaining(raw: str, gaps: Sequence[_Gap]) -> str:
    """What remains of a text, put together."""
    pieces: list[str] = []
    position = 0
    for start, end, left in gaps:
        if end <= position:
            continue
        pieces.append(raw[position : max(position, start)])
        position = end
        if left == _GAP and _is_whole_line(raw, start, end):
            position = min(end + 1, len(raw))
        else:
            pieces.append(left)
    pieces.append(raw[position:])
    return _without_gaps("".join(pieces))


def _gaps(page: Page, removed: Sequence[Span]) -> list[_Gap]:
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
    return " " if _touches(before, after) else ""


def _touches(before: str, after: str) -> bool:
    return bool(before) and not before.isspace() and (after.isalnum() or after == "_")
