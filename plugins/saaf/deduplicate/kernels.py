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

from saaf.deduplicate.foldtable import DROPPED, LENGTH_BITS, OTHER, SEPARATOR, SEVERAL, FoldTable
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
_LOWER_HALF = np.uint64(0xFFFFFFFF)

NOT_UTF8 = -1
"""What :func:`fold_text` returns for bytes that are not UTF-8."""
NO_ROOM = -2
"""What :func:`fold_text` returns where a text's codes outgrow the room."""


BLOCK = 64
"""Numbers are worked on in so many at a time: what comes after the last is worked on, too, and not used.

A loop that ends one by one takes as long for its end, which no processor foresees, as for some hundred numbers.
"""


@kernel
def whole(count: int) -> int:
    """How many numbers that is, in whole blocks."""
    return (count + BLOCK - 1) // BLOCK * BLOCK


@kernel
def mix(value: np.uint64) -> np.uint64:
    """SplitMix64's finalizer: a bijection of 64-bit numbers in which every bit depends on all."""
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


# -- instructions -------------------------------------------------------------------------------
# What AVX-512 does at once and no compiler makes of a loop: leaving out some of a vector's numbers.


def _compiles_for(*names: str) -> bool:
    """Whether numba compiles for a processor that has some features, by LLVM's names for them."""
    chosen: Any = numba.config
    if chosen.CPU_FEATURES is not None:
        return all(f"+{name}" in chosen.CPU_FEATURES.split(",") for name in names)
    if chosen.CPU_NAME is not None:
        return False  # another processor than this one, whose features are not known here
    features = llvmlite.binding.get_host_cpu_features()
    return all(features.get(name, False) for name in names)


_VECTORS = _compiles_for("avx512vbmi", "avx512vbmi2", "avx512vl", "bmi2")
"""Whether bytes are looked up and left out of vectors (AVX-512 VBMI2)."""
_INTERSECTS = _compiles_for("avx512vp2intersect")
"""Whether vectors are intersected by one instruction."""


_compiler: Any = cgutils
_types: Any = types


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

    def pointer(self, array_type: Any, array: Any, at: Any, kind: Any = None) -> Any:
        """Where a vector of an array begins."""
        data = self._context.make_array(array_type)(self._context, self.builder, array).data
        return self.builder.bitcast(self.builder.gep(data, [at]), (kind or self.type).as_pointer())

    def load(self, array_type: Any, array: Any, at: Any) -> Any:
        """The numbers that stand from a place on."""
        loaded = self.builder.load(self.pointer(array_type, array, at))
        loaded.align = self._align
        return loaded

    def load_constant(self, array_type: Any, array: Any, at: Any) -> Any:
        """The same, of an array that nothing writes to: it need not be loaded in every turn of a loop."""
        loaded = self.load(array_type, array, at)
        loaded.set_metadata("invariant.load", self.builder.module.add_metadata([]))
        return loaded

    def store(self, vector: Any, array_type: Any, array: Any, at: Any) -> None:
        """Write a whole vector from a place on."""
        self.builder.store(vector, self.pointer(array_type, array, at)).align = self._align

    def all(self, number: Any, kind: Any = None) -> Any:
        """A vector of the same number, as many as of its own type or of another one."""
        kind = kind or self.type
        first = self.builder.insert_element(ir.Constant(kind, ir.Undefined), number, ir.IntType(32)(0))
        of_first = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), None)
        return self.builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), of_first)

    def constant(self, number: int) -> Any:
        """A vector of the same number, known beforehand."""
        return ir.Constant(self.type, [number] * self.type.count)

    def mixed(self, value: Any) -> Any:
        """What :func:`mix` makes of numbers of 64 bits."""

        def shifted(value: Any, bits: int) -> Any:
            return self.builder.xor(value, self.builder.lshr(value, self.constant(bits)))

        value = self.builder.mul(shifted(value, 30), self.constant(int(_MIX_1)))
        return shifted(self.builder.mul(shifted(value, 27), self.constant(int(_MIX_2))), 31)

    def compress(self, vector: Any, mask: Any) -> Any:
        """The chosen numbers, moved to the front."""
        kind = ir.FunctionType(vector.type, [vector.type, vector.type, mask.type])
        name = f"llvm.x86.avx512.mask.compress.v{vector.type.count}{vector.type.element}"
        function = _compiler.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [vector, ir.Constant(vector.type, None), mask])

    def look_up(self, places: Any, lower: Any, upper: Any) -> Any:
        """Bytes of a table of 128: those at the places that the lower seven bits of bytes name."""
        kind = ir.FunctionType(self.type, [self.type, self.type, self.type])
        function = _compiler.get_or_insert_function(self.builder.module, kind, "llvm.x86.avx512.vpermi2var.qi.512")
        return self.builder.call(function, [lower, places, upper])

    def intersected(self, own: Any, other: Any) -> Any:
        """Which numbers of 64 bits are among those of another vector."""
        mask = ir.VectorType(ir.IntType(1), 8)
        kind = ir.FunctionType(ir.LiteralStructType([mask, mask]), [own.type, other.type])
        name = "llvm.x86.avx512.vp2intersect.q.512"
        found = self.builder.call(_compiler.get_or_insert_function(self.builder.module, kind, name), [own, other])
        return self.builder.extract_value(found, 0)

    def bits(self, mask: Any) -> Any:
        """A mask as a number."""
        return self.builder.bitcast(mask, ir.IntType(mask.type.count))

    def count(self, mask: Any) -> Any:
        """How many are chosen."""
        return self.builder.zext(self.builder.ctpop(self.bits(mask)), ir.IntType(64))


