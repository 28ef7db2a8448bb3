# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled inner loops: from UTF-8 bytes to match keys, shingles, signatures and similarities.

Everything here is compiled by numba at its first call and kept on disk where a folder can be
written; :func:`saaf.deduplicate.warm_up` does so ahead of time. The functions hold no lock of the
interpreter, so one thread a core can run them. They trust their callers: bytes are valid UTF-8 and
arrays have the types that the public modules around this one give them.

All of them stand in one file, since a compiled function kept on disk is renewed when its own file
changes, but not when a file that it calls into does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from saaf.deduplicate.foldtable import DROPPED, LENGTH_BITS, SEPARATOR, SEVERAL, FoldTable

Bytes = npt.NDArray[np.uint8]
Points = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Int = int | np.int64

_F = TypeVar("_F", bound=Callable[..., Any])


def _kernel(function: _F) -> _F:
    """Compile without the interpreter's lock; keep the result where some folder can be written."""
    try:
        return cast("_F", numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # neither the installation nor the user's cache folder can be written
        return cast("_F", numba.njit(nogil=True)(function))


_SEPARATOR, _DROPPED, _SEVERAL = np.uint32(SEPARATOR), np.uint32(DROPPED), np.uint32(SEVERAL)
_LENGTH_BITS = np.uint32(LENGTH_BITS)
_LENGTH_MASK = np.uint32((1 << LENGTH_BITS) - 1)
_POSITION_MASK = np.uint32(SEVERAL - 1)

# Odd multipliers of Steele, Lea and Flood's SplitMix64 and of MurmurHash3's finalizers.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_BASE = np.uint64(0xD1342543DE82EF95)
_MURMUR_1 = np.uint32(0x85EBCA6B)
_MURMUR_2 = np.uint32(0xC2B2AE35)
_ALL_ONES = np.uint32(0xFFFFFFFF)


@_kernel
def mix(value: np.uint64) -> np.uint64:
    """SplitMix64's finalizer: a bijection of 64-bit numbers in which every bit depends on all."""
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


@_kernel
def _decode(data: Bytes, at: Int) -> tuple[Int, Int]:
    """The code point whose UTF-8 form starts at a byte, and the number of its bytes."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, 1
    second = np.int64(data[at + 1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, 2
    third = np.int64(data[at + 2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | (np.int64(data[at + 3]) & 0x3F), 4


@_kernel
def _grown(array: Points, size: Int) -> Points:
    larger = np.empty(size, np.uint32)
    larger[: array.size] = array
    return larger


@_kernel
def _end_word(ends: Points, words: Int, length: Int) -> Points:
    """Note down where a word ends; `ends` is replaced by a larger copy where it is too small."""
    if words + 1 >= ends.size:
        ends = _grown(ends, 2 * ends.size)
    ends[words] = length
    return ends


@_kernel
def fold_text(
    data: Bytes, start: Int, stop: Int, table: FoldTable, key: Points, begin: Int, ends: Points
) -> tuple[Points, Int, Points, Int]:
    """Fold one text into key characters.

    Args:
        data: UTF-8 bytes.
        start: First byte of the text.
        stop: Byte after its last.
        table: The fold of every code point.
        key: Where the key characters go, from `begin` on; replaced by a larger copy where it is too small.
        begin: Where the text's key begins in `key`.
        ends: Where the ends of the words go, counted in key characters from `begin`; replaced likewise.

    Returns:
        `key`, the position after the last key character, `ends`, and the number of words.
    """
    spare = stop - start + 1  # no text has more words or, unless a character folds to several, more characters
    if key.size < begin + spare:
        key = _grown(key, 2 * (begin + spare))
    if ends.size < spare:
        ends = np.empty(2 * spare, np.uint32)
    n, words, word_start, at = begin, 0, begin, start
    while at < stop:
        point, width = _decode(data, at)
        at += width
        entry = table.entries[point] if point < table.entries.size else _SEPARATOR
        if entry >= _SEVERAL:
            position = np.int64((entry & _POSITION_MASK) >> _LENGTH_BITS)
            length = np.int64(entry & _LENGTH_MASK)
            if key.size < n + length + stop - at + 1:
                key = _grown(key, 2 * (n + length + stop - at + 1))
            for code in table.several[position : position + length]:
                if code != _SEPARATOR:
                    key[n] = code
                    n += 1
                elif n > word_start:
                    ends = _end_word(ends, words, n - begin)
                    words += 1
                    word_start = n
        elif entry > _DROPPED:
            key[n] = entry
            n += 1
        elif entry == _SEPARATOR and n > word_start:
            ends = _end_word(ends, words, n - begin)
            words += 1
            word_start = n
    if n > word_start:
        ends = _end_word(ends, words, n - begin)
        words += 1
    return key, n, ends, words


@_kernel
def fold_texts(data: Bytes, offsets: Indices, table: FoldTable) -> tuple[Points, Indices]:
    """Fold many texts: their key characters one after another, and where each key begins."""
    count = offsets.size - 1
    key = np.empty(max(offsets[count] - offsets[0], 16), np.uint32)
    ends = np.empty(16, np.uint32)
    bounds = np.zeros(count + 1, np.int64)
    for i in range(count):
        key, n, ends, _ = fold_text(data, offsets[i], offsets[i + 1], table, key, bounds[i], ends)
        bounds[i + 1] = n
    return key[: bounds[count]], bounds


@_kernel
def word_hash(key: Points, start: Int, stop: Int) -> np.uint64:
    """Hash a word of key characters."""
    value = np.uint64(stop - start)
    for i in range(start, stop):
        value = mix((value ^ np.uint64(key[i])) * _GOLDEN)
    return value


@_kernel
def _roll(units: Hashes, count: Int, size: Int, shingles: Hashes) -> Int:
    """Hash every run of `size` units: a polynomial of random-looking 64-bit units, modulo 2^64, mixed."""
    if count < size:
        return 0
    leaving = np.uint64(1)
    for _ in range(size):
        leaving *= _BASE
    value = np.uint64(0)
    for i in range(size):
        value = value * _BASE + units[i]
    shingles[0] = mix(value)
    for i in range(size, count):
        value = value * _BASE + units[i] - leaving * units[i - size]
        shingles[i - size + 1] = mix(value)
    return count - size + 1


@_kernel
def shingle_hashes(
    key: Points, start: Int, stop: Int, ends: Points, words: Int, by_word: bool, size: Int, units: Hashes, out: Hashes
) -> Int:
    """Hash every shingle of a text, in the order of the text, repeats included.

    Args:
        key: Key characters; the text's are those from `start` to `stop`.
        start: See `key`.
        stop: See `key`.
        ends: Ends of the text's words, counted from `start`.
        words: Number of the text's words.
        by_word: Whether a shingle is made of words rather than of characters.
        size: Words or characters of a shingle.
        units: Room for as many numbers as the text has characters.
        out: Where the hashes go; as much room.

    Returns:
        Number of shingles: none where the text is shorter than one.
    """
    if by_word:
        word_start = np.int64(start)
        for i in range(words):
            word_stop = start + np.int64(ends[i])
            units[i] = word_hash(key, word_start, word_stop)
            word_start = word_stop
        return _roll(units, words, size, out)
    for i in range(stop - start):
        units[i] = mix(np.uint64(key[start + i]) * _GOLDEN)
    return _roll(units, stop - start, size, out)


@_kernel
def minimum_hashes(shingles: Hashes, count: Int, a: Points, b: Points, mixed: Points, signature: Points) -> None:
    """MinHash of the lower 32 bits of shingle hashes, in datasketch's arithmetic "affine32".

    Args:
        shingles: 64-bit shingle hashes.
        count: How many of them count.
        a: Odd multipliers of the permutations.
        b: Addends of the permutations.
        mixed: Room for `count` numbers.
        signature: Where the minima go; all ones where `count` is 0.
    """
    for j in range(count):
        h = np.uint32(shingles[j])
        h = (h ^ (h >> np.uint32(16))) * _MURMUR_1
        h = np.uint32(h)
        h = (h ^ (h >> np.uint32(13))) * _MURMUR_2
        h = np.uint32(h)
        mixed[j] = h ^ (h >> np.uint32(16))
    for k in range(a.size):
        multiplier, addend, least = a[k], b[k], _ALL_ONES
        for j in range(count):
            least = min(least, np.uint32(np.uint32(multiplier * mixed[j]) + addend))
        signature[k] = least


@_kernel
def band_key(signature: Points, band: Int, rows: Int) -> np.uint64:
    """Hash one band of a signature; equal rows of different bands get different keys."""
    value = np.uint64(band + 1) * _GOLDEN
    for k in range(band * rows, (band + 1) * rows):
        value = mix((value ^ np.uint64(signature[k])) * _GOLDEN)
    return value


@_kernel
def sign_texts(
    data: Bytes,
    offsets: Indices,
    table: FoldTable,
    by_word: bool,
    size: Int,
    a: Points,
    b: Points,
    bands: Int,
) -> tuple[Points, Indices, Indices, Indices, Hashes, Hashes, Points]:
    """Fold, shingle and sign many texts in one pass.

    Returns:
        The key characters of all texts; where each key begins; words a text; shingles a text; a hash
        of where each text's words end; band keys by band and text; signatures by text.
    """
    count = offsets.size - 1
    key = np.empty(max(offsets[count] - offsets[0], 16), np.uint32)
    ends = np.empty(16, np.uint32)
    units, shingles, mixed = np.empty(16, np.uint64), np.empty(16, np.uint64), np.empty(16, np.uint32)
    bounds = np.zeros(count + 1, np.int64)
    n_words, n_shingles = np.zeros(count, np.int64), np.zeros(count, np.int64)
    spacing = np.zeros(count, np.uint64)
    band_keys = np.zeros((bands, count), np.uint64)
    signatures = np.empty((count, a.size), np.uint32)
    rows = a.size // bands
    for i in range(count):
        start = bounds[i]
        key, stop, ends, words = fold_text(data, offsets[i], offsets[i + 1], table, key, start, ends)
        bounds[i + 1] = stop
        if units.size < stop - start:
            room = 2 * (stop - start)
            units, shingles, mixed = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint32)
        n_words[i] = words
        for word in range(words):
            spacing[i] = mix((spacing[i] ^ np.uint64(ends[word])) * _GOLDEN)
        n = shingle_hashes(key, start, stop, ends, words, by_word, size, units, shingles)
        n_shingles[i] = n
        minimum_hashes(shingles, n, a, b, mixed, signatures[i])
        for band in range(bands):
            band_keys[band, i] = band_key(signatures[i], band, rows)
    return key[: bounds[count]], bounds, n_words, n_shingles, spacing, band_keys, signatures


@_kernel
def shingle_set(
    data: Bytes, start: Int, stop: Int, table: FoldTable, by_word: bool, size: Int
) -> tuple[Hashes, Points, Points]:
    """One text's set of shingle hashes, sorted; its key characters; where its words end."""
    key, n, ends, words = fold_text(data, start, stop, table, np.empty(16, np.uint32), 0, np.empty(16, np.uint32))
    units, hashes = np.empty(n, np.uint64), np.empty(n, np.uint64)
    count = shingle_hashes(key, 0, n, ends, words, by_word, size, units, hashes)
    hashes = np.sort(hashes[:count])
    distinct = 0
    for i in range(count):
        if i == 0 or hashes[i] != hashes[distinct - 1]:
            hashes[distinct] = hashes[i]
            distinct += 1
    return hashes[:distinct], key[:n], ends[:words]


@_kernel
def common(left: Hashes, right: Hashes) -> Int:
    """How many numbers two sorted arrays of distinct numbers share."""
    i, j, shared = 0, 0, 0
    while i < left.size and j < right.size:
        if left[i] == right[j]:
            shared += 1
            i += 1
            j += 1
        elif left[i] < right[j]:
            i += 1
        else:
            j += 1
    return shared
