"""## Once a week: compacts, and lets go.

Merges the files of the deduplication index, removes generations of gold that a rebuild or a
takedown ended longer ago than `maintain: generation_days`, files that were replaced, what runs that
never came back have staged, and reports older than `maintain: report_days`. Nothing that the log or
a reader of gold needs is removed. The same by hand: `saaf maintain`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

from saaf.airflow.notify import notifiers
from saaf.airflow.runs import configuration
from saaf.airflow.upkeep import maintain_lake

CONFIG = configuration()


@dag(
    dag_id="maintain",
    schedule="@weekly",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["saaf", "corpus"],
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5), "retry_exponential_backoff": True},
    on_failure_callback=notifiers(CONFIG.airflow, "failure"),
    on_success_callback=notifiers(CONFIG.airflow, "success"),
)
def maintain() -> None:
    """The weekly maintenance."""

    @task(task_id="maintain")
    def carry_out() -> list[str]:
        return maintain_lake()

    carry_out()


maintain()
