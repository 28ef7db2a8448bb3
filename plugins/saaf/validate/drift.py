"""A run's figures against those of earlier runs: what is expected, how far it may stray, how far it did.

The expected value is the median of the earlier runs, so that one bad day among them does not move it.
A band around it says how far a value may stray. Its half-width is ``band_sigmas`` standard deviations,
the larger of two:

- how far the earlier runs lie from their median: 1.4826 times the median absolute deviation, the
  consistent estimate of a normal distribution's standard deviation (Rousseeuw and Croux, 1993, "Alternatives
  to the Median Absolute Deviation"), widened while there are few runs to estimate it from;
- what chance alone does to a run of so many documents: for a share, the standard deviation of a
  binomial distribution whose share has one success and one failure added, so that a share of 0 in
  a small run is not taken for a law; for counts and lengths, the like on a logarithmic scale. The
  first holds this too as long as runs are of one size; this one is for a run that is smaller.

It is never narrower than a floor, since a shift of a percent is no news however certain it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from saaf.config import ValidateConfig
from saaf.figures import Metric

Key = tuple[str, str | None]
"""A figure's metric and key."""

_CONSISTENT = 1.4826
_DOCUMENTS_FLOOR = math.log(2)  # half, or twice, the usual number of records is no news
_LENGTH_SPREAD = 2.0  # standard deviation of a quantile's logarithm, times the root of the number of documents
_NARROWER = {Metric.RULE_SHARE: 0.2, Metric.REMOVED_SHARE: 0.4}  # what rules remove is a small share of any page
_FEW_SITES = 4.0  # new sites a day that are no news


@dataclass(frozen=True)
class Figure:
    """A figure as it was measured.

    Attributes:
        metric: What is measured.
        key: What it is measured for; None for the whole run.
        value: The value.
        total: Documents, objects or characters that it was taken over.
        documents: Documents, or objects, that it rests on: what chance is reckoned with.
        limit: A fixed limit that it is held against in place of earlier runs.
    """

    metric: Metric
    key: str | None
    value: float
    total: int
    documents: int
    limit: float | None = None


@dataclass(frozen=True)
class Band:
    """Where a value should lie, in the unit of the figure.

    Attributes:
        expected: The median of the earlier runs; None where there is a limit alone.
        low: Lower end; None where there is a limit alone.
        high: Upper end, or the limit.
        deviation: How far the value lies from ``expected``, in widths of that half of the band; with
            a limit, in limits. Above 1 it lies outside.
    """

    expected: float | None
    low: float | None
    high: float
    deviation: float


@dataclass(frozen=True)
class History:
    """The figures of earlier runs of a source, a mapping a run, in any order."""

    runs: Sequence[Mapping[Key, float]]

    def values(self, figure: Figure) -> list[float]:
        """The figure in each of the runs; a share that a run does not name was 0 in it.

        A length or a count that a run does not name was not measured, and is left out.
        """
        key = (figure.metric.value, figure.key)
        if figure.metric.is_share:
            return [run.get(key, 0.0) for run in self.runs]
        return [run[key] for run in self.runs if key in run]

    def gone(self, figures: Iterable[Figure], metrics: Iterable[Metric]) -> list[Key]:
        """Keys of shares that at least half of the runs named, and that these figures do not."""
        wanted = {metric.value for metric in metrics}
        found = {(figure.metric.value, figure.key) for figure in figures}
        known = {key for run in self.runs for key in run if key[0] in wanted} - found
        return sorted((k for k in known if 2 * sum(k in run for run in self.runs) >= len(self.runs)), key=str)

    def sites(self) -> frozenset[str]:
        """The sites that any of the runs saw."""
        named = (key for run in self.runs for key in run if key[0] == Metric.SITE_SHARE)
        return frozenset(site for _, site in named if site is not None)


def band(figure: Figure, history: History, config: ValidateConfig) -> Band | None:
    """Where earlier runs say that a figure should lie; None where there are too few of them."""
    if figure.limit is not None:
        return Band(None, None, figure.limit, figure.value / figure.limit)
    values = history.values(figure)
    if len(values) < config.min_history:
        return None
    if figure.metric is Metric.NEW_SITES:
        return _of_new_sites(figure, values, config)
    return _of_share(figure, values, config) if figure.metric.is_share else _of_size(figure, values, config)


def _of_share(figure: Figure, values: Sequence[float], config: ValidateConfig) -> Band:
    expected = median(values)
    likely = (expected * figure.documents + 1) / (figure.documents + 2)
    chance = math.sqrt(likely * (1 - likely) / max(figure.documents, 1))
    floor = config.min_band * _NARROWER.get(figure.metric, 1.0)
    half = max(config.band_sigmas * max(_spread(values), chance), floor)
    deviation = abs(figure.value - expected) / half
    return Band(expected, max(0.0, expected - half), min(1.0, expected + half), deviation)


def _of_size(figure: Figure, values: Sequence[float], config: ValidateConfig) -> Band:
    """On a logarithmic scale: twice as many is as far from usual as half as many."""
    logs = [math.log1p(value) for value in values]
    expected, found = median(logs), math.log1p(figure.value)
    if figure.metric is Metric.DOCUMENTS:
        chance, floor = 1 / math.sqrt(math.exp(expected)), _DOCUMENTS_FLOOR
    else:
        chance, floor = _LENGTH_SPREAD / math.sqrt(max(figure.documents, 1)), math.log1p(config.min_band)
    half = max(config.band_sigmas * max(_spread(logs), chance), floor)
    low, high = max(0.0, math.expm1(expected - half)), math.expm1(expected + half)
    return Band(math.expm1(expected), low, high, abs(found - expected) / half)


def _of_new_sites(figure: Figure, values: Sequence[float], config: ValidateConfig) -> Band:
    """Fewer new sites than usual are never a fault."""
    expected = median(values)
    half = max(config.band_sigmas * max(_spread(values), math.sqrt(expected)), _FEW_SITES)
    return Band(expected, 0.0, expected + half, max(0.0, figure.value - expected) / half)


def _spread(values: Sequence[float]) -> float:
    """Standard deviation of values, not moved by a few that lie far off; larger where it rests on few."""
    middle = median(values)
    return _CONSISTENT * (1 + 4 / len(values)) * median(abs(value - middle) for value in values)
