"""``saaf dedup``: near-copies out of any files, without a lake."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from saaf.cli.reading import RUN_ID, Inputs
from saaf.cli.terminal import Debug, Quiet, command, replacing, results, say
from saaf.errors import EXIT_DATA_REFUSED, ConfigError, DataRefused, StorageError

if TYPE_CHECKING:
    import pyarrow as pa

    from saaf.config import DeduplicateConfig
    from saaf.deduplicate import Verdicts

_SAMPLE = 3
_ORDERS = {
    "longest": ("longest",),
    "earliest": ("earliest", "longest"),
    "first": ("priority",),
}
"""The keep policy's order for each choice of --keep; `priority` is the place of the record in the input."""


@command
def dedup(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Files or folders: .parquet, .jsonl, .csv, .txt, also compressed."),
    ],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.")],
    id_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column with the id: doc_id or id.")] = None,
    text_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column with the text: text, content, body or raw_text.")
    ] = None,
    date_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column with the date, for --keep earliest: published or date.")
    ] = None,
    keep: Annotated[
        Literal["longest", "earliest", "first"],
        typer.Option(help="Which copy stays: the longest, the earliest by date, that of the file named first."),
    ] = "longest",
    threshold: Annotated[
        float, typer.Option(metavar="SHARE", help="Jaccard similarity from which on two texts are copies, over 0 to 1.")
    ] = 0.7,
    shingle: Annotated[
        Literal["character", "word"], typer.Option(help="What is compared: runs of characters or of words.")
    ] = "character",
    shingle_size: Annotated[int, typer.Option(metavar="N", help="Characters or words of a run.")] = 7,
    bands: Annotated[int, typer.Option(metavar="N", help="Bands of the signature: more find more candidates.")] = 20,
    rows: Annotated[int, typer.Option(metavar="N", help="Rows of a band: more make fewer candidates.")] = 5,
    contained: Annotated[
        Literal["ignore", "flag", "drop"], typer.Option(help="What to do with a text that stands within a longer one.")
    ] = "ignore",
    numbers: Annotated[
        Literal["short", "always", "never"],
        typer.Option(help="Whose numbers must agree in copies: those of short texts, of all, of none."),
    ] = "short",
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Find copies and near-copies among documents of any files, and keep one of each.

    Writes kept.parquet (the documents that stay), duplicates.parquet (each
    copy with the document it copies and their exact similarity) and
    rejected.parquet (all that is not kept, with the reason). Ids are those
    of the input; a record without one gets a hash of its content. Spelling,
    marks, digits and punctuation do not hide a copy. Of two copies that are
    equally long, early and first, the lower id stays.

    [bold]Examples[/bold]

      saaf dedup news.parquet --output unique
      saaf dedup a.jsonl b.csv --text-column body --threshold 0.8 -o unique
      saaf dedup trusted.parquet scraped.parquet --keep first -o unique
    """
    config = _config(
        threshold=threshold,
        shingle=shingle,
        shingle_size=shingle_size,
        bands=bands,
        rows=rows,
        contained=contained,
        numbers=numbers,
        order=_ORDERS[keep],
    )
    fields = {"id_field": id_column, "text_field": text_column, "date_field": date_column}
    reading = Inputs(files, quiet=quiet, settings=fields)
    with tempfile.TemporaryDirectory(prefix="saaf-dedup-") as folder:
        documents = _spool(reading, Path(folder))
        verdicts = _decide(documents, config)
        copies = verdicts.rejected()
        _write(output, documents, verdicts, copies)
    _summarise(documents, verdicts, copies, reading, output, quiet=quiet)
    if reading.incomplete:
        raise typer.Exit(EXIT_DATA_REFUSED)


def _config(**settings: Any) -> DeduplicateConfig:
    """The settings, held against their bounds.

    Raises:
        ConfigError: One is out of them.
    """
    from pydantic import ValidationError

    from saaf.config import DeduplicateConfig

    try:
        return DeduplicateConfig(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise ConfigError(
            f"{option}: {first['msg']} (found {first['input']!r})", next_step="see: saaf dedup --help"
        ) from None


@dataclass(frozen=True)
class _Spooled:
    """The input's documents in one temporary file: deduplication reads them again and again.

    Attributes:
        path: Parquet file of the documents.
        rejected: Rows of REJECTED that ingest gave.
        rows: Documents.
    """

    path: Path
    rejected: pa.Table
    rows: int

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The documents, a batch at a time."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path, pre_buffer=False) as file:
            for batch in file.iter_batches(1000, columns=list(columns)):
                yield batch.select(list(columns))


def _schema() -> pa.Schema:
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    names = ("doc_id", "text", "source", "uri", "title", "url", "site", "date")
    fields = [*((name, text) for name in names), *((name, number) for name in ("record", "priority", "n_chars"))]
    return pa.schema([*fields, ("earliest", pa.timestamp("us", tz="UTC"))])


def _spool(reading: Inputs, folder: Path) -> _Spooled:
    """Read all documents into one file.

    Raises:
        DataRefused: There are none, or two bear one id.
        StorageError: The disk is full.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from saaf.tables import REJECTED

    path, ids, uris, rejected, rows = folder / "documents.parquet", [], [], [], 0
    try:
        with pq.ParquetWriter(path, _schema(), compression="lz4", write_statistics=False, use_dictionary=False) as file:
            for ingested in reading.batches():
                batch = _documents(ingested.bronze, rows)
                file.write_batch(batch)
                rows += batch.num_rows
                ids.append(batch.column("doc_id"))
                uris.append(batch.column("uri").dictionary_encode())
                rejected.append(ingested.rejected)
    except OSError as error:
        raise StorageError(
            f"the documents cannot be held in {str(folder)!r}: {error.strerror or error}",
            next_step="make room, or set TMPDIR to a folder that has it",
        ) from error
    _refuse_repeated(pa.chunked_array(ids, pa.string()), pa.chunked_array(uris, pa.dictionary(pa.int32(), pa.string())))
    return _Spooled(path, pa.Table.from_batches(rejected, REJECTED.schema), rows)


