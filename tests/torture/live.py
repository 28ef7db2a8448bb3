"""What people and machines do to a run, under Airflow's own scheduler, workers and API.

The scenarios of ``test_airflow_scenarios.py`` go a run's steps in one process. These do the same to an Airflow that
really runs: over REST, as the page does, and with signals to its processes.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from saaf.config import CorpusConfig
from shared import ROOT
from simulate.arrivals import Newsroom
from torture.checker import faults_of, read_log, table_files
from torture.scene import configuration, placed

PATIENCE_SECONDS = 600
POLL_SECONDS = 0.1  # a task that is to be killed lives for a second
HEARTBEAT_SECONDS = 5
STORIES = 5
POOL = "large"


class Rest:
    """Airflow's API with a user's token."""

    def __init__(self, url: str, password: str) -> None:
        self._url, self._token = url, ""
        self._token = self("POST", "/auth/token", username="admin", password=password)["access_token"]

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        """Ask; an exception where the answer is an error."""
        request = urllib.request.Request(
            self._url + path,
            json.dumps(body).encode() if body else None,
            {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
            method=method,
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else None


@dataclass
class Live:
    """A corpus that a running Airflow runs, made anew for each scenario.

    Attributes:
        folder: Of its input and its lake.
        stages: Settings that make a run short.
        rest: Airflow's API.
    """

    folder: Path
    stages: dict[str, dict[str, object]]
    rest: Rest
    seen: list[str] = field(default_factory=list)

    @property
    def config(self) -> CorpusConfig:
        made = configuration(self.folder, **self.stages)
        return made.model_copy(update={"sources": tuple(it for it in made.sources if it.name == "input")})

    @property
    def lake(self) -> Path:
        return Path(self.config.lake)

    def switch_on(self) -> None:
        """Let the DAG run, and wait for the run that the schedule owes."""
        self.rest("PATCH", "/api/v2/dags/corpus", is_paused=False)
        wait_for(lambda: self.rest("GET", "/api/v2/dags/corpus/dagRuns?state=success")["dag_runs"], "the first run")

    def anew(self) -> None:
        """An empty lake, a day's files, and no run that an earlier scenario has left behind."""
        self.seen = []
        self.end_runs()
        for name in ("input", "lake"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        Newsroom(self.folder / "input", stories=STORIES).day(0)

    def end_runs(self) -> None:
        """Have what still runs marked failed: Airflow ends its tasks at their next heartbeat."""
        left = self.rest("GET", "/api/v2/dags/corpus/dagRuns?state=running&state=queued")["dag_runs"]
        for run in left:
            self.rest("PATCH", f"/api/v2/dags/corpus/dagRuns/{quote(run['dag_run_id'], safe='')}", state="failed")
        if left:
            time.sleep(2 * HEARTBEAT_SECONDS)

    def trigger(self) -> str:
        """Start a run; its id."""
        made = self.rest("POST", "/api/v2/dags/corpus/dagRuns", logical_date=None, conf={"source": "input"})
        return str(made["dag_run_id"])

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.rest("GET", f"/api/v2/dags/corpus/dagRuns/{quote(run_id, safe='')}")
        return found

    def tasks(self, run_id: str) -> dict[str, dict[str, Any]]:
        """The run's tasks by name; of a mapped one, the last."""
        path = f"/api/v2/dags/corpus/dagRuns/{quote(run_id, safe='')}/taskInstances"
        return {task["task_id"]: task for task in self.rest("GET", path)["task_instances"]}

    def finish(self, run_id: str, expected: str = "success") -> None:
        """Wait for the run's end."""
        wait_for(lambda: self.run(run_id)["state"] in {"success", "failed"}, f"{run_id} to end")
        states = {name: task["state"] for name, task in self.tasks(run_id).items()}
        assert self.run(run_id)["state"] == expected, f"{run_id} did not end with {expected}: {states}"
        self.seen.append(expected)

    def reach(self, run_id: str, task: str, *states: str) -> dict[str, Any]:
        """Wait until a task is in one of these states."""

        def reached() -> dict[str, Any] | None:
            assert self.run(run_id)["state"] in {"queued", "running"}, f"the run ended before {task} was {states}"
            found = self.tasks(run_id).get(task)
            return found if found and found["state"] in states else None

        return wait_for(reached, f"{task} to be {' or '.join(states)}")

    def clear(self, run_id: str, *tasks: str) -> None:
        """Clear tasks with what follows them, or the whole run, as the button on the page does."""
        names = {"task_ids": list(tasks), "include_downstream": True} if tasks else {}
        wishes = {"dry_run": False, "only_failed": False, "reset_dag_runs": True, **names}
        self.rest("POST", "/api/v2/dags/corpus/clearTaskInstances", dag_run_id=run_id, **wishes)

    def faults(self) -> list[str]:
        """What differs from what one undisturbed run would have left, and what `saaf verify` and the checker find."""
        from saaf.lake import Lake
        from saaf.pipeline import run

        records = read_log(self.lake)
        if len(records) != 1:
            return [f"{len(records)} commits in place of one"]
        record = Lake.open(self.lake).log()[0]
        due = datetime.fromisoformat(self.run(record.run_id)["run_after"])
        folder = self.folder.with_name("undisturbed")
        shutil.rmtree(folder, ignore_errors=True)
        Newsroom(folder / "input", stories=STORIES).day(0)
        other = placed(self.config, folder)
        run(other, source="input", root=ROOT, run_id=record.run_id, started_at=due)
        found = verify(self.lake) + faults_of(self.lake)
        there, expected = table_files(self.lake), table_files(Path(other.lake))
        found += [
            f"{path} is not as it would have been" for path, _ in sorted(set(there.items()) ^ set(expected.items()))
        ]
        return found + [f"staging was left behind: {path.name}" for path in (self.lake / "meta" / "staging").iterdir()]


def verify(lake: Path) -> list[str]:
    """What `saaf verify`, called as people do, says of a lake; empty where it finds nothing."""
    command = [Path(sys.executable).with_name("saaf"), "verify", "--quiet", "--lake", lake]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode == 0:
        return []
    return [f"saaf verify: {line}" for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]


def wait_for(holds: Callable[[], Any], what: str) -> Any:
    """Ask until there is an answer; give it back.

    Raises:
        TimeoutError: There is none in time.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := holds()):
        if time.monotonic() > until:
            raise TimeoutError(f"waited {PATIENCE_SECONDS} s for {what}")
        time.sleep(POLL_SECONDS)
    return found


# -- scenarios --------------------------------------------------------------------------------------


def nothing_happens(live: Live) -> None:
    """Triggered, and left alone."""
    live.finish(live.trigger())


def whole_run_is_cleared(live: Live) -> None:
    """Published, and cleared from its first task on."""
    run = live.trigger()
    live.finish(run)
    live.clear(run)
    live.finish(run)


def middle_is_cleared(live: Live) -> None:
    """Cleared from `clean` on while `deduplicate` is at work."""
    run = live.trigger()
    live.reach(run, "deduplicate", "queued", "running", "success")
    live.clear(run, "clean")
    live.seen.append("cleared")
    live.finish(run)


def task_is_retried(live: Live) -> None:
    """Another process holds the lake's lock until a task waits for its next try."""
    run = live.trigger()
    live.reach(run, "validate_bronze", "queued", "running", "success")
    with lock_of(live.lake):
        wait_for(lambda: any(task["state"] == "up_for_retry" for task in live.tasks(run).values()), "a retry")
    [name] = [name for name, task in live.tasks(run).items() if task["state"] == "up_for_retry"]
    live.seen.append(f"{name} waits for its turn")
    live.finish(run)


def triggered_twice(live: Live) -> None:
    """Two runs asked for at once: the second finds nothing left to do."""
    runs = [live.trigger(), live.trigger()]
    for run in runs:
        live.finish(run)
    live.seen.append(f"the second: publish {live.tasks(runs[1])['publish']['state']}")


def task_is_killed(live: Live) -> None:
    """SIGKILL to the process of `clean`."""
    run = live.trigger()
    os.kill(process_of(live, run, "clean").pid, signal.SIGKILL)
    live.seen.append("clean killed")
    live.finish(run)
    assert live.tasks(run)["clean"]["try_number"] > 1


def worker_is_killed(live: Live) -> None:
    """SIGKILL to the worker that runs `publish` and to the task: nobody is left to say so, the scheduler finds it silent."""
    run = live.trigger()
    task = process_of(live, run, "publish")
    worker = task.parent()
    assert worker is not None
    assert "LocalExecutor" in " ".join(worker.cmdline()), worker
    for process in (worker, task):
        process.kill()
    killed = time.monotonic()
    live.reach(run, "publish", "up_for_retry")
    live.seen.append(f"worker killed, noticed after {time.monotonic() - killed:.0f} s")
    live.finish(run)
    assert live.tasks(run)["publish"]["try_number"] == 2


def pool_is_missing(live: Live) -> None:
    """The pool that Airflow's start has made is removed: `clean` waits and says for what, until it is there again."""
    pool = live.rest("GET", f"/api/v2/pools/{POOL}")
    assert (pool["slots"], pool["include_deferred"]) == (1, False), pool
    run = live.trigger()
    live.rest("DELETE", f"/api/v2/pools/{POOL}")
    live.reach(run, "clean", "scheduled")
    where = f"/api/v2/dags/corpus/dagRuns/{quote(run, safe='')}/taskInstances/clean/0/dependencies"
    told = [it["reason"] for it in live.rest("GET", where)["dependencies"]]
    assert f"Tasks using non-existent pool '{POOL}' will not be scheduled" in told, told
    waits = live.rest("GET", "/api/v2/dags/corpus")["last_parsed_time"]
    wait_for(lambda: live.rest("GET", "/api/v2/dags/corpus")["last_parsed_time"] > waits, "the DAG to be read again")
    assert live.tasks(run)["clean"]["state"] == "scheduled"
    warnings = live.rest("GET", "/api/v2/dagWarnings?dag_id=corpus")["dag_warnings"]
    live.seen.append(f"clean waits for its pool, {len(warnings)} warnings at the DAG")
    live.rest("POST", "/api/v2/pools", name=POOL, slots=1, description="memory")
    live.finish(run)


def days_are_backfilled(live: Live) -> None:
    """A backfill of three past days: the first takes all that is there."""
    days = {"from_date": "2026-11-01T00:00:00Z", "to_date": "2026-11-03T00:00:00Z"}
    wishes = {"max_active_runs": 1, "dag_run_conf": {"source": "input"}, "reprocess_behavior": "completed"}
    made = live.rest("POST", "/api/v2/backfills", dag_id="corpus", run_backwards=False, **days, **wishes)
    path = f"/api/v2/backfills/{made['id']}"
    wait_for(lambda: live.rest("GET", path)["completed_at"], "the backfill to end")
    runs = live.rest("GET", "/api/v2/dags/corpus/dagRuns?run_type=backfill")["dag_runs"]
    live.seen += [run["state"] for run in runs]
    assert [run["state"] for run in runs] == ["success"] * 3


SCENARIOS: tuple[Callable[[Live], None], ...] = (
    nothing_happens,
    whole_run_is_cleared,
    middle_is_cleared,
    task_is_retried,
    triggered_twice,
    task_is_killed,
    worker_is_killed,
    pool_is_missing,
    days_are_backfilled,
)


@contextmanager
def lock_of(lake: Path) -> Iterator[None]:
    """Hold a lake's lock, as another run would."""
    with (lake / "meta" / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def process_of(live: Live, run_id: str, task: str) -> psutil.Process:
    """The process of a running task."""
    found = live.reach(run_id, task, "running")
    return psutil.Process(found["pid"])
