# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops that put together what remains of a text, and normalise it.

The second does as much as most texts need: the rest is in :mod:`saaf.clean.normalise`.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. What it calls stands in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. It holds no lock of the interpreter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saaf.text.compiled import int64, kernel

Points = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int32]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LINE_FEED, _SPACE, _TATWEEL = 10, 32, 0x640
_LONGEST_STRETCH = 31
"""Tatweels in a row that this pass looks past, so that it takes time linear in the text."""

PLANNED = 0x20000
"""Code points that a plan of normalising knows; a text with others is not for the compiled pass."""
CODE = np.uint32(PLANNED - 1)
"""The bits of an action that say what is written."""
(
    DROPPED,
    COMBINING,
    COMPLEX,
    HARAKA,
    QUOTING,
    DECOMPOSES,
    LOOKALIKE,
    ZWNJ,
    LETTER_OR_MARK,
    ANY_MARK,
    WHITE,
    DIRECTION,
    ANCHOR,
    CARRIAGE_RETURN,
) = (np.uint32(1 << bit) for bit in range(17, 31))
"""Flags of an action, above the bits of the character that is written: nothing is; it combines with the one before; it
needs more than this pass does; it is a vowel sign, a sign of quoted Arabic, a character with a canonical decomposition;
it was changed into a letter of the language; ZWNJ; a letter or a mark; a mark, spacing ones among them; what is written
is a space or a line feed; a direction mark; a number, a sign or punctuation, beside which
a direction mark changes what is seen; a carriage return, which goes before a line feed."""
NOT_AS_IT_STANDS = ~(CODE | DECOMPOSES | LETTER_OR_MARK | ANY_MARK | ANCHOR | WHITE)
"""What asks for more than writing one character, as bits of an action: white space does so after white space alone."""
_MOST_MARKS = 4
"""Marks in a row of which this pass knows that they stay in order."""
NEEDS_MORE = -1
"""Why a text was not normalised: it needs more than this pass does."""
_VOCALISED = 6
"""Characters from one vowel sign to the next in a word that may be quoted Arabic: one more than the exact test asks."""

BLANK, WORD = 1, 2
"""Classes of a code point where a text is put together: white space; part of a word."""
_NOWHERE = -1


def pair(base: int, mark: int) -> int:
    """The key of a base and its mark in a table of pairs."""
    return base << 21 | mark


@kernel
def _slot(key: np.uint64, mask: np.uint64) -> np.uint64:
    """Where to look for a key in a table of a power of two of slots: multiplying mixes upwards, so from the top."""
    mixed = key * _GOLDEN
    return (mixed ^ (mixed >> np.uint64(32))) & mask


@kernel
def _found(key: np.uint64, table: Hashes) -> int:
    """The slot of a key in an open table; -1 where it is not in it."""
    mask = np.uint64(len(table) - 1)
    slot = _slot(key, mask)
    while table[slot] != 0:
        if table[slot] == key:
            return np.int64(slot)  # type: ignore[return-value]
        slot = (slot + np.uint64(1)) & mask
    return -1


@kernel
def pair_table(keys: Hashes, composites: Points) -> tuple[Hashes, Points]:
    """An open table of pairs, at most a quarter full."""
    size = 16
    while size < 4 * len(keys):
        size *= 2
    table, values = np.zeros(size, np.uint64), np.zeros(size, np.uint32)
    mask = np.uint64(size - 1)
    for number in range(len(keys)):
        slot = _slot(keys[number], mask)
        while table[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot], values[slot] = keys[number], composites[number]
    return table, values


@kernel
def _space(code: np.uint32, written: Points, length: int) -> int:
    """Write a space or a line feed, or not, so that only single spaces within lines and two line feeds at most stay."""
    if length == 0:
        return 0
    last = written[length - 1]
    if code == _SPACE:
        if last in (_SPACE, _LINE_FEED):
            return length
    elif last == _SPACE:  # what stands before it is no white space
        length -= 1
    elif last == _LINE_FEED and length > 1 and written[length - 2] == _LINE_FEED:
        return length
    written[length] = code
    return length + 1


