"""Runs one after another over an input that changes: nothing is taken twice, nothing is left out."""

from __future__ import annotations

import json
import os
import random

import pytest

from generated import article
from saaf.errors import InvariantBroken, LakeBusy, LakeMovedOn, SaafError
from saaf.pipeline import engine
from shared import ROOT, STARTED_AT


def texts(count: int, seed: int = 1) -> list[str]:
    dice = random.Random(seed)
    return [article(dice) for _ in range(count)]


def test_a_touched_and_a_moved_file_are_not_new(corpus):
    first, second = texts(2)
    corpus.texts(a_txt=first, b_txt=second)
    corpus.run()
    os.utime(corpus.inputs / "a.txt", (2_000_000_000, 2_000_000_000))
    (corpus.inputs / "b.txt").rename(corpus.inputs / "moved.txt")
    outcome = corpus.run(run_id="second")
    assert outcome.nothing_new
    assert outcome.plan.seen == 2


def test_a_changed_file_is_a_new_document(corpus):
    first, second = texts(2)
    corpus.texts(a_txt=first)
    corpus.run()
    corpus.texts(a_txt=second)
    corpus.run(run_id="second", days=1)
    assert sorted(row["text"] for row in corpus.rows("gold")) == sorted([first, second])
    assert {row["ingest_date"] for row in corpus.rows("gold")} == {"2026-11-21", "2026-11-22"}


def test_lines_added_to_a_file_come_to_gold_and_the_old_ones_stay(corpus):
    stories = texts(5)
    lines = [json.dumps({"doc_id": f"{n}", "text": text}, ensure_ascii=False) for n, text in enumerate(stories)]
    (corpus.inputs / "day.jsonl").write_text("\n".join(lines[:3]) + "\n", "utf-8")
    corpus.run()
    before = {row["doc_id"]: row for row in corpus.rows("gold")}
    (corpus.inputs / "day.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    corpus.run(run_id="second", days=1)
    gold = corpus.rows("gold")
    assert sorted(row["text"] for row in gold) == sorted(stories)
    assert all(before[row["doc_id"]] == row for row in gold if row["doc_id"] in before)
    assert len({row["doc_id"] for row in gold}) == 5
    bronze = [row["doc_id"] for row in corpus.rows("bronze")]
    assert len(set(bronze)) == len(bronze) == 5
    again = corpus.rows("rejected")
    assert {(row["stage"], row["reason"]) for row in again} == {("ingest", "already_ingested")}
    assert {row["doc_id"] for row in again} == set(before)


def test_a_limit_leaves_the_rest_for_the_next_run(corpus):
    corpus.texts(**{f"{n}_txt": text for n, text in enumerate(texts(5))})
    first = corpus.run(limit=2)
    assert (first.plan.objects, first.plan.waiting) == (2, 3)
    second = corpus.run(run_id="second")
    assert (second.plan.objects, second.plan.seen) == (3, 2)
    assert len(corpus.rows("gold")) == 5


def test_a_run_that_was_cut_short_goes_on_under_its_name(corpus):
    corpus.texts(**{f"{n}_txt": text for n, text in enumerate(texts(3))})
    worker = engine(corpus.config, root=ROOT, run_id="first")
    plan = worker.plan("input", STARTED_AT)
    worker.ingest(plan.shards[0])
    corpus.texts(late_txt=texts(1, seed=9)[0])
    outcome = corpus.run(run_id="first")
    assert outcome.plan == plan
    assert len(corpus.rows("gold")) == 3
    assert corpus.run(run_id="second").plan.objects == 1
    assert len(corpus.rows("gold")) == 4


def test_the_same_run_twice_changes_nothing(corpus):
    corpus.texts(a_txt=texts(1)[0])
    corpus.run()
    head, files = corpus.lake.head, corpus.lake.files("gold")
    corpus.texts(b_txt=texts(1, seed=2)[0])
    assert corpus.run().nothing_new
    assert (corpus.lake.head, corpus.lake.files("gold")) == (head, files)


def test_only_one_run_at_a_time_writes_the_lake(corpus):
    corpus.texts(a_txt=texts(1)[0])
    with corpus.lake.lock(), pytest.raises(LakeBusy):
        corpus.run()
    corpus.run()


def test_decisions_against_an_older_lake_are_not_published(corpus):
    one, other = texts(2)
    corpus.texts(a_txt=one)
    worker = engine(corpus.config, root=ROOT, run_id="slow")
    plan = worker.plan("input", STARTED_AT)
    corpus.texts(b_txt=other)
    corpus.run(run_id="quick")
    for step in ("ingest", "validate_bronze", "clean", "validate_silver"):
        getattr(worker, step)(*([plan.shards[0]] if step in {"ingest", "clean"} else []))
    for step in (worker.deduplicate, worker.publish):
        with pytest.raises(LakeMovedOn, match="since this one planned") as caught:
            step()
        assert "plan" in caught.value.next_step
    assert len(corpus.rows("gold")) == 2
    assert engine(corpus.config, root=ROOT, run_id="slow").plan("input", STARTED_AT).nothing_new


def test_a_document_that_vanishes_on_the_way_stops_the_run(corpus):
    corpus.texts(**{f"{n}_txt": text for n, text in enumerate(texts(3))})
    worker = engine(corpus.config, root=ROOT, run_id="first")
    plan = worker.plan("input", STARTED_AT)
    worker.ingest(plan.shards[0])
    worker.validate_bronze()
    worker.clean(plan.shards[0])
    staged = worker.lake.staging("first")
    batches = list(staged.read("silver/00000.parquet"))
    from saaf.tables import SILVER

    staged.write("silver/00000.parquet", SILVER, [batches[0].slice(1)], corpus.config.publish)
    worker.validate_silver()
    worker.deduplicate()
    worker.validate_gold()
    with pytest.raises(InvariantBroken) as caught:
        worker.publish()
    assert "1 lost" in str(caught.value)
    assert corpus.rows("gold") == []


def test_a_step_without_a_plan_says_what_to_do(corpus):
    with pytest.raises(SaafError) as caught:
        engine(corpus.config, root=ROOT, run_id="never planned").deduplicate()
    assert "plan" in caught.value.next_step
