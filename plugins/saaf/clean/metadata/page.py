"""What there is to read of a page: the lines at its ends, what was removed, and the dates that lines print."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from saaf.clean.characters import character_classes
from saaf.clean.dates import FoundDate, find_date
from saaf.clean.metadata.kernels import (
    END,
    FIRST,
    HEAD,
    LAST,
    LENGTH,
    N_COLUMNS,
    OPENING,
    SECOND,
    SHORT,
    START,
    TO_BEGIN_WITH,
    YEAR_END,
    Ends,
    find_ends,
)
from saaf.clean.normalise import normalise
from saaf.clean.spans import Span

OF_START, OF_LAST = (1 << TO_BEGIN_WITH) - 1, (1 << LAST) - 1 << FIRST
"""Bits of lines at a page's ends: of those that may be a dateline, and of the last ones."""

_start = itemgetter(0)


@lru_cache(maxsize=4096)
def places(mask: int) -> tuple[int, ...]:
    """The places of the bits that are set; the same few masks recur from page to page."""
    places = []
    while mask:
        lowest = mask & -mask
        places.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(places)


class Page:
    """What there is to read of a page, hard wrapping undone.

    Args:
        raw: The raw text.
        codes: Its code points.
        spans: What was removed from it, in order and apart.
        wraps: Where hard wrapping is to be undone, in order, a row each.
        language: ISO 639 code; it decides how what is printed is normalised.

    Attributes:
        raw: The raw text.
        spans: What was removed from it.
        kinds: The same by its kind.
        language: ISO 639 code of the page's language.
        ends: What there is to know of the lines at its ends.
        n_opening: How many lines the page begins with, whether they stay or not: those that are looked at.
        n_first: How many first lines stay, of those that are looked at.
        is_one_line: One line is all that stays.
        is_wrapped: Whether there was hard wrapping to undo.
    """

    def __init__(
        self,
        raw: str,
        codes: NDArray[np.uint32],
        spans: Sequence[Span],
        wraps: NDArray[np.int32],
        language: str | None,
    ) -> None:
        self.raw = raw
        self.spans = spans
        self.kinds: dict[str, list[Span]] = {}
        for span in spans:
            self.kinds.setdefault(span.kind, []).append(span)
        self.is_wrapped = len(wraps) > 0
        self._wraps = list(zip(*wraps.T.tolist(), strict=True)) if self.is_wrapped else []
        self.language = language
        self._cuts = [span[:2] for span in spans]
        if self._wraps:
            self._cuts = sorted((*self._cuts, *self._wraps))
        self._dates: dict[str, FoundDate | None] = {}
        cuts = np.fromiter(chain.from_iterable(self._cuts), np.int32, 2 * len(self._cuts))
        self._table = np.empty((OPENING + FIRST + LAST, N_COLUMNS), np.int32)
        self.ends = ends = Ends._make(find_ends(codes, cuts, character_classes(), self._table))
        self._lines: list[str | None] = [None] * (FIRST + LAST)
        self.n_opening, self.n_first = ends.n_opening, ends.n_first
        self.is_one_line = ends.n_first == 1 and ends.kept <= HEAD

    def beginning(self, number: int) -> str:
        """The first two characters of a line at the page's start, or the only one."""
        row = OPENING + number
        second = self._table.item(row, SECOND)
        return self.raw[self._table.item(row, START)] + (chr(second) if second else "")

    def length(self, number: int) -> int:
        """Characters of a line at the page's ends."""
        return self._table.item(OPENING + number, LENGTH)

    def year_end(self, number: int) -> int:
        """Where the first four digits in a row end in a line at the page's ends; 0 where it has none near its start."""
        return self._table.item(OPENING + number, YEAR_END)

    def line(self, number: int) -> str:
        """A line at the page's ends: of the first ones, or from :data:`FIRST` on of the last."""
        line = self._lines[number]
        if line is None:
            row = OPENING + number
            start, end = self._table.item(row, START), self._table.item(row, END)
            is_whole = self._table.item(row, LENGTH) == end - start
            line = self._lines[number] = self.raw[start:end] if is_whole else self._left(start, end, self._cuts)
        return line

    def lines(self, mask: int) -> list[str]:
        """The lines at the page's ends of which a mask has the bits."""
        return list(map(self.line, places(mask))) if mask else []

    def _left(self, start: int, end: int, cuts: Sequence[tuple[int, int]]) -> str:
        """What cuts leave of a part of the raw text."""
        first = bisect_left(cuts, (start, 0))
        pieces: list[str] = []
        for cut_start, cut_end in cuts[first : bisect_left(cuts, (end, 0), first)]:
            if cut_start > start:
                pieces.append(self.raw[start:cut_start])
            start = max(start, cut_end)
        return "".join((*pieces, self.raw[start:end]))

    def clean(self, text: str) -> str | None:
        """A printed text as the tables hold it: normalised, on one line; None where nothing is left."""
        normal = normalise(text, self.language)
        return (normal.replace("\n", " ") if "\n\n" not in normal else " ".join(normal.split())) or None

    def date_of(self, line: str) -> FoundDate | None:
        """The date that a line prints; each line is read once."""
        if line not in self._dates:
            self._dates[line] = find_date(line)
        return self._dates[line]

    def is_date_line(self, line: str) -> bool:
        """Whether a line holds nothing but a date."""
        found = self.date_of(line) if len(line) <= SHORT else None
        return found is not None and found.whole_line

    def texts(self, *kinds: str) -> list[str]:
        """The removed lines of some kinds, in order."""
        spans: list[Span] = []
        for kind in kinds:
            spans += self.kinds.get(kind, ())
        lines: list[str] = []
        for start, end, _, _ in sorted(spans):
            text = self._left(start, end, self._wraps) if self._wraps else self.raw[start:end]
            lines += [inked for line in text.split("\n") if (inked := line.strip())]
        return lines

    def opening_line(self, number: int) -> str:
        """What a line that the page begins with says, whether it stays or not."""
        start, end = self.opening_span(number)
        return self.raw[start:end]

    def opening_span(self, number: int) -> tuple[int, int]:
        """Where such a line stands, white space at its ends aside."""
        return self._table.item(number, START), self._table.item(number, END)

    def kind_at(self, number: int) -> str | None:
        """Of what kind a line is that the page begins with, where a rule removed it; None where it stays."""
        start, end = self.opening_span(number)
        middle = start + (end - start) // 2
        place = bisect_right(self.spans, middle, key=_start) - 1
        return self.spans[place].kind if place >= 0 and self.spans[place].end > middle else None
