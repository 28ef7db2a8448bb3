"""Suites of expectations: JSON that people edit, held to be whole before it is used.

Great Expectations leaves an expectation that it does not understand out of the suite and goes on,
so a typing error would pass every check. Here every such error refuses the whole suite.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from saaf.errors import SuiteError
from saaf.tables import TABLES, Table
from saaf.validate.catalogue import CATALOGUE, REFUSED, Kind, Scope
from saaf.validate.columns import Form, FrameColumn, frame_columns

SEVERITIES = ("critical", "warning", "info")
ON_FAIL = ("fail", "quarantine", "warn")
QUARANTINE_TABLES = ("bronze", "silver")
"""Tables whose rows can be quarantined: later, copies of a document have been dropped for it."""

_SEVERITIES_OF = {"fail": ("critical",), "quarantine": ("critical", "warning"), "warn": ("warning", "info")}
_SUITE_KEYS = frozenset({"name", "expectations", "meta", "notes", "id"})
_EXPECTATION_KEYS = frozenset({"type", "kwargs", "severity", "meta", "description", "notes", "id"})
_META_KEYS = frozenset({"on_fail", "why"})
_OLD_KEYS = {"expectation_suite_name": "name", "expectation_type": "type"}


@dataclass(frozen=True)
class Expectation:
    """One expectation, as it stands in the suite's file.

    Attributes:
        position: Its place in the file, from 1.
        type: Its type, as Great Expectations calls it.
        kwargs: Its arguments; bounds of dates and times in ISO form, with a time zone.
        severity: critical, warning or info.
        on_fail: What a failure does: fail, quarantine or warn.
        why: Why it is asked for, one sentence.
        description: What it asks for, for people; empty where the file does not say.
    """

    position: int
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    on_fail: str
    why: str
    description: str = ""

    @property
    def kind(self) -> Kind:
        """What the catalogue says of its type."""
        return CATALOGUE[self.type]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at; none for the table as a whole."""
        named: list[str] = []
        for argument in self.kind.columns:
            value = self.kwargs[argument]
            named.extend([value] if isinstance(value, str) else value)
        return tuple(named)

    @property
    def mostly(self) -> float:
        """The share of rows for which it must hold."""
        return float(self.kwargs.get("mostly", 1.0))

    @property
    def bound(self) -> str:
        """What it asks for, in short."""
        said = self.kind.bound(self.kwargs)
        return said if self.mostly == 1 else f"{said}, for at least {self.mostly:.6g} of the rows"

    @property
    def label(self) -> str:
        """Type and columns, as messages and tables name it."""
        return f"{self.type}({', '.join(self.columns)})"


@dataclass(frozen=True)
class Suite:
    """A suite that was loaded whole.

    Attributes:
        name: Its name, which is its table's.
        table: The table that it is for.
        path: The file it was read from.
        expectations: Its expectations, in the file's order.
        size: How many the file holds; a gate that evaluates fewer is broken.
    """

    name: str
    table: Table
    path: Path
    expectations: tuple[Expectation, ...]
    size: int

    @cached_property
    def frame_columns(self) -> tuple[FrameColumn, ...]:
        """The columns that its expectations look at, in the table's order."""
        wanted = {name for expectation in self.expectations for name in expectation.columns}
        return tuple(column for name, column in frame_columns(self.table).items() if name in wanted)

    @cached_property
    def forms(self) -> dict[str, Form]:
        """What the values of each of these columns are."""
        return {column.name: column.form for column in self.frame_columns}


