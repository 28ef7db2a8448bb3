"""Committing, recovering, reading: what the lake promises, on a real disk."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import lake_harness as harness
import pyarrow as pa
import pytest

from saaf.config import PublishConfig
from saaf.errors import IndexMismatch, LakeError, LakeMovedOn, StorageError
from saaf.lake import CommitRecord, Exposure, Lake, Staging
from saaf.lake.staging import slug
from saaf.lake.storage import LocalStorage
from saaf.tables import BRONZE, GOLD, INDEX, LEDGER, REJECTED, SILVER, Table

DAY = "ingest_date=2026-11-21"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake")


def stage(lake: Lake, run_id: str, table: Table, rows: list[dict[str, Any]], name: str | None = None) -> Staging:
    staging = lake.staging(run_id)
    staging.write(name or f"{table.name}.parquet", table, [table.batch(rows)], harness.CONFIG)
    return staging


def gold_row(doc_id: str) -> dict[str, Any]:
    return harness.row(GOLD, doc_id=doc_id, ingest_date="2026-11-21")


def commit(lake: Lake, run_id: str, table: Table, rows: list[dict[str, Any]], partition: str = DAY) -> CommitRecord:
    staging = stage(lake, run_id, table, rows)
    files = [Exposure(f"{table.name}.parquet", table.name, partition)]
    with lake.lock():
        return lake.commit(staging, files, run_id=run_id, base=lake.head, facts={})


# -- committing ------------------------------------------------------------------------------------


def test_a_commit_brings_files_and_facts(lake: Lake) -> None:
    staging = stage(lake, "r", GOLD, [gold_row("b"), gold_row("a")])
    stage(lake, "r", SILVER, [harness.row(SILVER, doc_id="x")], "silver/00000.parquet")
    stage(lake, "r", SILVER, [harness.row(SILVER, doc_id="y")], "silver/00001.parquet")
    files = [Exposure(name, name.split(".")[0].split("/")[0], DAY) for name in staging.names("**/*.parquet")]
    facts = {"ingested": 2, "reasons": {"near_duplicate": 1}, "source": "خبریں", "share": 0.1, "ids": (1, 2), 3: None}
    with lake.lock():
        record = lake.commit(staging, files, run_id="r", base=0, facts=facts)
    assert (record.n, record.run_id, lake.head) == (1, "r", 1)
    assert record.facts == {
        "ingested": 2,
        "reasons": {"near_duplicate": 1},
        "source": "خبریں",
        "share": 0.1,
        "ids": [1, 2],
        "3": None,
    }
    assert (record.rows("gold"), record.rows("silver"), record.rows("bronze")) == (2, 2, 0)
    assert [f.path.rsplit("-", 1)[0] for f in record.files] == [
        f"generations/g0001/gold/{DAY}/saaf-g0001-c00000001",
        f"generations/g0001/silver/{DAY}/saaf-g0001-c00000001-p0001",
        f"generations/g0001/silver/{DAY}/saaf-g0001-c00000001-p0002",
    ]
    assert all(f.path.endswith(f"-{f.sha256[:12]}.parquet") for f in record.files)
    harness.check_whole(lake.root)
    assert Lake.open(lake.root).log() == (record,)


def test_a_table_without_rows_leaves_no_file(lake: Lake) -> None:
    record = commit(lake, "r", REJECTED, [])
    assert record.files == ()
    assert harness.table_files(lake.root) == {}
    assert lake.files("rejected") == ()


def test_a_retried_publish_gets_its_own_record_back(lake: Lake) -> None:
    first = commit(lake, "r", GOLD, [gold_row("a")])
    before = harness.table_files(lake.root)
    commit(lake, "other", GOLD, [gold_row("b")])
    lake.staging("r").discard()
    with lake.lock():
        again = Lake.open(lake.root)
        again._lock = lake._lock
        assert again.commit(again.staging("r"), [], run_id="r", base=0, facts={}) == first
    assert before.items() <= harness.table_files(lake.root).items()
    assert lake.head == 2


def test_a_run_whose_base_is_old_is_refused(lake: Lake) -> None:
    staging = stage(lake, "late", GOLD, [gold_row("a")])
    commit(lake, "early", GOLD, [gold_row("b")])
    with lake.lock(), pytest.raises(LakeMovedOn, match="decided on commit 0, the lake is at 1") as caught:
        lake.commit(staging, [Exposure("gold.parquet", "gold", DAY)], run_id="late", base=0, facts={})
    assert not caught.value.retryable
    assert lake.head == 1
    assert staging.exists("gold.parquet")
    assert lake.verify() == ()


def test_a_record_that_came_first_wins(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the lock does not hold, as on some network file systems, the log still takes one record of a number."""
    rival, original = Lake.open(lake.root), LocalStorage.link_if_absent
    rival_staging = stage(rival, "rival", GOLD, [gold_row("b")])

    def rival_first(self: LocalStorage, source: Path, target: Path) -> bool:
        monkeypatch.undo()
        rival._lock = lake._lock
        rival.commit(rival_staging, [Exposure("gold.parquet", "gold", DAY)], run_id="rival", base=0, facts={})
        return original(self, source, target)

    staging = stage(lake, "mine", GOLD, [gold_row("a")])
    with lake.lock():
        monkeypatch.setattr(LocalStorage, "link_if_absent", rival_first)
        with pytest.raises(LakeMovedOn):
            lake.commit(staging, [Exposure("gold.parquet", "gold", DAY)], run_id="mine", base=0, facts={})
    assert [record.run_id for record in lake.log()] == ["rival"]
    assert lake.verify() == ()


