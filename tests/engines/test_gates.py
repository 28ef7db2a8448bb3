"""The last gate: what a run is measured by, what it is held against, and who may let it pass."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsroom import day_of_news
from saaf.errors import DataRefused
from saaf.figures import Metric, Verdict
from shared import STARTED_AT

DATE_LINE = "پیر 4 ستمبر 2023 17:00"
ENGLISH = "The council met on Monday and spoke for hours about the new road beside the river. "


def figures(corpus, commit=None):
    """Figures of a commit, by metric and key."""
    batches = corpus.lake.read("figures", commit=commit or corpus.lake.head)
    return {(row["metric"], row["key"]): row for batch in batches for row in batch.to_pylist()}


def arrive(corpus, day, texts):
    for number, text in enumerate(texts):
        (corpus.inputs / f"{day:02}-{number:03}.txt").write_text(text, "utf-8")


@pytest.fixture
def dice():
    import random

    return random.Random(5)


@pytest.fixture
def month(corpus, dice):
    """A corpus with usual days behind it, as many as it takes to compare."""
    corpus = corpus.with_settings(validate_=corpus.config.validate_.model_copy(update={"min_history": 3}))
    for day in range(3):
        arrive(corpus, day, [text for _, text in day_of_news(dice, 30)])
        corpus.run(run_id=f"day {day}", days=day)
    return corpus


def test_a_run_is_measured_by_what_its_tables_hold(corpus, dice):
    arrive(corpus, 0, [text for _, text in day_of_news(dice, 25)])
    arrive(corpus, 1, [ENGLISH * 9, "12345", f"{DATE_LINE}\n"])
    (corpus.inputs / "broken.txt.gz").write_bytes(b"\x1f\x8b\x08\x00")
    corpus.run()
    found = {key: row["value"] for key, row in figures(corpus).items()}
    gold, rejected, silver = corpus.rows("gold"), corpus.rows("rejected"), corpus.rows("silver")
    ledger = corpus.rows("ledger")
    records = len(gold) + len(rejected)
    assert found["documents", None] == records
    assert found["inputs_failed", None] == sum(row["status"] == "error" for row in ledger) / len(ledger) > 0
    assert found["gold_share", None] == len(gold) / records
    for reason in {row["reason"] for row in rejected}:
        assert found["rejected_share", reason] == sum(row["reason"] == reason for row in rejected) / records
    copies = sum(row["stage"] == "deduplicate" for row in rejected)
    turned_away = sum(row["stage"] in ("clean", "validate") for row in rejected)
    assert found["duplicate_share", None] == copies / (len(silver) - turned_away)
    for language in {row["language"] or "none" for row in silver}:
        assert found["language_share", language] == sum((r["language"] or "none") == language for r in silver) / len(
            silver
        )
    lengths = sorted(row["n_chars"] for row in gold)
    assert found["length_quantile", "p05"] <= found["length_quantile", "p50"] <= found["length_quantile", "p95"]
    assert {found["length_quantile", name] for name in ("p05", "p50", "p95")} <= set(lengths)
    spans = [(span["rule"], span["end"] - span["start"]) for row in silver for span in row["removed"]]
    seen = sum(row["n_chars"] for row in silver) + sum(length for _, length in spans)
    assert found["removed_share", None] == sum(length for _, length in spans) / seen
    for rule in {rule for rule, _ in spans}:
        assert found["rule_share", rule] == sum(length for r, length in spans if r == rule) / seen
    assert {row["verdict"] for row in figures(corpus).values()} == {Verdict.NEW}
    assert {metric for metric, _ in found} <= set(Metric)


def test_a_usual_day_passes_and_a_bad_one_asks(month, dice):
    arrive(month, 10, [text for _, text in day_of_news(dice, 30)])
    month.run(run_id="usual", days=10)
    usual = figures(month)
    assert usual["gold_share", None]["runs"] == 3
    assert {row["verdict"] for row in usual.values()} <= {Verdict.OK, Verdict.WARN}
    head = month.lake.head

    arrive(month, 11, [f"{ENGLISH * 6} No. {n}" for n in range(30)])
    with pytest.raises(DataRefused) as refused:
        month.run(run_id="bad", days=11)
    assert "gold_share" in refused.value.what
    assert "language_share of en" in refused.value.what
    assert "--approve" in refused.value.next_step
    assert "council" not in str(refused.value)
    assert month.lake.head == head

    month.run(run_id="approved", days=11, approve="The English desk sent its pages.")
    approved = figures(month)
    assert approved["gold_share", None]["verdict"] == Verdict.APPROVED
    assert approved["language_share", "en"]["sample_ids"]
    assert len(approved["language_share", "en"]["sample_ids"]) == 10
    english = {row["doc_id"] for row in month.rows("silver") if row["language"] == "en"}
    assert set(approved["language_share", "en"]["sample_ids"]) <= english
    assert approved["language_share", "ur"]["value"] == 0.0  # it was there on every other day
    facts = month.lake.log()[-1].facts["approval"]
    assert facts["reason"] == "The English desk sent its pages."
    assert len(facts["asked"]) == sum(row["verdict"] == Verdict.APPROVED for row in approved.values())


@pytest.fixture
def eaten(corpus, dice):
    """A corpus of which a rule removes more than it may."""
    arrive(corpus, 0, [f"{DATE_LINE}\n{text}" for _, text in day_of_news(dice, 25)])
    clean = corpus.config.clean.model_copy(update={"max_rule_share": 0.02})
    return corpus.with_settings(clean=clean)


def test_a_rule_that_removes_too_much_stops_the_run(eaten):
    with pytest.raises(DataRefused) as refused:
        eaten.run()
    said = str(refused.value)
    assert "site_rule_share of ur.page-date is" in said
    assert "limit is 0.02" in said
    assert "clean.approved_rules" in said
    assert eaten.lake.head == 0


def test_a_rule_that_was_approved_may_remove_much(eaten):
    rules = ("ur.page-date",)
    clean = eaten.config.clean.model_copy(update={"approved_rules": rules})
    eaten.with_settings(clean=clean).run()
    over = {key: row for (metric, key), row in figures(eaten).items() if metric == "site_rule_share"}
    assert over["ur.page-date"]["verdict"] == Verdict.APPROVED
    assert over["ur.page-date"]["value"] > 0.02


def test_a_fault_of_the_cleaner_does_not_use_up_the_input(corpus, dice, monkeypatch):
    """Input that nothing was read of because of a fault must not be marked as taken."""
    from saaf.clean import cleaner

    arrive(corpus, 0, [text for _, text in day_of_news(dice, 12)])
    with monkeypatch.context() as broken:
        broken.setattr(cleaner.Cleaner, "clean", _fails_on_everything(cleaner.Cleaner.clean))
        with pytest.raises(DataRefused, match=r"cleaning_failed is 1, which run\.json does not allow"):
            corpus.run(run_id="broken")
    assert corpus.lake.head == 0
    corpus.run(run_id="mended")
    assert corpus.rows("gold")


def _fails_on_everything(clean):
    from saaf.clean import Cleaned
    from saaf.reasons import Reason
    from saaf.tables import REJECTED

    def broken(self, bronze):
        keys = ["doc_id", "source", "uri", "record", "run_id"]
        rows = [{**row, "stage": "clean", "reason": Reason.CLEANING_FAILED} for row in bronze.select(keys).to_pylist()]
        return Cleaned(clean(self, bronze).silver, REJECTED.batch(rows))

    return broken


def test_an_approval_is_for_what_was_asked(eaten):
    """What a person approved in one review does not cover what the next review finds."""
    from saaf.pipeline import engine
    from shared import ROOT

    worker = engine(eaten.config, root=ROOT, run_id="one")
    plan = worker.plan("input", STARTED_AT)
    for step in ("ingest", "validate_bronze", "clean", "validate_silver", "deduplicate", "validate_gold"):
        for arguments in [(shard,) for shard in plan.shards] if step in ("ingest", "clean") else [()]:
            getattr(worker, step)(*arguments)
    assert worker.review()["asks"]
    worker.approve("seen", by="rahat", at=datetime(2026, 11, 21, tzinfo=UTC))
    worker.review()  # the task was cleared: everything is asked anew
    with pytest.raises(DataRefused):
        worker.publish()
    worker.approve("seen again", by="rahat", at=datetime(2026, 11, 21, tzinfo=UTC))
    assert worker.publish()["approval"]["reason"] == "seen again"
    worker.approve("too late", by="rahat", at=datetime(2026, 11, 21, tzinfo=UTC))  # it is committed: a retried task
    assert worker.publish()["approval"]["reason"] == "seen again"


def test_a_dry_run_asks_nobody(eaten):
    assert eaten.run(dry_run=True).report is not None
