"""The report's counts against plain counting, its samples against their definition."""

from __future__ import annotations

import json
import random
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generated import article
from saaf.config import ReportConfig
from saaf.errors import LakeError
from saaf.report import build, read_report, render_html
from saaf.report.tally import ARTICLES
from saaf.tables import FIGURES


def test_a_day_on_which_everything_happened(day):
    report = day.report()
    assert (report.objects.seen, report.objects.read, report.objects.failed) == (9, 8, 1)
    [error] = report.objects.errors
    assert (error.code, error.objects) == ("truncated", 1)
    assert error.samples[0].uri == "seeds/cut.txt.gz"
    assert [(s.stage, s.documents_in, s.rejected, s.documents_out) for s in report.funnel] == [
        ("ingest", 8, 1, 7),
        ("clean", 7, 2, 5),
        ("validate", 5, 1, 4),
        ("deduplicate", 4, 2, 2),
    ]
    assert report.balance.holds
    assert (report.balance.listed, report.balance.ingested, report.balance.gold, report.balance.rejected) == (
        8,
        8,
        2,
        6,
    )
    assert report.verdict.status == "warnings"
    assert {(m.method, m.dropped) for m in report.duplicates.methods} == {("near", 1), ("exact", 1)}
    assert (report.checks.evaluated, report.checks.failed, report.checks.quarantined) == (2, 1, 1)
    assert not report.checks.shown[0].success
    assert {s.name: (s.cleaned, s.gold) for s in report.text.languages} == {"ur": (6, 2), "en": (1, 0)}
    assert [s.stage for s in report.stages] == ["ingest", "clean", "publish"]
    assert [s.documents for s in report.stages] == [8, 7, 2]


def test_every_reason_has_its_sentence(day):
    for group in day.report().rejections:
        assert group.sentence.endswith(".")
        assert group.sentence != group.code


def test_what_was_removed_is_shown_as_it_stood(day):
    report = day.report()
    garden = next(a for a in report.articles.shown if a.uri == "seeds/garden.txt")
    [removal] = garden.removals
    assert (removal.rule, removal.kind, removal.removed.text) == ("ur.read-more", "read_more", "مزید پڑھیں")
    assert (garden.fate, garden.section, garden.agency) == ("gold", "شہر", "این این آئی")
    rule = next(r for r in report.rules.top if r.rule == "ur.read-more")
    [sample] = rule.samples
    raw = day.rows["bronze"][0]["raw_text"]
    assert raw[sample.start : sample.end] == "مزید پڑھیں"
    assert sample.before.endswith("بچوں کے لیے ہے۔\n\n")
    assert sample.after == "\n\nباغ میں ایک کتب خانہ بھی بنے گا۔"


def test_fates_of_articles(day):
    fates = {a.uri.removeprefix("seeds/"): a.fate for a in day.report().articles.shown}
    assert fates == {
        "english.txt": "language",
        "garden-again.txt": "near_duplicate",
        "garden-copy.txt": "exact_duplicate",
        "garden.txt": "gold",
        "menu.txt": "boilerplate_only",
        "odd.txt": "quarantined",
        "weather.txt": "gold",
    }


def test_a_rejected_document_without_clean_text_shows_its_raw_one(day):
    day.rows["silver"][[r["uri"] for r in day.rows["silver"]].index("seeds/menu.txt")]["text"] = ""
    group = next(g for g in day.report().rejections if g.code == "boilerplate_only")
    assert group.samples[0].excerpt.text == "صفحہ اول\nرابطہ"


def test_a_pair_shows_both_texts(day):
    pair = next(p for p in day.report().duplicates.pairs if p.method == "near")
    assert pair.kept_uri == "seeds/garden.txt"
    assert "سب بچوں" in pair.text.text
    assert "سب بچوں" not in pair.kept_text.text


def test_a_copy_of_an_earlier_run_has_no_kept_text(by_hand):
    by_hand.copy("again.txt", "ایک خبر", "f" * 32, 0.8)
    [pair] = by_hand.report().duplicates.pairs
    assert pair.kept_text is None
    assert pair.kept_id == "f" * 32


