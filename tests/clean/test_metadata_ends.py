"""The lines at a page's ends: the compiled loop against the same, told step by step."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.characters import character_classes
from saaf.clean.metadata import author, credit, dates, kernels
from saaf.clean.metadata.kernels import FIRST, HEAD, LABEL, LAST, OPENING, SHORT, TAIL
from saaf.clean.metadata.page import Page, places
from saaf.clean.spans import Span, merge
from saaf.text.fold import code_points

YEAR = re.compile(r"\d{4}")


def inked(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def kept(raw: str, cuts: list[tuple[int, int]]) -> str:
    gone = {place for start, end in cuts for place in range(start, end)}
    return "".join(character for place, character in enumerate(raw) if place not in gone)


def page_of(raw: str, spans: tuple[Span, ...] = (), wraps: tuple[tuple[int, int], ...] = ()) -> Page:
    return Page(raw, code_points(raw), spans, np.array(wraps, np.int32).reshape(-1, 2), "ur")


def first_lines(page: Page) -> list[str]:
    return [page.line(number) for number in range(page.n_first)]


def last_lines(page: Page) -> list[str]:
    return [page.line(number) for number in range(FIRST, FIRST + page.ends.n_last)]


def numbered(page: Page) -> dict[int, str]:
    return dict(enumerate(first_lines(page))) | dict(enumerate(last_lines(page), FIRST))


def year_ends(page: Page) -> dict[str, int]:
    return {line: end for number, line in numbered(page).items() if (end := page.year_end(number))}


def holds(page: Page, raw: str, cuts: list[tuple[int, int]]) -> None:
    """What the page says of its ends is what splitting and joining says."""
    text = kept(raw, cuts)
    opening = inked(raw[:HEAD])[:OPENING]
    assert [page.opening_line(number) for number in range(page.n_opening)] == opening
    assert first_lines(page) == inked(text[:HEAD])[:FIRST]
    assert last_lines(page) == inked(text[-TAIL:])[-LAST:]
    assert page.is_one_line == (len(text) <= HEAD and len(inked(text)) == 1)
    ends = {
        line: match.end()
        for line in first_lines(page) + last_lines(page)
        if (match := YEAR.search(line[: kernels.LOOKED_AT]))
    }
    assert year_ends(page) == ends
    assert [*places(page.ends.labels)] == [number for number, line in enumerate(opening) if len(line) <= LABEL]
    assert [*places(page.ends.dates)] == [
        number for number, line in enumerate(opening) if len(line) <= SHORT and YEAR.search(line)
    ]
    assert [*places(page.ends.short)] == [number for number, line in numbered(page).items() if len(line) <= SHORT]
    letters_and_digits = [number for number, line in enumerate(opening) if line[0].isalpha() or line[0].isdecimal()]
    assert [*places(page.ends.marked)] == [number for number in range(len(opening)) if number not in letters_and_digits]


TEXTS = st.text(st.sampled_from("\n\n\n \t\u00a0\u200c۔-ا۲۰26a½\u0654\ud800"), max_size=150)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_ends_of_any_page(data: st.DataObject) -> None:
    raw = data.draw(TEXTS)
    places = st.integers(0, len(raw))
    drawn = data.draw(st.lists(st.tuples(places, places), max_size=6))
    spans = merge(Span(min(a, b), max(a, b), "test", "nav") for a, b in drawn)
    wraps = merge(
        Span(min(a, b), max(a, b), "", "") for a, b in data.draw(st.lists(st.tuples(places, places), max_size=6))
    )
    cuts = [span[:2] for span in (*spans, *wraps)]
    holds(page_of(raw, spans, tuple(span[:2] for span in wraps)), raw, cuts)


@pytest.mark.parametrize("line", ["a", "ab 2026 " * 40, "x" * 15, "x" * 16, " y 12345 "], ids=len)
@pytest.mark.parametrize("length", [HEAD - 1, HEAD, HEAD + 1, TAIL, TAIL + HEAD, 3 * HEAD])
def test_ends_that_overlap_and_ends_that_do_not(line: str, length: int) -> None:
    raw = (f"{line}\n" * length)[:length]
    holds(page_of(raw), raw, [])
    middle = Span(length // 3, length // 2, "test", "nav")
    holds(page_of(raw, (middle,)), raw, [middle[:2]])


def test_a_line_is_put_together_where_a_part_of_it_was_removed() -> None:
    raw = "کراچی [share] 20[x]26 شہر\nدوسری سطر"
    spans = tuple(Span(*match.span(), "test", "share") for match in re.finditer(r"\[\w+\]", raw))
    page = page_of(raw, spans)
    assert first_lines(page) == ["کراچی  2026 شہر", "دوسری سطر"]
    assert year_ends(page) == {"کراچی  2026 شہر": 11}


def test_digits_on_both_sides_of_a_space_are_no_year() -> None:
    assert year_ends(page_of("20 26\n20\n26\n\u06f2\u0660\u096826")) == {"\u06f2\u0660\u096826": 4}


def test_the_kernel_writes_nothing_for_a_page_that_is_empty() -> None:
    table = np.zeros((OPENING + FIRST + LAST, kernels.N_COLUMNS), np.int32)
    found = kernels.find_ends(code_points(""), np.empty(0, np.int32), character_classes(), table)
    assert not any(found)
    assert not table.any()


PARTS = "کراچی لاہور شائع اشاعت نشر انتشار خپور ڇپيو Published posted کا یہ کالم علی کی رضا reports for VOA John Smith 2026 ۲۰۲۶"
LINES = st.lists(st.sampled_from([*PARTS.split(), *"[]()::۔۔/-–—  \t،.|", " یہ ", "(VOA)", "//"]), max_size=40).map(
    "".join
)
WORDS = st.lists(st.sampled_from([*PARTS.split(), "(VOA)", ":", "۔", "-"]), max_size=40).map(" ".join)


@pytest.mark.parametrize("part", dates._SAYS_PUBLISHED)
@pytest.mark.parametrize("line", ["{} 2026 " + "x " * SHORT, "x " * SHORT + "2026 {}"], ids=["first", "last"])
def test_every_word_for_publishing_is_seen_in_a_long_line(part: str, line: str) -> None:
    assert places(page_of(line.format(part)).ends.notes) == (0, FIRST)


@settings(max_examples=500, deadline=None)
@given(st.lists(LINES | WORDS, min_size=1, max_size=14), st.data())
def test_a_look_at_a_line_misses_nothing(lines: list[str], data: st.DataObject) -> None:
    raw = "\n".join(lines)
    offsets = st.integers(0, len(raw))
    drawn = data.draw(st.lists(st.tuples(offsets, offsets), max_size=2))
    page = page_of(raw, merge(Span(min(a, b), max(a, b), "test", "nav") for a, b in drawn))
    for number, line in numbered(page).items():
        hints = {name for name in page.ends._fields if getattr(page.ends, name) >> number & 1}
        year = YEAR.search(line[: kernels.LOOKED_AT])
        if year is not None and dates._may_hold_a_date(line):
            assert "notes" in hints
        if number < kernels.TO_BEGIN_WITH:
            assert "bracketed" in hints or credit._dateline_credit(line) is None
            assert "labelled" in hints or credit._desk_before_a_colon(line[:LABEL]) is None
            assert "placed" in hints or credit._place_before(line) is None
            assert (
                "datelined" in hints
                or year is None
                or dates._AFTER_A_DATE.search(line, year.end(), kernels.DATE) is None
            )
            assert line.startswith(page.beginning(number)[:2])
        elif number >= FIRST:
            assert "closing" in hints or author._closing_author(line) is None
            assert "in_brackets" in hints or credit._credit_at_end(line) is None
