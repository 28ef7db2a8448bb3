"""What people and machines do to a run in Airflow; each time the lake ends as an undisturbed run would have left it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from errno import EIO
from functools import partial
from pathlib import Path

import pytest

from generated import article
from saaf.config import CorpusConfig
from saaf.steps import STEPS
from shared import ROOT
from simulate.arrivals import Newsroom, started_at
from torture.airflow_runs import AWAITING, AirflowCorpus
from torture.checker import check_visible, faults_of, read_log, table_files
from torture.killed_runs import Disk, Point, WatchedStorage
from torture.scene import PACK, configuration, short_suites

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

RUN = "scheduled__2026-11-02T00:00:00+00:00"


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Settings under which a run takes a second."""
    folder = tmp_path_factory.mktemp("short")
    (folder / "short.yaml").write_text(PACK, "utf-8")
    suites = short_suites(folder / "suites")
    return {"clean": {"packs": (str(folder / "short.yaml"),)}, "validate_": {"suites": str(suites)}}


@dataclass
class Day:
    """A corpus with a day's files, not run yet, and what an undisturbed run would make of them."""

    airflow: AirflowCorpus
    newsroom: Newsroom
    undisturbed: dict[str, str]

    @property
    def lake(self) -> Path:
        return Path(self.airflow.config.lake)

    def run(self, day: int = 0, run_id: str = "") -> str:
        """Carry out a day's run from its first task to its last."""
        return self.airflow.go_on(self.airflow.trigger(run_id or f"day-{day}", started_at(day)))

    def check_as_undisturbed(self) -> None:
        assert faults_of(self.lake) == []
        assert table_files(self.lake) == self.undisturbed
        assert list((self.lake / "meta" / "staging").iterdir()) == []

    def check_all_told(self) -> None:
        """Every story that has come is in gold, once, however often it was told."""
        assert faults_of(self.lake) == []
        [gold] = {len(list(self._ids()))}
        assert gold == len(self.newsroom.told)

    def _ids(self) -> Iterator[str]:
        from torture.checker import by_pyarrow

        yield from by_pyarrow(self.lake / "gold")


