"""Draws how time grows with the number of documents."""

from __future__ import annotations

import math
from collections.abc import Sequence

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 360, 70, 50, 30, 50


def draw(points: Sequence[tuple[int, float]]) -> str:
    """An SVG of CPU seconds by documents, both axes logarithmic, beside the curve of n log n.

    Args:
        points: Documents and CPU seconds, ascending; at least two. The curve starts at the first one.
    """
    first, seconds = points[0]
    curve = [(n, seconds * n * math.log(n) / (first * math.log(first))) for n, _ in points]
    lows = math.floor(math.log10(first)), math.floor(math.log10(min(s for _, s in (*points, *curve))))
    highs = math.ceil(math.log10(points[-1][0])), math.ceil(math.log10(max(s for _, s in (*points, *curve))))

    def place(n: float, s: float) -> tuple[float, float]:
        x = (math.log10(n) - lows[0]) / (highs[0] - lows[0])
        y = (math.log10(s) - lows[1]) / (highs[1] - lows[1])
        return _LEFT + x * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - y * (_HEIGHT - _TOP - _BOTTOM)

    def line(values: Sequence[tuple[float, float]], style: str) -> str:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(n, s) for n, s in values))
        return f'<polyline points="{path}" fill="none" {style}/>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        "<title>CPU seconds of deduplication by number of documents, both logarithmic</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for power in range(lows[0], highs[0] + 1):
        x, y = place(10.0**power, 10.0 ** lows[1])
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{10**power:,}</text>')
    for power in range(lows[1], highs[1] + 1):
        x, y = place(10.0 ** lows[0], 10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    parts.append(line(curve, 'stroke="#999" stroke-dasharray="5 4"'))
    parts.append(line(points, 'stroke="#0b6e4f" stroke-width="2"'))
    parts += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#0b6e4f"/>' for x, y in (place(n, s) for n, s in points)
    ]
    parts.append(f'<text x="{_LEFT}" y="18" fill="#0b6e4f">CPU seconds</text>')
    parts.append(f'<text x="{_LEFT + 100}" y="18" fill="#777">n log n from the first point on (dashed)</text>')
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" text-anchor="middle">documents</text>')
    return "\n".join([*parts, "</svg>", ""])
