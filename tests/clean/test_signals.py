"""Signals: an oracle that counts with plain Python, the language matrix, hostile text, the presets."""

from __future__ import annotations

import re
import time
import unicodedata
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.shared import ROOT

from saaf.clean.signal_kernels import MAX_TOKENS
from saaf.clean.signals import PRESETS, rejects, signals
from saaf.clean.stopwords import FINEWEB2_STOPWORDS, STOPWORDS
from saaf.config import CleanConfig
from saaf.tables import SIGNALS

PROSE = {
    "ur": "وزیراعظم نے کہا کہ ملک کی معیشت بہتر ہو رہی ہے۔روسی صدر نے اس کا خیر مقدم کیا۔",
    "fa": "رئیس‌جمهور گفت که وضعیت اقتصادی در کشور بهتر می‌شود و این روند را ادامه خواهد داد.",
    "ar": "قال رئيس الوزراء إن الوضع الاقتصادي في البلاد يتحسن، وقد بدأ ذلك منذ عام.",
    "ps": "لومړي وزير وويل چې د هېواد اقتصادي وضعيت په ښه کېدو دی او دا به دوام لري.",
    "sd": "وزيراعظم چيو ته ملڪ جي معيشت بهتر ٿي رهي آهي ۽ اهو سلسلو جاري رهندو.",
    "pnb": "وزیراعظم نے آکھیا کہ ملک دی معیشت چنگی ہو رہی اے تے لوکاں نوں فیدہ ہویا۔",
    "en": "The prime minister said that the economy of the country was growing and would grow.",
}


def _oracle_words(text: str) -> list[str]:
    words, word = [], ""
    for character in text + " ":
        category = unicodedata.category(character)
        if category[0] in "LM" or category == "Nd" or character in "\u200c\u200d":
            word += character
            continue
        if any(unicodedata.category(c)[0] in "LN" for c in word):
            words.append(word)
        word = ""
    return words


def _oracle_tokens(text: str) -> list[str]:
    marks = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~؉؊،؛؞؟٪٫٬٭۔")
    return re.sub(f"([{marks}])", r" \1 ", text).split()


def _oracle_ngrams(text: str) -> dict[str, float]:
    """Gopher's repetition, word for word as its paper and datatrove have it."""
    tokens = _oracle_tokens(text)
    found: dict[str, float] = {}
    for n in (2, 3, 4):
        grams = Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
        gram, times = grams.most_common(1)[0] if grams else ((), 0)
        found[f"top_{n}gram_ratio"] = _ratio(len(" ".join(gram)) * times, len(text))
    for n in range(5, 11):
        seen, place, characters = set(), 0, 0
        while place < len(tokens) - n + 1:
            gram = tuple(tokens[place : place + n])
            if gram in seen:
                characters += len("".join(gram))
                place += n
            else:
                seen.add(gram)
                place += 1
        found[f"repeated_{n}gram_share"] = _ratio(characters, len(text))
    return found


