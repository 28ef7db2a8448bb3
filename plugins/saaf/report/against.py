"""Two runs side by side, as text: what one did that the other did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saaf.report.model import RunReport
from saaf.report.show import one_line

if TYPE_CHECKING:
    from rich.console import Console

_MOST_RULES = 20


@dataclass(frozen=True)
class Difference:
    """A number of two runs.

    Attributes:
        name: What is counted.
        before: Of the one run; what it is a share of, where it is one, stands in ``out_of_before``.
        now: Of the other.
        out_of_before: What ``before`` is a part of; 0 where it is no part.
        out_of_now: The same of ``now``.
    """

    name: str
    before: int
    now: int
    out_of_before: int = 0
    out_of_now: int = 0

    @property
    def share_before(self) -> float | None:
        """Share of the whole, 0 to 1; None where the number is no part of one."""
        return self.before / self.out_of_before if self.out_of_before else None

    @property
    def share_now(self) -> float | None:
        """Share of the whole, 0 to 1; None where the number is no part of one."""
        return self.now / self.out_of_now if self.out_of_now else None


def differences(before: RunReport, now: RunReport) -> Iterator[Difference]:
    """The funnel of two runs, reason by reason, and what their rules removed."""
    yield Difference("input files", before.objects.seen, now.objects.seen)
    yield Difference("input files with an error", before.objects.failed, now.objects.failed)
    whole = (before.balance.ingested, now.balance.ingested)
    yield Difference("documents", *whole)
    yield Difference("gold", before.balance.gold, now.balance.gold, *whole)
    yield Difference("rejected", before.balance.rejected, now.balance.rejected, *whole)
    yield from _joined(_reasons(before), _reasons(now), whole)
    characters = (before.rules.raw_characters, now.rules.raw_characters)
    removed = (before.rules.removed_characters, now.rules.removed_characters)
    yield Difference("characters removed", *removed, *characters)
    yield from _joined(_rules(before), _rules(now), characters)


def print_against(before: RunReport, now: RunReport, console: Console) -> None:
    """Print two runs side by side; shares where a number is a part of something."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", overflow="fold")
    for run in (before.run, now.run):
        table.add_column(Text(one_line(run.run_id)), justify="right", overflow="fold")
    table.add_column("change", justify="right", no_wrap=True)
    for it in differences(before, now):
        table.add_row(
            Text(one_line(it.name)),
            _number(it.before, it.share_before),
            _number(it.now, it.share_now),
            _change(it),
        )
    console.print(table)


def _joined(before: dict[str, int], now: dict[str, int], whole: tuple[int, int]) -> Iterator[Difference]:
    largest = sorted(before.keys() | now.keys(), key=lambda name: (-max(before.get(name, 0), now.get(name, 0)), name))
    for name in largest[:_MOST_RULES]:
        yield Difference(f"  {name}", before.get(name, 0), now.get(name, 0), *whole)


def _reasons(report: RunReport) -> dict[str, int]:
    return {f"{step.stage}: {reason.code}": reason.documents for step in report.funnel for reason in step.reasons}


def _rules(report: RunReport) -> dict[str, int]:
    return {rule.rule: rule.characters for rule in report.rules.top}


def _number(count: int, share: float | None) -> str:
    return f"{count:,}" if share is None else f"{count:,} ({100 * share:.1f} %)"


def _change(it: Difference) -> str:
    if it.share_before is not None and it.share_now is not None:
        points = 100 * (it.share_now - it.share_before)
        return f"{points:+.1f} points" if abs(points) >= 0.05 else "="
    return f"{it.now - it.before:+,}" if it.now != it.before else "="
