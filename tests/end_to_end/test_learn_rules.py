"""The DAG `learn_rules` for real: it learns from a lake, asks, and adopts what a person approved."""

from __future__ import annotations

import json
import random
import re

import pytest

from saaf.clean.packs import load_pack
from shared import ROOT

pytestmark = pytest.mark.airflow

LETTERS = "ابپتٹجچدڈرڑزسشکگلمنںوہیے"


@pytest.fixture
def project(tmp_path):
    """A folder of rules of its own, since the DAG writes there."""
    return tmp_path / "rules"


@pytest.fixture
def repeating(corpus, project):
    """A lake of twenty pages of a site, each with the leads of the six before it, and of one page of another source."""
    chance = random.Random(3)

    def sentence() -> str:
        return " ".join("".join(chance.choices(LETTERS, k=5)) for _ in range(12)) + "۔"

    bodies = [[sentence() for _ in range(8)] for _ in range(20)]
    rows = [
        {
            "site": "news.example",
            "text": "\n".join([*body, *(bodies[other][0] for other in range(max(0, number - 6), number))]),
        }
        for number, body in enumerate(bodies)
    ]
    (corpus.inputs / "pages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    learn = corpus.config.airflow.learn_rules.model_copy(
        update={"proposals": str(project / "proposed"), "adopted": str(project / "learned")}
    )
    clean = corpus.config.clean.model_copy(
        update={"packs": (*corpus.config.clean.packs, str(project / "learned" / "*.yaml"))}
    )
    made = corpus.with_settings(airflow=corpus.config.airflow.model_copy(update={"learn_rules": learn}), clean=clean)
    made.run()
    return made


@pytest.fixture
def run_dag(airflow_database, repeating, monkeypatch, tmp_path):
    """Runs the DAG once; returns the run and the states of its tasks."""

    def run(conf):
        file = tmp_path / "corpus.yaml"
        file.write_text(repeating.config.model_dump_json(by_alias=True), "utf-8")
        monkeypatch.setenv("SAAF_CONFIG", str(file))
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=str(ROOT / "dags" / "learn_rules.py"))
        assert bag.import_errors == {}
        finished = bag.dags["learn_rules"].test(run_conf=conf)
        return finished, {task.task_id: str(task.state) for task in finished.get_task_instances()}

    return run


def test_an_approved_proposal_is_adopted_and_used_by_the_next_run(run_dag, repeating, answering, project):
    question = answering("learn_rules", "Approve")
    run, states = run_dag({"source": "input"})
    assert str(run.state) == "success"
    assert states == dict.fromkeys(("learn", "approve", "adopt"), "success")

    asked = question["subject"] + question["body"]
    assert not re.search("[\u0600-\u06ff]", asked)
    ids = set(re.findall(r"\b[0-9a-f]{32}\b", question["body"]))
    assert ids
    assert ids <= {row["doc_id"] for row in repeating.rows("bronze")}
    assert "news.example" in asked.replace("\\", "")

    proposed = load_pack(project / "proposed" / "news.yaml").pack
    adopted = load_pack(project / "learned" / "news.yaml").pack
    assert proposed.is_proposed
    assert (adopted.pack, adopted.version, adopted.approved_by) == ("learned.news", 1, "rahat")
    assert adopted.approved_at
    assert adopted.rules == proposed.rules

    page = {"site": "news.example", "text": repeating.rows("bronze")[-1]["raw_text"] + "\nنیا صفحہ۔"}
    (repeating.inputs / "more.jsonl").write_text(json.dumps(page) + "\n", "utf-8")
    repeating.run(run_id="second", days=1)
    used = {span["rule"] for row in repeating.rows("silver") for span in row["removed"]}
    assert any(rule.startswith("learned.news.") for rule in used)


def test_a_rejected_proposal_changes_nothing(run_dag, answering, project):
    answering("learn_rules", "Reject")
    _, states = run_dag({})
    assert states == {"learn": "success", "approve": "success", "adopt": "skipped"}
    assert (project / "proposed" / "news.yaml").exists()
    assert not (project / "learned").exists()


def test_nobody_is_asked_where_nothing_recurs(run_dag, project):
    run, states = run_dag({"limit": 2})
    assert str(run.state) == "success"
    assert set(states.values()) == {"skipped"}
    assert not project.exists()
