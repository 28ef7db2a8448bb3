"""Folding a whole text, with a map from every folded character back to the raw ones.

Rules are matched on the folded form and remove characters of the raw form, so the map must be exact: a span of
folded characters stands for the raw characters that produced it, the dropped ones among them, and the marks that
sit on its last character.
"""

from __future__ import annotations

import threading
from functools import cache, cached_property
from typing import TYPE_CHECKING
from unicodedata import category

from saaf.text.letters import fold_character

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CODE_POINTS = 0x110000
_BLOCK = 256
_MARKS = frozenset({"Mn", "Me"})

# An entry of the table: the folded character, or where its several ones stand; and these flags.
CODE_MASK = (1 << 21) - 1
KNOWN = 1 << 21
SPACE = 1 << 22
"""The raw character is white space."""
SEVERAL = 1 << 23
"""It folds to more than one."""
DROPPED = 1 << 24
"""It folds to none."""
MARK = 1 << 25
"""It is dropped, and sits on the character before it."""


def fold_for_matching(character: str) -> str:
    """The fold of one character as rules see it: :func:`fold_character`, with all white space but the line feed a space.

    Args:
        character: One code point.
    """
    if character == "\n":
        return "\n"
    if character.isspace():
        return " "
    return "".join(" " if part.isspace() else part for part in fold_character(character))


class _Table:
    """What each code point folds to, filled a block of 256 code points at a time when a text first needs one.

    Attributes:
        entries: For each code point its entry; 0 where its block is not known yet.
        several: The folds of more than one character, each with its length before it.
    """

    def __init__(self) -> None:
        import numpy as np

        self.entries = np.zeros(_CODE_POINTS, np.uint32)
        self.several = np.zeros(0, np.uint32)
        self._lock = threading.Lock()

    def learn(self, code: int) -> None:
        """Fill the block of a code point."""
        import numpy as np

        block = range(code - code % _BLOCK, code - code % _BLOCK + _BLOCK)
        with self._lock:
            several = self.several.tolist()
            entries = [self._entry(chr(code), several) for code in block]
            self.several = np.array(several, np.uint32)  # before the entries that point into it
            self.entries[block.start : block.stop] = entries

    @staticmethod
    def _entry(character: str, several: list[int]) -> int:
        folded = fold_for_matching(character)
        if not folded:
            return KNOWN | DROPPED | (MARK if category(character) in _MARKS else 0)
        flags = KNOWN | (SPACE if character.isspace() else 0)
        if len(folded) == 1:
            return flags | ord(folded)
        several += [len(folded), *map(ord, folded)]
        return flags | SEVERAL | (len(several) - len(folded) - 1)


@cache
def _table() -> _Table:
    return _Table()


class Folded:
    """A folded text and its way back.

    Attributes:
        raw_codes: Code points of the raw text.
        codes: Code points of the folded text.
        starts: For each of these, the offset of the raw character that produced it.
    """

    def __init__(
        self, raw_codes: NDArray[np.uint32], codes: NDArray[np.uint32], starts: NDArray[np.int32], raw_inked: int
    ) -> None:
        self.raw_codes = raw_codes
        self.codes = codes
        self.starts = starts
        self.raw_inked = raw_inked
        """Raw characters that are not white space."""

    @cached_property
    def text(self) -> str:
        """The folded text."""
        return str(self.codes.data, "utf-32-le")

    def without(self, spans: NDArray[np.int32]) -> Folded:
        """The same fold without some of its characters, and the same way back.

        Args:
            spans: Raw spans, in order and apart, a row each; what stands for characters in them is left out.
        """
        from saaf.text.kernels import leave_out

        if not len(spans):
            return self
        codes, starts = leave_out(self.codes, self.starts, spans)
        return Folded(self.raw_codes, codes, starts, self.raw_inked)

    def inked(self, spans: NDArray[np.int32]) -> int:
        """How many raw characters are not white space in spans of the raw text.

        Args:
            spans: The spans, a row each, of which the first two columns are their starts and ends.
        """
        from saaf.text.kernels import count_inked

        return count_inked(self.raw_codes, _table().entries, spans)

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw span that a folded span stands for.

        Args:
            start: First folded character.
            end: One past the last; a span of no characters stands for no raw ones.

        Raises:
            IndexError: The span does not lie within the folded text.
        """
        length = len(self.codes)
        if not 0 <= start <= end <= length:
            raise IndexError(f"the span {start}-{end} lies outside the {length} folded characters")
        if start == end:
            place = int(self.starts[start]) if start < length else len(self.raw_codes)
            return place, place
        return int(self.starts[start]), self._end_of(int(self.starts[end - 1]))

    def _end_of(self, place: int) -> int:
        """One past a raw character that was not dropped, and past the marks that sit on it."""
        entries = _table().entries
        end = place + 1
        for after in range(place + 1, len(self.raw_codes)):
            entry = int(entries[self.raw_codes[after]])
            if not entry & DROPPED:
                break
            if entry & MARK:
                end = after + 1
        return end


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text as an array; a lone surrogate is a code point like any other."""
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def fold(raw: str) -> Folded:
    """Fold a text for the matching of rules.

    The result's text is the concatenation of :func:`fold_for_matching` over the characters. It costs one table
    look-up a character.

    Args:
        raw: Any text.
    """
    import numpy as np

    from saaf.text.kernels import fold_codes

    table = _table()
    raw_codes = code_points(raw)
    room = len(raw_codes) + len(raw_codes) // 16 + 32  # few characters fold to more than one
    while True:
        codes = np.empty(room, np.uint32)
        starts = np.empty(room, np.int32)
        count, inked, unknown = fold_codes(raw_codes, table.entries, table.several, codes, starts)
        if unknown >= 0:
            table.learn(unknown)
        elif count > room:
            room = count
        else:
            return Folded(raw_codes, codes[:count], starts[:count], inked)
