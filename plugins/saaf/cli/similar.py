"""``saaf similar``: what is near one document, in gold and among the rejected, and why it is or is not a copy."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saaf.cli.explain import find_document, no_document
from saaf.cli.project import ConfigFile, LakeFolder, load, open_lake
from saaf.cli.terminal import Debug, Quiet, command, results, say, written
from saaf.errors import InputError

if TYPE_CHECKING:
    from saaf.config import DeduplicateConfig
    from saaf.deduplicate.neighbours import Neighbour
    from saaf.lake import Lake

_COMPARED = 1000
"""Documents of the index that are compared at most: those that share the most bands."""
_LEAST_SHOWN = 0.05
"""Similarity of what is worth a line, unless it is a copy for another reason."""


@command
def similar(
    document: Annotated[
        str,
        typer.Argument(metavar="DOC_ID", help="A document's id, its first digits, or its uri (source and file)."),
    ],
    *,
    lake: LakeFolder = None,
    config: ConfigFile = None,
    most: Annotated[int, typer.Option("--most", "-n", metavar="N", min=1, help="Lines to print.")] = 20,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write JSON instead; - for the screen.")
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - the command's frame reads it
) -> None:
    """Tell what is near one document, with exact similarity, and whether it counts as a copy and why.

    Looks at gold through the index, and at the documents that were rejected
    as copies of what it finds there. Thresholds are those of the
    configuration: to see what others would do, name another with --config.

    [bold]Examples[/bold]

      saaf similar 33b44df4
      saaf similar seeds/000_33b44df4fdec7df0.txt --json near.json
    """
    opened = open_lake(config, lake)
    settings = load(config, lake).deduplicate
    doc_id = find_document(opened, document)
    found = _Near(opened, settings, doc_id).find()
    if as_json is not None:
        with written(as_json) as file:
            file.write(json.dumps([row.shown() for row in found], ensure_ascii=False, indent=1) + "\n")
        return
    _print(found[:most], settings)
    if not found:
        say(f"Nothing is near {doc_id}.", quiet=quiet)
    elif len(found) > most:
        say(f"{len(found) - most} more: --most {len(found)}", quiet=quiet)


@dataclass(frozen=True)
class _Row:
    """A near document and where it ended."""

    near: Neighbour
    place: str
    uri: str
    reason: str

    def shown(self) -> dict[str, object]:
        """The row as JSON."""
        comparison = self.near.comparison
        return {
            "doc_id": self.near.doc_id,
            "where": self.place,
            "similarity": comparison.similarity,
            "containment": comparison.containment,
            "verdict": self.near.verdict,
            "why": self.reason,
            "uri": self.uri,
        }


class _Near:
    """Looks for what is near a document of a lake."""

    def __init__(self, lake: Lake, settings: DeduplicateConfig, doc_id: str) -> None:
        self._lake, self._settings, self._doc_id = lake, settings, doc_id

    def find(self) -> list[_Row]:
        """The near documents, the most similar first.

        Raises:
            InputError: The document is not in the lake, or was rejected before it had a text.
            IndexMismatch: The index was made with other settings.
        """
        from saaf.deduplicate.neighbours import neighbours

        text = self._text()
        candidates = self._in_gold(text)
        uris: dict[str, str] = {}
        texts = self._texts("gold", candidates, uris)
        copies = self._copies({self._doc_id, *candidates})
        rejected = self._texts("silver", copies - texts.keys(), uris)
        near = neighbours(text, [*texts.items(), *rejected.items()], self._settings)
        return [
            _Row(row, "gold" if row.doc_id in texts else "rejected", uris[row.doc_id], _why(row, self._settings))
            for row in near
            if row.comparison.similarity >= _LEAST_SHOWN or row.verdict in {"contained", "same_key"}
        ]

    def _text(self) -> str:
        for table in ("gold", "silver"):
            for batch in self._lake.read(table, ["doc_id", "text"], doc_ids={self._doc_id}):
                for row in batch.to_pylist():
                    if row["text"]:
                        return str(row["text"])
        for batch in self._lake.read("rejected", ["doc_id", "reason"], doc_ids={self._doc_id}):
            for row in batch.to_pylist():
                raise InputError(
                    f"the document {self._doc_id!r} has no text to compare: it was rejected as {row['reason']}",
                    next_step=f"see: saaf explain {self._doc_id}",
                )
        raise no_document(self._doc_id, self._lake)

    def _in_gold(self, text: str) -> set[str]:
        """Those that share a band with the text, but itself."""
        from saaf.deduplicate.neighbours import band_rows

        found = self._lake.lookup_index(self._settings.index_settings, band_rows(text, self._settings))
        shared = Counter(found.column("doc_id").to_pylist())
        shared.pop(self._doc_id, None)
        ranked = sorted(shared, key=lambda doc_id: (-shared[doc_id], doc_id))
        return set(ranked[:_COMPARED])

    def _copies(self, kept: set[str]) -> set[str]:
        """The documents that were found to be copies of these, and those that the document is a copy of."""
        found: set[str] = set()
        for batch in self._lake.read("duplicates", ["doc_id", "kept_id"]):
            for row in batch.to_pylist():
                if row["kept_id"] in kept:
                    found.add(row["doc_id"])
        return found - {self._doc_id}

    def _texts(self, table: str, doc_ids: set[str], uris: dict[str, str]) -> dict[str, str]:
        texts: dict[str, str] = {}
        if doc_ids:
            for batch in self._lake.read(table, ["doc_id", "text", "uri"], doc_ids=doc_ids):
                for row in batch.to_pylist():
                    if row["text"] is not None:
                        texts[row["doc_id"]], uris[row["doc_id"]] = row["text"], row["uri"]
        return texts


def _why(near: Neighbour, settings: DeduplicateConfig) -> str:
    comparison, threshold = near.comparison, settings.threshold
    if near.verdict == "same_key":
        return "a copy: the same letters and digits"
    if near.verdict == "copy":
        return f"a copy: {comparison.similarity:.3f} is not below {threshold:g}"
    if near.verdict == "apart_by_numbers":
        return "no copy: neither states all numbers of the other"
    if near.verdict == "contained":
        return f"contained: {comparison.containment:.3f} is not below {settings.containment_threshold:g}"
    return f"no copy: {comparison.similarity:.3f} is below {threshold:g}"


def _print(rows: list[_Row], settings: DeduplicateConfig) -> None:
    from saaf.report.show import one_line

    console = results()
    unit = "characters" if settings.shingle == "character" else "words"
    console.print(
        f"Similarity over runs of {settings.shingle_size} {unit}; a copy from {settings.threshold:g}", markup=False
    )
    for row in rows:
        line = (
            f"{row.near.comparison.similarity:.3f}  {row.place:8}  {row.near.doc_id}  {row.reason}  {one_line(row.uri)}"
        )
        console.print(line, markup=False, soft_wrap=True)
