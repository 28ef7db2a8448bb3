"""Looking after a lake: fewer and larger index files, and letting go of what nobody reads any longer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from saaf.config import CorpusConfig
from saaf.engines.documents import StagedDocuments
from saaf.engines.takedown import forget_in_reports
from saaf.lake import Change, CommitRecord, Exposure, Lake, Operation
from saaf.tables import GOLD, INDEX

REPLACED_KEPT = timedelta(days=1)
"""How long an index file that another one replaced is kept for a run that is looking something up."""

_ROWS_AT_ONCE = 1 << 20


@dataclass
class Maintenance:
    """Maintains a lake; each method is safe to repeat, and to be killed at any moment.

    Args:
        lake: The lake.
        config: The corpus' configuration.
        now: The time by which age is told.
    """

    lake: Lake
    config: CorpusConfig
    now: datetime

    def carry_out(self, *, rebuild_index: bool = False) -> list[str]:
        """Do what is due: compact the index, let go of old generations, replaced files, old staging and reports.

        Args:
            rebuild_index: Make the index anew from gold first, with today's settings, whatever has become of it.

        Returns:
            What was done, in sentences.

        Raises:
            LakeBusy: A run is at work.
            LakeError: A file is damaged.
            StorageError: The storage failed; the lake is as it was, or recovery finishes what was begun.
        """
        with self.lake.lock():
            done: list[str] = []
            if rebuild_index:
                done.append(self._rebuild_index())
            done += self.lake.recover()
            done += [*self._compact(), *self._retire(), *self._reports()]
            return done

    # -- the index ------------------------------------------------------------------------------

    def _compact(self) -> Iterator[str]:
        """Merge the index's files into one; the old ones stay a while for a run that is reading them."""
        live = self.lake.catalogue().live(INDEX.name)
        partitions = {held.partition for held in live}
        if len(live) < self.config.maintain.index_files or len(partitions) != 1:
            return
        paths = tuple(held.file.path for held in live)
        self._commit_index(Operation.COMPACT, self.lake.read(INDEX.name), partitions.pop(), replaced=paths)
        yield f"merged {len(live)} files of the index into one"

    def _rebuild_index(self) -> str:
        with self.lake.passing_over(INDEX.name):  # the old index may be what is damaged
            self.lake.recover()
            old = [h for h in self.lake.catalogue().of_generation(self._generation) if h.file.table == INDEX.name]
            paths = tuple(held.file.path for held in old)
            settings = self.config.deduplicate.index_settings
            record = self._commit_index(
                Operation.REINDEX, index_of_gold(self.lake, self.config), f"settings={settings}", dropped=paths
            )
        return f"made the index anew from gold: {record.rows(INDEX.name):,} band keys, settings {settings}"

    def _commit_index(
        self,
        operation: Operation,
        batches: Iterator[pa.RecordBatch],
        partition: str,
        *,
        replaced: tuple[str, ...] = (),
        dropped: tuple[str, ...] = (),
    ) -> CommitRecord:
        run_id = self._run_id(operation)
        staging = self.lake.staging(run_id)
        staging.write("index.parquet", INDEX, batches, self.config.publish)
        files = [Exposure("index.parquet", INDEX.name, partition)]
        change = Change(operation, files, replaced=replaced, dropped=dropped)
        record = self.lake.change(
            staging, change, run_id=run_id, base=self.lake.head, facts={"files": len(replaced) + len(dropped)}
        )
        staging.discard()
        return record

    # -- letting go -----------------------------------------------------------------------------

    def _retire(self) -> Iterator[str]:
        """Let go of generations that ended long ago, and of files that were replaced."""
        catalogue = self.lake.catalogue()
        kept = timedelta(days=self.config.maintain.generation_days)
        ended = [n for n, ender in catalogue.superseded().items() if self._age(ender) >= kept]
        dropped = {held.file.path for number in ended for held in catalogue.of_generation(number)}
        dropped |= {path for path, by in catalogue.replaced().items() if self._age(by) >= REPLACED_KEPT}
        if not dropped:
            return
        run_id = self._run_id(Operation.RETIRE)
        staging = self.lake.staging(run_id)
        change = Change(Operation.RETIRE, dropped=tuple(dropped))
        facts = {"generations": ended, "files": len(dropped)}
        self.lake.change(staging, change, run_id=run_id, base=self.lake.head, facts=facts)
        staging.discard()
        for number in ended:
            yield f"let go of generation {number}, which ended more than {kept.days} days ago"
        yield f"removed {len(dropped)} files that nobody reads any longer"

    def _reports(self) -> Iterator[str]:
        if changed := forget_in_reports(self.lake):
            yield f"took documents that were taken down out of {changed} reports"
        days = self.config.maintain.report_days
        if days is None:
            return
        oldest = self.now.timestamp() - days * 24 * 3600
        for path in self.lake.reports():
            if path.stat().st_mtime < oldest:
                self.lake.remove_report(path)
                yield f"removed the report {path.name}: older than {days} days"

    # -- what they share ------------------------------------------------------------------------

    @property
    def _generation(self) -> int:
        return self.lake.catalogue().generation

    def _age(self, record: CommitRecord) -> timedelta:
        return self.now - datetime.fromisoformat(record.at) if record.at else timedelta(0)

    def _run_id(self, operation: Operation) -> str:
        return f"{operation.value}__{self.now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.time_ns()}"


def index_of_gold(lake: Lake, config: CorpusConfig) -> Iterator[pa.RecordBatch]:
    """The band keys of every document in gold, as rows of the table ``index``, band after band.

    Args:
        lake: The lake.
        config: Says what band keys are made of.
    """
    from saaf.deduplicate.corpus import read_corpus

    documents = StagedDocuments(lambda columns: lake.read(GOLD.name, columns), priority=0)
    corpus = read_corpus(documents, config.deduplicate)
    everything = np.ones(len(corpus), dtype=np.bool_)
    for band in corpus.bands():
        keys, places = corpus.entries(band, everything)
        for start in range(0, places.size, _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            ids = corpus.doc_ids.take(pa.array(places[part])).cast(pa.string())
            bands = pa.array(np.full(len(ids), band, np.int16))
            yield pa.RecordBatch.from_arrays([bands, pa.array(keys[part]), ids], schema=INDEX.schema)
