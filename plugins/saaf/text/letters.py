"""One letter for each of its spellings: the fold that rules and the match key both look through.

Urdu text reaches us typed on Arabic keyboards (ي ك ه), decomposed (NFD), in presentation forms
(ﮐ, ﷲ), vocalised, and with joiners in any place. Folding gives every such variant of a text the
same characters. It is for comparing only: no text that people read is ever written folded.

The fold of a character depends on that character alone, so it can be tabulated, and the fold of a
text is the concatenation of the folds of its characters.
"""

from __future__ import annotations

import unicodedata
from functools import cache

TATWEEL = "\u0640"

# Letters that different keyboards give for one letter of Urdu. What NFKD takes apart on its own
# (آ أ إ ؤ ئ ۂ ۓ and all presentation forms) needs no line here, since marks are dropped.
# Not folded, because they tell words apart: ھ from ہ (Urdu), ڪ from ک (Sindhi), ې ۍ from ی (Pashto).
_LETTER_VARIANTS: dict[str, str] = {
    "\u064a": "\u06cc",  # ي Arabic yeh -> ی
    "\u0649": "\u06cc",  # ى alef maksura -> ی
    "\u0643": "\u06a9",  # ك Arabic kaf -> ک
    "\u0647": "\u06c1",  # ه Arabic heh -> ہ
    "\u06d5": "\u06c1",  # ە ae -> ہ
    "\u0629": "\u06c1",  # ة teh marbuta -> ہ
    "\u06c3": "\u06c1",  # ۃ teh marbuta goal -> ہ
    "\u0671": "\u0627",  # ٱ alef wasla -> ا
}

_DROPPED_CATEGORIES = frozenset({"Mn", "Me", "Cf"})


@cache
def fold_character(character: str) -> str:
    """The fold of one character: no, one or several characters.

    Marks, joiners, bidi controls and tatweel vanish; compatibility forms are taken apart; case,
    digits of every script and the keyboard variants of a letter become one.

    Args:
        character: One code point. A lone surrogate folds to U+FFFD.

    Returns:
        A string that folds to itself.
    """
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    folded: list[str] = []
    for part in unicodedata.normalize("NFKD", character.casefold()):
        category = unicodedata.category(part)
        if category in _DROPPED_CATEGORIES or part == TATWEEL:
            continue
        if category == "Nd":
            folded.append(str(unicodedata.digit(part)))
        else:
            folded.append(_LETTER_VARIANTS.get(part, part).casefold())
    return "".join(folded)


def is_key_character(character: str) -> bool:
    """Whether a *folded* character belongs to the match key: letters and numbers do.

    Punctuation, symbols and spaces do not, so that they cannot hide a copy.
    """
    return unicodedata.category(character)[0] in "LN"
