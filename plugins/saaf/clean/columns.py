"""Columns in, columns out: what cleaning reads of bronze, and how what it says of each document becomes silver."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from saaf.clean.scan import MOST_BYTES, encode
from saaf.reasons import Reason
from saaf.tables import BRONZE, REJECTED, SILVER

if TYPE_CHECKING:
    import numpy.typing as npt

Row = Mapping[str, Any]
"""What cleaning says of a document, by column; its ``text`` as code points."""


class Given(NamedTuple):
    """What cleaning looks at of a bronze row."""

    raw: str
    site: str | None
    title: str | None
    date: str | None


@dataclass(frozen=True)
class Refusal:
    """Why a document does not go on: the columns of table ``rejected`` of these names."""

    reason: Reason
    rule: str | None = None
    value: str | None = None
    threshold: str | None = None


_CARRIED = frozenset(BRONZE.names).intersection(SILVER.names)
_SAID_OF_REJECTED = [name for name in REJECTED.names if name in BRONZE.names]
SAID_OF_CLEANED = [name for name in SILVER.names if name not in _CARRIED]
"""The columns of silver that cleaning fills."""
_OF_ROWS = [name for name in SAID_OF_CLEANED if name not in {"text", "removed"}]
_OF_SPANS = SILVER.schema.field("removed").type
_values_of = operator.itemgetter(*_OF_ROWS)
_READ_AT_A_TIME = 16
"""Rows of bronze."""
_SPARE = 1 << 16
"""Bytes of room for texts beyond those of the raw ones: cleaning makes most texts shorter."""


def given_rows(bronze: pa.RecordBatch) -> Iterator[Given]:
    """What cleaning looks at of each row, read a few rows at a time, so that a page is near when its turn comes."""
    columns = [bronze.column(name) for name in ("raw_text", "site", "given_title", "given_date")]
    for start in range(0, bronze.num_rows, _READ_AT_A_TIME):
        values = (column.slice(start, _READ_AT_A_TIME).to_pylist() for column in columns)
        yield from itertools.starmap(Given, zip(*values, strict=True))


class _Texts:
    """A column of texts, written as UTF-8 straight into the memory that Arrow then holds.

    Args:
        room: Bytes to begin with.
    """

    def __init__(self, room: int) -> None:
        self._bytes = np.empty(room, np.uint8)
        self._until = [0]

    def add(self, text: npt.NDArray[np.uint32]) -> None:
        """Append a text, given as code points without surrogates."""
        length = self._until[-1]
        needed = length + MOST_BYTES * len(text)
        if needed > len(self._bytes):
            larger = np.empty(2 * needed, np.uint8)
            larger[:length] = self._bytes[:length]
            self._bytes = larger
        self._until.append(encode(text, 0, len(text), self._bytes, length))

    def array(self) -> pa.StringArray:
        """The column."""
        until = np.array(self._until, np.int32)
        return pa.StringArray.from_buffers(len(until) - 1, pa.py_buffer(until), pa.py_buffer(self._bytes[: until[-1]]))


class SilverColumns:
    """The columns of silver that cleaning fills, built up a row at a time.

    Of a document only what Arrow takes is held on to: text as UTF-8, spans as numbers and names. A thousand documents
    are a hundred thousand objects else, which the collector of garbage would look through again and again.

    Args:
        bronze: The rows that are cleaned.
    """

    def __init__(self, bronze: pa.RecordBatch) -> None:
        self._bronze = bronze
        self._rows: list[tuple[Any, ...]] = []
        self._texts = _Texts(bronze.column("raw_text").nbytes + _SPARE)
        self._removed_until = [0]
        self._removed: list[list[Any]] = [[] for _ in _OF_SPANS.value_type]

    def add(self, row: Row) -> None:
        """Take what was found out about the next document."""
        self._rows.append(_values_of(row))
        self._texts.add(row["text"])
        removed = row["removed"]
        if removed:
            for values, parts in zip(self._removed, zip(*removed, strict=True), strict=True):
                values.extend(parts)
        self._removed_until.append(self._removed_until[-1] + len(removed))

    def batch(self) -> pa.RecordBatch:
        """The silver batch: this, and what bronze holds already, as it is."""
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(_OF_ROWS)
        said = dict(zip(_OF_ROWS, columns, strict=True))
        arrays = []
        for column in SILVER.columns:
            if column.name in _CARRIED:
                arrays.append(self._bronze.column(column.name))
            elif column.name == "text":
                arrays.append(self._texts.array())
            elif column.name == "removed":
                arrays.append(self._spans())
            else:
                arrays.append(pa.array(said[column.name], column.type))
        return pa.RecordBatch.from_arrays(arrays, schema=SILVER.schema)

    def _spans(self) -> pa.Array:
        """The spans of each document, column by column: a dictionary for every span would take ten times as long."""
        fields = list(_OF_SPANS.value_type)
        structs = pa.StructArray.from_arrays(
            [pa.array(values, field.type) for values, field in zip(self._removed, fields, strict=True)], fields=fields
        )
        return pa.ListArray.from_arrays(pa.array(self._removed_until, pa.int32()), structs, type=_OF_SPANS)


def rejected_rows(bronze: pa.RecordBatch, refused: Sequence[tuple[int, Refusal]]) -> pa.RecordBatch:
    """The rows of table ``rejected`` for the documents that do not go on.

    Args:
        bronze: The rows that were cleaned.
        refused: The numbers of some of them, each with why.
    """
    documents = (
        bronze.select(_SAID_OF_REJECTED).take(pa.array([number for number, _ in refused], pa.int64())).to_pylist()
    )
    return REJECTED.batch(
        {
            **document,
            "stage": "clean",
            "reason": refusal.reason.value,
            "rule": refusal.rule,
            "value": refusal.value,
            "threshold": refusal.threshold,
        }
        for document, (_, refusal) in zip(documents, refused, strict=True)
    )
