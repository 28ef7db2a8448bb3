"""The door: which documents stay, for which one each of the others goes, and what is refused."""

import random
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.config import DeduplicateConfig
from saaf.deduplicate import NoHistory, Verdicts, deduplicate
from saaf.deduplicate.quantities import agree, quantities
from saaf.deduplicate.signatures import Signer
from saaf.deduplicate.similarity import compare, containment, jaccard
from saaf.errors import DataRefused
from saaf.tables import DUPLICATES, INDEX, REJECTED

PLAIN = DeduplicateConfig(numbers="never")


def run(documents, config: DeduplicateConfig = PLAIN, history=None) -> Verdicts:
    return deduplicate(documents, history or NoHistory(), config, run_id="run-1")


def kept(verdicts: Verdicts) -> list[str]:
    return verdicts.kept.to_pylist()


def edges(verdicts: Verdicts) -> dict[str, tuple[str, float, str]]:
    return {
        row["doc_id"]: (row["kept_id"], row["similarity"], row["method"])
        for row in verdicts.duplicates.to_pylist()
        if row["dropped"]
    }


def everything(verdicts: Verdicts) -> tuple[object, ...]:
    index = [batch.to_pydict() for batch in verdicts.index()]
    return verdicts.kept, verdicts.duplicates, verdicts.rejected(), index, verdicts.stats


def family_corpus(writer, families: int, longest: int = 120) -> list[dict[str, object]]:
    """Texts with copies of every degree: edited, respelled, equal, short, without letters."""
    texts = []
    for _ in range(families):
        original = writer.text(writer.random.choice([0, 1, 3, 20, 60, longest]))
        texts.append(original)
        for _ in range(writer.random.choice([0, 0, 1, 2, 4])):
            copy = writer.edited(original, writer.random.choice([0, 0, 1, 2, 5, 12]))
            texts.append(writer.respelled(copy) if writer.random.random() < 0.3 else copy)
    writer.random.shuffle(texts)
    return [
        {"doc_id": f"{number:08x}", "text": text, "priority": writer.random.choice([1, 1, 2])}
        for number, text in enumerate(texts)
    ]


def greedy(rows, config: DeduplicateConfig, oracle) -> dict[str, tuple[str, float] | None]:
    """The keep policy by brute force, over the pairs that share a band key or a match key.

    Documents with equal words are one; its verdict is theirs.
    """
    order = sorted(rows, key=lambda row: (row["priority"], -len(row["text"]), row["doc_id"]))
    signed = Signer(config).sign(pa.array([row["text"] for row in order], pa.string()))
    outcome: dict[str, tuple[str, float] | None] = {}
    originals: dict[tuple[str, ...], str] = {}
    for i, row in enumerate(order):
        best = None
        words = oracle.words(row["text"])
        original = originals.setdefault(words, row["doc_id"]) if words else row["doc_id"]
        if original != row["doc_id"]:
            outcome[row["doc_id"]] = outcome[original] or (original, 1.0)
            continue
        for j, other in enumerate(order[:i]):
            if outcome[other["doc_id"]] is not None:
                continue
            bands = signed.band_keys[:, i] == signed.band_keys[:, j]
            meets = bands.any() and signed.shingles[i] and signed.shingles[j]
            if meets or "".join(words) == "".join(oracle.words(other["text"])):
                similarity = oracle.similarity(row["text"], other["text"])
                if similarity >= config.threshold and (best is None or similarity > best[1]):
                    best = (other["doc_id"], similarity)
        outcome[row["doc_id"]] = best
    return outcome


