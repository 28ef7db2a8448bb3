"""``saaf clean``: boilerplate out of texts, without a lake."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saaf.cli.reading import Inputs
from saaf.cli.terminal import (
    STANDARD_STREAM,
    Debug,
    IdField,
    Quiet,
    Site,
    TextField,
    command,
    replacing,
    results,
    say,
    written,
)
from saaf.errors import EXIT_DATA_REFUSED, ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

    from saaf.clean import Cleaner
    from saaf.clean.shares import RuleShares
    from saaf.ingest import Ingested

_SUFFIXES = (".jsonl", ".parquet")

Row = dict[str, Any]
Sink = Callable[["Batch"], None]


@dataclass(frozen=True)
class Batch:
    """Cleaned documents of one batch, and what did not become one, in the order of the input.

    Attributes:
        documents: Rows of silver with `doc_id` as the input gives it, and `rejected`: the reason's code or None.
        silver: The same rows but for records that ingest rejected, as Arrow.
        reasons: For each row of ``silver`` the code of its rejection or None.
        rejected: Rows of REJECTED, those of ingest first.
    """

    documents: list[Row]
    silver: pa.RecordBatch
    reasons: list[str | None]
    rejected: list[pa.RecordBatch]


@dataclass
class _Counts:
    """What is told at the end."""

    shares: RuleShares
    documents: int = 0
    characters: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        self.documents += len(batch.documents)
        self.shares.add(batch.silver)
        for row in batch.documents:
            if row["rejected"] is not None:
                self.rejected[row["rejected"]] += 1
            for span in row["removed"]:
                self.rules[span["rule"]] += 1
                self.characters += span["end"] - span["start"]


@command
def clean(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="Files or folders: .txt, .jsonl, .csv, .parquet, also compressed."),
    ],
    *,
    spans: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a JSON line a document: what was removed, and what was found."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Write the documents: to a .jsonl or .parquet file, or into a folder.",
        ),
    ] = None,
    rules: Annotated[
        list[Path] | None, typer.Option("--rules", "-r", metavar="PACK", help="A rule pack more; can be repeated.")
    ] = None,
    languages: Annotated[
        str | None, typer.Option(metavar="CODES", help="Mark documents in other languages as rejected: ur,fa,...")
    ] = None,
    all_languages: Annotated[bool, typer.Option("--all-languages", help="Want every language: the default.")] = False,
    site: Site = None,
    id_field: IdField = None,
    text_field: TextField = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Take out of scraped texts what is not the article: menus, dates, credits, "read more".

    The clean text goes to the screen, unless --spans or --output say otherwise. Every removal has a
    place and a rule; a document that would be rejected is written all the same, and marked.

    [bold]Examples[/bold]

      saaf clean article.txt
      saaf clean scraped.jsonl --spans removed.jsonl
      saaf clean folder --output clean.parquet --languages ur
    """
    from saaf.clean.shares import RuleShares

    if languages is not None and all_languages:
        raise ConfigError("--languages and --all-languages exclude each other", next_step="leave one of them out")
    cleaner = _cleaner(languages, rules or [])
    settings = {"site": site, "id_field": id_field, "text_field": text_field}
    reading = Inputs(inputs, quiet=quiet, settings=settings)
    counts = _Counts(RuleShares())
    with ExitStack() as stack:
        sinks = _sinks(spans, output, stack, several=len(inputs) > 1 or any(Path(i).is_dir() for i in inputs))
        for ingested in reading.batches():
            batch = _clean(cleaner, ingested)
            counts.add(batch)
            for sink in sinks:
                sink(batch)
    _summarise(counts, reading, quiet=quiet)
    _warn_of_shares(counts.shares)
    if reading.incomplete:
        raise typer.Exit(EXIT_DATA_REFUSED)


def _cleaner(languages: str | None, rules: list[Path]) -> Cleaner:
    """The project's rules and those named.

    Raises:
        RuleError: A pack cannot be used.
        ConfigError: A language is not a code.
    """
    from saaf.clean import Cleaner
    from saaf.config import CleanConfig, project_root

    wanted = tuple(code.strip() for code in (languages or "").split(",") if code.strip())
    for code in wanted:
        if not (code.isascii() and code.islower() and code.isalpha() and len(code) in {2, 3}):
            raise ConfigError(
                f"{code!r} is not a language code", next_step="name ISO 639 codes, such as: --languages ur,fa"
            )
    packs = [path.expanduser().absolute() for path in rules]
    warn_of_proposals(packs)
    return Cleaner.load(CleanConfig(languages=wanted), project_root(), packs)


def _warn_of_shares(shares: RuleShares) -> None:
    """Say which rules take so much of a site that a run would not publish without an approval."""
    from saaf.config import CleanConfig
    from saaf.report.show import one_line

    config = CleanConfig()
    for found in shares.over(config.max_rule_share, min_documents=config.min_rule_documents):
        say(
            f"The rule {found.rule} removes {found.share:.0%} of {one_line(found.place)} ({found.documents:,} documents): "
            f"it may match too much. A run asks a person above {config.max_rule_share:.0%}.",
            style="yellow",
        )


def warn_of_proposals(packs: list[Path]) -> None:
    """Say which of the packs named on the spot nobody has approved.

    Raises:
        RuleError: A pack cannot be read.
    """
    from saaf.clean.packs import load_pack

    for pack in packs:
        if load_pack(pack).pack.is_proposed:
            say(f"{pack.name}: proposed, not approved: good for trying it", style="yellow")


