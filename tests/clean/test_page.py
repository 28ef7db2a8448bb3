"""A page as rules see it: lines, sentences, and the undoing of hard wrapping."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.page import Page, is_sentence, line_key, wrap_breaks
from saaf.text.fold import code_points, fold

WIDTH = 60
WORDS = "شہر پل دریا لوگ صبح کے پار جانا آسان تعمیر افسر بارش بازار کتاب وزیر اعلان کیا".split()


def breaks(raw):
    return [*map(tuple, wrap_breaks(raw, code_points(raw)).tolist())]


def unwrapped(raw):
    text, place = "", 0
    for start, end in breaks(raw):
        text += raw[place:start]
        place = end
    return text + raw[place:]


def wrapped(paragraph, width=WIDTH):
    cut = [paragraph[i : i + width] for i in range(0, len(paragraph), width)]
    return "\n".join([*cut[:-1], cut[-1].rjust(width)])


@settings(deadline=None)
@given(st.integers(), st.integers(80, 200))
def test_wrapping_is_undone(seed, words):
    paragraph = " ".join(random.Random(seed).choices(WORDS, k=words))
    # A space that the wrapper put at the head of the last line cannot be told from its padding.
    last = paragraph[len(paragraph) // WIDTH * WIDTH :]
    if not last or last.startswith(" ") or len(last.rstrip()) < len(last):
        return
    # A text of few lines whose breaks all fall beside spaces does not look wrapped: no word is cut.
    if not any(" " not in paragraph[cut - 1 : cut + 1] for cut in range(WIDTH, len(paragraph), WIDTH)):
        assert unwrapped(wrapped(paragraph)) == wrapped(paragraph)
        return
    assert unwrapped(wrapped(paragraph)) == paragraph


@given(st.lists(st.sampled_from([*WORDS, "\n", "۔\n"]), max_size=80).map(" ".join))
def test_text_that_is_not_wrapped_is_left_alone(text):
    assert breaks(text) == []


def plain_breaks(raw):
    """The same by plain Python, from the words of the definition."""
    lines, place = [], 0
    for line in raw.split("\n"):
        lines.append((place, line.removesuffix("\r")))
        place += len(line) + 1
    width = max(len(line) for _, line in lines)
    inked = [line for _, line in lines if line.strip()]
    full = [bool(line.strip()) and len(line) == width for _, line in lines]
    if not 40 <= width <= 120 or sum(full) < max(4, len(inked) / 2):
        return []
    if len({line for (_, line), is_full in zip(lines, full, strict=True) if is_full}) < 4:
        return []
    words = {word for _, line in lines for word in line.split()[1:-1]}
    found = []
    for number in range(len(lines) - 1):
        (start, line), (end, follows) = lines[number : number + 2]
        if not (full[number] and full[number + 1]):
            continue
        if not any(full[number + 2 : number + 3]) and follows.startswith(" "):
            end += len(follows) - len(follows.lstrip(" "))
            before, after = line.split(" ")[-1], follows.lstrip(" ").split(" ")[0]
            apart = before + after not in words and before in words and after in words
            end -= before.endswith(("\u06ba", "\u06d2")) or apart
        found.append((start + len(line), end))
    between = [(raw[a - 1], raw[b:].lstrip(" ")[0] if b - a > 2 else raw[b]) for a, b in found]
    return found if any(a.isalpha() and b.isalpha() for a, b in between) else []


CUT = st.lists(st.sampled_from([*WORDS, "ہیں", "\t", "۔", "x"]), min_size=30, max_size=90).map(" ".join)


@settings(deadline=None)
@given(st.lists(CUT, min_size=1, max_size=3), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "دریا", " \n"]))
def test_equals_plain_python(paragraphs, feed, last):
    raw = feed.join(map(wrapped, paragraphs)).replace("\r\n", "\n").replace("\n", feed) + feed + last
    assert breaks(raw) == plain_breaks(raw)


def test_a_refrain_is_not_wrapped_text():
    line = "دریا کے پار جانا اب سب کے لیے بہت آسان ہو گیا ہے دوستو"
    assert breaks("\n".join([line] * 10)) == []


def test_carriage_returns_go_with_the_break():
    paragraph = ("اب " + " ".join(WORDS * 6))[: WIDTH * 5 + 7]
    raw = wrapped(paragraph).replace("\n", "\r\n")
    assert unwrapped(raw) == paragraph


def test_paragraphs_of_a_wrapped_page_are_its_lines():
    first, second = "ا" + " ".join(WORDS * 6)[: WIDTH * 4 + 9], "ب" + " ".join(WORDS * 5)[: WIDTH * 3 + 2]
    raw = f"{wrapped(first)}\n\r\n{wrapped(second)}"
    page = Page(raw)
    assert page.lines == [fold(first).text.strip(), fold(second).text.strip()]
    assert [raw[slice(*page.raw_line(n))] for n in range(2)] == [wrapped(first), wrapped(second)]


def test_wrapping_is_undone_where_the_breaks_of_the_text_were_counted_too():
    """Some wrappers count the line breaks that a text has; the lines around those are shorter than the others."""
    prose = "\n\n".join(" ".join(random.Random(seed).choices(WORDS, k=40)) for seed in range(4))
    second = "ب" + " ".join(WORDS * 8)[: WIDTH * 6 + 9]
    page = Page(f"{wrapped(prose)}\n\r\n{wrapped(second)}")
    assert page.lines[-1] == fold(second).text.strip()


def test_a_last_line_that_begins_with_a_word_keeps_its_space():
    """The space before it went into the padding."""
    prose = ("ا" + " ".join(WORDS * 6))[: WIDTH * 4]
    for end, tail, between in (("لوگوں", "آئے", " "), ("بارش", "کتاب", " "), ("اعلا", "ن کیا", "")):
        head = prose[: -len(end) - 1] + " " + end
        assert unwrapped(wrapped(f"{head}{between}{tail}")) == f"{head}{between}{tail}"


@settings(deadline=None)
@given(st.text(alphabet=" \n\r\tابک\u064e\u202b\u2028ﷺa.۔", max_size=80))
def test_lines_are_the_inked_lines_of_the_fold(raw):
    page = Page(raw)
    inked = [line for line in fold(raw).text.split("\n") if line.strip()]
    assert page.lines == [line.strip() for line in inked]
    raw_lines = [line for line in raw.split("\n") if fold(line).text.strip()]
    assert [raw[slice(*page.raw_line(n))] for n in range(len(page.lines))] == raw_lines
    text = page.folded.text
    assert all(text[page.start(n) :].startswith(page.lines[n]) for n in range(len(page.lines)))


def test_blank_lines_are_known():
    page = Page("ا\nب\n\nج\n \nد")
    assert [page.follows_blank(n) for n in range(4)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("وہ گیا۔", True), ("وہ گیا.", True), ("’وہ گیا۔‘", True), ("(وہ گیا۔)", True), ("وہ گیا۔ ", True),
        ("وہ گیا", False), ("کیا وہ گیا؟", False), ("وہ گیا!", False), ("وہ گیا...", False), ("وہ گیا۔۔", False), ("", False),
    ],
)  # fmt: skip
def test_is_sentence(line, sentence):
    assert is_sentence(line) is sentence


def test_line_key():
    assert line_key(" «مزید  پڑھیں»: ") == "مزیدپڑھیں"
    assert line_key("---") == ""
