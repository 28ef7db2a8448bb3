# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops of the rule engine: finding the lines of a folded page, and what rules may want of each.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. All of them stand in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. They hold no lock of the interpreter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean.packs import LINE_LIMIT, RELATION_LINES
from saaf.clean.page import AFTER_BLANK, EDGE, END, FLAGGED, LETTER, RAW_END, RAW_START, START
from saaf.text.compiled import int64, kernel

Points = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.uint8]


_COLUMNS = 5
MAX_CHARS, FIRST, LAST, NO_LETTER_FIRST = range(4)
"""Columns of a table of gates, a row a probe: characters of a line at most; whether it must stand among the first or the
last so many lines, 0 for no such bound; whether it must not begin with a letter."""

AT_START, AT_END = 1, 2
"""Flags of a literal: it must stand at the start of its line, at its end."""

ENDS_WITH_NEXT, STARTS_WITH_NEXT, REPEATS_EARLIER = -1, -2, -3
"""What a line at the top has to do with another, in the place of a probe's number."""

_LINE_FEED, _CARRIAGE_RETURN, _SPACE = np.uint32(10), np.uint32(13), np.uint32(32)
_LIMIT, _TOP = LINE_LIMIT, RELATION_LINES

# FNV-1a, 64 bits, over code points; the multiplier of SplitMix64's increment spreads it over a table.
_NONE = np.uint64(0)
_HASH_START = np.uint64(0xCBF29CE484222325)
_HASH_FACTOR = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

FILTER_BITS = 14
_FILTER_SHIFT = np.uint64(64 - FILTER_BITS)
KEY_HEAD = 3
"""Characters of the head of a whole line by which those that are looked for are told from most others."""


class Automaton(NamedTuple):
    """An Aho-Corasick automaton over folded characters, spaces left out.

    States are numbered so that those at which a literal ends come last.

    Attributes:
        classes: The class of each code point below 65,536; 0 for all that no literal holds.
        n_classes: Number of classes.
        next: For each state and class the next state, times the number of classes.
        first_end: The first state at which a literal ends, times the number of classes.
        found_from: For each state from there on where its literals begin in `found`; one more at the end.
        found: Literals: number of the probe, length, flags.
    """

    classes: npt.NDArray[np.uint16]
    n_classes: int
    next: Numbers
    first_end: int
    found_from: Numbers
    found: Numbers


class Keys(NamedTuple):
    """Whole lines by the hash of their keys.

    Attributes:
        heads: By the hash of their first characters, whether there are such.
        hashes: The hashes, an open table; 0 where there is none.
        numbers: For each slot of it the number of the key, counted on from the probes.
    """

    heads: Flags
    hashes: Hashes
    numbers: Numbers


class Probes(NamedTuple):
    """What is looked for in each line.

    Attributes:
        gates: For each probe in which lines it may match.
        blind: Numbers of the probes that may match without a literal.
        automaton: The literals of all others.
        keys: Whole lines.
    """

    gates: Numbers
    blind: Numbers
    automaton: Automaton
    keys: Keys


@kernel
def _has(codes: Points, place: int, flags: Flags, flag: int) -> bool:
    code = codes[place]
    return bool(code < FLAGGED and flags[code] & flag != 0)


@kernel
def _key_span(codes: Points, start: int, end: int, flags: Flags) -> tuple[int, int]:
    """What of a line counts when whole lines are compared: it without what stands at its ends."""
    while start < end and _has(codes, start, flags, EDGE):
        start += 1
    while end > start and _has(codes, end - 1, flags, EDGE):
        end -= 1
    return start, end


@kernel
def spread(value: np.uint64) -> np.uint64:
    """Where a value belongs in a filter of ``2 ** FILTER_BITS`` entries."""
    return (value * _GOLDEN) >> _FILTER_SHIFT


@kernel
def slot_of(value: np.uint64, slots: int) -> np.uint64:
    """Where to look for a value in an open table of a power of two of slots."""
    mixed = value * _GOLDEN
    return (mixed ^ (mixed >> np.uint64(32))) & np.uint64(slots - 1)


