"""The long forms of the tests that kill, starve and crowd a lake; prints figures, and the seed that repeats them.

Usage: torture.py [--kills N] [--states N] [--pairs N] [--seconds N] [--seed N] [--minutes N]
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """The program; 1 where a fault was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=2_000, help="deaths of whole runs")
    parser.add_argument("--states", type=int, default=1_000_000, help="disks that a power failure leaves")
    parser.add_argument("--pairs", type=int, default=20_000, help="pairs of faults of the storage")
    parser.add_argument("--seconds", type=float, default=60, help="how long writers and readers meet, three times")
    parser.add_argument("--seed", type=int, help="a seed of an earlier run, to repeat it")
    parser.add_argument("--minutes", type=float, help="stop after this time, however much is left")
    wanted = parser.parse_args()
    sys.path[:1] = [
        str(ROOT / "plugins"),
        str(ROOT / "tests"),
    ]  # in place of this folder, whose files bear the same names
    from torture.long import carry_out

    seed = random.SystemRandom().randrange(2**31) if wanted.seed is None else wanted.seed
    found = carry_out(
        [
            ("kills", lambda torture: torture.kills(wanted.kills)),
            ("power", lambda torture: torture.states(wanted.states)),
            ("faults", lambda torture: torture.fault_pairs(wanted.pairs)),
            ("crowd", lambda torture: torture.crowds(wanted.seconds)),
        ],
        seed=seed,
        minutes=wanted.minutes,
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
