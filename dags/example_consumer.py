"""## An example of a consumer.

Runs whenever `corpus` has published, and counts the words of the day's gold by language. Copy it
as the start of your own: the asset's event says what is new, the Parquet is read with any reader.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag, get_current_context, task

from saaf.airflow.assets import GOLD
from saaf.airflow.runs import configuration
from saaf.config import project_root


@dag(
    dag_id="example_consumer",
    schedule=[GOLD],
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

        events = get_current_context()["triggering_asset_events"][GOLD]
        days = sorted({event.extra["ingest_date"] for event in events})
        gold = pl.scan_parquet(project_root() / configuration().lake / "gold" / "**" / "*.parquet")
        new = gold.filter(pl.col("ingest_date").cast(pl.String).is_in(days))
        counts = new.group_by("language").agg(pl.len().alias("documents"), pl.col("n_words").sum()).collect()
        return {"days": days, "languages": counts.sort("language").to_dicts()}

    count_words()


example_consumer()
