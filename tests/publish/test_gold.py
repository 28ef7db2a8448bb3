"""Gold is a choice of silver's rows and columns."""

from __future__ import annotations

import pyarrow as pa
import pytest

from saaf.publish import gold_batches
from saaf.tables import GOLD, SILVER

TEXTS = {
    "ur": "وزیرِ اعظم نے لاہور کا دورہ کیا۔",
    "fa": "نخست‌وزیر از تهران دیدن کرد.",
    "ar": "زار رئيس الوزراء القاهرة.",
    "ps": "لومړی وزیر کابل ته سفر وکړ.",
    "sd": "وزيراعظم ڪراچي جو دورو ڪيو.",
    "pnb": "وزیراعظم نے لہور دا دورہ کیتا۔",
    "en": "The prime minister visited Lahore.",
}


def silver() -> list[pa.RecordBatch]:
    counts = dict.fromkeys(("record", "n_chars", "n_words"), 1)
    shares = ("letter_share", "digit_share", "arabic_script_share", "end_mark_share", "duplicate_line_share")
    rows = [
        {
            **counts,
            **dict.fromkeys((*shares, "removed_share"), 0.5),
            "doc_id": language,
            "source": "s",
            "uri": f"s/{language}",
            "text": text,
            "language": language,
            "captions": [],
            "removed": [],
        }
        for language, text in TEXTS.items()
    ]
    return [SILVER.batch(rows[:3]), SILVER.batch(rows[3:])]


@pytest.mark.parametrize("language", TEXTS)
def test_kept_documents_pass_unchanged(language: str) -> None:
    (batch,) = gold_batches(silver(), {language}, config_hash="5d41402abc4b2a76", ingest_date="2026-11-21")
    assert batch.schema.equals(GOLD.schema, check_metadata=True)
    (row,) = batch.to_pylist()
    assert (row["doc_id"], row["text"], row["language"]) == (language, TEXTS[language], language)
    assert (row["config_hash"], row["ingest_date"]) == ("5d41402abc4b2a76", "2026-11-21")


@pytest.mark.parametrize("as_kept", [list, set, frozenset, pa.array, dict.fromkeys])
def test_kept_may_be_any_collection(as_kept: type) -> None:
    batches = list(gold_batches(silver(), as_kept(["ur", "en"]), config_hash="h", ingest_date="2026-11-21"))
    assert [i for batch in batches for i in batch.column("doc_id").to_pylist()] == ["ur", "en"]


def test_nothing_kept_is_no_batch() -> None:
    assert list(gold_batches(silver(), [], config_hash="h", ingest_date="2026-11-21")) == []


def test_a_missing_column_is_named() -> None:
    batch = silver()[0].drop_columns(["uri"])
    with pytest.raises(ValueError, match="uri"):
        list(gold_batches([batch], ["ur"], config_hash="h", ingest_date="2026-11-21"))
