"""Building what the compiled scan looks for: literals as a trie, whole lines by their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saaf.clean.literals import Clues, Literals

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from saaf.clean.scan import Flags, Hashes, Numbers, Points, Probes

_ANY_LENGTH = (1 << 31) - 1
_FEWEST_HEADS, _MOST_HEADS = 1 << 14, 1 << 20
_ROOM_PER_HEAD = 16
"""Entries of a filter for each of its members, so that few other places pass it."""


@dataclass(frozen=True)
class Probe:
    """A pattern that may match in a line, and in which lines that is.

    Attributes:
        clues: What tells where it may match.
        max_chars: Characters of the line at most; None for any number.
        first, last: It must stand among the first or the last so many lines; 0 and 0 for anywhere.
        page_chars: Raw characters of the page at most; None for any number.
    """

    clues: Clues
    max_chars: int | None = None
    first: int = 0
    last: int = 0
    page_chars: int | None = None

    @property
    def is_placed(self) -> bool:
        """Whether it must stand at the top or at the bottom."""
        return bool(self.first or self.last)


def probes_of(probes: Sequence[Probe], keys: Sequence[str]) -> Probes:
    """Put probes and whole lines into the arrays that :func:`saaf.clean.scan.scan` reads.

    Args:
        probes: The probes.
        keys: Keys of whole lines, by their number.
    """
    import numpy as np

    from saaf.clean.scan import Probes

    gates = [(p.max_chars or _ANY_LENGTH, p.first, p.last, p.page_chars or _ANY_LENGTH) for p in probes]
    trie = _Trie()
    for number, probe in enumerate(probes):
        trie.add(number, probe)
    return Probes(
        np.array(gates, np.int32).reshape(-1, 4),
        np.array(_bounds_of(probes), np.int32),
        *trie.arrays(),
        *_arrays_of_keys(keys),
    )


def _bounds_of(probes: Sequence[Probe]) -> tuple[int, int, int, int, int]:
    placed = [probe for probe in probes if probe.is_placed]
    anchored = [probe for probe in probes if any(of.at_start or of.at_end for of in probe.clues.literals)]
    return (
        max((probe.max_chars or 0 for probe in probes if not probe.is_placed), default=0),
        max((probe.max_chars or 0 for probe in placed), default=0),
        max((probe.first for probe in placed), default=0),
        max((probe.last for probe in placed), default=0),
        max((probe.max_chars or _ANY_LENGTH for probe in anchored), default=0),
    )


def _bits_of(probe: Probe) -> int:
    """The lines in which the literals of a probe are looked for."""
    from saaf.clean.scan import PLACED, SHORT, SHORT_PLACED, UNBOUNDED

    if probe.max_chars is None:
        return PLACED if probe.is_placed else UNBOUNDED
    return SHORT_PLACED if probe.is_placed else SHORT


def _arrays_of_keys(keys: Sequence[str]) -> tuple[Flags, Hashes, Numbers, Points, Numbers]:
    """The fields of :class:`saaf.clean.scan.Probes` from `key_heads` on."""
    import numpy as np

    from saaf.clean.scan import KEY_HEAD, hash_key, spread
    from saaf.text.fold import code_points

    codes = [code_points(key) for key in keys]
    heads = np.zeros(_size_of(len(keys)), np.uint8)
    for key in codes:
        heads[spread(np.uint64(hash_key(key, 0, len(key), KEY_HEAD)), len(heads))] = 1
    table, slots = _open_table([int(hash_key(key, 0, len(key), -1)) for key in codes])
    numbers = np.zeros(len(table), np.int32)
    numbers[slots] = np.arange(len(keys))
    all_codes = np.concatenate([np.zeros(0, np.uint32), *codes])
    return heads, table, numbers, all_codes, np.cumsum([0, *map(len, keys)]).astype(np.int32)


def _size_of(members: int) -> int:
    size = _FEWEST_HEADS
    while size < min(_ROOM_PER_HEAD * members, _MOST_HEADS):
        size *= 2
    return size


def _open_table(values: Sequence[int]) -> tuple[npt.NDArray[np.uint64], list[int]]:
    """An open table of values, none of them 0, and the slot of each; a quarter full at most."""
    import numpy as np

    from saaf.clean.scan import slot_of

    size = 16
    while size < 4 * len(values):
        size *= 2
    table = np.zeros(size, np.uint64)
    slots: list[int] = []
    for value in values:
        slot = int(slot_of(np.uint64(value), size))
        while table[slot]:
            slot = (slot + 1) % size
        table[slot] = value
        slots.append(slot)
    return table, slots


class _Trie:
    """Words, and the probes that each of them was found for."""

    def __init__(self) -> None:
        from saaf.clean.scan import N_ROOTS

        self._edges: dict[tuple[int, int], int] = {}
        self._found: list[list[int]] = [[] for _ in range(N_ROOTS)]
        self._heads: dict[str, int] = {}
        self._lasts: dict[str, int] = {}

    def add(self, number: int, probe: Probe) -> None:
        """Add all that a probe is looked for by."""
        from saaf.clean.scan import BLIND, BLIND_NO_LETTER

        if probe.clues.is_blind:
            self._found[BLIND_NO_LETTER if probe.clues.no_letter_first else BLIND].append(number)
        for literals in probe.clues.literals:
            for text in sorted(literals.texts):
                self._add_text(text, number, probe, literals)

    def _add_text(self, text: str, number: int, probe: Probe, literals: Literals) -> None:
        from saaf.clean.scan import ANYWHERE, AT_END, AT_START, HEAD

        bits = _bits_of(probe)
        root = AT_START if literals.at_start else AT_END if literals.at_end else ANYWHERE
        if root == ANYWHERE:
            self._heads[text[:HEAD]] = self._heads.get(text[:HEAD], 0) | bits
            if len(text) < HEAD:
                self._lasts[text[-1]] = self._lasts.get(text[-1], 0) | bits
        found = self._found[self._node(root, text[::-1] if root == AT_END else text)]
        if number not in found[-1:]:
            found.append(number)

    def _node(self, node: int, word: str) -> int:
        for sign in word:
            edge = node, ord(sign)
            target = self._edges.get(edge)
            if target is None:
                target = self._edges[edge] = len(self._found)
                self._found.append([])
            node = target
        return node

    def arrays(self) -> tuple[Flags, Hashes, Numbers, Flags, Hashes, Numbers, Numbers]:
        """The fields of :class:`saaf.clean.scan.Probes` from `heads` to `found`."""
        import numpy as np

        from saaf.clean.scan import ANYWHERE, TARGET_BITS, edge_of, spread

        packed = [_packed(head) for head in self._heads]
        heads = np.zeros(_size_of(len(packed)), np.uint8)
        for head, bits in zip(packed, self._heads.values(), strict=True):
            heads[spread(np.uint64(head), len(heads))] |= bits
        head_codes, slots = _open_table(packed)
        head_nodes = np.zeros(len(head_codes), np.int32)
        head_nodes[slots] = [self._node(ANYWHERE, head) for head in self._heads]
        lasts = np.zeros(1 << 16, np.uint8)
        lasts[[ord(sign) for sign in self._lasts]] = list(self._lasts.values())
        edges, slots = _open_table([int(edge_of(np.uint64(node), code)) for node, code in self._edges])
        targets = np.fromiter(self._edges.values(), np.uint64, len(self._edges))
        edges[slots] = edges[slots] << np.uint64(TARGET_BITS) | targets
        found_from = np.cumsum([0, *map(len, self._found)]).astype(np.int32)
        found = np.array([number for numbers in self._found for number in numbers], np.int32)
        return heads, head_codes, head_nodes, lasts, edges, found_from, found


def _packed(head: str) -> int:
    """The characters of the head of a literal in one number."""
    value = 0
    for sign in head:
        value = value << 16 | ord(sign)
    return value
