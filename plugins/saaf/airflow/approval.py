"""A person's approval, asked for among Airflow's Required Actions.

A task that finds something to ask about returns a :class:`Question`; the operator that
:func:`approval` makes shows it, waits, and takes the configured default when nobody answers in
time. What a person sees there is figures, names and ids: never the text of an article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from saaf.config import ApprovalConfig

if TYPE_CHECKING:
    from airflow.providers.standard.operators.hitl import ApprovalOperator

ROWS_SHOWN = 20
IDS_SHOWN = 10
_NAME_CHARACTERS = 80
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>&~$^:@\"'-])")


class Question(TypedDict):
    """What a person is asked, as a task returns it. Both are plain or escaped: see :func:`body`."""

    subject: str
    body: str


@dataclass(frozen=True)
class Answer:
    """What a person, or the time-out, answered.

    Attributes:
        approved: Whether the run may go on.
        by: Who answered; "nobody in time" where the default was taken.
        at: When.
        reason: Why, as far as was said.
    """

    approved: bool
    by: str
    at: datetime
    reason: str


def body(
    why: str,
    rows: Sequence[Mapping[str, str]],
    *,
    doc_ids: Iterable[str] = (),
    approving: str,
    rejecting: str,
) -> str:
    """The question in Markdown: a reason, a table of figures, ids to look at, and what each answer does.

    Names of sites and rules may come from scraped data, so whatever stands in the table is escaped
    and cut; the sentences are the caller's own.

    Args:
        why: What is asked, one sentence.
        rows: The figures: one mapping a row, all with the same keys, which head the columns. At
            most ``ROWS_SHOWN`` are shown.
        doc_ids: Documents that the figures are about; at most ``IDS_SHOWN`` are shown.
        approving: What `Approve` does.
        rejecting: What `Reject` does.
    """
    parts = [why]
    if rows:
        heads = list(rows[0])
        lines = [heads, ["---"] * len(heads), *([escaped(row[head]) for head in heads] for row in rows[:ROWS_SHOWN])]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
        if len(rows) > ROWS_SHOWN:
            parts.append(f"And {len(rows) - ROWS_SHOWN} more: see the table `figures` or the report.")
    if ids := [f"`{doc_id}`" for doc_id in doc_ids if doc_id.isalnum()][:IDS_SHOWN]:
        parts.append(f"Documents to look at: {', '.join(ids)}")
    parts.append(f"**Approve**: {approving}\n\n**Reject**: {rejecting}")
    return "\n\n".join(parts)


def escaped(value: str) -> str:
    """A value as Markdown that shows it and does nothing else: one line, cut where it is long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if len(line) > _NAME_CHARACTERS:
        line = line[: _NAME_CHARACTERS - 1] + "…"
    return _SPECIAL.sub(r"\\\1", line)


def approval(
    task_id: str,
    *,
    asked_by: str,
    key: str = "return_value",
    config: ApprovalConfig,
    on_reject: Literal["fail", "skip"] = "fail",
    notifiers: Sequence[Any] = (),
    **operator: Any,
) -> ApprovalOperator:
    """An operator that shows another task's :class:`Question` and waits for the answer.

    It holds no worker while it waits. It is not retried: a rejection is an answer.

    Args:
        task_id: Its name.
        asked_by: The task that has pushed the Question to XCom.
        key: The XCom's key; without one, the task returns the Question.
        config: How long it waits, what no answer means, and who may answer.
        on_reject: Whether a rejection fails this task, and with it the run, or skips what follows.
        notifiers: Airflow notifiers that say that somebody is asked.
        operator: Further arguments of the operator.
    """
    from airflow.providers.standard.operators.hitl import ApprovalOperator
    from airflow.sdk import Param

    question = f"ti.xcom_pull(task_ids='{asked_by}', key='{key}')"
    return ApprovalOperator(
        task_id=task_id,
        subject=f"{{{{ {question}['subject'] }}}}",
        body=f"{{{{ {question}['body'] }}}}",
        response_timeout=timedelta(hours=config.timeout_hours),
        defaults={"approve": ApprovalOperator.APPROVE, "reject": ApprovalOperator.REJECT}[config.on_timeout],
        assigned_users=[{"id": name, "name": name} for name in config.approvers] or None,
        fail_on_reject=on_reject == "fail",
        notifiers=list(notifiers),
        params={"reason": Param(None, type=["null", "string"], description="Why, for the record; may stay empty.")},
        retries=0,
        **operator,
    )


def answer(given: Mapping[str, Any] | None) -> Answer | None:
    """The answer in an approval task's return value; None where the task did not run.

    Args:
        given: What ``ti.xcom_pull(task_ids=...)`` gives for the approval task.
    """
    if not given:
        return None
    user = given.get("responded_by_user") or {}
    return Answer(
        approved=given["chosen_options"] == ["Approve"],
        by=user.get("name") or user.get("id") or "nobody in time",
        at=datetime.fromisoformat(str(given["responded_at"])),
        reason=str((given.get("params_input") or {}).get("reason") or ""),
    )
