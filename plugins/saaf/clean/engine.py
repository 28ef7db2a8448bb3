"""The rule engine: which rules remove which characters of a page, in time linear in the page.

Nearly every pattern needs certain literals (:mod:`saaf.clean.literals`). All literals of a rule set, and all its exact
lines, are looked for in one pass over the folded page (:mod:`saaf.clean.scan`), whose cost does not depend on how many
they are. A pattern then runs on the lines alone that hold one of its literals. Most lines of most pages are prose that
no rule matches, and they are read once.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from saaf.clean import patterns
from saaf.clean.literals import clues_of
from saaf.clean.packs import (
    AfterRule,
    BetweenRule,
    InlineRule,
    LineRule,
    Lines,
    LoadedPack,
    PageRule,
    Relation,
    Rule,
    RunRule,
    Where,
    refusal,
)
from saaf.clean.page import Page, character_flags, is_sentence, line_key
from saaf.clean.patterns import Compiled, PatternError
from saaf.clean.probes import Probe, probes_of
from saaf.clean.spans import Span, merge
from saaf.errors import RuleError
from saaf.text.fold import fold_for_matching

if TYPE_CHECKING:
    from saaf.clean.scan import Probes

# Folded letters and digits of the scripts that packs are written in: `[^\pL\pN]` would be exact, and its automaton
# a hundred times as large.
_NOT_WORD = r"[^0-9a-z\x{0620}-\x{063f}\x{0641}-\x{064a}\x{066e}-\x{06d3}\x{06d5}\x{06ee}-\x{06ff}\x{0750}-\x{077f}]"
_TITLE_LINES = 3
_PAIRS = 256
"""Pairs of a line and a probe that there is room for at first; most pages have a few."""
_RELATIONS: dict[int, Relation] = {-1: "ends_with_next_line", -2: "starts_with_next_line", -3: "repeats_first_line"}
"""The relations of :mod:`saaf.clean.scan`."""


@dataclass(frozen=True)
class LineTest:
    """A compiled :class:`~saaf.clean.packs.Lines`.

    Attributes:
        keys: Keys of the exact lines.
        pattern: A pattern for the other ways to name lines, if there are any.
        max_chars: Characters of a line that the pattern may match.
    """

    keys: frozenset[str]
    pattern: Compiled | None
    max_chars: int

    def holds(self, folded_line: str) -> bool:
        """Whether a folded line is one of these."""
        if len(folded_line) > self.max_chars:
            return False
        if line_key(folded_line) in self.keys:
            return True
        return self.pattern is not None and self.pattern.is_in(folded_line.encode())


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to run.

    Attributes:
        name: `pack.id`.
        rule: What the pack says.
        languages: Documents that it is for; empty for all.
        sites: Hosts that it is for; empty for all.
        tests: Its line tests by role: `line`; `marker`; `start`, `end`; `title`.
        inline: Its patterns within lines.
        signs: Its patterns anywhere in the page.
        through, up_to: Where a piece that an inline rule began goes on to, if it says.
        only: The pattern that followers of an `after` rule must match, if any.
    """

    name: str
    rule: Rule
    languages: tuple[str, ...]
    sites: tuple[str, ...]
    tests: dict[str, LineTest]
    inline: tuple[Compiled, ...] = ()
    signs: tuple[Compiled, ...] = ()
    through: tuple[Compiled, ...] = ()
    up_to: tuple[Compiled, ...] = ()
    only: Compiled | None = None

    @property
    def kind(self) -> str:
        """Kind of what the rule removes."""
        return self.rule.kind

    @property
    def is_relational(self) -> bool:
        """Whether the rule asks how a line relates to those beside it."""
        return self.rule.line is not None and self.rule.line.relation is not None

    def is_for(self, language: str | None, site: str | None) -> bool:
        """Whether the rule is for documents of a language and site; an unknown language may be any."""
        if self.languages and language is not None and language not in self.languages:
            return False
        return not self.sites or (site is not None and any(_is_within(site, host) for host in self.sites))


