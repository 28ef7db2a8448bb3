"""Encodings: found where it is certain, refused where it is not."""

from __future__ import annotations

import os
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_kit import TEXTS

from saaf.ingest.decoding import Decoded, decode, detect
from saaf.ingest.failure import Refusal
from saaf.reasons import Reason

# As it was typed when cp1256 was all there was: Arabic yeh and kaf for the letters it lacks.
OLD = {
    "ur": "ملك ميں نئي سڑك كا افتتاح هوا، لوگ خوش هيں اور وزير نے تقرير كي۔".replace("۔", "."),
    "fa": "دولت اعلام كرد جاده تازه ماه آينده باز مي‌شود، و گفت «پول آن آماده است».",
    "ar": TEXTS["ar"],
}
FOREIGN = {
    "cp1251": "Правительство объявило в среду, что новая дорога откроется в следующем месяце. Жители рады этому.",
    "koi8_r": "Правительство объявило в среду, что новая дорога откроется в следующем месяце. Жители рады этому.",
    "cp1252": "Le gouvernement a annoncé mercredi que la nouvelle route, très attendue, ouvrira à l’été prochain.",
    "cp1250": "Vláda ve středu oznámila, že nová silnice bude otevřena příští měsíc a že lidé mají radost z příležitosti.",
    "cp1253": "Η κυβέρνηση ανακοίνωσε την Τετάρτη ότι ο νέος δρόμος θα ανοίξει τον επόμενο μήνα.",
    "cp1254": "Hükümet çarşamba günü yeni yolun önümüzdeki ay açılacağını duyurdu. Halk buna çok sevindi.",
    "cp1255": "הממשלה הודיעה ביום רביעי כי הכביש החדש ייפתח בחודש הבא. התושבים שמחו על כך.",
    "iso8859_5": "Правительство объявило в среду, что новая дорога откроется в следующем месяце.",
    "tis_620": "รัฐบาลประกาศเมื่อวันพุธว่าถนนสายใหม่จะเปิดในเดือนหน้า",
    "euc_kr": "정부는 수요일에 새 도로가 다음 달에 개통될 것이라고 발표했다. 주민들은 기뻐하고 있다.",
    "shift_jis": "政府は水曜日、新しい道路が来月開通すると発表した。住民は喜んでいる。",
    "gb18030": "政府星期三宣布，新的道路将于下个月开通。居民们对此表示高兴，他们等了很久。",
}


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode(data)
    return caught.value


def attempt(data: bytes) -> Decoded | Refusal:
    try:
        return decode(data)
    except Refusal as refusal:
        return refusal


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_of_every_language(language: str, codec: str) -> None:
    text = TEXTS[language]
    assert decode(text.encode(codec)) == Decoded(text, codec)


@pytest.mark.parametrize("language", TEXTS)
def test_marks_of_both_byte_orders(language: str) -> None:
    text = TEXTS[language]
    assert decode(b"\xff\xfe" + text.encode("utf-16-le")) == Decoded(text, "utf-16")
    assert decode(b"\xfe\xff" + text.encode("utf-16-be")) == Decoded(text, "utf-16")
    assert decode(b"\x00\x00\xfe\xff" + text.encode("utf-32-be")) == Decoded(text, "utf-32")


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        st.one_of(
            st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"),
            st.sampled_from("\n\r\t \u200c\u200f"),
        )
    )
)
def test_valid_utf_8_is_taken_as_it_is(text: str) -> None:
    assert decode(text.encode()) == Decoded(text, "utf-8")


@pytest.mark.parametrize("language", OLD)
def test_cp1256_of_three_languages(language: str) -> None:
    text = OLD[language]
    assert decode(text.encode("cp1256")) == Decoded(text, "cp1256")
    assert decode((text * 500).encode("cp1256")).encoding == "cp1256"


@pytest.mark.parametrize(
    "text",
    ["مرحبا بالعالم", "10 فروري 2026", "يہ خبر", "«صاف ستھري سڑك»", "كہا كہ ’پوچھا جا رہا ہے‘", "تصوير كا ذريعہBBC"],
)
def test_a_few_words_of_cp1256_are_enough(text: str) -> None:
    assert decode(text.encode("cp1256")) == Decoded(text, "cp1256")


def test_iso_8859_6_is_told_from_cp1256() -> None:
    text = TEXTS["ar"]
    assert decode(text.encode("iso8859_6")) == Decoded(text, "iso8859_6")


