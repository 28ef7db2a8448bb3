"""What all tests share. Airflow reads its settings when it is imported: they are made here, first."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from corpus_fixtures import corpus, new_corpus  # noqa: F401
from shared import ROOT


def remove_as(owner: int, folder: str) -> None:
    """Remove a folder in the process that made it; a fork of it leaves it alone."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


# The first process makes a folder for all that is temporary, and removes it when it ends: also what those that it starts
# leave there, which may be killed on purpose. pytest's own folders stay where they are, for who looks into a failure.
if "SAAF_TESTS_FOLDER" not in os.environ:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    os.environ["SAAF_TESTS_FOLDER"] = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="saaf-tests-")
    Path(os.environ["TMPDIR"]).chmod(0o711)  # some tests do something as another user
    tempfile.tempdir = None
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # thousands of syncs are slow on a disk
    os.environ["SAAF_TESTS_MEMORY"] = tempfile.mkdtemp(prefix="saaf-tests-", dir=memory)
    for name in ("SAAF_TESTS_MEMORY", "SAAF_TESTS_FOLDER"):
        atexit.register(remove_as, os.getpid(), os.environ[name])
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="saaf-airflow-")
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(ROOT / "dags")
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(ROOT / "plugins")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
os.environ["AIRFLOW__API_AUTH__JWT_SECRET"] = secrets.token_urlsafe(32)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def seeds() -> dict[str, str]:
    """The raw text of the three seeds by the first part of their name."""
    files = sorted((ROOT / "include" / "seeds").glob("*.txt"))
    return {file.name[:3]: file.read_text("utf-8") for file in files}


@pytest.fixture(scope="session")
def data() -> Path:
    """Real text to measure on, where it is; tests that need it are skipped elsewhere."""
    folder = Path(os.environ.get("SAAF_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "news_raw.parquet").exists():
        pytest.skip("the real text is not here: set SAAF_DATA to its folder")
    return folder
