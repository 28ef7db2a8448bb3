"""## An example of a consumer.

Runs whenever `corpus` has published into a day's partition of gold, and counts the words of that day
by language. Copy it as the start of your own: the run's partition key is the day, and the Parquet is
read with any reader. Triggered by hand, it counts the newest day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from saaf.airflow.assets import GOLD
from saaf.airflow.runs import configuration
from saaf.config import project_root


@dag(
    dag_id="example_consumer",
    schedule=PartitionedAssetTimetable(assets=GOLD),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    doc_md=__doc__,
    tags=["saaf", "example"],
)
def example_consumer() -> None:
    """Counts what is new."""

    @task
    def count_words() -> dict[str, Any]:
        import polars as pl

        files = sorted((project_root() / configuration().lake / "gold").rglob("*.parquet"))
        if not files:
            raise AirflowSkipException("gold holds nothing yet: every document so far was rejected")
        gold = pl.scan_parquet(files)
        days = gold.select(pl.col("ingest_date").cast(pl.String)).unique().collect()["ingest_date"]
        day = get_current_context()["dag_run"].partition_key or days.max()
        new = gold.filter(pl.col("ingest_date").cast(pl.String) == day)
        counts = new.group_by("language").agg(pl.len().alias("documents"), pl.col("n_words").sum()).collect()
        return {"day": day, "languages": counts.sort("language").to_dicts()}

    count_words()


example_consumer()
