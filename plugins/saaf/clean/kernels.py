"""The compiled loops of cleaning: counting the characters, words, lines and repetitions of a text.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. All kernels stand in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. They hold no lock of the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean.characters import (
    ARABIC,
    BULLET,
    CLOSING,
    DIGIT,
    END_MARK,
    JOINER,
    LATIN,
    LETTER,
    MARK,
    PARTING,
    SPACE,
)
from saaf.text.compiled import kernel

Points = npt.NDArray[np.uint32]
Classes = npt.NDArray[np.uint16]
Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


# FNV-1a, 64 bits, over code points.
HASH_START = np.uint64(0xCBF29CE484222325)
HASH_FACTOR = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

TOP_SIZES = (2, 3, 4)
"""Tokens of the n-grams of which the most frequent is looked for, as Gopher has them."""
REPEATED_SIZES = (5, 6, 7, 8, 9, 10)
"""Tokens of the n-grams of which all that repeat are looked for."""
MAX_TOKENS = 1 << 18
"""Tokens of a text that are compared, so that memory for a text of 50 MB stays bounded. It is twice what Gopher takes
for a document at most."""

IS_STOPWORD, IS_COUNTED_ONCE = 1, 2
"""What an entry of a table of stopwords means: it counts for the share, it counts for the number of different ones."""

SHORT_LINE = 30
"""Characters of a line that is short, as FineWeb has it."""

_LINE_FEED, _HASH_SIGN, _ELLIPSIS = 10, ord("#"), ord("…")
_FULL_STOP, _URDU_FULL_STOP = ord("."), ord("۔")
_H, _T, _P, _S, _W, _COLON, _SLASH = map(ord, "htpsw:/")


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
    """An open table of keys, none of them 0, for :func:`count`: at most a quarter full."""
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
            return np.int64(slot)  # type: ignore[return-value]
        slot = (slot + np.uint64(1)) & mask
    return -1


@kernel
def _lower(code: np.uint32) -> np.uint32:
    """ASCII in lower case, all else as it is."""
    return code + np.uint32(32) if 65 <= code <= 90 else code


@kernel
def _is_at(codes: Points, position: int, first: int, second: int, third: int) -> bool:
    """Whether three characters, ASCII case aside, stand at a position."""
    return (
        position + 2 < len(codes)
        and _lower(codes[position]) == first
        and _lower(codes[position + 1]) == second
        and _lower(codes[position + 2]) == third
    )


@kernel
def _starts_url(codes: Points, position: int) -> bool:
    """Whether ``http://``, ``https://`` or ``www.`` begins at a position."""
    if _is_at(codes, position, _W, _W, _W):
        return position + 3 < len(codes) and codes[position + 3] == _FULL_STOP
    if not _is_at(codes, position, _H, _T, _T) or position + 6 >= len(codes) or _lower(codes[position + 3]) != _P:
        return False
    colon = position + 4 + (_lower(codes[position + 4]) == _S)
    return _is_at(codes, colon, _COLON, _SLASH, _SLASH)


@kernel
def _ends_in_ellipsis(codes: Points, first: int, last: int) -> bool:
    """Whether a line ends in an ellipsis, typed as one character or as three dots of either kind."""
    final = codes[last - 1]
    if final == _ELLIPSIS:
        return True
    return (
        final in (_FULL_STOP, _URDU_FULL_STOP)
        and last - first >= 3
        and codes[last - 2] == final
        and codes[last - 3] == final
    )


@kernel
def _ends_in_end_mark(codes: Points, classes: Classes, first: int, last: int) -> bool:
    """Whether a line ends in an end mark, closing quotes and brackets aside."""
    while last > first and classes[codes[last - 1]] & (SPACE | CLOSING | MARK | JOINER):
        last -= 1
    return last > first and (classes[codes[last - 1]] & END_MARK) != 0


class WordCounts(NamedTuple):
    """Counts of a text's characters and words."""

    letters: int
    digits: int
    arabic: int
    latin: int
    words: int
    word_characters: int
    stopwords: int
    different_stopwords: int