def _documents(bronze: pa.RecordBatch, before: int) -> pa.RecordBatch:
    """Bronze as deduplication wants it; the id is the input's own where it has one.

    Args:
        bronze: The documents.
        before: How many come before them in the input.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = bronze.num_rows
    columns = {
        "doc_id": pc.coalesce(bronze.column("given_id"), bronze.column("doc_id")),
        "text": bronze.column("raw_text"),
        "title": bronze.column("given_title"),
        "date": bronze.column("given_date"),
        "n_chars": pc.utf8_length(bronze.column("raw_text")).cast(pa.int64()),
        "priority": pa.array(range(before, before + rows), pa.int64()),
        "earliest": _days(bronze.column("given_date")),
    }
    schema = _schema()
    return pa.RecordBatch.from_arrays(
        [columns[n] if n in columns else bronze.column(n) for n in schema.names], schema=schema
    )


def _days(dates: pa.Array) -> pa.Array:
    """The days that dates name, in any form that pages print; null where none is read."""
    import pyarrow as pa

    from saaf.clean.dates import find_date

    encoded = dates.dictionary_encode()
    found = [find_date(text) for text in encoded.dictionary.to_pylist()]
    days = pa.array([date.date if date else None for date in found], pa.date32())
    return days.take(encoded.indices).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))


def _refuse_repeated(ids: pa.ChunkedArray, uris: pa.ChunkedArray) -> None:
    """See that each document has an id of its own.

    Raises:
        DataRefused: There are no documents, or several bear one id; it names ids and files.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from saaf.report.show import counted

    if not len(ids):
        raise DataRefused(
            "the input holds no document",
            next_step="name files that hold some, and the column of their text with --text-column NAME; "
            "what was not read is said above",
        )
    counts = pc.value_counts(ids)
    repeated = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(repeated):
        values = repeated.field("values")[:_SAMPLE]
        bearing = uris.filter(pc.is_in(ids, values)).cast(pa.string()).unique()[:_SAMPLE]
        shown = ", ".join(map(repr, values.to_pylist()))
        raise DataRefused(
            f"{counted(len(repeated), 'id')} for several documents: {shown}{' ...' if len(repeated) > _SAMPLE else ''}",
            where=", ".join(bearing.to_pylist()),
            next_step="name a column whose values differ: --id-column NAME",
        )


def _decide(documents: _Spooled, config: DeduplicateConfig) -> Verdicts:
    from saaf.deduplicate import NoHistory, deduplicate

    return deduplicate(documents, NoHistory(), config, run_id=RUN_ID)


def _write(output: Path, documents: _Spooled, verdicts: Verdicts, copies: pa.RecordBatch) -> None:
    """The three tables; each replaces what an earlier call wrote."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if output.exists() and not output.is_dir():
        raise ConfigError(f"the output {str(output)!r} is not a folder", next_step="name a folder")
    columns = ["doc_id", "text", "uri", "record", "title", "url", "site", "date"]
    kept = pa.array(verdicts.kept, pa.string())
    schema = pa.schema([_schema().field(name) for name in columns])
    with replacing(output / "kept.parquet") as path, pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in documents.scan(columns):
            file.write_batch(batch.filter(pc.is_in(batch.column("doc_id"), kept)))
    with replacing(output / "duplicates.parquet") as path:
        pq.write_table(pa.Table.from_batches([verdicts.duplicates]), path, compression="zstd")
    with replacing(output / "rejected.parquet") as path:
        rejected = pa.concat_tables([documents.rejected, pa.Table.from_batches([copies])])
        pq.write_table(rejected, path, compression="zstd")


def _summarise(
    documents: _Spooled, verdicts: Verdicts, copies: pa.RecordBatch, reading: Inputs, output: Path, *, quiet: bool
) -> None:
    """Say how many documents came, stayed and went, and why."""
    from collections import Counter

    reasons: Counter[str] = Counter(copies.column("reason").to_pylist())
    lines = [
        ("documents", documents.rows),
        *((f"  {reason}", count) for reason, count in sorted(reasons.items())),
        ("kept", len(verdicts.kept)),
    ]
    if documents.rejected.num_rows:
        lines.append(("records without a document", documents.rejected.num_rows))
    if reading.failed:
        lines.append(("files that could not be read", reading.failed))
    if not quiet:
        for name, count in lines:
            results().print(f"{name:32}{count:>12,}", markup=False)
    say(f"Wrote {output}/kept.parquet, duplicates.parquet and rejected.parquet", quiet=quiet)
