"""Text that people are shown: nothing in it is obeyed, nothing that Urdu needs is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saaf.report.show import cut, direction, first_words, last_words, on_one_line, one_line, printable

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    "code", [0x00, 0x07, 0x1B, 0x7F, 0x9B, 0x202A, 0x202E, 0x2066, 0x2069, 0x2028, 0xD800, 0xE0041]
)
def test_what_would_be_obeyed_is_spelled_out(code):
    assert printable(f"خبر{chr(code)}نامہ") == f"خبر⟨U+{code:04X}⟩نامہ"


@pytest.mark.parametrize("kept", ["\u200c", "\u200d", "\u200e", "\u200f", "\n", "\t", "َ", "ں", "۔"])
def test_what_urdu_needs_stays(kept):
    assert printable(f"می{kept}خواہم") == f"می{kept}خواہم"


@given(ANY)
def test_printable_text_is_harmless_and_stays_as_it_is(text):
    shown = printable(text)
    assert printable(shown) == shown
    shown.encode("utf-8")
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert "\n" not in one_line(text)
    assert "\n" not in on_one_line(text)


@given(ANY, st.integers(1, 40))
def test_a_cut_text_is_a_beginning_of_bounded_length(text, limit):
    short = cut(text, limit)
    assert text.startswith(short)
    assert len(short) <= limit
    assert short == text or len(text) > limit


def test_a_letter_keeps_its_marks():
    text = "کتب" + "ب\u064e\u0651" + "خانہ"
    assert cut(text, 5) == "کتب"
    assert cut("ا" + "\u064e" * 500, 100)  # hostile: marks without end are cut all the same


def test_words_around_a_cut_are_whole():
    assert last_words("ایک دو تین چار", 7) == "… چار"
    assert first_words("ایک دو تین چار", 8) == "ایک دو …"
    assert last_words("ایک", 8) == first_words("ایک", 8) == "ایک"
    assert len(first_words("ا" * 100, 8)) == len(last_words("ا" * 100, 8)) == 9


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ur", "rtl"),
        ("fa", "rtl"),
        ("ar", "rtl"),
        ("ps", "rtl"),
        ("sd", "rtl"),
        ("pnb", "rtl"),
        ("en", "ltr"),
        (None, "rtl"),
    ],
)
def test_direction_of_each_language(language, expected):
    assert direction(language) == expected
