"""People glob gold while runs are committed: each look shows whole runs, and never fewer than the look before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lake_harness as harness
import pyarrow.parquet as pq
import pytest

from saaf.lake import Exposure, Lake
from saaf.tables import GOLD

RUNS, ROWS = 30, 20


def by_polars(gold: Path) -> list[str]:
    import polars as pl

    return pl.scan_parquet(gold / "**/*.parquet").select("doc_id").collect()["doc_id"].to_list()


def by_duckdb(gold: Path) -> list[str]:
    import duckdb

    rows = duckdb.connect().sql(f"SELECT doc_id FROM '{gold}/**/*.parquet'").fetchall()
    return [doc_id for (doc_id,) in rows]


def by_arrow(gold: Path) -> list[str]:
    found: list[str] = pq.read_table(gold, columns=["doc_id"])["doc_id"].to_pylist()
    return found


@pytest.mark.parametrize("read", [by_polars, by_duckdb, by_arrow])
def test_readers_see_whole_runs(read: Callable[[Path], list[str]], fast_disk: Path) -> None:
    lake = Lake.open(fast_disk / read.__name__)
    write(lake, 0)
    looks, done = [read(lake.root / "gold")], threading.Event()

    def keep_reading() -> None:
        while not done.is_set():
            looks.append(read(lake.root / "gold"))

    with ThreadPoolExecutor() as threads:
        reader = threads.submit(keep_reading)
        for run in range(1, RUNS):
            write(lake, run)
        done.set()
        reader.result(60)
    looks.append(read(lake.root / "gold"))
    counts = [len(ids) for ids in looks]
    assert all(len(set(ids)) == len(ids) and len(ids) % ROWS == 0 for ids in looks)
    assert counts == sorted(counts)
    assert counts[-1] == RUNS * ROWS
    assert len(set(counts)) > 1


def write(lake: Lake, run: int) -> None:
    staging = lake.staging(f"{run}")
    rows = [harness.row(GOLD, doc_id=f"{run:03}-{n:03}", ingest_date=f"2026-11-{run % 28 + 1:02}") for n in range(ROWS)]
    staging.write("gold.parquet", GOLD, [GOLD.batch(rows)], harness.CONFIG)
    with lake.lock():
        lake.recover()
        partition = f"ingest_date=2026-11-{run % 28 + 1:02}"
        lake.commit(staging, [Exposure("gold.parquet", "gold", partition)], run_id=f"{run}", base=run, facts={})
    staging.discard()
