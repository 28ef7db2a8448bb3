"""The compiled loop that folds a text.

Compiled by numba at its first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. It holds no lock of the interpreter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saaf.text.compiled import kernel
from saaf.text.fold import CODE_MASK, DROPPED, KNOWN, SEVERAL, SPACE

Points = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int32]


# Entries as the table holds them: compiled code would widen a Python int to 64 bits.
_KNOWN, _DROPPED, _SEVERAL, _SPACE = np.uint32(KNOWN), np.uint32(DROPPED), np.uint32(SEVERAL), np.uint32(SPACE)
_CODE_MASK = np.uint32(CODE_MASK)


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
    room = len(codes)
    count = 0
    spaces = 0
    for place in range(len(raw)):
        entry = table[raw[place]]
        if entry & _DROPPED:
            continue
        if not entry & _KNOWN:
            return count, 0, np.int64(raw[place])  # type: ignore[return-value]
        if entry & _SPACE:
            spaces += 1
        if entry & _SEVERAL:
            first = entry & _CODE_MASK
            for part in range(several[first]):
                if count < room:
                    codes[count] = several[first + np.uint32(1) + np.uint32(part)]
                    starts[count] = place
                count += 1
        else:
            if count < room:
                codes[count] = entry & _CODE_MASK
                starts[count] = place
            count += 1
    return count, len(raw) - spaces, -1
