"""Folding a whole text, with a map from every folded character back to the raw ones.

Rules are matched on the folded form and remove characters of the raw form, so the map must be exact: a span of
folded characters stands for the raw characters that produced it, the dropped ones among them, and the marks that
sit on its last character.
"""

from __future__ import annotations

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
    """What each code point folds to, filled a block of 256 code points at a time when a text first needs one."""

    def __init__(self) -> None:
        import numpy as np

        self.known = np.zeros(_CODE_POINTS // _BLOCK, np.bool_)
        self.length = np.zeros(_CODE_POINTS, np.uint8)  # folded characters that one raw character gives
        self.first = np.zeros(_CODE_POINTS, np.uint32)  # the first of them
        self.is_mark = np.zeros(_CODE_POINTS, np.bool_)  # dropped, and sits on the character before it
        self.is_space = np.zeros(_CODE_POINTS, np.bool_)
        self.several: dict[int, list[int]] = {}  # all of them, where there is more than one

    def learn(self, codes: NDArray[np.uint32]) -> None:
        """Fill the blocks that these code points need."""
        import numpy as np

        blocks = np.unique(codes // _BLOCK)
        for block in blocks[~self.known[blocks]].tolist():
            for code in range(block * _BLOCK, (block + 1) * _BLOCK):
                self._learn_one(code)
            self.known[block] = True

    def _learn_one(self, code: int) -> None:
        folded = fold_for_matching(chr(code))
        self.length[code] = len(folded)
        self.is_space[code] = chr(code).isspace()
        if folded:
            self.first[code] = ord(folded[0])
        else:
            self.is_mark[code] = category(chr(code)) in _MARKS
        if len(folded) > 1:
            self.several[code] = [ord(part) for part in folded]


@cache
def _table() -> _Table:
    return _Table()


class Folded:
    """A folded text and its way back.

    Attributes:
        text: The folded text.
        codes: Code points of the folded text, in the same order.
        raw_codes: Code points of the raw text.
    """

    def __init__(
        self,
        raw_codes: NDArray[np.uint32],
        codes: NDArray[np.uint32],
        lengths: NDArray[np.uint8],
        kept: NDArray[np.int64] | None = None,
    ) -> None:
        self.codes = codes
        self.text: str = codes.tobytes().decode("utf-32-le")
        self.raw_codes = raw_codes
        self._lengths = lengths
        self._kept = kept

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """For each folded character, the offset of the raw character that produced it."""
        import numpy as np

        if self._lengths.max(initial=0) <= 1:
            starts = np.flatnonzero(self._lengths)
        else:
            starts = np.repeat(np.arange(len(self._lengths)), self._lengths)
        return starts if self._kept is None else starts[self._kept]

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """For each folded character, the offset after its raw character and after the marks that sit on that."""
        import numpy as np

        ends = np.arange(1, len(self.raw_codes) + 1)
        marks = np.flatnonzero(_table().is_mark[self.raw_codes])
        if len(marks):
            kept = np.flatnonzero(self._lengths)
            owners = np.searchsorted(kept, marks) - 1
            marks, owners = marks[owners >= 0], owners[owners >= 0]
            # Marks come in order, and the last of those that sit on one character is the one that stays.
            ends[kept[owners]] = marks + 1
        result: NDArray[np.int64] = ends[self.starts]
        return result

    @cached_property
    def raw_inked(self) -> int:
        """Raw characters that are not white space."""
        import numpy as np

        return len(self.raw_codes) - int(np.count_nonzero(_table().is_space[self.raw_codes]))

    def only(self, kept: NDArray[np.int64]) -> Folded:
        """The same fold with only some of its characters, in order, and the same way back.

        Args:
            kept: Offsets of the characters that stay.
        """
        return Folded(self.raw_codes, self.codes[kept], self._lengths, kept if self._kept is None else self._kept[kept])

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw span that a folded span stands for.

        Args:
            start: First folded character.
            end: One past the last; a span of no characters stands for no raw ones.

        Raises:
            IndexError: The span does not lie within the folded text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise IndexError(f"the span {start}-{end} lies outside the {len(self.text)} folded characters")
        if start == end:
            place = int(self.starts[start]) if start < len(self.text) else len(self.raw_codes)
            return place, place
        return int(self.starts[start]), self._end_of(int(self.starts[end - 1]))

    def _end_of(self, place: int) -> int:
        """One past a raw character that was not dropped, and past the marks that sit on it."""
        marks = _table().is_mark
        end = place + 1
        for after in range(place + 1, len(self.raw_codes)):
            if self._lengths[after]:
                break
            if marks[self.raw_codes[after]]:
                end = after + 1
        return end


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text as an array; a lone surrogate is a code point like any other."""
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def fold(raw: str) -> Folded:
    """Fold a text for the matching of rules.

    The result's text is the concatenation of :func:`fold_for_matching` over the characters. It costs a few
    table look-ups a character; the way back is worked out when it is first asked for.

    Args:
        raw: Any text.
    """
    import numpy as np

    table = _table()
    raw_codes = code_points(raw)
    if not table.known[raw_codes >> 8].all():
        table.learn(raw_codes)
    lengths = table.length[raw_codes]
    longest = int(lengths.max(initial=0))
    codes = table.first[raw_codes]
    if longest <= 1:
        if not lengths.all():
            codes = codes[lengths != 0]
        return Folded(raw_codes, codes, lengths)
    places = np.flatnonzero(lengths > 1)
    ends = np.cumsum(lengths, dtype=np.int64)
    codes = np.repeat(codes, lengths)
    for place, end in zip(places.tolist(), ends[places].tolist(), strict=True):
        parts = table.several[int(raw_codes[place])]
        codes[end - len(parts) : end] = parts
    return Folded(raw_codes, codes, lengths)
