"""Normalisation: each row of the documented table, idempotence, hostile text."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.normalise import MAX_MARKS, normalise, normalise_stepwise

LANGUAGES = ("ur", "fa", "ar", "ps", "sd", "pnb", "en")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "normalisation.md"

SENTENCES = {
    "ur": "وزیراعظم نے کہا کہ ملک کی معیشت بہتر ہو رہی ہے، 25 فیصد تک۔",
    "fa": "رئیس‌جمهور گفت که وضعیت اقتصادی کشور بهتر می‌شود؛ ۲۵ درصد.",
    "ar": "قال رئيس الوزراء إنّ الوضع الاقتصادي في البلاد يتحسن على مدى ٢٥ عامًا هـ.",
    "ps": "لومړي وزير وويل چې د هېواد اقتصادي وضعيت ښه کېږي.",
    "sd": "وزيراعظم چيو ته ملڪ جي معيشت بهتر ٿي رهي آهي، ۽ 25 سيڪڙو.",
    "pnb": "وزیراعظم نے آکھیا پئی ملک دی معیشت چنگی ہو رہی اے۔",
    "en": "The prime minister said the country’s economy grew 25%.",
}


def _documented() -> list[tuple[str, str | None, str, str]]:
    rows = []
    for line in DOCUMENT.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) != 4 or not cells[2].startswith("`"):
            continue
        before, after = (_unescape(cell.strip("` |")) for cell in cells[2:])
        languages = (None if language == "*" else language for language in cells[1].split(", "))
        rows.extend((cells[0], language, before, after) for language in languages)
    return rows


def _unescape(cell: str) -> str:
    text = cell.encode("ascii").decode("unicode_escape")
    match = re.fullmatch(r"(.)\*(\d+)", text)
    return match[1] * int(match[2]) if match else text


@pytest.mark.parametrize(("what", "language", "before", "after"), _documented())
def test_each_documented_row(what: str, language: str | None, before: str, after: str) -> None:
    assert normalise(before, language) == after


def test_the_table_is_read() -> None:
    rows = _documented()
    assert len(rows) > 60
    assert {language for _, language, _, _ in rows} >= {None, "ur", "fa", "ar", "ps", "sd", "pnb"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_clean_text_is_left_alone(language: str) -> None:
    for sentence in SENTENCES.values():
        assert normalise(sentence, None) == sentence
    assert normalise(SENTENCES[language], language) == SENTENCES[language]


@pytest.mark.parametrize("language", [*LANGUAGES, None])
def test_digits_and_punctuation_stay_as_written(language: str | None) -> None:
    text = "۱۲۳ ١٢٣ 123 ۔ ، ؛ ؟ ٪ ٫ ٬ “a” ’b‘ «c» … – — 100,000 ½ ² ①"
    assert normalise(text, language) == text


def test_urdu_typed_on_an_arabic_keyboard() -> None:
    assert normalise("كيا يہ ملك كي كاميابى هے", "ur") == "کیا یہ ملک کی کامیابی ہے"


def test_arabic_is_never_changed_whatever_it_quotes() -> None:
    text = "قَالَ كُنْ فَيَكُونُ وهي كلمة في مكتبةٍ ﴿وَهُوَ عَلَىٰ كُلِّ شَيْءٍ قَدِيرٌ﴾ ﷺ"
    assert normalise(text, "ar") == unicodedata.normalize("NFC", text)


def test_a_verse_in_an_urdu_text_keeps_its_letters() -> None:
    verse = "وَهُوَ عَلَىٰ كُلِّ شَيْءٍ قَدِيرٌ"
    assert normalise(f"يہ آيت {verse} ہے اور كيا", "ur") == f"یہ آیت {verse} ہے اور کیا"


def test_urdu_with_a_stray_vowel_is_no_quotation() -> None:
    assert normalise("اُس كِي كتاب ہے اُن كے پاس", "ur") == "اُس کِی کتاب ہے اُن کے پاس"


# Characters that normalisation has an opinion on, so that random text meets them often and side by side.
_TOUCHY = (
    "\u064a\u0649\u0643\u0647\u06d5\u06c0\u0629\u06c1\u06cc\u06d2\u06a9\u0679ab1۲.؟۔ \n\t\r\x0b\x85\x00\x1f\u2028\u00a0\u2009"
    "\u064e\u0651\u0652\u0670\u0653\u0654\u0655\u06e2\u0671\ufd3e\ufd3f\u200c\u200d\u200e\u200f\u061c\u202a\u2067\u200b\ufeff"
    "\u00ad\u0640\ufefb\ufef3\ufe77\ufe76\ufdf2\ufdfa\ufbb0\u0301\u0323\u1161\u1100\u11a8\u0958\u2126\u037e\U0001f468\ud800\udfff"
)
_hostile = st.text(st.one_of(st.sampled_from(_TOUCHY), st.characters(exclude_categories=())), max_size=60)


@settings(max_examples=1500, deadline=None)
@given(_hostile, st.sampled_from([*LANGUAGES, "skr", None]))
def test_idempotent_and_of_the_promised_form(text: str, language: str | None) -> None:
    once = normalise(text, language)
    assert normalise(once, language) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once.encode("utf-8").decode("utf-8") == once
    assert once == once.strip()
    assert "  " not in once
    assert "\n\n\n" not in once
    assert " \n" not in once
    assert "\n " not in once
    assert not re.search(
        "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\u00a0\u00ad\u200b\u2028-\u202e\u2066-\u2069\ufeff\ufffc]", once
    )


# What the compiled pass has an answer to, and at times a thing that it has not.
_PLAIN = (
    "\u064a\u0649\u0643\u0647\u06d5\u06c0\u0629\u06c1\u06cc\u0627\u06d2\u0648ab1 \n\r\x85\x00\u00a0\u202a\u200c\u0640"
)
_MARKS = "\u064e\u0651\u0670\u0653\u0654\u0655\u0301\u0338\u0341\u06e2"


@pytest.mark.parametrize("language", [*LANGUAGES, "skr", None])
def test_the_compiled_pass_agrees_with_the_steps(language: str | None) -> None:
    random = Random(language)
    for number in range(3000):
        letters = _PLAIN if number % 3 else _PLAIN + _TOUCHY
        word = random.choices(letters, k=random.randrange(20))
        marks = [random.choice(_MARKS) if random.random() < 0.1 else "" for _ in word]
        text = "".join(letter + mark for letter, mark in zip(word, marks, strict=True))
        assert normalise(text, language) == normalise_stepwise(text, language), ascii(text)


def test_every_character_after_a_letter_and_before_a_mark() -> None:
    """Each code point between a letter, a mark and a space: what a table of pairs could get wrong."""
    everything = [chr(code) for code in range(0x2FA20) if not 0xAC00 <= code < 0xD800]
    for start in range(0, len(everything), 64):
        block = everything[start : start + 64]
        for after in ("", "\u0654", "\u0338", "\u200cا \u0627\u200c{}"):
            text = " ".join(f"ا{character}{after.format(character)}" for character in block)
            for language in ("ur", None):
                assert normalise(text, language) == normalise_stepwise(text, language), ascii(text)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("كيهةa \u064e\u0651\u0652\ufd3e\ufd3f\u0671ے"), max_size=80))
def test_arabic_letters_never_change_in_arabic(text: str) -> None:
    once = normalise(text, "ar")
    for letter in "كيهة":
        assert once.count(letter) == text.count(letter)


@settings(max_examples=300, deadline=None)
@given(_hostile)
def test_letters_and_digits_are_never_lost(text: str) -> None:
    def spelled(value: str) -> str:
        value = unicodedata.normalize("NFKC", value)
        return "".join(c for c in value if c.isalnum() and c != "\u0640")

    assert spelled(normalise(text, None)) == spelled(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "ا\u0653ب\u0301" * 9 + "\u0301\u0323" * 40 + "\x00 كيا\u200c \u2028" * 5
    whole = normalise(text, "ur")
    for size in (1, 2, 7, 33):
        monkeypatch.setattr("saaf.clean.normalise._BLOCK", size)
        assert normalise(text, "ur") == whole


def test_only_bidi_controls() -> None:
    assert normalise("\u202a\u202e\u2066\u2069\u200e\u200f" * 1000, "ur") == ""


def test_marks_without_end_take_linear_time() -> None:
    text = "ا" + "\u0301\u0323" * 500_000
    started = time.thread_time()
    once = normalise(text, "ur")
    assert time.thread_time() - started < 15
    assert len(once) == MAX_MARKS + 1


@pytest.mark.parametrize(
    "unit",
    [
        "كيا ہے ",
        "\u0640",
        "ب\u0640",
        "\u200c\u200d",
        " \n",
        "فَيَكُونُ ",
        "\ufd3e",
        "\ufd3f",
        "\ufefb",
        "\u0671",
        "\x00\u202a",
        "َّا",
    ],
)
def test_one_long_line_takes_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        best = float("inf")
        for _ in range(2):
            started = time.thread_time()
            normalise(text, "ur")
            best = min(best, time.thread_time() - started)
        return best

    small, large = seconds(100_000), seconds(800_000)
    assert large < 8 * small * 4 + 0.5, f"8 times the text took {large / small:.0f} times as long"
