"""Rows that nothing is wrong with, and shortcuts, for the gate's tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from saaf.config import ValidateConfig
from saaf.tables import BRONZE, DUPLICATES, FIGURES, GOLD, SILVER, Table
from saaf.validate import GateResult, Suite, check

RUN = "manual__2026-11-21T06:00:00+00:00"
TEXT = "لاہور میں آج صبح ہلکی بارش ہوئی۔\nشہر کے کئی علاقوں میں بجلی بند رہی۔"


def doc_id(number: int) -> str:
    return f"{number:032x}"


def _silver(number: int) -> dict[str, Any]:
    return {
        "doc_id": doc_id(number),
        "source": "seeds",
        "uri": f"seeds/{number:04d}.txt",
        "record": number,
        "text": TEXT,
        "title": "بارش",
        "language": "ur",
        "language_score": 0.98,
        "page_date": date(2026, 11, 20),
        "captions": [],
        "removed": [{"start": 0, "end": 4, "rule": "ur.date", "kind": "date"}],
        "n_chars": len(TEXT),
        "n_words": 14,
        "letter_share": 0.9,
        "digit_share": 0.0,
        "arabic_script_share": 1.0,
        "end_mark_share": 1.0,
        "duplicate_line_share": 0.0,
        "removed_share": 0.1,
    }


def _bronze(number: int) -> dict[str, Any]:
    return {
        "doc_id": doc_id(number),
        "source": "seeds",
        "uri": f"seeds/{number:04d}.txt",
        "record": number,
        "raw_sha256": f"{number:064x}",
        "encoding": "utf-8",
        "raw_text": TEXT,
        "ingested_at": datetime(2026, 11, 21, 6, tzinfo=UTC),
        "run_id": RUN,
    }


def _gold(number: int) -> dict[str, Any]:
    row = {**_silver(number), "config_hash": "5d41402abc4b2a76", "ingest_date": "2026-11-21"}
    return {name: row.get(name) for name in GOLD.names}


def _duplicates(number: int) -> dict[str, Any]:
    return {
        "doc_id": doc_id(number),
        "kept_id": doc_id(number + 10_000_000),
        "similarity": 0.9,
        "method": "near",
        "dropped": True,
        "run_id": RUN,
    }


def _figures(number: int) -> dict[str, Any]:
    return {
        "source": "seeds",
        "metric": "rejected_share",
        "key": f"reason {number}",
        "value": 0.2,
        "total": 100,
        "expected": 0.21,
        "low": 0.1,
        "high": 0.3,
        "runs": 30,
        "deviation": 0.1,
        "verdict": "ok",
        "sample_ids": [],
        "run_id": RUN,
    }


GOOD: dict[str, Callable[[int], dict[str, Any]]] = {
    "bronze": _bronze,
    "silver": _silver,
    "gold": _gold,
    "duplicates": _duplicates,
    "figures": _figures,
}
TABLES_CHECKED: dict[str, Table] = {t.name: t for t in (BRONZE, SILVER, GOLD, DUPLICATES, FIGURES)}
SUITE_FILES = {name: f"{name}.json" for name in TABLES_CHECKED} | {"figures": "run.json"}


def good(table: str, count: int = 1, start: int = 1, **changes: Any) -> list[dict[str, Any]]:
    """Rows that nothing is wrong with, but for the changes."""
    return [{**GOOD[table](number), **changes} for number in range(start, start + count)]


def batch(table: str, rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return TABLES_CHECKED[table].batch(rows)


def expectation(type_: str, on_fail: str = "fail", severity: str | None = None, /, **kwargs: Any) -> dict[str, Any]:
    fitting = {"fail": "critical", "quarantine": "warning", "warn": "warning"}
    return {
        "type": type_,
        "kwargs": kwargs,
        "severity": severity or fitting.get(on_fail, "critical"),
        "meta": {"on_fail": on_fail, "why": "A test asks for it."},
        "description": "",
    }


def run(suite: Suite, rows: list[dict[str, Any]] | pa.RecordBatch, **options: Any) -> GateResult:
    """Hold rows against a suite."""
    found = batch(suite.name, rows) if isinstance(rows, list) else rows
    return check(suite.table, [found], suite, ValidateConfig(), run_id=RUN, **options)


def answers(result: GateResult) -> dict[str, dict[str, Any]]:
    """Validation rows by expectation and column."""
    return {f"{row['expectation']}({row['column'] or ''})": row for row in result.validation.to_pylist()}
