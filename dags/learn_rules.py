"""## What sites repeat, proposed as rules.

Reads the pages of the lake, finds the lines that recur over distinct articles of a site, and proposes to
remove them. Nothing changes before a person has approved.

| task | what it does |
|---|---|
| `learn` | writes the proposal, `include/rules/proposed/NAME.yaml` |
| `approve` | asks a person, among Airflow's Required Actions; no answer in time means no |
| `adopt` | writes the approved pack, with a version, into `include/rules/learned`, where every run takes it from |

Read the proposal before you approve, and delete from the file what belongs to articles: `adopt` takes it as it stands
then. Where nothing is learned, all but `learn` is skipped. See `docs/learning.md`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from saaf.airflow.approval import Question, answer, approval
from saaf.airflow.notify import notifiers
from saaf.airflow.questions import about_rules
from saaf.airflow.runs import configuration, final_errors
from saaf.config import project_root

CONFIG = configuration()
SOURCES = [source.name for source in CONFIG.sources]


@dag(
    dag_id="learn_rules",
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["saaf", "rules"],
    params={
        "source": Param(
            None, type=["null", "string"], enum=[None, *SOURCES], description="Learn from this source alone."
        ),
        "limit": Param(None, type=["null", "integer"], minimum=1, description="Pages to read at most."),
    },
    on_failure_callback=notifiers(CONFIG.airflow, "failure"),
    on_success_callback=notifiers(CONFIG.airflow, "success"),
)
def learn_rules() -> None:
    """Learn, ask, adopt."""

    @task
    def learn() -> Question:
        from saaf.engines.learning import propose_rules

        params = get_current_context()["params"]
        with final_errors():
            proposed = propose_rules(configuration(), project_root(), source=params["source"], limit=params["limit"])
        if proposed is None:
            raise AirflowSkipException("nothing recurs in enough distinct articles: nothing is proposed")
        return about_rules(proposed)

    @task
    def adopt() -> dict[str, Any]:
        from saaf.engines.learning import adopt_rules

        given = answer(get_current_context()["ti"].xcom_pull(task_ids="approve"))
        if given is None or not given.approved:
            raise AirflowSkipException("nobody approved the proposal")
        with final_errors():
            adopted = adopt_rules(configuration(), project_root(), by=given.by, at=given.at.isoformat())
        return {"pack": adopted.name, "version": adopted.version, "rules": adopted.rules, "file": str(adopted.file)}

    # Rules that nobody has seen are not adopted, whatever silence means elsewhere.
    config = CONFIG.approval.model_copy(update={"on_timeout": "reject"})
    told = notifiers(CONFIG.airflow, "approval")
    learn() >> approval("approve", asked_by="learn", config=config, on_reject="skip", notifiers=told) >> adopt()


learn_rules()
