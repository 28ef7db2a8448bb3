"""What the corpus DAG asks a person: the figures of a run that are far from what is usual or allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saaf.airflow.approval import IDS_SHOWN, Question, body
from saaf.figures import Metric


def about_figures(asks: Sequence[Mapping[str, Any]], *, source: str) -> Question:
    """The question about a run's figures.

    Args:
        asks: Rows of table ``figures`` whose verdict is `ask`, the farthest out first.
        source: The run's source.
    """
    rows = [_shown(row) for row in asks]
    meanings = sorted({Metric(row["metric"]).sentence for row in asks})
    samples = [row["sample_ids"] for row in asks]
    in_turn = [ids[n] for n in range(IDS_SHOWN) for ids in samples if n < len(ids)]
    return Question(
        subject=f"Publish a run of source {source}? {len(asks)} of its figures are far from what is usual or allowed",
        body=body(
            f"Nothing is published yet. {' '.join(meanings)}",
            rows,
            doc_ids=dict.fromkeys(in_turn),
            approving="the run is published, and your approval is written down with it.",
            rejecting="the run fails; its input is taken again by the next run.",
        ),
    )


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    usual = "at most" if row["expected"] is None else f"{_number(row['low'])} to"
    return {
        "figure": row["metric"],
        "of": row["key"] or "",
        "value": _number(row["value"]),
        "usual or allowed": f"{usual} {_number(row['high'])}",
        "earlier runs": str(row["runs"]),
        "taken over": f"{row['total']:,}",
    }


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
