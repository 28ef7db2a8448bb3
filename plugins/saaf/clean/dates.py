"""Dates as news pages print them: Urdu, Arabic, Persian, Pashto, Sindhi and English, in three calendars.

A date here is a day, a month and a year, all three printed: nothing is guessed from the clock. Lines are folded first
(:func:`saaf.text.fold.fold`), so digits of any script, Arabic keyboards and marks make no difference, and matched by an
engine that cannot hang.

No general date library reads these forms (dateparser 1.5 misses the Levantine, Maghrebi, Sindhi and solar months, the
Urdu ``ء`` after a year, ``یکم``, and takes a millisecond a line). For the lunar calendar hijridate's tables are used;
the solar one is reckoned by its 33-year cycle of leap years, which is exact from 1799 to 2256 (Borkowski, *The Persian
calendar for 3000 years*, 1996).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from saaf.clean import months
from saaf.text.fold import fold, fold_for_matching

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years that a news page may print, in the Gregorian calendar."""

LOOKED_AT = 600
"""Characters at the start of a line in which a date is looked for: further in, it belongs to the story."""

Calendar = Literal["gregorian", "solar", "lunar"]
_CALENDARS: dict[Calendar, tuple[str, ...]] = {
    "gregorian": months.GREGORIAN,
    "solar": months.SOLAR,
    "lunar": months.LUNAR,
}
# A year from which the solar calendar is not meant any more, where a date has no month name to tell.
_LAST_SOLAR_YEAR = 1419
_LABEL_REACH = 60
_LIKELY_AGAIN = 60
"""Characters up to which a line is likely to hold a date and little else."""
_YEAR = re.compile(r"\d\d\d\d")  # quicker than with a count
_DAY_AND_YEAR = re.compile(
    r"(?<!\d)(?:\d{1,2}(?!\d).{0,60}?(?<!\d)\d{4}(?!\d)|\d{4}(?!\d).{0,40}?(?<!\d)\d{1,2}(?!\d))|یکم|اول"
)
"""What every date holds: a number of a day, or the word for the first, not far from one of a year."""


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date that a line prints.

    Attributes:
        date: The day, in the Gregorian calendar. From a lunar date it can be a day or two off, since the moon is
            sighted anew in each country.
        start: First character of the date in the line, its weekday included.
        end: One past its last character, the mark of its era included (ء, م).
        whole_line: The line holds nothing but the date: times of day and labels aside.
        says_published: The line says that this is when the page was published.
        says_updated: The line says that this is when the page was changed.
        calendar: The calendar that it was printed in.
    """

    date: datetime.date
    start: int
    end: int
    whole_line: bool
    says_published: bool
    says_updated: bool = False
    calendar: Calendar = "gregorian"


def find_date(line: str) -> FoundDate | None:
    """Find the date that a line prints.

    Of several, one that is labelled as the publication's comes first, one that is labelled as an update's last, and a
    Gregorian one before its counterpart of another calendar; then the first.

    Args:
        line: A line, or any text; its first :data:`LOOKED_AT` characters are looked at.

    Returns:
        None where there is no date, or none that exists: 31 February does not, nor does the year 3000.
    """
    line = line[:LOOKED_AT]
    if not _YEAR.search(line):
        return None
    return _find_date_again(line) if len(line) <= _LIKELY_AGAIN else _find_date(line)


def _find_date(line: str) -> FoundDate | None:
    if line.isascii() and (machine_date := _machine_date(line)):
        return machine_date
    aligned = line.translate(_aligned_folds())
    folded = fold(line) if _NOT_ALIGNED in aligned else None
    text = folded.text.replace("\n", " ") if folded else aligned
    found = _candidates(text) if _DAY_AND_YEAR.search(text) else None
    if not found:
        return None
    rest = "".join(_rest(text, [(c.start, c.end) for c in found]))
    whole_line = _only_words_of_dates(rest)
    is_labelled = _label_patterns()["any"].search(text) is not None
    best = min(
        (_labelled(candidate, text, found) if is_labelled else candidate for candidate in found),
        key=lambda c: (not c.says_published, c.says_updated, list(_CALENDARS).index(c.calendar), c.start),
    )
    start, end = folded.to_raw(best.start, best.end) if folded else (best.start, best.end)
    return FoundDate(best.date, start, end, whole_line, best.says_published, best.says_updated, best.calendar)


@lru_cache(maxsize=8192)
def _find_date_again(line: str) -> FoundDate | None:
    """As :func:`_find_date`, for lines that are met again: the pages of a day print one date."""
    return _find_date(line)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MACHINE_DATE = re.compile(
    rf"(?:([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})|"
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun), )?([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}))"
    r"(?:[t ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?(?:z|gmt|utc|[+-][0-9]{2}:?[0-9]{2}))?)?",
    re.IGNORECASE,
)
"""Dates as programs write them: ISO 8601 and RFC 5322."""


def _machine_date(line: str) -> FoundDate | None:
    """The date of a line that a program wrote, which holds nothing else; most given dates are such."""
    match = _MACHINE_DATE.fullmatch(line)
    if match is None:
        return None
    year, month, day, day_before, name, year_behind = match.groups()
    if name:
        year, month, day = year_behind, _MONTHS.index(name.lower()) + 1, day_before
    date = _resolve("gregorian", int(year), int(month), int(day))
    end = match.end(6) if name else match.end(3)
    return None if date is None else FoundDate(date, 0, end, whole_line=True, says_published=False)


_NOT_ALIGNED = "\ud800"
"""Stands for a character whose fold is not one character: a lone surrogate, which no fold holds."""


class _AlignedFolds(dict[int, str]):
    """Folds of exactly one character each, learned as they are met: what `str.translate` asks.

    Most lines need no others, and then offsets need no mapping.
    """

    def __missing__(self, code: int) -> str:
        folded = fold_for_matching(chr(code)).replace("\n", " ")
        self[code] = folded if len(folded) == 1 else _NOT_ALIGNED
        return self[code]


@cache
def _aligned_folds() -> _AlignedFolds:
    return _AlignedFolds()


def solar_date(year: int, month: int, day: int) -> datetime.date | None:
    """The day of a solar Hijri date; None where there is no such day.

    Args:
        year: Solar year, such as 1405.
        month: 1 (Farvardin) to 12 (Esfand).
        day: 1 to 31.
    """

    def is_leap(of: int) -> bool:
        return (25 * of + 11) % 33 < 8

    length = 31 if month <= 6 else 30 if month <= 11 or is_leap(year) else 29
    if not (1 <= month <= 12 and 1 <= day <= length and 1200 <= year <= 1500):
        return None
    # 1 Farvardin 1400 was 21 March 2021.
    first, last = sorted((year, 1400))
    days = 365 * (last - first) + sum(is_leap(y) for y in range(first, last))
    new_year = datetime.date(2021, 3, 21) + datetime.timedelta(days if year >= 1400 else -days)
    return new_year + datetime.timedelta(31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1)


def lunar_date(year: int, month: int, day: int) -> datetime.date | None:
    """The day of a lunar Hijri date by the calendar of Umm al-Qura; None where there is no such day.

    Args:
        year: Lunar year, 1343 to 1500.
        month: 1 (Muharram) to 12 (Dhu al-Hijja).
        day: 1 to 30.
    """
    from hijridate import Hijri

    try:
        gregorian = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        return None
    return datetime.date(gregorian.year, gregorian.month, gregorian.day)


def _gregorian_date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _resolve(calendar: Calendar, year: int, month: int, day: int) -> datetime.date | None:
    to_date = {"gregorian": _gregorian_date, "solar": solar_date, "lunar": lunar_date}[calendar]
    date = to_date(year, month, day)
    return date if date is not None and FIRST_YEAR <= date.year <= LAST_YEAR else None


# Words and patterns, folded ------------------------------------------------------------------------------------------


def _fold(words: str) -> list[str]:
    """Folded words of a table, in which ``_`` stands for a space, the longest first."""
    folded = {fold(word).text.replace("_", " ") for word in words.split()}
    return sorted(folded, key=lambda word: (-len(word), word))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", "[ ]?") for word in words)


@cache
def _month_numbers() -> dict[str, list[tuple[Calendar, int]]]:
    """Folded month name without spaces -> the calendars and numbers that it can mean."""
    numbers: dict[str, list[tuple[Calendar, int]]] = {}
    for calendar, names in _CALENDARS.items():
        for number, row in enumerate(names, 1):
            for name in _fold(row):
                numbers.setdefault(name.replace(" ", ""), []).append((calendar, number))
    return numbers


@dataclass(frozen=True)
class _Patterns:
    any_month: Any
    named: tuple[Any, ...]
    numeric: tuple[Any, ...]


@cache
def _patterns() -> _Patterns:
    import re2

    names = _fold(" ".join((*months.GREGORIAN, *months.SOLAR, *months.LUNAR)))
    gap = "[ ,،.|/–—-]{0,3}"
    weekday = rf"(?:(?:یوم )?(?:{_any_of(_fold(months.WEEKDAYS))})\.?[ ,،|–-]{{0,3}}(?:د )?)?"
    number = f"[0-9]{{1,2}}|{_any_of(_fold(months.FIRST_OF_MONTH))}"
    day = rf"(?P<day>{number})(?: ?(?:st|nd|rd|th|مہ|م|ام|ویں))?"
    month = rf"(?P<month>{_any_of(names)})(?: ?ماہ)?(?: ?[/(] ?(?:{_any_of(names)}) ?\)?)?"
    year = "(?P<year>[0-9]{4})"
    years_word = rf"(?:(?:{_any_of(_fold(months.YEAR_WORDS))}) ?)?"
    era = r"(?P<era> ?(?:ء|عیسوی|میلادی|ہجری|شمسی|قمری|ہ\.ش|ہ\.ق|[معھہ]))?"
    clock = "(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})? ?(?:[a-z]{3,4} |[+-][0-9]{4} )?)?"
    options = re2.Options()
    options.max_mem = 64 << 20
    named = (
        rf"{weekday}{day}{gap}(?:(?:من|of|د) )?{month}{gap}{years_word}{year}{era}",
        rf"{weekday}(?:د )?{month}{gap}{day}{gap}{clock}{years_word}{year}{era}",
        rf"{weekday}{year}{gap}(?:کال|سال)?{gap}(?:د )?{month}{gap}{day}",
    )
    first, second = "(?P<month>[0-9]{1,2})", "(?P<day>[0-9]{1,2})"
    numeric = [
        order
        for mark in (" ?- ?", " ?/ ?", r"\.")
        for order in (f"{weekday}{year}{mark}{first}{mark}{second}", f"{weekday}{second}{mark}{first}{mark}{year}{era}")
    ]
    return _Patterns(
        re2.compile(_any_of(names), options),
        tuple(re2.compile(pattern, options) for pattern in named),
        tuple(re2.compile(pattern, options) for pattern in numeric),
    )


@cache
def _first_of_month() -> frozenset[str]:
    return frozenset(_fold(months.FIRST_OF_MONTH))


_NUMERIC = re.compile(r"\d ?[-/.] ?\d{1,2} ?[-/.] ?\d")

# Candidates ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    date: datetime.date
    start: int
    end: int
    calendar: Calendar
    says_published: bool = False
    says_updated: bool = False


def _candidates(text: str) -> list[_Candidate]:
    """The dates of a folded text that exist, none within another, in order."""
    patterns = _patterns()
    found: list[_Candidate] = []
    possible = (
        *(patterns.named if patterns.any_month.search(text) else ()),
        *(patterns.numeric if _NUMERIC.search(text) else ()),
    )
    for pattern in possible:
        for match in pattern.finditer(text):
            candidate = _candidate(text, match)
            if candidate and not any(c.start < candidate.end and candidate.start < c.end for c in found):
                found.append(candidate)
    return sorted(found, key=lambda c: c.start)


def _candidate(text: str, match: Any) -> _Candidate | None:
    parts = match.groupdict()
    start, end = match.span()
    if parts.get("era") and text[end : end + 1].isalpha():
        end -= len(parts["era"])  # its letter was the first of a word
    number_first = text[start].isdigit()
    before = text[start - 1 : start]
    if before and (before.isalnum() or (number_first and before in "-/.:+" and text[start - 2 : start - 1].isdigit())):
        return None
    after = text[end : end + 2]
    if after[:1].isdigit() or (after[:1] in {"-", "/"} and after[1:].isdigit()):
        return None
    resolved = _calendar_date(parts)
    return resolved and _Candidate(resolved[0], start, end, resolved[1])


def _calendar_date(parts: dict[str, str]) -> tuple[datetime.date, Calendar] | None:
    year = int(parts["year"])
    day = 1 if parts["day"] in _first_of_month() else int(parts["day"])
    if parts["month"].isdigit():
        meanings = _numeric_meanings(year, int(parts["month"]), day)
    else:
        numbers = _month_numbers()[parts["month"].replace(" ", "")]
        meanings = [(calendar, month, day) for calendar, month in numbers]
    for calendar, month, day_of_month in meanings:
        if date := _resolve(calendar, year, month, day_of_month):
            return date, calendar
    return None


def _numeric_meanings(year: int, month: int, day: int) -> list[tuple[Calendar, int, int]]:
    """What a date in numbers can mean. The day comes first in all of the region; a month of 13 says that it did not."""
    if year <= _LAST_SOLAR_YEAR:
        return [("solar", month, day)]
    if year < FIRST_YEAR:
        return []  # a lunar year, or a solar one to come: the page does not say which
    return [("gregorian", month, day), ("gregorian", day, month)]


# What the line says about the date -----------------------------------------------------------------------------------


@cache
def _label_patterns() -> dict[str, Any]:
    import re2

    published, updated = _any_of(_fold(months.PUBLISHED)), _any_of(_fold(months.UPDATED))
    between = rf"(?:[ :،,|.()–—-]|{_any_of(_fold(months.FILLERS))})*"
    start = rf"(?:^|[|:(–—-] ?|[0-9ء] +)(?:(?:{_any_of(_fold(months.FILLERS))}) ?)*"
    return {
        "any": re2.compile(rf"{published}|{updated}"),
        "published": re2.compile(rf"{start}(?:{published}){between}$"),
        "updated": re2.compile(rf"{start}(?:{updated}){between}$"),
        "published after": re2.compile(rf"^{between}(?:{published})"),
        "updated after": re2.compile(rf"^{between}(?:{updated})"),
        "this text": re2.compile(rf"(?:{_any_of(_fold(months.THIS_TEXT))})"),
        "published near": re2.compile(rf"(?:{published})"),
    }


def _labelled(candidate: _Candidate, text: str, others: list[_Candidate]) -> _Candidate:
    """The candidate with what the words before and after it say: a label before it, or after it at the line's end."""
    patterns = _label_patterns()
    before = max((c.end for c in others if c.end <= candidate.start), default=0)
    head = text[max(before - 1, 0, candidate.start - _LABEL_REACH) : candidate.start]
    tail = text[candidate.end : candidate.end + _LABEL_REACH]
    updated = bool(patterns["updated"].search(head))
    published = not updated and bool(patterns["published"].search(head))
    if not (updated or published):
        if patterns["this text"].search(text[: candidate.start]):
            published = bool(patterns["published near"].search(head[-25:] + " " + tail[:25]))
        elif not head.strip(" |-–—()[]"):
            labels_end = not any(c.start >= candidate.end for c in others)
            published = labels_end and bool(patterns["published after"].search(tail))
            updated = not published and labels_end and bool(patterns["updated after"].search(tail))
            published = published and _only_words_of_dates(tail)
    return _Candidate(candidate.date, candidate.start, candidate.end, candidate.calendar, published, updated)


def _rest(text: str, spans: list[tuple[int, int]]) -> Iterator[str]:
    position = 0
    for start, end in spans:
        yield text[position:start] + " "
        position = end
    yield text[position:]


@cache
def _date_words() -> frozenset[str]:
    tables = (months.PUBLISHED, months.UPDATED, months.FILLERS, months.TIME_WORDS, months.WEEKDAYS)
    return frozenset(part for table in tables for word in _fold(table) for part in word.split())


_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}(?::\d{2})?(?:\.\d+)?|[+-]\d{2}:?\d{2}|\d{1,2}(?= (?:am|pm|بجے|بجکر|منٹ))")
_WORD = re.compile(r"[^\W_]+")


def _only_words_of_dates(text: str) -> bool:
    """Whether a folded text holds nothing but times of day and the words that go with dates."""
    words = _date_words()
    return all(word in words for word in _WORD.findall(_CLOCK.sub(" ", text)))
