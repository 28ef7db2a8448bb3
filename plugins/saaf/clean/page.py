"""A page as rules look at it: folded, in lines, hard wrapping undone, with the way back to the raw text."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

from saaf.text.fold import Folded, fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LINE_FEED, _CARRIAGE_RETURN = 10, 13
_WRAP_NARROWEST, _WRAP_WIDEST = 40, 120
_WRAP_LEAST_LINES = 4
_WRAP_SHARE = 0.5
"""Share of a page's inked lines that have exactly its width, at least, if it was wrapped by counting characters. Far from
all need have it: where line breaks of the text were counted like letters, the lines around each of them are shorter."""

_ONLY_LAST = frozenset("\u06ba\u06d2")
"""ں and ے: an Urdu word may end with them, and nothing of it follows."""

_EDGE = " :;،؛,.۔-–—−|¦«»‹›<>[](){}*•·∙●■▪►▶◄→←\"'“”‘’`´!؟?#_=~^+/\\"
"""What may stand at either end of a line without making it another line."""

START, END, RAW_START, RAW_END, AFTER_BLANK = range(5)
"""Columns of a table of lines: where a line starts and ends in the folded text, white space at its ends aside; the raw
span of the whole line, its line feed aside; whether a blank line stands before it."""

EDGE, LETTER = 1, 2
"""Flags of a folded character: it does not count at the ends of a line; it is a letter."""
FLAGGED = 1 << 16
"""Code points from here on have no flags."""

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
    import numpy as np

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
        wrap_breaks: Raw spans that undoing it leaves out: see :func:`wrap_breaks`.
        table: The inked lines, a row each: see :data:`START`.
    """

    def __init__(self, raw: str) -> None:
        from saaf.clean.scan import find_lines

        self.raw = raw
        folded = fold(raw)
        self.table, widest, as_wide = find_lines(folded.codes, folded.starts, folded.raw_codes)
        # Most pages have a line that no wrapper would leave, or only one of their greatest width: no need to look closer.
        may_be_wrapped = _WRAP_NARROWEST <= widest <= _WRAP_WIDEST and as_wide >= _WRAP_LEAST_LINES
        self.wrap_breaks = wrap_breaks(raw, folded.raw_codes) if may_be_wrapped else []
        if self.wrap_breaks:
            folded = _unwrapped(folded, self.wrap_breaks)
            self.table, _, _ = find_lines(folded.codes, folded.starts, folded.raw_codes)
        self.folded: Folded = folded
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

    @property
    def n_chars(self) -> int:
        """Folded characters of all lines."""
        return int((self.table[:, END] - self.table[:, START]).sum())

    def length(self, number: int) -> int:
        """Folded characters of a line."""
        return self.table.item(number, END) - self.table.item(number, START)

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


def wrap_breaks(raw: str, raw_codes: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """Where a text that was wrapped by counting characters has its breaks, as spans of raw characters to leave out.

    Such a text has lines of one exact width, words cut in the middle, and the last line of a paragraph pushed to
    the right by spaces. A break is a line feed with the padding of a last line after it.

    Args:
        raw: The raw text.
        raw_codes: Its code points.

    Returns:
        Spans in order; none where the text is not wrapped so.
    """
    import numpy as np

    feeds = np.flatnonzero(raw_codes == _LINE_FEED)
    if len(feeds) < _WRAP_LEAST_LINES - 1:
        return []
    starts = np.concatenate(([0], feeds + 1))
    ends = np.concatenate((feeds, [len(raw)]))
    ends -= (ends > starts) & (raw_codes[ends - 1] == _CARRIAGE_RETURN)
    lengths = ends - starts
    width = int(lengths.max())
    if not _WRAP_NARROWEST <= width <= _WRAP_WIDEST:
        return []
    inked = np.array([bool(raw[a:b].strip()) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
    full = inked & (lengths == width)
    if full.sum() < max(_WRAP_LEAST_LINES, _WRAP_SHARE * inked.sum()):
        return []
    lines = {raw[start : start + width] for start in starts[full].tolist()}
    if len(lines) < _WRAP_LEAST_LINES:
        return []  # a refrain has one width too
    breaks = _breaks_between(raw, starts.tolist(), ends.tolist(), full.tolist())
    # Between letters: a last line that begins with a word of its own has one space left.
    between_letters = any(
        raw[start - 1].isalpha() and raw[end + (end - start > 2 and raw[end] == " ")].isalpha() for start, end in breaks
    )
    return breaks if between_letters else []


def _breaks_between(raw: str, starts: list[int], ends: list[int], full: list[bool]) -> list[tuple[int, int]]:
    breaks: list[tuple[int, int]] = []
    words: set[str] | None = None
    for number in range(len(starts) - 1):
        if not (full[number] and full[number + 1]):
            continue
        is_last = number + 2 >= len(starts) or not full[number + 2]
        end = starts[number + 1]
        if is_last:
            while raw[end] == " ":
                end += 1
            if end > starts[number + 1]:
                words = _whole_words(raw, starts, ends) if words is None else words
                end -= _is_between_words(raw[starts[number] : ends[number]], raw[end : ends[number + 1]], words)
        breaks.append((ends[number], end))
    return breaks


def _whole_words(raw: str, starts: list[int], ends: list[int]) -> set[str]:
    """The words within the lines of a text; the first and the last of a line may be parts of words."""
    return {word for start, end in zip(starts, ends, strict=True) for word in raw[start:end].split()[1:-1]}


def _is_between_words(line: str, last_line: str, words: set[str]) -> bool:
    """Whether a paragraph's last line begins with a word of its own.

    The space that would tell so cannot be told from the padding before it. Two letters of Urdu stand at the ends of
    words alone; else the words that the page has elsewhere decide.
    """
    before, after = line.rsplit(" ", 1)[-1], last_line.split(" ", 1)[0]
    if before[-1:] in _ONLY_LAST:
        return True
    return before + after not in words and before in words and after in words


def _unwrapped(folded: Folded, breaks: list[tuple[int, int]]) -> Folded:
    import numpy as np

    begins = np.array([begin for begin, _ in breaks])
    ends = np.array([end for _, end in breaks])
    place = np.searchsorted(begins, folded.starts, side="right") - 1
    inside = (place >= 0) & (folded.starts < ends[place])
    return folded.only(np.flatnonzero(~inside))
