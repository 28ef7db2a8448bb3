"""Urdu-like text made up by a seeded generator: articles, and the same article in another spelling."""

from __future__ import annotations

import random
import unicodedata

_STARTS = "ب پ ت ج چ خ د ر س ش ک گ ل م ن و ہ ی آ ا ع ف ق".split()
_MIDDLES = "ا و ی ر ن ل م ت س ہ ب د ک".split()
_ENDS = "ا ی ے ں ہ ن ر م ت ل وں یں".split()
_GLUE = "کے کی کا نے سے میں پر اور کہ ہے کو یہ اس وہ بھی نہیں ہیں تھا تھی گیا".split()
_KEYBOARD = str.maketrans({"ی": "ي", "ک": "ك", "ہ": "ه"})
_ZWNJ = "\u200c"


def word(dice: random.Random) -> str:
    """A word that looks like one."""
    middle = "".join(dice.choice(_MIDDLES) for _ in range(dice.randint(1, 4)))
    return dice.choice(_STARTS) + middle + dice.choice(_ENDS)


def article(dice: random.Random, sentences: int = 8) -> str:
    """Sentences of about 14 words, half of them function words, one a line."""
    lines = []
    for _ in range(sentences):
        words = [dice.choice(_GLUE) if dice.random() < 0.5 else word(dice) for _ in range(dice.randint(12, 16))]
        lines.append(" ".join(words) + "۔")
    return "\n".join(lines)


def spelled_otherwise(text: str, dice: random.Random) -> str:
    """The same text as another keyboard, editor or scraper would have it: nothing a reader would call a change."""
    varied = text.translate(_KEYBOARD)
    if dice.random() < 0.5:
        varied = unicodedata.normalize("NFD", varied)
    words = []
    for part in varied.split(" "):
        odds = dice.random()
        words.append(part[:1] + "\u064e" + part[1:] if odds < 0.1 else part + _ZWNJ if odds < 0.2 else part)
    return "  ".join(words).replace("۔", " ۔")
