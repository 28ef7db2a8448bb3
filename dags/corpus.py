"""## Raw news text in, clean Parquet out.

Takes the new files of a **source**, strips their boilerplate, holds every table against its
expectations, drops copies of what is already in gold, and publishes what is left: all of it in one
commit, or nothing.

| task | what it does |
|---|---|
| `plan` | finds what is new and cuts it into shards |
| `ingest` | reads files into bronze; a file that cannot be read costs nothing but itself |
| `validate_bronze`, `validate_silver`, `validate_gold` | gates: bad rows are quarantined, bad data stops the run |
| `clean` | removes boilerplate by rule, and notes every removed span |
| `deduplicate` | finds copies, within the run and in history, and says of what |
| `review` | holds the run's figures against the last 30 runs, and each rule against the share that it may remove |
| `approve` | only where a figure is far out: asks a person, under *Required Actions* |
| `publish` | checks that no document is lost, then commits |
| `report` | one HTML file on what the run did |

A retried or cleared task does the same again. Where there is nothing new, or nothing left, every task is skipped.
Storage that fails is retried with growing pauses; bad data is not. See `docs/architecture.md`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from saaf.airflow.approval import answer, approval
from saaf.airflow.assets import GOLD, announce
from saaf.airflow.links import ReportLink
from saaf.airflow.notify import deadline, notifiers
from saaf.airflow.questions import about_figures
from saaf.airflow.runs import begun, configuration, run_of, shards_of

CONFIG = configuration()
SOURCES = [source.name for source in CONFIG.sources]


@dag(
    dag_id="corpus",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["saaf", "corpus"],
    default_args={
        "retries": 3,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
    },
    params={
        "source": Param(SOURCES[0], type="string", enum=SOURCES, description="A source of include/corpus.yaml."),
        "limit": Param(None, type=["null", "integer"], minimum=1, description="Input files to take at most."),
        "dry_run": Param(False, type="boolean", description="Do everything but publish."),
        "approve": Param(
            None, type=["null", "string"], minLength=1, description="Approve figures far out beforehand, and say why."
        ),
    },
    on_failure_callback=notifiers(CONFIG.airflow, "failure"),
    on_success_callback=notifiers(CONFIG.airflow, "success"),
    deadline=deadline(CONFIG.airflow),
)
def corpus() -> None:
    """The daily run."""

    @task
    def plan() -> list[str]:
        context = get_current_context()
        params = context["params"]
        with run_of(context) as run:
            made = run.plan(params["source"], begun(context), limit=params["limit"], dry_run=params["dry_run"])
        return shards_of(made)

    @task(map_index_template="shard {{ task.op_kwargs['shard'] }}")
    def ingest(shard: str) -> dict[str, Any]:
        with run_of(get_current_context()) as run:
            return run.ingest(shard)

    @task
    def validate_bronze() -> dict[str, Any]:
        with run_of(get_current_context()) as run:
            return run.validate_bronze()

    @task(map_index_template="shard {{ task.op_kwargs['shard'] }}", pool=CONFIG.airflow.memory_pool)
    def clean(shard: str) -> dict[str, Any]:
        with run_of(get_current_context()) as run:
            return run.clean(shard)

    @task
    def validate_silver() -> dict[str, Any]:
        with run_of(get_current_context()) as run:
            return run.validate_silver()

    @task(pool=CONFIG.airflow.memory_pool)
    def deduplicate() -> dict[str, Any]:
        with run_of(get_current_context()) as run:
            return run.deduplicate()

    @task
    def validate_gold() -> dict[str, Any]:
        with run_of(get_current_context()) as run:
            return run.validate_gold()

    @task.branch
    def review() -> str:
        context = get_current_context()
        params = context["params"]
        with run_of(context) as run:
            asks = run.review()["asks"]
        if not asks or params["dry_run"] or params["approve"]:
            return "publish"
        context["ti"].xcom_push("question", about_figures(asks, source=params["source"]))
        return "approve"

    @task(outlets=[GOLD], trigger_rule="none_failed_min_one_success")
    def publish() -> dict[str, Any]:
        context = get_current_context()
        params, given = context["params"], answer(context["ti"].xcom_pull(task_ids="approve"))
        with run_of(context) as run:
            if given:
                run.approve(given.reason, by=given.by, at=given.at)
            elif params["approve"]:
                run.approve(params["approve"], by="the run's trigger", at=begun(context))
            facts = run.publish()
        if params["dry_run"]:
            raise AirflowSkipException(f"dry run: nothing was published; {facts['gold']} documents would have been")
        return announce(context, facts)

    @task(trigger_rule="none_failed_min_one_success")
    def report() -> str | None:
        context = get_current_context()
        with run_of(context) as run:
            run.report()
            return None if context["params"]["dry_run"] else str(run.lake.report_path(run.run_id))

    shards = plan()
    reviewed, published, reported = review(), publish(), report()
    told = notifiers(CONFIG.airflow, "approval")
    approved = approval("approve", asked_by="review", key="question", config=CONFIG.approval, notifiers=told)
    (
        ingest.expand(shard=shards)
        >> validate_bronze()
        >> clean.expand(shard=shards)
        >> validate_silver()
        >> deduplicate()
        >> validate_gold()
        >> reviewed
        >> [approved, published]
    )
    approved >> published
    [reviewed, published] >> reported
    published.operator.operator_extra_links = reported.operator.operator_extra_links = (ReportLink(),)


corpus()
