"""What a suite is once it has been read: expectations of one table, whole and in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from saaf.tables import Table
from saaf.validate.catalogue import CATALOGUE, Kind
from saaf.validate.columns import Form, FrameColumn, frame_columns


@dataclass(frozen=True)
class Expectation:
    """One expectation, as it stands in the suite's file.

    Attributes:
        position: Its place in the file, from 1.
        type: Its type, as Great Expectations calls it.
        kwargs: Its arguments; bounds of dates and times in ISO form, with a time zone.
        severity: critical, warning or info.
        on_fail: What a failure does: fail, quarantine, ask or warn.
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
