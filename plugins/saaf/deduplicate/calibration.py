"""How well the bands do on a corpus of one's own, and which pairs lie around the threshold.

Pairs are looked for with bands that are far looser than those configured and with other permutations, so that what
the configured bands miss is seen as well. Each pair's similarity is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.buckets import run_starts
from saaf.deduplicate.foldtable import fold_table
from saaf.deduplicate.kernels import Hashes, Indices
from saaf.deduplicate.signatures import Signer, text_buffers

LOOSE_BANDS, LOOSE_ROWS = 120, 2
"""Bands that find a pair of similarity .2 with a chance of .993."""
LEAST = 0.2
"""Similarity from which on pairs are counted."""
_MEMBERS = 40
"""Documents of one loose bucket whose pairs are looked at; more share what is common to many texts."""
_WIDTH = 0.05


def chance(similarity: float, bands: int, rows: int) -> float:
    """The chance that two texts of a Jaccard similarity share a band: 1 - (1 - J^rows)^bands.

    Indyk and Motwani (1998); Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, 3.4.
    """
    return float(1.0 - (1.0 - similarity**rows) ** bands)


@dataclass(frozen=True)
class Pairs:
    """Pairs of texts that are alike to some degree, the most similar first.

    Attributes:
        left: Place of one text.
        right: Place of the other, which comes later.
        similarity: Exact Jaccard similarity, at least LEAST.
        shares_band: Whether the configured bands make them candidates.
    """

    left: Indices
    right: Indices
    similarity: npt.NDArray[np.float64]
    shares_band: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Bin:
    """Pairs of about one similarity.

    Attributes:
        low: Similarity from which on.
        high: Similarity up to which.
        pairs: How many there are.
        found: How many of them share a band.
        expected: How many would by the formula, at the similarity of each.
    """

    low: float
    high: float
    pairs: int
    found: int
    expected: float


@dataclass(frozen=True)
class AtThreshold:
    """What another threshold would do.

    Attributes:
        threshold: The threshold.
        pairs: Pairs at or above it.
        dropped: Documents that would go, the earlier in the sample staying; numbers are not looked at.
    """

    threshold: float
    pairs: int
    dropped: int


def find_pairs(texts: Sequence[str], config: DeduplicateConfig) -> Pairs:
    """Find the pairs of texts that are alike.

    Args:
        texts: The texts.
        config: What a shingle is, and the bands that are judged.
    """
    array = pa.array(texts, pa.large_string())
    loose_config = config.model_copy(
        update={"bands": LOOSE_BANDS, "rows": LOOSE_ROWS, "seed": (config.seed + 1) % 2**32}
    )
    loose, strict = Signer(loose_config).sign(array), Signer(config).sign(array)
    usable = strict.shingles > 0
    left, right = _meeting(loose.band_keys, usable)
    data, offsets = text_buffers(array)
    shape = kernels.Shape(config.shingle == "word", config.shingle_size)
    sets, bounds = kernels.shingle_sets(data, offsets, fold_table(), shape)
    similarity = kernels.similarities(sets, bounds, left, right)
    order = np.lexsort((right, left, -similarity))
    order = order[similarity[order] >= LEAST]
    left, right = left[order], right[order]
    shares = (strict.band_keys[:, left] == strict.band_keys[:, right]).any(axis=0)
    return Pairs(left, right, similarity[order], shares)


def _meeting(band_keys: Hashes, usable: npt.NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Pairs that share a key of some band, each once."""
    places = np.flatnonzero(usable)
    pairs: list[Indices] = [np.empty(0, np.int64)]
    for keys in band_keys[:, places]:
        order = np.argsort(keys, kind="stable")
        begins = np.flatnonzero(run_starts(keys[order]))
        sizes = np.diff(np.append(begins, keys.size))
        for begin, size in zip(begins[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
            members = places[order[begin : begin + min(size, _MEMBERS)]]
            first, second = np.triu_indices(members.size, 1)
            pairs.append(members[first] * band_keys.shape[1] + members[second])
    both = np.unique(np.concatenate(pairs))
    return both // max(band_keys.shape[1], 1), both % max(band_keys.shape[1], 1)


def bins(pairs: Pairs, config: DeduplicateConfig) -> list[Bin]:
    """Pairs by similarity: how many share a band, and how many should."""
    found = []
    edges = np.round(np.arange(LEAST, 1.0, _WIDTH), 2)
    for low in edges.tolist():
        high = round(low + _WIDTH, 2)
        inside = (pairs.similarity >= low) & ((pairs.similarity < high) | (high >= 1.0))
        expected = sum(chance(float(value), config.bands, config.rows) for value in pairs.similarity[inside])
        found.append(Bin(low, high, int(inside.sum()), int(pairs.shares_band[inside].sum()), expected))
    return found


def at_thresholds(pairs: Pairs, thresholds: Sequence[float]) -> list[AtThreshold]:
    """What each threshold would drop: a document goes for one ahead of it that stays, as the keep policy has it."""
    return [AtThreshold(t, int((pairs.similarity >= t).sum()), _dropped(pairs, t)) for t in thresholds]


def _dropped(pairs: Pairs, threshold: float) -> int:
    above = pairs.similarity >= threshold
    left, right = pairs.left[above], pairs.right[above]
    dropped: set[int] = set()
    for place in np.lexsort((left, right)):
        if int(left[place]) not in dropped:
            dropped.add(int(right[place]))
    return len(dropped)


def around(pairs: Pairs, threshold: float, most: int) -> list[int]:
    """The places in `pairs` of those nearest to the threshold, half of them from it on and half below."""
    from_it_on = np.flatnonzero(pairs.similarity >= threshold)[::-1]
    below = np.flatnonzero(pairs.similarity < threshold)
    chosen = np.concatenate([from_it_on[: (most + 1) // 2], below[: most // 2]])
    return [int(place) for place in np.sort(chosen)]
