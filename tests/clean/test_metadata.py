"""Metadata: the seeds, credits and bylines by language, what must not be taken for them, hostile pages."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.metadata import Metadata, describe
from saaf.clean.metadata.kernels import HEAD
from saaf.clean.spans import Span, merge

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "include" / "seeds"
BODY = "وزارت خزانہ کے ترجمان نے بتایا کہ نئے بجٹ میں تعلیم کے لیے رقم بڑھا دی گئی ہے اور اس پر عمل درآمد اگلے مہینے سے ہو گا۔"


def page(*lines: str | tuple[str, str]) -> tuple[str, list[Span]]:
    """A raw page of lines; a pair is a line that was removed, with its kind."""
    raw, spans = "", []
    for line in lines:
        text, kind = (line, None) if isinstance(line, str) else line
        if kind:
            spans.append(Span(len(raw), len(raw) + len(text), "test", kind))
        raw += text + "\n"
    return raw.removesuffix("\n"), spans


def seed(number: str) -> str:
    return next(SEEDS.glob(f"{number}_*.txt")).read_text("utf-8")


def removed(raw: str, text: str, kind: str) -> Span:
    start = raw.index(text)
    return Span(start, start + len(text), "test", kind)


def test_seed_with_a_title_and_a_caption() -> None:
    raw = seed("000")
    caption = raw.split("\n")[4]
    found = describe(raw, [removed(raw, caption, "caption")], language="ur")
    assert found == Metadata(title=raw.split("\n")[0], captions=(caption,))
    assert caption.startswith("سپوتنک")


def test_seed_that_is_one_paragraph() -> None:
    found = describe(seed("001"), [], language="ur")
    assert found == Metadata(title=None, dateline="پیونگ یانگ", agency="ہ س")


def test_seed_with_date_breadcrumb_and_initial() -> None:
    raw = seed("002")
    first, second = raw.split("\n")[:2]
    initial = raw.index("\nر\n") + 1
    spans = [
        removed(raw, first, "date"),
        removed(raw, second, "nav"),
        Span(initial, initial + 1, "test", "author_initial"),
    ]
    found = describe(raw, spans, language="ur")
    assert found == Metadata(
        title="روس شمالی کوریا دفاعی شراکت کو وسعت دینے پر آمادہ",
        dateline="پیانگ یانگ",
        page_date=datetime.date(2026, 2, 18),
        published=None,
        agency="نیوز ڈیسک",
        section="بین الاقوامی",
        author="ر",
    )


def test_nothing_is_guessed() -> None:
    assert describe(BODY, [], language="ur") == Metadata()
    assert describe("", []) == Metadata()
    assert describe(f"{BODY}\n{BODY}", [], language="ur") == Metadata()


# Standfirst and dateline


@pytest.mark.parametrize(
    ("place", "opening"),
    [
        ("اسلام آباد", "اسلام آباد: "),
        ("اسلام آباد", "اسلام آباد (اے پی پی) "),
        ("کراچی", "کراچی(نمائندہ خصوصی) "),
        ("نئی دہلی", "نئی دہلی، 18 فروری (یو این آئی) "),
        ("لندن", "لندن ۔ "),
        ("کراچی/لاہور", "کراچی/لاہور: "),
        ("وانا", "وانا (نامہ نگار) "),  # an unknown place, but a credit follows
        ("لاہور", "نیا زمانہ (نیوز ڈیسک) لاہور: "),  # the paper's name stands first
        ("الرياض", "الرياض: "),
        ("تهران", "تهران - "),
        ("ڪراچي", "ڪراچي: "),
        ("حیدرآباد", "حیدرآباد/5مئی(ایجنسی)"),
        ("حیدرآباد", "حیدرآباد ۔7۔مارچ (مثال نیوز) "),
        ("راولپنڈی", "راولپنڈی (12 مارچ 2026): "),
        ("سرینگر", "سرینگر//"),
        ("لاہور", "لاہور-"),
        ("KARACHI", "KARACHI: "),
        ("WASHINGTON", "WASHINGTON — "),
    ],
)
def test_a_dateline(place: str, opening: str) -> None:
    raw, spans = page("نئے بجٹ میں تعلیم کے لیے زیادہ رقم", "", opening + BODY, BODY)
    assert describe(raw, spans, language=None).dateline == place


@pytest.mark.parametrize(
    "opening",
    [
        "وزیراعظم: ",  # a speaker
        "سوال: ",
        "رپورٹ: ",
        "وزیر خارجہ (فائل فوٹو) ",
        "کراچی میں (سوموار کو) ",
        "کراچی کی سڑکیں: ",
        "کراچی-لاہور موٹروے پر ",
        "لاہور-اسلام آباد موٹروے پر ",
        "London-based ",
        "کراچی (پرانا شہر) ",
        "عوامی پارٹی (مثال نیوز) ",
        "نیا زمانہ (نیوز ڈیسک) ",
        "18 فروری: ",
        "لندن ",
        "",
    ],
)
def test_what_is_no_dateline(opening: str) -> None:
    raw, spans = page("نئے بجٹ میں تعلیم کے لیے زیادہ رقم", opening + BODY, BODY)
    assert describe(raw, spans, language="ur").dateline is None


# Pages of no site in particular: forms that pages of the region print


@pytest.mark.parametrize(
    ("above", "below", "wanted"),
    [
        ("اسلام آباد، 18 فروری (اے پی پی): ", "", {"agency": "اے پی پی", "dateline": "اسلام آباد"}),
        ("اسلام آباد (آن لائن) ", "", {"agency": "آن لائن"}),
        ("لاہور(ثناء نیوز) ", "", {"agency": "ثناء نیوز", "dateline": "لاہور"}),
        ("کراچی: (آئی این پی) ", "", {"agency": "آئی این پی", "dateline": "کراچی"}),
        ("کراچی (این این آئی) ", "", {"agency": "این این آئی"}),
        ("برلن (ڈی پی اے) ", "", {"agency": "ڈی پی اے", "dateline": "برلن"}),
        ("", "\n(رائٹرز)", {"agency": "رائٹرز"}),
        ("", " (اے ایف پی)", {"agency": "اے ایف پی"}),
        ("", "\nبشکریہ: اے ایف پی", {"agency": "اے ایف پی"}),
        ("ماخذ: رائٹرز\n", "", {"agency": "رائٹرز"}),
        ("", "\nبشکریہ: سلیم احمد", {"agency": None}),
        ("", "، یہ بات پی ٹی آئی نے کہی (پی ٹی آئی)", {"agency": None}),  # a party
        ("از: ڈاکٹر سارہ خان\n", "", {"author": "ڈاکٹر سارہ خان"}),
        ("رپورٹ: محمد علی، کراچی\n", "", {"author": "محمد علی"}),
        ("سلیم احمد\nنامہ نگار، لاہور\n", "", {"author": "سلیم احمد"}),
        ("By Jane Doe\n", "", {"author": "Jane Doe"}),
        ("رپورٹ: کراچی میں بارش کے بعد\n", "", {"author": None}),
        ("د ۲۰۲۶ کال د فبرورۍ ۱۸\n", "", {"page_date": datetime.date(2026, 2, 18)}),
        ("چهارشنبه ۲۹ بهمن ۱۴۰۴ - ۱۰:۳۰\n", "", {"page_date": datetime.date(2026, 2, 18)}),
        ("الأربعاء 18 شباط/فبراير 2026\n", "", {"page_date": datetime.date(2026, 2, 18), "published": None}),
        ("اربع 18 فيبروري 2026\n", "", {"page_date": datetime.date(2026, 2, 18)}),
        (
            "اپ ڈیٹ: 19 فروری 2026\nاشاعت: 18 فروری 2026\n",
            "",
            {"page_date": datetime.date(2026, 2, 18), "published": datetime.date(2026, 2, 18)},
        ),
        ("Published: Wed, 18 Feb 2026 09:15:00 +0500\n", "", {"published": datetime.date(2026, 2, 18)}),
    ],
)
def test_forms_of_the_region(above: str, below: str, wanted: dict[str, object]) -> None:
    raw = f"بجٹ میں تعلیم کی رقم\n{above}{BODY}\n{BODY}{below}"
    found = describe(raw, [], language="ur")
    assert {name: getattr(found, name) for name in wanted} == wanted


STANDFIRST = "وزیر خزانہ کہتے ہیں کہ اساتذہ کی تنخواہوں میں بھی اضافہ ہو گا"


@pytest.mark.parametrize(
    "mark", [("18 فروری 2026", "date"), "18 فروری 2026", "تحریر: سلیم احمد", ("ویب ڈیسک\n18-02-2026", "date")]
)
def test_a_standfirst_stands_above_the_date_or_the_byline(mark: str | tuple[str, str]) -> None:
    raw, spans = page("نئے بجٹ میں تعلیم کے لیے زیادہ رقم", STANDFIRST, mark, BODY, BODY)
    found = describe(raw, spans, language="ur")
    assert (found.title, found.standfirst) == ("نئے بجٹ میں تعلیم کے لیے زیادہ رقم", STANDFIRST)


@pytest.mark.parametrize(
    "lines",
    [
        ["نئے بجٹ میں تعلیم کے لیے زیادہ رقم", BODY, BODY],
        ["نئے بجٹ میں تعلیم کے لیے زیادہ رقم", STANDFIRST, BODY, BODY],
        ["نئے بجٹ میں تعلیم کے لیے زیادہ رقم", STANDFIRST, ("تصویر: اے ایف پی", "caption"), BODY],
        ["نئے بجٹ میں تعلیم کے لیے زیادہ رقم", ("18-02-2026", "date"), STANDFIRST, BODY],
        ["نئے بجٹ میں تعلیم کے لیے زیادہ رقم", "انتباہ: " + STANDFIRST, ("18-02-2026", "date"), BODY],
        ["نئے بجٹ میں تعلیم کے لیے زیادہ رقم", (STANDFIRST, "promo"), ("18-02-2026", "date"), BODY],
        ["نئے بجٹ میں تعلیم کے لیے زیادہ رقم", BODY, ("18-02-2026", "date")],
        [STANDFIRST, ("18-02-2026", "date"), BODY, BODY],
    ],
)
def test_what_is_no_standfirst(lines: list[str | tuple[str, str]]) -> None:
    raw, spans = page(*lines)
    assert describe(raw, spans, language="ur").standfirst is None


# Title


def test_a_given_title_comes_first_and_is_normalised() -> None:
    raw, spans = page("نئے بجٹ میں تعلیم کے لیے زیادہ رقم", BODY)
    assert describe(raw, spans, language="ur", given_title=" كتاب \n ميلہ ").title == "کتاب میلہ"
    assert describe(raw, spans, language="ur", given_title=" \n").title == "نئے بجٹ میں تعلیم کے لیے زیادہ رقم"


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("ur", "نئے بجٹ میں تعلیم کے لیے زیادہ رقم، اساتذہ خوش؟"),
        ("ur", "’ہمارے پاس وقت بہت کم رہ گیا ہے‘"),
        ("fa", "افزایش بودجهٔ آموزش در سال آینده"),
        ("ar", "زيادة ميزانية التعليم في العام المقبل"),
        ("ps", "د زده کړو بودیجه به زیاته شي"),
        ("sd", "تعليم جي بجيٽ ۾ واڌارو ٿيندو"),
        ("pnb", "تعلیم دا بجٹ ودھان دا اعلان"),
        ("en", "Education budget to rise next year"),
    ],
)
def test_a_headline_in_each_language(language: str, headline: str) -> None:
    raw, spans = page(("18-02-2026", "date"), headline, "", BODY)
    assert describe(raw, spans, language=language).title == headline


@pytest.mark.parametrize(
    "line",
    [
        "وزارت نے بجٹ پیش کر دیا ہے۔",  # a sentence
        "تحریر: سلیم احمد",  # a byline
        "بجٹ اور تعلیم " * 12,  # too long
        "بجٹ",  # one word
        "،تصویر کا ذریعہ ایک نئی ایجنسی",  # a credit
        "مقررین نے کہا کہ:",
        "انتباہ: اس تحریر کے کچھ حصے تکلیف دہ ہو سکتے ہیں",
        "بجٹ پیش ہو گیا۔ اب کیا ہو گا؟",
        "وزیر تعلیم ایک تقریب میں بچوں کے ساتھ (اے ایف پی)",
    ],
)
def test_what_is_no_headline(line: str) -> None:
    assert describe(f"{line}\n{BODY}", [], language="ur").title is None


# Dates


def test_a_page_date_is_not_called_published() -> None:
    raw, spans = page(("بدھ، 18 فروری 2026", "date"), BODY)
    found = describe(raw, spans, language="ur")
    assert (found.page_date, found.published) == (datetime.date(2026, 2, 18), None)


@pytest.mark.parametrize(
    "lines",
    [
        [("تاریخ اشاعت: 18 فروری 2026", "date")],
        [("تاریخ اشاعت", "date"), ("18 فروری 2026", "date")],
        ["شائع 18 فروری 2026"],
        [("شائع: 18 فروری 2026 | اپ ڈیٹ: 20 فروری 2026", "date")],
        [("اپ ڈیٹ: 20 فروری 2026", "date"), ("شائع: 18 فروری 2026", "date")],
        ["نوٹ: یہ مضمون پہلی بار 18 فروری 2026 کو شائع کیا گیا تھا اور آج دوبارہ پیش کیا جا رہا ہے۔"],
        [("Published: Feb 18, 2026 10:30 PKT", "date")],
        ["سلیم احمد | تاریخ اشاعت: 18 فروری 2026"],
    ],
)
def test_a_date_is_published_where_the_page_says_so(lines: list[str | tuple[str, str]]) -> None:
    raw, spans = page(*lines, BODY, BODY)
    found = describe(raw, spans, language="ur")
    assert (found.page_date, found.published) == (datetime.date(2026, 2, 18), datetime.date(2026, 2, 18))


@pytest.mark.parametrize(
    "line", ["ویب ڈیسک | 18 فروری 2026", "ویب ڈیسک 18 فروری 2026", "سلیم احمد | 18 فروری 2026 | 10:30"]
)
def test_a_date_beside_a_desk_or_a_name(line: str) -> None:
    raw, spans = page("نئے بجٹ میں تعلیم کے لیے زیادہ رقم", line, BODY)
    assert describe(raw, spans, language="ur").page_date == datetime.date(2026, 2, 18)


def test_a_date_in_a_headline_is_not_the_pages() -> None:
    raw, spans = page("یوم دفاع 6 ستمبر 2025", BODY, BODY)
    assert describe(raw, spans, language="ur").page_date is None


def test_the_date_of_an_update_is_the_last_choice() -> None:
    raw, spans = page(("آخری بار اپ ڈیٹ: 20 فروری 2026", "date"), ("18 فروری 2026", "date"), BODY)
    assert describe(raw, spans, language="ur").page_date == datetime.date(2026, 2, 18)
    raw, spans = page(("آخری بار اپ ڈیٹ: 20 فروری 2026", "date"), BODY)
    found = describe(raw, spans, language="ur")
    assert (found.page_date, found.published) == (datetime.date(2026, 2, 20), None)


@pytest.mark.parametrize(
    ("given_date", "date"),
    [
        ("2026-02-18T23:10:00Z", datetime.date(2026, 2, 18)),
        ("Wed, 18 Feb 2026 10:00:00 GMT", datetime.date(2026, 2, 18)),
        ("18 فروری 2026", datetime.date(2026, 2, 18)),
        ("yesterday", None),
        ("2026-02-31", None),
        ("", None),
    ],
)
def test_a_given_date_is_the_publication(given_date: str, date: datetime.date | None) -> None:
    assert describe(BODY, [], given_date=given_date).published == date


@pytest.mark.parametrize(
    "line",
    [
        "میونخ (15 فروری 2026): کانفرنس میں کئی ملکوں کے وزرا شریک ہوئے۔",
        "کراچی، 15 فروری 2026: شہر میں بارش کا سلسلہ جاری ہے۔",
    ],
)
def test_the_date_of_a_dateline(line: str) -> None:
    found = describe(f"{line}\n{BODY}", [], language="ur")
    assert (found.page_date, found.published) == (datetime.date(2026, 2, 15), None)


@pytest.mark.parametrize(
    "line",
    [
        "عدالت نے 15 فروری 2026 کو فیصلہ سنایا تھا جس پر عمل نہیں ہوا۔",
        "اس کتاب کی اشاعت 15 فروری 2026 کو ہوئی جس کے بعد بحث شروع ہو گئی۔",
        "سنہ 2026 میں 15 بار بارش ہوئی۔",
    ],
)
def test_a_date_of_the_story_is_not_the_pages(line: str) -> None:
    found = describe(f"{line}\n{BODY}", [], language="ur")
    assert (found.page_date, found.published) == (None, None)


def test_the_date_in_a_caption_is_not_the_pages() -> None:
    raw, spans = page(("18 فروری 2026 کو لی گئی تصویر", "caption"), BODY)
    assert describe(raw, spans, language="ur").page_date is None


# Agency


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("کراچی (اے پی پی) شہر میں بارش کا سلسلہ جاری ہے۔", "اے پی پی"),
        ("لاہور (نمائندہ خصوصی) شہر میں بارش کا سلسلہ جاری ہے۔", "نمائندہ خصوصی"),
        ("ماسکو (ویب ڈیسک): نیا اسٹیشن کھول دیا گیا۔", "ویب ڈیسک"),
        ("نئی دہلی، 5 مارچ (یو این آئی) وزیر نے کہا۔", "یو این آئی"),
        ("لندن (رائٹرز/اے ایف پی)۔ وزیر نے کہا۔", "رائٹرز/اے ایف پی"),
        ("دہلی (ک خ)۔ وزیر نے کہا۔", "ک خ"),
        ("سری نگر، 5 مارچ (ک خ غ) وزیر نے کہا۔", "ک خ غ"),
        ("اسلام آباد۔5مارچ (اے پی پی):وزیر نے کہا۔", "اے پی پی"),
        ("ویب ڈیسک", "ویب ڈیسک"),
        ("مثال نیوز ڈیسک | 18 فروری 2026", "مثال نیوز ڈیسک"),
        ("ویب ڈیسک 18 فروری 2026", "ویب ڈیسک"),
        ("القاهرة (رويترز) - قال الوزير أمس", "رويترز"),
        ("دمشق، سوريا (CNN) -- قال الوزير أمس", "CNN"),
        ("LONDON (Reuters) - The minister said", "Reuters"),
        ("اسلام آباد: (مثال نیوز) وزیر نے کہا۔", "مثال نیوز"),
        ("اسلام آباد ( 47 نیوز) وزیر نے کہا۔", "47 نیوز"),
        ("حیدرآباد ۔7۔مارچ (مثال نیوز) وزیر نے کہا۔", "مثال نیوز"),
        ("بنگلورو:12؍مارچ(مثال نیوز؍ایجنسی) وزیر نے کہا۔", "مثال نیوز؍ایجنسی"),
        ("اسلام آباد (نیوز ایجنسیاں) وزیر نے کہا۔", "نیوز ایجنسیاں"),
        ("واشنگٹن (بی بی سی اردو) وزیر نے کہا۔", "بی بی سی اردو"),
        ("کراچی (روزنامہ مثال ٹائمز) وزیر نے کہا۔", "روزنامہ مثال ٹائمز"),
        ("کراچی(اُردو پوائنٹ تازہ ترین اخبار۔آئی این پی۔ 12 مارچ 2026ء) وزیر نے کہا۔", "آئی این پی"),
        ("کراچی ( اردو پوائنٹ اخبارتازہ ترین۔ 12 مارچ2026ء) وزیر نے کہا۔", "اردو پوائنٹ"),
        ("ویب ڈیسک: وزیر نے ایک تقریب میں خطاب کرتے ہوئے کہا کہ اس سال نئے اسکول کھولے جائیں گے۔", "ویب ڈیسک"),
        ("اسٹاف رپورٹر", "اسٹاف رپورٹر"),
        ("نمائندہ خصوصی", "نمائندہ خصوصی"),
        ("بیورو رپورٹ | 18 فروری 2026", "بیورو رپورٹ"),
        ("رپورٹ: ویب ڈیسک", "ویب ڈیسک"),
        ("رپورٹ: اے ایف پی", "اے ایف پی"),
        ("By Web Desk", "Web Desk"),
        ("از نمائندہ خصوصی", "نمائندہ خصوصی"),
        ("لاہور: ویب ڈیسک", "ویب ڈیسک"),
        ("ویب ڈیسک، کراچی", "ویب ڈیسک"),
        ("مانیٹرنگ ڈیسک / اے ایف پی", "مانیٹرنگ ڈیسک / اے ایف پی"),
        ("حیدرآباد 12 مارچ ( مثال ڈاٹ کام ) وزیر نے کہا۔", "مثال ڈاٹ کام"),
        ("اے پی پی", "اے پی پی"),
    ],
)
def test_the_credit_of_a_dateline(line: str, agency: str) -> None:
    assert describe(f"{line}\n{BODY}", []).agency == agency


@pytest.mark.parametrize(
    "line",
    [
        "عالمی مالیاتی فنڈ (آئی ایم ایف) نے قرض کی قسط جاری کر دی۔",
        "پاکستان تحریک انصاف (پی ٹی آئی) کے رہنما نے کہا۔",
        "پاکستان سپر لیگ (پی ایس ایل) کا میچ آج ہو گا۔",
        "خبر رساں ادارے اے ایف پی کے مطابق شہر میں بارش ہوئی۔",
        "ترجمان نے (اے ایف پی) سے بات کرتے ہوئے کہا۔",
        "میونخ (15 فروری 2026): کانفرنس شروع ہوئی۔",
        "کراچی (تین ہلاک) میں دھماکہ ہوا۔",
        "World Health Organization (WHO) said on Monday",
        "وزیر نے نئے ڈیسک کا افتتاح کر دیا",
        "ہسپتال میں خواتین کے لیے نیا ڈیسک",
        "کراچی (بریکنگ نیوز) شہر میں بارش ہوئی۔",
        "کراچی (پرانا شہر) میں بارش ہوئی۔",
        "مشہور چینل (مثال نیوز) نے خبر دی۔",
        "کراچی کے چینل (مثال نیوز) نے خبر دی۔",
        "اسٹاف رپورٹر کی گاڑی چوری",
        "پشاور (مثال نیوز) کے دفتر میں آگ لگ گئی۔",
        "ویب ڈیسک، وزارت خزانہ",
        "کراچی (تحریک انصاف) شہر میں جلسہ ہوا۔",
    ],
)
def test_what_is_no_credit(line: str) -> None:
    assert describe(f"{line}\n{BODY}", [], language="ur").agency is None


def test_a_credit_that_was_removed_or_closes_the_page() -> None:
    raw, spans = page(BODY, ("(اے ایف پی)", "agency_credit"))
    assert describe(raw, spans, language="ur").agency == "اے ایف پی"
    assert describe(f"{BODY}\n{BODY}\n(روئٹرز)", [], language="ur").agency == "روئٹرز"
    assert describe(f"{BODY}\n{BODY}\nروئٹرز کا دفتر بند", [], language="ur").agency is None


def test_a_copyright_line_without_a_year_credits_its_owner() -> None:
    raw, spans = page(BODY, ("© The Daily Example", "legal"))
    assert describe(raw, spans, language="ur").agency == "The Daily Example"
    for own in ("© 2026 مثال نیوز", "© مثال نیوز۔ جملہ حقوق محفوظ ہیں۔", "کاپی رائٹ © مثال"):
        raw, spans = page(BODY, (own, "legal"))
        assert describe(raw, spans, language="ur").agency is None


def test_a_portals_dateline_has_the_date_too() -> None:
    found = describe(f"کراچی (اردو پوائنٹ اخبارتازہ ترین۔ اے پی پی۔ 12 مارچ 2026ء) {BODY}\n{BODY}", [], language="ur")
    assert (found.dateline, found.agency, found.page_date) == ("کراچی", "اے پی پی", datetime.date(2026, 3, 12))


def test_an_agencys_name_in_latin_letters_above_the_text_is_a_pictures() -> None:
    assert describe("\n".join(["Reuters"] + [BODY] * 5), [], language="ur").agency is None


def test_a_label_and_marks_alone_credit_nobody() -> None:
    said = describe(*page("تحریر:۔", "یہ متن کی ایک لمبی سطر ہے جو یہاں لکھی گئی ہے۔"))
    assert (said.agency, said.author) == (None, None)


def test_a_desk_that_closes_the_page() -> None:
    assert describe("\n".join([BODY] * 5 + ["اسٹاف رپورٹر"]), [], language="ur").agency == "اسٹاف رپورٹر"


# Section


@pytest.mark.parametrize(
    ("lines", "section"),
    [
        (["کھیل"], "کھیل"),
        (["قومی خبریں"], "قومی خبریں"),
        (["بین الاقوامی"], "بین الاقوامی"),
        ([("شوبز", "nav")], "شوبز"),
        ([("فیس بک پر شیئر کریں", "share"), "کاروبار"], "کاروبار"),
        (["18 فروری 2026", "پاکستان"], "پاکستان"),
        (["پاکستان | 18 فروری 2026"], "پاکستان"),
        (["پاکستان 18 فروری 2026"], "پاکستان"),
        (["پاکستان > کراچی"], "پاکستان"),
        (["کھیل", "ویب ڈیسک"], "کھیل"),
        (["کھیل", "کاروبار", "صحت"], None),  # a menu
        (["تازہ ترین"], None),  # the label of a list
        (["کراچی"], None),  # where the author writes from
        (["کھیل ختم"], None),
        (["پاکستان زندہ باد"], None),
        (["کھیل ہی کھیل"], None),
    ],
)
def test_a_section_alone_above_the_title(lines: list[str | tuple[str, str]], section: str | None) -> None:
    headline = "نئے بجٹ میں تعلیم کے لیے زیادہ رقم"
    raw, spans = page(*lines, headline, BODY, BODY)
    found = describe(raw, spans, language="ur")
    assert found.section == section
    if section:
        assert found.title == headline


def test_a_sections_name_further_down_is_a_subheading() -> None:
    for lines in (["بجٹ میں تعلیم کی رقم", "کھیل", BODY], [BODY, "پاکستان", BODY], [BODY, "کھیل"], ["کھیل"]):
        assert describe("\n".join(lines), [], language="ur").section is None
    dated = ["بجٹ میں تعلیم کی رقم", "کھیل", "18 فروری 2026", BODY]
    assert describe("\n".join(dated), [], language="ur").section == "کھیل"


@pytest.mark.parametrize(
    ("breadcrumb", "section"),
    [
        ("ہوم > کھیل > نئے بجٹ میں تعلیم کے لیے زیادہ رقم", "کھیل"),
        ("ہوم » سائنس و ٹیکنالوجی", "سائنس و ٹیکنالوجی"),
        ("صفحۂ اول / دنیا / ایشیا / ایک خبر", "دنیا"),
        ("ہومکاروبارنئے بجٹ میں تعلیم کے لیے زیادہ رقم", "کاروبار"),
        ("ہوم ہماری دنیا نئے بجٹ میں تعليم كے ليے زیادہ رقم", "ہماری دنیا"),
        ("ہومپاکستان کسی اور خبر کی سرخی", "پاکستان"),
        ("الرئيسية > رياضة > خبر", "رياضة"),
        ("خانه › اقتصادی › خبر", "اقتصادی"),
        ("Home > World > Story", "World"),
        ("ہوم نئے بجٹ میں تعلیم کے لیے زیادہ رقم", None),
        ("ہوم > نئے بجٹ میں تعلیم کے لیے زیادہ رقم", None),
    ],
)
def test_the_section_of_a_breadcrumb(breadcrumb: str, section: str | None) -> None:
    headline = "نئے بجٹ میں تعلیم کے لیے زیادہ رقم"
    language = {"ا": "ar", "خ": "fa", "H": "en"}.get(breadcrumb[0], "ur")
    raw, spans = page((breadcrumb, "nav"), headline, BODY)
    found = describe(raw, spans, language=language)
    assert (found.section, found.title) == (section, headline)
    raw, spans = page(breadcrumb, headline, BODY)
    assert describe(raw, spans, language=language).section == section


def test_a_menu_is_no_breadcrumb_on_lines_of_its_own() -> None:
    raw, spans = page(*((word, "nav") for word in ("ہوم", "پاکستان", "دنیا", "کھیل", "صحت")), "پل کھل گیا", BODY)
    assert describe(raw, spans, language="ur").section is None


def test_a_breadcrumb_on_lines_of_its_own() -> None:
    raw, spans = page(("ہوم", "nav"), ("کھیل", "nav"), "نئے میدان میں پہلا میچ آج", BODY)
    assert describe(raw, spans, language="ur").section == "کھیل"


# Author


@pytest.mark.parametrize(
    "lines",
    [
        ["تحریر: سلیم احمد", BODY],
        ["تحریر:سلیم احمد", "مثال نیوز، جدہ", BODY],
        [("مصنف,", "cms_label"), "سلیم احمد", ("عہدہ,", "cms_label"), "مثال نیوز", BODY],
        ["سلیم احمد", "کراچی", ("-------", "separator"), BODY],
        ["سلیم احمد", "نامہ نگار، پشاور", BODY, BODY],
        [BODY, "رپورٹ: سلیم احمد", "فلمنگ: کوئی اور"],
        [BODY, ("سلیم احمد کا یہ کالم پہلے مثال ڈاٹ کوم پر شائع ہوا", "promo")],
        ["ایک اور خبر کی بڑی سرخی", "بقلم: سلیم احمد", BODY],
        ["سلیم احمد @salim_example", BODY],
        ["سلیم احمد", "بی بی سی اردو ڈاٹ کام، پشاور", BODY, BODY],
        ["ایک اور خبر کی بڑی سرخی", "از سلیم احمد", BODY],
        ["ایک اور خبر کی بڑی سرخی", "سلیم احمد، نامہ نگار", BODY],
        ["ایک اور خبر کی بڑی سرخی", "سلیم احمد، بی بی سی اردو، پشاور", BODY],
        ["سلیم احمد کے قلم سے", BODY],
        ["تحریر۔۔۔ سلیم احمد", BODY],
        ["تحریر ۔ سلیم احمد", BODY],
        [BODY, "رپورٹر: سلیم احمد"],
        [BODY, "رپورٹنگ: سلیم احمد، کیمرا: کوئی اور"],
        ["تحریر: سلیم احمد (لاہور)", BODY],
        ["تحریر: سلیم احمد - کراچی", BODY],
        ["تحریر: سلیم احمد | 18 فروری 2026", BODY],
        [BODY, "مضمون نگار: سلیم احمد"],
    ],
)
def test_the_author_as_printed(lines: list[str | tuple[str, str]]) -> None:
    raw, spans = page(*lines)
    assert describe(raw, spans, language="ur").author == "سلیم احمد"


@pytest.mark.parametrize(
    ("language", "line", "author"),
    [
        ("ar", "بقلم: سليم أحمد", "سليم أحمد"),
        ("fa", "نویسنده: سلیم احمدی", "سلیم احمدی"),
        ("ps", "ليکوال: سليم احمدزی", "سليم احمدزی"),
        ("sd", "ليکڪ: سليم سومرو", "سليم سومرو"),
        ("en", "Author: Salim Ahmed", "Salim Ahmed"),
        ("en", "By Salim Ahmed", "Salim Ahmed"),
    ],
)
def test_the_author_in_each_language(language: str, line: str, author: str) -> None:
    assert describe(f"{line}\n{BODY}", [], language=language).author == author


def test_from_is_no_label_in_persian() -> None:
    lines = ["بودجه آموزش افزایش می‌یابد", "از سلیم احمدی", BODY]
    assert describe("\n".join(lines), [], language="ur").author == "سلیم احمدی"
    assert describe("\n".join(lines), [], language="fa").author is None


def test_who_reports_for_whom() -> None:
    found = describe(f"{BODY}\n{BODY} Salim Ahmed reports for Example Urdu Service from Islamabad", [], language="ur")
    assert found.author == "Salim Ahmed"


@pytest.mark.parametrize(
    "lines",
    [
        ["رپورٹ: شہر میں 5 افراد زخمی", BODY],
        ["رپورٹ: وزیر نے کہا کہ سب ٹھیک ہے", BODY],
        ["نئی کتاب کی رونمائی", BODY],
        ["سلیم احمد اور کریم خان کی اضافی رپورٹنگ کے ساتھ", BODY],
        ["کراچی", BODY],
        [BODY, "سلیم احمد نے یہ کالم پڑھ کر کہا کہ وہ متفق نہیں"],
        ["از سر نو جائزہ", BODY],
        ["از خود نوٹس", BODY],
        ["از کراچی", BODY],
        ["رپورٹ: ویب ڈیسک", BODY],
        ["رپورٹ: اے ایف پی", BODY],
        ["By Web Desk", BODY],
        ["سلیم احمد، وزیر خزانہ", BODY],
        ["سلیم احمد، صحافی جو سچ لکھتے ہیں", BODY],
        ["کراچی، نامہ نگار", BODY],
        ["رپورٹر: کراچی", BODY],
        ["خصوصی رپورٹ: صوبائی آبی ذخائر", BODY],
    ],
)
def test_what_is_no_author(lines: list[str]) -> None:
    assert describe("\n".join(lines), [], language="ur").author is None


# Captions


def test_captions_lose_their_label_and_are_normalised() -> None:
    raw, spans = page(
        ("،تصویر کا کیپشن", "caption"),
        ("شہر کا  ايک  منظر", "caption"),
        BODY,
        ("،تصویر کا کیپشن، دریا کا کنارہ", "caption"),
    )
    assert describe(raw, spans, language="ur").captions == ("شہر کا ایک منظر", "دریا کا کنارہ")


# Wrapped and hostile pages


def test_hard_wrapped_pages_are_read_in_paragraphs() -> None:
    def wrapped(text: str) -> str:
        """A paragraph cut every 70 characters, its last line pushed to the other side."""
        return "\n".join(text[start : start + 70].rjust(70) for start in range(0, len(text), 70))

    credit = "Salim Ahmed reports for Example Urdu Service from Islamabad"
    text = f"{BODY} " * 4
    text += BODY[: (54 - len(text)) % 70] + " " + credit  # a line ends after 15 characters of it
    raw = "\n\n".join(
        [wrapped("نئے بجٹ میں تعلیم کے لیے زیادہ رقم"), wrapped("Wed, 18 Feb 2026 10:00:00 GMT"), wrapped(text)]
    )
    assert credit[:15] in raw
    assert credit[:16] not in raw
    found = describe(raw, [], language="ur")
    assert found.title == "نئے بجٹ میں تعلیم کے لیے زیادہ رقم"
    assert found.page_date == datetime.date(2026, 2, 18)
    assert found.author == "Salim Ahmed"
    last_paragraph = raw.rindex("\n\n") + 2
    found = describe(
        raw + "\n\n" + wrapped(f"{BODY} " * 4), [Span(last_paragraph, len(raw), "test", "related")], language="ur"
    )
    assert found.author is None


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_never_raises_whatever_was_removed(data: st.DataObject) -> None:
    characters = st.one_of(
        st.sampled_from("\n\n\r ()۔:،-©ہوم>2026فروری18 تحریر اے پی\u200f\u0654\ud800"),
        st.characters(exclude_categories=()),
    )
    raw = data.draw(st.text(characters, max_size=120))
    places = st.integers(0, len(raw))
    kinds = st.sampled_from(
        ["date", "nav", "legal", "caption", "author_initial", "agency_credit", "cms_label", "promo"]
    )
    drawn = data.draw(st.lists(st.tuples(places, places, kinds), max_size=4))
    spans = merge(Span(min(a, b), max(a, b), "test", kind) for a, b, kind in drawn)
    language = data.draw(st.sampled_from(["ur", "fa", "ar", "ps", "sd", "pnb", "en", None]))
    found = describe(raw, spans, language=language, given_date=raw[:40])
    for text in (found.title, found.agency, found.section, found.author, *found.captions):
        assert text is None or (text == text.strip() != "" and "\n" not in text)
    assert describe(raw, spans, language=language, given_date=raw[:40]) == found


@pytest.mark.parametrize("unit", [BODY, "ہوم > ", "(", "تحریر: ", "\n", "© ", "18 فروری 2026 ", "a\n"])
def test_a_long_page_costs_no_more_than_its_ends(unit: str) -> None:
    raw = unit * (2_500_000 // len(unit))
    describe(raw[:HEAD], [], language="ur")
    started = time.perf_counter()
    describe(raw, [Span(10, 20, "test", "nav"), Span(len(raw) - 10, len(raw), "test", "date")], language="ur")
    assert time.perf_counter() - started < 3


# The bar


def _gold_spans(document: dict[str, object]) -> tuple[Span, ...]:
    spans: list[Span] = []
    offset = 0
    for label, line in zip(document["lines"], document["text"].split("\n"), strict=True):
        if not label["keep"] and line:
            spans.append(Span(offset, offset + len(line), "gold", label["kind"]))
        elif label["keep"]:
            spans.extend(Span(offset + a, offset + b, "gold", kind) for a, b, kind, *_ in label.get("spans", []))
        offset += len(line) + 1
    return merge(spans)


def test_the_bar_on_labelled_pages() -> None:
    root = Path(os.environ.get("SAAF_DATA", ROOT.parent / "shared" / "data"))
    path = root / "boilerplate_dev.jsonl"
    if not path.is_file():
        pytest.skip("the development data is not here")
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("page_date", "agency", "section", "author")}
    for line in path.read_text("utf-8").splitlines():
        document = json.loads(line)
        found = describe(document["text"], _gold_spans(document), site=document["site"], language="ur")
        for name, count in counts.items():
            got, want = getattr(found, name), document["meta"][name]
            got = got.isoformat() if isinstance(got, datetime.date) else got
            count["right"] += got is not None and got == want
            count["found"] += got is not None
            count["there"] += want is not None
    for name, count in counts.items():
        assert count["right"] >= 0.98 * count["found"], (name, count)
        assert count["right"] >= 0.90 * count["there"], (name, count)
