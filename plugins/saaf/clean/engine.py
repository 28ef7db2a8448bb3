"""The rule engine: which rules remove which characters of a page, in time linear in the page.

Nearly every pattern needs certain literals (:mod:`saaf.clean.literals`). All literals of a rule set, and all its exact
lines, are looked for in one pass over the folded page (:mod:`saaf.clean.scan`), whose cost hardly depends on how many
they are. A pattern then runs on the lines alone that hold one of its literals. Most lines of most pages are prose that
no rule matches, and they are read once.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice, pairwise, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from saaf.clean import patterns
from saaf.clean.packs import (
    AfterRule,
    BetweenRule,
    InlineRule,
    LineRule,
    Lines,
    LoadedPack,
    MenuRule,
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
from saaf.clean.scan import MOST_BYTES, count_characters, find_tails, scan
from saaf.clean.spans import Span, merge
from saaf.errors import RuleError
from saaf.text.fold import fold_for_matching

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from saaf.clean.scan import Probes

# Folded letters and digits of the scripts that packs are written in: `[^\pL\pN]` would be exact, and its automaton
# a hundred times as large.
_NOT_WORD = r"[^0-9a-z\x{0620}-\x{063f}\x{0641}-\x{064a}\x{066e}-\x{06d3}\x{06d5}\x{06ee}-\x{06ff}\x{0750}-\x{077f}]"
_FULL_STOP = "۔".encode()
_SEPARATORS = " |·•*،,:–—-/\\"
"""What may stand between two labels of a row."""
_TITLE_LINES = 3
_MENU_LINES = 3
"""So many claimed lines at the top are a menu."""
_LOOK_BEHIND = 40
"""Characters behind the end of a piece that tell that it ends there, at most."""
_LINE_OF_TEXT = 80
"""Characters of a text without line breaks that count as one line of it."""
_COPY = 20, 250
"""Characters of a title that stands twice in a line: fewer may be words that the text just begins with, more are text."""
_BETWEEN_COPIES = 40
"""Characters between the two at most: names of sections."""
_RECURRING, _REMEMBERED = 200, 1 << 13
"""Bytes of a line that may recur from page to page, at most, and how many answers of such lines are remembered."""
_Test = tuple[int, str]
"""A test of lines: the number of its rule, and its role there."""
_Candidate = tuple[int, int, int, int]
"""A line in which a pattern of an inline or page rule may match: its number; the pattern's place among those of inline and
page rules; where the line starts and ends among the lines in UTF-8."""
_RELATIONS: dict[int, Relation] = {
    -1: "ends_with_next_line",
    -2: "starts_with_next_line",
    -3: "repeats_first_line",
    -4: "begins_later_line",
    -5: "starts_with_later_line",
}
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
        unless: What no piece of an inline rule may hold, if it says.
        only: The pattern that followers of an `after` rule must match, or the lines of a `run`, if any.
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
    unless: Compiled | None = None
    only: Compiled | None = None

    @cached_property
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
    unless: Compiled | None = None
    only: Compiled | None = None
    if rule.line:
        tests["line"] = builder.line_test(rule.line, "line")
    elif rule.inline:
        inline = builder.inline(rule.inline)
        through = tuple(builder.compile(builder.source(p, "inline", "through"), "inline") for p in rule.inline.through)
        up_to = tuple(builder.compile(builder.source(p, "inline", "up_to"), "inline") for p in rule.inline.up_to)
        unless = builder.any_of(rule.inline.unless, "inline", "unless")
    elif rule.after:
        tests["marker"] = builder.line_test(rule.after.marker, "after", "marker")
        only = builder.any_of(rule.after.only, "after", "only")
    elif rule.between:
        tests["start"] = builder.line_test(rule.between.start, "between", "start")
        tests["end"] = builder.line_test(rule.between.end, "between", "end")
    elif rule.menu:
        tests["words"] = builder.line_test(rule.menu.words, "menu", "words")
    elif rule.run:
        only = builder.any_of(rule.run.only, "run", "only")
    elif rule.page:
        if rule.page.title:
            tests["title"] = builder.line_test(Lines(pattern=rule.page.title), "page", "title")
        signs = tuple(
            builder.compile(builder.source(sign, "page", "signs"), "page", "signs") for sign in rule.page.signs
        )
    languages = loaded.pack.languages if rule.languages is None else rule.languages
    sites = loaded.pack.sites if rule.sites is None else rule.sites
    return CompiledRule(loaded.name(rule), rule, languages, sites, tests, inline, signs, through, up_to, unless, only)


class _Builder:
    """Compiles the parts of one rule; every refusal says in which line of the file."""

    def __init__(self, loaded: LoadedPack, number: int) -> None:
        self.loaded = loaded
        self.number = number

    def source(self, pattern: str, *path: str) -> str:
        """The folded form of a pattern, which must not match the empty text."""
        try:
            source = f"(?:{patterns.expand(patterns.folded_pattern(pattern), self.loaded.macros)})"
            patterns.compile_pattern(source)
        except PatternError as error:
            raise self._refusal(error, *path) from None
        return source

    def compile(self, source: str, *path: str, whole_line: bool = False) -> Compiled:
        try:
            return patterns.compile_pattern(source, whole_line=whole_line)
        except PatternError as error:
            raise self._refusal(error, *path) from None

    def any_of(self, sources: Sequence[str], *path: str) -> Compiled | None:
        """One pattern for all of several, if there are any."""
        return self.compile("|".join(self.source(source, *path) for source in sources), *path) if sources else None

    def line_test(self, lines: Lines, *path: str) -> LineTest:
        try:
            exact = [text for listed in lines.exact for text in self._words(listed)]
            keys = frozenset(_exact_key(text) for text in exact)
            sources = [*(_starts(text) for text in lines.starts), *(_ends(text) for text in lines.ends)]
        except PatternError as error:
            raise self._refusal(error, *path) from None
        # Within `^ *(...) *$` a pattern that matches nothing would match blank lines: each is checked alone.
        sources += [self.source(pattern, *path) for pattern in lines.pattern]
        compiled = self.compile("|".join(sources), *path, whole_line=True) if sources else None
        return LineTest(keys, compiled, lines.max_chars)

    def _words(self, listed: str) -> Sequence[str]:
        """What an entry of `exact` stands for: itself, or the words of the list whose name it is."""
        if not (listed.startswith("{") and listed.endswith("}")):
            return (listed,)
        words = self.loaded.pack.let.get(listed[1:-1], "")
        if isinstance(words, str):
            raise PatternError(f"{listed} is the name of no list of words in `let`")
        return words

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


_Piece = tuple[int, int, CompiledRule]
"""A span of the folded text that a rule removes: where it starts and ends, and the rule."""
_start = itemgetter(0)


class _Findings:
    """What the tests found on one page, and what has been claimed so far.

    Attributes:
        page: The page.
        n_chars: Folded characters of all lines.
        text: Lines in UTF-8, as :func:`saaf.clean.scan.scan` gives them; `utf8` is the same as bytes.
        hits: Lines that hold for a test, by rule number and role.
        relations: Lines at the top that bear a relation to another, in order.
        candidates: Lines in which a pattern of an inline or page rule may match, in order.
        signs: How many signs of a page rule were found, by rule number.
        claims: The rule that removes a line, by line number.
        pieces: Spans of the folded text that inline rules remove, each with its rule.
    """

    def __init__(self, page: Page, n_chars: int, text: npt.NDArray[np.uint8]) -> None:
        self.page = page
        self.n_chars = n_chars
        self.text = text
        self.utf8 = text.tobytes()
        self.hits: dict[_Test, set[int]] = {}
        self.relations: dict[Relation, list[int]] = {}
        self.candidates: list[_Candidate] = []
        self.signs: dict[int, int] = {}
        self.claims: dict[int, CompiledRule] = {}
        self.pieces: list[_Piece] = []

    def hit(self, test: _Test, line: int) -> None:
        """Note down that a test holds for a line."""
        lines = self.hits.get(test)
        if lines is None:
            self.hits[test] = {line}
        else:
            lines.add(line)

    def lines_of(self, rule: int, role: str) -> list[int]:
        """The lines for which a test holds, in order."""
        return sorted(self.hits.get((rule, role), ()))

    def claim(self, number: int, rule: CompiledRule) -> None:
        self.claims.setdefault(number, rule)

    def claim_pieces(self, wanted: Sequence[_Piece]) -> None:
        """Claim spans of the folded text, in order and apart, with all that inline rules remove in them.

        One that such a piece goes into, or out of, is left alone.
        """
        starts = [start for start, _, _ in wanted]
        begun: set[int] = set()
        held: list[tuple[int, _Piece]] = []
        for piece in self.pieces:
            place = bisect_right(starts, piece[0]) - 1
            if place >= 0 and piece[0] < wanted[place][1]:
                held.append((place, piece))
                if piece[1] > wanted[place][1]:
                    begun.add(place)
            elif place + 1 < len(wanted) and wanted[place + 1][0] < piece[1]:
                begun.add(place + 1)
        gone = {id(piece) for place, piece in held if place not in begun}
        self.pieces = [piece for piece in self.pieces if id(piece) not in gone]
        self.pieces += [piece for place, piece in enumerate(wanted) if place not in begun]

    def line(self, number: int) -> str:
        """A folded line; few are asked for, so the whole text is not made for them."""
        start = self.page.start(number)
        return str(self.page.folded.codes[start : start + self.page.length(number)].data, "utf-32-le")

    def characters_between(self, start: int, end: int) -> int:
        """How many characters a span of the lines in UTF-8 holds."""
        return count_characters(self.text, start, end)

    def is_short(self, number: int, max_chars: int) -> bool:
        """Whether a line has so many characters at most, and is no sentence."""
        return self.page.length(number) <= max_chars and not is_sentence(self.line(number))

    def related(self, relation: Relation | None) -> list[int]:
        """The lines at the top that bear a relation to another, whatever they say."""
        lines = self.relations.get(relation, []) if relation else []
        if relation != "repeats_first_line" or not lines:
            return lines
        first, page = self._first_kept, self.page
        if first >= _MENU_LINES:
            return self._copied_below(lines)
        return [number for number in lines if first < number and page.key(number) == page.key(first)]

    def _copied_below(self, copies: Sequence[int]) -> list[int]:
        """Lines under a menu that a line below them repeats, neither claimed: the trail and the tab say the title too."""
        page = self.page
        last = {page.key(number): number for number in copies if number not in self.claims}
        return [
            number
            for number in range(self._first_kept, max(copies))
            if number not in self.claims and number < last.get(page.key(number), 0)
        ]

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
        self._exact: dict[str, list[_Test]] = defaultdict(list)
        self._line_probes: list[tuple[_Test, Compiled]] = []
        self._text_probes: list[tuple[int, Compiled]] = []
        self._probes: list[Probe] = []
        for number, rule in enumerate(self.rules):
            # A rule about a line's neighbours matches most lines but for that: it is asked about those alone.
            for role, test in () if rule.is_relational else rule.tests.items():
                self._add_lines(number, role, test)
        for number, rule in enumerate(self.rules):
            for pattern in (*rule.inline, *rule.signs):
                self._text_probes.append((number, pattern))
                line_chars = rule.rule.inline.line_chars if rule.rule.inline else None
                self._probes.append(_probe(pattern, rule.rule, max_chars=line_chars))
        self._label_probes = {
            probe
            for probe, (number, _) in enumerate(self._text_probes)
            if (inline := self.rules[number].rule.inline) and inline.beside
        }
        self._relational = [number for number, rule in enumerate(self.rules) if rule.is_relational]
        self._runs = [(rule.rule.run, rule) for rule in self.rules if rule.rule.run]
        # Rules for pages that ask for no sign and no title; most pages show neither of any other.
        self._page_rules = [
            number
            for number, rule in enumerate(self.rules)
            if rule.rule.page and not (rule.rule.page.signs or rule.rule.page.title)
        ]

    def _add_lines(self, number: int, role: str, test: LineTest) -> None:
        for key in sorted(test.keys):
            self._exact[key].append((number, role))
        if test.pattern:
            self._line_probes.append(((number, role), test.pattern))
            rule = self.rules[number].rule
            self._probes.append(_probe(test.pattern, rule, role, max_chars=test.max_chars))

    @cached_property
    def _scanned(self) -> Probes:
        return probes_of(self._probes, list(self._exact))

    @cached_property
    def _tests_of_keys(self) -> list[list[_Test]]:
        """For each whole line that is looked for the tests that it holds for."""
        return list(self._exact.values())

    def remove(self, raw: str) -> Removal:
        """Find what the rules remove of a page."""
        return self.remove_from(Page(raw))

    def remove_from(self, page: Page) -> Removal:
        """Find what the rules remove of a page that has been folded already."""
        found = self._find(page)
        # The order of rules; of one rule with two roles it is the first in the alphabet that acts.
        for number, role in sorted(found.hits):
            _apply_to_lines(number, role, self.rules[number], found)
        for number in self._relational if found.relations else ():
            _apply_relation(self.rules[number], found)
        if found.candidates:
            self._apply_patterns(found)
        self._apply_to_tails(found)
        if found.pieces:
            self._apply_labels(found)
        if len(found.claims) > 1:
            for run, rule in self._runs:
                _apply_run(run, rule, found)
        page_rule = self._page_rule(found)
        if page_rule is not None:
            _claim_page(page_rule, found)
        return Removal(_spans(found), page_rule.name if page_rule else None)

    def _page_rule(self, found: _Findings) -> CompiledRule | None:
        titled = {number for number, role in found.hits if role == "title"}
        for number in sorted(titled.union(found.signs, self._page_rules)):
            said = self.rules[number].rule.page
            if said and _is_page(said, number, found):
                return self.rules[number]
        return None

    def _find(self, page: Page) -> _Findings:
        """Scan a page, and run the patterns of line tests on the lines that the scan names."""
        return self._found_in(page, page.table, page.frame)

    def _found_in(self, page: Page, lines: npt.NDArray[np.int32], frame: tuple[int, int]) -> _Findings:
        pairs, others, text, n_chars, _ = scan(
            page.folded.codes, lines, character_flags(), frame, len(page.raw), self._scanned
        )
        found = _Findings(page, n_chars, text)
        utf8, tests, n_tests = found.utf8, self._line_probes, len(self._line_probes)
        for line, number, start, end in pairs.tolist():
            if number >= n_tests:
                found.candidates.append((line, number - n_tests, start, end))
            elif (self._recurring if end - start <= _RECURRING else self._holds)(number, utf8[start:end]):
                found.hit(tests[number][0], line)
        for line, number in others.tolist():
            if number < 0:
                found.relations.setdefault(_RELATIONS[number], []).append(line)
            else:
                for test in self._tests_of_keys[number]:
                    found.hit(test, line)
        return found

    def _holds(self, probe: int, line: bytes) -> bool:
        return self._line_probes[probe][1].test(line) is not None

    @cached_property
    def _recurring(self) -> Callable[[int, bytes], bool]:
        """:meth:`_holds` of short lines, of which the same stand on page after page: that is why they are removed."""
        return lru_cache(maxsize=_REMEMBERED)(self._holds)

    def _apply_to_tails(self, found: _Findings) -> None:
        """Apply line rules to what stands behind the last sentence of long lines, as if it stood on a line of its own."""
        page = found.page
        tails = find_tails(page.folded.codes, page.table, character_flags())
        if not len(tails):
            return
        hits = self._found_in(page, tails, (0, len(tails))).hits
        claims: dict[int, _Piece] = {}
        for number, role in sorted(hits):
            rule = self.rules[number]
            if role == "line" and rule.rule.line:
                for tail in sorted(hits[number, role]):
                    start, end, line, cut = tails[tail].tolist()
                    if line in found.claims or tail in claims or end - start > rule.rule.line.max_chars:
                        continue
                    if _stands_behind(rule.rule.line, line, found):
                        claims[tail] = (cut, end, rule)
        if claims:
            found.claim_pieces([claims[tail] for tail in sorted(claims)])

    def _apply_patterns(self, found: _Findings) -> None:
        """Apply inline rules to the lines that no rule claimed, and look for the signs of page rules there."""
        signs: dict[int, list[_Candidate]] = {}
        for candidate in found.candidates:
            line, probe, _, _ = candidate
            if line in found.claims or probe in self._label_probes:
                continue
            number, pattern = self._text_probes[probe]
            rule = self.rules[number]
            if rule.rule.inline:
                found.pieces += _pieces(rule.rule.inline, rule, pattern, candidate, found)
            else:
                signs.setdefault(number, []).append(candidate)
        for number, candidates in signs.items():
            said = self.rules[number].rule.page
            # Few pages may hold as many signs as a rule asks for.
            if said and len({probe for _, probe, _, _ in candidates}) >= said.least:
                found.signs[number] = self._signs(candidates, found)

    def _apply_labels(self, found: _Findings) -> None:
        """Apply inline rules for labels that stand beside others to the lines in which there are others."""
        likely = [candidate for candidate in found.candidates if candidate[1] in self._label_probes]
        pieces = sorted(found.pieces, key=_start) if likely else []
        for line, candidates in itertools.groupby(likely, key=itemgetter(0)):
            start = found.page.start(line)
            first, last = (bisect_left(pieces, place, key=_start) for place in (start, start + found.page.length(line)))
            if line in found.claims or first == last:
                continue
            labels: list[_Piece] = []
            for candidate in candidates:
                number, pattern = self._text_probes[candidate[1]]
                rule = self.rules[number]
                if rule.rule.inline:
                    labels += _pieces(rule.rule.inline, rule, pattern, candidate, found)
            if labels:
                _claim_labels(labels, pieces[first:last], line, found)

    def _signs(self, candidates: Sequence[_Candidate], found: _Findings) -> int:
        """How many different signs there are, of those that there may be."""
        probes: set[int] = set()
        for _, probe, start, end in candidates:
            if probe not in probes and self._text_probes[probe][1].is_in(found.utf8[start:end]):
                probes.add(probe)
        return len(probes)


def _probe(pattern: Compiled, rule: Rule, role: str | None = None, max_chars: int | None = None) -> Probe:
    where = _where(rule, role)
    first, last = (where.first or 0, where.last or 0) if where else (0, 0)
    return Probe(pattern.clues, max_chars, first, last, rule.page.max_chars if rule.page else None)


def _where(rule: Rule, role: str | None) -> Where | None:
    """Where alone a test can come to anything."""
    if role == "title":
        return Where(first=_TITLE_LINES)
    for placed in (rule.line, rule.inline, rule.after):
        if placed:
            return placed.where
    return None


def _pieces(
    said: InlineRule, rule: CompiledRule, pattern: Compiled, candidate: _Candidate, found: _Findings
) -> list[_Piece]:
    """What an inline rule finds to remove in a line."""
    pieces: list[_Piece] = []
    number, _, line_start, line_end = candidate
    if not _stands(said.where, number, found):
        return pieces
    line = found.utf8[line_start:line_end]
    # Characters are counted from one match to the next: a line may hold a million.
    counted, place = line_start, found.page.start(number)
    for match in pattern.engine.finditer(line):
        first, last = _drop(match, pattern.group)
        if rule.through or rule.up_to:
            last = _goes_on_to(rule, line, last, said.max_chars)
        if said.through_copy and last >= 0:
            last += _copy_behind(line, last)
        if last < 0:
            continue
        place += found.characters_between(counted, line_start + first)
        counted = line_start + first
        if rule.unless and rule.unless.is_in(line[first:last]):
            continue
        text = line[first:last].decode()
        start, end = place + len(text) - len(text.lstrip()), place + len(text.rstrip())
        if 0 < end - start <= said.max_chars and (said.inside_words or _ends_at_words(start, end, number, found)):
            pieces.append((start, end, rule))
    return pieces


def _drop(match: Any, group: int) -> tuple[int, int]:
    start, end = match.span(group)
    if start < 0:
        start, end = match.span()
    return start, end


def _ends_at_words(start: int, end: int, number: int, found: _Findings) -> bool:
    """Whether a piece of a line begins and ends where words do."""
    codes, line_start = found.page.folded.codes, found.page.start(number)
    line_end = line_start + found.page.length(number)
    return not (
        (start > line_start and _is_inside_word(codes, start)) or (end < line_end and _is_inside_word(codes, end))
    )


def _claim_labels(labels: Sequence[_Piece], pieces: Sequence[_Piece], number: int, found: _Findings) -> None:
    """Claim the labels of a line that stand beside pieces that are removed of it, or beside labels that do."""
    line, base = found.line(number), found.page.start(number)
    gone = bytearray(len(line))
    for start, end, _ in pieces:
        gone[start - base : end - base] = b"\1" * (end - start)
    ordered = sorted(labels, key=lambda label: (label[0], -label[1]))
    # Forwards and back again: however many labels touch one another, each is looked at twice.
    for start, end, rule in itertools.chain(ordered, reversed(ordered)):
        place = start - base, end - base
        if not any(gone[slice(*place)]) and _is_beside(line, gone, place):
            found.pieces.append((start, end, rule))
            gone[slice(*place)] = b"\1" * (end - start)


def _is_beside(line: str, gone: bytearray, label: tuple[int, int]) -> bool:
    """Whether what is gone of a line stands beside a label of it."""
    first, last = label[0] - 1, label[1]
    while first >= 0 and not gone[first] and line[first] in _SEPARATORS:
        first -= 1
    while last < len(line) and not gone[last] and line[last] in _SEPARATORS:
        last += 1
    return (first >= 0 and bool(gone[first])) or (last < len(line) and bool(gone[last]))


def _copy_behind(line: bytes, start: int) -> int:
    """Bytes of the title that begins there, if the title follows once more; 0 if not."""
    least, most = _COPY
    text = line[start : start + 2 * MOST_BYTES * most].decode(errors="ignore")
    blank = len(text) - len(text.lstrip())
    title = text[blank:]
    again = title.find(title[:least], least, least + most)
    if again < 0 or _FULL_STOP.decode() in title[:again]:
        return 0
    copied = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(title[:again], title[again:], strict=False)))
    return len(text[: blank + again].encode()) if again - copied <= min(_BETWEEN_COPIES, copied) else 0


def _goes_on_to(rule: CompiledRule, line: bytes, start: int, max_chars: int) -> int:
    """Byte offset that a piece goes on to, from the end of what began it; -1 if the line has no such place.

    No piece goes on beyond a full stop: what follows is another sentence.
    """
    # Nor is one that is longer than the rule allows: how far its end is does not matter.
    furthest = start + MOST_BYTES * (max_chars + _LOOK_BEHIND)
    stop = line.find(_FULL_STOP, start, furthest)
    stop = min(len(line), furthest) if stop < 0 else stop + len(_FULL_STOP)
    ends = [_drop(m, p.group)[1] for p in rule.through if (m := p.engine.search(line, start, stop))]
    ends += [m.start() for p in rule.up_to if (m := p.engine.search(line, start, stop))]
    return min(ends, default=-1)


def _is_inside_word(codes: npt.NDArray[np.uint32], place: int) -> bool:
    return chr(codes.item(place - 1)).isalnum() and chr(codes.item(place)).isalnum()


def _stands(where: Where | None, number: int, found: _Findings) -> bool:
    if where is None:
        return True
    if where.below is not None and not _is_below(where.below, number, found):
        return False
    if where.first is None and where.last is None:
        return True
    lines, (head, foot) = len(found.page), found.page.frame
    return (where.first is not None and number < max(where.first, head)) or (
        where.last is not None and number >= min(lines - where.last, foot)
    )


def _stands_behind(said: LineRule, number: int, found: _Findings) -> bool:
    """Whether a line rule is for what stands behind a line, which never is at the top."""
    where = said.where
    if said.before_blank and not found.page.follows_blank(number + 1):
        return False
    if where is None:
        return True
    below = where.below or 0
    if found.page.length(number) < below * _LINE_OF_TEXT and not _is_below(below, number + 1, found):
        return False
    if where.last is None:
        return where.first is None
    return number >= len(found.page) - where.last


def _is_below(left: int, number: int, found: _Findings) -> bool:
    """Whether so many lines that are not claimed stand before a line."""
    return sum(1 for _ in islice((n for n in range(number) if n not in found.claims), left)) == left


def _apply_to_lines(number: int, role: str, rule: CompiledRule, found: _Findings) -> None:
    said = rule.rule
    if role == "line" and said.line:
        _apply_line(said.line, rule, found, found.lines_of(number, role))
    elif role == "marker" and said.after:
        for marker in found.lines_of(number, role):
            if _stands(said.after.where, marker, found):
                _apply_after(said.after, rule, found, marker)
    elif role == "start" and said.between:
        _apply_between(said.between, rule, found, number)
    elif role == "words" and said.menu:
        _apply_menu(said.menu, rule, found, found.lines_of(number, role))


def _apply_line(said: LineRule, rule: CompiledRule, found: _Findings, hits: Sequence[int]) -> None:
    page, where = found.page, said.where
    for number in hits:
        # An exact line meets no pattern, and so no limit on the way here.
        if page.length(number) > said.max_chars or not (where is None or _stands(where, number, found)):
            continue
        if said.no_sentence and is_sentence(found.line(number)):
            continue
        if not said.before_blank or page.follows_blank(number + 1):
            found.claim(number, rule)


def _apply_relation(rule: CompiledRule, found: _Findings) -> None:
    said, test = rule.rule.line, rule.tests["line"]
    if said:
        related = found.related(said.relation)
        _apply_line(said, rule, found, [number for number in related if test.holds(found.line(number))])


def _apply_after(said: AfterRule, rule: CompiledRule, found: _Findings, marker: int) -> None:
    if not said.keep_marker:
        found.claim(marker, rule)
    page = found.page
    for number in range(marker + 1, min(marker + 1 + said.lines, len(page))):
        if number in found.claims or page.length(number) > said.max_chars:
            return
        line = found.line(number)
        if said.until_sentence and is_sentence(line):
            return
        if rule.only and rule.only.engine.fullmatch(line) is None:
            return
        if said.blank_ends and number > marker + 1 and page.follows_blank(number):
            return
        found.claim(number, rule)


def _apply_between(said: BetweenRule, rule: CompiledRule, found: _Findings, number: int) -> None:
    ends = found.lines_of(number, "end")
    for start in found.lines_of(number, "start"):
        place = bisect_right(ends, start)
        if place < len(ends) and ends[place] - start <= said.lines:
            for line in range(start, ends[place] + 1):
                found.claim(line, rule)


def _apply_menu(said: MenuRule, rule: CompiledRule, found: _Findings, words: Sequence[int]) -> None:
    def goes_on(last: int, number: int) -> bool:
        between = range(last + 1, number)
        return len(between) <= said.gap and all(n in found.claims or found.is_short(n, said.max_chars) for n in between)

    starts = [place for place, number in enumerate(words) if place == 0 or not goes_on(words[place - 1], number)]
    for start, stop in pairwise([*starts, len(words)]):
        if len({found.line(number) for number in words[start:stop]}) >= said.least:
            for number in range(words[start], words[stop - 1] + 1):
                found.claim(number, rule)


def _apply_run(said: RunRule, rule: CompiledRule, found: _Findings) -> None:
    top = found.page.frame[1] if said.foot else 0
    walls = sorted(n for n, claimed in found.claims.items() if n >= top and claimed.kind in said.kinds)
    for before, after in pairwise(walls):
        between = range(before + 1, after)
        if 0 < len(between) <= said.gap and all(_is_unmarked(said, rule, n, found) for n in between):
            for number in between:
                found.claim(number, rule)


def _is_unmarked(said: RunRule, rule: CompiledRule, number: int, found: _Findings) -> bool:
    """Whether a line can be the unmarked rest of what stands around it."""
    if number in found.claims or not found.is_short(number, said.max_chars):
        return False
    return rule.only is None or rule.only.engine.fullmatch(found.line(number)) is not None


def _is_page(said: PageRule, number: int, found: _Findings) -> bool:
    if len(found.page.raw) > said.max_chars:
        return False
    if said.signs and found.signs.get(number, 0) < said.least:
        return False
    titles = found.hits.get((number, "title"), ())
    if said.title and not any(line < _TITLE_LINES and not _is_in_menu(line, found) for line in titles):
        return False
    return said.fewer_words_left is None or _little_is_left(said.fewer_words_left, found)


def _is_in_menu(line: int, found: _Findings) -> bool:
    """Whether the line above or below belongs to the site's navigation: many a menu begins with "About us"."""
    beside = (found.claims.get(line - 1), found.claims.get(line + 1))
    return any(rule is not None and rule.kind == "nav" for rule in beside)


