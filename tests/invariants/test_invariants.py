"""The invariants of the design, on whole runs over generated input."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import unicodedata
from glob import glob
from pathlib import Path

import pytest

from generated import article, spelled_otherwise
from saaf.deduplicate.similarity import jaccard
from saaf.tables import TABLES

_LOOK_ALIKES = str.maketrans("يىكهة", "ییکہہ")


def contents(lake: Path) -> dict[str, str]:
    """Hash of every file that readers can see; some tables are links, which `Path.rglob` does not follow."""
    found = (Path(path) for table in TABLES for path in glob(f"{lake}/{table}/**/*.parquet", recursive=True))  # noqa: PTH207
    return {str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(found)}


def fill(corpus, seed: int = 1, articles: int = 40) -> None:
    """Generated articles, a fifth of them copies in another spelling, and some furniture."""
    dice = random.Random(seed)
    texts = [article(dice) for _ in range(articles)]
    texts += [spelled_otherwise(text, dice) for text in texts[: articles // 5]]
    dice.shuffle(texts)
    for number, text in enumerate(texts):
        file = corpus.inputs / f"{number:04d}.txt"
        file.write_text(f"بدھ, فروری 18, 2026\n{text}\n\nمزید پڑھیں\n", "utf-8")
        os.utime(file, (1_790_000_000, 1_790_000_000))


def test_no_document_is_lost(corpus):
    fill(corpus)
    corpus.run()
    ingested = sorted(row["doc_id"] for row in corpus.rows("bronze"))
    gold = [row["doc_id"] for row in corpus.rows("gold")]
    rejected = corpus.rows("rejected")
    assert sorted(gold + [row["doc_id"] for row in rejected]) == ingested
    assert len(set(ingested)) == len(ingested) == 48
    assert all(row["reason"] for row in rejected)
    assert len(rejected) == 8


def test_no_character_is_lost(corpus):
    fill(corpus)
    corpus.run()
    raw = {row["doc_id"]: row["raw_text"] for row in corpus.rows("bronze")}
    for row in corpus.rows("silver"):
        text, position, kept = raw[row["doc_id"]], 0, []
        for span in row["removed"]:
            assert position <= span["start"] < span["end"] <= len(text)
            kept.append(text[position : span["start"]])
            position = span["end"]
        kept.append(text[position:])
        assert letters(row["text"]) == letters("".join(kept))


def letters(text: str) -> str:
    """The letters and digits of a text in order, look-alikes as one: what normalisation must not touch."""
    apart = unicodedata.normalize("NFKD", text).translate(_LOOK_ALIKES)
    return "".join(character for character in apart if unicodedata.category(character)[0] in "LN")


def test_the_same_input_gives_the_same_bytes(new_corpus):
    first, second = new_corpus(), new_corpus()
    for corpus in (first, second):
        fill(corpus)
    first.run()
    second.run()
    assert contents(first.lake.root) == contents(second.lake.root)
    assert any(name.startswith("gold/") for name in contents(first.lake.root))


def test_gold_does_not_depend_on_shards_batches_and_file_order(new_corpus):
    whole, cut = new_corpus(), new_corpus()
    fill(whole)
    files = list(whole.inputs.iterdir())
    random.Random(7).shuffle(files)
    for file in files:
        shutil.copy2(file, cut.inputs / file.name)
    pieces = cut.config.ingest.model_copy(update={"shard_bytes": 2048, "batch_rows": 3})
    whole.run()
    cut.with_settings(ingest=pieces).run()
    assert len(cut.lake.files("bronze")) > 3
    only_gold = [{k: v for k, v in contents(c.lake.root).items() if k.startswith("gold/")} for c in (whole, cut)]
    assert only_gold[0] == only_gold[1] != {}


def test_spelling_does_not_hide_a_copy(corpus):
    dice = random.Random(3)
    text = article(dice)
    other = spelled_otherwise(text, dice)
    assert text != other
    assert jaccard(text, other, corpus.config.deduplicate) == 1.0
    corpus.texts(a_txt=text, b_txt=other)
    corpus.run()
    assert len(corpus.rows("gold")) == 1
    [rejected] = corpus.rows("rejected")
    assert rejected["similarity"] == 1.0


def test_first_come_stays(corpus):
    dice = random.Random(5)
    text = article(dice)
    corpus.texts(b_txt=text)
    corpus.run()
    [kept] = corpus.rows("gold")
    corpus.texts(a_txt=spelled_otherwise(text, dice), c_txt=article(dice))
    corpus.run(run_id="second", days=1)
    gold = corpus.rows("gold")
    assert len(gold) == 2
    assert kept in gold
    [rejected] = corpus.rows("rejected")
    assert rejected["kept_id"] == kept["doc_id"]
    assert rejected["uri"] == "input/a.txt"


def test_a_copy_is_dropped_only_for_a_kept_document(corpus):
    """No chains: of A~B~C with A unlike C, C stays."""
    dice = random.Random(11)
    sentences = [article(dice, sentences=1) for _ in range(20)]
    chain = {"a": sentences[:10], "b": sentences[1:11], "c": sentences[4:14]}
    settings = corpus.config.deduplicate
    texts = {name: "\n".join(parts) for name, parts in chain.items()}
    assert jaccard(texts["a"], texts["b"], settings) >= settings.threshold > jaccard(texts["a"], texts["c"], settings)
    corpus.texts(**{f"{name}_txt": text for name, text in texts.items()})
    corpus.run()
    gold = {row["doc_id"]: row for row in corpus.rows("gold")}
    for row in corpus.rows("rejected"):
        assert row["kept_id"] in gold
        bronze = {r["doc_id"]: r["raw_text"] for r in corpus.rows("bronze")}
        exact = jaccard(bronze[row["doc_id"]], gold[row["kept_id"]]["text"], settings)
        assert exact == pytest.approx(row["similarity"])
        assert exact >= settings.threshold
    kept = [row["text"] for row in gold.values()]
    assert all(jaccard(x, y, settings) < settings.threshold for x in kept for y in kept if x is not y)
