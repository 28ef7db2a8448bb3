"""Writes docs/tables.md from the codes and schemas in plugins/saaf: tables.py, reasons.py and figures.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from saaf.figures import Metric, Verdict
from saaf.reasons import Reason
from saaf.tables import REMOVED_SPAN, TABLES, TABLES_VERSION, Column, Table

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "tables.md"

HEAD = f"""# Tables

<!-- Written by `make docs` from tables.py, reasons.py and figures.py in plugins/saaf: change those, not this page. -->

Every table is Parquet under the lake's root, `TABLE/ingest_date=YYYY-MM-DD/*.parquet`, compressed with zstd; the index
alone lies in `meta/index/`. Most people read [gold](#gold) and nothing else. The descriptions below are in the files too,
as metadata of each field. Version of the tables: {TABLES_VERSION}.

A column holds no nulls unless its row says what a null means.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *contents(), *(section(table) for table in TABLES.values()), reasons(), figures()])


def contents() -> Iterator[str]:
    """What a row of each table is, with a link to its columns."""
    yield "| table | a row is | sorted by |"
    yield "|---|---|---|"
    for table in TABLES.values():
        yield f"| [`{table.name}`](#{table.name}) | {table.row} | {code_list(table.sort_by)} |"
    yield ""


def section(table: Table) -> str:
    """A table's heading and its columns."""
    lines = [
        f"## {table.name}\n",
        f"A row is {table.row}.\n",
        "| column | type | meaning | unit or form | null means | example |",
        "|---|---|---|---|---|---|",
        *(row(column) for column in table.columns),
        "",
    ]
    return "\n".join(lines)


def row(column: Column) -> str:
    """A column as a row of its table's section."""
    cells = [
        f"`{column.name}`",
        type_name(column.type),
        escaped(column.meaning),
        escaped(column.unit),
        escaped(column.null or "no nulls"),
        f"`{column.example}`".replace("|", "\\|"),
    ]
    return f"| {' | '.join(cells)} |"


def type_name(kind: pa.DataType) -> str:
    """An Arrow type as people say it."""
    if kind == pa.list_(pa.field("element", REMOVED_SPAN, nullable=False)):
        return "list of (start, end, rule, kind)"
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}"
    if pa.types.is_timestamp(kind):
        return f"timestamp, {kind.tz}"
    return {"double": "float64", "date32[day]": "date"}.get(str(kind), str(kind))


def reasons() -> str:
    """The codes that `rejected.reason` and `ledger.error` hold."""
    lines = [
        "## Reasons\n",
        "The codes in `rejected.reason` and `ledger.error`. A code is never renamed or used again.\n",
        "| code | meaning |",
        "|---|---|",
        *(f"| `{reason}` | {escaped(reason.sentence)} |" for reason in Reason),
        "",
    ]
    return "\n".join(lines)


def figures() -> str:
    """The codes that `figures.metric` and `figures.verdict` hold."""
    lines = [
        "## Metrics and verdicts\n",
        "The codes in `figures.metric`. A code is never renamed or used again.\n",
        "| code | what is measured |",
        "|---|---|",
        *(f"| `{metric}` | {escaped(metric.sentence)} |" for metric in Metric),
        "",
        "The codes in `figures.verdict`.\n",
        "| code | meaning |",
        "|---|---|",
        *(f"| `{verdict}` | {escaped(verdict.sentence)} |" for verdict in Verdict),
        "",
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text that cannot end a cell of a Markdown table."""
    return text.replace("|", "\\|")


def code_list(names: tuple[str, ...]) -> str:
    """Names in code style, with commas."""
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    TARGET.write_text(page(), "utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}")
