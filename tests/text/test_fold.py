"""Folding a text: its characters, and the way back to the raw ones."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.text.fold import fold, fold_for_matching
from saaf.text.letters import fold_character

SAMPLES = {
    "ur": "روسی صدر نے کہا کہ وہ ہفتے کو آئیں گے۔",
    "fa": "او گفت که این کتاب را می‌خواند و ۱۲ صفحه مانده است.",
    "ar": "قالَ الرئيسُ إنَّهُ سيزورُ القاهرة يوم الأحد، ﷺ.",
    "ps": "هغه وویل چې دا کتاب ښه دی او ۍ ې لري.",
    "sd": "هن چيو ته هي ڪتاب سٺو آهي ۽ ٻيو ناهي.",
    "pnb": "اوہنے آکھیا پئی ایہ کتاب چنگی اے۔",
    "en": "He SAID the book…\twas ½ read.",
}

# What hostile and ordinary pages hold: letters in several encodings of themselves, marks, joiners, controls, breaks.
PIECES = st.sampled_from(
    [
        "ا", "\u0622", "\u0627\u0653", "ك", "ک", "ه", "ہ", "ة", "ے", "ئ", "ﻻ", "ﷺ", "ﷲ", "ﭘ", "ﮐ", "ب", "\u064e", "\u0651", "\u0654", "\u0301",
        "\u200c", "\u200d", "\u200e", "\u200f", "\u202b", "\u202c", "\u2067", "\u0640", "\ufeff", "۱", "٣", "7", "A", "\u00e9", "e\u0301", "ß",
        "…", "½", "،", "۔", " ", "\u00a0", "\t", "\n", "\r", "\r\n", "\u2028", "\x0b", "\x85", "😀", "\U0001d400", "\ud800",
    ]
)  # fmt: skip
MIXTURES = st.one_of(st.lists(PIECES, max_size=60).map("".join), st.text(max_size=60))


def plain_fold(raw: str) -> str:
    """The oracle: the fold of each character, one after the other; white space as rules see it."""
    out = []
    for character in raw:
        if character == "\n":
            out.append("\n")
        elif character.isspace():
            out.append(" ")
        else:
            out.append("".join(" " if c.isspace() else c for c in fold_character(character)))
    return "".join(out)


def plain_spans(raw: str) -> list[tuple[int, int]]:
    """The oracle of the way back: for each folded character its raw character and the marks that sit on it."""
    spans: list[list[int]] = []
    last: list[int] = []
    for place, character in enumerate(raw):
        folded = plain_fold(character)
        if folded:
            last = list(range(len(spans), len(spans) + len(folded)))
            spans += [[place, place + 1] for _ in folded]
        elif unicodedata.category(character) in ("Mn", "Me"):
            for number in last:
                spans[number][1] = place + 1
    return [(a, b) for a, b in spans]


@settings(max_examples=300, deadline=None)
@given(MIXTURES)
def test_folded_text_is_the_fold_of_each_character(raw):
    assert fold(raw).text == plain_fold(raw)


@settings(max_examples=300, deadline=None)
@given(MIXTURES, st.data())
def test_a_folded_span_goes_back_to_exactly_its_raw_characters(raw, data):
    folded = fold(raw)
    spans = plain_spans(raw)
    assert folded.starts.tolist() == [first for first, _ in spans]
    assert [folded.to_raw(place, place + 1) for place in range(len(spans))] == spans
    start = data.draw(st.integers(0, len(spans)))
    end = data.draw(st.integers(start, len(spans)))
    raw_start, raw_end = folded.to_raw(start, end)
    if start == end:
        assert raw_start == raw_end
        return
    assert (raw_start, raw_end) == (spans[start][0], spans[end - 1][1])
    # Folding the raw span gives the folded span again, whole ligatures at its ends included.
    assert folded.text[start:end] in fold(raw[raw_start:raw_end]).text


@settings(max_examples=100, deadline=None)
@given(MIXTURES, st.data())
def test_leaving_characters_out_keeps_the_way_back_of_the_others(raw, data):
    folded = fold(raw)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(raw)))))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    kept = [i for i, place in enumerate(folded.starts.tolist()) if not any(a <= place < b for a, b in spans)]
    rows = np.array(spans, np.int32).reshape(-1, 2)
    some = folded.without(rows)
    assert folded.inked(rows) == sum(len("".join(raw[a:b].split())) for a, b in spans)
    assert some.text == "".join(folded.text[i] for i in kept)
    assert [some.to_raw(i, i + 1) for i in range(len(kept))] == [folded.to_raw(i, i + 1) for i in kept]


@pytest.mark.parametrize("language", SAMPLES)
def test_languages(language):
    raw = SAMPLES[language]
    folded = fold(raw)
    assert folded.text == plain_fold(raw)
    assert folded.to_raw(0, len(folded.text)) == (0, len(raw))


def test_only_the_line_feed_breaks_a_line():
    assert fold("ا\r\nب\u2028ج\x0bد\x85ہ\u2029و\tی\u00a0ک").text == "ا \nب ج د ہ و ی ک"


def test_marks_belong_to_the_letter_before_them():
    folded = fold("مُحَمَّد")
    assert folded.text == "محمد"
    assert folded.to_raw(2, 3) == (4, 7)


def test_a_joiner_after_the_last_letter_is_left_but_one_inside_is_taken():
    folded = fold("می‌خواند\u200c")
    assert folded.to_raw(0, len(folded.text)) == (0, len("می‌خواند"))


def test_spellings_of_one_word_fold_to_one():
    assert fold("كيا").text == fold("کیا").text == fold("ﮐﯾﺎ").text == fold("کِ\u200cیـا").text


def test_nothing():
    folded = fold("")
    assert folded.text == ""
    assert folded.to_raw(0, 0) == (0, 0)


def test_only_invisible_characters():
    folded = fold("\u200f\u202b\u064e")
    assert folded.text == ""
    assert folded.to_raw(0, 0) == (3, 3)


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (0, 4), (2, 1)])
def test_a_span_outside_the_text_is_refused(start, end):
    with pytest.raises(IndexError, match=f"{start}-{end}"):
        fold("ابج").to_raw(start, end)


def test_fold_for_matching_is_idempotent():
    for code in [*range(0x3000), *range(0xFB00, 0xFF00)]:
        folded = fold_for_matching(chr(code))
        assert "".join(map(fold_for_matching, folded)) == folded
