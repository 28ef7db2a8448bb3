"""Everything cleaned and decided anew beside gold, told before it counts, and swapped in at once."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from generated import article, spelled_otherwise
from saaf.errors import ConfigError, DataRefused, LakeError, LakeMovedOn
from saaf.pipeline import rebuild, rebuilder
from shared import ROOT, STARTED_AT


def texts(count: int, seed: int = 1, sentences: int = 8) -> list[str]:
    dice = random.Random(seed)
    return [article(dice, sentences) for _ in range(count)]


def rebuild_of(corpus: Any, days: int = 9) -> Any:
    return rebuild(corpus.config, root=ROOT, started_at=STARTED_AT + timedelta(days=days))


def swap(corpus: Any) -> Any:
    return rebuilder(corpus.config, root=ROOT).swap()


def gold_bytes(root: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in (root / "current" / "gold").rglob("*.parquet")}


def two_days(corpus: Any) -> list[str]:
    """Two runs of two texts each; the second brings also a copy, a little shorter, of the first day's first text."""
    stories = texts(4)
    corpus.texts(a_txt=stories[0], b_txt=stories[1])
    corpus.run()
    corpus.texts(c_txt=stories[2], d_txt=stories[3], copy_txt=stories[0].rstrip("۔"))
    corpus.run(run_id="second", days=1)
    return stories


def test_unchanged_rules_give_the_same_bytes(corpus):
    corpus.texts(**{f"{n}_txt": text for n, text in enumerate([*texts(3), "", "مختصر"])})
    corpus.run()
    before, rejected = gold_bytes(corpus.lake.root), corpus.rows("rejected")
    found = rebuild_of(corpus)
    assert found.nothing
    assert gold_bytes(corpus.lake.root) == before  # nothing is visible before the swap
    assert corpus.lake.catalogue().generation == 1
    facts = swap(corpus)
    assert (facts["generation"], corpus.lake.catalogue().generation) == (2, 2)
    assert gold_bytes(corpus.lake.root) == before
    mine = [{k: v for k, v in row.items() if k != "run_id"} for row in corpus.rows("rejected")]
    assert mine == [{k: v for k, v in row.items() if k != "run_id"} for row in rejected]
    assert corpus.lake.verify() == ()
    assert not list((corpus.lake.root / "meta" / "staging").iterdir())
    assert corpus.run(run_id="after", days=2).nothing_new


def test_days_and_copies_stay_where_they_were(corpus):
    stories = two_days(corpus)
    assert rebuild_of(corpus).nothing
    swap(corpus)
    gold = {row["text"]: row["ingest_date"] for row in corpus.rows("gold")}
    assert gold == dict.fromkeys(stories[:2], "2026-11-21") | dict.fromkeys(stories[2:], "2026-11-22")
    (copy,) = corpus.rows("duplicates")
    assert copy["kept_id"] in {row["doc_id"] for row in corpus.rows("gold")}
    assert [row["reason"] for row in corpus.rows("rejected")] == ["exact_duplicate"]
    corpus.texts(late_txt=stories[3])
    corpus.texts(late_txt=spelled_otherwise(stories[3], random.Random(5)))
    late = corpus.run(run_id="late", days=3)  # it meets the new generation's index
    assert late.report is not None
    assert len(corpus.rows("gold")) == 4


def test_what_changes_is_told_before_it_counts(corpus):
    long, short = texts(1, sentences=12)[0], texts(1, seed=2, sentences=4)[0]
    corpus.texts(a_txt=f"{long}\nمزید پڑھیں: یہ سطر بھی دیکھیں", b_txt=short)
    corpus.run()
    strict = corpus.config.clean.model_copy(update={"languages": ("fa",), "min_language_score": 0.0})
    stricter = corpus.with_settings(clean=strict)
    found = rebuild_of(stricter)
    assert (found.counts.before, found.counts.now, found.counts.lost) == (2, 0, 2)
    assert [(r.reason, r.lost, r.gained) for r in found.reasons] == [("language", 2, 0)]
    assert {s.doc_id for s in found.samples} == {row["doc_id"] for row in corpus.rows("gold")}
    assert all(s.kind == "lost" and s.text for s in found.samples)
    rebuilder(stricter.config, root=ROOT).discard()
    assert len(corpus.rows("gold")) == 2
    swapped = stricter
    rebuild_of(swapped)
    swap(swapped)
    assert corpus.rows("gold") == []
    back = rebuild_of(corpus)
    assert (back.counts.gained, [(r.reason, r.gained) for r in back.reasons]) == (2, [("language", 2)])
    swap(corpus)
    assert len(corpus.rows("gold")) == 2
    assert corpus.lake.catalogue().generation == 3
    assert corpus.lake.verify() == ()


