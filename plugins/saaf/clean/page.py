"""A page as rules look at it: folded, in lines, hard wrapping undone, with the way back to the raw text."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from saaf.clean.packs import LINE_LIMIT
from saaf.text.fold import Folded, code_points, fold

_LINE_FEED, _CARRIAGE_RETURN, _SPACE = 10, 13, 32
_WRAP_NARROWEST, _WRAP_WIDEST = 40, 120
_WRAP_LEAST_LINES = 4
_WRAP_SHARE = 0.9
"""Share of a page's inked lines that have exactly its width, if it was wrapped by counting characters."""

_EDGE = " :;،؛,.۔-–—−|¦«»‹›<>[](){}*•·∙●■▪►▶◄→←\"'“”‘’`´!؟?#_=~^+/\\"
"""What may stand at either end of a line without making it another line."""

SENTENCE_ENDS = ("۔", ".", "।")
_CLOSING = "\"'“”‘’»›)]} "


def line_key(folded_line: str) -> str:
    """What exact lines are compared by: no spaces, and no punctuation at either end.

    Args:
        folded_line: A folded line.
    """
    return folded_line.replace(" ", "").strip(_EDGE)


def is_sentence(folded_line: str) -> bool:
    """Whether a folded line ends as a sentence does. A question or an exclamation may be a headline, and so may `...`.

    Args:
        folded_line: A folded line.
    """
    line = folded_line.rstrip(_CLOSING)
    return line.endswith(SENTENCE_ENDS) and not line.endswith(("..", "۔۔"))


class Page:
    """A raw text and the lines that rules see.

    A line here is a paragraph of a hard-wrapped text, and a line elsewhere; blank lines have no number.

    Attributes:
        raw: The raw text.
        folded: Its fold, wrapping undone.
        lines: The inked lines, folded, without white space at the ends.
        bounds: For each of them, where it starts and ends in the folded text, white space at the ends excluded.
        blank_before: Numbers of lines that stand after a blank line.
    """

    def __init__(self, raw: str) -> None:
        self.raw = raw
        folded = fold(raw)
        self.wrap_breaks = wrap_breaks(raw)
        self.folded: Folded = _unwrapped(folded, self.wrap_breaks) if self.wrap_breaks else folded
        self.lines: list[str] = []
        self.bounds: list[tuple[int, int]] = []
        self.blank_before: set[int] = set()
        self._known = (0, 0)
        self._split()

    def _split(self) -> None:
        position = 0
        blank = False
        for line in self.folded.text.split("\n"):
            inked = line.strip()
            if inked:
                start = position + line.index(inked[0]) if line[0] == " " else position
                if blank:
                    self.blank_before.add(len(self.lines))
                self.lines.append(inked)
                self.bounds.append((start, start + len(inked)))
            blank = not inked
            position += len(line) + 1

    @cached_property
    def utf8(self) -> bytes:
        """The folded text for the engine, which counts in bytes."""
        return self.folded.text.encode()

    @cached_property
    def short(self) -> tuple[bytes, list[int]]:
        """The lines that line rules may look at, joined by line feeds, and their numbers."""
        numbers = [number for number, line in enumerate(self.lines) if len(line) <= LINE_LIMIT]
        return "\n".join([self.lines[number] for number in numbers]).encode(), numbers

    def character(self, byte: int) -> int:
        """Offset in the folded text of an offset in :attr:`utf8`. Cheapest when asked in rising order."""
        known_byte, known = self._known
        if byte < known_byte:
            known_byte = known = 0
        offset = known + len(self.utf8[known_byte:byte].decode())
        self._known = (byte, offset)
        return offset

    def line_at(self, offset: int) -> int:
        """Number of the inked line that holds an offset of the folded text, or of the one before it; -1 before the first."""
        return bisect_right(self.bounds, offset, key=lambda b: b[0]) - 1

    def raw_line(self, number: int) -> tuple[int, int]:
        """Raw span of a line: all its characters, white space and invisible ones at its ends too, the line feed not."""
        start, end = self.bounds[number]
        text = self.folded.text
        before, after = text.rfind("\n", 0, start), text.find("\n", end)
        starts = self.folded.starts
        raw_start = int(starts[before]) + 1 if before >= 0 else 0
        raw_end = int(starts[after]) if after >= 0 else len(self.raw)
        return raw_start, raw_end


def wrap_breaks(raw: str) -> list[tuple[int, int]]:
    """Where a text that was wrapped by counting characters has its breaks, as spans of raw characters to leave out.

    Such a text has lines of one exact width, words cut in the middle, and the last line of a paragraph pushed to
    the right by spaces. A break is a line feed with the padding of a last line after it.

    Args:
        raw: The raw text.

    Returns:
        Spans in order; none where the text is not wrapped so.
    """
    import numpy as np

    if raw.count("\n") < _WRAP_LEAST_LINES - 1:
        return []
    feeds = np.flatnonzero(code_points(raw) == _LINE_FEED)
    starts = np.concatenate(([0], feeds + 1))
    ends = np.concatenate((feeds, [len(raw)]))
    lengths = ends - starts
    width = int(lengths.max())
    if not _WRAP_NARROWEST <= width <= _WRAP_WIDEST:
        return []
    inked = np.array([bool(raw[a:b].strip()) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
    full = inked & (lengths == width)
    if full.sum() < max(_WRAP_LEAST_LINES, _WRAP_SHARE * inked.sum()):
        return []
    return _breaks_between(raw, starts.tolist(), ends.tolist(), full.tolist())


def _breaks_between(raw: str, starts: list[int], ends: list[int], full: list[bool]) -> list[tuple[int, int]]:
    breaks: list[tuple[int, int]] = []
    for number in range(len(starts) - 1):
        if not (full[number] and full[number + 1]):
            continue
        is_last = number + 2 >= len(starts) or not full[number + 2]
        begin = ends[number] - (raw[ends[number] - 1] == "\r")
        end = starts[number + 1]
        if is_last:
            while raw[end] == " ":
                end += 1
        breaks.append((begin, end))
    return breaks


def _unwrapped(folded: Folded, breaks: list[tuple[int, int]]) -> Folded:
    import numpy as np

    begins = np.array([begin for begin, _ in breaks])
    ends = np.array([end for _, end in breaks])
    place = np.searchsorted(begins, folded.starts, side="right") - 1
    inside = (place >= 0) & (folded.starts < ends[place])
    return folded.only(np.flatnonzero(~inside))