@kernel
def hash_key(codes: Points, start: int, end: int, limit: int) -> np.uint64:
    """Hash of the characters of a span that are not spaces, or of the first of them.

    Args:
        codes: A folded text.
        start, end: The span.
        limit: Characters after which to stop.
    """
    value = _HASH_START
    for place in range(start, end):
        if codes[place] != _SPACE:
            value = (value ^ np.uint64(codes[place])) * _HASH_FACTOR
            limit -= 1
            if limit == 0:
                break
    return value if value != _NONE else np.uint64(1)


@kernel
def find_lines(codes: Points, starts: Numbers, raw: Points) -> tuple[Numbers, int, int]:
    """The lines of a folded text that are not blank.

    Args:
        codes: The folded text.
        starts: For each of its characters the offset of the raw one.
        raw: The raw text.

    Returns:
        The table of lines; raw characters of the longest line, blank ones too, a carriage return at its end aside; how
        many lines are as long.
    """
    feeds = 0
    for place in range(len(codes)):
        feeds += codes[place] == _LINE_FEED
    lines = np.empty((feeds + 1, _COLUMNS), np.int32)
    count = begin = raw_begin = widest = as_wide = 0
    after_blank = False
    for place in range(len(codes) + 1):
        if place < len(codes) and codes[place] != _LINE_FEED:
            continue
        raw_end = int64(starts[place]) if place < len(codes) else len(raw)
        width = raw_end - raw_begin
        width -= width > 0 and raw[raw_end - 1] == _CARRIAGE_RETURN
        if width > widest:
            widest, as_wide = width, 0
        as_wide += width == widest
        start, end = begin, place
        while start < end and codes[start] == _SPACE:
            start += 1
        if start == end:
            after_blank = True
        else:
            while codes[end - 1] == _SPACE:
                end -= 1
            lines[count, START], lines[count, END] = start, end
            lines[count, RAW_START], lines[count, RAW_END] = raw_begin, raw_end
            lines[count, AFTER_BLANK] = after_blank
            after_blank = False
            count += 1
        begin, raw_begin = place + 1, raw_end + 1
    return lines[:count], widest, as_wide


