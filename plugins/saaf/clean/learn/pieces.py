"""What of a page may recur: its lines, the sentences within a line, the headlines after "read more"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from xxhash import xxh3_64_intdigest

from saaf.clean.page import Page, is_sentence, line_key
from saaf.clean.spans import Span
from saaf.text.fold import fold_for_matching

# Runs are taken whole, so that a line of nothing but marks is read once.
_CLAUSE = re.compile("[^۔؟!.]*+(?:[۔؟!.]++[\"'”’»)\\]]*+|$)")
_NEEDS_NO_SPACE = ("۔", "؟")
_TWO_LETTERS = re.compile(r"[^\W\d_](?s:.*?)[^\W\d_]")
_MIN_SENTENCE_KEY = 25
"""Letters of the shortest sentence within a line that counts: shorter ones recur by chance."""
_MIN_OPENING_KEY = 25
_OPENING_SENTENCES = 5
_HEADLINE_WORDS = range(4, 26)

MARKERS = (
    "مزید پڑھیں",
    "مزید پڑھیے",
    "مزید پڑھئے",
    "مزید پڑھیئے",
    "یہ بھی پڑھیں",
    "یہ بھی پڑھیے",
    "یہ بھی پڑھئے",
    "اقرأ أيضا",
    "اقرا المزید",
    "بیشتر بخوانید",
    "نور ولولئ",
    "وڌيڪ پڙهو",
    "ہور پڑھو",
    "read more",
    "also read",
)
"""What announces the headline of another story within a line."""


class Form(IntEnum):
    """How a piece stands on its page."""

    LINE = 0
    SENTENCE = 1
    HEADLINE = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page that may recur.

    Attributes:
        form: Whether it is a line, a sentence of a longer line, or a headline after a marker.
        hash: 64 bits of its site, form and key.
        line: Number of its line.
        start: Where it starts in the folded text.
        end: One past its last character there.
    """

    form: Form
    hash: int
    line: int
    start: int
    end: int


