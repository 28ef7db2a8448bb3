"""Why one document is as it is, put together from the tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saaf.report.explain import Explanation, explain


def explanation(run, identity: str) -> Explanation | None:
    tables = run.tables()
    return explain(identity, **{n: list(tables[n]) for n in ("bronze", "silver", "rejected", "duplicates", "gold")})


def identity_of(run, name: str) -> str:
    rows = (*run.rows["silver"], *run.rows["rejected"])
    return next(row["doc_id"] for row in rows if row["uri"] == f"seeds/{name}")


@pytest.mark.parametrize(
    ("name", "fate"),
    [
        ("garden.txt", "gold"),
        ("garden-again.txt", "near_duplicate"),
        ("menu.txt", "boilerplate_only"),
        ("odd.txt", "quarantined"),
        ("broken.jsonl", "malformed_record"),
    ],
)
def test_the_fate_of_each(day, name, fate):
    it = explanation(day, identity_of(day, name))
    assert it.fate == fate
    assert it.uri == f"seeds/{name}"
    assert it.fate_sentence.endswith(".")


def test_a_document_that_no_table_knows(day):
    assert explanation(day, "0" * 32) is None


def test_a_copy_knows_what_it_copies(day):
    it = explanation(day, identity_of(day, "garden-again.txt"))
    assert it.kept_id == identity_of(day, "garden.txt")
    assert [(c.kept_id, c.method) for c in it.copies] == [(it.kept_id, "near")]
    assert it.similarity == 0.91


def test_a_document_in_gold_knows_its_configuration(day):
    it = explanation(day, identity_of(day, "garden.txt"))
    assert (it.config_hash, it.ingest_date, it.reason if hasattr(it, "reason") else None) == (
        "5d41402abc4b2a76",
        "2026-11-21",
        None,
    )
    assert it.stage is None


def test_a_lost_document_is_called_so(day):
    identity = identity_of(day, "garden.txt")
    day.rows["gold"].clear()
    assert explanation(day, identity).fate == "unaccounted"


@given(st.text(max_size=60), st.lists(st.integers(0, 60), unique=True, max_size=8))
def test_segments_put_together_are_the_raw_text(raw, cuts):
    bounds = sorted(c for c in cuts if c <= len(raw))
    spans = [
        {"start": start, "end": end, "rule": "r", "kind": "k"}
        for start, end in zip(bounds[::2], bounds[1::2], strict=False)
    ]
    it = Explanation(
        doc_id="d",
        source="s",
        uri="u",
        record=0,
        fate="gold",
        fate_sentence="",
        run_id="r",
        raw_text=raw,
        removed=spans,
    )
    pieces = list(it.segments())
    assert "".join(text for text, _ in pieces) == raw
    assert [(text, span.start) for text, span in pieces if span] == [
        (raw[s["start"] : s["end"]], s["start"]) for s in spans
    ]
    assert all(text for text, _ in pieces)
