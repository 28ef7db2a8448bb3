"""What the DAGs `rebuild` and `maintain` call: the lake's rebuild, what to ask about it, and maintenance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from saaf.airflow.approval import Question, body
from saaf.airflow.runs import configuration, final_errors
from saaf.config import project_root

if TYPE_CHECKING:
    from saaf.engines import RebuildEngine
    from saaf.publish.diff import Diff


@contextmanager
def rebuild_of() -> Iterator[RebuildEngine]:
    """The engine of the lake's rebuild; errors that a retry cannot mend fail the task at once.

    Raises:
        AirflowFailException: In place of a SaafError that is not retryable.
    """
    from saaf.pipeline import rebuilder

    with final_errors():
        yield rebuilder(configuration(), root=project_root())


def question_about(found: Diff) -> Question:
    """What a person is asked before a rebuild is swapped in: counts and ids, never text."""
    counts = found.counts
    rows = [{"what": f"lost: {r.reason}", "documents": f"{r.lost:,}"} for r in found.reasons if r.lost]
    rows += [{"what": f"gained, was {r.reason}", "documents": f"{r.gained:,}"} for r in found.reasons if r.gained]
    rows += [{"what": "with another text", "documents": f"{counts.changed:,}"}]
    asked = body(
        f"Gold holds {counts.before:,} documents, and would hold {counts.now:,}.",
        rows,
        doc_ids=[sample.doc_id for sample in found.samples],
        approving="the rebuild becomes the gold that people read",
        rejecting="gold stays as it is",
    )
    return Question(subject="Publish the rebuild?", body=asked)


def maintain_lake() -> list[str]:
    """Maintain the lake that the configuration names; says what was done.

    Raises:
        AirflowFailException: In place of a SaafError that is not retryable.
    """
    from saaf.pipeline import maintain

    with final_errors():
        return maintain(configuration(), root=project_root(), now=datetime.now(UTC))
