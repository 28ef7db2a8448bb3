"""Headlines of other stories that have run into a paragraph: they go, and the sentences around them stay.

Where a scraper lost the line breaks, only the words tell where a headline ends. Every headline here meets every
sentence, so that a rule which reads on into the sentence behind a headline fails on many pairs at once.
"""

from functools import cache

import pytest
from tests.shared import ROOT

from saaf.clean import Cleaner
from saaf.clean.spans import remainder
from saaf.config import CleanConfig

BEFORE = "میلہ رات گئے ختم ہوا اور لوگ اپنے گھروں کو لوٹ گئے۔"
AFTER = "میلے کے آخری دن بچوں کے لیے کھیل رکھے گئے تھے۔"
HEADLINES = (
    "شہر کی پرانی منڈی میں آگ لگنے سے تین دکانیں تباہ، دو مزدور زخمی",
    "دریا پر نئے پل کی تعمیر کے لیے چار ارب روپے منظور",
    "بارش کے بعد نشیبی علاقوں میں پانی جمع، اسکول بند رکھنے کا اعلان",
    "عجائب گھر کے نوادرات کی فہرست پہلی بار عام کر دی گئی",
    "کیا پرانا پل اس سال کے آخر تک کھل جائے گا؟",
    "نہر کے کنارے درخت لگانے کا منصوبہ تین ماہ میں مکمل ہوگا",
    "ٹرین کی نئی سروس نے مسافروں کے دل جیت لیے",
)
SENTENCES = (
    "انہوں نے کہا کہ میلے میں اس بار پہلے سے زیادہ لوگ آئے۔",
    "محمد اسلم نے بتایا کہ انتظامات کئی ماہ پہلے شروع ہوئے تھے۔",
    "انتظامیہ کے مطابق اگلے سال میلہ دو ہفتے جاری رہے گا۔",
    "ریسکیو ذرائع کے مطابق میلے میں کوئی حادثہ پیش نہیں آیا۔",
    "یاد رہے کہ یہ میلہ سو سال سے لگ رہا ہے۔",
    "عدالت نے گزشتہ برس میلے کی جگہ بدلنے کی درخواست سنی تھی۔",
)


@cache
def cleaner() -> Cleaner:
    """Packs take seconds to load."""
    return Cleaner.load(CleanConfig(), ROOT)


def left_of(page: str) -> str:
    left = remainder(page, cleaner().removed(page, language="ur", site="shehrnama.example"))
    return " ".join(left.split())


@pytest.mark.parametrize("marker", ["مزید پڑھیں:", "یہ بھی پڑھیں:"])
@pytest.mark.parametrize("sentence", range(len(SENTENCES)))
@pytest.mark.parametrize("headline", range(len(HEADLINES)))
def test_a_headline_goes_and_its_neighbours_stay(headline: int, sentence: int, marker: str) -> None:
    page = f"{BEFORE} {marker} {HEADLINES[headline]} {SENTENCES[sentence]} {AFTER}"
    assert left_of(page) == f"{BEFORE} {SENTENCES[sentence]} {AFTER}"


@pytest.mark.parametrize("sentence", range(len(SENTENCES)))
def test_a_headline_whose_end_nobody_can_tell_takes_no_sentence_with_it(sentence: int) -> None:
    page = f"{BEFORE} مزید پڑھیں: پرانے شہر کی گلیاں {SENTENCES[sentence]} {AFTER}"
    assert left_of(page).endswith(f"{SENTENCES[sentence]} {AFTER}")
