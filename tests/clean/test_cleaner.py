"""The cleaner: a silver row for every bronze row, each rejection with its reason, nothing lost."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.assembly import text_of
from saaf.clean.cleaner import Cleaner
from saaf.clean.normalise import normalise
from saaf.clean.signals import PRESETS
from saaf.clean.spans import Span, check, remainder
from saaf.config import CleanConfig
from saaf.errors import RuleError
from saaf.reasons import Reason
from saaf.tables import BRONZE, REJECTED, SILVER

ROOT = Path(__file__).resolve().parents[2]
PACKS = ("*.yaml", "sites/*.yaml")
STORY = (
    "شہر کے لوگ صبح سے پل پر جمع تھے اور سب کی زبان پر ایک ہی بات تھی کہ اب دریا کے پار جانا آسان ہو جائے گا۔ "
    "افسران نے بتایا کہ پل کی تعمیر پر تین سال لگے اور اس پر کام کرنے والوں میں سے کئی اسی شہر کے رہنے والے ہیں۔"
)
STORIES = {
    "ur": STORY,
    "fa": "مردم شهر از صبح روی پل گرد آمده بودند و همه می‌گفتند که از این پس رفتن به آن سوی رود آسان خواهد شد.",
    "ar": "اجتمع أهل المدينة على الجسر منذ الصباح وكانوا جميعا يقولون إن عبور النهر سيصبح سهلا بعد هذا اليوم.",
    "ps": "د ښار خلک له سهاره پر پله راټول وو او ټولو ویل چې له دې وروسته به له سیند څخه تېرېدل ډېر اسان شي.",
    "sd": "شهر جا ماڻهو صبح کان پل تي گڏ ٿيل هئا ۽ سڀ چئي رهيا هئا ته هاڻي درياءَ جي پار وڃڻ سولو ٿي ويندو.",
    "pnb": "شہر دے لوک سویرے توں پل اتے کٹھے سن تے سارے ایہو آکھدے سن پئی ہن دریا دے پار جانا بہت سوکھا ہو جاوے گا۔",
    "en": "The people of the town had been on the bridge since morning, and all said that crossing would now be easy.",
}


def bronze(*texts, **columns):
    rows = [
        {
            "doc_id": f"{number:032x}",
            "source": "test",
            "uri": f"test/{number}.txt",
            "record": 0,
            "raw_sha256": "0" * 64,
            "encoding": "utf-8",
            "raw_text": text,
            "ingested_at": datetime(2026, 11, 21, 6, tzinfo=UTC),
            "run_id": "run-1",
            **columns,
        }
        for number, text in enumerate(texts)
    ]
    return BRONZE.batch(rows)


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner.load(CleanConfig(packs=PACKS, languages=("ur",)), ROOT)


@pytest.fixture(scope="module")
def tolerant():
    return Cleaner.load(CleanConfig(packs=PACKS, filter="none", max_removed_share=1.0), ROOT)


def rejections(cleaned):
    return [(row["doc_id"], row["reason"], row["rule"]) for row in cleaned.rejected.to_pylist()]


class TestRows:
    def test_one_silver_row_for_each_bronze_row_in_order(self, cleaner):
        batch = bronze(STORY, "", "مزید پڑھیں", STORIES["en"], STORY)
        cleaned = cleaner.clean(batch)
        assert cleaned.silver.schema.equals(SILVER.schema, check_metadata=True)
        assert cleaned.rejected.schema.equals(REJECTED.schema, check_metadata=True)
        assert cleaned.silver["doc_id"].to_pylist() == batch["doc_id"].to_pylist()
        assert [doc_id[-1] for doc_id, _, _ in rejections(cleaned)] == ["1", "2", "3"]
        assert {row["run_id"] for row in cleaned.rejected.to_pylist()} == {"run-1"}

    def test_no_rows(self, cleaner):
        cleaned = cleaner.clean(bronze())
        assert (cleaned.silver.num_rows, cleaned.rejected.num_rows) == (0, 0)

    def test_same_input_same_rows(self, cleaner):
        batch = bronze(STORY, f"{STORY}\nمزید پڑھیں", "x")
        again = Cleaner.load(CleanConfig(packs=PACKS, languages=("ur",)), ROOT)
        assert cleaner.clean(batch).silver.equals(again.clean(batch).silver)

    def test_a_batch_may_be_cut_anywhere(self, cleaner):
        batch = bronze(STORY, f"ہوم\n{STORY}", STORIES["fa"], f"{STORY}\n© 2024 Example")
        whole = cleaner.clean(batch).silver.to_pylist()
        cut = [row for n in range(batch.num_rows) for row in cleaner.clean(batch.slice(n, 1)).silver.to_pylist()]
        assert whole == cut


class TestReasons:
    def test_what_holds_no_letters_is_empty(self, cleaner):
        assert rejections(cleaner.clean(bronze("", "  \n ", "۱۲۳ --- !!", "\u202b\u200c"))) == [
            (f"{n:032x}", "empty", None) for n in range(4)
        ]

    def test_boilerplate_only(self, cleaner):
        cleaned = cleaner.clean(bronze("ہوم\nتازہ ترین\nمزید پڑھیں\nفیس بک ٹوئٹر واٹس ایپ\n© 2024 Example"))
        assert rejections(cleaned) == [("0" * 32, "boilerplate_only", "common.nothing-left")]
        assert cleaned.silver["text"].to_pylist() == [""]

    def test_too_much_removed(self):
        strict = Cleaner.load(CleanConfig(packs=PACKS, max_removed_share=0.1), ROOT)
        (row,) = strict.clean(
            bronze(f"{STORY}\nہمیں فیس بک پر فالو کریں\nفیس بک ٹوئٹر واٹس ایپ ای میل")
        ).rejected.to_pylist()
        assert (row["reason"], row["rule"], row["threshold"]) == ("too_much_removed", "max_removed_share", "0.1")
        assert 0.1 < float(row["value"]) < 0.5

    @pytest.mark.parametrize("language", sorted(set(STORIES) - {"ur", "pnb"}))
    def test_another_language(self, cleaner, language):
        cleaned = cleaner.clean(bronze(f"{STORIES[language]} {STORIES[language]}"))
        (row,) = cleaned.rejected.to_pylist()
        assert (row["reason"], row["rule"]) == ("language", "languages")
        assert row["value"].startswith(language)
        assert cleaned.silver["text"].to_pylist()[0].count(" ") > 20

    @pytest.mark.parametrize("language", STORIES)
    def test_every_language_is_wanted_where_none_is_named(self, tolerant, language):
        assert rejections(tolerant.clean(bronze(STORIES[language]))) == []

    def test_signals(self, cleaner):
        lines = "\n".join(f"{n} {n + 1} {n * 7} گول" for n in range(100, 160))
        strict = Cleaner.load(CleanConfig(packs=PACKS), ROOT)
        (row,) = strict.clean(bronze(lines)).rejected.to_pylist()
        assert (row["reason"], row["rule"]) == ("signal", "letter_share")
        assert float(row["value"]) < 0.4
        assert row["threshold"] == ">= 0.4"
        assert rejections(cleaner.clean(bronze(STORY))) == []

    def test_bounds_name_columns(self):
        assert {bound.signal for bounds in PRESETS.values() for bound in bounds} <= set(SILVER.names)

    def test_a_brief_is_no_reason(self, cleaner):
        assert rejections(cleaner.clean(bronze("شہر کے نئے پل پر آج سے گاڑیاں چلنے لگی ہیں۔"))) == []


class TestFaults:
    def test_one_document_that_fails_costs_only_itself(self, cleaner, monkeypatch):
        from saaf.clean import cleaner as module

        describe = module.describe

        def faulty(raw, *args, **kwargs):
            if "خراب" in raw:
                raise ZeroDivisionError("a fault that nobody foresaw")
            return describe(raw, *args, **kwargs)

        monkeypatch.setattr(module, "describe", faulty)
        cleaned = cleaner.clean(bronze(STORY, "یہ خراب ہے", STORY))
        assert rejections(cleaned) == [(f"{1:032x}", Reason.CLEANING_FAILED.value, "ZeroDivisionError")]
        rows = cleaned.silver.to_pylist()
        assert rows[1]["text"] == "یہ خراب ہے"
        assert rows[0]["text"] == rows[2]["text"] == STORY

    def test_hostile_texts_are_cleaned_like_others(self, cleaner):
        texts = [
            "\x00" * 50,
            "\u202e" * 500 + STORY,
            "ﷺ" * 1000,
            "\n" * 5000 + STORY,
            "😀" * 500,
            f"{STORY}\u2028{STORY}",
        ]
        cleaned = cleaner.clean(bronze(*texts))
        assert Reason.CLEANING_FAILED.value not in {reason for _, reason, _ in rejections(cleaned)}
        for raw, row in zip(texts, cleaned.silver.to_pylist(), strict=True):
            check([Span(**span) for span in row["removed"]], len(raw))


class TestLoading:
    def test_files_are_the_packs_in_order(self):
        loaded = Cleaner.load(CleanConfig(packs=("ur.yaml", "common.yaml")), ROOT)
        assert [file.name for file in loaded.files] == ["ur.yaml", "common.yaml"]

    def test_an_extra_pack_is_asked_last(self, tmp_path):
        extra = tmp_path / "mine.yaml"
        extra.write_text(
            "pack: mine\nabout: One rule more.\nrules:\n  - id: slogan\n    kind: promo\n    why: The slogan of a site.\n"
            "    line: {exact: [سچ سب سے پہلے]}\n    examples: {match: [سچ سب سے پہلے], no_match: [سچ]}\n",
            "utf-8",
        )
        loaded = Cleaner.load(CleanConfig(packs=PACKS), ROOT, [extra])
        assert loaded.files[-1] == extra
        assert [s.rule for s in loaded.removed(f"{STORY}\nسچ سب سے پہلے", language="ur")] == ["mine.slogan"]

    def test_a_rule_that_two_packs_have_is_refused(self, tmp_path):
        copy = tmp_path / "ur.yaml"
        copy.write_bytes((ROOT / "include" / "rules" / "ur.yaml").read_bytes())
        with pytest.raises(RuleError, match=r"another pack has a rule 'ur\.page-date'") as caught:
            Cleaner.load(CleanConfig(packs=PACKS), ROOT, [copy])
        assert str(copy) in caught.value.where

    def test_rules_of_a_site_are_for_that_site(self, tolerant):
        raw = f"{STORY}\n٭ میچ کا مکمل سکور کارڈ"
        for site in ("bbc.com", "www.bbc.com", "bbc.com/urdu", "BBC.com/urdu/articles", "news.bbc.co.uk"):
            assert len(tolerant.removed(raw, language="ur", site=site)) == 1, site
        for site in (None, "notbbc.com", "bbc.com.example.org"):
            assert tolerant.removed(raw, language="ur", site=site) == (), site

    def test_rules_of_a_language_are_for_that_language(self, tolerant):
        raw = f"{STORIES['fa']}\nبیشتر بخوانید"
        assert len(tolerant.removed(raw, language="fa")) == 1
        assert len(tolerant.removed(raw, language=None)) == 1
        assert tolerant.removed(raw, language="ar") == ()


LINES = st.one_of(
    st.sampled_from(
        [
            STORY, *STORIES.values(), "", " ", "ہوم", "مزید پڑھیں", "پیر, مارچ 03, 2025", "Share this:", "IMG_20240102.jpg", "۔", "ر",
            "متن۔ A post shared by A (@a.b) متن۔", "وہ آیا۔ مزید پڑھیں: کیا ہوا؟ وہ گیا۔", "\r", "\u2028", "\u202bہوم\u202c", "ﷺ",
        ]
    ),
    st.text(max_size=20),
)  # fmt: skip


def plain_text_of(raw, removed, language):
    """The oracle: put the kept characters of each line together, and leave out the lines that removal emptied."""
    lines = []
    start = 0
    for line in raw.split("\n"):
        spans = [s for s in removed if s.start < start + len(line) and s.end > start]
        kept = ""
        place = start
        for span in spans:
            kept += raw[place : max(place, span.start)] + "\x00"
            place = min(span.end, start + len(line))
        kept += raw[place : start + len(line)]
        start += len(line) + 1
        if spans and not kept.replace("\x00", "").strip():
            continue
        parts = kept.split("\x00")
        joined = parts[0]
        for part in parts[1:]:
            glue = " " if (joined and not joined[-1].isspace() and part[:1].isalnum()) or (part[:1] == "_") else ""
            joined += glue + part
        lines.append(joined)
    return normalise("\n".join(lines), language)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=10).map("\n".join))
def test_no_character_is_lost(raw):
    cleaner = _tolerant()
    if any("\ud800" <= c <= "\udfff" for c in raw) or "\x00" in raw:
        return
    (row,) = cleaner.clean(bronze(raw)).silver.to_pylist()
    removed = [Span(**span) for span in row["removed"]]
    check(removed, len(raw))
    left = remainder(raw, removed)
    assert len(left) + sum(s.end - s.start for s in removed) == len(raw)
    assert text_of(raw, removed, row["language"]) == row["text"]
    assert plain_text_of(raw, removed, row["language"]) == row["text"]
    assert "".join(normalise(left, row["language"]).split()) == "".join(row["text"].split())


_CACHE = {}


def _tolerant():
    if not _CACHE:
        _CACHE["it"] = Cleaner.load(CleanConfig(packs=PACKS, filter="none", max_removed_share=1.0), ROOT)
    return _CACHE["it"]


def test_no_character_of_real_pages_is_lost(tolerant, data):
    texts = pq.read_table(data / "news_raw.parquet", columns=["text"])["text"].to_pylist()[::19]
    rows = tolerant.clean(bronze(*texts)).silver.to_pylist()
    assert len(rows) == len(texts)
    for raw, row in zip(texts, rows, strict=True):
        removed = [Span(**span) for span in row["removed"]]
        check(removed, len(raw))
        assert text_of(raw, removed, row["language"]) == row["text"]
        assert len(remainder(raw, removed)) + sum(s.end - s.start for s in removed) == len(raw)


def test_a_wrapped_text_has_whole_words_again(tolerant):
    width = 50
    cut = [STORY[i : i + width] for i in range(0, len(STORY), width)]
    raw = "\n".join([*cut[:-1], cut[-1].rjust(width)])
    (row,) = tolerant.clean(bronze(raw)).silver.to_pylist()
    assert row["text"] == STORY
    assert row["removed"] == []
