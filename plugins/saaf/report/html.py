"""Renders pages: one file each, complete without scripts, without the network, and of bounded size.

All text passes one gate on its way into a page: :func:`saaf.report.show.printable` spells out what
a browser would obey, then Jinja escapes it. The page's own policy forbids everything but its style
sheet, by hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saaf.report import charts
from saaf.report.compare import COMPARED_CHARACTERS
from saaf.report.model import Comparison, Excerpt, Figure, RunReport
from saaf.report.show import counted, cut, direction, on_one_line, printable

if TYPE_CHECKING:
    from jinja2 import Environment

    from saaf.publish.diff import Diff
    from saaf.report.explain import Explanation

MAX_BYTES = 1_500_000
"""Size of a page at most: larger ones do not open on a small machine, nor travel by mail."""

_TEMPLATES = Path(__file__).parent / "templates"
_FONTS = Path(__file__).parent / "fonts"
_FACES = {"Noto Naskh Arabic": "noto-naskh-arabic.woff2", "Noto Nastaliq Urdu": "noto-nastaliq-urdu.woff2"}
# The space is among them: words that are apart by one are then shaped and set as one run.
_ARABIC = "U+0020,U+0600-06FF,U+0750-077F,U+0870-08FF,U+200C-200F,U+FB50-FDFF,U+FE70-FEFC"
_LANGUAGE = re.compile(r"[a-z]{2,3}")

_DIFF_ROWS = 100
"""Rules and sites of a rebuild that are listed, those that changed most."""
_CHARTED = 18
"""Figures that are drawn over the runs; all stand in the table."""


def render_html(report: RunReport) -> str:
    """A report as one page of at most :data:`MAX_BYTES`: samples give way where it would be larger, then names."""
    page = ""
    for detail in (*_DETAIL, *_LAST_RESORTS):
        shown = report if detail is None else detail(report)
        page = _render(
            "report.html.j2",
            report=shown,
            flow=charts.flow(shown.funnel),
            charted=shown.figures.shown[:_CHARTED],
            trimmed=detail is not None,
        )
        if len(page.encode()) <= MAX_BYTES:
            break
    return page


def render_explanation(explanation: Explanation) -> str:
    """Why one document is as it is, as a page; its size is that of the document."""
    return _render("explain.html.j2", it=explanation)


def render_diff(diff: Diff) -> str:
    """What a rebuild would change, as a page; samples give way where it would be larger than :data:`MAX_BYTES`."""
    rows = {
        "reasons": [(it.reason, it.gained, it.lost) for it in diff.reasons],
        "rules": [
            (it.rule, it.spans_before, it.spans_now, it.characters_before, it.characters_now)
            for it in diff.rules[:_DIFF_ROWS]
        ],
        "sites": [
            (it.site or "not known", it.gained, it.lost, it.changed, it.lines_gained, it.lines_lost)
            for it in diff.sites[:_DIFF_ROWS]
        ],
    }
    page = ""
    for samples in (len(diff.samples), 50, 10, 0):
        page = _render("diff.html.j2", diff=diff.model_copy(update={"samples": diff.samples[:samples]}), **rows)
        if len(page.encode()) <= MAX_BYTES:
            break
    return page


def _render(template: str, **values: Any) -> str:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _environment().get_template(template).render(style=style, style_hash=f"sha256-{digest}", **values)


@cache
def _style() -> str:
    """The style sheet with the fonts in it: a page without them would show boxes, or wait for a network."""
    faces = "".join(
        f"@font-face{{font-family:{family!r};font-style:normal;font-weight:400 700;unicode-range:{_ARABIC};"
        f"src:url(data:font/woff2;base64,{base64.b64encode((_FONTS / file).read_bytes()).decode()}) format('woff2')}}\n"
        for family, file in _FACES.items()
    )
    return (_TEMPLATES / "style.css").read_text("utf-8") + faces


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def harmless(value: Any) -> Any:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, percent=_percent, size=_size, time=_time, seconds=_seconds)
    environment.filters.update(
        language=_language, direction=direction, ratio=_ratio, on_one_line=on_one_line, name=_name
    )
    environment.filters.update(reading=_reading, trend=charts.trend, columns=charts.columns)
    environment.globals.update(share_of=charts.share_of, counted=counted, charts=charts, compared=COMPARED_CHARACTERS)
    return environment


def _with_fewer_samples(report: RunReport, samples: int, characters: int) -> RunReport:
    def shorter(text: Excerpt | None) -> Excerpt | None:
        return text and Excerpt(text=cut(text.text, characters), characters=text.characters)

    def changed(part: Any, **updates: Any) -> Any:
        return part.model_copy(update=updates)

    rules = tuple(
        changed(rule, samples=tuple(changed(s, removed=shorter(s.removed)) for s in rule.samples[:samples]))
        for rule in report.rules.top
    )
    rejections = tuple(
        changed(group, samples=tuple(changed(s, excerpt=shorter(s.excerpt)) for s in group.samples[:samples]))
        for group in report.rejections
    )

    def cut_comparison(it: Comparison | None) -> Comparison | None:
        sides = {} if it is None else {name: getattr(it, name)[: samples * 4] for name in ("copied", "kept")}
        return it if it is None else changed(it, is_cut=True, **sides)

    pairs = tuple(
        changed(
            pair,
            text=shorter(pair.text),
            kept_text=shorter(pair.kept_text),
            comparison=cut_comparison(pair.comparison),
        )
        for pair in report.duplicates.pairs[: 2 * samples]
    )
    clusters = tuple(
        changed(cluster, shown=tuple(changed(c, comparison=cut_comparison(c.comparison)) for c in cluster.shown))
        for cluster in report.duplicates.clusters.shown[:samples]
    )
    articles = tuple(
        changed(
            article,
            captions=tuple(shorter(caption) for caption in article.captions[:samples]),
            removals=tuple(changed(r, removed=shorter(r.removed)) for r in article.removals[: 4 * samples]),
        )
        for article in report.articles.shown[: 4 * samples]
    )
    return report.model_copy(
        update={
            "rules": changed(report.rules, top=rules),
            "rejections": rejections,
            "duplicates": changed(
                report.duplicates, pairs=pairs, clusters=changed(report.duplicates.clusters, shown=clusters)
            ),
            "articles": changed(report.articles, shown=articles, complete=report.articles.complete and samples > 1),
        }
    )


def _language(code: str | None) -> str:
    """A language for the `lang` attribute; not known counts as Urdu."""
    return code if code is not None and _LANGUAGE.fullmatch(code) else "ur"


def _name(figure: Figure) -> str:
    """What a figure is called: its metric, and what it is measured for."""
    return figure.metric.replace("_", " ").capitalize()


def _reading(value: float | None, figure: Figure) -> str:
    """A value of a figure as people read it: a share in per cent, counts and lengths as they are."""
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if figure.is_share else f"{round(value):,}"


def _number(value: float) -> str:
    return f"{value:,}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _ratio(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _size(value: int) -> str:
    amount = float(value)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def _time(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S %Z}".strip()


def _seconds(value: float) -> str:
    if value < 90:
        return f"{value:.2f} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def _with_shorter_names(report: RunReport, characters: int, items: int) -> RunReport:
    """A report whose every text and list is short: for names that were made to be long."""

    def shorter(value: Any) -> Any:
        if isinstance(value, str):
            return cut(value, characters)
        if isinstance(value, dict):
            return {shorter(name): shorter(held) for name, held in value.items()}
        return [shorter(held) for held in value[:items]] if isinstance(value, list | tuple) else value

    # The verdict is one of a few words, whatever happens.
    short = RunReport.model_validate({**shorter(report.model_dump()), "verdict": report.verdict})
    return _with_fewer_samples(short, 0, 0)


# What is shown, from all that the report holds to hardly more than its counts.
_DETAIL: tuple[Callable[[RunReport], RunReport] | None, ...] = (
    None,
    partial(_with_fewer_samples, samples=5, characters=500),
    partial(_with_fewer_samples, samples=3, characters=200),
    partial(_with_fewer_samples, samples=1, characters=100),
    partial(_with_fewer_samples, samples=0, characters=0),
)
_LAST_RESORTS = (
    partial(_with_shorter_names, characters=60, items=30),
    partial(_with_shorter_names, characters=20, items=12),
)