def _oracle_url_characters(text: str) -> int:
    return sum(len(url) for url in re.findall(r"(?:https?://|www\.)[!-~]*", text, re.IGNORECASE | re.ASCII))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _oracle(text: str, language: str | None) -> dict[str, float | int | None]:
    def bare(word: str) -> str:
        kept = (c for c in word if unicodedata.category(c)[0] != "M" and c not in "\u200c\u200d")
        return "".join(c.lower() if c.isascii() else c for c in kept)

    inked = [c for c in text if not c.isspace()]
    letters = [c for c in inked if unicodedata.category(c)[0] == "L"]
    words, tokens = _oracle_words(text), _oracle_tokens(text)
    stopwords = {bare(word) for word in STOPWORDS.get(language or "", ())}
    different = {bare(word) for word in FINEWEB2_STOPWORDS.get(language or "", stopwords)}
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    repeats = [line for number, line in enumerate(lines) if line in lines[:number]]
    skipped = "\"'”’“‘»«›‹)]}﴾﴿\u200e\u200f\u061c\u200c\u200d"

    def ends(line: str) -> bool:
        while line and (line[-1] in skipped or line[-1].isspace() or unicodedata.category(line[-1])[0] == "M"):
            line = line[:-1]
        return line[-1:] in {*"۔.؟?!।॥。！？\u061d\u061e"}

    dots = sum(len(run) // 3 for run in re.findall(r"\.+|۔+", text))
    return {
        "n_chars": len(text),
        "n_words": len(words),
        "mean_word_length": _ratio(sum(map(len, words)), len(words)),
        "letter_share": _ratio(len(letters), len(inked)),
        "digit_share": _ratio(sum(unicodedata.category(c) == "Nd" for c in inked), len(inked)),
        "arabic_script_share": _ratio(sum("ARABIC" in unicodedata.name(c, "") for c in letters), len(letters)),
        "latin_script_share": _ratio(sum("LATIN " in unicodedata.name(c, "") for c in letters), len(letters)),
        "url_share": _ratio(_oracle_url_characters(text), len(inked)),
        "alpha_token_share": _ratio(sum(any(map(str.isalpha, token)) for token in tokens), len(tokens)),
        "stopword_share": _ratio(sum(bare(w) in stopwords for w in words), len(words)) if stopwords else None,
        "n_stopwords": len({*map(bare, words), *tokens}.intersection(different)) if stopwords else None,
        "hash_sign_ratio": _ratio(text.count("#"), len(tokens)),
        "ellipsis_ratio": _ratio(text.count("…") + dots, len(tokens)),
        "new_line_ratio": _ratio(text.count("\n"), len(tokens)),
        "end_mark_share": _ratio(sum(map(ends, lines)), len(lines)),
        "short_line_share": _ratio(sum(len(line) <= 30 for line in lines), len(lines)),
        "bullet_line_share": _ratio(sum(line[0] in "•‣◦●○▪■□◆►▶·*-" for line in lines), len(lines)),
        "ellipsis_line_share": _ratio(sum(line.endswith(("…", "...", "۔۔۔")) for line in lines), len(lines)),
        "duplicate_line_share": _ratio(len(repeats), len(lines)),
        "duplicate_line_character_share": _ratio(sum(map(len, repeats)), sum(map(len, lines))),
        **_oracle_ngrams(text),
    }


_text = st.lists(
    st.one_of(
        st.sampled_from(
            "اکےہمںیThe the123۱۲\n\n\n  ۔.؟!?”)\u064e\u0670\u200c\u200d\u200f،…_²½\U0001f600\u0600\ufdfa\u2028\ufb50"
        ),
        st.characters(codec="utf-8"),
        st.sampled_from(["http://", "HTTPS://a.b/c", "www.", "...", "۔۔۔", " - ", "\n", "کے ", "کی بات ہے۔ ", "، "]),
    ),
    max_size=80,
).map("".join)
_repetitive = st.lists(st.sampled_from("کے کی ، ہے۔ a b \n".split(" ")), max_size=120).map(" ".join)


@settings(max_examples=600, deadline=None)
@given(st.one_of(_text, _repetitive), st.sampled_from([*STOPWORDS, None, "xx"]))
@example("ہے۔روسی", "ur")
@example("کے کے\nکے کے\n", "ur")
@example("a\u064e", "en")
@example("\0\n\0\0", "ur")
@example("\0www.www.", "ur")
def test_equals_plain_counting(text: str, language: str | None) -> None:
    assert signals(text, language) == _oracle(text, language)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=50), st.sampled_from(["ur", "en", None]))
def test_never_raises_and_shares_are_shares(text: str, language: str | None) -> None:
    values = signals(text, language)
    assert all(value is None or 0 <= value <= 1 for name, value in values.items() if name.endswith("_share"))
    assert rejects(values, "none") is None


def test_the_keys_are_columns() -> None:
    columns = {name for name in SIGNALS if not name.startswith("n_") or name in {"n_chars", "n_words", "n_stopwords"}}
    assert set(signals("", None)) == columns - {"removed_share", "language_score"}
    assert {bound.signal for bounds in PRESETS.values() for bound in bounds} <= set(SIGNALS)


