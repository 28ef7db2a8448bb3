"""A suite is used whole or refused: nothing that a person can mistype passes unnoticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saaf.errors import SuiteError
from saaf.validate import Suite, catalogue, load_suite
from saaf.validate.catalogue import Kind, Scope
from validate.rows import TABLES_CHECKED, expectation

NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
REGEX = "expect_column_values_to_match_regex"
UNIQUE = "expect_column_values_to_be_unique"
LENGTHS = "expect_column_value_lengths_to_be_between"


def refusal(path: Path) -> SuiteError:
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    assert str(path) in str(caught.value)
    return caught.value


@pytest.mark.parametrize("table", TABLES_CHECKED)
def test_suites_that_come_with_saaf_are_whole(table: str, shipped: dict[str, Suite]) -> None:
    suite = shipped[table]
    assert (suite.name, suite.table.name) == (table, table)
    assert len(suite.expectations) == suite.size == len(json.loads(suite.path.read_text("utf-8"))["expectations"])
    assert all(e.why.endswith(".") and e.description.endswith(".") for e in suite.expectations)


def test_a_suite_reads_back_as_it_stands(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver",
        expectation(NOT_NULL, column="doc_id"),
        expectation(BETWEEN, "warn", column="n_words", min_value=5, mostly=0.9),
    )
    first, second = suite.expectations
    assert (first.position, first.type, first.columns, first.severity, first.on_fail) == (
        1,
        NOT_NULL,
        ("doc_id",),
        "critical",
        "fail",
    )
    assert second.label == f"{BETWEEN}(n_words)"
    assert second.bound == ">= 5, for at least 0.9 of the rows"
    assert second.why == "A test asks for it."


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = refusal(tmp_path / "silver.json")
    assert "no expectation suite" in error.what
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "silver",\n "expectations": [\n  {"type": "x",}\n]}', "line 3"),
        ("", "line 1"),
        ('{"name": "silver", "name": "gold", "expectations": []}', "'name' stands twice"),
        ('{"name": "silver", "expectations": [{"kwargs": {"column": "a", "column": "b"}}]}', "'column' stands twice"),
        ('{"name": NaN}', "NaN is not JSON"),
        ("[]", "list"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_a_file_that_is_not_json(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "silver.json"
    path.write_text(text, "utf-8")
    assert said in str(refusal(path))


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "silver.json"
    path.write_bytes(b'{"name": "\xff"}')
    assert "cannot be read" in refusal(path).what


def test_a_folder_is_not_a_suite(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path).what


ITEM = expectation(NOT_NULL, column="doc_id")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"expectation_suite_name": "silver", "expectations": [ITEM]}, "0.x"),
        ({"name": "silver", "expectations": [{"expectation_type": NOT_NULL, "kwargs": {"column": "doc_id"}}]}, "0.x"),
        ({"name": "silver", "expectations": []}, "no expectations"),
        ({"name": "silver"}, "no expectations"),
        ({"name": "silver", "expectations": {"a": 1}}, "`expectations`: Input should be a valid list"),
        ({"name": "sliver", "expectations": [ITEM]}, "no table"),
        ({"name": ["silver"], "expectations": [ITEM]}, "`name`"),
        ({"name": "silver", "expectations": [ITEM], "sets": []}, "`sets`: Extra"),
        ({"name": "silver", "expectations": [ITEM, "expect"]}, "expectation 2"),
        ({"name": "silver", "expectations": [{**ITEM, "mostly": 1}]}, "`mostly`: Extra"),
        (
            {"name": "silver", "expectations": [{**ITEM, "type": None}]},
            "an expectation: `type`: Input should be a valid string (found None)",
        ),
        ({"name": "silver", "expectations": [{**ITEM, "kwargs": []}]}, "`kwargs`"),
        ({"name": "silver", "expectations": [{**ITEM, "meta": {"on_fail": "fail"}}]}, "`meta.why`: Field required"),
        ({"name": "silver", "expectations": [{**ITEM, "meta": None}]}, "`meta`: "),
        (
            {"name": "silver", "expectations": [{**ITEM, "meta": {"on_fail": "fail", "why": " "}}]},
            "`meta.why`: String should have at least 1 character",
        ),
        (
            {"name": "silver", "expectations": [{**ITEM, "severity": "high"}]},
            f"{NOT_NULL}: `severity`: Input should be 'critical', 'warning' or 'info' (found 'high')",
        ),
        (
            {"name": "silver", "expectations": [{k: v for k, v in ITEM.items() if k != "severity"}]},
            "`severity`: Field required",
        ),
        ({"name": "silver", "expectations": [{**ITEM, "severity": []}]}, "`severity`: Input should be"),
    ],
)
def test_a_file_of_another_form(tmp_path: Path, raw: object, said: str) -> None:
    path = tmp_path / "suite.json"
    path.write_text(json.dumps(raw), "utf-8")
    assert said in str(refusal(path))


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (expectation("expect_column_values_to_not_be_nul", column="doc_id"), f"did you mean {NOT_NULL}"),
        (expectation("expect_nope", column="doc_id"), "there is no such type"),
        (expectation("expect_column_values_to_be_of_type", column="doc_id", type_="str"), "schema itself"),
        (expectation("expect_column_values_to_be_increasing", column="n_words"), "a part of the table at a time"),
        (expectation(NOT_NULL, "ignore", "critical", column="doc_id"), "`meta.on_fail`: Input should be 'fail', 'quarantine', 'ask' or 'warn' (found 'ignore')"),
        (expectation(NOT_NULL, "fail", "warning", column="doc_id"), "contradicts"),
        (expectation(NOT_NULL, "warn", "critical", column="doc_id"), "contradicts"),
        (expectation(NOT_NULL, "quarantine", "info", column="doc_id"), "contradicts"),
        (expectation(NOT_NULL), "needs the argument 'column'"),
        (expectation(NOT_NULL, column=""), "needs the argument 'column'"),
        (expectation(NOT_NULL, column=7), "name a column"),
        (expectation(NOT_NULL, column="doc_idd"), "did you mean doc_id"),
        (expectation(NOT_NULL, column="text"), "text_n_chars"),
        (expectation(NOT_NULL, column="title"), "not shown to expectations"),
        (expectation(NOT_NULL, column="removed"), "spans_overlap"),
        (expectation(NOT_NULL, column="doc_id", row_condition="1"), "takes no argument 'row_condition'"),
        (expectation(NOT_NULL, column="doc_id", mostly=0), "above 0"),
        (expectation(NOT_NULL, column="doc_id", mostly=1.5), "above 0"),
        (expectation(NOT_NULL, column="doc_id", mostly="0.5"), "above 0"),
        (expectation(NOT_NULL, column="doc_id", mostly={"$PARAMETER": "m"}), "above 0"),
        (expectation(BETWEEN, column="n_words"), "min_value or max_value"),
        (expectation(BETWEEN, column="n_words", min=1), "these are known: column, min_value"),
        (expectation(BETWEEN, column="n_words", min_value="1"), "cannot bound"),
        (expectation(BETWEEN, column="n_words", min_value=True), "cannot bound"),
        (expectation(BETWEEN, column="n_words", min_value={"$PARAMETER": "x"}), "cannot bound"),
        (expectation(BETWEEN, column="n_words", min_value=5, max_value=2), "cannot be evaluated"),
        (expectation(BETWEEN, column="language", min_value="a"), "cannot bound"),
        (expectation(BETWEEN, column="page_date", min_value="soon"), "cannot bound"),
        (expectation(BETWEEN, column="page_date", min_value=1900), "cannot bound"),
        (expectation(IN_SET, column="language"), "needs the argument 'value_set'"),
        (expectation(IN_SET, column="language", value_set=None), "needs the argument 'value_set'"),
        (expectation(IN_SET, column="language", value_set=[]), "needs the argument 'value_set'"),
        (expectation(IN_SET, column="language", value_set="ur"), "write a list"),
        (expectation(IN_SET, column="language", value_set=["ur", 1]), "1 can never be a value"),
        (expectation(IN_SET, column="text_is_blank", value_set=["false"]), "'false' can never be a value"),
        (expectation(IN_SET, column="n_words", value_set=[True]), "True can never be a value"),
        (expectation(IN_SET, column="page_date", value_set=["2026-01-01"]), "can never be a value"),
        (expectation(REGEX, column="doc_id"), "needs the argument 'regex'"),
        (expectation(REGEX, column="doc_id", regex="(["), "is not valid"),
        (expectation(REGEX, column="doc_id", regex="^(?!a)"), "no look-around"),
        (expectation(REGEX, column="doc_id", regex=7), "is not valid"),
        (expectation(REGEX, column="n_words", regex="1"), "holds no strings"),
        (expectation(LENGTHS, column="n_words", min_value=1), "holds no strings"),
        (expectation(LENGTHS, column="doc_id", min_value=0.5), "reads min_value 0.5 as 0"),
        (expectation(UNIQUE, "quarantine", column="doc_id"), "no row to quarantine"),
        (expectation("expect_table_row_count_to_be_between", "quarantine", min_value=1), "no row to quarantine"),
        (expectation(BETWEEN, "quarantine", column="n_words", min_value=1, mostly=0.5), "no meaning with quarantine"),
    ],
)  # fmt: skip
def test_an_expectation_that_cannot_be_used(write_suite: Callable[..., Path], item: dict[str, Any], said: str) -> None:
    error = refusal(write_suite("silver", expectation(NOT_NULL, column="uri_n_chars"), item))
    assert said in str(error)
    assert item["type"] in error.what
    assert error.where is not None
    assert error.where.endswith("expectation 2")


@pytest.mark.parametrize(("table", "column"), [("gold", "n_words"), ("duplicates", "similarity")])
def test_nothing_is_quarantined_once_copies_were_dropped(
    write_suite: Callable[..., Path], table: str, column: str
) -> None:
    path = write_suite(table, expectation(BETWEEN, "quarantine", column=column, min_value=0))
    assert "cannot be quarantined" in refusal(path).what


def test_the_same_asked_twice(write_suite: Callable[..., Path]) -> None:
    twice = [
        expectation(BETWEEN, "fail", column="n_words", min_value=1),
        expectation(BETWEEN, "warn", column="n_words", min_value=1),
    ]
    error = refusal(write_suite("silver", *twice))
    assert "twice" in error.what
    assert "expectations 1 and 2" in str(error)


def test_bounds_on_one_column_may_differ(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver",
        expectation(BETWEEN, "quarantine", column="n_words", min_value=1),
        expectation(BETWEEN, "warn", column="n_words", min_value=5),
    )
    assert [e.bound for e in suite.expectations] == [">= 1", ">= 5"]


def test_bounds_of_dates_are_given_a_time_zone(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver",
        expectation(BETWEEN, column="page_date", min_value="1900-01-01", max_value="2100-01-01T05:00:00+05:00"),
    )
    kwargs = suite.expectations[0].kwargs
    assert (kwargs["min_value"], kwargs["max_value"]) == ("1900-01-01T00:00:00+00:00", "2100-01-01T05:00:00+05:00")


def test_what_great_expectations_leaves_out_refuses_the_suite(
    write_suite: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(catalogue.CATALOGUE, "expect_column_values_to_be_just", Kind(Scope.ROW, ("column",)))
    path = write_suite(
        "silver",
        expectation(NOT_NULL, column="doc_id"),
        expectation("expect_column_values_to_be_just", column="doc_id"),
    )
    error = refusal(path)
    assert "leaves out 1 of 1" in error.what
    assert error.where is not None
    assert error.where.endswith("expectation 2")


def test_every_type_of_the_catalogue_is_one_that_great_expectations_has() -> None:
    from great_expectations.expectations.registry import get_expectation_impl

    for name in (*catalogue.CATALOGUE, *catalogue.REFUSED):
        if name != "unexpected_rows_expectation":
            assert get_expectation_impl(name) is not None
