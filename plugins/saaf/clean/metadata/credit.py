"""Who a page credits: the place in its dateline, the agency or desk that it names."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from saaf.clean import credits as tables
from saaf.clean.dates import find_date
from saaf.clean.metadata.kernels import DATELINE, LABEL, PLACE, PLACE_WORDS, SHORT
from saaf.clean.metadata.names import (
    FUNCTION_WORDS,
    LABEL_ENDS,
    after_label,
    folded,
    is_place,
    names_of,
)
from saaf.clean.metadata.page import OF_LAST, OF_START, Page, places

BARS = re.compile(r"[|•·¦‖]")
"""Marks between the parts of a line."""
_IN_PARTS = re.compile(r"[|•·¦‖:]|\d\d\d\d")
_DATELINE = 90
_NOTE_OR_CAPTION = 120
_LOOKED_AT_END = 60
_BY, _FROM = "By ", "از "
_PLACE_OR_DESK = re.compile("[/؍:،,]")
_AROUND_A_DESK = " ،,:-–—()[]"
_LONGEST_CREDIT = 40
_PLACE_ENDS = re.compile(r"[\d()\[:۔–—/-]")
_PLACE = re.compile(
    r"^([^\d()\[\]:۔–—|\n-]{2,40}?)[ \t]*(?:([(\[])|[،,/]{0,2}[ \t]*(?=\d)|[:۔–—]|-(?: |- |(?=[^\W\d]))|//)"
)
_AROUND_A_PLACE = " \t،,/۔"
_HEAD_ENDS = re.compile(r"[\d:۔–—-]")


def dateline(page: Page) -> str | None:
    """The place that the story is filed from: ``کراچی (اے پی پی)``, ``اسلام آباد: …``, ``KARACHI — …``.

    What stands before a correspondent's or an agency's credit is taken as it is; elsewhere the place must be a known
    one, since speakers of interviews, labels and names of papers stand before marks and desks, too.
    """
    for line in page.lines(page.ends.placed & ~page.ends.short):
        if place := _place_before(line[: 2 * _DATELINE]):
            return page.clean(place)
    return None


def _place_before(opening: str) -> str | None:
    match = _PLACE.match(opening) if _PLACE_ENDS.search(opening, 0, PLACE) else None
    if match is None:
        return None
    place = match[1].strip(_AROUND_A_PLACE)
    if not place or len(place.split()) > PLACE_WORDS or not FUNCTION_WORDS.isdisjoint(place.split()):
        return None
    if match[2] is None:
        hyphenated = opening[match.end() - 1] == "-" and _joins_words(opening[match.end() :])
        return place if is_place(place) and not hyphenated else None
    credit = _dateline_credit(opening)
    if credit is None:
        return place if is_place(place) and _dates_alone(opening[match.end() :]) else None
    if is_place(place) or not is_desk_line(credit):
        return place
    return _place_before(opening[opening.index(credit) + len(credit) :].lstrip(")] \t"))


def _joins_words(text: str) -> bool:
    """Whether a hyphen before this text joins words: ``کراچی-لاہور موٹروے``, ``London-based``."""
    words = text[: 2 * PLACE].split()
    if text[:1].isspace() or not words:
        return False
    return words[0].isascii() or is_place(words[0]) or is_place(" ".join(words[:2]))


def _dates_alone(text: str) -> bool:
    """Whether nothing but a date stands in the brackets that this text closes: ``کراچی (15 فروری 2026): …``."""
    in_brackets, closed, _ = text[:_LONGEST_CREDIT].partition(")")
    found = find_date(in_brackets) if closed else None
    return found is not None and found.whole_line


def agency(page: Page) -> str | None:
    """The agency, or the paper's own desk, that the page credits: in a dateline, on a line of its own, by copyright."""
    for line in page.texts("agency_credit"):
        if credited := page.clean(after_label(line, tables.SOURCE_LABELS).strip("()[]（） \t.۔:-–—")):
            return credited
    ends = page.ends
    for number in places(ends.bracketed | (ends.short & OF_START) | ends.labelled):
        line = page.line(number)
        credited = _dateline_credit(line) if ends.bracketed >> number & 1 else None
        if credited is None:
            if len(line) <= SHORT:
                credited = _short_credit(line)
            elif line.find(":", 0, LABEL) > 0:
                credited = _desk_before_a_colon(line)
        if credited:
            return page.clean(credited)
    for line in reversed(page.lines((ends.short | ends.in_brackets) & OF_LAST)):
        if credited := _lone_credit(line) if len(line) <= SHORT else _credit_at_end(line):
            return page.clean(credited)
    marked = (line for line in page.texts("legal") if "©" in line or "(" in line)
    notices = (_copyright_credit(page.clean(line) or "") for line in marked)
    return next(filter(None, notices), None)


