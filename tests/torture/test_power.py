"""Ten thousand disks that a power failure can leave, of two runs and of what goes on after a death: none breaks a promise."""

from __future__ import annotations

import random

import pytest
from power_disk import changing_operations

from torture.power import expected_tables, states_after_a_death

SEED, DEATHS, STATES = 37, 14, 10_000


@pytest.mark.slow
def test_ten_thousand_states() -> None:
    expected, states = expected_tables(), 0
    dice = random.Random(SEED)
    for number in [0, *dice.sample(changing_operations(), DEATHS)]:
        states += states_after_a_death(number, expected, seed=SEED, most=100)
    assert states >= STATES
