"""What tests import by name; fixtures are in ``conftest.py``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project's root."""

STARTED_AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
"""When the runs of the tests begin."""
