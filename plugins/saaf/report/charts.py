"""Shapes of the report's charts: plain numbers that the template draws as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saaf.report.model import Figure, FunnelStep

FLOW_WIDTH = 960
TREND_WIDTH, TREND_HEIGHT = 220, 48
COLUMNS_WIDTH, COLUMNS_TOP, COLUMNS_HEIGHT = 420, 20, 110
_TOP, _TALLEST, _NODE, _MARGIN = 58, 104, 10, 4
_DOT = 4
_LEAST_SPAN = 0.05

_OUT_OF = {"ingest": "Ingested", "clean": "Cleaned", "validate": "Valid", "deduplicate": "Gold"}


@dataclass(frozen=True)
class Node:
    """Documents between two stages."""

    label: str
    documents: int
    x: float
    height: float


@dataclass(frozen=True)
class Band:
    """Documents that went on from one node to the next, as an SVG path."""

    path: str


@dataclass(frozen=True)
class Drop:
    """Documents that a stage rejected, as an SVG path and where its label stands."""

    stage: str
    documents: int
    path: str
    x: float
    y: float
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Flow:
    """The way of the documents through the stages."""

    nodes: tuple[Node, ...]
    bands: tuple[Band, ...]
    drops: tuple[Drop, ...]

    @property
    def height(self) -> int:
        """Height of the drawing; rejected documents and their reasons need more."""
        return _TOP + _TALLEST + (106 if self.drops else 14)


def flow(funnel: Sequence[FunnelStep]) -> Flow:
    """Lay out the funnel: node heights and band widths in proportion to documents."""
    first = funnel[0].documents_in
    unit = _TALLEST / max(first, 1)
    step = (FLOW_WIDTH - 2 * _MARGIN - _NODE - 92) / len(funnel)
    counts = [("Read", first), *((_OUT_OF.get(s.stage, s.stage), s.documents_out) for s in funnel)]
    nodes = tuple(
        Node(label, count, round(_MARGIN + i * step, 1), round(max(count * unit, 1.5 if count else 0), 1))
        for i, (label, count) in enumerate(counts)
    )
    bands, drops = [], []
    for stage, here, there in zip(funnel, nodes, nodes[1:], strict=False):
        left = here.x + _NODE
        if stage.documents_out:
            bands.append(Band(f"M{left} {_TOP}H{there.x}V{_TOP + there.height:.1f}H{left}Z"))
        if stage.rejected:
            drops.append(_drop(stage, left, here, unit))
    return Flow(nodes, tuple(bands), tuple(drops))


def _drop(stage: FunnelStep, left: float, here: Node, unit: float) -> Drop:
    """A band that leaves the lower edge of a node and bends down."""
    width = max(stage.rejected * unit, 1.5)
    high, low = _TOP + here.height - width, _TOP + here.height
    thick = min(width, 34.0)
    end, floor = left + 56, _TOP + _TALLEST + 32
    path = (
        f"M{left:.1f} {high:.1f}C{end + thick:.1f} {high:.1f} {end + thick:.1f} {high:.1f} {end + thick:.1f} {floor}"
        f"H{end:.1f}C{end:.1f} {low:.1f} {end:.1f} {low:.1f} {left:.1f} {low:.1f}Z"
    )
    reasons = tuple((reason.code, reason.documents) for reason in stage.reasons[:2])
    return Drop(stage.stage, stage.rejected, path, round(left + 6, 1), floor + 16.0, reasons)


def share_of(value: float, largest: float, width: float = 100) -> float:
    """Length of a bar; what is there at all is visible."""
    if value <= 0 or largest <= 0:
        return 0
    return round(max(width * value / largest, 0.8), 2)


@dataclass(frozen=True)
class Trend:
    """A figure over the runs: what it was, where it should be, what it is."""

    line: str
    """Points of the line through the earlier values and the last one; empty where there is one value."""
    dots: tuple[tuple[float, float], ...]
    """Earlier values, the oldest first."""
    last: tuple[float, float]
    band: tuple[float, float] | None
    """Top and height of the band."""
    expected: float | None


def trend(figure: Figure) -> Trend:
    """Lay out a figure's values from left to right, with its band behind them."""
    values = [*figure.earlier, figure.value]
    marks = [v for v in (*values, figure.low, figure.high, figure.expected) if v is not None]
    low, high = min(marks), max(marks)
    # What hardly moves looks as if it hardly moved: a picture spans at least five points, or a fifth of the value.
    least = _LEAST_SPAN if figure.is_share else 0.2 * abs(high) or 1.0
    margin = max(0.08 * (high - low), (least - (high - low)) / 2)
    low, high = low - margin, high + margin

    def place(value: float) -> float:
        return round(TREND_HEIGHT - TREND_HEIGHT * (value - low) / (high - low), 1)

    step = (TREND_WIDTH - 2 * _DOT) / max(len(values) - 1, 1)
    first = _DOT if len(values) > 1 else TREND_WIDTH - _DOT
    points = [(round(first + i * step, 1), place(value)) for i, value in enumerate(values) if value is not None]
    band = None
    if figure.high is not None:
        top, bottom = place(figure.high), place(figure.low) if figure.low is not None else float(TREND_HEIGHT)
        band = (top, round(max(bottom - top, 1.0), 1))
    return Trend(
        line=" ".join(f"{x},{y}" for x, y in points) if len(points) > 1 else "",
        dots=tuple(points[:-1]),
        last=points[-1],
        band=band,
        expected=None if figure.expected is None else place(figure.expected),
    )


@dataclass(frozen=True)
class Column:
    """A column of a histogram: its range, and one bar or two, the second in front of the first."""

    label: str
    x: float
    width: float
    count: int
    bars: tuple[tuple[float, float], ...]
    """Top and height of each."""


def columns(rows: Sequence[tuple[str, Sequence[int]]]) -> tuple[Column, ...]:
    """Lay out a histogram: rows of a label and one count or two."""
    largest = max((max(counts) for _, counts in rows), default=0)
    step = COLUMNS_WIDTH / max(len(rows), 1)
    width = min(0.82 * step, 56.0)
    laid_out = []
    for number, (label, counts) in enumerate(rows):
        heights = [share_of(count, largest, COLUMNS_HEIGHT) for count in counts]
        bars = tuple((round(COLUMNS_TOP + COLUMNS_HEIGHT - height, 1), round(height, 1)) for height in heights)
        x = round((number + 0.5) * step - width / 2, 1)
        laid_out.append(Column(label, x, round(width, 1), counts[0], bars))
    return tuple(laid_out)
