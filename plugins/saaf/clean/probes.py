"""Building what the compiled scan looks for: literals as an automaton, whole lines by their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saaf.clean.literals import Clues

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from saaf.clean.scan import Automaton, Keys, Probes

_ANY_LENGTH = (1 << 31) - 1
_Found = tuple[int, int, int]
"""A literal that was found: number of its probe, its length, its flags."""


@dataclass(frozen=True)
class Probe:
    """A pattern that may match in a line, and in which lines that is.

    Attributes:
        clues: What tells where it may match.
        max_chars: Characters of the line at most; None for any number.
        first, last: It must stand among the first or the last so many lines; 0 and 0 for anywhere.
    """

    clues: Clues
    max_chars: int | None = None
    first: int = 0
    last: int = 0


def probes_of(probes: Sequence[Probe], keys: Sequence[str]) -> Probes:
    """Put probes and whole lines into the arrays that :func:`saaf.clean.scan.scan` reads.

    Args:
        probes: The probes.
        keys: Keys of whole lines; the number of the first is the number of probes.
    """
    import numpy as np

    from saaf.clean.scan import Probes

    gates = [(p.max_chars or _ANY_LENGTH, p.first, p.last, p.clues.no_letter_first) for p in probes]
    blind = [number for number, probe in enumerate(probes) if probe.clues.is_blind]
    return Probes(
        np.array(gates, np.int32).reshape(-1, 4),
        np.array(blind, np.int32),
        _automaton_of(probes),
        _keys_of(keys, len(probes)),
    )


def _keys_of(keys: Sequence[str], first_number: int) -> Keys:
    import numpy as np

    from saaf.clean.scan import FILTER_BITS, KEY_HEAD, Keys, hash_key, spread
    from saaf.text.fold import code_points

    heads = np.zeros(1 << FILTER_BITS, np.uint8)
    hashes = []
    for key in keys:
        codes = code_points(key)
        heads[spread(np.uint64(hash_key(codes, 0, len(codes), KEY_HEAD)))] = 1
        hashes.append(int(hash_key(codes, 0, len(codes), -1)))
    table, slots = _open_table(hashes)
    numbers = np.zeros(len(table), np.int32)
    numbers[slots] = np.arange(first_number, first_number + len(keys))
    return Keys(heads, table, numbers)


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


def _automaton_of(probes: Sequence[Probe]) -> Automaton:
    import numpy as np

    from saaf.clean.scan import AT_END, AT_START

    wanted = [
        (text, number, of) for number, probe in enumerate(probes) for of in probe.clues.literals for text in of.texts
    ]
    signs = sorted({sign for text, _, _ in wanted for sign in text})
    classes = {sign: number for number, sign in enumerate(signs, 1)}
    trie = _Trie()
    for text, number, of in sorted(wanted, key=lambda item: item[:2]):
        flags = AT_START * of.at_start | AT_END * of.at_end
        trie.add([classes[sign] for sign in text], (number, len(text), flags))
    of_signs = np.zeros(1 << 16, np.uint16)
    of_signs[[ord(sign) for sign in signs]] = range(1, len(signs) + 1)
    return trie.automaton(of_signs, len(signs) + 1)


class _Trie:
    """Words of classes, and what each of them was found for."""

    def __init__(self) -> None:
        self._children: list[dict[int, int]] = [{}]
        self._found: list[list[_Found]] = [[]]

    def add(self, word: Sequence[int], found: _Found) -> None:
        state = 0
        for sign in word:
            if sign not in self._children[state]:
                self._children[state][sign] = len(self._children)
                self._children.append({})
                self._found.append([])
            state = self._children[state][sign]
        self._found[state].append(found)

    def automaton(self, classes: npt.NDArray[np.uint16], n_classes: int) -> Automaton:
        """The automaton of Aho and Corasick, with every step worked out.

        A state's row is that of the state it falls back to, but for its own children; so rows are made level by level.
        """
        import numpy as np

        from saaf.clean.scan import Automaton

        rows = np.zeros((len(self._children), n_classes), np.int32)
        found = [list(own) for own in self._found]
        level = [(0, 0)]
        while level:
            below: list[tuple[int, int]] = []
            for state, fallback in level:
                found[state] += found[fallback] if state else []
                below += [
                    (child, int(rows[fallback, sign]) if state else 0) for sign, child in self._children[state].items()
                ]
                rows[state] = rows[fallback]
                for sign, child in self._children[state].items():
                    rows[state, sign] = child
            level = below
        # States at which a literal ends come last, so that a step is told by one comparison.
        order = sorted(range(len(found)), key=lambda state: bool(found[state]))
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order))
        ends = [found[state] for state in order if found[state]]
        bounds = np.cumsum([0, *map(len, ends)])
        return Automaton(
            classes,
            n_classes,
            (place[rows[order]] * n_classes).ravel(),
            (len(order) - len(ends)) * n_classes,
            bounds.astype(np.int32),
            np.array([item for items in ends for item in items], np.int32).reshape(-1, 3),
        )
