"""Quality signals: what can be counted about a clean text, and which counts say that it is not prose.

The counting is one compiled pass over the code points. Signals annotate; only :func:`rejects` judges.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean.stopwords import STOPWORDS

LETTER, MARK, DIGIT, JOINER, SPACE, ARABIC, END_MARK, CLOSING = 1, 2, 4, 8, 16, 32, 64, 128
"""Classes of a character, as bits."""

END_MARKS = "۔.؟?!"
"""What ends a sentence."""
CLOSING_MARKS = "\"'”’“‘»«›‹)]}﴾﴿\u200e\u200f\u061c"
"""What may stand between the end mark and the end of the line: quotes, brackets, direction marks."""

_JOINERS = "\u200c\u200d"
_ARABIC_BLOCKS = (
    (0x0600, 0x0700),
    (0x0750, 0x0780),
    (0x0870, 0x0900),
    (0xFB50, 0xFE00),
    (0xFE70, 0xFF00),
    (0x10EC0, 0x10F00),
    (0x1EE00, 0x1EF00),
)
# FNV-1a, 64 bits, over the code points of a word without marks and joiners.
_HASH_START = np.uint64(0xCBF29CE484222325)
_HASH_FACTOR = np.uint64(0x100000001B3)

Signals = dict[str, float | int | None]


class Rejection(NamedTuple):
    """A signal that is outside its bound."""

    signal: str
    value: float
    bound: float


class Bound(NamedTuple):
    """A bound on a signal, held against texts of at least so many words."""

    signal: str
    at_least: float | None = None
    at_most: float | None = None
    from_words: int = 0


PRESETS: dict[str, tuple[Bound, ...]] = {
    "none": (),
    "news": (
        # Prose of any script is nine parts letters; vocalised Arabic, with a mark on each, five.
        Bound("letter_share", at_least=0.4),
        # Half of a lead and its repeat are duplicates; three quarters are a page of one repeated line.
        Bound("duplicate_line_share", at_most=0.75),
        # A third of a news text is function words. Lists of names, tags and links have next to none, and so has
        # text whose encoding was lost.
        Bound("stopword_share", at_least=0.02, from_words=50),
    ),
}
"""Bounds by preset. News is short: a brief of 30 words is an article, so no preset asks for a number of words."""


def signals(text: str, language: str | None) -> Signals:
    """Count what the columns of table `silver` hold, ``removed_share`` aside.

    Args:
        text: The clean text. Lines end at line feeds alone.
        language: ISO 639 code of the stopword list.

    Returns:
        ``n_chars``, ``n_words``, ``letter_share``, ``digit_share``, ``arabic_script_share``, ``stopword_share``
        (None without a list for the language), ``end_mark_share`` and ``duplicate_line_share``. The share of
        nothing is 0.
    """
    stopwords = _stopword_hashes(language or "")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    counts = _counter()(codes, character_classes(), stopwords)
    inked, letters, digits, arabic, words, known = (int(count) for count in counts[:6])
    lines = [line for line in text.split("\n") if line and not line.isspace()]
    return {
        "n_chars": len(text),
        "n_words": words,
        "letter_share": _share(letters, inked),
        "digit_share": _share(digits, inked),
        "arabic_script_share": _share(arabic, letters),
        "stopword_share": _share(known, words) if len(stopwords) else None,
        "end_mark_share": _share(int(counts[6]), len(lines)),
        "duplicate_line_share": _share(len(lines) - len({line.strip() for line in lines}), len(lines)),
    }


def rejects(values: Mapping[str, float | int | None], preset: Literal["none", "news"]) -> Rejection | None:
    """The first signal of a text that is outside the bounds of a preset.

    Args:
        values: What :func:`signals` returned. A signal that is None or absent breaks no bound.
        preset: A key of :data:`PRESETS`.

    Returns:
        The signal, its value and the bound that it broke; None where the text may pass.
    """
    words = values.get("n_words") or 0
    for bound in PRESETS[preset]:
        value = values.get(bound.signal)
        if value is None or words < bound.from_words:
            continue
        if bound.at_least is not None and value < bound.at_least:
            return Rejection(bound.signal, float(value), bound.at_least)
        if bound.at_most is not None and value > bound.at_most:
            return Rejection(bound.signal, float(value), bound.at_most)
    return None


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


@cache
def character_classes() -> npt.NDArray[np.uint8]:
    """The classes of each code point, from the Unicode tables of this Python."""
    classes = np.zeros(sys.maxunicode + 1, np.uint8)
    by_category = {"L": LETTER, "M": MARK}
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        classes[code] = DIGIT if category == "Nd" else by_category.get(category[0], 0)
        if chr(code).isspace():
            classes[code] |= SPACE
    for start, end in _ARABIC_BLOCKS:
        block = classes[start:end]
        block[(block & LETTER) != 0] |= ARABIC
    for characters, extra in ((_JOINERS, JOINER), (END_MARKS, END_MARK), (CLOSING_MARKS, CLOSING)):
        classes[[ord(c) for c in characters]] |= extra
    classes.setflags(write=False)
    return classes


def _word_hash(word: Iterable[str]) -> int:
    value = int(_HASH_START)
    for character in word:
        value = ((value ^ ord(character)) * int(_HASH_FACTOR)) & 0xFFFFFFFFFFFFFFFF
    return value


@cache
def _stopword_hashes(language: str) -> npt.NDArray[np.uint64]:
    """The hashes of a language's stopwords, sorted; empty where it has no list."""
    classes = character_classes()
    bare = ([c for c in word if not classes[ord(c)] & (MARK | JOINER)] for word in STOPWORDS.get(language, ()))
    return np.array(sorted(_word_hash(word) for word in bare), np.uint64)


@cache
def _counter() -> Any:
    from numba import njit

    try:
        return njit(cache=True, nogil=True)(_count)
    except RuntimeError:  # numba finds no folder that it may write to: compile for this process alone
        return njit(nogil=True)(_count)


def _count(
    codes: npt.NDArray[np.uint32], classes: npt.NDArray[np.uint8], stopwords: npt.NDArray[np.uint64]
) -> npt.NDArray[np.int64]:
    """Count inked characters, letters, digits, Arabic letters, words, stopwords, lines that end in an end mark."""
    inked = letters = digits = arabic = words = known = ended = 0
    value = _HASH_START
    is_word = False  # the run that is being read holds a letter or a digit
    has_end = False  # the line so far ends in an end mark
    for position in range(len(codes) + 1):
        code = codes[position] if position < len(codes) else np.uint32(10)
        kind = classes[code]
        inked += not kind & SPACE
        letters += (kind & LETTER) != 0
        digits += (kind & DIGIT) != 0
        arabic += (kind & ARABIC) != 0
        if kind & (LETTER | DIGIT):
            is_word = True
            lower = code + 32 if 65 <= code <= 90 else code
            value = (value ^ np.uint64(lower)) * _HASH_FACTOR
            has_end = False
        elif not kind & (MARK | JOINER):
            if is_word:
                words += 1
                found = np.searchsorted(stopwords, value)
                if found < len(stopwords) and stopwords[found] == value:
                    known += 1
                is_word = False
            value = _HASH_START
            if code == 10:
                ended += has_end
                has_end = False
            elif kind & END_MARK:
                has_end = True
            elif not kind & (SPACE | CLOSING):
                has_end = False
    # The line feed read past the end closed the last word and line; it is white space, so it added nothing else.
    return np.array([inked, letters, digits, arabic, words, known, ended], np.int64)
