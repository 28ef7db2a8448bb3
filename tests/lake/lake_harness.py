"""Two runs into a lake, a storage that fails when told to, and a checker that knows nothing of the product.

Used by the crash tests, and started by them as a program of its own: ``lake_harness.py ROOT [NAME COUNT]`` carries out
both runs and kills itself with SIGKILL before the COUNT-th operation of that NAME.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from saaf.config import PublishConfig
from saaf.lake import Exposure, Lake
from saaf.lake.filelock import FileLock
from saaf.lake.storage import LocalStorage, naming
from saaf.tables import GOLD, INDEX, LEDGER, Table

DAYS = ("2026-11-20", "2026-11-21")
SETTINGS = "0123456789abcdef"
CONFIG = PublishConfig(row_group_rows=4)


# -- rows ------------------------------------------------------------------------------------------


def doc_id(run: int, number: int) -> str:
    return hashlib.md5(f"{run}/{number}".encode(), usedforsecurity=False).hexdigest()


def gold_ids(run: int) -> set[str]:
    return {doc_id(run, number) for number in range(4)}


def example(kind: pa.DataType) -> Any:
    if pa.types.is_integer(kind):
        return 7
    if pa.types.is_floating(kind):
        return 0.5
    if pa.types.is_boolean(kind):
        return True
    if pa.types.is_timestamp(kind):
        return datetime(2026, 11, 21, tzinfo=UTC)
    if pa.types.is_list(kind):
        return []
    return "لاہور میں بارش"


def row(table: Table, **values: object) -> dict[str, object]:
    filled = {
        column.name: example(column.type) for column in table.columns if column.null is None or "never" in column.null
    }
    return {**filled, **values}


def rows_of_run(run: int) -> dict[Table, list[dict[str, object]]]:
    ids = sorted(gold_ids(run), reverse=True)
    documents = [{"doc_id": i, "uri": f"seeds/{run}-{i}.txt", "text": f"خبر نمبر {i}\nدوسری سطر"} for i in ids]
    ledger = {"size": 10 + run, "modified": None, "sha256": hashlib.sha256(bytes([run])).hexdigest(), "status": "read"}
    return {
        GOLD: [row(GOLD, **d, ingest_date=DAYS[run]) for d in documents],
        LEDGER: [row(LEDGER, uri=f"seeds/{run}.txt", error=None, message=None, **ledger)],
        INDEX: [row(INDEX, band=band, key=int(i[:16], 16), doc_id=i) for i in ids for band in (-1, 0, 1)],
    }


# -- two runs --------------------------------------------------------------------------------------


def run_once(root: Path, storage: Any, run: int, note: Callable[[str, Any], None] = lambda *_: None) -> None:
    """One run as an engine does it; done already, it changes nothing. ``note`` hears of every promise made."""
    run_id = f"scheduled__{DAYS[run]}T00:00:00+00:00"
    lake = Lake.open(root, storage=storage)
    with lake.lock():
        lake.recover()
        staging = lake.staging(run_id)
        if any(record.run_id == run_id for record in lake.log()):
            note("discarding", run)
            staging.discard()
            return
        base, files = lake.head, []
        for table, rows in rows_of_run(run).items():
            name = f"{table.name}/00000.parquet"
            staging.write(name, table, [table.batch(rows)], CONFIG, metadata={"saaf.config_hash": "5d41402abc4b2a76"})
            note("staged", (run, staging.path / name))
            partition = f"settings={SETTINGS}" if table is INDEX else f"ingest_date={DAYS[run]}"
            files.append(Exposure(name, table.name, partition))
        staging.write_json("plan.json", {"run": run})
        note("staged", (run, staging.path / "plan.json"))
        lake.commit(staging, files, run_id=run_id, base=base, facts={"ingested": 4})
        note("committed", run)
        report = lake.write_report(run_id, html="<p>رپورٹ</p>", json="{}")
        note("reported", report)
        note("discarding", run)
        staging.discard()


def both_runs(root: Path, storage: Any, note: Callable[[str, Any], None] = lambda *_: None) -> None:
    for run in range(len(DAYS)):
        run_once(root, storage, run, note)


# -- faults ----------------------------------------------------------------------------------------

MUTATING = (
    "make_folder",
    "create",
    "write",
    "sync",
    "link_if_absent",
    "rename",
    "make_link",
    "sync_folder",
    "remove_file",
    "remove_folder",
)
READING = ("list_folder", "stat", "open_read", "read_link", "try_lock")


class Death(BaseException):
    """The process dies here; nothing in it may run on."""


class FaultyStorage:
    """Passes every operation on, and makes one of them fail.

    Args:
        fail_at: Number of the operation, from 1; 0 for none.
        how: ``before`` (an error instead of the operation), ``after`` (an error although it was done), ``half`` (of a
            write, the first half is written), ``die`` and ``die-after``.
        code: The error, of ``errno``.
    """

    def __init__(self, fail_at: int = 0, how: str = "before", code: int = errno.EIO) -> None:
        self.calls: list[str] = []
        self._inner = LocalStorage()
        self._fail_at, self._how, self._code = fail_at, how, code
        self._dead = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._inner, name)
        return lambda path, *rest: self.perform(name, path, lambda: operation(path, *rest))

    def create(self, path: Path) -> FaultyFile:
        return FaultyFile(self, path, self.perform("create", path, lambda: self._inner.create(path)))

    def perform(
        self, name: str, path: Path, operation: Callable[[], Any], half: Callable[[], Any] | None = None
    ) -> Any:
        if self._dead:
            raise Death
        self.calls.append(name)
        if len(self.calls) != self._fail_at:
            return operation()
        if self._how in ("after", "die-after"):
            done = operation()
            if isinstance(done, FileLock):
                done.release()  # a call that says it failed leaves nobody who could
        if self._how == "half" and half:
            half()
        if self._how.startswith("die"):
            self._dead = True
            raise Death
        with naming(path):
            raise OSError(self._code, os.strerror(self._code))


class FaultyFile:
    def __init__(self, storage: FaultyStorage, path: Path, inner: Any) -> None:
        self._storage, self._path, self._inner = storage, path, inner

    def write(self, data: memoryview) -> int:
        half = data[: len(data) // 2]
        return self._storage.perform(
            "write", self._path, lambda: self._inner.write(data), lambda: self._inner.write(half)
        )

    def sync(self) -> None:
        self._storage.perform("sync", self._path, self._inner.sync)

    def close(self) -> None:
        self._inner.close()


class KilledStorage(FaultyStorage):
    """Kills its own process, for real, before the count-th operation of a name."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__()
        self._name, self._left = name, count

    def perform(
        self, name: str, path: Path, operation: Callable[[], Any], half: Callable[[], Any] | None = None
    ) -> Any:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().perform(name, path, operation, half)


