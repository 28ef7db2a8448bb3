"""The expectations that a suite may use, and how each is judged over a table seen in parts.

A table does not fit into memory, so Great Expectations sees it a part at a time. Whether the
answers for the parts can be put together depends on the type of the expectation; a type that is
not listed here is refused when a suite is loaded, instead of being answered for one part only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Scope(Enum):
    """What an expectation has to see to be judged."""

    ROW = "row"
    """Each row by itself: counts over the parts are added."""
    UNIQUE = "unique"
    """Rows against all other rows: the gate counts repeats over all parts itself."""
    WHOLE = "whole"
    """The whole of a column, or of the table: judged once, on the columns it names."""


@dataclass(frozen=True)
class Kind:
    """One type of expectation.

    Attributes:
        scope: What it has to see.
        columns: Its arguments that name a column, or a list of columns.
        required: Arguments without which it would hold for anything.
        one_of: Arguments of which at least one must be given, for the same reason.
        optional: Arguments that may be given besides.
        bound: Says in short what it asks for, from its arguments.
    """

    scope: Scope
    columns: tuple[str, ...]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    bound: Callable[[Mapping[str, Any]], str] = lambda _: ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Every argument that may be given."""
        mostly = () if self.scope is Scope.WHOLE else ("mostly",)
        return (*self.columns, *self.required, *self.one_of, *self.optional, *mostly)


