"""Fixtures of the gate's tests; the rows that they are made of stand in ``validate.rows``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from saaf.validate import Suite, load_suite
from shared import ROOT
from validate.rows import SUITE_FILES


@pytest.fixture
def write_suite(tmp_path: Path) -> Callable[..., Path]:
    def write(table: str, *expectations: Mapping[str, Any]) -> Path:
        path = tmp_path / f"{table}.json"
        path.write_text(json.dumps({"name": table, "expectations": list(expectations)}), "utf-8")
        return path

    return write


@pytest.fixture
def suite_of(write_suite: Callable[..., Path]) -> Callable[..., Suite]:
    def load(table: str, *expectations: Mapping[str, Any]) -> Suite:
        return load_suite(write_suite(table, *expectations))

    return load


@pytest.fixture(scope="session")
def shipped() -> dict[str, Suite]:
    """The suites that come with Saaf, by table."""
    return {name: load_suite(ROOT / "expectations" / file) for name, file in SUITE_FILES.items()}