# -- a checker that shares no code with the product ------------------------------------------------


def visible_commits(root: Path) -> set[int]:
    """What a reader that globs gold sees at this moment: numbers of runs, each of them whole.

    Fails when a file cannot be read, when only a part of a run is there, or when the run's other tables are not.
    """
    files = sorted(path for path in (root / "gold").rglob("*") if path.is_file())
    assert all(path.suffix == ".parquet" for path in files), files
    ids = [i for path in files for i in pq.ParquetFile(path).read(["doc_id"])["doc_id"].to_pylist()]
    assert len(ids) == len(set(ids)), "a document is visible twice"
    gold, *others = (commits_in(root / folder) for folder in ("gold", "ledger", "current/index"))
    assert all(gold <= other for other in others), "gold is ahead of the other tables"
    runs = {run for run in range(len(DAYS)) if gold_ids(run) & set(ids)}
    assert set(ids) == set().union(*(gold_ids(run) for run in runs)), "a part of a run is visible"
    return runs


def commits_in(folder: Path) -> set[str]:
    """Commits by the names of their files: `saaf-g0001-c00000042-...`."""
    return {path.name.split("-")[2] for path in folder.rglob("*.parquet")}


def table_files(root: Path) -> dict[str, str]:
    """Every file of every table, by path: the hash of its bytes."""
    folders = [p for p in Path(root).iterdir() if p.name != "meta" and not p.is_symlink()]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return {p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def check_whole(root: Path) -> list[dict[str, Any]]:
    """Check the lake against its log; give back the records."""
    records = [json.loads(p.read_bytes()) for p in sorted(Path(root, "meta", "log").iterdir())]
    assert [r["n"] for r in records] == list(range(1, len(records) + 1))
    previous = "0" * 64
    for record in records:
        assert record["prev_sha"] == previous
        previous = record["sha256"]
    logged = {f["path"]: f["sha256"] for r in records for f in r["files"]}
    assert logged == table_files(root), "the tables are not what the log says"
    for record in records:
        for f in record["files"]:
            assert Path(root, f["path"]).stat().st_size == f["bytes"]
            assert pq.read_metadata(Path(root, f["path"])).num_rows == f["rows"]
    return records


def paths_of(root: Path) -> Iterator[Path]:
    return (p for p in Path(root).rglob("*") if p.is_file())


if __name__ == "__main__":
    target, *point = sys.argv[1:]
    both_runs(Path(target), KilledStorage(point[0], int(point[1])) if point else LocalStorage())