def _limits(kwargs: Mapping[str, Any]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    parts = []
    if low is not None:
        parts.append(f"{'>' if kwargs.get('strict_min') else '>='} {low}")
    if high is not None:
        parts.append(f"{'<' if kwargs.get('strict_max') else '<='} {high}")
    return " and ".join(parts)


def _listed(values: object) -> str:
    return json.dumps(values, ensure_ascii=False)


_LIMITS = ("min_value", "max_value")
_STRICT = ("strict_min", "strict_max")


def _row(*required: str, bound: Callable[[Mapping[str, Any]], str]) -> Kind:
    return Kind(Scope.ROW, ("column",), required, bound=bound)


def _aggregate(said: str) -> Kind:
    return Kind(
        Scope.WHOLE, ("column",), one_of=_LIMITS, optional=_STRICT, bound=lambda kwargs: f"{said} {_limits(kwargs)}"
    )


CATALOGUE: dict[str, Kind] = {
    # Rows
    "expect_column_values_to_not_be_null": _row(bound=lambda _: "not null"),
    "expect_column_values_to_be_null": _row(bound=lambda _: "null"),
    "expect_column_values_to_be_between": Kind(Scope.ROW, ("column",), one_of=_LIMITS, optional=_STRICT, bound=_limits),
    "expect_column_values_to_be_in_set": _row("value_set", bound=lambda kwargs: f"in {_listed(kwargs['value_set'])}"),
    "expect_column_values_to_not_be_in_set": _row(
        "value_set", bound=lambda kwargs: f"not in {_listed(kwargs['value_set'])}"
    ),
    "expect_column_values_to_match_regex": _row("regex", bound=lambda kwargs: f"matches {kwargs['regex']}"),
    "expect_column_values_to_not_match_regex": _row("regex", bound=lambda kwargs: f"does not match {kwargs['regex']}"),
    "expect_column_value_lengths_to_be_between": Kind(
        Scope.ROW,
        ("column",),
        one_of=_LIMITS,
        optional=_STRICT,
        bound=lambda kwargs: f"length {_limits(kwargs)}",
    ),
    "expect_column_value_lengths_to_equal": _row("value", bound=lambda kwargs: f"length {kwargs['value']}"),
    "expect_column_values_to_match_strftime_format": _row(
        "strftime_format", bound=lambda kwargs: f"a date like {kwargs['strftime_format']}"
    ),
    "expect_column_pair_values_to_be_equal": Kind(
        Scope.ROW, ("column_A", "column_B"), optional=("ignore_row_if",), bound=lambda _: "equal"
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": Kind(
        Scope.ROW,
        ("column_A", "column_B"),
        optional=("or_equal", "ignore_row_if"),
        bound=lambda kwargs: "the first >= the second" if kwargs.get("or_equal") else "the first > the second",
    ),
    "expect_select_column_values_to_be_unique_within_record": Kind(
        Scope.ROW, ("column_list",), optional=("ignore_row_if",), bound=lambda _: "all different"
    ),
    # Rows against all others
    "expect_column_values_to_be_unique": Kind(Scope.UNIQUE, ("column",), bound=lambda _: "unique"),
    "expect_compound_columns_to_be_unique": Kind(
        Scope.UNIQUE, ("column_list",), bound=lambda _: "unique taken together"
    ),
    # The whole
    "expect_table_row_count_to_be_between": Kind(
        Scope.WHOLE, (), one_of=_LIMITS, optional=_STRICT, bound=lambda kwargs: f"rows {_limits(kwargs)}"
    ),
    "expect_table_row_count_to_equal": Kind(
        Scope.WHOLE, (), ("value",), bound=lambda kwargs: f"rows {kwargs['value']}"
    ),
    "expect_column_min_to_be_between": _aggregate("minimum"),
    "expect_column_max_to_be_between": _aggregate("maximum"),
    "expect_column_mean_to_be_between": _aggregate("mean"),
    "expect_column_median_to_be_between": _aggregate("median"),
    "expect_column_stdev_to_be_between": _aggregate("standard deviation"),
    "expect_column_sum_to_be_between": _aggregate("sum"),
    "expect_column_unique_value_count_to_be_between": _aggregate("different values"),
    "expect_column_proportion_of_non_null_values_to_be_between": _aggregate("share that is not null"),
    "expect_column_distinct_values_to_be_in_set": Kind(
        Scope.WHOLE, ("column",), ("value_set",), bound=lambda kwargs: f"all in {_listed(kwargs['value_set'])}"
    ),
    "expect_column_distinct_values_to_contain_set": Kind(
        Scope.WHOLE, ("column",), ("value_set",), bound=lambda kwargs: f"all of {_listed(kwargs['value_set'])}"
    ),
    "expect_column_most_common_value_to_be_in_set": Kind(
        Scope.WHOLE,
        ("column",),
        ("value_set",),
        optional=("ties_okay",),
        bound=lambda kwargs: f"most frequent in {_listed(kwargs['value_set'])}",
    ),
}
"""Every type that a suite may use."""

_OTHERS = "it compares a row with other rows, and the gate sees a part of the table at a time"
_SCHEMA = "the gate holds columns and types against the table's schema itself, for every batch"
_SQL = "it needs a database"
_TEXT = "no expectation sees text; use the columns derived from it"

REFUSED: dict[str, str] = {
    "expect_column_values_to_be_increasing": _OTHERS,
    "expect_column_values_to_be_decreasing": _OTHERS,
    "expect_column_value_z_scores_to_be_less_than": _OTHERS,
    "expect_column_values_to_not_be_outliers": _OTHERS,
    "expect_column_to_exist": _SCHEMA,
    "expect_column_type_to_be": _SCHEMA,
    "expect_column_values_to_be_of_type": _SCHEMA,
    "expect_column_values_to_be_in_type_list": _SCHEMA,
    "expect_table_columns_to_match_set": _SCHEMA,
    "expect_table_columns_to_match_ordered_list": _SCHEMA,
    "expect_table_column_count_to_equal": _SCHEMA,
    "expect_table_column_count_to_be_between": _SCHEMA,
    "expect_table_row_count_to_equal_other_table": _SQL,
    "expect_query_results_to_match_comparison": _SQL,
    "unexpected_rows_expectation": _SQL,
    "expect_column_values_to_match_like_pattern": _SQL,
    "expect_column_values_to_not_match_like_pattern": _SQL,
    "expect_column_values_to_match_like_pattern_list": _SQL,
    "expect_column_values_to_not_match_like_pattern_list": _SQL,
    "expect_column_values_to_be_json_parseable": _TEXT,
    "expect_column_values_to_match_json_schema": _TEXT,
    "expect_column_values_to_be_dateutil_parseable": _TEXT,
}
"""Types that Great Expectations has and the gate does not take, each with the reason."""
