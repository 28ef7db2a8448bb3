"""The three seeds, from raw text to gold, exactly as a reader would find them."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

READ_MORE = "مزید پڑھ"
RELATED = "اس سیکشن میں متعلقہ حوالہ پوائنٹس شامل ہیں (Related Nodes field)"
MOST_READ = "زیادہ پڑھی جانے والی دنیا"
POPULAR = "مقبول مضامین"
STANDFIRST = "صدر پوتن نے صحافیوں کو بتایا کہ وہ دونوں ممالک کے درمیان فوجی تعاون کے ’امکانات‘ بھی دیکھ رہے ہیں۔"


@pytest.fixture
def run_on_seeds(corpus):
    outcome = corpus.run("seeds")
    assert not outcome.nothing_new
    return corpus


@pytest.fixture
def gold(run_on_seeds):
    return {row["uri"].split("/")[1][:3]: row for row in run_on_seeds.rows("gold")}


def removed(run_on_seeds, seeds, name):
    silver = {row["uri"].split("/")[1][:3]: row for row in run_on_seeds.rows("silver")}
    return [seeds[name][span["start"] : span["end"]].strip() for span in silver[name]["removed"]]


def test_all_three_reach_gold(gold, run_on_seeds):
    assert sorted(gold) == ["000", "001", "002"]
    assert run_on_seeds.rows("rejected") == []
    assert run_on_seeds.rows("duplicates") == []


def test_the_first_seed_loses_its_furniture_and_keeps_its_article(gold, run_on_seeds, seeds):
    row = gold["000"]
    lines = seeds["000"].split("\n")
    caption = next(line for line in lines if line.endswith("(اے ایف پی)"))
    gone = removed(run_on_seeds, seeds, "000")
    assert sorted(gone) == sorted([READ_MORE, RELATED, "whatsapp channel.jpeg", MOST_READ, caption])
    assert row["captions"] == [unicodedata.normalize("NFC", caption)]
    assert row["title"] == lines[0]
    assert row["text"].count(STANDFIRST.removesuffix("۔")) == 2
    kept = [
        line
        for line in lines
        if line.strip() and line not in {READ_MORE, RELATED, "whatsapp channel.jpeg", MOST_READ, caption}
    ]
    assert [line for line in row["text"].split("\n") if line] == kept


def test_the_second_seed_is_kept_whole(gold, run_on_seeds, seeds):
    assert removed(run_on_seeds, seeds, "001") == []
    assert gold["001"]["text"] == seeds["001"].strip()
    assert gold["001"]["agency"] == "ہ س"
    assert gold["001"]["title"] is None
    words_apart_by_spaces = len(seeds["001"].split())
    assert gold["001"]["n_words"] > words_apart_by_spaces


def test_the_third_seed_shows_a_date_that_is_not_its_publication(gold, run_on_seeds, seeds):
    row = gold["002"]
    lines = seeds["002"].split("\n")
    assert sorted(removed(run_on_seeds, seeds, "002")) == sorted([lines[0], lines[1], "ر", POPULAR, POPULAR])
    assert row["page_date"] == date(2026, 2, 18)
    assert row["published"] is None
    assert row["section"] == "بین الاقوامی"
    assert row["title"] == "روس شمالی کوریا دفاعی شراکت کو وسعت دینے پر آمادہ"
    assert "دانشگاہ (نیوز ڈیسک) پیانگ یانگ: روسی سلامتی کونسل" in row["text"]


def test_a_second_run_finds_nothing_new(run_on_seeds):
    files = run_on_seeds.lake.files("gold")
    outcome = run_on_seeds.run("seeds", run_id="second", days=1)
    assert outcome.nothing_new
    assert outcome.plan.seen == 3
    assert run_on_seeds.lake.files("gold") == files
    assert run_on_seeds.lake.head == 1
