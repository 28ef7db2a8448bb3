"""Dates: the forms of each language and calendar, labels, what is no date, hostile lines."""

from __future__ import annotations

import datetime
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.dates import FIRST_YEAR, LAST_YEAR, LOOKED_AT, FoundDate, find_date, lunar_date, solar_date

DAY = datetime.date(2026, 2, 18)

FORMS = {
    "ur": [
        "بدھ, فروری 18, 2026",
        "بدھ، 18 فروری 2026",
        "18 فروری 2026ء",
        "۱۸ فروری ۲۰۲۶ء",
        "18فروری2026",
        "فروری 18، 2026",
        "18 فروری، سنہ 2026",
    ],
    "ar": [
        "الأربعاء 18 فبراير 2026",
        "١٨ فبراير ٢٠٢٦م",
        "18 شباط 2026",
        "18 شباط/فبراير 2026",
        "18 شباط (فبراير) 2026",
        "18 فيفري 2026",
        "يوم الأربعاء 18 من فبراير 2026",
        "١٨/٢/٢٠٢٦",
    ],
    "fa": ["چهارشنبه ۲۹ بهمن ۱۴۰۴", "۲۹ بهمن‌ماه ۱۴۰۴", "۱۴۰۴/۱۱/۲۹", "۱۸ فوریه ۲۰۲۶", "چهارشنبه، ۱۸ فوریۀ ۲۰۲۶ میلادی"],
    "ps": ["د ۲۰۲۶ کال د فبروري ۱۸مه", "۱۸ فبروري ۲۰۲۶", "د فبروري ۱۸، ۲۰۲۶", "چهارشنبې ۲۹ سلواغه ۱۴۰۴"],
    "sd": ["18 فيبروري 2026ع", "اربع 18 فيبروري 2026", "فيبروري 18, 2026"],
    "pnb": ["18 فروری 2026", "بدھ 18 فروری 2026"],
    "en": [
        "Wednesday, 18 February 2026",
        "Wed, 18 Feb 2026",
        "Feb 18, 2026",
        "February 18th, 2026",
        "Feb. 18, 2026",
        "18-Feb-2026",
        "18TH FEBRUARY 2026",
        "2026-02-18",
        "2026/02/18",
        "2026.02.18",
        "18-02-2026",
        "18/2/2026",
        "18.02.2026",
        "02/18/2026",
        "2026 Feb 18",
    ],
}
ALL_FORMS = [(language, form) for language, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("language", "form"), ALL_FORMS)
def test_each_form(language: str, form: str) -> None:
    found = find_date(form)
    assert found is not None
    assert found.date == DAY
    assert found.whole_line
    assert not found.says_published
    assert not found.says_updated
    assert found.calendar == ("solar" if "۱۴۰۴" in form else "gregorian")


@pytest.mark.parametrize(("language", "form"), ALL_FORMS)
def test_the_offsets_are_those_of_the_line(language: str, form: str) -> None:
    # Marks, joiners and decomposed letters before the date must not shift them.
    before = unicodedata.normalize("NFD", "مِثال‌ نیوز ئۂ | ")
    after = " | کچھ اور"
    found = find_date(before + form + after)
    assert found is not None
    assert found.date == DAY
    assert not found.whole_line
    text = (before + form + after)[found.start : found.end]
    assert text in {form, form.removeprefix("د ")}


@pytest.mark.parametrize(
    ("line", "published", "updated"),
    [
        ("تاریخ اشاعت: {}", True, False),
        ("اشاعت کی تاریخ {}", True, False),
        ("شائع شدہ {} 10:35", True, False),
        ("{} کو شائع ہوا", True, False),
        ("Published on {} at 10:30 PM PKT", True, False),
        ("POSTED: {}", True, False),
        ("نُشر في: {}", True, False),
        ("تاريخ النشر {} - 10:22", True, False),
        ("تاریخ انتشار: {}", True, False),
        ("د خپرېدو نېټه: {}", True, False),
        ("اپ ڈیٹ {} شام 5:30 بجے", False, True),
        ("آخری بار اپ ڈیٹ: {}", False, True),
        ("Last updated: {}", False, True),
        ("آخر تحديث: {} الساعة 10:22", False, True),
        ("به‌روزرسانی: {}", False, True),
        ("{} اپ ڈیٹ", False, True),
        ("{}", False, False),
        ("{} | 10:30 GMT", False, False),
    ],
)
@pytest.mark.parametrize("form", ["18 فروری 2026", "Feb 18, 2026", "2026-02-18"])
def test_labels(line: str, published: bool, updated: bool, form: str) -> None:
    found = find_date(line.format(form))
    assert found is not None
    assert found.date == DAY
    assert (found.says_published, found.says_updated) == (published, updated)
    assert found.whole_line


