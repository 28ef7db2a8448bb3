"""What is taken down is gone from every table, generation and report, and does not come back."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from generated import article, spelled_otherwise
from saaf.engines.takedown import Request, TakedownEngine, history, url_sha256, without_documents
from saaf.errors import InputError
from saaf.pipeline import rebuild, rebuilder
from shared import ROOT, STARTED_AT


def texts(count: int, seed: int = 1) -> list[str]:
    dice = random.Random(seed)
    return [article(dice) for _ in range(count)]


def take_down(corpus: Any, *entries: str, **options: Any) -> Any:
    said = {"asked_by": "legal@example.org", "why": "an order", "at": STARTED_AT + timedelta(days=3)}
    return TakedownEngine(corpus.lake, corpus.config, Request.parse(entries), **said, **options).carry_out()


def write_lines(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def files_that_hold(root: Path, needle: str) -> list[Path]:
    """Every file of the lake with a word in it, as text or in Parquet."""
    found = []
    for path in (p for p in root.rglob("*") if p.is_file()):
        content = (
            str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text("utf-8", "replace")
        )
        found += [path] if needle in content else []
    return found


@pytest.fixture
def stories(corpus) -> list[str]:
    """Two days of two articles each, the second with a copy of the first one's first; a rebuild between them."""
    made = texts(4)
    rows = [{"text": text, "url": f"https://www.example.org/story/{n}"} for n, text in enumerate(made)]
    write_lines(corpus.inputs / "one.jsonl", rows[:2])
    corpus.run()
    rebuild(corpus.config, root=ROOT, started_at=STARTED_AT)
    rebuilder(corpus.config, root=ROOT).swap()
    copy = {"text": spelled_otherwise(made[0], random.Random(3)), "url": "https://copy.example.org/7"}
    write_lines(corpus.inputs / "two.jsonl", [*rows[2:], copy])
    corpus.run(run_id="second", days=1)
    return made


def test_a_document_is_gone_from_everything(corpus, stories):
    word = stories[0].split()[3]
    (doc_id,) = (row["doc_id"] for row in corpus.rows("gold") if row["text"] == stories[0])
    others = {row["doc_id"] for row in corpus.rows("gold")} - {doc_id}
    found = take_down(corpus, doc_id)
    assert (len(found.documents), len(found.copies), found.in_gold) == (2, 1, 1)
    lake = corpus.lake
    assert lake.verify() == ()
    assert files_that_hold(lake.root, stories[0].split("\n")[0]) == []
    assert [path for path in files_that_hold(lake.root, word) if path.name.endswith((".html", ".json"))] == []
    assert lake.catalogue().generations() == [1, 2, 3]
    for number in (1, 2, 3):
        held = [h for h in lake.catalogue().of_generation(number) if h.file.table in ("gold", "silver", "index")]
        ids = {i for h in held for b in lake.read_file(h, ["doc_id"]) for i in b.column(0).to_pylist()}
        assert not ids & set(found.documents)
    assert {row["doc_id"] for row in corpus.rows("gold")} == others
    rows = [row for row in corpus.rows("rejected") if row["reason"] == "taken_down"]
    assert {(row["doc_id"], row["stage"]) for row in rows} == {(i, "takedown") for i in found.documents}
    assert len([row for row in history(lake) if row["why"] == "an order"]) == 2
    assert {"asked_by": "legal@example.org", "in_gold": 1}.items() <= lake.log()[-1].facts.items()


def test_it_does_not_come_back(corpus, stories):
    take_down(corpus, "example.org/story/0", "http://example.org/never-seen/")
    rows = [
        {"text": stories[0], "url": "https://example.org/story/0#again"},  # the same address
        {"text": spelled_otherwise(stories[0], random.Random(8)), "url": "https://elsewhere.org/1"},  # the same words
        {"text": texts(1, seed=5)[0], "url": "https://example.org/never-seen"},  # asked for before it came
        {"text": texts(1, seed=6)[0], "url": "https://example.org/other"},
    ]
    write_lines(corpus.inputs / "three.jsonl", rows)
    corpus.run(run_id="third", days=4)
    mine = [row for row in corpus.rows("rejected") if row["run_id"] == "third"]
    assert sorted((row["stage"], row["reason"]) for row in mine) == [
        ("clean", "taken_down"),
        ("ingest", "taken_down"),
        ("ingest", "taken_down"),
    ]
    gold = {row["text"] for row in corpus.rows("gold")}
    assert gold == {*stories[1:], rows[3]["text"]}
    assert rebuild(corpus.config, root=ROOT, started_at=STARTED_AT + timedelta(days=5)).nothing
    rebuilder(corpus.config, root=ROOT).swap()
    assert {row["text"] for row in corpus.rows("gold")} == gold
    assert corpus.lake.verify() == ()


def test_copies_may_stay(corpus, stories):
    (doc_id,) = (row["doc_id"] for row in corpus.rows("gold") if row["text"] == stories[0])
    assert take_down(corpus, doc_id, with_copies=False).documents == (doc_id,)
    assert [row["reason"] for row in corpus.rows("rejected")].count("exact_duplicate") == 1


def test_it_can_be_repeated(corpus, stories):
    first = take_down(corpus, "example.org/story/2")
    again = take_down(corpus, "example.org/story/2")
    assert (len(first.documents), again.documents, len(again.absent)) == (1, (), 1)
    assert corpus.lake.verify() == ()
    assert len(corpus.rows("gold")) == 3


def test_addresses_are_the_same_however_they_are_written():
    same = ["https://www.Example.org/a/", "http://example.org/a", "example.org/a#x", "https://example.org/a"]
    assert len({url_sha256(url) for url in same}) == 1
    assert len({url_sha256(url) for url in ["example.org/a", "example.org/b", "example.org/a?id=1"]}) == 3


@pytest.mark.parametrize("entry", ["x", "33b44df4", "DROP TABLE", "33B44DF4FDEC7DF0A2C1E5F0B9D84C77"])
def test_what_is_neither_an_id_nor_an_address_is_refused(entry):
    with pytest.raises(InputError, match="neither a doc_id"):
        Request.parse([entry])


def test_comments_and_empty_lines_are_passed_over():
    request = Request.parse(["# an order", "", " 33b44df4fdec7df0a2c1e5f0b9d84c77 ", "example.org/a"])
    assert (len(request.doc_ids), len(request.urls)) == (1, 1)


def test_samples_go_and_the_rest_stays():
    report = {
        "n": 3,
        "rules": [{"rule": "r", "samples": [{"doc_id": "a", "x": 1}, {"doc_id": "b"}]}],
        "ids": ["a", "c"],
    }
    assert without_documents(report, {"a"}) == {
        "n": 3,
        "rules": [{"rule": "r", "samples": [{"doc_id": "b"}]}],
        "ids": ["c"],
    }
    cluster = [{"kept": {"doc_id": "a"}, "copies": [{"doc_id": "b"}]}]
    assert without_documents(cluster, {"a"}) == []
