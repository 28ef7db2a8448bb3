"""The command line: ``saaf run``, ``saaf clean`` and all the others.

Results go to the standard output, everything else to the standard error. Exit codes: 0 done, 1 data
refused, 2 wrong use.
"""

from __future__ import annotations

from typing import Annotated

import typer

from saaf.cli import (
    calibrate,
    clean,
    dedup,
    explain,
    lake,
    learn,
    maintain,
    rebuild,
    report,
    rules,
    run,
    similar,
    takedown,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="saaf",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # their locals would print article text
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(run.run)
app.command()(clean.clean)
app.command()(learn.learn)
app.command()(dedup.dedup)
app.command()(explain.explain)
app.command()(similar.similar)
app.command()(calibrate.calibrate)
app.command()(report.report)
app.command()(lake.ledger)
app.command()(lake.verify)
app.command()(rebuild.rebuild)
app.command()(rebuild.diff)
app.command()(takedown.takedown)
app.command()(maintain.maintain)
app.command()(lake.warm_up)
app.add_typer(rules.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from saaf import __version__

        typer.echo(f"saaf {__version__}")
        raise typer.Exit


@app.callback(epilog="First steps: [bold]saaf clean article.txt[/bold], then [bold]saaf run[/bold] for the whole way.")
def _saaf(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Raw scraped news text in; a clean, deduplicated, validated Parquet corpus out. Urdu first.

    Exit codes: 0 done, 1 data refused, 2 wrong use.
    """


def main() -> None:
    """The console script."""
    from saaf.cli.terminal import forgiving_streams

    forgiving_streams()
    app()
