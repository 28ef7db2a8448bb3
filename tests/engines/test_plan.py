"""How a run's input is cut into shards."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from saaf.config import IngestConfig
from saaf.engines.plan import Shard, cut_into_shards
from saaf.ingest import InputObject


def objects(sizes: list[int]) -> list[InputObject]:
    return [InputObject(f"s/{n:05d}.txt", "s", f"/in/{n:05d}.txt", size, None) for n, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 5000), max_size=60), st.integers(1024, 4096), st.integers(1, 20))
def test_every_object_has_one_place_in_order(sizes, shard_bytes, max_shards):
    items = objects(sizes)
    shards, left = cut_into_shards(items, IngestConfig(shard_bytes=shard_bytes, max_shards=max_shards))
    placed = [item for shard in shards for item in shard]
    assert placed == items[: len(items) - left]
    assert len(shards) <= max_shards
    assert all(shards)
    for shard in shards:
        assert len(shard) == 1 or sum(item.size for item in shard) <= shard_bytes


def test_a_shard_survives_being_written_down():
    modified = datetime(2026, 11, 21, 6, 0, 0, 123456, tzinfo=UTC)
    items = [InputObject("s/خبر 1.txt", "s", "/in/خبر 1.txt", 7, modified)]
    stored = Shard.of("s", items).model_dump_json()
    assert Shard.model_validate_json(stored).inputs() == items
