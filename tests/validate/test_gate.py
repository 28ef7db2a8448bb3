"""The gate on real rows: what passes, what is quarantined, what stops a run, and what is never said."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saaf.config import ValidateConfig
from saaf.errors import BrokenCheck, DataRefused, SuiteError
from saaf.tables import BRONZE, REJECTED, SILVER, VALIDATION
from saaf.validate import Expectation, GateResult, Suite, check
from saaf.validate.catalogue import CATALOGUE, Scope
from saaf.validate.findings import ROWS_PRESENT, SCHEMA_HOLDS
from saaf.validate.runner import Outcome, Runner, last_line
from validate.rows import RUN, TABLES_CHECKED, TEXT, answers, batch, doc_id, expectation, good, run

NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
REGEX = "expect_column_values_to_match_regex"
UNIQUE = "expect_column_values_to_be_unique"
ROW_COUNT = "expect_table_row_count_to_be_between"


# What the shipped suites say


@pytest.mark.parametrize("table", TABLES_CHECKED)
def test_rows_that_nothing_is_wrong_with_pass(table: str, shipped: dict[str, Suite]) -> None:
    result = run(shipped[table], good(table, 3))
    assert result.failure is None
    assert result.rows == 3
    assert result.quarantined.num_rows == 0
    rows = result.validation.to_pylist()
    assert len(rows) == shipped[table].size + 2
    assert all(row["success"] and row["rows"] == 3 and row["table"] == table and row["run_id"] == RUN for row in rows)


@pytest.mark.parametrize("table", TABLES_CHECKED)
def test_the_results_are_rows_of_their_tables_in_their_order(table: str, shipped: dict[str, Suite]) -> None:
    result = run(shipped[table], good(table, 4))
    assert result.validation.schema.equals(VALIDATION.schema, check_metadata=True)
    assert result.quarantined.schema.equals(REJECTED.schema, check_metadata=True)
    VALIDATION.conform(result.validation)
    keys = [[row[name] or "" for name in VALIDATION.sort_by] for row in result.validation.to_pylist()]
    assert keys == sorted(keys)
    json.dumps(result.validation.to_pylist())


BROKEN_ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    ("bronze", {"doc_id": "33B44DF4"}, f"{REGEX}(doc_id)", "fail"),
    ("bronze", {"doc_id": doc_id(1) + "\n"}, f"{REGEX}(doc_id)", "fail"),
    ("bronze", {"raw_sha256": "beef"}, f"{REGEX}(raw_sha256)", "fail"),
    ("bronze", {"record": -1}, f"{BETWEEN}(record)", "fail"),
    ("bronze", {"uri": " \u3000"}, f"{IN_SET}(uri_is_blank)", "fail"),
    ("bronze", {"source": "../etc"}, f"{REGEX}(source)", "fail"),
    ("bronze", {"encoding": ""}, "expect_column_value_lengths_to_be_between(encoding)", "fail"),
    ("bronze", {"ingested_at": datetime(1970, 1, 1, tzinfo=UTC)}, f"{BETWEEN}(ingested_at)", "fail"),
    ("bronze", {"raw_text": " \n\t"}, f"{IN_SET}(raw_text_is_blank)", "warn"),
    ("bronze", {"raw_text": ""}, f"{IN_SET}(raw_text_is_blank)", "warn"),
    ("bronze", {"raw_text": "لا\ufffdور"}, f"{BETWEEN}(raw_text_replacement_characters)", "warn"),
    ("silver", {"n_words": 0}, f"{BETWEEN}(n_words)", "quarantine"),
    ("silver", {"text": "۱۲۳ ۔", "n_chars": 5}, f"{IN_SET}(text_has_letters)", "quarantine"),
    ("silver", {"text": "لاہور\u0000", "n_chars": 6}, f"{BETWEEN}(text_control_characters)", "quarantine"),
    ("silver", {"text": "لاہور\u202e", "n_chars": 6}, f"{BETWEEN}(text_bidi_controls)", "warn"),
    ("silver", {"text": "ا\u0653ج", "n_chars": 3}, f"{IN_SET}(text_is_nfc)", "warn"),
    ("silver", {"n_chars": 7}, "expect_column_pair_values_to_be_equal(n_chars, text_n_chars)", "fail"),
    ("silver", {"letter_share": 1.01}, f"{BETWEEN}(signals_out_of_range)", "fail"),
    ("silver", {"removed_share": float("inf")}, f"{BETWEEN}(signals_out_of_range)", "fail"),
    ("silver", {"repeated_5gram_share": 1.5}, f"{BETWEEN}(signals_out_of_range)", "fail"),
    ("gold", {"new_line_ratio": -0.1}, f"{BETWEEN}(signals_out_of_range)", "fail"),
    ("silver", {"language": "xx"}, f"{IN_SET}(language)", "warn"),
    ("silver", {"page_date": date(1066, 10, 14)}, f"{BETWEEN}(page_date)", "warn"),
    ("silver", {"published": date(9999, 12, 31)}, f"{BETWEEN}(published)", "warn"),
    ("silver", {"title": ""}, f"{BETWEEN}(title_n_chars)", "warn"),
    ("silver", {"removed": [{"start": 4, "end": 4, "rule": "r", "kind": "k"}]}, f"{BETWEEN}(spans_out_of_bounds)", "fail"),
    (
        "silver",
        {"removed": [{"start": 4, "end": 9, "rule": "r", "kind": "k"}, {"start": 8, "end": 9, "rule": "r", "kind": "k"}]},
        f"{BETWEEN}(spans_overlap)",
        "fail",
    ),
    ("gold", {"n_words": 0}, f"{BETWEEN}(n_words)", "fail"),
    ("gold", {"config_hash": "unknown"}, f"{REGEX}(config_hash)", "fail"),
    ("gold", {"ingest_date": "21.11.2026"}, f"{REGEX}(ingest_date)", "fail"),
    ("gold", {"page_date": date(2026, 11, 23)}, f"{BETWEEN}(page_date_days_ahead)", "warn"),
    ("duplicates", {"similarity": 1.5}, f"{BETWEEN}(similarity)", "fail"),
    ("duplicates", {"method": "guess"}, f"{IN_SET}(method)", "fail"),
    ("duplicates", {"kept_id": "gone"}, f"{REGEX}(kept_id)", "fail"),
    (
        "duplicates",
        {"kept_id": doc_id(9)},
        "expect_select_column_values_to_be_unique_within_record(doc_id, kept_id)",
        "fail",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("table", "changes", "broken", "consequence"), BROKEN_ROWS)
def test_a_row_that_is_wrong_breaks_its_expectation_and_no_other_matters(
    table: str, changes: dict[str, Any], broken: str, consequence: str, shipped: dict[str, Suite]
) -> None:
    rows = [*good(table, 3), *good(table, 1, start=9, **changes)]
    result = run(shipped[table], rows)
    answer = answers(result)[broken]
    assert (answer["success"], answer["unexpected"], answer["on_fail"]) == (False, 1, consequence)
    if consequence == "fail":
        assert isinstance(result.failure, DataRefused)
        assert broken in result.failure.what
    else:
        assert result.failure is None
    quarantined = result.quarantined.column("doc_id").to_pylist()
    assert quarantined == ([doc_id(9)] if consequence == "quarantine" else [])


def test_a_document_that_is_blank_may_stand_in_bronze(shipped: dict[str, Suite]) -> None:
    result = run(shipped["bronze"], good("bronze", 5, raw_text="\u3000\n"))
    assert result.failure is None
    assert answers(result)[f"{IN_SET}(raw_text_is_blank)"]["unexpected"] == 5


def test_metadata_may_be_null(shipped: dict[str, Suite]) -> None:
    nothing = dict.fromkeys(("title", "language", "language_score", "page_date", "published", "stopword_share"))
    result = run(shipped["silver"], good("silver", 2, **nothing))
    assert result.failure is None
    assert all(row["success"] for row in result.validation.to_pylist())


# What a failure says


def test_a_refusal_names_expectation_column_count_and_three_documents(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of("silver", expectation(BETWEEN, column="letter_share", min_value=0, max_value=1))
    result = run(suite, [*good("silver", 5, start=20, letter_share=2.0), *good("silver", 7)])
    failure = result.failure
    assert isinstance(failure, DataRefused)
    assert failure.what == (
        f"silver breaks 1 critical expectation(s): {BETWEEN}(letter_share) asks for >= 0 and <= 1, "
        f"and 5 of 12 rows break it (doc_id {doc_id(20)}, {doc_id(21)}, {doc_id(22)})"
    )
    assert failure.where == f"{suite.path}, expectation 1"
    assert not failure.retryable
    row = answers(result)[f"{BETWEEN}(letter_share)"]
    assert row["sample_ids"] == [doc_id(20), doc_id(21), doc_id(22)]
    assert (row["bound"], row["why"]) == (">= 0 and <= 1", "A test asks for it.")
    assert str(pickle.loads(pickle.dumps(failure))) == str(failure)


def test_many_failures_are_counted_and_the_first_named(shipped: dict[str, Suite]) -> None:
    wrong: dict[str, Any] = {
        "record": -1,
        "uri": " ",
        "source": "../etc",
        "n_chars": 1,
        "letter_share": 7.0,
        "removed": [{"start": start, "end": 4, "rule": "r", "kind": "k"} for start in (4, 2)],
    }
    failure = run(shipped["silver"], good("silver", 2, **wrong)).failure
    assert isinstance(failure, DataRefused)
    assert "breaks 7 critical expectation(s)" in failure.what
    assert failure.what.endswith("; and 2 more")


def test_an_expectation_of_the_whole_says_what_it_found(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver",
        expectation("expect_column_mean_to_be_between", "fail", column="removed_share", max_value=0.5),
        expectation(ROW_COUNT, "warn", min_value=9),
        expectation("expect_column_distinct_values_to_be_in_set", "warn", column="language", value_set=["fa"]),
        expectation("expect_column_max_to_be_between", "warn", column="page_date", max_value="2020-01-01"),
    )
    result = run(suite, [*good("silver", 1, removed_share=1.0), *good("silver", 1, start=2, removed_share=0.5)])
    found = answers(result)
    mean = found["expect_column_mean_to_be_between(removed_share)"]
    assert (mean["success"], mean["observed"], mean["unexpected"], mean["sample_ids"]) == (False, "0.75", None, [])
    assert found[f"{ROW_COUNT}()"]["observed"] == "2"
    assert found[f"{ROW_COUNT}()"]["column"] is None
    assert not found["expect_column_distinct_values_to_be_in_set(language)"]["success"]
    assert found["expect_column_max_to_be_between(page_date)"]["observed"] == '"2026-11-20T00:00:00+00:00"'
    assert isinstance(result.failure, DataRefused)
    assert "asks for mean <= 0.5 and finds 0.75" in result.failure.what


def test_a_warning_is_written_down_and_stops_nothing(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of("silver", expectation(IN_SET, "warn", "info", column="language", value_set=["fa"]))
    result = run(suite, good("silver", 2))
    row = answers(result)[f"{IN_SET}(language)"]
    assert result.failure is None
    assert (row["success"], row["unexpected"], row["severity"]) == (False, 2, "info")
    assert row["bound"] == 'in ["fa"]'


# Quarantine


def test_a_quarantined_row_says_which_expectation_it_broke_and_by_how_much(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver",
        expectation(BETWEEN, "quarantine", column="n_words", min_value=5),
        expectation(IN_SET, "quarantine", column="text_is_blank", value_set=[False]),
        expectation(IN_SET, "quarantine", column="language", value_set=["ur"]),
    )
    rows = [
        *good("silver", 9, start=50),
        *good("silver", 1, start=3, n_words=2, text=" ", record=17),
        *good("silver", 1, start=2, text=" "),
        *good("silver", 1, start=1, language="fa"),
    ]
    result = run(suite, rows)
    assert result.failure is None
    found = result.quarantined.to_pylist()
    assert [row["doc_id"] for row in found] == [doc_id(1), doc_id(2), doc_id(3)]
    assert [(row["rule"], row["value"], row["threshold"]) for row in found] == [
        (f"{IN_SET}(language)", None, 'in ["ur"]'),
        (f"{IN_SET}(text_is_blank)", "true", "in [false]"),
        (f"{BETWEEN}(n_words)", "2", ">= 5"),
    ]
    assert {(row["stage"], row["reason"], row["source"], row["run_id"]) for row in found} == {
        ("validate", "quarantined", "seeds", RUN)
    }
    assert found[2]["record"] == 17
    assert found[2]["uri"] == "seeds/0003.txt"
    assert answers(result)[f"{IN_SET}(text_is_blank)"]["unexpected"] == 2


@pytest.mark.parametrize(
    ("bad", "share", "refused"), [(5, 0.5, False), (6, 0.5, True), (1, 0.0, True), (0, 0.0, False), (10, 1.0, False)]
)
def test_too_many_quarantined_rows_stop_the_run(
    suite_of: Callable[..., Suite], bad: int, share: float, refused: bool
) -> None:
    suite = suite_of("silver", expectation(BETWEEN, "quarantine", column="n_words", min_value=1))
    rows = [*good("silver", bad, n_words=0), *good("silver", 10 - bad, start=100)]
    config = ValidateConfig(max_quarantined_share=share)
    result = check(SILVER, [batch("silver", rows)], suite, config, run_id=RUN)
    assert isinstance(result.failure, DataRefused) is refused
    assert result.quarantined.num_rows == bad
    if refused:
        assert f"{bad} of 10 rows of silver would be quarantined" in result.failure.what
        assert f"{BETWEEN}(n_words)" in result.failure.what


def test_a_row_without_an_id_fails_the_gate_and_is_not_quarantined(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of("silver", expectation(BETWEEN, "quarantine", column="n_words", min_value=1))
    result = run(suite, [*good("silver", 3), *good("silver", 1, start=4, doc_id=None, n_words=0)])
    assert isinstance(result.failure, DataRefused)
    assert result.quarantined.num_rows == 0
    assert answers(result)[f"{BETWEEN}(n_words)"]["sample_ids"] == ["(null)"]


# Nothing to check is not a pass


def test_no_rows_are_refused(shipped: dict[str, Suite]) -> None:
    for batches in ([], [batch("silver", [])], [batch("silver", [])] * 3):
        result = check(SILVER, batches, shipped["silver"], ValidateConfig(), run_id=RUN)
        assert isinstance(result.failure, DataRefused)
        assert "no rows" in result.failure.what
        assert (result.rows, result.quarantined.num_rows) == (0, 0)
        row = answers(result)[f"{ROWS_PRESENT}()"]
        assert (row["success"], row["observed"]) == (False, "0")
        assert result.validation.num_rows == 1


def test_no_rows_are_fine_where_they_are_allowed(shipped: dict[str, Suite]) -> None:
    suite = shipped["duplicates"]
    result = check(suite.table, [], suite, ValidateConfig(), run_id=RUN, allow_empty=True)
    assert result.failure is None
    assert [row["expectation"] for row in result.validation.to_pylist()] == [ROWS_PRESENT]


def test_a_suite_emptied_after_it_was_loaded_is_broken(shipped: dict[str, Suite]) -> None:
    emptied = replace(shipped["silver"], expectations=())
    result = run(emptied, good("silver", 2))
    assert isinstance(result.failure, BrokenCheck)
    assert f"0 of the suite's {emptied.size}" in result.failure.what


def test_a_suite_for_another_table_is_not_used(shipped: dict[str, Suite]) -> None:
    with pytest.raises(SuiteError, match="for table gold, not silver"):
        check(SILVER, [], shipped["gold"], ValidateConfig(), run_id=RUN)


# The table's own contract


def test_a_missing_column(shipped: dict[str, Suite]) -> None:
    rows = batch("silver", good("silver", 2))
    result = run(shipped["silver"], rows.drop_columns(["n_words", "uri"]))
    assert isinstance(result.failure, DataRefused)
    assert "column uri is missing; column n_words is missing" in result.failure.what
    assert [(row["expectation"], row["success"]) for row in result.validation.to_pylist()] == [
        (ROWS_PRESENT, False),
        (SCHEMA_HOLDS, False),
    ]


def test_a_column_of_another_type(shipped: dict[str, Suite]) -> None:
    rows = batch("silver", good("silver", 2))
    index = rows.schema.get_field_index("n_words")
    result = run(shipped["silver"], rows.set_column(index, "n_words", pa.array(["3", "4"])))
    assert isinstance(result.failure, DataRefused)
    assert "column n_words is string, not int64" in result.failure.what


def test_a_broken_batch_after_good_ones(shipped: dict[str, Suite]) -> None:
    rows = batch("silver", good("silver", 2))
    result = check(
        SILVER, [rows, rows.drop_columns(["text"])], shipped["silver"], ValidateConfig(), run_id=RUN, part_rows=2
    )
    assert isinstance(result.failure, DataRefused)
    assert "column text is missing" in result.failure.what
    assert {row["expectation"] for row in result.validation.to_pylist()} == {ROWS_PRESENT, SCHEMA_HOLDS}


def test_nulls_and_nans_where_none_may_be(shipped: dict[str, Suite]) -> None:
    rows = [*good("silver", 2), *good("silver", 1, start=5, source=None, letter_share=float("nan"))]
    result = run(shipped["silver"], rows)
    assert isinstance(result.failure, DataRefused)
    assert "column source holds 1 null(s) or NaN(s)" in result.failure.what
    assert "column letter_share holds 1 null(s) or NaN(s)" in result.failure.what
    assert not answers(result)[f"{SCHEMA_HOLDS}()"]["success"]


def test_a_nan_is_refused_even_where_a_null_may_be(shipped: dict[str, Suite]) -> None:
    failure = run(shipped["silver"], good("silver", 2, stopword_share=float("nan"))).failure
    assert isinstance(failure, DataRefused)
    assert "column stopword_share holds 2" in failure.what


def test_further_columns_and_encodings_do_no_harm(shipped: dict[str, Suite]) -> None:
    rows = batch("gold", good("gold", 2))
    rows = rows.append_column("extra", pa.array(["x", "y"]))
    index = rows.schema.get_field_index("ingest_date")
    for days in (pa.array(["2026-11-21"] * 2), pa.array(["2026-11-21"] * 2).dictionary_encode()):
        assert run(shipped["gold"], rows.set_column(index, "ingest_date", days)).failure is None


# Checks that break


def test_an_expectation_that_cannot_be_evaluated_breaks_the_check(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver", expectation(BETWEEN, column="n_words", min_value=1), expectation(NOT_NULL, column="doc_id")
    )
    upside_down = replace(suite.expectations[0], kwargs={"column": "n_words", "min_value": 9, "max_value": 1})
    result = run(replace(suite, expectations=(upside_down, suite.expectations[1])), good("silver", 2))
    assert isinstance(result.failure, BrokenCheck)
    assert (
        f"{BETWEEN}(n_words) could not be evaluated: min_value cannot be greater than max_value" in result.failure.what
    )
    row = answers(result)[f"{BETWEEN}(n_words)"]
    assert (row["success"], row["unexpected"], row["sample_ids"]) == (False, None, [])
    assert row["observed"] == "broken: min_value cannot be greater than max_value"
    assert answers(result)[f"{NOT_NULL}(doc_id)"]["success"]


def test_an_expectation_of_the_whole_that_cannot_be_evaluated_breaks_the_check(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of("silver", expectation("expect_column_mean_to_be_between", column="n_words", min_value=1))
    broken = replace(
        suite.expectations[0], kwargs={"column": "n_words", "min_value": 1, "strict_min": {"$PARAMETER": "x"}}
    )
    result = run(replace(suite, expectations=(broken,)), good("silver", 2))
    assert isinstance(result.failure, BrokenCheck)


def test_an_expectation_that_great_expectations_drops_breaks_the_check(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of("silver", expectation(NOT_NULL, column="doc_id"), expectation(NOT_NULL, column="uri_n_chars"))
    bad = replace(suite.expectations[1], severity="dire")
    result = run(replace(suite, expectations=(suite.expectations[0], bad)), good("silver", 2))
    assert isinstance(result.failure, BrokenCheck)
    assert "leaves out 1 of 2" in result.failure.what
    assert result.rows == 0


def test_a_result_too_few_breaks_the_check(shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Runner.run

    def forgetful(self: Runner, frame: Any) -> dict[int, Outcome]:
        return {k: v for k, v in whole(self, frame).items() if k != 2}

    monkeypatch.setattr(Runner, "run", forgetful)
    result = run(shipped["silver"], good("silver", 2))
    assert isinstance(result.failure, BrokenCheck)
    assert f"{shipped['silver'].size - 1} of the suite's {shipped['silver'].size}" in result.failure.what
    assert shipped["silver"].expectations[1].label in result.failure.what


def test_a_failure_of_great_expectations_itself_breaks_the_check(
    shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    def fails(*_: object, **__: object) -> None:
        raise MemoryError("first line\nno memory <b>اردو</b>")

    monkeypatch.setattr(Batch, "validate", fails)
    result = run(shipped["silver"], good("silver", 2))
    assert isinstance(result.failure, BrokenCheck)
    assert "MemoryError: no memory <b>\\u0627" in result.failure.what


def test_a_broken_check_is_not_called_bad_data(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver",
        expectation(BETWEEN, column="n_words", min_value=1),
        expectation(BETWEEN, column="n_chars", min_value=1),
    )
    upside_down = replace(suite.expectations[0], kwargs={"column": "n_words", "min_value": 9, "max_value": 1})
    result = run(replace(suite, expectations=(upside_down, suite.expectations[1])), good("silver", 2, n_chars=0))
    assert isinstance(result.failure, BrokenCheck)


def test_the_last_line_of_an_error_is_short_and_plain() -> None:
    assert last_line("a\n b\n\n") == "b"
    assert last_line("") == "an error without a message"
    assert last_line("\x1b[31mاردو") == "\\x1b[31m\\u0627\\u0631\\u062f\\u0648"
    assert len(last_line("x" * 10_000)) == 200


# Types, each held against rows that keep and rows that break it

TYPES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (expectation(NOT_NULL, column="title_n_chars"), {"title": "x"}, {"title": None}),
    (expectation("expect_column_values_to_be_null", column="title_n_chars"), {"title": None}, {"title": "x"}),
    (expectation(BETWEEN, column="n_words", min_value=3, strict_min=True), {"n_words": 4}, {"n_words": 3}),
    (expectation(BETWEEN, column="n_words", max_value=3), {"n_words": 3}, {"n_words": 4}),
    (expectation(BETWEEN, column="page_date", min_value="2000-01-01"), {"page_date": date(2000, 1, 1)}, {"page_date": date(1999, 12, 31)}),
    (expectation(IN_SET, column="language", value_set=["ur", "fa"]), {"language": "fa"}, {"language": "en"}),
    (expectation(IN_SET, column="title_is_blank", value_set=[False]), {"title": None}, {"title": " "}),
    (expectation(IN_SET, column="captions_count", value_set=[0, 1]), {"captions": ["a"]}, {"captions": ["a", "b"]}),
    (expectation("expect_column_values_to_not_be_in_set", column="language", value_set=["en"]), {"language": "ur"}, {"language": "en"}),
    (expectation(REGEX, column="language", regex=r"\Au"), {"language": "ur"}, {"language": "fu"}),
    (expectation("expect_column_values_to_not_match_regex", column="language", regex="x"), {"language": "ur"}, {"language": "ux"}),
    (expectation("expect_column_value_lengths_to_be_between", column="language", max_value=2), {"language": "ur"}, {"language": "pnb"}),
    (expectation("expect_column_value_lengths_to_equal", column="language", value=3), {"language": "pnb"}, {"language": "ur"}),
    (expectation("expect_column_values_to_match_strftime_format", column="language", strftime_format="%Y"), {"language": "2026"}, {"language": "ur"}),
    (expectation("expect_column_pair_values_to_be_equal", column_A="n_chars", column_B="text_n_chars"), {}, {"n_chars": 3}),
    (
        expectation("expect_column_pair_values_a_to_be_greater_than_b", column_A="n_chars", column_B="n_words", or_equal=True),
        {"n_words": len(TEXT)},
        {"n_words": len(TEXT) + 1},
    ),
    (
        expectation("expect_select_column_values_to_be_unique_within_record", column_list=["doc_id", "language"]),
        {},
        {"doc_id": "ur"},
    ),
    (expectation("expect_column_min_to_be_between", column="n_words", min_value=5), {"n_words": 5}, {"n_words": 4}),
    (expectation("expect_column_max_to_be_between", column="n_words", max_value=20), {"n_words": 20}, {"n_words": 21}),
    (expectation("expect_column_mean_to_be_between", column="n_words", min_value=14), {"n_words": 14}, {"n_words": 13}),
    (expectation("expect_column_median_to_be_between", column="n_words", min_value=14), {}, {"n_words": 1, "record": 0}),
    (expectation("expect_column_stdev_to_be_between", column="n_words", max_value=1), {"n_words": 15}, {"n_words": 40}),
    (expectation("expect_column_sum_to_be_between", column="n_words", max_value=42), {"n_words": 14}, {"n_words": 15}),
    (expectation("expect_column_unique_value_count_to_be_between", column="language", max_value=1), {}, {"language": "fa"}),
    (expectation("expect_column_proportion_of_non_null_values_to_be_between", column="language", min_value=0.9), {}, {"language": None}),
    (expectation("expect_column_distinct_values_to_be_in_set", column="language", value_set=["ur"]), {}, {"language": "fa"}),
    (expectation("expect_column_distinct_values_to_contain_set", column="language", value_set=["ur", "fa"]), {"language": "fa"}, {}),
    (expectation("expect_column_most_common_value_to_be_in_set", column="language", value_set=["ur"]), {"language": "fa"}, None),
    (expectation(ROW_COUNT, max_value=3), {}, None),
    (expectation("expect_table_row_count_to_equal", value=3), {}, None),
    (expectation(UNIQUE, column="doc_id"), {}, {"doc_id": doc_id(1)}),
    (expectation("expect_compound_columns_to_be_unique", column_list=["source", "record"]), {}, {"record": 1}),
]  # type: ignore[list-item]  # fmt: skip


@pytest.mark.parametrize(("item", "keeps", "breaks"), TYPES, ids=[item["type"] for item, _, _ in TYPES])
@pytest.mark.parametrize("part_rows", [2])
def test_every_type_tells_rows_that_keep_it_from_rows_that_break_it(
    suite_of: Callable[..., Suite],
    item: dict[str, Any],
    keeps: dict[str, Any],
    breaks: dict[str, Any] | None,
    part_rows: int,
) -> None:
    suite = suite_of("silver", item)
    before = good("silver", 2, **(keeps if suite.expectations[0].kind.scope is Scope.ROW else {}))
    assert run(suite, [*before, *good("silver", 1, start=3, **keeps)], part_rows=part_rows).failure is None
    if breaks is None:
        worse = [*before, *good("silver", 4, start=3, language="fa")]
    elif item["type"].endswith("median_to_be_between"):
        worse = [*good("silver", 1, **breaks), *good("silver", 1, start=3, **breaks), *good("silver", 1, start=4)]
    else:
        worse = [*before, *good("silver", 1, start=3, **breaks)]
    assert isinstance(run(suite, worse, part_rows=part_rows).failure, DataRefused)


def test_every_type_of_the_catalogue_is_tried() -> None:
    assert {item["type"] for item, _, _ in TYPES} == set(CATALOGUE)


# Parts add up


def shown(result: GateResult) -> tuple[object, ...]:
    return result.rows, result.validation.to_pylist(), result.quarantined.to_pylist(), str(result.failure)


ROW = st.fixed_dictionaries(
    {
        "number": st.integers(1, 12),
        "n_words": st.sampled_from([0, 3, 14]),
        "language": st.sampled_from(["ur", "xx", None]),
        "title": st.sampled_from(["x", "", None]),
        "removed_share": st.sampled_from([0.0, 0.9, 2.0]),
        "text": st.sampled_from([TEXT, " ", "a\u0000"]),
    }
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROW, min_size=1, max_size=20),
    cuts=st.lists(st.integers(0, 20), max_size=4),
    part_rows=st.integers(3, 9),
)
def test_the_result_does_not_depend_on_how_the_rows_are_cut(
    shipped: dict[str, Suite], rows: list[dict[str, Any]], cuts: list[int], part_rows: int
) -> None:
    looked_at = {"n_words", "text_has_letters", "language", "title_n_chars", "removed_share", "doc_id"}
    of_these = tuple(e for e in shipped["silver"].expectations if looked_at.issuperset(e.columns))
    suite = replace(shipped["silver"], expectations=of_these, size=len(of_these))
    made = [
        {**good("silver", 1, start=row["number"])[0], **{k: v for k, v in row.items() if k != "number"}} for row in rows
    ]
    edges = [0, *sorted(min(cut, len(made)) for cut in cuts), len(made)]
    batches = [batch("silver", made[a:b]) for a, b in pairwise(edges)]
    whole = run(suite, made)
    parts = check(SILVER, batches, suite, ValidateConfig(), run_id=RUN, part_rows=part_rows)
    assert shown(parts) == shown(whole)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=20), mostly=st.sampled_from([0.3, 0.5, 0.75, 1.0]))
def test_the_parts_together_say_what_great_expectations_says_of_the_whole(
    suite_of: Callable[..., Suite], rows: list[dict[str, Any]], mostly: float
) -> None:
    """The counts and the verdict of one run over all rows, without the gate, are the oracle."""
    suite = suite_of(
        "silver",
        expectation(BETWEEN, "warn", column="title_n_chars", min_value=1, mostly=mostly),
        expectation(NOT_NULL, "warn", column="title_n_chars", mostly=mostly),
        expectation(IN_SET, "warn", column="language", value_set=["ur"], mostly=mostly),
        expectation(UNIQUE, "warn", column="doc_id", mostly=mostly),
        expectation(UNIQUE, "warn", column="language", mostly=mostly),
        expectation("expect_compound_columns_to_be_unique", "warn", column_list=["doc_id", "language"], mostly=mostly),
        expectation(
            "expect_column_pair_values_to_be_equal", "warn", column_A="n_words", column_B="title_n_chars", mostly=mostly
        ),
        expectation("expect_column_mean_to_be_between", "warn", column="n_words", min_value=5),
    )
    made = [
        {**good("silver", 1, start=row["number"])[0], **{k: v for k, v in row.items() if k != "number"}} for row in rows
    ]
    oracle = Runner(suite, suite.expectations).run(oracle_frame(made))
    found = answers(run(suite, made, part_rows=3))
    for item in suite.expectations:
        row = found[f"{item.type}({', '.join(item.columns)})"]
        assert row["success"] == oracle[item.position].success, item.label
        assert (row["unexpected"] or 0) == oracle[item.position].unexpected, item.label


def oracle_frame(rows: list[dict[str, Any]]) -> Any:
    import pandas as pd

    frame = pd.DataFrame({name: [row[name] for row in rows] for name in ("doc_id", "language", "n_words")})
    frame["title_n_chars"] = [None if row["title"] is None else len(row["title"]) for row in rows]
    return frame


def test_an_id_that_stands_in_two_parts_is_found(shipped: dict[str, Suite]) -> None:
    rows = [*good("silver", 10), *good("silver", 1, start=3, uri="seeds/other.txt")]
    result = run(shipped["silver"], rows, part_rows=4)
    row = answers(result)[f"{UNIQUE}(doc_id)"]
    assert (row["success"], row["unexpected"], row["sample_ids"]) == (False, 2, [doc_id(3)])
    assert isinstance(result.failure, DataRefused)


def test_a_share_is_taken_of_all_rows_and_not_of_a_part(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of("silver", expectation(BETWEEN, column="n_words", min_value=1, mostly=0.9))
    bad_part = good("silver", 2, n_words=0)
    assert run(suite, [*bad_part, *good("silver", 18, start=10)], part_rows=2).failure is None
    assert isinstance(run(suite, [*bad_part, *good("silver", 17, start=10)], part_rows=2).failure, DataRefused)


def test_great_expectations_sees_no_more_than_a_part(
    shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    whole = Runner.run

    def noting(self: Runner, frame: Any) -> dict[int, Outcome]:
        seen.append(len(frame))
        return whole(self, frame)

    monkeypatch.setattr(Runner, "run", noting)
    rows = batch("duplicates", good("duplicates", 2500))
    run(shipped["duplicates"], rows, part_rows=1000)
    assert seen == [1000, 1000, 500, 2500]  # the last one holds only what expectations of the whole name: nothing


def test_counts_that_contradict_break_the_check(
    suite_of: Callable[..., Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    from saaf.validate.uniqueness import Repeats

    monkeypatch.setattr(Repeats, "rows", property(lambda _: 0))
    suite = suite_of("silver", expectation(UNIQUE, column="doc_id"))
    result = run(suite, [*good("silver", 2), *good("silver", 1)])
    assert isinstance(result.failure, BrokenCheck)
    assert "counts 2 repeated rows" in result.failure.what


# Text stays where it is

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\x1b[31mred",
    "=cmd|'/c calc'!A1",
    "خفیہ متن " * 20,
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("table", TABLES_CHECKED)
def test_no_text_reaches_results_or_messages(table: str, hostile: str, shipped: dict[str, Suite]) -> None:
    strings = {
        column.name: hostile
        for column in TABLES_CHECKED[table].columns
        if column.type in (pa.string(), pa.dictionary(pa.int32(), pa.string())) and column.name not in ("run_id", "uri")
    }
    result = run(shipped[table], good(table, 2, **strings))
    said = repr(result.validation.to_pylist()) + str(result.failure) + repr(result.failure)
    assert isinstance(result.failure, DataRefused)
    assert hostile[:8] not in said
    kept = result.quarantined.drop_columns(["doc_id", "source"]).to_pylist()  # keys, as the table has them
    assert hostile[:8] not in repr(kept)


def test_a_megabyte_of_text_makes_results_no_longer(shipped: dict[str, Suite]) -> None:
    text = "<b>" * 350_000
    small = run(shipped["silver"], good("silver", 2, n_words=0, title="<b>", text="<b>", n_chars=3))
    large = run(shipped["silver"], good("silver", 2, n_words=0, title=text, text=text, n_chars=len(text)))
    assert abs(large.validation.nbytes - small.validation.nbytes) < 200
    assert large.quarantined.nbytes == small.quarantined.nbytes
    assert "<b>" not in repr(large.validation.to_pylist()) + repr(large.quarantined.to_pylist()) + str(large.failure)


def test_an_id_that_is_none_is_described_and_not_shown(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of("silver", expectation(REGEX, column="doc_id", regex=r"\A[0-9a-f]{32}\z"))
    result = run(suite, good("silver", 1, doc_id="<script>"))
    assert answers(result)[f"{REGEX}(doc_id)"]["sample_ids"] == ["(not a doc_id: 8 characters)"]


def test_values_found_in_a_whole_column_are_shown_only_as_codes(suite_of: Callable[..., Suite]) -> None:
    suite = suite_of(
        "silver", expectation("expect_column_most_common_value_to_be_in_set", column="language", value_set=["ur"])
    )
    for language, observed in (("fa", '["fa"]'), ("<script>", '["(8 characters)"]')):
        result = run(suite, good("silver", 2, language=language))
        assert answers(result)["expect_column_most_common_value_to_be_in_set(language)"]["observed"] == observed


# Small things


def test_the_same_rows_give_the_same_result(shipped: dict[str, Suite]) -> None:
    rows = [*good("silver", 3), *good("silver", 3, start=9, n_words=0, language="xx")]
    backwards = run(shipped["silver"], rows[::-1])
    assert shown(run(shipped["silver"], rows)) == shown(run(shipped["silver"], rows)) == shown(backwards)


def test_batches_are_read_once_and_their_errors_are_their_own(shipped: dict[str, Suite]) -> None:
    def failing() -> Any:
        yield batch("bronze", good("bronze", 2))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        check(BRONZE, failing(), shipped["bronze"], ValidateConfig(), run_id=RUN)
    result = check(BRONZE, iter([batch("bronze", good("bronze", 2))]), shipped["bronze"], ValidateConfig(), run_id=RUN)
    assert result.failure is None


def test_an_expectation_says_what_it_is(shipped: dict[str, Suite]) -> None:
    item: Expectation = shipped["duplicates"].expectations[4]
    assert item.label == "expect_compound_columns_to_be_unique(doc_id, kept_id)"
    assert item.bound == "unique taken together"
