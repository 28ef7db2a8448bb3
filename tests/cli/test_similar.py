"""``saaf similar``: what is near a document, in gold and among the rejected."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

GARDEN = (
    "بلدیہ نے شہر کے نئے باغ کا افتتاح کر دیا ہے اور مئیر نے کہا کہ یہ باغ بچوں کے کھیلنے کے لیے بنایا گیا ہے۔ "
    "باغ میں ایک کتب خانہ بھی بنے گا جہاں ہر عمر کے لوگ مطالعہ کر سکیں گے۔ شہریوں نے اس فیصلے پر خوشی ظاہر کی۔"
)
GOLD_PRICE = (
    "کراچی کی صرافہ مارکیٹ میں آج سونے کی فی تولہ قیمت {} روپے رہی جبکہ چاندی کے نرخ میں کوئی تبدیلی نہیں ہوئی اور "
    "تاجروں کے مطابق خریداروں کی تعداد معمول سے کم رہی۔"
)


@pytest.fixture(scope="module")
def lake(process, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("similar")
    articles = folder / "articles"
    articles.mkdir()
    texts = {
        "garden": GARDEN,
        "garden-longer": GARDEN + " تقریب میں اساتذہ بھی شریک تھے۔",
        "monday": GOLD_PRICE.format("2,45,300"),
        "tuesday": GOLD_PRICE.format("2,47,900"),
        "empty": "مزید پڑھیں",
    }
    for name, text in texts.items():
        (articles / f"{name}.txt").write_text(text, "utf-8")
    ended = process("run", "--input", articles, "--lake", folder / "lake")
    assert ended.code == 0, ended.err
    return folder / "lake"


def near(saaf, lake: Path, document: str, out: Path) -> list[dict]:
    ended = saaf("similar", document, "--lake", lake, "--json", out)
    assert ended.code == 0, ended.err
    return json.loads(out.read_text("utf-8"))


def test_a_kept_document_and_its_copy_see_each_other(saaf, lake, tmp_path):
    [copy] = near(saaf, lake, "articles/garden-longer.txt", tmp_path / "near.json")
    assert (copy["where"], copy["verdict"], copy["uri"]) == ("rejected", "copy", "articles/garden.txt")
    [kept] = near(saaf, lake, "articles/garden.txt", tmp_path / "near.json")
    assert (kept["where"], kept["verdict"], kept["uri"]) == ("gold", "copy", "articles/garden-longer.txt")
    assert kept["similarity"] == copy["similarity"]
    table = pd.read_parquet(lake / "duplicates")
    assert table["similarity"].tolist() == [copy["similarity"]]


def test_what_numbers_keep_apart_is_shown_as_that(saaf, lake):
    ended = saaf("similar", "articles/monday.txt", "--lake", lake)
    assert "gold" in ended.out
    assert "neither states all numbers of the other" in ended.out
    assert "articles/tuesday.txt" in ended.out
    assert "صرافہ" not in ended.out


def test_a_document_without_text(saaf, lake):
    ended = saaf("similar", "articles/empty.txt", "--lake", lake)
    assert ended.code == 2
    assert "no text to compare" in ended.err
    assert "saaf explain" in ended.err


def test_a_document_that_is_not_there(saaf, lake, tmp_path):
    for name in ("0" * 32, "nothing"):
        ended = saaf("similar", name, "--lake", lake)
        assert ended.code == 2
        assert "no document" in ended.err
    ended = saaf("similar", "nothing", "--lake", tmp_path / "nowhere")
    assert ended.code == 2
    assert "there is no lake" in ended.err


def test_an_index_of_other_settings_is_refused(saaf, lake, tmp_path, root):
    text = (root / "include" / "corpus.yaml").read_text("utf-8")
    other = tmp_path / "corpus.yaml"
    other.write_text(text + "\ndeduplicate:\n  shingle_size: 5\n" if "\ndeduplicate:" not in text else text, "utf-8")
    ended = saaf("similar", "articles/monday.txt", "--lake", lake, "--config", other)
    assert ended.code == 1
    assert "index" in ended.err
