"""Putting a text together, against a way to do it that looks at one character and one line at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saaf.clean.assembly import assemble, rows_of
from saaf.clean.normalise import normalise
from saaf.clean.page import Page
from saaf.clean.pii import KIND, PLACEHOLDER
from saaf.clean.spans import Span, merge

_OUT = "\x00"
"""Stands for what was taken out."""


def _plainly(raw: str, removed: tuple[Span, ...], breaks: list[tuple[int, int]]) -> str:
    """What remains of a text, before it is normalised."""
    signs = list(raw)
    for span in removed:
        signs[span.start : span.end] = [""] * (span.end - span.start)
        if span.kind == KIND:
            signs[span.start] = PLACEHOLDER
        elif raw[: span.start][-1:] in {"", "\n"} and raw[span.end :][:1] in {"", "\n"}:
            signs[span.end : span.end + 1] = [""] if span.end < len(raw) else []
        else:
            signs[span.start] = _OUT
    for start, end in breaks:
        signs[start:end] = ["" if sign == "\n" else sign for sign in signs[start:end]]
    lines = "".join(signs).split("\n")
    kept = [line for line in lines if _OUT not in line or line.replace(_OUT, "").strip()]
    return "\n".join(map(_closed, kept))


def _closed(line: str) -> str:
    """A line whose parts do not run into one another."""
    closed = ""
    is_parted = False
    for sign in line:
        if sign == _OUT:
            is_parted = True
            continue
        is_word = sign.isalnum() or sign == "_"
        closed += " " * bool(is_parted and closed and not closed[-1].isspace() and is_word) + sign
        is_parted = False
    return closed


@st.composite
def _taken_out(draw: st.DrawFn) -> tuple[str, tuple[Span, ...], list[tuple[int, int]]]:
    """A text, spans of it in order and apart, and breaks that cover a line feed each."""
    raw = draw(st.text("aی \n\n\u00a0_½.", max_size=30))
    places = st.integers(0, len(raw))
    spans = [
        Span(start, end, "rule", KIND if is_personal and "\n" not in raw[start:end] else "date")
        for start, end, is_personal in draw(st.lists(st.tuples(places, places, st.booleans()), max_size=8))
        if start < end
    ]
    breaks = [(place, place + 1) for place, sign in enumerate(raw) if sign == "\n" and draw(st.booleans())]
    # A line feed alone may be a break or go with a whole line before it, and is then no span of its own.
    return raw, tuple(span for span in merge(spans) if raw[span.start : span.end] != "\n"), breaks


@given(_taken_out(), st.sampled_from(["ur", "fa", "ar", "ps", "sd", "pnb", "en", None]))
@example(("a\n  .\n  .\na", (Span(4, 5, "rule", "date"), Span(8, 9, "rule", "date")), []), None)
@settings(max_examples=400, deadline=None)
def test_a_text_is_put_together_as_one_would_by_hand(
    given_: tuple[str, tuple[Span, ...], list[tuple[int, int]]], language: str | None
) -> None:
    raw, removed, breaks = given_
    page = Page(raw)
    page.wrap_breaks = np.array(breaks, np.int32).reshape(-1, 2)
    assert str(assemble(page, rows_of(removed), language).data, "utf-32-le") == normalise(
        _plainly(raw, removed, breaks), language
    )
