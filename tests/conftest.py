"""What all tests share. Airflow reads its settings when it is imported: they are made here, first."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

import pytest

from corpus_fixtures import corpus, new_corpus  # noqa: F401
from shared import ROOT

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
