"""A rebuild: everything ever ingested, cleaned by today's rules and decided anew, beside the gold that people read.

The work is cut into shards of bronze files of one day. A shard's name holds a hash of what is in it, so a
rebuild that was cut short, or that finds new documents when it is to be swapped in, cleans only what it has not.
Nothing is visible before :meth:`RebuildEngine.swap`, which is one commit.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from saaf.config import SourceConfig, digest
from saaf.engines import gates
from saaf.engines.checks import check_no_document_lost
from saaf.engines.documents import StagedDocuments, without
from saaf.engines.stages import Facts, StagedStages
from saaf.errors import ConfigError, DataRefused, LakeError, LakeMovedOn
from saaf.lake import Change, Exposure, Held, Operation, Staging
from saaf.tables import BRONZE, DUPLICATES, GOLD, INDEX, REJECTED, SILVER, Table
from saaf.validate.drift import History

if TYPE_CHECKING:
    from saaf.publish.diff import Diff

STAGING = "rebuild"
"""Name of the staging folder: a lake has one rebuild at a time, and a later attempt finds what is done."""

CHECKED, DIFF = "facts/checked.json", "facts/diff.json"
"""What is staged once the gates have let gold through, and once it has been told what would change."""

BEFORE_BRONZE = frozenset({"ingest", "takedown"})
"""Stages whose rejected rows have no document in bronze: a rebuild takes them over as they are."""

_AGAIN = "start it again: `saaf rebuild` keeps what is still good and does only what is new"


class RebuildShard(BaseModel):
    """Files of bronze of one day that are cleaned in one go.

    ``files`` are paths relative to the lake's root; ``day`` is the ingest date, which documents keep.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    day: str
    files: tuple[str, ...]


