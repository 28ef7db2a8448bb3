"""Building what the compiled scan looks for: literals as a trie, whole lines by their hashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saaf.clean.literals import Clues, Literals
from saaf.clean.scan import (
    ANYWHERE,
    AT_END,
    AT_START,
    BLIND,
    BLIND_NO_LETTER,
    HEAD,
    KEY_HEAD,
    N_ROOTS,
    TARGET_BITS,
    Flags,
    Hashes,
    Numbers,
    Points,
    Probes,
    edge_of,
    hash_key,
    slot_of,
    spread,
)
from saaf.text.fold import code_points

_ANY_LENGTH = (1 << 31) - 1
_SHORT = 110
"""Characters of a short line at most."""
_OUTERMOST = 2
"""Lines at the top and at the bottom of a page that are told from the others there."""
_FEWEST_HEADS, _MOST_HEADS = 1 << 14, 1 << 20
_ROOM_PER_HEAD = 64
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


def probes_of(probes: Sequence[Probe], keys: Sequence[str]) -> Probes:
    """Put probes and whole lines into the arrays that :func:`saaf.clean.scan.scan` reads.

    Args:
        probes: The probes.
        keys: Keys of whole lines, by their number.
    """
    gates = np.array([_gate_of(probe) for probe in probes], np.int32).reshape(-1, 4)
    class_of, classes = _classes_of(gates)
    trie = _Trie()
    for number, probe in enumerate(probes):
        trie.add(number, probe.clues, 1 << class_of[number])
    return Probes(gates, classes, *trie.arrays(), *_arrays_of_keys(keys))


def _gate_of(probe: Probe) -> tuple[int, int, int, int]:
    return probe.max_chars or _ANY_LENGTH, probe.first, probe.last, probe.page_chars or _ANY_LENGTH


def _classes_of(gates: Numbers) -> tuple[list[int], Numbers]:
    """The class of each probe, and the gate of each class, which all its probes share: the widest of theirs.

    Short lines, and the first and last ones, are few beside the rest: literals that count there alone, common as they
    may be, are not looked for elsewhere.
    """
    kinds = [_class_of(chars, first, last) for chars, first, last, _ in gates.tolist()]
    numbers = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
    class_of = [numbers[kind] for kind in kinds]
    classes = np.zeros((len(numbers), 4), np.int32)
    np.maximum.at(classes, class_of, gates)
    return class_of, classes


def _class_of(max_chars: int, first: int, last: int) -> tuple[bool, bool, bool, bool]:
    """What tells the class of a probe: at most eight are ever met, since a class is a bit."""
    is_bounded = max_chars < _ANY_LENGTH
    is_placed = bool(first or last)
    is_outermost = is_placed and not is_bounded and first <= _OUTERMOST and last <= _OUTERMOST
    return is_bounded, max_chars <= _SHORT, is_placed, is_outermost


def _arrays_of_keys(keys: Sequence[str]) -> tuple[Flags, Hashes, Numbers, Points, Numbers]:
    """The fields of :class:`saaf.clean.scan.Probes` from `key_heads` on."""
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
        self._edges: dict[tuple[int, int], int] = {}
        self._found: list[list[int]] = [[] for _ in range(N_ROOTS)]
        self._roots: Counter[int] = Counter()
        self._heads: Counter[str] = Counter()
        self._lasts: Counter[str] = Counter()
        self._anchors: Counter[str] = Counter()

    def add(self, number: int, clues: Clues, bit: int) -> None:
        """Add all that a probe is looked for by.

        Args:
            number: The probe's number.
            clues: What tells where it may match.
            bit: The bit of its class.
        """
        if clues.is_blind:
            root = BLIND_NO_LETTER if clues.no_letter_first else BLIND
            self._found[root].append(number)
            self._roots[root] |= bit
        for literals in clues.literals:
            for text in sorted(literals.texts):
                self._add_text(text, number, literals, bit)

    def _add_text(self, text: str, number: int, literals: Literals, bit: int) -> None:
        if literals.at_start or literals.at_end:
            root, word = (AT_START, text) if literals.at_start else (AT_END, text[::-1])
            self._roots[root] |= bit
            self._anchors[word[:HEAD]] |= bit
        else:
            root, word = ANYWHERE, text
            self._heads[text[:HEAD]] |= bit
            if len(text) < HEAD:
                self._lasts[text[-1]] |= bit
        found = self._found[self._node(root, word)]
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

    def arrays(self) -> tuple[Flags, Flags, Hashes, Numbers, Flags, Flags, Hashes, Numbers, Numbers]:
        """The fields of :class:`saaf.clean.scan.Probes` from `roots` to `found`."""
        roots = np.array([self._roots[root] for root in range(N_ROOTS)], np.uint8)
        head_codes, slots = _open_table([*map(_packed, self._heads)])
        head_nodes = np.zeros(len(head_codes), np.int32)
        head_nodes[slots] = [self._node(ANYWHERE, head) for head in self._heads]
        lasts = np.zeros(1 << 16, np.uint8)
        lasts[[ord(sign) for sign in self._lasts]] = list(self._lasts.values())
        edges, slots = _open_table([int(edge_of(np.uint64(node), code)) for node, code in self._edges])
        targets = np.fromiter(self._edges.values(), np.uint64, len(self._edges))
        edges[slots] = edges[slots] << np.uint64(TARGET_BITS) | targets
        found_from = np.cumsum([0, *map(len, self._found)]).astype(np.int32)
        found = np.array([number for numbers in self._found for number in numbers], np.int32)
        filters = _filter_of(self._heads), head_codes, head_nodes, lasts, _filter_of(self._anchors)
        return roots, *filters, edges, found_from, found


def _filter_of(heads: Mapping[str, int]) -> Flags:
    """A table that says of each head its bits, and of few others any."""
    table = np.zeros(_size_of(len(heads)), np.uint8)
    for head, bits in heads.items():
        table[spread(np.uint64(_packed(head)), len(table))] |= bits
    return table


def _packed(head: str) -> int:
    """The characters of the head of a literal in one number."""
    value = 0
    for sign in head:
        value = value << 16 | ord(sign)
    return value
