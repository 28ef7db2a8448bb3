"""Fixtures of the ingest tests; what is no fixture is in `ingest_kit`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that any user can enter: pytest's own belong to one user."""
    folder = Path(tempfile.mkdtemp(prefix="saaf-ingest-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
