from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.validate.uniqueness import Repeats

VALUES = st.lists(st.one_of(st.none(), st.sampled_from("abcdef"), st.text(max_size=2)), max_size=60)


def parts_of(values: list[object], size: int) -> list[list[object]]:
    return [values[i : i + size] for i in range(0, len(values), size)]


@settings(max_examples=150, deadline=None)
@given(values=VALUES, size=st.integers(1, 20))
def test_counts_what_a_counter_counts_however_the_rows_are_cut(values: list[str | None], size: int) -> None:
    repeats = Repeats()
    later = []
    for number, part in enumerate(parts_of(values, size)):
        later += [number * size + int(row) for row in repeats.add([pa.array(part, pa.string())])]

    counts = Counter(value for value in values if value is not None)
    assert repeats.rows == sum(count for count in counts.values() if count > 1)
    assert repeats.considered == sum(counts.values())
    seen: set[str] = set()
    expected = []
    for row, value in enumerate(values):
        if value is not None and value in seen:
            expected.append(row)
        seen.add(value or "")
    expected = [row for row in expected if values[row] is not None]
    assert sorted(later) == [row for row in expected if values[row] != "" or "" in values[:row]]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([1, 2, None])), max_size=30))
def test_columns_count_together(rows: list[tuple[str | None, int | None]]) -> None:
    repeats = Repeats()
    if rows:
        first, second = zip(*rows, strict=True)
        repeats.add([pa.array(first, pa.string()), pa.array(second, pa.int64())])
    counts = Counter(row for row in rows if row != (None, None))
    assert repeats.rows == sum(count for count in counts.values() if count > 1)


def test_values_that_look_alike_in_two_columns_are_not_the_same() -> None:
    repeats = Repeats()
    repeats.add([pa.array(["a', 'b", "a"]), pa.array(["c", "b', 'c"])])
    assert repeats.rows == 0


def test_remembers_sixteen_bytes_a_value() -> None:
    repeats = Repeats()
    repeats.add([pa.array([f"{i:032x}" for i in range(5000)])])
    assert repeats._seen.nbytes == 16 * 5000


def test_numbers_are_told_apart_as_pandas_does() -> None:
    repeats = Repeats()
    repeats.add([pa.array([0.0, -0.0, float("nan"), float("nan"), None, 1.0])])
    assert (repeats.rows, repeats.considered) == (2, 3)
