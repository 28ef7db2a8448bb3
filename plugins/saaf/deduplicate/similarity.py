"""How similar two texts are, in plain Python: the definition that the fast path is held to."""

from __future__ import annotations

from dataclasses import dataclass

from saaf.config import DeduplicateConfig
from saaf.deduplicate.matchkey import key_words
from saaf.deduplicate.quantities import Quantity, agree, quantities
from saaf.deduplicate.shingles import shingles


@dataclass(frozen=True)
class Comparison:
    """Two texts side by side.

    Attributes:
        similarity: See :func:`jaccard`.
        containment: See :func:`containment`.
        same_key: Whether their match keys are equal and not empty.
        numbers: The numbers that each states.
        apart_by_numbers: Whether the option `numbers` keeps them apart.
        copies: Whether one is a copy of the other by similarity, numbers considered.
        contained: Whether the shorter stands in the longer one by containment, numbers considered.
    """

    similarity: float
    containment: float
    same_key: bool
    numbers: tuple[frozenset[Quantity], frozenset[Quantity]]
    apart_by_numbers: bool
    copies: bool
    contained: bool


def jaccard(a: str, b: str, config: DeduplicateConfig) -> float:
    """Exact Jaccard similarity of two texts' shingle sets.

    Texts with equal match keys that are not empty have similarity 1, also where they are shorter
    than a shingle or their words are spaced differently. Any other text shorter than a shingle has
    similarity 0 to every text.

    Returns:
        Shared shingles over all distinct shingles, 0 to 1.
    """
    if _same_key(a, b):
        return 1.0
    left, right = shingles(a, config), shingles(b, config)
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared) if shared else 0.0


def containment(a: str, b: str, config: DeduplicateConfig) -> float:
    """The share of the smaller shingle set that the larger one holds, 0 to 1; 1 for equal match keys."""
    if _same_key(a, b):
        return 1.0
    left, right = shingles(a, config), shingles(b, config)
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


def compare(a: str, b: str, config: DeduplicateConfig) -> Comparison:
    """Compare two texts as deduplication does once they have become candidates."""
    words = key_words(a), key_words(b)
    same_key = _same_key(a, b)
    numbers = quantities(words[0]), quantities(words[1])
    looked_at = config.numbers == "always" or (config.numbers == "short" and max(map(len, words)) < config.short_words)
    apart = looked_at and not same_key and not agree(*numbers)
    similarity, contained = jaccard(a, b, config), containment(a, b, config)
    return Comparison(
        similarity=similarity,
        containment=contained,
        same_key=same_key,
        numbers=numbers,
        apart_by_numbers=apart,
        copies=similarity >= config.threshold and not apart,
        contained=contained >= config.containment_threshold and not apart,
    )


def _same_key(a: str, b: str) -> bool:
    left = "".join(key_words(a))
    return bool(left) and left == "".join(key_words(b))
