"""Parquet as the lake writes it: the same rows give the same bytes, and a few rows cost a few reads.

Text columns get neither dictionary nor statistics: Arrow's defaults would put whole articles into
the footer. Row groups are about a thousand documents, which read three times as fast as large ones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from saaf import __version__
from saaf.config import PublishConfig
from saaf.errors import LakeError, StorageError
from saaf.lake.sort import SORT_BYTES, is_sorted, row_key, sorted_batches
from saaf.lake.storage import FileWriter, Storage, hash_file, naming
from saaf.tables import TABLES, Table

ROW_GROUP_BYTES = 64 * 1024 * 1024
"""A row group is closed once it holds this much, so that a thousand books are not one."""

_NARROW_ROWS = 16
"""Tables without text have row groups that many times longer: their rows are that much smaller."""

_TEXT_COLUMNS = frozenset({"text", "raw_text", "title", "given_title", "url", "message", "value", "observed"})
"""Columns of free text, whose least and greatest value tell nothing and may be megabytes."""

_REPEATED_COLUMNS = frozenset(
    {
        *("source", "site", "language", "agency", "section", "author", "encoding", "config_hash", "ingest_date"),
        *("stage", "reason", "rule", "threshold", "method", "status", "error", "run_id"),
        *("table", "expectation", "column", "severity", "on_fail"),
        *("removed.list.element.rule", "removed.list.element.kind"),
    }
)
"""Columns with few distinct values, which a dictionary makes small."""

Sizes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        rows: Rows.
        size: Bytes.
        sha256: Hash of the bytes, hexadecimal.
    """

    rows: int
    size: int
    sha256: str


def write_parquet(
    storage: Storage,
    path: Path,
    table: Table,
    batches: Iterable[pa.RecordBatch],
    config: PublishConfig,
    *,
    scratch: Path,
    metadata: Mapping[str, str],
    already_sorted: bool = False,
    sort_bytes: int = SORT_BYTES,
) -> Written:
    """Write a table's rows as one Parquet file, sorted, synced and read back.

    Args:
        storage: The storage.
        path: A name that nobody reads yet.
        table: Schema and order.
        batches: The rows, in any order and any cut.
        config: Row group size and compression.
        scratch: Folder for what does not fit into memory, which exists.
        metadata: Goes into the file's metadata, beside the versions.
        already_sorted: The rows come in the table's order; it is checked.
        sort_bytes: Bytes of rows to sort in memory.

    Raises:
        LakeError: The rows were called sorted and are not; or what is on the disk is not what was written.
        StorageError: The storage failed.
        ValueError: A batch does not fit the table.
    """
    conformed = (table.conform(batch) for batch in batches if batch.num_rows)
    if already_sorted:
        ordered = _checked(conformed, table, path)
    else:
        ordered = sorted_batches(conformed, table, storage=storage, scratch=scratch, sort_bytes=sort_bytes)
    with FileWriter(storage, path) as file:
        rows = _write_row_groups(file, table, ordered, config, metadata)
        file.finish()
    _verify(storage, path, table, rows, file.sha256)
    return Written(rows, file.size, file.sha256)


def _write_row_groups(
    file: FileWriter,
    table: Table,
    batches: Iterable[pa.RecordBatch],
    config: PublishConfig,
    metadata: Mapping[str, str],
) -> int:
    import pyarrow.parquet as pq

    schema = _file_schema(table, metadata)
    writer = pq.ParquetWriter(file, schema, **_options(table, schema, config))
    rows = 0
    for group in _row_groups(batches, _rows_of_group(table, config)):
        writer.write_table(pa.Table.from_batches([group]).cast(schema), row_group_size=group.num_rows)
        rows += group.num_rows
    writer.close()
    return rows


def _file_schema(table: Table, metadata: Mapping[str, str]) -> pa.Schema:
    declared = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    everything = {**declared, "saaf.version": __version__, **metadata}
    return table.schema.with_metadata(dict(sorted(everything.items())))


def _options(table: Table, schema: pa.Schema, config: PublishConfig) -> dict[str, Any]:
    import pyarrow.parquet as pq

    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    measured = [f.name for f in schema if f.name not in _TEXT_COLUMNS and not pa.types.is_nested(f.type)]
    return {
        "compression": "zstd",
        "compression_level": config.compression_level,
        "use_dictionary": [leaf for leaf in leaves if leaf in _REPEATED_COLUMNS],
        "write_statistics": measured,
        "write_page_index": True,
        "sorting_columns": pq.SortingColumn.from_ordering(schema, [(name, "ascending") for name in table.sort_by]),
    }