@pytest.mark.parametrize(
    "config",
    [
        PLAIN,
        DeduplicateConfig(numbers="never", threshold=0.9, seed=3),
        DeduplicateConfig(numbers="never", shingle="word", shingle_size=2, threshold=0.5),
        DeduplicateConfig(numbers="never", shingle_size=3, bands=5, rows=1, threshold=0.4),
    ],
    ids=["default", "strict", "words", "loose"],
)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_verdicts_are_those_of_brute_force(
    config: DeduplicateConfig, seed: int, make_writer: Callable, make_documents: Callable, make_oracle: Callable
) -> None:
    rows = family_corpus(make_writer(seed, words=200), 25)
    found = run(make_documents(rows), config)
    expected = greedy(rows, config, make_oracle(config))
    assert kept(found) == sorted(doc_id for doc_id, edge in expected.items() if edge is None)
    assert {doc_id: edge[:2] for doc_id, edge in edges(found).items()} == {
        doc_id: edge for doc_id, edge in expected.items() if edge is not None
    }


def test_every_removal_is_just_and_no_two_kept_candidates_are_similar(
    make_writer: Callable, make_documents: Callable, make_oracle: Callable
) -> None:
    rows = family_corpus(make_writer(11), 200, longest=200)
    texts = {row["doc_id"]: row["text"] for row in rows}
    found, oracle = run(make_documents(rows)), make_oracle(PLAIN)
    assert len(edges(found)) > 100
    for doc_id, (kept_id, similarity, _) in edges(found).items():
        assert kept_id in kept(found)
        assert similarity == oracle.similarity(texts[doc_id], texts[kept_id]) >= PLAIN.threshold
    met: dict[tuple[int, int], list[str]] = {}
    for batch in found.index():
        for row in batch.to_pylist():
            met.setdefault((row["band"], row["key"]), []).append(row["doc_id"])
    for ids in met.values():
        for a, b in combinations(ids, 2):
            assert oracle.similarity(texts[a], texts[b]) < PLAIN.threshold


def test_at_most_one_in_a_thousand_similar_pairs_is_kept_whole(
    make_writer: Callable, make_documents: Callable, make_oracle: Callable
) -> None:
    writer, oracle = make_writer(12), make_oracle(PLAIN)
    rows, pairs = [], {"high": 0, "middle": 0}
    missed = {"high": 0, "middle": 0}
    couples = []
    for number in range(1500):
        original = writer.text(60)
        copy = writer.edited(original, writer.random.randint(0, 12))
        couples.append((f"{number}a", f"{number}b", oracle.similarity(original, copy)))
        rows += [{"doc_id": f"{number}a", "text": original}, {"doc_id": f"{number}b", "text": copy}]
    stays = set(kept(run(make_documents(rows))))
    for a, b, similarity in couples:
        degree = "high" if similarity >= 0.8 else "middle" if similarity >= 0.7 else None
        if degree:
            pairs[degree] += 1
            missed[degree] += a in stays and b in stays
    assert pairs["high"] > 500
    assert pairs["middle"] > 150
    assert missed["high"] <= pairs["high"] / 1000
    assert missed["middle"] <= pairs["middle"] / 50


def test_there_are_no_chains(make_writer: Callable, make_documents: Callable, make_oracle: Callable) -> None:
    writer, oracle = make_writer(13), make_oracle(PLAIN)
    a = writer.words(60)
    b = [*a[:-7], *writer.words(7)]
    c = [*writer.words(7), *b[7:]]
    rows = [{"doc_id": name, "text": " ".join(words)} for name, words in zip("abc", (a, b, c), strict=True)]
    assert oracle.similarity(rows[0]["text"], rows[1]["text"]) >= PLAIN.threshold
    assert oracle.similarity(rows[1]["text"], rows[2]["text"]) >= PLAIN.threshold
    assert oracle.similarity(rows[0]["text"], rows[2]["text"]) < PLAIN.threshold
    in_order = [{**row, "priority": number} for number, row in enumerate(rows)]
    assert kept(run(make_documents(in_order))) == ["a", "c"]
    b_first = [{**row, "priority": int(row["doc_id"] != "b")} for row in rows]
    assert kept(run(make_documents(b_first))) == ["b"]