def _is_within(site: str, host: str) -> bool:
    # A site may carry a path: bbc.com/urdu.
    site = site.lower().removeprefix("www.")
    host = host.lower().removeprefix("www.")
    domain = site.split("/")[0]
    return site == host or site.startswith(host + "/") or domain.endswith("." + host)


def compile_pack(loaded: LoadedPack) -> tuple[CompiledRule, ...]:
    """Compile the rules of a pack.

    Raises:
        RuleError: A pattern that RE2 refuses, that matches the empty text, or of which nothing is left when folded.
    """
    return tuple(_compile_rule(loaded, number, rule) for number, rule in enumerate(loaded.pack.rules))


def _compile_rule(loaded: LoadedPack, number: int, rule: Rule) -> CompiledRule:
    builder = _Builder(loaded, number)
    tests: dict[str, LineTest] = {}
    inline: tuple[Compiled, ...] = ()
    signs: tuple[Compiled, ...] = ()
    through: tuple[Compiled, ...] = ()
    up_to: tuple[Compiled, ...] = ()
    only: Compiled | None = None
    if rule.line:
        tests["line"] = builder.line_test(rule.line, "line")
    elif rule.inline:
        inline = builder.inline(rule.inline)
        through = tuple(builder.compile(builder.source(p, "inline", "through"), "inline") for p in rule.inline.through)
        up_to = tuple(builder.compile(builder.source(p, "inline", "up_to"), "inline") for p in rule.inline.up_to)
    elif rule.after:
        tests["marker"] = builder.line_test(rule.after.marker, "after", "marker")
        if rule.after.only:
            only = builder.compile(
                "|".join(builder.source(p, "after", "only") for p in rule.after.only), "after", "only"
            )
    elif rule.between:
        tests["start"] = builder.line_test(rule.between.start, "between", "start")
        tests["end"] = builder.line_test(rule.between.end, "between", "end")
    elif rule.page:
        if rule.page.title:
            tests["title"] = builder.line_test(Lines(pattern=rule.page.title), "page", "title")
        signs = tuple(
            builder.compile(builder.source(sign, "page", "signs"), "page", "signs") for sign in rule.page.signs
        )
    languages = loaded.pack.languages if rule.languages is None else rule.languages
    sites = loaded.pack.sites if rule.sites is None else rule.sites
    return CompiledRule(loaded.name(rule), rule, languages, sites, tests, inline, signs, through, up_to, only)


class _Builder:
    """Compiles the parts of one rule; every refusal says in which line of the file."""

    def __init__(self, loaded: LoadedPack, number: int) -> None:
        self.loaded = loaded
        self.number = number

    def source(self, pattern: str, *path: str) -> str:
        """The folded form of a pattern, which must not match the empty text."""
        try:
            source = patterns.folded_pattern(patterns.expand(pattern, self.loaded.macros))
            patterns.compile_pattern(source)
        except PatternError as error:
            raise self._refusal(error, *path) from None
        return f"(?:{source})"

    def compile(self, source: str, *path: str, whole_line: bool = False) -> Compiled:
        try:
            return patterns.compile_pattern(source, whole_line=whole_line)
        except PatternError as error:
            raise self._refusal(error, *path) from None

    def line_test(self, lines: Lines, *path: str) -> LineTest:
        try:
            keys = frozenset(_exact_key(text) for text in lines.exact)
            sources = [*(_starts(text) for text in lines.starts), *(_ends(text) for text in lines.ends)]
        except PatternError as error:
            raise self._refusal(error, *path) from None
        # Within `^ *(...) *$` a pattern that matches nothing would match blank lines: each is checked alone.
        sources += [self.source(pattern, *path) for pattern in lines.pattern]
        compiled = self.compile("|".join(sources), *path, whole_line=True) if sources else None
        return LineTest(keys, compiled, lines.max_chars)

    def inline(self, rule: InlineRule) -> tuple[Compiled, ...]:
        """The phrases as one pattern, and each pattern as one: each may have a group `drop` of its own."""
        sources = [self.source(pattern, "inline", "pattern") for pattern in rule.pattern]
        if rule.text:
            try:
                sources.insert(0, patterns.alternatives(rule.text))
            except PatternError as error:
                raise self._refusal(error, "inline", "text") from None
        return tuple(self.compile(source, "inline") for source in sources)

    def _refusal(self, error: PatternError, *path: str) -> RuleError:
        return refusal(str(error), self.loaded.place(self.number, *path))