class Sheet:
    """A page as the learner reads it.

    Args:
        raw: The raw text.
        removed: What the packs in use remove of it already.
        site: Its site; pieces of different sites never meet.
        title: The title that the input gives, if it does.
        max_chars: Length of the longest piece.
    """

    def __init__(
        self, raw: str, removed: Sequence[Span] = (), *, site: str = "", title: str | None = None, max_chars: int
    ) -> None:
        self.page = Page(raw)
        self._seed = xxh3_64_intdigest(site.encode("utf-8", "surrogatepass"))
        self._max_chars = max_chars
        self._starts = [span.start for span in removed]
        self._removed = removed
        self.kept = [not self._is_removed(number) for number in range(len(self.page.lines))]
        """For each line, whether the packs leave something of it."""
        self.title_key = line_key_of(title) if title else ""

    def pieces(self) -> Iterator[Piece]:
        """All pieces, in the order of the page; a line comes before its sentences."""
        has_marker = any(word in self.page.folded.text for word in _last_words())
        for number, line in enumerate(self.page.lines):
            if not self.kept[number]:
                continue
            start = self.page.start(number)
            if len(line) <= self._max_chars and _counts(key := self.page.key(number)):
                yield Piece(Form.LINE, self._hash(Form.LINE, key), number, start, start + len(line))
            yield from self._sentences(number, line, start)
            if has_marker:
                yield from self._headlines(number, line, start)

    def opening(self) -> list[int]:
        """Hashes of the first sentences that the packs leave: what copies of one article share."""
        opening: list[int] = []
        for number, line in enumerate(self.page.lines):
            if not self.kept[number]:
                continue
            for first, last in _sentence_spans(line):
                key = line_key(line[first:last])
                if len(key) >= _MIN_OPENING_KEY and is_sentence(line[first:last]):
                    opening.append(self._hash(Form.SENTENCE, key))
                    if len(opening) == _OPENING_SENTENCES:
                        return opening
        return opening

    def key(self, piece: Piece) -> str:
        """What the piece is compared by."""
        return line_key(self.folded(piece))

    def folded(self, piece: Piece) -> str:
        """The folded characters of a piece."""
        return self.page.folded.text[piece.start : piece.end]

    def text(self, piece: Piece) -> str:
        """The raw characters of a piece, hard wrapping undone."""
        start, end = self.page.folded.to_raw(piece.start, piece.end)
        raw = self.page.raw
        text, position = "", start
        for first, last in self.page.wrap_breaks.tolist():
            if start <= first and last <= end:
                text += raw[position:first]
                position = last
        return text + raw[position:end]

    def _sentences(self, number: int, line: str, start: int) -> Iterator[Piece]:
        spans = list(_sentence_spans(line))
        if len(spans) < 2:
            return
        for first, last in spans:
            key = line_key(line[first:last])
            if len(key) >= _MIN_SENTENCE_KEY and last - first <= self._max_chars:
                piece = Piece(Form.SENTENCE, self._hash(Form.SENTENCE, key), number, start + first, start + last)
                if not self._is_touched(piece):
                    yield piece

    def _headlines(self, number: int, line: str, start: int) -> Iterator[Piece]:
        for found in _marker().finditer(line):
            words = list(re.finditer(r"\S+", line[found.end() : found.end() + self._max_chars]))
            for count in _HEADLINE_WORDS:
                if count > len(words):
                    break
                first, last = found.end() + words[0].start(), found.end() + words[count - 1].end()
                key = line_key(line[first:last])
                piece = Piece(Form.HEADLINE, self._hash(Form.HEADLINE, key), number, start + first, start + last)
                if is_sentence(line[first:last]):
                    break
                if not self._is_touched(piece):
                    yield piece

    def _hash(self, form: Form, key: str) -> int:
        return xxh3_64_intdigest(key.encode("utf-8", "surrogatepass"), self._seed ^ form)

    def _is_removed(self, number: int) -> bool:
        start, end = self.page.raw_line(number)
        place = bisect_right(self._starts, start) - 1
        return place >= 0 and self._removed[place].end >= end

    def _is_touched(self, piece: Piece) -> bool:
        if not self._removed:
            return False
        start, end = self.page.folded.to_raw(piece.start, piece.end)
        place = bisect_right(self._starts, start) - 1
        if place >= 0 and self._removed[place].end > start:
            return True
        return place + 1 < len(self._starts) and self._starts[place + 1] < end


def _sentence_spans(line: str) -> Iterator[tuple[int, int]]:
    """Where each sentence of a line starts and ends, without the spaces around it."""
    position = 0
    for found in _CLAUSE.finditer(line):
        end = found.end()
        # 2.5 and news.example are no ends; many writers leave out the space after an Urdu mark.
        if end < len(line) and line[end] != " " and not line[found.start() : end].endswith(_NEEDS_NO_SPACE):
            continue
        text = line[position:end]
        if inked := text.strip():
            start = position + len(text) - len(text.lstrip())
            yield start, start + len(inked)
        position = end


@cache
def _marker() -> re.Pattern[str]:
    # Loose spaces, as in packs; the longest first, so that none hides another.
    folded = {" *".join(_folded(word) for word in text.split()) for text in MARKERS}
    return re.compile(f"(?:{'|'.join(sorted(folded, key=lambda p: (-len(p), p)))})[ :؛;،,–-]*+")


@cache
def _last_words() -> tuple[str, ...]:
    return tuple(sorted({_folded(text.split()[-1]) for text in MARKERS}))


def _folded(text: str) -> str:
    return "".join(map(fold_for_matching, text))


def line_key_of(text: str) -> str:
    """The key of a raw line."""
    return line_key(_folded(text))


def _counts(key: str) -> bool:
    return _TWO_LETTERS.search(key) is not None
