"""Shingles, in plain Python: what a similarity is counted over, for people who ask about a pair."""

from __future__ import annotations

from saaf.config import DeduplicateConfig
from saaf.deduplicate.matchkey import key_words


def shingles(text: str, config: DeduplicateConfig) -> frozenset[str]:
    """The distinct shingles of a text.

    Args:
        text: Any text.
        config: What a shingle is made of, and how long it is.

    Returns:
        Runs of characters of the match key, or of folded words joined by a space; none where the
        text is shorter than one shingle.
    """
    words = key_words(text)
    size = config.shingle_size
    if config.shingle == "word":
        return frozenset(" ".join(words[i : i + size]) for i in range(len(words) - size + 1))
    key = "".join(words)
    return frozenset(key[i : i + size] for i in range(len(key) - size + 1))
