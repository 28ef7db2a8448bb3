"""What a text must hold for a pattern to match in it: literals that can be looked for all at once.

A pattern like ``مزید *پڑھیں *[:؛]`` matches nowhere but where ``مزیدپڑھیں`` stands, spaces aside. The literals of
all patterns are looked for in one pass, which stops only where the first characters of one stand; only lines that hold one
of a pattern's literals are then given to the pattern. The method is that of RE2's own ``FilteredRE2`` and of ripgrep: for each part
of a pattern, the set of texts of which any match must hold one.

Spaces are left out on both sides: a pattern's spaces are loose, so its literals would end at each of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from saaf.clean.patterns import UNIT

MAX_LITERAL = 16
"""Characters of a literal that are looked for; more would tell no more."""
_MAX_SET = 240
"""Literals of one pattern at most: beyond that another part of the pattern is looked for."""
_MAX_CLASS = 40
"""Characters of a class that is spelled out, at most: letters of the Latin alphabet, digits."""
_FIRST_PLANE = "\U00010000"
"""Characters from here on are not looked for."""
_LETTERS = frozenset(["\\pL", "\\p{L}"])
_NO_LETTERS = frozenset(["\\d", "\\s", "\\pN", "\\p{N}", "\\pP", "\\p{P}", "\\pS", "\\p{S}"])
_SPACES_OUT = str.maketrans("", "", " *+?")
"""Takes spaces out of a text, with their repetitions."""
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_COMMON = frozenset('ایرکنوہےںتسملبد0123456789۔.،,:-’‘"()')
_FULL_STOPS = frozenset("۔.")
"""What is in most lines, and at their end."""
_STOP_WORTH, _COMMON_WORTH, _SYMBOL_WORTH = 0.3, 0.7, 2.0
_ENOUGH = 8.0
"""Letters from which on a literal is as rare as any."""
_ANCHORED = 2.0
"""What it is worth to know that a literal stands at the start or at the end of its line, in characters."""


@dataclass(frozen=True)
class Literals:
    """Texts without spaces, of which every match of a pattern holds one.

    Attributes:
        texts: The texts, none of them empty.
        at_start: Whether it stands at the start of the line.
        at_end: Whether it stands at the end of the line.
    """

    texts: frozenset[str]
    at_start: bool = False
    at_end: bool = False


@dataclass(frozen=True)
class Clues:
    """What tells where a pattern may match.

    Attributes:
        literals: Of each of its alternatives that has some, the literals.
        is_blind: Whether one of its alternatives has none: it may match anywhere.
        no_letter_first: Whether no match of such an alternative begins with a letter.
    """

    literals: tuple[Literals, ...]
    is_blind: bool
    no_letter_first: bool


def clues_of(pattern: str, *, whole_line: bool = False) -> Clues:
    """The clues that tell best where a pattern may match.

    Args:
        pattern: A folded pattern, without the anchors that make it match whole lines.
        whole_line: Whether it must match a line from end to end, spaces aside.
    """
    try:
        branches = _Parser(pattern).branches()
    except _UnknownError:
        return Clues((), is_blind=True, no_letter_first=False)
    best = {branch: _best(branch, whole_line=whole_line) for branch in branches}
    blind = [branch for branch, literals in best.items() if literals is None]
    return Clues(
        tuple(dict.fromkeys(literals for literals in best.values() if literals is not None)),
        bool(blind),
        whole_line and not any(branch.is_nullable or branch.has_letter_first for branch in blind),
    )


def _best(needs: _Needs, *, whole_line: bool) -> Literals | None:
    choices = [Literals(texts) for texts in (needs.exact, needs.inner) if texts is not None]
    if whole_line or needs.at_start:
        choices.append(Literals(needs.prefix, at_start=True))
    if whole_line or needs.at_end:
        choices.append(Literals(needs.suffix, at_end=True))
    best = max(choices, key=_worth, default=None)
    return _shortened(best) if best is not None and _worth(best) > -math.inf else None


def _worth(literals: Literals) -> float:
    is_rare_there = literals.at_start or (literals.at_end and _FULL_STOPS.isdisjoint(literals.texts))
    return _rareness(literals.texts) + (_ANCHORED if is_rare_there else 0)


@lru_cache(maxsize=16384)
def _rareness(texts: frozenset[str]) -> float:
    """How well texts tell matches from other text: the commonest decides, and many are found more often than few."""
    return min(map(_rareness_of, texts), default=-math.inf) - math.log2(max(len(texts), 1)) / 4


def _rareness_of(text: str) -> float:
    """How rare a text is in running text, in letters: what a letter tells depends on how common it is."""
    if len(text) * _COMMON_WORTH >= _ENOUGH:
        return _ENOUGH
    return min(_ENOUGH, sum(map(_letter_worth, text))) if text else -math.inf


@lru_cache(maxsize=4096)
def _letter_worth(sign: str) -> float:
    if sign in _COMMON:
        return _STOP_WORTH if sign in _FULL_STOPS else _COMMON_WORTH
    return 1.0 if sign.isalnum() else _SYMBOL_WORTH


def _shortened(literals: Literals) -> Literals:
    if literals.at_end:
        return Literals(frozenset(text[-MAX_LITERAL:] for text in literals.texts), at_end=True)
    return Literals(frozenset(text[:MAX_LITERAL] for text in literals.texts), literals.at_start)


@dataclass(frozen=True)
class _Needs:
    """What the matches of a part of a pattern have in common, spaces left out.

    Attributes:
        exact: All that the part matches, if it is little.
        prefix: Each match that is not empty begins with one of these; "" among them says nothing.
        suffix: Each match that is not empty ends with one of these.
        inner: Each match holds one of these; None if nothing is known.
        has_letter_first: Whether a match may begin with a letter.
        is_nullable: Whether nothing at all may match.
        at_start: Whether each match stands at the start of the line.
        at_end: Whether each match stands at the end of the line.
    """

    exact: frozenset[str] | None
    prefix: frozenset[str]
    suffix: frozenset[str]
    inner: frozenset[str] | None = None
    has_letter_first: bool = True
    is_nullable: bool = True
    at_start: bool = False
    at_end: bool = False


class _UnknownError(Exception):
    """Syntax that is not known here."""


_NOTHING = frozenset([""])


def _exactly(texts: Iterable[str]) -> _Needs:
    found = frozenset(texts)
    if any(sign >= _FIRST_PLANE for text in found for sign in text):
        return _Needs(None, _NOTHING, _NOTHING)
    inked = found - _NOTHING
    return _Needs(found, inked, inked, None, any(text[:1].isalpha() for text in found), "" in found)


def _one_sign(*, letter: bool) -> _Needs:
    """Some character, of which no more is known than whether it may be a letter."""
    return _Needs(None, _NOTHING, _NOTHING, None, letter, is_nullable=False)


_EMPTY = _exactly([""])


class _Parser:
    """A descent over RE2's syntax as far as packs use it."""

    def __init__(self, pattern: str) -> None:
        self._units = list(UNIT.finditer(pattern))
        self._texts = [unit.group() for unit in self._units]
        self._place = 0

    def branches(self) -> list[_Needs]:
        """What each alternative of the whole pattern needs."""
        branches = self._branches()
        if self._place < len(self._units):
            raise _UnknownError("a bracket is closed that was never opened")
        return branches

    def _peek(self) -> re.Match[str] | None:
        return self._units[self._place] if self._place < len(self._units) else None

    def _take(self) -> str:
        text = self._texts[self._place]
        self._place += 1
        return text

    def _branches(self) -> list[_Needs]:
        branches = self._sequence()
        while self._goes_on("|"):
            self._take()
            branches += self._sequence()
        return branches

    def _sequence(self) -> list[_Needs]:
        """The needs of a sequence; of a group alone, those of its alternatives."""
        parts: list[list[_Needs]] = []
        while (unit := self._peek()) is not None and unit.group() not in ("|", ")"):
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else [_one_after_another([_any_of(part) for part in parts])]

    def _one(self) -> list[_Needs]:
        unit = self._units[self._place]
        text = self._take()
        if unit.lastgroup == "group" or text == "(":
            return self._group(text)
        if unit.lastgroup == "escape":
            return [_escaped(text)]
        if unit.lastgroup == "spaces" or text in "^$":
            # The unit of spaces may hold the repetition of its last one, which changes nothing.
            return [replace(_EMPTY, at_start=text == "^", at_end=text == "$")]
        if text == "[":
            return [self._class()]
        if text == ".":
            return [_one_sign(letter=True)]
        if unit.lastgroup == "count" or text in "*+?{}":
            raise _UnknownError(f"{text} repeats nothing")
        return [_exactly([text + self._letters_behind()])]

    def _letters_behind(self) -> str:
        """The letters that go on a word, spaces left out, up to the last that nothing repeats: most of a pattern is words."""
        start = self._place
        if self._is_repeated(start - 1):
            return ""
        while self._place < len(self._units) and self._is_word(self._place) and not self._is_repeated(self._place):
            self._place += 1
        return "".join(self._texts[start : self._place]).translate(_SPACES_OUT)

    def _is_word(self, place: int) -> bool:
        unit = self._units[place]
        return unit.lastgroup == "spaces" or (unit.lastgroup == "other" and self._texts[place].isalnum())

    def _is_repeated(self, place: int) -> bool:
        if place + 1 >= len(self._units):
            return False
        return self._units[place + 1].lastgroup == "count" or self._texts[place + 1] in ("*", "+", "?")

    def _group(self, opening: str) -> list[_Needs]:
        is_named = opening.startswith("(?P<")
        if opening.startswith("(?") and not is_named and opening[2:].rstrip(":").strip("msU-"):
            raise _UnknownError(f"the flags of {opening}")
        if opening != "(" and not opening.endswith((":", ">")):
            if self._take() != ")":  # (?m) is no group
                raise _UnknownError(opening)
            return [_EMPTY]
        branches = self._branches()
        if self._peek() is None:
            raise _UnknownError("a bracket is not closed")
        self._take()  # nothing but the closing bracket ends the alternatives
        return branches

    def _class(self) -> _Needs:
        """A class, spelled out where it is small. A bracket that closes is a member where it comes first."""
        is_negated = self._goes_on("^")
        if is_negated:
            self._take()
        members: list[str] = []
        while not members or not self._goes_on("]"):
            unit = self._peek()
            if unit is None:
                raise _UnknownError("a class is not closed")
            text = self._take()
            if text == "[" and self._goes_on(":"):
                raise _UnknownError("a class by name")
            members += [text] if unit.lastgroup == "escape" else text
        self._take()
        if is_negated:
            return _one_sign(letter=not _LETTERS.intersection(members))
        return _member_of(members)

    def _goes_on(self, text: str) -> bool:
        return self._place < len(self._texts) and self._texts[self._place] == text

    def _repeated(self, branches: list[_Needs]) -> list[_Needs]:
        while (unit := self._peek()) is not None and (unit.lastgroup == "count" or unit.group() in ("*", "+", "?")):
            text = self._take()
            least = int(text[1:-1].split(",")[0]) if unit.lastgroup == "count" else int(text == "+")
            needs = _any_of(branches)
            branches = [_at_least_once(needs) if least else _perhaps(needs, once=text == "?")]
        return branches


