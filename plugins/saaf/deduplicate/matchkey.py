"""What two spellings of one text have in common: its folded letters and digits, nothing else.

The match key is for comparing, never for reading. Keyboard variants, marks, joiners, presentation
forms, digits of other scripts, punctuation, white space and case are folded away before texts are
compared, so none of them can hide a copy.
"""

from __future__ import annotations

from saaf.text.letters import fold_character, is_key_character


def key_words(text: str) -> list[str]:
    """Cut a text into its folded words.

    A word is a run of folded letters and digits. Marks, joiners and tatweel vanish without ending a
    word; every other character ends it.

    Args:
        text: Any text; it need not be clean.

    Returns:
        The words in order, each in the form that :func:`match_key` joins.
    """
    words: list[str] = []
    current: list[str] = []
    for character in text:
        for folded in fold_character(character):
            if is_key_character(folded):
                current.append(folded)
            elif current:
                words.append("".join(current))
                current = []
    if current:
        words.append("".join(current))
    return words


def match_key(text: str) -> str:
    """Fold a text into the characters by which it is compared.

    Args:
        text: Any text.

    Returns:
        The folded letters and digits in order, without white space; empty where the text has none.
    """
    return "".join(key_words(text))