def test_a_lost_answer_is_not_a_lost_race(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    original = LocalStorage.link_if_absent

    def link_and_forget(self: LocalStorage, source: Path, target: Path) -> bool:
        return original(self, source, target) and target.suffix != ".json"

    monkeypatch.setattr(LocalStorage, "link_if_absent", link_and_forget)
    assert commit(lake, "r", GOLD, [gold_row("a")]).n == 1
    assert lake.verify() == ()


@pytest.mark.parametrize(
    ("table", "partition"),
    [("gold", "../../etc"), ("gold", ""), ("gold", "day"), ("gold", "a=b/c=d"), ("gold", "a=.."), ("secret", DAY)],
)
def test_files_go_nowhere_else(lake: Lake, table: str, partition: str) -> None:
    staging = stage(lake, "r", GOLD, [gold_row("a")])
    with lake.lock(), pytest.raises(LakeError):
        lake.commit(staging, [Exposure("gold.parquet", table, partition)], run_id="r", base=0, facts={})
    assert lake.head == 0


def test_a_file_of_another_table_is_refused(lake: Lake) -> None:
    staging = stage(lake, "r", SILVER, [harness.row(SILVER)])
    with lake.lock(), pytest.raises(LakeError, match="has not the columns of table 'gold'"):
        lake.commit(staging, [Exposure("silver.parquet", "gold", DAY)], run_id="r", base=0, facts={})
    with lake.lock(), pytest.raises(LakeError, match=r"has not staged 'gold\.parquet'"):
        lake.commit(staging, [Exposure("gold.parquet", "gold", DAY)], run_id="r", base=0, facts={})
    assert lake.head == 0


# -- recovery --------------------------------------------------------------------------------------


def interrupted_commit(lake: Lake) -> CommitRecord:
    """A commit whose process died before anything became visible."""
    record = commit(lake, "r", GOLD, [gold_row("a")])
    for file in record.files:
        (lake.root / file.path).unlink()
    return record


def test_a_commit_that_is_not_visible_is_finished(lake: Lake) -> None:
    record = interrupted_commit(lake)
    assert lake.verify() == (
        f"{lake.root / record.files[0].path}: commit 1 is not visible yet: the next run makes it so",
    )
    assert [b.column("doc_id").to_pylist() for b in lake.read("gold")] == [["a"]]  # committed is committed
    with lake.lock():
        assert lake.recover() == ("made commit 1 of run 'r' visible",)
        assert lake.recover() == ()
    harness.check_whole(lake.root)


def test_the_next_commit_finishes_the_one_before(lake: Lake) -> None:
    interrupted_commit(lake)
    commit(lake, "next", GOLD, [gold_row("b")])
    harness.check_whole(lake.root)


def test_throwing_staging_away_finishes_its_commit_first(lake: Lake) -> None:
    interrupted_commit(lake)
    lake.staging("r").discard()
    harness.check_whole(lake.root)


def test_a_committed_file_that_is_nowhere_is_an_alarm(lake: Lake) -> None:
    record = interrupted_commit(lake)
    commit_path = lake.root / record.files[0].path
    shutil.rmtree(lake.root / "meta" / "staging")
    (lake.root / "meta" / "staging").mkdir()
    with lake.lock():
        with pytest.raises(LakeError, match="neither in its table nor staged") as caught:
            lake.recover()
        assert caught.value.where == str(commit_path)
        with pytest.raises(LakeError, match="neither"):
            lake.commit(lake.staging("next"), [], run_id="next", base=1, facts={})
    with pytest.raises(LakeError, match="neither"):
        lake.staging("r").discard()
    assert lake.verify() == (f"{commit_path}: the file is gone",)


def test_also_an_old_file_that_is_missing_is_an_alarm(lake: Lake) -> None:
    old = commit(lake, "old", GOLD, [gold_row("a")])
    commit(lake, "new", GOLD, [gold_row("b")])
    lake.staging("old").discard()
    (lake.root / old.files[0].path).unlink()
    with lake.lock(), pytest.raises(LakeError, match="neither"):
        lake.recover()


def test_a_staged_file_that_was_changed_is_not_made_visible(lake: Lake) -> None:
    record = interrupted_commit(lake)
    staged = lake.staging("r").path / "gold.parquet"
    staged.write_bytes(staged.read_bytes()[::-1])
    with lake.lock(), pytest.raises(LakeError, match="was changed where it is staged"):
        lake.recover()
    assert not (lake.root / record.files[0].path).exists()


def test_a_visible_file_of_another_size_is_an_alarm(lake: Lake) -> None:
    record = commit(lake, "r", GOLD, [gold_row("a")])
    path = lake.root / record.files[0].path
    shutil.copy(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").replace(path)
    os.truncate(path, 10)
    with lake.lock(), pytest.raises(LakeError, match="has 10 bytes instead of"):
        lake.recover()


def test_staging_waits_a_week_for_a_retry(lake: Lake) -> None:
    young, old = (stage(lake, name, GOLD, [gold_row("a")]) for name in ("young", "old"))
    with lake.lock():
        assert lake.recover() == ()
        week_ago = time.time() - 7 * 24 * 3600 - 60
        for path in [old.path, *old.path.rglob("*")]:
            os.utime(path, (week_ago, week_ago))
        assert lake.recover() == (f"removed what run {old.path.name} had staged: untouched for a week",)
    assert young.exists("gold.parquet")
    assert not old.path.exists()


# -- the log ---------------------------------------------------------------------------------------


def change(path: Path, **values: Any) -> bytes:
    return json.dumps({**json.loads(path.read_bytes()), **values}).encode()


DAMAGE = {
    "empty": (lambda path: b"", "cannot be read"),
    "torn": (lambda path: path.read_bytes()[:100], "cannot be read"),
    "garbage": (lambda path: b"\xff\xfe\x00", "cannot be read"),
    "not-a-record": (lambda path: b"[1, 2]", "cannot be read"),
    "nested": (lambda path: b"[" * 100_000, "cannot be read"),
    "other-version": (lambda path: change(path, version=99), "cannot be read"),
    "changed": (lambda path: change(path, run_id="forged"), "was changed after it was written"),
    "another": (lambda path: path.with_name("00000000000000000001.json").read_bytes(), "does not follow record 1"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_record_is_named(damage: str, lake: Lake) -> None:
    for name in ("one", "two", "three"):
        commit(lake, name, GOLD, [gold_row(name)])
    path = lake.root / "meta" / "log" / "00000000000000000002.json"
    content, message = DAMAGE[damage]
    path.write_bytes(content(path))
    fresh = Lake.open(lake.root)
    for use in (fresh.log, lambda: list(fresh.read("gold")), fresh.seen, lambda: fresh.files("gold")):
        with pytest.raises(LakeError, match=message) as caught:
            use()
        assert caught.value.where == str(path)
    (problem,) = fresh.verify()
    assert str(path) in problem
    with fresh.lock(), pytest.raises(LakeError):
        fresh.recover()


def test_a_missing_record_is_named(lake: Lake) -> None:
    for name in ("one", "two"):
        commit(lake, name, GOLD, [gold_row(name)])
    path = lake.root / "meta" / "log" / "00000000000000000001.json"
    path.unlink()
    with pytest.raises(LakeError, match="no record 1, but has 2") as caught:
        Lake.open(lake.root).log()
    assert caught.value.where == str(path)


def test_the_log_is_read_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(lake, "one", GOLD, [gold_row("a")])
    lake.log()
    other = Lake.open(lake.root)
    commit(other, "two", GOLD, [gold_row("b")])
    opened: list[str] = []
    original = LocalStorage.open_read
    monkeypatch.setattr(LocalStorage, "open_read", lambda self, path: opened.append(path.name) or original(self, path))
    assert [record.run_id for record in lake.log()] == ["one", "two"]
    assert opened == ["00000000000000000002.json"]


# -- verifying -------------------------------------------------------------------------------------


def test_every_damage_is_found(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    harness.both_runs(root, LocalStorage())
    lake = Lake.open(root)
    assert lake.verify() == ()
    for relative in [*harness.table_files(root), *(f"meta/log/{n:020}.json" for n in (1, 2))]:
        path = root / relative
        whole = path.read_bytes()
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 0x10]) + whole[middle + 1 :]
        for damaged in (whole[:-1], flipped, b"", whole + b"\0"):
            path.write_bytes(damaged)
            assert str(path) in " ".join(Lake.open(root).verify()), (relative, len(damaged))
        path.unlink()
        assert Lake.open(root).verify(), relative
        path.write_bytes(whole)
    assert Lake.open(root).verify() == ()


@pytest.mark.parametrize(
    "stranger",
    ["bronze/x.parquet", "current/gold/a=b/x.parquet", "current/silver/.hidden", "generations/x.tmp", "meta/log/x"],
)
def test_a_file_that_nobody_committed_is_found(stranger: str, lake: Lake) -> None:
    path = lake.root / stranger.replace("current", "generations/g0001")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    assert lake.verify() == (f"{path}: no commit names this file",)


# -- staging ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "run_id",
    ["manual__2026-11-21T06:00:00+00:00", "../../etc/passwd", "", ".", "خبر", "a" * 500, "con", "a/b\0c\n", "\ud800"],
)
def test_any_run_id_is_a_safe_folder(run_id: str, lake: Lake) -> None:
    staging = lake.staging(run_id)
    assert staging.path.parent == lake.root / "meta" / "staging"
    staging.write_json("a.json", 1)
    assert lake.staging(run_id).read_json("a.json") == 1
    lake.write_report(run_id, html="<p>خبر</p>", json="{}")
    assert lake.report_path(run_id).read_text("utf-8") == "<p>خبر</p>"
    assert lake.report_path(run_id).with_suffix(".json").read_text("utf-8") == "{}"
    assert lake.report_path(run_id).parent == lake.root / "meta" / "reports"
    staging.discard()
    staging.discard()
    assert not staging.path.exists()


def test_different_runs_have_different_folders() -> None:
    ids = ["a:b", "a b", "a-b", "A-B", "a" * 100, "a" * 101, "", "run"]
    assert len({slug(i).lower() for i in ids}) == len(ids)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/../../x", "", ".", "..", "tmp/x", "a//../x", ".hidden", "a b", "a\0"]
)
def test_names_stay_in_the_folder(name: str, lake: Lake) -> None:
    staging = lake.staging("r")
    with pytest.raises(LakeError, match="cannot be the name"):
        staging.write_json(name, 1)
    with pytest.raises(LakeError, match="cannot be the name"):
        staging.exists(name)


def test_names_match_like_a_shell(lake: Lake) -> None:
    staging = lake.staging("r")
    assert staging.names("**/*") == ()
    for name in ("plan.json", "bronze/00001.json", "bronze/00000.json", "a/b/c.json", "bronzeX.json"):
        staging.write_json(name, 1)
    (staging.path / "tmp" / "left-over.json").write_text("{}")
    assert staging.names("*.json") == ("bronzeX.json", "plan.json")
    assert staging.names("bronze/*.json") == ("bronze/00000.json", "bronze/00001.json")
    assert staging.names("**/*.json") == (
        "a/b/c.json",
        "bronze/00000.json",
        "bronze/00001.json",
        "bronzeX.json",
        "plan.json",
    )
    assert staging.names("bronze/0000?.json") == ("bronze/00000.json", "bronze/00001.json")
    assert staging.names("plan?json") == ("plan.json",)


def test_a_staged_table_comes_back_as_declared(lake: Lake) -> None:
    staging = stage(lake, "r", GOLD, [gold_row("b"), gold_row("a")])
    (batch,) = staging.read("gold.parquet")
    assert batch.schema.equals(GOLD.schema, check_metadata=True)
    assert batch.column("doc_id").to_pylist() == ["a", "b"]
    (part,) = staging.read("gold.parquet", ["uri", "doc_id"])
    assert part.schema.names == ["uri", "doc_id"]
    stage(lake, "r", GOLD, [])
    assert list(staging.read("gold.parquet")) == []
    assert not list(staging.scratch().iterdir())


def test_what_is_not_staged_is_named(lake: Lake) -> None:
    staging = lake.staging("r")
    with pytest.raises(LakeError, match=r"has not staged 'gold\.parquet'"):
        list(staging.read("gold.parquet"))
    with pytest.raises(LakeError, match=r"has not staged 'plan\.json'"):
        staging.read_json("plan.json")
    staging.write_json("plan.json", {})
    (staging.path / "plan.json").write_text("{")
    with pytest.raises(LakeError, match="damaged"):
        staging.read_json("plan.json")


def test_rows_that_do_not_fit_change_nothing(lake: Lake) -> None:
    staging = stage(lake, "r", GOLD, [gold_row("a")])
    before = (staging.path / "gold.parquet").read_bytes()
    with pytest.raises(ValueError, match="lacks the columns"):
        staging.write("gold.parquet", GOLD, [SILVER.batch([harness.row(SILVER)])], PublishConfig())
    assert (staging.path / "gold.parquet").read_bytes() == before
    assert not list(staging.scratch().iterdir())


# -- opening ---------------------------------------------------------------------------------------


def test_a_url_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="s3://bucket/lake"):
        Lake.open("s3://bucket/lake")