def _exact_key(text: str) -> str:
    key = line_key("".join(map(fold_for_matching, text)))
    if not key:
        raise PatternError(f"nothing of the exact line {text!r} is left once it is folded: use a pattern")
    return key


def _starts(text: str) -> str:
    source = patterns.literal(text)
    rest = f"(?:{_NOT_WORD}.*)?" if _last(text).isalnum() else ".*"
    return f"{_NOT_WORD}*?{source}{rest}"


def _ends(text: str) -> str:
    source = patterns.literal(text)
    before = f"(?:.*{_NOT_WORD})?" if _first(text).isalnum() else ".*"
    return f"{before}{source}{_NOT_WORD}*"


def _first(text: str) -> str:
    return "".join(map(fold_for_matching, text)).strip()[0]


def _last(text: str) -> str:
    return "".join(map(fold_for_matching, text)).strip()[-1]


@dataclass
class _Findings:
    """What the tests found on one page, and what has been claimed so far.

    Attributes:
        page: The page.
        hits: Lines that hold for a test, in order, by rule number and role.
        relations: Lines at the top that bear a relation to another, in order.
        candidates: Lines in which a pattern of an inline or page rule may match, in order, with the pattern's place.
        signs: How many signs of a page rule were found, by rule number.
        claims: The rule that removes a line, by line number.
        pieces: Spans of the folded text that inline rules remove, each with its rule.
    """

    page: Page
    hits: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    relations: dict[Relation, list[int]] = field(default_factory=dict)
    candidates: list[tuple[int, int]] = field(default_factory=list)
    signs: dict[int, int] = field(default_factory=dict)
    claims: dict[int, CompiledRule] = field(default_factory=dict)
    pieces: list[tuple[int, int, CompiledRule]] = field(default_factory=list)
    _lines: dict[int, bytes] = field(default_factory=dict)

    def line(self, number: int) -> bytes:
        """A folded line as patterns read it."""
        line = self._lines.get(number)
        if line is None:
            line = self._lines[number] = self.page.line(number).encode()
        return line

    def hit(self, rule: int, role: str, line: int) -> None:
        """Note down that a test holds for a line; lines come in order."""
        lines = self.hits.setdefault((rule, role), [])
        if line not in lines[-1:]:
            lines.append(line)

    def claim(self, number: int, rule: CompiledRule) -> None:
        self.claims.setdefault(number, rule)

    def related(self, relation: Relation | None) -> list[int]:
        """The lines at the top that bear a relation to another, whatever they say."""
        lines = self.relations.get(relation, []) if relation else []
        if relation != "repeats_first_line" or not lines:
            return lines
        first, page = self._first_kept, self.page
        return [number for number in lines if first < number and page.key(number) == page.key(first)]

    @cached_property
    def _first_kept(self) -> int:
        """The first line that was not claimed when relations were first asked about."""
        return next(number for number in itertools.count() if number not in self.claims)


@dataclass(frozen=True)
class Removal:
    """What the engine found on a page.

    Attributes:
        spans: What is removed, in order, not overlapping; raw offsets.
        page_rule: Name of the page rule that removed all of it, if one did.
    """

    spans: tuple[Span, ...]
    page_rule: str | None


