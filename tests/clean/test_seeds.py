"""The three seeds: exactly what is removed, and nothing else."""

from pathlib import Path

import pytest

from saaf.clean.assembly import text_of
from saaf.clean.cleaner import Cleaner
from saaf.clean.normalise import normalise
from saaf.clean.spans import remainder
from saaf.config import CleanConfig

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "include" / "seeds"

CAPTION_START = "سپوتنک ایجنسی کے ذریعے ملنے والی اس تصویر"
REMOVED = {
    "000_33b44df4fdec7df0": [
        ("caption", "سپوتنک ایجنسی کے ذریعے … (اے ایف پی)"),
        ("read_more", "مزید پڑھ"),
        ("cms_label", "اس سیکشن میں متعلقہ حوالہ پوائنٹس شامل ہیں (Related Nodes field)"),
        ("image_name", "whatsapp channel.jpeg"),
        ("nav", "زیادہ پڑھی جانے والی دنیا"),
    ],
    "001_de0ae104d542f6d8": [],
    "002_5a27c8a8ab4749d0": [
        ("date", "بدھ, فروری 18, 2026"),
        ("nav", "ہومبین الاقوامیروس شمالی کوریا دفاعی شراکت کو وسعت دینے پر آمادہ"),
        ("author_initial", "ر"),
        ("nav", "مقبول مضامین"),
        ("nav", "مقبول مضامین"),
    ],
}


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner.load(CleanConfig(), ROOT)


def seed(name):
    return (SEEDS / f"{name}.txt").read_text("utf-8")


def short(text):
    """A caption is long: its beginning and its credit are enough to know it by."""
    return f"سپوتنک ایجنسی کے ذریعے … {text[-11:].strip()}" if text.startswith(CAPTION_START) else text


@pytest.mark.parametrize("name", REMOVED)
@pytest.mark.parametrize("language", ["ur", None])
def test_exactly_this_is_removed(cleaner, name, language):
    raw = seed(name)
    spans = cleaner.removed(raw, language=language, site=None)
    assert [(span.kind, short(raw[span.start : span.end])) for span in spans] == REMOVED[name]


@pytest.mark.parametrize("name", REMOVED)
def test_all_other_lines_stay_as_they_are(cleaner, name):
    raw = seed(name)
    spans = cleaner.removed(raw, language="ur")
    gone = {raw[span.start : span.end] for span in spans}
    kept = [line.strip() for line in raw.split("\n") if line.strip() and line.strip() not in gone]
    assert [line for line in text_of(raw, spans, "ur").split("\n") if line] == [normalise(line, "ur") for line in kept]
    assert [line.strip() for line in remainder(raw, spans).split("\n") if line.strip()] == kept


def test_a_sentence_that_stands_twice_stays_twice(cleaner):
    raw = seed("000_33b44df4fdec7df0")
    sentence = "صدر پوتن نے صحافیوں کو بتایا کہ وہ دونوں ممالک کے درمیان فوجی تعاون کے ’امکانات‘ بھی دیکھ رہے ہیں۔"
    assert text_of(raw, cleaner.removed(raw, language="ur"), "ur").count(sentence) == 2
