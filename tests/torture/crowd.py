"""Processes that commit to a lake and processes that read its gold, all at once, for as long as is wanted.

Every document's id says which generation it was written for, by whom, and in which commit: so whoever reads gold can
tell a whole commit from a part of one, and one generation from a mixture of two.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import pyarrow as pa

from torture.checker import READERS

ROWS = 8
DAYS = 5
STOP = "stop"


@dataclass
class Crowd:
    """What came of it.

    Attributes:
        commits: Commits of runs.
        swaps: Generations that were begun.
        busy: Times that a writer found the lake locked.
        overtaken: Times that a writer was told that its decisions rest on an older lake.
        looks: Looks at gold, by reader.
        loud: Looks that a swap disturbed, with an error, by reader: those that went through the link.
        faults: What no reader may see.
    """

    commits: int = 0
    swaps: int = 0
    busy: int = 0
    overtaken: int = 0
    looks: Counter[str] = field(default_factory=Counter)
    loud: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Crowd) -> None:
        """Take in what another process has seen."""
        for name in ("commits", "swaps", "busy", "overtaken"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.looks += other.looks
        self.loud += other.loud
        self.faults += other.faults


def gather(lake: Path, *, writers: int, commits: int, seconds: float = 0, swapping: bool, seed: int) -> Crowd:
    """Let writers and the four readers loose on a new lake.

    Args:
        lake: Where to make it.
        writers: How many processes commit.
        commits: How often each of them does, at least.
        seconds: For how long it goes on, at least.
        swapping: Whether another process begins new generations meanwhile.
        seed: Of the writers' pauses.
    """
    _write_first(lake)
    signals = lake.parent / "signals"
    signals.mkdir()
    crowd, processes = Crowd(), writers + len(READERS) + swapping
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        lookers = [pool.submit(keep_reading, lake, name, signals) for name in READERS]
        if swapping:
            lookers.append(pool.submit(keep_swapping, lake, signals))
        while len(list(signals.iterdir())) < len(lookers) and not any(one.done() for one in lookers):
            time.sleep(0.05)  # a process needs seconds to begin
        until = time.monotonic() + seconds
        at_work = [pool.submit(keep_writing, lake, number, commits, until, seed) for number in range(writers)]
        try:
            for one in at_work:
                crowd.add(one.result())
        finally:
            (signals / STOP).touch()
        for one in lookers:
            crowd.add(one.result())
    return crowd


# -- reading ---------------------------------------------------------------------------------------


def keep_reading(lake: Path, reader: str, signals: Path) -> Crowd:
    """Glob gold again and again: by the link, as people do, and by where the link led, as careful people do."""
    seen, fewest = Crowd(), 0
    READERS[reader](lake / "gold")
    (signals / reader).touch()
    while not (signals / STOP).exists():
        before = (lake / "gold").resolve()
        for gold in (lake / "gold", before):
            try:
                ids = READERS[reader](gold)
            except Exception as error:  # noqa: BLE001 - each reader has errors of its own
                if gold != before and before != (lake / "gold").resolve():
                    seen.loud[reader] += 1
                else:
                    seen.faults.append(f"{reader} of {gold.name}: {type(error).__name__} {error}")
                continue
            seen.looks[reader] += 1
            seen.faults += [f"{reader}: {fault}" for fault in faults_in(ids)]
            if gold != before:
                if len(ids) < fewest:
                    seen.faults.append(f"{reader} saw {fewest} documents, and then {len(ids)}")
                fewest = max(fewest, len(ids))
    return seen


def faults_in(ids: list[str]) -> Iterator[str]:
    """What is wrong with what one look at gold has shown."""
    if len(set(ids)) != len(ids):
        yield f"{len(ids) - len(set(ids))} documents twice"
    if len(generations := {doc_id[:4] for doc_id in ids}) > 1:
        yield f"generations {sorted(generations)} mixed"
    commits = Counter(doc_id.rsplit("-", 1)[0] for doc_id in ids)
    if parts := [name for name, rows in commits.items() if rows != ROWS]:
        yield f"a part of commit {parts[0]}"


# -- writing ---------------------------------------------------------------------------------------


def keep_writing(lake: Path, number: int, commits: int, until: float, seed: int) -> Crowd:
    """Commit again and again; whoever is told to wait or to decide anew does so."""
    from saaf.errors import LakeBusy, LakeMovedOn
    from saaf.lake import Lake

    opened, dice, seen = Lake.open(lake), random.Random(f"{seed}/{number}"), Crowd()
    while seen.commits < commits or time.monotonic() < until:
        base = opened.head
        try:
            _commit(opened, f"{number:02}-{seen.commits:05}", base, opened.catalogue().generation)
        except LakeBusy:
            seen.busy += 1
        except LakeMovedOn:
            seen.overtaken += 1
        else:
            seen.commits += 1
        time.sleep(dice.uniform(0, 0.05))
    return seen


def keep_swapping(lake: Path, signals: Path) -> Crowd:
    """Write all of gold anew, as a rebuild does, and swap it in; every second, so that runs get between."""
    from saaf.lake import Lake

    opened, seen = Lake.open(lake), Crowd()
    (signals / "swapping").touch()
    while not (signals / STOP).exists():
        _swap(opened)
        seen.swaps += 1
        time.sleep(1)
    return seen


def _write_first(lake: Path) -> None:
    from saaf.lake import Lake

    _commit(Lake.open(lake), "first", 0, 1)


def _commit(lake, name: str, base: int, generation: int) -> None:  # type: ignore[no-untyped-def]
    from saaf.config import PublishConfig
    from saaf.lake import Exposure
    from saaf.tables import GOLD

    staging, partition = lake.staging(name), f"ingest_date=2026-11-{crc32(name.encode()) % DAYS + 1:02}"
    ids = [f"{generation:04}-{name}-{row}" for row in range(ROWS)]
    staging.write("gold.parquet", GOLD, [_rows(ids, partition)], PublishConfig())
    with lake.lock(wait_seconds=0.2):
        lake.recover()
        lake.commit(staging, [Exposure("gold.parquet", "gold", partition)], run_id=name, base=base, facts={})
    staging.discard()


def _swap(lake) -> None:  # type: ignore[no-untyped-def]
    from saaf.config import PublishConfig
    from saaf.lake import Change, Exposure, Operation
    from saaf.tables import GOLD

    with lake.lock(wait_seconds=30):
        lake.recover()
        generation, by_day = lake.catalogue().newest_generation + 1, dict[str, list[str]]()
        for batch in lake.read("gold", ["doc_id", "ingest_date"]):
            for row in batch.to_pylist():
                by_day.setdefault(f"ingest_date={row['ingest_date']}", []).append(f"{generation:04}{row['doc_id'][4:]}")
        staging, files = lake.staging(f"swap-{generation}"), []
        for partition, ids in by_day.items():
            staging.write(f"{partition}.parquet", GOLD, [_rows(ids, partition)], PublishConfig())
            files.append(Exposure(f"{partition}.parquet", "gold", partition))
        change = Change(Operation.SWAP, files=files, new_generation=True)
        lake.change(staging, change, run_id=f"swap-{generation}", base=lake.head, facts={})
        staging.discard()


def _rows(ids: list[str], partition: str) -> pa.RecordBatch:
    import lake_harness

    from saaf.tables import GOLD

    day = partition.removeprefix("ingest_date=")
    return GOLD.batch([lake_harness.row(GOLD, doc_id=doc_id, ingest_date=day) for doc_id in ids])