@kernel
def _is_one_word(written: Points, start: int, end: int) -> bool:
    """Whether no white space stands in a span."""
    place = max(start, 0)
    while place < end and written[place] not in (_SPACE, _LINE_FEED):
        place += 1
    return place == end


@kernel
def _is_planned(codes: Points, position: int) -> bool:
    """Whether there is a character at a position, and the plan knows it."""
    return position < len(codes) and codes[position] < PLANNED


@kernel
def _is_stretched(codes: Points, position: int, before: np.uint32, actions: Points) -> bool:
    """Whether a tatweel stands between two letters, maybe among others; False where that takes a closer look."""
    after = position + 1
    while after < len(codes) and codes[after] == _TATWEEL and after - position < _LONGEST_STRETCH:
        after += 1
    if not _is_planned(codes, after) or actions[codes[after]] & (COMPLEX | DROPPED):
        return False
    kinds = LETTER_OR_MARK | ANY_MARK
    return bool(before & kinds == LETTER_OR_MARK and actions[codes[after]] & kinds == LETTER_OR_MARK)


@kernel
def normalise(  # noqa: PLR0912, PLR0915 - one branch for each thing that it knows
    codes: Points, actions: Points, pairs: Hashes, composites: Points, written: Points
) -> int:
    """Normalise a text that needs no more than this: the rest of the rules are in :mod:`saaf.clean.normalise`.

    Args:
        codes: Code points of the text.
        actions: What becomes of each code point under :data:`PLANNED`.
        pairs: Open table of pairs of a base and its mark, and of neighbouring marks.
        composites: What each pair becomes; 0 where it stays as it is.
        written: Filled with the normalised text; as long as ``codes``.

    Returns:
        Its length, or :data:`NEEDS_MORE`.
    """
    length = 0
    before = WHITE  # action of the last character that was not dropped
    base = np.uint32(0)  # that character as it was read
    last_haraka = -_VOCALISED - 1
    changed = quoting = False
    marks = 0
    for position in range(len(codes)):
        code = codes[np.uint64(position)]
        action = actions[code] if code < PLANNED else COMPLEX
        if not action & (NOT_AS_IT_STANDS | (before & WHITE)):
            written[np.uint64(length)] = action & CODE
            length += 1
            base, before = code, action
            continue
        if action & COMPLEX:
            if code != _TATWEEL or not _is_stretched(codes, position, before, actions):
                return NEEDS_MORE
            changed = True
            continue
        if action & DROPPED:
            continue
        if action & WHITE:
            if action & CARRIAGE_RETURN and position + 1 < len(codes) and codes[position + 1] == _LINE_FEED:
                continue
            length = _space(action & CODE, written, length)
            base, before = code, action
            continue
        changed |= (action & LOOKALIKE) != 0
        quoting |= (action & QUOTING) != 0
        if action & HARAKA:
            quoting |= length - last_haraka <= _VOCALISED and _is_one_word(written, last_haraka, length)
            last_haraka = length
        if action & (ZWNJ | DIRECTION):
            after = actions[codes[position + 1]] if _is_planned(codes, position + 1) else np.uint32(0)
            if before & (ZWNJ | DIRECTION) or after & (ZWNJ | DIRECTION | DROPPED | COMPLEX):
                return NEEDS_MORE
            is_letter = after & (LETTER_OR_MARK | ANY_MARK) == LETTER_OR_MARK
            if not ((before | after) & ANCHOR if action & DIRECTION else before & LETTER_OR_MARK and is_letter):
                continue
        if action & COMBINING:
            marks = marks + 1 if before & COMBINING else 1
            slot = _found((np.uint64(base) << np.uint64(21)) | np.uint64(code), pairs)
            if (slot < 0 and before & (COMBINING | DECOMPOSES)) or marks > _MOST_MARKS:
                return NEEDS_MORE
            if slot >= 0 and composites[slot]:
                written[length - 1] = composites[slot]
                base, before = np.uint32(0), action
                continue
        written[length] = action & CODE
        length += 1
        base, before = code, action
    if changed and quoting:
        return NEEDS_MORE
    while length and written[length - 1] in (_SPACE, _LINE_FEED):
        length -= 1
    return length


