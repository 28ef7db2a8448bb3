"""What expectations see: derived columns agree with plain Python, and no text is among them."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.tables import GOLD, REMOVED_SPAN, SIGNALS, SILVER, TABLES, Table
from saaf.validate.columns import Form, derive, frame_columns

LANGUAGES = {
    "ur": "لاہور میں آج بارش ہوئی۔",
    "fa": "امروز در تهران باران بارید.",
    "ar": "هطل المطر اليوم في المدينة.",
    "ps": "نن په کابل کې باران وشو.",
    "sd": "اڄ شهر ۾ مينهن پيو.",
    "pnb": "اج شہر وچ مینہ پیا۔",
    "en": "It rained in the city today.",
}
ODD = "\u0000\u0009\u000a\u000d\u0085\u009f\u00a0\u00e9e\u0301\u0622\u0627\u0653\u0640\u200c\u200f\u202e\u2028\u2066\u3000\ufb50\ufeff\ufffd1\u06f1"
TEXTS = st.lists(
    st.one_of(
        st.none(),
        st.text(st.sampled_from(ODD + " abcی"), max_size=12),
        st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    ),
    max_size=20,
)


def derived(name: str, table: Table, **sources: pa.Array) -> list[Any]:
    found = frame_columns(table)[name]
    batch = pa.RecordBatch.from_pydict({source: sources[source] for source in found.sources})
    return derive(batch, [found])[name].to_pylist()


def is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\t\n\r"


ORACLES = {
    "text_n_chars": len,
    "text_is_blank": lambda text: not text.strip() and all(map(str.isspace, text)),
    "text_has_letters": lambda text: any(unicodedata.category(c).startswith("L") for c in text),
    "text_is_nfc": lambda text: unicodedata.normalize("NFC", text) == text,
    "text_control_characters": lambda text: sum(map(is_control, text)),
    "text_bidi_controls": lambda text: sum(
        unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"} for c in text
    ),
    "text_replacement_characters": lambda text: text.count("\ufffd"),
}


@pytest.mark.parametrize("name", ORACLES)
@settings(max_examples=60, deadline=None)
@given(texts=TEXTS, start=st.integers(0, 5))
def test_what_is_told_about_a_text_is_what_python_says_of_it(name: str, texts: list[str | None], start: int) -> None:
    values = pa.array([*texts, *LANGUAGES.values()], pa.string()).slice(start)
    expected = [None if text is None else ORACLES[name](text) for text in values.to_pylist()]
    assert derived(name, SILVER, text=values) == expected


def test_every_derived_column_of_a_text_has_an_oracle() -> None:
    assert {name for name, column in frame_columns(SILVER).items() if column.sources == ("text",)} == set(ORACLES)


SPANS = st.lists(
    st.one_of(st.none(), st.lists(st.tuples(st.integers(-3, 12), st.integers(-3, 12)), max_size=5)), max_size=12
)


@settings(max_examples=100, deadline=None)
@given(rows=SPANS, start=st.integers(0, 3))
def test_spans_are_counted_row_by_row(rows: list[list[tuple[int, int]] | None], start: int) -> None:
    spans = [row and [{"start": a, "end": b, "rule": "r", "kind": "k"} for a, b in row] for row in rows]
    removed = pa.array(spans, pa.list_(pa.field("element", REMOVED_SPAN, nullable=False))).slice(start)

    def each(count: Any) -> list[int | None]:
        return [None if row is None else count(row) for row in rows[start:]]

    assert derived("spans_out_of_bounds", SILVER, removed=removed) == each(
        lambda row: sum(a < 0 or b <= a for a, b in row)
    )
    assert derived("spans_overlap", SILVER, removed=removed) == each(
        lambda row: sum(row[i][0] < row[i - 1][1] for i in range(1, len(row)))
    )
    assert derived("removed_count", SILVER, removed=removed) == each(len)
    assert derived("removed_n_chars", SILVER, removed=removed) == each(lambda row: sum(b - a for a, b in row))


def test_signals_that_cannot_be_are_counted() -> None:
    shares = pa.array([0.0, 1.0, 1.5, float("nan"), None, -0.1])
    ratios = pa.array([7.0, 0.0, -1.0, float("inf"), None, 2.0])
    others = {name: pa.nulls(6, SILVER.schema.field(name).type) for name in SIGNALS}
    given = {**others, "url_share": shares, "hash_sign_ratio": ratios}
    assert derived("signals_out_of_range", SILVER, **given) == [0, 0, 2, 2, 0, 1]


def test_days_ahead_count_from_the_day_of_the_run() -> None:
    dates = pa.array([date(2026, 11, 20), date(2026, 11, 23), None, date(2026, 11, 21), date(2026, 11, 21)])
    days = pa.array(["2026-11-21", "2026-11-21", "2026-11-21", "2026-11-21", "no day"]).dictionary_encode()
    assert derived("page_date_days_ahead", GOLD, page_date=dates, ingest_date=days) == [-1, 2, None, 0, None]


def test_days_of_any_year_become_times() -> None:
    days = pa.array([date(1, 1, 1), date(9999, 12, 31), None])
    found = derived("page_date", SILVER, page_date=days)
    assert [moment and moment.date() for moment in found] == days.to_pylist()
    assert all(moment.tzinfo is not None for moment in found if moment)


CODES_SHOWN = {
    "doc_id", "kept_id", "source", "raw_sha256", "sha256", "encoding", "language", "method", "stage", "reason",
    "status", "config_hash", "ingest_date", "metric", "verdict",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_string_is_shown_but_codes_that_saaf_writes(table: Table) -> None:
    rows = table.batch(
        [{c.name: "<script>" for c in table.columns if c.type in (pa.string(), pa.dictionary(pa.int32(), pa.string()))}]
    )
    shown = derive(rows, list(frame_columns(table).values()))
    strings = {name for name, array in shown.items() if "<script>" in array.to_pylist()}
    assert strings <= CODES_SHOWN
    assert all(frame_columns(table)[name].form is Form.CODE for name in strings)
    assert not any(pa.types.is_nested(array.type) for array in shown.values())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_of_every_table_can_be_derived_from_rows_of_nulls_and_from_none(table: Table) -> None:
    for rows in ([], [{}, {}]):
        shown = derive(table.batch(rows), list(frame_columns(table).values()))
        assert all(len(array) == len(rows) for array in shown.values())