@pytest.mark.parametrize("table", ["gold", "rejected"])
def test_a_lost_document_is_told(day, table):
    day.rows[table].pop(0)
    report = day.report()
    assert not report.balance.holds
    assert report.verdict.status == "unbalanced"
    assert "1 document unaccounted for" in report.verdict.sentence


def test_a_record_that_the_ledger_counts_and_no_table_holds_is_told(day):
    day.rows["ledger"][0]["records"] = 2
    report = day.report()
    assert report.verdict.status == "unbalanced"
    assert "9 records" in report.verdict.sentence


def test_a_failed_gate_is_a_refusal(day):
    day.check(success=False)
    assert day.report(commit=None).verdict.status == "refused"


def test_a_quiet_run_is_done_without_warnings(by_hand):
    by_hand.gold("one.txt", "ایک خبر")
    verdict = by_hand.report().verdict
    assert (verdict.status, verdict.warnings) == ("done", ())
    assert "dry run" in by_hand.report(dry_run=True, commit=None).verdict.sentence


def test_a_run_of_nothing(by_hand):
    report = by_hand.report()
    assert report.balance.holds
    assert report.articles.shown == ()
    assert report.rules.top == ()
    assert report.duplicates.similarities == ()


def test_warnings_name_what_waits(by_hand):
    by_hand.gold("one.txt", "ایک خبر")
    report = by_hand.report(unsettled=("seeds/a", "seeds/b"), stats={"waiting": 3, "buckets_over_limit": 1})
    assert report.objects.unsettled_samples == ("seeds/a", "seeds/b")
    assert len(report.verdict.warnings) == 3


def _many(run, documents: int, seed: int = 1):
    dice = random.Random(seed)
    rules = [(f"site.{number}", dice.choice(["nav", "date", "share"])) for number in range(7)]
    kept = None
    for number in range(documents):
        body = article(dice, sentences=1)
        taken = [(f"ٹکڑا {number} {i}", *dice.choice(rules)) for i in range(dice.randint(0, 4))]
        raw = "\n".join([body, *(piece for piece, _, _ in taken)])
        odds = dice.random()
        if kept and odds < 0.2:
            run.copy(f"{number}.txt", raw, kept, round(0.7 + 0.3 * dice.random(), 3))
        elif odds < 0.3:
            run.rejected(f"{number}.txt", raw, "clean", "signal", taken, rule="n_words", value="3", threshold="20")
        else:
            kept = run.gold(
                f"{number}.txt", raw, taken, language=dice.choice(["ur", "fa", "ar", "ps", "sd", "pnb", "en"])
            )
    return run


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40), st.integers(0, 1000))
def test_counts_of_rules_are_those_of_plain_counting(make_run, documents, seed):
    run = _many(make_run(), documents, seed)
    spans, characters, documents_of = Counter(), Counter(), Counter()
    for row in run.rows["silver"]:
        found = [(span["rule"], span["kind"]) for span in row["removed"]]
        spans.update(found)
        documents_of.update(set(found))
        for span in row["removed"]:
            characters[span["rule"], span["kind"]] += span["end"] - span["start"]
    report = run.report()
    counted = {(r.rule, r.kind): (r.documents, r.spans, r.characters) for r in report.rules.top}
    assert counted == {key: (documents_of[key], spans[key], characters[key]) for key in spans}
    assert report.rules.removed_characters == characters.total()
    assert report.rules.documents == sum(bool(row["removed"]) for row in run.rows["silver"])
    assert report.rules.raw_characters == sum(len(row["raw_text"]) for row in run.rows["bronze"])
    assert sum(b.gold for b in report.text.lengths) == len(run.rows["gold"])
    assert report.balance.holds


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 50), st.randoms(use_true_random=False))
def test_neither_order_nor_batches_change_a_report(make_run, seed, batch_rows, dice):
    run = _many(make_run(), 60, seed)
    for column in ("title", "text", "doc_id"):
        run.check(column=column)
        run.check(column=column, success=False, on_fail="warn")
    run.figures(documents=(60, []), gold_share=(0.5, []), removed_share=(0.1, []))
    before = run.report().model_dump_json()
    for rows in run.rows.values():
        dice.shuffle(rows)
    run.batch_rows = batch_rows
    assert run.report().model_dump_json() == before


