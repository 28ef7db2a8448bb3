"""Writers, readers and rebuilds all at once: every look at gold shows whole commits of one generation."""

from __future__ import annotations

from pathlib import Path

import pytest

from torture.checker import READERS, check_log, check_tables, check_visible, read_log
from torture.crowd import ROWS, gather

COMMITS = 6


@pytest.mark.slow
@pytest.mark.parametrize(("writers", "swapping"), [(4, False), (2, True)], ids=["four-writers", "with-rebuilds"])
def test_every_look_shows_whole_commits(writers: int, swapping: bool, folder: Path) -> None:
    lake = folder / "lake"
    folder.mkdir()
    crowd = gather(lake, writers=writers, commits=COMMITS, swapping=swapping, seed=41)
    assert crowd.faults == []
    assert crowd.commits == writers * COMMITS
    assert bool(crowd.swaps) is swapping
    assert all(crowd.looks[reader] > 1 for reader in READERS)
    records = read_log(lake)
    assert len(records) == crowd.commits + crowd.swaps + 1
    assert [*check_log(lake, records), *check_tables(lake, records), *check_visible(lake)] == []
    assert {len(read(lake / "gold")) for read in READERS.values()} == {(crowd.commits + 1) * ROWS}
