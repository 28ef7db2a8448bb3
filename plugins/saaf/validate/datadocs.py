"""Great Expectations' own Data Docs of a run, for those who know their way in them; made on request only.

Data Docs write whatever stands in a result into their pages as it is: a row with a script in it would be a page
with a script in it. So they are not given results of Great Expectations, but what the table `validation` holds,
counts and no values, and every string of a suite is escaped on its way.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from saaf.validate.findings import ROWS_PRESENT, SCHEMA_HOLDS
from saaf.validate.runner import library
from saaf.validate.suite import Expectation, Suite

_NO_NAME = re.compile(r"[^A-Za-z0-9_.+-]+")
_SITE = {
    "class_name": "SiteBuilder",
    "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    "show_how_to_buttons": False,
}


def write_data_docs(
    validation: pa.RecordBatch, suites: Iterable[Suite], folder: Path, *, run_id: str, at: datetime
) -> Path:
    """Write Data Docs of what the gates of a run found.

    Args:
        validation: VALIDATION rows of the run.
        suites: The suites that they are of.
        folder: Where the pages go; what an earlier call wrote there stays, so that runs can be compared.
        run_id: The run.
        at: When it began.

    Returns:
        The first page. It loads styles and scripts of other hosts; without them it shows the same, plainly.
    """
    gx = library()
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    context = gx.get_context(mode="ephemeral")
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.absolute())}
    context.add_data_docs_site("saaf", {**_SITE, "store_backend": store})
    for name in context.get_site_names():
        if name != "saaf":
            context.delete_data_docs_site(name)
    rows = validation.to_pylist()
    run = RunIdentifier(run_name=_NO_NAME.sub("-", run_id), run_time=at.astimezone(UTC))
    for suite in suites:
        found = [row for row in rows if row["table"] == suite.table.name]
        if not found:
            continue
        built = gx.ExpectationSuite(name=suite.name, expectations=[_configured(e) for e in suite.expectations])
        context.suites.add(built)
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(suite.name), run, f"table-{suite.table.name}")
        context.validation_results_store.set(key, _result(suite, found, run))
    context.build_data_docs(site_names=["saaf"])
    return folder / "index.html"


def _configured(expectation: Expectation) -> dict[str, Any]:
    return {
        "type": expectation.type,
        "kwargs": _escaped(expectation.kwargs),
        "severity": expectation.severity,
        "meta": {"on_fail": expectation.on_fail},
        "notes": html.escape(expectation.why),
        "description": html.escape(expectation.description) or None,
    }


def _result(suite: Suite, rows: list[dict[str, Any]], run: Any) -> Any:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    by_name = {(row["expectation"], row["column"], row["bound"]): row for row in rows}
    results = []
    for expectation in suite.expectations:
        row = by_name.get((expectation.type, ", ".join(expectation.columns) or None, expectation.bound))
        if row is not None:
            asked = ExpectationConfiguration(**{k: v for k, v in _configured(expectation).items() if k != "id"})
            results.append(
                ExpectationValidationResult(success=row["success"], expectation_config=asked, result=_counts(row))
            )
    own = [row for row in rows if row["expectation"] in (ROWS_PRESENT, SCHEMA_HOLDS)]
    held = sum(bool(result.success) for result in results)
    return ExpectationSuiteValidationResult(
        success=held == len(results) and all(row["success"] for row in own),
        results=results,
        suite_name=suite.name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": held,
            "unsuccessful_expectations": len(results) - held,
            "success_percent": 100 * held / len(results) if results else None,
        },
        meta={"run_id": run, "validation_time": run.run_time.isoformat()},
    )


def _counts(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["unexpected"] is None:
        return {"observed_value": html.escape(row["observed"] or "")}
    share = 100 * row["unexpected"] / row["rows"] if row["rows"] else 0.0
    return {"element_count": row["rows"], "unexpected_count": row["unexpected"], "unexpected_percent": share}


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, Mapping):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return value
