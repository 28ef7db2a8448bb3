"""``saaf explain``: why one document is as it is."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, open_lake
from saaf.cli.reading import Inputs
from saaf.cli.terminal import Debug, Quiet, Site, command, results, say, written
from saaf.errors import InputError

if TYPE_CHECKING:
    from saaf.lake import Lake
    from saaf.report.explain import Explanation

_SHOWN = 10
_WHOLE_ID = re.compile(r"[0-9a-f]{32}")


@command
def explain(
    document: Annotated[
        str,
        typer.Argument(
            metavar="DOCUMENT",
            help="A document's id, its first digits, or its uri (source and file); or a file that no lake holds.",
        ),
    ],
    *,
    rules: Annotated[
        list[Path] | None,
        typer.Option("--rules", "-r", metavar="PACK", help="For a file: a rule pack more; can be repeated."),
    ] = None,
    site: Site = None,
    lake: LakeFolder = None,
    config: ConfigFile = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page instead.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JSON instead; - for the screen.")] = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Tell of one document where it ended and why, what was removed from it, and by which rule.

    Removed text is struck through in its place in the raw text. The id
    stands in every table and report. A file is cleaned on the spot, its first record if it has several.

    [bold]Examples[/bold]

      saaf explain 33b44df4
      saaf explain seeds/000_33b44df4fdec7df0.txt --html why.html
      saaf explain page.txt --site news.example --rules my-pack.yaml
    """
    if Path(document).is_file():
        explained = _explain_file(document, site, rules or [])
    else:
        opened = open_lake(config, lake)
        explained = _explain(opened, find_document(opened, document))
    if html is not None:
        from saaf.report.html import render_explanation

        with written(html) as file:
            file.write(render_explanation(explained))
        say(f"Wrote {html}", quiet=quiet)
    if json is not None:
        with written(json) as file:
            file.write(explained.model_dump_json(indent=1) + "\n")
    if html is None and json is None:
        from saaf.report.text import print_explanation

        print_explanation(explained, results())


def find_document(lake: Lake, document: str) -> str:
    """The one document that an id, its beginning or a uri names.

    Raises:
        InputError: None is, or several are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if _WHOLE_ID.fullmatch(document.lower()):
        return document.lower()  # no need to look through the tables
    found: set[str] = set()
    for table in ("bronze", "rejected"):
        for batch in lake.read(table, ["doc_id", "uri"]):
            ids, uris = batch.column("doc_id"), batch.column("uri")
            named = pc.or_(pc.starts_with(ids, document.lower()), pc.equal(uris, pa.scalar(document)))
            found.update(ids.filter(named).to_pylist())
    if len(found) == 1:
        return found.pop()
    if not found:
        raise no_document(document, lake)
    shown = ", ".join(sorted(found)[:_SHOWN]) + (" ..." if len(found) > _SHOWN else "")
    raise InputError(f"{len(found)} documents are called {document!r}: {shown}", next_step="name one by more digits")


def _explain(lake: Lake, doc_id: str) -> Explanation:
    from saaf.report.explain import explain as put_together

    tables = ("bronze", "silver", "rejected", "duplicates", "gold")
    explained = put_together(doc_id, **{table: lake.read(table, doc_ids={doc_id}) for table in tables})
    explained = explained or _explain_unpublished(lake, doc_id)
    if explained is None:
        raise no_document(doc_id, lake)
    return explained


def _explain_unpublished(lake: Lake, doc_id: str) -> Explanation | None:
    """What a run that waits for a person's approval, or was stopped, has made of a document; None where none has it."""
    from saaf.report.explain import explain as put_together

    kinds = {"bronze": "bronze/*", "silver": "silver/*", "rejected": "rejected/*"}
    kinds |= {"duplicates": "duplicates.parquet", "gold": "gold.parquet"}
    for staging in lake.unpublished():
        names = {table: staging.names(pattern) for table, pattern in kinds.items()}
        explained = put_together(
            doc_id, **{table: chain.from_iterable(map(staging.read, names[table])) for table in kinds}
        )
        if explained is not None:
            waits = {
                "fate": "unpublished",
                "fate_sentence": f"Run {explained.run_id} has taken it in and is not published.",
            }
            return explained.model_copy(update=waits if explained.fate in {"gold", "unaccounted"} else {})
    return None


def _explain_file(file: str, site: str | None, rules: list[Path]) -> Explanation:
    """What cleaning makes of a file's first record.

    Raises:
        InputError: There is none.
        RuleError: A pack cannot be used.
    """
    from saaf.clean import Cleaner
    from saaf.cli.clean import warn_of_proposals
    from saaf.config import CleanConfig, project_root
    from saaf.report.explain import explain as put_together

    packs = [path.expanduser().absolute() for path in rules]
    warn_of_proposals(packs)
    cleaner = Cleaner.load(CleanConfig(), project_root(), packs)
    for ingested in Inputs([file], quiet=True, settings={"site": site}).batches():
        bronze, refused = ingested.bronze.slice(0, 1), ingested.rejected.slice(0, 1)
        cleaned = cleaner.clean(bronze)
        for doc_id in (bronze if bronze.num_rows else refused).column("doc_id").to_pylist():
            explained = put_together(
                doc_id,
                bronze=[bronze],
                silver=[cleaned.silver],
                rejected=[refused, cleaned.rejected],
                duplicates=[],
                gold=[],
            )
            if explained:
                kept = {"fate": "clean", "fate_sentence": "Cleaning keeps it; no lake was asked."}
                return explained.model_copy(update=kept if explained.fate == "unaccounted" else {})
    raise InputError(f"{file!r} holds no document", next_step="name a file of texts: .txt, .jsonl, .csv, .parquet")


def no_document(document: str, lake: Lake) -> InputError:
    """The error of a document that is not in the lake."""
    return InputError(
        f"the lake has no document {document!r}",
        where=str(lake.root),
        next_step="take an id from a report or a table; files that could not be read are listed by: saaf ledger --errors",
    )
