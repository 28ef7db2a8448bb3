"""Which pages are copies of one article: they open alike.

Furniture makes pages of distinct articles similar: a list of teasers may be nine tenths of a short page. So copies are
not told by how much they share, but by where: two pages that share two of their first five sentences, or their
address, are one article. Teasers follow at least the start of an article. Where this errs, it takes two articles
for one, and a line counts less than it might.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

from saaf.clean.learn.spill import Spill

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLUMNS = [("key", "<u8"), ("page", "<u4")]
"""Rows of the spill that :func:`articles` reads."""


def opening_keys(opening: list[int], address: str | None, seed: str) -> set[int]:
    """What a page shares with its copies: a hash for each two of its first sentences, and one for its address.

    A page of one sentence has that sentence's.
    """
    pairs = list(combinations(opening, 2)) if len(opening) > 1 else [(sentence, 0) for sentence in opening]
    keys = {xxh3_64_intdigest(min(pair).to_bytes(8) + max(pair).to_bytes(8)) for pair in pairs}
    if address:
        keys.add(xxh3_64_intdigest(f"{seed}\n{address}".encode("utf-8", "surrogatepass")))
    return keys


def articles(keys: Spill, pages: int, max_copies: int) -> NDArray[np.uint32]:
    """The article of each page: the number of its first page.

    Args:
        keys: A row for each of a page's :func:`opening_keys`.
        pages: How many pages there are.
        max_copies: A key of more pages is furniture and joins none.
    """
    import numpy as np

    label = np.arange(pages, dtype=np.uint32)
    edges = [_edges(rows, max_copies) for rows in keys.read()]
    if not edges:
        return label
    first, second = np.concatenate(edges).T
    while True:
        # Each page takes the least label among its copies', until all of an article agree.
        least = np.minimum(label[first], label[second])
        before = label.copy()
        np.minimum.at(label, first, least)
        np.minimum.at(label, second, least)
        label = label[label]
        if np.array_equal(before, label):
            return label


def _edges(rows: NDArray[np.void], max_copies: int) -> NDArray[np.uint32]:
    import numpy as np

    rows = np.unique(rows)
    _, starts, counts = np.unique(rows["key"], return_index=True, return_counts=True)
    joins = np.repeat((counts > 1) & (counts <= max_copies), counts)
    firsts = np.repeat(rows["page"][starts], counts)
    edges: NDArray[np.uint32] = np.stack([firsts, rows["page"]], axis=1)[joins & (firsts != rows["page"])]
    return edges
