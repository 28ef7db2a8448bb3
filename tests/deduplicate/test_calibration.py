"""Calibration: all pairs from a similarity on, exact, held against brute force and the formula."""

from collections.abc import Callable
from itertools import combinations

import pytest

from saaf.config import DeduplicateConfig
from saaf.deduplicate.calibration import around, at_thresholds, bins, chance, find_pairs


@pytest.mark.parametrize("shingle", ["character", "word"])
def test_pairs_are_those_of_brute_force(shingle: str, make_writer: Callable, make_oracle: Callable) -> None:
    config = DeduplicateConfig(shingle=shingle, shingle_size=7 if shingle == "character" else 2)
    writer, oracle, texts = make_writer(41), make_oracle(config), ["", "خبر"]
    for _ in range(60):
        original = writer.text(60)
        texts += [original, writer.edited(original, writer.random.randint(0, 40))]
    found = find_pairs(texts, config)
    true = {
        (a, b): similarity
        for a, b in combinations(range(len(texts)), 2)
        if (similarity := oracle.similarity(texts[a], texts[b])) >= 0.3
    }
    seen = dict(
        zip(zip(found.left.tolist(), found.right.tolist(), strict=True), found.similarity.tolist(), strict=True)
    )
    assert {pair: seen.get(pair) for pair in true} == true
    assert len(true) > 30
    counted = bins(found, config)
    assert sum(row.pairs for row in counted) == len(seen)
    high = [row for row in counted if row.low >= 0.8]
    assert sum(row.found for row in high) == sum(row.pairs for row in high) > 0


def test_thresholds_drop_what_the_keep_policy_would(make_writer: Callable) -> None:
    writer = make_writer(42)
    a = writer.words(60)
    b = [*a[:-7], *writer.words(7)]
    c = [*writer.words(7), *b[7:]]
    found = find_pairs([" ".join(words) for words in (a, b, c)], DeduplicateConfig())
    by_threshold = {at.threshold: (at.pairs, at.dropped) for at in at_thresholds(found, [0.5, 0.7, 0.99])}
    assert by_threshold == {0.5: (3, 2), 0.7: (2, 1), 0.99: (0, 0)}
    assert found.similarity[around(found, 0.7, 2)].tolist() == [found.similarity[1], found.similarity[2]]


def test_the_formula() -> None:
    assert chance(0.7, 20, 5) == pytest.approx(0.975, abs=0.001)
    assert chance(0.0, 20, 5) == 0
    assert chance(1.0, 20, 5) == 1