@pytest.fixture(scope="module")
def undisturbed(short: dict[str, dict[str, object]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables after a day, made by the library alone."""
    from saaf.pipeline import run

    folder = tmp_path_factory.mktemp("undisturbed")
    Newsroom(folder / "input", stories=5).day(0)
    config = configuration(folder, **short)
    run(config, source="input", root=ROOT, run_id=RUN, started_at=started_at(0))
    return table_files(Path(config.lake))


@pytest.fixture(scope="module")
def database() -> None:
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def day(
    database: None,
    short: dict[str, dict[str, object]],
    undisturbed: dict[str, str],
    fast_disk: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Day:
    newsroom = Newsroom(folder / "input", stories=5)
    newsroom.day(0)
    return Day(airflow_of(configuration(folder, **short), monkeypatch), newsroom, undisturbed)


def airflow_of(config: CorpusConfig, monkeypatch: pytest.MonkeyPatch) -> AirflowCorpus:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    file = Path(config.lake).parent / "corpus.yaml"
    file.write_text(config.model_dump_json(by_alias=True), "utf-8")
    monkeypatch.setenv("SAAF_CONFIG", str(file))
    with create_session() as session:
        session.execute(delete(DagRun))
    return AirflowCorpus(config)


def break_storage(monkeypatch: pytest.MonkeyPatch, lake: Path, *points: Point) -> None:
    """Let operations of the lake's storage fail, each once."""
    import saaf.lake.lake

    disks = [WatchedStorage(lake, Disk(fails_at=point, code=EIO)) for point in points]

    class Failing(WatchedStorage):
        def before(self, operation: str, path: Path) -> None:
            for disk in disks:
                disk.before(operation, path)

    monkeypatch.setattr(saaf.lake.lake, "LocalStorage", lambda: Failing(lake, Disk()))


def test_tasks_whose_storage_failed_are_retried(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    run = day.airflow.trigger(RUN, started_at(0))
    break_storage(
        monkeypatch,
        day.lake,
        Point("rename", "*/bronze/*"),
        Point("write", "*/tmp/*", 12),
        Point("link_if_absent", "*/gold/*"),
        Point("rename", "meta/reports/*.html"),
    )
    assert day.airflow.go_on(run) == "success"
    assert {"ingest", "publish", "report"} <= day.airflow.failures.keys()
    day.check_as_undisturbed()


def test_every_task_that_was_done_is_cleared_and_done_again(day: Day) -> None:
    run = day.airflow.trigger(RUN, started_at(0))
    for step in (*STEPS[2:], None):
        day.airflow.go_on(run, until=step)
        if step:
            done = STEPS[STEPS.index(step) - 1]
            day.airflow.clear(run, done)
            day.airflow.go_on(run, until=step)
    day.check_as_undisturbed()


def test_a_task_in_the_middle_is_cleared_with_what_follows(day: Day) -> None:
    run = day.airflow.trigger(RUN, started_at(0))
    assert day.airflow.go_on(run, until="publish") == "running"
    day.airflow.clear(run, "clean")
    assert day.airflow.go_on(run) == "success"
    day.check_as_undisturbed()


def test_a_whole_run_is_cleared_after_it_has_published(day: Day) -> None:
    run = day.airflow.trigger(RUN, started_at(0))
    assert day.airflow.go_on(run) == "success"
    day.check_as_undisturbed()
    day.airflow.clear(run)
    assert day.airflow.go_on(run) == "success", (day.airflow.states(run), day.airflow.failures)
    day.check_as_undisturbed()
    assert len(read_log(day.lake)) == 1


def test_a_report_that_was_lost_is_written_when_the_run_is_cleared(day: Day) -> None:
    run = day.airflow.trigger(RUN, started_at(0))
    assert day.airflow.go_on(run, until="report") == "running"
    day.airflow.clear(run)
    assert day.airflow.go_on(run) == "success"
    day.check_as_undisturbed()
    assert len(list((day.lake / "meta" / "reports").glob("*.html"))) == 1


def test_a_run_that_is_triggered_twice(day: Day) -> None:
    """The second one overtakes the first, which is told so, is cleared, and finds nothing left to do."""
    first, second = (day.airflow.trigger(f"manual-{n}", started_at(n)) for n in range(2))
    assert day.airflow.go_on(first, until="deduplicate") == "running"
    assert day.airflow.go_on(second) == "success"
    assert day.airflow.go_on(first) == "failed"
    assert "since this one planned" in day.airflow.failures["deduplicate"][-1]
    day.airflow.clear(first)
    assert day.airflow.go_on(first) == "success"
    assert day.airflow.states(first)["publish"] == {"skipped"}
    assert len(read_log(day.lake)) == 1
    day.check_all_told()


def test_a_run_waits_for_another_process_that_writes(day: Day) -> None:
    from saaf.lake import Lake

    run, other = day.airflow.trigger(RUN, started_at(0)), Lake.open(day.lake)
    assert day.airflow.go_on(run, until="publish") == "running"
    with other.lock():
        assert day.airflow.go_on(run) == "failed"  # it was tried four times, at once
    assert "another run works on this lake" in day.airflow.failures["publish"][-1]
    assert len(day.airflow.failures["publish"]) == 4
    day.airflow.clear(run, "publish")
    assert day.airflow.go_on(run) == "success"
    day.check_as_undisturbed()


def test_a_backfill_of_three_past_days(day: Day) -> None:
    for number in (1, 2):
        day.newsroom.day(number)
    states = [day.run(number) for number in (2, 0, 1)]
    assert states == ["success"] * 3
    assert len(read_log(day.lake)) == 1  # the first of them took all that was there
    day.check_all_told()


def test_a_run_catches_up_after_a_pause(day: Day) -> None:
    assert day.run(0) == "success"
    for number in (1, 2, 3):
        day.newsroom.day(number)
    assert day.run(3) == "success"
    day.check_all_told()
    assert day.run(4) == "success"
    assert len(read_log(day.lake)) == 2


def test_a_run_is_marked_failed_and_started_again(day: Day) -> None:
    run = day.airflow.trigger(RUN, started_at(0))
    assert day.airflow.go_on(run, until="validate_gold") == "running"
    day.airflow.mark_failed(run)
    assert check_visible(day.lake) == []
    day.airflow.clear(run)
    assert day.airflow.go_on(run) == "success"
    day.check_as_undisturbed()


def test_the_input_keeps_arriving_while_a_run_reads(day: Day) -> None:
    """New files, files that change and files that are renamed between one task and the next."""
    assert day.run(0) == "success"
    day.newsroom.day(1)
    run = day.airflow.trigger("day-1", started_at(1))
    coming = {"ingest": partial(day.newsroom.day, 2), "deduplicate": partial(day.newsroom.day, 3)}
    assert day.airflow.go_on(run, doing=coming) == "success"
    assert faults_of(day.lake) == []
    assert [day.run(number) for number in (3, 4)] == ["success"] * 2
    day.check_all_told()


def test_a_gate_closes_the_input_is_mended_and_the_run_is_cleared(day: Day, folder: Path) -> None:
    import random

    suites = Path(day.airflow.config.validate_.suites)
    own = folder / "suites"
    own.mkdir()
    for file in suites.glob("*.json"):
        suite = json.loads(file.read_text("utf-8"))
        if file.stem == "silver":
            suite["expectations"].append(TOO_LONG)
        (own / file.name).write_text(json.dumps(suite), "utf-8")
    changed = day.airflow.config.validate_.model_copy(update={"suites": str(own)})
    day.airflow.config = day.airflow.config.model_copy(update={"validate_": changed})
    Path(os.environ["SAAF_CONFIG"]).write_text(day.airflow.config.model_dump_json(by_alias=True), "utf-8")
    long = day.newsroom.folder / "long.txt"
    long.write_text(article(random.Random(3), 200), "utf-8")
    run = day.airflow.trigger(RUN, started_at(0))
    assert day.airflow.go_on(run) == "failed"
    assert "expect_column_values_to_be_between" in day.airflow.failures["validate_silver"][-1]
    assert len(day.airflow.failures["validate_silver"]) == 1  # a retry would not help
    assert read_log(day.lake) == []
    long.unlink()
    day.airflow.clear(run)
    assert day.airflow.go_on(run) == "success"
    day.check_all_told()


TOO_LONG = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "n_words", "max_value": 1000},
    "severity": "critical",
    "description": "No article is as long as a book.",
    "meta": {"on_fail": "fail", "why": "To see the gate close."},
}


@pytest.mark.parametrize("point", ["*/silver/*", "*/gold/*"], ids=["while-it-cleans", "while-it-publishes"])
def test_a_worker_is_killed(point: str, day: Day) -> None:
    """Another process carries the run on and is killed; the scheduler finds its task silent, and tries it again."""
    run = day.airflow.trigger(RUN, started_at(0))
    operation = "rename" if "silver" in point else "link_if_absent"
    worker = [sys.executable, "-m", "torture.airflow_worker", run, operation, point]
    paths = os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "tests")])
    ended = subprocess.run(worker, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=False)
    assert ended.returncode == -9, ended.stderr.decode()[-2000:]
    assert check_visible(day.lake) == []
    day.airflow.give_up(run, "clean" if "silver" in point else "publish")
    assert day.airflow.go_on(run) == "success"
    day.check_as_undisturbed()