def _instruction(write: Callable[..., Any]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", intrinsic(write))


@_instruction
def _lent(_: Any, value: Any) -> Any:
    """An array, or a tuple with arrays in it, without a share in what owns the memory.

    Each function that an array is given to counts another owner and takes it back, and so does each name: for one text
    that takes longer than folding it. What owns the memory must be held on to elsewhere, see :func:`_hold`.
    """

    def lent(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        if isinstance(kind, types.BaseTuple):
            kinds: Any = kind
            parts = [
                lent(context, builder, part, builder.extract_value(value, place)) for place, part in enumerate(kinds)
            ]
            return context.make_tuple(builder, kind, parts)
        if not isinstance(kind, types.Array):
            return value
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = ir.Constant(array.meminfo.type, None)
        array.parent = ir.Constant(array.parent.type, None)
        return array._getvalue()

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return lent(context, builder, signature.args[0], given[0])

    return value(value), write


@kernel
def _hold(array: Bytes) -> None:
    """Keep an array until here."""
    array[0] = 0


@_instruction
def _copy(_: Any, source: Any, start: Any, target: Any, at: Any, count: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Copy numbers from one array to another that shares no memory with it: assigning slices goes one by one."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        source, start, target, at, count = given
        vectors = _Vectors(context, builder, signature.args[0].dtype.bitwidth)
        byte = ir.IntType(8)
        size = builder.mul(count, ir.IntType(64)(signature.args[0].dtype.bitwidth // 8))
        read = vectors.pointer(signature.args[0], source, start, byte)
        _compiler.raw_memcpy(builder, vectors.pointer(signature.args[2], target, at, byte), read, size, 1)
        return context.get_dummy_value()

    return types.void(source, types.int64, target, types.int64, types.int64), write


@_instruction
def _prefetch(_: Any, array: Any, at: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Have what stands at a place of an array at hand when it is asked for."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        place = builder.bitcast(builder.gep(data, [given[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        function = _compiler.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), write


@_instruction
def _fold_64(_: Any, text: Any, at: Any, tables: Any, codes: Any, n: Any, unfinished: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Fold the 64 bytes at a place, if they are ASCII, U+0600 to U+06FF and U+2000 to U+203F, and have codes.

    Args:
        _: The compiler's.
        text: UTF-8 bytes, two more than 64.
        at: The place.
        tables: See :attr:`FoldTable.vectors`.
        codes: Where the codes go, of the characters that start here.
        n: The place of the first of them.
        unfinished: A bit for each byte that must continue a character which started before.

    Returns:
        Whether all that holds, the place of the next code, and the same bits for the next 64 bytes.
    """

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 8)
        text, at, tables, codes, n, unfinished = given
        text_type, _, table_type, codes_type = signature.args[:4]

        def place(number: int) -> Any:
            return ir.IntType(64)(number)

        def byte(number: int) -> Any:
            return vectors.all(ir.IntType(8)(number))

        def table(number: int) -> Any:
            return vectors.load_constant(table_type, tables, place(64 * number))

        first, second, third = (vectors.load(text_type, text, builder.add(at, place(i))) for i in range(3))
        goes_on = builder.icmp_signed("<", first, byte(-64))
        of_one = builder.icmp_signed(">=", first, vectors.zeros)
        of_two = builder.icmp_unsigned("==", builder.and_(first, byte(0xFC)), byte(0xD8))
        of_three = builder.icmp_unsigned("==", first, byte(0xE2))
        arabic = builder.or_(builder.shl(first, byte(6)), builder.and_(second, byte(0x3F)))
        lower, upper = (vectors.look_up(arabic, table(i), table(i + 1)) for i in (2, 4))
        of_arabic = builder.select(builder.icmp_signed("<", arabic, vectors.zeros), upper, lower)
        code = builder.select(of_two, of_arabic, vectors.look_up(third, table(6), table(6)))
        code = builder.select(of_one, vectors.look_up(first, table(0), table(1)), code)

        bits = vectors.bits
        starts = builder.or_(bits(of_one), builder.or_(bits(of_two), bits(of_three)))
        two, three = bits(of_two), bits(of_three)
        once, again = builder.shl(builder.or_(two, three), place(1)), builder.shl(three, place(2))
        expected = builder.or_(unfinished, builder.or_(once, again))
        ends_late = builder.lshr(builder.or_(two, three), place(63))
        next_unfinished = builder.or_(ends_late, builder.lshr(three, place(62)))
        strange = builder.xor(expected, bits(goes_on))
        strange = builder.or_(strange, builder.not_(builder.or_(starts, bits(goes_on))))
        elsewhere = builder.icmp_unsigned("!=", second, byte(0x80))
        strange = builder.or_(strange, builder.and_(three, bits(elsewhere)))
        other = bits(builder.icmp_unsigned("==", code, byte(OTHER)))
        strange = builder.or_(strange, builder.and_(starts, other))
        stays = bits(builder.icmp_unsigned("!=", code, byte(DROPPED)))
        written = builder.bitcast(builder.and_(starts, stays), of_one.type)
        vectors.store(vectors.compress(code, written), codes_type, codes, n)
        folded = builder.zext(builder.icmp_unsigned("==", strange, place(0)), ir.IntType(64))
        results = [folded, builder.add(n, vectors.count(written)), next_unfinished]
        return _compiler.pack_array(builder, results)

    three = _types.Tuple((types.int64, types.int64, types.int64))
    return three(text, types.int64, tables, codes, types.int64, types.int64), write


@_instruction
def _part_words(_: Any, codes: Any, at: Any, key: Any, n: Any, starts: Any, words: Any, within: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Part 64 codes into key characters and words.

    Args:
        _: The compiler's.
        codes: The codes, none of them OTHER.
        at: The place of the first of the 64.
        key: Where the codes of key characters go.
        n: The place of the next of them.
        starts: Where it goes in which place of `key` words start.
        words: The place of the next of these.
        within: Whether the code before belongs to a word.

    Returns:
        `n`, `words` and `within` for the next 64; and a bit for each code that is OTHER after all.
    """

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 8)
        one, i64 = ir.IntType(64)(1), ir.IntType(64)
        codes, at, key, n, starts, words, within = given
        vector = vectors.load(signature.args[0], codes, at)
        is_key = builder.icmp_unsigned("!=", vector, vectors.zeros)
        keys, count = vectors.bits(is_key), vectors.count(is_key)
        begins = builder.and_(keys, builder.not_(builder.or_(builder.shl(keys, one), within)))
        vectors.store(vectors.compress(vector, is_key), signature.args[2], key, n)
        extract = _compiler.get_or_insert_function(
            builder.module, ir.FunctionType(i64, [i64, i64]), "llvm.x86.bmi.pext.64"
        )
        begins = builder.call(extract, [begins, keys])  # bits of key characters now, no more of codes
        is_begin = builder.bitcast(begins, is_key.type)
        lanes = ir.Constant(vectors.type, list(range(64)))

        wide = ir.VectorType(ir.IntType(32), 32)
        half = ir.Constant(wide, list(range(32)))
        of_words = builder.shuffle_vector(vectors.compress(lanes, is_begin), vectors.zeros, half)
        found = builder.add(builder.zext(of_words, wide), vectors.all(builder.trunc(n, ir.IntType(32)), wide))
        builder.store(found, vectors.pointer(signature.args[4], starts, words, wide)).align = 4

        others = vectors.bits(builder.icmp_unsigned("==", vector, vectors.all(ir.IntType(8)(OTHER))))
        words = builder.add(words, vectors.count(is_begin))
        results = [builder.add(n, count), words, builder.lshr(keys, ir.IntType(64)(63)), others]
        return _compiler.pack_array(builder, results)

    arguments = (codes, types.int64, key, types.int64, starts, types.int64, types.int64)
    return _types.UniTuple(types.int64, 4)(*arguments), write


@_instruction
def _sum_up_in_vectors(_: Any, numbers: Any, count: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Replace numbers by their running sums; writes up to a vector's worth beyond them."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, signature.args[0].dtype.bitwidth)
        numbers, count = given
        size = vectors.type.count
        of_lanes = ir.VectorType(ir.IntType(32), size)
        total = _compiler.alloca_once_value(builder, vectors.zeros)
        with _compiler.for_range_slice(builder, count.type(0), count, count.type(size)) as (at, _):
            sums = vectors.load(signature.args[0], numbers, at)
            for distance in (1 << bit for bit in range(size.bit_length() - 1)):
                lanes = [size + lane - distance if lane >= distance else 0 for lane in range(size)]
                sums = builder.add(sums, builder.shuffle_vector(vectors.zeros, sums, ir.Constant(of_lanes, lanes)))
            before = builder.load(total)
            vectors.store(builder.add(sums, before), signature.args[0], numbers, at)
            last = builder.shuffle_vector(sums, sums, ir.Constant(of_lanes, [size - 1] * size))
            builder.store(builder.add(before, last), total)
        return context.get_dummy_value()

    return types.void(numbers, types.int64), write


@_instruction
def _leave_out_repeats(_: Any, numbers: Any, count: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Of sorted numbers, in whole vectors of eight, move those that differ from the one before to the front.

    Returns:
        How many there are. The first counts as different.
    """

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 64)
        numbers, count = given
        shifted = ir.Constant(ir.VectorType(ir.IntType(32), 8), list(range(7, 15)))
        first = builder.load(vectors.pointer(signature.args[0], numbers, count.type(0), ir.IntType(64)))
        before = _compiler.alloca_once_value(builder, builder.not_(vectors.all(first)))
        distinct = _compiler.alloca_once_value(builder, count.type(0))
        with _compiler.for_range_slice(builder, count.type(0), count, count.type(8)) as (at, _):
            some = vectors.load(signature.args[0], numbers, at)
            differs = builder.icmp_unsigned("!=", some, builder.shuffle_vector(builder.load(before), some, shifted))
            builder.store(some, before)
            vectors.store(vectors.compress(some, differs), signature.args[0], numbers, builder.load(distinct))
            builder.store(builder.add(builder.load(distinct), vectors.count(differs)), distinct)
        return builder.load(distinct)

    return types.int64(numbers, types.int64), write


_AT_ONCE = 96
"""Permutations whose minima are found at once: six vectors of 16."""


@_instruction
def _least_of_96(_: Any, hashes: Any, count: Any, a: Any, b: Any, at: Any, least: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Write the minima of `count` hashes under the 96 permutations from a place on, a permutation a lane."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 32)
        hashes, count, a, b, at, least = given
        hash_type, _, a_type, b_type, _, least_type = signature.args
        places = [builder.add(at, ir.IntType(64)(start)) for start in range(0, _AT_ONCE, 16)]
        factors = [vectors.load(a_type, a, place) for place in places]
        offsets = [vectors.load(b_type, b, place) for place in places]
        ones = ir.Constant(vectors.type, [0xFFFFFFFF] * 16)
        minima = [_compiler.alloca_once_value(builder, ones) for _ in places]
        with _compiler.for_range(builder, count) as loop:
            hashed = vectors.all(builder.load(vectors.pointer(hash_type, hashes, loop.index, ir.IntType(32))))
            for factor, offset, minimum in zip(factors, offsets, minima, strict=True):
                value = builder.add(builder.mul(factor, hashed), offset)
                before = builder.load(minimum)
                builder.store(builder.select(builder.icmp_unsigned("<", value, before), value, before), minimum)
        for place, minimum in zip(places, minima, strict=True):
            vectors.store(builder.load(minimum), least_type, least, place)
        return context.get_dummy_value()

    return types.void(hashes, types.int64, a, b, types.int64, least), write


@_instruction
def _polynomials(_: Any, numbers: Any, size: Any, out: Any, count: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Write the mixed polynomials of every `size` numbers in a row, of `count` runs and of some more; see _BASE."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 64)
        numbers, size, out, count = given
        steps = range(0, 32, 8)

        values = [_compiler.alloca_once(builder, vectors.type) for _ in steps]
        with _compiler.for_range_slice(builder, count.type(0), count, count.type(32)) as (at, _):
            places = [builder.add(at, count.type(step)) for step in steps]
            for value, place in zip(values, places, strict=True):
                builder.store(vectors.load(signature.args[0], numbers, place), value)
            with _compiler.for_range_slice(builder, count.type(1), size, count.type(1)) as (later, _):
                for value, place in zip(values, places, strict=True):
                    following = vectors.load(signature.args[0], numbers, builder.add(place, later))
                    multiplied = builder.mul(builder.load(value), vectors.constant(int(_BASE)))
                    builder.store(builder.add(multiplied, following), value)
            for value, place in zip(values, places, strict=True):
                vectors.store(vectors.mixed(builder.load(value)), signature.args[2], out, place)
        return context.get_dummy_value()

    return types.void(numbers, types.int64, out, types.int64), write


@_instruction
def _load_8(_: Any, codes: Any, at: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """The eight bytes from a place on as one number, the first of them lowest."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 64)
        codes, at = given
        loaded = builder.load(vectors.pointer(signature.args[0], codes, at, ir.IntType(64)))
        loaded.align = 1
        return loaded

    return types.uint64(codes, types.int64), write


@_instruction
def _mix_words(_: Any, key: Any, bounds: Any, words: Any, out: Any, longer: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Mix up to eight bytes from the start of each word on, eight words at once.

    Args:
        _: The compiler's.
        key: The bytes of the words, one after another.
        bounds: Where each starts, and the end of the last.
        words: How many there are: whole eights.
        out: Where the numbers go.
        longer: Where the places of words go that have more than eight bytes.

    Returns:
        How many of these there are.
    """

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 64)
        key, bounds, words, out, longer = given
        key_type, bounds_type, _, out_type, longer_type = signature.args
        eight, i64 = ir.VectorType(ir.IntType(32), 8), ir.IntType(64)
        lanes = ir.Constant(eight, list(range(8)))
        found = _compiler.alloca_once_value(builder, i64(0))

        def eight_bounds(at: Any) -> Any:
            loaded = builder.load(vectors.pointer(bounds_type, bounds, at, eight))
            loaded.align = 4
            return loaded

        with _compiler.for_range_slice(builder, i64(0), words, i64(8)) as (at, _):
            parts = ir.Constant(vectors.type, ir.Undefined)
            for lane in range(8):  # a gather takes longer
                bound = builder.load(vectors.pointer(bounds_type, bounds, builder.add(at, i64(lane)), ir.IntType(32)))
                part = builder.load(vectors.pointer(key_type, key, builder.zext(bound, i64), i64))
                part.align = 1
                parts = builder.insert_element(parts, part, ir.IntType(32)(lane))
            lengths = builder.sub(eight_bounds(builder.add(at, i64(1))), eight_bounds(at))
            is_long = builder.icmp_unsigned(">", lengths, ir.Constant(eight, [8] * 8))
            bits = builder.shl(builder.sub(ir.Constant(eight, [8] * 8), lengths), ir.Constant(eight, [3] * 8))
            bits = builder.zext(builder.select(is_long, ir.Constant(eight, None), bits), vectors.type)
            parts = builder.and_(parts, builder.lshr(builder.not_(vectors.zeros), bits))
            vectors.store(vectors.mixed(parts), out_type, out, at)
            places = builder.add(vectors.all(builder.trunc(at, ir.IntType(32)), eight), lanes)
            chosen = vectors.compress(places, is_long)
            builder.store(chosen, vectors.pointer(longer_type, longer, builder.load(found), eight)).align = 4
            builder.store(builder.add(builder.load(found), vectors.count(is_long)), found)
        return builder.load(found)

    return types.int64(key, bounds, types.int64, out, longer), write


@_instruction
def _mix_runs(_: Any, codes: Any, start: Any, mask: Any, first: Any, out: Any, count: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """Mix what stands from each place on, up to eight bytes, into the numbers of `count` places and of some more.

    Args:
        _: The compiler's.
        codes: The bytes.
        start: The first of the places.
        mask: Which bits of eight bytes count.
        first: Whether the numbers are to be begun, rather than gone on with.
        out: The numbers, one a place.
        count: How many places.
    """

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 64)
        codes, start, mask, first, out, count = given
        byte, eight_of_16 = ir.IntType(8), [lane + step for lane in range(8) for step in range(8)]
        spread = ir.Constant(ir.VectorType(ir.IntType(32), 64), eight_of_16)
        sixteen = ir.VectorType(byte, 16)
        begun = builder.select(first, vectors.zeros, builder.not_(vectors.zeros))
        with _compiler.for_range_slice(builder, count.type(0), count, count.type(32)) as (at, _):
            for step in range(0, 32, 8):
                place = builder.add(at, count.type(step))
                loaded = builder.load(vectors.pointer(signature.args[0], codes, builder.add(start, place), sixteen))
                loaded.align = 1
                runs = builder.shuffle_vector(loaded, ir.Constant(sixteen, ir.Undefined), spread)
                runs = builder.and_(builder.bitcast(runs, vectors.type), vectors.all(mask))
                before = builder.and_(vectors.load(signature.args[4], out, place), begun)
                vectors.store(vectors.mixed(builder.xor(before, runs)), signature.args[4], out, place)
        return context.get_dummy_value()

    return types.void(codes, types.int64, types.uint64, types.boolean, out, types.int64), write


@_instruction
def _equals(_: Any, left: Any, i: Any, right: Any, j: Any) -> Any:  # noqa: ARG001 - numba finds arguments by name
    """How many of the eight numbers from one place on are among the eight from another place on."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vectors = _Vectors(context, builder, 64)
        own = vectors.load(signature.args[0], given[0], given[1])
        other = vectors.load(signature.args[2], given[2], given[3])
        if _INTERSECTS:
            return vectors.count(vectors.intersected(own, other))
        found = builder.icmp_unsigned("==", own, other)
        for turn in range(1, 8):
            turned = ir.Constant(ir.VectorType(ir.IntType(32), 8), [(lane + turn) % 8 for lane in range(8)])
            equal = builder.icmp_unsigned("==", own, builder.shuffle_vector(other, other, turned))
            found = builder.or_(found, equal)
        return vectors.count(found)

    return types.int64(left, types.int64, right, types.int64), write


# -- from bytes to match keys -------------------------------------------------------------------
# In two steps. A text is folded into codes, a byte for most characters, which is what texts are kept as. Codes are
# laid out as key characters and words, which is what hashes are made of.


class Page(NamedTuple):
    """Room for one text.

    Attributes:
        text: The last of its UTF-8 bytes, and zeros.
        codes: What all of them fold to: a byte for each key character and each separator; or OTHER and three bytes of a
            key character that has no code.
        key: The codes of its key characters alone: its match key.
        bounds: Where each of its words starts in `key`, and the end of the last.
        starts: Where each key character starts in `key`, and the end of the last; only where some have no code.
        points: Room for the key characters as code points; until :func:`spell_out` writes them, for other numbers.
    """

    text: Bytes
    codes: Bytes
    key: Bytes
    bounds: Points
    starts: Points
    points: Points


_PAD = 128
"""Room beyond a text's own in every array of a page, as vectors are read and written whole."""
_CODE_BYTES = 4
"""Bytes of the longest code."""


@kernel
def new_page(text_bytes: int, key_length: int) -> Page:
    """Room for texts of so many bytes and match keys of so many characters."""
    room = text_bytes + _CODE_BYTES * key_length + 2 * _PAD  # memory that is not written to is not taken
    return Page(
        np.zeros(2 * _PAD, np.uint8),
        np.zeros(room, np.uint8),
        np.zeros(room, np.uint8),
        np.empty(room, np.uint32),
        np.empty(room, np.uint32),
        np.empty(room, np.uint32),
    )


@kernel
def _width(first: int) -> int:
    return 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


@kernel
def _read_point(data: Bytes, at: int, stop: int) -> int:
    """The code point that starts at a place; NOT_UTF8 where none does."""
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
def _write_code(entry: np.uint32, codes: Bytes, n: int) -> int:
    """Write a key character or separator; returns the place of the next."""
    code = _SEPARATOR_CODE if entry == _SEPARATOR else _code_of(entry)
    codes[n] = code
    if code != _OTHER:
        return n + 1
    codes[n + 1], codes[n + 2], codes[n + 3] = np.uint8(entry), np.uint8(entry >> 8), np.uint8(entry >> 16)
    return n + _CODE_BYTES


@kernel
def _fold_character(point: int, table: FoldTable, codes: Bytes, n: int, room: int) -> int:
    """Fold a character that has no code of its own; returns the place of the next code, or NO_ROOM."""
    entry = table.entries[min(point, table.entries.size - 1)]  # the last is a separator, as are all beyond
    if entry == _DROPPED:
        return n
    if entry < _SEVERAL:
        return _write_code(entry, codes, n) if n + _CODE_BYTES <= room else NO_ROOM
    position, length = int64((entry & _POSITION_MASK) >> _LENGTH_BITS), int64(entry & _LENGTH_MASK)
    if n + _CODE_BYTES * length > room:
        return NO_ROOM
    for one in table.several[position : position + length]:
        n = _write_code(one, codes, n) if one != _DROPPED else n
    return n


@kernel
def _fold_characters(
    text: Bytes, at: int, until: int, stop: int, table: FoldTable, codes: Bytes, n: int
) -> tuple[int, int]:
    """Fold one character after another, as far as they start before `until`.

    Returns:
        Where the next character starts, NOT_UTF8 or NO_ROOM; and the place of the next code.
    """
    while at < until:
        first, second = text[at], text[min(at + 1, stop - 1)]
        point, width = int64(first), 1
        if np.uint8(first & 0xE0) == 0xC0 and first >= 0xC2 and at + 1 < stop and np.uint8(second & 0xC0) == 0x80:
            point, width = int64(first & 0x1F) << 6 | int64(second & 0x3F), 2
        elif first >= 0x80:
            point = _read_point(text, at, stop)
            if point == NOT_UTF8:
                return NOT_UTF8, n
            width = _width(int64(first))
        code = table.codes[point] if point < table.codes.size else _OTHER
        if code == _OTHER:
            n = _fold_character(point, table, codes, n, codes.size - (stop - at) - _PAD)
            if n == NO_ROOM:
                return NO_ROOM, 0
        else:
            codes[n] = code
            n += code != _DROPPED_CODE
        at += width
    return at, n


@kernel
def _fold_blocks(
    text: Bytes, at: int, last: int, stop: int, table: FoldTable, codes: Bytes, n: int, unfinished: int
) -> tuple[int, int, int]:
    """What :func:`_fold_characters` does, 64 bytes at once where they are what most texts are made of.

    Args:
        text: UTF-8 bytes.
        at: Where to begin.
        last: The last place at which 64 bytes, and two more, may be read.
        stop: Byte after the text's last.
        table: The fold of every code point.
        codes: Where the codes go.
        n: The place of the next.
        unfinished: See :func:`_fold_64`.

    Returns:
        Where it ended, NOT_UTF8 or NO_ROOM; the place of the next code; and what is unfinished there.
    """
    while at <= last:
        folded, n_after, open_after = _fold_64(text, at, table.vectors, codes, n, unfinished)
        if folded:
            at, n, unfinished = at + 64, n_after, open_after
            continue
        until = min(at + 64, stop)
        while unfinished:  # the rest of a character that is written already
            if np.uint8(text[at] & 0xC0) != 0x80:
                return NOT_UTF8, 0, 0
            at, unfinished = at + 1, unfinished >> 1
        at, n = _fold_characters(text, at, until, stop, table, codes, n)
        if at < 0:
            return at, 0, 0
    return at, n, unfinished


_BLOCK_BYTES = 66
"""Bytes that :func:`_fold_64` reads."""


@kernel
def _fold_in_vectors(data: Bytes, start: int, stop: int, table: FoldTable, page: Page) -> int:
    at, n, unfinished = _fold_blocks(data, start, stop - _BLOCK_BYTES, stop, table, page.codes, 0, 0)
    if at < 0:
        return at
    rest = stop - at  # vectors must not see what stands behind the text: zeros instead, which are separators
    _copy(data, at, page.text, 0, rest)
    page.text[rest : rest + _PAD] = 0
    at, n, unfinished = _fold_blocks(page.text, 0, rest - 1, rest, table, page.codes, n, unfinished)
    if at < 0:
        return at
    if unfinished:
        return NOT_UTF8
    return n - (at - rest)


@kernel
def _fold_one_by_one(data: Bytes, start: int, stop: int, table: FoldTable, page: Page) -> int:
    at, n = _fold_characters(data, start, stop, stop, table, page.codes, 0)
    return n if at >= 0 else at


_fold_page = _fold_in_vectors if _VECTORS else _fold_one_by_one


@kernel
def fold_codes(data: Bytes, start: int, stop: int, table: FoldTable, page: Page) -> int:
    """Fold one text into the codes of a page.

    Args:
        data: UTF-8 bytes.
        start: First byte of the text.
        stop: Byte after its last.
        table: The fold of every code point.
        page: Where the codes go.

    Returns:
        How many bytes of codes there are, NOT_UTF8 or NO_ROOM. There is always room on a page for keys of
        ``table.growth`` characters a byte.
    """
    return _fold_page(data, start, stop, table, page)


@kernel
def _point_of(code: np.uint8) -> np.uint32:
    """The key character of a code: the inverse of :func:`saaf.deduplicate.foldtable.code_of`."""
    point = np.uint32(np.uint32(code) + np.uint32(0x600))
    point = np.uint32(np.uint32(code) + np.uint32(ord("a") - 2)) if code < np.uint8(0x20) else point
    is_digit = np.uint8(code - np.uint8(0xF0)) < np.uint8(10)
    return np.uint32(np.uint32(code) - np.uint32(0xF0 - ord("0"))) if is_digit else point


@kernel
def _code_of(character: np.uint32) -> np.uint8:
    """What :func:`saaf.deduplicate.foldtable.code_of` says."""
    if _A <= character <= _Z:
        return np.uint8(character - _A + np.uint32(2))
    if _ZERO <= character <= _NINE:
        return np.uint8(character - _ZERO + np.uint32(0xF0))
    if np.uint32(0x620) <= character < np.uint32(0x6F0) or np.uint32(0x6FA) <= character < np.uint32(0x6FF):
        return np.uint8(character)
    return _OTHER


_A, _Z = np.uint32(ord("a")), np.uint32(ord("z"))
_ZERO, _NINE, _WAW = np.uint32(ord("0")), np.uint32(ord("9")), np.uint32(ord("و"))
_OTHER, _SEPARATOR_CODE, _DROPPED_CODE = np.uint8(OTHER), np.uint8(SEPARATOR), np.uint8(DROPPED)


class Layout(NamedTuple):
    """What is on a page.

    Attributes:
        characters: The length of the match key.
        bytes: Bytes of its codes: as many, where each character has one.
        words: Words.
    """

    characters: int
    bytes: int
    words: int


@kernel
def _lay_out_one_by_one(page: Page, size: int) -> Layout:
    codes, key, bounds, starts = page.codes, page.key, page.bounds, page.starts
    n, length, words, word_start, at = 0, 0, 0, 0, 0
    bounds[0] = 0
    while at < size:
        code = codes[at]
        if code == _SEPARATOR_CODE:
            words += length > word_start
            bounds[words] = word_start = length
            at += 1
            continue
        starts[n], key[length] = length, code
        n, length, at = n + 1, length + 1, at + 1
        if code == _OTHER:
            key[length], key[length + 1], key[length + 2] = codes[at], codes[at + 1], codes[at + 2]
            length, at = length + 3, at + 3
    words += length > word_start
    starts[n] = bounds[words] = length
    return Layout(n, length, words)


@kernel
def _lay_out_in_vectors(page: Page, size: int) -> Layout:
    """What :func:`_lay_out_one_by_one` does, 64 codes at once where none is OTHER."""
    codes, key, bounds = page.codes, page.key, page.bounds
    n, words, within, others = 0, 0, 0, 0
    for at in range(0, size, 64):
        n, words, within, strange = _part_words(codes, at, key, n, bounds, words, within)
        others |= strange
    if others:
        return _lay_out_one_by_one(page, size)
    bounds[words] = n
    return Layout(n, n, words)


_lay_out_page = _lay_out_in_vectors if _VECTORS else _lay_out_one_by_one


@kernel
def lay_out(page: Page, size: int) -> Layout:
    """Lay a page's codes out as match key and words.

    Args:
        page: Its codes are read, its other arrays are filled.
        size: Bytes of the codes.
    """
    page.codes[size : size + _PAD] = _SEPARATOR_CODE
    return _lay_out_page(page, size)


@kernel
def fold_text(data: Bytes, start: int, stop: int, table: FoldTable, page: Page) -> Layout:
    """Fold one text into match key and words; as :func:`fold_codes` and :func:`lay_out`.

    Returns:
        What is on the page; NOT_UTF8 or NO_ROOM for the length of the match key where it could not be folded.
    """
    size = fold_codes(data, start, stop, table, page)
    return lay_out(page, size) if size >= 0 else Layout(size, 0, 0)


@kernel
def spell_out(page: Page, layout: Layout) -> None:
    """Write a page's match key as code points, and the bounds of words as places among these."""
    key, points = page.key, page.points
    if layout.bytes == layout.characters:
        for i in range(whole(layout.characters)):
            points[i] = _point_of(key[i])
        return
    word = 0
    for i in range(layout.characters):
        at = page.starts[i]
        points[i] = _point_of(key[at])
        if key[at] == _OTHER:
            points[i] = np.uint32(key[at + 1]) | np.uint32(key[at + 2]) << 8 | np.uint32(key[at + 3]) << 16
        if at == page.bounds[word]:
            page.bounds[word] = i
            word += 1
    page.bounds[word] = layout.characters


class FoldedTexts(NamedTuple):
    """Many texts as codes; see :class:`Page`.

    Attributes:
        codes: The codes of all of them, one text after another.
        bounds: Where each text begins, and the end of the last.
        key_lengths: The lengths of their match keys; NOT_UTF8 for a text that is not.
    """

    codes: Bytes
    bounds: Indices
    key_lengths: Indices


@kernel
def _with_room(codes: Bytes, used: int, more: int) -> Bytes:
    """The same codes with room for more."""
    larger = np.empty(2 * (used + more), np.uint8)
    _copy(codes, 0, larger, 0, used)
    return larger


@kernel
def fold_texts(data: Bytes, offsets: Indices, table: FoldTable) -> FoldedTexts:
    """Fold many texts; one that is not UTF-8 has no codes.

    Args:
        data: UTF-8 bytes of the texts.
        offsets: Where each text begins in them, and the end of the last.
        table: The fold of every code point.
    """
    count = offsets.size - 1
    lengths, bounds = np.zeros(count, np.int64), np.zeros(count + 1, np.int64)
    longest = np.diff(offsets).max() if count else 0
    page = new_page(longest, 0)
    codes = np.empty((offsets[count] - offsets[0]) // 2, np.uint8)
    for i in range(count):
        size = fold_codes(data, offsets[i], offsets[i + 1], table, page)
        if size == NO_ROOM:
            page = new_page(longest, table.growth * longest)
            size = fold_codes(data, offsets[i], offsets[i + 1], table, page)
        lengths[i] = size
        size = max(size, 0)
        if lengths[i] >= 0:
            lengths[i] = lay_out(page, size).characters
        if bounds[i] + size > codes.size:
            codes = _with_room(codes, bounds[i], size)
        _copy(page.codes, 0, codes, bounds[i], size)
        bounds[i + 1] = bounds[i] + size
    return FoldedTexts(codes[: bounds[count]], bounds, lengths)


_EIGHT = 8
"""Bytes that are mixed at once."""
_ALL_BITS = np.uint64(0xFFFFFFFFFFFFFFFF)


@kernel
def _mask(count: int) -> np.uint64:
    """The bits of the first so many of eight bytes, at least one; of all of them where there are more."""
    return _ALL_BITS >> np.uint64(max(64 - 8 * count, 0))


@kernel
def key_hash(key: Bytes, size: int) -> tuple[np.uint64, np.uint64]:
    """128-bit hash of a match key: sums over its bytes, eight at a time, and their places, mixed.

    Args:
        key: The codes of the key characters, with room for a BLOCK more.
        size: How many bytes there are.
    """
    first, second = np.uint64(0), np.uint64(0)
    count = (size + _EIGHT - 1) // _EIGHT
    for i in range((count + _EIGHT - 1) // _EIGHT * _EIGHT):
        part = _load_8(key, _EIGHT * i) & _mask(max(size - _EIGHT * i, 1))
        mixed = mix(mix(part) + np.uint64(i + 1) * GOLDEN)
        mixed = mixed if i < count else np.uint64(0)
        first += mixed
        second += (mixed >> np.uint64(32)) * (mixed & _LOWER_HALF)
    return mix(first + np.uint64(size)), mix(second + np.uint64(size))


@kernel
def string_hash(key: Bytes, start: int, stop: int) -> np.uint64:
    """Hash the codes of some key characters in a row, at least one: eight bytes after eight mixed into one number.

    What eight bytes hold has a number of its own: mixing is a bijection.
    """
    return _longer_string_hash(mix(_load_8(key, start) & _mask(stop - start)), key, start, stop)


@kernel
def _longer_string_hash(value: np.uint64, key: Bytes, start: int, stop: int) -> np.uint64:
    """The same, the first eight bytes being mixed already."""
    for at in range(start + _EIGHT, stop, _EIGHT):
        value = mix(value ^ (_load_8(key, at) & _mask(stop - at)))
    return value


@kernel
def _word_hashes_one_by_one(page: Page, first: int, words: int, out: Hashes) -> None:
    for i in range(first, words):
        out[i] = string_hash(page.key, int64(page.bounds[i]), int64(page.bounds[i + 1]))


@kernel
def _word_hashes_in_vectors(page: Page, first: int, words: int, out: Hashes) -> None:
    """What :func:`_word_hashes_one_by_one` does, eight words at once; the rest of those of more than eight bytes by itself."""
    longer, whole_eights = page.points, words - words % 8
    for at in range(_mix_words(page.key, page.bounds, whole_eights, out, longer)):
        i = int64(longer[at])
        out[i] = _longer_string_hash(out[i], page.key, int64(page.bounds[i]), int64(page.bounds[i + 1]))
    _word_hashes_one_by_one(page, max(first, whole_eights), words, out)


_word_hashes = _word_hashes_in_vectors if _VECTORS else _word_hashes_one_by_one


@kernel
def _sum_up_one_by_one(numbers: Hashes, count: int) -> None:
    for i in range(1, count):
        numbers[i] += numbers[i - 1]


_sum_up = _sum_up_in_vectors if _VECTORS else _sum_up_one_by_one


@kernel
def set_hash(values: Points, count: int) -> np.uint64:
    """Hash distinct numbers regardless of their order.

    Args:
        values: The numbers, with room for a BLOCK more.
        count: How many of them count.
    """
    total = np.uint64(0)
    for i in range(whole(count)):
        mixed = mix(np.uint64(values[i]) * GOLDEN)
        total += mixed if i < count else np.uint64(0)
    return total


@kernel
def shingle_hashes(page: Page, layout: Layout, shape: Shape, units: Hashes, out: Hashes) -> int:
    """Hash every shingle of a text, in the order of the text, repeats included.

    A shingle of characters is hashed as :func:`string_hash` does. A shingle of words has the polynomial of its words'
    hashes modulo 2^64, mixed.

    Args:
        page: The folded text.
        layout: What is on it.
        shape: What a shingle is.
        units: Room for as many numbers as the text has words, and 2 BLOCK more.
        out: Where the hashes go; room for as many as the text has key characters, and 2 BLOCK more.

    Returns:
        Number of shingles: none where the text is shorter than one.
    """
    if shape.by_word:
        count = max(layout.words - shape.size + 1, 0)
        _word_hashes(page, 0, layout.words, units)
        _polynomials(units, shape.size, out, count)
        return count
    count = max(layout.characters - shape.size + 1, 0)
    if layout.bytes == layout.characters:
        for start in range(0, shape.size, _EIGHT):
            _mix_runs(page.key, start, _mask(shape.size - start), start == 0, out, count)
        return count
    for i in range(count):
        out[i] = string_hash(page.key, int64(page.starts[i]), int64(page.starts[i + shape.size]))
    return count


@kernel
def minimum_hashes(shingles: Hashes, count: int, permutations: Permutations, mixed: Points, signature: Points) -> None:
    """MinHash of the lower 32 bits of shingle hashes, in datasketch's arithmetic "affine32".

    Args:
        shingles: 64-bit shingle hashes, with room for BLOCK more.
        count: How many of them count.
        permutations: The permutations.
        mixed: Room for `count` numbers and BLOCK more.
        signature: Where the minima go; all ones where `count` is 0.
    """
    a, b = permutations.a, permutations.b
    for j in range(whole(count)):
        h = np.uint32(shingles[j])
        h = np.uint32((h ^ (h >> np.uint32(16))) * _MURMUR_1)
        h = np.uint32((h ^ (h >> np.uint32(13))) * _MURMUR_2)
        mixed[j] = h ^ (h >> np.uint32(16))
    room = whole(count)
    mixed[count:room] = mixed[0]  # whole vectors: what is there twice changes no minimum
    done = 0
    if _VECTORS:
        done = a.size - a.size % _AT_ONCE
        for k in range(0, done, _AT_ONCE):
            _least_of_96(mixed, count, a, b, k, signature)
    tiled = a.size - a.size % 4
    for k in range(done, tiled, 4):  # four at a time, so that a hash is loaded a quarter as often
        least_0, least_1, least_2, least_3 = _ALL_ONES, _ALL_ONES, _ALL_ONES, _ALL_ONES
        a_0, a_1, a_2, a_3 = a[k], a[k + 1], a[k + 2], a[k + 3]
        b_0, b_1, b_2, b_3 = b[k], b[k + 1], b[k + 2], b[k + 3]
        for j in range(room):
            h = mixed[j]
            least_0 = min(least_0, np.uint32(np.uint32(a_0 * h) + b_0))
            least_1 = min(least_1, np.uint32(np.uint32(a_1 * h) + b_1))
            least_2 = min(least_2, np.uint32(np.uint32(a_2 * h) + b_2))
            least_3 = min(least_3, np.uint32(np.uint32(a_3 * h) + b_3))
        signature[k], signature[k + 1], signature[k + 2], signature[k + 3] = least_0, least_1, least_2, least_3
    for k in range(tiled, a.size):
        least = _ALL_ONES
        for j in range(room):
            least = min(least, np.uint32(np.uint32(a[k] * mixed[j]) + b[k]))
        signature[k] = least


@kernel
def band_keys(signature: Points, rows: int, keys: Hashes) -> None:
    """Hash the bands of a signature; equal rows of different bands get different keys.

    Args:
        signature: The signature.
        rows: Numbers of a band.
        keys: Where the keys go, one for each band.
    """
    bands = keys.size
    for band in range(bands):
        keys[band] = np.uint64(band + 1) * GOLDEN
    for row in range(rows):
        for band in range(bands):  # a step of all bands at once: the steps of one wait for each other
            keys[band] = mix((keys[band] ^ np.uint64(signature[band * rows + row])) * GOLDEN)


class SignedTexts(NamedTuple):
    """What :func:`sign_texts` finds; see :class:`saaf.deduplicate.signatures.Signed`."""

    codes: Bytes
    code_bounds: Indices
    key_hashes: Hashes
    key_lengths: Indices
    words: Indices
    shingles: Indices
    spacing: Hashes
    band_keys: Hashes


class _Hashes(NamedTuple):
    """Room for the hashes of one text: of its characters or words, of its shingles, and the 32 bits that are permuted."""

    units: Hashes
    shingles: Hashes
    mixed: Points


@kernel
def _new_hashes(room: int) -> _Hashes:
    return _Hashes(np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint32))


@kernel
def _hold_hashes(hashes: _Hashes) -> None:
    hashes.units[0], hashes.shingles[0], hashes.mixed[0] = np.uint64(0), np.uint64(0), np.uint32(0)


@kernel
def _keep(page: Page, size: int, layout: Layout, words_under: int, codes: Bytes, start: int) -> int:
    """Write what a text folds to; of one of so many words or more its match key alone, a fifth less, behind a mark.

    Returns:
        How many bytes.
    """
    if layout.words < words_under or layout.bytes != layout.characters:
        _copy(page.codes, 0, codes, start, size)
        return size
    codes[start] = _DROPPED_CODE
    _copy(page.key, 0, codes, start + 1, layout.bytes)
    return layout.bytes + 1


@kernel
def _sign_while_room(
    first: int,
    data: Bytes,
    offsets: Indices,
    table: FoldTable,
    shape: Shape,
    permutations: Permutations,
    page: Page,
    hashes: _Hashes,
    signatures: Points,
    keys: Hashes,
    keep: bool,
    words_under: int,
    signed: SignedTexts,
) -> int:
    """Sign one text after another, as far as there is room for what they fold to.

    What is lent to a loop like this one must not change in it: the compiler would look for it anew in every turn.

    Returns:
        The place of the text that comes next: the one whose length is NOT_UTF8, or NO_ROOM where the page is too small,
        or for whose codes there is no more room.
    """
    rows = permutations.a.size // keys.size
    for i in range(first, offsets.size - 1):
        size = fold_codes(data, offsets[i], offsets[i + 1], table, page)
        signed.key_lengths[i] = size
        if size < 0:
            return i
        layout = lay_out(page, size)
        if keep:
            start = signed.code_bounds[i]
            if start + size + 1 > signed.codes.size:
                return i
            signed.code_bounds[i + 1] = start + _keep(page, size, layout, words_under, signed.codes, start)
        count = shingle_hashes(page, layout, shape, hashes.units, hashes.shingles)
        signed.key_lengths[i], signed.words[i], signed.shingles[i] = layout.characters, layout.words, count
        signed.key_hashes[i, 0], signed.key_hashes[i, 1] = key_hash(page.key, layout.bytes)
        signed.spacing[i] = set_hash(page.bounds, layout.words)
        signature = signatures[min(i, len(signatures) - 1)]
        minimum_hashes(hashes.shingles, count, permutations, hashes.mixed, signature)
        if count:
            band_keys(signature, rows, keys)
            for band in range(keys.size):
                signed.band_keys[band, i] = keys[band]
    return offsets.size - 1


@kernel
def sign_texts(
    data: Bytes,
    offsets: Indices,
    table: FoldTable,
    shape: Shape,
    permutations: Permutations,
    bands: int,
    signatures: Points,
    codes: Bytes,
    keep: bool,
    words_under: int,
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
        codes: Room for the texts' codes; if there is not enough, more is made.
        keep: Whether they are wanted.
        words_under: Words under which a text's words are asked for later; of others the match key is enough.
    """
    count = offsets.size - 1
    longest, at = np.diff(offsets).max() if count else 0, 0
    bounds, key_hashes, lengths = (
        np.zeros(count + 1, np.int64),
        np.zeros((count, 2), np.uint64),
        np.zeros(count, np.int64),
    )
    n_words, n_shingles = np.zeros(count, np.int64), np.zeros(count, np.int64)
    spacing, keys_of_bands = np.zeros(count, np.uint64), np.zeros((bands, count), np.uint64)
    growth, keys = 0, np.zeros(bands, np.uint64)
    while at < count:
        page = new_page(longest, growth * longest)
        hashes = _new_hashes(page.key.size + 2 * BLOCK)  # memory that is not written to is not taken
        signed = SignedTexts(codes, bounds, key_hashes, lengths, n_words, n_shingles, spacing, keys_of_bands)
        at = _sign_while_room(
            at,
            _lent(data),
            _lent(offsets),
            _lent(table),
            shape,
            _lent(permutations),
            _lent(page),
            _lent(hashes),
            _lent(signatures),
            _lent(keys),
            keep,
            words_under,
            _lent(signed),
        )
        _hold(page.text)
        _hold_hashes(hashes)
        if at < count and lengths[at] == NOT_UTF8:
            break
        if at < count and lengths[at] == NO_ROOM:
            growth = table.growth
        elif at < count:
            codes = _with_room(codes, bounds[at], lengths[at] + 1)
    keys[:] = 0
    return SignedTexts(codes, bounds, key_hashes, lengths, n_words, n_shingles, spacing, keys_of_bands)


@kernel
def _move_up(numbers: Hashes, start: int, count: int, last: np.uint64, distinct: int) -> int:
    """Of sorted numbers from a place on, put those that differ from the one before behind the distinct ones so far."""
    for i in range(start, count):
        value = numbers[i]
        numbers[distinct] = value
        distinct += value != last
        last = value
    return distinct


@kernel
def _distinct_one_by_one(numbers: Hashes, count: int) -> int:
    return _move_up(numbers, 1, count, numbers[0], 1)


@kernel
def _distinct_in_vectors(numbers: Hashes, count: int) -> int:
    done = count - count % 8
    if not done:
        return _distinct_one_by_one(numbers, count)
    last = numbers[done - 1]
    return _move_up(numbers, done, count, last, _leave_out_repeats(numbers, done))


_distinct = _distinct_in_vectors if _VECTORS else _distinct_one_by_one


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
    while (2 << bits) < count:
        bits += 1
    shift = np.uint64(64 - bits)
    piles = (1 << bits) + 1
    own_places = np.zeros(piles + BLOCK, np.int32)
    places = _lent(own_places)
    for i in range(count):
        places[(values[i] >> shift) + np.uint64(1)] += np.int32(1)
    highest = np.int32(0)
    for pile in range(places.size):
        highest = max(highest, places[pile])
    _sum_up(places, piles)
    for i in range(count):
        pile = values[i] >> shift
        out[np.uint32(places[pile])] = values[i]
        places[pile] += np.int32(1)
    own_places[0] = 0
    if highest > _CROWD:
        out[:count] = np.sort(out[:count])
    else:
        for step in range(highest):
            shifted = out[step & 1 :]
            for i in range((count - (step & 1)) // 2):
                left, right = shifted[2 * i], shifted[2 * i + 1]
                shifted[2 * i], shifted[2 * i + 1] = min(left, right), max(left, right)
    return _distinct(out, count)


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
        layout = fold_text(data, offsets[i], offsets[i + 1], table, page)
        if units.size < layout.characters + 2 * BLOCK:
            room = 2 * layout.characters + 2 * BLOCK
            units, grams = np.empty(room, np.uint64), np.empty(room, np.uint64)
        n_grams = shingle_hashes(page, layout, Shape(shape.by_word, gram), units, grams)
        n_chosen = _winnow(grams, n_grams, window, units)
        if chosen.size < bounds[i] + n_chosen:
            larger = np.empty(2 * (bounds[i] + n_chosen), np.uint64)
            larger[: bounds[i]] = chosen[: bounds[i]]
            chosen = larger
        bounds[i + 1] = bounds[i] + sort_distinct(units, n_chosen, chosen[bounds[i] :])
    return chosen[: bounds[count]].copy(), bounds


_MET = 24 if _INTERSECTS else 8
"""Numbers of either array that meet at once, in eights. Which come next is known after that: it takes longer than they do."""


@kernel
def _shared_by_blocks(left: Hashes, i: int, right: Hashes, j: int) -> int:
    shared = 0
    for own in range(0, _MET, 8):
        for other in range(0, _MET, 8):
            shared += _equals(left, i + own, right, j + other)
    return shared


@kernel
def common(left: Hashes, right: Hashes, least: int) -> int:
    """How many numbers two sorted arrays of distinct numbers share; -1 as soon as it must be under `least`.

    Blocks are held against each other whole; then the one that ends first makes way for the
    next of its array. So each pair of equal numbers meets in one pair of blocks.
    """
    i, j, shared = 0, 0, 0
    if min(left.size, right.size) < least:
        return -1
    left_spare, right_spare = left.size - least, right.size - least
    while i + _MET <= left.size and j + _MET <= right.size:
        a, b = left[i + _MET - 1], right[j + _MET - 1]
        shared += _shared_by_blocks(left, i, right, j)
        i += _MET * (a <= b)
        j += _MET * (b <= a)
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
        layout = fold_text(data, offsets[i], offsets[i + 1], table, page)
        found = shingle_hashes(page, layout, shape, units, hashes)
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


@kernel
def first_bytes(data: Bytes, offsets: Indices) -> Hashes:
    """The first eight bytes of texts as numbers, in the order of the texts; zeros stand for what a text lacks.

    Args:
        data: UTF-8 bytes of the texts.
        offsets: Where each text begins in them, and the end of the last.
    """
    numbers = np.zeros(offsets.size - 1, np.uint64)
    for i in range(numbers.size):
        for place in range(min(offsets[i + 1] - offsets[i], 8)):
            numbers[i] |= np.uint64(data[offsets[i] + place]) << np.uint64(56 - 8 * place)
    return numbers


@kernel
def repeated(keys: Hashes, bits: int) -> Indices:
    """Places of the keys that may occur more than once: all that do, and few others.

    Args:
        keys: Random-looking numbers.
        bits: How many of their lower bits they are told apart by.
    """
    mask = np.uint64((1 << bits) - 1)
    once = np.zeros(max((1 << bits) >> 6, 1), np.uint64)
    twice = np.zeros(once.size, np.uint64)
    for i in range(keys.size):
        place = keys[i] & mask
        word, bit = int64(place >> np.uint64(6)), np.uint64(1) << (place & np.uint64(63))
        twice[word] |= once[word] & bit
        once[word] |= bit
    places = np.empty(keys.size, np.int64)
    count = 0
    for i in range(keys.size):
        place = keys[i] & mask
        places[count] = i
        count += int64((twice[int64(place >> np.uint64(6))] >> (place & np.uint64(63))) & np.uint64(1))
    return places[:count]


# -- numbers ------------------------------------------------------------------------------------
# The same reading as saaf.deduplicate.quantities, which explains it.


@kernel
def word_hash(key: Points, start: int, stop: int) -> np.uint64:
    """Hash a word that may stand for a number: a sum over its characters and their places, mixed."""
    value = np.uint64(0)
    for i in range(start, stop):
        value += mix(np.uint64(key[i]) * GOLDEN + np.uint64(i - start))
    return mix(value)


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
def _group_length(key: Points, bounds: Points, words: int, at: int) -> int:
    """How many words of digits from here are one number: 1,250,000 or, as in South Asia, 12,50,000."""
    lengths = np.zeros(6, np.int64)
    known = 0
    while known < lengths.size and at + known < words:
        start = int64(bounds[at + known])
        stop = int64(bounds[at + known + 1])
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
def _kind_of(key: Points, bounds: Points, words: int, at: int, lexicon: Lexicon) -> int:
    if at < 0 or at >= words:
        return 0
    found = look_up(lexicon, word_hash(key, int64(bounds[at]), int64(bounds[at + 1])))
    return int64(lexicon.kinds[found]) if found >= 0 else 0


@kernel
def _spelled_word(
    state: Indices, key: Points, bounds: Points, words: int, at: int, lexicon: Lexicon, out: Hashes
) -> None:
    start, stop = int64(bounds[at]), int64(bounds[at + 1])
    found = look_up(lexicon, word_hash(key, start, stop))
    kind = int64(lexicon.kinds[found]) if found >= 0 else 0
    if kind == DOUBTFUL:
        beside_scale = (
            _kind_of(key, bounds, words, at - 1, lexicon) == SCALE
            or _kind_of(key, bounds, words, at + 1, lexicon) == SCALE
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
def quantities(key: Points, bounds: Points, words: int, lexicon: Lexicon, out: Hashes) -> int:
    """The numbers that a text states, sorted.

    Args:
        key: The text's key characters.
        bounds: Where each of its words starts in them, and the end of the last.
        words: Number of its words.
        lexicon: Number words.
        out: Where the numbers go; room for as many as the text has characters.

    Returns:
        How many distinct numbers there are.
    """
    state = np.zeros(6, np.int64)
    at = 0
    while at < words:
        start, stop = int64(bounds[at]), int64(bounds[at + 1])
        if _digits_at(key, start, stop) == stop - start:
            length = _group_length(key, bounds, words, at)
            _run_of_digits(state, key, start, int64(bounds[at + length]), out)
            at += length
            continue
        has_digit = False
        for i in range(start, stop):
            has_digit |= _is_digit(key[i])
        if not has_digit:
            _spelled_word(state, key, bounds, words, at, lexicon, out)
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
    """How folded texts are read: what a shingle is, and the number words."""

    shape: Shape
    lexicon: Lexicon


class Texts(NamedTuple):
    """Folded texts by number.

    Attributes:
        codes: The codes of all of them; or DROPPED, which is none of them, and those of a match key alone.
        starts: Where each begins.
        sizes: Bytes of its codes.
        text_bytes: Bytes of UTF-8 that it was folded from.
    """

    codes: Bytes
    starts: Indices
    sizes: Indices
    text_bytes: Indices


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
        components: For each document the lowest number that it is joined with by buckets, near or far.
    """

    members: Indices
    starts: Indices
    kept: Indices
    anchors: npt.NDArray[np.bool_]
    buckets: Indices
    bucket_starts: Indices
    components: Indices


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
def _open(texts: Texts, number: int, page: Page) -> Layout:
    """Lay a text out on a page; of one whose match key alone was kept, words are as many as characters."""
    start, size = texts.starts[number], texts.sizes[number]
    if size and texts.codes[start] == _DROPPED_CODE:
        _copy(texts.codes, start + 1, page.key, 0, size - 1)
        return Layout(size - 1, size - 1, size - 1)
    _copy(texts.codes, start, page.codes, 0, size)
    return lay_out(page, size)


_AHEAD, _LINE, _FETCHED = 2, 64, 4096


@kernel
def _fetch(texts: Texts, number: int) -> None:
    """Have a text brought near while others are decided: texts that meet lie far from one another, and memory is slow."""
    start = texts.starts[number]
    for at in range(start, start + min(texts.sizes[number], _FETCHED), _LINE):
        _prefetch(texts.codes, at)


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
    page = room.page
    layout = _open(texts, number, page)
    block[_KEY_HASH], _ = key_hash(page.key, layout.bytes)
    block[_KEY_LENGTH], block[_WORDS] = np.uint64(layout.characters), np.uint64(layout.words)
    count = shingle_hashes(page, layout, reading.shape, room.units, room.hashes)
    numbers = 0
    if layout.words < numbers_under:
        spell_out(page, layout)
        numbers = quantities(page.points, page.bounds, layout.words, reading.lexicon, block[_HEAD:])
    block[_NUMBERS] = np.uint64(numbers)
    bits = _BIT_WORDS if with_bits else 0
    shingles = block[_HEAD + numbers + bits :]
    distinct = sort_distinct(room.hashes, count, shingles)
    block[_BITS], block[_SHINGLES] = np.uint64(bits), np.uint64(distinct)
    if with_bits:
        _set_bits(shingles[:distinct], _bits_of(block))
    places.key_hash[number] = block[_KEY_HASH]
    places.short[number] = layout.words < numbers_under
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
def _same_key(texts: Texts, number: int, other: int, room: Room) -> bool:
    size = _open(texts, number, room.page).bytes
    if _open(texts, other, room.other_page).bytes != size:
        return False
    differing = 0
    for i in range(size):
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
    _copy(block, 0, room.arena, start, block.size)
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
        shorter = min(texts.text_bytes[number], texts.text_bytes[other])
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
        rules: The configuration.
        room: The thread's memory.

    Returns:
        EXACT, NEAR and the Jaccard similarity; CONTAINED and the share of the smaller set; APART; or NOTHING.
    """
    own = room.own
    if own[_KEY_HASH] == block[_KEY_HASH] and own[_KEY_LENGTH] > 0:  # noqa: SIM102 - the second test is dear
        if _same_key(texts, number, other, room):
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
        kind, value = _compare(number, other, block, best_similarity, apart, texts, rules, room)
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
        numbers: The documents, component after component, ascending in each.
        meetings: Who shares buckets with whom.
        texts: The texts of all of them.
        reading: How texts are read.
        rules: The configuration.
        places: Notes, by document.
        room: The thread's memory.
        verdicts: Where the verdicts go.
    """
    numbers, meetings, texts, reading = _lent(numbers), _lent(meetings), _lent(texts), _lent(reading)
    places, room, verdicts = _lent(places), _lent(room), _lent(verdicts)
    component = -1
    for place in range(numbers.size):
        number = numbers[place]
        _fetch(texts, numbers[min(place + _AHEAD, numbers.size - 1)])
        count, length = 0, 0
        if (
            meetings.components[number] != component
        ):  # what is remembered of others is of no use, and its place is at hand
            component = meetings.components[number]
            room.ends[:] = 0
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
def buckets_of_documents(members: Indices, starts: Indices, count: int) -> tuple[Indices, Indices]:
    """The buckets that each document is in, ascending, document after document; and where each document's begin.

    Args:
        members: Numbers of documents, bucket after bucket.
        starts: Where each bucket begins, and the end of the last.
        count: How many documents there are.
    """
    bounds = np.zeros(count + 1, np.int64)
    for number in members:
        bounds[number + 1] += 1
    for number in range(count):
        bounds[number + 1] += bounds[number]
    free, buckets = bounds[:-1].copy(), np.empty(members.size, np.int64)
    for bucket in range(starts.size - 1):
        for number in members[starts[bucket] : starts[bucket + 1]]:
            buckets[free[number]] = bucket
            free[number] += 1
    return buckets, bounds


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
