"""``saaf calibrate``: pairs around the threshold, counts by threshold, the bands' curve against what was measured."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def lake(process, tmp_path_factory) -> Path:
    """Twelve articles of made-up sentences and copies of them, from hardly to heavily edited."""
    folder = tmp_path_factory.mktemp("calibrate")
    articles = folder / "articles"
    articles.mkdir()
    draw = random.Random(4)
    words = (
        "شہر میں بارش کے بعد سڑکوں پر پانی جمع ہو گیا اور لوگوں نے گھروں کا رخ کیا جبکہ بازار بند رہے اس سے پہلے حکومت "
        "کی طرف سے کہا گیا تھا کہ عوام کو سہولت دی جائے گی لیکن یہ کام ابھی تک نہیں ہوا ہے"
    ).split()
    names = ["".join(draw.choices("ابپتجدرسشکگلمنوہی", k=5)) for _ in range(300)]
    for number in range(12):
        text = [draw.choice(words if draw.random() < 0.7 else names) for _ in range(120)]
        copy = list(text)
        for place in draw.sample(range(120), number * 3):
            copy[place] = draw.choice(names)
        for name, content in ((f"{number}-a", text), (f"{number}-b", copy)):
            lines = [" ".join(content[start : start + 30]) + "۔" for start in range(0, 120, 30)]
            (articles / f"{name}.txt").write_text("\n".join(lines), "utf-8")
    ended = process("run", "--input", articles, "--lake", folder / "lake")
    assert ended.code == 0, ended.err
    return folder / "lake"


def test_the_curve_the_thresholds_and_the_pairs(saaf, lake, tmp_path):
    page = tmp_path / "page.html"
    ended = saaf("calibrate", "--lake", lake, "--html", page, "--pairs", "4")
    assert ended.code == 0, ended.err
    documents = len(pd.read_parquet(lake / "gold")) + len(pd.read_parquet(lake / "duplicates"))
    assert documents > 18
    assert f"{documents} documents" in ended.out
    rows = [line.split() for line in ended.out.splitlines()]
    drops = {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[0] in {"0.5", "0.95"}}
    assert drops["0.5"] > drops["0.95"] >= 1
    listed = [float(line.split()[0]) for line in ended.out.splitlines() if "articles/" in line]
    assert len(listed) == 4
    assert listed == sorted(listed, reverse=True)
    assert listed[1] >= 0.7 > listed[2]
    written = page.read_text("utf-8")
    assert written.count('class="pair"') == 4
    assert "<svg" in written
    assert "<mark>" in written
    assert "<script" not in written


def test_no_text_reaches_a_terminal(saaf, lake):
    assert "بارش" not in saaf("calibrate", "--lake", lake).out


def test_a_lake_that_is_not_there(saaf, tmp_path):
    ended = saaf("calibrate", "--lake", tmp_path / "nowhere")
    assert ended.code == 2
    assert "there is no lake" in ended.err


def test_text_and_uris_are_escaped_on_the_page():
    from saaf.cli.calibrate import Document
    from saaf.cli.calibration_page import Page
    from saaf.config import DeduplicateConfig
    from saaf.deduplicate.calibration import find_pairs

    texts = [
        "یہ ایک طویل خبر ہے <script>alert(1)</script> جو دو بار آئی",
        "يه ایک طویل خبر ہے <script>alert(2)</script> جو دو بار آئی",
    ]
    documents = [Document(f"<i>{n}", "gold", "a&b/<u>.txt", text) for n, text in enumerate(texts)]
    settings = DeduplicateConfig()
    page = Page(find_pairs(texts, settings), settings, documents, [0], [0.7]).render()
    assert "<mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark>" in page
    assert "<mark>یہ</mark>" not in page
    assert "&lt;i&gt;0" in page
    assert not any(tag in page for tag in ("<script", "<i>", "<u>"))
