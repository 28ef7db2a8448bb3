"""The stages as steps over a staging folder: what a run and a rebuild have in common.

Every step reads what earlier steps staged, hands it to a stage as Arrow batches, and stages what
comes back. A staged file appears whole or not at all and depends on its inputs alone, so a step can
be repeated at any time.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from saaf.config import CorpusConfig, SourceConfig, config_hash
from saaf.engines.checks import check_no_character_lost
from saaf.engines.documents import refused, without
from saaf.engines.takedown import TakenDown
from saaf.lake import CommitRecord, Lake, Staging
from saaf.reasons import Reason
from saaf.tables import BRONZE, DUPLICATES, GOLD, LEDGER, REJECTED, SILVER, VALIDATION, Table

if TYPE_CHECKING:
    from saaf.clean import Cleaner

Facts = dict[str, Any]


@dataclass
class StagedStages(ABC):
    """The stages between raw documents and a commit, each a method that can be repeated.

    A subclass says where bronze comes from and what is decided; what a step makes lies in the staging
    folder of ``run_id`` until the subclass commits it.

    Args:
        config: The corpus' configuration.
        root: The project's root: what relative paths in the configuration count from.
        run_id: Name of the run. Free text; it is never used as a path.
    """

    config: CorpusConfig
    root: Path
    run_id: str
    _locked: bool = field(default=False, init=False)

    @property
    @abstractmethod
    def _config_hash_of_files(self) -> str:
        """Goes into the metadata of the files that are staged."""

    @abstractmethod
    def _bronze(self, shard: str | None = None) -> Iterator[pa.RecordBatch]:
        """The raw documents of a shard; None for those of all shards."""

    @cached_property
    def lake(self) -> Lake:
        """The lake that the configuration names."""
        return Lake.open(self.root / self.config.lake)

    @cached_property
    def _staging(self) -> Staging:
        return self.lake.staging(self.run_id)

    @cached_property
    def _cleaner(self) -> Cleaner:
        from saaf.clean import Cleaner

        return Cleaner.load(self.config.clean, self.root)

    @cached_property
    def _taken_down(self) -> TakenDown:
        return TakenDown(self.lake)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lake's lock; within it, this engine's own steps do not ask for it again.

        Raises:
            LakeBusy: Another run holds it.
        """
        if self._locked:
            yield
            return
        with self.lake.lock():
            self._locked = True
            try:
                yield
            finally:
                self._locked = False

    # -- the stages -----------------------------------------------------------------------------

    def validate_bronze(self) -> Facts:
        """Hold bronze against its suite."""
        with self._timed("validate_bronze"):
            return self._gate(BRONZE, self._bronze)

    def clean(self, shard: str) -> Facts:
        """Clean one shard's documents into silver, and check that no character was lost."""
        with self._timed(f"clean-{shard}"):
            quarantined = self._ids("rejected/validate-bronze")
            rejected: list[pa.RecordBatch] = []

            def silver() -> Iterator[pa.RecordBatch]:
                for batch in without(self._bronze(shard), quarantined):
                    cleaned = self._cleaner.clean(batch)
                    check_no_character_lost(batch, cleaned.silver)
                    rejected.append(cleaned.rejected)
                    (passed,) = without([cleaned.silver], cleaned.rejected.column("doc_id"))
                    rejected.append(refused(batch, self._taken_down.copies(passed), Reason.TAKEN_DOWN, "clean"))
                    yield cleaned.silver

            rows = self._write(f"silver/{shard}", SILVER, silver())
            not_passed = self._write(f"rejected/clean-{shard}", REJECTED, rejected)
            return {"shard": shard, "documents": rows, "rejected": not_passed}

    def validate_silver(self) -> Facts:
        """Hold the documents that cleaning let through against silver's suite."""
        with self._timed("validate_silver"):
            rejected = self._ids("rejected/clean-*")
            return self._gate(SILVER, lambda: without(self._read("silver/*"), rejected))

    def validate_gold(self) -> Facts:
        """Hold the staged gold, and the copies it was freed of, against their suites: the last gate."""
        with self._timed("validate_gold"):
            self._gate(DUPLICATES, lambda: self._rows_staged(DUPLICATES))
            return self._gate(GOLD, lambda: self._rows_staged(GOLD))

    # -- what the steps share -------------------------------------------------------------------

    def _write(self, name: str, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        metadata = {"saaf.config_hash": self._config_hash_of_files} if table is not LEDGER else {}
        return self._staging.write(f"{name}.parquet", table, batches, self.config.publish, metadata=metadata)

    def _read(self, pattern: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for name in self._staging.names(f"{pattern}.parquet"):
            yield from self._staging.read(name, columns)

    def _rows_staged(self, table: Table) -> Iterator[pa.RecordBatch]:
        """What is staged of a table, in one file or many."""
        return (batch for pattern in (table.name, f"{table.name}/*") for batch in self._read(pattern))

    def _hash_of(self, source: SourceConfig) -> str:
        """Hash of everything that decides what becomes of a source's documents."""
        suites = sorted((self.root / self.config.validate_.suites).glob("*.json"))
        return config_hash(
            source.deciding,
            self.config.ingest.deciding,
            self.config.clean,
            self.config.validate_,
            self.config.deduplicate,
            self.config.publish,
            files=(*self._cleaner.files, *suites),
        )

    def _ids(self, *patterns: str) -> pa.Array:
        chunks = [batch.column("doc_id") for pattern in patterns for batch in self._read(pattern, ["doc_id"])]
        return pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())

    def candidates(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Silver documents that neither cleaning nor a gate has rejected."""
        rejected = self._ids("rejected/clean-*", "rejected/validate-silver")
        return without(self._read("silver/*", columns), rejected)

    def _gate(self, table: Table, batches: Callable[[], Iterator[pa.RecordBatch]]) -> Facts:
        """Check a table; its results are staged before a failure is raised.

        A table of no rows is not checked: every document that should have been in it stands in
        rejected with its reason, which :meth:`publish` counts.
        """
        from saaf.validate import canary, check, load_suite

        suite = load_suite(self.root / self.config.validate_.suites / f"{table.name}.json", tried_out=False)
        canary(table, suite, self.config.validate_, run_id=self.run_id)
        if not any(batch.num_rows for batch in batches()):
            self._write(f"validation/{table.name}", VALIDATION, [])
            self._write(f"rejected/validate-{table.name}", REJECTED, [])
            return {"rows": 0}
        result = check(table, batches(), suite, self.config.validate_, run_id=self.run_id)
        self._write(f"validation/{table.name}", VALIDATION, [result.validation])
        quarantined = self._write(f"rejected/validate-{table.name}", REJECTED, [result.quarantined])
        if result.failure:
            raise result.failure
        return {"rows": result.rows, "expectations": result.validation.num_rows, "quarantined": quarantined}

    def _commit_of_this_run(self) -> CommitRecord | None:
        return next((record for record in reversed(self.lake.log()) if record.run_id == self.run_id), None)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if self._staging.exists("plan.json"):
            self._staging.write_json(f"seconds/{step}.json", round(time.perf_counter() - begun, 3))

    def _seconds(self) -> Mapping[str, float]:
        """Seconds of each stage so far, shards added up."""
        seconds: Counter[str] = Counter()
        for name in self._staging.names("seconds/*.json"):
            stage = name.removeprefix("seconds/").removesuffix(".json").split("-")[0]
            seconds[stage] += self._staging.read_json(name)
        return {stage: round(total, 3) for stage, total in seconds.items()}
