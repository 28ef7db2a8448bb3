"""Who wrote the article, as the page prints it."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from saaf.clean import credits as tables
from saaf.clean.metadata.credit import BARS, is_credit
from saaf.clean.metadata.kernels import REPORTS, SHORT, THIS
from saaf.clean.metadata.names import FUNCTION_WORDS, after_label, folded, is_name, is_place, names_of
from saaf.clean.metadata.page import OF_LAST, OF_START, Page, places

_ROLE = 60
_LOOKED_AT = SHORT + 1


def author(page: Page) -> tuple[str | None, frozenset[str]]:
    """The author as the page prints it, and the lines that are the byline, which are no title."""
    for line in () if page.is_wrapped else page.texts("author_initial"):
        return page.clean(line), frozenset()  # on a wrapped page a lone letter is the end of a word
    for read in (_labelled_author, _author_above_a_rule, _author_above_a_role, _author_before_a_job):
        if byline := read(page):
            return page.clean(byline[0]), frozenset(byline[1])
    for line in (*reversed(page.lines(page.ends.closing & OF_LAST)), *page.texts("promo")):
        if closing := _closing_author(line):
            return page.clean(closing), frozenset()
    return None, frozenset()


_OF_BYLINES = OF_LAST | 0b111111
"""The ends of a page where a byline may stand."""
_Byline = tuple[str, list[str]]
"""A name, and the lines that it was read from."""


def _labelled_author(page: Page) -> _Byline | None:
    """``تحریر: …``, or the label on one line and the name on the next."""
    lines = (*page.lines(page.ends.short & _OF_BYLINES), *page.texts("byline_avatar"))
    for line in lines:
        if len(line) > SHORT:
            continue
        labelled = after_label(line, tables.BYLINE_LABELS)
        if labelled != line and (name := _bare_name(labelled)) and is_name(name) and not is_credit(name):
            return name, [line]
        if "@" in line or line[:2] in _BY_OR_FROM or line.endswith(_BY_THE_PEN_OF):
            unmarked = _author_without_a_mark(page, line)
            if unmarked and is_name(unmarked) and not is_credit(unmarked):
                return unmarked, [line]
    return _author_below_a_label(page)


def _author_without_a_mark(page: Page, line: str) -> str | None:
    """``By …``, ``… @handle``, ``از …``, ``… کے قلم سے``."""
    if match := _BY_OR_HANDLE.match(line):
        return match[1] or match[2]
    if line.startswith(_FROM) and page.language in _FROM_IS_A_LABEL:
        name = line.removeprefix(_FROM).strip()
        return name if len(name.split()) in _FULL_NAME and not _is_known(name) else None
    if line.endswith(_BY_THE_PEN_OF):
        return line.removesuffix(_BY_THE_PEN_OF)
    return None


def _author_below_a_label(page: Page) -> _Byline | None:
    for number in places(page.ends.labels):
        label = page.opening_line(number)
        if number + 1 < page.n_opening and _is_label(label):
            name = page.opening_line(number + 1)[:_LOOKED_AT]
            if is_name(name) and not is_credit(name):
                return name, [label, name]
    return None


@lru_cache(maxsize=4096)
def _is_label(line: str) -> bool:
    """Whether a byline's label is all that a short line says; such lines recur from page to page."""
    return not after_label(line, tables.BYLINE_LABELS)


def _bare_name(labelled: str) -> str | None:
    """A name without what stands behind it: a city, a date, who held the camera."""
    name = _IN_BRACKETS_BEHIND.sub("", BARS.split(labelled, maxsplit=1)[0]).strip()
    if ":" in name:
        name = name.partition(":")[0].rpartition("،")[0].strip()
    first, _, last = name.replace(" - ", "،").replace(" – ", "،").rpartition("،")
    name = first.strip() if first and is_place(last.strip()) else name
    return None if not name or is_place(name) else name


_IN_BRACKETS_BEHIND = re.compile(r"\s*\([^()]*\)\s*$")
_BY_OR_FROM = frozenset({"By", "by", "BY", "از"})
_BY_OR_HANDLE = re.compile(r"(?:[Bb]y|BY) ([A-Z][^@|]{3,40})$|([^@|]{4,40}?)[ |]+@\w{2,20}$")
_FROM, _BY_THE_PEN_OF = "از ", " کے قلم سے"
_FROM_IS_A_LABEL = frozenset({None, "ur", "pnb"})
"""Languages in which no sentence begins with it; in Persian many do."""
_FULL_NAME = range(2, 5)


def _is_known(name: str) -> bool:
    """Whether a text that looks like a name is an adverb's end or a place's name instead."""
    return folded(name.split(maxsplit=1)[0]) in names_of(tables.NO_NAMES_AFTER_FROM).all or is_place(name)


_RULE = re.compile(r"^[\s\W_]{3,}$")
_ABOVE_A_RULE = 0b11111
"""The lines that a page begins with among which the rule is one."""


def _author_above_a_rule(page: Page) -> _Byline | None:
    """A name on the first line, then a place or an outlet, then a line of dashes."""
    for number in places(page.ends.marked & _ABOVE_A_RULE):
        if not _RULE.match(page.opening_line(number)[:_LOOKED_AT]):
            continue
        lines = [page.opening_line(above)[:_LOOKED_AT] for above in range(number)]
        return (lines[0], lines) if lines and all(map(is_name, lines)) and len(lines[0].split()) > 1 else None
    return None


@cache
def _role() -> re.Pattern[str]:
    return names_of(tables.ROLES).pattern("(?:.*[ ،,])?NAMES(?:[ ،,].*)?")


def _author_above_a_role(page: Page) -> _Byline | None:
    """A name on the first line or below the title, and on the next what the author is, or of which outlet."""
    for number in range(min(2, page.n_first - 2)):
        if page.length(number + 1) > _ROLE:
            continue
        name, below = page.line(number), page.line(number + 1)
        if is_name(name) and _role().fullmatch(folded(below)):
            return name, [name, below]
    return None


@cache
def _job() -> re.Pattern[str]:
    return names_of(tables.JOBS).pattern(r"NAMES((?: [^ ،,]+){0,3}(?:[،,] ?[^ ،,]+(?: [^ ،,]+){0,2})?)")


def _author_before_a_job(page: Page) -> _Byline | None:
    """``علی رضا، نامہ نگار``: a name and what the author is, on one line."""
    for line in page.lines(page.ends.short & OF_START):
        if "،" not in line:
            continue
        name, _, job = line.partition("،")
        if len(name.split()) not in _FULL_NAME or not is_name(name) or is_place(name):
            continue
        if (match := _job().fullmatch(folded(job))) and FUNCTION_WORDS.isdisjoint(match[1].split()):
            return name.strip(), [line]
    return None


_REPORTS_FOR = re.compile(r"([A-Z][\w.'-]+(?: [A-Z][\w.'-]+){1,3}) reports? for [A-Z]")
_THIS = " یہ "
_THIS_COLUMN_OF = re.compile(rf"(\S+(?: \S+){{0,4}}) (?:کا|کی){_THIS}(?:کالم|مضمون|بلاگ|تجزیہ|تحریر|رپورٹ|آرٹیکل)\s")


def _closing_author(line: str) -> str | None:
    """``… reports for VOA``, ``… کا یہ کالم``: what a last line says about who wrote the rest."""
    if line.find(" report", -REPORTS) >= 0 and (match := _REPORTS_FOR.search(line[-REPORTS:])):
        return match[1]
    match = _THIS_COLUMN_OF.match(line[:THIS]) if line.find(_THIS, 0, THIS) >= 0 else None
    return match[1] if match and is_name(match[1]) else None
