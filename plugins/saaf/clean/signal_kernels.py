# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops that count a text's characters, words, tokens, lines and repetitions.

A first pass reads every character and has no branch that depends on one: it notes down where words may end, with a hash
of the text up to there. From two of these comes the hash of what stands between, so that all later passes go from one
such place to the next, of which there are a quarter as many.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. What they call stands in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. They hold no lock of the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean.characters import (
    ALL_CLASSES,
    ARABIC,
    BULLET,
    CAPITAL,
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
from saaf.text.compiled import int64, kernel

Points = npt.NDArray[np.uint32]
Classes = npt.NDArray[np.uint16]
Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]

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

COUNTED = (
    *("characters", "letters", "digits", "arabic", "latin", "inked", "line_feeds"),
    *("words", "word_characters", "stopwords", "different_stopwords"),
    *("tokens", "alpha_tokens", "compared_characters"),
    *("lines", "line_characters", "ended", "short", "bullets", "with_ellipsis", "duplicates", "duplicate_characters"),
    *("hash_signs", "ellipses", "url_characters"),
    *(f"top_{size}gram_characters" for size in TOP_SIZES),
    *(f"repeated_{size}gram_characters" for size in REPEATED_SIZES),
)
"""What is counted, in the order of the counts."""
_CHARACTERS, _LETTERS, _DIGITS, _ARABIC, _LATIN, _INKED, _LINE_FEEDS = range(7)
_WORDS, _WORD_CHARACTERS, _STOPWORDS, _DIFFERENT_STOPWORDS = range(7, 11)
_TOKENS, _ALPHA_TOKENS, _COMPARED = range(11, 14)
_LINES, _LINE_CHARACTERS, _ENDED, _SHORT, _BULLETS, _WITH_ELLIPSIS, _DUPLICATES, _DUPLICATE_CHARACTERS = range(14, 22)
_HASH_SIGNS, _ELLIPSES, _URL_CHARACTERS, _NGRAMS = range(22, 26)

_LINE_FEED, _SPACE_CODE, _HASH_SIGN, _ELLIPSIS = 10, 32, ord("#"), ord("…")
_FULL_STOP, _URDU_FULL_STOP = ord("."), ord("۔")
_H, _T, _P, _S, _W, _COLON, _SLASH = map(ord, "htpsw:/")
_IN_WORDS = LETTER | DIGIT | MARK | JOINER

# A text's hash is that of a polynomial, with wrap-around: the hash of what stands between two places follows from
# those of the text up to each.
_FACTOR = 0xD6E8FEB86659FD93
_WRAP = (1 << 64) - 1
_HASH_FACTOR = np.uint64(_FACTOR)
_POWERS = np.array([pow(_FACTOR, size, 1 << 64) for size in range(64)], np.uint64)
_HIGH_POWERS = np.array([pow(_FACTOR, 64 * size, 1 << 64) for size in range(64)], np.uint64)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

_TALLIED = (LETTER, DIGIT, ARABIC, LATIN)
_TALLIES = np.array(
    [sum(bool(kind & what) << 16 * place for place, what in enumerate(_TALLIED)) for kind in range(ALL_CLASSES)],
    np.uint64,
)
"""For each class what it adds to four counts of 16 bits in one number."""
_BLOCK = 1 << 15
"""Characters after which these are written down, before one of them overflows."""


def word_hash(word: Iterable[str]) -> int:
    """The hash that the kernels give a word."""
    value = 0
    for character in word:
        value = (value * _FACTOR + ord(character)) & _WRAP
    return value


class Marked(NamedTuple):
    """Where words may end: each character that cannot stand within one.

    Attributes:
        places: Their offsets.
        hashes: Hash of the text up to each.
        kinds: The classes of the characters between it and the one before, together.
    """

    places: Numbers
    hashes: Hashes
    kinds: Classes


@kernel
def _slot(key: np.uint64, mask: np.uint64) -> np.uint64:
    """Where to look for a key in a table of a power of two of slots: multiplying mixes upwards, so from the top."""
    mixed = key * _GOLDEN
    return (mixed ^ (mixed >> np.uint64(32))) & mask


@kernel
def _slot_of(key: np.uint64, table: Hashes) -> np.uint64:
    """The slot of a key in an open table, or the free one where it would be."""
    mask = np.uint64(len(table) - 1)
    slot = _slot(key, mask)
    while (table[slot] != 0) & (table[slot] != key):
        slot = (slot + np.uint64(1)) & mask
    return slot