def test_samples_are_the_documents_with_the_smallest_ids(make_run):
    run = _many(make_run(), 200)
    report = run.report(config=ReportConfig(samples=3))
    for rule in report.rules.top:
        ids = sorted(r["doc_id"] for r in run.rows["silver"] if any(s["rule"] == rule.rule for s in r["removed"]))
        assert [s.doc_id for s in rule.samples] == ids[:3]
    for group in report.rejections:
        ids = sorted(r["doc_id"] for r in run.rows["rejected"] if r["reason"] == group.code)
        assert [s.doc_id for s in group.samples] == ids[:3]


def test_samples_that_read_the_same_give_way_to_others(by_hand):
    for number in range(40):
        piece = "مزید پڑھیں" if number % 4 else f"متعلقہ {number}"
        by_hand.gold(f"{number}.txt", f"خبر {number}\n{piece}", [(piece, "r", "k")])
    [rule] = by_hand.report(config=ReportConfig(samples=3)).rules.top
    assert len({sample.removed.text for sample in rule.samples}) == 3


def test_no_samples_on_demand(day):
    report = day.report(config=ReportConfig(samples=0))
    assert all(not group.samples for group in report.rejections)
    assert all(not rule.samples for rule in report.rules.top)
    assert report.rejections[0].documents == 1


def test_long_texts_are_cut_visibly(by_hand):
    piece = "ب" * 5000
    by_hand.gold("long.txt", f"خبر\n{piece}\nآخر", [(piece, "r", "k")])
    report = by_hand.report(config=ReportConfig(sample_characters=50))
    [sample] = report.rules.top[0].samples
    assert (len(sample.removed.text), sample.removed.characters, sample.removed.is_cut) == (50, 5000, True)
    [removal] = report.articles.shown[0].removals
    assert removal.removed.is_cut


def test_a_large_run_shows_some_articles_with_their_fates(make_run):
    run = _many(make_run(), 300)
    articles = run.report().articles
    assert (articles.total, articles.complete, len(articles.shown)) == (300, False, ARTICLES)
    rejected = {row["doc_id"]: row["reason"] for row in run.rows["rejected"]}
    for shown in articles.shown:
        assert shown.fate == rejected.get(shown.doc_id, "gold")
        assert shown.removals


def test_the_json_is_read_again_as_it_was(day):
    report = day.report()
    assert read_report(report.model_dump_json()) == report
    assert read_report(report.model_dump_json(indent=1).encode()) == report


def test_fields_of_a_later_version_are_passed_over(day):
    text = day.report().model_dump_json()
    assert (
        read_report(text.replace('{"schema_version"', '{"new_part":{"a":1},"schema_version"', 1)).run.run_id
        == "by-hand"
    )


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "cannot be read"),
        ('{"schema_version":1}', "cannot be read"),
        ('{"schema_version":99}', "99"),
        ("[]", "cannot"),
    ],
)
def test_a_report_that_cannot_be_read_says_so(text, word):
    with pytest.raises(LakeError) as caught:
        read_report(text, where="reports/x.json")
    assert word in str(caught.value)
    assert "reports/x.json" in str(caught.value)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 80), st.integers(0, 1000))
def test_clusters_are_those_of_plain_counting(make_run, documents, seed):
    run = _many(make_run(), documents, seed)
    copies = Counter(row["kept_id"] for row in run.rows["duplicates"])
    clusters = run.report().duplicates.clusters
    assert clusters.total == len(copies)
    for size in clusters.sizes:
        assert size.clusters == sum(size.low <= n and (size.high is None or n < size.high) for n in copies.values())
    largest = sorted(copies.items(), key=lambda item: (-item[1], item[0]))[: ReportConfig().samples]
    assert [(c.kept_id, c.copies) for c in clusters.shown] == largest
    for cluster in clusters.shown:
        of = sorted((r["similarity"], r["doc_id"]) for r in run.rows["duplicates"] if r["kept_id"] == cluster.kept_id)
        assert [(c.similarity, c.doc_id) for c in cluster.shown] == of[: len(cluster.shown)]


