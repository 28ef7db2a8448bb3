"""What maintenance merges and lets go of; and that the index is, after whatever happened, what gold says."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from generated import article
from saaf.config import PublishConfig
from saaf.engines.documents import StagedDocuments
from saaf.engines.maintain import Maintenance, index_of_gold
from saaf.engines.takedown import Request, TakedownEngine
from saaf.errors import IndexMismatch, LakeError
from saaf.lake import Change, Exposure, Lake, Operation
from saaf.publish import gold_batches
from saaf.tables import GOLD, INDEX, SILVER, Table

NOW = datetime.now(UTC)


def filled(table: Table, **values: Any) -> dict[str, Any]:
    """A row with something in every column that may not be null."""
    blank: dict[str, Any] = {}
    for column in table.columns:
        if column.null is None or "never" in column.null:
            number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
            blank[column.name] = 1 if number else [] if pa.types.is_list(column.type) else "x"
    return {**blank, **values}


class Small:
    """A corpus whose runs are commits of gold and index alone: as the pipeline makes them, without its gates."""

    def __init__(self, corpus: Any) -> None:
        self.config, self.lake = corpus.config, Lake.open(corpus.config.lake)
        self._dice = random.Random(5)
        self._number = 0

    def commit(self, documents: int = 3, day: str = "2026-11-21", *, generation: bool = False) -> list[str]:
        """A run with new documents; or a rebuild that puts them in the place of all others."""
        from saaf.deduplicate import NoHistory, deduplicate

        self._number += 1
        run_id = f"run-{self._number}"
        ids = [f"{self._number:02}{n:030}" for n in range(documents)]
        rows = [filled(SILVER, doc_id=i, text=article(self._dice), n_chars=9, language="ur") for i in ids]
        silver = SILVER.batch(rows)
        verdicts = deduplicate(
            StagedDocuments(lambda columns: iter([silver.select(list(columns))]), 1),
            NoHistory(),
            self.config.deduplicate,
            run_id=run_id,
        )
        staging = self.lake.staging(run_id)
        gold = gold_batches([silver], verdicts.kept, config_hash="h", ingest_date=day)
        staging.write("gold.parquet", GOLD, gold, PublishConfig())
        staging.write("index.parquet", INDEX, verdicts.index(), PublishConfig())
        settings = f"settings={self.config.deduplicate.index_settings}"
        files = [Exposure("gold.parquet", "gold", f"ingest_date={day}"), Exposure("index.parquet", "index", settings)]
        with self.lake.lock():
            operation = Operation.SWAP if generation else Operation.RUN
            change = Change(operation, files, new_generation=generation)
            self.lake.change(staging, change, run_id=run_id, base=self.lake.head, facts={})
            staging.discard()
        return ids

    def maintain(self, days: float = 0, **options: Any) -> list[str]:
        return Maintenance(self.lake, self.config, NOW + timedelta(days=days)).carry_out(**options)

    def index_rows(self) -> list[tuple[int, int, str]]:
        rows = [row for batch in self.lake.read("index") for row in batch.to_pylist()]
        return sorted((row["band"], row["key"], row["doc_id"]) for row in rows)

    def index_by_gold(self) -> list[tuple[int, int, str]]:
        rows = [row for batch in index_of_gold(self.lake, self.config) for row in batch.to_pylist()]
        return sorted((row["band"], row["key"], row["doc_id"]) for row in rows)


@pytest.fixture
def small(corpus) -> Small:
    return Small(corpus)


def test_many_files_of_the_index_become_one(small: Small) -> None:
    for _ in range(8):
        small.commit()
    before = small.index_rows()
    keys = pa.table({"band": pa.array([0], pa.int16()), "key": pa.array([before[20][1]], pa.uint64())})
    found = small.lake.lookup_index(small.config.deduplicate.index_settings, keys)
    assert small.maintain() == ["merged 8 files of the index into one"]
    (file,) = small.lake.files("index")
    assert small.index_rows() == before
    assert small.lake.lookup_index(small.config.deduplicate.index_settings, keys).equals(found)
    # a run that began before may still look something up in the old files: they go a day later
    assert len(list(file.parent.glob("*.parquet"))) == 9
    assert small.lake.holds(8)
    assert small.maintain() == []
    assert small.maintain(days=2) == ["removed 8 files that nobody reads any longer"]
    assert list(file.parent.glob("*.parquet")) == [file]
    assert small.lake.verify() == ()


def test_the_index_equals_one_made_anew_after_a_month_of_operations(small: Small) -> None:
    dice = random.Random(30)
    there: list[str] = []
    for day in range(30):
        there += small.commit(2, f"2026-11-{day % 28 + 1:02}")
        if day % 7 == 6:
            small.maintain(days=day)
        if day == 20:
            there = small.commit(5, generation=True)
        if day % 9 == 8:
            gone = dice.choice(there)
            take_down(small, gone, day)
            there.remove(gone)
    assert sorted({doc_id for _, _, doc_id in small.index_rows()}) == sorted(there)
    assert small.index_rows() == small.index_by_gold()
    assert small.lake.verify() == ()


def take_down(small: Small, doc_id: str, day: int) -> None:
    """By id, of documents that have no bronze here: what the engine does once it has found them."""
    engine = TakedownEngine(
        small.lake, small.config, Request(frozenset({doc_id}), frozenset()), "me", "test", NOW + timedelta(days=day)
    )
    engine.find()
    engine._found = {
        doc_id: {
            "doc_id": doc_id,
            "source": "s",
            "uri": "u",
            "record": 0,
            "url_sha256": None,
            "day": "ingest_date=2026-11-21",
        }
    }
    with small.lake.lock():
        staging = small.lake.staging(f"takedown-{day}")
        change = engine._change(staging, "t")
        small.lake.change(staging, change, run_id=f"takedown-{day}", base=small.lake.head, facts={})
        staging.discard()


def test_generations_are_kept_for_a_week(small: Small) -> None:
    small.commit()
    small.commit(generation=True)
    resolved = (small.lake.root / "generations" / "g0001" / "gold").resolve()
    assert small.maintain(days=6) == []
    assert len(list(resolved.rglob("*.parquet"))) == 1
    done = small.maintain(days=8)
    assert done[0] == "let go of generation 1, which ended more than 7 days ago"
    assert not resolved.parent.exists()
    assert small.lake.catalogue().generations() == [2]
    assert small.lake.verify() == ()
    assert small.maintain(days=9) == []


@pytest.mark.parametrize("damage", ["cut in half", "gone", "garbage"])
def test_a_damaged_index_names_its_file_and_is_made_anew(small: Small, damage: str) -> None:
    ids = small.commit()
    before = small.index_rows()
    (file,) = small.lake.files("index")
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[: len(whole) // 2] if damage == "cut in half" else whole[::-1])
    keys = pa.table({"band": pa.array([0], pa.int16()), "key": pa.array([1], pa.uint64())})
    fresh = Lake.open(small.lake.root)
    with pytest.raises(LakeError) as caught:
        fresh.lookup_index(small.config.deduplicate.index_settings, keys)
    assert caught.value.where == str(file)
    assert "saaf maintain --rebuild-index" in caught.value.next_step
    assert str(file) in " ".join(fresh.verify())
    (sentence, *_) = small.maintain(rebuild_index=True)
    assert sentence.startswith("made the index anew from gold")
    assert small.index_rows() == before
    assert {doc_id for _, _, doc_id in before} == set(ids)
    assert small.lake.verify() == ()


def test_an_index_with_other_settings_is_refused_until_it_is_made_anew(small: Small) -> None:
    small.commit()
    other = small.config.deduplicate.model_copy(update={"bands": 10, "rows": 4})
    keys = pa.table({"band": pa.array([0], pa.int16()), "key": pa.array([1], pa.uint64())})
    with pytest.raises(IndexMismatch) as caught:
        small.lake.lookup_index(other.index_settings, keys)
    assert "saaf maintain --rebuild-index" in caught.value.next_step
    small.config = small.config.model_copy(update={"deduplicate": other})
    small.maintain(rebuild_index=True)
    assert small.lake.lookup_index(other.index_settings, keys).num_rows == 0
    assert np.unique([band for band, _, _ in small.index_rows()]).tolist() == list(range(-1, 10))


def test_old_reports_go_where_that_is_asked_for(small: Small) -> None:
    small.lake.write_report("r", html="<p>x</p>", json="{}")
    assert small.maintain(days=360) == []
    forever = small.config.model_copy(
        update={"maintain": small.config.maintain.model_copy(update={"report_days": None})}
    )
    assert Maintenance(small.lake, forever, NOW + timedelta(days=3660)).carry_out() == []
    (sentence,) = small.maintain(days=366)
    assert "older than 365 days" in sentence
    assert small.lake.reports() == ()
