"""Spans: which characters of a raw text a rule removed, and helpers to join and check them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A run of characters of a raw text that a rule took out.

    Attributes:
        start: First character, a code-point offset into the raw text.
        end: One past the last character.
        rule: Id of the rule that took it out.
        kind: What it was: `date`, `caption`, `related` and so on.
    """

    start: int
    end: int
    rule: str
    kind: str


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort spans and resolve overlaps: the span that starts first keeps its characters.

    Of two that start together the longer one does. A span that is covered wholly vanishes; one that is covered
    in part keeps what is left of it, so no removed character is claimed by two rules, and none is given back.

    Args:
        spans: Spans of one text, in any order. Empty ones (start == end) are left out.

    Returns:
        Spans in order that do not overlap and cover the same characters.
    """
    ordered = sorted(spans)
    if _are_apart(ordered):
        return tuple(ordered)
    merged: list[Span] = []
    covered = 0
    for span in sorted(ordered, key=lambda s: (s.start, -s.end, s.rule, s.kind)):
        if span.end <= max(covered, span.start):
            continue
        merged.append(span if span.start >= covered else Span(covered, span.end, span.rule, span.kind))
        covered = span.end
    return tuple(merged)


def _are_apart(spans: Sequence[Span]) -> bool:
    """Whether spans are as :func:`merge` leaves them; those of most pages are, once they are in order."""
    covered = 0
    for start, end, _, _ in spans:
        if not covered <= start < end:
            return False
        covered = end
    return True


def check(spans: Sequence[Span], length: int) -> None:
    """Check that spans are in order, do not overlap, are not empty and lie within a text.

    Args:
        spans: The spans as they would be stored.
        length: Characters of the raw text.

    Raises:
        ValueError: They are not; the message names the span.
    """
    covered = 0
    for span in spans:
        if not covered <= span.start < span.end <= length:
            raise ValueError(
                f"the span {span.start}-{span.end} of rule {span.rule} is out of place in {length} characters"
            )
        covered = span.end


def remainder(raw: str, spans: Sequence[Span]) -> str:
    """What is left of a raw text without its spans.

    Args:
        raw: The raw text.
        spans: Spans as :func:`merge` returns them.
    """
    pieces: list[str] = []
    position = 0
    for span in spans:
        pieces.append(raw[position : span.start])
        position = span.end
    pieces.append(raw[position:])
    return "".join(pieces)
