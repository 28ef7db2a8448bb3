"""Rebuilds, takedowns and their end: readers see one state or the next, whatever fails and wherever the process dies."""

from __future__ import annotations

import errno
import random
from pathlib import Path
from typing import Any

import generations_harness as life
import lake_harness as harness
import power_disk
import pyarrow.parquet as pq
import pytest

from saaf.errors import LakeError, LakeMovedOn, StorageError
from saaf.lake import Change, Exposure, Lake, Operation
from saaf.lake.storage import LocalStorage
from saaf.tables import GOLD

FAULTS = {
    "error": ("before", errno.EIO, (*harness.MUTATING, *harness.READING)),
    "error-though-done": ("after", errno.EIO, harness.MUTATING),
    "disk-full": ("before", errno.ENOSPC, ("create", "write", "make_folder", "link_if_absent", "make_link", "rename")),
    **{f"death-{part}": ("die", 0, harness.MUTATING) for part in range(3)},
}


SHARE = {"stat": 0.03, "open_read": 0.1, "list_folder": 0.1, "read_link": 0.2, "write": 0.3, "create": 0.5, "sync": 0.5}
"""Of operations that are many and alike, a part of those that fail; a process dies at each."""


@pytest.fixture(scope="module")
def begun(fast_disk: Path) -> Path:
    return life.lake_with_two_runs(fast_disk / "begun")


@pytest.fixture(scope="module")
def ended(begun: Path, fast_disk: Path) -> dict[str, str]:
    root = life.copied(begun, fast_disk / "ended")
    life.go_through(root, LocalStorage())
    return harness.table_files(root)


def test_each_step_is_seen_whole(begun: Path, tmp_path: Path) -> None:
    root = life.copied(begun, tmp_path / "lake")
    seen = [life.step_of(life.reader_sees(root))]
    life.go_through(root, LocalStorage(), lambda step: seen.append(life.step_of(life.reader_sees(root))))
    assert seen == [0, 2, 2, 4, 4]  # a compaction and a retirement are not to be seen
    lake = Lake.open(root)
    assert lake.verify() == ()
    assert lake.catalogue().generations() == [3]
    assert [path.name for path in (root / "generations").iterdir()] == ["g0003"]
    assert life.GONE not in str([pq.read_table(path).to_pylist() for path in root.rglob("*.parquet")])
    assert [record.operation for record in lake.log()] == ["run", "run", "swap", "compact", "takedown", "retire"]
    assert [record.n for record in lake.runs()] == [1, 2]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_operation_fails_once(fault: str, begun: Path, ended: dict[str, str], fast_disk: Path) -> None:
    how, code, names = FAULTS[fault]
    storage = harness.FaultyStorage()
    life.go_through(life.copied(begun, fast_disk / f"{fault}-counted"), storage)
    drawn = random.Random(fault)
    for number, name in enumerate(storage.calls, start=1):
        share = SHARE.get(name, 1.0) * 0.3 if how != "die" else float(number % 3 == int(fault[-1]))
        if name not in names or drawn.random() >= share:
            continue
        root = life.copied(begun, fast_disk / f"{fault}-{number}")
        with pytest.raises((StorageError, harness.Death)):
            life.go_through(root, harness.FaultyStorage(number, how, code))
        before = life.step_of(life.reader_sees(root))
        life.go_through(root, LocalStorage())
        assert life.step_of(life.reader_sees(root)) == 4 >= before
        assert harness.table_files(root) == ended, (number, name)
        assert Lake.open(root).verify() == ()
        assert list((root / "meta" / "staging").iterdir()) == []


def test_it_dies_again_while_it_recovers(begun: Path, ended: dict[str, str], fast_disk: Path) -> None:
    """Deaths nested four deep, at any operation of each attempt."""
    dying = random.Random(23)
    for number in range(12):
        root = life.copied(begun, fast_disk / f"nested-{number}")
        seen = 0
        for _ in range(4):
            try:
                life.go_through(root, harness.FaultyStorage(dying.randint(1, 250), "die"))
            except harness.Death:
                now = life.step_of(life.reader_sees(root))
                assert now >= seen
                seen = now
        life.go_through(root, LocalStorage())
        assert harness.table_files(root) == ended
        assert Lake.open(root).verify() == ()


# -- power failures --------------------------------------------------------------------------------


