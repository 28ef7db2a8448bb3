"""What a rebuild would change, as one page that needs nothing else: every text escaped, no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from saaf.publish.diff import Diff, Sample

_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .8rem;text-align:start;border-bottom:1px solid #8886}
td.n{text-align:end;font-variant-numeric:tabular-nums}article{border:1px solid #8886;border-radius:.4rem;padding:.6rem 1rem;margin:.8rem 0}
ins{text-decoration:none;background:#2a73}del{text-decoration:none;background:#c337}p.line{margin:.2rem 0;white-space:pre-wrap}code{font-size:.85em}
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render_diff(diff: Diff) -> str:
    """The page."""
    counts = diff.counts
    rows = [(name.replace("_", " "), str(f"{value:,}")) for name, value in counts.model_dump().items()]
    parts = [
        _table("Documents and lines", ("", "count"), rows),
        _table(
            "By reason",
            ("reason", "gained", "lost"),
            [(r.reason, f"{r.gained:,}", f"{r.lost:,}") for r in diff.reasons],
        ),
        _table(
            "By rule",
            ("rule", "spans before", "now", "characters before", "now"),
            [
                (
                    r.rule,
                    f"{r.spans_before:,}",
                    f"{r.spans_now:,}",
                    f"{r.characters_before:,}",
                    f"{r.characters_now:,}",
                )
                for r in diff.rules
            ],
        ),
        _table(
            "By site",
            ("site", "gained", "lost", "changed", "lines gained", "lines lost"),
            [
                (
                    s.site or "not known",
                    *(f"{n:,}" for n in (s.gained, s.lost, s.changed, s.lines_gained, s.lines_lost)),
                )
                for s in diff.sites
            ],
        ),
        *(["<h2>Samples</h2>"] if diff.samples else []),
        *map(_sample, diff.samples),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width"><title>What the rebuild would change</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>What the rebuild would change</h1>{''.join(parts)}</main></body></html>\n"
    )


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(row) for row in rows]
    if not lines:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    numbers = "".join(f'<td class="n">{escape(cell)}</td>' for cell in rest)
    return f'<tr><td dir="auto">{escape(first)}</td>{numbers}</tr>'


def _sample(sample: Sample) -> str:
    said = escape(" · ".join(part for part in (sample.kind, sample.site, sample.reason) if part))
    lines = [f'<p class="line" dir="auto"><ins>{escape(line)}</ins></p>' for line in sample.lines_gained]
    lines += [f'<p class="line" dir="auto"><del>{escape(line)}</del></p>' for line in sample.lines_lost]
    if sample.text:
        lines.append(f'<p class="line" dir="auto">{escape(sample.text)}</p>')
    return f"<article><h3>{said} <code>{escape(sample.doc_id)}</code></h3>{''.join(lines)}</article>"
