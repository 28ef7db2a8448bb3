"""Two runs side by side."""

from __future__ import annotations

import io

from rich.console import Console

from saaf.report.against import differences, print_against


def test_what_two_runs_did_is_told_reason_by_reason_and_rule_by_rule(day, by_hand):
    by_hand.gold("one.txt", "خبر\nمزید پڑھیں", [("مزید پڑھیں", "ur.read-more", "read_more")])
    by_hand.gold("two.txt", "خبر دوسری")
    found = {it.name.strip(): it for it in differences(by_hand.report(), day.report())}
    assert (found["documents"].before, found["documents"].now) == (2, 8)
    assert (found["gold"].share_before, found["gold"].share_now) == (1.0, 0.25)
    assert (found["deduplicate: near_duplicate"].before, found["deduplicate: near_duplicate"].now) == (0, 1)
    assert found["ur.nav"].share_now == found["ur.nav"].now / day.report().rules.raw_characters
    assert found["input files with an error"].now == 1


def test_a_run_against_itself_changed_nothing(day):
    assert all(it.before == it.now for it in differences(day.report(), day.report()))
    text = _printed(day.report(), day.report())
    assert "points" not in text
    assert " = " in text.replace("\n", " \n")


def test_names_cannot_command_a_terminal(day):
    report = day.report(run_id="\x1b[2J[red]x")
    assert "\x1b" not in _printed(report, day.report())
    assert "[red]x" in _printed(report, day.report())


def _printed(before, now) -> str:
    out = io.StringIO()
    print_against(before, now, Console(file=out, width=120))
    return out.getvalue()
