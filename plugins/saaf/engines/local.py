"""A run on one machine: from a source's new files to a commit.

Nothing is visible to readers of the lake before :meth:`LocalEngine.publish`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from saaf.engines import gates
from saaf.engines.checks import check_no_document_lost
from saaf.engines.documents import LakeHistory, StagedDocuments, ingested_of, refused, without
from saaf.engines.plan import Plan, Shard
from saaf.engines.planning import make_plan
from saaf.engines.stages import Facts, StagedStages
from saaf.errors import LakeError, LakeMovedOn
from saaf.lake import CommitRecord, Exposure
from saaf.reasons import Reason
from saaf.tables import BRONZE, DUPLICATES, FIGURES, GOLD, INDEX, LEDGER, REJECTED, TABLES, VALIDATION
from saaf.validate.drift import History, Key

if TYPE_CHECKING:
    from saaf.report import RunFacts, RunReport

_STAGED_TABLES = ("bronze", "silver", "gold", "rejected", "duplicates", "ledger", "validation", "figures", "index")


@dataclass
class LocalEngine(StagedStages):
    """Runs one run's steps on this machine.

    The steps, in order, are the methods ``plan``, ``ingest`` (a shard), ``validate_bronze``,
    ``clean`` (a shard), ``validate_silver``, ``deduplicate``, ``validate_gold``, ``review``, ``publish``
    and ``report``. ``saaf.pipeline`` has the order; Airflow runs each as a task.

    Args:
        config: The corpus' configuration.
        root: The project's root: what relative paths in the configuration count from.
        run_id: Name of the run. Free text; it is never used as a path.
    """

    @cached_property
    def _config_hash_of_files(self) -> str:
        return self._plan.config_hash

    def _bronze(self, shard: str | None = None) -> Iterator[pa.RecordBatch]:
        return self._read(f"bronze/{shard or '*'}")

    # -- plan -----------------------------------------------------------------------------------

    def plan(self, source: str, started_at: datetime, *, limit: int | None = None, dry_run: bool = False) -> Plan:
        """Decide what the run takes in, or find what an earlier attempt decided.

        Args:
            source: Name of a configured source.
            started_at: When the run began; its date is the ingest date.
            limit: Input objects to take at most; None for the configuration's limit.
            dry_run: Do everything but publish.

        Raises:
            ConfigError: The source is not configured.
            InputError: The source's folder or URL cannot be listed.
        """
        with self._timed("plan"):
            with self.lock():
                self.lake.recover()
            hashed = self._hash_of(self.config.source(source))
            blank = Plan(
                run_id=self.run_id,
                source=source,
                ingest_date=started_at.astimezone(UTC).date().isoformat(),
                started_at=started_at,
                config_hash=hashed,
                base=self.lake.head,
                dry_run=dry_run,
            )
            if self._commit_of_this_run():
                if self._staging.is_there():
                    self.report()  # the attempt that committed died before it had told what it did
                return blank  # nothing else is left to do in this run's name
            if self._staging.exists("plan.json"):
                earlier = Plan.model_validate(self._staging.read_json("plan.json"))
                if earlier.config_hash == hashed and self.lake.holds(earlier.base):
                    return earlier
                self._staging.discard()
            return self._new_plan(blank, limit)

    def _new_plan(self, blank: Plan, limit: int | None) -> Plan:
        source = self.config.source(blank.source)
        made = make_plan(blank, source, source.location(self.root), self.config.ingest, self.lake.seen(), limit=limit)
        if made.plan.nothing_new:
            return made.plan
        for name, shard in zip(made.plan.shards, made.shards, strict=True):
            self._staging.write_json(f"shards/{name}.json", shard.model_dump(mode="json"))
        self._write("ledger/refused", LEDGER, [made.refused])
        self._write("ledger", LEDGER, [made.known])
        self._staging.write_json("plan.json", made.plan.model_dump(mode="json"))
        return made.plan

    @property
    def _plan(self) -> Plan:
        if not self._staging.exists("plan.json"):
            raise LakeError(
                f"the run {self.run_id!r} has no plan: its staging folder is gone",
                where=str(self._staging.path),
                next_step="start the run again from its first step (in Airflow: clear the task `plan` with its downstream)",
            )
        return Plan.model_validate(self._staging.read_json("plan.json"))

    # -- the stages -----------------------------------------------------------------------------

    def ingest(self, shard: str) -> Facts:
        """Read one shard's input objects into bronze, rejected and ledger."""
        from saaf.ingest import read_objects

        with self._timed(f"ingest-{shard}"):
            plan = self._plan
            work = Shard.model_validate(self._staging.read_json(f"shards/{shard}.json"))
            rejected: list[pa.RecordBatch] = []
            ledger: list[pa.RecordBatch] = []
            known = ingested_of(self.lake, work.changed)

            def bronze() -> Iterator[pa.RecordBatch]:
                source = self.config.source(work.source)
                parts = read_objects(
                    work.inputs(), source, self.config.ingest, run_id=self.run_id, ingested_at=plan.started_at
                )
                for part in parts:
                    taken_down = self._taken_down.documents(part.bronze)
                    (new,) = without([part.bronze], taken_down)
                    rejected.append(part.rejected)
                    rejected.append(refused(part.bronze, taken_down, Reason.TAKEN_DOWN))
                    rejected.append(refused(new, known, Reason.ALREADY_INGESTED))
                    ledger.append(part.ledger)
                    yield from without([new], known)

            rows = self._write(f"bronze/{shard}", BRONZE, bronze())
            not_let_in = self._write(f"rejected/ingest-{shard}", REJECTED, rejected)
            objects = self._write(f"ledger/{shard}", LEDGER, ledger)
            return {"shard": shard, "objects": objects, "documents": rows, "rejected": not_let_in}

    def deduplicate(self) -> Facts:
        """Decide which documents are copies, and stage the gold that follows from it."""
        from saaf.deduplicate import deduplicate
        from saaf.publish import gold_batches

        with self._timed("deduplicate"):
            plan = self._plan
            self._check_base(plan)
            verdicts = deduplicate(
                StagedDocuments(self.candidates, self.config.source(plan.source).priority),
                LakeHistory(self.lake, self.config.deduplicate.index_settings),
                self.config.deduplicate,
                run_id=self.run_id,
            )
            self._write("duplicates", DUPLICATES, [verdicts.duplicates])
            copies = self._write("rejected/deduplicate", REJECTED, [verdicts.rejected()])
            self._write("index", INDEX, verdicts.index())
            batches = gold_batches(
                self.candidates(), verdicts.kept, config_hash=plan.config_hash, ingest_date=plan.ingest_date
            )
            gold = self._write("gold", GOLD, batches)
            self._staging.write_json("facts/deduplicate.json", verdicts.stats)
            return {"gold": gold, "copies": copies, **verdicts.stats}

    def review(self) -> Facts:
        """Hold the run's figures against those of earlier runs: whatever is far out, a person must approve.

        Returns:
            The figures that are asked about under ``asks``, and how many others are ``warned`` of.
        """
        with self._timed("review"):
            plan = self._plan
            found = gates.review(
                self._read,
                History(list(self._earlier_values(plan))),
                source=plan.source,
                run_id=self.run_id,
                clean=self.config.clean,
                validate=self.config.validate_,
                suites=self.root / self.config.validate_.suites,
            )
            self._write("validation/figures", VALIDATION, [found.validation])
            self._write("figures", FIGURES, [found.figures])
            self._staging.write_json("facts/approval.json", None)
            return {"figures": found.figures.num_rows, "warned": found.warned, "asks": found.asks}

    def approve(self, reason: str, *, by: str, at: datetime) -> None:
        """Note down that a person approved what the review asks about; :meth:`publish` then goes on.

        Where the run is committed already, or nothing was asked, nothing changes.

        Args:
            reason: Why.
            by: Who approved.
            at: When.
        """
        figures = self._staged_figures()
        if not gates.asked(figures) or self._commit_of_this_run():
            return
        given = {
            "reason": reason,
            "by": by,
            "at": at.isoformat(),
            "asked": list(map(gates.sentence, gates.asked(figures))),
        }
        self._write("figures", FIGURES, [gates.approved(figures)])
        self._staging.write_json("facts/approval.json", given)

    def publish(self) -> Facts:
        """Check the run's accounts and commit everything it staged, at once.

        Returns:
            Counts of the run: ``ingested``, ``gold``, and ``rejected`` by reason.

        Raises:
            DataRefused: A person would have to approve the run's figures, and nobody did.
            InvariantBroken: A document was lost on the way.
            LakeMovedOn: Another run committed since the plan was made.
        """
        with self._timed("publish"), self.lock():
            self.lake.recover()  # first: a commit of this run that was cut short may still be to expose
            if committed := self._commit_of_this_run():
                return dict(committed.facts)
            plan = self._plan
            self._check_base(plan)
            if not plan.dry_run and (asks := gates.asked(self._staged_figures())):
                raise gates.refusal(asks, run_id=self.run_id, source=plan.source)
            facts = self._accounts(plan)
            if not plan.dry_run:
                files = list(self._exposures(plan))
                self.lake.commit(self._staging, files, run_id=self.run_id, base=plan.base, facts=facts)
            else:
                self._staging.write_json("facts/run.json", facts)
            return facts

    def report(self) -> RunReport:
        """Describe the run: kept beside the lake as HTML and JSON, and returned.

        A dry run's report is returned only, and what it staged is thrown away.
        """
        from saaf.clean.pii import blot
        from saaf.report import RunFacts, build, render_html

        committed = self._commit_of_this_run()
        facts = dict(committed.facts) if committed else self._staging.read_json("facts/run.json")
        run_facts = RunFacts(
            run_id=self.run_id,
            source=facts["source"],
            ingest_date=facts["ingest_date"],
            started_at=datetime.fromisoformat(facts["started_at"]),
            finished_at=datetime.fromisoformat(facts["finished_at"]),
            config_hash=facts["config_hash"],
            commit=committed.n if committed else None,
            lake=str(self.lake.root),
            unsettled=tuple(facts["unsettled"]),
            seconds=facts["seconds"],
            dry_run=committed is None,
            stats=facts["stats"],
        )
        tables = {name: self._rows_of_this_run(name, committed) for name in _STAGED_TABLES if name != "index"}
        report = build(
            run_facts,
            config=self.config.report,
            history=self._earlier_figures(run_facts),
            earlier_gold=lambda ids: self.lake.read("gold", ["doc_id", "uri", "language", "text"], doc_ids=ids),
            hide=blot if self.config.clean.mask_pii else None,
            **tables,
        )
        if committed:
            self.lake.write_report(self.run_id, html=render_html(report), json=report.model_dump_json(indent=1))
        self._staging.discard()
        return report

    def _check_base(self, plan: Plan) -> None:
        if not self.lake.holds(plan.base):
            raise LakeMovedOn(
                f"another run has made commit {self.lake.head} since this one planned on commit {plan.base}",
                where=str(self.lake.root),
                next_step="start this run again from its first step (in Airflow: clear the task `plan` with its downstream)",
            )

    # -- the run's accounts ---------------------------------------------------------------------

    def _accounts(self, plan: Plan) -> Facts:
        """The run's counts, once invariant 1 has been found to hold."""
        ingested = self._ids("bronze/*", "rejected/ingest-*")
        gold, rejected = self._ids("gold"), self._ids("rejected/*")
        check_no_document_lost(ingested, gold, rejected)
        reasons: Counter[str] = Counter()
        for batch in self._read("rejected/*", ["reason"]):
            reasons.update(batch.column("reason").to_pylist())
        stats = self._staging.read_json("facts/deduplicate.json")
        return {
            "source": plan.source,
            "ingest_date": plan.ingest_date,
            "started_at": plan.started_at.isoformat(),
            "finished_at": datetime.now(UTC).isoformat(),
            "config_hash": plan.config_hash,
            "objects": plan.objects,
            "seen": plan.seen,
            "waiting": plan.waiting,
            "unsettled": list(plan.unsettled),
            "ingested": len(ingested),
            "gold": len(gold),
            "rejected": dict(sorted(reasons.items())),
            "approval": self._staging.read_json("facts/approval.json"),
            "stats": {**stats, "seen": plan.seen, "waiting": plan.waiting},
            "seconds": self._seconds(),
        }

    def _exposures(self, plan: Plan) -> Iterator[Exposure]:
        index_partition = f"settings={self.config.deduplicate.index_settings}"
        for name in self._staging.names("**/*.parquet"):
            table = name.removesuffix(".parquet").split("/")[0]
            if table in TABLES:
                partition = index_partition if table == "index" else f"ingest_date={plan.ingest_date}"
                yield Exposure(name=name, table=table, partition=partition)

    def _staged_figures(self) -> pa.RecordBatch:
        return pa.concat_batches([FIGURES.batch([]), *self._read("figures")])

    def _earlier_values(self, plan: Plan) -> Iterator[dict[Key, float]]:
        """The figures of the source's last runs, a mapping a run."""
        numbers = [record.n for record in self.lake.log() if record.facts.get("source") == plan.source]
        for number in numbers[-self.config.validate_.history_runs :]:
            rows = (
                row
                for b in self.lake.read("figures", ["metric", "key", "value"], commit=number)
                for row in b.to_pylist()
            )
            yield {(row["metric"], row["key"]): row["value"] for row in rows}

    def _earlier_figures(self, run: RunFacts) -> Iterator[pa.RecordBatch]:
        """Figures of the source's last runs before this one, the oldest first."""
        from saaf.report import RUNS_LOOKED_BACK

        earlier = [record for record in self.lake.log() if run.commit is None or record.n < run.commit]
        of_source = [record.n for record in earlier if record.facts.get("source") == run.source]
        for number in of_source[-RUNS_LOOKED_BACK:]:
            yield from self.lake.read("figures", commit=number)

    def _rows_of_this_run(self, table: str, committed: CommitRecord | None) -> Iterator[pa.RecordBatch]:
        if committed:
            return self.lake.read(table, commit=committed.n)
        return (batch for pattern in (table, f"{table}/*") for batch in self._read(pattern))
