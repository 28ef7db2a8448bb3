"""The pool that the configuration names is made when a part of Airflow starts, and left alone where it is there."""

from __future__ import annotations

import pytest
from airflow.sdk import BaseNotifier

from saaf.airflow.pools import make_pool
from saaf.config import AirflowConfig
from shared import ROOT

pytestmark = pytest.mark.airflow


class Silent(BaseNotifier):
    """Says nothing."""

    def notify(self, context) -> None:
        pass


@pytest.fixture
def pools():
    """Reads the pools of Airflow's database, and removes those of a test."""
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    initdb()

    def slots():
        with create_session() as session:
            return {name: row["total"] for name, row in Pool.slots_stats(session=session).items()}

    yield slots
    with create_session() as session:
        session.execute(delete(Pool).where(Pool.pool != Pool.DEFAULT_POOL_NAME))


@pytest.fixture
def configured(corpus, monkeypatch, tmp_path):
    """Has Airflow find a configuration."""

    def write(**airflow):
        file = tmp_path / "corpus.yaml"
        settings = AirflowConfig(**airflow)
        file.write_text(corpus.with_settings(airflow=settings).config.model_dump_json(by_alias=True), "utf-8")
        monkeypatch.setenv("SAAF_CONFIG", str(file))

    return write


def test_airflow_makes_the_pool_when_it_starts(pools, configured):
    from airflow.jobs.job import Job

    configured(memory_pool="large", memory_slots=2)
    Job()
    assert pools()["large"] == 2


def test_a_pool_that_is_there_keeps_its_slots(pools):
    assert make_pool("large", 3)
    assert not make_pool("large", 1)
    assert not make_pool("default_pool", 1)
    assert pools()["large"] == 3
    assert pools()["default_pool"] > 1


def test_a_task_that_starts_makes_no_pool(pools, configured):
    from saaf.airflow.pools import PoolMaker

    configured(memory_pool="large")
    PoolMaker().on_starting(object())
    assert set(pools()) == {"default_pool"}


def test_a_configuration_that_is_not_valid_stops_nothing(pools, monkeypatch, tmp_path):
    from airflow.jobs.job import Job

    from saaf.airflow.pools import PoolMaker

    monkeypatch.setenv("SAAF_CONFIG", str(tmp_path / "none.yaml"))
    PoolMaker().on_starting(Job())
    assert set(pools()) == {"default_pool"}


def test_every_dag_speaks_through_the_notifiers_and_a_rebuild_uses_the_pool(configured):
    from airflow.dag_processing.dagbag import DagBag

    told = {"notifier": f"{__name__}.Silent", "on": ("failure", "approval", "success")}
    configured(memory_pool="large", notifiers=(told,))
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    assert bag.import_errors == {}
    for name in ("corpus", "rebuild", "learn_rules", "maintain"):
        dag = bag.dags[name]
        assert [type(it) for it in (*dag.on_failure_callback, *dag.on_success_callback)] == [Silent, Silent], name
    for name in ("corpus", "rebuild"):
        assert [type(it) for it in bag.dags[name].get_task("approve").notifiers] == [Silent]
        assert {task.task_id for task in bag.dags[name].tasks if task.pool == "large"} == {"clean", "deduplicate"}
