"""What a terminal and a log get to see."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from saaf.report import print_text
from saaf.report.explain import explain
from saaf.report.text import print_explanation


def printed(run, *, terminal: bool = False, **options) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, color_system="truecolor" if terminal else None)
    print_text(run.report(), console, **options)
    return out.getvalue()


def test_a_log_reads_without_a_terminal(day):
    text = printed(day, report_path=Path("lake/meta/reports/x.html"))
    assert "\x1b" not in text
    for words in (
        "8 documents came in: 2 to gold, 6 rejected.",
        "8 ingested = 2 gold + 6 rejected",
        "boilerplate_only 1",
        "near-duplicates 1, exact duplicates 1",
        "ur.read-more",
        "مزید پڑھیں",
        "lake/gold",
        "lake/meta/reports/x.html",
        "gzip stream ends after 4,096 bytes",
    ):
        assert words in text


def test_each_removal_stands_on_one_line_with_rule_and_kind(by_hand):
    by_hand.gold("a.txt", "خبر\nپہلی سطر\nدوسری سطر\nآخر", [("پہلی سطر\nدوسری سطر", "ur.related", "related")])
    [line] = [line for line in printed(by_hand).splitlines() if "ur.related" in line]
    assert line.split() == ["-", "ur.related", "related", "پہلی", "سطر", "دوسری", "سطر"]


def test_a_terminal_gets_colours(day):
    assert "\x1b[" in printed(day, terminal=True)


def test_text_cannot_command_a_terminal(by_hand):
    by_hand.gold(
        "[red]x\x1b[2J.txt",
        "خبر [bold]\nبرا \x1b]0;title\x07 \u202e متن",
        [("برا \x1b]0;title\x07 \u202e متن", "r[/]", "k")],
    )
    text = printed(by_hand)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)
    assert "[red]x⟨U+001B⟩[2J.txt" in text
    assert "r[/]" in text


def test_a_dry_run_says_that_nothing_was_published(by_hand):
    by_hand.gold("a.txt", "خبر")
    out = io.StringIO()
    print_text(by_hand.report(dry_run=True, commit=None), Console(file=out, width=100))
    assert "nothing was published" in out.getvalue()


def test_an_explanation_marks_what_was_removed(day):
    text = explained(day, "garden.txt")
    assert "[-مزید پڑھیں-]" in text
    assert "ur.read-more" in text
    assert text.count("\n\n") >= 2
    assert re.search("section +شہر", text)


def test_an_explanation_strikes_through_on_a_terminal(day):
    text = explained(day, "garden.txt", terminal=True)
    assert "[-" not in text
    assert re.search("\x1b\\[9;31mمزید پڑھیں\x1b\\[0m", text)


def test_an_explanation_names_the_kept_document(day):
    text = explained(day, "garden-again.txt")
    assert "near_duplicate" in text
    assert day.rows["gold"][0]["doc_id"] in text
    assert "0.91" in text


def explained(run, name: str, *, terminal: bool = False) -> str:
    tables = run.tables()
    identity = next(row["doc_id"] for row in run.rows["silver"] if row["uri"] == f"seeds/{name}")
    chosen = {name: list(tables[name]) for name in ("bronze", "silver", "rejected", "duplicates", "gold")}
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, color_system="standard" if terminal else None)
    print_explanation(explain(identity, **chosen), console)
    return out.getvalue()


def test_a_large_run_is_told_by_its_rules(by_hand):
    for number in range(60):
        pieces = [(f"ٹکڑا {number} {i}", f"rule.{(number + i) % 20}", "[nav]") for i in range(10)]
        by_hand.gold(f"{number}.txt", "\n".join(["خبر", *(piece for piece, _, _ in pieces)]), pieces)
    text = printed(by_hand)
    assert len(text.splitlines()) < 90
    assert "rule.1 " in text
    assert "[nav]" in text
    assert "and 5 rules more" in text
    assert "and 2 more" in text
    assert text.count("-> gold") == 3
