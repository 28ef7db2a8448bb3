"""``saaf maintain``: what a lake needs once a week."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, load, open_lake
from saaf.cli.terminal import Debug, Quiet, command, say


@command
def maintain(
    *,
    rebuild_index: Annotated[
        bool,
        typer.Option(
            "--rebuild-index", help="Make the index anew from gold: where it is damaged, or settings changed."
        ),
    ] = False,
    config: ConfigFile = None,
    lake: LakeFolder = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Compact the index, and let go of old generations, replaced files, old staging and reports.

    What is kept for how long is set under `maintain:` in the configuration.
    Nothing that the log or a reader of gold needs is removed.

    [bold]Examples[/bold]

      saaf maintain
      saaf maintain --rebuild-index
    """
    from saaf.config import project_root
    from saaf.pipeline import maintain as carry_out
    from saaf.report.show import one_line

    open_lake(config, lake)  # it must be there
    done = carry_out(load(config, lake), root=project_root(), now=datetime.now(UTC), rebuild_index=rebuild_index)
    for sentence in done:
        typer.echo(one_line(sentence))
    if not done:
        say("Nothing was due.", quiet=quiet)