@kernel
def _ends_with(codes: Points, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether a span ends with another, spaces aside."""
    while other_end > other_start:
        if codes[other_end - 1] == _SPACE:
            other_end -= 1
        elif end > start and codes[end - 1] == _SPACE:
            end -= 1
        elif end > start and codes[end - 1] == codes[other_end - 1]:
            end -= 1
            other_end -= 1
        else:
            return False
    return True


@kernel
def _starts_with(codes: Points, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether a span starts with another, spaces aside."""
    while other_end > other_start:
        if codes[other_start] == _SPACE:
            other_start += 1
        elif end > start and codes[start] == _SPACE:
            start += 1
        elif end > start and codes[start] == codes[other_start]:
            start += 1
            other_start += 1
        else:
            return False
    return True


@kernel
def _is_same(codes: Points, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two spans are the same, spaces aside."""
    return _starts_with(codes, start, end, other_start, other_end) and _starts_with(
        codes, other_start, other_end, start, end
    )


@kernel
def _relate(codes: Points, lines: Numbers, number: int, flags: Flags, pairs: Numbers, count: int) -> int:
    """Note down what a line at the top has to do with the next one and with those before it."""
    start, end = _key_span(codes, lines[number, START], lines[number, END], flags)
    for earlier in range(number):
        first, last = _key_span(codes, lines[earlier, START], lines[earlier, END], flags)
        if _is_same(codes, start, end, first, last):
            count = _note(pairs, count, number, REPEATS_EARLIER)
            break
    if number + 1 == len(lines):
        return count
    first, last = _key_span(codes, lines[number + 1, START], lines[number + 1, END], flags)
    if first == last or _is_same(codes, start, end, first, last):
        return count
    if _ends_with(codes, start, end, first, last):
        count = _note(pairs, count, number, ENDS_WITH_NEXT)
    if _starts_with(codes, start, end, first, last):
        count = _note(pairs, count, number, STARTS_WITH_NEXT)
    return count


@kernel
def _note(pairs: Numbers, count: int, line: int, number: int) -> int:
    """Note down a pair if there is room for it, and count it in any case."""
    if count < len(pairs):
        pairs[count, 0] = line
        pairs[count, 1] = number
    return count + 1


@kernel
def _is_open(gates: Numbers, probe: int, line: int, length: int, n_lines: int) -> bool:
    """Whether a probe is for a line of a length at a place."""
    if length > gates[probe, MAX_CHARS]:
        return False
    first, last = gates[probe, FIRST], gates[probe, LAST]
    return bool((first == 0 and last == 0) or line < first or line >= n_lines - last)


@kernel
def _find_key(
    codes: Points,
    start: int,
    end: int,
    heads: Flags,
    hashes: Hashes,
    numbers: Numbers,
    line: int,
    pairs: Numbers,
    count: int,
) -> int:
    """Note down the whole lines that the key of a line may be."""
    if start == end or not heads[spread(hash_key(codes, start, end, KEY_HEAD))]:
        return count
    value = hash_key(codes, start, end, -1)
    slot = slot_of(value, len(hashes))
    while hashes[slot] != _NONE:
        if hashes[slot] == value:
            count = _note(pairs, count, line, numbers[slot])
        slot = (slot + np.uint64(1)) & np.uint64(len(hashes) - 1)
    return count


@kernel
def scan(codes: Points, lines: Numbers, flags: Flags, probes: Probes, pairs: Numbers) -> int:  # noqa: PLR0912 - calls would count references to every array
    """Find for each line the probes that may match in it, and the whole lines that it may be.

    Args:
        codes: The folded text.
        lines: Its lines, as :func:`find_lines` gives them.
        flags: Flags of characters.
        probes: What is looked for.
        pairs: Takes the pairs of a line's number and of a probe's, a key's or a relation's; those of one line together,
            the lines in order. What has no room in it is counted and not written.

    Returns:
        The number of pairs.
    """
    # Taking an array out of a tuple within a loop would count references, which is dearer than the work.
    gates, blind = probes.gates, probes.blind
    classes, step, first_end = probes.automaton.classes, probes.automaton.next, probes.automaton.first_end
    found_from, found, n_classes = probes.automaton.found_from, probes.automaton.found, probes.automaton.n_classes
    heads, hashes, numbers = probes.keys.heads, probes.keys.hashes, probes.keys.numbers
    noted = np.full(len(gates), -1, np.int32)  # the last line for which each probe was noted
    n_lines = len(lines)
    count = 0
    for line in range(n_lines):
        start, end = int64(lines[line, START]), int64(lines[line, END])
        if line < _TOP:
            count = _relate(codes, lines, line, flags, pairs, count)
        if end - start <= _LIMIT:
            first, last = _key_span(codes, start, end, flags)
            count = _find_key(codes, first, last, heads, hashes, numbers, line, pairs, count)
        for number in range(len(blind)):
            probe = blind[number]
            if _is_open(gates, probe, line, end - start, n_lines) and not (
                gates[probe, NO_LETTER_FIRST] and _has(codes, start, flags, LETTER)
            ):
                noted[probe] = line
                count = _note(pairs, count, line, probe)
        state = 0
        inked = 0
        for place in range(start, end):
            code = codes[place]
            if code == _SPACE:
                continue
            inked += 1
            state = step[state + classes[code]] if code < FLAGGED else 0
            if state < first_end:
                continue
            ending = (state - first_end) // n_classes
            for item in range(found_from[ending], found_from[ending + 1]):
                probe = found[item, 0]
                if noted[probe] == line:
                    continue
                if found[item, 2] & AT_START and inked != found[item, 1]:
                    continue
                if found[item, 2] & AT_END and place != end - 1:
                    continue
                if _is_open(gates, probe, line, end - start, n_lines):
                    noted[probe] = line
                    count = _note(pairs, count, line, probe)
    return count
