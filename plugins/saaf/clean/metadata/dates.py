"""The dates of a page: the one that it prints, and that of its publication."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

from saaf.clean.dates import FoundDate, find_date
from saaf.clean.metadata.credit import BARS, is_credit, portal_credit
from saaf.clean.metadata.kernels import DATE, LABEL, NOTE, SHORT
from saaf.clean.metadata.page import Page, places
from saaf.clean.metadata.section import section_alone

_YEAR = re.compile(r"\d\d\d\d")  # quicker than with a count
_DATELINE = 90
_DATELINE_READ = 160
_AFTER_A_DATE = re.compile("[:۔()–—-]")
"""What follows the date of a dateline."""
# Composed, decomposed and with an Arabic yeh.
_SAYS_PUBLISHED = (
    "شا\u0626ع",
    "شا\u06cc\u0654ع",
    "شا\u064aع",
    "اشاع",
    "نشر",
    "نتشر",
    "نتشار",
    "خپ",
    "ڇپ",
    "ublish",
    "UBLISH",
    "osted",
)
"""Parts of the words for publishing: a note without one of them need not be read."""


def dates(page: Page) -> tuple[datetime.date | None, datetime.date | None]:
    """The date that the page prints, and that of its publication where it says which that is."""
    found: list[FoundDate] = []
    if lines := page.texts("date"):
        found += _dates_of_lines(page, lines, whole=False)
    lines = page.texts("crawler_meta", "byline_avatar", "cms_label")
    if any(map(_YEAR.search, lines)):
        found += _dates_of_lines(page, lines, whole=True)
    ends = page.ends
    if ends.notes and any(map(_may_hold_a_date, page.lines(ends.notes))):
        notes = dict.fromkeys(page.lines(ends.short | ends.notes))
        found += _dates_of_lines(page, filter(_may_hold_a_date, notes), whole=True)
    for number in places(ends.datelined):
        if date := _dateline_date(page, page.line(number), page.year_end(number)):
            found.append(date)
    if not found:
        return None, None
    published = next((date.date for date in found if date.says_published), None)
    printed = next((date.date for date in found if not date.says_updated), found[0].date)
    return published or printed, published


def _may_hold_a_date(line: str) -> bool:
    """Whether a line can hold a date alone, or be a note that says when the page was published."""
    return len(line) <= SHORT or (len(line) <= NOTE and any(part in line for part in _SAYS_PUBLISHED))


def _dates_of_lines(page: Page, lines: Iterable[str], *, whole: bool) -> Iterator[FoundDate]:
    """Dates of lines that hold nothing else, or say that they are the publication's. A label may be a line before."""
    label = ""
    for line in lines:
        found = page.date_of(f"{label}: {line}") if label and len(line) <= SHORT else None
        if found is None or not (found.whole_line or found.says_published):
            found = page.date_of(line)  # the line before was no label, but a short headline
        if found and (found.whole_line or found.says_published or not whole or _stands_apart(line, page.date_of(line))):
            yield found
        label = line if len(line) < LABEL and not found else ""


def _stands_apart(line: str, found: FoundDate | None) -> bool:
    """Whether a date has a part of its line to itself: ``ویب ڈیسک | 18 فروری 2026``, or stands beside a desk's name."""
    if found is None or len(line) > SHORT:
        return False
    parts = BARS.split(line)
    if len(parts) > 1:
        return any(part_found is not None and part_found.whole_line for part_found in map(find_date, parts))
    rest = f"{line[: found.start]} {line[found.end :]}"
    return is_credit(rest.strip()) or section_alone(line) is not None


def _dateline_date(page: Page, line: str, year_end: int) -> FoundDate | None:
    """The date of a dateline: after the place, before the story."""
    if not _AFTER_A_DATE.search(line, year_end, DATE):
        return None
    found = page.date_of(line[:_DATELINE_READ])
    if found is None or found.end > _DATELINE:
        return None
    before, after = line[: found.start], line[found.end : found.end + 3].strip()
    in_brackets = after[:1] == ")" and ("(" in before[-12:] or portal_credit(before.rpartition("(")[2]) is not None)
    after_place = (
        len(before.split()) <= 4
        and before.rstrip().endswith(("،", ",", "۔", "-", "–", ":"))
        and after[:1] in set(":۔-–—()")
    )
    return found if (in_brackets and len(before.split("(")[0].split()) <= 5) or (after_place and after) else None