@kernel
def table_of(keys: Hashes, kinds: Kinds) -> tuple[Hashes, Kinds]:
    """An open table of keys, none of them 0: at most an eighth full, and each key in its slot or in the next one."""
    size = 16
    while size < 8 * len(keys):
        size *= 2
    while True:
        table, values = np.zeros(size, np.uint64), np.zeros(size, np.uint8)
        n_far = 0
        for number in range(len(keys)):
            slot = _slot_of(keys[number], table)
            table[slot] = keys[number]
            values[slot] |= kinds[number]
            n_far += slot != _near_slot_of(keys[number], table)
        if n_far == 0:
            return table, values
        size *= 2


@kernel
def _near_slot_of(key: np.uint64, table: Hashes) -> np.uint64:
    """The slot of a key in a table of :func:`table_of`, found without a branch; any slot where it is not in it."""
    mask = np.uint64(len(table) - 1)
    slot = _slot(key, mask)
    return (slot + np.uint64(table[slot] != key)) & mask


@kernel
def _between(before: np.uint64, after: np.uint64, size: int | np.uint64) -> np.uint64:
    """Hash of so many characters, from the hashes of the text before and after them."""
    if size < 64:
        before *= _POWERS[size]
    elif size < 64 * 64:
        before *= _POWERS[size & 63] * _HIGH_POWERS[size >> 6]
    else:
        factor, left = _HASH_FACTOR, int64(size)
        while left:
            if left & 1:
                before *= factor
            factor *= factor
            left >>= 1
    return after - before


# Characters ------------------------------------------------------------------------------------------------------------


@kernel
def _mark(codes: Points, classes: Classes, marked: Marked, counts: Counts) -> int:
    """Count characters, and note down where words may end, the end of the text last.

    Args:
        codes: Code points of a text.
        classes: What each code point is.
        marked: Takes the places. What has no room in it is counted and not written.
        counts: Takes the counts of characters.

    Returns:
        The number of places.
    """
    places, hashes, kinds = marked.places, marked.hashes, marked.kinds
    # Without a sign: an index that could be below zero costs a test each time.
    room, found, one = np.uint64(len(places) - 1), np.uint64(0), np.uint64(1)
    value, seen = np.uint64(0), np.uint16(0)
    for block in range(0, len(codes), _BLOCK):
        tally = np.uint64(0)
        for place in range(block, min(block + _BLOCK, len(codes))):
            code = codes[place]
            kind = classes[code]
            tally += _TALLIES[kind]
            # Written for each character, and kept where the next one is written behind it: a branch would cost more.
            row = min(found, room)
            places[row], hashes[row], kinds[row] = place, value, seen
            ends = (kind & _IN_WORDS) == 0
            seen = np.uint16(0) if ends else seen | kind
            value = value * _HASH_FACTOR + np.uint64(code)
            found += np.uint64(ends)
        for number in range(len(_TALLIED)):
            counts[_LETTERS + number] += int64(tally >> np.uint64(16 * number) & np.uint64(0xFFFF))
    row = min(found, room)
    places[row], hashes[row], kinds[row] = len(codes), value, seen
    return int64(found + one)


@kernel
def _marked(codes: Points, classes: Classes, counts: Counts) -> Marked:
    """Where words may end, in arrays as long as need be."""
    room = len(codes) // 3 + 32
    while True:
        marked = Marked(np.empty(room, np.int32), np.empty(room, np.uint64), np.empty(room, np.uint16))
        counts[:] = 0
        found = _mark(codes, classes, marked, counts)
        if found <= room:
            return Marked(marked.places[:found], marked.hashes[:found], marked.kinds[:found])
        room = found


# Words and tokens ------------------------------------------------------------------------------------------------------


class Tokens(NamedTuple):
    """The tokens of a text: what stands between white space, each parting mark being a token of its own.

    Attributes:
        hashes: A hash of each; the last row is for all that there is no room for.
        ends: The characters of the tokens up to each, one row longer.
    """

    hashes: Hashes
    ends: Counts


@kernel
def _bare_hash(codes: Points, classes: Classes, start: int, end: int) -> np.uint64:
    """Hash of a word without its marks and joiners, ASCII in lower case."""
    value = np.uint64(0)
    for place in range(start, end):
        if not classes[codes[place]] & (MARK | JOINER):
            value = value * _HASH_FACTOR + np.uint64(_lower(codes[place]))
    return value


