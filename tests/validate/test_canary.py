"""The canary must die in a gate that works, and tell of one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saaf.config import ValidateConfig
from saaf.errors import BrokenCheck, DataRefused, SuiteError
from saaf.tables import GOLD, REJECTED, SILVER, VALIDATION
from saaf.validate import GateResult, Suite, canary, gate
from saaf.validate.catalogue import Scope
from saaf.validate.columns import Form, frame_columns
from saaf.validate.findings import SCHEMA_HOLDS, Findings
from saaf.validate.runner import Outcome, Runner
from saaf.validate.samples import wrong_rows
from validate.rows import RUN, TABLES_CHECKED, answers, expectation, run


def sing(suite: Suite) -> None:
    canary(suite.table, suite, ValidateConfig(), run_id=RUN)


@pytest.mark.parametrize("table", TABLES_CHECKED)
def test_the_canary_dies_at_every_shipped_gate(table: str, shipped: dict[str, Suite]) -> None:
    sing(shipped[table])


@pytest.mark.parametrize("table", TABLES_CHECKED)
def test_the_canary_breaks_every_expectation_of_rows(table: str, shipped: dict[str, Suite]) -> None:
    found = answers(run(shipped[table], wrong_rows(shipped[table])))
    of_rows = [item for item in shipped[table].expectations if item.kind.scope is not Scope.WHOLE]
    assert [item.label for item in of_rows if not found[item.label]["unexpected"]] == []
    assert len(of_rows) >= shipped[table].size - 2


def test_a_gate_whose_great_expectations_passes_everything(
    shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_hold(self: Runner, frame: Any) -> dict[int, Outcome]:
        return {position: Outcome(True, len(frame)) for position in self._expectations}

    monkeypatch.setattr(Runner, "run", all_hold)
    with pytest.raises(BrokenCheck, match="should name"):
        sing(shipped["silver"])


@pytest.mark.parametrize("position", [2, 5, 9, 14, 20])
def test_a_gate_that_misses_one_expectation(
    position: int, shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Runner.run

    def one_holds(self: Runner, frame: Any) -> dict[int, Outcome]:
        outcomes = whole(self, frame)
        return {k: Outcome(True, len(frame)) if k == position else v for k, v in outcomes.items()}

    monkeypatch.setattr(Runner, "run", one_holds)
    item = shipped["silver"].expectations[position - 1]
    with pytest.raises(BrokenCheck, match=item.type) as caught:
        sing(shipped["silver"])
    assert item.label in caught.value.what


def test_a_gate_that_misses_one_row(shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Runner.run

    def short(self: Runner, frame: Any) -> dict[int, Outcome]:
        outcomes = whole(self, frame)
        first = outcomes.get(5)
        if first is None:
            return outcomes
        return {**outcomes, 5: replace(first, unexpected=first.unexpected - 1, rows=first.rows[1:])}

    monkeypatch.setattr(Runner, "run", short)
    with pytest.raises(BrokenCheck, match="should name"):
        sing(shipped["silver"])


def test_a_suite_emptied_after_it_was_loaded(shipped: dict[str, Suite]) -> None:
    with pytest.raises(BrokenCheck):
        sing(replace(shipped["silver"], expectations=()))


def test_a_suite_emptied_together_with_its_size(shipped: dict[str, Suite]) -> None:
    with pytest.raises(BrokenCheck, match="holds no expectations"):
        sing(replace(shipped["silver"], expectations=(), size=0))


def test_a_suite_of_which_one_was_lost(shipped: dict[str, Suite]) -> None:
    suite = shipped["silver"]
    with pytest.raises(BrokenCheck, match=f"of the suite's {suite.size}"):
        sing(replace(suite, expectations=suite.expectations[1:]))


def test_a_check_that_always_passes(shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch) -> None:
    def passes(*_: object, **__: object) -> GateResult:
        return GateResult(20, VALIDATION.batch([]), REJECTED.batch([]), None)

    monkeypatch.setattr(gate, "check", passes)
    with pytest.raises(BrokenCheck, match="no rows passes"):
        sing(shipped["silver"])


def test_a_check_that_passes_whatever_has_rows(shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gate.check

    def passes(table: Any, batches: Any, *rest: Any, **named: Any) -> GateResult:
        result = whole(table, batches, *rest, **named)
        return replace(result, failure=None) if result.rows else result

    monkeypatch.setattr(gate, "check", passes)
    with pytest.raises(BrokenCheck, match="pass the gate"):
        sing(shipped["silver"])


@pytest.mark.parametrize("table", TABLES_CHECKED)
def test_the_second_canary_keeps_the_schema_and_dies_of_the_suite(table: str, shipped: dict[str, Suite]) -> None:
    result = run(shipped[table], wrong_rows(shipped[table], keep_schema=True))
    assert answers(result)[f"{SCHEMA_HOLDS}()"]["success"]
    assert isinstance(result.failure, DataRefused)
    assert "critical expectation" in result.failure.what


def test_a_gate_that_knows_of_failures_and_lets_them_pass(
    shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Findings, "_refused_by_suite", lambda _: None)
    monkeypatch.setattr(Findings, "_refused_for_share", lambda *_: None)
    with pytest.raises(BrokenCheck, match=r"rows that break expect_[a-z_]+\(doc_id\) pass the gate"):
        sing(shipped["silver"])


def test_a_gate_that_quarantines_too_few(shipped: dict[str, Suite], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "quarantine", lambda part, reasons, run_id: REJECTED.batch([]))
    with pytest.raises(BrokenCheck, match="of the canary's rows should be quarantined, and 0 are"):
        sing(shipped["silver"])


def test_a_share_that_is_allowed_to_break_is_no_broken_gate(suite_of: Callable[..., Suite]) -> None:
    between = "expect_column_values_to_be_between"
    sing(suite_of("silver", expectation(between, column="n_words", min_value=0, mostly=0.01)))
    sing(suite_of("silver", expectation("expect_table_row_count_to_be_between", min_value=1)))
    sing(suite_of("silver", expectation("expect_column_values_to_match_regex", column="doc_id", regex=".*")))


CODES = [name for name, column in frame_columns(GOLD).items() if column.form is Form.CODE]
NUMBERS = [name for name, column in frame_columns(GOLD).items() if column.form is Form.NUMBER]
TRUTHS = [name for name, column in frame_columns(GOLD).items() if column.form is Form.TRUTH]
TIMES = [name for name, column in frame_columns(GOLD).items() if column.form is Form.TIME]
NUMBER = st.one_of(st.integers(-3, 8), st.sampled_from([0.5, 1.0, -2.5, 2**41]))


def asked(type_: str, columns: list[str], **kwargs: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    arguments = st.fixed_dictionaries({"column": st.sampled_from(columns), **kwargs})
    return arguments.map(lambda given: expectation(f"expect_column_{type_}", "warn", **given))


ASKED = st.one_of(
    asked("values_to_not_be_null", CODES + NUMBERS + TRUTHS + TIMES),
    asked("values_to_be_null", CODES + NUMBERS + TRUTHS + TIMES),
    asked("values_to_be_unique", CODES + NUMBERS + TIMES),
    asked("values_to_be_between", NUMBERS, min_value=NUMBER, strict_min=st.booleans()),
    asked("values_to_be_between", NUMBERS, max_value=NUMBER, strict_max=st.booleans()),
    asked("values_to_be_between", TIMES, min_value=st.sampled_from(["0001-01-05", "2026-11-21", "2026-11-21T02:00:00+05:00"])),
    asked("values_to_be_in_set", NUMBERS, value_set=st.lists(NUMBER, min_size=1, unique=True)),
    asked("values_to_not_be_in_set", NUMBERS, value_set=st.lists(NUMBER, min_size=1, unique=True)),
    asked("values_to_be_in_set", TRUTHS, value_set=st.lists(st.booleans(), min_size=1)),
    asked("values_to_be_in_set", CODES, value_set=st.lists(st.sampled_from(["", "plain", "0", "ur"]), min_size=1)),
    asked("values_to_match_regex", CODES, regex=st.sampled_from(["a", "^$", r"\A[0-9]", r"\w+", "^.{16}$", "[^a-z]"])),
    asked("values_to_not_match_regex", CODES, regex=st.sampled_from(["0", "^p", r"\d\d", "n$"])),
    asked("value_lengths_to_equal", CODES, value=st.integers(0, 64)),
    asked("value_lengths_to_be_between", CODES, min_value=st.integers(0, 20), max_value=st.integers(20, 64)),
    st.permutations(NUMBERS).map(
        lambda names: expectation("expect_column_pair_values_to_be_equal", "warn", column_A=names[0], column_B=names[1])
    ),
    st.permutations(NUMBERS).map(
        lambda names: expectation(
            "expect_column_pair_values_a_to_be_greater_than_b", "warn", column_A=names[0], column_B=names[1], or_equal=True
        )
    ),
    st.permutations(CODES).map(
        lambda names: expectation("expect_compound_columns_to_be_unique", "warn", column_list=names[:2])
    ),
    st.permutations(CODES).map(
        lambda names: expectation(
            "expect_select_column_values_to_be_unique_within_record", "warn", column_list=names[:2]
        )
    ),
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(
        ASKED, min_size=8, max_size=12, unique_by=lambda item: (item["type"], str(sorted(item["kwargs"].items())))
    )
)
def test_what_is_foreseen_is_what_great_expectations_says_of_any_suite(
    suite_of: Callable[..., Suite], items: list[dict[str, Any]]
) -> None:
    sing(suite_of("gold", *items))


def test_a_suite_for_another_table(shipped: dict[str, Suite]) -> None:
    with pytest.raises(SuiteError):
        canary(GOLD, shipped["silver"], ValidateConfig(), run_id=RUN)


def test_bounds_that_only_values_beyond_them_break(suite_of: Callable[..., Suite]) -> None:
    between = "expect_column_values_to_be_between"
    suite = suite_of(
        "silver",
        expectation(between, column="n_words", min_value=-(10**15), max_value=10**15),
        expectation(between, column="removed_share", min_value=-9.5, max_value=9.5),
        expectation(between, column="page_date", min_value="0001-01-03", max_value="9999-12-29"),
    )
    found = answers(run(suite, wrong_rows(suite)))
    assert all(found[item.label]["unexpected"] >= 2 for item in suite.expectations)
    sing(suite)


def test_the_canary_is_made_of_rows_of_the_table(shipped: dict[str, Suite]) -> None:
    rows = wrong_rows(shipped["silver"])
    assert rows.schema.types == SILVER.schema.types
    assert 10 <= rows.num_rows < 80
