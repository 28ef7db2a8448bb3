"""A run's tables made by hand, without any stage: what the report is built from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from saaf.config import ReportConfig
from saaf.report import RunFacts, RunReport, build
from saaf.tables import BRONZE, DUPLICATES, FIGURES, GOLD, LEDGER, REJECTED, SILVER, VALIDATION

RUN = "by-hand"


def doc_id(name: str) -> str:
    """An id that looks like a real one."""
    return hashlib.md5(name.encode()).hexdigest()


@dataclass
class RunByHand:
    """Rows of a run's tables; every way of ending has a method."""

    batch_rows: int = 1000
    rows: dict[str, list[dict]] = field(
        default_factory=lambda: {
            t.name: [] for t in (LEDGER, BRONZE, SILVER, REJECTED, DUPLICATES, VALIDATION, FIGURES, GOLD)
        }
    )
    earlier: list[dict] = field(default_factory=list)

    def facts(self, **changes) -> RunFacts:
        """What the engine would say."""
        known = {
            "run_id": RUN,
            "source": "seeds",
            "ingest_date": "2026-11-21",
            "started_at": datetime(2026, 11, 21, 6, tzinfo=UTC),
            "finished_at": datetime(2026, 11, 21, 6, 0, 4, tzinfo=UTC),
            "config_hash": "5d41402abc4b2a76",
            "commit": 7,
            "lake": "lake",
            "seconds": {"publish": 0.5, "ingest": 0.25, "clean": 2.0},
        }
        return RunFacts(**known | changes)

    def report(self, *, config: ReportConfig | None = None, **changes) -> RunReport:
        """The report, from batches of ``batch_rows`` rows that can be read once."""
        return build(self.facts(**changes), config=config or ReportConfig(), **self.tables())

    def report_after_earlier_runs(self, **changes) -> RunReport:
        """The report, beside figures of earlier runs of its source."""
        facts = self.facts(**changes)
        history = [FIGURES.batch([{**row, "source": facts.source} for row in self.earlier])]
        return build(facts, config=ReportConfig(), history=history, **self.tables())

    def tables(self) -> dict:
        """The tables as streams of batches."""
        tables = (LEDGER, BRONZE, SILVER, REJECTED, DUPLICATES, VALIDATION, FIGURES, GOLD)
        return {table.name: self._stream(table) for table in tables}

    def _stream(self, table):
        rows = self.rows[table.name]
        for start in range(0, len(rows), self.batch_rows):
            yield table.batch(rows[start : start + self.batch_rows])

    # -- what happens to a document ---------------------------------------------------------------

    def file(self, name: str, *, records: int = 1, error: str | None = None, message: str | None = None) -> None:
        self.rows["ledger"].append(
            {
                "uri": f"seeds/{name}",
                "source": "seeds",
                "size": 1000,
                "records": records,
                "status": "error" if error else "read",
                "error": error,
                "message": message,
                "run_id": RUN,
            }
        )

    def clean(self, name: str, raw: str, removed=(), **described) -> str:
        """A document that was read and cleaned; ``removed`` holds (text, rule, kind) in order."""
        identity = doc_id(name)
        spans, position, text = [], 0, raw
        for piece, rule, kind in removed:
            start = raw.index(piece, position)
            position = start + len(piece)
            spans.append({"start": start, "end": position, "rule": rule, "kind": kind})
        for span in reversed(spans):
            text = text[: span["start"]] + text[span["end"] :]
        text = described.pop("text", text.strip())
        origin = {"doc_id": identity, "source": "seeds", "uri": f"seeds/{name}", "record": 0}
        self.file(name)
        self.rows["bronze"].append(
            {
                **origin,
                "raw_sha256": hashlib.sha256(raw.encode()).hexdigest(),
                "encoding": "utf-8",
                "raw_text": raw,
                "ingested_at": datetime(2026, 11, 21, 6, tzinfo=UTC),
                "run_id": RUN,
            }
        )
        shares = ("letter_share", "digit_share", "arabic_script_share", "end_mark_share", "duplicate_line_share")
        self.rows["silver"].append(
            {
                **origin,
                "text": text,
                "title": text.split("\n")[0][:80] or None,
                "language": "ur",
                "language_score": 0.98,
                "captions": [],
                "removed": spans,
                "n_chars": len(text),
                "n_words": len(text.split()),
                **dict.fromkeys(shares, 0.5),
                "removed_share": sum(s["end"] - s["start"] for s in spans) / max(len(raw), 1),
                **described,
            }
        )
        return identity

    def gold(self, name: str, raw: str, removed=(), **described) -> str:
        """A document that reached gold."""
        identity = self.clean(name, raw, removed, **described)
        row = {key: value for key, value in self.rows["silver"][-1].items() if key != "removed"}
        self.rows["gold"].append({**row, "config_hash": "5d41402abc4b2a76", "ingest_date": "2026-11-21"})
        return identity

    def rejected(self, name: str, raw: str, stage: str, reason: str, removed=(), text=None, **decision) -> str:
        """A document that a stage after ingest rejected."""
        identity = self.clean(name, raw, removed, **({} if text is None else {"text": text}))
        self._reject(identity, name, stage, reason, **decision)
        return identity

    def refused_record(self, name: str, reason: str) -> None:
        """A record that never became a document."""
        self.file(name)
        self._reject(doc_id(name), name, "ingest", reason)

    def copy(self, name: str, raw: str, kept_id: str, similarity: float, method: str = "near") -> str:
        """A document that was dropped for another."""
        reason = {"near": "near_duplicate", "exact": "exact_duplicate", "contained": "contained"}[method]
        decision = {"rule": "jaccard", "value": f"{similarity:.3f}", "threshold": "0.7", "kept_id": kept_id}
        identity = self.rejected(name, raw, "deduplicate", reason, similarity=similarity, **decision)
        self.rows["duplicates"].append(
            {
                "doc_id": identity,
                "kept_id": kept_id,
                "similarity": similarity,
                "method": method,
                "dropped": True,
                "run_id": RUN,
            }
        )
        return identity

    def _reject(self, identity: str, name: str, stage: str, reason: str, **decision) -> None:
        origin = {"doc_id": identity, "source": "seeds", "uri": f"seeds/{name}", "record": 0, "run_id": RUN}
        self.rows["rejected"].append({**origin, "stage": stage, "reason": reason, **decision})

    def figures(self, **measured) -> None:
        """Figures of the run, and the same of earlier runs: ``documents=(8, [5, 6])``."""
        known = {"key": None, "total": 8, "runs": 0, "verdict": "ok", "sample_ids": [], "source": "seeds"}
        for metric, (value, earlier) in measured.items():
            self.rows["figures"].append({**known, "metric": metric, "value": value, "run_id": RUN})
            for number, past in enumerate(earlier):
                self.earlier.append({**known, "metric": metric, "value": past, "run_id": f"earlier-{number}"})

    def check(self, *, success: bool = True, **changes) -> None:
        """An expectation that was evaluated."""
        known = {
            "table": "silver",
            "expectation": "expect_column_values_to_not_be_null",
            "column": "doc_id",
            "severity": "critical",
            "on_fail": "fail",
            "success": success,
            "rows": 3,
            "unexpected": 0 if success else 1,
            "sample_ids": [],
            "run_id": RUN,
        }
        self.rows["validation"].append(known | changes)


