"""The pool of the tasks that need much memory, made when Airflow starts.

Airflow leaves a task whose pool is not there waiting for ever, with no more than a sentence among the task's details
and in the scheduler's log. So a pool that the configuration names is there without anybody making it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_log = logging.getLogger(__name__)


class PoolMaker:
    """A listener of Airflow's, which the plugin names: makes the pool before the first task is scheduled."""

    @hookimpl
    def on_starting(self, component: Any) -> None:
        """Make the pool where it is missing, if what starts is the scheduler or another part of Airflow.

        Whatever is wrong is logged and stops nothing: Airflow shows a configuration that is not valid as the
        DAG's import error.

        Args:
            component: What starts: a job, which does not say yet of which kind it is, or a task, which has no
                access to Airflow's database.
        """
        if type(component).__name__ != "Job":
            return
        from saaf.airflow.runs import configuration

        try:
            config = configuration().airflow
            if make_pool(config.memory_pool, config.memory_slots):
                _log.info("made the pool %s with %d slots", config.memory_pool, config.memory_slots)
        except Exception:  # noqa: BLE001 - the scheduler runs other DAGs than ours
            _log.exception("the pool that `airflow.memory_pool` names could not be made")


def make_pool(name: str, slots: int, *, session: Session | None = None) -> bool:
    """Make a pool, but for one that is there already: its slots are for whoever runs Airflow to change.

    Args:
        name: Its name.
        slots: How many tasks it lets run at once.
        session: Airflow's database; None opens it.

    Returns:
        Whether it was made.
    """
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session
    from sqlalchemy.exc import IntegrityError

    if session is None:
        try:
            with create_session() as opened:
                return make_pool(name, slots, session=opened)
        except IntegrityError:  # another part of Airflow made it in this moment
            return False
    if Pool.get_pool(name, session=session) is not None:
        return False
    session.add(Pool(pool=name, slots=slots, description="Tasks of Saaf that need much memory", include_deferred=False))
    return True