def test_a_full_stop_without_a_space_parts_words() -> None:
    assert signals("ہے۔روسی", "ur")["n_words"] == 2
    assert signals("می‌شود", "fa")["n_words"] == 1
    assert signals("اُن کِی", "ur")["stopword_share"] == 1.0


@pytest.mark.parametrize("language", PROSE)
def test_prose_passes_in_each_language(language: str) -> None:
    text = "\n".join(f"{PROSE[language]} {number}" for number in range(12))
    values = signals(text, language)
    assert values["n_words"] > 50
    assert values["stopword_share"] > 0.2
    assert values["letter_share"] > 0.9
    assert values["arabic_script_share"] == (0.0 if language == "en" else 1.0)
    assert rejects(values, "news") is None


@pytest.mark.parametrize("language", STOPWORDS)
def test_stopword_lists(language: str) -> None:
    words = STOPWORDS[language]
    assert 20 <= len(words) <= 75
    for word in words:
        assert unicodedata.is_normalized("NFC", word)
        assert _oracle_words(word) == [word]


def test_a_brief_of_few_words_is_news() -> None:
    assert rejects(signals("کراچی میں بارش ہوئی۔", "ur"), "news") is None


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("| 12 | 34 | 56 | 78 |\n" * 3, "letter_share"),
        ("ہمارے ساتھ رہیے\n" * 5, "duplicate_line_share"),
        ("\n".join(f"کراچی لاہور پشاور کوئٹہ نمبر {n}" for n in range(20)), "stopword_share"),
    ],
)
def test_what_is_plainly_no_prose_is_rejected(text: str, signal: str) -> None:
    values = signals(text, "ur")
    rejection = rejects(values, "news")
    assert rejection is not None
    assert rejection.signal == signal
    assert rejection.value == values[signal]
    assert rejection.bound in {bound.at_least for bound in PRESETS["news"]} | {b.at_most for b in PRESETS["news"]}


def test_text_whose_encoding_was_lost_is_rejected() -> None:
    garbled = (PROSE["ur"] * 5).encode().decode("latin-1")
    rejection = rejects(signals(garbled, "ur"), "news")
    assert rejection is not None


def test_a_language_without_a_list_has_no_stopword_share() -> None:
    assert signals("abc " * 100, "xx")["stopword_share"] is None
    assert rejects(signals("\n".join(f"abc {n}" for n in range(100)), "xx"), "news") is None


@pytest.mark.parametrize("unit", ["ا", "ا ", "ا\n", "\n", "۔", "\u200c", "\u064e"])
def test_five_megabytes_of_one_thing(unit: str) -> None:
    signals("", "ur")
    text = unit * (2_500_000 // len(unit))
    started = time.thread_time()
    assert signals(text, "ur")["n_chars"] == len(text)
    assert time.thread_time() - started < 15


# fineweb2-ur and bounds of one's own ----------------------------------------------------------------------------------

SENTENCE = "وزیراعظم نے کہا کہ ملک کی معیشت بہتر ہو رہی ہے اور اس کا فائدہ عام آدمی کو ملے گا"


def _story(lines: int = 12) -> str:
    """Lines of prose in which hardly a run of words repeats."""
    words = "شہر گاؤں پل دریا سڑک بازار مسجد کھیت پہاڑ جنگل کتاب قلم گھر دکان راستہ ندی باغ درخت پھول پتھر".split()
    return "\n".join(
        " ".join(
            f"{words[(7 * line + 3 * n) % 20]}{line}{joint}"
            for n, joint in enumerate([" کے", " میں", "،", " نے", " سے", " تھا"])
        )
        + "۔"
        for line in range(lines)
    )


def _judged(text: str, preset: str = "fineweb2-ur", score: float = 0.95) -> str | None:
    rejection = rejects({**signals(text, "ur"), "language_score": score}, preset)
    return rejection and rejection.signal


def test_prose_passes_fineweb2() -> None:
    assert _judged(_story()) is None


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        (_story(4), "n_words"),  # a brief: its floor of 50 words
        (_story() + "\n" + "\n".join([SENTENCE + "۔"] * 6), "duplicate_line_share"),
        (" ".join(f"{n}الف کے میں" for n in range(60)) + "۔", "top_2gram_ratio"),
        (_story().replace("۔", ""), "end_mark_share"),
        ("\n".join(f"شہر{n} کے گاؤں{n}۔" for n in range(40)), "new_line_ratio"),
        (_story().replace("،", " #").replace(" تھا", " #"), "hash_sign_ratio"),
        (_story().replace("،", " …").replace(" تھا", " …"), "ellipsis_ratio"),
        ("\n".join(f"- {line}" for line in _story().split("\n")), "bullet_line_share"),
        ("".join(f"{line}{'۔…'[n % 2]}\n" for n, line in enumerate(_story().split("۔\n"))), "ellipsis_line_share"),
        (_story() + " ".join(f"{n}" for n in range(1000, 1040)) + "۔", "alpha_token_share"),
        (
            _story()
            .translate({ord(c): " " for c in "،"})
            .replace("کے", "")
            .replace("میں", "")
            .replace("نے", "")
            .replace("سے", ""),
            "n_stopwords",
        ),
    ],
)
def test_what_fineweb2_rejects(text: str, signal: str) -> None:
    assert _judged(text) == signal


