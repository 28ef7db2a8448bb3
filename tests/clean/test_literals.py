"""Literals: wherever a pattern matches, one of its literals stands, and is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.literals import MAX_LITERAL, Clues, Literals, clues_of
from saaf.clean.patterns import PatternError, compile_pattern, literal


def told(pattern: str, **kwargs: bool) -> set[str]:
    clues = clues_of(pattern, **kwargs)
    assert not clues.is_blind
    return {text for literals in clues.literals for text in literals.texts}


def may_match(clues: Clues, line: str) -> bool:
    """The oracle of the compiled scan: whether one of the clues fits a line."""
    ink = line.replace(" ", "")
    for literals in clues.literals:
        for text in literals.texts:
            if (
                (ink.startswith(text) or not literals.at_start)
                and (ink.endswith(text) or not literals.at_end)
                and text in ink
            ):
                return True
    return clues.is_blind and not (clues.no_letter_first and line[:1].isalpha())


class TestChoice:
    def test_spaces_do_not_part_a_literal(self):
        assert told(literal("مزید پڑھیں")) == {"مزیدپڑھیں"}

    def test_a_literal_is_no_longer_than_tells_more(self):
        assert told(literal("مزید پڑھیں " * 3)) == {("مزیدپڑھیں" * 3)[:MAX_LITERAL]}

    def test_the_rarer_part_is_chosen(self):
        assert told("(?:بی|سی) *.*فوٹوگیلری.*کا") == {"فوٹوگیلری"}

    def test_alternatives_have_their_own(self):
        assert told("share.*|(?:tweet|pin *it).+!") == {"share", "tweet", "pinit"}

    def test_what_is_optional_is_no_literal(self):
        assert told("(?:abc)?defg(?:hij)*k{0,3}") == {"abcdefg", "defg"}
        assert told("(?:abc){2,3}[^a]*") == {"abc"}

    def test_small_classes_are_spelled_out(self):
        assert told("ک[یے] *خبر") == {"کیخبر", "کےخبر"}
        assert told("[٭♬]") == {"٭", "♬"}

    def test_a_whole_line_tells_where_its_literals_stand(self):
        assert clues_of("پاکستان.*", whole_line=True).literals == (Literals(frozenset(["پاکستان"]), at_start=True),)
        assert clues_of(r".+[^ ] *\)", whole_line=True).literals == (Literals(frozenset([")"]), at_end=True),)

    def test_an_anchored_pattern_tells_where_its_literals_stand(self):
        assert clues_of("^ *(?P<drop>ہوم)[ ]").literals == (Literals(frozenset(["ہوم"]), at_start=True),)
        assert clues_of("(?m)[^ ](?P<drop>ختم)$").literals == (Literals(frozenset(["ختم"]), at_end=True),)
        assert clues_of("(?:^|[۔؟] *)نوٹ:.*").literals == (Literals(frozenset(["نوٹ:", "۔نوٹ:", "؟نوٹ:"])),)
        assert clues_of("(?:^ab)?cd.*").literals == (Literals(frozenset(["abcd", "cd"])),)

    def test_what_may_be_left_out_at_the_start_begins_a_line_or_what_follows_it_does(self):
        assert clues_of("^(?:[xy]b+)?(?:وقت|تاریخ).*").literals == (
            Literals(frozenset(["xb", "yb", "وقت", "تاریخ"]), at_start=True),
        )
        assert clues_of(".*پل(?:b+[xy])?$").literals == (Literals(frozenset(["پل", "bx", "by"]), at_end=True),)

    def test_a_full_stop_at_the_end_tells_nothing(self):
        assert clues_of("[12].*۔", whole_line=True).literals == (Literals(frozenset("12"), at_start=True),)
        assert clues_of(".*ٹ.*۔", whole_line=True).literals == (Literals(frozenset("ٹ")),)

    @pytest.mark.parametrize(
        "pattern",
        [".+", r"\pL", "[^a]{2}", "a?", "(?i)abc", "[[:alpha:]]x", r"\Qab\E", "(", "[a", "a)", "*", "(?<n>a)"],
    )
    def test_no_literal_no_clue(self, pattern):
        assert clues_of(pattern).is_blind

    def test_more_than_can_be_looked_for_is_no_literal(self):
        assert clues_of("[\u0900-\u097f]").is_blind
        assert clues_of("😀").is_blind
        many = "|".join(f"(?:{a}{b})" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst")
        assert clues_of(f"x(?:{many})y.*").literals[0].texts == {"x"}
        assert len(told(many)) == 400

    def test_what_begins_with_no_letter(self):
        def no_letter_first(pattern):
            return clues_of(pattern, whole_line=True).no_letter_first

        assert no_letter_first(r"[^\pL\pN ]{1,2}")
        assert no_letter_first(r"[ ]*\d[^x]*")
        assert not no_letter_first(r"\d?[^x]*")
        assert not no_letter_first(r"[^ ]+")


# Parts of patterns, each with texts that it matches.
ATOMS = [
    ("a", "a"), ("b", "b"), ("ab", "ab"), ("ک", "ک"), ("خبر", "خبر"), ("b *a", "b a"), (".", "ی "), ("[ab]", "ab"), ("[a-c]", "abc"),
    ("[^a]", "b2 ،"), ("[ ,]", " ,"), ("[-a]", "-a"), ("[a-]", "-a"), ("[]a]", "]a"), ("[^]a]", "b["), (r"\.", "."), (r"[\]a]", "]a"),
    (r"\d", "27"), ("[0-9]", "13"), (r"\x{61}", "a"), ("،", "،"), ("۔", "۔"), ("😀", "😀"), ("(?:ab|ک)", "ک"), ("[کb-]x", "-x"),
]  # fmt: skip
WHOLE = {"ab", "خبر", "b *a", "[کb-]x"}
COUNTS = {"": 1, "?": 0, "*": 2, "+": 2, "{2}": 2, "{1,2}": 1, "{0,1}": 0, "{2,}": 3, "*?": 0, "+?": 1, "??": 1}


def atoms():
    texts = [(pattern, text) for pattern, some in ATOMS for text in ([some] if pattern in WHOLE else some)]
    return st.sampled_from(texts)


def repeated(part, count):
    return f"(?:{part[0]}){count}", part[1] * COUNTS[count]


def in_a_row(parts):
    return "".join(pattern for pattern, _ in parts), "".join(text for _, text in parts)


def alternatives(parts):
    return f"(?:{'|'.join(pattern for pattern, _ in parts)})", parts[-1][1]


PATTERNS = st.recursive(
    atoms(),
    lambda inner: st.one_of(
        st.builds(repeated, inner, st.sampled_from(sorted(COUNTS))),
        st.lists(inner, min_size=2, max_size=4).map(in_a_row),
        st.lists(inner, min_size=2, max_size=4).map(alternatives),
    ),
    max_leaves=8,
)
AROUND = st.text(alphabet="ab ک2،-", max_size=4)


@settings(max_examples=400, deadline=None)
@given(PATTERNS, AROUND, AROUND)
def test_where_a_pattern_matches_a_clue_fits(made, before, after):
    pattern, text = made
    try:
        inline, whole = compile_pattern(pattern), compile_pattern(pattern, whole_line=True)
    except PatternError:  # it matches the empty text
        return
    assert not text.strip(" ") or inline.is_in(text.encode())
    for line in (text.strip(" "), f"{before}{text}{after}".strip(" ")):
        if inline.is_in(line.encode()):
            assert may_match(clues_of(pattern), line)
        if whole.is_in(line.encode()):
            assert may_match(clues_of(pattern, whole_line=True), line)


ANCHORS = [
    "^{}",
    " *^ *{}$",
    "{} *$",
    "(?m)^{}",
    "(?:^{}|zz)",
    "(?:zz|{}$)",
    "(?:^{})?ab",
    "(?:[xy]+{})?ab",
    "ab(?:{}[xy]*)?$",
]


@settings(max_examples=400, deadline=None)
@given(PATTERNS, st.sampled_from(ANCHORS), AROUND, AROUND)
def test_where_an_anchored_pattern_matches_a_clue_fits(made, anchored, before, after):
    pattern = anchored.format(f"(?:{made[0]})")
    try:
        inline = compile_pattern(pattern)
    except PatternError:  # it matches the empty text
        return
    for line in (made[1], f"{made[1]}{after}", f"{before}{made[1]}", f"{before}{made[1]}ab", f"ab{made[1]}x", "zz"):
        if inline.is_in(line.strip(" ").encode()):
            assert may_match(clues_of(pattern), line.strip(" "))
