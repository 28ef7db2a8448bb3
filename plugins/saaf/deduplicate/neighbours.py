"""What is near one text: for people who ask why a document was kept, or dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from saaf.config import DeduplicateConfig
from saaf.deduplicate.similarity import Comparison, compare


@dataclass(frozen=True)
class Neighbour:
    """A document near another.

    Attributes:
        doc_id: Its id.
        comparison: The two texts side by side.
        verdict: In a word: ``same_key``, ``copy``, ``apart_by_numbers``, ``contained`` or ``below_threshold``.
    """

    doc_id: str
    comparison: Comparison
    verdict: str


def band_rows(text: str, config: DeduplicateConfig) -> pa.Table:
    """The keys by which the index knows a text.

    Returns:
        Columns band (int16) and key (uint64), sorted; no rows where the text has no letters or digits.
    """
    from saaf.deduplicate.corpus import EXACT_BAND
    from saaf.deduplicate.signatures import Signer

    signed = Signer(config).sign(pa.array([text], pa.string()))
    rows: list[tuple[int, int]] = []
    if signed.key_lengths[0]:
        rows.append((EXACT_BAND, int(signed.key_hashes[0, 0])))
    if signed.shingles[0]:
        rows += [(band, int(key)) for band, key in enumerate(signed.band_keys[:, 0])]
    return pa.table(
        {
            "band": pa.array([band for band, _ in rows], pa.int16()),
            "key": pa.array([key for _, key in rows], pa.uint64()),
        }
    )


def neighbours(text: str, others: Iterable[tuple[str, str]], config: DeduplicateConfig) -> list[Neighbour]:
    """Compare a text with others, exactly.

    Args:
        text: The text.
        others: Id and text of each.
        config: What counts as a copy.

    Returns:
        All of them, the most similar first; of equals by id.
    """
    found = []
    for doc_id, other in others:
        comparison = compare(text, other, config)
        found.append(Neighbour(doc_id, comparison, _verdict(comparison)))
    return sorted(found, key=lambda near: (-near.comparison.similarity, -near.comparison.containment, near.doc_id))


def _verdict(comparison: Comparison) -> str:
    if comparison.same_key:
        return "same_key"
    if comparison.copies:
        return "copy"
    if comparison.apart_by_numbers:
        return "apart_by_numbers"
    return "contained" if comparison.contained else "below_threshold"