class Engine:
    """A set of rules compiled to run together.

    Args:
        rules: The rules; where two want the same line, the first gets it.
    """

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self.rules = tuple(rules)
        self._exact: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._line_probes: list[tuple[int, str, Compiled]] = []
        self._text_probes: list[tuple[int, Compiled]] = []
        self._probes: list[Probe] = []
        for number, rule in enumerate(self.rules):
            # A rule about a line's neighbours matches most lines but for that: it is asked about those alone.
            for role, test in () if rule.is_relational else rule.tests.items():
                self._add_lines(number, role, test)
        for number, rule in enumerate(self.rules):
            for pattern in (*rule.inline, *rule.signs):
                self._text_probes.append((number, pattern))
                self._probes.append(_probe(pattern, where=rule.rule.inline.where if rule.rule.inline else None))
        self._keys = list(self._exact)
        self._page_rules = [(number, rule) for number, rule in enumerate(self.rules) if rule.rule.page]
        self._relational = [number for number, rule in enumerate(self.rules) if rule.is_relational]

    def _add_lines(self, number: int, role: str, test: LineTest) -> None:
        for key in sorted(test.keys):
            self._exact[key].append((number, role))
        if test.pattern:
            self._line_probes.append((number, role, test.pattern))
            self._probes.append(
                _probe(test.pattern, where=_where(self.rules[number].rule, role), max_chars=test.max_chars)
            )

    @cached_property
    def _scanned(self) -> Probes:
        return probes_of(self._probes, self._keys)

    def remove(self, raw: str) -> Removal:
        """Find what the rules remove of a page."""
        return self.remove_from(Page(raw))

    def remove_from(self, page: Page) -> Removal:
        """Find what the rules remove of a page that has been folded already."""
        found = self._find(page)
        for number in [*sorted({number for number, _ in found.hits}), *(self._relational if found.relations else ())]:
            _apply_to_lines(number, self.rules[number], found)
        self._apply_patterns(found)
        for rule in self.rules:
            if rule.rule.run:
                _apply_run(rule.rule.run, rule, found)
        page_rule = self._page_rule(found)
        if page_rule is not None:
            _claim_page(page_rule, found)
        spans = merge(_spans(found)) if found.claims or found.pieces else ()
        return Removal(spans, page_rule.name if page_rule else None)

    def _page_rule(self, found: _Findings) -> CompiledRule | None:
        for number, rule in self._page_rules:
            if rule.rule.page and _is_page(rule.rule.page, number, found):
                return rule
        return None

    def _find(self, page: Page) -> _Findings:
        """Scan a page, and run the patterns of line tests on the lines that the scan names."""
        found = _Findings(page)
        for line, number in _scan(page, self._scanned):
            if number < 0:
                found.relations.setdefault(_RELATIONS[number], []).append(line)
            elif number < len(self._line_probes):
                rule, role, pattern = self._line_probes[number]
                if pattern.is_in(found.line(line)):
                    found.hit(rule, role, line)
            elif number < len(self._probes):
                found.candidates.append((line, number - len(self._line_probes)))
            elif page.key(line) == (key := self._keys[number - len(self._probes)]):
                for rule, role in self._exact[key]:
                    found.hit(rule, role, line)
        return found

    def _apply_patterns(self, found: _Findings) -> None:
        """Apply inline rules to the lines that no rule claimed, and look for the signs of page rules there."""
        signs: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for line, place in found.candidates:
            if line in found.claims:
                continue
            number, pattern = self._text_probes[place]
            rule = self.rules[number]
            if rule.rule.inline:
                _apply_inline(rule.rule.inline, rule, pattern, line, found)
            else:
                signs[number].append((place, line))
        for number, candidates in signs.items():
            said = self.rules[number].rule.page
            # Few pages may hold as many signs as a rule asks for.
            if said and len({place for place, _ in candidates}) >= said.least:
                found.signs[number] = self._signs(candidates, found)

    def _signs(self, candidates: Sequence[tuple[int, int]], found: _Findings) -> int:
        """How many different signs there are, of those that there may be."""
        places: set[int] = set()
        for place, line in candidates:
            if place not in places and self._text_probes[place][1].is_in(found.line(line)):
                places.add(place)
        return len(places)


