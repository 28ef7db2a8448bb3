"""How many distinct articles repeat a piece, and where it stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saaf.clean.learn.spill import Spill

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE_COLUMNS = [("hash", "<u8"), ("page", "<u4")]
"""Rows of the first pass: a piece on a page."""

SEEN_COLUMNS = [
    ("hash", "<u8"),
    ("page", "<u4"),
    ("line", "<u4"),  # lines before its line
    ("head", "?"),  # whether it may be the page's own title or lead
    ("run", "<u4"),  # lines, or sentences, that recur in one go there, itself included
    ("related", "<f4"),  # share of its words that the rest of the page has, too
]
"""Rows of the second pass: where a piece that recurs was seen."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of a piece.

    Attributes:
        hash: The piece.
        articles: Distinct articles of its site that have it where it is not their own title or lead.
        head: Distinct articles that have it at their head.
        sightings: Times that it was seen there, copies and all.
        run: Median of the lines that recur in one go where it stands, itself included.
        related: Median share of its words that the rest of the article has.
        farthest: Lines before it, at most.
        pages: A page of each article, as many as were asked for, in the order that the caller gave the pages.
    """

    hash: int
    articles: int
    head: int
    sightings: int
    run: float
    related: float
    farthest: int
    pages: tuple[int, ...]


def recurring(
    pieces: Spill, article: NDArray[np.uint32], least: int, limit: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Hashes of the pieces that so many distinct articles have, sorted, and which pages have one.

    Args:
        pieces: Rows of the first pass.
        article: Article of each page.
        least: Articles that a piece needs.
        limit: Pieces to return at most, those of most articles.
    """
    import numpy as np

    hashes, counts = [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
    for rows in pieces.read():
        found, number = _articles_of_each(rows["hash"], article[rows["page"]])
        hashes.append(found[number >= least])
        counts.append(number[number >= least].astype(np.uint32))
    found, number = np.concatenate(hashes), np.concatenate(counts)
    if len(found) > limit:
        chosen = np.lexsort((found, -number.astype(np.int64)))[:limit]
        found = found[chosen]
    found.sort()
    has_one = np.zeros(len(article), np.bool_)
    for rows in pieces.read():
        has_one[rows["page"][np.isin(rows["hash"], found)]] = True
    return found, has_one


def _articles_of_each(
    hashes: NDArray[np.uint64], article: NDArray[np.uint32]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    import numpy as np

    order = np.lexsort((article, hashes))
    hashes, article = hashes[order], article[order]
    is_new = np.ones(len(hashes), np.bool_)
    is_new[1:] = (hashes[1:] != hashes[:-1]) | (article[1:] != article[:-1])
    found, number = np.unique(hashes[is_new], return_counts=True)
    return found, number


def evidence(seen: Spill, article: NDArray[np.uint32], rank: NDArray[np.uint32], samples: int) -> list[Evidence]:
    """What the second pass saw of each piece, in the order of their hashes.

    Args:
        seen: Rows of the second pass.
        article: Article of each page.
        rank: Place of each page in an order that does not depend on how pages came: which samples are shown.
        samples: Pages to name for each piece.
    """
    import numpy as np

    found: list[Evidence] = []
    for rows in seen.read():
        order = np.lexsort((rank[rows["page"]], rows["hash"]))
        rows = rows[order]  # noqa: PLW2901 - the same rows, in order
        starts = np.flatnonzero(np.r_[True, rows["hash"][1:] != rows["hash"][:-1]])
        for start, end in zip(starts, np.r_[starts[1:], len(rows)], strict=True):
            found.append(_one(rows[start:end], article, samples))
    return sorted(found, key=lambda e: e.hash)


def _one(rows: NDArray[np.void], article: NDArray[np.uint32], samples: int) -> Evidence:
    import numpy as np

    articles = article[rows["page"]]
    inside = ~rows["head"]
    counted = rows[inside] if inside.any() else rows
    _, first = np.unique(articles, return_index=True)
    return Evidence(
        hash=int(rows["hash"][0]),
        articles=len(np.unique(articles[inside])),
        head=len(np.unique(articles[~inside])),
        sightings=len(counted),
        run=float(np.median(counted["run"])),
        related=float(np.median(counted["related"])),
        farthest=int(rows["line"].max()),
        pages=tuple(int(page) for page in rows["page"][np.sort(first)][:samples]),
    )