def load_suite(path: Path) -> Suite:
    """Read a suite and hold it to be whole.

    It is built and run once, on a few made-up rows, so that what Great Expectations would leave
    out or trip over is refused here and not in the middle of a run. The first call in a process
    imports Great Expectations, which takes seconds.

    Args:
        path: A JSON file in the form of Great Expectations 1.x; ``name`` is the table's name.

    Raises:
        SuiteError: The file is not there or not JSON, or an expectation in it cannot be used. The
            error names file, place and type of the expectation.
    """
    from saaf.validate.probe import try_out

    path = Path(path)
    raw = _read(path)
    table = _table(raw, path)
    columns = frame_columns(table)
    expectations = tuple(
        _Reader(path, position, table, columns).read(item) for position, item in enumerate(raw["expectations"], start=1)
    )
    _refuse_twins(expectations, path)
    suite = Suite(table.name, table, path, expectations, size=len(raw["expectations"]))
    try_out(suite)
    return suite


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except FileNotFoundError:
        raise SuiteError(
            f"there is no expectation suite {path}",
            next_step="put one there: docs/validation.md says how; a gate without a suite would pass anything",
        ) from None
    except json.JSONDecodeError as error:
        raise SuiteError(
            f"the suite is not valid JSON: {error.msg}",
            where=f"{path}, line {error.lineno}, column {error.colno}",
            next_step="mend the line; a comma too many or too few is the usual cause",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise SuiteError(
            f"the suite cannot be read: {error}", where=str(path), next_step="mend the file and run again"
        ) from None
    if not isinstance(raw, dict):
        raise SuiteError(
            f"the suite is a JSON {type(raw).__name__}, not an object",
            where=str(path),
            next_step='begin the file with {"name": ..., "expectations": [...]}',
        )
    return raw


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValueError(f"the key {twice[0]!r} stands twice in one object, and only one of them would count")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _table(raw: Mapping[str, Any], path: Path) -> Table:
    for old, new in _OLD_KEYS.items():
        if old in raw:
            raise SuiteError(
                f"the suite is written for Great Expectations 0.x: it has the key {old!r}",
                where=str(path),
                next_step=f"write {new!r} instead, and `type` for `expectation_type`: docs/validation.md shows the form",
            )
    if unknown := sorted(raw.keys() - _SUITE_KEYS):
        raise SuiteError(
            f"the suite has a key that means nothing: {unknown[0]!r}",
            where=str(path),
            next_step=f"remove it; these are known: {', '.join(sorted(_SUITE_KEYS))}",
        )
    name = raw.get("name")
    if not isinstance(name, str) or name not in TABLES:
        raise SuiteError(
            f"the suite's name is {name!r}, which is no table",
            where=str(path),
            next_step=f"name it after the table that it checks: {', '.join(TABLES)}",
        )
    if not isinstance(raw.get("expectations"), list) or not raw["expectations"]:
        raise SuiteError(
            "the suite holds no expectations, so it would pass anything",
            where=str(path),
            next_step="add at least one, or take the suite that comes with Saaf",
        )
    return TABLES[name]


def _refuse_twins(expectations: Iterable[Expectation], path: Path) -> None:
    seen: dict[tuple[str, str], int] = {}
    for expectation in expectations:
        key = (expectation.label, expectation.bound)
        if key in seen:
            raise SuiteError(
                f"{expectation.label} asks for the same twice: {expectation.bound}",
                where=f"{path}, expectations {seen[key]} and {expectation.position}",
                next_step="remove one of them",
            )
        seen[key] = expectation.position


@dataclass(frozen=True)
class _Reader:
    """Reads one expectation; every refusal says which one it was."""

    path: Path
    position: int
    table: Table
    columns: Mapping[str, FrameColumn]

    def read(self, item: object) -> Expectation:
        if not isinstance(item, dict):
            self._refuse("", f"it is a JSON {type(item).__name__}, not an object", "write it as an object")
        kind_name = self._type(item)
        if unknown := sorted(item.keys() - _EXPECTATION_KEYS):
            self._refuse(
                kind_name,
                f"it has a key that means nothing: {unknown[0]!r}",
                f"remove it; these are known: {', '.join(sorted(_EXPECTATION_KEYS))}",
            )
        kwargs = item.get("kwargs", {})
        if not isinstance(kwargs, dict):
            self._refuse(kind_name, "its `kwargs` are not an object", 'write "kwargs": {"column": ...}')
        meta = item.get("meta")
        if not isinstance(meta, dict) or meta.keys() != _META_KEYS:
            self._refuse(
                kind_name,
                'its `meta` must hold "on_fail" and "why", and nothing else',
                'write "meta": {"on_fail": "fail", "why": "One sentence."}',
            )
        why = meta["why"]
        if not isinstance(why, str) or not why.strip():
            self._refuse(kind_name, "its `why` is empty", "say in one sentence why it is asked for")
        severity, on_fail = self._consequence(kind_name, item.get("severity"), meta["on_fail"], kwargs)
        return Expectation(
            self.position,
            kind_name,
            self._arguments(kind_name, kwargs),
            severity,
            on_fail,
            why,
            str(item.get("description") or ""),
        )

    def _refuse(self, kind_name: str, what: str, next_step: str) -> NoReturn:
        said = f"{kind_name}: {what}" if kind_name else what
        raise SuiteError(said, where=f"{self.path}, expectation {self.position}", next_step=next_step)

    def _type(self, item: Mapping[str, Any]) -> str:
        if "expectation_type" in item:
            self._refuse(
                str(item["expectation_type"]),
                "it is written for Great Expectations 0.x",
                "write `type` instead of `expectation_type`",
            )
        name = item.get("type")
        if not isinstance(name, str):
            self._refuse("", f"its `type` is {name!r}", 'name a type, such as "expect_column_values_to_not_be_null"')
        if name in CATALOGUE:
            return name
        if name in REFUSED:
            self._refuse(name, f"this type cannot be used here: {REFUSED[name]}", "docs/validation.md lists the others")
        return self._refuse(name, "there is no such type", _nearest(name, CATALOGUE))

    def _consequence(
        self, kind_name: str, severity: object, on_fail: object, kwargs: Mapping[str, Any]
    ) -> tuple[str, str]:
        if severity not in SEVERITIES:
            self._refuse(kind_name, f"its severity is {severity!r}", f"write one of: {', '.join(SEVERITIES)}")
        if on_fail not in ON_FAIL:
            self._refuse(kind_name, f"its on_fail is {on_fail!r}", f"write one of: {', '.join(ON_FAIL)}")
        if severity not in _SEVERITIES_OF[on_fail]:
            fitting = " or ".join(_SEVERITIES_OF[on_fail])
            self._refuse(
                kind_name,
                f"severity {severity!r} contradicts on_fail {on_fail!r}",
                f"with {on_fail!r} the severity is {fitting}",
            )
        if on_fail == "quarantine":
            self._may_quarantine(kind_name, kwargs)
        return severity, on_fail

    def _may_quarantine(self, kind_name: str, kwargs: Mapping[str, Any]) -> None:
        if CATALOGUE[kind_name].scope is not Scope.ROW:
            self._refuse(
                kind_name,
                "it judges the table and not a row, so there is no row to quarantine",
                'write "on_fail": "fail" or "warn"',
            )
        if self.table.name not in QUARANTINE_TABLES:
            self._refuse(
                kind_name,
                f"rows of {self.table.name} cannot be quarantined: other documents may have been dropped for them",
                f'write "fail" or "warn", or ask for it in {" or ".join(QUARANTINE_TABLES)}',
            )
        if "mostly" in kwargs:
            self._refuse(
                kind_name,
                "`mostly` has no meaning with quarantine: every row is judged by itself",
                "remove `mostly`; `max_quarantined_share` in the configuration bounds how many rows may go",
            )

    def _arguments(self, kind_name: str, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = CATALOGUE[kind_name]
        for argument in kwargs:
            if argument not in kind.arguments:
                self._refuse(kind_name, f"it takes no argument {argument!r}", _nearest(argument, kind.arguments))
        for argument in (*kind.columns, *kind.required):
            if kwargs.get(argument) in (None, [], ""):
                self._refuse(kind_name, f"it needs the argument {argument!r}", "without it, it would hold for anything")
        if kind.one_of and all(kwargs.get(argument) is None for argument in kind.one_of):
            wanted = " or ".join(kind.one_of)
            self._refuse(kind_name, f"it needs the argument {wanted}", "without one, it would hold for anything")
        self._share(kind_name, kwargs)
        columns = [self._column(kind_name, name) for name in self._named(kind_name, kind, kwargs)]
        self._fits(kind_name, kwargs, columns)
        return _in_utc(kwargs) if any(column.form is Form.TIME for column in columns) else dict(kwargs)

    def _share(self, kind_name: str, kwargs: Mapping[str, Any]) -> None:
        mostly = kwargs.get("mostly", 1)
        if not _is_number(mostly) or not 0 < mostly <= 1:
            self._refuse(kind_name, f"its `mostly` is {mostly!r}", "give a share above 0, up to 1")

    def _named(self, kind_name: str, kind: Kind, kwargs: Mapping[str, Any]) -> list[str]:
        named: list[str] = []
        for argument in kind.columns:
            value = kwargs[argument]
            names = value if argument == "column_list" and isinstance(value, list) else [value]
            if not all(isinstance(name, str) for name in names):
                self._refuse(kind_name, f"its {argument} is {value!r}", "name a column")
            named.extend(names)
        return named

    def _column(self, kind_name: str, name: str) -> FrameColumn:
        if name in self.columns:
            return self.columns[name]
        if name in self.table.names:
            derived = ", ".join(column.name for column in self.columns.values() if name in column.sources)
            self._refuse(kind_name, f"the column {name!r} is not shown to expectations", f"use one of: {derived}")
        return self._refuse(kind_name, f"table {self.table.name} has no column {name!r}", _nearest(name, self.columns))

    def _fits(self, kind_name: str, kwargs: Mapping[str, Any], columns: Sequence[FrameColumn]) -> None:
        """Refuse arguments that could never meet a value of the columns' form."""
        if kind_name.endswith("_regex"):
            self._pattern(kind_name, kwargs["regex"])
        of_codes = kind_name.endswith(("_regex", "_format")) or "value_lengths" in kind_name
        for column in columns:
            if of_codes and column.form is not Form.CODE:
                self._refuse(kind_name, f"{column.name!r} holds no strings", "use an expectation on its values")
            for value in self._values(kind_name, kwargs):
                if column.form is Form.TIME or not _FITS[column.form](value):
                    self._refuse(
                        kind_name,
                        f"{value!r} can never be a value of {column.name!r}",
                        f"give values of the form: {column.form.value}",
                    )
            self._bounds(kind_name, kwargs, column)

    def _values(self, kind_name: str, kwargs: Mapping[str, Any]) -> list[Any]:
        values = kwargs.get("value_set", [])
        if not isinstance(values, list):
            self._refuse(kind_name, f"its value_set is {values!r}", "write a list")
        return values

    def _bounds(self, kind_name: str, kwargs: Mapping[str, Any], column: FrameColumn) -> None:
        of_values = kind_name in _BOUNDS_ARE_VALUES
        for argument in ("min_value", "max_value"):
            bound = kwargs.get(argument)
            if bound is None:
                continue
            fits = _FITS[column.form] if of_values and column.form is Form.TIME else _is_number
            if not fits(bound) or (of_values and column.form in (Form.CODE, Form.TRUTH)):
                self._refuse(
                    kind_name,
                    f"its {argument} {bound!r} cannot bound {column.name!r}",
                    "bound numbers by numbers, dates and times by ISO dates in quotes",
                )

    def _pattern(self, kind_name: str, pattern: object) -> None:
        import re2

        quiet = re2.Options()
        quiet.log_errors = False
        try:
            re2.compile(pattern, quiet)
        except (re2.error, TypeError) as error:
            reason = error.args[0] if error.args else error
            said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
            self._refuse(
                kind_name,
                f"its regex {pattern!r} is not valid: {said}",
                r"write it in RE2 syntax, which has no look-around and no back-references; the end is `\z`",
            )


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


_FITS = {
    Form.CODE: lambda value: isinstance(value, str),
    Form.NUMBER: _is_number,
    Form.TRUTH: lambda value: isinstance(value, bool),
    Form.TIME: _is_time,
}


def _in_utc(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Give bounds a time zone: compared with a time that has one, a bound without one is an error."""

    def aware(value: str) -> str:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()

    return {k: aware(v) if k in ("min_value", "max_value") and v is not None else v for k, v in kwargs.items()}


def _nearest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"these are known: {', '.join(known)}"