def _probe(pattern: Compiled, *, where: Where | None, max_chars: int | None = None) -> Probe:
    first, last = (where.first or 0, where.last or 0) if where else (0, 0)
    return Probe(clues_of(pattern.source, whole_line=pattern.whole_line), max_chars, first, last)


def _where(rule: Rule, role: str) -> Where | None:
    """Where alone a line test can come to anything."""
    if role == "title":
        return Where(first=_TITLE_LINES)
    if rule.after:
        return rule.after.where
    return rule.line.where if rule.line else None


def _scan(page: Page, probes: Probes) -> list[list[int]]:
    """The pairs that :func:`saaf.clean.scan.scan` finds."""
    import numpy as np

    from saaf.clean.scan import scan

    room = _PAIRS
    while True:
        pairs = np.empty((room, 2), np.int32)
        count = scan(page.folded.codes, page.table, character_flags(), probes, pairs)
        if count <= room:
            return pairs[:count].tolist()  # type: ignore[no-any-return]
        room = count


def _apply_inline(said: InlineRule, rule: CompiledRule, pattern: Compiled, number: int, found: _Findings) -> None:
    if not _stands(said.where, number, found):
        return
    line = found.line(number)
    for match in pattern.engine.finditer(line):
        if place := _place(rule, line, _drop(match, pattern.group)):
            _take_piece(said, rule, number, place, found)


def _drop(match: Any, group: int) -> tuple[int, int]:
    start, end = match.span(group)
    if start < 0:
        start, end = match.span()
    return start, end


