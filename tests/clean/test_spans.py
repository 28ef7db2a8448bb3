"""Spans: joined, checked, taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saaf.clean.spans import Span, check, merge, remainder


def span(start, end, rule="r"):
    return Span(start, end, rule, "nav")


SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 8), st.sampled_from("abc")).map(
        lambda t: span(t[0], t[0] + t[1], t[2])
    )
)


@given(SPANS)
def test_merging_covers_the_same_characters_once(spans):
    merged = merge(spans)
    covered = [place for s in merged for place in range(s.start, s.end)]
    assert len(covered) == len(set(covered))
    assert set(covered) == {place for s in spans for place in range(s.start, s.end)}
    check(merged, 40)


@given(SPANS)
def test_merging_does_not_depend_on_the_order(spans):
    assert merge(spans) == merge(reversed(spans))
    assert merge(merge(spans)) == merge(spans)


def test_the_first_to_start_keeps_its_characters():
    assert merge([span(2, 6, "late"), span(0, 4, "early")]) == (span(0, 4, "early"), span(4, 6, "late"))
    assert merge([span(0, 2, "short"), span(0, 5, "long")]) == (span(0, 5, "long"),)


@pytest.mark.parametrize(
    "spans", [[span(0, 3), span(2, 4)], [span(2, 4), span(0, 1)], [span(1, 1)], [span(3, 6)], [span(-1, 2)]]
)
def test_spans_that_are_out_of_place(spans):
    with pytest.raises(ValueError, match="out of place"):
        check(spans, 5)


def test_remainder():
    assert remainder("abcdef", [span(0, 1), span(3, 5)]) == "bcf"
    assert remainder("abc", []) == "abc"
