"""What each character is: one table over all code points, for whatever counts or replaces characters.

A table takes a tenth of a second to make, so it is made when a process first needs it. Bits, not sets: a compiled
loop asks all its questions about a character with one look-up.
"""

from __future__ import annotations

import string
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

LETTER, MARK, DIGIT, JOINER, SPACE, ARABIC, END_MARK, CLOSING = 1, 2, 4, 8, 16, 32, 64, 128
LATIN, PARTING, BULLET, CAPITAL = 256, 512, 1024, 2048
"""Classes of a character, as bits. A capital is one of ASCII."""
ALL_CLASSES = 4096
"""One more than any sum of them."""

END_MARKS = "۔.؟?!\u061d\u061e।॥。！？"
"""What ends a sentence; U+061D and U+061E are Arabic's end of text mark and triple dot."""
CLOSING_MARKS = "\"'”’“‘»«›‹)]}﴾﴿\u200e\u200f\u061c"
"""What may stand between the end mark and the end of the line: quotes, brackets, direction marks."""
PARTING_MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u0609\u060a\u060c\u061b\u061e\u061f\u066a\u066b\u066c\u066d\u06d4"
"""Marks that are a token of their own wherever they stand: those of IndicNLP's tokenizer for Urdu, which FineWeb-2
uses, with the two that it forgets, ؛ and ؟."""
BULLETS = "•‣◦●○▪■□◆►▶·*-"
"""What begins the line of a list."""

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
_LATIN_BLOCKS = (
    (0x0041, 0x02B9),
    (0x02E0, 0x02E5),
    (0x1D00, 0x1F00),
    (0x2071, 0x20A0),
    (0x2100, 0x2190),
    (0x2C60, 0x2C80),
    (0xA720, 0xA800),
    (0xAB30, 0xAB70),
    (0xFB00, 0xFB07),
    (0xFF21, 0xFF5B),
    (0x10780, 0x107C0),
    (0x1DF00, 0x1E000),
)
_ASSIGNED = ((0, 0x34000), (0xE0000, 0xE0200))
"""Where Unicode has characters. Beyond are only noncharacters and private use, which are of no class."""


def assigned() -> Iterator[int]:
    """The code points that may be characters: a fifth of all."""
    for start, end in _ASSIGNED:
        yield from range(start, end)


@cache
def character_classes() -> npt.NDArray[np.uint16]:
    """The classes of each code point, from the Unicode tables of this Python; read-only."""
    classes = np.zeros(sys.maxunicode + 1, np.uint16)
    by_category = {"Nd": DIGIT, **dict.fromkeys(("Lu", "Ll", "Lt", "Lm", "Lo"), LETTER)}
    by_category |= dict.fromkeys(("Mn", "Mc", "Me"), MARK)
    for start, end in _ASSIGNED:
        categories = map(unicodedata.category, map(chr, range(start, end)))
        classes[start:end] = [by_category.get(category, 0) for category in categories]
    # All white space lies in the first plane, and most of it before U+3001.
    classes[[code for code in range(0x3001) if chr(code).isspace()]] |= SPACE
    for start, end in _ARABIC_BLOCKS:
        block = classes[start:end]
        block[(block & LETTER) != 0] |= ARABIC
    for start, end in _LATIN_BLOCKS:
        named = [code for code in range(start, end) if "LATIN" in unicodedata.name(chr(code), "")]
        classes[[code for code in named if classes[code] & LETTER]] |= LATIN
    for characters, extra in (
        (_JOINERS, JOINER),
        (END_MARKS, END_MARK),
        (CLOSING_MARKS, CLOSING),
        (PARTING_MARKS, PARTING),
        (BULLETS, BULLET),
        (string.ascii_uppercase, CAPITAL),
    ):
        classes[[ord(c) for c in characters]] |= extra
    classes.setflags(write=False)
    return classes