def _clean(cleaner: Cleaner, ingested: Ingested) -> Batch:
    """Clean a batch and put its documents into the order of the input, with what ingest rejected among them."""
    cleaned = cleaner.clean(ingested.bronze)
    refused = {row["doc_id"]: row for row in cleaned.rejected.to_pylist()}
    order: Counter[str] = Counter()
    for uri in (*ingested.bronze.column("uri").to_pylist(), *ingested.rejected.column("uri").to_pylist()):
        order.setdefault(uri, len(order))
    documents, reasons = [], []
    for row, given_id in zip(cleaned.silver.to_pylist(), ingested.bronze.column("given_id").to_pylist(), strict=True):
        decision = refused.get(row["doc_id"])
        reasons.append(decision["reason"] if decision else None)
        documents.append(_document(row, given_id, decision))
    documents += [_refused(row) for row in ingested.rejected.to_pylist()]
    documents.sort(key=lambda row: (order[row["uri"]], row["record"]))
    return Batch(documents, cleaned.silver, reasons, [ingested.rejected, cleaned.rejected])


def _document(row: Row, given_id: str | None, decision: Row | None) -> Row:
    first = {"doc_id": given_id or row["doc_id"], "removed": row["removed"], "text": row["text"]}
    rest = {name: value for name, value in row.items() if name not in first}
    return {**first, **rest, "saaf_id": row["doc_id"], "rejected": None, **(_decision(decision) if decision else {})}


def _refused(row: Row) -> Row:
    """A record that never became a document keeps its place in the output."""
    origin = {name: row[name] for name in ("doc_id", "source", "uri", "record")}
    return {**origin, "removed": [], "text": None, "title": None, "saaf_id": row["doc_id"], **_decision(row)}


def _decision(row: Row) -> Row:
    return {"rejected": row["reason"]} | {f"rejected_{name}": row[name] for name in ("rule", "value", "threshold")}


# -- where documents go ---------------------------------------------------------------------------


def _sinks(spans: Path | None, output: Path | None, stack: ExitStack, *, several: bool) -> list[Sink]:
    """One function for each place that batches go to; all are closed with the stack."""
    sinks: list[Sink] = []
    if spans is not None:
        sinks.append(stack.enter_context(_lines(spans)))
    if output is not None:
        sinks.append(stack.enter_context(_output(output)))
    return sinks or [_Screen(several)]


@contextmanager
def _output(path: Path) -> Iterator[Sink]:
    if path == STANDARD_STREAM or path.suffix == ".jsonl":
        with _lines(path) as sink:
            yield sink
    elif path.suffix == ".parquet":
        with _parquet(path) as sink:
            yield sink
    elif path.suffix and not path.is_dir():
        raise ConfigError(
            f"the output {str(path)!r} ends in neither {' nor '.join(_SUFFIXES)}",
            next_step="name such a file, or a folder",
        )
    else:
        with _parquet(path / "clean.parquet") as documents, _rejected(path / "rejected.parquet") as rejected:

            def both(batch: Batch) -> None:
                documents(batch)
                rejected(batch)

            yield both


@contextmanager
def _lines(path: Path) -> Iterator[Sink]:
    """JSON lines, a document a line."""
    with written(path) as file:

        def write(batch: Batch) -> None:
            for row in batch.documents:
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Sink]:
    """The silver rows with the reason beside them, as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from saaf.tables import SILVER

    schema = SILVER.schema.append(pa.field("rejected", pa.string()))
    with replacing(path) as unfinished, pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:

        def write(batch: Batch) -> None:
            columns = [*batch.silver.columns, pa.array(batch.reasons, pa.string())]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))

        yield write


@contextmanager
def _rejected(path: Path) -> Iterator[Sink]:
    """The rejected rows as Parquet."""
    import pyarrow.parquet as pq

    from saaf.tables import REJECTED

    with replacing(path) as unfinished, pq.ParquetWriter(unfinished, REJECTED.schema, compression="zstd") as writer:

        def write(batch: Batch) -> None:
            for rejected in batch.rejected:
                writer.write_batch(rejected)

        yield write


class _Screen:
    """Clean texts on the standard output, under the name of their file where there are several.

    What a terminal would obey is spelled out; a pipe gets the text as it is.
    """

    def __init__(self, several: bool) -> None:
        self._several = several

    def __call__(self, batch: Batch) -> None:
        from saaf.report.show import one_line, printable

        harmless = printable if results().is_terminal else str
        for row in batch.documents:
            if self._several or row["record"]:
                note = f" (rejected: {row['rejected']})" if row["rejected"] else ""
                typer.echo(f"==> {one_line(row['uri'])} record {row['record']}{note} <==")
            typer.echo(harmless(row["text"] or ""))
            if self._several or row["record"]:
                typer.echo()


def _summarise(counts: _Counts, reading: Inputs, *, quiet: bool) -> None:
    from saaf.report.show import counted

    came = f"{counted(counts.documents, 'document')} of {counted(reading.read, 'file')}"
    removed = f"{counted(counts.rules.total(), 'piece')} of {counted(counts.characters, 'character')} removed"
    say(f"{came}: {removed}", style="bold", quiet=quiet)
    for rule, pieces in sorted(counts.rules.items(), key=lambda item: (-item[1], item[0]))[:20]:
        say(f"  {pieces:>7,}  {rule}", quiet=quiet)
    for code, documents in sorted(counts.rejected.items()):
        say(f"  {documents:>7,}  would be rejected: {code}", style="yellow", quiet=quiet)
    if reading.failed:
        say(f"  {reading.failed:>7,}  files could not be read", style="yellow", quiet=quiet)
