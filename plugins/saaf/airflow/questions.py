"""What the DAGs ask a person: about figures of a run that are far from what is usual or allowed, and about rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from saaf.airflow.approval import IDS_SHOWN, Question, body
from saaf.figures import Metric

if TYPE_CHECKING:
    from saaf.engines.learning import RulesProposed


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


def about_rules(proposed: RulesProposed) -> Question:
    """The question about rules that were learned.

    Args:
        proposed: The proposal.
    """
    rows = [
        {"site": site.site or "(no site)", "lines": f"{site.lines:,}", "share of its text": f"{site.share:.1%}"}
        for site in proposed.sites
    ]
    left = f" {proposed.cut:,} lines more had no room." if proposed.cut else ""
    return Question(
        subject=f"Adopt {proposed.rules:,} learned rules for {len(proposed.sites):,} sites?",
        body=body(
            f"{proposed.articles:,} distinct articles on {proposed.pages:,} pages were read; {proposed.lines:,} lines recur "
            f"and belong to none of them.{left} Read them in `{proposed.file}`, and delete what belongs to articles.",
            rows,
            doc_ids=proposed.samples,
            approving="the file as it stands then becomes a pack that every run uses.",
            rejecting="nothing changes; the proposal stays where it is.",
        ),
    )


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "figure": row["metric"],
        "key": row["key"] or "",
        "value": _number(row["value"]),
        "usual or allowed": _usual(row),
        "earlier runs": str(row["runs"]),
        "taken over": f"{row['total']:,}",
    }


def _usual(row: Mapping[str, Any]) -> str:
    if row["high"] is None:
        return "less, as the suite says"
    return f"{'at most' if row['expected'] is None else _number(row['low']) + ' to'} {_number(row['high'])}"


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