@kernel
def _count_words(
    codes: Points, classes: Classes, marked: Marked, stopwords: Hashes, meanings: Kinds, seen: Kinds, counts: Counts
) -> None:
    """Count words: runs of letters, digits, marks and joiners that hold a letter or a digit.

    There is next to no branch, here and where tokens are cut: what comes next in a text, no processor foresees.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        marked: Where words may end.
        stopwords: Table of hashes of words without marks and joiners, ASCII in lower case.
        meanings: What each of its entries counts for.
        seen: Takes the meanings of those that are met.
        counts: Takes the counts of words.
    """
    places, hashes, kinds = marked.places, marked.hashes, marked.kinds
    words = known = 0
    one, start, characters, before = np.uint64(1), np.uint64(0), np.uint64(0), np.uint64(0)
    for number in range(len(places)):
        end, kind = np.uint64(places[number]), kinds[number]
        is_word = (kind & (LETTER | DIGIT)) != 0
        words += is_word
        size = end - start
        characters += size * np.uint64(is_word)
        value = _between(before, hashes[number], size)
        if kind & (MARK | JOINER | CAPITAL):
            value = _bare_hash(codes, classes, int64(start), int64(end))
        slot = _near_slot_of(value, stopwords)
        meaning = meanings[slot] * np.uint8(is_word & (stopwords[slot] == value))
        known += meaning & IS_STOPWORD
        seen[slot] |= meaning
        code = np.uint64(codes[end]) if end < len(codes) else np.uint64(_LINE_FEED)
        start, before = end + one, hashes[number] * _HASH_FACTOR + code
    counts[_WORDS], counts[_WORD_CHARACTERS], counts[_STOPWORDS] = words, characters, known


@kernel
def _tokens_of(codes: Points, classes: Classes, marked: Marked, tokens: Tokens, marks: Numbers, counts: Counts) -> int:
    """Cut a text into tokens.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        marked: Where words may end.
        tokens: Filled with the tokens.
        marks: Filled with the numbers of the places that hold no space, the end of the text last.
        counts: Takes the counts of tokens, and the characters of the text up to the last that was written down, which
            are all where there was room for all.

    Returns:
        How many marks there are.
    """
    places, values, kinds = marked.places, marked.hashes, marked.kinds
    hashes, ends = tokens.hashes, tokens.ends
    one, room = np.uint64(1), np.uint64(len(hashes) - 1)  # without a sign: an index below zero would need a test
    n_tokens = n_marks = characters = start = before = reached = np.uint64(0)
    n_alpha, seen = 0, np.uint16(0)
    ends[0] = 0
    for number in range(len(places)):
        place, value = np.uint64(places[number]), values[number]
        code = np.uint64(codes[place]) if place < len(codes) else np.uint64(_LINE_FEED)
        kind = classes[code]
        seen |= kinds[number]
        marks[n_marks] = number
        n_marks += np.uint64(code != _SPACE_CODE)
        if not kind & (SPACE | PARTING):
            continue
        is_token, is_mark = np.uint64(place > start), np.uint64((kind & PARTING) != 0)
        if n_tokens < room:
            reached = place + np.uint64(is_mark and n_tokens + is_token < room)
        # Both are written each time, and kept where the next one is written behind them.
        row = min(n_tokens, room)
        size = place - start
        hashes[row] = _between(before, value, size) + size * _GOLDEN  # U+0000 in front changes the size alone
        characters += size
        ends[row + one] = characters
        n_tokens += is_token
        n_alpha += (seen & LETTER) != 0
        row = min(n_tokens, room)
        hashes[row] = code + _GOLDEN
        characters += is_mark
        ends[row + one] = characters
        n_tokens += is_mark
        start, before, seen = place + one, value * _HASH_FACTOR + code, np.uint16(0)
    counts[_TOKENS], counts[_ALPHA_TOKENS] = n_tokens, n_alpha
    counts[_COMPARED] = len(codes) if n_tokens <= room else reached
    return int64(n_marks)


# Marks and addresses -----------------------------------------------------------------------------------------------------


@kernel
def _lower(code: np.uint32) -> np.uint32:
    """ASCII in lower case, all else as it is."""
    return code + np.uint32(32) if 65 <= code <= 90 else code


