"""Shapes of the report's charts: plain numbers that the template draws as SVG."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from saaf.report.model import FunnelStep

FLOW_WIDTH = 960
_TOP, _TALLEST, _NODE, _MARGIN = 58, 104, 10, 4
_DIFF_WORDS = 600

_OUT_OF = {"ingest": "Ingested", "clean": "Cleaned", "validate": "Valid", "deduplicate": "Gold"}


Runs = tuple[tuple[str, bool], ...]
"""A text as runs of words, each with whether another text lacks it."""


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


def difference(dropped: str, kept: str) -> tuple[Runs, Runs]:
    """Two texts as runs of words, each with whether the other text lacks it.

    Texts of very many words are not compared: both come back as one run.
    """
    mine, theirs = dropped.split(), kept.split()
    if max(len(mine), len(theirs)) > _DIFF_WORDS:
        return ((dropped, False),), ((kept, False),)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if i2 > i1:
            left.append((" ".join(mine[i1:i2]), tag != "equal"))
        if j2 > j1:
            right.append((" ".join(theirs[j1:j2]), tag != "equal"))
    return tuple(left), tuple(right)
