"""``saaf takedown``: documents that have to go, for good."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, load, open_lake
from saaf.cli.terminal import Debug, Quiet, command, say


@command
def takedown(
    documents: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID|URL|FILE...", help="doc_ids, addresses, or files with one of them a line."),
    ] = None,
    *,
    why: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; goes into the record.")] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who asks for it; by default, you.")] = None,
    copies: Annotated[
        bool, typer.Option(help="Take documents down, too, that were dropped as copies of these.")
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be taken down.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List what has been taken down.")] = False,
    config: ConfigFile = None,
    lake: LakeFolder = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Take documents out of every table, kept generation and report, and keep them out, also at every rebuild.

    Who asked for it, when and why is kept in the table `takedowns`. Unfinished
    runs and a rebuild that is not swapped in yet have to start anew.

    [bold]Examples[/bold]

      saaf takedown https://example.org/story/7 --why "the author asks for it"
      saaf takedown order-12.txt --by legal@example.org --why "court order 12/2026"
      saaf takedown --list
    """
    from saaf.config import project_root
    from saaf.errors import InputError
    from saaf.pipeline import take_down
    from saaf.report.show import counted

    if list_:
        _list(config, lake)
        return
    if not documents:
        raise InputError("nothing is named", next_step="name doc_ids, addresses or a file with them")
    open_lake(config, lake)  # it must be there: asking for a takedown must not make one
    if why is None and not dry_run:
        raise InputError("the record needs a reason", next_step='say why: --why "court order 12/2026"')
    found = take_down(
        load(config, lake),
        [line for entry in documents for line in _lines(entry)],
        root=project_root(),
        asked_by=by or os.environ.get("USER") or f"user {os.getuid()}",
        why=why or "",
        at=datetime.now(UTC),
        with_copies=copies,
        dry_run=dry_run,
    )
    for doc_id in found.documents:
        typer.echo(f"{doc_id}\tcopy" if doc_id in found.copies else doc_id)
    verb = "would be taken down" if dry_run else "taken down"
    say(
        f"{counted(len(found.documents), 'document')} {verb}, {found.in_gold} of them in gold; "
        f"{counted(found.reports, 'report')} changed",
        quiet=quiet,
    )
    for entry in found.absent:
        say(f"not in the lake, kept out from now on: {entry}", style="yellow", quiet=quiet)


def _lines(entry: str) -> list[str]:
    from saaf.errors import InputError

    path = Path(entry)
    if "://" in entry or not path.is_file():
        return [entry]
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the list cannot be read: {error}", where=entry, next_step="give a text file in UTF-8"
        ) from error


def _list(config: Path | None, lake: Path | None) -> None:
    from saaf.engines.takedown import history
    from saaf.report.show import one_line

    for row in history(open_lake(config, lake)):
        cells = (row["taken_down_at"].isoformat(), row["doc_id"], row["asked_by"], row["why"])
        typer.echo("\t".join(one_line(str(cell or "")) for cell in cells))
