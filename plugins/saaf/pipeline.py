"""The order of the stages, once: the one door that the command line and Airflow both call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from saaf.config import CorpusConfig
from saaf.steps import REBUILD_STEPS, STEPS

if TYPE_CHECKING:
    from saaf.engines import LocalEngine, RebuildEngine
    from saaf.engines.plan import Plan
    from saaf.engines.takedown import Takedown
    from saaf.publish.diff import Diff
    from saaf.report import RunReport


@dataclass(frozen=True)
class Progress:
    """How far a run is: ``done`` of ``total`` parts of a step."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class RunOutcome:
    """What came of a run.

    Attributes:
        nothing_new: Nothing was to be done: no commit was made, and there is no report.
        plan: What was taken, left and refused.
        report: What the run did.
        report_path: The report as HTML; None for a dry run.
        gold: The folder that people read.
    """

    nothing_new: bool
    plan: Plan
    report: RunReport | None
    report_path: Path | None
    gold: Path


def engine(config: CorpusConfig, *, root: Path, run_id: str) -> LocalEngine:
    """The engine that carries out one run's steps."""
    from saaf.engines import LocalEngine

    return LocalEngine(config, root, run_id)


def run(
    config: CorpusConfig,
    *,
    source: str,
    root: Path,
    run_id: str,
    started_at: datetime,
    dry_run: bool = False,
    limit: int | None = None,
    approve: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> RunOutcome:
    """Carry out every step of a run in this process, holding the lake's lock throughout.

    Args:
        config: The corpus' configuration.
        source: Name of the configured source to read.
        root: The project's root: what relative paths in the configuration count from.
        run_id: Name of the run; a run that was cut short goes on under its old name.
        started_at: When it began; its date (UTC) is the ingest date.
        dry_run: Do everything but publish.
        limit: Input objects to take at most.
        approve: Why figures far from those of earlier runs are all right; None stops the run there.
        on_progress: Called after each part of a step.

    Raises:
        SaafError: As the steps raise it; what was staged stays for the next attempt.
    """
    tell = on_progress or _say_nothing
    worker = engine(config, root=root, run_id=run_id)
    gold = worker.lake.root / "gold"
    with worker.lock():
        plan = worker.plan(source, started_at, limit=limit, dry_run=dry_run)
        tell(Progress("plan", 1, 1))
        if plan.nothing_new:
            return RunOutcome(nothing_new=True, plan=plan, report=None, report_path=None, gold=gold)
        for step in STEPS[1:-1]:
            _carry_out(worker, step, plan, tell)
            if step == "review" and approve is not None:
                worker.approve(approve, by="command line", at=started_at)
        report = worker.report()
        tell(Progress("report", 1, 1))
    report_path = None if dry_run else worker.lake.report_path(run_id)
    return RunOutcome(nothing_new=False, plan=plan, report=report, report_path=report_path, gold=gold)


def rebuilder(config: CorpusConfig, *, root: Path) -> RebuildEngine:
    """The engine that carries out the steps of the lake's rebuild: a lake has one at a time."""
    from saaf.engines import RebuildEngine

    return RebuildEngine(config, root, run_id="rebuild")


def rebuild(
    config: CorpusConfig,
    *,
    root: Path,
    started_at: datetime,
    on_progress: Callable[[Progress], None] | None = None,
) -> Diff:
    """Clean and decide anew over everything ever ingested, beside gold, and tell what that would change.

    Nothing is visible to readers before ``rebuilder(...).swap()``. Runs may commit meanwhile; what they
    brought is taken in when this is called again. A rebuild that was cut short goes on where it was.

    Args:
        config: The corpus' configuration.
        root: The project's root: what relative paths in the configuration count from.
        started_at: When it began.
        on_progress: Called after each part of a step.

    Raises:
        SaafError: As the steps raise it; what was staged stays for the next attempt.
    """
    tell = on_progress or _say_nothing
    worker = rebuilder(config, root=root)
    shards = worker.plan(started_at).shards
    tell(Progress("plan", 1, 1))
    for step in REBUILD_STEPS[1:-2]:
        if step == "clean":
            for done, shard in enumerate(shards, start=1):
                worker.clean(shard.name)
                tell(Progress(step, done, len(shards)))
        else:
            getattr(worker, step)()
            tell(Progress(step, 1, 1))
    found = worker.diff()
    tell(Progress("diff", 1, 1))
    return found


def take_down(
    config: CorpusConfig,
    entries: Iterable[str],
    *,
    root: Path,
    asked_by: str,
    why: str,
    at: datetime,
    with_copies: bool = True,
    dry_run: bool = False,
) -> Takedown:
    """Take documents out of every table, generation and report of the lake, for good.

    Args:
        config: The corpus' configuration.
        entries: doc_ids and addresses; empty ones and those that begin with ``#`` are passed over.
        root: The project's root: what relative paths in the configuration count from.
        asked_by: Who asked for it; goes into the record.
        why: Why; goes into the record.
        at: When.
        with_copies: Whether documents that were dropped as copies of these go too.
        dry_run: Only tell what would be taken down.

    Raises:
        InputError: An entry is neither a doc_id nor an address.
        LakeBusy: A run is at work.
    """
    from saaf.engines.takedown import Request, TakedownEngine
    from saaf.lake import Lake

    lake = Lake.open(root / config.lake)
    worker = TakedownEngine(lake, config, Request.parse(entries), asked_by, why, at, with_copies)
    return worker.find() if dry_run else worker.carry_out()


def maintain(config: CorpusConfig, *, root: Path, now: datetime, rebuild_index: bool = False) -> list[str]:
    """Compact the lake's index and let go of what nobody reads any longer.

    Args:
        config: The corpus' configuration.
        root: The project's root: what relative paths in the configuration count from.
        now: The time by which age is told.
        rebuild_index: Make the index anew from gold first.

    Returns:
        What was done, in sentences.

    Raises:
        LakeBusy: A run is at work.
    """
    from saaf.engines.maintain import Maintenance
    from saaf.lake import Lake

    return Maintenance(Lake.open(root / config.lake), config, now).carry_out(rebuild_index=rebuild_index)


def _carry_out(worker: LocalEngine, step: str, plan: Plan, tell: Callable[[Progress], None]) -> None:
    if step in {"ingest", "clean"}:
        for done, shard in enumerate(plan.shards, start=1):
            getattr(worker, step)(shard)
            tell(Progress(step, done, len(plan.shards)))
    else:
        getattr(worker, step)()
        tell(Progress(step, 1, 1))


def _say_nothing(_: Progress) -> None:
    """Where nobody wants to know how far the run is."""