class Powerless:
    """Goes through the steps on a model disk and looks at what a power failure would leave at every operation."""

    def __init__(self, *, most: int, every_rerun: int, forgotten: str = "") -> None:
        self.disk = power_disk.Disk()
        harness.both_runs(power_disk.ROOT, power_disk.ModelStorage(self.disk))
        self.promised = self.states = 0
        self._most, self._every_rerun = most, every_rerun
        self._drawn, self._known = random.Random(29), set[str]()
        self.storage = power_disk.ModelStorage(self.disk, lambda *_: self._look(), forgotten)

    def go(self, ended: dict[str, str]) -> None:
        self._ended = ended
        life.go_through(power_disk.ROOT, self.storage, self._promise)
        self._look()

    def _promise(self, step: int) -> None:
        self.promised = step

    def _look(self) -> None:
        for disk in self.disk.after_power_loss(self._drawn, self._most):
            state = f"{disk.fingerprint()} {self.promised}"
            if state not in self._known:
                self._known.add(state)
                self.states += 1
                self._check(disk, rerun=self.states % self._every_rerun == 0)

    def _check(self, disk: power_disk.Disk, *, rerun: bool) -> None:
        found = [row for data in disk.seen_in(power_disk.ROOT / "gold").values() for row in rows_of(data)]
        try:
            step = life.step_of(frozenset(found))
            assert len(found) == len(set(found))
            assert step >= self.promised, f"step {self.promised} was promised, a reader sees {step}"
            if rerun:
                life.go_through(power_disk.ROOT, power_disk.ModelStorage(disk))
                assert power_disk.tables_of(disk.files()) == self._ended, "the retry ends otherwise"
        except (AssertionError, LakeError) as error:
            raise power_disk.FaultFound(str(error)) from error


def rows_of(data: bytes) -> list[tuple[str, str]]:
    import io

    return [
        (row["doc_id"], row["text"]) for row in pq.read_table(io.BytesIO(data), columns=["doc_id", "text"]).to_pylist()
    ]


def test_no_power_failure_breaks_a_promise(ended: dict[str, str]) -> None:
    powerless = Powerless(most=10, every_rerun=40)
    powerless.go(ended)
    assert powerless.states > 500


def test_the_sync_of_a_swap_is_needed(ended: dict[str, str]) -> None:
    kind = "commit.point_to < commit.finish"
    powerless = Powerless(most=12, every_rerun=3, forgotten=kind)
    with pytest.raises(power_disk.FaultFound):
        powerless.go(ended)
    assert kind in powerless.storage.syncs


# -- older lakes -----------------------------------------------------------------------------------


def first_layout(root: Path) -> dict[str, Any]:
    """A lake with two runs, moved back to how lakes lay before there were generations; gives its records."""
    import json

    harness.both_runs(root, LocalStorage())
    for link in [path for path in root.iterdir() if path.is_symlink()]:
        link.unlink()
    for folder in (root / "generations" / "g0001").iterdir():
        folder.rename(root / "meta" / "index" if folder.name == "index" else root / folder.name)
    (root / "generations" / "g0001").rmdir()
    (root / "generations").rmdir()
    previous = "0" * 64
    for path in sorted((root / "meta" / "log").iterdir()):
        record = json.loads(path.read_bytes())
        for name in ("op", "generation", "at", "replaced", "dropped", "sha256"):
            record.pop(name)
        record |= {"version": 1, "prev_sha": previous}
        for file in record["files"]:
            del file["origin"], file["commit"]
            bare = file["path"].removeprefix("generations/g0001/")
            file["path"] = f"meta/{bare}" if bare.startswith("index/") else bare
        previous = sealed(record)
        path.write_text(json.dumps({**record, "sha256": previous}, indent=1) + "\n")
    return {}