@pytest.mark.parametrize(
    "line",
    [
        "شائع 18 فروری 2026 | اپ ڈیٹ 20 فروری 2026",
        "اپ ڈیٹ 20 فروری 2026 | شائع 18 فروری 2026",
        "Updated 20 Feb 2026, published 18 Feb 2026",
        "18 فروری 2026 اپ ڈیٹ 20 فروری 2026",
        "29 شعبان 1447ھ بمطابق 18 فروری 2026",
        "۲۹ بهمن ۱۴۰۴ برابر با ۱۸ فوریه ۲۰۲۶",
    ],
)
def test_of_several_dates_the_best(line: str) -> None:
    found = find_date(line)
    assert found is not None
    assert found.date == DAY
    assert found.whole_line


def test_what_a_page_says_of_itself() -> None:
    found = find_date("نوٹ: یہ تحریر پہلی بار 18 فروری 2026 کو شائع کی گئی تھی جسے آج پھر پیش کیا جا رہا ہے۔")
    assert found is not None
    assert found.says_published
    assert not found.whole_line
    found = find_date("یہ کتاب پہلی بار 18 فروری 2026 کو شائع کی گئی تھی جسے آج پھر پیش کیا جا رہا ہے۔")
    assert found is not None
    assert not found.says_published


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026",
        "18 فروری",
        "فروری 2026",
        "31 فروری 2026",
        "29 فروری 2026",
        "31 اپریل 2026",
        "0 مارچ 2026",
        "18 فروری 1826",
        "18 فروری 3026",
        "2026-13-18",
        "2026-02-30",
        "13/13/2026",
        "32.01.2026",
        "۳۱ مهر ۱۴۰۴",
        "۳۰ اسفند ۱۴۰۴",
        "31 رمضان 1447",
        "0300-12-2020",
        "+92-30-12-2020",
        "192.168.10.2020",
        "118 فروری 2026",
        "18 فروری 20261",
        "بدی 18 2026",
        "18 نومبریں 2026",
        "سال 2026 میں 18 میچ",
        "1.2.2026-3",
        "۱۴۴۷/۰۸/۲۹",
        "دو دن پہلے",
    ],
)
def test_what_is_no_date(line: str) -> None:
    assert find_date(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "ملاقات 18 فروری 2026 کو ہوئی",
        "کراچی (18 فروری 2026): بارش ہوئی",
        "18 فروری 2026 سے 3 دن",
        "Feb 18, 2026 was cold",
    ],
)
def test_a_date_among_words_is_not_the_whole_line(line: str) -> None:
    found = find_date(line)
    assert found is not None
    assert not found.whole_line


def test_a_leap_day() -> None:
    found = find_date("29 فروری 2024")
    assert found is not None
    assert found.date == datetime.date(2024, 2, 29)


def test_the_year_is_not_given_the_first_letter_of_a_word() -> None:
    line = "18 فروری 2026 میں"
    found = find_date(line)
    assert found is not None
    assert line[found.start : found.end] == "18 فروری 2026"


def test_the_day_comes_first_where_both_can() -> None:
    found = find_date("03/02/2026")
    assert found is not None
    assert found.date == datetime.date(2026, 2, 3)


URDU_MONTHS = "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر".split()
DIGITS = {"latin": "0123456789", "urdu": "۰۱۲۳۴۵۶۷۸۹", "arabic": "٠١٢٣٤٥٦٧٨٩"}


@settings(max_examples=150, deadline=None)
@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)),
    st.sampled_from(sorted(DIGITS)),
    st.sampled_from(
        ["{d} {m} {y}", "{m} {d}, {y}", "{d} {m}، {y}ء", "{y}-{n:02}-{d:02}", "{d:02}/{n:02}/{y}", "تاریخ: {d} {m} {y}"]
    ),
    st.sampled_from(["NFC", "NFD"]),
)
def test_any_day_is_read_back(day: datetime.date, digits: str, form: str, unicode_form: str) -> None:
    line = form.format(d=day.day, m=URDU_MONTHS[day.month - 1], n=day.month, y=day.year)
    line = unicodedata.normalize(unicode_form, line.translate(str.maketrans(DIGITS["latin"], DIGITS[digits])))
    found = find_date(line)
    assert found is not None
    assert found.date == day
    assert found.whole_line


