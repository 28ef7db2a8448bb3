"""The page on reading gold: every block of it does what it says on a lake of two runs."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from corpus_fixtures import corpus_in
from newsroom import day_of_news
from shared import ROOT

PAGE = ROOT / "docs" / "consuming.md"
BLOCKS = re.findall(r"^```python( compiled)?\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
RUN = [code for compiled, code in BLOCKS if not compiled]
COMPILED = [code for compiled, code in BLOCKS if compiled]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    corpus = corpus_in(tmp_path_factory.mktemp("consuming") / "corpus")
    dice = random.Random(4)
    for day in range(2):
        for name, text in day_of_news(dice, 10):
            (corpus.inputs / f"{day}-{name}").write_text(text, "utf-8")
        corpus.run(run_id=f"day {day}", days=day)
    return corpus


@pytest.fixture
def run(corpus, tmp_path, monkeypatch):
    """Runs a block in a folder where the lake lies as the page has it."""
    (tmp_path / "lake").symlink_to(corpus.lake.root, target_is_directory=True)
    monkeypatch.chdir(tmp_path)

    def execute(containing: str) -> dict:
        [code] = [code for code in RUN if containing in code]
        names: dict = {}
        exec(compile(code, str(PAGE), "exec"), names)
        return names

    return execute


@pytest.mark.parametrize("code", COMPILED, ids=lambda code: code.split()[1])
def test_what_is_not_run_compiles(code):
    compile(code, str(PAGE), "exec")


def test_every_block_is_run_by_a_test_of_this_file():
    source = Path(__file__).read_text("utf-8")
    named = re.findall(r'run\("(.+?)"\)', source)
    assert all(any(name in code for name in named) for code in RUN)


def test_the_readers_find_all_documents(run, corpus):
    documents = corpus.rows("gold")
    assert len(documents) > 15
    assert sorted(run("urdu = gold")["gold"]["doc_id"]) == sorted(row["doc_id"] for row in documents)
    assert run("import pyarrow.dataset")["gold"].count_rows() == len(documents)
    assert run("by_site")["by_site"]["documents"].sum() == len(documents)
    assert len(run("SELECT title, language")["rows"]) == sum(row["language"] == "ur" for row in documents)


def test_one_state_of_the_corpus(run, corpus):
    names = run("together")
    assert len(names["together"]) == len(corpus.rows("gold"))
    assert names["gold"].is_relative_to(corpus.lake.root.resolve())


def test_only_what_is_new(run, corpus):
    first = run("seen.json")
    assert len(first["new"]) == 2
    assert first["table"].num_rows
    assert run("seen.json")["new"] == []


def test_why_something_is_not_there(run, corpus):
    names = run("reasons = duckdb")
    rejected = corpus.rows("rejected")
    assert sum(count for _, _, count in names["reasons"]) == len(rejected)
    assert len(names["copies"]) == sum(row["kept_id"] is not None for row in rejected) > 0


def test_how_often_a_story_was_copied(run, corpus):
    weights = dict(run("AS printed")["weights"])
    assert len(weights) == len(corpus.rows("gold"))
    assert sum(weights.values()) - len(weights) == sum(row["dropped"] for row in corpus.rows("duplicates"))


def test_what_cleaning_took_out(run, corpus):
    pieces = run("AS piece")["removed"]
    raw = {row["doc_id"]: row["raw_text"] for row in corpus.rows("bronze")}
    expected = {
        (row["doc_id"], span["rule"], span["kind"], raw[row["doc_id"]][span["start"] : span["end"]])
        for row in corpus.rows("silver")
        for span in row["removed"]
    }
    assert set(pieces) == expected
    assert expected


def test_a_filter_of_ones_own(run, corpus):
    kept = set(run("strict")["texts"]["doc_id"])
    assert kept
    assert kept == {
        row["doc_id"]
        for row in corpus.rows("gold")
        if row["n_words"] >= 60
        and row["arabic_script_share"] >= 0.9
        and row["duplicate_line_share"] <= 0.2
        and (row["stopword_share"] or 0) >= 0.1
    }
