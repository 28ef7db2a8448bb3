"""Bands: quiet while nothing happens, loud when something does, and never moved by one bad day."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.config import ValidateConfig
from saaf.figures import Metric
from saaf.validate.drift import Figure, History, band

CONFIG = ValidateConfig()
ASK = 2.5
"""Bands from which on the suite that comes with Saaf asks a person."""

shares = st.floats(0, 1)


def history(metric, *values, key=None):
    return History([{(metric.value, key): value} for value in values])


def figure(metric, value, documents=1000, key=None, limit=None):
    return Figure(metric, key, value, documents, documents, limit)


def simulated(seed, runs, documents, share, spread):
    """Shares of runs: each has its own true share around `share`, and as many documents as chance gives."""
    random = np.random.default_rng(seed)
    sizes = np.maximum(1, (documents * np.exp(random.normal(0, 0.3, runs))).astype(int))
    scale = 1 / spread - 1
    true = random.beta(share * scale, (1 - share) * scale, runs)
    return [(int(size), random.binomial(size, p) / size) for size, p in zip(sizes, true, strict=True)]


@pytest.mark.parametrize("runs", [7, 10, 30])
@pytest.mark.parametrize("documents", [3, 40, 1000, 100_000])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_days_like_any_other_seldom_warn_and_never_ask(share, documents, runs):
    deviations = []
    for seed in range(150):
        *earlier, (size, value) = simulated(seed, runs + 1, documents, share, 0.005)
        past = history(Metric.GOLD_SHARE, *(v for _, v in earlier))
        deviations.append(band(figure(Metric.GOLD_SHARE, value, size), past, CONFIG).deviation)
    assert np.mean(np.array(deviations) > 1) <= 0.04
    assert max(deviations) <= ASK


@pytest.mark.parametrize(("documents", "value"), [(40, 0.05), (1000, 0.4), (100_000, 0.5)])
def test_a_bad_day_asks(documents, value):
    earlier = simulated(7, 30, documents, 0.8, 0.005)
    found = band(
        figure(Metric.GOLD_SHARE, value, documents), history(Metric.GOLD_SHARE, *(v for _, v in earlier)), CONFIG
    )
    assert found.deviation > ASK


@settings(deadline=None)
@given(st.lists(shares, min_size=7, max_size=30), shares, st.integers(1, 10**6))
def test_a_share_lies_outside_its_band_exactly_when_its_deviation_is_above_one(values, value, documents):
    found = band(figure(Metric.LANGUAGE_SHARE, value, documents), history(Metric.LANGUAGE_SHARE, *values), CONFIG)
    assert 0 <= found.low <= found.expected <= found.high <= 1
    assert found.high - found.low > 0
    outside = value < found.low - 1e-12 or value > found.high + 1e-12
    inside = found.low + 1e-12 < value < found.high - 1e-12
    assert not (outside and found.deviation <= 1)
    assert not (inside and found.deviation > 1)


@settings(deadline=None)
@given(st.lists(shares, min_size=7, max_size=30), shares)
def test_the_order_of_the_runs_does_not_matter(values, value):
    found = figure(Metric.GOLD_SHARE, value)
    one = band(found, history(Metric.GOLD_SHARE, *values), CONFIG)
    assert band(found, history(Metric.GOLD_SHARE, *reversed(values)), CONFIG) == one


def test_one_bad_day_in_the_past_moves_nothing_much():
    found = figure(Metric.GOLD_SHARE, 0.3)
    clean = band(found, history(Metric.GOLD_SHARE, *[0.8, 0.81, 0.79] * 5), CONFIG)
    with_one = band(found, history(Metric.GOLD_SHARE, *[0.8, 0.81, 0.79] * 5, 0.0), CONFIG)
    assert with_one.deviation > ASK
    assert with_one.expected == pytest.approx(clean.expected, abs=0.01)


def test_too_few_runs_say_nothing():
    assert band(figure(Metric.GOLD_SHARE, 0.0), history(Metric.GOLD_SHARE, *[0.8] * 6), CONFIG) is None
    assert band(figure(Metric.GOLD_SHARE, 0.0), history(Metric.GOLD_SHARE, *[0.8] * 7), CONFIG) is not None


def test_a_reason_that_no_run_had_was_zero_in_all_of_them():
    past = history(Metric.GOLD_SHARE, *[0.8] * 10)
    found = band(figure(Metric.REJECTED_SHARE, 0.5, key="language"), past, CONFIG)
    assert found.expected == 0
    assert found.deviation > ASK


def test_a_language_that_is_gone_is_found():
    past = history(Metric.LANGUAGE_SHARE, *[0.9] * 10, key="ur")
    now = [figure(Metric.LANGUAGE_SHARE, 1.0, key="en")]
    assert past.gone(now, [Metric.LANGUAGE_SHARE]) == [("language_share", "ur")]
    assert past.gone([*now, figure(Metric.LANGUAGE_SHARE, 0.1, key="ur")], [Metric.LANGUAGE_SHARE]) == []


@pytest.mark.parametrize(
    ("value", "warns"), [(1000, False), (1900, False), (560, False), (2500, True), (300, True), (0, True)]
)
def test_records_may_halve_or_double(value, warns):
    past = history(Metric.DOCUMENTS, *[990, 1000, 1010] * 5)
    assert (band(figure(Metric.DOCUMENTS, value), past, CONFIG).deviation > 1) is warns


def test_lengths_are_compared_on_a_logarithmic_scale():
    past = history(Metric.LENGTH_QUANTILE, *[2900, 3000, 3100] * 5, key="p50")
    longer = band(figure(Metric.LENGTH_QUANTILE, 6000, key="p50"), past, CONFIG)
    shorter = band(figure(Metric.LENGTH_QUANTILE, 1500, key="p50"), past, CONFIG)
    assert longer.deviation == pytest.approx(shorter.deviation, rel=0.01)
    assert longer.deviation > 1


def test_a_length_that_a_run_did_not_measure_is_not_taken_for_zero():
    past = History([{}] * 30)
    assert band(figure(Metric.LENGTH_QUANTILE, 3000, key="p50"), past, CONFIG) is None


def test_new_sites_count_upward_only():
    past = history(Metric.NEW_SITES, *[5] * 10)
    assert band(figure(Metric.NEW_SITES, 0), past, CONFIG).deviation == 0
    assert band(figure(Metric.NEW_SITES, 60), past, CONFIG).deviation > ASK


def test_a_limit_asks_no_history():
    found = band(figure(Metric.SITE_RULE_SHARE, 0.3, key="r s", limit=0.2), History([]), CONFIG)
    assert math.isclose(found.deviation, 1.5)
    assert (found.expected, found.low, found.high) == (None, None, 0.2)


def test_the_sites_of_the_past_are_known():
    past = History([{("site_share", "a"): 0.5}, {("site_share", "b"): 1.0}, {("gold_share", None): 1.0}])
    assert past.sites() == {"a", "b"}
