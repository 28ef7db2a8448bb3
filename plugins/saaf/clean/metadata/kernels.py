# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops that find the lines at the ends of a page, and where years stand in them.

In a file of its own, since a compiled function kept on disk is renewed when its own file changes. The loops read a page
no further than they are asked to, however long it is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean.characters import DIGIT, LETTER, SPACE
from saaf.text.compiled import int64, kernel

Points = npt.NDArray[np.uint32]
Classes = npt.NDArray[np.uint16]
Rows = npt.NDArray[np.int32]

_LINE_FEED = 10
_BLOCK = 16
"""Characters looked at together: most blocks of a text have no line feed."""

START, END, LENGTH, YEAR_END, SECOND = range(5)
"""Columns of a row: raw offsets of a line's first character that is no white space and past its last one; how many
characters of these stay; how many of them there are up to the end of the first four digits in a row, 0 for none; of the
first lines that stay, the second character that does, 0 for none."""
N_COLUMNS = 5

SHORT, LABEL = 80, 30
"""Characters of a line that may say one thing alone: a date, a byline, a credit; and of a label, at most."""
OPENING, FIRST, LAST = 24, 8, 4
"""Rows of a table of the ends of a page: for the lines that it begins with, for the first that stay, for the last."""
TO_BEGIN_WITH = 3
"""Of the first lines that stay, those that may be a dateline, or have a credit or a breadcrumb."""
HEAD, TAIL = 4000, 1500
"""Characters that are read for these: of the page, and of what stays, from its start; of what stays, from its end."""
DATELINE, PLACE, THIS, REPORTS = 150, 45, 120, 200
"""Characters of a line in which a bracket is looked for, in which a place ends, in which words stand that say who wrote
the text; and of its end, in which others do."""
PLACE_WORDS = 4
"""Words of a place, at most."""
DATE, NOTE = 93, 300
"""Characters of a line up to which a mark is looked for that ends a dateline; and of one that may be a note."""
LOOKED_AT = 300
"""Characters of a line among which a year is looked for."""
_YEAR = 4
"""Digits of a year."""

_ROUND, _SQUARE, _COLON, _SPACE, _KAF, _YEH, _R, _E = map(ord, "([: کیre")
_SHEEN, _ALEF, _MEEM, _NOON, _TEH, _KHAH, _TCHEHEH, _PEH, _U, _B, _O, _S = map(ord, "شامنتخڇپubos")
_SMALL = ord("a") - ord("A")
_BEHIND_A_DATE = tuple(map(ord, ":۔()–—-"))
_BEHIND_A_PLACE = tuple(map(ord, "()[:۔–—/-"))
_BEHIND_BRACKETS, _CLOSING_BRACKETS = tuple(map(ord, " \t.۔")), tuple(map(ord, ")]"))
_COMMAS = tuple(map(ord, "،,"))


class Ends(NamedTuple):
    """The lines at the ends of a page.

    Lines are a bit each: of those that it begins with; or of those at its ends, which are the first lines that stay, and
    from bit :data:`FIRST` on the last ones.

    Attributes:
        n_opening, n_first, n_last: How many there are.
        kept: How many characters stay.
        labels: Those to begin with that are no longer than a label.
        marked: Those that begin with neither a letter nor a digit.
        dates: Those that are short and have a year.
        short: Of the ends, those that are no longer than a line that says one thing alone.
        notes: Those with a year that are short, or that are a note that may say when the page was published.
        datelined: Of the first three, those in which a mark stands behind the year, as behind the date of a dateline.
        bracketed, placed, labelled: Of the first three, those in which a bracket opens near the start; that may begin
            with a place; that have a colon near the start.
        closing, in_brackets: Of the last ones, those that may say who wrote the text; that end in brackets.
    """

    n_opening: int
    n_first: int
    n_last: int
    kept: int
    labels: int
    marked: int
    dates: int
    short: int
    notes: int
    datelined: int
    bracketed: int
    placed: int
    labelled: int
    closing: int
    in_brackets: int