@pytest.mark.parametrize("language", ["ur", "fa", "ar", "ps", "sd", "pnb", "en"])
def test_spelling_does_not_hide_a_copy(
    language: str, sentences: dict[str, str], make_writer: Callable, make_documents: Callable
) -> None:
    writer, text = make_writer(14), sentences[language]
    rows = [{"doc_id": "0", "text": text, "priority": 0}]
    rows += [{"doc_id": f"{n}", "text": writer.respelled(text)} for n in range(1, 20)]
    found = run(make_documents(rows), DeduplicateConfig())
    assert kept(found) == ["0"]
    assert set(edges(found).values()) == {("0", 1.0, "exact")}


def test_texts_shorter_than_a_shingle_go_by_their_key_alone(make_documents: Callable) -> None:
    texts = ["خبر", "خبر۔", "خبریں", "خ ب ر", "خبرِ", "بر"]
    found = run(make_documents([{"doc_id": str(n), "text": t, "priority": n} for n, t in enumerate(texts)]))
    assert kept(found) == ["0", "2", "5"]
    assert set(edges(found).values()) == {("0", 1.0, "exact")}
    assert found.stats["shorter_than_a_shingle"] == 6


def test_texts_without_letters_are_never_copies(make_documents: Callable) -> None:
    texts = ["", "", "۔۔۔", "!!!", "\u200c"]
    found = run(make_documents([{"doc_id": str(n), "text": t} for n, t in enumerate(texts)]))
    assert kept(found) == ["0", "1", "2", "3", "4"]
    assert found.stats["without_key"] == 5
    assert not any(batch.num_rows for batch in found.index())


ORDERS = [
    (("priority", "earliest", "longest"), {"priority": 1}, {"priority": 2}),
    (("priority", "earliest", "longest"), {"earliest": 3}, {"earliest": 4}),
    (("priority", "earliest", "longest"), {"earliest": 3}, {}),
    (("priority", "earliest", "longest"), {"n_chars": 900}, {"n_chars": 800}),
    (("longest", "priority"), {"n_chars": 900, "priority": 2}, {"n_chars": 800, "priority": 1}),
    (("earliest", "priority"), {"earliest": 3, "priority": 2}, {"earliest": 4, "priority": 1}),
    ((), {}, {"priority": 0, "n_chars": 10**6}),
]


@pytest.mark.parametrize(("order", "first", "second"), ORDERS)
def test_the_configured_order_decides_which_copy_stays(
    order, first, second, make_documents: Callable, day: Callable
) -> None:
    text = "ایک خبر جو دو جگہ چھپی"
    ids = ("a", "b") if not order else ("b", "a")  # doc_id decides last
    rows = [{"doc_id": doc_id, "text": text, **facts} for doc_id, facts in zip(ids, (first, second), strict=True)]
    rows = [{**row, "earliest": day(row["earliest"])} if "earliest" in row else row for row in rows]
    found = run(make_documents(rows), DeduplicateConfig(order=order))
    assert kept(found) == [ids[0]]


def test_a_document_names_the_most_similar_kept_one(make_writer: Callable, make_documents: Callable) -> None:
    writer = make_writer(15)
    words = writer.words(60)
    far = " ".join([*words[:-8], *writer.words(8)])
    near = " ".join([*writer.words(8), *words[8:]])
    copy = " ".join([writer.words(1)[0], *near.split()[1:]])
    rows = [
        {"doc_id": n, "text": t, "priority": p} for n, t, p in [("far", far, 0), ("near", near, 1), ("copy", copy, 2)]
    ]
    rows.append({"doc_id": "middle", "text": " ".join(words), "priority": 3})
    found = run(make_documents(rows))
    assert kept(found) == ["far", "near"]
    assert edges(found)["copy"][0] == "near"
    assert (
        edges(found)["middle"][0]
        == max(("far", far), ("near", near), key=lambda x: jaccard(x[1], " ".join(words), PLAIN))[0]
    )


def test_a_copy_of_a_dropped_document_goes_for_the_one_that_stays(
    make_writer: Callable, make_documents: Callable
) -> None:
    writer = make_writer(16)
    original = writer.text(60)
    copy = writer.edited(original, 3)
    rows = [
        {"doc_id": "0", "text": original, "priority": 0},
        {"doc_id": "1", "text": copy, "priority": 1},
        {"doc_id": "2", "text": writer.respelled(copy), "priority": 2},
        {"doc_id": "3", "text": copy + "۔", "priority": 3},
    ]
    found = run(make_documents(rows))
    assert kept(found) == ["0"]
    assert set(edges(found).values()) == {("0", jaccard(original, copy, PLAIN), "near")}