def _member_of(members: Sequence[str]) -> _Needs:
    """One of the members of a class: signs, escapes, and ranges with a hyphen between their ends."""
    ranges = [place for place in range(1, len(members) - 1) if members[place] == "-"]
    alone = [member for place, member in enumerate(members) if place not in ranges]
    signs = [_escaped(member) if len(member) > 1 else _exactly([member.strip(" ")]) for member in alone]
    signs += [_between(members[place - 1], members[place + 1]) for place in ranges]
    texts = frozenset().union(*(sign.exact or () for sign in signs))
    if all(sign.exact is not None for sign in signs) and len(texts) <= _MAX_CLASS:
        return _exactly(texts)
    needs = _one_sign(letter=any(sign.has_letter_first for sign in signs))
    return replace(needs, is_nullable="" in texts)


def _between(first: str, last: str) -> _Needs:
    """A sign of a range."""
    if len(first) == len(last) == 1 and ord(last) - ord(first) < _MAX_CLASS:
        return _exactly(chr(code).strip(" ") for code in range(ord(first), ord(last) + 1))
    return _one_sign(letter=True)


def _escaped(text: str) -> _Needs:
    if text.startswith("\\x"):
        character = chr(int(text[2:].strip("{}"), 16))
    elif text[1] in "dDsSwWpPC":
        return _one_sign(letter=text not in _NO_LETTERS)
    elif text[1] in "AzbB":
        return _EMPTY
    elif text[1] in _CONTROLS:
        character = _CONTROLS[text[1]]
    elif text[1].isascii() and text[1].isalnum():
        raise _UnknownError(text)
    else:
        character = text[1]
    return _exactly([character.strip(" ")])


