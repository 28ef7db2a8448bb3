"""The rule engine: each type of rule, and what hostile text does to it."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.cleaner import Cleaner
from saaf.clean.engine import Engine, compile_pack
from saaf.clean.packs import parse_pack
from saaf.clean.spans import check
from saaf.config import CleanConfig
from saaf.errors import RuleError

ROOT = Path(__file__).resolve().parents[2]

PROSE = {
    "ur": "شہر کے لوگ صبح سے پل پر جمع تھے اور سب کی زبان پر ایک ہی بات تھی کہ اب دریا کے پار جانا آسان ہو جائے گا۔",
    "fa": "مردم شهر از صبح روی پل گرد آمده بودند و همه می‌گفتند که از این پس رفتن به آن سوی رود آسان خواهد شد.",
    "ar": "اجتمع أهل المدينة على الجسر منذ الصباح وكانوا جميعا يقولون إن عبور النهر سيصبح سهلا بعد اليوم.",
    "ps": "د ښار خلک له سهاره پر پله راټول وو او ټولو ویل چې له دې وروسته به له سیند څخه تېرېدل اسان شي.",
    "sd": "شهر جا ماڻهو صبح کان پل تي گڏ ٿيل هئا ۽ سڀ چئي رهيا هئا ته هاڻي درياءَ پار وڃڻ سولو ٿي ويندو.",
    "pnb": "شہر دے لوک سویرے توں پل اتے کٹھے سن تے سارے ایہو آکھدے سن پئی ہن دریا پار جانا سوکھا ہو جاوے گا۔",
    "en": "The people of the town had been on the bridge since morning, and all of them said that crossing would now be easy.",
}
BOILERPLATE = [
    "مزید پڑھیں", "پیر, مارچ 03, 2025", "،تصویر کا ذریعہGetty Images", "Share this:", "IMG_20240102.jpg", "End of content",
    "فیس بک ٹوئٹر واٹس ایپ", "© 2024 Example", "-------", "A post shared by A (@a.b)", "مواد دستیاب نہیں ہے", "۔",
]  # fmt: skip


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner.load(CleanConfig(packs=("*.yaml", "sites/*.yaml")), ROOT)


def engine(*rules, let=""):
    """An engine of rules that are written as the body of a rule each."""
    text = "pack: t\nabout: A pack for a test.\n" + let + "rules:\n"
    for number, rule in enumerate(rules):
        text += f"  - id: r{number}\n    kind: nav\n    why: It is there for a test.\n"
        text += "".join(f"    {line}\n" for line in rule.splitlines())
        if "run:" not in rule and "fewer_words_left" not in rule:
            text += "    examples: {match: [x], no_match: [y]}\n"
    return Engine(compile_pack(parse_pack(text.encode(), Path("t.yaml"))))


SECTIONS = "let: {section: [کھیل, صحت], a_pattern: 'کھیل|صحت'}\n"


def taken(an_engine, text):
    return [text[span.start : span.end] for span in an_engine.remove(text).spans]


class TestLine:
    def test_exact_ignores_spaces_marks_spelling_and_edges(self):
        rule = engine("line: {exact: [مزید پڑھیں]}")
        for line in ("مزید پڑھیں", "مزیدپڑھیں", "  ’مزید  پڑھیں:‘ ", "مزيد پڑهيں".replace("ه", "ھ"), "مَزید\u200cپڑھیں"):
            assert taken(rule, f"الف\n{line}\nب") == [line]
        assert taken(rule, "مزید پڑھیں اور") == []

    def test_the_whole_line_goes_with_its_invisible_characters(self):
        assert taken(engine("line: {exact: [ہوم]}"), "ا\n\u202bہوم\u202c \nب") == ["\u202bہوم\u202c "]

    def test_starts_and_ends_are_whole_words(self):
        starts, ends = engine("line: {starts: [فوٹو]}"), engine("line: {ends: [فوٹو]}")
        assert taken(starts, "فوٹو اے") == ["فوٹو اے"]
        assert taken(starts, "فوٹوگرافی اے") == []
        assert taken(ends, "اے: فوٹو۔") == ["اے: فوٹو۔"]
        assert taken(ends, "اے آفوٹو") == []

    def test_a_longer_line_is_left_alone(self):
        rule = engine("line: {starts: ['نوٹ:'], max_chars: 20}")
        assert taken(rule, "نوٹ: مختصر") == ["نوٹ: مختصر"]
        assert taken(rule, "نوٹ: " + "لمبا " * 10) == []

    def test_where(self):
        rule = engine("line: {exact: [الف], where: {first: 2, last: 1}}")
        assert [s.start for s in rule.remove("الف\n\nالف\nالف\nب\nالف").spans] == [0, 5, 15]

    def test_the_lines_above_the_first_long_sentence_and_below_the_last_are_the_first_and_last(self):
        rule = engine("line: {exact: [الف], where: {first: 1, last: 1}}")
        sentence = "شہر میں نیا پل کھل گیا ہے اور لوگ دریا کے پار جا رہے ہیں جہاں میلہ لگا ہے اور بچے خوش ہیں۔"
        menu, body = "ب\nج\nالف\nد\n", f"{sentence}\nالف\n{sentence}"
        assert taken(rule, f"{menu}{body}\nہ\nالف\nو") == ["الف", "الف"]
        assert taken(rule, f"{menu}{sentence[:60]}۔\nالف\nو") == []  # no long sentence
        assert taken(rule, "ا\n" * 60 + f"الف\n{sentence}") == []  # too long for a head
        about = "\n".join(["ب"] * 8) + f"\n{sentence}"
        assert taken(rule, f"{body}\nج\nالف\n{about}\nو") == ["الف"]  # a sentence far below is the foot's
        datelines = "ب\nالف\nج\n"
        assert taken(rule, f"{sentence}\n{datelines}{sentence}\nو") == ["الف"]  # a standfirst belongs to the head
        assert taken(rule, f"۔{'-' * 90}\nالف\nو") == []  # marks alone are no sentence
        english = "We use cookies and others do so too, in order to bring you what you want to read every single day."
        assert taken(rule, f"{english}\nالف\nو") == []

    def test_relations(self):
        again = engine("line: {pattern: ['.+'], relation: repeats_first_line, where: {first: 12}}")
        assert [s.start for s in again.remove("الف ب\nج\nالف ب\nج").spans] == [8]
        crumb = engine("line: {pattern: ['.+'], relation: ends_with_next_line, where: {first: 3}}")
        assert taken(crumb, "ہومکھیلنئی خبر\nنئی خبر\nمتن") == ["ہومکھیلنئی خبر"]
        site = engine("line: {pattern: ['.+'], relation: starts_with_next_line, where: {first: 2}}")
        assert taken(site, "نئی خبر | شہر نامہ\nنئی خبر\nمتن") == ["نئی خبر | شہر نامہ"]

    def test_a_line_that_starts_with_a_long_one_further_below(self):
        site = engine("line: {pattern: ['.+'], relation: starts_with_later_line, where: {first: 2}}")
        title = "شہر میں نئے پل کا افتتاح"
        assert taken(site, f"{title} - شہر نامہ\nہوم\n{title}\nمتن") == [f"{title} - شہر نامہ"]
        assert taken(site, f"{title} - شہر نامہ\n{title}\nمتن") == []  # the next line is another relation's
        assert taken(site, f"{title}\nہوم\n{title}\nمتن") == []
        assert taken(site, "ہوم - شہر نامہ\nکھیل\nہوم\nمتن") == []  # a section's name

    def test_a_line_cut_short_that_a_later_one_begins_with(self):
        cut = engine("line: {pattern: ['.+'], relation: begins_later_line, where: {first: 12}}")
        assert taken(cut, "نئی خبر...\nج\nنئی خبر یہ ہے\nنئی...") == ["نئی خبر..."]
        assert taken(cut, "نئی خبر …\nنئی خبر یہ ہے") == ["نئی خبر …"]
        assert taken(cut, "نئی خبر.\nنئی خبر یہ ہے") == []

    def test_under_a_menu_the_last_copy_of_a_line_is_the_title(self):
        rules = engine(
            "line: {pattern: ['.+'], relation: repeats_first_line, where: {first: 12}}",
            "line: {exact: [ہوم, کھیل, صحت]}",
        )
        menu = "ہوم\nکھیل\nصحت\n"
        assert [s.start for s in rules.remove(f"{menu}ج\nنئی خبر\nد\nنئی خبر\nمتن").spans][3:] == [15]
        assert [s.start for s in rules.remove("ہوم\nنئی خبر\nد\nنئی خبر\nمتن").spans][1:] == [14]

    def test_a_relation_is_asked_after_other_rules(self):
        rules = engine(
            "line: {pattern: ['.+'], relation: repeats_first_line, where: {first: 9}}", "line: {exact: [ہوم]}"
        )
        spans = rules.remove("ہوم\nخبر\nہوم\nخبر").spans
        assert [(s.start, s.rule) for s in spans] == [(0, "t.r1"), (8, "t.r1"), (12, "t.r0")]

    def test_no_sentence(self):
        rule = engine("line: {starts: ['فوٹو:'], no_sentence: true}")
        for line, goes in (
            ("فوٹو: اے", True),
            ("فوٹو: اے...", True),
            ("فوٹو: اے وہ گیا۔", False),
            ("فوٹو: اے ’وہ گیا۔‘", False),
        ):
            assert taken(rule, f"الف\n{line}\nب") == [line] * goes

    def test_before_blank(self):
        rule = engine("line: {exact: [ر], before_blank: true}")
        assert taken(rule, "ر\nحیرہ\n\nر") == ["ر"]
        assert rule.remove("ر\n\nر\nب").spans[0].start == 0

    def test_where_two_rules_want_a_line_the_first_gets_it(self):
        both = engine("line: {pattern: ['ہوم.*']}", "line: {exact: [ہوم]}")
        assert [s.rule for s in both.remove("ہوم").spans] == ["t.r0"]

    def test_only_the_line_feed_ends_a_line(self):
        assert taken(engine("line: {exact: [ہوم]}"), "الف\u2028ہوم\rہوم") == []


class TestInline:
    def test_a_piece_ends_at_words(self):
        rule = engine("inline: {text: [لنک]}")
        assert taken(rule, "سری لنکا میں لنک ہے") == ["لنک"]

    def test_inside_words_where_the_rule_says_so(self):
        assert taken(engine("inline: {text: [لنک], inside_words: true}"), "سری لنکا") == ["لنک"]

    def test_lines_of_so_many_characters_alone(self):
        rule = engine("inline: {pattern: ['[0-9]{4}'], line_chars: 12}")
        assert taken(rule, "پل 2024\nشہر میں نیا پل 2024") == ["2024"]

    def test_drop_group(self):
        assert taken(engine("inline: {pattern: ['کلک کریں (?P<drop>مواد)']}"), "یہاں کلک کریں مواد اور") == ["مواد"]

    def test_through_and_up_to_take_the_nearer(self):
        rule = engine("inline: {pattern: ['پڑھیں:'], through: ['[؟!]'], up_to: [' خیال رہے']}")
        assert taken(rule, "الف۔ پڑھیں: کیا ہوا؟ ب") == ["پڑھیں: کیا ہوا؟"]
        assert taken(rule, "الف۔ پڑھیں: نئی خبر خیال رہے کہ کیوں؟") == ["پڑھیں: نئی خبر"]
        assert taken(rule, "الف۔ پڑھیں: نئی خبر اور بس\nکیا؟") == []
        assert taken(rule, "الف۔ پڑھیں: نئی خبر اور بس۔ وہ کیا؟ ب") == []  # another sentence

    def test_marks_and_joiners_within_a_piece_go_too(self):
        assert taken(engine("inline: {text: [کل آئیں]}"), "وہ کَل\u200c آئِیںَ گے") == ["کَل\u200c آئِیںَ"]

    def test_a_longer_match_is_left_alone(self):
        assert taken(engine("inline: {pattern: ['a.*b'], max_chars: 5}"), "aXXXXXXXb") == []

    def test_through_words_that_stand_twice(self):
        rule = engine("inline: {pattern: ['ہوم »'], through_copy: true}")
        title = "شہر میں نئے پل کا افتتاح ہو گیا"
        assert taken(rule, f"ہوم » {title} {title} لوگ جمع تھے۔") == [f"ہوم » {title}"]
        assert taken(rule, f"ہوم » {title} | پاکستان {title} لوگ جمع تھے۔") == [f"ہوم » {title} | پاکستان"]
        assert taken(rule, f"ہوم » {title} لوگ جمع تھے۔") == ["ہوم »"]
        assert taken(rule, "ہوم » پل کا افتتاح پل کا افتتاح ہوا۔") == [
            "ہوم »"
        ]  # a few words, such as a text begins with
        assert taken(rule, f"ہوم » {title}۔ {title} لوگ جمع تھے۔") == ["ہوم »"]  # a sentence

    def test_a_piece_that_holds_what_none_may_is_left_alone(self):
        rule = engine("inline: {pattern: ['پڑھیں:'], up_to: [' خیال رہے'], unless: [' نے کہا ']}")
        assert taken(rule, "الف۔ پڑھیں: نئی خبر خیال رہے کہ") == ["پڑھیں: نئی خبر"]
        assert taken(rule, "الف۔ پڑھیں: اس نے کہا کہ پل خیال رہے کہ") == []


class TestBeside:
    DATE = "inline: {pattern: ['[0-9]{4}']}"

    def test_a_label_that_touches_what_is_removed(self):
        rules = engine(self.DATE, "inline: {text: [شیئر], beside: true}")
        assert taken(rules, "پل 2024 شیئر لوگ") == ["2024", "شیئر"]
        assert taken(rules, "پل شیئر | 2024 لوگ") == ["شیئر", "2024"]
        assert taken(rules, "پل شیئر لوگ 2024") == ["2024"]
        assert taken(rules, "پل شیئر\n2024 لوگ") == ["2024"]
        assert taken(rules, "پل شیئر لوگ") == []

    def test_labels_that_touch_one_another(self):
        rules = engine(self.DATE, "inline: {text: [شیئر, پرنٹ], beside: true}")
        assert taken(rules, "پل پرنٹ شیئر 2024 شیئر پرنٹ شیئر لوگ") == ["پرنٹ", "شیئر", "2024", "شیئر", "پرنٹ", "شیئر"]

    def test_what_another_rule_took_is_not_taken_twice(self):
        rules = engine(self.DATE, "inline: {pattern: ['شیئر [0-9]*'], beside: true}")
        assert taken(rules, "پل 2023 شیئر 2024 لوگ") == ["2023", "2024"]

    def test_a_hundred_thousand_lines_of_labels(self):
        rules = engine(self.DATE, "inline: {text: [شیئر], beside: true}")
        began = time.thread_time()
        assert len(taken(rules, "پل 2024 شیئر لوگ\n" * 100_000)) == 200_000
        assert time.thread_time() - began < 40

    def test_a_million_characters_of_labels(self):
        rules = engine(self.DATE, "inline: {text: [شیئر], beside: true}")
        text = "شیئر |" * 100_000 + "2024" + " شیئر" * 100_000
        began = time.thread_time()
        assert len(taken(rules, text)) == 200_001
        assert time.thread_time() - began < 40


def test_thousands_of_rules_are_all_heard():
    words = "شہر پل دریا لوگ صبح پار جانا تعمیر افسر بارش بازار کتاب وزیر اعلان".split()
    texts = [" ".join([words[n % 14], words[n // 14 % 14], words[n // 196 % 14]] * 20) + str(n) for n in range(700)]
    many = engine(
        "inline: {text: [" + ", ".join(texts[:350]) + "]}", *(f"inline: {{text: [{t}]}}" for t in texts[350:])
    )
    raw = f"{texts[3]}۔ {texts[400]}۔\n{texts[699]}"
    assert taken(many, raw) == [texts[3], texts[400], texts[699]]


class TestNeighbours:
    RULE = "after: {marker: {exact: [یہ بھی پڑھیے]}, lines: 3, max_chars: 40}"

    def test_up_to_the_first_sentence(self):
        text = "متن۔\nیہ بھی پڑھیے\nپہلی سرخی\nدوسری سرخی کیا ہے؟\nیہ ایک جملہ ہے۔\nتیسری"
        assert taken(engine(self.RULE), text) == ["یہ بھی پڑھیے", "پہلی سرخی", "دوسری سرخی کیا ہے؟"]

    def test_a_sentence_in_quotes_is_a_sentence(self):
        assert taken(engine(self.RULE), "یہ بھی پڑھیے\n’وہ گیا۔‘") == ["یہ بھی پڑھیے"]

    def test_no_more_lines_than_it_says(self):
        assert len(taken(engine(self.RULE), "یہ بھی پڑھیے\nا\nب\nج\nد")) == 4

    def test_a_long_line_ends_it(self):
        assert len(taken(engine(self.RULE), "یہ بھی پڑھیے\n" + "لمبی سرخی " * 9)) == 1

    def test_only_and_keep_marker(self):
        rule = engine("after: {marker: {exact: [ذریعہ]}, lines: 2, only: ['[a-z ]+'], keep_marker: true}")
        assert taken(rule, "ذریعہ\nGetty\nشہر") == ["Getty"]

    def test_a_blank_line_ends_it_where_the_rule_says_so(self):
        rule = engine("after: {marker: {exact: [ذریعہ]}, lines: 5, blank_ends: true}")
        assert taken(rule, "ذریعہ\n\nالف\nب\n\nج") == ["ذریعہ", "الف", "ب"]


class TestBlocks:
    def test_between_takes_all_or_nothing(self):
        rule = engine("between: {start: {exact: [شروع]}, end: {exact: [ختم]}, lines: 3}")
        assert taken(rule, "الف\nشروع\nب\nختم\nج") == ["شروع", "ب", "ختم"]
        assert taken(rule, "شروع\nب\nج\nد\nختم") == []
        assert taken(rule, "شروع\nب") == []

    def test_menu_takes_a_column_of_different_words_and_short_lines_within(self):
        rule = engine("menu: {words: {exact: ['{section}', ہوم]}, least: 3, gap: 1, max_chars: 10}", let=SECTIONS)
        assert taken(rule, "ہوم\nکھیل\nصحت\nشہر") == ["ہوم", "کھیل", "صحت"]
        assert taken(rule, "ہوم\nسفر\nکھيل\n\nصحت") == ["ہوم", "سفر", "کھيل", "صحت"]
        assert taken(rule, "شہر\nہوم\nکھیل\nکھیل\nہوم") == []
        assert taken(rule, "ہوم\nسفر\nفن\nکھیل\nصحت") == []
        assert taken(rule, "ہوم\nوہ گیا۔\nکھیل\nصحت") == []
        assert taken(rule, "ہوم\nایک لمبی سطر\nکھیل\nصحت") == []
        assert taken(rule, "ہوم\nکھیل کی خبر\nصحت\nکھیل ہوم") == []

    def test_a_menu_goes_on_over_a_line_that_another_rule_takes(self):
        rules = engine(
            "line: {starts: [سبسکرائب]}", "menu: {words: {exact: ['{section}', ہوم]}, least: 3, gap: 1}", let=SECTIONS
        )
        text = "ہوم\nسبسکرائب کریں اور سب سے پہلے خبر پائیں\nکھیل\nصحت"
        assert taken(rules, text) == text.split("\n")

    def test_the_words_of_exact_may_be_those_of_a_list_and_of_nothing_else(self):
        rule = engine("line: {exact: ['{section}']}", let=SECTIONS)
        assert taken(rule, "کھیل\nکھیل صحت") == ["کھیل"]
        for name in ("nothing", "a_pattern"):
            with pytest.raises(RuleError, match="is the name of no list of words"):
                engine(f"line: {{exact: ['{{{name}}}']}}", let=SECTIONS)

    def test_run_swallows_short_lines_between_removed_ones(self):
        rule = engine("line: {exact: [ہوم, رابطہ]}", "run: {kinds: [nav], gap: 1, max_chars: 10}")
        assert taken(rule, "ہوم\nکھیل\nرابطہ") == ["ہوم", "کھیل", "رابطہ"]
        assert taken(rule, "ہوم\nکھیل\nفن\nرابطہ") == ["ہوم", "رابطہ"]
        assert taken(rule, "ہوم\nوہ گیا۔\nرابطہ") == ["ہوم", "رابطہ"]
        assert taken(rule, "ہوم\nکھیل") == ["ہوم"]

    def test_lines_that_match_alone(self):
        rule = engine("line: {exact: [ہوم, رابطہ]}", r"run: {kinds: [nav], gap: 4, only: ['[^\p{Arabic}]+']}")
        assert taken(rule, "ہوم\nResults\n2019\nرابطہ") == ["ہوم", "Results", "2019", "رابطہ"]
        assert taken(rule, "ہوم\nResults\nکھیل\nرابطہ") == ["ہوم", "رابطہ"]

    def test_below_the_text_alone(self):
        rule = engine("line: {exact: [ہوم, رابطہ]}", "run: {kinds: [nav], gap: 2, foot: true}")
        labels = "ہوم\nکھیل\nفن\nرابطہ"
        assert taken(rule, f"{PROSE['ur']}\n{labels}") == labels.split("\n")
        assert taken(rule, f"{labels}\n{PROSE['ur']}\n{PROSE['ur']}") == ["ہوم", "رابطہ"]
        assert taken(rule, labels) == ["ہوم", "رابطہ"]


class TestTails:
    """What stands behind the last sentence of a long line is looked at as a line of its own."""

    @pytest.mark.parametrize("language", PROSE)
    def test_a_label_that_lost_its_line_break_goes(self, language):
        rule = engine("line: {exact: [مزید پڑھیں]}")
        assert taken(rule, f"{PROSE[language]} مزید پڑھیں\n{PROSE[language]}") == ["مزید پڑھیں"]
        assert taken(rule, f"{PROSE[language]}\n{PROSE[language]} | مزید پڑھیں | ") == ["| مزید پڑھیں |"]

    def test_brackets_are_part_of_it_and_quotes_of_the_sentence(self):
        rule = engine("line: {exact: [جاری ہے]}")
        assert taken(rule, f"’{PROSE['ur']}‘ (جاری ہے)") == ["(جاری ہے)"]
        assert taken(rule, f"“{PROSE['ur']}” جاری ہے") == ["جاری ہے"]

    def test_a_sentence_is_no_tail_unless_it_is_in_latin_letters_behind_others(self):
        rule = engine("line: {exact: [وہ گیا, all rights reserved]}")
        assert taken(rule, f"{PROSE['ur']} وہ گیا۔") == []
        assert taken(rule, f"{PROSE['en']} All rights reserved.") == []
        assert taken(rule, f"{PROSE['ur']} All rights reserved.") == ["All rights reserved."]

    def test_short_lines_and_long_tails_have_none(self):
        rule = engine("line: {ends: [ہوم]}")
        assert taken(engine("line: {exact: [ہوم]}"), "وہ گیا۔ ہوم") == []
        assert taken(rule, PROSE["ur"] + " لوگ" * 60 + " ہوم") == []

    def test_where_counts_the_line_that_it_stands_in(self):
        last = engine("line: {exact: [ہوم], where: {last: 2, below: 1}}")
        first = engine("line: {exact: [ہوم], where: {first: 1}}")
        page = f"{PROSE['ur']} ہوم\n{PROSE['ur']}\n{PROSE['ur']} ہوم"
        assert [span.start for span in last.remove(page).spans] == [page.rindex("ہوم")]
        assert taken(first, page) == []
        assert taken(last, f"{PROSE['ur']} ہوم") == ["ہوم"]

    def test_the_first_rule_gets_it_and_inline_rules_come_before(self):
        rules = engine("line: {starts: [ہوم]}", "line: {exact: [ہوم کھیل]}")
        assert [span.rule for span in rules.remove(f"{PROSE['ur']} ہوم کھیل").spans] == ["t.r0"]
        rules = engine("line: {exact: [ہوم کھیل]}", "inline: {text: [آسان ہو جائے گا۔ ہوم]}")
        assert taken(rules, f"{PROSE['ur']} ہوم کھیل") == ["آسان ہو جائے گا۔ ہوم"]
        rules = engine("line: {exact: [ہوم]}", "inline: {pattern: ['ہوم$']}", "inline: {text: [شہر]}")
        page = f"{PROSE['ur']} ہوم\n" * 3
        assert [span.rule for span in rules.remove(page).spans] == ["t.r2", "t.r0"] * 3
        rules = engine("line: {exact: [ہوم کھیل]}", "inline: {text: [کھیل]}")
        (span,) = rules.remove(f"{PROSE['ur']} ہوم کھیل").spans
        assert span.rule == "t.r0"

    def test_a_tail_of_a_line_that_goes_is_no_piece(self):
        rules = engine("line: {ends: [ہوم], max_chars: 400}")
        (span,) = rules.remove(f"{PROSE['ur']} ہوم").spans
        assert span.start == 0

    def test_only_line_rules_look_at_it(self):
        rule = engine("after: {marker: {exact: [ہوم]}, lines: 2}")
        assert taken(rule, f"{PROSE['ur']} ہوم\nکھیل\nصحت") == []


class TestPages:
    def test_signs(self):
        rule = engine("page: {signs: ['404', 'not found'], least: 2, max_chars: 60}")
        removal = rule.remove("Error 404\n\nPage not found")
        assert removal.page_rule == "t.r0"
        assert taken(rule, "Error 404\n\nPage not found") == ["Error 404", "Page not found"]
        assert taken(rule, "Error 404") == []
        assert taken(rule, "Error 404 not found " * 9) == []

    def test_title_stands_at_the_top(self):
        rule = engine("page: {title: ['privacy policy']}")
        assert rule.remove("Privacy Policy\nWe care.").page_rule == "t.r0"
        assert rule.remove("a\nb\nc\nPrivacy Policy\nWe care.").page_rule is None

    def test_a_title_that_belongs_to_a_menu_is_none(self):
        rules = engine("page: {title: [privacy policy]}", "line: {exact: [home]}")
        assert rules.remove("Home\nPrivacy Policy\nA bridge is built.").page_rule is None
        assert rules.remove("Privacy Policy\nHome\nA bridge is built.").page_rule is None
        assert rules.remove("Privacy Policy\nA bridge\nHome").page_rule == "t.r0"

    def test_little_left(self):
        rules = engine("line: {starts: [ہوم]}", "page: {fewer_words_left: 4}")
        assert rules.remove("ہوم کھیل صحت تعلیم\nایک نام").page_rule == "t.r1"
        assert rules.remove("ہوم کھیل صحت تعلیم\nیہ پورا جملہ ہے").page_rule is None
        assert rules.remove("ایک نام").page_rule is None

    def test_what_two_rules_take_counts_once(self):
        rules = engine("inline: {text: [ہوم کھیل]}", "inline: {text: [کھیل صحت]}", "page: {fewer_words_left: 5}")
        assert rules.remove("ہوم کھیل صحت یہ جملہ ہے سنو").page_rule is None
        assert rules.remove("ہوم کھیل صحت یہ ہے").page_rule == "t.r2"


class TestWrapped:
    WIDTH = 50

    def wrapped(self, *paragraphs):
        """Text as a scraper wrapped it: cut by counting, the last line pushed to the right."""
        lines = []
        for paragraph in paragraphs:
            cut = [paragraph[i : i + self.WIDTH] for i in range(0, len(paragraph), self.WIDTH)]
            lines += [*cut[:-1], cut[-1].rjust(self.WIDTH), "\r"]
        return "\n".join(lines)

    def test_a_notice_cut_in_the_middle_is_found_and_projected_back(self):
        notice = "یہ بیرونی لنک ہیں جو ایک نئی ونڈو میں کھلیں گے"
        raw = self.wrapped(f"آج صبح {notice} پھر {PROSE['ur']}", PROSE["ur"], PROSE["ur"])
        rule = engine("inline: {pattern: ['" + notice + "']}")
        (piece,) = taken(rule, raw)
        assert piece.replace("\n", "") == notice
        assert "\n" in piece

    def test_a_whole_paragraph_goes_with_its_padding(self):
        raw = self.wrapped("Mon, 06 Feb 2017 11:15:00 GMT", PROSE["ur"], PROSE["ur"])
        (piece,) = taken(engine("line: {pattern: ['mon, [0-9].*']}"), raw)
        assert piece == "Mon, 06 Feb 2017 11:15:00 GMT".rjust(self.WIDTH)

    def test_lines_of_many_lengths_are_not_joined(self):
        assert taken(engine("inline: {text: [الف ب]}"), "یہ الف\nب\n" + "متن " * 20) == []


class TestProse:
    """What must never be removed."""

    @pytest.mark.parametrize("language", PROSE)
    @pytest.mark.parametrize("told", [True, False])
    def test_plain_prose_loses_nothing(self, cleaner, language, told):
        text = "\n\n".join([PROSE[language]] * 3)
        assert cleaner.removed(text, language=language if told else None) == ()

    @pytest.mark.parametrize(
        "line",
        [
            "سری لنکا نے میچ جیت لیا",
            "ہم یہ تصاویر سب کے ساتھ شیئر کریں گے",
            "فالو آن کے بعد ٹیم سنبھل گئی",
            "اس نے تبصرے میں لکھا کہ پل کمزور ہے۔",
            "12 مئی 2021 کو پل کا افتتاح ہوا",
            "ویڈیو میں دیکھا جا سکتا ہے کہ پل ٹوٹ رہا ہے",
            "کاپی رائٹ قانون میں تبدیلی کی ضرورت ہے۔",
            "ہوم گراؤنڈ پر ٹیم کی پہلی جیت",
        ],
    )
    def test_false_friends_stay(self, cleaner, line):
        assert cleaner.removed(f"{PROSE['ur']}\n{line}\n{PROSE['ur']}", language="ur") == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(BOILERPLATE), st.sampled_from(list(PROSE.values())), st.text(max_size=30)),
        max_size=12,
    ),
    st.sampled_from(["\n", "\n\n", " "]),
)
def test_spans_are_always_in_order_and_in_place(cleaner_for_property, lines, join):
    raw = join.join(lines)
    spans = cleaner_for_property.removed(raw)
    check(spans, len(raw))


@pytest.fixture(scope="module")
def cleaner_for_property(cleaner):
    return cleaner


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(range(len(BOILERPLATE))), min_size=1, max_size=4), st.data())
def test_boilerplate_lines_go_and_prose_stays(cleaner_for_property, chosen, data):
    lines = [PROSE["ur"]] * 5
    for number in chosen:
        lines.insert(data.draw(st.integers(1, 4)), BOILERPLATE[number])
    raw = "\n".join(lines)
    spans = cleaner_for_property.removed(raw, language="ur")
    assert not any(PROSE["ur"] in raw[s.start : s.end] for s in spans)
    # All of these are boilerplate wherever they stand, but for what is so only at the top.
    expected = sorted(BOILERPLATE[n] for n in chosen)
    assert sorted(raw[s.start : s.end] for s in spans) == expected


EVIL = [
    "(a+)+$", "(a|a)*b", "(a|aa)+$", "([a-z]+)*=", "(.*a){20}", "(?:[\\x{600}-\\x{6ff}]+ ?)+[۔!؟]$", ".*.*=.*", "(x+x+)+y",
    "(?:a?){60}a{60}", "(ا+)+ب", "( *)*x", "(?:(?:(?:a*)*)*)*b",
]  # fmt: skip


class TestHostile:
    """Text and rules that are meant to hurt: time stays linear."""

    @pytest.mark.parametrize("pattern", EVIL)
    def test_evil_patterns(self, pattern):
        rule = (
            engine(f"inline: {{pattern: ['{pattern}|zz']}}")
            if pattern != "( *)*x"
            else engine("inline: {pattern: ['( *)*x']}")
        )
        rule.remove("a")  # compiles what was not yet
        for text in ("a" * 20_000, "ا" * 20_000, "x" * 20_000, " " * 20_000 + "!"):
            began = time.thread_time()
            rule.remove(text)
            assert time.thread_time() - began < 10

    @pytest.mark.parametrize(
        "text",
        [
            "ا" * 1_000_000,
            "ا\n" * 100_000,
            "\n" * 300_000,
            "\u202b" * 300_000,
            "\u064e" * 300_000,
            "مزید پڑھیں: " * 20_000,
            "مزید پڑھیں\n" * 20_000,
            "ﷺ" * 50_000,
            " " * 300_000,
            "\x00\n" * 50_000,
            "😀 " * 100_000,
            f"{PROSE['ur']} یہ بھی پڑھیں: شہر میں نیا پل مکمل ہو گیا۔ (جاری ہے)\n" * 10_000,
        ],
        ids=[
            "one line",
            "short lines",
            "feeds",
            "bidi",
            "marks",
            "markers in a line",
            "marker lines",
            "ligatures",
            "spaces",
            "nul",
            "emoji",
            "tails",
        ],
    )
    def test_large_odd_texts(self, cleaner, text):
        cleaner.removed("a")  # compiles what was not yet
        began = time.thread_time()
        spans = cleaner.removed(text)
        assert time.thread_time() - began < 40
        check(spans, len(text))
