"""Who a page credits: the place in its dateline, the agency or desk that it names."""

from __future__ import annotations

import re
from functools import cache

from saaf.clean import credits as tables
from saaf.clean.dates import find_date
from saaf.clean.metadata.kernels import LABEL, SHORT
from saaf.clean.metadata.names import FUNCTION_WORDS, LABEL_ENDS, after_label, folded, is_place, names_of
from saaf.clean.metadata.page import Page

BARS = re.compile(r"[|•·¦‖]")
"""Marks between the parts of a line."""
_DATELINE = 90
_DATELINE_CREDIT = 150
_NOTE_OR_CAPTION = 120
_LOOKED_AT_END = 60
_PLACE_WORDS = 4
_LONGEST_PLACE = 45
_LONGEST_CREDIT = 40
_PLACE_ENDS = re.compile(r"[\d()\[:۔–—-]")
_PLACE = re.compile(r"^([^\d()\[\]:۔–—|\n-]{2,40}?)[ \t]*(?:([(\[])|[،,]?[ \t]*(?=\d)|:|۔|–|—|-{1,2} )")


def dateline(page: Page) -> str | None:
    """The place that the story is filed from: ``کراچی (اے پی پی)``, ``اسلام آباد: …``, ``KARACHI — …``.

    What stands before a correspondent's or an agency's credit is taken as it is; elsewhere the place must be a known
    one, since speakers of interviews, labels and names of papers stand before marks and desks, too.
    """
    for line in page.first[:3]:
        if len(line) > SHORT and (place := _place_before(line[: 2 * _DATELINE])):
            return page.clean(place)
    return None


def _place_before(opening: str) -> str | None:
    match = _PLACE.match(opening) if _PLACE_ENDS.search(opening, 0, _LONGEST_PLACE) else None
    if match is None:
        return None
    place = match[1].strip(" \t،,")
    if not place or len(place.split()) > _PLACE_WORDS or not FUNCTION_WORDS.isdisjoint(place.split()):
        return None
    if match[2] is None:
        return place if is_place(place) else None
    credit = _dateline_credit(opening)
    if credit is None:
        return None
    if is_place(place) or not is_desk_line(credit):
        return place
    return _place_before(opening[opening.index(credit) + len(credit) :].lstrip(")] \t"))


def agency(page: Page) -> str | None:
    """The agency, or the paper's own desk, that the page credits: in a dateline, on a line of its own, by copyright."""
    for line in page.texts("agency_credit"):
        if credited := page.clean(after_label(line, tables.SOURCE_LABELS).strip("()[]（） \t.۔:-–—")):
            return credited
    for line in page.first[:3]:
        credited = _dateline_credit(line) if _has_bracket(line) else None
        if credited is None and len(line) <= SHORT:
            credited = _desk_credit(page, line) or _source_credit(line)
        if credited:
            return page.clean(credited)
    for line in reversed(page.last):
        if credited := _lone_credit(line) if len(line) <= SHORT else _credit_at_end(line):
            return page.clean(credited)
    marked = (line for line in page.texts("legal") if "©" in line or "(" in line)
    notices = (_copyright_credit(page.clean(line) or "") for line in marked)
    return next(filter(None, notices), None)


_BRACKETED = re.compile(r"^([^()\[\]\n]{0,60}?)[ \t]*[(\[]([^()\[\]\n]{2,50})[)\]][ \t]*(.?)", re.DOTALL)


def _has_bracket(line: str) -> bool:
    return line.find("(", 0, _DATELINE_CREDIT) >= 0 or line.find("[", 0, _DATELINE_CREDIT) >= 0


def _dateline_credit(line: str) -> str | None:
    """``کراچی (اے پی پی)``: an agency, a desk, or letters in brackets after a place and before a mark."""
    match = _BRACKETED.match(line[:_DATELINE_CREDIT])
    if not match:
        return None
    place, credit, after = match.groups()
    words = place.split()
    if len(words) > 8 or not FUNCTION_WORDS.isdisjoint(words) or find_date(credit):
        return None
    if _is_agency(credit):
        return credit
    is_letters = len(credit.split()) > 1 and all(len(folded(part)) <= 3 and part.isalpha() for part in credit.split())
    ends_a_dateline = (after and after in "۔:-–—") or any(character.isdigit() for character in place)
    return credit if words and is_letters and ends_a_dateline else None


def _desk_credit(page: Page, line: str) -> str | None:
    """A desk alone on a short line, or on its part of one: ``ویب ڈیسک | 18 فروری 2026``."""
    for part in BARS.split(line):
        found = page.date_of(part)
        credit = part[: found.start] + part[found.end :] if found else part
        if is_desk_line(credit):
            return credit.strip(" ،,:-–—")
    return None


@cache
def _desk_line() -> re.Pattern[str]:
    return names_of(tables.LONE_DESKS).pattern("(?:[^ ]+ ){0,3}NAMES")


def is_desk_line(text: str) -> bool:
    """Whether a text is the name of a paper's desk."""
    if not names_of(tables.LONE_DESKS).may_end(text) or not FUNCTION_WORDS.isdisjoint(text.split()):
        return False
    return _desk_line().fullmatch(folded(text).strip(" ،,:-–—")) is not None


@cache
def _desk() -> re.Pattern[str]:
    return names_of(tables.DESKS).pattern("(?:.* )?NAMES(?: [^ ]+)?")


def _is_agency(credit: str) -> bool:
    parts = [part.strip() for part in re.split(r"[/،,+&]", folded(credit)) if part.strip()]
    agencies = names_of(tables.AGENCIES).any
    return bool(parts) and any(
        agencies.fullmatch(part) or (len(part.split()) <= 4 and _desk().fullmatch(part)) for part in parts
    )


def _source_credit(line: str) -> str | None:
    """``بشکریہ: اے ایف پی``: an agency behind a label that says so, alone on a line."""
    if not LABEL_ENDS.search(line, 0, LABEL):
        return None
    source = after_label(line, tables.SOURCE_LABELS)
    return source if source != line and _is_agency(source) else None


_AT_END = re.compile(r"[(\[]([^()\[\]]{2,40})[)\]][ \t.۔]*$")


@cache
def _alone() -> re.Pattern[str]:
    return names_of(tables.AGENCIES).pattern(r"[(\[]? ?NAMES ?[)\]]?")


def _lone_credit(line: str) -> str | None:
    """An agency alone on a line, or behind a label."""
    if len(line) <= _LONGEST_CREDIT and _alone().fullmatch(folded(line)):
        return line.strip("()[] ")
    return _source_credit(line)


def _credit_at_end(line: str) -> str | None:
    """An agency in brackets at the end of a paragraph."""
    end = line[-_LOOKED_AT_END:]
    if len(line) <= _NOTE_OR_CAPTION or end.rstrip(" \t.۔")[-1:] not in {")", "]"}:
        return None
    match = _AT_END.search(end)
    return match[1] if match and names_of(tables.AGENCIES).any.fullmatch(folded(match[1])) else None


_COPYRIGHT = re.compile(r"^(?:©|\(c\))\s*([^\d©،۔,.:]{2,40})$", re.IGNORECASE)


def _copyright_credit(line: str) -> str | None:
    """``© The Independent``: whose text it is. A site's own notice has a year, or reserves all rights."""
    match = _COPYRIGHT.match(line)
    return match[1].strip() if match and len(match[1].split()) <= 4 else None
