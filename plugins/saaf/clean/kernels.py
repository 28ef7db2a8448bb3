# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops that tell the language of a text, and that find where something personal could stand.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. What they call stands in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. They hold no lock of the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from saaf.clean.characters import DIGIT, SPACE
from saaf.text.compiled import int64, kernel

Points = npt.NDArray[np.uint32]
Classes = npt.NDArray[np.uint16]
Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


# FNV-1a, 64 bits, over code points.
HASH_START = np.uint64(0xCBF29CE484222325)
HASH_FACTOR = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

_LINE_FEED = 10


def word_hash(word: Iterable[str]) -> int:
    """The hash that the kernels give a word."""
    value = int(HASH_START)
    for character in word:
        value = ((value ^ ord(character)) * int(HASH_FACTOR)) & 0xFFFFFFFFFFFFFFFF
    return value


@kernel
def _slot(key: np.uint64, mask: np.uint64) -> np.uint64:
    """Where to look for a key in a table of a power of two of slots: multiplying mixes upwards, so from the top."""
    mixed = key * _GOLDEN
    return (mixed ^ (mixed >> np.uint64(32))) & mask


@kernel
def table_of(keys: Hashes, kinds: npt.NDArray[np.uint8]) -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """An open table of keys, none of them 0: at most a quarter full."""
    size = 16
    while size < 4 * len(keys):
        size *= 2
    table = np.zeros(size, np.uint64)
    values = np.zeros(size, np.uint8)
    mask = np.uint64(size - 1)
    for number in range(len(keys)):
        slot = _slot(keys[number], mask)
        while table[slot] != 0 and table[slot] != keys[number]:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = keys[number]
        values[slot] |= kinds[number]
    return table, values


@kernel
def _found(key: np.uint64, table: Hashes) -> int:
    """The slot of a key in an open table; -1 where it is not in it."""
    mask = np.uint64(len(table) - 1)
    slot = _slot(key, mask)
    while table[slot] != 0:
        if table[slot] == key:
            return int64(slot)
        slot = (slot + np.uint64(1)) & mask
    return -1


@kernel
def _lower(code: np.uint32) -> np.uint32:
    """ASCII in lower case, all else as it is."""
    return code + np.uint32(32) if 65 <= code <= 90 else code


# Language ------------------------------------------------------------------------------------------------------------


@kernel
def count_sample(
    codes: Points,
    classes: Classes,
    groups: npt.NDArray[np.uint8],
    n_groups: int,
    words: Hashes,
    kinds: npt.NDArray[np.uint8],
) -> Counts:
    """Count what tells the language of a sample.

    Args:
        codes: Code points of the sample.
        classes: What each code point is.
        groups: The group of each.
        n_groups: Number of groups.
        words: Open table of hashes of words that tell it.
        kinds: 1 or 2 for each of its entries.

    Returns:
        Characters by group; forms of presentation; characters from U+0080 to U+00BF; words between white space that
        are of kind 1; those of kind 2.
    """
    counts = np.zeros(n_groups + 4, np.int64)
    presentation_forms = high = ones = twos = start = 0
    value = HASH_START
    for position in range(len(codes) + 1):
        code = codes[position] if position < len(codes) else np.uint32(_LINE_FEED)
        if not classes[code] & SPACE:
            counts[groups[code]] += 1
            if code >= 0xFB50:
                presentation_forms += int64(code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC)
            high += int64(0x80 <= code <= 0xBF)
            value = (value ^ np.uint64(code)) * HASH_FACTOR
            continue
        if position > start:
            slot = _found(value, words)
            if slot >= 0:
                ones += kinds[slot] == 1
                twos += kinds[slot] == 2
            value = HASH_START
        start = position + 1
        high += int64(0x80 <= code <= 0xBF)
    counts[n_groups:] = (presentation_forms, high, ones, twos)
    return counts


# Where something personal could stand ------------------------------------------------------------------------------------

AT_SIGN, ACCOUNT, NUMBERS = range(3)
"""What a place is: that of an @, of two capitals before digits, a run of digits and of what may part them."""
_AT, _PLUS, _BRACKET = ord("@"), ord("+"), ord("(")
_MOST_PARTING = 3


@kernel
def _parts_numbers(code: np.uint32) -> bool:
    """Whether a character may stand within a number: spaces, dashes, brackets, marks that cannot be seen."""
    if code < 128:
        return code in (32, 40, 41, 43, 45, 46, 47)
    if code in (0xA0, 0x640, 0x2212):
        return True
    return bool(0x2000 <= code <= 0x2015 or 0x202A <= code <= 0x202F or 0x2066 <= code <= 0x2069)


@kernel
def _run_of_digits(codes: Points, classes: Classes, start: int) -> tuple[int, int]:
    """Where a run of digits and of what may part them ends, and how many digits it holds."""
    end, digits, parting = start, 0, 0
    for position in range(start, len(codes)):
        if classes[codes[position]] & DIGIT:
            end, parting = position + 1, 0
            digits += 1
        else:
            parting += 1
            if parting > _MOST_PARTING or not _parts_numbers(codes[position]):
                break
    return end, digits


@kernel
def _follows_country(codes: Points, start: int) -> bool:
    """Whether two capitals that begin a word stand right before a position, as in ``PK36 …``."""
    if start < 2 or not (65 <= codes[start - 1] <= 90 and 65 <= codes[start - 2] <= 90):
        return False
    return start == 2 or not _is_ascii_letter(codes[start - 3])


@kernel
def _is_ascii_letter(code: np.uint32) -> bool:
    return bool(97 <= _lower(code) <= 122)


@kernel
def _find_places(codes: Points, classes: Classes, fewest: int, places: npt.NDArray[np.int64]) -> int:
    """Find the places, write down as many as there is room for, and count all."""
    found = position = 0
    while position < len(codes):
        start = position
        position += 1
        what = -1
        if codes[start] == _AT:
            what = AT_SIGN
        elif classes[codes[start]] & DIGIT:
            position, digits = _run_of_digits(codes, classes, start)
            if _follows_country(codes, start):
                what, start = ACCOUNT, start - 2
            elif digits >= fewest and (start == 0 or not _is_ascii_letter(codes[start - 1])):
                what = NUMBERS
                while start > 0 and codes[start - 1] in (_PLUS, _BRACKET):
                    start -= 1
        if what >= 0:
            if found < len(places):
                places[found] = (what, start, position)
            found += 1
    return found


@kernel
def pii_places(codes: Points, classes: Classes, fewest: int) -> npt.NDArray[np.int64]:
    """Where a text could hold an address or a number of a person.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        fewest: Digits of a run at least.

    Returns:
        A row for each place, in order: what it is, its start, its end.
    """
    places = np.empty((16, 3), np.int64)
    found = _find_places(codes, classes, fewest, places)
    if found > len(places):
        places = np.empty((found, 3), np.int64)
        _find_places(codes, classes, fewest, places)
    return places[:found]
