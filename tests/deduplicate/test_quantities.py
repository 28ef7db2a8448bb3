"""Numbers in digits and in words are the same numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.deduplicate import kernels
from saaf.deduplicate.matchkey import key_words
from saaf.deduplicate.policy import lexicon
from saaf.deduplicate.quantities import agree, number_words, quantities


def numbers(text: str) -> set[int | str]:
    return set(quantities(key_words(text)))


def of_kernel(text: str) -> list[int]:
    """The numbers as the kernel reads them: long runs of digits by their hash, all modulo 2^64."""
    words = key_words(text)
    key = np.array([ord(c) for c in "".join(words)], np.uint32)
    bounds = np.cumsum([0, *map(len, words)], dtype=np.uint32)
    out = np.empty(len(key) + 1, np.uint64)
    return out[: kernels.quantities(key, bounds, len(words), lexicon(), out)].tolist()


def expected_of_kernel(text: str) -> list[int]:
    def as_number(value: int | str) -> int:
        points = np.array([ord(c) for c in str(value)], np.uint32)
        return value % 2**64 if isinstance(value, int) else int(kernels.word_hash(points, 0, points.size))

    return sorted({as_number(value) for value in numbers(text)})


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("زلزلے کی شدت 5 تھی", {5}),
        ("زلزلے کی شدت پانچ تھی", {5}),
        ("۲۵ افراد", {25}),
        ("٢٥ شخصا", {25}),
        ("२५ और ২৫", {25}),
        ("پچیس افراد", {25}),
        ("دو سو پچاس افراد ہلاک", {250}),
        ("سونا 2 لاکھ 45 ہزار 300 روپے", {245_300}),
        ("سونا دو لاکھ پینتالیس ہزار تین سو روپے", {245_300}),
        ("ایک کروڑ بیس لاکھ", {12_000_000}),
        ("بیست و پنج هزار نفر", {25_000}),
        ("خمسة وعشرون ألف شخص", {25_000}),
        ("مئة وخمسون", {150}),
        ("two hundred and fifty-five people", {255}),
        ("Twenty-five lakh rupees and 3 cars", {2_500_000, 3}),
        ("پنځه کسان", {5}),
        ("پنج ماڻهو", {5}),
        ("1,250 روپے", {1250}),
        ("1٬250 روپے", {1250}),
        ("12,50,000 روپے", {1_250_000}),
        ("0500", {500}),
        ("29سمیت", {29}),
        ("نمبر 12345678901234567890", {"12345678901234567890"}),
        ("2 تا 3 فیصد", {2, 3}),
        ("100 200", {100_200}),
        ("5 10 15", {5, 10, 15}),
        ("ہزار افراد", {1000}),
        ("دو ہزار تین ہزار", {2000, 3000}),
        ("صفر", {0}),
        ("", set()),
        ("کوئی عدد نہیں", set()),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, stated: set[int | str]) -> None:
    assert numbers(text) == stated
    assert of_kernel(text) == expected_of_kernel(text)


def test_everyday_words_are_numbers_only_beside_a_scale() -> None:
    assert numbers("یہ بہتر ہے اور اسی لیے نہ سہی") == set()
    assert numbers("بہتر ہزار") == {72_000}
    assert numbers("اسی لاکھ") == {8_000_000}


@given(st.integers(0, 10**14))
def test_digits_of_every_script_are_the_same_number(value: int) -> None:
    scripts = [str.maketrans("0123456789", "".join(chr(zero + d) for d in range(10))) for zero in (0x660, 0x6F0, 0x966)]
    assert {frozenset(numbers(str(value).translate(script))) for script in scripts} == {frozenset({value})}


WORDS = [*number_words(), *"5 05 250 000 12 1234567890123456789 12ا نو7 خبر وپنج وو و".split()]


@given(st.lists(st.sampled_from(WORDS), max_size=14))
@settings(max_examples=500, deadline=None)
def test_the_kernel_reads_numbers_as_python_does(words: list[str]) -> None:
    text = " ".join(words)
    assert of_kernel(text) == expected_of_kernel(text)


def test_one_set_must_include_the_other() -> None:
    assert agree(frozenset({1, 2}), frozenset({2}))
    assert agree(frozenset(), frozenset({2}))
    assert not agree(frozenset({1, 2}), frozenset({2, 3}))