@lru_cache(maxsize=4096)
def _short_credit(line: str) -> str | None:
    """What a short line among the first credits; such lines recur from page to page."""
    if len(line) > _LONGEST_CREDIT and not _IN_PARTS.search(line):
        return None
    if credited := _desk_credit(line) or _source_credit(line):
        return credited
    # In Latin letters it is more often whose the picture is.
    is_agency = len(line) <= _LONGEST_CREDIT and not line.isascii() and _is_agency_alone(line)
    return line.strip("()[] ") if is_agency else None


def _desk_before_a_colon(line: str) -> str | None:
    """``ویب ڈیسک: …``: a desk in a dateline's place."""
    desk = line.partition(":")[0].strip()
    return desk if is_desk_line(desk) else None


_BRACKETED = re.compile(r"^([^()\[\]\n]{0,60}?)[ \t]*[(\[]([^()\[\]\n]{2,70})[)\]][ \t]*(.?)", re.DOTALL)


def _dateline_credit(line: str) -> str | None:
    """``کراچی (اے پی پی)``: an agency, a desk, or letters in brackets after a place and before a mark."""
    match = _BRACKETED.match(line[:DATELINE])
    if not match:
        return None
    place, credit, after = match.groups()
    words = place.split()
    if len(words) > 8 or not FUNCTION_WORDS.isdisjoint(words):
        return None
    if find_date(credit):
        return portal_credit(credit)
    if _is_agency(credit):
        return credit
    # A party's or a firm's name in brackets looks alike: only after a place that is known it is whom the page credits.
    if _is_outlet(credit) and _follows_a_place(place) and not _goes_on(line[match.end(2) + 1 :]):
        return credit
    is_letters = len(credit.split()) > 1 and all(len(folded(part)) <= 3 and part.isalpha() for part in credit.split())
    ends_a_dateline = (after and after in "۔:-–—") or any(character.isdigit() for character in place)
    return credit if words and is_letters and ends_a_dateline else None


_BETWEEN_CREDITS = re.compile("[/؍،,+&]")
_IN_A_PORTALS_CREDIT = re.compile(r"[۔،,:–—-]|\.(?= )|\d")


def portal_credit(credit: str) -> str | None:
    """``اردو پوائنٹ اخبار تازہ ترین۔ آئی این پی۔ 12 مارچ 2026ء``: the agency, or else the portal."""
    portal = names_of(tables.PORTALS).any.match(folded(credit))
    if portal is None:
        return None
    parts = (part.strip() for part in _IN_A_PORTALS_CREDIT.split(credit))
    agencies = names_of(tables.AGENCIES).any
    name = " ".join(credit.split()[: len(portal[0].split())])
    return next((part for part in parts if agencies.fullmatch(folded(part))), name)


def _follows_a_place(before: str) -> bool:
    head = _HEAD_ENDS.split(before, maxsplit=1)[0].strip(_AROUND_A_PLACE)
    return bool(head) and is_place(head)


