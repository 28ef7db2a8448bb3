"""Parquet, batch by batch. What its footer says of sizes is not believed.

A file of 2 MB can hold 20 million references to one text: 20 GB, of which the footer says 2 MB. So
text columns are kept as dictionaries, and the bytes that they stand for are counted before any row
is made.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from saaf.ingest.decoding import repaired
from saaf.ingest.decompression import check_growth
from saaf.ingest.failure import Refusal
from saaf.ingest.fields import ROLES, listed
from saaf.ingest.identity import canonical, identify
from saaf.ingest.records import Defect, Reading, Record, document, too_large
from saaf.ingest.spool import Spool
from saaf.reasons import Reason

_MAGIC = b"PAR1"

# What a row takes in the lake apart from its text: two billion rows of nothing are a bomb too.
_ROW_BYTES = 256
_BATCH_BYTES = 8 * 1024 * 1024
_BATCH_ROWS = 256
_FOOTER_LIMIT = 64 * 1024 * 1024


def read(spool: Spool, reading: Reading) -> Iterator[Record]:
    """The records of a Parquet file.

    The raw bytes of a record are the canonical form of its used fields (`canonical`).

    Raises:
        Refusal: It is not Parquet, or damaged; the text column is missing or not of text; it grows beyond the limits.
    """
    _check_magic(spool)
    try:
        yield from _records(spool, reading)
    except (pa.ArrowException, OSError) as error:
        raise Refusal(
            Reason.MALFORMED_OBJECT,
            f"the Parquet file is damaged or not supported ({type(error).__name__})",
            next_step="write it anew with a current library",
        ) from error


def _check_magic(spool: Spool) -> None:
    spool.file.seek(0)
    begins = spool.file.read(4) == _MAGIC
    spool.file.seek(max(0, spool.size - 4))
    ends = spool.file.read(4) == _MAGIC
    if begins and not ends:
        raise Refusal(
            Reason.TRUNCATED,
            "the Parquet file ends before its footer",
            next_step="fetch the file again: it was cut off",
        )
    if not begins:
        raise Refusal(Reason.MALFORMED_OBJECT, "it is not a Parquet file", next_step="name it for what it is")


def _records(spool: Spool, reading: Reading) -> Iterator[Record]:
    import pyarrow.parquet as pq

    limits = {"thrift_string_size_limit": _FOOTER_LIMIT, "thrift_container_size_limit": _FOOTER_LIMIT}
    with pq.ParquetFile(spool.file, **limits) as file:
        metadata, schema = file.metadata, file.schema_arrow
    columns = _columns(schema, reading)
    used = list(dict.fromkeys(columns.values()))
    texts = [name for name in used if is_text(schema.field(name).type)]
    growth = _Growth(reading)
    growth.check_footer(metadata, used)
    with pq.ParquetFile(spool.file, metadata=metadata, read_dictionary=texts, pre_buffer=False, **limits) as file:
        numbers = itertools.count()
        for batch in file.iter_batches(_batch_rows(metadata, used), columns=used, use_threads=False):
            growth.add(batch)
            for values in _rows(batch, columns):
                yield _record(next(numbers), values, reading)


def is_text(type_: pa.DataType) -> bool:
    """Whether a column holds text, in any of Arrow's forms of it."""
    if pa.types.is_dictionary(type_):
        return is_text(type_.value_type)
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))


def _columns(schema: pa.Schema, reading: Reading) -> dict[str, str]:
    found = {role: name for role, name in reading.names.of_columns(schema.names).items() if name is not None}
    type_ = schema.field(found["text"]).type
    if not is_text(type_):
        columns = [f"{field.name} ({field.type})" for field in schema]
        raise Refusal(
            Reason.MALFORMED_OBJECT,
            f"column {found['text']!r} is of type {str(type_)[:100]}, not text; columns found: {listed(columns)}",
            next_step="set `text_field` of the source to a column of text",
        )
    return found


