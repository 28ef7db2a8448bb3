"""``saaf verify``, ``saaf ledger`` and ``saaf warm-up``: looking after a lake and a machine."""

from __future__ import annotations

from typing import Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, open_lake
from saaf.cli.terminal import Debug, Quiet, command, say
from saaf.errors import EXIT_DATA_REFUSED


@command
def verify(
    *,
    lake: LakeFolder = None,
    config: ConfigFile = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Compare every file of the lake with its log, byte for byte; tell what is missing, damaged or strange.

    [bold]Example[/bold]

      saaf verify --lake ./lake
    """
    from saaf.report.show import counted

    opened = open_lake(config, lake)
    problems = opened.verify()
    for problem in problems:
        typer.echo(_shown(problem))
    if problems:
        say(f"{counted(len(problems), 'problem')} in {opened.root}", style="bold red")
        raise typer.Exit(EXIT_DATA_REFUSED)
    say(f"The lake is as its log says: {counted(opened.head, 'commit')} in {opened.root}", quiet=quiet)


@command
def ledger(
    *,
    errors: Annotated[bool, typer.Option("--errors", "-e", help="Only files that could not be read.")] = False,
    lake: LakeFolder = None,
    config: ConfigFile = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """List the input files that runs have taken in, tab separated: status, records, uri, error, message, when, run.

    [bold]Example[/bold]

      saaf ledger --errors
    """
    from saaf.report.show import counted

    opened = open_lake(config, lake)
    began = {record.run_id: record.facts.get("started_at", record.at) for record in opened.runs()}
    files = 0
    for batch in opened.read("ledger", ["status", "records", "uri", "error", "message", "run_id"]):
        for row in batch.to_pylist():
            if not errors or row["status"] == "error":
                files += 1
                run_id = row.pop("run_id")
                cells = (*row.values(), began.get(run_id), run_id)
                typer.echo("\t".join("" if value is None else _shown(str(value)) for value in cells))
    say(counted(files, "file"), quiet=quiet)


@command
def warm_up(
    *,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Compile what cleaning and deduplication compute with, so that the first run does not have to wait for it.

    The result is kept on the machine; one call after an installation or an
    update is enough.

    [bold]Example[/bold]

      saaf warm-up
    """
    from time import perf_counter

    from saaf.clean import warm_up as compile_cleaning
    from saaf.deduplicate import warm_up as compile_deduplication

    begun = perf_counter()
    compile_cleaning()
    compile_deduplication()
    say(f"Ready after {perf_counter() - begun:.1f} s", quiet=quiet)


def _shown(text: str) -> str:
    from saaf.report.show import one_line

    return one_line(text)
