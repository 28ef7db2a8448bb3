"""Where a short text that stands within a longer one meets it.

Band keys find texts that are alike as wholes. A brief within a long story is not: their Jaccard
similarity is the ratio of their lengths at best. So texts are also given anchors by winnowing
(Schleimer, Wilkerson and Aiken, 2003): of every few grams in a row, the one with the least hash.
Two texts with a common passage of `gram + window - 1` characters or words have an anchor in common.
"""

from __future__ import annotations

from typing import NamedTuple

from saaf.config import DeduplicateConfig

_LONGEST_WINDOW = 64
_KEY_BYTES = 2
_WORD_BYTES = 8
_EXPECTED_SHARE = 8

MAX_BUCKET = 100
"""Kept documents that an anchor is compared with at most: what more texts share is a figure of speech."""


class AnchorShape(NamedTuple):
    """How anchors are chosen.

    Attributes:
        gram: Characters or words of a gram.
        window: Of so many grams in a row, one is chosen.
    """

    gram: int
    window: int


def anchor_shape(config: DeduplicateConfig) -> AnchorShape:
    """How anchors are chosen so that every contained text meets the one that contains it.

    An edit takes at least `size - 1` shingles away. Where a share c of the shingles is left, the
    passages between edits have c (size - 1) / (1 - c) shingles on average, so one has as many at least.
    Together these are that many characters, and `size - 1` more.
    """
    size = config.shingle_size
    share = min(config.containment_threshold, 0.99)
    passage = int(share * (size - 1) / (1 - share)) + size - 1
    gram = size if config.shingle == "word" else 2 * size
    return AnchorShape(gram, max(1, min(passage - gram + 1, _LONGEST_WINDOW)))


def bytes_for_an_anchor(config: DeduplicateConfig) -> int:
    """For so many bytes of the shorter text, texts that meet must share an anchor.

    Winnowing chooses two of every `window + 1` grams. Edits that leave 0.8 of the shingles leave more
    than a third of the anchors; an eighth is asked for.
    """
    unit = _WORD_BYTES if config.shingle == "word" else _KEY_BYTES
    return unit * (anchor_shape(config).window + 1) * _EXPECTED_SHARE // 2