def _perhaps(needs: _Needs, *, once: bool) -> _Needs:
    if needs.exact is not None and (once or needs.exact == _NOTHING):
        return _exactly(needs.exact | _NOTHING)
    return _Needs(None, needs.prefix, needs.suffix, None, needs.has_letter_first, is_nullable=True)


def _at_least_once(needs: _Needs) -> _Needs:
    if needs.exact == _NOTHING:
        return needs
    return replace(needs, exact=None, inner=_better(needs.exact, needs.inner))


def _any_of(branches: Sequence[_Needs]) -> _Needs:
    if len(branches) == 1:
        return branches[0]
    at_start, at_end = all(branch.at_start for branch in branches), all(branch.at_end for branch in branches)
    exact = _union([branch.exact for branch in branches])
    if exact is not None:
        return replace(_exactly(exact), at_start=at_start, at_end=at_end)
    return _Needs(
        None,
        _union([branch.prefix for branch in branches]) or _NOTHING,
        _union([branch.suffix for branch in branches]) or _NOTHING,
        _union([_better(branch.exact, branch.inner) for branch in branches]),
        any(branch.has_letter_first for branch in branches),
        any(branch.is_nullable for branch in branches),
        at_start,
        at_end,
    )


def _union(sets: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    """All texts of some sets; None if one of them is not known, or they are too many."""
    texts: set[str] = set()
    for one in sets:
        if one is None:
            return None
        texts |= one
    return frozenset(texts) if len(texts) <= _MAX_SET else None


def _one_after_another(parts: Sequence[_Needs]) -> _Needs:
    """The needs of a sequence: what is exact joins what stands beside it."""
    run = _NOTHING
    closed: list[frozenset[str]] = []
    inner: frozenset[str] | None = None
    for part in parts:
        head, tail = _ends_of(part)
        joined = _joined(run, head)
        if part.exact is not None and joined is not None:
            run = joined
            continue
        closed += [run, head] if joined is None else [joined]
        inner = _better(inner, part.inner)
        run = tail
    inked = [part for part in parts if part.exact != _NOTHING or part.at_start or part.at_end]
    at_start, at_end = bool(inked) and inked[0].at_start, bool(inked) and inked[-1].at_end
    if not closed:
        return replace(_exactly(run), at_start=at_start, at_end=at_end)
    for texts in (*closed, run):
        inner = _better(inner, texts)
    full = next((number for number, part in enumerate(parts) if not part.is_nullable), len(parts))
    letter = any(part.has_letter_first for part in parts[: full + 1])
    return _Needs(
        None, _prefix_of(parts), _suffix_of(parts), inner, letter, full == len(parts), at_start=at_start, at_end=at_end
    )


def _ends_of(part: _Needs) -> tuple[frozenset[str], frozenset[str]]:
    """What stands at the start and at the end of a part in any case."""
    if part.exact is not None:
        return part.exact, part.exact
    return (_NOTHING, _NOTHING) if part.is_nullable else (part.prefix, part.suffix)


def _prefix_of(parts: Sequence[_Needs]) -> frozenset[str]:
    """What a sequence begins with: where its first parts may be left out, what they begin with or what follows does."""
    run = _NOTHING
    for place, part in enumerate(parts):
        if part.exact is None:
            if not part.is_nullable:
                return _joined(run, part.prefix) or run
            if "" not in run:
                return run
            rest = _prefix_of(parts[place + 1 :])
            return _joined(run, _union([part.prefix, rest]) or _NOTHING) or run
        joined = _joined(run, part.exact)
        if joined is None:
            return run
        run = joined
    return run


def _suffix_of(parts: Sequence[_Needs]) -> frozenset[str]:
    """What a sequence ends with, as :func:`_prefix_of`."""
    run = _NOTHING
    for place, part in reversed([*enumerate(parts)]):
        if part.exact is None:
            if not part.is_nullable:
                return _joined(part.suffix, run) or run
            if "" not in run:
                return run
            rest = _suffix_of(parts[:place])
            return _joined(_union([part.suffix, rest]) or _NOTHING, run) or run
        joined = _joined(part.exact, run)
        if joined is None:
            return run
        run = joined
    return run


def _joined(left: frozenset[str], right: frozenset[str]) -> frozenset[str] | None:
    if len(left) * len(right) > _MAX_SET:
        return None
    if right == _NOTHING:
        return left
    return frozenset(map("".join, product(left, right)))


def _better(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Of two sets the one that tells more; None if neither tells anything."""
    told = [texts for texts in (one, other) if texts is not None and "" not in texts and texts]
    return max(told, key=_rareness, default=None)
