"""A batch that must fail, sent through the gate: a gate that lets it pass checks nothing.

What each expectation should say of the canary's rows is worked out here, by plain comparisons that
share nothing with Great Expectations, and must agree with the gate's answer row count for row count.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import pyarrow as pa

from saaf.config import ValidateConfig
from saaf.errors import BrokenCheck, DataRefused
from saaf.tables import Table
from saaf.validate import gate
from saaf.validate.catalogue import Scope
from saaf.validate.columns import derive
from saaf.validate.findings import ROWS_PRESENT, SCHEMA_HOLDS
from saaf.validate.samples import wrong_rows
from saaf.validate.suite import Expectation, Suite

Row = tuple[Any, ...]


def canary(table: Table, suite: Suite, config: ValidateConfig, *, run_id: str) -> None:
    """Send rows that must fail, and no rows at all, through the gate.

    Raises:
        BrokenCheck: The gate lets them pass, or an expectation misses rows that it should name.
        SuiteError: The suite is for another table.
    """
    if not suite.expectations:
        _fail(suite, "its suite holds no expectations")
    if not isinstance(gate.check(table, [], suite, config, run_id=run_id).failure, DataRefused):
        _fail(suite, "a table of no rows passes the gate")
    _hold_counts(table, suite, config, run_id)
    _hold_consequences(table, suite, config, run_id)


def _hold_counts(table: Table, suite: Suite, config: ValidateConfig, run_id: str) -> None:
    """Rows that break everything: each expectation must name as many as were foreseen."""
    rows = wrong_rows(suite)
    result = _sent(table, rows, suite, config, run_id)
    if result.failure is None:
        _fail(suite, "rows that break the table's schema and its suite pass the gate")
    found = _found(result.validation)
    if len(found) != suite.size or len(suite.expectations) != suite.size:
        _fail(suite, f"{len(found)} of the suite's {suite.size} expectations answer")
    foreseen = _foreseen(suite, rows)
    for expectation in suite.expectations:
        breaking = foreseen[expectation.position]
        answer = found.get((expectation.type, ", ".join(expectation.columns), expectation.bound))
        if breaking is not None and answer != len(breaking):
            _fail(suite, f"{expectation.label} should name {len(breaking)} of the canary's rows, and names {answer}")


def _hold_consequences(table: Table, suite: Suite, config: ValidateConfig, run_id: str) -> None:
    """Rows that keep the schema and break the suite: it must be the suite that refuses and quarantines."""
    rows = wrong_rows(suite, keep_schema=True)
    result = _sent(table, rows, suite, config, run_id)
    foreseen = _foreseen(suite, rows)
    fatal = (e for e in suite.expectations if e.on_fail == "fail")
    critical = [e.label for e in fatal if _surely_fails(e, foreseen[e.position], rows.num_rows)]
    if critical and result.failure is None:
        _fail(suite, f"rows that break {critical[0]} pass the gate")
    quarantining = [foreseen[e.position] for e in suite.expectations if e.on_fail == "quarantine"]
    going = set().union(*(breaking for breaking in quarantining if breaking))
    if None not in quarantining and result.quarantined.num_rows != len(going):
        _fail(suite, f"{len(going)} of the canary's rows should be quarantined, and {result.quarantined.num_rows} are")


def _sent(table: Table, rows: pa.RecordBatch, suite: Suite, config: ValidateConfig, run_id: str) -> gate.GateResult:
    result = gate.check(table, [rows], suite, config, run_id=run_id)
    if isinstance(result.failure, BrokenCheck):
        raise result.failure
    return result


def _surely_fails(expectation: Expectation, breaking: set[int] | None, rows: int) -> bool:
    """Whether so many rows break it that no reckoning of nulls lets it hold."""
    return bool(breaking) and len(breaking or ()) > (1 - expectation.mostly) * rows


def _fail(suite: Suite, what: str) -> NoReturn:
    raise BrokenCheck(
        f"the gate on {suite.name} does not do its work: {what}",
        where=str(suite.path),
        next_step="the data is not judged; see that the suite is whole and the pinned versions are installed",
    )


def _found(validation: pa.RecordBatch) -> dict[tuple[str, str, str], int | None]:
    return {
        (row["expectation"], row["column"] or "", row["bound"]): row["unexpected"]
        for row in validation.to_pylist()
        if row["expectation"] not in (ROWS_PRESENT, SCHEMA_HOLDS)
    }


def _foreseen(suite: Suite, rows: pa.RecordBatch) -> dict[int, set[int] | None]:
    """The rows that break each expectation, by its position; None where that cannot be foreseen."""
    columns = {name: _plain(array) for name, array in derive(rows, suite.frame_columns).items()}
    return {e.position: _breaking(e, [columns[name] for name in e.columns]) for e in suite.expectations}


def _plain(array: pa.Array) -> list[Any]:
    # NaN is a null to pandas.
    return [None if isinstance(v, float) and math.isnan(v) else v for v in array.to_pylist()]


def _breaking(expectation: Expectation, columns: Sequence[Sequence[Any]]) -> set[int] | None:
    """Rows that break an expectation; None for a type, or an argument, that is not foreseen here."""
    if "ignore_row_if" in expectation.kwargs or expectation.kind.scope is Scope.WHOLE:
        return None
    rows = dict(enumerate(zip(*columns, strict=True)))
    if expectation.type in _OF_NULLS:
        return {number for number, row in rows.items() if not _OF_NULLS[expectation.type](row[0])}
    considered = {number: row for number, row in rows.items() if any(value is not None for value in row)}
    if expectation.kind.scope is Scope.UNIQUE:
        counts = Counter(considered.values())
        return {number for number, row in considered.items() if counts[row] > 1}
    holds = _HOLDS.get(expectation.type)
    if holds is None:
        return None
    return {number for number, row in considered.items() if not holds(row, expectation.kwargs)}


def _between(value: Any, kwargs: Mapping[str, Any]) -> bool:
    low, high = (_bound(kwargs.get(argument), value) for argument in ("min_value", "max_value"))
    above = low is None or (value > low if kwargs.get("strict_min") else value >= low)
    below = high is None or (value < high if kwargs.get("strict_max") else value <= high)
    return above and below


def _bound(bound: Any, value: Any) -> Any:
    return datetime.fromisoformat(bound) if bound is not None and isinstance(value, datetime) else bound


def _matches(value: str, kwargs: Mapping[str, Any]) -> bool:
    import re2

    return re2.search(kwargs["regex"], value) is not None


def _greater(row: Row, kwargs: Mapping[str, Any]) -> bool:
    first, second = row
    if first is None or second is None:
        return False
    return bool(first >= second if kwargs.get("or_equal") else first > second)


_OF_NULLS: dict[str, Callable[[Any], bool]] = {
    "expect_column_values_to_not_be_null": lambda value: value is not None,
    "expect_column_values_to_be_null": lambda value: value is None,
}

_HOLDS: dict[str, Callable[[Row, Mapping[str, Any]], bool]] = {
    "expect_column_values_to_be_between": lambda row, kwargs: _between(row[0], kwargs),
    "expect_column_values_to_be_in_set": lambda row, kwargs: row[0] in kwargs["value_set"],
    "expect_column_values_to_not_be_in_set": lambda row, kwargs: row[0] not in kwargs["value_set"],
    "expect_column_values_to_match_regex": lambda row, kwargs: _matches(row[0], kwargs),
    "expect_column_values_to_not_match_regex": lambda row, kwargs: not _matches(row[0], kwargs),
    "expect_column_value_lengths_to_be_between": lambda row, kwargs: _between(len(row[0]), kwargs),
    "expect_column_value_lengths_to_equal": lambda row, kwargs: len(row[0]) == kwargs["value"],
    "expect_column_pair_values_to_be_equal": lambda row, _: row[0] == row[1],
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_select_column_values_to_be_unique_within_record": lambda row, _: len(set(row)) == len(row),
}
