"""Language: the matrix, close languages, short and hostile text, and the bar on real sentences."""

from __future__ import annotations

import os
import socket
import time
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.language import MIN_LETTERS, detect

TEXTS = {
    "ur": "حکومت نے اعلان کیا ہے کہ اگلے ہفتے سے ملک بھر کے تمام اسکول دوبارہ کھول دیے جائیں گے، تاہم اساتذہ کی تنظیم نے اس فیصلے پر تحفظات ظاہر کیے ہیں۔",
    "fa": "دولت اعلام کرد که از هفتهٔ آینده همهٔ مدرسه‌های کشور بازگشایی خواهند شد، اما انجمن آموزگاران با این تصمیم مخالفت کرده و خواستار گفتگو شده است.",
    "ar": "أعلنت الحكومة أن جميع المدارس في البلاد ستفتح أبوابها من جديد ابتداء من الأسبوع المقبل، غير أن نقابة المعلمين أبدت تحفظها على هذا القرار.",
    "ps": "حکومت اعلان وکړ چې له راتلونکې اونۍ څخه به د هېواد ټول ښوونځي بېرته پرانیستل شي، خو د ښوونکو ټولنې پر دې پرېکړه اندېښنه ښودلې ده.",
    "sd": "حڪومت اعلان ڪيو آهي ته ايندڙ هفتي کان سڄي ملڪ جا سمورا اسڪول ٻيهر کوليا ويندا، پر استادن جي تنظيم ان فيصلي تي ڳڻتي ظاهر ڪئي آهي.",
    "pnb": "سرکار نے دسیا اے پئی اگلے ہفتے توں سارے ملک دے سکول فیر کھول دتے جان گے، پر استاداں دی جتھے بندی نوں ایس فیصلے تے اعتراض اے تے اوہ گل کرنا چاہندے نیں۔",
    "ckb": "حکومەت ڕایگەیاند کە لە هەفتەی داهاتووەوە هەموو قوتابخانەکانی وڵات دەکرێنەوە، بەڵام یەکێتیی مامۆستایان لەم بڕیارە نیگەرانە.",
    "ug": "ھۆكۈمەت كېلەر ھەپتىدىن باشلاپ مەملىكەتتىكى بارلىق مەكتەپلەرنىڭ قايتا ئېچىلىدىغانلىقىنى ئېلان قىلدى، ئەمما ئوقۇتقۇچىلار ئۇيۇشمىسى قارشى تۇردى.",
    "en": "The government has announced that all schools in the country will open again from next week, but the teachers' union has voiced doubts about it.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_each_language(language: str) -> None:
    found, sure = detect(TEXTS[language])
    assert found == language
    assert sure is not None
    assert 0.5 < sure <= 1


def test_urdu_from_an_arabic_keyboard_and_punjabi_too() -> None:
    arabic = str.maketrans("یکہ", "يكه")
    assert detect(TEXTS["ur"].translate(arabic))[0] == "ur"
    assert detect(TEXTS["pnb"].translate(arabic))[0] == "pnb"


def test_presentation_forms_are_letters() -> None:
    isolated = {
        unicodedata.normalize("NFKC", chr(code)): chr(code) for code in (*range(0xFB50, 0xFBB2), *range(0xFE80, 0xFEF5))
    }
    text = TEXTS["ur"].translate(str.maketrans(isolated))
    assert sum("\ufb50" <= character <= "\ufefc" for character in text) > 60
    assert detect(text)[0] == "ur"


def test_persian_and_arabic_letters_in_urdu_prose_do_not_matter() -> None:
    text = TEXTS["ur"] + " انہوں نے قرآن کی آیت پڑھی: إن الله مع الصابرين۔ " + TEXTS["ur"]
    assert detect(text)[0] == "ur"


def test_a_page_in_english_with_an_urdu_menu_is_english() -> None:
    assert detect("تازہ ترین " + TEXTS["en"] * 3)[0] == "en"


@pytest.mark.parametrize("language", ["ur", "pnb", "fa", "ar"])
def test_garbled_text_is_judged_by_what_it_said(language: str) -> None:
    assert detect(TEXTS[language].encode().decode("latin-1"))[0] == language


def test_accents_are_no_garbling() -> None:
    assert detect("Élève à l’école française où il étudie la géographie et l’histoire européenne")[0] == "fr"


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "123456789012345", "کراچی", "abc def", "\u200f" * 50, "🙂" * 40, "۔" * 99]
)
def test_too_little_to_tell(text: str) -> None:
    assert sum(map(str.isalpha, text)) < MIN_LETTERS
    assert detect(text) == (None, None)


@pytest.mark.parametrize(
    "text", ["صدر پوتن کی دعوت قبول", "روس شمالی کوریا دفاعی شراکت کو وسعت دینے پر آمادہ", "کراچی میں بارش"]
)
def test_an_urdu_headline_is_enough(text: str) -> None:
    assert detect(text)[0] == "ur"


def test_text_behind_a_wall_of_digits_is_found() -> None:
    wall = "12 34 | " * 5000
    assert detect(wall + TEXTS["ur"] * 3 + wall)[0] == "ur"
    assert detect(f"{wall}{TEXTS['en']}{wall}{wall}")[0] == "en"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_never_raises(text: str) -> None:
    language, sure = detect(text)
    assert (language is None) == (sure is None)
    if sure is not None:
        assert language
        assert 0 <= sure <= 1
    assert detect(text) == (language, sure)


@pytest.mark.parametrize("text", ["\ud800" * 40 + TEXTS["ur"], TEXTS["ur"] + "\x00\x1f", "\u202e" + TEXTS["ur"]])
def test_hostile_characters_do_not_hide_the_language(text: str) -> None:
    assert detect(text)[0] == "ur"


def test_a_long_text_costs_no_more_than_its_sample() -> None:
    text = TEXTS["en"] * 40_000
    detect(text)
    started = time.thread_time()
    assert detect(text)[0] == "en"
    assert detect("1 " * 2_500_000) == (None, None)
    assert time.thread_time() - started < 8


def test_the_model_is_in_the_wheel_and_silent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from saaf.clean import language

    def refuse(*arguments: object, **keywords: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    language._model.cache_clear()
    assert detect(TEXTS["en"])[0] == "en"
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_the_bar_on_real_sentences() -> None:
    import polars as pl

    root = Path(os.environ.get("SAAF_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    path = root / "language_dev.parquet"
    if not path.is_file():
        pytest.skip("the development data is not here")
    rows = pl.read_parquet(path).filter(pl.col("text").str.len_chars() >= 100)
    one = {"skr": "pnb"}
    wrong: Counter[tuple[str, str | None]] = Counter()
    for text, label in zip(rows["text"], rows["label"], strict=True):
        found = detect(text)[0] or ""
        if one.get(found, found) != one.get(label, label):
            wrong[label, found] += 1
    assert 1 - wrong.total() / len(rows) >= 0.98, wrong
