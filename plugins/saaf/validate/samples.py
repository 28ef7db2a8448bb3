"""Made-up rows that are wrong in as many ways as a table's columns allow.

They are made from the table's schema and the suite's own bounds: a suite is tried out on them
when it is loaded, and every run's canary is made of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import count, islice
from typing import Any

import pyarrow as pa

from saaf.figures import Metric
from saaf.tables import FIGURES, REMOVED_SPAN, Column
from saaf.validate.catalogue import Scope
from saaf.validate.columns import Form, FrameColumn, is_code, plain_type
from saaf.validate.suite import Suite

_ROUNDS = 4
_ROUNDS_OF_FIGURES = 24  # a column of a metric is null wherever the row is of another
_HEX = "0123456789abcdef"
_SPAN: dict[str, object] = {"rule": "canary.span", "kind": "canary"}

_TEXTS: tuple[str | None, ...] = (
    "plain",
    None,
    "",
    " \n\t",
    "\x00\x85",
    "cafe\u0301",
    "\u202eabc",
    "\ufffd",
)
_CODES: tuple[str | None, ...] = ("plain", None, "", "0", _HEX * 2, _HEX * 4, _HEX, "2026-11-21")
_NUMBERS = (0, None, -1, 1, 2, 2**40, -(2**40))
_SHARES = (0.5, None, -1.0, 2.0, 0.0, 1.0, float("nan"))
_TRUTHS = (True, None, False)
_DATES = (date(2026, 11, 21), None, date(1, 1, 2), date(9999, 12, 30), date(2027, 11, 21))
_TIMES = tuple(None if d is None else datetime(d.year, d.month, d.day, tzinfo=UTC) for d in _DATES)
_LISTS: tuple[list[str] | None, ...] = ([], None, ["a", "b"])
_SPANS: tuple[list[dict[str, object]] | None, ...] = (
    [{"start": 0, "end": 5, **_SPAN}],
    None,
    [{"start": 0, "end": 5, **_SPAN}, {"start": 4, "end": 9, **_SPAN}],
    [{"start": -1, "end": 5, **_SPAN}],
    [{"start": 5, "end": 5, **_SPAN}],
    [],
)


def wrong_rows(suite: Suite, *, keep_schema: bool = False) -> pa.RecordBatch:
    """Rows of the suite's table with every kind of wrong value, in types as declared.

    The first row stands there twice. Each value of a column stands beside several of any other, so
    that what two columns say together is wrong too.

    Args:
        suite: The suite, whose bounds the values go beyond.
        keep_schema: Whether to leave out what the schema forbids. Otherwise there are nulls in
            columns that may hold none, and NaNs.
    """
    columns = suite.table.columns
    pools = [_pool(column, suite) for column in columns]
    if keep_schema:
        pools = [[v for v in pool if _may_hold(column, v)] for column, pool in zip(columns, pools, strict=True)]
    rows = (_ROUNDS_OF_FIGURES if suite.table.name == FIGURES.name else _ROUNDS) * max(map(len, pools))
    arrays = []
    for column, pool in zip(columns, pools, strict=True):
        values = list(islice(_mixed(pool, column.name), rows))
        arrays.append(pa.array([*values, values[0]], column.type))
    return pa.RecordBatch.from_arrays(arrays, names=list(suite.table.names))


def _mixed(pool: list[Any], name: str) -> Iterator[Any]:
    """The pool again and again, each time in another order, the same for every run."""
    for turn in count():
        order = {n: blake2b(f"{name} {turn} {n}".encode(), digest_size=8).digest() for n in range(len(pool))}
        yield from (pool[n] for n in sorted(order, key=order.__getitem__))


def _pool(column: Column, suite: Suite) -> list[Any]:
    kind = plain_type(column.type)
    if pa.types.is_string(kind):
        if column.name == "metric":
            return ["plain", "", *Metric]
        return list(_CODES if is_code(column) else _TEXTS)
    if pa.types.is_list(kind):
        return list(_SPANS if kind.value_type == REMOVED_SPAN else _LISTS)
    if pa.types.is_boolean(kind):
        return list(_TRUTHS)
    beyond = list(_beyond_bounds(column, suite))
    if pa.types.is_date(kind):
        return [*_DATES, *(moment.date() for moment in beyond)]
    return [*(_TIMES if pa.types.is_timestamp(kind) else _numbers(kind)), *beyond]


def _may_hold(column: Column, value: Any) -> bool:
    if value is None:
        return column.null is not None
    return not (isinstance(value, float) and math.isnan(value))


def _numbers(kind: pa.DataType) -> tuple[float | None, ...]:
    return _SHARES if pa.types.is_floating(kind) else _NUMBERS


def _beyond_bounds(column: Column, suite: Suite) -> Iterator[Any]:
    """Values just outside what the suite asks of the column."""
    for expectation in suite.expectations:
        named = [c for c in suite.frame_columns if expectation.columns == (c.name,)]
        if expectation.kind.scope is not Scope.ROW or not any(_is_value_of(column, c) for c in named):
            continue
        for argument, step in (("min_value", -1), ("max_value", 1)):
            bound = expectation.kwargs.get(argument)
            if bound is not None:
                form = suite.forms[expectation.columns[0]]
                yield _moment(bound, step) if form is Form.TIME else _number(column, bound + step)


def _is_value_of(column: Column, seen: FrameColumn) -> bool:
    """Whether an expectation on a column that is seen bounds the values of a table's column."""
    return seen.name == column.name or seen.sources == ("metric", column.name)


def _moment(bound: str, days: int) -> datetime:
    return datetime.fromisoformat(bound).astimezone(UTC) + timedelta(days=days)


def _number(column: Column, value: float) -> float:
    return value if pa.types.is_floating(column.type) else int(value)
