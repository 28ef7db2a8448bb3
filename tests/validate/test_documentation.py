"""docs/validation.md says what there is: every type, every derived column, every consequence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from saaf.figures import Metric
from saaf.tables import BRONZE, DUPLICATES, FIGURES, GOLD, SILVER
from saaf.validate import load_suite
from saaf.validate.catalogue import CATALOGUE
from saaf.validate.columns import frame_columns
from saaf.validate.findings import ROWS_PRESENT, SCHEMA_HOLDS
from shared import ROOT

PAGE = (ROOT / "docs" / "validation.md").read_text("utf-8")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_type_is_listed(name: str) -> None:
    assert f"`{name.removeprefix('expect_')}`" in PAGE


def test_every_column_that_an_expectation_can_name_is_listed() -> None:
    written = set(re.findall(r"`([a-z0-9_]+)`", PAGE))
    of_texts = {suffix.removeprefix("_") for suffix in re.findall(r"\*X\*`(_[a-z_]+)`", PAGE)}
    for table in (BRONZE, SILVER, GOLD, DUPLICATES, FIGURES):
        for name, column in frame_columns(table).items():
            if name.removesuffix("_deviation") in set(Metric):
                assert "*M*`_deviation`" in PAGE
                assert name.removesuffix("_deviation") in written
                continue
            itself = column.sources == (name,) and name in table.names
            is_text = name.removeprefix(f"{column.sources[0]}_") in of_texts
            assert is_text or name in written or (itself and column.form.value != "code"), name


def test_what_is_listed_of_texts_is_there() -> None:
    for suffix in re.findall(r"\*X\*`(_[a-z_]+)`", PAGE):
        assert f"text{suffix}" in frame_columns(SILVER)


def test_the_gates_own_checks_are_named() -> None:
    assert f"`{ROWS_PRESENT}`" in PAGE
    assert f"`{SCHEMA_HOLDS}`" in PAGE


def test_the_example_can_be_used(tmp_path: Path) -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    path = tmp_path / "silver.json"
    path.write_text(json.dumps({"name": "silver", "expectations": [example]}), "utf-8")
    assert load_suite(path).expectations[0].on_fail == "quarantine"