def _inked(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _place(rule: CompiledRule, line: bytes, match: tuple[int, int]) -> tuple[int, int] | None:
    """The characters of a line that a match is about."""
    first, last = match
    if rule.through or rule.up_to:
        last = _goes_on_to(rule, line, last)
        if last < 0:
            return None
    start = len(line[:first].decode())
    return start, start + len(line[first:last].decode())


def _take_piece(said: InlineRule, rule: CompiledRule, number: int, place: tuple[int, int], found: _Findings) -> None:
    """Note down what an inline rule removes of a place in a line, if it removes some."""
    text = found.page.line(number)
    start, end = _inked(text, *place)
    if not 0 < end - start <= said.max_chars:
        return
    if not said.inside_words and (_is_inside_word(text, start) or _is_inside_word(text, end)):
        return
    offset = found.page.start(number)
    found.pieces.append((offset + start, offset + end, rule))


def _goes_on_to(rule: CompiledRule, line: bytes, start: int) -> int:
    """Byte offset that a piece goes on to, from the end of what began it; -1 if the line has no such place."""
    ends = [_drop(m, p.group)[1] for p in rule.through if (m := p.engine.search(line, start))]
    ends += [m.start() for p in rule.up_to if (m := p.engine.search(line, start))]
    return min(ends, default=-1)


def _is_inside_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()


def _stands(where: Where | None, number: int, found: _Findings) -> bool:
    if where is None:
        return True
    if where.below is not None and not _is_below(where.below, number, found):
        return False
    if where.first is None and where.last is None:
        return True
    lines = len(found.page)
    return (where.first is not None and number < where.first) or (
        where.last is not None and number >= lines - where.last
    )


def _is_below(left: int, number: int, found: _Findings) -> bool:
    """Whether so many lines that are not claimed stand before a line."""
    return sum(1 for _ in islice((n for n in range(number) if n not in found.claims), left)) == left


def _apply_to_lines(number: int, rule: CompiledRule, found: _Findings) -> None:
    said = rule.rule
    if said.line:
        hits = _related_lines(said.line, rule, found) if said.line.relation else found.hits[number, "line"]
        _apply_line(said.line, rule, found, hits)
    elif said.after:
        for marker in found.hits.get((number, "marker"), ()):
            if _stands(said.after.where, marker, found):
                _apply_after(said.after, rule, found, marker)
    elif said.between:
        _apply_between(said.between, rule, found, number)


def _apply_line(said: LineRule, rule: CompiledRule, found: _Findings, hits: list[int]) -> None:
    for number in hits:
        # An exact line meets no pattern, and so no limit on the way here.
        if found.page.length(number) > said.max_chars or not _stands(said.where, number, found):
            continue
        if not said.before_blank or found.page.follows_blank(number + 1):
            found.claim(number, rule)


def _related_lines(said: LineRule, rule: CompiledRule, found: _Findings) -> list[int]:
    test = rule.tests["line"]
    return [number for number in found.related(said.relation) if test.holds(found.page.line(number))]


def _apply_after(said: AfterRule, rule: CompiledRule, found: _Findings, marker: int) -> None:
    if not said.keep_marker:
        found.claim(marker, rule)
    page = found.page
    for number in range(marker + 1, min(marker + 1 + said.lines, len(page))):
        if number in found.claims or page.length(number) > said.max_chars:
            return
        line = page.line(number)
        if said.until_sentence and is_sentence(line):
            return
        if rule.only and rule.only.engine.fullmatch(line) is None:
            return
        if said.blank_ends and number > marker + 1 and page.follows_blank(number):
            return
        found.claim(number, rule)


def _apply_between(said: BetweenRule, rule: CompiledRule, found: _Findings, number: int) -> None:
    ends = found.hits.get((number, "end"), [])
    for start in found.hits.get((number, "start"), []):
        end = next((end for end in ends if end > start), None)
        if end is not None and end - start <= said.lines:
            for line in range(start, end + 1):
                found.claim(line, rule)


def _apply_run(said: RunRule, rule: CompiledRule, found: _Findings) -> None:
    walls = sorted(n for n, claimed in found.claims.items() if claimed.kind in said.kinds)
    page = found.page
    for before, after in pairwise(walls):
        between = range(before + 1, after)
        if 0 < len(between) <= said.gap and all(
            n not in found.claims and page.length(n) <= said.max_chars and not is_sentence(page.line(n))
            for n in between
        ):
            for number in between:
                found.claim(number, rule)


def _is_page(said: PageRule, number: int, found: _Findings) -> bool:
    if said.title and not any(line < _TITLE_LINES for line in found.hits.get((number, "title"), ())):
        return False
    if said.signs and found.signs.get(number, 0) < said.least:
        return False
    if len(found.page.raw) > said.max_chars:
        return False
    return said.fewer_words_left is None or _little_is_left(said.fewer_words_left, found)


def _little_is_left(fewer_than: int, found: _Findings) -> bool:
    page = found.page
    removed = sum(map(page.length, found.claims)) + sum(end - start for start, end, _ in found.pieces)
    if not removed:
        return False
    total = page.n_chars
    if removed <= total - removed:
        return False
    # Captions describe an article, they are not one.
    left = [line for number, line in enumerate(page.lines) if number not in found.claims]
    words = sum(len(line.split()) for line in left)
    words -= sum(len(page.folded.text[start:end].split()) for start, end, _ in found.pieces)
    return words < fewer_than


def _claim_page(rule: CompiledRule, found: _Findings) -> None:
    for number in range(len(found.page)):
        found.claim(number, rule)
    found.pieces.clear()


def _spans(found: _Findings) -> Iterator[Span]:
    page = found.page
    for number, rule in found.claims.items():
        start, end = page.raw_line(number)
        yield Span(start, end, rule.name, rule.kind)
    for first, last, rule in found.pieces:
        start, end = page.folded.to_raw(first, last)
        yield Span(start, end, rule.name, rule.kind)