@pytest.mark.parametrize("silence", ["reject", "approve"])
def test_nobody_answers_in_time(silence: str, day: Day) -> None:
    """The scheduler gives the configured answer when the time is over, and the lake is as after that answer."""
    clean = day.airflow.config.clean.model_copy(update={"max_rule_share": 1e-6, "min_rule_documents": 1})
    approval = day.airflow.config.approval.model_copy(update={"timeout_hours": 1e-6, "on_timeout": silence})
    day.airflow.config = day.airflow.config.model_copy(update={"clean": clean, "approval": approval})
    Path(os.environ["SAAF_CONFIG"]).write_text(day.airflow.config.model_dump_json(by_alias=True), "utf-8")
    run = day.airflow.trigger(RUN, started_at(0))
    assert day.airflow.go_on(run) == AWAITING
    assert read_log(day.lake) == []
    day.airflow.let_time_run_out()
    assert day.airflow.go_on(run) == ("failed" if silence == "reject" else "success")
    if silence == "reject":
        assert day.airflow.states(run)["approve"] == {"failed"}
        assert day.airflow.states(run)["publish"] == {"upstream_failed"}
        assert check_visible(day.lake) == []
        assert read_log(day.lake) == []
    else:
        [record] = read_log(day.lake)
        assert record["facts"]["approval"]["by"] == "nobody in time"
        day.check_all_told()
