"""The DAGs as Airflow loads them: no import error, and what their promises rest on."""

from __future__ import annotations

import ast
import copy
import json

import pytest

from shared import ROOT

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(scope="module")
def corpus_dag(bag):
    return bag.dags["corpus"]


def test_no_dag_fails_to_import(bag):
    assert bag.import_errors == {}
    assert {"corpus", "example_consumer"} <= set(bag.dags)


def test_corpus_runs_daily_one_at_a_time_and_never_catches_up(corpus_dag):
    assert corpus_dag.schedule == "@daily"
    assert corpus_dag.catchup is False
    assert corpus_dag.max_active_runs == 1
    assert corpus_dag.doc_md
    assert corpus_dag.tags


def test_the_tasks_stand_in_the_order_of_the_pipeline(corpus_dag):
    from saaf.steps import STEPS

    assert set(corpus_dag.task_ids) == {*STEPS, "approve"}
    order = [task.task_id for task in corpus_dag.topological_sort() if task.task_id != "approve"]
    assert order == list(STEPS)
    assert corpus_dag.get_task("approve").upstream_task_ids == {"review"}
    assert corpus_dag.get_task("approve").downstream_task_ids == {"publish"}


def test_only_shards_are_mapped(corpus_dag):
    mapped = {task.task_id for task in corpus_dag.tasks if task.is_mapped}
    assert mapped == {"ingest", "clean"}


def test_the_source_is_one_that_the_configuration_names(corpus_dag):
    schema = json.loads(json.dumps(corpus_dag.params.get_param("source").schema))
    assert schema["type"] == "string"
    assert schema["enum"] == ["seeds", "input"]


@pytest.mark.parametrize(
    "conf",
    [
        {"source": "/etc"},
        {"source": "file:///etc"},
        {"source": None},
        {"source": "seeds", "limit": 0},
        {"source": "seeds", "limit": "1"},
        {"source": "seeds", "dry_run": "yes"},
        {"source": "seeds", "approve": ""},
    ],
)
def test_params_that_the_schema_does_not_allow_are_refused(corpus_dag, conf):
    from airflow.sdk.exceptions import ParamValidationError

    params = copy.deepcopy(corpus_dag.params)
    with pytest.raises(ParamValidationError):
        params.update(conf)


def test_storage_is_tried_again_with_pauses(corpus_dag):
    for task in corpus_dag.tasks:
        assert task.retries == (0 if task.task_id == "approve" else 3)
        assert task.retry_exponential_backoff


def test_an_error_that_a_retry_cannot_mend_fails_the_task_at_once():
    from airflow.sdk.exceptions import AirflowFailException

    from saaf.airflow.runs import run_of
    from saaf.errors import DataRefused, LakeBusy

    for error, expected in (
        (DataRefused("no", next_step="look"), AirflowFailException),
        (LakeBusy("no", next_step="wait"), LakeBusy),
    ):
        with pytest.raises(expected) as caught, run_of({"run_id": "r"}):
            raise error
        assert "next:" in str(caught.value)


def test_publish_announces_gold_and_the_consumer_waits_for_it(bag):
    [outlet] = bag.dags["corpus"].get_task("publish").outlets
    assert outlet.name == "saaf_gold"
    assert "saaf_gold" in str(bag.dags["example_consumer"].schedule)


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_dag_files_hold_no_logic(path):
    """A DAG file is short, and imports nothing heavy when it is parsed."""
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= 160
    top_level = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or node.names[0].name for node in top_level}
    assert not {
        name for name in names if name.split(".")[0] in {"pandas", "numba", "polars", "great_expectations", "pyarrow"}
    }


def test_rules_are_adopted_only_where_a_person_approved_them(bag):
    dag = bag.dags["learn_rules"]
    assert dag.schedule is None
    assert [task.task_id for task in dag.topological_sort()] == ["learn", "approve", "adopt"]
    approve = dag.get_task("approve")
    assert approve.defaults == ["Reject"]
    assert approve.response_timeout
    assert approve.fail_on_reject is False
