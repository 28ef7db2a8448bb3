"""Texts side by side, against plain counting."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.report.compare import _blocks, compare

WORDS = st.lists(st.sampled_from(["کے", "کی", "خبر", "باغ", "شہر", "پل"]), max_size=12)
LONG = 10_000


def longest_common(mine: list[str], theirs: list[str]) -> int:
    """Length of a longest common subsequence, by its definition."""

    @cache
    def length(i: int, j: int) -> int:
        if i == len(mine) or j == len(theirs):
            return 0
        if mine[i] == theirs[j]:
            return 1 + length(i + 1, j + 1)
        return max(length(i + 1, j), length(i, j + 1))

    return length(0, 0)


@settings(max_examples=300)
@given(WORDS, WORDS)
def test_blocks_cover_both_texts_and_as_much_is_the_same_as_can_be(mine, theirs):
    blocks = _blocks(mine, theirs)
    i = j = 0
    for i1, i2, j1, j2, same in blocks:
        assert (i1, j1) == (i, j)
        assert i2 > i1 or j2 > j1
        if same:
            assert mine[i1:i2] == theirs[j1:j2]
        i, j = i2, j2
    assert (i, j) == (len(mine), len(theirs))
    assert sum(i2 - i1 for i1, i2, _, _, same in blocks if same) == longest_common(mine, theirs)


@settings(max_examples=200)
@given(WORDS, WORDS)
def test_every_word_is_shown_or_counted(mine, theirs):
    compared = compare(" ".join(mine), " \n".join(theirs), limit=LONG)
    for side, words in ((compared.copied, mine), (compared.kept, theirs)):
        assert sum(len(it.text.split()) + it.left_out for it in side) == len(words)
        shown = [word for it in side for word in it.text.split()]
        assert sum(it.left_out for it in side) or shown == words
    if mine == theirs:
        assert compared.is_same


def test_what_only_one_side_says_is_marked_and_the_rest_left_out():
    words = [f"لفظ{number}" for number in range(100)]
    compared = compare(" ".join([*words[:50], "فالتو", "بات", *words[50:]]), " ".join(words), limit=LONG)
    assert [it.text for it in compared.copied if it.alone] == ["فالتو بات"]
    assert not any(it.alone for it in compared.kept)
    assert [it.left_out for it in compared.copied if it.left_out] == [42, 42]


def test_a_lone_word_in_common_between_two_passages_is_no_agreement():
    compared = compare("الف ب پ کے ت ٹ ث", "ج چ ح کے خ د ڈ", limit=LONG)
    assert [(it.text, it.alone) for it in compared.copied] == [("الف ب پ کے ت ٹ ث", True)]


def test_own_words_are_cut_at_the_limit_and_counted():
    compared = compare("آغاز " + "ایک " * 500 + "انجام", "آغاز انجام", limit=40)
    [alone, rest] = [it for it in compared.copied if it.alone]
    assert len(alone.text) <= 40
    assert len(alone.text.split()) + rest.left_out == 500


def test_what_follows_a_cut_is_not_called_missing():
    words = [f"لفظ{number}" for number in range(300)]
    compared = compare(" ".join(words[:200]), " ".join(words), limit=LONG, is_cut=True)
    assert compared.is_cut
    assert compared.is_same


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("الف ب " * 5000, "ب الف الف " * 5000), ("ایک " * 20_000, "دو " * 20_000), ("لفظ" * 50_000, "لفظ " * 9000)],
    ids=["turns", "nothing in common", "one huge word"],
)
def test_texts_made_to_take_long_are_bounded(mine, theirs):
    compared = compare(mine, theirs, limit=500)
    for side in (compared.copied, compared.kept):
        assert sum(len(it.text) for it in side if it.alone) <= 500
    assert compared.is_cut or "لفظ" in mine
