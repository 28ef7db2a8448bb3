"""Scenes that torture starts from."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import ROOT
from torture.killed_runs import Runs
from torture.scene import Scene, prepared

sys.path.append(str(ROOT / "tests" / "lake"))


@pytest.fixture(scope="session")
def fast_disk() -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of lakes with their syncs are slow on a disk."""
    folder = Path(tempfile.mkdtemp(dir=os.environ["SAAF_TESTS_MEMORY"]))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def runs() -> Runs:
    """Starts runs as processes."""
    return Runs()


@pytest.fixture(scope="session")
def scene(fast_disk: Path, runs: Runs) -> Scene:
    """A corpus whose second day is to be run."""
    return prepared(fast_disk / "scene", runs)


@pytest.fixture
def folder(fast_disk: Path) -> Iterator[Path]:
    """A name for a folder, which is removed after the test."""
    place = Path(tempfile.mkdtemp(dir=fast_disk)) / "corpus"
    yield place
    shutil.rmtree(place.parent)
