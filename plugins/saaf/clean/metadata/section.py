"""The section that a page stands in, read from its breadcrumb."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise

from saaf.clean import credits as tables
from saaf.clean.dates import find_date
from saaf.clean.metadata.kernels import LABEL, SHORT, TO_BEGIN_WITH
from saaf.clean.metadata.names import folded, folded_aligned, is_same, names_of
from saaf.clean.metadata.page import Page, places

_LONGEST = 320
_ABOVE_THE_STORY = 0b1111
"""The lines that a page begins with among which a section stands alone."""
_KINDS_OF_SECTIONS = frozenset({None, "nav", "cms_label", "tags", "date"})
_BELOW = re.compile("[>»›]")
_AROUND = " \t|•·»›>:،,–—-"
_STEP = re.compile(r"\s*[>»›/\\|←→▸◄«‹]+\s*|\s+[-–—]\s+")


def breadcrumb(page: Page) -> str | None:
    """The line that begins with the way back to the site's first page."""
    home = names_of(tables.HOME)
    likely = list(filter(home.may_begin, page.texts("nav", "title_dup", "cms_label", "tags")))
    first = range(min(TO_BEGIN_WITH, page.n_first))
    likely += [page.line(number) for number in first if home.may_begin(page.beginning(number))]
    return next((line for line in likely if len(line) <= _LONGEST and _after_home(line)), None) if likely else None


def _after_home(line: str) -> str:
    """What follows the home step of a breadcrumb; nothing where the line is none."""
    match = names_of(tables.HOME).any.match(folded_aligned(line[:LABEL]))
    return line[match.end() :].strip() if match else ""


def section(page: Page, breadcrumb: str | None, alone: str | None, title: str | None) -> str | None:
    """The first step of the breadcrumb after home, where it is not the title; without one, the section's own line.

    Args:
        page: The page.
        breadcrumb: Its :func:`breadcrumb`.
        alone: Its :func:`section_line`.
        title: Its title.
    """
    if breadcrumb is None:
        return page.clean(section_alone(alone) or "") if alone else _section_of_lines(page)
    rest = _after_home(breadcrumb)
    steps = [step for step in _STEP.split(rest) if step]
    if steps and (len(steps) > 1 or _STEP.match(rest)):
        return None if title is not None and is_same(steps[0], title) else page.clean(steps[0])
    if title and (before := _without_end(rest, title)):
        return page.clean(before)
    known = names_of(tables.SECTIONS).any.match(folded_aligned(rest))
    return page.clean(rest[: known.end()]) if known else None


def section_line(page: Page) -> str | None:
    """The line among the first that holds a section's name alone: above all else, or with the date.

    Elsewhere such a line is a subheading or a headline, and among its like it is part of a menu.
    """
    for number in places(page.ends.labels & _ABOVE_THE_STORY):
        line = page.opening_line(number)
        if section_alone(line):
            return line if _stands_first(page, number) and not _is_in_a_menu(page, number) else None
    return None


def _stands_first(page: Page, number: int) -> bool:
    if number + 1 >= page.n_opening or page.kind_at(number) not in _KINDS_OF_SECTIONS:
        return False
    dated = (page.opening_line(near) for near in (number, number + 1))
    if any(len(line) <= SHORT and page.date_of(line) is not None for line in dated):
        return True
    return all(page.kind_at(above) or page.is_date_line(page.opening_line(above)) for above in range(number))


def _is_in_a_menu(page: Page, number: int) -> bool:
    around = [page.opening_line(near) for near in (number - 1, number + 1) if near >= 0]
    words = names_of(tables.HOME).all | names_of(tables.SECTIONS).all
    return any(len(line) <= LABEL and folded(line) in words for line in around)


@cache
def _lone_names() -> frozenset[str]:
    return names_of(tables.SECTIONS).all - names_of(tables.NO_LONE_SECTIONS).all - names_of(tables.PLACES).all


@lru_cache(maxsize=4096)
def section_alone(line: str) -> str | None:
    """A section's name where a line holds nothing else, a date beside it or sections below it aside.

    Such lines recur from page to page.
    """
    if not names_of(tables.SECTIONS).may_begin(line):
        return None
    found = find_date(line)
    name = (line[: found.start] + line[found.end :] if found else line).strip(_AROUND)
    name = _BELOW.split(name, maxsplit=1)[0].rstrip()
    return name if folded(name) in _lone_names() else None


def _section_of_lines(page: Page) -> str | None:
    """Steps of a breadcrumb on lines of their own: home, then the section. With four steps it is a menu."""
    lines = page.texts("nav")
    home, sections = names_of(tables.HOME).all, names_of(tables.SECTIONS).all
    for number, (line, below) in enumerate(pairwise(lines)):
        if folded(line) in home and folded(below) in sections:
            further = lines[number + 2 : number + 4]
            return None if len(further) > 1 and all(folded(step) in sections for step in further) else page.clean(below)
    return None


def _without_end(text: str, end: str) -> str | None:
    """What stands before an ending, spelling aside; None where the text does not end so."""
    for length in range(len(end) + 8, max(len(end) - 8, 0), -1):
        if 0 < length < len(text) and is_same(text[-length:], end):
            return text[:-length]
    return None
