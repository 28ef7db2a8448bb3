"""Airflow as the desk: the project's DAGs, on a database of their own, and a person who answers what is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from saaf.config import CorpusConfig
from shared import ROOT
from simulate.arrivals import started_at
from simulate.month import NOTHING_NEW, PUBLISHED, STOPPED
from torture.airflow_runs import AWAITING, AirflowCorpus

DAGS = ROOT / "dags"
DIES_BEFORE = ("link_if_absent", "*/gold/*")


@dataclass
class Airflow:
    """Runs a corpus with the DAGs ``corpus``, ``rebuild`` and ``maintain``.

    Attributes:
        config: The corpus' configuration.
    """

    config: CorpusConfig
    _calls: int = field(default=0, init=False)
    _begun: dict[int, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._configure(self.config)

    @property
    def lake(self) -> Path:
        return Path(self.config.lake)

    def run(self, day: int, *, approve: str | None = None) -> str:
        corpus = AirflowCorpus(self.config)
        run = self._begun.pop(day, None) or corpus.trigger(self._run_id(), self._moment(day))
        state = corpus.go_on(run)
        if state == AWAITING:
            self._answer("corpus", run, "Approve" if approve else "Reject", approve or "It is an error page.")
            state = corpus.go_on(run)
        if state == "failed":
            return STOPPED
        assert state == "success", corpus.failures
        return PUBLISHED if corpus.states(run)["publish"] == {"success"} else NOTHING_NEW

    def die(self, day: int) -> None:
        """The worker is killed between the commit and gold, and its task is found silent."""
        corpus = AirflowCorpus(self.config)
        run = corpus.trigger(self._run_id(), self._moment(day))
        worker = [sys.executable, "-m", "torture.airflow_worker", run, *DIES_BEFORE]
        paths = os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "tests")])
        ended = subprocess.run(worker, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=False)
        assert ended.returncode == -9, ended.stderr.decode()[-2000:]
        corpus.give_up(run, "publish")
        self._begun[day] = run

    def add_rules(self, pack: Path) -> None:
        clean = self.config.clean.model_copy(update={"packs": (*self.config.clean.packs, str(pack))})
        self._configure(self.config.model_copy(update={"clean": clean}))

    def rebuild(self, day: int) -> Mapping[str, int]:
        from saaf.pipeline import rebuilder

        rebuild = AirflowCorpus(self.config, DAGS / "rebuild.py")
        run = rebuild.trigger(self._run_id(), self._moment(day))
        assert rebuild.go_on(run) == AWAITING, rebuild.failures
        counts: dict[str, int] = json.loads(rebuilder(self.config, root=ROOT).diff().counts.model_dump_json())
        self._answer("rebuild", run, "Approve", "The line is no part of an article.")
        assert rebuild.go_on(run) == "success", rebuild.failures
        return counts

    def take_down(self, day: int, doc_id: str) -> None:
        from saaf.pipeline import take_down

        found = take_down(
            self.config, [doc_id], root=ROOT, asked_by="its author", why="its author asks", at=self._moment(day)
        )
        assert doc_id in found.documents

    def maintain(self, day: int) -> None:
        """The DAG, which finds nothing old enough; and by hand, the index made anew."""
        from saaf.pipeline import maintain

        upkeep = AirflowCorpus(self.config, DAGS / "maintain.py")
        assert upkeep.go_on(upkeep.trigger(self._run_id(), self._moment(day))) == "success", upkeep.failures
        maintain(self.config, root=ROOT, now=self._moment(60 + day), rebuild_index=True)

    def _configure(self, config: CorpusConfig) -> None:
        self.config = config
        file = self.lake.parent / "corpus.yaml"
        file.write_text(config.model_dump_json(by_alias=True), "utf-8")
        os.environ["SAAF_CONFIG"] = str(file)

    def _run_id(self) -> str:
        self._calls += 1
        return f"simulated-{self._calls}"

    def _moment(self, day: int) -> datetime:
        return started_at(day) + timedelta(minutes=self._calls)

    @cached_property
    def _rest(self) -> Any:
        """Airflow's own API, as the UI calls it."""
        from airflow.api_fastapi.app import create_app, get_auth_manager
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from fastapi.testclient import TestClient

        client = TestClient(create_app(), base_url="http://127.0.0.1:8080")
        client.__enter__()  # it is needed until the process ends
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="rahat", role="admin"))
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def _answer(self, dag: str, run: str, choice: str, reason: str) -> None:
        reply = self._rest.patch(
            f"/api/v2/dags/{dag}/dagRuns/{quote(run, safe='')}/taskInstances/approve/-1/hitlDetails",
            json={"chosen_options": [choice], "params_input": {"reason": reason}},
        )
        assert reply.status_code == 200, reply.text