def sealed(record: dict[str, Any]) -> str:
    import hashlib
    import json

    return hashlib.sha256(json.dumps(record, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_a_lake_without_generations_gets_its_first(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    first_layout(root)
    assert life.step_of(life.reader_sees(root)) == 0
    lake = Lake.open(root)
    assert lake.verify() == ()
    assert life.step_of(life.reader_sees(root)) == 0
    assert sum(batch.num_rows for batch in lake.read("gold")) == 8
    life.go_through(root, LocalStorage())
    assert life.step_of(life.reader_sees(root)) == 4
    assert Lake.open(root).verify() == ()


def test_that_move_may_die_anywhere(tmp_path: Path, fast_disk: Path) -> None:
    first_layout(tmp_path / "lake")
    storage = harness.FaultyStorage()
    Lake.open(life.copied(tmp_path / "lake", fast_disk / "move-counted"), storage=storage)
    for number, name in enumerate(storage.calls, start=1):
        if name not in harness.MUTATING:
            continue
        root = life.copied(tmp_path / "lake", fast_disk / f"move-{number}")
        with pytest.raises(harness.Death):
            Lake.open(root, storage=harness.FaultyStorage(number, "die"))
        assert Lake.open(root).verify() == ()
        assert life.step_of(life.reader_sees(root)) == 0


# -- what else holds -------------------------------------------------------------------------------


def test_what_was_decided_before_a_swap_no_longer_holds(begun: Path, tmp_path: Path) -> None:
    lake = Lake.open(life.copied(begun, tmp_path / "lake"))
    assert lake.holds(2)
    life.go_through(lake.root, LocalStorage())
    assert not lake.holds(2)
    assert lake.holds(5)  # after the takedown: a retirement decides nothing
    staging = lake.staging("late")
    staging.write("gold.parquet", GOLD, [GOLD.batch([harness.row(GOLD, doc_id="x")])], harness.CONFIG)
    files = [Exposure("gold.parquet", "gold", "ingest_date=2026-11-23")]
    with lake.lock():
        lake.recover()
        with pytest.raises(LakeMovedOn):
            lake.commit(staging, files, run_id="late", base=2, facts={})
        assert lake.commit(staging, files, run_id="late", base=5, facts={}).generation == 3


def test_a_reader_who_resolved_the_link_goes_on(begun: Path, tmp_path: Path) -> None:
    root = life.copied(begun, tmp_path / "lake")
    resolved = (root / "gold").resolve()
    lake = Lake.open(root)
    with lake.lock():
        staging = lake.staging("swap")
        lake.change(staging, life.swap(lake, staging), run_id="swap", base=2, facts={})
    assert pq.read_table(resolved).num_rows == pq.read_table(root / "gold").num_rows == 8
    names = [{path.name for path in (root / "generations" / g / "gold").rglob("*.parquet")} for g in ("g0001", "g0002")]
    assert not names[0] & names[1]


def test_rows_of_a_run_are_found_while_its_generation_is_kept(begun: Path, tmp_path: Path) -> None:
    root = life.copied(begun, tmp_path / "lake")
    lake = Lake.open(root)
    assert sum(b.num_rows for b in lake.read("gold", commit=1)) == 4
    with lake.lock():
        for step in (life.swap, life.compact, life.take_down):
            staging = lake.staging(step.__name__)
            lake.change(staging, step(lake, staging), run_id=step.__name__, base=lake.head, facts={})
        assert sum(b.num_rows for b in lake.read("gold", commit=1)) == 3  # less the one that was taken down
        assert sum(b.num_rows for b in lake.read("gold", commit=3)) == 7
        staging = lake.staging("retire")
        lake.change(staging, life.retire(lake, staging), run_id="retire", base=lake.head, facts={})
    assert list(lake.read("gold", commit=1)) == []


def test_every_damage_is_found_in_old_generations_too(begun: Path, tmp_path: Path) -> None:
    root = life.copied(begun, tmp_path / "lake")
    lake = Lake.open(root)
    with lake.lock():
        for step in (life.swap, life.compact, life.take_down):
            staging = lake.staging(step.__name__)
            lake.change(staging, step(lake, staging), run_id=step.__name__, base=lake.head, facts={})
            staging.discard()
    files = [root / name for name in harness.table_files(root)] + sorted((root / "meta" / "log").iterdir())
    assert {path.parts[len(root.parts) + 1] for path in files if "generations" in path.parts} == {
        "g0001",
        "g0002",
        "g0003",
    }
    for path in files:
        whole = path.read_bytes()
        flipped = whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :]
        path.unlink()  # a file may have a second name in another generation: the copy that is damaged is this one
        assert Lake.open(root).verify(), path
        for damaged in (flipped, whole[:-1], b""):
            path.write_bytes(damaged)
            assert str(path) in " ".join(Lake.open(root).verify()), path
        path.write_bytes(whole)
    assert Lake.open(root).verify() == ()


def test_a_link_that_leads_elsewhere_is_found_and_mended(begun: Path, tmp_path: Path) -> None:
    root = life.copied(begun, tmp_path / "lake")
    (root / "current").unlink()
    (root / "current").symlink_to("generations/g0009")
    lake = Lake.open(root)
    (problem,) = lake.verify()
    assert "leads to generations/g0009 instead of generations/g0001" in problem
    with lake.lock():
        assert lake.recover() == ("made generation 1 the one that is read",)
    assert life.step_of(life.reader_sees(root)) == 0
    (root / "gold").unlink()
    Lake.open(root)
    assert life.step_of(life.reader_sees(root)) == 0
    (root / "gold").unlink()
    (root / "gold").symlink_to("/elsewhere")
    with pytest.raises(LakeError, match="is a link to /elsewhere"):
        Lake.open(root)


def test_an_operation_has_a_name_for_the_log() -> None:
    assert {operation.value for operation in Operation if operation.decides} == {"run", "swap", "takedown", "reindex"}
    assert Change().operation is Operation.RUN
