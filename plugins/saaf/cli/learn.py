"""``saaf learn``: what a site's pages repeat, proposed as a rule pack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saaf.cli.project import ConfigFile, LakeFolder, open_lake
from saaf.cli.reading import Inputs
from saaf.cli.terminal import Debug, IdField, Quiet, Site, TextField, command, replacing, say
from saaf.errors import EXIT_DATA_REFUSED, ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

    from saaf.clean import Cleaner
    from saaf.clean.learn import LearnConfig, Proposal, Written

_COLUMNS = ["doc_id", "site", "raw_text", "url", "given_title"]
_SITES_SHOWN = 20
_COMMAND = "saaf learn --approve"
"""Who approved a pack that nobody read: no name and no time, so that the same pages give the same bytes."""


@command
def learn(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT]...",
            help="Files or folders of raw pages: .txt, .jsonl, .csv, .parquet, also compressed. None: a lake's.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="PACK", help="The rule pack to write: a .yaml.")],
    approve: Annotated[bool, typer.Option("--approve", help="Mark the pack as approved by you, unread.")] = False,
    min_articles: Annotated[
        int, typer.Option(metavar="N", min=2, help="Distinct articles of a site that must repeat a line.")
    ] = 3,
    rules: Annotated[
        list[Path] | None,
        typer.Option("--rules", "-r", metavar="PACK", help="A pack more that is in use; can be repeated."),
    ] = None,
    lake: LakeFolder = None,
    config: ConfigFile = None,
    site: Site = None,
    id_field: IdField = None,
    text_field: TextField = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Learn from raw pages which lines belong to a site and not to its articles: teasers, above all.

    Counts over distinct articles: copies of one article count once. Lines that the project's rules
    remove already are left out. Read the pack, delete what belongs to articles, then use it.

    [bold]Examples[/bold]

      saaf learn scraped/ --output proposed.yaml
      saaf learn pages.jsonl -o learned.yaml --approve
      saaf clean pages.jsonl --rules learned.yaml -o clean.parquet
    """
    from saaf.clean.learn import learn as learn_from

    if bool(inputs) == (lake is not None or config is not None):
        raise ConfigError(
            "learning needs either files or a lake", next_step="name files, or a lake: saaf learn --lake ./lake"
        )
    settings = {"site": site, "id_field": id_field, "text_field": text_field}
    source = _Files(inputs, settings, quiet=quiet) if inputs else _Bronze(lake, config)
    proposal = learn_from(source.scan, _settings(min_articles), cleaner=_cleaner(rules or [], output.stem))
    if not proposal.lines:
        _tell(proposal, quiet=quiet)
        say(f"Nothing to learn: no line recurs in {min_articles} distinct articles of a site. No pack was written.")
        raise typer.Exit(EXIT_DATA_REFUSED)
    written = _write(proposal, output, approve=approve)
    _tell(proposal, quiet=quiet)
    _tell_pack(written, output, approve=approve, quiet=quiet)
    if source.incomplete:
        raise typer.Exit(EXIT_DATA_REFUSED)


class _Files:
    """Pages of files; the second reading is silent."""

    def __init__(self, inputs: list[str], settings: dict[str, Any], *, quiet: bool) -> None:
        self._inputs = inputs
        self._settings = settings
        self._quiet = quiet
        self.incomplete = False

    def scan(self) -> Iterator[pa.RecordBatch]:
        import pyarrow.compute as pc

        reading = Inputs(self._inputs, quiet=self._quiet, settings=self._settings)
        for ingested in reading.batches():
            bronze = ingested.bronze
            # Evidence names pages as the reader knows them.
            ids = pc.coalesce(bronze.column("given_id"), bronze.column("doc_id"))
            yield bronze.select(_COLUMNS).set_column(0, "doc_id", ids)
        self._quiet = True
        self.incomplete = reading.incomplete


class _Bronze:
    """Pages of a lake."""

    incomplete = False

    def __init__(self, lake: Path | None, config: Path | None) -> None:
        self._lake = open_lake(config, lake)

    def scan(self) -> Iterator[pa.RecordBatch]:
        return self._lake.read("bronze", _COLUMNS)


def _settings(min_articles: int) -> LearnConfig:
    from saaf.clean.learn import LearnConfig

    return LearnConfig(min_articles=min_articles)


def _cleaner(rules: list[Path], name: str) -> Cleaner:
    """The project's rules, but for an adopted pack of that name, and the rules named.

    Raises:
        RuleError: A pack cannot be used.
    """
    from saaf.clean import Cleaner
    from saaf.clean.learn.adoption import beside
    from saaf.config import CleanConfig, project_root

    root = project_root()
    return Cleaner.load(beside(CleanConfig(), root, name), root, [path.expanduser().absolute() for path in rules])


def _write(proposal: Proposal, output: Path, *, approve: bool) -> Written:
    from saaf.clean.learn import write_pack
    from saaf.report.show import counted

    read = f"{counted(proposal.articles, 'distinct article')} on {counted(proposal.pages, 'page')}"
    about = f"Lines that recur over distinct articles of a site, learned from {read}."
    written = write_pack(proposal.lines, output.stem, approved_by=_COMMAND if approve else None, about=about)
    with replacing(output) as unfinished:
        unfinished.write_bytes(written.content)
    return written


def _tell(proposal: Proposal, *, quiet: bool) -> None:
    from saaf.report.show import counted, one_line

    say(
        f"{counted(proposal.pages, 'page')}, {counted(proposal.articles, 'distinct article')}",
        style="bold",
        quiet=quiet,
    )
    by_site = Counter(line.site for line in proposal.lines)
    for site, lines in by_site.most_common(_SITES_SHOWN):
        name = one_line(site) or "(no site)"
        say(f"  {lines:>7,}  {name}: {proposal.shares[site]:.1%} of its text", quiet=quiet)
    for reason, lines in proposal.refused.items():
        say(f"  {lines:>7,}  not learned: {reason}", quiet=quiet)


def _tell_pack(written: Written, output: Path, *, approve: bool, quiet: bool) -> None:
    from saaf.report.show import counted

    state = "Approved" if approve else "Proposed"
    what = f"{counted(written.lines, 'line')} in {counted(written.rules, 'rule')}"
    left = f"; {counted(written.cut, 'line')} more had no room" if written.cut else ""
    say(f"{state}: {what}{left}: {output}", style="bold", quiet=quiet)
    if not approve:
        say("  try it:   saaf clean INPUT --rules PACK", quiet=quiet)
        say("  adopt it: read it, delete what belongs to articles, then: saaf rules approve PACK", quiet=quiet)
