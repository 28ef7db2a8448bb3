"""What a person is asked: figures and ids as they are, anything else disarmed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.airflow.approval import IDS_SHOWN, ROWS_SHOWN, answer, approval, body, escaped
from saaf.config import ApprovalConfig

pytestmark = pytest.mark.airflow

SENTENCES = {"approving": "publishes the run.", "rejecting": "fails the run."}


def test_the_operator_waits_as_long_as_configured_and_then_rejects():
    operator = approval("approve", asked_by="review", config=ApprovalConfig(timeout_hours=2))
    assert operator.response_timeout.total_seconds() == 7200
    assert operator.defaults == ["Reject"]
    assert operator.retries == 0
    assert operator.fail_on_reject
    assert operator.assigned_users is None


def test_the_configuration_says_who_may_answer_and_what_silence_means():
    config = ApprovalConfig(on_timeout="approve", approvers=("rahat",))
    operator = approval("approve", asked_by="review", config=config, on_reject="skip")
    assert operator.defaults == ["Approve"]
    assert not operator.fail_on_reject
    assert operator.assigned_users == [{"id": "rahat", "name": "rahat"}]


def test_the_body_shows_figures_and_ids_and_says_when_there_is_more():
    rows = [{"figure": f"f{number}", "value": "0.5"} for number in range(ROWS_SHOWN + 3)]
    ids = [f"{number:032x}" for number in range(IDS_SHOWN + 5)]
    said = body("Why.", rows, doc_ids=ids, **SENTENCES)
    assert said.count("\n| f") == ROWS_SHOWN + 1  # and the heading
    assert "And 3 more" in said
    assert [doc_id in said for doc_id in ids] == [True] * IDS_SHOWN + [False] * 5
    assert "**Approve**: publishes the run." in said


def test_an_id_that_is_none_is_not_shown():
    assert "script" not in body("Why.", [], doc_ids=["<script>", "`x`"], **SENTENCES)


@settings(deadline=None)
@given(st.text())
def test_no_value_can_be_markup_or_break_the_table(value):
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": True}).parseInline(escaped(value))[0].children or []
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert "\n" not in escaped(value)


def test_an_answer_says_who_gave_it():
    given_ = {
        "chosen_options": ["Approve"],
        "responded_at": "2026-11-21T06:00:00+00:00",
        "responded_by_user": {"id": "7", "name": "rahat"},
    }
    assert answer(given_).by == "rahat"
    assert answer(given_).approved
    nobody = answer(given_ | {"chosen_options": ["Reject"], "responded_by_user": None})
    assert (nobody.by, nobody.approved) == ("nobody in time", False)
    assert answer(None) is None
