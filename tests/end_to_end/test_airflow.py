"""The DAG `corpus` for real: run by Airflow, on a database of its own, over the seeds and over bad data."""

from __future__ import annotations

import json
import re

import pytest

from shared import ROOT

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def airflow_database():
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def run_dag(airflow_database, corpus, monkeypatch, tmp_path):
    """Runs the DAG once under a configuration; returns the run, the states of its tasks, and what failed."""

    def run(conf, config=corpus.config):
        file = tmp_path / "corpus.yaml"
        file.write_text(config.model_dump_json(by_alias=True), "utf-8")
        monkeypatch.setenv("SAAF_CONFIG", str(file))
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=str(ROOT / "dags" / "corpus.py"))
        assert bag.import_errors == {}
        dag = bag.dags["corpus"]
        messages = {}
        for task in dag.tasks:
            task.retries = 0
            task.on_failure_callback = [
                lambda context: messages.update({context["ti"].task_id: str(context["exception"])})
            ]
        finished = dag.test(run_conf=conf)
        states = {}
        for instance in finished.get_task_instances():
            states.setdefault(instance.task_id, set()).add(str(instance.state))
        return finished, states, messages

    return run


def asset_events():
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return [event.extra for event in session.scalars(select(AssetEvent).order_by(AssetEvent.id))]


def test_the_seeds_reach_gold_through_airflow(run_dag, corpus):
    run, states, _ = run_dag({"source": "seeds"})
    assert str(run.state) == "success"
    assert set().union(*states.values()) == {"success"}
    assert sorted(row["uri"] for row in corpus.rows("gold")) == [
        f"seeds/{file.name}" for file in sorted((ROOT / "include" / "seeds").glob("*.txt"))
    ]
    event = asset_events()[-1]
    assert (event["ingested"], event["gold"], event["rejected"]) == (3, 3, {})
    assert corpus.lake.report_path(run.run_id).read_text("utf-8").startswith("<!doctype html>")

    events = len(asset_events())
    again, states, _ = run_dag({"source": "seeds"})
    assert str(again.state) == "success"
    assert states.pop("plan") == {"success"}
    assert set().union(*states.values()) == {"skipped"}
    assert len(asset_events()) == events


def test_a_dry_run_publishes_nothing(run_dag, corpus):
    events = len(asset_events())
    run, states, _ = run_dag({"source": "seeds", "dry_run": True})
    assert str(run.state) == "success"
    assert states["publish"] == {"skipped"}
    assert states["report"] == {"success"}
    assert corpus.rows("gold") == []
    assert corpus.lake.head == 0
    assert len(asset_events()) == events


def test_a_gate_that_fails_stops_the_run_and_says_why(run_dag, corpus, tmp_path):
    suites = tmp_path / "expectations"
    suites.mkdir()
    for file in (ROOT / "expectations").glob("*.json"):
        suite = json.loads(file.read_text("utf-8"))
        if file.stem == "silver":
            suite["expectations"].append(
                {
                    "type": "expect_column_values_to_be_between",
                    "kwargs": {"column": "n_words", "max_value": 1},
                    "severity": "critical",
                    "description": "A bar that no article meets.",
                    "meta": {"on_fail": "fail", "why": "To see the gate close."},
                }
            )
        (suites / file.name).write_text(json.dumps(suite), "utf-8")
    validate = corpus.config.validate_.model_copy(update={"suites": str(suites)})
    run, states, messages = run_dag({"source": "seeds"}, corpus.with_settings(validate_=validate).config)
    assert str(run.state) == "failed"
    assert states["validate_silver"] == {"failed"}
    assert states["publish"] == {"upstream_failed"}
    message = messages["validate_silver"]
    for part in ("expect_column_values_to_be_between", "n_words", "3"):
        assert part in message
    assert len(re.findall(r"\b[0-9a-f]{32}\b", message)) == 3
    assert corpus.rows("gold") == []