@kernel
def count_words(
    codes: Points, classes: Classes, stopwords: Hashes, stopword_kinds: npt.NDArray[np.uint8]
) -> tuple[int, int, int, int, int, int, int, int]:
    """Count letters, digits and words: runs of letters, digits, marks and joiners that hold a letter or a digit.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        stopwords: Open table of hashes of words without marks and joiners, ASCII in lower case.
        stopword_kinds: What each of its entries counts for.

    Returns:
        The fields of :class:`WordCounts`.
    """
    seen = np.zeros(len(stopwords), np.bool_)
    letters = digits = arabic = latin = words = word_characters = known = different = 0
    value = HASH_START
    start, is_word = -1, False
    for position in range(len(codes) + 1):
        code = codes[position] if position < len(codes) else np.uint32(_LINE_FEED)
        kind = classes[code]
        if kind & (LETTER | DIGIT):
            value = (value ^ np.uint64(_lower(code))) * HASH_FACTOR
            is_word = True
            if start < 0:
                start = position
            letters += (kind & LETTER) != 0
            digits += (kind & DIGIT) != 0
            arabic += (kind & ARABIC) != 0
            latin += (kind & LATIN) != 0
        elif kind & (MARK | JOINER):
            if start < 0:
                start = position
        else:
            if is_word:
                words += 1
                word_characters += position - start
                slot = _found(value, stopwords)
                if slot >= 0:
                    known += stopword_kinds[slot] & IS_STOPWORD
                    different += not seen[slot] and (stopword_kinds[slot] & IS_COUNTED_ONCE) != 0
                    seen[slot] = True
            if kind & PARTING:  # FineWeb-2's list for Urdu holds a comma
                slot = _found((HASH_START ^ np.uint64(code)) * HASH_FACTOR, stopwords)
                if slot >= 0:
                    different += not seen[slot] and (stopword_kinds[slot] & IS_COUNTED_ONCE) != 0
                    seen[slot] = True
            value = HASH_START
            start, is_word = -1, False
    return letters, digits, arabic, latin, words, word_characters, known, different


@kernel
def _read_line(codes: Points, classes: Classes, first: int, last: int) -> tuple[np.uint64, int, int, int, int]:
    """Hash of a line, and how many inked characters, hash signs, ellipses and characters of addresses it holds."""
    value = HASH_START
    inked = hash_signs = ellipses = url_characters = dots = 0
    in_url = False
    for position in range(first, last):
        code = codes[position]
        value = (value ^ np.uint64(code)) * HASH_FACTOR
        inked += (classes[code] & SPACE) == 0
        hash_signs += code == _HASH_SIGN
        if code in (_FULL_STOP, _URDU_FULL_STOP):
            dots = dots + 1 if dots and code == codes[position - 1] else 1
            ellipses += dots % 3 == 0
        else:
            ellipses += code == _ELLIPSIS
            dots = 0
        if in_url:
            in_url = 33 <= code <= 126  # printable ASCII
        elif code in (_H, _W, _H - 32, _W - 32):
            in_url = _starts_url(codes, position)
        url_characters += in_url
    return value, inked, hash_signs, ellipses, url_characters


class LineCounts(NamedTuple):
    """Counts of a text's inked characters, of its lines that hold some, and of what stands in them."""

    inked: int
    lines: int
    ended: int
    short: int
    bullets: int
    with_ellipsis: int
    duplicates: int
    characters: int
    duplicate_characters: int
    hash_signs: int
    ellipses: int
    url_characters: int


@kernel
def count_lines(codes: Points, classes: Classes) -> tuple[int, int, int, int, int, int, int, int, int, int, int, int]:
    """Count the lines that hold more than white space, each without the white space at its ends, by their kinds.

    Args:
        codes: Code points of the text. Lines end at line feeds alone.
        classes: What each code point is.

    Returns:
        The fields of :class:`LineCounts`.
    """
    size = 16
    while size < 2 * (np.count_nonzero(codes == _LINE_FEED) + 1):
        size *= 2
    known, mask = np.zeros(size, np.uint64), np.uint64(size - 1)
    inked = lines = ended = short = bullets = with_ellipsis = duplicates = 0
    characters = duplicate_characters = hash_signs = ellipses = url_characters = 0
    start = 0
    while start < len(codes):
        end = start
        while end < len(codes) and codes[end] != _LINE_FEED:
            end += 1
        first, last = start, end
        start = end + 1
        while first < last and classes[codes[first]] & SPACE:
            first += 1
        while last > first and classes[codes[last - 1]] & SPACE:
            last -= 1
        if first == last:
            continue
        lines += 1
        characters += last - first
        short += last - first <= SHORT_LINE
        bullets += (classes[codes[first]] & BULLET) != 0
        with_ellipsis += _ends_in_ellipsis(codes, first, last)
        ended += _ends_in_end_mark(codes, classes, first, last)
        value, line_inked, line_hash_signs, line_ellipses, line_urls = _read_line(codes, classes, first, last)
        inked += line_inked
        hash_signs += line_hash_signs
        ellipses += line_ellipses
        url_characters += line_urls
        slot = _slot(value, mask)
        while known[slot] != 0 and known[slot] != value:
            slot = (slot + np.uint64(1)) & mask
        if known[slot] == value:
            duplicates += 1
            duplicate_characters += last - first
        known[slot] = value
    return (
        inked,
        lines,
        ended,
        short,
        bullets,
        with_ellipsis,
        duplicates,
        characters,
        duplicate_characters,
        hash_signs,
        ellipses,
        url_characters,
    )