@kernel
def find_ends(codes: Points, cuts: Rows, classes: Classes, rows: Rows) -> tuple[int, ...]:
    """Find the lines at the ends of a page that hold something.

    Args:
        codes: Code points of the raw text.
        cuts: Start and end of what is left out, one behind the other, in order of their starts; changed in place.
        classes: The class of each code point.
        rows: Where the lines are written (:data:`OPENING`).

    Returns:
        The values of :class:`Ends`.
    """
    cuts = _set_apart(cuts.reshape(-1, 2))
    kept = len(codes)
    for number in range(len(cuts)):
        kept -= cuts[number, 1] - cuts[number, 0]
    opening, first, last = rows[:OPENING], rows[OPENING : OPENING + FIRST], rows[OPENING + FIRST :]
    n_opening = _lines(codes[:HEAD], cuts[:0], 0, 0, HEAD, classes, opening, SHORT, False)
    n_first = _lines(codes, cuts, 0, 0, HEAD, classes, first, LOOKED_AT, False)
    position, cut = _tail(codes, cuts)
    n_last = _lines(codes, cuts, position, cut, TAIL, classes, last, LOOKED_AT, True)
    n_last = _unrolled(last, n_last)
    labels = marked = dates = 0
    for number in range(n_opening):
        labels |= int(opening[number, LENGTH] <= LABEL) << number
        marked |= int(not classes[codes[opening[number, START]]] & (LETTER | DIGIT)) << number
        dates |= int(opening[number, LENGTH] <= SHORT and opening[number, YEAR_END] > 0) << number
    of_opening, of_ends = (labels, marked, dates), _look_at_ends(codes, cuts, rows[OPENING:], n_first, n_last, classes)
    return (n_opening, n_first, n_last, kept, *of_opening, *of_ends)


@kernel
def _look_at_ends(
    codes: Points, cuts: Rows, ends: Rows, n_first: int, n_last: int, classes: Classes
) -> tuple[int, ...]:
    """What the lines at the ends of a page may hold, a bit for each: the values of :class:`Ends` from `short` on."""
    short = notes = datelined = bracketed = placed = labelled = closing = in_brackets = 0
    left = np.empty(HEAD if len(cuts) else 0, np.uint32)  # of a line that is cut
    for number in range(FIRST + n_last):
        if n_first <= number < FIRST:
            continue
        row = ends[number]
        start, end = int64(row[START]), int64(row[END])
        short |= int(row[LENGTH] <= SHORT) << number
        if row[LENGTH] == end - start:
            found = _look_at_line(codes[start:end], number, row, classes)
        else:
            found = _look_at_line(left[: _left(codes, cuts, start, end, left)], number, row, classes)
        notes |= int(found[0]) << number
        datelined |= int(found[1]) << number
        bracketed |= int(found[2]) << number
        placed |= int(found[3]) << number
        labelled |= int(found[4]) << number
        closing |= int(found[5]) << number
        in_brackets |= int(found[6]) << number
    return short, notes, datelined, bracketed, placed, labelled, closing, in_brackets


@kernel
def _look_at_line(
    line: Points, number: int, row: npt.NDArray[np.int32], classes: Classes
) -> tuple[bool, bool, bool, bool, bool, bool, bool]:
    """What a line at the ends of a page may hold: see :class:`Ends`, from `notes` on."""
    has_year = row[YEAR_END] > 0
    is_note = has_year and (len(line) <= SHORT or (len(line) <= NOTE and _may_say_published(line)))
    if number >= FIRST:
        return is_note, False, False, False, False, _may_name_the_author(line), _ends_in_brackets(line)
    row[SECOND] = line[1] if len(line) > 1 else 0
    if number >= TO_BEGIN_WITH:
        return is_note, False, False, False, False, False, False
    is_datelined = has_year and _has_mark(line, row[YEAR_END])
    is_placed = _may_begin_with_a_place(line, classes)
    return is_note, is_datelined, _has_bracket(line), is_placed, _has_colon(line), False, False


