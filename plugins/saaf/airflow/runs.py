"""The run that a task belongs to, and what its errors mean to Airflow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from saaf.config import CorpusConfig, load_config, project_root
from saaf.errors import SaafError

if TYPE_CHECKING:
    from saaf.engines import LocalEngine
    from saaf.engines.plan import Plan

CONFIG_VARIABLE = "SAAF_CONFIG"
"""Environment variable that names another configuration file than the project's own."""


def configuration() -> CorpusConfig:
    """The configuration that the DAGs run with.

    Raises:
        ConfigError: It is not there or not valid; Airflow shows this as the DAG's import error.
    """
    return load_config(Path(os.environ.get(CONFIG_VARIABLE) or project_root() / "include" / "corpus.yaml"))


@contextmanager
def run_of(context: Any) -> Iterator[LocalEngine]:
    """The engine for the task's run; errors that a retry cannot mend fail the task at once.

    Args:
        context: The task's context.

    Raises:
        AirflowFailException: In place of a SaafError that is not retryable.
    """
    from saaf.pipeline import engine

    with final_errors():
        yield engine(configuration(), root=project_root(), run_id=context["run_id"])


@contextmanager
def final_errors() -> Iterator[None]:
    """Errors that a retry cannot mend fail the task at once.

    Raises:
        AirflowFailException: In place of a SaafError that is not retryable.
    """
    try:
        yield
    except SaafError as error:
        if error.retryable:
            raise
        raise AirflowFailException(str(error)) from error


def shards_of(plan: Plan) -> list[str]:
    """The shards that a run's tasks are mapped over.

    Raises:
        AirflowSkipException: There are none. With an empty list, what follows the mapped tasks of a cleared run
            would go on, and fail.
    """
    if plan.nothing_new:
        raise AirflowSkipException("there is nothing new, or this run has been published already")
    return list(plan.shards)


def begun(context: Any) -> datetime:
    """When the task's run was due: the same for every attempt of every task in it."""
    run = context["dag_run"]
    moment: datetime = run.run_after or run.start_date
    return moment.astimezone(UTC)
