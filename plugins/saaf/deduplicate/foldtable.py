"""The fold of every code point as one table of numbers, for kernels that read UTF-8 bytes."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.text.letters import fold_character, is_key_character

SEPARATOR = 0
"""Entry of a character that ends a word: white space, punctuation, symbols, what is not assigned."""
DROPPED = 1
"""Entry of a character that vanishes: marks, joiners, tatweel."""
SEVERAL = 1 << 31
"""Flag of a character that folds to several: the entry holds where they stand, and how many they are."""
LENGTH_BITS = 8
OTHER = 255
"""The code of a key character that has none, or of a character that folds to several."""

_TABLE_SIZE = 0xE0200
"""The planes above hold private use and no assigned character: separators, all of them."""
_NOT_ASSIGNED = frozenset({"Cn", "Co"})


class FoldTable(NamedTuple):
    """The fold, tabulated.

    Attributes:
        entries: For each code point SEPARATOR, DROPPED, the one key character that it folds to, or
            SEVERAL with a position in `several` and a length; uint32. The last is a SEPARATOR, and so
            is every code point beyond.
        several: Key characters and SEPARATORs of the characters that fold to more than one; uint32.
        growth: Key characters and SEPARATORs a byte of UTF-8, at most.
        codes: For each code point of the first plane what it folds to as one byte: SEPARATOR, DROPPED, the
            :func:`code_of` a key character, or OTHER.
        vectors: Codes of what most texts are made of, to be looked up many at once: U+0000 to U+007F, U+0600 to
            U+06FF, U+2000 to U+203F.
    """

    entries: npt.NDArray[np.uint32]
    several: npt.NDArray[np.uint32]
    growth: int
    codes: npt.NDArray[np.uint8]
    vectors: npt.NDArray[np.uint8]


def code_of(character: int) -> int:
    """The byte that stands for a key character in a folded text; OTHER where none does.

    Letters of U+0620 to U+06FE are their code points without the upper byte. Digits stand where the Persian ones
    would, which fold to them, and Latin letters where no letters are: so that of a code a code point is made without
    a table, many at once.
    """
    if ord("a") <= character <= ord("z"):
        return character - ord("a") + 2
    if ord("0") <= character <= ord("9"):
        return character - ord("0") + 0xF0
    if 0x620 <= character < 0x6F0 or 0x6FA <= character < 0x6FF:
        return character - 0x600
    return OTHER


@cache
def characters() -> str:
    """The key character of each code, by its number: :func:`code_of` the other way, as ``codecs.charmap_decode`` takes it."""
    found = ["\ufffe"] * 256  # what decoding takes for none
    for point in range(0x700):
        if (code := code_of(point)) != OTHER:
            found[code] = chr(point)
    return "".join(found)


@cache
def fold_table() -> FoldTable:
    """Tabulate :func:`saaf.text.letters.fold_character`; a quarter of a second, once a process."""
    entries = np.zeros(_TABLE_SIZE, np.uint32)
    several: list[int] = []
    growth = 1
    fold = fold_character.__wrapped__  # what is tabulated need not be remembered a second time
    for point in range(_TABLE_SIZE):
        character = chr(point)
        if unicodedata.category(character) in _NOT_ASSIGNED:
            continue
        codes = _codes(fold(character))
        if len(codes) == 1:
            entries[point] = codes[0]
        else:
            entries[point] = SEVERAL | len(several) << LENGTH_BITS | len(codes)
            several.extend(codes)
            growth = max(growth, -(-len(codes) // len(character.encode())))
    one_byte = _one_byte_codes(entries[:0x10000])
    vectors = np.concatenate([one_byte[:0x80], one_byte[0x600:0x700], one_byte[0x2000:0x2040]])
    return FoldTable(entries, np.array(several, np.uint32), growth, one_byte, vectors)


def _one_byte_codes(entries: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    distinct, which = np.unique(entries, return_inverse=True)
    own = [entry if entry in {SEPARATOR, DROPPED} else code_of(entry) for entry in distinct.tolist()]
    return np.array(own, np.uint8)[which]


def _codes(folded: str) -> list[int]:
    """The entries of a character's fold; separators in a row are one, so that most characters have one entry."""
    codes: list[int] = []
    for character in folded:
        code = ord(character) if is_key_character(character) else SEPARATOR
        if code != SEPARATOR or codes[-1:] != [SEPARATOR]:
            codes.append(code)
    return codes or [DROPPED]
