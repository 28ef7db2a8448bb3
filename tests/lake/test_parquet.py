"""The same rows give the same bytes; the footer holds no articles; memory stays bounded."""

from __future__ import annotations

import datetime
import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import lake_harness as harness
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.config import PublishConfig
from saaf.errors import LakeError, StorageError
from saaf.lake import parquet
from saaf.lake.parquet import read_batches, read_documents, write_parquet
from saaf.lake.sort import row_key
from saaf.lake.storage import LocalStorage
from saaf.tables import BRONZE, GOLD, INDEX, LEDGER, SILVER, TABLES, VALIDATION, Table

STORAGE = LocalStorage()
CONFIG = PublishConfig(row_group_rows=5)


def write(
    path: Path,
    table: Table,
    batches: Sequence[pa.RecordBatch],
    *,
    sort_bytes: int = 2**27,
    already_sorted: bool = False,
) -> bytes:
    scratch = path.parent / "tmp"
    scratch.mkdir(exist_ok=True)
    write_parquet(
        STORAGE,
        path,
        table,
        batches,
        CONFIG,
        scratch=scratch,
        metadata={"saaf.config_hash": "5d41402abc4b2a76"},
        sort_bytes=sort_bytes,
        already_sorted=already_sorted,
    )
    assert not list(scratch.iterdir())
    return path.read_bytes()


# Few doc_ids, so that rows often agree in what they are sorted by.
IDS = st.sampled_from(["0a", "0b", "ff", "ف", "ی", "😀"])
TEXT = st.one_of(st.sampled_from(["", "ب" * 40, "a\x00b"]), st.text("ابپ ۔\n", max_size=8))
VALUES = {
    pa.string(): TEXT,
    pa.int64(): st.integers(-3, 3),
    pa.int16(): st.integers(-1, 3),
    pa.uint64(): st.sampled_from([0, 1, 2**63, 2**64 - 1]),
    pa.float64(): st.sampled_from([0.0, 0.5, 1.0]),
    pa.bool_(): st.booleans(),
    pa.date32(): st.sampled_from([datetime.date(2026, 2, 18), datetime.date(1947, 8, 14)]),
    pa.timestamp("us", tz="UTC"): st.sampled_from([datetime.datetime(2026, 2, 18, 1, 2, 3, 4, tzinfo=datetime.UTC)]),
}


def values(column: Any) -> st.SearchStrategy[Any]:
    kind = column.type
    if column.name == "doc_id":
        plain: st.SearchStrategy[Any] = IDS
    elif pa.types.is_dictionary(kind):
        plain = st.sampled_from(["2026-11-20", "2026-11-21"])
    elif pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
        span = st.fixed_dictionaries({"start": st.integers(0, 2), "end": st.integers(3, 4), "rule": TEXT, "kind": TEXT})
        plain = st.lists(span, max_size=2)
    elif pa.types.is_list(kind):
        plain = st.lists(TEXT, max_size=2)
    else:
        plain = VALUES[kind]
    return plain if column.null is None else st.one_of(st.none(), plain)


def rows_of(table: Table) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries({c.name: values(c) for c in table.columns}), max_size=14)


