# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops that find the lines at the ends of a page, and where years stand in them.

In a file of its own, since a compiled function kept on disk is renewed when its own file changes. The loops read a page
no further than they are asked to, however long it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saaf.clean.characters import DIGIT, LETTER, SPACE
from saaf.text.compiled import kernel

Points = npt.NDArray[np.uint32]
Classes = npt.NDArray[np.uint16]
Rows = npt.NDArray[np.int32]

_LINE_FEED = 10
_BLOCK = 16
"""Characters looked at together: most blocks of a text have no line feed."""

START, END, LENGTH, YEAR_END = range(4)
"""Columns of a row: raw offsets of a line's first character that is no white space and past its last one; how many
characters of these stay; how many of them there are up to the end of the first four digits in a row, 0 for none."""

SHORT, LABEL = 80, 30
"""Characters of a line that may say one thing alone: a date, a byline, a credit; and of a label, at most."""
OPENING, FIRST, LAST = 24, 8, 4
"""Rows of a table of the ends of a page: for the lines that it begins with, for the first that stay, for the last."""
HEAD, TAIL = 4000, 1500
"""Characters that are read for these: of the page, and of what stays, from its start; of what stays, from its end."""
LOOKED_AT = 300
"""Characters of a line among which a year is looked for."""
_YEAR = 4
"""Digits of a year."""


@kernel
def find_ends(
    codes: Points, cuts: Rows, classes: Classes, rows: Rows
) -> tuple[tuple[int, int, int], int, tuple[int, int, int], int]:
    """Find the lines at the ends of a page that hold something.

    Args:
        codes: Code points of the raw text.
        cuts: Start and end of what is left out, in order of their starts; they are set apart in place.
        classes: The class of each code point.
        rows: Where the lines are written (:data:`OPENING`). The last ones stand in a ring: the n-th of those that were
            met, from 0, in row n modulo :data:`LAST`.

    Returns:
        How many lines there are to begin with, how many first ones that stay, and how many were met for the last ones;
        how many characters stay; of the lines to begin with, which are no longer than a label, which begin with
        neither letter nor digit, which are short and have a year, a bit for each; and which of the others have one.
    """
    cuts = _set_apart(cuts)
    kept = len(codes)
    for number in range(len(cuts)):
        kept -= cuts[number, 1] - cuts[number, 0]
    opening, first, last = rows[:OPENING], rows[OPENING : OPENING + FIRST], rows[OPENING + FIRST :]
    n_opening = _lines(codes[:HEAD], cuts[:0], 0, 0, HEAD, classes, opening, SHORT, False)
    n_first = _lines(codes, cuts, 0, 0, HEAD, classes, first, LOOKED_AT, False)
    position, cut = _tail(codes, cuts)
    n_last = _lines(codes, cuts, position, cut, TAIL, classes, last, LOOKED_AT, True)
    labels = marked = dates = dated = 0
    for number in range(n_opening):
        labels |= int(opening[number, LENGTH] <= LABEL) << number
        marked |= int(not classes[codes[opening[number, START]]] & (LETTER | DIGIT)) << number
        dates |= int(opening[number, LENGTH] <= SHORT and opening[number, YEAR_END] > 0) << number
    for number in range(n_first):
        dated |= int(first[number, YEAR_END] > 0) << number
    for number in range(min(n_last, LAST)):
        dated |= int(last[number, YEAR_END] > 0) << (FIRST + number)
    return (n_opening, n_first, n_last), kept, (labels, marked, dates), dated


@kernel
def _set_apart(cuts: Rows) -> Rows:
    """Take from each cut what an earlier one covers, in place; the ones that are left."""
    count = covered = 0
    for number in range(len(cuts)):
        start, end = max(cuts[number, 0], covered), cuts[number, 1]
        if end > covered:
            cuts[count, 0], cuts[count, 1] = start, end
            count += 1
            covered = end
    return cuts[:count]


