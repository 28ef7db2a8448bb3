"""Numbers in digits and in words are the same numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saaf.deduplicate.matchkey import key_words
from saaf.deduplicate.quantities import agree, quantities


def numbers(text: str) -> set[int | str]:
    return set(quantities(key_words(text)))


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


def test_everyday_words_are_numbers_only_beside_a_scale() -> None:
    assert numbers("یہ بہتر ہے اور اسی لیے نہ سہی") == set()
    assert numbers("بہتر ہزار") == {72_000}
    assert numbers("اسی لاکھ") == {8_000_000}


@given(st.integers(0, 10**14))
def test_digits_of_every_script_are_the_same_number(value: int) -> None:
    scripts = [str.maketrans("0123456789", "".join(chr(zero + d) for d in range(10))) for zero in (0x660, 0x6F0, 0x966)]
    assert {frozenset(numbers(str(value).translate(script))) for script in scripts} == {frozenset({value})}


@given(st.lists(st.sampled_from("ایک دو سو ہزار لاکھ 5 250 000 و and نہ خبر 12ا".split()), max_size=12))
def test_any_order_of_number_words_is_read(words: list[str]) -> None:
    assert all(isinstance(value, (int, str)) for value in quantities(words))


def test_one_set_must_include_the_other() -> None:
    assert agree(frozenset({1, 2}), frozenset({2}))
    assert agree(frozenset(), frozenset({2}))
    assert not agree(frozenset({1, 2}), frozenset({2, 3}))