def cut(table: Table, rows: Sequence[dict[str, Any]], cuts: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """Batches that start at the cuts, as slices of one larger batch, which is how they often come."""
    whole = table.batch(rows)
    edges = sorted({0, len(rows), *(c % (len(rows) + 1) for c in cuts)})
    return (whole.slice(a, b - a) for a, b in itertools.pairwise(edges))


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_same_rows_give_the_same_bytes(
    table: Table, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    rows = data.draw(rows_of(table))
    shuffled = data.draw(st.permutations(rows))
    cuts = data.draw(st.lists(st.integers(0, 20), max_size=4))
    one = write(folder / "one", table, [table.batch(rows)])
    other = write(
        folder / "other",
        table,
        list(cut(table, shuffled, cuts)),
        sort_bytes=data.draw(st.sampled_from([1, 500, 10**9])),
    )
    assert one == other
    found = [row for batch in read_batches(STORAGE, folder / "one") for row in batch.to_pylist()]
    assert sorted(map(repr, found)) == sorted(map(repr, table.batch(rows).to_pylist()))
    keys = [tuple((row[name] is None, row[name]) for name in table.sort_by) for row in found]
    assert keys == sorted(keys)


def test_a_merge_of_many_runs_equals_a_sort_in_memory(tmp_path: Path) -> None:
    drawn = random.Random(3)
    rows = [
        harness.row(LEDGER, uri=f"{drawn.randrange(400):04}", records=n, sha256="0" * 64, modified=None)
        for n in range(3000)
    ]
    batches = [LEDGER.batch(rows[i : i + 37]) for i in range(0, 3000, 37)]
    whole = write(tmp_path / "whole", LEDGER, batches)
    assert write(tmp_path / "merged", LEDGER, batches, sort_bytes=20_000) == whole


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_the_file_says_what_it_is(table: Table, tmp_path: Path) -> None:
    write(tmp_path / "f", table, [table.batch([harness.row(table)])])
    file = pq.ParquetFile(tmp_path / "f")
    assert file.schema_arrow.remove_metadata().equals(table.schema.remove_metadata())
    for column in table.columns:
        described = file.schema_arrow.field(column.name).metadata
        assert described[b"description"].decode() == column.meaning
        assert file.schema_arrow.field(column.name).nullable == (column.null is not None)
    assert file.metadata.metadata[b"saaf.config_hash"] == b"5d41402abc4b2a76"
    assert file.metadata.metadata[b"saaf.table"] == table.name.encode()
    assert {b"saaf.tables_version", b"saaf.version"} <= file.metadata.metadata.keys()
    chunks = [file.metadata.row_group(0).column(i) for i in range(file.metadata.num_columns)]
    assert {c.compression for c in chunks} == {"ZSTD"}
    assert all(c.has_offset_index for c in chunks)
    assert [file.schema.column(s.column_index).path for s in file.metadata.row_group(0).sorting_columns] == list(
        table.sort_by
    )


def test_articles_stay_out_of_the_footer(tmp_path: Path) -> None:
    text = "اردو کی ایک لمبی خبر۔ " * 2000
    row = harness.row(
        BRONZE, doc_id="aa", raw_text=text, given_title=text, ingested_at=datetime.datetime.now(datetime.UTC)
    )
    write(tmp_path / "f", BRONZE, [BRONZE.batch([row])])
    file = pq.ParquetFile(tmp_path / "f")
    assert file.metadata.serialized_size < 10_000
    chunks = {
        c.path_in_schema: c for c in (file.metadata.row_group(0).column(i) for i in range(file.metadata.num_columns))
    }
    for name in ("raw_text", "given_title"):
        assert not chunks[name].is_stats_set
        assert not chunks[name].has_dictionary_page
    assert (chunks["doc_id"].statistics.min, chunks["doc_id"].statistics.max) == ("aa", "aa")
    assert chunks["source"].has_dictionary_page


def test_row_groups_are_bounded_in_rows_and_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [harness.row(SILVER, doc_id=f"{n:03}", text="x" * (1000 if n == 9 else 10)) for n in range(17)]
    write(tmp_path / "f", SILVER, [SILVER.batch(rows)])
    assert group_sizes(tmp_path / "f") == [5, 5, 5, 2]
    monkeypatch.setattr(parquet, "ROW_GROUP_BYTES", 600)
    write(tmp_path / "g", SILVER, [SILVER.batch(rows)])
    small = group_sizes(tmp_path / "g")
    assert max(small) < 5
    assert sum(small) == 17
    assert small == group_sizes_of_oracle(rows, 600)


def group_sizes(path: Path) -> list[int]:
    metadata = pq.read_metadata(path)
    return [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]


def group_sizes_of_oracle(rows: Sequence[dict[str, Any]], limit: int) -> list[int]:
    """Close a group with the row that reaches the limit; sizes by a plain walk over the values."""

    def size(value: Any, kind: pa.DataType) -> int:
        if pa.types.is_string(kind):
            return len((value or "").encode())
        if pa.types.is_list(kind):
            return sum(size(v, kind.value_type) for v in value)
        return 8

    sizes, group, held = [], 0, 0
    for row in rows:
        group += 1
        held += sum(size(row.get(c.name), c.type) for c in SILVER.columns)
        if held >= limit or group == 5:
            sizes.append(group)
            group = held = 0
    return [*sizes, group] if group else sizes


def test_rows_without_text_come_in_longer_groups(tmp_path: Path) -> None:
    rows = [harness.row(INDEX, band=0, key=n, doc_id="aa") for n in range(100)]
    write(tmp_path / "f", INDEX, [INDEX.batch(rows)])
    assert group_sizes(tmp_path / "f") == [80, 20]


class Watching(LocalStorage):
    """Notes how much memory Arrow holds at every operation."""

    def __init__(self) -> None:
        self.held: list[int] = []

    def create(self, path: Path) -> Any:
        self.held.append(pa.total_allocated_bytes())
        file = super().create(path)
        write = file.write
        file.write = lambda data: self.held.append(pa.total_allocated_bytes()) or write(data)  # type: ignore[method-assign]
        return file


def test_memory_is_bounded_by_the_sort_budget(tmp_path: Path) -> None:
    text, ids = "خبر " * 5000, random.Random(1).sample(range(10**6), 3000)
    batches = (
        SILVER.batch([harness.row(SILVER, doc_id=f"{n:032x}", text=text) for n in ids[i : i + 100]])
        for i in range(0, 3000, 100)
    )
    storage, before, config = Watching(), pa.total_allocated_bytes(), PublishConfig()
    write_parquet(storage, tmp_path / "f", SILVER, batches, config, scratch=tmp_path, metadata={}, sort_bytes=4 * 2**20)
    text_bytes = 3000 * len(text.encode())
    assert text_bytes > 100 * 2**20
    assert max(storage.held) - before < text_bytes // 3


def test_rows_called_sorted_are_checked(tmp_path: Path) -> None:
    rows = [harness.row(SILVER, doc_id=i) for i in "abc"]
    write(tmp_path / "f", SILVER, [SILVER.batch(rows)], already_sorted=True)
    write(tmp_path / "g", SILVER, [SILVER.batch(rows[:2]), SILVER.batch(rows[1:])], already_sorted=True)
    for batches in ([SILVER.batch(rows[::-1])], [SILVER.batch(rows[1:]), SILVER.batch(rows[:1])]):
        with pytest.raises(LakeError, match="sorted by doc_id"):
            write(tmp_path / "h", SILVER, batches, already_sorted=True)


def test_a_disk_that_forgets_is_found_out(tmp_path: Path) -> None:
    class Forgetful(LocalStorage):
        def open_read(self, path: Path) -> Any:
            content = bytearray(path.read_bytes())
            content[100] ^= 1
            path.write_bytes(content)
            return super().open_read(path)

    batch = SILVER.batch([harness.row(SILVER, doc_id="a", text="خبر " * 100)])
    with pytest.raises(StorageError, match="other bytes"):
        write_parquet(Forgetful(), tmp_path / "f", SILVER, [batch], CONFIG, scratch=tmp_path, metadata={})


# -- reading ---------------------------------------------------------------------------------------


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    rows = [harness.row(GOLD, doc_id=f"{n:04x}", ingest_date="2026-11-21", text=f"خبر {n}") for n in range(0, 200, 2)]
    write(tmp_path / "gold", GOLD, [GOLD.batch(rows)])
    return tmp_path / "gold"


@given(st.sets(st.integers(-1, 201).map(lambda n: f"{max(n, 0):04x}" if n >= 0 else ""), max_size=8))
@settings(max_examples=30, deadline=None)
def test_documents_are_found_by_id(documents_: Path, wanted: set[str]) -> None:
    found = [r for b in read_documents(STORAGE, documents_, ["text", "doc_id"], wanted) for r in b.to_pylist()]
    present = sorted(i for i in wanted if i and int(i, 16) % 2 == 0 and int(i, 16) < 200)
    assert found == [{"text": f"خبر {int(i, 16)}", "doc_id": i} for i in present]


@pytest.fixture(scope="module")
def documents_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    rows = [harness.row(GOLD, doc_id=f"{n:04x}", ingest_date="2026-11-21", text=f"خبر {n}") for n in range(0, 200, 2)]
    write(folder / "gold", GOLD, [GOLD.batch(rows)])
    return folder / "gold"


def test_documents_are_found_without_a_scan(documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    original = parquet.read_group
    monkeypatch.setattr(parquet, "read_group", lambda f, p, group, s: read.append(group) or original(f, p, group, s))
    (batch,) = read_documents(STORAGE, documents, None, {"000c", "0012"})
    assert batch.schema.equals(GOLD.schema)
    assert read == [1, 1]  # the ids of one row group, then its texts
    read.clear()
    assert list(read_documents(STORAGE, documents, None, {"zzzz"})) == []
    assert read == []


def test_a_column_that_came_later_is_null(tmp_path: Path) -> None:
    rows = [harness.row(SILVER, doc_id="a")]
    old = SILVER.batch(rows).drop_columns(["agency"])
    pq.write_table(pa.Table.from_batches([old]), tmp_path / "f")
    (batch,) = read_batches(STORAGE, tmp_path / "f")
    assert batch.schema.equals(SILVER.schema)
    assert batch.column("agency").null_count == 1
    pq.write_table(pa.Table.from_batches([old.drop_columns(["uri"])]), tmp_path / "f")
    with pytest.raises(LakeError, match="'uri'"):
        list(read_batches(STORAGE, tmp_path / "f"))


def test_an_unknown_column_is_named(documents: Path) -> None:
    with pytest.raises(LakeError, match="'nonsense'") as caught:
        list(read_batches(STORAGE, documents, ["nonsense"]))
    assert "doc_id" in caught.value.next_step


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "page", "footer"])
def test_a_damaged_file_is_named(damage: str, documents: Path) -> None:
    content = bytearray(documents.read_bytes())
    changed = {
        "empty": b"",
        "cut": bytes(content[:-7]),
        "garbage": b"x" * 100,
        "page": bytes(content[:10] + b"\xff" * 200 + content[210:]),
        "footer": bytes(content[:-200] + b"\xff" * 150 + content[-50:]),
    }
    documents.write_bytes(changed[damage])
    with pytest.raises(LakeError, match="not whole") as caught:
        list(read_batches(STORAGE, documents))
    assert caught.value.where == str(documents)


def test_keys_compare_as_arrow_sorts() -> None:
    rows = [
        {"table": t, "expectation": e, "column": c}
        for t in ("s", "gold")
        for e in ("e", "ی", "😀")
        for c in (None, "a", "")
    ]
    filled = [{**harness.row(VALIDATION), **r} for r in rows]
    batch = VALIDATION.batch(filled)
    import pyarrow.compute as pc

    order = pc.sort_indices(batch, sort_keys=[(n, "ascending", "at_end") for n in VALIDATION.sort_by]).to_pylist()
    assert order == sorted(range(len(rows)), key=lambda i: row_key(batch, i, VALIDATION))
    assert np.array_equal(np.sort(order), np.arange(len(rows)))