def _goes_on(text: str) -> bool:
    """Whether a sentence goes on behind brackets: ``پشاور (مثال نیوز) کے دفتر میں``."""
    words = text[:LABEL].split(maxsplit=1)
    return bool(words) and folded(words[0]) in names_of(tables.AFTER_NAMES).all


@cache
def _outlet() -> re.Pattern[str]:
    ends = names_of(tables.OUTLET_ENDS).pattern("(?:[^ ]+ ){1,3}NAMES")
    return re.compile(f"{names_of(tables.OUTLETS).any.pattern}|{ends.pattern}")


def _is_outlet(credit: str) -> bool:
    parts = [part for piece in _BETWEEN_CREDITS.split(folded(credit)) if (part := piece.strip())]
    none = names_of(tables.NO_OUTLETS).all
    return bool(parts) and all(part not in none and _outlet().fullmatch(part) for part in parts)


def _desk_credit(line: str) -> str | None:
    """A desk alone on a short line, or on its part of one: ``ویب ڈیسک | 18 فروری 2026``."""
    for part in BARS.split(line):
        found = find_date(part)
        credit = (part[: found.start] + part[found.end :] if found else part).strip(_AROUND_A_DESK)
        if not credit:
            continue
        named = after_label(credit, tables.BYLINE_LABELS) if ":" in credit else credit
        if named != credit and is_credit(named):
            return named
        if credited := _desk_of(credit.removeprefix(_BY).removeprefix(_FROM)):
            return credited
    return None


def _desk_of(credit: str) -> str | None:
    """A desk without the place beside it: ``لاہور: ویب ڈیسک``; several of them, with agencies, as they stand."""
    pieces = [part for piece in _PLACE_OR_DESK.split(credit) if (part := piece.strip())]
    if len(pieces) < 2:
        return credit if is_credit_line(credit) else None
    desks = [part for part in pieces if is_credit(part)]
    if len(desks) == len(pieces):
        return credit
    is_one = len(desks) == 1 and is_credit_line(desks[0])
    return desks[0] if is_one and all(part in desks or is_place(part) for part in pieces) else None


def is_credit_line(text: str) -> bool:
    """Whether a text is the name of a paper's desk, or what a paper calls its own people."""
    if is_desk_line(text):
        return True
    credits_alone = names_of(tables.LONE_CREDITS)
    bare = text.strip(_AROUND_A_DESK) if len(text) <= _LONGEST_CREDIT else ""
    return bool(bare) and credits_alone.may_begin(bare) and folded(bare) in credits_alone.all


def is_credit(text: str) -> bool:
    """Whether a text that stands where an author's name may is an agency's or a desk's."""
    return is_credit_line(text) or _is_agency_alone(text)


@cache
def _desk_line() -> re.Pattern[str]:
    return names_of(tables.LONE_DESKS).pattern("(?:[^ ]+ ){0,4}NAMES")


def is_desk_line(text: str) -> bool:
    """Whether a text is the name of a paper's desk."""
    if not names_of(tables.LONE_DESKS).may_end(text) or not FUNCTION_WORDS.isdisjoint(text.split()):
        return False
    return _desk_line().fullmatch(folded(text).strip(_AROUND_A_DESK)) is not None


@cache
def _desk() -> re.Pattern[str]:
    return names_of(tables.DESKS).pattern("(?:.* )?NAMES(?: [^ ]+)?")


def _is_agency(credit: str) -> bool:
    parts = [part for piece in _BETWEEN_CREDITS.split(folded(credit)) if (part := piece.strip())]
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


def _is_agency_alone(line: str) -> bool:
    begins = line[1:].lstrip() if line.startswith(("(", "[")) else line
    return (not begins or names_of(tables.AGENCIES).may_begin(begins)) and _alone().fullmatch(folded(line)) is not None


def _lone_credit(line: str) -> str | None:
    """An agency alone on a line, or behind a label."""
    if len(line) <= _LONGEST_CREDIT and (_is_agency_alone(line) or is_credit_line(line)):
        return line.strip("()[] ").removeprefix(_BY)
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
