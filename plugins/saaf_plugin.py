"""What Saaf adds to Airflow: a page of runs and their reports, and the pool that the configuration names.

Airflow executes this file in every process that it starts, so it holds nothing but names.
"""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from saaf.airflow.pools import PoolMaker
from saaf.web import LazyApplication


class SaafPlugin(AirflowPlugin):
    """The pages of Saaf, and its pool."""

    name = "saaf"
    listeners: ClassVar[list[Any]] = [PoolMaker()]
    fastapi_apps: ClassVar[list[Any]] = [{"app": LazyApplication(), "url_prefix": "/saaf", "name": "Saaf"}]
    external_views: ClassVar[list[Any]] = [
        {
            "name": "Saaf runs",
            "href": "saaf/runs",
            "url_route": "saaf-runs",
            "destination": "nav",
            "category": "browse",
        }
    ]