@dataclass
class _Growth:
    """Counts the bytes that a file's rows stand for, and refuses the file when they are too many."""

    reading: Reading
    given: int = 0

    def check_footer(self, metadata: Any, used: list[str]) -> None:
        """Refuse what the footer already admits."""
        sizes = sum(_column_bytes(metadata, group, used) for group in range(metadata.num_row_groups))
        check_growth(self.reading.size, max(sizes, metadata.num_rows * _ROW_BYTES), self.reading.config)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch before its rows are made."""
        self.given += batch.num_rows * _ROW_BYTES + sum(_text_bytes(column) for column in batch.columns)
        check_growth(self.reading.size, self.given, self.reading.config)


def _text_bytes(column: pa.Array) -> int:
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(lengths.cast(pa.int64())).as_py() or 0)


def _column_bytes(metadata: Any, group: int, used: list[str]) -> int:
    row_group = metadata.row_group(group)
    chunks = (row_group.column(number) for number in range(row_group.num_columns))
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.partition(".")[0] in used)


def _batch_rows(metadata: Any, used: list[str]) -> int:
    """Rows a batch such that one of average rows takes a few mebibytes."""
    largest = max(
        (
            _column_bytes(metadata, group, used) // max(1, metadata.row_group(group).num_rows)
            for group in range(metadata.num_row_groups)
        ),
        default=0,
    )
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, largest)))


_Values = dict[str, bytes | None]


def _rows(batch: pa.RecordBatch, columns: dict[str, str]) -> Iterator[_Values]:
    # One row at a time: a thousand references to one long text must not become a thousand texts.
    value_at = {role: _reader_of(batch.column(name)) for role, name in columns.items()}
    for number in range(batch.num_rows):
        yield {role: value_at[role](number) if role in value_at else None for role in ROLES}


def _reader_of(column: pa.Array) -> Callable[[int], bytes | None]:
    """How a column's values are got as UTF-8: text as the file has it, numbers and times as Arrow writes them."""
    if pa.types.is_dictionary(column.type):
        values, indices = column.dictionary.cast(pa.large_binary()), column.indices.to_pylist()
        return lambda number: None if indices[number] is None else values[indices[number]].as_py()
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_null(column.type):
        return lambda _: None
    written: list[str | None]
    if pa.types.is_timestamp(column.type):
        written = [None if value is None else _iso(value) for value in _in_utc(column).cast(pa.string()).to_pylist()]
    else:
        written = column.cast(pa.string()).to_pylist()
    encoded = [None if value is None else value.encode() for value in written]
    return lambda number: encoded[number]


def _in_utc(column: pa.Array) -> pa.Array:
    return column if column.type.tz is None else column.cast(pa.timestamp(column.type.unit, "UTC"))


def _iso(written: str) -> str:
    """A time stamp as ISO 8601: Arrow writes `2023-09-14 08:12:00.000000Z`."""
    day, _, clock = written.partition(" ")
    zone = "Z" if clock.endswith("Z") else ""
    clock = clock.removesuffix("Z")
    if "." in clock:
        clock = clock.rstrip("0").rstrip(".")
    return f"{day}T{clock}{zone}"


def _record(record: int, values: _Values, reading: Reading) -> Record:
    identity = identify(reading.uri, record, canonical(values))
    text = values["text"]
    if text is None:
        return Defect(record, identity, Reason.NO_TEXT, value="null")
    size = sum(len(value) for value in values.values() if value is not None)
    if size > reading.config.max_document_bytes:
        return too_large(record, identity, size, reading)
    try:
        given = {role: None if value is None else value.decode("utf-8") for role, value in values.items()}
    except UnicodeDecodeError as error:
        return Defect(
            record, identity, Reason.MALFORMED_RECORD, rule="encoding", value=f"byte {error.start} is not utf-8"
        )
    return document(record, identity, repaired(text.decode("utf-8"), "utf-8"), given, reading)
