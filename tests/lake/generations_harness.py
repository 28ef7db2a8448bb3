"""A rebuild, a compaction, a takedown and a retirement in a lake with two runs, and what readers may see meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lake_harness as harness
import pyarrow.parquet as pq

from saaf.lake import Change, Exposure, Lake, Operation
from saaf.lake.storage import LocalStorage
from saaf.tables import GOLD, INDEX

GONE = harness.doc_id(0, 0)
"""The document that is taken down."""

Seen = frozenset[tuple[str, str]]
"""What a reader of gold finds: ids and texts."""


def seen_after(step: int) -> Seen:
    """What gold holds after the two runs and so many of :data:`STEPS`."""
    texts = {i: f"خبر نمبر {i}\nدوسری سطر" for run in range(2) for i in harness.gold_ids(run)}
    if step >= 1:
        texts = {i: f"{text}، نئے اصول سے" for i, text in texts.items()}
    if step >= 3:
        del texts[GONE]
    return frozenset(texts.items())


def swap(lake: Lake, staging: Any) -> Change:
    files = []
    for run, day in enumerate(harness.DAYS):
        rows = [dict(row) for row in harness.rows_of_run(run)[GOLD]]
        for row in rows:
            row["text"] = f"{row['text']}، نئے اصول سے"
        staging.write(f"gold/{day}.parquet", GOLD, [GOLD.batch(rows)], harness.CONFIG)
        staging.write(f"index/{day}.parquet", INDEX, [INDEX.batch(harness.rows_of_run(run)[INDEX])], harness.CONFIG)
        files.append(Exposure(f"gold/{day}.parquet", "gold", f"ingest_date={day}"))
        files.append(Exposure(f"index/{day}.parquet", "index", f"settings={harness.SETTINGS}"))
    return Change(Operation.SWAP, files=files, new_generation=True)


def compact(lake: Lake, staging: Any) -> Change:
    live = lake.catalogue().live("index")
    staging.write("index.parquet", INDEX, lake.read("index"), harness.CONFIG)
    return Change(
        Operation.COMPACT,
        files=[Exposure("index.parquet", "index", f"settings={harness.SETTINGS}")],
        replaced=[held.file.path for held in live],
    )


def take_down(lake: Lake, staging: Any) -> Change:
    catalogue = lake.catalogue()
    files, dropped = [], []
    for number, held in enumerate(h for h in catalogue.held if h.file.table in ("gold", "index")):
        batches = list(lake.read_file(held))
        if GONE not in {i for batch in batches for i in batch.column("doc_id").to_pylist()}:
            continue
        name, table = f"{held.file.table}/{number}.parquet", {"gold": GOLD, "index": INDEX}[held.file.table]
        dropped.append(held.file.path)
        rest = [row for batch in batches for row in batch.to_pylist() if row["doc_id"] != GONE]
        if held.live or held.generation != catalogue.generation:
            staging.write(name, table, [table.batch(rest)], harness.CONFIG)
            places = {held.generation, None if held.generation == catalogue.generation else held.generation}
            files += [Exposure(name, table.name, held.partition, place, held.file.commit) for place in places]
    current = catalogue.of_generation(catalogue.generation)
    carried = [held.file for held in current if held.live and held.file.path not in dropped]
    return Change(Operation.TAKEDOWN, files, carried, dropped=dropped, new_generation=True)


def retire(lake: Lake, staging: Any) -> Change:
    old = [held.file.path for number in (1, 2) for held in lake.catalogue().of_generation(number)]
    return Change(Operation.RETIRE, dropped=old)


STEPS: tuple[Callable[[Lake, Any], Change], ...] = (swap, compact, take_down, retire)


def go_through(root: Path, storage: Any, note: Callable[[int], None] = lambda step: None) -> None:
    """Every step that has not been done; ``note`` hears of each that is promised to be done."""
    for number, step in enumerate(STEPS, start=1):
        lake = Lake.open(root, storage=storage)
        with lake.lock():
            lake.recover()
            staging = lake.staging(step.__name__)
            if not any(record.run_id == step.__name__ for record in lake.log()):
                change = step(lake, staging)
                lake.change(staging, change, run_id=step.__name__, base=lake.head, facts={})
            note(number)
            staging.discard()


def lake_with_two_runs(root: Path) -> Path:
    harness.both_runs(root, LocalStorage())
    return root


def copied(lake: Path, to: Path) -> Path:
    shutil.copytree(lake, to, symlinks=True)
    return to


def reader_sees(root: Path) -> Seen:
    """Gold as someone finds it who reads every file below the folder; fails where a document stands there twice."""
    tables = [pq.ParquetFile(path).read(["doc_id", "text"]) for path in sorted((root / "gold").rglob("*.parquet"))]
    found = [(row["doc_id"], row["text"]) for table in tables for row in table.to_pylist()]
    assert len(found) == len(set(found))
    return frozenset(found)


def step_of(seen: Seen) -> int:
    """How many steps a reader sees done; fails where it is none of the states that there may be."""
    steps = [step for step in range(len(STEPS) + 1) if seen_after(step) == seen]
    assert steps, f"a reader sees a state that never was: {len(seen)} documents"
    return steps[-1]
