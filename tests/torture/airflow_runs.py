"""The DAG ``corpus`` on a database of its own, driven as the scheduler drives it, task by task and in one process.

``dag.test()`` carries a new run from its first task to its last. People do more than that to a run: they clear tasks,
mark it failed, trigger it twice, and machines die under it. This goes the same steps as ``dag.test()``, and stops where
it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from saaf.config import CorpusConfig
from shared import ROOT

AWAITING = "awaiting"
"""State of a run that waits for a person's answer."""

Doing = Mapping[str, Callable[[], object]]
"""What to do just before a task begins, by the task."""


@dataclass
class AirflowCorpus:
    """A corpus that Airflow runs.

    Attributes:
        config: Its configuration; the DAG finds it by the environment variable that the caller has set.
        dag_file: The DAG's file.
    """

    config: CorpusConfig
    dag_file: Path = ROOT / "dags" / "corpus.py"
    failures: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def dag(self) -> Any:
        """The DAG as its file says, but that it retries at once and has no deadline."""
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=str(self.dag_file))
        assert bag.import_errors == {}
        [dag] = bag.dags.values()
        dag.deadline = None  # Airflow cannot store one outside of its scheduler
        for task in dag.tasks:
            task.retry_delay, task.retry_exponential_backoff = timedelta(0), 0
            task.on_failure_callback = task.on_retry_callback = [self._note]
        return dag

    def _note(self, context: Any) -> None:
        self.failures.setdefault(context["ti"].task_id, []).append(str(context["exception"]))

    @cached_property
    def _scheduled(self) -> Any:
        """The DAG as the scheduler knows it, in the database."""
        from airflow.dag_processing.bundles.manager import DagBundlesManager
        from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
        from airflow.serialization.serialized_objects import DagSerialization
        from airflow.utils.session import create_session

        manager = DagBundlesManager()
        with create_session() as session:
            manager.sync_bundles_to_db(session=session)
        for bundle in manager.get_all_dag_bundles():
            bundle.initialize()
            bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
            sync_bag_to_db(bag, bundle.name, bundle.version)
        return DagSerialization.deserialize_dag(DagSerialization.serialize_dag(self.dag))

    def trigger(self, run_id: str, run_after: datetime, **conf: object) -> str:
        """Make a run that is due at a moment; nothing of it is done yet."""
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState
        from airflow.utils.types import DagRunTriggeredByType, DagRunType

        with create_session() as session:
            self._scheduled.create_dagrun(
                run_id=run_id,
                logical_date=run_after,
                data_interval=(run_after - timedelta(days=1), run_after),
                run_after=run_after,
                conf={"source": "input", **conf} if "source" in self.dag.params else conf,
                run_type=DagRunType.from_run_id(run_id),
                state=DagRunState.RUNNING,
                triggered_by=DagRunTriggeredByType.TEST,
                triggering_user_name="test",
                start_date=run_after,
                session=session,
            )
        return run_id

    def go_on(self, run_id: str, *, until: str | None = None, doing: Doing | None = None) -> str:
        """Carry a run on: to its end, until a task would begin, or until a person is asked; say what state it is in."""
        from airflow.sdk.definitions.dag import _run_task

        idle = 0
        with self._run(run_id) as (run, session):
            while str(run.state) == "running":
                ready = self._ready(run, session)
                if any(instance.task_id == until for instance in ready):
                    return "running"
                if not ready and "awaiting_input" in set().union(*self.states(run_id).values()):
                    return AWAITING
                idle = 0 if ready else idle + 1  # tasks that cannot run any more fall one after the other
                assert idle <= len(self.dag.tasks), f"{run_id} is stuck: {self.states(run_id)}"
                for instance in ready:
                    if doing and instance.task_id in doing:
                        doing[instance.task_id]()
                    _run_task(ti=instance, task=self.dag.task_dict[instance.task_id], run_triggerer=True)
                session.expire_all()
            return str(run.state)

    def _ready(self, run: Any, session: Any) -> list[Any]:
        from airflow.sdk import timezone
        from airflow.utils.state import TaskInstanceState

        session.expire_all()
        schedulable, _ = run.update_state(session=session, execute_callbacks=False)
        for instance in schedulable:
            instance.try_number += 1
            instance.state = TaskInstanceState.SCHEDULED
            instance.scheduled_dttm = timezone.utcnow()
        session.commit()
        found = run.get_task_instances(session=session)
        return [instance for instance in found if instance.state == TaskInstanceState.SCHEDULED]

    def clear(self, run_id: str, *task_ids: str) -> None:
        """Clear tasks with all that follows them, as the button in the UI does; without names, the whole run."""
        from airflow.utils.state import DagRunState

        names = task_ids or tuple(self.dag.task_ids)
        chosen = {t.task_id for name in names for t in [self.dag.get_task(name), *self._downstream(name)]}
        with self._run(run_id) as (run, session):
            self._scheduled.clear(run_id=run_id, task_ids=sorted(chosen), session=session)
            session.flush()
            run.state = DagRunState.RUNNING

    def _downstream(self, name: str) -> list[Any]:
        return [self.dag.get_task(other) for other in self.dag.get_task(name).get_flat_relative_ids(upstream=False)]

    def mark_failed(self, run_id: str) -> None:
        """Mark a run failed, as a person does who wants it to stop."""
        from airflow.api.common.mark_tasks import set_dag_run_state_to_failed

        with self._run(run_id) as (_, session):
            set_dag_run_state_to_failed(dag=self._scheduled, run_id=run_id, commit=True, session=session)

    def give_up(self, run_id: str, task_id: str) -> None:
        """Do what the scheduler does with a task whose process does not answer any more: let it be tried again."""
        from airflow.sdk import timezone
        from airflow.utils.state import TaskInstanceState

        with self._run(run_id) as (run, session):
            for instance in run.get_task_instances(session=session):
                if instance.task_id == task_id:
                    assert instance.state in ("queued", "running"), instance.state
                    instance.state, instance.end_date = TaskInstanceState.UP_FOR_RETRY, timezone.utcnow()

    def let_time_run_out(self) -> None:
        """Do what the scheduler does with questions that nobody has answered in time."""
        from airflow.jobs.job import Job
        from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

        SchedulerJobRunner(job=Job()).check_awaiting_input_timeouts()

    def states(self, run_id: str) -> dict[str, set[str]]:
        """States of the tasks."""
        with self._run(run_id) as (run, session):
            found: dict[str, set[str]] = {}
            for instance in run.get_task_instances(session=session):
                found.setdefault(instance.task_id, set()).add(str(instance.state))
            return found

    @contextmanager
    def _run(self, run_id: str) -> Iterator[tuple[Any, Any]]:
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session(scoped=False) as session:  # tasks that run meanwhile close the one that all share
            run = session.scalars(select(DagRun).where(DagRun.run_id == run_id, DagRun.dag_id == self.dag.dag_id)).one()
            run.dag = self._scheduled
            yield run, session