@kernel
def _left(codes: Points, cuts: Rows, start: int, end: int, left: Points) -> int:
    """Write down what cuts leave of a line; how many characters these are."""
    first, behind = 0, len(cuts)
    while first < behind:  # the first cut that begins behind the start
        middle = (first + behind) // 2
        if cuts[middle, 0] < start:
            first = middle + 1
        else:
            behind = middle
    count = 0
    while start < end:
        stop = min(int64(cuts[first, 0]), end) if first < len(cuts) else end
        for place in range(start, stop):
            left[count] = codes[place]
            count += 1
        if stop == end:
            break
        start = int64(cuts[first, 1])
        first += 1
    return count


@kernel
def _unrolled(ring: Rows, count: int) -> int:
    """Put the rows of a ring in order, of which so many were written; how many there are."""
    turn = count % len(ring) if count > len(ring) else 0
    if turn:
        behind = ring[:turn].copy()
        for row in range(len(ring) - turn):
            ring[row] = ring[row + turn]
        ring[len(ring) - turn :] = behind
    return min(count, len(ring))


@kernel
def _has_bracket(line: Points) -> bool:
    """Whether a bracket opens near the start."""
    found = False
    for place in range(min(len(line), DATELINE)):
        found |= (line[place] == _ROUND) | (line[place] == _SQUARE)
    return found


@kernel
def _has_mark(line: Points, year_end: int) -> bool:
    """Whether a mark stands near the start behind a year."""
    found = False
    for place in range(year_end, min(len(line), DATE)):
        for mark in _BEHIND_A_DATE:
            found |= line[place] == mark
    return found


@kernel
def _may_say_published(line: Points) -> bool:
    """Whether letters of one of the words for publishing stand in a line: of :data:`.dates._SAYS_PUBLISHED`."""
    found = False
    for place in range(len(line) - 2):
        found |= (line[place] == _SHEEN) & (line[place + 1] == _ALEF) & (line[place + 2] != _MEEM)
    for place in range(len(line) - 1):
        one, two = line[place], line[place + 1]
        found |= ((one == _NOON) | (one == _TEH)) & (two == _SHEEN)
        found |= ((one == _KHAH) | (one == _TCHEHEH)) & (two == _PEH)
        found |= ((one | _SMALL) == _U) & ((two | _SMALL) == _B) | (one == _O) & (two == _S)
    return found


@kernel
def _has_colon(line: Points) -> bool:
    """Whether a colon stands near the start, as behind a label."""
    found = False
    for place in range(min(len(line), LABEL)):
        found |= line[place] == _COLON
    return found


@kernel
def _may_begin_with_a_place(line: Points, classes: Classes) -> bool:
    """Whether one of the marks or digits that stand behind a place does so behind a few words."""
    words, is_behind_space = 0, True
    for place in range(min(len(line), PLACE)):
        code = line[place]
        if code in _BEHIND_A_PLACE or classes[code] & DIGIT:
            return True
        is_space = classes[code] & SPACE != 0
        words += is_behind_space and not is_space and code not in _COMMAS
        if words > PLACE_WORDS:
            return False
        is_behind_space = is_space
    return False


@kernel
def _may_name_the_author(line: Points) -> bool:
    """Whether words may stand near the start or the end that say who wrote the text."""
    found = False
    for place in range(min(len(line), THIS) - 3):
        found |= (line[place] == _KAF) & (line[place + 2] == _SPACE) & (line[place + 3] == _YEH)
    for place in range(max(len(line) - REPORTS, 0), len(line) - 3):
        found |= (line[place] == _SPACE) & (line[place + 1] == _R) & (line[place + 2] == _E)
    return found


@kernel
def _ends_in_brackets(line: Points) -> bool:
    """Whether a bracket closes at the end, a full stop aside."""
    last = len(line) - 1
    while last > 0 and line[last] in _BEHIND_BRACKETS:
        last -= 1
    return line[last] in _CLOSING_BRACKETS


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
