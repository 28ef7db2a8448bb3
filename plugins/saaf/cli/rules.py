"""``saaf rules``: do the rules do what they say, and which of them does anything at all."""

from __future__ import annotations

import json as json_
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saaf.cli.reading import Inputs
from saaf.cli.terminal import Debug, Quiet, Site, TextField, command, say, written
from saaf.errors import EXIT_DATA_REFUSED

if TYPE_CHECKING:
    import pyarrow as pa

    from saaf.clean import Cleaner

app = typer.Typer(
    name="rules",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Test rule packs, see which rules fire on your texts, and approve learned ones.",
    epilog="First step: [bold]saaf rules test my-pack.yaml[/bold]",
)


@app.command("test")
@command
def examples(
    packs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PACK]...", help="Rule packs; the project's own if none is named.", show_default=False),
    ] = None,
    *,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Run the examples of rule packs; print each that fails, with file and line.

    [bold]Examples[/bold]

      saaf rules test my-pack.yaml
      saaf rules test
    """
    from saaf.clean.examples import check_examples
    from saaf.clean.packs import load_pack
    from saaf.report.show import counted, one_line

    loaded = [load_pack(file) for file in packs or _own_packs()]
    problems = [problem for pack in loaded for problem in check_examples(pack)]
    for problem in problems:
        typer.echo(one_line(str(problem)))
    rules = [rule for pack in loaded for rule in pack.pack.rules]
    count = sum(len(rule.examples.match) + len(rule.examples.no_match) for rule in rules if rule.examples)
    tried = f"{counted(count, 'example')} of {counted(len(rules), 'rule')} in {counted(len(loaded), 'pack')}"
    if problems:
        say(f"{tried}: {len(problems)} fail", style="bold red")
        raise typer.Exit(EXIT_DATA_REFUSED)
    say(f"{tried}: all hold", style="bold", quiet=quiet)


@dataclass
class _Hits:
    """How often rules fired.

    Attributes:
        documents: Documents that were cleaned.
        pieces: Removals of each rule.
        on: Documents that each rule removed something of.
        characters: Characters that each rule removed.
    """

    documents: int = 0
    pieces: Counter[str] = field(default_factory=Counter)
    on: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)

    def add(self, removed: list[list[dict[str, Any]]]) -> None:
        for spans in removed:
            self.documents += 1
            self.on.update({span["rule"] for span in spans})
            for span in spans:
                self.pieces[span["rule"]] += 1
                self.characters[span["rule"]] += span["end"] - span["start"]

    def rows(self, cleaner: Cleaner) -> list[dict[str, Any]]:
        """A row a rule, the busiest first, those that never fired last and by name."""
        rows = [
            {
                "rule": rule.name,
                "kind": rule.kind,
                "pieces": self.pieces[rule.name],
                "documents": self.on[rule.name],
                "characters": self.characters[rule.name],
            }
            for rule in cleaner.rules
        ]
        return sorted(rows, key=lambda row: (-row["pieces"], row["rule"]))


@app.command()
@command
def hits(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="Files or folders: .txt, .jsonl, .csv, .parquet, also compressed."),
    ],
    *,
    rules: Annotated[
        list[Path] | None, typer.Option("--rules", "-r", metavar="PACK", help="A rule pack more; can be repeated.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JSON instead; - for the screen.")] = None,
    site: Site = None,
    text_field: TextField = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Clean texts and tell of each rule how often it fired; rules that never did come last.

    Tab separated: removals, documents, characters, kind, rule.

    [bold]Examples[/bold]

      saaf rules hits scraped.jsonl
      saaf rules hits folder --rules my-pack.yaml --json hits.json
    """
    cleaner = _cleaner(rules or [])
    found = _Hits()
    reading = Inputs(inputs, quiet=quiet, settings={"site": site, "text_field": text_field})
    for ingested in reading.batches():
        found.add(_removed(cleaner, ingested.bronze))
    rows = found.rows(cleaner)
    if json is not None:
        with written(json) as file:
            file.write(json_.dumps({"documents": found.documents, "rules": rows}, indent=1) + "\n")
    else:
        for row in rows:
            typer.echo("\t".join(str(row[name]) for name in ("pieces", "documents", "characters", "kind", "rule")))
    _summarise(found, rows, quiet=quiet)
    if reading.incomplete:
        raise typer.Exit(EXIT_DATA_REFUSED)


@app.command()
@command
def approve(
    packs: Annotated[list[Path], typer.Argument(metavar="PACK...", help="Packs that `saaf learn` proposed.")],
    *,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who approves; by default the login name.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to; by default include/rules/learned, which the default `packs` take."),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Adopt proposed packs that you have read: from then on every run uses them.

    The rules are taken as they stand in the file, without what you deleted. A pack of the same name
    that was adopted before is replaced, and its version counts on.

    [bold]Examples[/bold]

      saaf rules approve proposed.yaml
      saaf rules approve proposed.yaml --by "Sana Malik"
    """
    from getpass import getuser

    from saaf.clean.learn.adoption import LEARNED_FOLDER, adopt
    from saaf.config import project_root
    from saaf.report.show import counted

    folder = into or project_root() / LEARNED_FOLDER
    at = datetime.now(UTC).isoformat(timespec="seconds")
    for pack in packs:
        adopted = adopt(pack, folder, by=by or getuser(), at=at)
        rules = counted(adopted.rules, "rule")
        say(f"{adopted.name}, version {adopted.version}: {rules}: {adopted.file}", style="bold", quiet=quiet)


def _removed(cleaner: Cleaner, bronze: pa.RecordBatch) -> list[list[dict[str, Any]]]:
    removed: list[list[dict[str, Any]]] = cleaner.clean(bronze).silver.column("removed").to_pylist()
    return removed


def _summarise(found: _Hits, rows: list[dict[str, Any]], *, quiet: bool) -> None:
    from saaf.report.show import counted

    never = sum(not row["pieces"] for row in rows)
    said = f"{counted(found.documents, 'document')}: {len(rows) - never:,} of {counted(len(rows), 'rule')} fired"
    say(f"{said}, {never:,} never", style="bold", quiet=quiet)


def _cleaner(rules: list[Path]) -> Cleaner:
    from saaf.clean import Cleaner
    from saaf.cli.clean import warn_of_proposals
    from saaf.config import CleanConfig, project_root

    packs = [path.expanduser().absolute() for path in rules]
    warn_of_proposals(packs)
    return Cleaner.load(CleanConfig(), project_root(), packs)


def _own_packs() -> list[Path]:
    from saaf.config import project_root

    folder = project_root() / "include" / "rules"
    return sorted(folder.rglob("*.yaml"))
