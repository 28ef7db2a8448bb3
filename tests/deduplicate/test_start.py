"""Starting: a cheap import, kernels that are compiled once and kept where that is possible."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from saaf.deduplicate import kernels

PACKAGE = Path(kernels.__file__).parents[1]


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_door_opens_without_the_heavy_libraries() -> None:
    heavy = "numba", "llvmlite", "polars", "pandas", "great_expectations", "datasketch"
    found = run(f"import sys, saaf.deduplicate; print([m for m in {heavy} if m in sys.modules])")
    assert found.strip() == "[]"


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    """A read-only installation and a home that is none: compiled anew, without a complaint."""
    (tmp_path / "not-a-folder").write_text("")
    nowhere = str(tmp_path / "not-a-folder" / "cache")
    code = (
        "import numba.core.caching as caching\n"
        "caching.CacheImpl._locator_classes = []\n"  # as if no folder could be written
        "import numpy as np\n"
        "from saaf.deduplicate.kernels import includes, kernel\n"
        "print(includes(np.array([1, 2], np.uint64), np.array([2], np.uint64)))\n"
    )
    assert run(code, HOME=nowhere, XDG_CACHE_HOME=nowhere).strip() == "True"


@pytest.mark.slow
def test_what_warm_up_compiles_no_later_process_compiles_again(tmp_path: Path) -> None:
    warm_up = "from saaf.deduplicate import warm_up; warm_up()\n"
    use = (
        "import pyarrow as pa\n"
        "from saaf.config import DeduplicateConfig\n"
        "from saaf.deduplicate import NoHistory, _Sample, deduplicate, kernels\n"
        "for shingle in ('character', 'word'):\n"
        "    config = DeduplicateConfig(shingle=shingle, memory_bytes=2**24)\n"
        "    deduplicate(_Sample(), NoHistory(), config, run_id='r')\n"
        "from numba.core.dispatcher import Dispatcher\n"
        "made = [f for f in vars(kernels).values() if isinstance(f, Dispatcher)]\n"
        "print(sum(sum(f.stats.cache_hits.values()) for f in made) > 3)\n"
        "print(sum(sum(f.stats.cache_misses.values()) for f in made))\n"
    )
    run(warm_up, NUMBA_CACHE_DIR=str(tmp_path))
    assert run(use, NUMBA_CACHE_DIR=str(tmp_path)).split() == ["True", "0"]
