"""Mojibake is undone where it is certain; no real text is ever changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_kit import TEXTS

from saaf.ingest.decoding import repaired
from saaf.ingest.mojibake import repair

SCRIPT = [language for language in TEXTS if language != "en"]


def read_as(text: str, codec: str) -> str:
    """What a program shows that takes UTF-8 for another encoding."""
    data = text.encode()
    if codec == "cp1252":  # browsers read the five undefined bytes as controls
        return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in data)
    return data.decode(codec)


@pytest.mark.parametrize("language", SCRIPT)
@pytest.mark.parametrize("codec", ["cp1256", "latin-1", "cp1252"])
def test_utf_8_that_was_read_as_something_else_comes_back(language: str, codec: str) -> None:
    text = TEXTS[language]
    for whole in (text, text * 30, f"“{text}” – 2026 — BBC ✓"):
        done = repaired(read_as(whole, codec), "utf-8")
        assert done.text == whole
        assert done.encoding == f"utf-8+mojibake-{codec}"


@pytest.mark.parametrize("language", SCRIPT)
@pytest.mark.parametrize("codec", ["cp1256", "latin-1", "cp1252"])
def test_what_was_spoiled_twice_comes_back(language: str, codec: str) -> None:
    text = TEXTS[language]
    done = repair(read_as(read_as(text, codec), codec))
    assert done is not None
    assert (done.text, done.how) == (text, f"mojibake-{codec}-twice")


@pytest.mark.parametrize("language", TEXTS)
def test_real_text_stays(language: str) -> None:
    for text in (TEXTS[language], TEXTS[language] * 20, *TEXTS[language].split("\n"), *TEXTS[language].split()):
        assert repair(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "café, naïve, Zürich, Ørsted, ÆØÅ — résumé",
        "Ø",
        "Ù„",
        "ط§",
        "عکس عک غک ظپ طھ",
        "عک عک عک عک عک عک",
        "عک عک عک عک اک اک اک اک اک اک",
        "In old pages اردو shows as Ø§Ø±Ø¯Ùˆ, which nobody can read.",
        "In old pages the name of the language shows as Ø§Ø±Ø¯Ùˆ, which nobody can read and few can mend.",
        "پرانے صفحات میں اردو یوں دکھتی ہے:\nØ§Ø±Ø¯Ùˆ Ø²Ø¨Ø§Ù†\nاور یہ کسی سے پڑھی نہیں جاتی، مگر درست ہو سکتی ہے۔",
        "قديما كانت العربية تظهر هكذا: ط§ظ„ط¹ط±ط¨ظٹط© ثم تغير كل شيء",
    ],
)
def test_what_is_not_certain_stays(text: str) -> None:
    assert repair(text) is None


def test_what_lost_a_byte_cannot_be_undone_and_stays() -> None:
    spoiled = read_as(TEXTS["ar"], "latin-1").replace("\x85", " ")  # as programs do that squeeze white space
    assert repair(spoiled) is None


def test_a_short_text_with_a_long_address_comes_back() -> None:
    text = "نئی سڑک کھل گئی، تصویر کا ذریعہ: https://example.org/pictures/2026/11/21/road-opening.jpg"
    done = repair(read_as(text, "cp1256"))
    assert done is not None
    assert (done.text, done.how) == (text, "mojibake-cp1256")


def test_what_was_spoiled_twice_and_lost_a_byte_between_stays() -> None:
    once = read_as(TEXTS["ar"], "cp1256").replace("§", "", 1)
    assert repair(read_as(once, "cp1256")) is None


def test_a_page_of_which_the_headline_was_read_rightly() -> None:
    headline, body = "نئی سڑک کھل گئی", TEXTS["ur"] * 3
    done = repair(f"{headline}\n\n{read_as(body, 'cp1256')}\nBBC 2026")
    assert done is not None
    assert done.text == f"{headline}\n\n{body}\nBBC 2026"
    assert done.how == "mojibake-cp1256-in-part"


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("طظعغپٹچژڈگکڑںھ؛،؟ «»اب\n\u200c§±ØÙÚÛ"), max_size=40))
def test_text_of_the_very_letters_that_mojibake_shows_is_not_repaired_into_worse(text: str) -> None:
    """Where something is undone, doing it again wrongly gives the very text that came in."""
    done = repair(text)
    if done is not None and "-in-part" not in done.how:
        codec = done.how.removeprefix("mojibake-").removesuffix("-twice")
        again = read_as(done.text, codec)
        assert text in {again, read_as(again, codec)}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*TEXTS.values(), "عکس", "ظہور", "«", "»", "؛", "café", "۲۰۲۶", "\n"]), max_size=8))
def test_pieces_of_real_text_in_any_order_stay(pieces: list[str]) -> None:
    assert repair(" ".join(pieces)) is None


def test_no_real_article_is_changed() -> None:
    data = Path(os.environ.get("SAAF_DATA", Path(__file__).parents[3] / "shared" / "data"))
    table = data / "news_raw.parquet"
    if not table.exists():
        pytest.skip("the development corpus is not there")
    import pyarrow.parquet as pq

    texts = [text for text in pq.read_table(table, columns=["text"]).column(0).to_pylist() if text]
    assert len(texts) > 1000
    for text in texts:
        assert repair(text) is None
        assert repair(json.loads(json.dumps(text[:300]))) is None
