"""The page of ``saaf calibrate``: the bands' curve, other thresholds, and pairs of texts side by side."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from saaf.deduplicate.calibration import at_thresholds, bins, chance
from saaf.deduplicate.matchkey import match_key

if TYPE_CHECKING:
    from saaf.cli.calibrate import Document
    from saaf.config import DeduplicateConfig
    from saaf.deduplicate.calibration import Bin, Pairs

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _MARGIN = 560, 300, 50, 40, 16
_LEGEND = "similarity; line: by the formula, dots: measured"
_WORDS = 400
"""Words of a text that are shown."""

_STYLE = """
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:70rem;margin:0 auto;padding:1rem}
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .8rem;text-align:end}
tr:nth-child(even){background:color-mix(in srgb,CanvasText 6%,Canvas)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;border-top:1px solid GrayText;padding:1rem 0}
.pair h3{grid-column:1/-1;margin:0;font-size:1rem}.pair p{white-space:pre-wrap;margin:.3rem 0;overflow-wrap:anywhere}
.pair small{overflow-wrap:anywhere}mark{background:#ffd54a;color:#000}
@media(max-width:45rem){.pair{grid-template-columns:1fr}}
"""


@dataclass(frozen=True)
class Page:
    """One calibration.

    Attributes:
        pairs: The pairs that were found.
        settings: The configuration that is judged.
        documents: The sample, in the order that the pairs count in.
        chosen: Places of the pairs to show.
        thresholds: Thresholds to count at.
    """

    pairs: Pairs
    settings: DeduplicateConfig
    documents: Sequence[Document]
    chosen: Sequence[int]
    thresholds: Sequence[float]

    def render(self) -> str:
        """The page, whole: it loads nothing from elsewhere."""
        counted, bands, rows = bins(self.pairs, self.settings), self.settings.bands, self.settings.rows
        parts = [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Calibration of deduplication</title><style>{_STYLE}</style></head><body>",
            "<h1>Calibration of deduplication</h1>",
            f"<p>{len(self.documents):,} documents, {bands} bands of {rows}, a copy from {self.settings.threshold:g}.</p>",
            "<h2>Do the bands find what they should?</h2>",
            self._curve(counted),
            _table(
                ("similarity", "pairs", "share a band", "should by the formula"),
                [
                    (f"{b.low:.2f} to {b.high:.2f}", f"{b.pairs:,}", f"{b.found:,}", f"{b.expected:,.1f}")
                    for b in counted
                ],
            ),
            "<h2>What would another threshold do?</h2>",
            _table(
                ("threshold", "pairs from it on", "documents that it drops"),
                [
                    (f"{at.threshold:g}", f"{at.pairs:,}", f"{at.dropped:,}")
                    for at in at_thresholds(self.pairs, self.thresholds)
                ],
            ),
            "<h2>Pairs around the threshold</h2>",
            *(self._pair(place) for place in self.chosen),
            "</body></html>\n",
        ]
        return "\n".join(parts)

    def _curve(self, counted: Sequence[Bin]) -> str:
        """The chance by the formula as a line, what was measured as dots, the threshold as a dashed line."""

        def x(similarity: float) -> float:
            return _LEFT + similarity * (_WIDTH - _LEFT - _MARGIN)

        def y(share: float) -> float:
            return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _MARGIN)

        bands, rows = self.settings.bands, self.settings.rows
        line = " ".join(f"{x(j / 100):.1f},{y(chance(j / 100, bands, rows)):.1f}" for j in range(101))
        ticks = [
            f'<text x="{x(at / 10):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{at / 10:g}</text>'
            f'<text x="{_LEFT - 6}" y="{y(at / 10) + 4:.1f}" text-anchor="end">{at / 10:g}</text>'
            for at in range(0, 11, 2)
        ]
        dots = [
            f'<circle cx="{x((b.low + b.high) / 2):.1f}" cy="{y(b.found / b.pairs):.1f}" r="4" fill="#0b8f64">'
            f"<title>{b.found:,} of {b.pairs:,} pairs</title></circle>"
            for b in counted
            if b.pairs
        ]
        threshold = f"{x(self.settings.threshold):.1f}"
        return "\n".join(
            [
                f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" fill="currentColor" font-size="12">',
                "<title>Share of pairs that share a band, by similarity: formula and measured</title>",
                f'<path d="M{_LEFT} {_MARGIN}V{y(0):.1f}H{x(1):.1f}" fill="none" stroke="currentColor"/>',
                *ticks,
                f'<line x1="{threshold}" x2="{threshold}" y1="{_MARGIN}" y2="{y(0):.1f}" stroke="GrayText" stroke-dasharray="4 4"/>',
                f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="1.5"/>',
                *dots,
                f'<text x="{x(0.5):.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{_LEGEND}</text></svg>',
            ]
        )

    def _pair(self, place: int) -> str:
        left, right = self.documents[int(self.pairs.left[place])], self.documents[int(self.pairs.right[place])]
        similarity = float(self.pairs.similarity[place])
        above = "from the threshold on" if similarity >= self.settings.threshold else "below the threshold"
        candidates = "candidates" if self.pairs.shares_band[place] else "no candidates: no band in common"
        left_words, right_words = left.text.split()[:_WORDS], right.text.split()[:_WORDS]
        left_keys, right_keys = map(match_key, left_words), map(match_key, right_words)  # spelling is no difference
        matcher = difflib.SequenceMatcher(None, list(left_keys), list(right_keys), autojunk=False)
        blocks = matcher.get_matching_blocks()
        columns = (
            (left, _marked(left_words, [(block.a, block.size) for block in blocks])),
            (right, _marked(right_words, [(block.b, block.size) for block in blocks])),
        )
        shown = "".join(
            f"<div><small>{escape(document.doc_id)}, {escape(document.place)}, <bdi>{escape(document.uri)}</bdi></small>"
            f'<p dir="auto">{text}</p></div>'
            for document, text in columns
        )
        return f'<section class="pair"><h3>{similarity:.3f}, {above}; {candidates}</h3>{shown}</section>'


def _marked(words: Sequence[str], common: Sequence[tuple[int, int]]) -> str:
    """The words as HTML, those outside the common runs marked."""
    parts, at = [], 0
    for start, size in common:
        if at < start:
            parts.append(f"<mark>{escape(' '.join(words[at:start]))}</mark>")
        if size:
            parts.append(escape(" ".join(words[start : start + size])))
        at = start + size
    return " ".join(parts)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