@kernel
def _tail(codes: Points, cuts: Rows) -> tuple[int, int]:
    """Where the last characters that stay begin, and the number of the first cut after that."""
    left = TAIL
    end = len(codes)
    for cut in range(len(cuts) - 1, -1, -1):
        start = cuts[cut, 1]
        if end - start >= left:
            return end - left, cut + 1
        left -= end - start
        end = cuts[cut, 0]
    return max(end - left, 0), 0


@kernel
def _lines(
    codes: Points,
    cuts: Rows,
    position: int,
    cut: int,
    limit: int,
    classes: Classes,
    rows: Rows,
    looked_at: int,
    is_ring: bool,
) -> int:
    """Find the lines that stay, from a position and the number of the first cut after it on."""
    count = 0
    start, end, kept_start, kept_end = -1, 0, 0, 0
    digits = year_end = 0
    removed = 0
    stop_at = position + limit  # counted in characters that stay, those before the position among them
    while True:
        stop = cuts[cut, 0] if cut < len(cuts) else len(codes)
        stop = min(stop, stop_at + removed)
        while position < stop:
            feed = _next_feed(codes, position, stop)
            inked, inked_end = _without_space(codes, position, feed, classes)
            if inked < inked_end:
                if start < 0:
                    start, kept_start = inked, inked - removed
                    digits = year_end = 0
                elif inked > position:
                    digits = 0
                end, kept_end = inked_end, inked_end - removed
                if not year_end:
                    until = min(inked_end, kept_start + removed + looked_at)
                    digits, year_place = _find_year(codes, inked, until, classes, digits)
                    year_end = year_place - removed - kept_start if year_place else 0
            if inked_end < feed or (inked == inked_end and feed > position):
                digits = 0
            position = feed + 1
            if feed == stop:
                continue
            if start >= 0:
                count = _write(rows, count, start, end, kept_end - kept_start, year_end)
                start = -1
                if count == len(rows) and not is_ring:
                    return count
        if cut >= len(cuts) or stop == stop_at + removed:
            break
        removed += cuts[cut, 1] - cuts[cut, 0]
        position = cuts[cut, 1]
        cut += 1
    if start >= 0:
        count = _write(rows, count, start, end, kept_end - kept_start, year_end)
    return count


@kernel
def _write(rows: Rows, count: int, start: int, end: int, length: int, year_end: int) -> int:
    place = count % len(rows)
    rows[place, START], rows[place, END], rows[place, LENGTH], rows[place, YEAR_END] = start, end, length, year_end
    return count + 1


@kernel
def _next_feed(codes: Points, position: int, stop: int) -> int:
    """Where the next line feed stands; where to stop if there is none."""
    while position + _BLOCK <= stop:
        found = False
        for place in range(position, position + _BLOCK):
            found |= codes[place] == _LINE_FEED
        if found:
            break
        position += _BLOCK
    while position < stop and codes[position] != _LINE_FEED:
        position += 1
    return position


@kernel
def _without_space(codes: Points, start: int, end: int, classes: Classes) -> tuple[int, int]:
    """A part of a page without the white space at its ends."""
    while start < end and classes[codes[start]] & SPACE:
        start += 1
    while end > start and classes[codes[end - 1]] & SPACE:
        end -= 1
    return start, end


@kernel
def _find_year(codes: Points, start: int, end: int, classes: Classes, digits: int) -> tuple[int, int]:
    """How many digits stand before the end in a row, those before the start among them, and where four first end.

    Of four characters in a row one is enough to see that they are not all digits.
    """
    place = start
    while place < end:
        ahead = place + _YEAR - 1 - digits
        if ahead < end and not classes[codes[ahead]] & DIGIT:
            place, digits = ahead + 1, 0
        elif classes[codes[place]] & DIGIT:
            place, digits = place + 1, digits + 1
            if digits == _YEAR:
                return digits, place
        else:
            place, digits = place + 1, 0
    return digits, 0
