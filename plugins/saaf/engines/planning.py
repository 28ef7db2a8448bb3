"""What is new in a source, and how a run takes it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from saaf.config import IngestConfig, SourceConfig
from saaf.engines.plan import Plan, Shard, cut_into_shards
from saaf.errors import RecordError
from saaf.lake import Seen
from saaf.lake.ledger import KNOWN
from saaf.tables import LEDGER

if TYPE_CHECKING:
    from saaf.ingest import InputObject


@dataclass(frozen=True)
class MadePlan:
    """A plan with what it refers to.

    Attributes:
        plan: The plan.
        shards: Its shards, in the order of their names.
        refused: LEDGER rows of names that may not or cannot be read.
        known: LEDGER rows of objects that were moved, touched or copied since they were read.
    """

    plan: Plan
    shards: tuple[Shard, ...]
    refused: pa.RecordBatch
    known: pa.RecordBatch


def make_plan(
    blank: Plan, source: SourceConfig, location: str, config: IngestConfig, seen: Seen, *, limit: int | None
) -> MadePlan:
    """Find what is new in a source and cut it into shards.

    Args:
        blank: The plan so far: whose it is, without anything to do.
        source: The source.
        location: Its folder, file or URL.
        config: Limits of reading.
        seen: What earlier runs took.
        limit: Input objects to take at most; None for the configuration's limit.

    Raises:
        InputError: The source cannot be listed.
    """
    from saaf.ingest import discover

    found = discover(source, location, config, run_id=blank.run_id)
    refused = _not_noted_yet(found.refused, seen)
    new, known = _not_taken_yet(found.objects, seen)
    taken = new[: min(limit or config.max_objects, config.max_objects)]
    cut, no_place = cut_into_shards(taken, config)
    if refused.num_rows and not cut:
        cut = [[]]  # the errors have to be noted down even where there is nothing to read
    plan = blank.model_copy(
        update={
            "shards": tuple(f"{number:05d}" for number in range(len(cut))),
            "objects": len(taken) - no_place,
            "refused": refused.num_rows,
            "seen": len(found.objects) - len(new),
            "waiting": len(new) - len(taken) + no_place,
            "unsettled": found.unsettled,
        }
    )
    shards = (Shard.of(source.name, objects, (o.uri for o in objects if seen.named(o.uri))) for objects in cut)
    return MadePlan(plan, tuple(shards), refused, LEDGER.batch({**row, "run_id": blank.run_id} for row in known))


def _not_taken_yet(objects: Sequence[InputObject], seen: Seen) -> tuple[list[InputObject], list[dict[str, object]]]:
    """Leave out what an earlier run took, by content: a moved or touched file is not new.

    Returns:
        What is new; and rows for the ledger about the others that had to be looked into, so that it is only once.
    """
    from saaf.ingest import fingerprint

    new, known = [], []
    for item in objects:
        if seen.unchanged(item.uri, item.size, item.modified):
            continue
        try:
            sha256 = fingerprint(item)
        except RecordError:
            new.append(item)  # reading it will fail again and be noted in the ledger, with the reason
            continue
        if seen.content(sha256):
            state = {"uri": item.uri, "source": item.source, "size": item.size, "modified": item.modified}
            known.append({**state, "sha256": sha256, "records": 0, "status": KNOWN})
        else:
            new.append(item)
    return new, known


def _not_noted_yet(refused: pa.RecordBatch, seen: Seen) -> pa.RecordBatch:
    rows = zip(*(refused.column(name).to_pylist() for name in ("uri", "size", "modified")), strict=True)
    return refused.filter(pa.array([not seen.unchanged(*row) for row in rows], pa.bool_()))
