"""Two texts side by side: what both say, and what only one of them does.

Texts are compared word by word with Myers' greedy algorithm (E. Myers, *An O(ND) difference
algorithm and its variations*, 1986). Its time is bounded by the number of differences that it may
look for, whatever the words are; texts that differ more are shown as different between their common
beginning and end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from saaf.report.model import Comparison, Stretch
from saaf.report.show import cut

COMPARED_CHARACTERS = 12_000
"""Characters of a text that are compared, from its beginning."""
_MOST_WORDS = 2_000
_MOST_EDITS = 500
_AROUND = 8
"""Words in common that are shown on each side of a difference."""
_CHANCE = 2
"""Words in common, at most, that count as changed between longer changes: they are so by chance."""

_Block = tuple[int, int, int, int, bool]
"""Words i1:i2 of one text, j1:j2 of the other, and whether they are the same."""


def compare(copy: str, kept: str, *, limit: int, is_cut: bool = False) -> Comparison:
    """Mark what only one of two texts says.

    Args:
        copy: The text of a copy.
        kept: The text that it is a copy of.
        limit: Characters of a text's own words that are shown.
        is_cut: Whether either text goes on beyond what is given here.
    """
    mine, theirs = copy.split(), kept.split()
    is_cut = is_cut or max(len(mine), len(theirs)) > _MOST_WORDS
    mine, theirs = mine[:_MOST_WORDS], theirs[:_MOST_WORDS]
    blocks = _without_chance(_blocks(mine, theirs))
    if is_cut and len(blocks) > 1 and not blocks[-1][-1]:
        # Where a text is cut, what follows in the other is not known to be missing.
        blocks = blocks[:-1]
    return Comparison(
        copied=_stretches(mine, [(i1, i2, same) for i1, i2, _, _, same in blocks], limit),
        kept=_stretches(theirs, [(j1, j2, same) for _, _, j1, j2, same in blocks], limit),
        is_cut=is_cut,
    )


def _blocks(mine: Sequence[str], theirs: Sequence[str]) -> list[_Block]:
    """The texts as blocks that are the same and blocks that differ, in turn."""
    shorter = min(len(mine), len(theirs))
    head = sum(1 for _ in takewhile(lambda i: mine[i] == theirs[i], range(shorter)))
    tail = sum(1 for _ in takewhile(lambda i: mine[-1 - i] == theirs[-1 - i], range(shorter - head)))
    pairs = [(i, i) for i in range(head)]
    pairs += [
        (head + i, head + j) for i, j in _in_common(mine[head : len(mine) - tail], theirs[head : len(theirs) - tail])
    ]
    pairs += [(len(mine) - i, len(theirs) - i) for i in range(tail, 0, -1)]
    blocks: list[_Block] = []
    at_i = at_j = 0
    for i, j in [*pairs, (len(mine), len(theirs))]:
        if (i, j) != (at_i, at_j):
            blocks.append((at_i, i, at_j, j, False))
        if i < len(mine) and j < len(theirs):
            if blocks and blocks[-1][-1]:
                blocks[-1] = (blocks[-1][0], i + 1, blocks[-1][2], j + 1, True)
            else:
                blocks.append((i, i + 1, j, j + 1, True))
        at_i, at_j = i + 1, j + 1
    return blocks


def _in_common(mine: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """A longest common subsequence as pairs of places; empty where more than ``_MOST_EDITS`` words differ."""
    furthest = {1: 0}
    """How far into `mine` a path on each diagonal got."""
    history: list[dict[int, int]] = []
    for edits in range(min(len(mine) + len(theirs), _MOST_EDITS) + 1):
        history.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            i = _step(furthest, diagonal, edits)
            while i < len(mine) and 0 <= i - diagonal < len(theirs) and mine[i] == theirs[i - diagonal]:
                i += 1
            furthest[diagonal] = i
            if i >= len(mine) and i - diagonal >= len(theirs):
                return _way_back(history, len(mine), len(theirs))
    return []


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a path enters a diagonal: from the one above by an insertion, or the one below by a deletion."""
    if diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _way_back(history: list[dict[int, int]], i: int, j: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(history) - 1, -1, -1):
        furthest, diagonal = history[edits], i - j
        start = _step(furthest, diagonal, edits)
        while i > start:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        if edits:
            came_down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
            i, j = (i, j - 1) if came_down else (i - 1, j)
    return pairs[::-1]


def _without_chance(blocks: list[_Block]) -> list[_Block]:
    """Lone words that two different passages have in common are part of the difference."""
    joined: list[_Block] = []
    for number, block in enumerate(blocks):
        i1, i2, j1, j2, same = block
        inside = 0 < number < len(blocks) - 1
        if (
            same
            and inside
            and i2 - i1 <= _CHANCE
            and min(_size(blocks[number - 1]), _size(blocks[number + 1])) > i2 - i1
        ):
            same = False
        if joined and joined[-1][-1] == same:
            joined[-1] = (joined[-1][0], i2, joined[-1][2], j2, same)
        else:
            joined.append((i1, i2, j1, j2, same))
    return joined


def _size(block: _Block) -> int:
    return max(block[1] - block[0], block[3] - block[2])


def _stretches(words: Sequence[str], blocks: list[tuple[int, int, bool]], limit: int) -> tuple[Stretch, ...]:
    """One side: own words whole as far as the limit goes, words in common only around them."""
    stretches: list[Stretch] = []
    left = limit
    for number, (start, end, same) in enumerate(blocks):
        if same:
            before, after = number > 0, number < len(blocks) - 1
            stretches += _folded(words[start:end], before=before, after=after)
        elif start < end:
            text = cut(" ".join(words[start:end]), left)
            left -= len(text)
            shown = len(text.split())
            stretches.append(Stretch(text=text, alone=True))
            if shown < end - start:
                stretches.append(Stretch(text="", alone=True, left_out=end - start - shown))
    return tuple(stretches)


def _folded(words: Sequence[str], *, before: bool, after: bool) -> list[Stretch]:
    """Words in common, those far from any difference left out; of texts that are the same, the beginning stays."""
    first = _AROUND if before else 0 if after else 3 * _AROUND
    last = _AROUND if after else 0
    if len(words) <= first + last + 3:
        return [Stretch(text=" ".join(words))]
    parts = [
        Stretch(text=cut(" ".join(words[:first]), 40 * first)),
        Stretch(text="", left_out=len(words) - first - last),
        Stretch(text=cut(" ".join(words[len(words) - last :]), 40 * last)),
    ]
    return [part for part in parts if part.text or part.left_out]
