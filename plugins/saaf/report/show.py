"""How article text is shown to people: cut where it is long, harmless whatever it holds.

Article text is hostile. What a terminal or a page would obey rather than show (escape sequences,
bidirectional overrides, NUL) is spelled out. What Urdu needs to be read stays: ZWNJ, ZWJ and the
plain direction marks.
"""

from __future__ import annotations

import re
import unicodedata

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides, isolates
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags, which nothing shows
    "\ud800-\udfff\ufffe\uffff]"  # what no file in UTF-8 may hold
)

RIGHT_TO_LEFT_LANGUAGES = frozenset(
    {"ar", "arc", "azb", "bal", "bgn", "bqi", "ckb", "dv", "fa", "glk", "he", "khw", "ks", "lrc", "luz", "mzn"}
    | {"nqo", "pnb", "ps", "rhg", "sd", "sdh", "skr", "syr", "ug", "ur", "yi"}
)


def printable(text: str) -> str:
    """Spell out what would be obeyed: U+202E becomes ``⟨U+202E⟩``."""
    return _OBEYED.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Text for a line of a table: printable, white space runs become one space."""
    return " ".join(printable(text).split())


def on_one_line(text: str) -> str:
    """Text for a line that still shows where lines ended."""
    lines = (" ".join(line.split()) for line in printable(text).splitlines())
    return " ⏎ ".join(line for line in lines if line)


def cut(text: str, limit: int) -> str:
    """The first characters of a text, at most ``limit``, never cut between a letter and its marks."""
    if len(text) <= limit:
        return text
    end = limit
    while end > max(limit - 32, 1) and unicodedata.combining(text[end]):
        end -= 1
    return text[:end]


def last_words(text: str, limit: int) -> str:
    """The last whole words of a text, at most ``limit`` characters; a cut is marked."""
    if len(text) <= limit:
        return text
    _, space, words = text[-limit:].partition(" ")
    return f"… {words}" if space else f"…{text[-limit:]}"


def first_words(text: str, limit: int) -> str:
    """The first whole words of a text, at most ``limit`` characters; a cut is marked."""
    if len(text) <= limit:
        return text
    words, space, _ = text[:limit].rpartition(" ")
    return f"{words} …" if space else f"{cut(text, limit)}…"


def counted(count: int, noun: str) -> str:
    """A number and what it counts: ``1 document``, ``2,000 documents``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def direction(language: str | None) -> str:
    """Direction of a language's text, ``rtl`` or ``ltr``; not known counts as Urdu."""
    return "rtl" if language is None or language in RIGHT_TO_LEFT_LANGUAGES else "ltr"