# -- history ------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), share=st.floats(0.1, 0.9))
@settings(max_examples=15, deadline=None)
def test_first_come_stays(
    seed: int,
    share: float,
    make_writer: Callable,
    make_documents: Callable,
    make_history: Callable,
    make_oracle: Callable,
) -> None:
    rows = family_corpus(make_writer(seed, words=300), 25)
    cut = int(len(rows) * share)
    history, days = make_history(), [make_documents(rows[:cut]), make_documents(rows[cut:])]
    first = run(days[0], PLAIN, history)
    history.keep(first, days[0])
    second = run(days[1], PLAIN, history)
    history.keep(second, days[1])
    earlier = [{**row, "priority": -1} for row in rows[:cut] if row["doc_id"] in kept(first)]
    expected = greedy(_already_kept(earlier) + rows[cut:], PLAIN, make_oracle(PLAIN))
    assert kept(second) == sorted(row["doc_id"] for row in rows[cut:] if expected[row["doc_id"]] is None)
    for doc_id, (kept_id, similarity, _) in edges(second).items():
        assert (kept_id in kept(first)) or (kept_id in kept(second))
        assert similarity == expected[doc_id][1]


def _already_kept(rows):
    """Documents of history, ahead of all others; by id among themselves."""
    return [
        {**row, "priority": -(10**6) + number} for number, row in enumerate(sorted(rows, key=lambda r: r["doc_id"]))
    ]


def test_a_document_that_is_already_in_gold_is_dropped_for_itself(
    make_documents: Callable, make_history: Callable
) -> None:
    documents, history = make_documents([{"doc_id": "x", "text": "یہ خبر پہلے سے موجود ہے"}]), make_history()
    history.keep(run(documents), documents)
    assert edges(run(documents, history=history)) == {"x": ("x", 1.0, "exact")}


def test_an_index_row_of_a_document_that_was_taken_down_is_no_candidate(
    make_documents: Callable, make_history: Callable
) -> None:
    documents, history = make_documents([{"doc_id": "x", "text": "یہ خبر پہلے سے موجود ہے"}]), make_history()
    history.keep(run(documents), documents)
    history.kept_texts.clear()
    found = run(documents, history=history)
    assert kept(found) == ["x"]
    assert found.stats["index_rows_without_document"] == 1


# -- templates and numbers ----------------------------------------------------------------------


def brief(price: str, day: str) -> str:
    return (
        f"کراچی کی صرافہ مارکیٹ میں آج {day} تاریخ کو سونے کی فی تولہ قیمت {price} روپے رہی جبکہ چاندی کے نرخ میں کوئی "
        "تبدیلی نہیں ہوئی اور تاجروں کے مطابق خریداروں کی تعداد معمول سے کم رہی"
    )


@pytest.mark.parametrize(("numbers", "stay"), [("short", ["a", "b"]), ("always", ["a", "b"]), ("never", ["a"])])
def test_briefs_from_one_template_that_state_other_numbers_are_no_copies(
    numbers: str, stay: list[str], make_documents: Callable
) -> None:
    rows = [
        {"doc_id": "a", "text": brief("2,45,300", "5"), "priority": 0},
        {"doc_id": "b", "text": brief("2,47,900", "6"), "priority": 1},
        {"doc_id": "c", "text": brief("٢٤٥٣٠٠", "پانچ"), "priority": 2},
        {"doc_id": "d", "text": brief("دو لاکھ پینتالیس ہزار تین سو", "5"), "priority": 3},
    ]
    config = DeduplicateConfig(numbers=numbers, threshold=0.6)
    found = run(make_documents(rows), config)
    assert kept(found) == stay
    assert edges(found)["c"][0] == edges(found)["d"][0] == "a"
    assert found.stats["kept_apart_by_numbers"] == (0 if numbers == "never" else 1)
    assert found.stats["template_families"] == (0 if numbers == "never" else 1)
    assert found.stats["largest_template_family"] == (0 if numbers == "never" else 2)
    assert compare(rows[0]["text"], rows[1]["text"], config).apart_by_numbers == (numbers != "never")