def test_a_run_that_commits_meanwhile_is_taken_in(corpus):
    stories = two_days(corpus)
    rebuild_of(corpus)
    new = texts(1, seed=9)[0]
    corpus.texts(e_txt=new)
    corpus.run(run_id="meanwhile", days=2)
    with pytest.raises(LakeMovedOn, match="since the rebuild was planned") as caught:
        swap(corpus)
    assert "saaf rebuild" in caught.value.next_step
    cleaned = corpus.lake.staging("rebuild").names("cleaned/*")
    worker = rebuilder(corpus.config, root=ROOT)
    worker.plan(STARTED_AT)
    assert corpus.lake.staging("rebuild").names("cleaned/*") == cleaned  # of what is new only the new is cleaned
    assert not corpus.lake.staging("rebuild").exists("facts/diff.json")
    rebuild_of(corpus)
    swap(corpus)
    assert sorted(row["text"] for row in corpus.rows("gold")) == sorted([*stories, new])


def test_rules_that_change_after_the_rebuild_are_noticed(corpus):
    two_days(corpus)
    rebuild_of(corpus)
    looser = corpus.config.deduplicate.model_copy(update={"threshold": 0.9})
    with pytest.raises(ConfigError, match="changed since the rebuild"):
        swap(corpus.with_settings(deduplicate=looser))
    assert corpus.lake.catalogue().generation == 1


def test_an_empty_lake_and_an_unfinished_rebuild_are_refused(corpus):
    with pytest.raises(LakeError, match="nothing to rebuild"):
        rebuild_of(corpus)
    corpus.texts(a_txt=texts(1)[0])
    corpus.run()
    for use in (swap, lambda c: rebuilder(c.config, root=ROOT).diff()):
        with pytest.raises(LakeError, match="no rebuild to go on with"):
            use(corpus)
    rebuilder(corpus.config, root=ROOT).plan(STARTED_AT)
    for use in (swap, lambda c: rebuilder(c.config, root=ROOT).diff()):
        with pytest.raises(LakeError, match="not done"):
            use(corpus)


def test_other_band_settings_are_the_rebuilds_to_change(corpus):
    two_days(corpus)
    other = corpus.with_settings(deduplicate=corpus.config.deduplicate.model_copy(update={"bands": 10}))
    rebuild_of(other)
    swap(other)
    other.texts(f_txt=texts(1, seed=11)[0])
    assert not other.run(run_id="with-new-bands", days=4).nothing_new
    assert len(other.rows("gold")) == 5


def test_a_rule_that_removes_too_much_of_a_site_stops_a_rebuild(corpus):
    corpus.texts(**{f"{n}_txt": f"18 فروری 2026\n{text}" for n, text in enumerate(texts(6, sentences=3))})
    corpus.run()
    strict = {"max_rule_share": 0.001, "min_rule_documents": 2}
    greedy = corpus.with_settings(clean=corpus.config.clean.model_copy(update=strict))
    with pytest.raises(DataRefused, match=r"site_rule_share of ur\.page-date is") as refused:
        rebuild_of(greedy)
    assert "clean.approved_rules" in str(refused.value)
    with pytest.raises(LakeError, match="the rebuild is not done"):
        swap(greedy)
    assert corpus.lake.catalogue().generation == 1
    approved = strict | {"approved_rules": ("ur.page-date",)}
    assert rebuild_of(corpus.with_settings(clean=corpus.config.clean.model_copy(update=approved))).nothing
