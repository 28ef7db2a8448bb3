"""## Everything decided anew, after a rule or a threshold has changed.

Cleans every document ever ingested with today's rules and decides anew which of them are copies,
beside the gold that people read; tells what that would change; and asks a person before it counts.

| task | what it does |
|---|---|
| `plan` | finds what is to be cleaned; what an earlier attempt has cleaned is kept |
| `validate_bronze`, `validate_silver`, `validate_gold` | the gates of a run |
| `clean` | cleans, a part of the shards a task |
| `deduplicate` | decides anew, no document ahead for being in gold |
| `diff` | counts what gold gains and loses, and why |
| `approve` | asks, under *Required Actions*, with counts and ids; without an answer in time the rebuild is not published |
| `swap` | makes it the gold that people read, in one commit |

Runs may commit meanwhile. If one does, `swap` fails and says so: trigger the DAG again, it cleans
only what is new. The gold of before is kept until `maintain` lets go of it. The same by hand:
`saaf rebuild`, `saaf diff --html changes.html`, `saaf rebuild --swap`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import dag, get_current_context, task

from saaf.airflow.approval import Question, approval
from saaf.airflow.assets import GOLD
from saaf.airflow.notify import notifiers
from saaf.airflow.runs import begun, configuration
from saaf.airflow.upkeep import question_about, rebuild_of

CONFIG = configuration()

PARTS = 16
"""Tasks that the shards are cleaned in."""


@dag(
    dag_id="rebuild",
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["saaf", "corpus"],
    default_args={"retries": 3, "retry_delay": timedelta(seconds=30), "retry_exponential_backoff": True},
    on_failure_callback=notifiers(CONFIG.airflow, "failure"),
    on_success_callback=notifiers(CONFIG.airflow, "success"),
)
def rebuild() -> None:
    """A rebuild, from bronze to the swap."""

    @task
    def plan() -> list[int]:
        with rebuild_of() as worker:
            made = worker.plan(begun(get_current_context()))
        return list(range(min(PARTS, len(made.shards))))

    @task
    def validate_bronze() -> dict[str, Any]:
        with rebuild_of() as worker:
            return worker.validate_bronze()

    @task(map_index_template="part {{ task.op_kwargs['part'] }}", pool=CONFIG.airflow.memory_pool)
    def clean(part: int) -> dict[str, Any]:
        with rebuild_of() as worker:
            return worker.clean_part(part, PARTS)

    @task
    def validate_silver() -> dict[str, Any]:
        with rebuild_of() as worker:
            return worker.validate_silver()

    @task(pool=CONFIG.airflow.memory_pool)
    def deduplicate() -> dict[str, Any]:
        with rebuild_of() as worker:
            return worker.deduplicate()

    @task
    def validate_gold() -> dict[str, Any]:
        with rebuild_of() as worker:
            return worker.validate_gold()

    @task
    def diff() -> Question:
        with rebuild_of() as worker:
            return question_about(worker.diff())

    @task(outlets=[GOLD])
    def swap() -> dict[str, Any]:
        with rebuild_of() as worker:
            facts = worker.swap()
        counts = {name: facts[name] for name in ("ingest_date", "ingested", "gold", "rejected", "generation")}
        get_current_context()["outlet_events"][GOLD].extra = counts
        return counts

    told = notifiers(CONFIG.airflow, "approval")
    parts = plan()
    (
        parts
        >> validate_bronze()
        >> clean.expand(part=parts)
        >> validate_silver()
        >> deduplicate()
        >> validate_gold()
        >> diff()
        >> approval("approve", asked_by="diff", config=CONFIG.approval, on_reject="skip", notifiers=told)
        >> swap()
    )


rebuild()