@pytest.mark.parametrize(("more", "stay"), [(0, ["a", "b"]), (1, ["a"])])
@pytest.mark.parametrize("script", ["", " 𐎠𐎣"])
def test_numbers_count_up_to_so_many_words_whether_the_match_key_alone_is_kept_or_not(
    more: int, stay: list[str], script: str, make_writer: Callable, make_documents: Callable
) -> None:
    words = make_writer(7).text(98).split()[: 97 - len(script.split())]
    rows = [
        {"doc_id": "a", "text": " ".join([*words, "کل 5", *["خبر"] * more]) + script},
        {"doc_id": "b", "text": " ".join([*words, "کل 7"]) + script},
    ]
    assert len(rows[0]["text"].split()) == 99 + more
    assert kept(run(make_documents(rows), DeduplicateConfig(short_words=100))) == stay


def test_long_texts_may_differ_in_numbers_by_default(make_writer: Callable, make_documents: Callable) -> None:
    text = make_writer(17).text(150)
    rows = [{"doc_id": "a", "text": text + " 25"}, {"doc_id": "b", "text": text + " 26"}]
    assert len(kept(run(make_documents(rows), DeduplicateConfig()))) == 1
    assert len(kept(run(make_documents(rows), DeduplicateConfig(numbers="always")))) == 2


@given(prices=st.lists(st.integers(1000, 999_999), min_size=2, max_size=30))
@settings(max_examples=15, deadline=None)
def test_a_family_of_briefs_keeps_one_for_each_set_of_facts(prices: list[int], make_documents: Callable) -> None:
    rows = [{"doc_id": f"{n:03d}", "text": brief(str(price), "5")} for n, price in enumerate(prices)]
    found = run(make_documents(rows), DeduplicateConfig())
    assert len(kept(found)) == len(set(prices))
    facts = [quantities(row["text"].split()) for row in rows if row["doc_id"] in kept(found)]
    assert not any(agree(a, b) for a, b in combinations(facts, 2))


def test_a_hot_bucket_is_bounded_counted_and_still_right(make_documents: Callable, make_history: Callable) -> None:
    config = DeduplicateConfig(max_bucket=5)
    rows = [{"doc_id": f"{n:04d}", "text": brief(str(1000 + n), "5"), "priority": n} for n in range(300)]
    copies = [
        {"doc_id": f"copy{n}", "text": brief(str(1000 + n), "پانچ"), "priority": 1000 + n} for n in range(0, 300, 10)
    ]
    found = run(make_documents(rows + copies), config)
    assert set(kept(found)) >= {row["doc_id"] for row in rows}
    assert found.stats["buckets_over_limit"] > 0
    assert found.stats["pairs_beyond_limit"] > 0
    assert found.stats["pairs_compared"] <= (len(rows) + len(copies)) * (config.bands + 1) * config.max_bucket
    wide = run(make_documents(rows + copies), DeduplicateConfig(max_bucket=1000))
    assert wide.stats["buckets_over_limit"] == 0
    assert kept(wide) == [row["doc_id"] for row in rows]
    documents, history = make_documents(rows), make_history()
    history.keep(run(documents, config), documents)
    later = run(make_documents(copies), config, history)
    assert later.stats["index_rows_beyond_limit"] > 0


def test_families_of_templates_are_counted_apart(make_documents: Callable) -> None:
    weather = "محکمہ موسمیات کے مطابق کل شہر میں زیادہ سے زیادہ درجہ حرارت {} ڈگری سینٹی گریڈ رہنے کا امکان ہے"
    rows = [{"doc_id": f"gold{n}", "text": brief(str(1000 + n), "5")} for n in range(7)]
    rows += [{"doc_id": f"weather{n}", "text": weather.format(20 + n)} for n in range(3)]
    found = run(make_documents(rows), DeduplicateConfig())
    assert len(kept(found)) == 10
    named = {name: found.stats[name] for name in ("template_families", "largest_template_family")}
    assert named == {"template_families": 2, "largest_template_family": 7}
    assert found.stats["kept_apart_by_numbers"] == 6 + 2


