"""What the engine finds on a page, held against every test of every rule run on every line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared import ROOT

from saaf.clean.cleaner import Cleaner
from saaf.clean.engine import CompiledRule, Engine
from saaf.clean.examples import unmark
from saaf.clean.packs import LINE_LIMIT, Where
from saaf.clean.page import Page, character_flags, line_key
from saaf.clean.scan import find_tails, scan
from saaf.config import CleanConfig
from saaf.text.fold import fold_for_matching

TITLE_LINES = 3
PROSE = [
    "شہر کے لوگ صبح سے پل پر جمع تھے اور سب کی زبان پر ایک ہی بات تھی کہ اب دریا کے پار جانا آسان ہو جائے گا۔",
    "مردم شهر از صبح روی پل گرد آمده بودند و همه می‌گفتند که از این پس رفتن به آن سوی رود آسان خواهد شد.",
    "شهر جا ماڻهو صبح کان پل تي گڏ ٿيل هئا ۽ سڀ چئي رهيا هئا ته هاڻي درياءَ پار وڃڻ سولو ٿي ويندو.",
    "The people of the town had been on the bridge since morning, 12 of them on 3 May 2021.",
]
Found = set[tuple[str, str, int]]
"""Names of rules, which of their tests it is, and numbers of lines."""


@cache
def engine() -> Engine:
    """All rules of all packs at once."""
    return Engine(Cleaner.load(CleanConfig(packs=("*.yaml", "sites/*.yaml")), ROOT).rules)


@cache
def examples() -> list[str]:
    """The lines of all examples."""
    found: dict[str, None] = {}
    for rule in engine().rules:
        said = rule.rule.examples
        for text in (*said.match, *said.no_match) if said else ():
            found.update(dict.fromkeys(line for line in unmark(text)[0].split("\n") if line.strip()))
    return list(found)


# The oracle: no literals, no scan, no order of asking ------------------------------------------------------------------


def folded_lines(raw: str) -> list[str]:
    """The inked lines of a page that is not hard-wrapped, folded one character after the other."""
    lines = "".join(map(fold_for_matching, raw)).split("\n")
    return [line.strip(" ") for line in lines if line.strip(" ")]


def is_long_sentence(line: str) -> bool:
    bare = line.rstrip("".join(sign for sign in EDGE if sign not in MARKS))
    before = bare[:-1].rstrip(" ")
    return len(line) >= 80 and bare[-1:] in tuple(MARKS) and before[-1:].isalpha() and not is_latin(before[-1:])


@lru_cache(maxsize=4)
def head_of(lines: tuple[str, ...]) -> int:
    """How many lines stand above an article."""
    first, *later = [number for number, line in enumerate(lines[:60]) if is_long_sentence(line)] or [0]
    return later[0] if later and 3 <= later[0] - first - 1 <= 10 else first


@lru_cache(maxsize=4)
def foot_of(lines: tuple[str, ...]) -> int:
    """Number of the line behind an article."""
    numbers = [number for number, line in enumerate(lines) if is_long_sentence(line)]
    last, *before = [n for n in reversed(numbers) if max(len(lines) - 60, head_of(lines)) <= n] or [len(lines) - 1]
    for number in before:
        if last - number - 1 < 8:
            break
        last = number
    return last + 1


def stands(where: Where | None, number: int, lines: tuple[str, ...]) -> bool:
    if where is None or (where.first is None and where.last is None):
        return True
    is_first = where.first is not None and number < max(where.first, head_of(lines))
    return is_first or (where.last is not None and number >= min(len(lines) - where.last, foot_of(lines)))


def place_of(rule: CompiledRule, role: str) -> Where | None:
    said = rule.rule
    if role == "title":
        return Where(first=TITLE_LINES)
    return next((part.where for part in (said.line, said.inline, said.after) if part), None)


def expected_of(rule: CompiledRule, lines: tuple[str, ...], page_chars: int) -> Iterator[tuple[str, str, int]]:
    if rule.is_relational:
        return
    is_for_page = rule.rule.page is None or page_chars <= rule.rule.page.max_chars
    for number, line in enumerate(lines):
        for role, test in rule.tests.items():
            pattern = test.pattern
            is_exact = len(line) <= LINE_LIMIT and line_key(line) in test.keys
            may_match = is_for_page and len(line) <= test.max_chars and stands(place_of(rule, role), number, lines)
            if is_exact or (may_match and pattern and pattern.engine.fullmatch(line.encode())):
                yield rule.name, role, number
        for pattern in (*rule.inline, *rule.signs) if is_for_page and stands(place_of(rule, ""), number, lines) else ():
            if pattern.engine.search(line.encode()):
                yield rule.name, pattern.source, number


def expected(an_engine: Engine, lines: list[str], page_chars: int) -> Found:
    return {found for rule in an_engine.rules for found in expected_of(rule, tuple(lines), page_chars)}


def ends(line: str, place: int) -> str:
    """Whether a sentence of a folded line ends at a place, and in which letters."""
    if line[place] != ".":
        return "other" if line[place] in MARKS else ""
    if not line[place - 1].isalpha():
        return ""
    if not is_latin(line[place - 1]):
        return "other"
    return "latin" if line[max(0, place - 3) : place].isalpha() and line[place + 1 : place + 2] == " " else ""


def is_latin(text: str) -> bool:
    return not any(sign.isalpha() and ord(sign) >= 0x250 for sign in text)


def tail(line: str) -> str:
    """What follows the last sentence of a folded line, by the words of the definition."""
    inked = [place for place, sign in enumerate(line) if sign in MARKS or sign not in EDGE]
    if len(line) < 80 or not inked:
        return ""
    last = inked[-1]
    last_word = max((place for place in inked if line[place] not in MARKS), default=0)
    near = range(max(1, last - 159), last_word)
    behind = {kind: max((p for p in near if ends(line, p) == kind), default=0) for kind in ("other", "latin")}
    other, latin = behind["other"], behind["latin"]
    own_mark = line[last] in MARKS
    if other and (is_latin(line[other:]) if own_mark else other > latin or is_latin(line[other:])):
        start = other
    else:
        start = 0 if own_mark else latin
    rest = line[start + 1 :] if start else ""
    while rest and (rest[0] in CLOSING + MARKS or (rest[0] in "‘“«‹" and line[-len(rest) - 1] != " ")):
        rest = rest[1:]
    return rest


EDGE = "".join(chr(code) for code in range(0x10000) if character_flags()[code] & 1)
MARKS, CLOSING = "۔.؟?!।", " \"'”’)]}»›"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PROSE, *"۔.؟!।|(”)»‘“", "ہوم", "read more", "dr. khan", "3.5", "شیئر کریں ", " ", "x" * 70]),
        max_size=7,
    )
)
def test_tails(parts: list[str]) -> None:
    page = Page("".join(parts))
    found = {
        row[2]: page.folded.text[row[3] : row[1]]
        for row in find_tails(page.folded.codes, page.table, character_flags()).tolist()
    }
    assert found == {number: behind for number, line in enumerate(page.lines) if (behind := tail(line))}


# What it is held against -----------------------------------------------------------------------------------------------


def found_by(an_engine: Engine, page: Page) -> Found:
    """What the engine finds. Where a pattern within lines may match is a superset: that it matches is asked later."""
    found = an_engine._find(page)
    pairs = {(an_engine.rules[rule].name, role, line) for (rule, role), lines in found.hits.items() for line in lines}
    patterns = [(rule.name, pattern) for rule in an_engine.rules for pattern in (*rule.inline, *rule.signs)]
    for line, probe, start, end in found.candidates:
        name, pattern = patterns[probe]
        assert found.utf8[start:end].decode() == page.line(line)
        if pattern.engine.search(found.utf8[start:end]):
            pairs.add((name, pattern.source, line))
    return pairs


def check(raw: str) -> Found:
    page = Page(raw)
    lines = page.lines if len(page.wrap_breaks) else folded_lines(raw)
    wanted = expected(engine(), lines, len(raw))
    assert found_by(engine(), page) == wanted
    return wanted


@st.composite
def cut_off(draw: st.DrawFn, lines: st.SearchStrategy[str]) -> str:
    line = draw(lines)
    first, last = sorted((draw(st.integers(0, len(line))), draw(st.integers(0, len(line)))))
    return line[first:last]


@st.composite
def respelled(draw: st.DrawFn, lines: st.SearchStrategy[str]) -> str:
    """A line with spaces, marks and joiners where there were none, or without its spaces."""
    line = draw(lines)
    for sign in draw(
        st.lists(st.sampled_from([" ", "  ", "\u200c", "\u064e", "\u0640", "\u200f", "۔", "|"]), max_size=4)
    ):
        place = draw(st.integers(0, len(line)))
        line = line[:place] + sign + line[place:]
    return line.replace(" ", "") if draw(st.integers(0, 5)) == 0 else line


def some_lines() -> st.SearchStrategy[str]:
    plain = st.one_of(st.deferred(lambda: st.sampled_from(examples())), st.sampled_from(PROSE))
    other = st.one_of(plain, cut_off(plain), respelled(plain), st.lists(cut_off(plain), max_size=3).map(" ".join))
    return st.one_of(other, st.text(st.sampled_from("ا پ۔x©٭:0123 ٹ\U0001f600ﷺ"), max_size=8))


@settings(max_examples=80, deadline=None)
@given(st.lists(some_lines(), max_size=16), st.sampled_from(["\n", "\n\n", " \r\n", " "]))
def test_generated_pages(lines: list[str], between: str) -> None:
    check(between.join(lines))


def test_the_examples_at_the_top_in_the_middle_and_at_the_bottom() -> None:
    found: Found = set()
    for start in range(0, len(examples()), 12):
        some = examples()[start : start + 12]
        found |= check("\n".join([*some, *PROSE, *some, *PROSE, *some]))
    assert len({(name, test) for name, test, _ in found}) > len(engine().rules)


def test_real_pages(data: Path) -> None:
    texts = pq.read_table(data / "news_raw.parquet", columns=["text"]).column("text").to_pylist()[::97]
    assert len(texts) > 30
    assert sum(len(check(text)) for text in texts) > len(texts)


# Work --------------------------------------------------------------------------------------------------------------------


def asked(raw: str) -> tuple[int, int]:
    """Edges of the trie that a page asks for, and its characters."""
    page = Page(raw)
    *_, edges = scan(page.folded.codes, page.table, character_flags(), page.frame, len(raw), engine()._scanned)
    return edges, len(page.folded.codes)


def literals() -> list[str]:
    return sorted({text for probe in engine()._probes for of in probe.clues.literals for text in of.texts})


@pytest.mark.parametrize("separator", ["", " ", "\n"], ids=["run together", "words", "lines"])
def test_pages_of_the_beginnings_of_literals_ask_for_few_edges(separator: str) -> None:
    """Each character begins few walks, and a walk is no longer than a literal."""
    longest = max(map(len, literals()))
    for cut in range(1, longest):
        edges, length = asked(separator.join(text[:cut] for text in literals()))
        assert edges <= 2 * longest * length


def test_work_grows_as_the_page_does() -> None:
    pages = [separator.join(literals()) for separator in (" ", "\n")] + [
        first + second for first, second in pairwise(literals())
    ][:5]
    for raw in pages:
        once, often = asked(raw)[0], asked("\n".join([raw] * 8))[0]
        assert often <= 8 * once + 8
