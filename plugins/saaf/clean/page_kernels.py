# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops that undo hard wrapping: :mod:`saaf.clean.page` says what that is.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. What they call stands in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. They hold no lock of the interpreter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saaf.clean.characters import LETTER, SPACE
from saaf.text.compiled import int64, kernel

Points = npt.NDArray[np.uint32]
Classes = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

NARROWEST, WIDEST = 40, 120
LEAST_LINES = 4
_LEAST_SHARE = 0.5
"""Share of a page's inked lines that have exactly its width, at least, if it was wrapped by counting characters. Far from
all need have it: where line breaks of the text were counted like letters, the lines around each of them are shorter."""

_LINE_FEED, _CARRIAGE_RETURN, _SPACE_CODE = 10, 13, 32
_NOON_GHUNNA, _BARREE_YEH = 0x06BA, 0x06D2
"""ں and ے: an Urdu word may end with them, and nothing of it follows."""

# FNV-1a, 64 bits, over code points.
_HASH_START = np.uint64(0xCBF29CE484222325)
_HASH_FACTOR = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@kernel
def _lines_of(codes: Points) -> tuple[Numbers, Numbers]:
    """Where the lines of a text start and end, a carriage return at their end aside."""
    count = 1
    for place in range(len(codes)):
        count += codes[place] == _LINE_FEED
    starts, ends = np.empty(count, np.int32), np.empty(count, np.int32)
    number = start = 0
    for place in range(len(codes) + 1):
        if place == len(codes) or codes[place] == _LINE_FEED:
            starts[number], ends[number] = start, place - (place > start and codes[place - 1] == _CARRIAGE_RETURN)
            start = place + 1
            number += 1
    return starts, ends


@kernel
def _is_inked(codes: Points, classes: Classes, start: int, end: int) -> bool:
    while start < end and classes[codes[start]] & SPACE:
        start += 1
    return start < end


@kernel
def _full_lines(codes: Points, classes: Classes, starts: Numbers, ends: Numbers) -> Flags:
    """Which lines have the width that a text was wrapped to; none where it was not."""
    full = np.zeros(len(starts), np.bool_)
    width = int64((ends - starts).max())
    if not NARROWEST <= width <= WIDEST:
        return full
    inked = found = 0
    for number in range(len(starts)):
        if _is_inked(codes, classes, starts[number], ends[number]):
            inked += 1
            full[number] = ends[number] - starts[number] == width
            found += full[number]
    if found < LEAST_LINES or found < _LEAST_SHARE * inked or not _are_several(codes, starts, full, width):
        full[:] = False
    return full


@kernel
def _are_several(codes: Points, starts: Numbers, full: Flags, width: int) -> bool:
    """Whether the full lines are different ones: a refrain has one width too."""
    different = np.empty(LEAST_LINES, np.int32)
    count = 0
    for number in range(len(starts)):
        if not full[number]:
            continue
        start = starts[number]
        is_known = False
        for other in different[:count]:
            is_known |= bool(np.all(codes[start : start + width] == codes[other : other + width]))
        if not is_known:
            different[count] = start
            count += 1
            if count == LEAST_LINES:
                return True
    return False


@kernel
def _hashed(codes: Points, start: int, end: int, value: np.uint64) -> np.uint64:
    """A hash with characters added to it."""
    for place in range(start, end):
        value = (value ^ np.uint64(codes[place])) * _HASH_FACTOR
    return value


@kernel
def _slot_of(value: np.uint64, table: Hashes) -> np.uint64:
    """The slot of a value in an open table, or the free one where it would be."""
    mask = np.uint64(len(table) - 1)
    mixed = value * _GOLDEN
    slot = (mixed ^ (mixed >> np.uint64(32))) & mask
    while table[slot] != 0 and table[slot] != value:
        slot = (slot + np.uint64(1)) & mask
    return slot


@kernel
def _whole_words(codes: Points, classes: Classes, starts: Numbers, ends: Numbers) -> Hashes:
    """An open table of the words within the lines of a text; the first and the last of a line may be parts of words."""
    spaces = 0
    for place in range(len(codes)):
        spaces += (classes[codes[place]] & SPACE) != 0
    size = 16
    while size < 2 * spaces:
        size *= 2
    table = np.zeros(size, np.uint64)
    for number in range(len(starts)):
        held = np.uint64(0)  # the word before, which counts once another follows it
        words, start = 0, int64(starts[number])
        for place in range(starts[number], ends[number] + 1):
            if place < ends[number] and not classes[codes[place]] & SPACE:
                continue
            if place > start:
                if words > 1:
                    table[_slot_of(held, table)] = held
                words += 1
                held = _hashed(codes, start, place, _HASH_START)
            start = place + 1
    return table


@kernel
def _is_between_words(codes: Points, line: int, line_end: int, last: int, last_end: int, words: Hashes) -> bool:
    """Whether a paragraph's last line begins with a word of its own.

    The space that would tell so cannot be told from the padding before it. Two letters of Urdu stand at the ends of
    words alone; else the words that the page has elsewhere decide.
    """
    if line_end > line and codes[line_end - 1] in (_NOON_GHUNNA, _BARREE_YEH):
        return True
    start, end = line_end, last
    while start > line and codes[start - 1] != _SPACE_CODE:
        start -= 1
    while end < last_end and codes[end] != _SPACE_CODE:
        end += 1
    before = _hashed(codes, start, line_end, _HASH_START)
    after = _hashed(codes, last, end, _HASH_START)
    both = _hashed(codes, last, end, before)
    return bool(
        words[_slot_of(both, words)] != both
        and words[_slot_of(before, words)] == before
        and words[_slot_of(after, words)] == after
    )


@kernel
def _is_letter(codes: Points, classes: Classes, place: int) -> bool:
    return bool(classes[codes[place]] & LETTER)


@kernel
def find_breaks(codes: Points, classes: Classes) -> Numbers:
    """Find where a text that was wrapped by counting characters has its breaks.

    Args:
        codes: Code points of the text.
        classes: What each code point is.

    Returns:
        A row for each, in order: its start and end; none where the text is not wrapped so.
    """
    starts, ends = _lines_of(codes)
    full = _full_lines(codes, classes, starts, ends)
    breaks = np.empty((len(starts), 2), np.int32)
    words = np.zeros(0, np.uint64)
    count = 0
    between_letters = False
    for number in range(len(starts) - 1):
        if not (full[number] and full[number + 1]):
            continue
        start, end = int64(ends[number]), int64(starts[number + 1])
        if number + 2 >= len(starts) or not full[number + 2]:  # the last line of a paragraph
            while codes[end] == _SPACE_CODE:
                end += 1
            if end > starts[number + 1]:
                if not len(words):
                    words = _whole_words(codes, classes, starts, ends)
                end -= _is_between_words(codes, starts[number], start, end, ends[number + 1], words)
        breaks[count] = (start, end)
        count += 1
        # A last line that begins with a word of its own has one space left.
        follows = end + (end - start > 2 and codes[end] == _SPACE_CODE)
        between_letters |= _is_letter(codes, classes, start - 1) and _is_letter(codes, classes, follows)
    return breaks[: count if between_letters else 0]