# First days of solar years, as printed on calendars.
NEW_YEARS = {
    1279: (1900, 3, 21),
    1300: (1921, 3, 21),
    1357: (1978, 3, 21),
    1375: (1996, 3, 20),
    1376: (1997, 3, 21),
    1395: (2016, 3, 20),
    1399: (2020, 3, 20),
    1400: (2021, 3, 21),
    1403: (2024, 3, 20),
    1404: (2025, 3, 21),
    1405: (2026, 3, 21),
    1408: (2029, 3, 20),
}


def test_solar_new_years() -> None:
    for year, day in NEW_YEARS.items():
        assert solar_date(year, 1, 1) == datetime.date(*day)
    assert solar_date(1405, 8, 30) == datetime.date(2026, 11, 21)
    assert solar_date(1403, 12, 30) == datetime.date(2025, 3, 20)
    assert solar_date(1404, 12, 30) is None


def test_solar_days_follow_one_another() -> None:
    day = datetime.date(1921, 3, 21)
    for year in range(1300, 1480):
        for month in range(1, 13):
            for number in range(1, 32):
                date = solar_date(year, month, number)
                if date is None:
                    assert number > 29
                    continue
                assert date == day
                day += datetime.timedelta(1)
    assert day.year == 2101


def test_lunar_dates() -> None:
    assert lunar_date(1447, 9, 1) == datetime.date(2026, 2, 18)
    assert lunar_date(1342, 1, 1) is None
    assert lunar_date(1501, 1, 1) is None
    assert lunar_date(1447, 13, 1) is None
    found = find_date("یکم رمضان المبارک 1447ھ")
    assert found is not None
    assert (found.date, found.calendar) == (datetime.date(2026, 2, 18), "lunar")


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        st.one_of(
            st.sampled_from("0123456789۱۸ فروریمئی-/.,:،ء()شائعبدھ \n\u200c\u200f\u0654\ud800"),
            st.characters(exclude_categories=()),
        ),
        max_size=60,
    ),
    st.sampled_from(["", "18 فروری 2026", "2026-02-18", "Feb 18 2026"]),
)
def test_never_raises_and_spans_lie_in_the_line(text: str, date: str) -> None:
    line = text + date + text
    found = find_date(line)
    if found is not None:
        assert 0 <= found.start < found.end <= len(line)
        assert any(character.isdigit() for character in line[found.start : found.end])
        assert find_date(line) == found


@pytest.mark.parametrize(
    "unit", ["18 ", "فروری ", "2026 ", "18 فروری ", "شائع ", "1/", "(", "2026-02-", "بدھ ", "یکم "]
)
def test_a_long_line_costs_no_more_than_its_start(unit: str) -> None:
    find_date("18 فروری 2026")
    line = unit * (5_000_000 // len(unit)) + "18 فروری 2026"
    started = time.thread_time()
    find_date(line)
    assert time.thread_time() - started < 5
    assert find_date("ا" * LOOKED_AT + " 18 فروری 2026") is None


DAYS = st.dates(datetime.date(FIRST_YEAR, 1, 1), datetime.date(LAST_YEAR, 12, 31))
CLOCKS = st.sampled_from(["", "T10:00", "T23:10:00.123Z", " 10:00:00 GMT", " 06:31:49 +0500", "t01:02+05:00"])


@given(DAYS, st.sampled_from(["{:%Y-%m-%d}", "{:%d %b %Y}", "{:%a, %d %b %Y}", "{:%A %d %B %Y}"]), CLOCKS)
def test_dates_as_programs_write_them(day: datetime.date, form: str, clock: str) -> None:
    printed = form.format(day)
    found = find_date(printed + clock)
    assert found == FoundDate(day, 0, len(printed), whole_line=True, says_published=False)


@pytest.mark.parametrize("line", ["2026-02-31", "31 Feb 2026", "Mon, 32 Jan 2026", "3026-02-18", "2101-01-01"])
def test_dates_as_programs_write_them_must_exist(line: str) -> None:
    assert find_date(line) is None


def test_a_program_that_puts_the_day_before_the_month_is_read_too() -> None:
    found = find_date("2026-18-02")
    assert found is not None
    assert found.date == DAY