@pytest.mark.parametrize("codec", FOREIGN)
def test_other_encodings_are_never_called_arabic(codec: str) -> None:
    data = (FOREIGN[codec] + "\n").encode(codec) * 5
    found = attempt(data)
    if isinstance(found, Refusal):
        assert found.reason is Reason.UNDECODABLE
    else:
        assert found.encoding not in {"cp1256", "iso8859_6"}
        assert not any("\u0600" <= character <= "\u06ff" for character in found.text)


@pytest.mark.parametrize("text", ["Привет, мир", "Новая дорога открыта"])
@pytest.mark.parametrize("codec", ["cp1251", "koi8_r", "iso8859_5"])
def test_a_few_words_of_another_script_are_not_guessed_at(text: str, codec: str) -> None:
    assert refused(text.encode(codec)).reason is Reason.UNDECODABLE


def test_what_no_encoding_explains_is_refused() -> None:
    mixed = (TEXTS["ar"] * 3).encode("iso8859_6") + b" \x92"  # a quotation mark of Windows, which it has not
    assert refused(mixed).reason is Reason.UNDECODABLE
    old_macintosh = (FOREIGN["cp1252"] * 3).encode("mac_roman")  # the detector says cp1251
    assert refused(old_macintosh).reason is Reason.UNDECODABLE


def test_a_last_letter_that_could_begin_a_sequence_of_utf_8_does_not_make_it_utf_8() -> None:
    text = "The new road leads to the old town and ends at the well known Villa Beauté"
    assert decode(text.encode("cp1252")) == Decoded(text, "cp1252")


def test_english_with_curly_quotes_of_windows_keeps_them() -> None:
    text = "The minister said “the road will open” – and that it’s ready for the traffic of the whole city."
    assert decode(text.encode("cp1252")) == Decoded(text, "cp1252")


@pytest.mark.parametrize(
    "data",
    [
        bytes(1000),
        b"\xfe\xff" + bytes(1000),
        b"\xef\xbb\xbf" + bytes(1000),
        b"\x01\x02ab\x03c" * 50,
        b"text\x00" * 3 + bytes(100),
        b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(5000),
        b"{\\rtf1\\ansi\\ansicpg1256 \\'c7\\'c8}",
        b"%PDF-1.7\nall of it ASCII",
        b"%PDF-1.7\n" + random.Random(2).randbytes(5000),
        b"PK\x03\x04" + random.Random(3).randbytes(5000),
        b"\x1f\x8b" + zlib.compress(os.urandom(2000)),
        random.Random(4).randbytes(20_000),
        b"\x7fELF\x02\x01\x01" + bytes(500) + random.Random(5).randbytes(500),
    ],
)
def test_binary_is_binary(data: bytes) -> None:
    assert refused(data).reason is Reason.BINARY


def test_data_that_was_compressed_twice_is_said_to_be() -> None:
    assert "compressed twice" in refused(b"\x1f\x8b\x08\x00" + random.Random(6).randbytes(500)).message


def test_single_controls_and_nulls_stay_in_the_text() -> None:
    text = TEXTS["ur"].replace(" ", "\x00", 2).replace("س", "\x1b\x07", 1)
    assert decode(text.encode()) == Decoded(text, "utf-8")


@pytest.mark.parametrize("language", [language for language in TEXTS if language != "en"])
def test_damaged_utf_8_is_refused_with_its_place_and_not_guessed(language: str) -> None:
    data = (TEXTS[language] * 20).encode()
    for damaged in (data[:500] + b"\xff" + data[500:], data.rstrip(b".")[:-1], data[1:]):
        refusal = refused(damaged)
        assert refusal.reason is Reason.UNDECODABLE
        assert "utf-8 with an invalid sequence at byte" in refusal.message


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_half_a_character_after_a_mark_is_refused(codec: str) -> None:
    mark = b"\xff\xfe" if codec.endswith("le") else b"\xfe\xff"
    assert refused(mark + TEXTS["ur"].encode(codec) + b"\x06").reason is Reason.UNDECODABLE


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
def test_the_beginning_of_a_file_is_enough_wherever_it_is_cut(language: str, codec: str) -> None:
    data = (TEXTS[language] * 5).encode(codec)
    assert {detect(data[:end], whole=False) for end in range(200, 230)} == {codec}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_a_refusal(data: bytes) -> None:
    found = attempt(data)
    if isinstance(found, Refusal):
        assert found.reason in {Reason.BINARY, Reason.UNDECODABLE}
    else:
        found.text.encode()  # no lone surrogates
