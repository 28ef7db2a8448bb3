# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled inner loops from UTF-8 bytes to match keys, shingles, signatures and shingle sets.

Everything here is compiled by numba at its first call and kept on disk where a folder can be
written; :func:`saaf.deduplicate.warm_up` does so ahead of time. The functions hold no lock of the
interpreter, so one thread a core can run them. Arrays are never bound anew within a loop over
characters: the reference counting that this costs is dearer than the work.

All kernels stand in this one file: a compiled function kept on disk is renewed when its own file
changes, but not when a file that it calls into does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import llvmlite.binding
import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from saaf.deduplicate.foldtable import DROPPED, LENGTH_BITS, SEPARATOR, SEVERAL, FoldTable
from saaf.text.compiled import int64, kernel

Bytes = npt.NDArray[np.uint8]
Points = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]


class Shape(NamedTuple):
    """What a shingle is.

    Attributes:
        by_word: Whether it is made of words rather than of characters.
        size: How many.
    """

    by_word: bool
    size: int


class Permutations(NamedTuple):
    """The affine permutations h -> a h + b modulo 2^32; every a is odd."""

    a: Points
    b: Points


_SEPARATOR, _DROPPED, _SEVERAL = np.uint32(SEPARATOR), np.uint32(DROPPED), np.uint32(SEVERAL)
_LENGTH_BITS = np.uint32(LENGTH_BITS)
_LENGTH_MASK = np.uint32((1 << LENGTH_BITS) - 1)
_POSITION_MASK = np.uint32(SEVERAL - 1)

# Odd multipliers of Steele, Lea and Flood's SplitMix64 and of MurmurHash3's finalizer.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_BASE = np.uint64(0xD1342543DE82EF95)
_MURMUR_1 = np.uint32(0x85EBCA6B)
_MURMUR_2 = np.uint32(0xC2B2AE35)
_ALL_ONES = np.uint32(0xFFFFFFFF)

NOT_UTF8 = -1
"""What :func:`fold_text` returns for bytes that are not UTF-8."""
NO_ROOM = -2
"""What :func:`fold_text` returns where characters that fold to several outgrow the room."""
HARD = -3
"""What the fast fold returns for a text that has to be folded one character after another."""


@kernel
def mix(value: np.uint64) -> np.uint64:
    """SplitMix64's finalizer: a bijection of 64-bit numbers in which every bit depends on all."""
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


# -- instructions -------------------------------------------------------------------------------
# What AVX-512 does at once and no compiler makes of a loop: leaving out some of a vector's numbers.


def _compresses() -> bool:
    """Whether numba compiles for a processor that leaves 16-bit numbers out of a vector (AVX-512 VBMI2)."""
    chosen: Any = numba.config
    if chosen.CPU_FEATURES is not None:
        return "+avx512vbmi2" in chosen.CPU_FEATURES.split(",")
    if chosen.CPU_NAME is not None:
        return False  # another processor than this one, whose features are not known here
    return bool(llvmlite.binding.get_host_cpu_features().get("avx512vbmi2", False))


_compiler: Any = cgutils
_types: Any = types

_LANES = 32
"""More numbers than a vector holds, of 16 bits or more: arrays that are written vector-wise have room for them."""


class _Vectors:
    """Writes instructions on vectors of 512 bits, while a kernel is compiled.

    Args:
        context: The compiler's.
        builder: The compiler's.
        bits: Bits of a number.
    """

    def __init__(self, context: Any, builder: Any, bits: int) -> None:
        self._context, self.builder, self._align = context, builder, bits // 8
        self.type = ir.VectorType(ir.IntType(bits), 512 // bits)
        self.zeros = ir.Constant(self.type, None)

    def _pointer(self, array_type: Any, array: Any, at: Any) -> Any:
        data = self._context.make_array(array_type)(self._context, self.builder, array).data
        return self.builder.bitcast(self.builder.gep(data, [at]), self.type.as_pointer())

    def load(self, array_type: Any, array: Any, at: Any) -> Any:
        """The numbers that stand from a place on."""
        loaded = self.builder.load(self._pointer(array_type, array, at))
        loaded.align = self._align
        return loaded

    def store(self, vector: Any, array_type: Any, array: Any, at: Any) -> None:
        """Write a whole vector from a place on."""
        self.builder.store(vector, self._pointer(array_type, array, at)).align = self._align

    def all(self, number: Any) -> Any:
        """A vector of the same number."""
        first = self.builder.insert_element(ir.Constant(self.type, ir.Undefined), number, ir.IntType(32)(0))
        of_first = ir.Constant(ir.VectorType(ir.IntType(32), self.type.count), None)
        return self.builder.shuffle_vector(first, ir.Constant(self.type, ir.Undefined), of_first)

    def compress(self, vector: Any, mask: Any) -> Any:
        """The chosen numbers, moved to the front."""
        return self._moved("compress", vector, mask)

    def expand(self, vector: Any, mask: Any) -> Any:
        """The numbers from the front, moved to the chosen places; 0 elsewhere."""
        return self._moved("expand", vector, mask)

    def _moved(self, how: str, vector: Any, mask: Any) -> Any:
        kind = ir.FunctionType(self.type, [self.type, self.type, ir.VectorType(ir.IntType(1), self.type.count)])
        name = f"llvm.x86.avx512.mask.{how}.v{self.type.count}{self.type.element}"
        function = _compiler.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [vector, self.zeros, mask])

    def count(self, mask: Any) -> Any:
        """How many are chosen."""
        bits = self.builder.bitcast(mask, ir.IntType(mask.type.count))
        return self.builder.zext(self.builder.ctpop(bits), ir.IntType(64))


