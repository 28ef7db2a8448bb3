"""Notifiers and deadlines as the configuration names them."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest
from airflow.sdk import BaseNotifier

from saaf.airflow import notify
from saaf.config import AirflowConfig, NotifierConfig
from saaf.errors import ConfigError
from shared import ROOT

pytestmark = pytest.mark.airflow


class Noting(BaseNotifier):
    """Notes down what it is told."""

    told: ClassVar[list[str]] = []

    def __init__(self, name: str = "one") -> None:
        super().__init__()
        self.name = name

    def notify(self, context) -> None:
        if self.name == "broken":
            raise OSError("no network")
        self.told.append(self.name)


def named(name="one", **fields):
    return NotifierConfig(notifier=f"{__name__}.Noting", kwargs={"name": name}, **fields)


def test_each_is_told_of_what_it_asks_for():
    config = AirflowConfig(notifiers=(named("a"), named("b", on=("success",)), named("c", on=("success", "failure"))))
    heard = {
        event: [n.name for n in notify.notifiers(config, event)]
        for event in ("failure", "approval", "success", "deadline")
    }
    assert heard == {"failure": ["a", "c"], "approval": ["a"], "success": ["b", "c"], "deadline": ["a"]}


@pytest.mark.parametrize(
    ("path", "kwargs"),
    [("no.such.Module", {}), (f"{__name__}.Missing", {}), (f"{__name__}.Noting", {"nmae": "x"}), ("pathlib.Path", {})],
)
def test_what_cannot_be_used_is_named(path, kwargs):
    config = AirflowConfig(notifiers=(NotifierConfig(notifier=path, kwargs=kwargs),))
    with pytest.raises(ConfigError, match=path) as caught:
        notify.notifiers(config, "failure")
    assert "airflow.notifiers" in caught.value.where


def test_one_that_fails_keeps_no_other_from_being_told():
    Noting.told.clear()
    notify.tell([Noting("broken"), Noting("after")], {})
    assert Noting.told == ["after"]


def test_a_deadline_is_there_only_where_one_is_set():
    assert notify.deadline(AirflowConfig()) is None
    alert = notify.deadline(AirflowConfig(deadline_hours=2))
    assert alert.interval == timedelta(hours=2)
    assert alert.callback.path == "saaf.airflow.notify.tell_of_deadline"


def test_the_dag_takes_all_of_it_from_the_configuration(corpus, monkeypatch, tmp_path):
    settings = AirflowConfig(
        notifiers=(named(on=("failure", "approval", "success")),), deadline_hours=6, memory_pool="large"
    )
    file = tmp_path / "corpus.yaml"
    file.write_text(corpus.with_settings(airflow=settings).config.model_dump_json(by_alias=True), "utf-8")
    monkeypatch.setenv("SAAF_CONFIG", str(file))
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT / "dags" / "corpus.py"))
    assert bag.import_errors == {}
    dag = bag.dags["corpus"]
    assert [type(told).__name__ for told in (*dag.on_failure_callback, *dag.on_success_callback)] == [
        "Noting",
        "Noting",
    ]
    assert [type(told).__name__ for told in dag.get_task("approve").notifiers] == ["Noting"]
    assert dag.deadline is not None
    assert {task.task_id for task in dag.tasks if task.pool == "large"} == {"clean", "deduplicate"}
