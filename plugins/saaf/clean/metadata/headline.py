"""The headlines of a page: its title, and the standfirst below it."""

from __future__ import annotations

import re

from saaf.clean import credits as tables
from saaf.clean.characters import CLOSING_MARKS
from saaf.clean.metadata.credit import is_credit
from saaf.clean.metadata.kernels import LABEL, SHORT
from saaf.clean.metadata.names import after_label, is_same, may_begin_alike
from saaf.clean.metadata.page import Page

_TITLE_WORDS = range(3, 26)
_TITLE_CHARACTERS = 160
_STANDFIRST = range(40, 301)
_HEADLINES = 14
"""Lines at the start of a page among which its headlines are looked for."""
_ABOVE_THE_TEXT = frozenset({"date", "byline_avatar", "crawler_meta"})
"""Kinds of lines that stand between a page's headlines and its text."""


def title(page: Page, byline: frozenset[str], breadcrumb: str | None, section: str | None = None) -> str | None:
    """The first line that is left, where it looks like a headline and something follows it.

    Args:
        page: The page.
        byline: The lines that are its byline.
        breadcrumb: The line that is its breadcrumb.
        section: The line that says its section.
    """
    if page.is_one_line:
        return None
    known = (breadcrumb, section)
    lines = map(page.line, range(page.n_first - 1))  # the last of them is the text
    line = next(
        (
            line
            for line in lines
            if not (line in known or page.is_date_line(line) or (len(line) <= LABEL and is_credit(line)))
        ),
        None,
    )
    if line is None:
        return None
    # What stands below the byline is no title.
    return page.clean(line) if line not in byline and _is_headline(line) and page.date_of(line) is None else None


_IN_BRACKETS_AT_END = re.compile(r"\([^()]* [^()]*\)$")


def _is_headline(line: str) -> bool:
    if len(line) > _TITLE_CHARACTERS or len(line.split()) not in _TITLE_WORDS or line.startswith(("،", ",")):
        return False
    if _IN_BRACKETS_AT_END.search(line) or "۔ " in line:
        return False  # a caption with its credit, two sentences
    if after_label(line, tables.NOTE_LABELS) != line:
        return False
    end = line.rstrip(CLOSING_MARKS + " ")
    return not end.endswith(("۔", ".", ":", "،", ",", ";", "؛", "…"))


def standfirst(page: Page, title: str | None, byline: frozenset[str]) -> str | None:
    """The one line between the title and the date or the byline: what stands above these is not the text yet.

    Args:
        page: The page.
        title: Its title.
        byline: The lines that are its byline.
    """
    if (
        title is None
        or page.is_wrapped
        or not (byline or page.ends.dates or not _ABOVE_THE_TEXT.isdisjoint(page.kinds))
    ):
        return None
    n_lines = min(page.n_opening, _HEADLINES)
    alike = [number for number in range(n_lines) if may_begin_alike(page.raw[page.opening_span(number)[0]], title)]
    # Few lines stand so, and far fewer than are to be compared with the title otherwise.
    if not any(_stands_above_the_text(page, number + 1, n_lines, byline) for number in alike):
        return None
    at = next((number for number in alike if is_same(page.opening_line(number), title)), n_lines)
    if not _stands_above_the_text(page, at + 1, n_lines, byline):
        return None
    line = page.opening_line(at + 1)
    if line in byline or page.is_date_line(line):
        return None
    if all(len(page.opening_line(number)) <= SHORT or page.kind_at(number) for number in range(at + 3, n_lines)):
        return None
    return None if after_label(line, tables.NOTE_LABELS) != line or is_same(line, title) else page.clean(line)


def _stands_above_the_text(page: Page, number: int, n_lines: int, byline: frozenset[str]) -> bool:
    """Whether a line stays that is as long as a standfirst, and the date or the byline follows, and more."""
    if number + 2 >= n_lines or len(page.opening_line(number)) not in _STANDFIRST:
        return False
    mark, kind = page.opening_line(number + 1), page.kind_at(number + 1)
    is_mark = kind in _ABOVE_THE_TEXT or (kind is None and (mark in byline or page.is_date_line(mark)))
    return is_mark and page.kind_at(number) is None
