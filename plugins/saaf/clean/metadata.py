"""What a page says about its article: title, standfirst, dateline, date, agency, section, author, captions.

It is read from what the rules took out (a date line, a breadcrumb, a caption) and from the first and last lines of what
they left. Nothing is guessed: a page that does not say has None.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from saaf.clean import credits as names
from saaf.clean.characters import CLOSING_MARKS
from saaf.clean.dates import FoundDate, find_date
from saaf.clean.normalise import normalise
from saaf.clean.page import wrap_breaks
from saaf.clean.spans import Span
from saaf.clean.stopwords import STOPWORDS
from saaf.text.fold import code_points
from saaf.text.letters import fold_character

HEAD, TAIL = 4000, 1500
"""Characters of what remains that are read, from its start and from its end."""
TITLE_WORDS = range(3, 26)
TITLE_CHARACTERS = 160
_LINES = 14
_OPENING_LINES = 24
_LAST_LINES = 4
_DATELINE = 90
_DATELINE_READ = 160
_SHORT, _NOTE = 80, 300
_NOTES = 8
_NOTE_OR_CAPTION = 120
_LABEL = 30
_ROLE = 60
_WRAP_WIDEST = 160
_NAME_WORDS = range(1, 6)
_PLACE_WORDS = 4
_STANDFIRST = range(40, 301)
_ABOVE_THE_TEXT = frozenset({"date", "byline_avatar", "crawler_meta"})
"""Kinds of lines that stand between a page's headlines and its text."""
_FUNCTION_WORDS = (
    STOPWORDS["ur"] | STOPWORDS["ar"] | STOPWORDS["fa"] | STOPWORDS["en"] | STOPWORDS["ps"] | STOPWORDS["sd"]
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says about its article; the columns of the same names in table `silver`."""

    title: str | None = None
    standfirst: str | None = None
    dateline: str | None = None
    page_date: datetime.date | None = None
    published: datetime.date | None = None
    agency: str | None = None
    section: str | None = None
    author: str | None = None
    captions: tuple[str, ...] = ()


def describe(
    raw: str,
    spans: Sequence[Span],
    *,
    site: str | None = None,  # noqa: ARG001 - part of the door: what a site prints where may come to matter
    language: str | None = None,
    given_title: str | None = None,
    given_date: str | None = None,
    wraps: Sequence[tuple[int, int]] | None = None,
) -> Metadata:
    """Read a page's metadata.

    Args:
        raw: The raw text.
        spans: What was removed from it, in order and apart.
        site: Host of the page.
        language: ISO 639 code; it decides how what is printed is normalised.
        given_title: Title that the input gives; it comes before the page's.
        given_date: Publication date that the input gives, in any form that pages print.
        wraps: Where hard wrapping is to be undone (:attr:`saaf.clean.page.Page.wrap_breaks`); None: it is looked for.

    Returns:
        What the page says; each text normalised, on one line.
    """
    if wraps is None:
        wraps = wrap_breaks(raw, code_points(raw)) if _may_be_wrapped(raw) else ()
    page = _Page(raw, spans, wraps, language)
    breadcrumb = _breadcrumb(page)
    author, byline = _author(page)
    title = page.clean(given_title or "") or _title(page, byline, breadcrumb)
    page_date, published = _dates(page)
    given = find_date(given_date) if given_date else None
    return Metadata(
        title=title,
        standfirst=_standfirst(page, title, byline),
        dateline=_dateline(page),
        page_date=page_date,
        published=given.date if given else published,
        agency=_agency(page),
        section=_section(page, breadcrumb, title),
        author=author,
        captions=tuple(page.captions()),
    )


# The page ------------------------------------------------------------------------------------------------------------


class _Page:
    """What there is to read of a page, hard wrapping undone.

    Attributes:
        opening: The lines that the page begins with, whether they stay or not, as far as they are short.
        first: The first lines that stay; at most `_LINES`.
        last: The last ones, in order; at most `_LAST_LINES`.
        is_one_line: One line is all that stays.
        is_wrapped: Whether there was hard wrapping to undo.
    """

    def __init__(self, raw: str, spans: Sequence[Span], wraps: Sequence[tuple[int, int]], language: str | None) -> None:
        self.language = language
        self.is_wrapped = bool(wraps)
        self._raw = raw
        self._spans = spans
        self._wraps = wraps
        self._dates: dict[str, FoundDate | None] = {}
        self._kinds = {span.kind for span in spans}
        cuts = [(span.start, span.end) for span in spans]
        if wraps:
            cuts = _apart(sorted((*cuts, *wraps)))
        self.opening = [line[: _SHORT + 1] for line in _inked(raw[:HEAD])[:_OPENING_LINES]]
        head, is_whole = _kept(raw, cuts)
        self.first = _inked(head)[:_LINES]
        self.is_one_line = is_whole and len(self.first) == 1
        self.last = _inked(_kept_end(raw, cuts))[-_LAST_LINES:]

    def clean(self, text: str) -> str | None:
        """A printed text as the tables hold it: normalised, on one line; None where nothing is left."""
        return " ".join(normalise(text, self.language).split()) or None

    def date_of(self, line: str) -> FoundDate | None:
        """The date that a line prints; each line is read once."""
        if line not in self._dates:
            self._dates[line] = find_date(line)
        return self._dates[line]

    def is_date_line(self, line: str) -> bool:
        """Whether a line holds nothing but a date."""
        found = self.date_of(line) if len(line) <= _SHORT else None
        return found is not None and found.whole_line

    def texts(self, *kinds: str) -> list[str]:
        """The removed lines of some kinds, in order."""
        if self._kinds.isdisjoint(kinds):
            return []
        return [line for span in self._spans if span.kind in kinds for line in _inked(self._unwrapped(span))]

    def _unwrapped(self, span: Span) -> str:
        if not self._wraps:
            return self._raw[span.start : span.end]
        first = bisect_left(self._wraps, (span.start, 0))
        pieces: list[str] = []
        position = span.start
        for start, end in self._wraps[first:]:
            if end > span.end:
                break
            pieces.append(self._raw[position:start])
            position = end
        return "".join((*pieces, self._raw[position : span.end]))

    def head(self) -> Iterator[tuple[str, str | None]]:
        """The first lines that hold something, and of what kind each was where a rule removed it."""
        starts = [span.start for span in self._spans]
        number = position = 0
        for line in self._raw[:HEAD].split("\n"):
            if inked := line.strip():
                middle = position + line.index(inked[0]) + len(inked) // 2
                before = bisect_right(starts, middle) - 1
                removed = before >= 0 and self._spans[before].end > middle
                yield inked, self._spans[before].kind if removed else None
                number += 1
                if number == _LINES:
                    break
            position += len(line) + 1

    def captions(self) -> list[str]:
        """The removed captions without their labels."""
        cleaned = (self.clean(_after_label(line, names.CAPTION_LABELS)) for line in self.texts("caption"))
        return [caption for caption in cleaned if caption and any(map(str.isalpha, caption))]


def _may_be_wrapped(raw: str) -> bool:
    """Whether a look at the first lines leaves it open that the text is hard-wrapped: such lines are short."""
    return all(len(line) <= _WRAP_WIDEST for line in raw.split("\n", _OPENING_LINES)[:_OPENING_LINES])


_Cuts = Sequence[tuple[int, int]]
"""Start and end of what is to be left out, in order and apart."""


def _apart(cuts: _Cuts) -> list[tuple[int, int]]:
    """The same cuts without what an earlier one covers."""
    result: list[tuple[int, int]] = []
    covered = 0
    for start, end in cuts:
        if end > covered:
            result.append((max(start, covered), end))
            covered = end
    return result


def _kept(raw: str, cuts: _Cuts) -> tuple[str, bool]:
    """The first characters of what is left, and whether that is all."""
    pieces: list[str] = []
    position, limit = 0, HEAD
    for start, end in (*cuts, (len(raw), len(raw))):
        pieces.append(raw[position : min(start, position + limit)])
        limit -= start - position
        if limit < 0:
            return "".join(pieces), False
        position = end
    return "".join(pieces), True


def _kept_end(raw: str, cuts: _Cuts) -> str:
    """The last characters of what is left."""
    pieces: list[str] = []
    position, limit = len(raw), TAIL
    for start, end in (*reversed(cuts), (0, 0)):
        pieces.append(raw[max(end, position - limit) : position])
        limit -= position - end
        if limit < 0:
            break
        position = start
    return "".join(reversed(pieces))


def _inked(text: str) -> list[str]:
    return [inked for line in text.split("\n") if (inked := line.strip())]


class _Folds(dict[int, str]):
    """The fold of each code point, learned as it is met: what `str.translate` asks."""

    def __missing__(self, code: int) -> str:
        self[code] = fold_character(chr(code))
        return self[code]


class _AlignedFolds(_Folds):
    """Folds of exactly one character each."""

    def __missing__(self, code: int) -> str:
        self[code] = (fold_character(chr(code)) or "\u0001")[0]
        return self[code]


@cache
def _folds() -> _Folds:
    return _Folds()


@cache
def _aligned_folds() -> _AlignedFolds:
    return _AlignedFolds()


def _folded(text: str) -> str:
    return text.translate(_folds()).strip()


def _folded_aligned(text: str) -> str:
    """A fold with one character for each, for texts that are cut where a pattern matched."""
    return text.translate(_aligned_folds())


@cache
def _table(words: str) -> tuple[str, ...]:
    """The folded names of a table, the longest first."""
    return tuple(
        sorted({_folded(word).replace("_", " ") for word in words.split()}, key=lambda word: (-len(word), word))
    )


@cache
def _pattern(template: str, words: str) -> re.Pattern[str]:
    """A pattern over the folded names of a table; ``NAMES`` in the template stands for any of them.

    It is for texts of bounded length alone, for which the standard library's engine is the quicker one.
    """
    alternatives = "|".join(re.escape(word).replace(r"\ ", "[ ]?") for word in _table(words))
    return re.compile(template.replace("NAMES", f"(?:{alternatives})"))


_LABEL_ENDS = re.compile(r"[،,:;–—-]")


def _after_label(line: str, labels: str) -> str:
    """A line without the label that it begins with."""
    start = line[:_SHORT]
    if len(line) > _LABEL and not _LABEL_ENDS.search(start, 1):
        return line
    # An Urdu comma after a byline's label is that of an apposition: نامہ نگار، پشاور.
    marks = "[,:;–—-]" if labels is names.BYLINE_LABELS else "[،,:;–—-]"
    match = _pattern(rf"[،, ]*NAMES[ ]*(?:{marks}+|$)[ ]*", labels).match(_folded_aligned(start))
    return line[match.end() :] if match else line


# Dates ---------------------------------------------------------------------------------------------------------------


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
_YEAR = re.compile(r"\d{4}")


def _may_hold_a_date(line: str) -> bool:
    """Whether a line that stays can be one that holds a date alone, or a note that says when the page was published."""
    if len(line) <= _SHORT:
        return True
    return len(line) <= _NOTE and _YEAR.search(line) is not None and any(part in line for part in _SAYS_PUBLISHED)


def _dates(page: _Page) -> tuple[datetime.date | None, datetime.date | None]:
    """The date that the page prints, and that of its publication where it says which that is."""
    found = [
        *_dates_of_lines(page, page.texts("date"), whole=False),
        *_dates_of_lines(page, page.texts("crawler_meta", "byline_avatar", "cms_label"), whole=True),
        *_dates_of_lines(page, filter(_may_hold_a_date, dict.fromkeys((*page.first[:_NOTES], *page.last))), whole=True),
        *filter(None, (_dateline_date(line, page.date_of(line[:_DATELINE_READ])) for line in page.first[:3])),
    ]
    if not found:
        return None, None
    published = next((date.date for date in found if date.says_published), None)
    printed = next((date.date for date in found if not date.says_updated), found[0].date)
    return published or printed, published


def _dates_of_lines(page: _Page, lines: Iterable[str], *, whole: bool) -> Iterable[FoundDate]:
    """Dates of lines that hold nothing else, or say that they are the publication's. A label may be a line before."""
    label = ""
    for line in lines:
        found = page.date_of(f"{label}: {line}") if label and len(line) <= _SHORT else None
        if found is None or not (found.whole_line or found.says_published):
            found = page.date_of(line)  # the line before was no label, but a short headline
        if found and (found.whole_line or found.says_published or not whole or _stands_apart(line, page.date_of(line))):
            yield found
        label = line if len(line) < _LABEL and not found else ""


_BARS = re.compile(r"[|•·¦‖]")


def _stands_apart(line: str, found: FoundDate | None) -> bool:
    """Whether a date has a part of its line to itself: ``ویب ڈیسک | 18 فروری 2026``, or stands beside a desk's name."""
    if found is None or len(line) > _SHORT:
        return False
    parts = _BARS.split(line)
    if len(parts) > 1:
        return any(part_found is not None and part_found.whole_line for part_found in map(find_date, parts))
    return _is_desk_line(f"{line[: found.start]} {line[found.end :]}")


def _dateline_date(line: str, found: FoundDate | None) -> FoundDate | None:
    """The date of a dateline: after the place, before the story."""
    if found is None or found.end > _DATELINE:
        return None
    before, after = line[: found.start], line[found.end : found.end + 3].strip()
    in_brackets = "(" in before[-12:] and after[:1] == ")"
    after_place = (
        len(before.split()) <= 4
        and before.rstrip().endswith(("،", ",", "۔", "-", "–", ":"))
        and after[:1] in set(":۔-–—()")
    )
    return found if (in_brackets and len(before.split("(")[0].split()) <= 5) or (after_place and after) else None


# Dateline --------------------------------------------------------------------------------------------------------------


_LONGEST_PLACE = 45
_PLACE_ENDS = re.compile(r"[\d()\[:۔–—-]")
_PLACE = re.compile(r"^([^\d()\[\]:۔–—|\n-]{2,40}?)[ \t]*(?:([(\[])|[،,]?[ \t]*(?=\d)|:|۔|–|—|-{1,2} )")


def _dateline(page: _Page) -> str | None:
    """The place that the story is filed from: ``کراچی (اے پی پی)``, ``اسلام آباد: …``, ``KARACHI — …``.

    What stands before a correspondent's or an agency's credit is taken as it is; elsewhere the place must be a known
    one, since speakers of interviews, labels and names of papers stand before marks and desks, too.
    """
    for line in page.first[:3]:
        if len(line) > _SHORT and (place := _place_before(line[: 2 * _DATELINE])):
            return page.clean(place)
    return None


def _place_before(opening: str) -> str | None:
    match = _PLACE.match(opening) if _PLACE_ENDS.search(opening[:_LONGEST_PLACE]) else None
    if match is None:
        return None
    place = match[1].strip(" \t،,")
    if not place or len(place.split()) > _PLACE_WORDS or _FUNCTION_WORDS.intersection(place.split()):
        return None
    if match[2] is None:
        return place if _is_place(place) else None
    credit = _dateline_credit(opening)
    if credit is None:
        return None
    if _is_place(place) or not _is_desk_line(credit):
        return place
    return _place_before(opening[opening.index(credit) + len(credit) :].lstrip(")] \t"))


def _is_place(text: str) -> bool:
    places = _table(names.PLACES)
    return all(_folded(part) in places for part in re.split(r"[/،,]", text) if part.strip())


# Agency --------------------------------------------------------------------------------------------------------------


def _agency(page: _Page) -> str | None:
    """The agency, or the paper's own desk, that the page credits: in a dateline, on a line of its own, by copyright."""
    for line in page.texts("agency_credit"):
        if credited := page.clean(_after_label(line, names.SOURCE_LABELS).strip("()[]（） \t.۔:-–—")):
            return credited
    for line in page.first[:3]:
        if credited := _dateline_credit(line) or _desk_credit(page, line) or _source_credit(line):
            return page.clean(credited)
    for line in reversed(page.last):
        if credited := _closing_credit(line):
            return page.clean(credited)
    notices = (_copyright_credit(page.clean(line) or "") for line in page.texts("legal"))
    return next(filter(None, notices), None)


_BRACKETED = re.compile(r"^([^()\[\]\n]{0,60}?)[ \t]*[(\[]([^()\[\]\n]{2,50})[)\]][ \t]*(.?)", re.DOTALL)


def _dateline_credit(line: str) -> str | None:
    """``کراچی (اے پی پی)``: an agency, a desk, or letters in brackets after a place and before a mark."""
    opening = line[: _DATELINE + 60]
    match = _BRACKETED.match(opening) if "(" in opening or "[" in opening else None
    if not match:
        return None
    place, credit, after = match.groups()
    words = place.split()
    if len(words) > 8 or _FUNCTION_WORDS.intersection(words) or find_date(credit):
        return None
    if _is_agency(credit):
        return credit
    is_letters = len(credit.split()) > 1 and all(len(_folded(part)) <= 3 and part.isalpha() for part in credit.split())
    ends_a_dateline = (after and after in "۔:-–—") or any(character.isdigit() for character in place)
    return credit if words and is_letters and ends_a_dateline else None


def _desk_credit(page: _Page, line: str) -> str | None:
    """A desk alone on a line, or on its part of one: ``ویب ڈیسک | 18 فروری 2026``."""
    if len(line) > _SHORT:
        return None
    for part in _BARS.split(line):
        found = page.date_of(part)
        credit = part[: found.start] + part[found.end :] if found else part
        if _is_desk_line(credit):
            return credit.strip(" ،,:-–—")
    return None


def _is_desk_line(text: str) -> bool:
    if _FUNCTION_WORDS.intersection(text.split()):
        return False
    return _pattern("(?:[^ ]+ ){0,3}NAMES", names.LONE_DESKS).fullmatch(_folded(text).strip(" ،,:-–—")) is not None


def _is_agency(credit: str) -> bool:
    parts = [part.strip() for part in re.split(r"[/،,+&]", _folded(credit)) if part.strip()]
    name = _pattern("NAMES", names.AGENCIES)
    desk = _pattern("(?:.* )?NAMES(?: [^ ]+)?", names.DESKS)
    return bool(parts) and any(
        name.fullmatch(part) or (len(part.split()) <= 4 and desk.fullmatch(part)) for part in parts
    )


def _source_credit(line: str) -> str | None:
    """``بشکریہ: اے ایف پی``: an agency behind a label that says so, alone on a line."""
    if len(line) > _SHORT or not _LABEL_ENDS.search(line[:_LABEL]):
        return None
    source = _after_label(line, names.SOURCE_LABELS)
    return source if source != line and _is_agency(source) else None


_AT_END = re.compile(r"[(\[]([^()\[\]]{2,40})[)\]][ \t.۔]*$")


def _closing_credit(line: str) -> str | None:
    """An agency alone on a line, or in brackets at the end of a paragraph."""
    if len(line) <= 40 and _pattern(r"[(\[]? ?NAMES ?[)\]]?", names.AGENCIES).fullmatch(_folded(line)):
        return line.strip("()[] ")
    if len(line) > _NOTE_OR_CAPTION and line.rstrip(" \t.۔").endswith((")", "]")):
        match = _AT_END.search(line[-60:])
        if match and _pattern("NAMES", names.AGENCIES).fullmatch(_folded(match[1])):
            return match[1]
    return _source_credit(line)


_COPYRIGHT = re.compile(r"^(?:©|\(c\))\s*([^\d©،۔,.:]{2,40})$", re.IGNORECASE)


def _copyright_credit(line: str) -> str | None:
    """``© The Independent``: whose text it is. A site's own notice has a year, or reserves all rights."""
    match = _COPYRIGHT.match(line)
    return match[1].strip() if match and len(match[1].split()) <= 4 else None


# Section -------------------------------------------------------------------------------------------------------------


def _breadcrumb(page: _Page) -> str | None:
    """The line that begins with the way back to the site's first page."""
    candidates = (*page.texts("nav", "title_dup", "cms_label", "tags"), *page.first[:3])
    return next((line for line in candidates if len(line) <= 2 * TITLE_CHARACTERS and _after_home(line)), None)


def _after_home(line: str) -> str:
    """What follows the home step of a breadcrumb; nothing where the line is none."""
    match = _pattern("NAMES", names.HOME).match(_folded_aligned(line[:_LABEL]))
    return line[match.end() :].strip() if match else ""


_STEP = re.compile(r"\s*[>»›/\\|←→▸◄«‹]+\s*|\s+[-–—]\s+")


def _section(page: _Page, breadcrumb: str | None, title: str | None) -> str | None:
    if breadcrumb is None:
        return _section_of_lines(page)
    rest = _after_home(breadcrumb)
    steps = [step for step in _STEP.split(rest) if step]
    if steps and (len(steps) > 1 or _STEP.match(rest)):
        return None if _same(steps[0], title) else page.clean(steps[0])
    if title and (section := _without_end(rest, title)):
        return page.clean(section)
    known = _pattern("NAMES", names.SECTIONS).match(_folded_aligned(rest))
    return page.clean(rest[: known.end()]) if known else None


def _section_of_lines(page: _Page) -> str | None:
    """Steps of a breadcrumb on lines of their own: home, then the section."""
    steps = [_folded(line) for line in page.texts("nav")]
    lines = page.texts("nav")
    for number, step in enumerate(steps[:-1]):
        if step in _table(names.HOME) and steps[number + 1] in _table(names.SECTIONS):
            return page.clean(lines[number + 1])
    return None


_BEGINNING = 24
"""Characters after which most texts that are not the same have shown it."""


def _same(one: str, other: str | None) -> bool:
    if other is None:
        return False
    # Folding goes character by character: what begins otherwise is another text.
    begins, other_begins = _bare(one[:_BEGINNING]), _bare(other[:_BEGINNING])
    if not (begins.startswith(other_begins) or other_begins.startswith(begins)):
        return False
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return _folded(text).replace(" ", "")


def _without_end(text: str, end: str) -> str | None:
    """What stands before an ending, spelling aside; None where the text does not end so."""
    for length in range(len(end) + 8, max(len(end) - 8, 0), -1):
        if 0 < length < len(text) and _same(text[-length:], end):
            return text[:-length]
    return None


# Author --------------------------------------------------------------------------------------------------------------


def _author(page: _Page) -> tuple[str | None, frozenset[str]]:
    """The author as the page prints it, and the lines that are the byline, which are no title."""
    for line in () if page.is_wrapped else page.texts("author_initial"):
        return page.clean(line), frozenset()  # on a wrapped page a lone letter is the end of a word
    for read in (_labelled_author, _author_above_a_rule, _author_above_a_role):
        if byline := read(page):
            return page.clean(byline[0]), frozenset(byline[1])
    for line in (*reversed(page.last), *page.texts("promo")):
        if author := _closing_author(line):
            return page.clean(author), frozenset()
    return None, frozenset()


_Byline = tuple[str, list[str]]
"""A name, and the lines that it was read from."""


def _labelled_author(page: _Page) -> _Byline | None:
    """``تحریر: …``, or the label on one line and the name on the next."""
    for line in (*page.first[:6], *page.last, *page.texts("byline_avatar")):
        if len(line) > _SHORT:
            continue
        name = _after_label(line, names.BYLINE_LABELS)
        if name != line and _is_name(name):
            return _without_place(name), [line]
        if ("@" in line or line[:2] in _BY) and (match := _BY_OR_HANDLE.match(line)):
            name = match[1] or match[2]
            if _is_name(name):
                return name, [line]
    for label, name in zip(page.opening, page.opening[1:], strict=False):
        if len(label) <= _LABEL and not _after_label(label, names.BYLINE_LABELS) and _is_name(name):
            return name, [label, name]
    return None


def _without_place(name: str) -> str:
    """A name without the city behind it: ``محمد علی، کراچی``."""
    first, _, last = name.rpartition("،")
    return first.strip() if first and _is_place(last.strip()) else name


_BY = frozenset({"By", "by", "BY"})
_BY_OR_HANDLE = re.compile(r"(?:[Bb]y|BY) ([A-Z][^@|]{3,40})$|([^@|]{4,40}?)[ |]+@\w{2,20}$")
_RULE = re.compile(r"^[\s\W_]{3,}$")


def _author_above_a_rule(page: _Page) -> _Byline | None:
    """A name on the first line, then a place or an outlet, then a line of dashes."""
    lines = page.opening[:5]
    rule = next((number for number, line in enumerate(lines) if _RULE.match(line)), 0)
    if rule and all(_is_name(line) for line in lines[:rule]) and len(lines[0].split()) > 1:
        return lines[0], lines[:rule]
    return None


def _author_above_a_role(page: _Page) -> _Byline | None:
    """A name on the first line or below the title, and on the next what the author is, or of which outlet."""
    role = _pattern("(?:.*[ ،,])?NAMES(?:[ ،,].*)?", names.ROLES)
    for name, below in zip(page.first[:2], page.first[1:-1], strict=False):
        if _is_name(name) and len(below) <= _ROLE and role.fullmatch(_folded(below)):
            return name, [name, below]
    return None


_REPORTS_FOR = re.compile(r"([A-Z][\w.'-]+(?: [A-Z][\w.'-]+){1,3}) reports? for [A-Z]")


_THIS_COLUMN_OF = re.compile(r"(\S+(?: \S+){0,4}) (?:کا|کی) یہ (?:کالم|مضمون|بلاگ|تجزیہ|تحریر|رپورٹ|آرٹیکل)\s")


def _closing_author(line: str) -> str | None:
    """``… reports for VOA``, ``… کا یہ کالم``: what a last line says about who wrote the rest."""
    if " report" in line and (match := _REPORTS_FOR.search(line[-200:])):
        return match[1]
    match = _THIS_COLUMN_OF.match(line[:120])
    return match[1] if match and _is_name(match[1]) else None


def _is_name(text: str) -> bool:
    words = text.strip(" .،,:").split()
    return (
        len(words) in _NAME_WORDS
        and not any(character.isdigit() for character in text)
        and not _FUNCTION_WORDS.intersection(words)
        and all(any(map(str.isalpha, word)) for word in words)
        and not text.rstrip().endswith(("۔", "؟", "?", "!", ":"))
    )


# Title ---------------------------------------------------------------------------------------------------------------


def _title(page: _Page, byline: frozenset[str], breadcrumb: str | None) -> str | None:
    """The first line that is left, where it looks like a headline and something follows it."""
    if page.is_one_line:
        return None
    above = (line == breadcrumb or page.is_date_line(line) for line in page.first)
    number = next((number for number, is_above in enumerate(above) if not is_above), len(page.first))
    if number + 1 >= len(page.first):
        return None
    line = page.first[number]
    # What stands below the byline is no title.
    return page.clean(line) if line not in byline and _is_headline(line) and page.date_of(line) is None else None


_IN_BRACKETS_AT_END = re.compile(r"\([^()]* [^()]*\)$")


def _is_headline(line: str) -> bool:
    if len(line) > TITLE_CHARACTERS or len(line.split()) not in TITLE_WORDS or line.startswith(("،", ",")):
        return False
    if _IN_BRACKETS_AT_END.search(line) or "۔ " in line:
        return False  # a caption with its credit, two sentences
    if _after_label(line, names.NOTE_LABELS) != line:
        return False
    bare = line.rstrip(CLOSING_MARKS + " ")
    return not bare.endswith(("۔", ".", ":", "،", ",", ";", "؛", "…"))


def _standfirst(page: _Page, title: str | None, byline: frozenset[str]) -> str | None:
    """The one line between the title and the date or the byline: what stands above these is not the text yet."""
    if title is None or page.is_wrapped:
        return None
    lines = page.head()
    if not any(_same(line, title) for line, _ in lines):
        return None
    line, kind = next(lines, ("", None))  # the lines go on below the title
    if kind is not None or len(line) not in _STANDFIRST:
        return None
    mark, mark_kind = next(lines, ("", None))
    is_above_the_text = mark_kind in _ABOVE_THE_TEXT or (
        mark_kind is None and (mark in byline or page.is_date_line(mark))
    )
    if not is_above_the_text or line in byline or page.is_date_line(line):
        return None
    if not any(kind is None and len(text) > _SHORT for text, kind in lines):
        return None
    return None if _after_label(line, names.NOTE_LABELS) != line or _same(line, title) else page.clean(line)
