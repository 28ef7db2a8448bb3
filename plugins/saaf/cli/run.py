"""``saaf run``: the whole way from raw text to gold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, load, source_of
from saaf.cli.terminal import Debug, Quiet, command, progress, results, say

if TYPE_CHECKING:
    from saaf.config import CorpusConfig, SourceConfig
    from saaf.pipeline import Progress, RunOutcome


@command
def run(
    *,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A source of the configuration. With --input: the name that the input gets."),
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", "-i", metavar="PATH", help="A folder, a file or a URL with texts of your own."),
    ] = None,
    config: ConfigFile = None,
    lake: LakeFolder = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Take at most N new input files.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but publish.")] = False,
    approve: Annotated[
        str | None,
        typer.Option(metavar="WHY", help="Publish even if figures of the run are far from those of earlier runs."),
    ] = None,
    data_docs: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write Data Docs of Great Expectations there too: counts, never values."),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Take in new texts, clean, check and deduplicate them, and publish the result as Parquet.

    Without options the first source of the configuration is read: the three
    seed articles that come with the project. Files that an earlier run took
    in are not taken again, so it can be repeated.

    [bold]Examples[/bold]

      saaf run
      saaf run --input ~/my-texts --lake ./my-lake
      saaf run --source seeds --dry-run
    """
    from saaf.config import project_root
    from saaf.pipeline import run as run_pipeline

    chosen, name = _choose(load(config, lake, input_), source, input_)
    started_at = datetime.now(UTC)
    with progress(quiet=quiet) as display:
        task = display.add_task("plan", total=None) if display else None

        def show(step: Progress) -> None:
            if display is not None and task is not None:
                display.update(task, description=step.stage, completed=step.done, total=step.total)

        outcome = run_pipeline(
            chosen,
            source=name,
            root=project_root(),
            run_id=f"cli__{started_at:%Y-%m-%dT%H:%M:%S.%f}",
            started_at=started_at,
            dry_run=dry_run,
            limit=limit,
            approve=approve,
            on_progress=show,
        )
    _print_outcome(outcome, name, chosen, quiet=quiet)
    if data_docs is not None:
        _write_data_docs(outcome, chosen, data_docs, quiet=quiet)


def _write_data_docs(outcome: RunOutcome, config: CorpusConfig, folder: Path, *, quiet: bool) -> None:
    from saaf.config import project_root
    from saaf.engines.gates import data_docs
    from saaf.lake import Lake

    root = project_root()
    page = data_docs(
        Lake.open(root / config.lake), outcome.plan.run_id, suites=root / config.validate_.suites, folder=folder
    )
    say(f"Data Docs  {page}" if page else "Data Docs are made of runs that published; none were written.", quiet=quiet)


def _choose(config: CorpusConfig, source: str | None, input_: str | None) -> tuple[CorpusConfig, str]:
    """The configuration with the source to read in it, and that source's name."""
    if input_ is None:
        chosen = config.source(source) if source else config.sources[0]
        return config, chosen.name
    made = _input_source(config, source, input_)
    others = tuple(s for s in config.sources if s.name != made.name)
    return config.model_copy(update={"sources": (*others, made)}), made.name


def _input_source(config: CorpusConfig, source: str | None, input_: str) -> SourceConfig:
    made = source_of(input_, source)
    configured = next((s for s in config.sources if s.name == made.name), None)
    if configured is None:
        return made
    return configured.model_copy(update={"path": made.path, "path_from_environment": None})


def _print_outcome(outcome: RunOutcome, source: str, config: CorpusConfig, *, quiet: bool) -> None:
    from saaf.report import print_text

    if outcome.report is None:
        place = config.source(source).location(Path())
        say(f"Nothing new: every file of source {source!r} ({place}) was taken by an earlier run.", quiet=quiet)
        if outcome.plan.unsettled:
            from saaf.report.show import counted

            waiting = counted(len(outcome.plan.unsettled), "file")
            say(f"{waiting} still being written: left for the next run.", style="yellow", quiet=quiet)
        say(f"Parquet  {outcome.gold}", quiet=quiet)
        return
    if not quiet:
        print_text(outcome.report, results(), report_path=outcome.report_path)
