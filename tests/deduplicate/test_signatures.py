"""Signatures equal datasketch's, for random texts and at the edges."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.anchors import anchor_shape
from saaf.deduplicate.foldtable import fold_table
from saaf.deduplicate.kernels import buckets_of_documents, common, includes, repeated, sort_distinct
from saaf.deduplicate.matchkey import key_words
from saaf.deduplicate.shingles import shingles
from saaf.deduplicate.signatures import Signer, permutations
from saaf.deduplicate.threads import in_threads

MASK = 2**64 - 1
BASE = 0xD1342543DE82EF95

CONFIGS = [
    DeduplicateConfig(),
    DeduplicateConfig(shingle_size=1, bands=4, rows=3, seed=7),
    DeduplicateConfig(shingle_size=19, bands=4, rows=3),
    DeduplicateConfig(shingle="word", shingle_size=5),
    DeduplicateConfig(shingle="word", shingle_size=2, bands=3, rows=1, seed=2**32 - 1),
]


def mix(value: int) -> int:
    """SplitMix64's finalizer on Python's integers."""
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


def codes(text: str) -> bytes:
    """Key characters as bytes: one for a digit, a Latin letter and a letter of U+0620 to U+06FE, four for any other."""
    found = b""
    for point in map(ord, text):
        if 0x30 <= point < 0x3A:
            found += bytes([0xF0 + point - 0x30])
        elif 0x61 <= point < 0x7B:
            found += bytes([2 + point - 0x61])
        elif 0x620 <= point < 0x6F0 or 0x6FA <= point < 0x6FF:
            found += bytes([point - 0x600])
        else:
            found += bytes([0xFF, *point.to_bytes(3, "little")])
    return found


def string_hash(text: str) -> int:
    value = 0
    for start in range(0, len(codes(text)), 8):
        value = mix(value ^ int.from_bytes(codes(text)[start : start + 8], "little"))
    return value


def polynomial(numbers: list[int]) -> int:
    value = 0
    for number in numbers:
        value = (value * BASE + number) & MASK
    return mix(value)


def hashes(text: str, config: DeduplicateConfig) -> list[int]:
    """The shingle hashes of a text, by the definition, one shingle at a time."""
    words, size = key_words(text), config.shingle_size
    if config.shingle == "word":
        numbers = [string_hash(word) for word in words]
        return [polynomial(numbers[i : i + size]) for i in range(len(words) - size + 1)]
    key = "".join(words)
    return [string_hash(key[i : i + size]) for i in range(len(key) - size + 1)]


def of_datasketch(text: str, config: DeduplicateConfig) -> np.ndarray:
    sketch = MinHash(num_perm=config.permutations, seed=config.seed, hashfunc=int, scheme="affine32")
    sketch.update_batch([h & 0xFFFFFFFF for h in hashes(text, config)])
    return sketch.hashvalues


@pytest.mark.parametrize("config", CONFIGS)
def test_permutations_are_those_of_datasketch(config: DeduplicateConfig) -> None:
    theirs = MinHash(num_perm=config.permutations, seed=config.seed, scheme="affine32").permutations
    assert np.array_equal(np.array(permutations(config)), theirs)


@pytest.mark.parametrize("config", CONFIGS)
def test_signatures_of_random_texts_equal_those_of_datasketch(config: DeduplicateConfig, make_writer: Callable) -> None:
    writer = make_writer(seed=5)
    texts = [writer.text(writer.random.randint(0, 60)) for _ in range(1000)]
    found = Signer(config).signatures(pa.array(texts))
    assert all(np.array_equal(row, of_datasketch(text, config)) for row, text in zip(found, texts, strict=True))


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=10))
@settings(max_examples=60, deadline=None)
def test_signatures_of_any_characters_equal_those_of_datasketch(texts: list[str]) -> None:
    config = CONFIGS[0]
    found = Signer(config).signatures(pa.array(texts, pa.string()))
    assert all(np.array_equal(row, of_datasketch(text, config)) for row, text in zip(found, texts, strict=True))


EDGES = {
    "empty": "",
    "no letters": "۔۔۔ !!! \u200c",
    "shorter than a shingle": "خبریں",
    "as long as a shingle": "خبر نامہ",
    "one letter again and again": "ا" * 5000,
    "every plane": "خ\U00010400\U00020000\U00030000\U000e0041\U000f0000\U0010ffff" * 20,
    "ligatures": "ﷺ ﷲ ﷻ " * 30,
    "long": "قومی اسمبلی کا اجلاس آج ہوگا۔ " * 4000,
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("edge", EDGES)
def test_signatures_at_the_edges_equal_those_of_datasketch(config: DeduplicateConfig, edge: str) -> None:
    found = Signer(config).signatures(pa.array([EDGES[edge]], pa.large_string()))
    assert np.array_equal(found[0], of_datasketch(EDGES[edge], config))


def test_a_very_long_text_is_signed_as_its_parts_are() -> None:
    config = DeduplicateConfig()
    text = "".join(chr(0x621 + i * i % 41) for i in range(1_500_000))
    cuts = [*range(0, len(text), 100_000), len(text)]
    parts = [text[start : stop + config.shingle_size - 1] for start, stop in pairwise(cuts)]
    signer = Signer(config)
    assert np.array_equal(signer.signatures(pa.array([text]))[0], signer.signatures(pa.array(parts)).min(axis=0))


@pytest.mark.parametrize("config", CONFIGS)
def test_sorted_shingle_hashes_stand_for_the_true_shingles(config: DeduplicateConfig, make_writer: Callable) -> None:
    writer = make_writer(seed=6, words=30)
    texts = [writer.text(writer.random.randint(0, 80)) for _ in range(100)]
    sets = [distinct(np.array(hashes(text, config), np.uint64)) for text in texts]
    for text, found in zip(texts, sets, strict=True):
        assert found.tolist() == sorted(set(hashes(text, config)))
        assert len(found) == len(shingles(text, config))
    for (a, left), (b, right) in pairwise(zip(texts, sets, strict=True)):
        shared = len(shingles(a, config) & shingles(b, config))
        assert common(left, right, 0) == common(left, right, shared) == shared
        assert common(left, right, shared + 1) == -1


@given(st.sets(st.integers(0, 60), max_size=60), st.sets(st.integers(0, 60), max_size=60), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_shared_numbers_are_counted_whatever_the_blocks(left: set[int], right: set[int], least: int) -> None:
    arrays = [np.array(sorted(numbers), np.uint64) for numbers in (left, right)]
    shared = len(left & right)
    assert common(*arrays, least) == common(*reversed(arrays), least) == (shared if shared >= least else -1)


def distinct(values: np.ndarray) -> np.ndarray:
    out = np.empty_like(values)
    return out[: sort_distinct(values, values.size, out)]


@given(
    st.lists(
        st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 3), st.integers(2**64 - 3, 2**64 - 1)),
        max_size=300,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_numbers_are_sorted_and_repeats_left_out(values: list[int]) -> None:
    assert distinct(np.array(values, np.uint64)).tolist() == sorted(set(values))


def test_numbers_that_crowd_together_are_sorted_in_time() -> None:
    crowd = np.random.default_rng(1).permutation(400_000).astype(np.uint64)
    assert np.array_equal(distinct(crowd), np.arange(400_000))


@given(st.lists(st.integers(0, 40), max_size=60), st.sampled_from([1, 3, 6, 12]))
@settings(max_examples=200, deadline=None)
def test_all_keys_that_repeat_are_found_and_none_twice(values: list[int], bits: int) -> None:
    found = repeated(np.array(values, np.uint64), bits).tolist()
    assert found == sorted(set(found))
    assert {place for place, value in enumerate(values) if values.count(value) > 1} <= set(found)


def test_few_keys_that_occur_once_are_taken_for_others() -> None:
    keys = np.random.default_rng(3).integers(0, 2**64, 10_000, np.uint64)
    assert repeated(keys, 18).size < 1500


@given(st.lists(st.sets(st.integers(0, 9), min_size=1), max_size=12))
@settings(max_examples=100, deadline=None)
def test_buckets_are_turned_into_the_buckets_of_each_document(buckets: list[set[int]]) -> None:
    members = np.array([number for bucket in buckets for number in sorted(bucket)], np.int64)
    starts = np.cumsum([0, *map(len, buckets)])
    found, bounds = buckets_of_documents(members, starts, 10)
    for number in range(10):
        own = [place for place, bucket in enumerate(buckets) if number in bucket]
        assert found[bounds[number] : bounds[number + 1]].tolist() == own


@given(left=st.sets(st.integers(0, 30)), right=st.sets(st.integers(0, 30)))
@settings(max_examples=100, deadline=None)
def test_one_set_includes_another(left: set[int], right: set[int]) -> None:
    both = [np.array(sorted(values), np.uint64) for values in (left, right)]
    assert includes(*both) == (right <= left)


def test_signing_does_not_depend_on_slices_types_or_threads(make_writer: Callable) -> None:
    writer, signer = make_writer(seed=8), Signer(DeduplicateConfig())
    texts = [writer.text(writer.random.randint(0, 50)) for _ in range(200)]
    whole = signer.sign(pa.array(texts))
    cut = [pa.array(texts, pa.large_string()).slice(start, 7) for start in range(0, 200, 7)]
    for threads in (1, 4):
        parts = list(in_threads(signer.sign, cut, threads))
        assert np.array_equal(np.concatenate([p.band_keys for p in parts], axis=1), whole.band_keys)
        assert np.array_equal(np.concatenate([p.key_hashes for p in parts]), whole.key_hashes)
        assert np.array_equal(np.concatenate([p.spacing for p in parts]), whole.spacing)


def test_spacing_tells_equal_keys_with_other_words_apart() -> None:
    signed = Signer(DeduplicateConfig()).sign(pa.array(["نیا دن آیا", "نیادن آیا", "نیا، دن آیا!"]))
    assert (signed.key_hashes == signed.key_hashes[0]).all()
    assert signed.spacing[0] == signed.spacing[2] != signed.spacing[1]


def test_a_text_shorter_than_a_shingle_has_no_shingles_and_a_key() -> None:
    signed = Signer(DeduplicateConfig()).sign(pa.array(["خبر", "", "؟؟"]))
    assert signed.shingles.tolist() == [0, 0, 0]
    assert signed.key_lengths.tolist() == [3, 0, 0]


ANCHORED = [
    DeduplicateConfig(contained="flag"),
    DeduplicateConfig(contained="flag", shingle="word", shingle_size=3),
    DeduplicateConfig(contained="flag", shingle_size=1),
    DeduplicateConfig(contained="flag", containment_threshold=1),
]


@pytest.mark.parametrize("config", ANCHORED)
def test_anchors_are_the_least_of_every_window(config: DeduplicateConfig, make_writer: Callable) -> None:
    writer = make_writer(seed=9, words=40)
    texts = ["", "خبر", "ا" * 300, *(writer.text(writer.random.randint(0, 60)) for _ in range(50))]
    shape = anchor_shape(config)
    found = Signer(config).anchors(pa.array(texts))
    bounds = np.cumsum([0, *found.counts])
    for text, start, stop in zip(texts, bounds[:-1], bounds[1:], strict=True):
        grams = hashes(text, config.model_copy(update={"shingle_size": shape.gram}))
        windows = [grams[i : i + shape.window] for i in range(max(len(grams) - shape.window, 0) + 1)]
        assert found.hashes[start:stop].tolist() == sorted({min(window) for window in windows if window})


def test_texts_with_a_common_passage_have_a_common_anchor(make_writer: Callable) -> None:
    config = ANCHORED[0]
    writer, shape = make_writer(seed=10), anchor_shape(config)
    for _ in range(200):
        passage = "".join(writer.text(30).split())[: shape.gram + shape.window - 1]
        pair = [writer.text(20) + passage + writer.text(20) for _ in range(2)]
        found = Signer(config).anchors(pa.array(pair))
        assert set(found.hashes[: found.counts[0]]) & set(found.hashes[found.counts[0] :])


def test_no_anchors_where_contained_texts_are_not_looked_for() -> None:
    assert Signer(DeduplicateConfig()).anchors(pa.array(["خبر"])) is None


WORDS = st.lists(
    st.text("ابپترسہیےz7Ж\U00010400", min_size=1, max_size=30) | st.text("اب", min_size=7, max_size=9), max_size=60
)


@given(words=WORDS)
@settings(max_examples=200, deadline=None)
def test_words_are_hashed_alike_with_vectors_and_without(words: list[str]) -> None:
    text, table = " ".join(words).encode(), fold_table()
    page = kernels.new_page(len(text), table.growth * len(text))
    layout = kernels.fold_text(np.frombuffer(text, np.uint8), 0, len(text), table, page)
    found = [np.zeros(layout.words + 64, np.uint64) for _ in range(2)]
    kernels._word_hashes(page, 0, layout.words, found[0])
    kernels._word_hashes_one_by_one(page, 0, layout.words, found[1])
    expected = [string_hash(word) for word in key_words(text.decode())]
    assert [part[: layout.words].tolist() for part in found] == [expected, expected]
