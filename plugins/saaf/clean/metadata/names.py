"""Names and labels of a table, folded, and how lines are asked for them.

Most lines hold none, and a fold costs more than all else that is asked of a line: two of its characters tell first
whether it is worth the fold.
"""

from __future__ import annotations

import re
from functools import cache, cached_property, lru_cache

from saaf.clean import credits as tables
from saaf.clean.metadata.kernels import LABEL, SHORT
from saaf.clean.stopwords import STOPWORDS
from saaf.text.letters import fold_character

FUNCTION_WORDS = (
    STOPWORDS["ur"] | STOPWORDS["ar"] | STOPWORDS["fa"] | STOPWORDS["en"] | STOPWORDS["ps"] | STOPWORDS["sd"]
)
_NAME_WORDS = range(1, 6)
_BEGINNING = 24
"""Characters after which most texts that are not the same have shown it."""
_AROUND = " ،,:-–—"
_BEFORE_A_LABEL = frozenset("،, ")


class _Folds(dict[int, str]):
    """The fold of each code point, learned as it is met: what `str.translate` asks."""

    def __missing__(self, code: int) -> str:
        self[code] = fold_character(chr(code))
        return self[code]


class _AlignedFolds(_Folds):
    """Folds of exactly one character each."""

    def __missing__(self, code: int) -> str:
        self[code] = (fold_character(chr(code)) or "\u0001")[0]
        return self[code]


@cache
def _folds() -> _Folds:
    return _Folds()


@cache
def _aligned_folds() -> _AlignedFolds:
    return _AlignedFolds()


def folded(text: str) -> str:
    """The fold of a text, without white space at its ends."""
    return text.translate(_folds()).strip()


def folded_aligned(text: str) -> str:
    """A fold with one character for each, for texts that are cut where a pattern matched."""
    return text.translate(_aligned_folds())


@lru_cache(maxsize=4096)
def _beginning(characters: str) -> str:
    """The aligned fold of the first characters of a line; the same recur from line to line."""
    return folded_aligned(characters)


def _bare(text: str) -> str:
    """The fold of a text without spaces: what texts are compared by, spelling aside."""
    return folded(text).replace(" ", "")


def may_begin_alike(text: str, other: str) -> bool:
    """Whether a look at the first characters leaves it open that two texts that are not empty are the same."""
    folds = _folds()
    begin, other_begin = folds[ord(text[0])][:1], folds[ord(other[0])][:1]
    return begin == other_begin or not begin.strip() or not other_begin.strip()


def is_same(text: str, other: str) -> bool:
    """Whether a text is another one, spelling and spaces aside."""
    if text == other:
        return True
    # Folding goes character by character: what begins otherwise is another text.
    begins, other_begins = _bare(text[:_BEGINNING]), _bare(other[:_BEGINNING])
    if not (begins.startswith(other_begins) or other_begins.startswith(begins)):
        return False
    return _bare(text) == _bare(other)


class Names:
    """The folded names of a table.

    Args:
        words: The table; ``_`` in a name stands for a space.
        marks: A class of characters, one of which stands behind such a name where it is a label.

    Attributes:
        all: The names.
    """

    def __init__(self, words: str, marks: str) -> None:
        self.all = frozenset(folded(word).replace("_", " ") for word in words.split())
        longest_first = sorted(self.all, key=lambda word: (-len(word), word))
        self._any = "(?:" + "|".join(re.escape(word).replace(r"\ ", "[ ]?") for word in longest_first) + ")"
        self._marks = marks
        self._begins = {name[:2] for name in self.all} | {name[0] + name[2] for name in self.all if name[1:2] == " "}
        self._ends = {name[-1] for name in self.all}

    @cached_property
    def any(self) -> re.Pattern[str]:
        """Any of them."""
        return self.pattern("NAMES")

    @cached_property
    def label(self) -> re.Pattern[str]:
        """One of them as a label, with the mark behind it."""
        return self.pattern(rf"[،, ]*NAMES[ ]*(?:{self._marks}+|$)[ ]*")

    def pattern(self, template: str) -> re.Pattern[str]:
        """A pattern over folded texts; ``NAMES`` in the template stands for any of the names.

        It is for texts of bounded length alone, for which the standard library's engine is the quicker one.
        """
        return re.compile(template.replace("NAMES", self._any))

    def may_begin(self, text: str) -> bool:
        """Whether a look at the first characters leaves it open that a text begins with a name."""
        return len(text) < 2 or _beginning(text[:2]) in self._begins

    def may_end(self, text: str) -> bool:
        """Whether a look at the last character leaves it open that a text ends with a name, spaces and marks aside."""
        folds = _folds()
        for character in reversed(text):
            if end := folds[ord(character)].strip().rstrip(_AROUND):
                return end[-1] in self._ends
        return False


_LABEL_MARKS = "[،,:;–—-]"
_BYLINE_MARKS = "[,:;۔–—-]"
"""An Urdu comma after a byline's label is that of an apposition: نامہ نگار، پشاور."""
LABEL_ENDS = re.compile("[،,:;۔–—-]")


@cache
def names_of(words: str) -> Names:
    """The names of a table of :mod:`saaf.clean.credits`."""
    return Names(words, _BYLINE_MARKS if words == tables.BYLINE_LABELS else _LABEL_MARKS)


def after_label(line: str, table: str) -> str:
    """A line without the label that it begins with.

    Args:
        line: A line.
        table: The labels.
    """
    labels = names_of(table)
    if not labels.may_begin(line) and _aligned_folds()[ord(line[0])] not in _BEFORE_A_LABEL:
        return line
    start = line[:SHORT]
    if len(line) > LABEL and not LABEL_ENDS.search(start, 1):
        return line
    match = labels.label.match(folded_aligned(start))
    return line[match.end() :] if match else line


def is_name(text: str) -> bool:
    """Whether a text can be the name of a person."""
    words = text.strip(" .،,:").split()
    return (
        len(words) in _NAME_WORDS
        and not any(map(str.isdigit, text))
        and FUNCTION_WORDS.isdisjoint(words)
        and all(any(map(str.isalpha, word)) for word in words)
        and not text.rstrip().endswith(("۔", "؟", "?", "!", ":"))
    )


def is_place(text: str) -> bool:
    """Whether a text names cities, and nothing else."""
    places = names_of(tables.PLACES).all
    return all(folded(part) in places for part in re.split(r"[/،,]", text) if part.strip())
