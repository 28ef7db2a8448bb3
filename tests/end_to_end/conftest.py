"""Airflow's database, and a person who answers what a DAG asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

PATIENCE_SECONDS = 120
PARKED = "Waiting for Human-in-the-loop input"
"""What ``dag.test()`` logs once a task waits for a person."""

Answering = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def airflow_database() -> None:
    """Airflow's database, as new."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def answering(airflow_database: None) -> Iterator[Answering]:
    """Answers what a DAG asks next, as a person does over REST: ``answering(dag_id, choice, **params)``.

    It gives back a mapping that holds the question once it was asked, and the ``status`` of the reply.
    """
    from airflow.api_fastapi.app import create_app, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    threads: list[threading.Thread] = []
    log = logging.getLogger("airflow.sdk.definitions.dag")
    log.setLevel(logging.INFO)

    def wait_and_answer(
        dag_id: str, choice: str, params: dict[str, str], parked: _Parked, seen: dict[str, Any]
    ) -> None:
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        is_parked = parked.seen.wait(PATIENCE_SECONDS)
        log.removeHandler(parked)
        if not is_parked:  # nothing else ends a run that waits
            for run in client.get(runs, params={"state": "running"}).json()["dag_runs"]:
                client.patch(f"{runs}/{quote(run['dag_run_id'], safe='')}", json={"state": "failed"})
            return
        [question] = _asked(client, runs)
        seen.update(question)
        run_id = quote(question["task_instance"]["dag_run_id"], safe="")
        reply = client.patch(
            f"{runs}/{run_id}/taskInstances/approve/-1/hitlDetails",
            json={"chosen_options": [choice], "params_input": params},
        )
        seen["status"] = reply.status_code

    with TestClient(create_app(), base_url="http://127.0.0.1:8080") as client:
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="rahat", role="admin"))
        client.headers["Authorization"] = f"Bearer {token}"

        def answer(dag_id: str, choice: str, **params: str) -> dict[str, Any]:
            seen: dict[str, Any] = {}
            parked = _Parked()
            log.addHandler(parked)
            arguments = (dag_id, choice, params, parked, seen)
            threads.append(threading.Thread(target=wait_and_answer, args=arguments, daemon=True))
            threads[-1].start()
            return seen

        yield answer
        for thread in threads:
            thread.join(10)


class _Parked(logging.Handler):
    """Sees when ``dag.test()`` waits.

    It writes the state of a task that asks once more after the task did. An answer that comes between the two is lost:
    the task waits for one ever after, and nobody stops it, since Airflow's own time-outs switch pytest's off.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a line of the log."""
        if PARKED in record.msg:
            self.seen.set()


def _asked(client: Any, runs: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{runs}/~/hitlDetails?response_received=false").json()["hitl_details"]
    return found