STORY = "بلدیہ نے نئے باغ کا افتتاح کر دیا\n\nشہر کے مئیر نے کہا کہ یہ باغ بچوں کے لیے ہے۔\n\nمزید پڑھیں\n\nباغ میں ایک کتب خانہ بھی بنے گا۔"


@pytest.fixture
def by_hand() -> RunByHand:
    """An empty run, to be filled."""
    return RunByHand()


@pytest.fixture
def day() -> RunByHand:
    """A day on which everything happened once."""
    run = RunByHand()
    garden = run.gold(
        "garden.txt",
        STORY,
        [("مزید پڑھیں", "ur.read-more", "read_more")],
        page_date=date(2026, 2, 18),
        section="شہر",
        agency="این این آئی",
        captions=["باغ کا ایک منظر (فوٹو)"],
    )
    run.gold("weather.txt", "موسم\n\nکل بارش ہو گی۔ شمالی علاقوں میں برف بھی پڑے گی۔")
    run.copy("garden-again.txt", STORY.replace("بچوں", "سب بچوں"), garden, 0.91)
    run.copy("garden-copy.txt", STORY, garden, 1.0, "exact")
    run.rejected(
        "english.txt", "The mayor opened a new garden today.", "clean", "language", rule="language", value="en"
    )
    run.rows["silver"][-1]["language"] = "en"
    run.rejected(
        "menu.txt",
        "صفحہ اول\nرابطہ",
        "clean",
        "boilerplate_only",
        [("صفحہ اول", "ur.nav", "nav"), ("رابطہ", "ur.nav", "nav")],
    )
    run.rejected("odd.txt", "الف ب پ", "validate", "quarantined", rule="expect_n_words", value="3", threshold="5")
    run.refused_record("broken.jsonl", "malformed_record")
    run.file("cut.txt.gz", records=0, error="truncated", message="gzip stream ends after 4,096 bytes")
    run.check()
    run.check(success=False, on_fail="warn", severity="warning", column="title", why="Readers look for a title.")
    return run


@pytest.fixture(scope="session")
def make_run():
    """Makes empty runs, for tests that need one an example."""
    return RunByHand
