"""Writes reports and explanations as text: for a terminal, and readable in a log as well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from saaf.report.model import Article, Excerpt, Removal, RunReport
from saaf.report.show import counted, cut, one_line, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from saaf.report.explain import Explanation

_LINE = 70
"""Characters of a removed piece on its line."""
_ARTICLES, _REMOVALS, _RULES = 3, 8, 15
"""How much is printed of a large run: articles, pieces of each, rules."""
_STYLES = {"done": "bold green", "warnings": "bold yellow", "refused": "bold red", "unbalanced": "bold red"}
_WORDS = {
    "done": "Done.",
    "warnings": "Done, with warnings.",
    "refused": "Refused.",
    "unbalanced": "Documents are unaccounted for.",
}


def print_text(report: RunReport, console: Console, *, report_path: Path | None = None) -> None:
    """Print what a run did: the funnel, what was removed from each article by which rule, where the results are.

    Args:
        report: The run's report.
        console: Where to print; colours only where it has any.
        report_path: Where the report lies as a page, if it does.
    """
    run = report.run
    _say(console, f"Run {one_line(run.run_id)} of {run.source}, {run.ingest_date}", "bold")
    _say(console, _WORDS[report.verdict.status], _STYLES[report.verdict.status], f" {report.verdict.sentence}")
    for warning in report.verdict.warnings:
        _say(console, "  ! ", "yellow", one_line(warning))
    _say(console)
    console.print(_funnel(report))
    balance = report.balance
    mark = "=" if balance.ingested == balance.gold + balance.rejected else "IS NOT"
    _say(
        console, f"  {balance.ingested:,} ingested {mark} {balance.gold:,} gold + {balance.rejected:,} rejected", "dim"
    )
    for error in report.objects.errors:
        _say(console, f"  {error.objects:,} x {error.code}: ", "yellow", error.sentence)
        for failure in error.samples:
            _say(console, f"      {one_line(failure.uri)}  ", "", one_line(failure.message))
    _removed(report, console)
    _places(report, console, report_path)


def _funnel(report: RunReport) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    for name in ("in", "rejected", "out"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for step in report.funnel:
        why = ", ".join(f"{reason.code} {reason.documents:,}" for reason in step.reasons)
        table.add_row(step.stage, f"{step.documents_in:,}", f"{step.rejected:,}", f"{step.documents_out:,}", why)
    near = sum(m.dropped for m in report.duplicates.methods if m.method == "near")
    exact = sum(m.dropped for m in report.duplicates.methods if m.method == "exact")
    table.add_row("gold", "", "", f"{report.balance.gold:,}", f"near-duplicates {near:,}, exact duplicates {exact:,}")
    return table


def _removed(report: RunReport, console: Console) -> None:
    if not report.articles.total:
        return
    _say(console)
    if report.articles.complete:
        _say(console, "What was removed from each article", "bold")
        for article in report.articles.shown:
            _article(article, console, len(article.removals))
        return
    _say(console, "What was removed, by rule", "bold")
    console.print(_rules(report))
    if report.rules.total > _RULES:
        _say(console, f"  and {counted(report.rules.total - _RULES, 'rule')} more: see the report", "dim")
    _say(console)
    _say(console, f"What was removed from some of the {report.articles.total:,} articles", "bold")
    for article in report.articles.shown[:_ARTICLES]:
        _article(article, console, _REMOVALS)


def _rules(report: RunReport) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", overflow="fold")
    table.add_column("kind", overflow="fold")
    for name in ("documents", "pieces", "characters"):
        table.add_column(name, justify="right", no_wrap=True)
    for rule in report.rules.top[:_RULES]:
        counts = (f"{number:,}" for number in (rule.documents, rule.spans, rule.characters))
        table.add_row(Text(one_line(rule.rule)), Text(one_line(rule.kind)), *counts)
    return table


def _article(article: Article, console: Console, removals: int) -> None:
    fate = article.fate if article.kept_id is None else f"{article.fate} of {article.kept_id}"
    record = f" record {article.record}" if article.record else ""
    _say(console, f"  {one_line(article.uri)}{record}", "bold cyan", f"  -> {fate}")
    if article.title:
        _say(console, "      title ", "dim", one_line(cut(article.title, _LINE)))
    for name in ("page_date", "published", "agency", "section", "author"):
        value = getattr(article, name)
        if value is not None:
            _say(console, f"      {name} ", "dim", one_line(str(value)))
    for caption in article.captions:
        _say(console, "      caption ", "dim", _line(caption))
    _removals(article.removals[:removals], console)
    hidden = article.removals_total - len(article.removals[:removals])
    if hidden or not article.removals_total:
        _say(console, f"      {f'and {hidden:,} more' if hidden else 'nothing removed'}", "dim")


def _removals(removals: Sequence[Removal], console: Console) -> None:
    """A line for each: rule, kind, and the text last, since right-to-left text upsets what stands after it."""
    named = [(one_line(removal.rule), one_line(removal.kind), removal) for removal in removals]
    rules = max((len(rule) for rule, _, _ in named), default=0)
    kinds = max((len(kind) for _, kind, _ in named), default=0)
    for rule, kind, removal in named:
        _say(console, f"    - {rule:{rules}}  {kind:{kinds}}  ", "red", _line(removal.removed))


def _line(excerpt: Excerpt) -> str:
    text = cut(excerpt.text, _LINE)
    more = f" … ({excerpt.characters:,} characters)" if excerpt.characters > len(text) else ""
    return one_line(text) + more


def _places(report: RunReport, console: Console, report_path: Path | None) -> None:
    _say(console)
    if report.run.dry_run:
        _say(console, "A dry run: nothing was published.", "yellow")
    else:
        _say(console, "Parquet  ", "bold", f"{report.run.lake}/gold")
    if report_path is not None:
        _say(console, "Report   ", "bold", str(report_path))


def print_explanation(it: Explanation, console: Console) -> None:
    """Print why one document is as it is: its fate, what was removed by which rule, and its raw text.

    Removed text is struck through in its place, or stands in ``[- -]`` where the console has no colours.
    """
    _say(console, f"{it.doc_id}", "bold", f"  {one_line(it.uri)}, record {it.record}")
    _say(console, it.fate, "bold green" if it.fate in ("gold", "clean") else "bold red", f"  {it.fate_sentence}")
    for name, value in it.details:
        _say(console, f"  {name:14} ", "dim", one_line(value))
    if it.raw_text is None:
        return
    _say(console)
    _say(console, f"Removed: {len(it.removed):,} pieces" if it.removed else "Nothing was removed.", "bold")
    pieces = [(span, it.raw_text[span.start : span.end]) for span in it.removed]
    _removals(
        [
            Removal(**span.model_dump(), removed=Excerpt(text=cut(piece, _LINE), characters=len(piece)))
            for span, piece in pieces
        ],
        console,
    )
    _say(console)
    _say(console, "Raw text", "bold")
    console.print(_marked(it, coloured=console.is_terminal and not console.no_color), soft_wrap=True)


def _marked(it: Explanation, *, coloured: bool) -> Text:
    from rich.text import Text

    text = Text()
    for piece, span in it.segments():
        if span is None:
            text.append(printable(piece))
        elif coloured:
            text.append(printable(piece), style="red strike")
        else:
            text.append(f"[-{printable(piece)}-]")
    return text


def _say(console: Console, text: str = "", style: str = "", more: str = "") -> None:
    """Print a line as it is: no markup is read in it, and it is never wrapped in a log."""
    from rich.text import Text

    line = Text(printable(text), style=style)
    line.append(printable(more), style="not bold default" if style else "")
    console.print(line, soft_wrap=True)
