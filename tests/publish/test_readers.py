"""Gold as people read it: pandas, Arrow, polars and DuckDB, each as its manual says, find the same rows, columns and types."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from saaf.config import PublishConfig
from saaf.lake import Exposure, Lake
from saaf.publish import gold_batches
from saaf.tables import GOLD, SILVER

DAYS = ("2026-11-20", "2026-11-21")
COUNT = 7

# Arrow's types as every reader has to find them; the partition's column comes as each reader's own kind of category.
TYPES = {c.name: c.type for c in GOLD.columns if c.name != "ingest_date"}


def silver_row(day: str, number: int) -> dict[str, object]:
    counts = ("n_chars", "n_words", "n_stopwords", "n_cnics", "n_phones", "n_emails", "n_ibans")
    signals = dict.fromkeys(counts, 20 + number) | dict.fromkeys(
        ("letter_share", "digit_share", "arabic_script_share", "end_mark_share", "duplicate_line_share"), number / 10
    )
    return {
        "doc_id": f"{number:030x}{day[-2:]}",
        "source": "seeds",
        "uri": f"seeds/{day}/{number}.txt",
        "record": number,
        "text": f'پہلی سطر {number}\nدوسری سطر، جس میں "اقتباس" ہے۔',
        "title": None if number % 2 else f"عنوان {number}",
        "language": "ur",
        "language_score": 0.9,
        "page_date": datetime.date(2026, 2, 18) if number % 3 else None,
        "published": datetime.date(2025, 6, 17) if number % 2 else None,
        "captions": [f"تصویر {n}" for n in range(number % 3)],
        "removed": [],
        "removed_share": 0.0,
        **signals,
    }


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = Lake.open(tmp_path_factory.mktemp("readers") / "lake")
    for base, day in enumerate(DAYS):
        rows = [silver_row(day, number) for number in range(COUNT)]
        kept = [row["doc_id"] for row in rows]
        staging = lake.staging(day)
        batches = gold_batches([SILVER.batch(rows)], kept, config_hash="5d41402abc4b2a76", ingest_date=day)
        staging.write("gold.parquet", GOLD, batches, PublishConfig(row_group_rows=3))
        with lake.lock():
            files = [Exposure("gold.parquet", "gold", f"ingest_date={day}")]
            lake.commit(staging, files, run_id=day, base=base, facts={})
            staging.discard()
    return lake.root / "gold"


def expected() -> pa.Table:
    rows = [
        {
            **{k: v for k, v in silver_row(day, n).items() if k != "removed"},
            "config_hash": "5d41402abc4b2a76",
            "ingest_date": day,
        }
        for day in DAYS
        for n in range(COUNT)
    ]
    return pa.Table.from_batches([GOLD.batch(rows)])


def by_pandas(gold: Path) -> pa.Table:
    import pandas as pd

    return pa.Table.from_pandas(pd.read_parquet(gold), preserve_index=False)


def by_pandas_with_arrow_types(gold: Path) -> pa.Table:
    import pandas as pd

    return pa.Table.from_pandas(pd.read_parquet(gold, dtype_backend="pyarrow"), preserve_index=False)


def by_read_table(gold: Path) -> pa.Table:
    return pq.read_table(gold)


def by_dataset(gold: Path) -> pa.Table:
    return ds.dataset(gold).to_table()


def by_dataset_with_partitions(gold: Path) -> pa.Table:
    return ds.dataset(gold, partitioning=ds.HivePartitioning.discover(infer_dictionary=True)).to_table()


def by_polars(gold: Path) -> pa.Table:
    import polars as pl

    return pl.scan_parquet(gold).collect().to_arrow()


def by_polars_with_pattern(gold: Path) -> pa.Table:
    import polars as pl

    return pl.scan_parquet(gold / "**/*.parquet").collect().to_arrow()


def by_duckdb(gold: Path) -> pa.Table:
    import duckdb

    return duckdb.sql(f"SELECT * FROM '{gold}/**/*.parquet'").to_arrow_table()


READERS = [
    by_pandas,
    by_pandas_with_arrow_types,
    by_read_table,
    by_dataset,
    by_dataset_with_partitions,
    by_polars,
    by_polars_with_pattern,
    by_duckdb,
]


def plain(kind: pa.DataType) -> pa.DataType:
    """A type without what only this reader distinguishes: large strings, views and dictionaries are strings."""
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(plain(kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_every_reader_finds_the_same(read: Any, gold: Path) -> None:
    found, wanted = read(gold), expected()
    assert found.column_names == list(GOLD.names)
    types = {name: plain(kind) for name, kind in zip(found.schema.names, found.schema.types, strict=True)}
    assert {name: types[name] for name in TYPES} == {name: plain(kind) for name, kind in TYPES.items()}
    found = found.set_column(found.num_columns - 1, "ingest_date", pc.cast(found["ingest_date"], pa.string()))
    assert found.sort_by("doc_id").to_pylist() == wanted.sort_by("doc_id").to_pylist()


def test_arrow_refuses_plain_hive_partitioning_aloud(gold: Path) -> None:
    """The one way to read that does not work: `docs/lake.md` says what to write instead. No rows are read wrongly."""
    with pytest.raises(pa.ArrowTypeError, match="ingest_date"):
        ds.dataset(gold, partitioning="hive")


def test_a_day_is_found_by_its_folder(gold: Path) -> None:
    import duckdb
    import pandas as pd
    import polars as pl

    day = DAYS[1]
    assert len(pd.read_parquet(gold, filters=[("ingest_date", "==", day)])) == COUNT
    assert len(pd.read_parquet(gold / f"ingest_date={day}")) == COUNT
    assert pl.scan_parquet(gold).filter(pl.col("ingest_date") == day).collect().height == COUNT
    assert duckdb.sql(f"SELECT count(*) FROM '{gold}/**/*.parquet' WHERE ingest_date = '{day}'").fetchall() == [
        (COUNT,)
    ]
    assert ds.dataset(gold).to_table(filter=ds.field("ingest_date") == day).num_rows == COUNT


def test_the_tree_holds_nothing_but_finished_files(gold: Path) -> None:
    files = [path for path in gold.rglob("*") if path.is_file()]
    assert len(files) == len(DAYS)
    for path in files:
        assert path.suffix == ".parquet"
        assert path.parent.name in {f"ingest_date={day}" for day in DAYS}
        assert pq.read_metadata(path).num_rows == COUNT


def test_files_describe_themselves(gold: Path) -> None:
    schema = pq.read_schema(next(gold.rglob("*.parquet")))
    assert schema.metadata[b"saaf.table"] == b"gold"
    for column in GOLD.columns:
        assert schema.field(column.name).metadata[b"description"].decode() == column.meaning
