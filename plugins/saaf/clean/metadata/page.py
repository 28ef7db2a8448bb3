"""What there is to read of a page: the lines at its ends, what was removed, and the dates that lines print."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from saaf.clean.characters import character_classes
from saaf.clean.dates import FoundDate, find_date
from saaf.clean.metadata.kernels import FIRST, HEAD, LAST, OPENING, SHORT, YEAR_END, find_ends
from saaf.clean.normalise import normalise
from saaf.clean.spans import Span

_start = itemgetter(0)


def _places(mask: int) -> list[int]:
    """The places of the bits that are set."""
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


class Page:
    """What there is to read of a page, hard wrapping undone.

    Args:
        raw: The raw text.
        codes: Its code points.
        spans: What was removed from it, in order and apart.
        wraps: Where hard wrapping is to be undone, in order.
        language: ISO 639 code; it decides how what is printed is normalised.

    Attributes:
        raw: The raw text.
        spans: What was removed from it.
        kinds: The kinds of that.
        language: ISO 639 code of the page's language.
        opening: The lines that the page begins with, whether they stay or not, as rows: :data:`~.kernels.START`.
        labels: Numbers of those that are no longer than a label.
        marked: Numbers of those that begin with neither a letter nor a digit.
        dates: Numbers of those that may be a date line: they are short and have a year.
        first: The first lines that stay.
        last: The last ones, in order.
        year_ends: Of these lines, those with four digits in a row, as every date has them: where these first end.
        is_one_line: One line is all that stays.
        is_wrapped: Whether there was hard wrapping to undo.
    """

    def __init__(
        self,
        raw: str,
        codes: NDArray[np.uint32],
        spans: Sequence[Span],
        wraps: Sequence[tuple[int, int]],
        language: str | None,
    ) -> None:
        self.raw = raw
        self.spans = spans
        self.kinds = {span.kind for span in spans}
        self.is_wrapped = bool(wraps)
        self._wraps = wraps
        self.language = language
        self._cuts = [span[:2] for span in spans]
        if wraps:
            self._cuts = sorted((*self._cuts, *wraps))
        self._dates: dict[str, FoundDate | None] = {}
        self.year_ends: dict[str, int] = {}
        self._read_ends(codes)

    def _read_ends(self, codes: NDArray[np.uint32]) -> None:
        table = np.empty((OPENING + FIRST + LAST, 4), np.int32)
        cuts = np.fromiter(chain.from_iterable(self._cuts), np.int32, 2 * len(self._cuts)).reshape(-1, 2)
        (n_opening, n_first, n_last), kept, masks, dated = find_ends(codes, cuts, character_classes(), table)
        rows = table.tolist()
        self.opening: list[list[int]] = rows[:n_opening]
        self.labels, self.marked, self.dates = [_places(mask) if mask else [] for mask in masks]
        first = self._lines(rows[OPENING : OPENING + n_first])
        ring = self._lines(rows[OPENING + FIRST : OPENING + FIRST + n_last])
        for place in _places(dated) if dated else ():
            line = first[place] if place < FIRST else ring[place - FIRST]
            self.year_ends[line] = rows[OPENING + place][YEAR_END]
        turn = n_last % LAST if n_last > LAST else 0
        self.first = first
        self.last = ring[turn:] + ring[:turn]
        self.is_one_line = n_first == 1 and kept <= HEAD

    def _lines(self, rows: Sequence[Sequence[int]]) -> list[str]:
        raw, cuts = self.raw, self._cuts
        return [raw[a:b] if length == b - a else self._left(a, b, cuts) for a, b, length, _ in rows]

    def _left(self, start: int, end: int, cuts: Sequence[tuple[int, int]]) -> str:
        """What cuts leave of a part of the raw text."""
        if not cuts:
            return self.raw[start:end]
        pieces: list[str] = []
        position = start
        number = bisect_left(cuts, (start, 0))
        while number < len(cuts) and cuts[number][0] < end:
            cut_start, cut_end = cuts[number]
            if cut_end > position:
                pieces.append(self.raw[position : max(position, cut_start)])
                position = cut_end
            number += 1
        return "".join((*pieces, self.raw[position:end]))

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
        if self.kinds.isdisjoint(kinds):
            return []
        texts = (self._left(span.start, span.end, self._wraps) for span in self.spans if span.kind in kinds)
        return [inked for text in texts for line in text.split("\n") if (inked := line.strip())]

    def opening_line(self, number: int) -> str:
        """What a line that the page begins with says, whether it stays or not."""
        start, end, _, _ = self.opening[number]
        return self.raw[start:end]

    def kind_at(self, number: int) -> str | None:
        """Of what kind a line is that the page begins with, where a rule removed it; None where it stays."""
        start, end, _, _ = self.opening[number]
        middle = start + (end - start) // 2
        place = bisect_right(self.spans, middle, key=_start) - 1
        return self.spans[place].kind if place >= 0 and self.spans[place].end > middle else None
