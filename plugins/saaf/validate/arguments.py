"""The arguments of an expectation, held against what its type takes and its columns can hold.

Great Expectations takes much that can never fail: a pattern left out, a set of no values, a set of
strings for a column of numbers. Such an expectation is worse than none, and is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from saaf.errors import SuiteError
from saaf.tables import Table
from saaf.validate.catalogue import Kind
from saaf.validate.columns import Form, FrameColumn


@dataclass(frozen=True)
class Asked:
    """An expectation as a file asks for it, before its arguments are known to be good.

    Attributes:
        type: Its type.
        kind: What the catalogue says of the type.
        kwargs: Its arguments.
        where: File and place, for the error.
    """

    type: str
    kind: Kind
    kwargs: Mapping[str, Any]
    where: str

    def refuse(self, what: str, next_step: str) -> NoReturn:
        """Refuse it.

        Raises:
            SuiteError: Always.
        """
        raise SuiteError(f"{self.type}: {what}", where=self.where, next_step=next_step)


def arguments(asked: Asked, table: Table, columns: Mapping[str, FrameColumn]) -> dict[str, Any]:
    """The arguments to hand to Great Expectations.

    Args:
        asked: The expectation.
        table: The table that it is for.
        columns: The columns that it may name.

    Returns:
        Its arguments; bounds of dates and times have a time zone.

    Raises:
        SuiteError: One is missing, means nothing, or can never meet a value of its column.
    """
    _hold_names(asked)
    mostly = asked.kwargs.get("mostly", 1)
    if not _is_number(mostly) or not 0 < mostly <= 1:
        asked.refuse(f"its `mostly` is {mostly!r}", "give a share above 0, up to 1")
    if asked.type.endswith("_regex"):
        _hold_pattern(asked)
    named = [_column(asked, name, table, columns) for name in _named(asked)]
    for column in named:
        _hold_values(asked, column)
        _hold_bounds(asked, column)
    return _in_utc(asked.kwargs) if any(column.form is Form.TIME for column in named) else dict(asked.kwargs)


def nearest(name: str, known: Iterable[str]) -> str:
    """A next step for a name that is not known: the names most like it, or all."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"these are known: {', '.join(known)}"


def _hold_names(asked: Asked) -> None:
    kind, given = asked.kind, asked.kwargs
    for argument in given:
        if argument not in kind.arguments:
            asked.refuse(f"it takes no argument {argument!r}", nearest(argument, kind.arguments))
    for argument in (*kind.columns, *kind.required):
        if given.get(argument) in (None, [], ""):
            asked.refuse(f"it needs the argument {argument!r}", "give it; without it, it would hold for anything")
    if kind.one_of and all(given.get(argument) is None for argument in kind.one_of):
        wanted = " or ".join(kind.one_of)
        asked.refuse(f"it needs the argument {wanted}", "give one; without, it would hold for anything")


def _named(asked: Asked) -> list[str]:
    named: list[str] = []
    for argument in asked.kind.columns:
        value = asked.kwargs[argument]
        names = value if argument == "column_list" and isinstance(value, list) else [value]
        if not all(isinstance(name, str) for name in names):
            asked.refuse(f"its {argument} is {value!r}", "name a column")
        named.extend(names)
    return named


def _column(asked: Asked, name: str, table: Table, columns: Mapping[str, FrameColumn]) -> FrameColumn:
    if name in columns:
        return columns[name]
    if name in table.names:
        derived = ", ".join(column.name for column in columns.values() if name in column.sources)
        asked.refuse(f"the column {name!r} is not shown to expectations", f"use one of: {derived}")
    return asked.refuse(f"table {table.name} has no column {name!r}", nearest(name, columns))


def _hold_pattern(asked: Asked) -> None:
    import re2

    quiet = re2.Options()
    quiet.log_errors = False
    pattern = asked.kwargs["regex"]
    try:
        re2.compile(pattern, quiet)
    except (re2.error, TypeError) as error:
        reason = error.args[0] if error.args else error
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        asked.refuse(
            f"its regex {pattern!r} is not valid: {said}",
            r"write it in RE2 syntax, which has no look-around and no back-references; the end is `\z`",
        )


def _hold_values(asked: Asked, column: FrameColumn) -> None:
    of_strings = asked.type.endswith(("_regex", "_format")) or "value_lengths" in asked.type
    if of_strings and column.form is not Form.CODE:
        asked.refuse(f"{column.name!r} holds no strings", "use an expectation on its values")
    values = asked.kwargs.get("value_set", [])
    if not isinstance(values, list):
        asked.refuse(f"its value_set is {values!r}", "write a list")
    for value in values:
        if column.form is Form.TIME or not _FITS[column.form](value):
            asked.refuse(
                f"{value!r} can never be a value of {column.name!r}", f"give values of the form: {column.form.value}"
            )


def _hold_bounds(asked: Asked, column: FrameColumn) -> None:
    of_values = asked.type in _BOUNDS_ARE_VALUES
    for argument in ("min_value", "max_value"):
        bound = asked.kwargs.get(argument)
        if bound is None:
            continue
        fits = _is_time if of_values and column.form is Form.TIME else _is_number
        if not fits(bound) or (of_values and column.form in (Form.CODE, Form.TRUTH)):
            asked.refuse(
                f"its {argument} {bound!r} cannot bound {column.name!r}",
                "bound numbers by numbers, dates and times by ISO dates in quotes",
            )


# Those of lengths, counts and shares are numbers whatever the column holds.
_BOUNDS_ARE_VALUES = frozenset(
    {
        "expect_column_values_to_be_between",
        "expect_column_min_to_be_between",
        "expect_column_max_to_be_between",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_sum_to_be_between",
    }
)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


_FITS: dict[Form, Callable[[object], bool]] = {
    Form.CODE: lambda value: isinstance(value, str),
    Form.NUMBER: _is_number,
    Form.TRUTH: lambda value: isinstance(value, bool),
}


def _in_utc(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Give bounds a time zone: compared with a time that has one, a bound without one is an error."""

    def aware(value: object) -> object:
        if not isinstance(value, str):
            return value
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()

    return {k: aware(v) if k in ("min_value", "max_value") else v for k, v in kwargs.items()}