@kernel
def _tokens_of(
    codes: Points, classes: Classes, tokens: Hashes, lengths: npt.NDArray[np.int32]
) -> tuple[int, int, int, int]:
    """Cut a text into tokens: what stands between white space, each parting mark being a token of its own.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        tokens: Filled with a hash of each token, as many as there is room for.
        lengths: Filled with its number of characters.

    Returns:
        Number of tokens; those with a letter; those that were written down; the characters of the text up to the
        last of these, which are all where there was room for all.
    """
    n_tokens = n_alpha = written = reached = length = 0
    value, has_letter = HASH_START, False
    for position in range(len(codes) + 1):
        code = codes[position] if position < len(codes) else np.uint32(_LINE_FEED)
        kind = classes[code]
        if not kind & (SPACE | PARTING):
            value = (value ^ np.uint64(code)) * HASH_FACTOR
            length += 1
            has_letter |= (kind & LETTER) != 0
            continue
        if length:
            n_tokens += 1
            n_alpha += has_letter
            if written < len(tokens):
                tokens[written], lengths[written] = value, length
                written, reached = written + 1, position
        if kind & PARTING:
            n_tokens += 1
            if written < len(tokens):
                tokens[written], lengths[written] = (HASH_START ^ np.uint64(code)) * HASH_FACTOR, 1
                written, reached = written + 1, position + 1
        value, has_letter, length = HASH_START, False, 0
    return n_tokens, n_alpha, written, len(codes) if written == n_tokens else reached


@kernel
def _group(keys: Hashes, positions: Counts, groups: Counts) -> tuple[int, int, int]:
    """Number those positions whose key occurs elsewhere too; drop the others.

    Args:
        keys: A key for each position, never 0.
        positions: The positions, in order. The ones that stay are moved to the front.
        groups: For every position of the text: set to the number of its group, or -1.

    Returns:
        How many positions stay, the size of the largest group, and its first position; of several as large, that
        which begins first.
    """
    size = 16
    while size < 4 * len(keys):
        size *= 2
    table, mask = np.zeros(size, np.uint64), np.uint64(size - 1)
    members = np.zeros(size, np.int32)
    slots = np.empty(len(keys), np.int32)
    for number in range(len(keys)):
        key = keys[number]
        slot = _slot(key, mask)
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = key
        members[slot] += 1
        slots[number] = np.int32(slot)
    groups[:] = -1
    kept = largest = first = 0
    for number in range(len(keys)):  # without branches that a processor cannot foresee
        slot, position = slots[number], positions[number]
        several = members[slot] > 1
        groups[position] = slot if several else -1
        positions[kept] = position
        kept += several
        if members[slot] > largest:
            largest, first = members[slot], position
    return kept, largest, first


@kernel
def _characters_repeated(positions: Counts, groups: Counts, ends: Counts, size: int) -> int:
    """Characters of the n-grams that an earlier one equals; where one is found, the reading goes on behind it."""
    seen = np.zeros(groups.max() + 1, np.bool_)
    characters = free = 0
    for position in positions:
        if position < free:
            continue
        if seen[groups[position]]:
            characters += ends[position + size] - ends[position]
            free = position + size
        seen[groups[position]] = True
    return characters


