"""Quality signals: what can be counted about a clean text, and the bounds that say which counts are too odd.

The counting is a few compiled passes over the code points. Signals annotate; only :func:`rejects` judges. The
definitions are those of Gopher (Rae et al., *Scaling Language Models*, 2021, table A1) and FineWeb as datatrove
computes them, with tokens that suit the Arabic script; ``docs/signals.md`` lists them, and where they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean import signal_kernels as kernels
from saaf.clean.characters import JOINER, MARK, character_classes
from saaf.clean.stopwords import FINEWEB2_STOPWORDS, STOPWORDS
from saaf.text.fold import code_points

if TYPE_CHECKING:
    from saaf.config import SignalBounds

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
    # configs/urd_Arab.yml of FineWeb-2, and datatrove's defaults where it names nothing, in the order in which they
    # are asked there. Paragraphs, short lines and C4's filters are off there too.
    "fineweb2-ur": (
        Bound("language_score", at_least=0.847),
        Bound("duplicate_line_share", at_most=0.204),
        Bound("top_2gram_ratio", at_most=0.139),
        Bound("top_3gram_ratio", at_most=0.123),
        Bound("top_4gram_ratio", at_most=0.107),
        Bound("repeated_5gram_share", at_most=0.125),
        Bound("repeated_6gram_share", at_most=0.115),
        Bound("repeated_7gram_share", at_most=0.107),
        Bound("repeated_8gram_share", at_most=0.098),
        Bound("repeated_9gram_share", at_most=0.089),
        Bound("repeated_10gram_share", at_most=0.081),
        Bound("end_mark_share", at_least=0.1),
        Bound("duplicate_line_character_share", at_most=0.1),
        Bound("new_line_ratio", at_most=0.222),
        Bound("n_words", at_least=50, at_most=100_000),
        Bound("mean_word_length", at_least=2, at_most=31),
        Bound("hash_sign_ratio", at_most=0.1),
        Bound("ellipsis_ratio", at_most=0.1),
        Bound("bullet_line_share", at_most=0.9),
        Bound("ellipsis_line_share", at_most=0.3),
        Bound("alpha_token_share", at_least=0.839),
        Bound("n_stopwords", at_least=2),
    ),
}
"""Bounds by preset, in the order in which they are asked: the first that does not hold is the reason.

News is short: a brief of 30 words is an article, so `news` asks for no number of words. `fineweb2-ur` does, as
published, and so rejects briefs.
"""


def signals(text: str, language: str | None) -> Signals:
    """Count what the columns of table `silver` hold, ``removed_share`` aside.

    Args:
        text: The clean text. Lines end at line feeds alone.
        language: ISO 639 code of the stopword list.

    Returns:
        A value for each column. ``stopword_share`` and ``n_stopwords`` are None without a list for the
        language; the share of nothing is 0.
    """
    return signals_of(code_points(text), language)


def signals_of(codes: npt.NDArray[np.uint32], language: str | None) -> Signals:
    """As :func:`signals`, of a text that is at hand as its code points."""
    counting = _counting()
    counts, shares = counting.loops(codes, character_classes(), *_stopword_table(language or ""), counting.quotients)
    found: Signals = dict(zip(_SHARES, shares.tolist(), strict=True))
    for name, place in counting.numbers:
        found[name] = counts.item(place)
    if language not in STOPWORDS:
        found["stopword_share"] = found["n_stopwords"] = None
    return found


_NUMBERS = {"n_chars": "characters", "n_words": "words", "n_stopwords": "different_stopwords"}
"""Signals that are counts."""
_SHARES = {
    "mean_word_length": ("word_characters", "words"),
    "letter_share": ("letters", "inked"),
    "digit_share": ("digits", "inked"),
    "arabic_script_share": ("arabic", "letters"),
    "latin_script_share": ("latin", "letters"),
    "url_share": ("url_characters", "inked"),
    "alpha_token_share": ("alpha_tokens", "tokens"),
    "stopword_share": ("stopwords", "words"),
    "hash_sign_ratio": ("hash_signs", "tokens"),
    "ellipsis_ratio": ("ellipses", "tokens"),
    "new_line_ratio": ("line_feeds", "tokens"),
    "end_mark_share": ("ended", "lines"),
    "short_line_share": ("short", "lines"),
    "bullet_line_share": ("bullets", "lines"),
    "ellipsis_line_share": ("with_ellipsis", "lines"),
    "duplicate_line_share": ("duplicates", "lines"),
    "duplicate_line_character_share": ("duplicate_characters", "line_characters"),
    **{f"top_{size}gram_ratio": (f"top_{size}gram_characters", "compared_characters") for size in (2, 3, 4)},
    **{
        f"repeated_{size}gram_share": (f"repeated_{size}gram_characters", "compared_characters")
        for size in (5, 6, 7, 8, 9, 10)
    },
}
"""Signals that are quotients, each with what is counted above and below the line."""


class _Counting(NamedTuple):
    """How signals are counted.

    Attributes:
        loops: The compiled ones.
        numbers: Signals that are counts, each with its place among the counts.
        quotients: Places of what is above and of what is below the line, for each of the others.
    """

    loops: Callable[..., tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]
    numbers: tuple[tuple[str, int], ...]
    quotients: npt.NDArray[np.int32]


@cache
def _counting() -> _Counting:
    place = kernels.COUNTED.index
    numbers = tuple((name, place(counted)) for name, counted in _NUMBERS.items())
    parts, wholes = zip(*_SHARES.values(), strict=True)
    return _Counting(kernels.count, numbers, np.array([[*map(place, parts)], [*map(place, wholes)]], np.int32))


def rejects(
    values: Mapping[str, float | int | None], preset: str, bounds: Mapping[str, SignalBounds] | None = None
) -> Rejection | None:
    """The first signal of a text that is outside its bounds.

    Args:
        values: What :func:`signals` returned, and other columns of numbers. A signal that is None or absent breaks
            no bound.
        preset: A key of :data:`PRESETS`.
        bounds: A user's own bounds by signal. They take the place of the preset's for the same signal.

    Returns:
        The signal, its value and the bound that it broke; None where the text may pass.
    """
    words = values.get("n_words") or 0
    for bound in _bounds(preset, bounds or {}):
        value = values.get(bound.signal)
        if value is None or words < bound.from_words:
            continue
        if bound.at_least is not None and value < bound.at_least:
            return Rejection(bound.signal, float(value), bound.at_least)
        if bound.at_most is not None and value > bound.at_most:
            return Rejection(bound.signal, float(value), bound.at_most)
    return None


def _bounds(preset: str, own: Mapping[str, SignalBounds]) -> Sequence[Bound]:
    if not own:
        return PRESETS[preset]
    kept = (bound for bound in PRESETS[preset] if bound.signal not in own)
    return (*kept, *(Bound(name, b.at_least, b.at_most, b.from_words) for name, b in own.items()))


@cache
def _stopword_table(language: str) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """An open table of the hashes of a language's stopwords, and what each counts for."""
    own = STOPWORDS.get(language, frozenset())
    different = FINEWEB2_STOPWORDS.get(language, own)
    classes = character_classes()
    kinds: dict[int, int] = {}
    for words, kind in ((own, kernels.IS_STOPWORD), (different, kernels.IS_COUNTED_ONCE)):
        for word in words:
            value = kernels.word_hash(c for c in word if not classes[ord(c)] & (MARK | JOINER))
            kinds[value] = kinds.get(value, 0) | kind
    hashes = np.fromiter(sorted(kinds), np.uint64, len(kinds))
    return kernels.table_of(hashes, np.array([kinds[value] for value in sorted(kinds)], np.uint8))
