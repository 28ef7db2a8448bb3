"""The asset that other DAGs are scheduled on."""

from __future__ import annotations

from airflow.sdk import Asset

GOLD = Asset(name="saaf_gold", uri="saaf://lake/gold", group="saaf")
"""The gold table. An event's ``extra`` holds ``source``, ``ingest_date``, ``ingested``, ``gold`` and
``rejected`` (rows by reason) of the run that published."""