@kernel
def _count_repetitions(tokens: Hashes, lengths: npt.NDArray[np.int32]) -> Counts:
    """Count the characters of repeated n-grams of tokens.

    An n-gram can repeat only where both (n-1)-grams in it do, so that each size looks only at what was left of the
    one before: of most texts, at next to nothing from the fourth on.

    Args:
        tokens: A hash of each token.
        lengths: Its number of characters.

    Returns:
        For each of :data:`TOP_SIZES` the characters of the most frequent n-gram, single spaces between its tokens,
        times how often it occurs (the first n-gram's, where none occurs twice); then for each of
        :data:`REPEATED_SIZES` the characters, spaces aside, of those that repeat an earlier one.
    """
    found = np.zeros(len(TOP_SIZES) + len(REPEATED_SIZES), np.int64)
    ends = np.zeros(len(tokens) + 1, np.int64)
    for number in range(len(tokens)):
        ends[number + 1] = ends[number] + lengths[number]
    groups = np.empty(len(tokens), np.int64)
    positions = np.arange(len(tokens))
    keys = tokens.copy()
    for size in range(1, REPEATED_SIZES[-1] + 1):
        if size > len(tokens):
            break
        largest, first, kept = 1, 0, 0
        if len(positions):
            kept, largest, first = _group(keys, positions, groups)
        if TOP_SIZES[0] <= size <= TOP_SIZES[-1]:
            if largest <= 1:
                largest, first = 1, 0
            found[size - TOP_SIZES[0]] = (ends[first + size] - ends[first] + size - 1) * largest
        if not kept:
            if size >= TOP_SIZES[-1]:
                break
            positions = positions[:0]
            continue
        if size >= REPEATED_SIZES[0]:
            found[len(TOP_SIZES) + size - REPEATED_SIZES[0]] = _characters_repeated(
                positions[:kept], groups, ends, size
            )
        both = 0
        for number in range(kept):
            position = positions[number]
            if position + 1 < len(groups) and groups[position + 1] >= 0:
                keys[both] = (
                    (np.uint64(groups[position]) << np.uint64(32)) + np.uint64(groups[position + 1]) + np.uint64(1)
                )
                positions[both] = position
                both += 1
        keys, positions = keys[:both], positions[:both]
    return found


@kernel
def count_tokens(codes: Points, classes: Classes) -> tuple[int, int, int, Counts]:
    """Count tokens, and the characters of those n-grams of them that repeat.

    Args:
        codes: Code points of the text.
        classes: What each code point is.

    Returns:
        Number of tokens; those with a letter; the characters that were looked at for repetition, all of them up to
        :data:`MAX_TOKENS` tokens; the characters of repeated n-grams, as :func:`_count_repetitions` gives them.
    """
    room = min(len(codes), MAX_TOKENS)
    tokens, lengths = np.empty(room, np.uint64), np.empty(room, np.int32)
    n_tokens, n_alpha, written, reached = _tokens_of(codes, classes, tokens, lengths)
    return n_tokens, n_alpha, reached, _count_repetitions(tokens[:written], lengths[:written])


# Language ------------------------------------------------------------------------------------------------------------


@kernel
def count_groups(codes: Points, groups: npt.NDArray[np.uint8], n_groups: int) -> tuple[Counts, int, int]:
    """Count characters by group, forms of presentation, and characters from U+0080 to U+00BF."""
    counts = np.zeros(n_groups, np.int64)
    presentation_forms = high = 0
    for code in codes:
        counts[groups[code]] += 1
        presentation_forms += 0xFB50 <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC
        high += 0x80 <= code <= 0xBF
    return counts, presentation_forms, high


@kernel
def _urdu_letter(code: np.uint32) -> np.uint32:
    """The letter of Urdu that a letter of Arabic stands for in a text typed on an Arabic keyboard."""
    if code in (_ARABIC_YEH, _ALEF_MAKSURA):
        return np.uint32(_FARSI_YEH)
    if code == _ARABIC_KAF:
        return np.uint32(_KEHEH)
    if code == _ARABIC_HEH:
        return np.uint32(_HEH_GOAL)
    return np.uint32(_TEH_MARBUTA_GOAL) if code == _TEH_MARBUTA else code


_ARABIC_YEH, _ALEF_MAKSURA, _ARABIC_KAF, _ARABIC_HEH, _TEH_MARBUTA = map(ord, "يىكهة")
_FARSI_YEH, _KEHEH, _HEH_GOAL, _TEH_MARBUTA_GOAL = map(ord, "یکہۃ")


@kernel
def count_telling_words(
    codes: Points, classes: Classes, words: Hashes, kinds: npt.NDArray[np.uint8]
) -> tuple[int, int]:
    """Count the words between white space that are of each of two kinds.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        words: Open table of hashes of the words, typed as Urdu types them.
        kinds: 1 or 2 for each of its entries.

    Returns:
        How many are of kind 1, and of kind 2.
    """
    ones = twos = length = 0
    value = HASH_START
    for position in range(len(codes) + 1):
        code = codes[position] if position < len(codes) else np.uint32(_LINE_FEED)
        if not classes[code] & SPACE:
            value = (value ^ np.uint64(_urdu_letter(code))) * HASH_FACTOR
            length += 1
            continue
        if length:
            slot = _found(value, words)
            if slot >= 0:
                ones += kinds[slot] == 1
                twos += kinds[slot] == 2
            value, length = HASH_START, 0
    return ones, twos


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
