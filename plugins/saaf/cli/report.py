"""``saaf report``: what a run did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, load, open_lake
from saaf.cli.terminal import Debug, Quiet, command, results, say, written
from saaf.errors import InputError

if TYPE_CHECKING:
    from saaf.config import CorpusConfig
    from saaf.lake import CommitRecord, Lake
    from saaf.report import RunReport


@command
def report(
    run_id: Annotated[
        str | None, typer.Argument(metavar="[RUN_ID]", help="A run's id or number; the last one.")
    ] = None,
    *,
    list_: Annotated[bool, typer.Option("--list", "-l", help="List the runs.")] = False,
    against: Annotated[
        str | None, typer.Option(metavar="RUN_ID", help="Compare with another run, by its id or number.")
    ] = None,
    path: Annotated[bool, typer.Option("--path", help="Print where the page lies, and no more.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Make page and data anew from the run's tables.")] = False,
    lake: LakeFolder = None,
    config: ConfigFile = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page there.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the data there; - for the screen.")] = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Print what a run did: the funnel, what was removed and by which rule, where the results are.

    [bold]Examples[/bold]

      saaf report
      saaf report --list
      saaf report 3 --against 2
      saaf report 3 --html run-3.html
    """
    opened = open_lake(config, lake)
    if list_:
        _list(opened)
        return
    from saaf.report import print_text, render_html

    record = _find(opened, run_id)
    page = opened.report_path(record.run_id)
    if again:
        _make_again(opened, record, load(config, lake))
    stored = _read(opened, record)
    if path:
        results().print(str(page), soft_wrap=True, highlight=False, markup=False)
        return
    if against is not None:
        from saaf.report.against import print_against

        print_against(_read(opened, _find(opened, against)), stored, results())
        return
    if html is not None:
        with written(html) as file:
            file.write(render_html(stored))
        say(f"Wrote {html}", quiet=quiet)
    if json is not None:
        with written(json) as file:
            file.write(stored.model_dump_json(indent=1) + "\n")
    if html is None and json is None:
        print_text(stored, results(), report_path=page)


def _read(lake: Lake, record: CommitRecord) -> RunReport:
    from saaf.report import read_report

    data = lake.report_path(record.run_id).with_suffix(".json")
    try:
        return read_report(data.read_bytes(), where=str(data))
    except FileNotFoundError:
        raise InputError(
            f"run {record.run_id!r} has no report",
            where=str(data),
            next_step=f"make it again from the tables: saaf report {record.n} --again",
        ) from None


def _make_again(lake: Lake, record: CommitRecord, config: CorpusConfig) -> None:
    from saaf.config import project_root
    from saaf.pipeline import engine

    if any(later.operation == "swap" for later in lake.log()[record.n :]):
        raise InputError(
            f"a rebuild has replaced what run {record.run_id!r} decided: its report cannot be made again",
            where=str(lake.root),
            next_step="look into the tables themselves, or choose a later run: saaf report --list",
        )
    engine(config, root=project_root(), run_id=record.run_id).report()


def _runs(lake: Lake) -> tuple[CommitRecord, ...]:
    """The commits of runs; others rebuild, compact or take down, and have no report."""
    return tuple(record for record in lake.log() if record.operation == "run")


def _find(lake: Lake, run_id: str | None) -> CommitRecord:
    """The run of that id or number; the last one for None.

    Raises:
        InputError: There is none.
    """
    log = _runs(lake)
    if not log:
        raise InputError("no run has published anything yet", where=str(lake.root), next_step="start one: saaf run")
    if run_id is None:
        return log[-1]
    for record in reversed(log):
        if run_id in {record.run_id, str(record.n)}:
            return record
    raise InputError(f"no run is called {run_id!r}", where=str(lake.root), next_step="list them: saaf report --list")


def _list(lake: Lake) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from saaf.report.show import one_line

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("number", "run", "source", "day", "ingested", "gold", "report"):
        numeric = name in {"number", "ingested", "gold"}
        table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for record in _runs(lake):
        facts = record.facts
        gold, ingested = record.rows("gold"), facts.get("ingested")
        table.add_row(
            str(record.n),
            Text(one_line(record.run_id)),
            Text(one_line(str(facts.get("source", "")))),
            Text(one_line(str(facts.get("ingest_date", "")))),
            f"{ingested:,}" if isinstance(ingested, int) else "",
            f"{gold:,}",
            "yes" if lake.report_path(record.run_id).exists() else "no",
        )
    results().print(table)
