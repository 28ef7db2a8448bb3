"""What a run looked into and found to be known is noted, so that no later run looks into it again."""

from __future__ import annotations

import os
import random

import pytest

from generated import article
from saaf.ingest import InputObject


def test_a_moved_file_is_hashed_once(corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    from saaf.ingest import fingerprint

    dice = random.Random(1)
    corpus.texts(a_txt=article(dice), b_txt=article(dice))
    corpus.run()
    (corpus.inputs / "b.txt").rename(corpus.inputs / "moved.txt")
    os.utime(corpus.inputs / "a.txt", (2_000_000_000, 2_000_000_000))
    corpus.texts(new_txt=article(dice))
    second = corpus.run(run_id="second", days=1)
    assert (second.plan.objects, second.plan.seen) == (1, 2)
    rows = {row["uri"]: row for row in corpus.rows("ledger") if row["run_id"] == "second"}
    assert {uri: (row["status"], row["records"]) for uri, row in rows.items()} == {
        "input/a.txt": ("known", 0),
        "input/moved.txt": ("known", 0),
        "input/new.txt": ("read", 1),
    }
    assert second.report is not None
    assert second.report.objects.seen == 1
    looked_into: list[str] = []

    def note(item: InputObject) -> str:
        looked_into.append(item.uri)
        return fingerprint(item)

    monkeypatch.setattr("saaf.ingest.fingerprint", note)
    assert corpus.run(run_id="third", days=2).nothing_new
    assert looked_into == []
