"""What a rebuild would change, told exactly: against plain counting over made-up tables."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.config import ReportConfig
from saaf.publish.diff import Side, compare
from saaf.tables import Table

State = dict[str, dict[str, list[dict[str, Any]]]]
"""Rows by table and day."""

CONFIG = ReportConfig(samples=2, sample_characters=20)
SPANS = pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64()), ("rule", pa.string()), ("kind", pa.string())]))
TYPES = {"removed": SPANS}


def side(state: State, files: int = 1) -> Side:
    """A side whose tables lie in so many files a day."""

    def read(table: Table, day: str, columns: Sequence[str]) -> Iterator[Iterator[pa.RecordBatch]]:
        rows = sorted(state.get(table.name, {}).get(day, []), key=lambda row: str(row.get("doc_id")))
        for number in range(files):
            part = rows[number::files]
            arrays = [pa.array([row[name] for row in part], TYPES.get(name, pa.string())) for name in columns]
            yield iter([pa.RecordBatch.from_arrays(arrays, names=list(columns))])

    return Side(read)


def gold(*documents: tuple[str, str], site: str | None = "a.org") -> list[dict[str, Any]]:
    return [{"doc_id": doc_id, "text": text, "site": site} for doc_id, text in documents]


def spans(*found: tuple[str, int]) -> dict[str, Any]:
    return {"removed": [{"start": 0, "end": length, "rule": rule, "kind": "promo"} for rule, length in found]}


def test_gained_lost_changed_and_why() -> None:
    old: State = {
        "gold": {"d1": gold(("a", "x\ny"), ("b", "x"), ("c", "long text that is cut somewhere"))},
        "rejected": {"d1": [{"doc_id": "e", "reason": "near_duplicate"}]},
        "silver": {"d1": [spans(("r1", 5), ("r1", 2), ("r2", 1)), spans()]},
    }
    new: State = {
        "gold": {"d1": gold(("a", "x\nz\nz"), ("b", "x"), ("e", "back"))},
        "rejected": {"d1": [{"doc_id": "c", "reason": "language"}]},
        "silver": {"d1": [spans(("r1", 9), ("r2", 1), ("r3", 4))]},
    }
    found = compare(side(old), side(new), ["d1"], CONFIG)
    counts = found.counts.model_dump()
    assert counts == {
        "before": 3,
        "now": 3,
        "same": 1,
        "changed": 1,
        "gained": 1,
        "lost": 1,
        "lines_gained": 2,
        "lines_lost": 1,
    }
    assert [(r.reason, r.gained, r.lost) for r in found.reasons] == [("language", 0, 1), ("near_duplicate", 1, 0)]
    assert [(r.rule, r.spans_before, r.spans_now, r.characters_before, r.characters_now) for r in found.rules] == [
        ("r3", 0, 1, 0, 4),
        ("r1", 2, 1, 7, 9),
    ]
    (site,) = found.sites
    assert (site.site, site.gained, site.lost, site.changed) == ("a.org", 1, 1, 1)
    by_kind = {sample.kind: sample for sample in found.samples}
    assert by_kind["lost"].text == "long text that is c…"
    assert (by_kind["changed"].lines_gained, by_kind["changed"].lines_lost) == (("z",), ("y",))
    assert not found.nothing


documents = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["x", "x\ny", "z"]), max_size=8)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(documents, documents), max_size=3), st.integers(1, 3), st.integers(1, 3))
def test_counts_are_those_of_plain_sets(days: Any, old_files: int, new_files: int) -> None:
    names = [f"d{n}" for n in range(len(days))]
    old: State = {"gold": {n: gold(*before.items()) for n, (before, _) in zip(names, days, strict=True)}}
    new: State = {"gold": {n: gold(*now.items(), site=None) for n, (_, now) in zip(names, days, strict=True)}}
    counts = compare(side(old, old_files), side(new, new_files), names, CONFIG).counts
    assert counts.gained == sum(len(now.keys() - before.keys()) for before, now in days)
    assert counts.lost == sum(len(before.keys() - now.keys()) for before, now in days)
    both = [(before[i], now[i]) for before, now in days for i in before.keys() & now.keys()]
    assert counts.changed == sum(before != now for before, now in both)
    assert counts.same == sum(before == now for before, now in both)


def test_samples_are_few_and_the_same_each_time() -> None:
    dice = random.Random(1)
    many = [(f"{dice.getrandbits(64):016x}", "text") for _ in range(200)]
    found = compare(side({}), side({"gold": {"d": gold(*many)}}), ["d"], CONFIG)
    dice.shuffle(many)
    again = compare(side({}), side({"gold": {"d": gold(*many)}}, files=3), ["d"], CONFIG)
    assert len(found.samples) == 2
    assert found == again
