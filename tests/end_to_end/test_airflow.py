"""The DAG `corpus` for real: run by Airflow, on a database of its own, over the seeds and over bad data."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from saaf.cli import app
from shared import ROOT

pytestmark = pytest.mark.airflow


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


def partitions():
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return list(session.scalars(select(AssetEvent.partition_key).order_by(AssetEvent.id)))


def test_the_seeds_reach_gold_through_airflow(run_dag, corpus):
    run, states, _ = run_dag({"source": "seeds"})
    assert str(run.state) == "success"
    assert states.pop("approve") == {"skipped"}
    assert set().union(*states.values()) == {"success"}
    assert sorted(row["uri"] for row in corpus.rows("gold")) == [
        f"seeds/{file.name}" for file in sorted((ROOT / "include" / "seeds").glob("*.txt"))
    ]
    event = asset_events()[-1]
    assert (event["ingested"], event["gold"], event["rejected"]) == (3, 3, {})
    assert event["report"].endswith(f"/saaf/report?run_id={quote(run.run_id, safe='')}")
    assert partitions()[-1] == event["ingest_date"]
    assert corpus.lake.report_path(run.run_id).read_text("utf-8").startswith("<!doctype html>")

    events = len(asset_events())
    again, states, _ = run_dag({"source": "seeds"})
    assert str(again.state) == "success"
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


# -- a person is asked ------------------------------------------------------------------------------

SENTENCES = (
    "شہر کی بڑی لائبریری میں پیر کے روز نئی کتابوں کی نمائش شروع ہوئی جس میں طلبہ نے شرکت کی۔",
    "کسانوں کا کہنا ہے کہ اس سال بارش دیر سے ہوئی اور گندم کی فصل کم رہنے کا اندیشہ ہے۔",
    "ریلوے حکام کے مطابق پل کی مرمت مکمل ہونے تک گاڑیاں متبادل راستے سے چلائی جائیں گی۔",
)
DATE_LINE = "پیر 4 ستمبر 2023 17:00"


@pytest.fixture
def eaten(corpus):
    """A corpus of which a rule removes more than it may."""
    for number, sentence in enumerate(SENTENCES):
        corpus.texts(**{f"{number}_txt": f"{DATE_LINE}\n{sentence}\n"})
    clean = corpus.config.clean.model_copy(update={"max_rule_share": 0.01, "min_rule_documents": 1})
    return corpus.with_settings(clean=clean)


def test_a_person_approves_and_the_run_is_published(run_dag, eaten, answering):
    question = answering("corpus", "Approve", reason="The date line is long.")
    run, states, _ = run_dag({"source": "input"}, eaten.config)
    assert question["status"] == 200
    assert str(run.state) == "success"
    assert states["approve"] == states["publish"] == states["report"] == {"success"}
    assert "site_rule_share" in question["body"].replace("\\", "")
    ids = set(re.findall(r"\b[0-9a-f]{32}\b", question["body"]))
    assert ids == {row["doc_id"] for row in eaten.rows("gold")}
    assert not re.search("[\u0600-\u06ff]", question["body"] + question["subject"])
    approval = eaten.lake.log()[-1].facts["approval"]
    assert (approval["by"], approval["reason"]) == ("rahat", "The date line is long.")
    assert approval["asked"]
    assert "approved" in {row["verdict"] for row in eaten.rows("figures")}
    assert "ask" not in {row["verdict"] for row in eaten.rows("figures")}


def test_a_person_rejects_and_nothing_is_published(run_dag, eaten, answering):
    question = answering("corpus", "Reject", reason="The date line is long.")
    run, states, _ = run_dag({"source": "input"}, eaten.config)
    assert str(run.state) == "failed"
    assert states["approve"] == {"failed"}
    assert states["publish"] == {"upstream_failed"}
    assert eaten.lake.head == 0
    # What was asked about can be looked at, although no table holds it.
    doc_id = re.findall(r"\b[0-9a-f]{32}\b", question["body"])[0]
    explained = CliRunner().invoke(app, ["explain", doc_id, "--lake", str(eaten.lake.root)])
    assert explained.exit_code == 0, explained.output
    for part in (doc_id, "not published", DATE_LINE):
        assert part in explained.output


def test_a_run_is_approved_beforehand_by_its_form(run_dag, eaten):
    run, states, _ = run_dag({"source": "input", "approve": "Looked at it yesterday."}, eaten.config)
    assert str(run.state) == "success"
    assert states["approve"] == {"skipped"}
    approval = eaten.lake.log()[-1].facts["approval"]
    assert (approval["by"], approval["reason"]) == ("the run's trigger", "Looked at it yesterday.")


def test_a_dry_run_asks_nobody(run_dag, eaten):
    run, states, _ = run_dag({"source": "input", "dry_run": True}, eaten.config)
    assert str(run.state) == "success"
    assert states["approve"] == states["publish"] == {"skipped"}
    assert states["report"] == {"success"}
