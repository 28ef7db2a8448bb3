"""Patterns: folded, expanded, compiled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.patterns import PatternError, alternatives, compile_pattern, expand, folded_pattern, literal
from saaf.text.fold import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("كتاب", "کتاب"),
        ("آج", "اج"),
        ("Share This", "share *this"),
        (r"\S\pL\p{Arabic}\x{06D4}\D", r"\S\pL\p{Arabic}\x{06D4}\D"),
        ("(?P<drop>A)(?:B)(?i)C{2,5}", "(?P<drop>a)(?:b)(?i)c{2,5}"),
        ("[A-Z ]+", "[a-z ]+"),
        ("ا ?ب", "ا *ب"),
        ("ا  ب", "ا *ب"),
        ("۱۲", "12"),
        ("…", r"\.\.\."),
    ],
)
def test_literals_are_folded_and_syntax_is_not(written, folded):
    assert folded_pattern(written) == folded


def test_folding_a_pattern_twice_changes_nothing():
    pattern = folded_pattern("مزید پڑھیں[:؛ ]{1,4}(?P<drop>آ+) ?x")
    assert folded_pattern(pattern) == pattern


@settings(deadline=None)
@given(st.text(alphabet="ابکہےآيك َ‌.*+?()[]{}|^$\\12", min_size=1, max_size=12))
def test_a_literal_finds_itself(text):
    try:
        pattern = literal(text)
    except PatternError:
        assert not fold(text).text.strip()
        return
    assert compile_pattern(pattern).engine.search(fold(text).text) is not None


def test_alternatives_ask_for_the_longest_first():
    assert alternatives(("محرم", "محرم الحرام")).split("|")[0] == literal("محرم الحرام")


def test_macros():
    assert expand("{a}x{3}{a}", {"a": "b|c"}) == "(?:b|c)x{3}(?:b|c)"
    assert expand(r"\p{lu}\x{60}", {}) == r"\p{lu}\x{60}"
    with pytest.raises(PatternError, match="there are: a"):
        expand("{b}", {"a": "x"})


@pytest.mark.parametrize("escape", [r"\b", r"\w", r"\B", r"\W"])
def test_escapes_that_know_ascii_only_are_refused(escape):
    with pytest.raises(PatternError, match="ASCII"):
        folded_pattern(f"x{escape}")


@pytest.mark.parametrize("pattern", ["", "a*", "a?|b", "(?:)"])
def test_a_pattern_that_matches_nothing_is_refused(pattern):
    with pytest.raises(PatternError, match="empty text"):
        compile_pattern(pattern)


def test_only_drop_may_bear_a_name():
    assert compile_pattern("a(?P<drop>b)").group == 1
    with pytest.raises(PatternError, match="drop"):
        compile_pattern("a(?P<keep>b)")


def test_no_pattern_crosses_a_line():
    assert compile_pattern("a[^b]c").engine.search("a\nc") is None
    assert compile_pattern("a.c").engine.search("a\nc") is None