def _leaves(path: str, kind: pa.DataType) -> Iterator[str]:
    if pa.types.is_list(kind):
        yield from _leaves(f"{path}.list.{kind.value_field.name}", kind.value_type)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(f"{path}.{field.name}", field.type)
    else:
        yield path


def _rows_of_group(table: Table, config: PublishConfig) -> int:
    has_text = any(name in ("text", "raw_text") for name in table.names)
    return config.row_group_rows if has_text else config.row_group_rows * _NARROW_ROWS


def _row_groups(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Cut a stream of rows anew, at places that depend on the rows alone."""
    waiting: list[pa.RecordBatch] = []
    sizes: Sizes = np.empty(0, np.int64)
    for batch in batches:
        waiting.append(batch)
        sizes = np.concatenate([sizes, _batch_sizes(batch)])
        while (cut := _full(sizes, rows)) is not None:
            whole = pa.concat_batches(waiting) if len(waiting) > 1 else waiting[0]
            yield _normal(whole.slice(0, cut))
            waiting, sizes = [whole.slice(cut)], sizes[cut:]
    if sizes.size:
        yield _normal(pa.concat_batches(waiting))


def _full(sizes: Sizes, rows: int) -> int | None:
    """How many of the first rows make a full row group; None where they do not."""
    by_bytes = int(np.searchsorted(np.cumsum(sizes[:rows]), ROW_GROUP_BYTES)) + 1
    cut = min(rows, by_bytes)
    return cut if cut <= sizes.size else None


def _batch_sizes(batch: pa.RecordBatch) -> Sizes:
    return _sum_of_columns([_row_sizes(column) for column in batch.columns])


def _row_sizes(array: pa.Array) -> Sizes:
    """Bytes of each row of a column: what its values take, not what its buffers happen to hold."""
    import pyarrow.compute as pc

    if pa.types.is_list(array.type):
        inner = np.concatenate([[0], np.cumsum(_row_sizes(array.flatten()))])
        ends = np.concatenate([[0], np.cumsum(_lengths(pc.list_value_length(array)))])
        return np.asarray(np.diff(inner[ends]), dtype=np.int64)
    if pa.types.is_struct(array.type):
        return _sum_of_columns([_row_sizes(child) for child in array.flatten()])
    if pa.types.is_string(array.type):
        return _lengths(pc.binary_length(array))
    return np.full(len(array), 8, dtype=np.int64)


def _lengths(lengths: pa.Array) -> Sizes:
    return np.asarray(lengths.fill_null(0), dtype=np.int64)


def _sum_of_columns(sizes: Sequence[Sizes]) -> Sizes:
    return np.asarray(np.sum(sizes, axis=0), dtype=np.int64)


def _normal(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows with dictionaries in order of appearance: the writer copies them into the file as they are."""
    if not any(pa.types.is_dictionary(field.type) for field in batch.schema):
        return batch
    columns = [
        column.cast(column.type.value_type).dictionary_encode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _checked(batches: Iterable[pa.RecordBatch], table: Table, path: Path) -> Iterator[pa.RecordBatch]:
    last = None
    for batch in batches:
        first = row_key(batch, 0, table)
        if (last is not None and first < last) or not is_sorted(batch, table):
            raise LakeError(
                f"rows of table {table.name} were said to be sorted by {', '.join(table.sort_by)} and are not",
                where=str(path),
                next_step="this is a fault of Saaf: please report it; nothing was published",
            )
        last = row_key(batch, batch.num_rows - 1, table)
        yield batch


def _verify(storage: Storage, path: Path, table: Table, rows: int, sha256: str) -> None:
    found = hash_file(storage, path)
    with open_parquet(storage, path) as file:
        whole = found == sha256 and file.metadata.num_rows == rows and file.schema_arrow.names == list(table.names)
    if not whole:
        raise StorageError(
            f"the disk gave back other bytes than were written to it ({rows} rows of table {table.name})",
            where=str(path),
            next_step="check the disk (`dmesg`, `smartctl`), then run again; nothing was published",
        )


@contextmanager
def open_parquet(storage: Storage, path: Path) -> Iterator[Any]:
    """Open a Parquet file; a ``pyarrow.parquet.ParquetFile``.

    Raises:
        LakeError: It is not a whole Parquet file.
        StorageError: It cannot be read.
    """
    import pyarrow.parquet as pq

    with naming(path), storage.open_read(path) as source:
        with _whole(path):
            file = pq.ParquetFile(source, pre_buffer=False)  # of a file at hand that only makes a copy
        yield file


def read_batches(storage: Storage, path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Read a Parquet file of the lake, one row group at a time.

    Args:
        storage: The storage.
        path: The file.
        columns: Columns to read, in the order wanted; None for all.

    Yields:
        Batches with the types and descriptions that ``tables.py`` declares. A column that was added to the
        table after the file was written is null.

    Raises:
        LakeError: The file is damaged, or the table has no such column.
        StorageError: It cannot be read.
    """
    with open_parquet(storage, path) as file:
        schema = _read_schema(file.schema_arrow, columns, path)
        for group in range(file.num_row_groups):
            yield read_group(file, path, group, schema)


def read_documents(
    storage: Storage, path: Path, columns: Sequence[str] | None, doc_ids: Collection[str]
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a few documents: row groups that cannot hold them are passed over.

    Of the others only the ids are read first, which are a hundredth of the text.

    Raises:
        LakeError: The file is damaged, or the table has no such column.
        StorageError: It cannot be read.
    """
    wanted, ordered = frozenset(doc_ids), sorted(doc_ids)
    with open_parquet(storage, path) as file:
        schema, only_id = (_read_schema(file.schema_arrow, names, path) for names in (columns, ["doc_id"]))
        for group in range(file.num_row_groups):
            least, greatest = bounds(file, group, "doc_id")
            if least is not None and bisect_left(ordered, least) == bisect_right(ordered, greatest):
                continue
            ids = read_group(file, path, group, only_id).column(0).to_pylist()
            if rows := [row for row, doc_id in enumerate(ids) if doc_id in wanted]:
                yield read_group(file, path, group, schema).take(pa.array(rows))


def bounds(file: Any, group: int, column: str) -> tuple[Any, Any]:
    """Least and greatest value of a column in a row group; None and None where the file does not say."""
    row_group = file.metadata.row_group(group)
    for number in range(row_group.num_columns):
        chunk = row_group.column(number)
        if chunk.path_in_schema == column and chunk.is_stats_set and chunk.statistics.has_min_max:
            return chunk.statistics.min, chunk.statistics.max
    return None, None


def read_group(file: Any, path: Path, group: int, schema: pa.Schema) -> pa.RecordBatch:
    """Read one row group of an open file.

    Raises:
        LakeError: It cannot be decoded.
    """
    present = [name for name in schema.names if name in file.schema_arrow.names]
    with _whole(path):
        rows = file.read_row_group(group, columns=present, use_threads=False)
    return _as_declared(rows, schema)


def _read_schema(found: pa.Schema, columns: Sequence[str] | None, path: Path) -> pa.Schema:
    table = TABLES.get((found.metadata or {}).get(b"saaf.table", b"").decode())
    declared = table.schema if table else found
    names = declared.names if columns is None else list(columns)
    for name in names:
        optional = name in declared.names and declared.field(name).nullable
        if name not in found.names and not optional:
            raise LakeError(
                f"there is no column {name!r} in the file",
                where=str(path),
                next_step=f"ask for some of: {', '.join(declared.names)}",
            )
    fields = [(declared if name in declared.names else found).field(name) for name in names]
    return pa.schema(fields, metadata=declared.metadata)


def _as_declared(rows: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    columns = []
    for field in schema:
        if field.name not in rows.column_names:
            columns.append(pa.nulls(rows.num_rows, field.type))
            continue
        column = rows.column(field.name).combine_chunks()
        columns.append(column if column.type == field.type else column.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Say of what Arrow cannot decode that the file is damaged; a failure of the disk is left to ``naming``."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise LakeError(
            "a file of the lake is not whole: it cannot be read as Parquet",
            where=str(path),
            next_step="run `saaf verify` to see what else is damaged, and restore the file from a backup",
        ) from error
