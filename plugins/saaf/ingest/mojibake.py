"""Undoing mojibake: UTF-8 that was once read as another encoding and saved as that.

«اردو» read as cp1256 is «ط§ط±ط¯ظˆ», read as latin-1 or cp1252 it is «Ø§Ø±Ø¯Ùˆ». Both can be undone
exactly: encode the text as it was wrongly decoded, and decode the bytes as the UTF-8 they were. That
is done only where it is certain, for a real text must never be changed into another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefe]+")
_ARABIC_LETTER = re.compile(
    "[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff\u0750-\u077f\u08a0-\u08c9]+"
)
_LATIN_LETTER = re.compile("[A-Za-z]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")

# By chance four sequences do not come out as valid UTF-8 *and* as letters of one script.
_LEAST_LETTERS = 4
# An English article that quotes a line of mojibake means to show just that.
_MOST_LATIN = 3
# The rest are quotation marks, dashes, emoji, a word in another script.
_LEAST_ARABIC_SHARE = 0.8
# A page has thousands; a text of millions of lines is no page, and would take gibibytes in lines.
_MOST_LINES = 100_000
_NOWHERE = 0xFFFD  # a code point that latin-1 cannot encode
# Alef, the commonest letter of every language written in this script, as it looks in mojibake.
_SIGNS = ("ط§", "Ø§")


@dataclass(frozen=True)
class Repaired:
    """A text that was mojibake.

    Attributes:
        text: The text as it was meant.
        how: What was undone, for the column `encoding`: `mojibake-cp1256`, say.
    """

    text: str
    how: str


def repair(text: str) -> Repaired | None:
    """Undo mojibake in a whole text, or in its lines where most of it is mojibake.

    A text is repaired if encoding it gives bytes that are strictly valid UTF-8, and these hold
    Arabic-script letters in a larger share than before.

    Returns:
        The repaired text, or None where nothing is certain.
    """
    if text.isascii():
        return None
    return _repair_whole(text) or _repair_lines(text)


def _repair_whole(text: str) -> Repaired | None:
    for name, leads, encode in _ENCODERS:
        once = _undo(text, encode) if any(lead in text for lead in leads) else None
        if once is None:
            continue
        twice = _undo(once, encode)
        if twice is not None and _is_certain(text, twice):
            return Repaired(twice, f"mojibake-{name}-twice")
        if _is_certain(text, once):
            return Repaired(once, f"mojibake-{name}")
    return None


def _repair_lines(text: str) -> Repaired | None:
    """Repair line by line: a page whose headline was read rightly and whose body was not.

    A line alone may be a quotation, in an article on encodings say; so this is done only where
    mojibake is more of the text than what is not.
    """
    if not any(sign in text for sign in _SIGNS) or text.count("\n") > _MOST_LINES:
        return None
    lines = text.split("\n")
    repaired = {number: done for number, line in enumerate(lines) if (done := _repair_whole(line)) is not None}
    in_mojibake = sum(_count(_NOT_ASCII, lines[number]) for number in repaired)
    if 2 * in_mojibake <= _count(_NOT_ASCII, text):
        return None
    whole = "\n".join(repaired[number].text if number in repaired else line for number, line in enumerate(lines))
    names = sorted({done.how for done in repaired.values()})
    return Repaired(whole, "+".join(f"{name}-in-part" for name in names))


def _undo(text: str, encode: Callable[[str], bytes]) -> str | None:
    try:
        meant = encode(text).decode("utf-8")
    except UnicodeError:
        return None
    return meant if meant != text else None


def _is_certain(before: str, after: str) -> bool:
    letters = _count(_ARABIC_LETTER, after)
    if letters < _LEAST_LETTERS or _MOST_LATIN * letters < _count(_LATIN_LETTER, after):
        return False
    share = _arabic_share(after)
    return share >= _LEAST_ARABIC_SHARE and share > _arabic_share(before)


def _arabic_share(text: str) -> float:
    return _count(_ARABIC, text) / max(1, _count(_NOT_ASCII, text))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(match.end() - match.start() for match in pattern.finditer(text))


def _encode_cp1256(text: str) -> bytes:
    return text.encode("cp1256")


def _encode_latin_1(text: str) -> bytes:
    return text.encode("latin-1")


def _encode_cp1252(text: str) -> bytes:
    return text.translate(_browser_cp1252()).encode("latin-1")


@cache
def _browser_cp1252() -> dict[int, int]:
    """Cp1252 as browsers have it: the five bytes it leaves undefined are C1 controls.

    A table to latin-1; the C1 controls whose bytes cp1252 defines have no place in it.
    """
    defined = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
    table = {byte: _NOWHERE for byte, character in defined.items() if character}
    return table | {ord(character): byte for byte, character in defined.items() if character}


# The bytes D8 to DB begin nearly every letter of the script in UTF-8: text without the characters
# that they look like (Ã where it happened twice) is not worth an attempt.
_ENCODERS: tuple[tuple[str, str, Callable[[str], bytes]], ...] = (
    ("cp1256", "طظعغ", _encode_cp1256),
    ("latin-1", "ÃØÙÚÛ", _encode_latin_1),
    ("cp1252", "ÃØÙÚÛ", _encode_cp1252),
)
