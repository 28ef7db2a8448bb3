"""No character is lost: what was removed and what remains are the raw text, and the text is what remains, normalised.

The oracle knows spans and Unicode alone: it calls nothing of the cleaner's.
"""

import random
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generated import article, spelled_otherwise
from saaf.clean import Cleaner
from saaf.config import CleanConfig
from saaf.tables import BRONZE
from shared import ROOT

LOOK_ALIKES = str.maketrans("يىكهةەۃ", "ییکہہہہ", "\u0640")
"""One letter for each of its keyboards' spellings; tatweel is none."""

FURNITURE = (
    "مزید پڑھیں", "بدھ, فروری 18, 2026", "ہوم » کھیل", "فیس بک ٹوئٹر واٹس ایپ", "© 2026 Example", "،تصویر کا ذریعہGetty Images",
    "Share this:", "۔", "م", "https://t.co/Xy12Zw34", "\u202bتبصرے دکھائیں\u202c", "* * *", "",
)  # fmt: skip


@pytest.fixture(scope="module")
def cleaner() -> Cleaner:
    return Cleaner.load(CleanConfig(packs=("*.yaml", "sites/*.yaml"), filter="none", max_removed_share=1.0), ROOT)


def cleaned(cleaner: Cleaner, texts: list[str]) -> list[dict]:
    same = dict.fromkeys(("source", "uri", "raw_sha256", "encoding", "run_id"), "x") | {
        "record": 0,
        "ingested_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    rows = [{**same, "doc_id": str(number), "raw_text": text} for number, text in enumerate(texts)]
    return cleaner.clean(BRONZE.batch(rows)).silver.to_pylist()


def letters(text: str) -> str:
    """The letters and digits of a text, in order: what normalisation must not touch."""
    apart = unicodedata.normalize("NFKD", text).translate(LOOK_ALIKES)
    return "".join(sign for sign in apart if unicodedata.category(sign)[0] in "LN")


def assert_nothing_is_lost(raw: str, row: dict) -> None:
    kept, put_together, place = [], [], 0
    for span in row["removed"]:
        assert place <= span["start"] < span["end"] <= len(raw)
        kept.append(raw[place : span["start"]])
        put_together += [kept[-1], raw[span["start"] : span["end"]]]
        place = span["end"]
    kept.append(raw[place:])
    assert "".join([*put_together, kept[-1]]) == raw
    assert letters("".join(kept)) == letters(row["text"])
    assert unicodedata.is_normalized("NFC", row["text"])


def wrapped(text: str, width: int) -> str:
    """A paragraph cut by counting, its last line pushed to the right."""
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    return "\n".join([*lines[:-1], lines[-1].rjust(width)])


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Articles between furniture, in every spelling, some of them hard-wrapped."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    parts = [article(dice, sentences=dice.randint(1, 6)) for _ in range(draw(st.integers(0, 3)))]
    parts = [spelled_otherwise(part, dice) if dice.random() < 0.4 else part for part in parts]
    if draw(st.booleans()):
        return "\n\r\n".join(wrapped(part, 60) for part in parts)
    parts += draw(st.lists(st.one_of(st.sampled_from(FURNITURE), st.text(max_size=30)), max_size=8))
    dice.shuffle(parts)
    return draw(st.sampled_from(["\n", "\n\n", "\r\n", " "])).join(parts)


@settings(max_examples=40, deadline=None)
@given(raw=pages())
def test_of_generated_pages(cleaner, raw):
    raw = raw.encode("utf-8", "replace").decode()  # a stored text holds no lone surrogate
    [row] = cleaned(cleaner, [raw])
    assert_nothing_is_lost(raw, row)


def test_of_real_pages(cleaner, data: Path):
    texts = pq.read_table(data / "news_raw.parquet", columns=["text"])["text"].to_pylist()[::11]
    rows = cleaned(cleaner, texts)
    assert len(rows) == len(texts) > 300
    for raw, row in zip(texts, rows, strict=True):
        assert_nothing_is_lost(raw, row)
    assert sum(len(row["removed"]) for row in rows) > len(rows)


@pytest.mark.parametrize("sign", ["\u202b", "\u064e", "\n", "ا\n", "ﷺ", "\u200c", "مزید پڑھیں\n"])
def test_of_pages_of_one_sign(cleaner, sign):
    raw = sign * 20_000
    [row] = cleaned(cleaner, [raw])
    assert_nothing_is_lost(raw, row)


def test_a_lone_surrogate_is_survived(cleaner):
    raw = "خبر \ud800\nمزید پڑھیں\n\udfff"
    assert "مزید پڑھیں" in [raw[span.start : span.end] for span in cleaner.removed(raw)]
