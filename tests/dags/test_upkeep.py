"""The DAGs that rebuild and maintain: their order, and that a person is asked with figures and ids alone."""

from __future__ import annotations

import pytest

from saaf.publish.diff import Counts, Diff, ReasonChange, Sample
from saaf.steps import REBUILD_STEPS
from shared import ROOT

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


def test_a_rebuild_waits_for_a_person_before_it_is_swapped_in(bag):
    dag = bag.dags["rebuild"]
    assert dag.schedule is None
    assert dag.max_active_runs == 1
    order = [task.task_id for task in dag.topological_sort()]
    assert [name for name in order if name != "approve"] == list(REBUILD_STEPS)
    assert dag.get_task("swap").upstream_task_ids == {"approve"}
    assert dag.get_task("approve").upstream_task_ids == {"diff"}
    assert [outlet.name for outlet in dag.get_task("swap").outlets] == ["saaf_gold"]
    assert {task.task_id for task in dag.tasks if task.is_mapped} == {"clean"}


def test_maintenance_is_weekly(bag):
    dag = bag.dags["maintain"]
    assert (dag.schedule, dag.catchup, dag.max_active_runs) == ("@weekly", False, 1)
    assert [task.task_id for task in dag.tasks] == ["maintain"]


def test_the_question_holds_counts_and_ids_and_no_text():
    from saaf.airflow.upkeep import question_about

    secret = "یہ متن کسی کو نہیں دکھانا"
    found = Diff(
        counts=Counts(before=1200, now=1100, lost=120, gained=20, changed=7),
        reasons=(ReasonChange(reason="language", gained=20, lost=120),),
        rules=(),
        sites=(),
        samples=(Sample(kind="lost", doc_id="33b44df4", site="<b>x</b>", reason="language", text=secret),),
    )
    question = question_about(found)
    assert secret not in str(question)
    assert "<b>" not in str(question)
    for part in ("1,200", "1,100", "120", "33b44df4", "language"):
        assert part in question["body"]