def test_a_cluster_whose_copies_are_all_exact_comes_after_one_that_was_judged(by_hand):
    one, two = by_hand.gold("one.txt", "پہلی خبر"), by_hand.gold("two.txt", "دوسری خبر")
    for number in range(4):
        by_hand.copy(f"exact-{number}.txt", "پہلی خبر", one, 1.0, "exact")
    by_hand.copy("near.txt", "دوسری بڑی خبر", two, 0.8)
    assert [c.kept_id for c in by_hand.report().duplicates.clusters.shown] == [two, one]


def test_the_text_of_an_earlier_run_is_looked_up(by_hand):
    by_hand.copy("again.txt", "ایک نئی خبر", "f" * 32, 0.8)
    columns = {"doc_id": ["f" * 32], "uri": ["seeds/old.txt"], "language": ["ur"], "text": ["ایک خبر"]}
    asked = []

    def earlier(doc_ids):
        asked.append(set(doc_ids))
        return [pa.RecordBatch.from_pydict(columns)]

    duplicates = build(by_hand.facts(), config=ReportConfig(), earlier_gold=earlier, **by_hand.tables()).duplicates
    assert asked == [{"f" * 32}]
    [cluster] = duplicates.clusters.shown
    assert (cluster.earlier, cluster.kept_uri, cluster.opening.text) == (True, "seeds/old.txt", "ایک خبر")
    [copy] = cluster.shown
    assert [it.text for it in copy.comparison.copied if it.alone] == ["نئی"]
    [pair] = duplicates.pairs
    assert pair.comparison == copy.comparison


def test_throughput_is_of_what_a_stage_read(day):
    stages = {stage.stage: stage for stage in day.report().stages}
    assert stages["ingest"].bytes == sum(row["size"] for row in day.rows["ledger"])
    assert stages["clean"].bytes == sum(len(row["raw_text"].encode()) for row in day.rows["bronze"])
    assert stages["publish"].bytes == sum(len(row["text"].encode()) for row in day.rows["gold"])
    assert stages["clean"].documents_a_second == 7 / 2.0


def test_only_the_last_thirty_runs_of_the_source_are_looked_at(by_hand):
    by_hand.figures(documents=(8, [float(n) for n in range(40)]))
    figures = by_hand.report_after_earlier_runs().figures
    assert figures.runs == tuple(f"earlier-{n}" for n in range(10, 40))
    assert figures.shown[0].earlier == tuple(float(n) for n in range(10, 40))
    history = [FIGURES.batch([{**row, "source": "another"} for row in by_hand.earlier])]
    other = build(by_hand.facts(), config=ReportConfig(), history=history, **by_hand.tables())
    assert other.figures.runs == ()


def test_a_share_that_an_earlier_run_did_not_see_was_none(by_hand):
    by_hand.figures(documents=(8, [5.0, 6.0]), language_share=(0.5, [0.25]))
    for row in (by_hand.rows["figures"][1], by_hand.earlier[2]):
        row["key"] = "ps"
    shown = {figure.metric: figure for figure in by_hand.report_after_earlier_runs().figures.shown}
    assert shown["language_share"].earlier == (0.25, 0.0)


def test_what_a_person_should_see_comes_first(by_hand):
    by_hand.figures(documents=(8, []), gold_share=(0.5, []), removed_share=(0.1, []))
    for row, verdict in zip(by_hand.rows["figures"], ("ok", "warn", "ask"), strict=True):
        row["verdict"] = verdict
    assert [f.metric for f in by_hand.report().figures.shown] == ["removed_share", "gold_share", "documents"]


def test_the_json_of_an_earlier_version_is_read(day):
    """Fields are only added: a report that was written before there were clusters and figures is read as it is."""
    before = day.report().model_dump(mode="json")
    del before["figures"], before["duplicates"]["clusters"]
    for part in (*before["duplicates"]["pairs"], *before["stages"]):
        part.pop("comparison", None)
        part.pop("bytes", None)
    report = read_report(json.dumps(before))
    assert report.duplicates.clusters.total == 0
    assert "near" in render_html(report)
