"""The order of documents: by id, and by the keep policy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from saaf.deduplicate.corpus import _order, _order_of_ids
from saaf.errors import DataRefused

RANDOM = np.random.default_rng(5)
MOST = np.iinfo(np.int64).max


@pytest.mark.parametrize(
    "ids",
    [
        [f"news-of-the-day-{n}" for n in RANDOM.permutation(300)],
        [f"{n:032x}" for n in RANDOM.integers(0, MOST, 300)],
        ["", "a", "a\0", "a\0b", "ab", "abcdefgh", "abcdefg", "abcdefgh\0", "abcdefghi", "خبر", "خبریں"],
        ["one"],
        [],
    ],
)
def test_ids_are_put_in_the_order_of_their_bytes(ids: list[str]) -> None:
    """Whether their first bytes tell them apart or not."""
    by_id = _order_of_ids(pa.array(ids, pa.large_string()))
    assert [ids[place] for place in by_id] == sorted(ids, key=str.encode)


def test_ids_of_a_slice_are_its_own() -> None:
    """An array may begin within its buffers."""
    by_id = _order_of_ids(pa.array(["z", "y", "c", "b"], pa.large_string()).slice(2))
    assert by_id.tolist() == [1, 0]


@pytest.mark.parametrize("ids", [["b", "a", "b"], ["a much longer id"] * 2, ["", "a", ""]])
def test_an_id_that_occurs_twice_is_refused(ids: list[str]) -> None:
    """Short and long ones."""
    with pytest.raises(DataRefused, match="occurs twice"):
        _order_of_ids(pa.array(ids, pa.large_string()))


@pytest.mark.parametrize("ranges", [[(0, 3), (-5, 5)], [(0, 2), (-MOST, MOST), (-7, 0)], [(-MOST, MOST)] * 3, [(4, 5)]])
def test_documents_are_ordered_key_after_key(ranges: list[tuple[int, int]]) -> None:
    """Also where the keys are too large to be put together in one number."""
    keys = [RANDOM.choice(RANDOM.integers(low, high, 40), 200) for low, high in ranges]
    keys[-1][::3] = MOST
    by_id = RANDOM.permutation(200)
    place_by_id = np.argsort(by_id)
    expected = sorted(range(200), key=lambda place: (*(key[place] for key in keys), place_by_id[place]))
    assert _order(keys, by_id).tolist() == expected
