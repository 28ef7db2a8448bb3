"""Personal numbers and addresses: what is found and what is not, in all digits; what masking keeps true."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared import ROOT

from saaf.clean.assembly import text_of
from saaf.clean.cleaner import Cleaner
from saaf.clean.pii import COLUMNS, PLACEHOLDER, counts, find_in_page, find_pii, mask
from saaf.clean.spans import Span, check, remainder
from saaf.config import CleanConfig
from saaf.engines.checks import check_no_character_lost
from saaf.tables import BRONZE

DIGITS = {
    "ascii": "0123456789",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "extended arabic": "۰۱۲۳۴۵۶۷۸۹",
    "devanagari": "०१२३४५६७८९",
    "bengali": "০১২৩৪৫৬৭৮৯",
    "fullwidth": "０１２３４５６７８９",
}
# Numbers of no one: made up, or those that their issuers give as examples.
PERSONAL = {
    "cnic": ["42101-1234567-1", "35202 - 7654321 - 9", "61101–1112223–4"],
    "phone": [
        "0300-1234567",
        "0300 1234567",
        "03001234567",
        "+92 300 1234567",
        "0092-42-35761999",
        "923001234567",
        "042-35761999",
        "(042) 35761999",
        "+971 50 123 4567",
        "+44 20 7946 0958",
        "+91 98765 43210",
        "+98 21 8888 1234",
        "+93 70 123 4567",
        "+966 50 123 4567",
    ],
    "iban": ["PK36SCBL0000001123456702", "PK36 SCBL 0000 0011 2345 6702", "GB82 WEST 1234 5698 7654 32"],
    "email": ["ali.khan99@example.com.pk", "info@example.org", "a_b+c@mail.example.co.uk"],
}
IMPERSONAL = [
    "01-02-2026",
    "2026-02-18 09:15:00",
    "18.02.2026 اور 19.02.2026",
    "1,250,000 روپے",
    "1700000000000",
    "4210112345671",  # thirteen digits, and nothing says of what
    "2019 2020 2021 2022 2023 2024",
    "978-969-35-1234-5",
    "0.123456789",
    "3.14159265358979",
    "12345678901234567890123456789012",
    "10-12 20-25 30-35 40-45",
    "@handle",
    "a@b",
    "x@y.1",
    "PK36SCBL0000001123456703",  # its checksum does not hold
    "AB12 روپے",
    "ABC0300123456",
]
BODY = "وزارت نے بتایا کہ شہر کے لوگ اب گھر بیٹھے درخواست دے سکیں گے اور اس کے لیے کوئی فیس نہیں لی جائے گی۔"


def found(text: str) -> list[tuple[str, str]]:
    return [(span.rule.removeprefix("pii."), text[span.start : span.end]) for span in find_pii(text)]


@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize(("kind", "number"), [(kind, n) for kind, numbers in PERSONAL.items() for n in numbers])
def test_what_is_personal_is_found_in_all_digits(kind: str, number: str, digits: str) -> None:
    number = number.translate(dict(zip(map(ord, DIGITS["ascii"]), DIGITS[digits], strict=True)))
    for before, after in (("رابطہ: ", " پر کریں۔"), ("", ""), ("«", "»"), ("کال", "، شکریہ")):
        text = f"{before}{number}{after}"
        if not (kind in {"iban", "email"} and before == "کال"):
            assert found(text) == [(kind, number)], text


@pytest.mark.parametrize("text", IMPERSONAL)
def test_what_is_not_personal_is_not(text: str) -> None:
    assert found(f"خبر {text} ہے") == []


def test_thirteen_digits_are_a_card_where_words_say_so() -> None:
    assert found("شناختی کارڈ نمبر 4210112345671 ہے") == [("cnic", "4210112345671")]
    assert found("CNIC: ۴۲۱۰۱۱۲۳۴۵۶۷۱") == [("cnic", "۴۲۱۰۱۱۲۳۴۵۶۷۱")]


def test_several_in_a_row() -> None:
    text = "042-35761999/0300-1234567 (0321 1234567) ali@example.com, sara@example.com."
    assert [value for _, value in found(text)] == [
        "042-35761999",
        "0300-1234567",
        "0321 1234567",
        "ali@example.com",
        "sara@example.com",
    ]
    assert mask(text) == f"{PLACEHOLDER}/{PLACEHOLDER} ({PLACEHOLDER}) {PLACEHOLDER}, {PLACEHOLDER}."
    assert counts(find_pii(text)) == {"n_cnics": 0, "n_phones": 3, "n_emails": 2, "n_ibans": 0}


def test_invisible_marks_do_not_hide_a_number() -> None:
    assert found("\u202a+92\u00a0300\u200e 1234567\u202c")[0][0] == "phone"


def test_what_a_rule_removed_is_left_to_it() -> None:
    raw = "رابطہ 0300-1234567\nدفتر 0321-1234567"
    assert [span.start for span in find_in_page(raw, [Span(0, 18, "x.contact", "promo")])] == [raw.index("0321")]
    assert find_in_page(raw, [Span(0, len(raw), "x.all", "promo")]) == []


def test_a_number_that_wrapping_cut_is_whole() -> None:
    raw = "فون 0300-12\n34567 پر"
    (span,) = find_in_page(raw, [], np.array([(11, 12)], np.int32))
    assert raw[span.start : span.end] == "0300-12\n34567"


_touchy = st.lists(
    st.one_of(
        st.sampled_from("0123456789۰۱٣ -+()./@aPK٪\n\u200e\u0640"),
        st.sampled_from([n for numbers in PERSONAL.values() for n in numbers]),
        st.characters(exclude_categories=()),
    ),
    max_size=40,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(_touchy)
def test_spans_are_in_order_and_masked_text_hides_them(text: str) -> None:
    spans = find_pii(text)
    check(spans, len(text))
    hidden = mask(text)
    assert hidden.count(PLACEHOLDER) >= len(spans)
    assert remainder(text, spans) == "".join(_between(text, spans))
    assert not any(
        text[span.start : span.end] in hidden for span in spans if text.count(text[span.start : span.end]) == 1
    )


def _between(text: str, spans: list[Span]) -> list[str]:
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    return [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def bronze(raw: str, **columns: str) -> pa.RecordBatch:
    row = {
        "doc_id": "0" * 32,
        "source": "test",
        "uri": "test/0.txt",
        "record": 0,
        "raw_sha256": "0" * 64,
        "encoding": "utf-8",
        "raw_text": raw,
        "ingested_at": datetime(2026, 11, 21, 6, tzinfo=UTC),
        "run_id": "run-1",
        **columns,
    }
    return BRONZE.batch([row])


@cache
def cleaner(*, mask_pii: bool) -> Cleaner:
    """Packs take seconds to load."""
    return Cleaner.load(CleanConfig(filter="none", max_removed_share=1.0, mask_pii=mask_pii), ROOT)


def cleaned(raw: str, *, mask_pii: bool, **columns: str) -> dict[str, Any]:
    batch = bronze(raw, **columns)
    silver = cleaner(mask_pii=mask_pii).clean(batch).silver
    check_no_character_lost(batch, silver)  # invariant 2
    row: dict[str, Any] = silver.to_pylist()[0]
    return row


RAW = f"درخواست کے لیے 0300-1234567 پر رابطہ کریں\n\n{BODY}\nشناختی کارڈ 42101-1234567-1 ساتھ لائیں، یا\ninfo@example.org\nپر لکھیں۔ {BODY}"


def test_counted_always_and_left_in_place_by_default() -> None:
    row = cleaned(RAW, mask_pii=False)
    assert {column: row[column] for column in COLUMNS.values()} == {
        "n_cnics": 1,
        "n_phones": 1,
        "n_emails": 1,
        "n_ibans": 0,
    }
    assert "0300-1234567" in row["text"]
    assert not [span for span in row["removed"] if span["kind"] == "pii"]


def test_masked_on_request_in_text_title_and_captions() -> None:
    row = cleaned(RAW, mask_pii=True, given_title="رابطہ: 0300-1234567")
    printed = f"{row['text']} {row['title']} {row['captions']}"
    for secret in ("0300-1234567", "42101-1234567-1", "info@example.org"):
        assert secret not in printed
    assert row["text"].count(PLACEHOLDER) == 3
    assert f"\n{PLACEHOLDER}\n" in row["text"]  # a line of its own stays one
    assert row["title"] == f"رابطہ: {PLACEHOLDER}"
    assert [span["rule"] for span in row["removed"] if span["kind"] == "pii"] == ["pii.phone", "pii.cnic", "pii.email"]
    assert (row["n_phones"], row["n_cnics"], row["n_emails"]) == (1, 1, 1)


def test_the_text_can_be_made_again_from_the_spans() -> None:
    row = cleaned(RAW, mask_pii=True)
    assert text_of(RAW, [Span(**span) for span in row["removed"]], row["language"]) == row["text"]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from([BODY, "مزید پڑھیں", "18 فروری 2026", "", *itertools.chain(*PERSONAL.values())]), max_size=8
    ),
    st.data(),
)
def test_no_character_is_lost_where_some_are_masked(lines: list[str], data: st.DataObject) -> None:
    joints = data.draw(st.lists(st.sampled_from(["\n", " ", "، ", "\u200f"]), min_size=len(lines), max_size=len(lines)))
    raw = "".join(line + joint for line, joint in zip(lines, joints, strict=True))
    batch = bronze(raw)
    silver = cleaner(mask_pii=True).clean(batch).silver
    check_no_character_lost(batch, silver)
    (row,) = silver.to_pylist()
    assert text_of(raw, [Span(**span) for span in row["removed"]], row["language"]) == row["text"]
    masked = [span for span in row["removed"] if span["kind"] == "pii"]
    assert row["text"].count(PLACEHOLDER) == len(masked) == sum(row[column] for column in COLUMNS.values())


@pytest.mark.parametrize("unit", ["0", "0300-1234567 ", "0 ", "a@", "PK36", "@", "1-", "+", "(0"])
def test_one_long_line_takes_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        started = time.process_time()
        find_pii(text)
        return time.process_time() - started

    seconds(1000)
    small, large = seconds(20_000), seconds(160_000)
    assert large < 8 * small * 4 + 0.5, f"8 times the text took {large / small:.0f} times as long"
