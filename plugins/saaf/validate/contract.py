"""A table's own contract: the columns, types and nulls that its schema declares.

It is held by Arrow, batch for batch, before Great Expectations sees anything: its checks of types
give other answers with every version of pandas.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from saaf.tables import Column, Table
from saaf.validate.columns import plain_type


@dataclass
class Contract:
    """What was found to break a table's schema, counted over batches.

    Attributes:
        table: The table.
        structure: Columns that are missing or of another type: the rows cannot be looked at.
        rows: Rows with a null, or with a number that is none, where none may be; by column.
    """

    table: Table
    structure: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.structure and not self.rows

    @property
    def problems(self) -> list[str]:
        """What was found, a sentence each, in the table's order."""
        counted = [
            f"column {name} holds {self.rows[name]} null(s) or NaN(s) where none may be"
            for name in self.table.names
            if self.rows[name]
        ]
        return [*self.structure, *counted]

    def admits(self, batch: pa.RecordBatch) -> bool:
        """Look at a batch.

        Returns:
            Whether its columns are those of the table, so that its rows can be looked at. Columns
            that the table does not have do no harm.
        """
        self.structure = [problem for column in self.table.columns if (problem := _misfit(column, batch))]
        if self.structure:
            return False
        for column in self.table.columns:
            if wrong := _wrong_rows(column, batch.column(column.name)):
                self.rows[column.name] += wrong
        return True


def _misfit(column: Column, batch: pa.RecordBatch) -> str | None:
    found = batch.schema.get_all_field_indices(column.name)
    if len(found) != 1:
        return f"column {column.name} is {'missing' if not found else 'there twice'}"
    kind = batch.schema.field(found[0]).type
    same = plain_type(kind) == plain_type(column.type)
    return None if same else f"column {column.name} is {kind}, not {column.type}"


def _wrong_rows(column: Column, values: pa.Array) -> int:
    nulls = values.null_count if column.null is None else 0
    # pandas takes NaN for null, and most expectations leave nulls out: it would pass them all.
    nans = (pc.sum(pc.is_nan(values)).as_py() or 0) if pa.types.is_floating(column.type) else 0
    return int(nulls + nans)
