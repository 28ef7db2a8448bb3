"""Buttons on a task's page in the Airflow UI."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink, conf

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class ReportLink(BaseOperatorLink):
    """To the report of the task's run."""

    name = "Run report"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002 - Airflow passes it
        """Address of the report: there once the run has published."""
        return report_url(ti_key.run_id)


def report_url(run_id: str) -> str:
    """Address of a run's report on the pages of the plugin."""
    base = conf.get("api", "base_url", fallback="") or ""
    return f"{base.rstrip('/')}/saaf/report?run_id={quote(run_id, safe='')}"
