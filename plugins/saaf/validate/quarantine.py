"""Rows that leave the run: each becomes one row of ``rejected``, with the expectation that it broke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from saaf.reasons import Reason
from saaf.tables import REJECTED
from saaf.validate.suite import Expectation
from saaf.validate.tally import shown_value

KEYS = ("doc_id", "source", "uri", "record")
"""Columns that say which document a row is."""


def key(name: str) -> str:
    """What a column of keys is called in a part, apart from the columns that expectations see."""
    return f"key:{name}"


def quarantine(part: pa.Table, reasons: Mapping[int, Expectation], run_id: str) -> pa.RecordBatch:
    """REJECTED rows for rows of a part.

    Args:
        part: Keys and derived columns.
        reasons: The expectation that a row breaks, by the row's number in the part.
        run_id: The run.

    Returns:
        A row each, but for rows that lack a key: those cannot be named, and fail the gate anyway.
    """
    found = part.take(pa.array(list(reasons), pa.int64())).to_pylist()
    rows = [
        {
            **{name: row[key(name)] for name in KEYS},
            "stage": "validate",
            "reason": Reason.QUARANTINED,
            "rule": expectation.label,
            "value": _value([row[name] for name in expectation.columns]),
            "threshold": expectation.bound,
            "run_id": run_id,
        }
        for row, expectation in zip(found, reasons.values(), strict=True)
    ]
    return REJECTED.batch(row for row in rows if all(row[name] is not None for name in KEYS))


def in_order(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """All quarantined rows in one batch, in an order that does not depend on how they came."""
    table = pa.Table.from_batches(batches, schema=REJECTED.schema)
    table = table.sort_by([(name, "ascending") for name in ("doc_id", "uri", "record", "rule", "value")])
    arrays = [column.combine_chunks() for column in table.columns]
    return REJECTED.conform(pa.RecordBatch.from_arrays(arrays, names=list(REJECTED.names)))


def _value(values: Sequence[object]) -> str | None:
    """The values that broke it, as JSON; null for strings, which may hold anything."""
    if any(isinstance(value, str) for value in values):
        return None
    return ", ".join(map(shown_value, values))
