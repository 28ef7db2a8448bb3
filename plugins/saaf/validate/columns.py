"""The columns that an expectation sees: never text, only what can be counted or told about it.

Text of articles must not reach Great Expectations: it would keep it in results, print it in
messages, and render it unescaped. So every column of a table is either taken as it is (numbers,
truth values, dates, and the few codes that Saaf itself writes) or replaced by columns derived
from it. The list of both is :func:`frame_columns`, and stands in ``docs/validation.md``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saaf.figures import Metric
from saaf.tables import FIGURES, REMOVED_SPAN, SIGNALS, Column, Table

SLICE_ROWS = 1024
"""Rows whose text is looked at together: bounds the memory that decoding it takes."""

_CODES = frozenset(
    {
        "doc_id",
        "kept_id",
        "source",
        "raw_sha256",
        "sha256",
        "encoding",
        "language",
        "method",
        "stage",
        "reason",
        "status",
        "config_hash",
        "ingest_date",
        "metric",
        "verdict",
    }
)
"""String columns whose values Saaf writes itself: hashes, names from the configuration, codes."""

# RE2, so that hostile text costs no more than its length.
_LETTER = r"\p{L}"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"
_BIDI_CONTROL = r"[\x{202a}-\x{202e}\x{2066}-\x{2069}]"
_REPLACEMENT = "\ufffd"


class Form(Enum):
    """What the values of a column are, which decides what may be asked of them."""

    CODE = "code"
    NUMBER = "number"
    TRUTH = "truth"
    TIME = "time"


@dataclass(frozen=True)
class FrameColumn:
    """A column that an expectation may name.

    Attributes:
        name: What a suite calls it.
        sources: The table's columns that it is made of.
        form: What its values are.
        meaning: One sentence; null wherever a source is null, unless it says otherwise.
        compute: Makes it from arrays of the sources.
    """

    name: str
    sources: tuple[str, ...]
    form: Form
    meaning: str
    compute: Callable[..., pa.Array]


def frame_columns(table: Table) -> dict[str, FrameColumn]:
    """Every column that an expectation on the table may name, by name."""
    found: list[FrameColumn] = []
    for column in table.columns:
        found.extend(_of(column))
    if "ingest_date" in table.names:
        found.extend(_days_ahead(column) for column in table.columns if column.type == pa.date32())
    if signals := [column for column in table.columns if column.name in SIGNALS]:
        found.append(_out_of_range(signals))
    if table.name == FIGURES.name:
        found.extend(_of_metrics())
    return {column.name: column for column in found}


def is_code(column: Column) -> bool:
    """Whether a string column holds values that Saaf writes itself, so that they may be shown."""
    return column.name in _CODES


def _of(column: Column) -> Iterator[FrameColumn]:
    name, kind = column.name, plain_type(column.type)
    if pa.types.is_string(kind):
        if is_code(column):
            yield FrameColumn(name, (name,), Form.CODE, column.meaning, _as_it_is)
        else:
            yield from _of_text(name)
    elif pa.types.is_boolean(kind):
        yield FrameColumn(name, (name,), Form.TRUTH, column.meaning, _as_it_is)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        yield FrameColumn(name, (name,), Form.NUMBER, column.meaning, _as_it_is)
    elif pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        yield FrameColumn(name, (name,), Form.TIME, column.meaning, _as_time)
    elif pa.types.is_list(kind):
        yield FrameColumn(f"{name}_count", (name,), Form.NUMBER, f"Entries of `{name}`.", pc.list_value_length)
        if kind.value_type == REMOVED_SPAN:
            yield from _of_spans(name)


def _of_text(name: str) -> Iterator[FrameColumn]:
    said = f"`{name}`"
    yield FrameColumn(f"{name}_n_chars", (name,), Form.NUMBER, f"Code points of {said}.", _lengths)
    yield FrameColumn(f"{name}_is_blank", (name,), Form.TRUTH, f"Whether {said} is empty or white space only.", _blank)
    yield FrameColumn(f"{name}_has_letters", (name,), Form.TRUTH, f"Whether {said} holds a letter.", _has_letters)
    yield FrameColumn(f"{name}_is_nfc", (name,), Form.TRUTH, f"Whether {said} is in Unicode form NFC.", _is_nfc)
    yield FrameColumn(
        f"{name}_control_characters",
        (name,),
        Form.NUMBER,
        f"Control characters in {said}, other than tab, line feed and carriage return.",
        _controls,
    )
    yield FrameColumn(
        f"{name}_bidi_controls",
        (name,),
        Form.NUMBER,
        f"Characters in {said} that embed, override or isolate a direction (U+202A to U+202E, U+2066 to U+2069).",
        _bidi_controls,
    )
    yield FrameColumn(
        f"{name}_replacement_characters",
        (name,),
        Form.NUMBER,
        f"Characters U+FFFD in {said}: what decoding could not read.",
        _replacements,
    )


def _of_spans(name: str) -> Iterator[FrameColumn]:
    said = f"`{name}`"
    yield FrameColumn(
        "spans_out_of_bounds",
        (name,),
        Form.NUMBER,
        f"Spans of {said} that begin before 0 or end no later than they begin.",
        _spans_out_of_bounds,
    )
    yield FrameColumn(
        "spans_overlap",
        (name,),
        Form.NUMBER,
        f"Spans of {said} that begin before the span ahead of them ends.",
        _spans_overlap,
    )
    yield FrameColumn(
        f"{name}_n_chars", (name,), Form.NUMBER, f"Code points that the spans of {said} cover.", _spans_length
    )


def _days_ahead(column: Column) -> FrameColumn:
    return FrameColumn(
        f"{column.name}_days_ahead",
        (column.name, "ingest_date"),
        Form.NUMBER,
        f"Days by which `{column.name}` lies after `ingest_date`; negative where it lies before.",
        _days_between,
    )


def _out_of_range(signals: Sequence[Column]) -> FrameColumn:
    return FrameColumn(
        "signals_out_of_range",
        tuple(column.name for column in signals),
        Form.NUMBER,
        "Signals of the text that cannot be: a share outside 0 to 1, a count or ratio below 0, no number. Never null.",
        partial(_impossible, [1.0 if column.unit == "0 to 1" else np.inf for column in signals]),
    )


def _of_metrics() -> Iterator[FrameColumn]:
    for metric in Metric:
        only = partial(_of_metric, metric)
        yield FrameColumn(metric, ("metric", "value"), Form.NUMBER, f"{metric.sentence} Null in other rows.", only)
        yield FrameColumn(
            f"{metric}_deviation",
            ("metric", "deviation"),
            Form.NUMBER,
            f"`deviation` in rows of metric {metric}, null in others.",
            only,
        )


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values, whether or not equal ones are stored once."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def plain(values: pa.Array) -> pa.Array:
    """The values, each stored by itself."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def derive(batch: pa.RecordBatch, columns: Sequence[FrameColumn]) -> dict[str, pa.Array]:
    """Compute columns for a batch that has the table's columns and types.

    Args:
        batch: Rows of the table; of few rows, since text is decoded whole.
        columns: What to compute.

    Returns:
        An array of the batch's length by column name.
    """
    return {c.name: c.compute(*(plain(batch.column(source)) for source in c.sources)) for c in columns}


