"""Suites are JSON that people edit; here a file is held to be whole before it is used.

Great Expectations leaves an expectation that it does not understand out of the suite and goes on,
so a typing error would pass every check. Here every such error refuses the whole suite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from saaf.errors import SuiteError
from saaf.tables import FIGURES, TABLES, Table
from saaf.validate.arguments import Asked, arguments, nearest
from saaf.validate.catalogue import CATALOGUE, REFUSED, Scope
from saaf.validate.columns import FrameColumn, frame_columns
from saaf.validate.suite import Expectation, Suite

QUARANTINE_TABLES = ("bronze", "silver")
"""Tables whose rows can be quarantined: later, copies of a document have been dropped for it."""

_SEVERITIES = {
    "fail": ("critical",),
    "quarantine": ("critical", "warning"),
    "ask": ("critical", "warning"),
    "warn": ("warning", "info"),
}
_OLD_KEYS = {"expectation_suite_name": "name", "expectation_type": "type"}


_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Meta(_Strict):
    on_fail: Literal["fail", "quarantine", "ask", "warn"]
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Item(_Strict):
    type: str
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning", "info"]
    meta: _Meta
    description: str = ""
    notes: Any = None
    id: str | None = None


class _File(_Strict):
    name: str
    expectations: list[Any]
    meta: Any = None
    notes: Any = None
    id: str | None = None


def load_suite(path: Path, *, tried_out: bool = True) -> Suite:
    """Read a suite and hold it to be whole.

    It is built and run once, on a few made-up rows, so that what Great Expectations would leave
    out or trip over is refused here and not in the middle of a run. The first call in a process
    imports Great Expectations, which takes seconds.

    Args:
        path: A JSON file in the form of Great Expectations 1.x; ``name`` is the table's name.
        tried_out: Whether to run it; a gate does not, since its canary does more.

    Raises:
        SuiteError: The file is not there or not JSON, or an expectation in it cannot be used. The
            error names file, place and type of the expectation.
    """
    from saaf.validate.probe import hold_understood, try_out

    path = Path(path)
    raw = _parse(path)
    _refuse_old_form(raw, str(path))
    _refuse_empty(raw, str(path))
    file = _fitting(_File, raw, "the suite", str(path))
    table = _table(file.name, path)
    columns = frame_columns(table)
    expectations = tuple(
        _expectation(item, path, position, table, columns) for position, item in enumerate(file.expectations, start=1)
    )
    _refuse_twins(expectations, path)
    suite = Suite(table.name, table, path, expectations, size=len(file.expectations))
    hold_understood(suite)
    if tried_out:
        try_out(suite)
    return suite


def _parse(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
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


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValueError(f"the key {twice[0]!r} stands twice in one object, and only one of them would count")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_old_form(raw: Any, where: str) -> None:
    for old, new in _OLD_KEYS.items():
        if isinstance(raw, dict) and old in raw:
            raise SuiteError(
                f"the suite is written for Great Expectations 0.x: it has the key {old!r}",
                where=where,
                next_step=f"write {new!r} instead; docs/validation.md shows the form",
            )


def _fitting(model: type[_Model], raw: Any, what: str, where: str) -> _Model:
    if not isinstance(raw, dict):
        raise SuiteError(
            f"{what} is a JSON {type(raw).__name__}, not an object",
            where=where,
            next_step="docs/validation.md shows the form",
        )
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        found = "" if first["type"] in ("missing", "extra_forbidden") else f" (found {first['input']!r})"
        raise SuiteError(
            f"{what}: `{'.'.join(map(str, first['loc']))}`: {first['msg']}{found}",
            where=where,
            next_step="docs/validation.md shows the form",
        ) from None


def _refuse_empty(raw: Any, where: str) -> None:
    if isinstance(raw, dict) and not raw.get("expectations"):
        raise SuiteError(
            "the suite holds no expectations, so it would pass anything",
            where=where,
            next_step="add at least one, or take the suite that comes with Saaf",
        )


def _table(name: str, path: Path) -> Table:
    if name in TABLES:
        return TABLES[name]
    raise SuiteError(
        f"the suite's name is {name!r}, which is no table",
        where=str(path),
        next_step=f"name it after the table that it checks: {', '.join(TABLES)}",
    )


def _expectation(raw: Any, path: Path, position: int, table: Table, columns: Mapping[str, FrameColumn]) -> Expectation:
    where = f"{path}, expectation {position}"
    _refuse_old_form(raw, where)
    said = raw.get("type") if isinstance(raw, dict) else None
    item = _fitting(_Item, raw, said if isinstance(said, str) else "an expectation", where)
    if item.type not in CATALOGUE:
        _refuse_type(item.type, where)
    asked = Asked(item.type, CATALOGUE[item.type], item.kwargs, where)
    _hold_consequence(asked, item, table)
    return Expectation(
        position,
        item.type,
        arguments(asked, table, columns),
        item.severity,
        item.meta.on_fail,
        item.meta.why,
        item.description,
    )


def _refuse_type(name: str, where: str) -> NoReturn:
    if name in REFUSED:
        raise SuiteError(
            f"{name}: this type cannot be used here: {REFUSED[name]}",
            where=where,
            next_step="docs/validation.md lists those that can",
        )
    raise SuiteError(f"{name}: there is no such type", where=where, next_step=nearest(name, CATALOGUE))


def _hold_consequence(asked: Asked, item: _Item, table: Table) -> None:
    """Refuse a severity that contradicts what a failure does, and a quarantine of what is no row."""
    on_fail = item.meta.on_fail
    if item.severity not in _SEVERITIES[on_fail]:
        asked.refuse(
            f"severity {item.severity!r} contradicts on_fail {on_fail!r}",
            f"with {on_fail!r} the severity is {' or '.join(_SEVERITIES[on_fail])}",
        )
    if on_fail == "ask":
        _hold_question(asked, table)
    if on_fail != "quarantine":
        return
    if asked.kind.scope is not Scope.ROW:
        asked.refuse(
            "it judges the table and not a row, so there is no row to quarantine", 'write "on_fail": "fail" or "warn"'
        )
    if table.name not in QUARANTINE_TABLES:
        asked.refuse(
            f"rows of {table.name} cannot be quarantined: other documents may have been dropped for them",
            f'write "fail" or "warn", or ask for it in {" or ".join(QUARANTINE_TABLES)}',
        )
    if "mostly" in asked.kwargs:
        asked.refuse(
            "`mostly` has no meaning with quarantine: every row is judged by itself",
            "remove `mostly`; `max_quarantined_share` in the configuration bounds how many rows may go",
        )


def _hold_question(asked: Asked, table: Table) -> None:
    """Refuse a question that nobody could be asked: figures alone come to a person, one by one."""
    if table.name != FIGURES.name or asked.kind.scope is not Scope.ROW or "mostly" in asked.kwargs:
        asked.refuse(
            "a person is asked about single figures of a run, and about nothing else",
            f"write it as an expectation of rows of {FIGURES.name}, without `mostly`; or use another on_fail",
        )


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
