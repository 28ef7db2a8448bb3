"""Reads files that are named on the command line, through the readers that runs use, without a lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saaf.cli.project import source_of
from saaf.cli.terminal import progress, say

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress, TaskID

    from saaf.config import SourceConfig
    from saaf.ingest import Ingested, InputObject

RUN_ID = "command-line"


@dataclass
class Inputs:
    """Files and folders in the order in which they were named, those in a folder by name.

    Args:
        locations: What was named: files, folders, URLs.
        quiet: Whether to leave out the progress display and what could not be read.
        settings: Fields of the sources: site, names of fields.

    Attributes:
        read: Files that were read.
        failed: Files that were not, each of which has been told to the reader.
        named_failed: Those among them that were named themselves, not found in a folder.
    """

    locations: Sequence[str]
    quiet: bool
    settings: dict[str, Any] = field(default_factory=dict)
    read: int = 0
    failed: int = 0
    named_failed: int = 0

    def batches(self) -> Iterator[Ingested]:
        """What the files hold, in order.

        Raises:
            InputError: A name is neither a file nor a folder.
        """
        found = [self._discover(location) for location in self.locations]
        total = sum(len(objects) for _, objects, _ in found)
        with progress(quiet=self.quiet) as display:
            task = display.add_task("read", total=total) if display else None
            for source, objects, named in found:
                yield from self._read(source, objects, display, task, named=named)

    def _discover(self, location: str) -> tuple[SourceConfig, tuple[InputObject, ...], bool]:
        from saaf.config import IngestConfig
        from saaf.ingest import discover

        source = source_of(location, **self.settings)
        place = source.location(Path())
        # Whoever names a file wants it now: nothing waits for it to settle.
        discovery = discover(source, place, IngestConfig(settle_seconds=0), run_id=RUN_ID)
        named = not Path(place).is_dir()
        self._note(discovery.refused, named=named)
        return source, discovery.objects, named

    def _read(
        self,
        source: SourceConfig,
        objects: tuple[InputObject, ...],
        display: Progress | None,
        task: TaskID | None,
        *,
        named: bool,
    ) -> Iterator[Ingested]:
        from saaf.config import IngestConfig
        from saaf.ingest import read_objects

        for batch in read_objects(objects, source, IngestConfig(), run_id=RUN_ID, ingested_at=datetime.now(UTC)):
            yield batch
            self._note(batch.ledger, named=named)
            if display is not None and task is not None:
                display.advance(task, batch.ledger.num_rows)

    def _note(self, ledger: pa.RecordBatch, *, named: bool) -> None:
        for row in ledger.select(["uri", "status", "error", "message"]).to_pylist():
            if row["status"] == "read":
                self.read += 1
                continue
            self.failed += 1
            self.named_failed += named
            say(
                f"not read: {row['uri']}: {row['message']} ({row['error']})",
                style="yellow",
                quiet=self.quiet and not named,
            )

    @property
    def incomplete(self) -> bool:
        """Whether something that was asked for could not be read: a named file, or all there was."""
        return self.named_failed > 0 or (self.failed > 0 and self.read == 0)
