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
    rows = wrong_rows(suite)
    result = gate.check(table, [rows], suite, config, run_id=run_id)
    if isinstance(result.failure, BrokenCheck):
        raise result.failure
    if not isinstance(result.failure, DataRefused):
        _fail(suite, "rows that break the table's schema and its suite pass the gate")
    found = _found(result.validation)
    expected = _expected(suite, rows)
    if len(found) != suite.size or len(suite.expectations) != suite.size:
        _fail(suite, f"{len(found)} of the suite's {suite.size} expectations answer")
    for expectation in suite.expectations:
        count = expected.get(expectation.position)
        answer = found.get((expectation.type, ", ".join(expectation.columns), expectation.bound))
        if count is not None and answer != count:
            _fail(suite, f"{expectation.label} should name {count} of the canary's rows, and names {answer}")


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


def _expected(suite: Suite, rows: pa.RecordBatch) -> dict[int, int]:
    """How many rows break each expectation, by position, where that can be foreseen."""
    columns = {name: _plain(array) for name, array in derive(rows, suite.frame_columns).items()}
    foreseen = {}
    for expectation in suite.expectations:
        values = list(zip(*(columns[name] for name in expectation.columns), strict=True))
        count = _breaking(expectation, values)
        if count is not None:
            foreseen[expectation.position] = count
    return foreseen


def _plain(array: pa.Array) -> list[Any]:
    # NaN is a null to pandas.
    return [None if isinstance(v, float) and math.isnan(v) else v for v in array.to_pylist()]


def _breaking(expectation: Expectation, values: Sequence[Row]) -> int | None:
    """Rows that break an expectation; None for a type, or an argument, that is not foreseen here."""
    if "ignore_row_if" in expectation.kwargs:
        return None
    considered = [row for row in values if any(value is not None for value in row)]
    if expectation.kind.scope is Scope.UNIQUE:
        return sum(count for count in Counter(considered).values() if count > 1)
    if expectation.type in _OF_NULLS:
        return sum(not _OF_NULLS[expectation.type](row[0]) for row in values)
    holds = _HOLDS.get(expectation.type)
    return None if holds is None else sum(not holds(row, expectation.kwargs) for row in considered)


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