def _little_is_left(fewer_than: int, found: _Findings) -> bool:
    page, pieces = found.page, _joined(found.pieces)
    removed = sum(map(page.lengths.__getitem__, found.claims)) + sum(end - start for start, end in pieces)
    if removed <= found.n_chars - removed:
        return False
    # Captions describe an article, they are not one.
    left = [line for number, line in enumerate(page.lines) if number not in found.claims]
    words = sum(len(line.split()) for line in left)
    words -= sum(len(page.folded.text[start:end].split()) for start, end in pieces)
    return words < fewer_than


def _joined(pieces: Sequence[_Piece]) -> list[tuple[int, int]]:
    """The spans of pieces, in order; those that overlap, as two rules may take the same words, as one."""
    joined: list[tuple[int, int]] = []
    for start, end, _ in sorted(pieces, key=lambda piece: piece[:2]):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _claim_page(rule: CompiledRule, found: _Findings) -> None:
    for number in range(len(found.page)):
        found.claim(number, rule)
    found.pieces.clear()


def _spans(found: _Findings) -> tuple[Span, ...]:
    page = found.page
    spans = [Span(*page.raw_line(number), rule.name, rule.kind) for number, rule in found.claims.items()]
    spans += [Span(*page.folded.to_raw(first, last), rule.name, rule.kind) for first, last, rule in found.pieces]
    return merge(spans) if spans else ()
