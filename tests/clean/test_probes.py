"""Probes: their classes are as wide as the probes that share them, and no more than bits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.literals import Clues, Literals
from saaf.clean.probes import Probe, probes_of

CHARS = st.one_of(st.none(), st.integers(1, 600))
LINES = st.sampled_from([0, 0, 1, 2, 3, 12])
LITERALS = st.lists(
    st.builds(Literals, st.frozensets(st.text("abcdefg", min_size=1, max_size=6), min_size=1, max_size=4)), max_size=3
)
PROBES = st.lists(
    st.builds(Probe, st.builds(Clues, LITERALS.map(tuple), st.booleans(), st.booleans()), CHARS, LINES, LINES, CHARS),
    max_size=40,
)


@settings(deadline=None)
@given(PROBES)
def test_a_class_is_as_wide_as_its_probes(probes: list[Probe]) -> None:
    scanned = probes_of(probes, [])
    assert len(scanned.classes) <= 8
    for gate in scanned.gates.tolist():
        placed = any(gate[1:3])
        assert any(
            all(own <= wide for own, wide in zip(gate, bounds, strict=True)) and any(bounds[1:3]) == placed
            for bounds in scanned.classes.tolist()
        )
