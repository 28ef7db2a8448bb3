"""The compiled loops that fold a text.

Compiled by numba at its first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. They hold no lock of the interpreter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saaf.text.compiled import int64, kernel
from saaf.text.fold import CODE_MASK, DROPPED, KNOWN, SEVERAL, SPACE

Points = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int32]


# Entries as the table holds them: compiled code would widen a Python int to 64 bits.
_KNOWN, _DROPPED, _SEVERAL, _SPACE = np.uint32(KNOWN), np.uint32(DROPPED), np.uint32(SEVERAL), np.uint32(SPACE)
_CODE_MASK = np.uint32(CODE_MASK)
_UNLIKE_MOST = _KNOWN | _DROPPED | _SEVERAL
"""Of these, an entry of nearly all characters has the first alone."""


@kernel
def fold_codes(raw: Points, table: Points, several: Points, codes: Points, starts: Offsets) -> tuple[int, int, int]:
    """Fold code points one by one.

    Args:
        raw: Code points of a text.
        table: What each code point folds to: entries of :class:`saaf.text.fold._Table`.
        several: The folds of more than one character, each with its length before it.
        codes: Takes the folded code points; what has no room in it is counted and not written.
        starts: Takes, for each of them, the offset of the raw character that it came from; as long as ``codes``.

    Returns:
        How many folded code points there are; how many raw ones are not white space; -1, or a raw code point of a block
        that the table does not know yet, at which folding stopped.
    """
    # Without a sign: an index that could be below zero costs a test each time.
    room, count, one = np.uint64(len(codes)), np.uint64(0), np.uint64(1)
    spaces = 0
    for place in range(len(raw)):
        entry = table[raw[place]]
        spaces += (entry & _SPACE) != 0
        if entry & _UNLIKE_MOST == _KNOWN:
            if count < room:
                codes[count] = entry & _CODE_MASK
                starts[count] = place
            count += one
        elif not entry & _KNOWN:
            return int64(count), 0, int64(raw[place])
        elif entry & _SEVERAL:
            first = entry & _CODE_MASK
            for part in range(several[first]):
                if count < room:
                    codes[count] = several[first + np.uint32(1) + np.uint32(part)]
                    starts[count] = place
                count += one
    return int64(count), len(raw) - spaces, -1


@kernel
def count_inked(raw: Points, table: Points, spans: Offsets) -> int:
    """Count the characters of spans that are not white space.

    Args:
        raw: Code points of a text.
        table: What each code point folds to, all of the text's being known.
        spans: Spans of the text, a row each: its start and end, and what else there is.
    """
    inked = 0
    for row in range(len(spans)):
        for place in range(spans[row, 0], spans[row, 1]):
            inked += table[raw[place]] & _SPACE == 0
    return inked


@kernel
def leave_out(codes: Points, starts: Offsets, spans: Offsets) -> tuple[Points, Offsets]:
    """Leave folded characters out.

    Args:
        codes: Folded code points.
        starts: For each of them the offset of the raw character that it came from.
        spans: Raw spans, in order and apart, a row each.

    Returns:
        Those that came from none of the spans, and their offsets.
    """
    kept, kept_starts = np.empty_like(codes), np.empty_like(starts)
    count = row = 0
    for number in range(len(codes)):
        start = starts[number]
        while row < len(spans) and spans[row, 1] <= start:
            row += 1
        if row == len(spans) or start < spans[row, 0]:
            kept[count], kept_starts[count] = codes[number], start
            count += 1
    return kept[:count], kept_starts[:count]
