"""The packs that are shipped, and the packs that are refused."""

import re
import textwrap
from pathlib import Path

import pytest

from saaf.clean.engine import compile_pack
from saaf.clean.examples import check_examples, unmark
from saaf.clean.packs import find_packs, json_schema, load_pack, parse_pack
from saaf.errors import RuleError

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "include" / "rules"
SHIPPED = {file.relative_to(RULES).as_posix(): load_pack(file) for file in sorted(RULES.rglob("*.yaml"))}
EXAMPLES = {name: check_examples(pack) for name, pack in SHIPPED.items()}
EVERY_RULE = [(name, rule.id) for name, pack in SHIPPED.items() for rule in pack.pack.rules]

HEAD = "pack: test\nabout: A pack for a test.\nrules:\n"
GOOD_RULE = """\
  - id: one
    kind: nav
    why: It is there for a test.
    line: {exact: [ہوم]}
    examples: {match: [ہوم], no_match: [گھر]}
"""


def refused(text):
    with pytest.raises(RuleError) as caught:
        compile_pack(parse_pack(text if isinstance(text, bytes) else text.encode(), Path("p.yaml")))
    return caught.value


@pytest.mark.parametrize(("pack", "rule"), EVERY_RULE)
def test_every_rule_keeps_its_examples(pack, rule):
    name = SHIPPED[pack].pack.pack
    assert [str(problem) for problem in EXAMPLES[pack] if problem.rule == f"{name}.{rule}"] == []


def test_no_two_rules_bear_one_name():
    names = [f"{pack.pack.pack}.{rule.id}" for pack in SHIPPED.values() for rule in pack.pack.rules]
    assert len(names) == len(set(names))


def test_the_schema_file_is_what_the_models_say():
    assert (RULES / "schema.json").read_text("utf-8") == json_schema(), (
        "write json_schema() of saaf.clean.packs into it"
    )


def test_every_language_has_its_first_rules():
    kinds = {
        name.removesuffix(".yaml"): {rule.kind for rule in pack.pack.rules}
        for name, pack in SHIPPED.items()
        if "/" not in name
    }
    for language in ("ur", "fa", "ar", "ps", "sd", "pnb"):
        assert {"date", "read_more", "share", "photo_credit", "legal"} <= kinds[language]


def test_a_rule_may_be_written_in_any_spelling():
    arabic_keyboard = GOOD_RULE.replace("exact: [ہوم]", "exact: [صفحهٔ اول]").replace(
        "match: [ہوم]", "match: [صفحۂ اول]", 1
    )
    assert check_examples(parse_pack((HEAD + arabic_keyboard).encode(), Path("p.yaml"))) == []


def test_a_failing_example_is_reported_with_its_line():
    wrong = GOOD_RULE.replace("match: [ہوم]", "match: [ہوم, باغ]", 1)
    problems = check_examples(parse_pack((HEAD + wrong).encode(), Path("p.yaml")))
    assert [(p.where, p.text) for p in problems] == [("p.yaml:8", "باغ")]


def test_examples_mark_what_is_removed():
    assert unmark("ا ⟦ب ج⟧ د") == ("ا ب ج د", {2, 4})
    assert unmark("ا ب") == ("ا ب", {0, 2})