@kernel
def _hollow_from(left: Points, looked: int, length: int, classes: Flags) -> int:
    """Where the last line begins, if it is white space from there on.

    Args:
        left: A text.
        looked: Where in it the last line is known to hold more than white space before, unless it begins there.
        length: Its characters.
        classes: Classes of code points.
    """
    place = length
    while place and left[place - 1] != _LINE_FEED:
        if place == looked or not classes[left[place - 1]] & BLANK:
            return _NOWHERE
        place -= 1
    return place


@kernel
def _append(
    left: Points, length: int, hollow: int, is_parted: bool, codes: Points, start: int, end: int, classes: Flags
) -> tuple[int, int]:
    """Append a span to what is left; a line of which no more than white space was left goes as soon as it ends.

    Args:
        left: What is left so far.
        length: Its characters.
        hollow: Where its last line begins, if something was taken out of it and nothing but white space is left.
        is_parted: Whether something was taken out between the two.
        codes: The text that the span is of.
        start, end: The span, not empty.
        classes: Classes of code points.

    Returns:
        The new ``length`` and ``hollow``.
    """
    if is_parted and length and classes[codes[start]] & WORD and not classes[left[length - 1]] & BLANK:
        left[length] = _SPACE
        length += 1
    place = start
    while hollow != _NOWHERE and place < end:
        if codes[place] == _LINE_FEED:
            length, start, hollow = hollow, place + 1, _NOWHERE
        elif not classes[codes[place]] & BLANK:
            hollow = _NOWHERE
        place += 1
    for place in range(start, end):
        left[np.uint64(length)] = codes[np.uint64(place)]
        length += 1
    return length, hollow


@kernel
def _is_whole_line(codes: Points, start: int, end: int) -> bool:
    return bool((start == 0 or codes[start - 1] == _LINE_FEED) and (end == len(codes) or codes[end] == _LINE_FEED))


@kernel
def _is_break_next(breaks: Rows, wrap: int, removed: Rows, span: int) -> bool:
    """Whether a break comes before a span; of two that start together the shorter one does."""
    if wrap == len(breaks) or span == len(removed):
        return wrap < len(breaks)
    if breaks[wrap, 0] != removed[span, 0]:
        return bool(breaks[wrap, 0] < removed[span, 0])
    return bool(breaks[wrap, 1] <= removed[span, 1])


@kernel
def take_out(codes: Points, removed: Rows, breaks: Rows, classes: Flags, placeholder: Points) -> Points:
    """What remains of a text once spans and breaks are taken out of it.

    A line of which nothing but white space is left goes with its line feed. Where a span is taken out of a line before
    a part of a word that would touch what stood before the span, a space holds the two apart; a break leaves nothing.

    Args:
        codes: Code points of the text.
        removed: Spans in order, a row each: start, end, whether the placeholder takes its place.
        breaks: Breaks in order, a row each: start and end.
        classes: Classes of code points.
        placeholder: What takes the place of some spans.
    """
    left = np.empty(len(codes) + (len(placeholder) + 1) * len(removed), np.uint32)
    length = position = looked = 0
    hollow = _NOWHERE
    is_parted = False  # whether something was taken out right before the position
    span = wrap = 0
    while True:
        is_end = span == len(removed) and wrap == len(breaks)
        is_break = _is_break_next(breaks, wrap, removed, span)
        if is_end:
            start, end = len(codes), len(codes) + 1
        elif is_break:
            start, end = int64(breaks[wrap, 0]), int64(breaks[wrap, 1])
            wrap += 1
        else:
            start, end = int64(removed[span, 0]), int64(removed[span, 1])
            span += 1
        if end <= position:
            continue
        if start > position:
            length, hollow = _append(left, length, hollow, is_parted, codes, position, start, classes)
            is_parted = False
        if is_end:
            break
        position = end
        if is_break:
            continue
        if removed[span - 1, 2]:
            length, hollow = _append(left, length, hollow, is_parted, placeholder, 0, len(placeholder), classes)
            is_parted = False
        elif _is_whole_line(codes, start, end):
            position = min(end + 1, len(codes))
        else:
            is_parted = True
            if hollow == _NOWHERE:
                hollow = _hollow_from(left, looked, length, classes)
                looked = length if hollow == _NOWHERE else looked
    return left[: length if hollow == _NOWHERE else max(hollow - 1, 0)]