@kernel
def _url_start(codes: Points, place: int) -> int:
    """Where ``http``, ``https`` or ``www`` begins, of which the colon or the full stop stands at a place; or -1."""
    if codes[place] == _FULL_STOP:
        return place - 3 if _are_before(codes, place, _W, _W, _W) else -1
    if place + 2 >= len(codes) or codes[place + 1] != _SLASH or codes[place + 2] != _SLASH:
        return -1
    end = place - 1 if place > 0 and _lower(codes[place - 1]) == _S else place
    return end - 4 if end > 0 and _lower(codes[end - 1]) == _P and _are_before(codes, end - 1, _H, _T, _T) else -1


@kernel
def _are_before(codes: Points, place: int, first: int, second: int, third: int) -> bool:
    """Whether three characters, ASCII case aside, stand right before a place."""
    return (
        place >= 3
        and _lower(codes[place - 3]) == first
        and _lower(codes[place - 2]) == second
        and _lower(codes[place - 1]) == third
    )


@kernel
def _url_end(codes: Points, place: int) -> int:
    """Where printable ASCII ends."""
    while place < len(codes) and 33 <= codes[place] <= 126:
        place += 1
    return place


@kernel
def _count_marks(codes: Points, classes: Classes, places: Numbers, marks: Numbers, counts: Counts) -> None:
    """Count white space, hash signs, ellipses (also those typed as three dots of either kind) and characters of addresses.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        places: Where words may end, the end of the text last.
        marks: Numbers of those that hold no space.
        counts: Takes the counts.
    """
    spaces = len(places) - len(marks)
    feeds = hash_signs = ellipses = url_characters = 0
    dots, last_dot, url_end = 0, -1, 0
    for number in marks[:-1]:
        place = int64(places[number])
        code = codes[place]
        spaces += (classes[code] & SPACE) != 0
        feeds += code == _LINE_FEED
        hash_signs += code == _HASH_SIGN
        ellipses += code == _ELLIPSIS
        if code in (_FULL_STOP, _URDU_FULL_STOP):
            dots = dots + 1 if last_dot == place - 1 and codes[last_dot] == code else 1
            ellipses += dots % 3 == 0
            last_dot = place
        if code in (_FULL_STOP, _COLON) and place >= url_end:
            start = _url_start(codes, place)
            if start >= url_end:
                url_end = _url_end(codes, place)
                url_characters += url_end - start
    counts[_CHARACTERS], counts[_INKED], counts[_LINE_FEEDS] = len(codes), len(codes) - spaces, feeds
    counts[_HASH_SIGNS], counts[_ELLIPSES], counts[_URL_CHARACTERS] = hash_signs, ellipses, url_characters


@kernel
def _count_stopwords(
    codes: Points, classes: Classes, places: Numbers, marks: Numbers, stopwords: Hashes, meanings: Kinds, seen: Kinds
) -> int:
    """The number of different stopwords: those that were met as words, and marks, since FineWeb-2's list has a comma."""
    for number in marks[:-1]:
        code = codes[places[number]]
        slot = _near_slot_of(np.uint64(code), stopwords)
        seen[slot] |= meanings[slot] * np.uint8(((classes[code] & PARTING) != 0) & (stopwords[slot] == code))
    different = 0
    for row in range(len(seen)):
        different += (seen[row] & IS_COUNTED_ONCE) != 0
    return different


# Lines -----------------------------------------------------------------------------------------------------------------


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


@kernel
def _count_lines(codes: Points, classes: Classes, marked: Marked, marks: Numbers, counts: Counts) -> None:
    """Count the lines that hold more than white space, each without the white space at its ends, by their kinds.

    Args:
        codes: Code points of the text. Lines end at line feeds alone.
        classes: What each code point is.
        marked: Where words may end.
        marks: Numbers of those of these places that hold no space.
        counts: Holds the number of line feeds; takes the counts of lines.
    """
    size = 16
    while size < 2 * (counts[_LINE_FEEDS] + 1):
        size *= 2
    known = np.zeros(size, np.uint64)
    start, before = 0, np.uint64(0)
    for number in marks:
        end, after = int64(marked.places[number]), marked.hashes[number]
        if end < len(codes) and codes[end] != _LINE_FEED:
            continue
        first, last = start, end
        while first < last and classes[codes[first]] & SPACE:
            first += 1
        while last > first and classes[codes[last - 1]] & SPACE:
            last -= 1
        if first < last:
            is_whole = last - first == end - start
            value = _between(before, after, end - start) if is_whole else _hash(codes, first, last)
            _count_line(codes, classes, first, last, counts)
            _count_repeat(value, last - first, known, counts)
        start, before = end + 1, after * _HASH_FACTOR + np.uint64(_LINE_FEED)