def test_fineweb2_asks_for_a_sure_language() -> None:
    assert _judged(_story(), score=0.846) == "language_score"
    assert _judged(_story(), score=0.847) is None


def test_repeated_runs_are_rejected() -> None:
    run = "دریا کے پار جانے والا نیا پل اب عام لوگوں کے لیے کھول دیا گیا ہے"
    text = "\n".join(
        f"{line}\n{run} {number}۔" if number % 3 == 0 else line for number, line in enumerate(_story(20).split("\n"))
    )
    rejection = rejects({**signals(text, "ur"), "language_score": 0.95}, "fineweb2-ur")
    assert rejection is not None
    assert re.fullmatch(r"(top|repeated)_\d+gram_(ratio|share)", rejection.signal)


def test_bounds_of_ones_own_come_on_top_of_a_preset() -> None:
    values = signals(PROSE["ur"], "ur")
    own = CleanConfig.model_validate({"bounds": {"n_words": {"at_least": 1000}}}).bounds
    assert rejects(values, "none", own) == ("n_words", values["n_words"], 1000)
    assert rejects(values, "none", {}) is None
    # The same signal in the preset gives way.
    brief = CleanConfig.model_validate({"bounds": {"n_words": {"at_least": 5}}}).bounds
    assert _judged(_story(4)) == "n_words"
    assert rejects({**signals(_story(4), "ur"), "language_score": 0.95}, "fineweb2-ur", brief) is None
    many = CleanConfig.model_validate({"bounds": {"letter_share": {"at_least": 0.99, "from_words": 500}}}).bounds
    assert rejects(values, "none", many) is None


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"n_word": {"at_least": 1}}, "no signal is called 'n_word'"),
        ({"title": {"at_least": 1}}, "no signal is called 'title'"),
        ({"n_words": {}}, "needs `at_least`, `at_most` or both"),
        ({"n_words": {"at_least": 5, "at_most": 4}}, "nothing would pass"),
        ({"n_words": {"least": 5}}, "Extra inputs"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(bounds: dict[str, dict[str, float]], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        CleanConfig.model_validate({"bounds": bounds})


def test_a_long_text_is_compared_up_to_a_number_of_tokens() -> None:
    text = " ".join(f"a{n}" for n in range(MAX_TOKENS)) + " b c d e f" * 50
    values = signals(text, "en")
    assert values["repeated_5gram_share"] == 0  # what repeats stands beyond
    assert values["n_words"] == MAX_TOKENS + 250


def test_the_page_names_every_signal_and_bound() -> None:
    page = (ROOT / "docs" / "signals.md").read_text("utf-8")
    for name in SIGNALS:
        size = re.search(r"_(\d+)gram", name)
        assert f"`{name}`" in page or (size and int(size[1]) in {3, 6, 7, 8, 9})
    for bound in PRESETS["fineweb2-ur"]:
        for limit in (bound.at_least, bound.at_most):
            assert limit is None or f"{limit:,}".removesuffix(".0") in page
