"""A page as rules look at it: folded, in lines, hard wrapping undone, with the way back to the raw text."""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from saaf.clean.characters import character_classes
from saaf.clean.page_kernels import LEAST_LINES, NARROWEST, WIDEST, find_breaks
from saaf.clean.scan import (
    AFTER_BLANK,
    EDGE,
    END,
    FLAGGED,
    LETTER,
    RAW_END,
    RAW_START,
    START,
    find_frame,
    find_lines,
)
from saaf.text.fold import Folded, fold

_EDGE = " :;،؛,.۔-–—−|¦«»‹›<>[](){}*•·∙●■▪►▶◄→←\"'“”‘’`´!؟?#_=~^+/\\"
"""What may stand at either end of a line without making it another line."""

NO_BREAKS = np.empty((0, 2), np.int32)
"""The breaks of a text that is not hard-wrapped."""

_SENTENCE_ENDS = ("۔", ".", "।")
_CLOSING = "\"'“”‘’»›)]} "


def line_key(folded_line: str) -> str:
    """What exact lines are compared by: no spaces, and no punctuation at either end.

    Args:
        folded_line: A folded line.
    """
    return folded_line.replace(" ", "").strip(_EDGE)


@cache
def character_flags() -> NDArray[np.uint8]:
    """Flags of folded characters, an array over the first plane."""
    flags = [EDGE * (sign in _EDGE) | LETTER * sign.isalpha() for sign in map(chr, range(FLAGGED))]
    return np.array(flags, np.uint8)


def is_sentence(folded_line: str) -> bool:
    """Whether a folded line ends as a sentence does. A question or an exclamation may be a headline, and so may `...`.

    Args:
        folded_line: A folded line.
    """
    line = folded_line.rstrip(_CLOSING)
    return line.endswith(_SENTENCE_ENDS) and not line.endswith(("..", "۔۔"))


class Page:
    """A raw text and the lines that rules see.

    A line here is a paragraph of a hard-wrapped text, and a line elsewhere; blank lines have no number.

    Attributes:
        raw: The raw text.
        folded: Its fold, wrapping undone.
        wrap_breaks: Raw spans that undoing it leaves out, a row each: see :func:`wrap_breaks`.
        table: The inked lines, a row each: see :data:`START`.
        frame: Where the article begins and ends on a page that was taken whole: see :func:`saaf.clean.scan.find_frame`.
        lengths: Folded characters of each line.
    """

    def __init__(self, raw: str) -> None:
        self.raw = raw
        folded = fold(raw)
        self.table, widest, as_wide = find_lines(folded.codes, folded.starts, folded.raw_codes)
        # Most pages have a line that no wrapper would leave, or only one of their greatest width: no need to look closer.
        may_be_wrapped = NARROWEST <= widest <= WIDEST and as_wide >= LEAST_LINES
        self.wrap_breaks = wrap_breaks(raw, folded.raw_codes) if may_be_wrapped else NO_BREAKS
        if len(self.wrap_breaks):
            folded = folded.without(self.wrap_breaks)
            self.table, _, _ = find_lines(folded.codes, folded.starts, folded.raw_codes)
        self.folded: Folded = folded
        self.frame: tuple[int, int] = find_frame(folded.codes, self.table, character_flags())
        self.lengths: list[int] = (self.table[:, END] - self.table[:, START]).tolist()
        self._keys: dict[int, str] = {}

    def __len__(self) -> int:
        """The number of inked lines."""
        return len(self.table)

    @cached_property
    def lines(self) -> list[str]:
        """The inked lines, folded, without white space at the ends: for those who want them all."""
        text = self.folded.text
        return [text[start:end] for start, end in self.table[:, START : END + 1].tolist()]

    def line(self, number: int) -> str:
        """One of them."""
        return self.folded.text[self.table.item(number, START) : self.table.item(number, END)]

    def length(self, number: int) -> int:
        """Folded characters of a line."""
        return self.lengths[number]

    def key(self, number: int) -> str:
        """The :func:`line_key` of a line."""
        key = self._keys.get(number)
        if key is None:
            key = self._keys[number] = line_key(self.line(number))
        return key

    def follows_blank(self, number: int) -> bool:
        """Whether a blank line stands before a line; true of the line after the last."""
        return number == len(self) or bool(self.table.item(number, AFTER_BLANK))

    def start(self, number: int) -> int:
        """Offset in the folded text of a line's first character that is not white space."""
        return self.table.item(number, START)

    def raw_line(self, number: int) -> tuple[int, int]:
        """Raw span of a line: all its characters, white space and invisible ones at its ends too, the line feed not."""
        return self.table.item(number, RAW_START), self.table.item(number, RAW_END)


def wrap_breaks(raw: str, raw_codes: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Where a text that was wrapped by counting characters has its breaks, as spans of raw characters to leave out.

    Such a text has lines of one exact width, words cut in the middle, and the last line of a paragraph pushed to
    the right by spaces. A break is a line feed with the padding of a last line after it.

    Args:
        raw: The raw text.
        raw_codes: Its code points.

    Returns:
        A row for each span, in order: where it starts and ends; none where the text is not wrapped so.
    """
    if raw.count("\n") < LEAST_LINES - 1:
        return NO_BREAKS
    return find_breaks(raw_codes, character_classes())