@kernel
def _hash(codes: Points, start: int, end: int) -> np.uint64:
    """Hash of a part of a text."""
    value = np.uint64(0)
    for place in range(start, end):
        value = value * _HASH_FACTOR + np.uint64(codes[place])
    return value


@kernel
def _count_line(codes: Points, classes: Classes, first: int, last: int, counts: Counts) -> None:
    counts[_LINES] += 1
    counts[_LINE_CHARACTERS] += last - first
    counts[_SHORT] += last - first <= SHORT_LINE
    counts[_BULLETS] += (classes[codes[first]] & BULLET) != 0
    counts[_WITH_ELLIPSIS] += _ends_in_ellipsis(codes, first, last)
    counts[_ENDED] += _ends_in_end_mark(codes, classes, first, last)


@kernel
def _count_repeat(value: np.uint64, size: int, known: Hashes, counts: Counts) -> None:
    """Count a line that is known, and make it known: an open table of the hashes of lines, 0 where there is none."""
    value = value * _HASH_FACTOR + np.uint64(size)  # the hash of U+0000 is 0, however often it stands there
    slot = _slot_of(value, known)
    if known[slot] == value:
        counts[_DUPLICATES] += 1
        counts[_DUPLICATE_CHARACTERS] += size
    known[slot] = value


# N-grams ---------------------------------------------------------------------------------------------------------------


@kernel
def _group(keys: Hashes, owners: Numbers, members: Numbers) -> None:
    """Group what has one key.

    Args:
        keys: The keys.
        owners: Filled with the number of the first one that has the same key.
        members: Filled, for those, with how many have it.
    """
    size = 16
    while size < 4 * len(keys):
        size *= 2
    table, mask = np.zeros(size, np.int32), np.uint64(size - 1)  # of numbers of keys, counted from 1
    members[:] = 0
    for number in range(len(keys)):
        key = keys[number]
        slot = _slot(key, mask)
        while (table[slot] != 0) & (keys[table[slot] - 1] != key):
            slot = (slot + np.uint64(1)) & mask
        owner = number if table[slot] == 0 else int64(table[slot]) - 1
        table[slot] = owner + 1
        owners[number] = owner
        members[owner] += 1


@kernel
def _characters_repeated(positions: Numbers, groups: Numbers, ends: Counts, size: int) -> int:
    """Characters of the n-grams that an earlier one equals; where one is found, the reading goes on behind it."""
    seen = np.zeros(len(groups), np.bool_)
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
def _maybe_repeated(tokens: Hashes, keys: Hashes, positions: Numbers) -> int:
    """Find the pairs of neighbours that may occur twice: all that do, and one in ten of those that do not.

    Args:
        tokens: A hash of each token.
        keys: Filled with the hashes of these pairs.
        positions: Filled with where they begin.

    Returns:
        Their number.
    """
    size = 64
    while size < 8 * len(tokens):
        size *= 2
    often, mask = np.zeros(size, np.uint8), np.uint64(size - 1)
    for number in range(len(tokens) - 1):
        key = tokens[number] * _HASH_FACTOR + tokens[number + 1]
        keys[number] = key
        slot = _slot(key, mask)
        often[slot] = (often[slot] << 1) | 1  # 1, then 3 and more: it must not turn over
    found = np.uint64(0)
    for number in range(len(tokens) - 1):  # without branches that a processor cannot foresee
        key = keys[number]
        keys[found], positions[found] = key, number
        found += np.uint64(often[_slot(key, mask)] > 1)
    return int64(found)


@kernel
def _count_repetitions(tokens: Hashes, ends: Counts, counts: Counts) -> None:
    """Count the characters of repeated n-grams of tokens.

    An n-gram can repeat only where both (n-1)-grams in it do, so that each size looks only at what was left of the
    one before: of most texts, at next to nothing from the fourth on.

    Args:
        tokens: A hash of each token.
        ends: The characters of the tokens up to each.
        counts: Takes for each of :data:`TOP_SIZES` the characters of the most frequent n-gram, single spaces between
            its tokens, times how often it occurs (the first n-gram's, where none occurs twice); then for each of
            :data:`REPEATED_SIZES` the characters, spaces aside, of those that repeat an earlier one.
    """
    n_tokens = len(tokens)
    if n_tokens < TOP_SIZES[0]:
        return
    keys, positions = np.empty(n_tokens, np.uint64), np.empty(n_tokens, np.int32)
    n_left = _maybe_repeated(tokens, keys, positions)
    owners, members = np.empty(n_left, np.int32), np.empty(n_left, np.int32)
    groups = np.full(n_tokens, -1, np.int32)  # of the n-gram that begins at each token; -1 where it does not repeat
    for size in range(TOP_SIZES[0], min(REPEATED_SIZES[-1], n_tokens) + 1):
        _group(keys[:n_left], owners, members[:n_left])
        kept, largest, first = _keep_repeated(positions[:n_left], owners, members, groups)
        if size <= TOP_SIZES[-1]:
            counts[_NGRAMS + size - TOP_SIZES[0]] = (ends[first + size] - ends[first] + size - 1) * largest
        elif not kept:
            break
        else:
            counts[_NGRAMS + len(TOP_SIZES) + size - REPEATED_SIZES[0]] = _characters_repeated(
                positions[:kept], groups, ends, size
            )
        n_left = _longer(positions[:kept], groups, keys)


