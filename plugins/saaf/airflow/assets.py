"""The asset that other DAGs are scheduled on."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset

from saaf.airflow.links import report_url

GOLD = Asset(name="saaf_gold", uri="saaf://lake/gold", group="saaf")
"""The gold table, in partitions by ingest date.

An event is of one partition: ``partition_key`` is the day, as in the folder ``ingest_date=...``. Its ``extra`` holds
``source``, ``run_id``, ``ingest_date``, ``ingested``, ``gold``, ``rejected`` (rows by reason) and ``report``, the
address of the run's report. Consumers are scheduled with ``PartitionedAssetTimetable(assets=GOLD)``: Airflow does not
start a DAG with ``schedule=[GOLD]`` for an event of a partition.
"""


def announce(context: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Say in the task's asset event what a run has published.

    Args:
        context: The context of the task that has GOLD among its outlets.
        facts: What the commit remembers of the run.

    Returns:
        The event's ``extra``.
    """
    extra = {name: facts[name] for name in ("source", "ingest_date", "ingested", "gold", "rejected")}
    extra |= {"run_id": context["run_id"], "report": report_url(context["run_id"])}
    event = context["outlet_events"][GOLD]
    event.extra = extra
    event.add_partitions(facts["ingest_date"])
    return extra
