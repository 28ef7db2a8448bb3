"""Eight days of a corpus, by the command line: late files, corrections, copies, a bad day, a killed run, a new rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.arrivals import Newsroom
from simulate.by_command_line import CommandLine
from simulate.month import SMALL, Month
from torture.killed_runs import Runs
from torture.scene import PACK, configuration, short_suites


@pytest.mark.slow
def test_a_short_month_by_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(PACK, "utf-8")
    suites = short_suites(tmp_path / "suites", whole={"run"})
    newsroom = Newsroom(tmp_path / "input", stories=6)
    config = configuration(
        tmp_path,
        clean={"packs": (str(tmp_path / "short.yaml"),)},
        validate_={"suites": str(suites), "min_history": 3},
    )
    month = Month(CommandLine(config, Runs()), newsroom, SMALL)
    month.live_through()
