"""The match key: one for all spellings of a text, and the same from Python and from the kernel."""

import sys
import unicodedata
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.deduplicate import kernels
from saaf.deduplicate.foldtable import DROPPED, OTHER, SEPARATOR, code_of, fold_table
from saaf.deduplicate.kernels import NOT_UTF8, Layout, Page, fold_text, fold_texts, new_page, spell_out
from saaf.deduplicate.matchkey import key_words, match_key, match_keys
from saaf.deduplicate.signatures import InvalidText, text_buffers

EMPTY = {"Cn", "Co", "Cs"}  # not assigned, private and surrogates: one in 64 is enough

ARABIC_HEAVY = st.text(
    st.one_of(
        st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        st.characters(min_codepoint=0xFB50, max_codepoint=0xFEFF, exclude_categories=["Cs"]),
        st.sampled_from(" \n\u200c\u200d\u200f\ufeffaZ9۔،"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


def kernel_keys(texts: pa.Array) -> list[str]:
    (data, offsets), table = text_buffers(texts), fold_table()
    longest = int(np.diff(offsets).max(initial=0))
    page = new_page(longest, table.growth * longest)
    bounds = pairwise(offsets.tolist())
    return ["".join(words_on(page, fold_text(data, start, stop, table, page))) for start, stop in bounds]


def words_on(page: Page, layout: Layout) -> list[str]:
    """The words on a page, read from their codes and from their code points."""
    cuts = list(pairwise(page.bounds[: layout.words + 1].tolist()))
    of_codes = [decoded(page.key[start:stop].tobytes()) for start, stop in cuts]
    assert sum(stop - start for start, stop in cuts) == layout.bytes
    assert sum(map(len, of_codes)) == layout.characters
    spell_out(page, layout)
    cuts = list(pairwise(page.bounds[: layout.words + 1].tolist()))
    assert [page.points[start:stop].tobytes().decode("utf-32-le") for start, stop in cuts] == of_codes
    return of_codes


def decoded(codes: bytes) -> str:
    """Key characters from their codes, one or four bytes each."""
    characters, rest = "", codes
    while rest:
        wide = rest[0] == OTHER
        characters += chr(int.from_bytes(rest[1:4], "little")) if wide else CHARACTERS[rest[0]]
        rest = rest[4 if wide else 1 :]
    return characters


CHARACTERS = {code_of(point): chr(point) for point in [*range(0x30, 0x3A), *range(0x61, 0x7B), *range(0x620, 0x6FF)]}


def test_kernel_folds_every_code_point_as_python_does() -> None:
    characters = [
        c
        for c in map(chr, range(sys.maxunicode + 1))
        if (kind := unicodedata.category(c)) not in EMPTY or (kind != "Cs" and ord(c) % 64 == 0)
    ]
    between = [f"ا{character}ب" for character in characters]
    wrong = [
        hex(ord(character))
        for character, text, found in zip(characters, between, kernel_keys(pa.array(between)), strict=True)
        if found != match_key(text)
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@given(texts=st.lists(ARABIC_HEAVY, max_size=8), start=st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_kernel_folds_texts_as_python_does(kind: pa.DataType, texts: list[str], start: int) -> None:
    sliced = pa.array(texts, kind).slice(start)
    assert kernel_keys(sliced) == [match_key(text) for text in texts[start:]]


LONG = st.lists(
    st.one_of(
        ARABIC_HEAVY,
        st.text("ابےہپ \u064e۔،\u200c۵7zQ…’", max_size=300),
        st.text("ےک", min_size=60, max_size=600),
        st.sampled_from(["ۿ", "ٵ", "ﷺ", "é", "Ж", "क", "\U00010400", "\x00", "ß", "‼"]),
    ),
    max_size=8,
).map("".join)
"""Texts of many vectors, of what vectors fold at once and of what they do not."""


@given(text=LONG)
@settings(max_examples=200, deadline=None)
def test_long_texts_fold_alike_with_vectors_and_without(text: str) -> None:
    data, table = np.frombuffer(text.encode(), np.uint8), fold_table()
    found = []
    for fold, lay_out in (
        (kernels._fold_page, kernels._lay_out_page),
        (kernels._fold_one_by_one, kernels._lay_out_one_by_one),
    ):
        page = new_page(data.size, table.growth * data.size)
        size = fold(data, 0, data.size, table, page)
        codes = page.codes[:size].tobytes()
        page.codes[size:] = 0
        found.append((codes, words_on(page, lay_out(page, size))))
    assert found[0] == found[1]
    assert found[0][1] == key_words(text)


def test_every_code_is_of_one_key_character() -> None:
    characters = [*map(ord, "abcdefghijklmnopqrstuvwxyz0123456789"), *range(0x620, 0x700), 0x400, 0x1E900]
    codes = {character: code_of(character) for character in characters}
    own = {character: code for character, code in codes.items() if code != OTHER}
    assert len(set(own.values())) == len(own) > 200
    assert not {SEPARATOR, DROPPED, OTHER} & set(own.values())
    for character, code in codes.items():
        assert int(kernels._code_of(np.uint32(character))) == code
        assert code == OTHER or int(kernels._point_of(np.uint8(code))) == character


@given(text=ARABIC_HEAVY)
@settings(max_examples=150, deadline=None)
def test_the_kernel_cuts_words_as_python_does(text: str) -> None:
    data, table = np.frombuffer(text.encode(), np.uint8), fold_table()
    page = new_page(data.size, table.growth * data.size)
    assert words_on(page, fold_text(data, 0, data.size, table, page)) == key_words(text)


@given(texts=st.lists(ARABIC_HEAVY | LONG, max_size=6), start=st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_keys_of_many_texts_are_those_of_each(texts: list[str], start: int) -> None:
    sliced = pa.array(texts, pa.string()).slice(start)
    assert list(match_keys(sliced)) == [match_key(text) for text in texts[start:]]


def test_many_texts_of_which_one_is_no_text_have_no_keys() -> None:
    offsets, data = pa.py_buffer(np.array([0, 2, 4], np.int32)), pa.py_buffer("خ".encode() + b"\xd8\x20")
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, data])
    with pytest.raises(InvalidText, match="text 1"):
        list(match_keys(broken))


@given(text=ARABIC_HEAVY)
@settings(max_examples=150, deadline=None)
def test_words_are_cut_where_folded_characters_are_no_letters(text: str) -> None:
    assert "".join(key_words(text)) == match_key(text)
    assert all(unicodedata.category(c)[0] in "LN" for word in key_words(text) for c in word)
    assert [word for part in text.split() for word in key_words(part)] == key_words(text)


@given(text=ARABIC_HEAVY)
@settings(max_examples=100, deadline=None)
def test_a_key_is_its_own_key(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)


PRESENTATION = {"ک": "ﮐ", "ی": "ﯽ", "م": "ﻣ", "ل": "ﻠ", "گ": "ﮔ", "ن": "ﻦ", "s": "ｓ"}
KEYBOARD = str.maketrans({"ی": "ي", "ک": "ك", "ہ": "ه", "ه": "ہ", "ك": "ک", "ي": "ی"})
DIGITS = str.maketrans("2۲٢5۵٥", "٢2۲٥5۵")
VARIANTS = {
    "keyboard": lambda text: text.translate(KEYBOARD),
    "marks": lambda text: "".join(c + "\u064e\u0651" if c.isalpha() else c for c in text),
    "no joiner": lambda text: text.replace(" ", "\u200c"),
    "joiners": "\u200d".join,
    "tatweel": lambda text: text.replace("ا", "ا\u0640\u0640").replace("ی", "ی\u0640"),
    "presentation forms": lambda text: "".join(PRESENTATION.get(c, c) for c in text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "digits": lambda text: text.translate(DIGITS),
    "punctuation": lambda text: text.replace(" ", "، ") + "؟!",
    "no spaces": lambda text: text.replace(" ", ""),
    "more spaces": " ".join,
    "bidi controls": lambda text: f"\u202b{text}\u202c\u200f\u2069",
    "upper case": str.upper,
}


@pytest.mark.parametrize("language", ["ur", "fa", "ar", "ps", "sd", "pnb", "en"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_spelling_does_not_change_the_key(language: str, variant: str, sentences: dict[str, str]) -> None:
    text = sentences[language]
    assert match_key(VARIANTS[variant](text)) == match_key(text) != ""


def test_ligatures_fold_to_their_letters_and_words() -> None:
    assert match_key("ﷲ") == match_key("الله")
    assert key_words("محمدﷺ") == [match_key(word) for word in "محمدصلى الله عليه وسلم".split()]
    assert kernel_keys(pa.array(["ﷺ" * 50]))[0] == match_key("ﷺ" * 50)


def test_letters_that_tell_words_apart_are_kept_apart() -> None:
    for one, other in [("گھر", "گہر"), ("ڪم", "کم"), ("ې", "ی"), ("کا", "کے"), ("بات", "پات")]:
        assert match_key(one) != match_key(other)


def length(data: bytes) -> int:
    """The length of the key that the kernel finds, or why it does not."""
    return int(fold_texts(np.frombuffer(data, np.uint8), np.array([0, len(data)]), fold_table()).key_lengths[0])


@given(
    st.lists(st.one_of(st.binary(max_size=5), st.text(max_size=3).map(lambda t: t.encode("utf-8", "surrogatepass"))))
)
@settings(max_examples=400, deadline=None)
def test_bytes_are_utf8_for_the_kernel_where_they_are_for_python(parts: list[bytes]) -> None:
    data = b"".join(parts)
    try:
        expected = len(match_key(data.decode("utf-8")))
    except UnicodeDecodeError:
        expected = NOT_UTF8
    assert length(data) == expected


@pytest.mark.parametrize("orphans", [1, 2, 3, 2**15, 2**16, 2**16 + 1])
def test_bytes_that_no_character_claims_are_found_however_many(orphans: int) -> None:
    for before, after in [("", ""), ("a", "ب"), ("ب", ""), ("\u200c", "a"), ("\U0001f600", "")]:
        assert length(before.encode() + b"\x80" * orphans + after.encode()) == NOT_UTF8


@pytest.mark.parametrize("lead", range(0x80, 0x100))
@pytest.mark.parametrize("before", ["", "ب" * 31, "ب" * 31 + "a", "ب" * 32, "a" + "ب" * 63], ids=len)
def test_no_malformed_sequence_is_taken_for_utf8(lead: int, before: str) -> None:
    for second in (0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF):
        for tail in (b"", b"\x80", b"\x80\x80", b"\xbf\xbf", b"a", b"\x80a"):
            for made in (bytes([lead]), bytes([lead, second]) + tail):
                data = before.encode() + made
                try:
                    data.decode("utf-8")
                except UnicodeDecodeError:
                    assert length(data) == NOT_UTF8
                else:
                    assert length(data) >= 0
