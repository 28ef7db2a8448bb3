"""``saaf calibrate``: is the threshold right for this lake, and do the bands find what they should?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saaf.cli.project import ConfigFile, LakeFolder, load, open_lake
from saaf.cli.terminal import Debug, Quiet, command, results, say, written
from saaf.errors import InputError

if TYPE_CHECKING:
    from saaf.config import DeduplicateConfig
    from saaf.deduplicate.calibration import Pairs
    from saaf.lake import Lake

_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@command
def calibrate(
    *,
    lake: LakeFolder = None,
    config: ConfigFile = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with the curve and the pairs, their texts side by side."),
    ] = None,
    pairs: Annotated[int, typer.Option("--pairs", "-n", metavar="N", min=0, help="Pairs around the threshold.")] = 10,
    sample: Annotated[
        int, typer.Option(metavar="N", min=2, help="Documents to look at, the first by id: ids are random.")
    ] = 20_000,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Show how similar the documents of a lake are to each other, around the threshold and by it.

    Looks at gold and at what was rejected as a copy: pairs from a
    similarity of 0.2, whether the configured bands make candidates of them
    and how many should be; what other thresholds would drop; and the pairs
    next to the threshold, for a person to judge.

    [bold]Examples[/bold]

      saaf calibrate --html calibration.html
      saaf calibrate --pairs 30 --sample 5000
    """
    from saaf.deduplicate.calibration import around, find_pairs

    opened = open_lake(config, lake)
    settings = load(config, lake).deduplicate
    documents = _sample(opened, sample)
    found = find_pairs([document.text for document in documents], settings)
    _print(found, settings, len(documents))
    chosen = around(found, settings.threshold, pairs)
    _print_pairs(found, chosen, documents)
    if html is not None:
        from saaf.cli.calibration_page import Page

        with written(html) as file:
            file.write(Page(found, settings, documents, chosen, _THRESHOLDS).render())
        say(f"Wrote {html}", quiet=quiet)


@dataclass(frozen=True)
class Document:
    """A document of the sample.

    Attributes:
        doc_id: Its id.
        place: ``gold`` or ``rejected``.
        uri: Where it came from.
        text: Its text.
    """

    doc_id: str
    place: str
    uri: str
    text: str


def _sample(lake: Lake, most: int) -> list[Document]:
    """The first documents by id of those that are in gold or were rejected as copies.

    Raises:
        InputError: There are not two.
    """
    copies = sorted(_ids(lake, "duplicates"))
    gold = sorted(_ids(lake, "gold"))
    chosen = set(sorted({*copies, *gold})[:most])
    found = [
        Document(row["doc_id"], place, row["uri"], row["text"])
        for table, place, ids in (
            ("gold", "gold", chosen.intersection(gold)),
            ("silver", "rejected", chosen.difference(gold)),
        )
        if ids
        for batch in lake.read(table, ["doc_id", "uri", "text"], doc_ids=ids)
        for row in batch.to_pylist()
        if row["text"]
    ]
    if len(found) < 2:
        raise InputError(
            "there are not two documents with text to compare", where=str(lake.root), next_step="run first: saaf run"
        )
    return sorted(found, key=lambda document: document.doc_id)


def _ids(lake: Lake, table: str) -> Iterator[str]:
    for batch in lake.read(table, ["doc_id"]):
        yield from batch.column("doc_id").to_pylist()


def _print(found: Pairs, settings: DeduplicateConfig, documents: int) -> None:
    """The curve and the thresholds, as tables."""
    from rich import box
    from rich.table import Table

    from saaf.deduplicate.calibration import at_thresholds, bins
    from saaf.report.show import counted

    console = results()
    unit = "characters" if settings.shingle == "character" else "words"
    console.print(
        f"{counted(documents, 'document')}, runs of {settings.shingle_size} {unit}, "
        f"{settings.bands} bands of {settings.rows}; a copy from {settings.threshold:g}",
        markup=False,
    )
    curve = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("similarity", "pairs", "share a band", "should by the formula"):
        curve.add_column(name, justify="right")
    for row in bins(found, settings):
        curve.add_row(f"{row.low:.2f} - {row.high:.2f}", f"{row.pairs:,}", f"{row.found:,}", f"{row.expected:,.1f}")
    console.print(curve)
    counts = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("threshold", "pairs from it on", "documents that it drops"):
        counts.add_column(name, justify="right")
    for at in at_thresholds(found, _THRESHOLDS):
        counts.add_row(f"{at.threshold:g}", f"{at.pairs:,}", f"{at.dropped:,}")
    console.print(counts)


def _print_pairs(found: Pairs, chosen: list[int], documents: list[Document]) -> None:
    """The pairs next to the threshold, without their texts: a terminal may be a log."""
    from saaf.report.show import one_line

    console = results()
    for place in chosen:
        pair = documents[int(found.left[place])], documents[int(found.right[place])]
        shown = "  ".join(f"{document.doc_id} ({document.place}, {one_line(document.uri)})" for document in pair)
        console.print(f"{found.similarity[place]:.3f}  {shown}", markup=False, soft_wrap=True)
