"""The compiled loop that normalises a text, as far as most texts need it: the rest is in :mod:`saaf.clean.normalise`.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. What it calls stands in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. It holds no lock of the interpreter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saaf.text.compiled import kernel

Points = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LINE_FEED, _SPACE = 10, 32

PLANNED = 0x20000
"""Code points that a plan of normalising knows; a text with others is not for the compiled pass."""
CODE = np.uint32(0x1FFFFF)
"""The bits of an action that say what is written."""
DROPPED, COMBINING, COMPLEX, HARAKA, QUOTING, DECOMPOSES, LOOKALIKE, ZWNJ, LETTER_OR_MARK, ANY_MARK = (
    np.uint32(1 << bit) for bit in range(21, 31)
)
"""Flags of an action, above the bits of the character that is written: nothing is; it combines with the one before; it
needs more than this pass does; it is a vowel sign, a sign of quoted Arabic, a character with a canonical decomposition;
it was changed into a letter of the language; ZWNJ; a letter or a mark; a mark, spacing ones among them."""
_VOCALISED = 6
"""Characters from one vowel sign to the next in a word that may be quoted Arabic: one more than the exact test asks."""


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
def _is_letter_at(codes: Points, actions: Points, position: int) -> bool:
    """Whether a letter stands at a position: no mark, and nothing that is dropped."""
    if position >= len(codes) or codes[position] >= PLANNED:
        return False
    is_letter: bool = actions[codes[position]] & (LETTER_OR_MARK | ANY_MARK | DROPPED) == LETTER_OR_MARK
    return is_letter


@kernel
def normalise(  # noqa: PLR0912 - one branch for each thing that it knows
    codes: Points, actions: Points, pairs: Hashes, composites: Points, written: Points
) -> int:
    """Normalise a text that needs no more than this: the rest of the rules are in :mod:`saaf.clean.normalise`.

    Args:
        codes: Code points of the text.
        actions: What becomes of each code point under :data:`PLANNED`.
        pairs: Open table of pairs of a base and its mark.
        composites: What each pair becomes.
        written: Filled with the normalised text.

    Returns:
        Its length; -1 where the text needs more.
    """
    length = 0
    before = np.uint32(0)  # action of the last character that was not dropped
    base = np.uint64(0)  # that character as it was read
    last_haraka = -_VOCALISED - 1
    changed = quoting = False
    for position in range(len(codes)):
        code = codes[position]
        action = actions[code] if code < PLANNED else COMPLEX
        if action & COMPLEX:
            return -1
        if action & DROPPED:
            continue
        result = action & CODE
        if result in (_SPACE, _LINE_FEED):
            if code == 13 and position + 1 < len(codes) and codes[position + 1] == _LINE_FEED:
                continue
            length = _space(result, written, length)
            base, before = np.uint64(result), action
            last_haraka = -_VOCALISED - 1
            continue
        if action & (COMBINING | HARAKA | QUOTING | LOOKALIKE | ZWNJ):
            changed |= (action & LOOKALIKE) != 0
            quoting |= (action & QUOTING) != 0
            if action & HARAKA:
                quoting |= length - last_haraka <= _VOCALISED
                last_haraka = length
            if action & ZWNJ and not (before & LETTER_OR_MARK and _is_letter_at(codes, actions, position + 1)):
                return -1
            if action & COMBINING:
                if before & (COMBINING | DECOMPOSES):
                    return -1
                slot = _found((base << np.uint64(21)) | np.uint64(code), pairs)
                if slot >= 0:
                    written[length - 1] = composites[slot]
                    before = action
                    continue
        written[length] = result
        length += 1
        base, before = np.uint64(code), action
    if changed and quoting:
        return -1
    while length and written[length - 1] in (_SPACE, _LINE_FEED):
        length -= 1
    return length