@kernel
def _keep_repeated(positions: Numbers, owners: Numbers, members: Numbers, groups: Numbers) -> tuple[int, int, int]:
    """Keep the positions whose n-gram occurs elsewhere too.

    Args:
        positions: The positions, in order. The ones that stay are moved to the front.
        owners, members: Of each the number of its group, and of each group the number of its members.
        groups: Takes the number of the group for each position that stays, -1 for the others.

    Returns:
        How many stay; the size of the largest group, and its first position; of several as large, that which begins
        first, and the start of the text where none has two members.
    """
    kept = first = 0
    largest = 1
    for number in range(len(positions)):
        position, owner = positions[number], owners[number]
        several = members[owner] > 1
        groups[position] = owner if several else -1
        positions[kept] = position
        kept += several
        if members[owner] > largest:
            largest, first = int64(members[owner]), int64(position)
    return kept, largest, first


@kernel
def _longer(positions: Numbers, groups: Numbers, keys: Hashes) -> int:
    """Find the n-grams of one more token that may repeat.

    Args:
        positions: Where n-grams begin that repeat. The positions of the longer ones are moved to the front.
        groups: Their groups, by position; -1 elsewhere, and set so where no longer one begins.
        keys: Takes the keys of the longer ones.

    Returns:
        The number of these.
    """
    found = 0
    for number in range(len(positions)):
        position = positions[number]
        group, following = groups[position], groups[position + 1]  # an n-gram of two tokens or more has one behind
        keys[found], positions[found] = np.uint64(group) << np.uint64(32) | np.uint64(following), position
        groups[position] = group if following >= 0 else -1
        found += following >= 0
    return found


# All of it ---------------------------------------------------------------------------------------------------------------


@kernel
def count(
    codes: Points,
    classes: Classes,
    stopwords: Hashes,
    meanings: Kinds,
    quotients: Numbers,
) -> tuple[Counts, npt.NDArray[np.float64]]:
    """Count a text.

    Args:
        codes: Code points of the text.
        classes: What each code point is.
        stopwords: Open table of hashes of words without marks and joiners, ASCII in lower case.
        meanings: What each of its entries counts for.
        quotients: For each share that is asked for, the place in :data:`COUNTED` of what is shared, and in a second row
            that of what it is a share of.

    Returns:
        The counts, in the order of :data:`COUNTED`; the shares, that of nothing being 0.
    """
    counts = np.empty(len(COUNTED), np.int64)
    marked = _marked(codes, classes, counts)
    room = min(2 * len(marked.places), MAX_TOKENS)
    tokens = Tokens(np.empty(room + 1, np.uint64), np.empty(room + 2, np.int64))
    marks = np.empty(len(marked.places), np.int32)
    marks = marks[: _tokens_of(codes, classes, marked, tokens, marks, counts)]
    seen = np.zeros(len(stopwords), np.uint8)
    _count_words(codes, classes, marked, stopwords, meanings, seen, counts)
    _count_marks(codes, classes, marked.places, marks, counts)
    counts[_DIFFERENT_STOPWORDS] = _count_stopwords(codes, classes, marked.places, marks, stopwords, meanings, seen)
    _count_lines(codes, classes, marked, marks, counts)
    _count_repetitions(tokens.hashes[: min(counts[_TOKENS], room)], tokens.ends, counts)
    shares = np.zeros(quotients.shape[1], np.float64)
    for number in range(len(shares)):
        part, whole = counts[quotients[0, number]], counts[quotients[1, number]]
        shares[number] = part / whole if whole else 0.0
    return counts, shares