class RebuildPlan(BaseModel):
    """What a rebuild is going to do; ``base`` is the commit whose documents it takes in."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    started_at: datetime
    config_hash: str
    base: int
    shards: tuple[RebuildShard, ...]

    @property
    def days(self) -> tuple[str, ...]:
        """The ingest dates, ascending."""
        return tuple(sorted({shard.day for shard in self.shards}))


@dataclass
class RebuildEngine(StagedStages):
    """Carries out a rebuild's steps on this machine.

    The steps, in order, are the methods ``plan``, ``validate_bronze``, ``clean`` (a shard),
    ``validate_silver``, ``deduplicate``, ``validate_gold``, ``diff`` and ``swap``; or, instead of the
    last, ``discard``.
    """

    def __post_init__(self) -> None:
        if self._staging.exists("plan.json"):
            self.run_id = self.planned.run_id

    @cached_property
    def _staging(self) -> Staging:
        return self.lake.staging(STAGING)

    @property
    def planned(self) -> RebuildPlan:
        """The plan of the rebuild at hand.

        Raises:
            LakeError: There is none.
        """
        if not self._staging.exists("plan.json"):
            raise LakeError(
                "there is no rebuild to go on with", where=str(self._staging.path), next_step="begin one: saaf rebuild"
            )
        return RebuildPlan.model_validate(self._staging.read_json("plan.json"))

    @property
    def is_planned(self) -> bool:
        """Whether there is a rebuild that has not been swapped in or discarded."""
        return self._staging.exists("plan.json")

    @cached_property
    def _config_hash_of_files(self) -> str:
        hashes = {self._hash_of(self._source(name)) for name in self._sources}
        return hashes.pop() if len(hashes) == 1 else self.planned.config_hash

    @cached_property
    def _hash_of_all(self) -> str:
        """Hash of everything that decides what becomes of any document."""
        sources = [source.deciding for source in self.config.sources]
        return digest(
            [self._hash_of(SourceConfig(name="any", path=".")), sorted(sources, key=lambda s: str(s["name"]))]
        )

    # -- plan -----------------------------------------------------------------------------------

    def plan(self, started_at: datetime) -> RebuildPlan:
        """Decide what is to be done, or find what an earlier attempt has done already.

        What was made with other settings or rules is thrown away. What was cleaned stays as long as its
        bronze does, however many runs have committed since.

        Args:
            started_at: When the rebuild began.

        Raises:
            LakeError: There is nothing in the lake to rebuild.
        """
        with self.lock():
            self.lake.recover()
            base, catalogue = self.lake.head, self.lake.catalogue()
        shards = tuple(_shards(catalogue.live(BRONZE.name), self.config.ingest.shard_bytes))
        if not shards:
            raise LakeError(
                "nothing has been ingested: there is nothing to rebuild",
                where=str(self.lake.root),
                next_step="take texts in first: saaf run",
            )
        earlier = self.planned if self.is_planned else None
        if earlier and earlier.config_hash != self._hash_of_all:
            self._staging.discard()
            earlier = None
        plan = RebuildPlan(
            run_id=earlier.run_id if earlier else f"rebuild__{started_at:%Y-%m-%dT%H:%M:%S}__{base}",
            started_at=earlier.started_at if earlier else started_at,
            config_hash=self._hash_of_all,
            base=base,
            shards=shards,
        )
        if earlier is None or (earlier.base, earlier.shards) != (plan.base, plan.shards):
            self._keep_only_cleaned(plan)
            self._staging.write_json("plan.json", plan.model_dump(mode="json"))
        self.run_id = plan.run_id
        return plan

    def _keep_only_cleaned(self, plan: RebuildPlan) -> None:
        names = {shard.name for shard in plan.shards}
        cleaned = {f"{kind}{name}" for name in names for kind in ("silver/", "rejected/clean-", "cleaned/")}
        for name in self._staging.names("**/*"):
            if name.rsplit(".", 1)[0] not in cleaned:
                self._staging.remove(name)

    # -- the stages -----------------------------------------------------------------------------

    def _bronze(self, shard: str | None = None) -> Iterator[pa.RecordBatch]:
        return self._bronze_of(chosen for chosen in self.planned.shards if shard in (None, chosen.name))

    def _bronze_of(
        self, shards: Iterable[RebuildShard], columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        held = {h.file.path: h for h in self.lake.catalogue().live(BRONZE.name)}
        for shard in shards:
            for path in shard.files:
                if path not in held:
                    raise self._stale(f"{path} is no part of bronze any longer")
                yield from self.lake.read_file(held[path], columns)

    def clean(self, shard: str) -> Facts:
        """Clean one shard's documents, unless an earlier attempt has."""
        quarantined = digest(sorted(self._ids("rejected/validate-bronze").to_pylist()))
        mark = f"cleaned/{shard}.json"
        if self._staging.exists(mark):
            done = self._staging.read_json(mark)
            if done["quarantined"] == quarantined:
                return dict(done["facts"])
        facts = super().clean(shard)
        self._staging.write_json(mark, {"quarantined": quarantined, "facts": facts})
        return facts

    def clean_part(self, part: int, parts: int) -> Facts:
        """Clean every ``parts``-th shard, from the ``part``-th: for engines that cannot have a task for each.

        Returns:
            How many ``shards``, ``documents`` and ``rejected``.
        """
        cleaned = [self.clean(shard.name) for shard in self.planned.shards[part::parts]]
        return {"shards": len(cleaned), **{n: sum(f[n] for f in cleaned) for n in ("documents", "rejected")}}

    def candidates(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Silver documents that neither cleaning nor a gate has rejected."""
        return self._candidates_of(self.planned.shards, columns)

    def _candidates_of(
        self, shards: Iterable[RebuildShard], columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        quarantined = self._ids("rejected/validate-silver")
        for shard in shards:
            rejected = pa.concat_arrays([self._ids(f"rejected/clean-{shard.name}"), quarantined])
            yield from without(self._read(f"silver/{shard.name}", columns), rejected)

    def deduplicate(self) -> Facts:
        """Decide anew which documents are copies, none of them ahead for being in gold, and stage what follows."""
        from saaf.deduplicate import NoHistory, deduplicate

        with self._timed("deduplicate"):
            self._staging.remove(CHECKED)
            verdicts = deduplicate(
                StagedDocuments(self.candidates, lambda name: self._source(name).priority),
                NoHistory(),
                self.config.deduplicate,
                run_id=self.run_id,
            )
            self._write("index/kept", INDEX, verdicts.index())
            gold = sum(self._stage_day(day, verdicts.kept) for day in self.planned.days)
            self._split(DUPLICATES, "duplicates/", verdicts.duplicates)
            rejected = verdicts.rejected()
            self._split(REJECTED, "rejected/deduplicate-", rejected)
            self._stage_rejected_before()
            self._staging.write_json("facts/deduplicate.json", verdicts.stats)
            return {"gold": gold, "copies": rejected.num_rows, **verdicts.stats}

    def validate_gold(self) -> Facts:
        """Hold the staged gold and its copies against their suites: without this there is neither diff nor swap.

        Raises:
            DataRefused: An expectation does not hold; cleaning failed on many documents; or a rule removes
                more of a site than is allowed, and is not approved.
        """
        facts = super().validate_gold()
        self._refuse_what_a_run_would_ask_about()
        self._staging.write_json(CHECKED, facts)
        return facts

    def _refuse_what_a_run_would_ask_about(self) -> None:
        """Hold what needs no history to be wrong against its limits: faults of cleaning, and greedy rules.

        A rebuild replaces all of gold, so nothing here is left to an approval that sees only counts.
        """
        found = gates.review(
            lambda name, columns: self._read("gold/*" if name == "gold" else name, columns),
            History([]),
            source=STAGING,
            run_id=self.run_id,
            clean=self.config.clean,
            validate=self.config.validate_,
            suites=self.root / self.config.validate_.suites,
        )
        if found.asks:
            raise DataRefused(
                f"the rebuild is not as it should be: {'; '.join(map(gates.sentence, found.asks[:10]))}",
                where=str(self._staging.path),
                next_step="mend the rule or the fault and rebuild: `saaf rebuild`; "
                "a rule that is right to remove that much goes into clean.approved_rules",
            )

    def _stage_day(self, day: str, kept: pa.Array) -> int:
        from saaf.publish import gold_batches

        shards = [shard for shard in self.planned.shards if shard.day == day]
        hashes = {name: self._hash_of(self._source(name)) for name in self._sources}
        batches = gold_batches(self._candidates_of(shards), kept, config_hash=hashes, ingest_date=day)
        return self._write(f"gold/{day}", GOLD, batches)

    def _split(self, table: Table, name: str, rows: pa.RecordBatch) -> None:
        """Stage rows about documents by the day on which these were ingested."""
        for day in self.planned.days:
            ids = self._ids_of_day(day)
            self._write(f"{name}{day}", table, [rows.filter(pc.is_in(rows.column("doc_id"), value_set=ids))])

    def _ids_of_day(self, day: str) -> pa.Array:
        shards = (shard for shard in self.planned.shards if shard.day == day)
        chunks = [batch.column("doc_id") for batch in self._bronze_of(shards, ["doc_id"])]
        return pa.concat_arrays([pa.array([], pa.string()), *chunks])

    def _stage_rejected_before(self) -> None:
        """Stage the rejected rows that cleaning has nothing to do with: records without bronze, and gates' rows."""
        quarantined = pa.Table.from_batches(
            [b for gate in ("bronze", "silver") for b in self._read(f"rejected/validate-{gate}")], REJECTED.schema
        )
        for batch in quarantined.combine_chunks().to_batches() or [REJECTED.batch([])]:
            self._split(REJECTED, "rejected/quarantined-", batch)
        stages = pa.array(sorted(BEFORE_BRONZE))
        by_day: dict[str, list[Held]] = {}
        for held in self.lake.catalogue().live(REJECTED.name):
            by_day.setdefault(_day_of(held), []).append(held)
        for day, files in by_day.items():
            batches = (batch for held in files for batch in self.lake.read_file(held))
            chosen = (batch.filter(pc.is_in(batch.column("stage"), value_set=stages)) for batch in batches)
            self._write(f"rejected/before-{day}", REJECTED, chosen)

    # -- what came of it ------------------------------------------------------------------------

    def diff(self) -> Diff:
        """Tell what the rebuild would change in gold.

        Raises:
            LakeError: The rebuild is not that far.
        """
        from saaf.publish.diff import Side, compare

        plan = self.planned
        if not self._staging.exists(CHECKED):
            raise LakeError(
                "the rebuild is not done, or a gate has stopped it: nothing can be said of it yet",
                where=str(self._staging.path),
                next_step=_AGAIN,
            )
        with self._timed("diff"):
            catalogue = self.lake.catalogue()
            by_day: dict[tuple[str, str], list[Held]] = {}
            for table in (GOLD, SILVER, REJECTED):
                for held in catalogue.live(table.name):
                    by_day.setdefault((table.name, _day_of(held)), []).append(held)

            def old(table: Table, day: str, columns: Sequence[str]) -> Iterator[Iterator[pa.RecordBatch]]:
                return (self.lake.read_file(held, columns) for held in by_day.get((table.name, day), []))

            def new(table: Table, day: str, columns: Sequence[str]) -> Iterator[Iterator[pa.RecordBatch]]:
                names = (name for pattern in _names_of(table, day) for name in self._staging.names(pattern))
                return (self._staging.read(name, columns) for name in names)

            days = sorted({*plan.days, *(day for _, day in by_day)})
            found = compare(Side(old), Side(new), days, self.config.report)
            self._staging.write_json(DIFF, found.model_dump(mode="json"))
            return found

    def swap(self) -> Facts:
        """Make what the rebuild decided the gold that people read: at once, and all of it.

        Returns:
            Counts: ``ingested``, ``gold``, ``rejected`` by reason, and the ``generation``.

        Raises:
            ConfigError: Rules or settings are not those that the rebuild was made with.
            InvariantBroken: A document was lost on the way.
            LakeMovedOn: Something was committed since the rebuild was planned: it has to take that in first.
        """
        with self.lock():
            self.lake.recover()
            plan = self.planned
            if committed := self._commit_of_this_run():  # by an attempt that died before it could tidy up
                self._staging.discard()
                return dict(committed.facts)
            self._check_swappable(plan)
            facts = self._accounts(plan)
            change = Change(Operation.SWAP, files=list(self._exposures(plan)), new_generation=True)
            record = self.lake.change(self._staging, change, run_id=plan.run_id, base=plan.base, facts=facts)
            self._staging.discard()
            return {**record.facts, "generation": record.generation}

    def discard(self) -> None:
        """Throw the rebuild away; gold stays as it is."""
        with self.lock():
            self._staging.discard()

    def _check_swappable(self, plan: RebuildPlan) -> None:
        if plan.config_hash != self._hash_of_all:
            raise ConfigError(
                "rules, suites or settings have changed since the rebuild: it is not what they would make",
                where=str(self._staging.path),
                next_step="rebuild with today's: `saaf rebuild`; or undo the change",
            )
        if not self._staging.exists(CHECKED) or not self._staging.exists(DIFF):
            raise LakeError(
                "the rebuild is not done: what it would change has not been told yet",
                where=str(self._staging.path),
                next_step=_AGAIN,
            )
        if not self.lake.holds(plan.base):
            raise self._stale(f"commit {self.lake.head} was made")

    def _stale(self, what: str) -> LakeMovedOn:
        return LakeMovedOn(f"since the rebuild was planned, {what}", where=str(self.lake.root), next_step=_AGAIN)

    def _accounts(self, plan: RebuildPlan) -> Facts:
        """Counts of the rebuild, once no document of any day has been found to be lost."""
        ingested = gold = 0
        reasons: Counter[str] = Counter()
        for day in sorted({*plan.days, *(_day_of(held) for held in self.lake.catalogue().live(REJECTED.name))}):
            before = self._ids(f"rejected/before-{day}")
            came = pa.concat_arrays([self._ids_of_day(day), before])
            kept, rejected = self._ids(f"gold/{day}"), self._ids(*_rejected_of(day))
            check_no_document_lost(came, kept, rejected)
            ingested, gold = ingested + len(came), gold + len(kept)
            for pattern in _rejected_of(day):
                for batch in self._read(pattern, ["reason"]):
                    reasons.update(batch.column("reason").to_pylist())
        return {
            "ingest_date": f"{plan.started_at:%Y-%m-%d}",
            "started_at": plan.started_at.isoformat(),
            "finished_at": datetime.now(UTC).isoformat(),
            "config_hash": plan.config_hash,
            "ingested": ingested,
            "gold": gold,
            "rejected": dict(sorted(reasons.items())),
            "diff": self._staging.read_json(DIFF)["counts"],
            "stats": self._staging.read_json("facts/deduplicate.json"),
            "seconds": self._seconds(),
        }

    def _exposures(self, plan: RebuildPlan) -> Iterator[Exposure]:
        days = {shard.name: shard.day for shard in plan.shards}
        for name in self._staging.names("silver/*.parquet"):
            yield Exposure(name, SILVER.name, f"ingest_date={days[_stem(name)]}")
        for table in (GOLD, DUPLICATES):
            for name in self._staging.names(f"{table.name}/*.parquet"):
                yield Exposure(name, table.name, f"ingest_date={_stem(name)}")
        for name in self._staging.names("rejected/*.parquet"):
            kind, _, rest = _stem(name).partition("-")
            if kind != "validate":
                yield Exposure(name, REJECTED.name, f"ingest_date={days.get(rest, rest)}")
        for name in self._staging.names("validation/*.parquet"):
            yield Exposure(name, "validation", f"ingest_date={plan.started_at:%Y-%m-%d}")
        yield Exposure("index/kept.parquet", INDEX.name, f"settings={self.config.deduplicate.index_settings}")

    # -- sources --------------------------------------------------------------------------------

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        """Names of the sources that documents have come from, configured today or not."""
        found = {s for batch in self._bronze_of(self.planned.shards, ["source"]) for s in _distinct(batch.column(0))}
        return tuple(sorted(found))

    def _source(self, name: str) -> SourceConfig:
        configured = next((source for source in self.config.sources if source.name == name), None)
        return configured or SourceConfig(name=name, path=".")


def _shards(held: Sequence[Held], shard_bytes: int) -> Iterator[RebuildShard]:
    """Cut bronze into shards of about so many bytes of files of one day; a file is never cut."""
    by_day: dict[str, list[Held]] = {}
    for file in held:
        by_day.setdefault(_day_of(file), []).append(file)
    for day, files in sorted(by_day.items()):
        together: list[Held] = []
        for file in files:
            if together and sum(h.file.size for h in together) + file.file.size > shard_bytes:
                yield _shard(day, together)
                together = []
            together.append(file)
        yield _shard(day, together)


def _shard(day: str, files: Sequence[Held]) -> RebuildShard:
    content = hashlib.sha256("\n".join(h.file.sha256 for h in files).encode()).hexdigest()
    return RebuildShard(name=f"{day}-{content[:12]}", day=day, files=tuple(h.file.path for h in files))


def _day_of(held: Held) -> str:
    return held.partition.partition("=")[2]


def _rejected_of(day: str) -> tuple[str, ...]:
    kinds = ("deduplicate", "quarantined", "before")
    return (f"rejected/clean-{day}-*", *(f"rejected/{kind}-{day}" for kind in kinds))


def _names_of(table: Table, day: str) -> tuple[str, ...]:
    if table is REJECTED:
        return tuple(f"{pattern}.parquet" for pattern in _rejected_of(day))
    return (f"silver/{day}-*.parquet",) if table is SILVER else (f"{table.name}/{day}.parquet",)


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].removesuffix(".parquet")


def _distinct(column: pa.Array) -> list[str]:
    return [value for value in pc.unique(column).to_pylist() if value is not None]
