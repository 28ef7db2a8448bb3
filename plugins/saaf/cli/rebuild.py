"""``saaf rebuild`` and ``saaf diff``: everything decided anew by today's rules, and what that changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, load, open_lake
from saaf.cli.terminal import Debug, Quiet, command, progress, results, say, written

if TYPE_CHECKING:
    from saaf.pipeline import Progress
    from saaf.publish.diff import Diff

HtmlFile = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page; - for the output.")]
JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write it as JSON; - for the output.")]


@command
def rebuild(
    *,
    swap: Annotated[
        bool, typer.Option("--swap", help="Make the rebuild that is ready the gold that people read.")
    ] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Throw away the rebuild that is staged.")] = False,
    html: HtmlFile = None,
    json: JsonFile = None,
    config: ConfigFile = None,
    lake: LakeFolder = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Clean and decide anew over everything ever ingested, with today's rules, and tell what would change.

    Gold stays as it is until you call it again with --swap; runs may go on
    meanwhile. A rebuild that was cut short goes on where it was. The gold of
    before is kept for a week.

    [bold]Examples[/bold]

      saaf rebuild
      saaf diff --html changes.html
      saaf rebuild --swap
    """
    from saaf.config import project_root
    from saaf.errors import InputError
    from saaf.pipeline import rebuild as run_rebuild
    from saaf.pipeline import rebuilder
    from saaf.report.show import counted

    if swap and discard:
        raise InputError("--swap and --discard exclude one another", next_step="name one of them")
    open_lake(config, lake)  # it must be there: a rebuild must not make one
    chosen, root = load(config, lake), project_root()
    if discard:
        rebuilder(chosen, root=root).discard()
        say("Thrown away; gold is as it was.", quiet=quiet)
        return
    if swap:
        facts = rebuilder(chosen, root=root).swap()
        say(f"Gold is generation {facts['generation']} now: {counted(facts['gold'], 'document')}.", quiet=quiet)
        return
    with progress(quiet=quiet) as display:
        task = display.add_task("plan", total=None) if display else None

        def show(step: Progress) -> None:
            if display is not None and task is not None:
                display.update(task, description=step.stage, completed=step.done, total=step.total)

        found = run_rebuild(chosen, root=root, started_at=datetime.now(UTC), on_progress=show)
    _tell(found, html, json)
    say("Nothing has been published. To publish it: saaf rebuild --swap", quiet=quiet)


@command
def diff(
    *,
    html: HtmlFile = None,
    json: JsonFile = None,
    config: ConfigFile = None,
    lake: LakeFolder = None,
    quiet: Quiet = False,  # noqa: ARG001 - it prints results only
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Tell what the rebuild that is staged would change in gold: documents and lines gained and lost, and why.

    [bold]Example[/bold]

      saaf diff --html changes.html
    """
    from saaf.config import project_root
    from saaf.pipeline import rebuilder

    open_lake(config, lake)
    _tell(rebuilder(load(config, lake), root=project_root()).diff(), html, json)


def _tell(found: Diff, html: Path | None, json: Path | None) -> None:
    from saaf.report.html import render_diff

    if html is not None:
        with written(html) as file:
            file.write(render_diff(found))
    if json is not None:
        with written(json) as file:
            file.write(found.model_dump_json(indent=1) + "\n")
    if html is None and json is None:
        _print(found)


def _print(found: Diff) -> None:
    from rich.table import Table
    from rich.text import Text

    from saaf.report.show import one_line

    out, counts = results(), found.counts
    out.print(
        f"Documents  {counts.before:,} today, {counts.now:,} after: {counts.gained:,} gained, {counts.lost:,} lost, "
        f"{counts.changed:,} with another text\nLines      {counts.lines_gained:,} gained, {counts.lines_lost:,} lost "
        "in documents that stay"
    )
    parts: list[tuple[tuple[str, ...], list[tuple[str, ...]]]] = [
        (("reason", "gained", "lost"), [(r.reason, f"{r.gained:,}", f"{r.lost:,}") for r in found.reasons]),
        (
            ("site", "gained", "lost", "changed"),
            [(s.site or "not known", f"{s.gained:,}", f"{s.lost:,}", f"{s.changed:,}") for s in found.sites[:10]],
        ),
        (
            ("rule", "characters removed before", "now"),
            [(r.rule, f"{r.characters_before:,}", f"{r.characters_now:,}") for r in found.rules[:20]],
        ),
    ]
    for heads, rows in parts:
        if rows:
            table = Table(*heads, box=None)
            for row in rows:
                table.add_row(*(Text(one_line(cell)) for cell in row))
            out.print(table)
    for sample in found.samples:
        about = " ".join(part for part in (sample.kind, sample.doc_id, sample.site, sample.reason) if part)
        lines = [f"+ {line}" for line in sample.lines_gained] + [f"- {line}" for line in sample.lines_lost]
        out.print(Text("\n".join(one_line(line) for line in [about, *lines, *([sample.text] if sample.text else [])])))
