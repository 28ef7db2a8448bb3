"""The section that a page stands in, read from its breadcrumb."""

from __future__ import annotations

import re
from itertools import pairwise

from saaf.clean import credits as tables
from saaf.clean.metadata.kernels import LABEL
from saaf.clean.metadata.names import folded, folded_aligned, is_same, names_of
from saaf.clean.metadata.page import Page

_LONGEST = 320
_STEP = re.compile(r"\s*[>»›/\\|←→▸◄«‹]+\s*|\s+[-–—]\s+")


def breadcrumb(page: Page) -> str | None:
    """The line that begins with the way back to the site's first page."""
    home = names_of(tables.HOME)
    candidates = (*page.texts("nav", "title_dup", "cms_label", "tags"), *page.first[:3])
    likely = [line for line in candidates if home.may_begin(line) and len(line) <= _LONGEST]
    return next(filter(_after_home, likely), None)


def _after_home(line: str) -> str:
    """What follows the home step of a breadcrumb; nothing where the line is none."""
    match = names_of(tables.HOME).any.match(folded_aligned(line[:LABEL]))
    return line[match.end() :].strip() if match else ""


def section(page: Page, breadcrumb: str | None, title: str | None) -> str | None:
    """The first step of the breadcrumb after home, where it is not the title.

    Args:
        page: The page.
        breadcrumb: Its :func:`breadcrumb`.
        title: Its title.
    """
    if breadcrumb is None:
        return _section_of_lines(page)
    rest = _after_home(breadcrumb)
    steps = [step for step in _STEP.split(rest) if step]
    if steps and (len(steps) > 1 or _STEP.match(rest)):
        return None if title is not None and is_same(steps[0], title) else page.clean(steps[0])
    if title and (before := _without_end(rest, title)):
        return page.clean(before)
    known = names_of(tables.SECTIONS).any.match(folded_aligned(rest))
    return page.clean(rest[: known.end()]) if known else None


def _section_of_lines(page: Page) -> str | None:
    """Steps of a breadcrumb on lines of their own: home, then the section."""
    lines = page.texts("nav")
    home, sections = names_of(tables.HOME).all, names_of(tables.SECTIONS).all
    for line, below in pairwise(lines):
        if folded(line) in home and folded(below) in sections:
            return page.clean(below)
    return None


def _without_end(text: str, end: str) -> str | None:
    """What stands before an ending, spelling aside; None where the text does not end so."""
    for length in range(len(end) + 8, max(len(end) - 8, 0), -1):
        if 0 < length < len(text) and is_same(text[-length:], end):
            return text[:-length]
    return None