def _as_it_is(values: pa.Array) -> pa.Array:
    return values


def _as_time(values: pa.Array) -> pa.Array:
    # One type for dates and timestamps: Great Expectations compares bounds reliably only with
    # timestamps that bear a time zone.
    return values.cast(pa.timestamp("us", tz="UTC"))


def _lengths(text: pa.Array) -> pa.Array:
    return pc.utf8_length(text)


def _blank(text: pa.Array) -> pa.Array:
    return pc.or_(pc.equal(pc.binary_length(text), 0), pc.utf8_is_space(text))


def _has_letters(text: pa.Array) -> pa.Array:
    return pc.match_substring_regex(text, _LETTER)


def _is_nfc(text: pa.Array) -> pa.Array:
    answers = [None if t is None else unicodedata.is_normalized("NFC", t) for t in text.to_pylist()]
    return pa.array(answers, pa.bool_())


def _controls(text: pa.Array) -> pa.Array:
    return pc.count_substring_regex(text, _CONTROL)


def _bidi_controls(text: pa.Array) -> pa.Array:
    return pc.count_substring_regex(text, _BIDI_CONTROL)


def _replacements(text: pa.Array) -> pa.Array:
    return pc.count_substring(text, _REPLACEMENT)


def _days_between(date: pa.Array, day: pa.Array) -> pa.Array:
    taken_in = pc.strptime(day, format="%Y-%m-%d", unit="s", error_is_null=True).cast(pa.date32())
    return pc.subtract(date.cast(pa.int32()), taken_in.cast(pa.int32())).cast(pa.int64())


def _impossible(greatest: Sequence[float], *signals: pa.Array) -> pa.Array:
    counts = np.zeros(len(signals[0]), np.int64)
    for most, values in zip(greatest, signals, strict=True):
        # A null says that there is nothing to count, and is no fault; a comparison with what is no number fails.
        known = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
        counts += ~((known >= 0) & (known <= most) & np.isfinite(known))
    return pa.array(counts)


def _of_metric(metric: Metric, metrics: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(pc.equal(metrics, metric.value), False), values, None)


def _spans(removed: pa.Array) -> tuple[Any, Any, Any]:
    """Starts, ends and row numbers of all spans of all rows."""
    flat = removed.flatten()
    rows = np.repeat(np.arange(len(removed)), pc.fill_null(pc.list_value_length(removed), 0).to_numpy())
    return pc.struct_field(flat, "start").to_numpy(), pc.struct_field(flat, "end").to_numpy(), rows


def _per_row(removed: pa.Array, rows: Any, weights: Any = None) -> pa.Array:
    counts = np.bincount(rows, weights=weights, minlength=len(removed)).astype(np.int64)
    return pa.array(counts, mask=removed.is_null().to_numpy(zero_copy_only=False))


def _spans_out_of_bounds(removed: pa.Array) -> pa.Array:
    start, end, rows = _spans(removed)
    return _per_row(removed, rows[(start < 0) | (end <= start)])


def _spans_overlap(removed: pa.Array) -> pa.Array:
    start, end, rows = _spans(removed)
    overlaps = (rows[1:] == rows[:-1]) & (start[1:] < end[:-1])
    return _per_row(removed, rows[1:][overlaps])


def _spans_length(removed: pa.Array) -> pa.Array:
    start, end, rows = _spans(removed)
    return _per_row(removed, rows, weights=end - start)