def test_the_folder_above_need_not_be_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.open

    def refuse(path: Any, flags: int, mode: int = 0o777) -> int:
        if Path(path) == tmp_path:
            raise PermissionError(13, "Permission denied")
        return original(path, flags, mode)

    (tmp_path / "lake").mkdir()
    monkeypatch.setattr(os, "open", refuse)
    commit(Lake.open(tmp_path / "lake"), "r", GOLD, [gold_row("a")])


def test_a_lake_may_be_read_where_it_may_not_be_written(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(lake, "r", GOLD, [gold_row("a")])
    for operation in ("make_folder", "create", "rename", "link_if_absent", "remove_file", "remove_folder"):
        monkeypatch.delattr(LocalStorage, operation)
    reader = Lake.open(lake.root)
    assert ids(reader.read("gold")) == ["a"]
    assert reader.seen().content("ab" * 32) is False
    assert reader.verify() == ()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    with pytest.raises(StorageError) as caught:
        Lake.open(tmp_path / "lake")
    assert "a file stands where a folder has to be" in caught.value.next_step
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_two_file_systems_are_refused(lake: Lake) -> None:
    other = Path("/dev/shm") / f"saaf-test-{os.getpid()}"
    other.mkdir()
    try:
        if other.stat().st_dev == lake.root.stat().st_dev:
            pytest.skip("the temporary folder lies in memory itself")
        (lake.root / "bronze").rmdir()
        (lake.root / "bronze").symlink_to(other)
        with pytest.raises(LakeError, match="another file system") as caught:
            Lake.open(lake.root)
        assert caught.value.where == str(lake.root / "bronze")
    finally:
        other.rmdir()


def test_removing_staging_does_not_follow_links(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("")
    staging = stage(lake, "r", GOLD, [gold_row("a")])
    (staging.path / "link").symlink_to(tmp_path / "precious")
    (staging.path / "dangling").symlink_to(tmp_path / "nothing")
    staging.discard()
    assert not staging.path.exists()
    assert (tmp_path / "precious" / "file").exists()


# -- reading ---------------------------------------------------------------------------------------


def ids(batches: Any) -> list[str]:
    return [i for batch in batches for i in batch.column("doc_id").to_pylist()]


def test_reading_is_by_the_log(lake: Lake) -> None:
    for n, run in enumerate(("one", "two"), start=1):
        commit(lake, run, GOLD, [gold_row(f"{run}-{i}") for i in range(3)])
        assert lake.head == n
    stage(lake, "staged", GOLD, [gold_row("staged")])
    shutil.copy(lake.files("gold")[0], lake.root / "gold" / "stranger.parquet")
    assert ids(lake.read("gold")) == [f"{run}-{i}" for run in ("one", "two") for i in range(3)]
    assert ids(lake.read("gold", ["doc_id"], commit=2)) == [f"two-{i}" for i in range(3)]
    assert ids(lake.read("gold", ["text", "doc_id"], doc_ids={"two-1", "one-2", "staged"})) == ["one-2", "two-1"]
    assert list(lake.read("bronze")) == []
    assert [path.parent.name for path in lake.files("gold")] == [DAY, DAY]


def test_an_unknown_table_is_named(lake: Lake) -> None:
    for use in (lambda: list(lake.read("golds")), lambda: lake.files("golds")):
        with pytest.raises(LakeError, match="'golds'"):
            use()


def test_a_file_that_is_gone_is_named(lake: Lake) -> None:
    record = commit(lake, "r", GOLD, [gold_row("a")])
    lake.staging("r").discard()
    (lake.root / record.files[0].path).unlink()
    with pytest.raises(StorageError) as caught:
        list(lake.read("gold"))
    assert caught.value.where == str(lake.root / record.files[0].path)


# -- the ledger ------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ledger_row(uri: str, **values: Any) -> dict[str, Any]:
    plain = {"size": 10, "modified": NOON, "sha256": None, "status": "read", "error": None}
    return harness.row(LEDGER, **{**plain, "uri": uri, **values})


def failed(uri: str, error: str, **values: Any) -> dict[str, Any]:
    return ledger_row(uri, status="error", error=error, **values)


def test_what_was_read_is_known_by_content_and_by_name(lake: Lake) -> None:
    sha = "ab" * 32
    commit(lake, "r", LEDGER, [ledger_row("s/a", sha256=sha), failed("s/b", "truncated", sha256="cd" * 32)])
    seen = lake.seen()
    assert seen.content(sha)
    assert seen.content(sha.upper())
    assert not seen.content("cd" * 32)  # it was not read: another object with these bytes may be
    assert seen.unchanged("s/a", 10, NOON)
    assert seen.unchanged("s/a", 10, NOON.astimezone(timezone(timedelta(hours=5))))
    assert seen.unchanged("s/b", 10, NOON)
    for other in [
        ("s/c", 10, NOON),
        ("s/a", 11, NOON),
        ("s/a", 10, NOON + timedelta(microseconds=1)),
        ("s/a", 10, None),
    ]:
        assert not seen.unchanged(*other)


@pytest.mark.parametrize(
    ("error", "modified", "settled"),
    [
        ("truncated", NOON, True),
        ("truncated", None, False),
        ("no_permission", NOON, False),
        ("unreadable", NOON, False),
        ("link_refused", None, True),
        ("not_a_file", None, True),
        ("unknown_format", None, True),
    ],
)
def test_only_what_would_fail_again_is_left_alone(
    error: str, modified: datetime | None, settled: bool, lake: Lake
) -> None:
    commit(lake, "r", LEDGER, [failed("s/a", error, modified=modified)])
    assert lake.seen().unchanged("s/a", 10, modified) == settled


def test_an_object_of_unknown_age_is_looked_at_again(lake: Lake) -> None:
    commit(lake, "r", LEDGER, [ledger_row("s/a", modified=None, sha256="ab" * 32)])
    assert not lake.seen().unchanged("s/a", 10, None)
    assert lake.seen().content("ab" * 32)
    assert lake.seen().named("s/a")
    assert not lake.seen().named("s/b")


def test_the_ledger_is_read_anew_after_a_commit(lake: Lake) -> None:
    assert not lake.seen().unchanged("s/a", 10, NOON)
    commit(lake, "r", LEDGER, [ledger_row("s/a")])
    assert lake.seen().unchanged("s/a", 10, NOON)
    assert lake.seen() is lake.seen()


# -- the index -------------------------------------------------------------------------------------


def keys(*pairs: tuple[int, int]) -> pa.Table:
    bands, values = zip(*sorted(pairs), strict=True) if pairs else ((), ())
    return pa.table({"band": pa.array(bands, pa.int16()), "key": pa.array(values, pa.uint64())})


def commit_index(lake: Lake, run_id: str, rows: list[tuple[int, int, str]], settings: str = harness.SETTINGS) -> None:
    staging = stage(lake, run_id, GOLD, [gold_row(i) for i in sorted({doc_id for _, _, doc_id in rows})])
    stage(lake, run_id, INDEX, [harness.row(INDEX, band=b, key=k, doc_id=i) for b, k, i in rows])
    files = [Exposure("gold.parquet", "gold", DAY), Exposure("index.parquet", "index", f"settings={settings}")]
    with lake.lock():
        lake.commit(staging, files, run_id=run_id, base=lake.head, facts={})


def test_keys_are_found_in_every_run_of_the_index(lake: Lake) -> None:
    commit_index(lake, "one", [(-1, 5, "a"), (0, 2**64 - 1, "a"), (1, 7, "a")])
    commit_index(lake, "two", [(-1, 5, "b"), (0, 2**63, "b"), (1, 7, "b"), (1, 8, "b")])
    found = lake.lookup_index(harness.SETTINGS, keys((-1, 5), (0, 2**64 - 1), (0, 7), (1, 7), (3, 7)))
    assert found.schema.equals(INDEX.schema)
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        (-1, 5, "a"),
        (-1, 5, "b"),
        (0, 2**64 - 1, "a"),
        (1, 7, "a"),
        (1, 7, "b"),
    ]
    assert lake.lookup_index(harness.SETTINGS, keys()).num_rows == 0


def test_an_empty_lake_has_an_empty_index(lake: Lake) -> None:
    assert lake.lookup_index("any", keys((0, 1))).num_rows == 0
    commit(lake, "r", BRONZE, [harness.row(BRONZE)])
    assert lake.lookup_index("any", keys((0, 1))).num_rows == 0


def test_lookup_equals_a_plain_walk(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    import random

    from saaf.lake import index

    drawn = random.Random(7)
    rows = [
        (drawn.randrange(-1, 4), drawn.choice([drawn.randrange(50), 2**64 - 1 - drawn.randrange(50)]), f"{n:04}")
        for n in range(900)
    ]
    commit_index(lake, "one", rows[:500])
    commit_index(lake, "two", rows[500:])
    read: list[int] = []
    original = index.read_group
    monkeypatch.setattr(index, "read_group", lambda f, p, group, s: read.append(group) or original(f, p, group, s))
    for count in (1, 3, 40, 200):
        wanted = {
            (drawn.randrange(-1, 5), drawn.choice([drawn.randrange(50), 2**64 - 1 - drawn.randrange(50)]))
            for _ in range(count)
        }
        found = lake.lookup_index(harness.SETTINGS, keys(*wanted))
        assert [tuple(row.values()) for row in found.to_pylist()] == sorted(r for r in rows if r[:2] in wanted)
    read.clear()
    lake.lookup_index(harness.SETTINGS, keys((2, 10)))
    assert 0 < len(read) <= 8  # of 15 row groups in two files, those that can hold the key, keys and ids


def test_other_settings_are_refused(lake: Lake) -> None:
    commit_index(lake, "one", [(0, 1, "a")], settings="a" * 16)
    with pytest.raises(IndexMismatch, match=r"a{16}.*b{16}") as caught:
        lake.lookup_index("b" * 16, keys((0, 1)))
    assert "saaf rebuild" in caught.value.next_step
    assert "saaf maintain --rebuild-index" in caught.value.next_step
    assert lake.lookup_index("a" * 16, keys((0, 1))).num_rows == 1
    commit_index(lake, "two", [(0, 1, "b")], settings="b" * 16)
    for settings in ("a" * 16, "b" * 16):  # each covers a part of gold: neither is enough
        with pytest.raises(IndexMismatch):
            lake.lookup_index(settings, keys((0, 1)))
