"""A simulated month: 30 days of arriving files, run by Airflow's DAGs, with everything that goes wrong in a month.

Usage: simulate.py [--by airflow|command-line] [--small] [--stories N] [--seed N]
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """The program; an exception where a day does not end as it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=["airflow", "command-line"], default="airflow", help="what runs the corpus")
    parser.add_argument("--small", action="store_true", help="eight days in place of thirty")
    parser.add_argument("--stories", type=int, default=24, help="new stories a day")
    parser.add_argument("--seed", type=int, default=1, help="another month")
    wanted = parser.parse_args()
    sys.path[:1] = [
        str(ROOT / "plugins"),
        str(ROOT / "tests"),
    ]  # in place of this folder, whose files bear the same names
    with tempfile.TemporaryDirectory(prefix="saaf-month-") as folder:
        begun = time.monotonic()
        told = live(Path(folder), wanted)
        print("\n".join(told))
        print(
            f"Every invariant holds: {time.monotonic() - begun:.0f} s, {wanted.stories} stories a day, seed {wanted.seed}"
        )
    return 0


def live(folder: Path, wanted: argparse.Namespace) -> list[str]:
    """Live through the month in a folder; what happened, day by day."""
    if wanted.by == "airflow":
        prepare_airflow(folder / "airflow")
    from simulate.arrivals import Newsroom
    from simulate.month import FULL, SMALL, Desk, Month
    from torture.scene import configuration

    newsroom = Newsroom(folder / "input", seed=wanted.seed, stories=wanted.stories)
    config = configuration(folder, validate_={"min_history": 3} if wanted.small else {})
    desk: Desk
    if wanted.by == "airflow":
        from simulate.by_airflow import Airflow

        desk = Airflow(config)
    else:
        from simulate.by_command_line import CommandLine
        from torture.killed_runs import Runs

        desk = CommandLine(config, Runs(), wanted.seed)
    month = Month(desk, newsroom, SMALL if wanted.small else FULL)
    try:
        month.live_through()
    finally:
        if sys.exc_info()[0] is not None:
            print("\n".join(month.told), file=sys.stderr)
    return month.told


def prepare_airflow(home: Path) -> None:
    """A database of its own; Airflow reads its settings when it is imported, so this comes first."""
    home.mkdir()
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__API_AUTH__JWT_SECRET=secrets.token_urlsafe(32),
        AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
        GX_ANALYTICS_ENABLED="false",
    )
    os.environ.pop("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", None)
    from airflow.utils.db import initdb

    initdb()


if __name__ == "__main__":
    sys.exit(main())