def _instruction(write: Callable[..., Any]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", intrinsic(write))


@_instruction
def _leave_out(_: Any, numbers: Any, at: Any, unwanted: Any, n: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Copy the vector at a place of an array to place `n` without some number; returns the `n` for the next."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = signature.args[0]
        vectors = _Vectors(context, builder, kind.dtype.bitwidth)
        vector = vectors.load(kind, given[0], given[1])
        wanted = builder.icmp_unsigned("!=", vector, vectors.all(given[2]))
        vectors.store(vectors.compress(vector, wanted), kind, given[0], given[3])
        return builder.add(given[3], vectors.count(wanted))

    return types.int64(numbers, types.int64, numbers.dtype, types.int64), write


@_instruction
def _part_words(_: Any, entries: Any, at: Any, key: Any, n: Any, ends: Any, words: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Copy the key characters of the vector at a place to `key`, and the ends of words among them to `ends`.

    A word ends with a character that a separator (0) follows. Returns `n` and `words` for the next.
    """

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 32)
        one = ir.IntType(64)(1)
        vector = vectors.load(signature.args[0], given[0], given[1])
        following = vectors.load(signature.args[0], given[0], builder.add(given[1], one))
        is_key = builder.icmp_unsigned("!=", vector, vectors.zeros)
        is_end = builder.and_(is_key, builder.icmp_unsigned("==", following, vectors.zeros))
        vectors.store(vectors.compress(vector, is_key), signature.args[2], given[2], given[3])
        ranks = vectors.expand(ir.Constant(vectors.type, list(range(1, vectors.type.count + 1))), is_key)
        places = builder.add(ranks, vectors.all(builder.trunc(given[3], ir.IntType(32))))
        vectors.store(vectors.compress(places, is_end), signature.args[4], given[4], given[5])
        counts = [builder.add(given[3], vectors.count(is_key)), builder.add(given[5], vectors.count(is_end))]
        return _compiler.pack_array(builder, counts)

    return _types.Tuple((types.int64, types.int64))(entries, types.int64, key, types.int64, ends, types.int64), write


@_instruction
def _equals(_: Any, left: Any, i: Any, right: Any, j: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """How many of the eight numbers from one place on are among the eight from another place on."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 64)
        own = vectors.load(signature.args[0], given[0], given[1])
        other = vectors.load(signature.args[2], given[2], given[3])
        found = builder.icmp_unsigned("==", own, other)
        for turn in range(1, 8):
            turned = ir.Constant(ir.VectorType(ir.IntType(32), 8), [(lane + turn) % 8 for lane in range(8)])
            equal = builder.icmp_unsigned("==", own, builder.shuffle_vector(other, other, turned))
            found = builder.or_(found, equal)
        return vectors.count(found)

    return types.int64(left, types.int64, right, types.int64), write


# -- from bytes to match keys -------------------------------------------------------------------


class Page(NamedTuple):
    """Room for one folded text.

    Attributes:
        key: The text's key characters.
        ends: The ends of its words, counted in key characters.
        places: The place of each key character in its word; filled only where words are hashed.
        points: The code point that starts at each byte, for the fold's first step.
        entries: What the fold makes of each code point, for its second step.
        text_bytes: Bytes of the longest text that has room.
    """

    key: Points
    ends: Points
    places: Points
    points: npt.NDArray[np.uint16]
    entries: Points
    text_bytes: int


@kernel
def new_page(text_bytes: int, key_length: int) -> Page:
    """Room for texts of so many bytes and match keys of so many characters."""
    room = text_bytes + key_length + 2 * _LANES
    points, entries = np.empty(text_bytes + 2 * _LANES, np.uint16), np.empty(text_bytes + 2 * _LANES, np.uint32)
    return Page(
        np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.uint32), points, entries, text_bytes
    )


_VANISHING = np.uint16(0x640)
"""A code point that the fold drops; it stands for the bytes after the first of a character."""


@kernel
def _read_point(
    first: np.uint16, second: np.uint16, third: np.uint16, fourth: np.uint16
) -> tuple[np.uint16, np.uint16]:
    """Decode a character of up to three bytes; without branches, and in 16 bits, so that many are done at once.

    Returns:
        The code point, or _VANISHING where the first byte continues a character; and whether the
        bytes are not UTF-8, a byte that no character claims follows, or the character has four bytes.
    """
    two, three = np.uint16(first >= 0xC0), np.uint16(first >= 0xE0)
    one = np.uint16(first < 0x80)
    second_goes_on = np.uint16(np.uint16(second & 0xC0) == 0x80)
    third_goes_on = np.uint16(np.uint16(third & 0xC0) == 0x80)
    fourth_goes_on = np.uint16(np.uint16(fourth & 0xC0) == 0x80)
    of_two = np.uint16(np.uint16(np.uint16(first & 0x1F) << np.uint16(6)) | np.uint16(second & 0x3F))
    of_three = np.uint16(np.uint16(of_two << np.uint16(6)) | np.uint16(third & 0x3F))
    point = of_two if first >= 0xC0 else first
    point = of_three if first >= 0xE0 else point
    least = np.uint16(0x80) if first >= 0xC0 else np.uint16(0)
    least = np.uint16(0x800) if first >= 0xE0 else least
    too_short = np.uint16(np.uint16(two & ~second_goes_on) | np.uint16(three & ~third_goes_on))
    too_long = np.uint16(np.uint16(one & second_goes_on) | np.uint16(np.uint16(two & ~three) & third_goes_on))
    too_long = np.uint16(too_long | np.uint16(three & fourth_goes_on))
    wrong = np.uint16(too_short | too_long | np.uint16(first >= 0xF0))
    wrong = np.uint16(wrong | np.uint16(point < least) | np.uint16(np.uint16(point & 0xF800) == 0xD800))
    goes_on = np.uint16(first & 0xC0) == 0x80
    return (_VANISHING if goes_on else point), wrong


@kernel
def _read_points(text: Bytes, points: npt.NDArray[np.uint16]) -> bool:
    """Decode a text; False where it is not UTF-8 or holds a character of four bytes."""
    zero = np.uint16(0)
    wrong = np.uint16(text.size > 0 and text[0] & 0xC0 == 0x80)
    whole = max(text.size - 3, 0)
    seconds, thirds, fourths = text[1:], text[2:], text[3:]
    for i in range(whole):
        points[i], flaw = _read_point(
            np.uint16(text[i]), np.uint16(seconds[i]), np.uint16(thirds[i]), np.uint16(fourths[i])
        )
        wrong = np.uint16(wrong | flaw)
    for i in range(whole, text.size):
        second = np.uint16(text[i + 1]) if i + 1 < text.size else zero
        third = np.uint16(text[i + 2]) if i + 2 < text.size else zero
        points[i], flaw = _read_point(np.uint16(text[i]), second, third, zero)
        wrong = np.uint16(wrong | flaw)
    return bool(wrong == 0)


@kernel
def _fold_points(count: int, table: FoldTable, page: Page, with_places: bool) -> tuple[int, int]:
    """Fold decoded characters; HARD where one folds to several.

    No branch tells letters from spaces: where words end is hard to foresee.
    """
    entries, key, ends, places = table.entries, page.key, page.ends, page.places
    n, words, word_start = 0, 0, 0
    all_entries = np.uint32(0)
    for i in range(count):
        entry = entries[page.points[i]]
        all_entries = np.uint32(all_entries | entry)
        key[n] = entry
        if with_places:
            places[n] = n - word_start
        n += entry > _DROPPED
        ends[words] = n
        separates = entry == _SEPARATOR
        words += separates & (n > word_start)
        word_start = n if separates else word_start
    if n > word_start:
        ends[words] = n
        words += 1
    return (HARD if all_entries >= _SEVERAL else n), words


@kernel
def _fold_points_in_vectors(count: int, table: FoldTable, page: Page, with_places: bool) -> tuple[int, int]:
    """What :func:`_fold_points` does, many characters at once."""
    points, entries = page.points, page.entries
    points[count : count + _LANES] = _VANISHING
    characters = 0
    for at in range(0, count, 32):
        characters = _leave_out(points, at, _VANISHING, characters)
    all_entries = np.uint32(0)
    for i in range(characters):
        entry = table.entries[points[i]]
        entries[i] = entry
        all_entries = np.uint32(all_entries | entry)
    if all_entries >= _SEVERAL:
        return HARD, 0
    entries[characters : characters + _LANES] = _DROPPED
    kept = 0
    for at in range(0, characters, 16):
        kept = _leave_out(entries, at, _DROPPED, kept)
    entries[kept : kept + _LANES] = _SEPARATOR
    n, words = 0, 0
    for at in range(0, kept, 16):
        n, words = _part_words(entries, at, page.key, n, page.ends, words)
    if with_places:
        _number_places(page.ends, words, page.places)
    return n, words


@kernel
def _number_places(ends: Points, words: int, places: Points) -> None:
    """Write the place of each character in its word: of most words at once, overwritten by the next word's."""
    start = 0
    for word in range(words):
        for i in range(16):
            places[start + i] = i
        stop = int64(ends[word])
        for i in range(16, stop - start):
            places[start + i] = i
        start = stop


_fold_decoded = _fold_points_in_vectors if _compresses() else _fold_points


@kernel
def _long_point(data: Bytes, at: int, stop: int) -> int:
    """The code point of any number of bytes; NOT_UTF8 where they are none."""
    first = int64(data[at])
    if first < 0x80:
        return first
    width = _width(first)
    if at + width > stop or not 0xC2 <= first <= 0xF4:
        return NOT_UTF8
    point = first & (0x7F >> width)
    for i in range(1, width):
        following = int64(data[at + i])
        if following & 0xC0 != 0x80:
            return NOT_UTF8
        point = point << 6 | following & 0x3F
    least = 0x80 if width == 2 else 0x800 if width == 3 else 0x10000
    if point < least or 0xD800 <= point <= 0xDFFF or point > 0x10FFFF:
        return NOT_UTF8
    return point


@kernel
def _width(first: int) -> int:
    return 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


@kernel
def _fold_hard(data: Bytes, start: int, stop: int, table: FoldTable, page: Page) -> tuple[int, int]:
    """Fold any text, one character after another."""
    key, ends, places = page.key, page.ends, page.places
    n, words, word_start, at = 0, 0, 0, start
    while at < stop:
        point = _long_point(data, at, stop)
        if point == NOT_UTF8:
            return NOT_UTF8, 0
        at += _width(int64(data[at]))
        entry = table.entries[min(point, table.entries.size - 1)]  # the last is a separator, as are all beyond
        position, length = 0, 1
        if entry >= _SEVERAL:
            position, length = int64((entry & _POSITION_MASK) >> _LENGTH_BITS), int64(entry & _LENGTH_MASK)
            if n + length + stop - at + _LANES >= key.size:
                return NO_ROOM, 0
        for i in range(length):
            code = table.several[position + i] if entry >= _SEVERAL else entry
            if code > _DROPPED:
                key[n], places[n] = code, n - word_start
                n += 1
            elif code == _SEPARATOR and n > word_start:
                ends[words] = n
                words += 1
                word_start = n
    if n > word_start:
        ends[words] = n
        words += 1
    return n, words


@kernel
def fold_text(data: Bytes, start: int, stop: int, table: FoldTable, page: Page, with_places: bool) -> tuple[int, int]:
    """Fold one text into key characters.

    Args:
        data: UTF-8 bytes.
        start: First byte of the text.
        stop: Byte after its last.
        table: The fold of every code point.
        page: Where the key characters and the ends of words go.
        with_places: Whether the places of characters in words are wanted, too.

    Returns:
        The length of the match key, NOT_UTF8 or NO_ROOM; and the number of words. There is always room
        on a page for keys of ``table.growth`` characters a byte.
    """
    if _read_points(data[start:stop], page.points):
        n, words = _fold_decoded(stop - start, table, page, with_places)
        if n != HARD:
            return n, words
    return _fold_hard(data, start, stop, table, page)


@kernel
def key_lengths(data: Bytes, offsets: Indices, table: FoldTable) -> Indices:
    """Lengths of the match keys of texts; NOT_UTF8 for one that is not."""
    lengths = np.zeros(offsets.size - 1, np.int64)
    longest = np.diff(offsets).max() if lengths.size else 0
    page = new_page(longest, table.growth * longest)
    for i in range(lengths.size):
        lengths[i], _ = fold_text(data, offsets[i], offsets[i + 1], table, page, False)
    return lengths


@kernel
def key_hash(key: Points) -> tuple[np.uint64, np.uint64]:
    """128-bit hash of a match key: sums over its characters and their places, mixed."""
    first, second = np.uint64(0), np.uint64(0)
    for i in range(key.size):
        character, place = np.uint64(key[i]) * GOLDEN, np.uint64(i)
        first += mix(character + place)
        second += mix(character ^ (place * _BASE))
    return mix(first + np.uint64(key.size)), mix(second + np.uint64(key.size))


@kernel
def word_hash(key: Points, start: int, stop: int) -> np.uint64:
    """Hash a word of key characters: a sum over its characters and their places, mixed."""
    value = np.uint64(0)
    for i in range(start, stop):
        value += mix(np.uint64(key[i]) * GOLDEN + np.uint64(i - start))
    return mix(value)


@kernel
def _word_hashes(page: Page, n: int, words: int, sums: Hashes, out: Hashes) -> None:
    """Hash every word as :func:`word_hash` does, by differences of running sums: loops that never stop short."""
    for i in range(n):
        sums[i] = mix(np.uint64(page.key[i]) * GOLDEN + np.uint64(page.places[i]))
    total = np.uint64(0)
    for i in range(n):
        total += sums[i]
        sums[i] = total
    before = np.uint64(0)
    for i in range(words):
        until = sums[page.ends[i] - np.uint32(1)]
        out[i] = mix(until - before)
        before = until


@kernel
def set_hash(values: Points) -> np.uint64:
    """Hash distinct numbers regardless of their order."""
    total = np.uint64(0)
    for i in range(values.size):
        total += mix(np.uint64(values[i]) * GOLDEN)
    return total


@kernel
def shingle_hashes(page: Page, n: int, words: int, shape: Shape, units: Hashes, out: Hashes) -> int:
    """Hash every shingle of a text, in the order of the text, repeats included.

    A character or word has a random-looking 64-bit number; a shingle's hash is the polynomial of its
    numbers modulo 2^64, mixed.

    Args:
        page: The folded text.
        n: Length of its key.
        words: Number of its words.
        shape: What a shingle is.
        units: Room for as many numbers as the text has key characters, and 2 BLOCK more.
        out: Where the hashes go; as much room.

    Returns:
        Number of shingles: none where the text is shorter than one.
    """
    if shape.by_word:
        length = words
        _word_hashes(page, n, words, out, units)
    else:
        length = n
        for i in range(n):
            units[i] = mix(np.uint64(page.key[i]) * GOLDEN)
    count = max(length - shape.size + 1, 0)
    whole = -(-count // BLOCK) * BLOCK  # beyond `count` stand numbers that nobody reads
    out[:whole] = units[:whole]
    tripled = shape.size - (shape.size - 1) % 3
    for offset in range(1, tripled, 3):  # not rolled: these loops run over many shingles at once
        first, second, third = units[offset:], units[offset + 1 :], units[offset + 2 :]
        for i in range(whole):
            out[i] = ((out[i] * _BASE + first[i]) * _BASE + second[i]) * _BASE + third[i]
    for offset in range(tripled, shape.size):
        later = units[offset:]
        for i in range(whole):
            out[i] = out[i] * _BASE + later[i]
    for i in range(whole):
        out[i] = mix(out[i])
    return count


@kernel
def minimum_hashes(shingles: Hashes, count: int, permutations: Permutations, mixed: Points, signature: Points) -> None:
    """MinHash of the lower 32 bits of shingle hashes, in datasketch's arithmetic "affine32".

    Args:
        shingles: 64-bit shingle hashes.
        count: How many of them count.
        permutations: The permutations.
        mixed: Room for `count` numbers and BLOCK more.
        signature: Where the minima go; all ones where `count` is 0.
    """
    a, b = permutations.a, permutations.b
    for j in range(count):
        h = np.uint32(shingles[j])
        h = np.uint32((h ^ (h >> np.uint32(16))) * _MURMUR_1)
        h = np.uint32((h ^ (h >> np.uint32(13))) * _MURMUR_2)
        mixed[j] = h ^ (h >> np.uint32(16))
    whole = -(-count // BLOCK) * BLOCK
    mixed[count:whole] = mixed[0]  # whole vectors: what is there twice changes no minimum
    tiled = a.size - a.size % 4
    for k in range(0, tiled, 4):  # four at a time, so that a hash is loaded a quarter as often
        least_0, least_1, least_2, least_3 = _ALL_ONES, _ALL_ONES, _ALL_ONES, _ALL_ONES
        a_0, a_1, a_2, a_3 = a[k], a[k + 1], a[k + 2], a[k + 3]
        b_0, b_1, b_2, b_3 = b[k], b[k + 1], b[k + 2], b[k + 3]
        for j in range(whole):
            h = mixed[j]
            least_0 = min(least_0, np.uint32(np.uint32(a_0 * h) + b_0))
            least_1 = min(least_1, np.uint32(np.uint32(a_1 * h) + b_1))
            least_2 = min(least_2, np.uint32(np.uint32(a_2 * h) + b_2))
            least_3 = min(least_3, np.uint32(np.uint32(a_3 * h) + b_3))
        signature[k], signature[k + 1], signature[k + 2], signature[k + 3] = least_0, least_1, least_2, least_3
    for k in range(tiled, a.size):
        least = _ALL_ONES
        for j in range(whole):
            least = min(least, np.uint32(np.uint32(a[k] * mixed[j]) + b[k]))
        signature[k] = least


BLOCK = 64
"""Numbers are worked on in so many at a time: the last are made up to it, so that no loop ends one by one."""


@kernel
def band_key(signature: Points, band: int, rows: int) -> np.uint64:
    """Hash one band of a signature; equal rows of different bands get different keys."""
    value = np.uint64(band + 1) * GOLDEN
    for k in range(band * rows, (band + 1) * rows):
        value = mix((value ^ np.uint64(signature[k])) * GOLDEN)
    return value


class SignedTexts(NamedTuple):
    """What :func:`sign_texts` finds; see :class:`saaf.deduplicate.signatures.Signed`."""

    key_hashes: Hashes
    key_lengths: Indices
    words: Indices
    shingles: Indices
    spacing: Hashes
    band_keys: Hashes


@kernel
def sign_texts(
    data: Bytes,
    offsets: Indices,
    table: FoldTable,
    shape: Shape,
    permutations: Permutations,
    bands: int,
    signatures: Points,
) -> SignedTexts:
    """Fold, shingle and sign many texts in one pass.

    Where a text is not UTF-8, the length of its key is NOT_UTF8 and no further text is signed.

    Args:
        data: UTF-8 bytes of the texts.
        offsets: Where each text begins in them, and the end of the last.
        table: The fold of every code point.
        shape: What a shingle is.
        permutations: The permutations.
        bands: Into how many bands a signature is cut.
        signatures: Where the signatures go, by text; where it has room for one only, they are not kept.
    """
    count = offsets.size - 1
    key_hashes, lengths = np.zeros((count, 2), np.uint64), np.zeros(count, np.int64)
    n_words, n_shingles = np.zeros(count, np.int64), np.zeros(count, np.int64)
    spacing, band_keys = np.zeros(count, np.uint64), np.zeros((bands, count), np.uint64)
    longest = np.diff(offsets).max() if count else 0
    page = new_page(longest, 0)
    units, shingles, mixed = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint32)
    rows = permutations.a.size // bands
    for i in range(count):
        n, words = fold_text(data, offsets[i], offsets[i + 1], table, page, shape.by_word)
        if n == NO_ROOM:
            page = new_page(longest, table.growth * longest)
            n, words = fold_text(data, offsets[i], offsets[i + 1], table, page, shape.by_word)
        lengths[i], n_words[i] = n, words
        if n == NOT_UTF8:
            break
        if units.size < n + 2 * BLOCK:
            room = 2 * n + 2 * BLOCK
            units, shingles, mixed = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint32)
        key_hashes[i, 0], key_hashes[i, 1] = key_hash(page.key[:n])
        spacing[i] = set_hash(page.ends[:words])
        n_shingles[i] = shingle_hashes(page, n, words, shape, units, shingles)
        signature = signatures[min(i, len(signatures) - 1)]
        minimum_hashes(shingles, n_shingles[i], permutations, mixed, signature)
        if n_shingles[i]:
            for band in range(bands):
                band_keys[band, i] = band_key(signature, band, rows)
    return SignedTexts(key_hashes, lengths, n_words, n_shingles, spacing, band_keys)


@kernel
def sort_distinct(values: Hashes, count: int, out: Hashes) -> int:
    """Sort random-looking numbers and leave out repeats.

    They are dealt into piles by their upper bits. As no number is then further from its place than its
    pile is high, as many rounds of swapping neighbours (odd-even transposition) finish the sort, each of
    them many swaps at once. Numbers that crowd into one pile, as repeats and hostile texts do, are sorted
    by comparisons.

    Args:
        values: The numbers.
        count: How many of them count.
        out: Where they go, sorted; room for `count`.

    Returns:
        How many are distinct.
    """
    if count == 0:
        return 0
    bits = 1
    while (1 << bits) < count:
        bits += 1
    shift = np.uint64(64 - bits)
    places = np.zeros((1 << bits) + 1, np.int32)
    for i in range(count):
        places[(values[i] >> shift) + np.uint64(1)] += np.int32(1)
    place, highest = np.int32(0), np.int32(0)
    for pile in range(places.size):
        height = places[pile]
        highest = max(highest, height)
        place += height
        places[pile] = place
    for i in range(count):
        pile = values[i] >> shift
        out[np.uint32(places[pile])] = values[i]
        places[pile] += np.int32(1)
    if highest > _CROWD:
        out[:count] = np.sort(out[:count])
    else:
        for step in range(highest):
            shifted = out[step & 1 :]
            for i in range((count - (step & 1)) // 2):
                left, right = shifted[2 * i], shifted[2 * i + 1]
                shifted[2 * i], shifted[2 * i + 1] = min(left, right), max(left, right)
    distinct, last = 1, out[0]
    for i in range(1, count):
        value = out[i]
        out[distinct] = value
        distinct += value != last
        last = value
    return distinct


_CROWD = 64


@kernel
def _winnow(grams: Hashes, count: int, window: int, out: Hashes) -> int:
    """The least of every `window` hashes in a row, the last of equals; returns how many there are."""
    chosen, least = 0, -1
    for stop in range(max(min(window, count), 1), count + 1):
        start = max(stop - window, 0)
        if least >= start and grams[stop - 1] > grams[least]:
            continue
        before = least
        if least >= start:
            least = stop - 1
        else:
            least = start
            for i in range(start, stop):
                if grams[i] <= grams[least]:
                    least = i
        if least != before:
            out[chosen] = grams[least]
            chosen += 1
    return chosen


@kernel
def anchors(
    data: Bytes, offsets: Indices, table: FoldTable, shape: Shape, gram: int, window: int
) -> tuple[Hashes, Indices]:
    """Choose hashes of a text's grams such that texts with a common passage choose a common one.

    Args:
        data: UTF-8 bytes of the texts.
        offsets: Where each text begins in them, and the end of the last.
        table: The fold of every code point.
        shape: What a shingle is.
        gram: Characters or words of a gram.
        window: Of so many grams in a row at least one is chosen.

    Returns:
        The distinct hashes of each text, sorted, text after text; and where each text's begin.
    """
    count = offsets.size - 1
    longest = np.diff(offsets).max() if count else 0
    page = new_page(longest, table.growth * longest)
    units, grams = np.empty(2 * BLOCK, np.uint64), np.empty(2 * BLOCK, np.uint64)
    bounds = np.zeros(count + 1, np.int64)
    chosen = np.empty(max(offsets[count] - offsets[0], 16), np.uint64)
    for i in range(count):
        n, words = fold_text(data, offsets[i], offsets[i + 1], table, page, shape.by_word)
        if units.size < n + 2 * BLOCK:
            room = 2 * n + 2 * BLOCK
            units, grams = np.empty(room, np.uint64), np.empty(room, np.uint64)
        n_grams = shingle_hashes(page, n, words, Shape(shape.by_word, gram), units, grams)
        n_chosen = _winnow(grams, n_grams, window, units)
        if chosen.size < bounds[i] + n_chosen:
            larger = np.empty(2 * (bounds[i] + n_chosen), np.uint64)
            larger[: bounds[i]] = chosen[: bounds[i]]
            chosen = larger
        bounds[i + 1] = bounds[i] + sort_distinct(units, n_chosen, chosen[bounds[i] :])
    return chosen[: bounds[count]].copy(), bounds


@kernel
def common(left: Hashes, right: Hashes, least: int) -> int:
    """How many numbers two sorted arrays of distinct numbers share; -1 as soon as it must be under `least`.

    Blocks of eight are held against each other whole; then the one that ends first makes way for the
    next of its array. So each pair of equal numbers meets in one pair of blocks.
    """
    i, j, shared = 0, 0, 0
    if min(left.size, right.size) < least:
        return -1
    left_spare, right_spare = left.size - least, right.size - least
    while i + 8 <= left.size and j + 8 <= right.size:
        a, b = left[i + 7], right[j + 7]
        shared += _equals(left, i, right, j)
        i += 8 * (a <= b)
        j += 8 * (b <= a)
        if i - shared > left_spare or j - shared > right_spare:
            return -1
    while i < left.size and j < right.size:
        a, b = left[i], right[j]
        shared += a == b
        i += a <= b
        j += b <= a
    return shared if shared >= least else -1


@kernel
def includes(larger: Hashes, smaller: Hashes) -> bool:
    """Whether a sorted array of distinct numbers holds all those of another."""
    i = 0
    for value in smaller:
        while i < larger.size and larger[i] < value:
            i += 1
        if i == larger.size or larger[i] != value:
            return False
    return True


@kernel
def shingle_sets(data: Bytes, offsets: Indices, table: FoldTable, shape: Shape) -> tuple[Hashes, Indices]:
    """The shingles of texts as sets.

    Args:
        data: UTF-8 bytes of the texts, valid.
        offsets: Where each text begins in them, and the end of the last.
        table: The fold of every code point.
        shape: What a shingle is.

    Returns:
        The distinct hashes of each text, sorted, text after text; and where each text's begin.
    """
    count = offsets.size - 1
    longest = np.diff(offsets).max() if count else 0
    page = new_page(longest, table.growth * longest)
    room = table.growth * longest + 2 * BLOCK
    units, hashes = np.empty(room, np.uint64), np.empty(room, np.uint64)
    bounds = np.zeros(count + 1, np.int64)
    sets = np.empty(offsets[count] - offsets[0] + room, np.uint64)
    for i in range(count):
        n, words = fold_text(data, offsets[i], offsets[i + 1], table, page, shape.by_word)
        found = shingle_hashes(page, n, words, shape, units, hashes)
        if sets.size < bounds[i] + found:
            larger = np.empty(2 * (bounds[i] + found), np.uint64)
            larger[: bounds[i]] = sets[: bounds[i]]
            sets = larger
        bounds[i + 1] = bounds[i] + sort_distinct(hashes, found, sets[bounds[i] :])
    return sets[: bounds[count]].copy(), bounds


@kernel
def similarities(sets: Hashes, bounds: Indices, left: Indices, right: Indices) -> npt.NDArray[np.float64]:
    """Jaccard similarity of pairs of the sets that :func:`shingle_sets` gives."""
    found = np.zeros(left.size, np.float64)
    for pair in range(left.size):
        a = sets[bounds[left[pair]] : bounds[left[pair] + 1]]
        b = sets[bounds[right[pair]] : bounds[right[pair] + 1]]
        shared = common(a, b, 0)
        found[pair] = shared / max(a.size + b.size - shared, 1)
    return found


# -- numbers ------------------------------------------------------------------------------------
# The same reading as saaf.deduplicate.quantities, which explains it.


class Lexicon(NamedTuple):
    """Number words by their hash: a table with open addressing, empty where the kind is 0.

    Attributes:
        hashes: Hash of the word.
        kinds: One of the kinds below.
        values: What it stands for.
    """

    hashes: Hashes
    kinds: npt.NDArray[np.int8]
    values: Indices


NUMBER, DOUBTFUL, SCALE, CONJUNCTION = 1, 2, 3, 4
_HUNDRED = 100
_ZERO, _NINE, _WAW = np.uint32(ord("0")), np.uint32(ord("9")), np.uint32(ord("و"))
_LONGEST_AMOUNT = 15

# What an amount in the making is made of: places in an array.
_TOTAL, _LEAST_SCALE, _COUNT, _HAS_COUNT, _SPELLED, _STATED = range(6)


@kernel
def _close(state: Indices, out: Hashes) -> None:
    if state[_HAS_COUNT] or state[_LEAST_SCALE]:
        out[state[_STATED]] = np.uint64(state[_TOTAL] + (state[_COUNT] if state[_HAS_COUNT] else 0))
        state[_STATED] += 1
    state[:_STATED] = 0


@kernel
def _adds(count: int, value: int) -> bool:
    if count >= _HUNDRED and count % _HUNDRED == 0:
        return value < _HUNDRED
    rest = count % _HUNDRED
    tens_then_unit = rest >= 20 and rest % 10 == 0 and 0 < value < 10
    unit_then_tens = 0 < rest < 10 and value % 10 == 0 and 10 <= value < _HUNDRED
    return tens_then_unit or unit_then_tens


@kernel
def _add(state: Indices, value: int, spelled: bool, out: Hashes) -> None:
    if state[_HAS_COUNT]:
        if spelled and state[_SPELLED] and _adds(state[_COUNT], value):
            state[_COUNT] += value
            return
        _close(state, out)
    elif state[_LEAST_SCALE] and value >= state[_LEAST_SCALE]:
        _close(state, out)
    state[_COUNT], state[_HAS_COUNT], state[_SPELLED] = value, 1, int64(spelled)


@kernel
def _multiply(state: Indices, value: int, out: Hashes) -> None:
    if value == _HUNDRED:
        if state[_HAS_COUNT] and not 0 < state[_COUNT] < _HUNDRED:
            _close(state, out)
        state[_COUNT] = _HUNDRED * (state[_COUNT] if state[_HAS_COUNT] else 1)
        state[_HAS_COUNT], state[_SPELLED] = 1, 1
        return
    count = state[_COUNT] if state[_HAS_COUNT] else 1
    state[_HAS_COUNT] = 0
    if state[_LEAST_SCALE] and value >= state[_LEAST_SCALE]:
        _close(state, out)
    state[_TOTAL] += value * count
    state[_LEAST_SCALE] = value


@kernel
def _is_digit(code: np.uint32) -> bool:
    return bool(_ZERO <= code <= _NINE)


@kernel
def _digits_at(key: Points, start: int, stop: int) -> int:
    """How many digits stand from here on."""
    n = 0
    while start + n < stop and _is_digit(key[start + n]):
        n += 1
    return n


@kernel
def _run_of_digits(state: Indices, key: Points, start: int, stop: int, out: Hashes) -> None:
    while start < stop - 1 and key[start] == _ZERO:
        start += 1
    if stop - start > _LONGEST_AMOUNT:
        _close(state, out)
        out[state[_STATED]] = word_hash(key, start, stop)
        state[_STATED] += 1
        return
    value = int64(0)
    for i in range(start, stop):
        value = value * 10 + int64(key[i] - _ZERO)
    _add(state, value, False, out)


@kernel
def _group_length(key: Points, ends: Points, words: int, at: int) -> int:
    """How many words of digits from here are one number: 1,250,000 or, as in South Asia, 12,50,000."""
    lengths = np.zeros(6, np.int64)
    known = 0
    while known < lengths.size and at + known < words:
        start = int64(ends[at + known - 1]) if at + known else 0
        stop = int64(ends[at + known])
        if _digits_at(key, start, stop) != stop - start:
            break
        lengths[known] = stop - start
        known += 1
    threes = 1
    while threes < known and lengths[threes] == 3:
        threes += 1
    if threes > 1 and lengths[0] <= 3:
        return threes
    twos = 1
    while twos < known and lengths[twos] == 2:
        twos += 1
    if 1 < twos < known and lengths[0] <= 2 and lengths[twos] == 3:
        return twos + 1
    return 1


@kernel
def look_up(lexicon: Lexicon, word: np.uint64) -> int:
    """Where a word stands in the lexicon; -1 where it does not."""
    mask = np.uint64(lexicon.hashes.size - 1)
    slot = word & mask
    while lexicon.kinds[slot]:
        if lexicon.hashes[slot] == word:
            return int64(slot)
        slot = (slot + np.uint64(1)) & mask
    return -1


@kernel
def _kind_of(key: Points, ends: Points, words: int, at: int, lexicon: Lexicon) -> int:
    if at < 0 or at >= words:
        return 0
    found = look_up(lexicon, word_hash(key, int64(ends[at - 1]) if at else 0, int64(ends[at])))
    return int64(lexicon.kinds[found]) if found >= 0 else 0


@kernel
def _spelled_word(
    state: Indices, key: Points, ends: Points, words: int, at: int, lexicon: Lexicon, out: Hashes
) -> None:
    start, stop = int64(ends[at - 1]) if at else 0, int64(ends[at])
    found = look_up(lexicon, word_hash(key, start, stop))
    kind = int64(lexicon.kinds[found]) if found >= 0 else 0
    if kind == DOUBTFUL:
        beside_scale = (
            _kind_of(key, ends, words, at - 1, lexicon) == SCALE or _kind_of(key, ends, words, at + 1, lexicon) == SCALE
        )
        kind = NUMBER if beside_scale else 0
    elif kind == 0 and key[start] == _WAW and stop - start > 1:
        found = look_up(lexicon, word_hash(key, start + 1, stop))
        kind = int64(lexicon.kinds[found]) if found >= 0 else 0
        if kind in (DOUBTFUL, CONJUNCTION):
            kind = 0
    if kind == NUMBER:
        _add(state, lexicon.values[found], True, out)
    elif kind == SCALE:
        _multiply(state, lexicon.values[found], out)
    elif kind == 0:
        _close(state, out)


@kernel
def quantities(key: Points, ends: Points, words: int, lexicon: Lexicon, out: Hashes) -> int:
    """The numbers that a text states, sorted.

    Args:
        key: The text's key characters.
        ends: Ends of its words.
        words: Number of its words.
        lexicon: Number words.
        out: Where the numbers go; room for as many as the text has characters.

    Returns:
        How many distinct numbers there are.
    """
    state = np.zeros(6, np.int64)
    at = 0
    while at < words:
        start, stop = int64(ends[at - 1]) if at else 0, int64(ends[at])
        if _digits_at(key, start, stop) == stop - start:
            length = _group_length(key, ends, words, at)
            _run_of_digits(state, key, start, int64(ends[at + length - 1]), out)
            at += length
            continue
        has_digit = False
        for i in range(start, stop):
            has_digit |= _is_digit(key[i])
        if not has_digit:
            _spelled_word(state, key, ends, words, at, lexicon, out)
        while has_digit and start < stop:
            run = _digits_at(key, start, stop)
            if run:
                _run_of_digits(state, key, start, start + run, out)
            else:
                _close(state, out)
            start += max(run, 1)
        at += 1
    _close(state, out)
    stated = np.sort(out[: state[_STATED]])
    distinct = 0
    for i in range(stated.size):
        if i == 0 or stated[i] != stated[i - 1]:
            out[distinct] = stated[i]
            distinct += 1
    return distinct


# -- the keep policy ----------------------------------------------------------------------------


class Reading(NamedTuple):
    """How texts are read: the fold of every code point, what a shingle is, the number words."""

    table: FoldTable
    shape: Shape
    lexicon: Lexicon


class Texts(NamedTuple):
    """Texts by number: UTF-8 bytes, where each begins and how long it is."""

    data: Bytes
    starts: Indices
    lengths: Indices


class Meetings(NamedTuple):
    """Which documents share buckets, and which of those are kept so far.

    Attributes:
        members: Numbers of documents, bucket after bucket, ascending in each. As documents are
            decided, those kept move to the front of their bucket.
        starts: Where each bucket begins in `members`.
        kept: How many documents at the front of each bucket are kept and compared with.
        anchors: Whether a bucket is of an anchor, which many texts may share by chance.
        buckets: Buckets by document.
        bucket_starts: Where the buckets of each document begin, and the end of the last.
    """

    members: Indices
    starts: Indices
    kept: Indices
    anchors: npt.NDArray[np.bool_]
    buckets: Indices
    bucket_starts: Indices


class Rules(NamedTuple):
    """The configuration, as far as pairs are concerned.

    Attributes:
        old: Documents with a lower number than this are of earlier runs: kept from the start.
        threshold: Jaccard similarity of copies.
        containment: Share of the smaller shingle set that makes it contained; above 1 for never.
        drop_contained: Whether a contained document goes.
        numbers_under: Words under which both texts' numbers must agree.
        max_bucket: Kept documents of a bucket that are met, and of all its buckets that a document is
            compared with.
        max_anchored: The same for a bucket of an anchor.
        anchor_bytes: Texts that met at anchors only must share one for so many bytes of the shorter.
    """

    old: int
    threshold: float
    containment: float
    drop_contained: bool
    numbers_under: int
    max_bucket: int
    max_anchored: int
    anchor_bytes: int


class Verdicts(NamedTuple):
    """What is decided, by document.

    Attributes:
        kept_for: The kept document that this one is dropped for; -1 while it is kept.
        similarity: To that one: Jaccard similarity, or containment where that is the method.
        method: EXACT, NEAR or CONTAINED.
        around: For a kept document that stands within another kept one, that one; else -1.
        share: The share of its shingles that stand there.
        apart_from: For a document that is kept only because its numbers differ from those of a similar kept one
            ahead of it, the first such one that was met; else -1.
        compared: How many kept documents it was compared with.
        beyond: How many kept members of its buckets it was not compared with, buckets being too large.
        kept_beyond: For each bucket, how many of its kept documents none is compared with.
    """

    kept_for: Indices
    similarity: npt.NDArray[np.float64]
    method: npt.NDArray[np.int8]
    around: Indices
    share: npt.NDArray[np.float64]
    apart_from: Indices
    compared: Indices
    beyond: Indices
    kept_beyond: Indices


EXACT, NEAR, CONTAINED, APART, NOTHING = range(5)


class Places(NamedTuple):
    """What threads note down of documents; each touches only those of its own part.

    Attributes:
        block: Where a document's block stands in the arena of the thread; -1 where it does not.
        seen: The last document that met this one.
        bands: How many bands it shares with that one.
        anchors: How many anchors it shares with that one.
        described: Whether the following are known.
        key_hash: Hash of its match key.
        short: Whether its numbers count.
        number_bits: For each of its numbers a bit.
    """

    block: Indices
    seen: Indices
    bands: Indices
    anchors: Indices
    described: npt.NDArray[np.bool_]
    key_hash: Hashes
    short: npt.NDArray[np.bool_]
    number_bits: Hashes


class Room(NamedTuple):
    """Memory of one thread.

    Attributes:
        arena: Blocks of what is known of single texts, one after another, the oldest overwritten.
        resident: Numbers of the documents whose blocks are in the arena, oldest first, in a ring.
        ends: First place, length and free place of that ring, and the arena's free place.
        own: The block of the document that is being decided.
        other: A block on its way into the arena.
        found: For the documents that it meets.
        inside: For those of them that stand within it.
        shares: For the share of their shingles that do.
        page: For a folded text.
        other_page: For another one.
        units: For hashes.
        hashes: For hashes.
    """

    arena: Hashes
    resident: Indices
    ends: Indices
    own: Hashes
    other: Hashes
    found: Indices
    inside: Indices
    shares: npt.NDArray[np.float64]
    page: Page
    other_page: Page
    units: Hashes
    hashes: Hashes


# A block: hash of the match key, its length, words, numbers, numbers of bits, shingles; the numbers; bits of
# the shingles; the shingles. What rules most pairs out stands first.
_KEY_HASH, _KEY_LENGTH, _WORDS, _NUMBERS, _BITS, _SHINGLES, _HEAD = range(7)
_BIT_WORDS = 32
_MANY = 16
"""Documents that meet more than so many get bits, which rule out most pairs that share few shingles."""
_BIT_MASK = np.uint64(_BIT_WORDS * 64 - 1)


@kernel
def _numbers_of(block: Hashes) -> Hashes:
    return block[_HEAD : _HEAD + int64(block[_NUMBERS])]


@kernel
def _bits_of(block: Hashes) -> Hashes:
    start = _HEAD + int64(block[_NUMBERS])
    return block[start : start + int64(block[_BITS])]


@kernel
def _shingles_of(block: Hashes) -> Hashes:
    start = _HEAD + int64(block[_NUMBERS]) + int64(block[_BITS])
    return block[start : start + int64(block[_SHINGLES])]


@kernel
def _set_bits(shingles: Hashes, bits: Hashes) -> None:
    bits[:] = 0
    for i in range(shingles.size):
        bit = shingles[i] & _BIT_MASK
        bits[int64(bit >> np.uint64(6))] |= np.uint64(1) << (bit & np.uint64(63))


@kernel
def describe_text(
    texts: Texts,
    number: int,
    reading: Reading,
    numbers_under: int,
    room: Room,
    places: Places,
    with_bits: bool,
    block: Hashes,
) -> int:
    """Write the block of a text, and note what rules most pairs out; returns the block's length."""
    start = texts.starts[number]
    page, by_word = room.page, reading.shape.by_word
    n, words = fold_text(texts.data, start, start + texts.lengths[number], reading.table, page, by_word)
    block[_KEY_HASH], _ = key_hash(page.key[:n])
    block[_KEY_LENGTH], block[_WORDS] = np.uint64(n), np.uint64(words)
    numbers = 0
    if words < numbers_under:
        numbers = quantities(page.key, page.ends, words, reading.lexicon, block[_HEAD:])
    block[_NUMBERS] = np.uint64(numbers)
    count = shingle_hashes(page, n, words, reading.shape, room.units, room.hashes)
    bits = _BIT_WORDS if with_bits else 0
    shingles = block[_HEAD + numbers + bits :]
    distinct = sort_distinct(room.hashes, count, shingles)
    block[_BITS], block[_SHINGLES] = np.uint64(bits), np.uint64(distinct)
    if with_bits:
        _set_bits(shingles[:distinct], _bits_of(block))
    places.key_hash[number] = block[_KEY_HASH]
    places.short[number] = words < numbers_under
    places.number_bits[number] = 0
    for value in _numbers_of(block):
        places.number_bits[number] |= np.uint64(1) << (mix(value) & np.uint64(63))
    places.described[number] = True
    return _HEAD + numbers + bits + distinct


@kernel
def _popcount(value: np.uint64) -> np.uint64:
    value -= (value >> np.uint64(1)) & np.uint64(0x5555555555555555)
    value = (value & np.uint64(0x3333333333333333)) + ((value >> np.uint64(2)) & np.uint64(0x3333333333333333))
    value = (value + (value >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (value * np.uint64(0x0101010101010101)) >> np.uint64(56)


@kernel
def _most_common(own: Hashes, other: Hashes) -> int:
    """A bound on the shingles that two texts share, from the bits of their shingles.

    A bit that only one of them has stands for at least one shingle that only that one has.
    """
    only_own, only_other = np.uint64(0), np.uint64(0)
    own_bits, other_bits = _bits_of(own), _bits_of(other)
    for i in range(min(own_bits.size, other_bits.size)):
        only_own += _popcount(own_bits[i] & ~other_bits[i])
        only_other += _popcount(other_bits[i] & ~own_bits[i])
    return min(int64(own[_SHINGLES] - only_own), int64(other[_SHINGLES] - only_other))


@kernel
def _numbers_agree(own: Hashes, other: Hashes, numbers_under: int) -> bool:
    if max(own[_WORDS], other[_WORDS]) >= np.uint64(numbers_under):
        return True
    first, second = _numbers_of(own), _numbers_of(other)
    return includes(first, second) if first.size >= second.size else includes(second, first)


@kernel
def _surely_apart(number: int, other: int, places: Places) -> bool:
    """Whether the notes alone show that neither's numbers include the other's and that the keys differ."""
    if not (places.described[other] and places.short[number] and places.short[other]):
        return False
    own_bits, other_bits = places.number_bits[number], places.number_bits[other]
    each_has_its_own = (own_bits & ~other_bits) != 0 and (other_bits & ~own_bits) != 0
    return bool(each_has_its_own and places.key_hash[number] != places.key_hash[other])


@kernel
def _same_key(texts: Texts, number: int, other: int, table: FoldTable, room: Room) -> bool:
    start = texts.starts[number]
    n, _ = fold_text(texts.data, start, start + texts.lengths[number], table, room.page, False)
    start = texts.starts[other]
    m, _ = fold_text(texts.data, start, start + texts.lengths[other], table, room.other_page, False)
    if n != m:
        return False
    differing = 0
    for i in range(n):
        differing += room.page.key[i] != room.other_page.key[i]
    return differing == 0


_OLDEST, _RESIDENTS, _FREE = 0, 1, 2


@kernel
def _make_way(room: Room, places: Indices, start: int, stop: int) -> None:
    """Forget the oldest blocks as long as they lie between two places of the arena."""
    while room.ends[_RESIDENTS]:
        number = room.resident[room.ends[_OLDEST]]
        if not start <= places[number] < stop:
            break
        places[number] = -1
        room.ends[_OLDEST] = (room.ends[_OLDEST] + 1) % room.resident.size
        room.ends[_RESIDENTS] -= 1


@kernel
def _remember(room: Room, places: Indices, number: int, block: Hashes) -> None:
    """Put a document's block into the arena."""
    start = room.ends[_FREE]
    if start + block.size > room.arena.size:
        _make_way(room, places, start, room.arena.size)
        start = 0
    _make_way(room, places, start, start + block.size)
    room.arena[start : start + block.size] = block
    places[number] = start
    room.resident[(room.ends[_OLDEST] + room.ends[_RESIDENTS]) % room.resident.size] = number
    room.ends[_RESIDENTS] += 1
    room.ends[_FREE] = start + block.size


@kernel
def _meet(number: int, meetings: Meetings, texts: Texts, rules: Rules, places: Places, found: Indices) -> int:
    """Find the kept documents that share a bucket with this one; returns how many."""
    count = 0
    for at in range(meetings.bucket_starts[number], meetings.bucket_starts[number + 1]):
        bucket = meetings.buckets[at]
        start = meetings.starts[bucket]
        for other in meetings.members[start : start + meetings.kept[bucket]]:
            if places.seen[other] != number:
                places.seen[other], places.bands[other], places.anchors[other] = number, 0, 0
                found[count] = other
                count += 1
            if meetings.anchors[bucket]:
                places.anchors[other] += 1
            else:
                places.bands[other] += 1
    likely = 0
    for other in found[:count]:
        shorter = min(texts.lengths[number], texts.lengths[other])
        if places.bands[other] or places.anchors[other] * rules.anchor_bytes >= shorter:
            found[likely] = other
            likely += 1
    return likely


@kernel
def _choose(found: Indices, count: int, most: int, places: Places) -> int:
    """Keep those that share the most bands and anchors; of equals the first found. Returns how many."""
    shares = np.zeros(_MOST_SHARED + 1, np.int64)
    for other in found[:count]:
        shares[min(places.bands[other] + places.anchors[other], _MOST_SHARED)] += 1
    least, above = _MOST_SHARED, 0
    while above + shares[least] < most:
        above += shares[least]
        least -= 1
    chosen, equals = 0, most - above
    for other in found[:count]:
        shared = min(places.bands[other] + places.anchors[other], _MOST_SHARED)
        if shared > least or (shared == least and equals > 0):
            equals -= shared == least
            found[chosen] = other
            chosen += 1
    return chosen


_MOST_SHARED = 255


@kernel
def _least_common(own: Hashes, other: Hashes, rules: Rules, similarity: float, contained: bool) -> int:
    """How many shingles two texts must share to matter; a hair too few rather than too many."""
    sizes = np.float64(own[_SHINGLES]) + np.float64(other[_SHINGLES])
    least = int64(similarity * sizes / (1.0 + similarity))
    if contained:
        smaller = np.float64(min(own[_SHINGLES], other[_SHINGLES]))
        least = min(least, int64(rules.containment * smaller))
    return max(least, 1)


@kernel
def _compare(
    number: int,
    other: int,
    block: Hashes,
    best: float,
    apart: bool,
    texts: Texts,
    reading: Reading,
    rules: Rules,
    room: Room,
) -> tuple[int, float]:
    """Compare the document in ``room.own`` with another, as far as it can matter.

    Args:
        number: The document.
        other: The other one.
        block: Its block.
        best: Similarity of the best copy so far; what is less similar does not matter.
        apart: Whether numbers are known to keep it apart from some other.
        texts: The texts.
        reading: How texts are read.
        rules: The configuration.
        room: The thread's memory.

    Returns:
        EXACT, NEAR and the Jaccard similarity; CONTAINED and the share of the smaller set; APART; or NOTHING.
    """
    own = room.own
    if own[_KEY_HASH] == block[_KEY_HASH] and own[_KEY_LENGTH] > 0:  # noqa: SIM102 - the second test is dear
        if _same_key(texts, number, other, reading.table, room):
            return EXACT, 1.0
    agree = _numbers_agree(own, block, rules.numbers_under)
    if own[_SHINGLES] == 0 or block[_SHINGLES] == 0 or (apart and not agree):
        return NOTHING, 0.0
    enough = max(rules.threshold, best) if agree else rules.threshold
    least = _least_common(own, block, rules, enough, agree and rules.containment <= 1.0)
    if _most_common(own, block) < least:
        return NOTHING, 0.0
    shared = common(_shingles_of(own), _shingles_of(block), least)
    if shared < 0:
        return NOTHING, 0.0
    similarity = shared / (np.float64(own[_SHINGLES]) + np.float64(block[_SHINGLES]) - shared)
    if similarity >= rules.threshold:
        return (NEAR if agree else APART), similarity
    share = shared / np.float64(min(own[_SHINGLES], block[_SHINGLES]))
    return (CONTAINED if agree and share >= rules.containment else NOTHING), share


@kernel
def _judge(
    number: int,
    count: int,
    texts: Texts,
    reading: Reading,
    rules: Rules,
    places: Places,
    room: Room,
    verdicts: Verdicts,
) -> None:
    """Hold a document, whose block is in ``room.own``, against the kept ones in ``room.found``."""
    best, best_similarity, method, apart_from = -1, 0.0, NEAR, -1
    around, around_share, inside = -1, 0.0, 0
    for other in room.found[:count]:
        apart = apart_from >= 0
        if apart and _surely_apart(number, other, places):
            continue
        if places.block[other] < 0:
            length = describe_text(texts, other, reading, rules.numbers_under, room, places, count > _MANY, room.other)
            _remember(room, places.block, other, room.other[:length])
        block = room.arena[places.block[other] :]
        kind, value = _compare(number, other, block, best_similarity, apart, texts, reading, rules, room)
        if kind == APART:
            apart_from = other if apart_from < 0 else apart_from
        elif kind == CONTAINED and room.own[_SHINGLES] > block[_SHINGLES]:
            room.inside[inside], room.shares[inside] = other, value
            inside += 1
        elif kind == CONTAINED:
            if value > around_share or (value == around_share and other < around):
                around, around_share = other, value
        elif kind != NOTHING and (value > best_similarity or (value == best_similarity and other < best)):
            best, best_similarity, method = other, value, kind
    if best < 0 and around >= 0 and rules.drop_contained:
        best, best_similarity, method = around, around_share, CONTAINED
    if best >= 0:
        verdicts.kept_for[number], verdicts.similarity[number], verdicts.method[number] = best, best_similarity, method
        return
    verdicts.apart_from[number] = apart_from
    verdicts.around[number], verdicts.share[number] = around, around_share
    for i in range(inside):
        other = room.inside[i]
        if room.shares[i] > verdicts.share[other]:
            verdicts.around[other], verdicts.share[other] = number, room.shares[i]


@kernel
def decide(
    numbers: Indices,
    meetings: Meetings,
    texts: Texts,
    reading: Reading,
    rules: Rules,
    places: Places,
    room: Room,
    verdicts: Verdicts,
) -> None:
    """Decide documents one after another; see :mod:`saaf.deduplicate.policy`.

    Args:
        numbers: The documents; those that meet must be ascending, and none may meet one that is not here.
        meetings: Who shares buckets with whom.
        texts: The texts of all of them.
        reading: How texts are read.
        rules: The configuration.
        places: Notes, by document.
        room: The thread's memory.
        verdicts: Where the verdicts go.
    """
    room.ends[:] = 0
    for number in numbers:
        count, length = 0, 0
        if number >= rules.old:
            met = _meet(number, meetings, texts, rules, places, room.found)
            count = _choose(room.found, met, rules.max_bucket, places) if met > rules.max_bucket else met
            verdicts.compared[number] = count
            verdicts.beyond[number] = met - count
        if count:
            length = describe_text(texts, number, reading, rules.numbers_under, room, places, count > _MANY, room.own)
            _judge(number, count, texts, reading, rules, places, room, verdicts)
        stays = verdicts.kept_for[number] < 0
        if stays and count:
            _remember(room, places.block, number, room.own[:length])
        for at in range(meetings.bucket_starts[number], meetings.bucket_starts[number + 1]):
            bucket = meetings.buckets[at]
            if number >= rules.old:
                verdicts.beyond[number] += verdicts.kept_beyond[bucket]
            most = rules.max_anchored if meetings.anchors[bucket] else rules.max_bucket
            if stays and meetings.kept[bucket] < most:
                meetings.members[meetings.starts[bucket] + meetings.kept[bucket]] = number
                meetings.kept[bucket] += 1
            elif stays:
                verdicts.kept_beyond[bucket] += 1


@kernel
def _root(parents: Indices, number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


@kernel
def components(members: Indices, starts: Indices, count: int) -> Indices:
    """For each document the lowest number that it is joined with by buckets, near or far."""
    parents = np.arange(count)
    for bucket in range(starts.size - 1):
        for at in range(starts[bucket] + 1, starts[bucket + 1]):
            left, right = _root(parents, members[at - 1]), _root(parents, members[at])
            parents[max(left, right)] = min(left, right)
    for number in range(count):
        parents[number] = _root(parents, number)
    return parents