def test_ten_thousand_briefs_of_one_template_neither_hang_nor_merge(make_documents: Callable) -> None:
    rows = [{"doc_id": f"{n:05d}", "text": brief(str(100_000 + n // 2), "5")} for n in range(10_000)]
    found = run(make_documents(rows, 1000), DeduplicateConfig())
    assert kept(found) == [f"{n:05d}" for n in range(0, 10_000, 2)]
    assert found.stats["largest_template_family"] == 5_000
    assert found.stats["buckets_over_limit"] > 0


# -- contained ----------------------------------------------------------------------------------


@pytest.mark.parametrize("contained", ["ignore", "flag", "drop"])
@pytest.mark.parametrize("short_first", [False, True])
def test_a_brief_within_a_longer_story(
    contained: str, short_first: bool, make_writer: Callable, make_documents: Callable
) -> None:
    writer = make_writer(18)
    story = writer.text(100)
    within = " ".join(story.split()[20:85])
    rows = [
        {"doc_id": "story", "text": story, "priority": int(short_first)},
        {"doc_id": "brief", "text": within, "priority": int(not short_first)},
    ]
    found = run(make_documents(rows), DeduplicateConfig(contained=contained))
    dropped = contained == "drop" and not short_first
    assert kept(found) == (["story"] if dropped else ["brief", "story"])
    rows = found.duplicates.to_pylist()
    assert [(row["doc_id"], row["kept_id"], row["method"], row["dropped"]) for row in rows] == (
        [] if contained == "ignore" else [("brief", "story", "contained", dropped)]
    )
    if dropped:
        assert found.rejected().to_pylist()[0]["reason"] == "contained"


@pytest.mark.parametrize("shingle", ["character", "word"])
@pytest.mark.parametrize("from_history", [False, True])
def test_contained_texts_are_found_among_many(
    shingle: str, from_history: bool, make_writer: Callable, make_documents: Callable, make_history: Callable
) -> None:
    config = DeduplicateConfig(
        contained="drop", numbers="never", shingle=shingle, shingle_size=7 if shingle == "character" else 3
    )
    writer = make_writer(23)
    stories = [writer.text(writer.random.randint(250, 400)) for _ in range(300)]
    briefs = []
    for story in stories:
        words = story.split()
        start = writer.random.randrange(len(words) - 70)
        briefs.append(writer.edited(" ".join(words[start : start + 70]), writer.random.randint(0, 5)))
    rows = [{"doc_id": f"story{n}", "text": text, "priority": 0} for n, text in enumerate(stories)]
    later = [{"doc_id": f"brief{n}", "text": text, "priority": 1} for n, text in enumerate(briefs)]
    later += [{"doc_id": f"other{n}", "text": writer.text(70), "priority": 1} for n in range(100)]
    history = make_history()
    if from_history:
        documents = make_documents(rows)
        history.keep(run(documents, config), documents)
        rows = []
    found = edges(run(make_documents(rows + later), config, history))
    expected = {}
    for n, (brief, story) in enumerate(zip(briefs, stories, strict=True)):
        share = containment(brief, story, config)
        if share >= config.containment_threshold:
            expected[f"brief{n}"] = (f"story{n}", share, "contained")
    assert len(expected) > 150
    assert found == {doc_id: edge for doc_id, edge in expected.items() if doc_id in found}
    assert len(expected) - len(found) <= len(expected) / 100


# -- rows ---------------------------------------------------------------------------------------


def test_rows_have_the_schemas_and_the_order_of_their_tables(
    make_writer: Callable, make_documents: Callable, index_is_sorted: Callable
) -> None:
    rows = family_corpus(make_writer(19), 40)
    documents = make_documents([{**row, "record": n, "source": f"s{n % 3}"} for n, row in enumerate(rows)])
    found = run(documents)
    assert found.duplicates.schema == DUPLICATES.schema
    assert found.rejected().schema == REJECTED.schema
    assert all(batch.schema == INDEX.schema for batch in found.index())
    assert index_is_sorted(found)
    dropped = found.rejected().column("doc_id").to_pylist()
    assert dropped == sorted(dropped) == found.duplicates.column("doc_id").to_pylist()
    assert sorted(dropped + kept(found)) == sorted(row["doc_id"] for row in rows)
    by_id = {row["doc_id"]: row for row in documents.table.to_pylist()}
    for row in found.rejected().to_pylist():
        assert (row["source"], row["uri"], row["record"]) == tuple(
            by_id[row["doc_id"]][n] for n in ("source", "uri", "record")
        )
        assert (row["stage"], row["run_id"]) == ("deduplicate", "run-1")
        assert (row["reason"], row["rule"]) in {("exact_duplicate", "match_key"), ("near_duplicate", "jaccard")}
        assert float(row["threshold"]) <= row["similarity"]


def test_the_index_has_each_kept_documents_keys(make_documents: Callable) -> None:
    texts = {"long": "یہ ایک خبر ہے جو کافی لمبی ہے", "short": "خبر", "none": "۔"}
    found = run(make_documents([{"doc_id": i, "text": t} for i, t in texts.items()]))
    bands = {name: [] for name in texts}
    for batch in found.index():
        for row in batch.to_pylist():
            bands[row["doc_id"]].append(row["band"])
    assert bands == {"long": list(range(-1, 20)), "short": [-1], "none": []}


# -- which copy stays ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "stays"),
    [
        (("priority",), "trusted"),
        (("earliest",), "early"),
        (("longest",), "long"),
        (("quality",), "clean"),
        (("quality", "earliest"), "clean"),
        (("longest", "quality"), "long"),
        ((), "any"),
    ],
)
def test_the_order_names_the_copy_that_stays(
    order: tuple[str, ...], stays: str, make_writer: Callable, make_documents: Callable, day: Callable
) -> None:
    text = make_writer(31).text(80)
    plain = {"priority": 2, "earliest": day(9), "n_chars": 100, "stopword_share": 0.3, "duplicate_line_share": 0.1}
    differing: dict[str, dict[str, object]] = {
        "any": {},
        "trusted": {"priority": 1},
        "early": {"earliest": day(2)},
        "long": {"n_chars": 200},
        "clean": {"stopword_share": 0.35, "duplicate_line_share": None},
        "menu": {"stopword_share": None, "duplicate_line_share": 0.0},
        "undated": {"earliest": None},
    }
    rows = [{"doc_id": name, "text": f"{text} {name}", **plain, **own} for name, own in differing.items()]
    config = DeduplicateConfig(numbers="never", order=order)
    for shuffle in range(4):
        random.Random(shuffle).shuffle(rows)
        documents = make_documents(rows, 1 + shuffle)
        for name in ("stopword_share", "duplicate_line_share"):
            column = pa.array([row[name] for row in rows], pa.float64())
            documents.table = documents.table.append_column(name, column)
        assert kept(run(documents, config)) == [stays]


def test_quality_is_asked_for_only_where_it_decides(make_documents: Callable) -> None:
    asked: list[str] = []
    documents = make_documents([{"doc_id": "a", "text": "خبر"}])

    class Noting:
        def scan(self, columns):
            asked.extend(columns)
            return documents.scan(columns)

    assert kept(run(Noting())) == ["a"]
    assert "stopword_share" not in asked


# -- the same, however it comes -----------------------------------------------------------------


def test_the_order_of_documents_and_the_size_of_batches_change_nothing(
    make_writer: Callable, make_documents: Callable, make_history: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = family_corpus(make_writer(20), 80)
    documents, history = make_documents(rows[:60]), make_history()
    history.keep(run(documents), documents)
    expected = everything(run(make_documents(rows[60:], 1000), history=history))
    assert expected[1].num_rows > 10
    for shuffle in range(5):
        mixed = rows[60:]
        random.Random(shuffle).shuffle(mixed)
        monkeypatch.setattr("saaf.deduplicate.threads.cores", lambda n=shuffle: n + 1)
        monkeypatch.setattr("saaf.deduplicate.policy._PART", 1 << shuffle)
        assert everything(run(make_documents(mixed, 1 + shuffle * 9), history=history)) == expected


def test_no_documents_and_empty_batches_are_fine(make_documents: Callable) -> None:
    assert kept(run(make_documents([]))) == []
    one = make_documents([{"doc_id": "a", "text": "خبر"}])
    empty = one.table.slice(0, 0)

    class WithEmptyBatches:
        def scan(self, columns):
            for table in (empty, one.table, empty):
                yield from (
                    table.select(columns).to_batches() or [pa.RecordBatch.from_pylist([], table.select(columns).schema)]
                )

    assert kept(run(WithEmptyBatches())) == ["a"]


def test_a_record_number_may_be_absent(make_documents: Callable) -> None:
    documents = make_documents([{"doc_id": i, "text": "ایک ہی خبر", "record": 7} for i in "ab"])

    class WithoutRecord:
        def scan(self, columns):
            return documents.scan([name for name in columns if name != "record"])

    assert run(WithoutRecord()).rejected().column("record").to_pylist() == [0]


# -- refused ------------------------------------------------------------------------------------


def test_a_doc_id_that_occurs_twice_is_refused(make_documents: Callable) -> None:
    with pytest.raises(DataRefused, match=r"'b'.*twice"):
        run(make_documents([{"doc_id": i, "text": f"خبر {n}"} for n, i in enumerate("abcb")], 2))


def test_a_null_text_is_refused_with_its_doc_id(make_documents: Callable) -> None:
    with pytest.raises(DataRefused, match=r"'b'.*null"):
        run(make_documents([{"doc_id": "a", "text": "خبر"}, {"doc_id": "b", "text": None}]))


def test_a_null_doc_id_is_refused_with_its_place(make_documents: Callable) -> None:
    with pytest.raises(DataRefused, match="number 1 "):
        run(make_documents([{"doc_id": "a", "text": "خبر"}, {"doc_id": None, "text": "خبر"}], 1))


@pytest.mark.parametrize("fact", ["priority", "n_chars"])
def test_a_null_fact_is_refused(fact: str, make_documents: Callable) -> None:
    with pytest.raises(DataRefused, match=f"'a' has no {fact}"):
        run(make_documents([{"doc_id": "a", "text": "خبر", fact: None}]))


def test_a_column_that_is_not_text_is_refused(make_documents: Callable) -> None:
    documents = make_documents([{"doc_id": "a", "text": "خبر"}])
    documents.table = documents.table.set_column(1, "text", pa.array([5]))
    with pytest.raises(DataRefused, match="text holds int64"):
        run(documents)


def test_a_text_that_is_not_utf8_is_refused_with_its_doc_id(make_documents: Callable) -> None:
    documents = make_documents([{"doc_id": "a", "text": "خبر"}, {"doc_id": "b", "text": "x"}])
    offsets, data = np.array([0, 2, 4], np.int32), b"\xd8\xae\xff\xfe"
    broken = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    documents.table = documents.table.set_column(1, "text", broken)
    with pytest.raises(DataRefused, match="'b' is not valid UTF-8"):
        run(documents)


@pytest.mark.parametrize("later", ["ba", "a", "abc"])
def test_documents_that_change_between_scans_are_refused(later: str, make_documents: Callable) -> None:
    scans = [make_documents([{"doc_id": i, "text": "ایک ہی طویل خبر " + i} for i in ids]) for ids in ("ab", later)]

    class Changing:
        def scan(self, columns):
            return (scans.pop(0) if len(scans) > 1 else scans[0]).scan(columns)

    with pytest.raises(DataRefused, match="changed while"):
        run(Changing(), DeduplicateConfig(threshold=0.5, numbers="never")).rejected()