class TestRefused:
    """What is refused, with file, line and reason."""

    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            ("", 1, "empty"),
            ("a: [", 1, "not YAML"),
            (HEAD + GOOD_RULE.replace("kind: nav", "kind: navy"), 5, "kind"),
            (HEAD + GOOD_RULE + "    surprise: 1\n", 9, "Extra inputs"),
            (HEAD + GOOD_RULE + GOOD_RULE, 9, "two rules are called 'one'"),
            (HEAD + GOOD_RULE + "    kind: nav\n", 9, "'kind' stands twice"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{exact: [ہوم], max_chars: 'x'}"), 7, "max_chars"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{}"), 7, "needs one of"),
            (HEAD + GOOD_RULE.replace("]}", "], relation: repeats_first_line}", 1), 7, "a relation needs `where"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{exact: ['۔']}"), 7, "nothing of the exact line"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{starts: ['ـ']}"), 7, "nothing of"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{pattern: ['a*']}"), 7, "empty text"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{pattern: ['(a']}"), 7, "RE2 refuses"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{pattern: ['(?=a)b']}"), 7, "RE2 refuses"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", r"{pattern: ['(a)\1']}"), 7, "RE2 refuses"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", r"{pattern: ['\bہوم']}"), 7, "ASCII"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{pattern: ['{nothing}']}"), 7, "no macro {nothing}"),
            (HEAD + GOOD_RULE.replace("{exact: [ہوم]}", "{pattern: ['((a{900}){900}){900}']}"), 7, "RE2 refuses"),
            (HEAD + GOOD_RULE.replace("    examples: {match: [ہوم], no_match: [گھر]}\n", ""), 4, "needs examples"),
            (HEAD + GOOD_RULE.replace("    line: {exact: [ہوم]}\n", ""), 4, "exactly one of"),
            (HEAD + GOOD_RULE.replace("[ہوم]}", "[&a ہوم]}", 1), 7, "anchors and aliases"),
            (HEAD + GOOD_RULE.replace("[ہوم]}", "[*a]}", 1), 7, "anchors and aliases"),
            (HEAD + GOOD_RULE.replace("[ہوم]}", "[!!python/name:os.system x]}", 1), 7, "tags are not allowed"),
            ("pack: " + "[" * 20_000, 1, "levels deep"),
        ],
    )
    def test_with_line_and_reason(self, text, line, reason):
        error = refused(text)
        assert error.where == f"p.yaml:{line}"
        assert reason in error.what
        assert "docs/rules.md" in error.next_step

    def test_too_large(self):
        assert "1048576 at most" in refused(b"# " + b"x" * (1 << 20)).what

    def test_not_utf8(self):
        error = refused(b"pack: test\nabout: \xff\n")
        assert (error.where, error.what) == ("p.yaml:2", "the rule pack is refused: the file is not UTF-8")

    def test_macros_that_grow_without_end(self):
        chain = "let:\n  a0: '(?:xxxxxxxxxx)'\n" + "".join(
            f"  a{n + 1}: '{{a{n}}}{{a{n}}}{{a{n}}}'\n" for n in range(40)
        )
        assert "grows to" in refused(HEAD.replace("rules:\n", chain + "rules:\n") + GOOD_RULE).what

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(RuleError, match="cannot be read"):
            load_pack(tmp_path / "none.yaml")
        with pytest.raises(RuleError, match=r"no rule pack 'none\.yaml'"):
            find_packs(("none.yaml",), tmp_path)


def test_a_glob_that_finds_nothing_is_no_error(tmp_path):
    assert find_packs(("sites/*.yaml",), tmp_path) == ()


def test_packs_are_found_in_the_order_of_the_configuration():
    names = [file.relative_to(RULES).as_posix() for file in find_packs(("ur.yaml", "common.yaml", "*.yaml"), ROOT)]
    assert names[:2] == ["ur.yaml", "common.yaml"]
    assert names[2:] == sorted(set(names) - {"ur.yaml", "common.yaml"})


def test_the_page_of_the_manual_works(tmp_path):
    """Every YAML example of docs/rules.md is a rule that loads, and the pack for a new site does what it says."""
    manual = (ROOT / "docs" / "rules.md").read_text("utf-8")
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", manual, re.MULTILINE | re.DOTALL)
    texts = [textwrap.dedent(body) for _, body in blocks]
    whole = [text for text in texts if "pack:" in text]
    assert len(whole) == 1
    site = parse_pack(whole[0].encode(), Path("shehrnama.yaml"))
    assert check_examples(site) == []
    parts = [text for text in texts if re.match(r"(line|inline|after|between|run|page):", text)]
    assert len(parts) >= 6
    for part in parts:
        body = textwrap.indent(part, "    ")
        rule = f"  - id: one\n    kind: nav\n    why: It is there for a test.\n{body}"
        rule += "" if part.startswith("run:") else "    examples: {match: [x], no_match: [y]}\n"
        compile_pack(parse_pack((HEAD + rule).encode(), Path("manual.yaml")))
