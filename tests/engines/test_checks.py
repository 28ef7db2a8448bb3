"""The accounts that every run keeps of itself: each way of being wrong is found and named."""

from __future__ import annotations

import pyarrow as pa
import pytest

from saaf.engines.checks import check_no_character_lost, check_no_document_lost
from saaf.errors import InvariantBroken


def ids(*names: str) -> pa.Array:
    return pa.array(names, pa.string())


def test_accounts_that_add_up_in_any_order():
    check_no_document_lost(ids("b", "a", "c"), ids("c", "a"), ids("b"))
    check_no_document_lost(ids(), ids(), ids())


@pytest.mark.parametrize(
    ("gold", "rejected", "named", "said"),
    [
        (["a"], ["b"], "c", "1 lost"),
        (["a", "b"], ["b", "c"], "b", "1 accounted for twice"),
        (["a", "b", "c"], ["x"], "x", "1 from nowhere"),
        (["a", "b"], ["b"], "c", "1 lost"),
    ],
)
def test_a_document_lost_doubled_or_from_nowhere(gold, rejected, named, said):
    with pytest.raises(InvariantBroken) as caught:
        check_no_document_lost(ids("a", "b", "c"), ids(*gold), ids(*rejected))
    assert said in str(caught.value)
    assert named in str(caught.value.where)


def batches(raw: str, text: str, removed: list[tuple[int, int]]) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    spans = [{"start": start, "end": end, "rule": "r", "kind": "date"} for start, end in removed]
    bronze = pa.RecordBatch.from_pylist([{"doc_id": "d", "raw_text": raw}])
    silver = pa.RecordBatch.from_pylist([{"doc_id": "d", "text": text, "language": "ur", "removed": spans}])
    return bronze, silver


def test_what_remains_is_the_text():
    check_no_character_lost(*batches("تاریخ\nخبر کا متن", "خبر کا متن", [(0, 5)]))
    check_no_character_lost(*batches("خبر", "خبر", []))


@pytest.mark.parametrize(
    ("text", "removed"),
    [
        ("خبر کا", [(0, 5)]),
        ("خبر کا متن", []),
        ("خبر کا متن", [(0, 5), (3, 6)]),
        ("خبر کا متن", [(0, 50)]),
        ("خبر کا متن", [(5, 5)]),
    ],
)
def test_a_character_lost_or_a_span_out_of_place(text, removed):
    with pytest.raises(InvariantBroken) as caught:
        check_no_character_lost(*batches("تاریخ\nخبر کا متن", text, removed))
    assert "doc_id d" in str(caught.value)
