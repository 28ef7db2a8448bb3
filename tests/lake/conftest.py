"""Makes the helpers of this folder importable: they are shared with scripts that tests start as processes."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(scope="module")
def fast_disk() -> Iterator[Path]:
    """A folder in memory where there is one: a thousand lakes with their syncs are slow on a disk."""
    folder = Path(tempfile.mkdtemp(dir=os.environ["SAAF_TESTS_MEMORY"]))
    yield folder
    shutil.rmtree(folder)
