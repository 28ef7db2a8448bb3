"""A month of a corpus: what comes in day by day, and what happens to those who run it.

The story is told once, here. How a run is started, a rebuild swapped in or a document taken down is for a
:class:`Desk` to say: the command line is one, Airflow another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow.parquet as pq

from simulate.arrivals import NEW_FURNITURE, Newsroom
from torture.checker import Audit, by_pyarrow, check_visible, faults_of, key_of, read_log, table_files

PUBLISHED, NOTHING_NEW, STOPPED = "published", "nothing new", "stopped"

NEW_RULE = f"""\
pack: night
about: What stands below the articles of one site.
rules:
  - id: all-stories
    kind: promo
    why: The line leads to another page.
    line:
      pattern: ['{NEW_FURNITURE}']
    examples:
      match: ['{NEW_FURNITURE}']
      no_match: ['رات کی تمام کہانیاں بچوں کو سنائی گئیں']
"""


class Desk(Protocol):
    """Where the corpus is run from."""

    lake: Path

    def run(self, day: int, *, approve: str | None = None) -> str:
        """Carry out a day's run: :data:`PUBLISHED`, :data:`NOTHING_NEW`, or :data:`STOPPED` at a gate."""

    def die(self, day: int) -> None:
        """Begin a day's run, and be killed in the middle."""

    def add_rules(self, pack: Path) -> None:
        """Run with a further rule pack from now on."""

    def rebuild(self, day: int) -> Mapping[str, int]:
        """Decide everything anew, look at what would change (``gained``, ``lost``, ``changed``), and swap it in."""

    def take_down(self, day: int, doc_id: str) -> None:
        """Take a document down, with its copies."""

    def maintain(self, day: int) -> None:
        """Make the index anew from gold, and let go of what has ended."""


@dataclass(frozen=True)
class Calendar:
    """What happens on which day, besides what happens on every one.

    Attributes:
        days: How many there are.
        rejected: A bad day whose files are taken away again.
        approved: A bad day that a person approves; None for none.
        killed: The run is killed.
        rules: A rule is added, and everything rebuilt with it.
        takedown: A document is taken down.
        maintenance: The day on which the lake is maintained.
    """

    days: int
    rejected: int
    approved: int | None
    killed: int
    rules: int
    takedown: int
    maintenance: int


SMALL = Calendar(days=8, rejected=4, approved=None, killed=2, rules=5, takedown=6, maintenance=7)
FULL = Calendar(days=30, rejected=11, approved=17, killed=8, rules=20, takedown=24, maintenance=29)


@dataclass
class Month:
    """Lives through a calendar.

    Attributes:
        desk: Where the corpus is run from.
        newsroom: Where its files come from.
        calendar: What happens when.
        told: What happened, a line a day, for people.
    """

    desk: Desk
    newsroom: Newsroom
    calendar: Calendar
    told: list[str] = field(default_factory=list)
    _taken_down: int = 0
    _first_files: dict[str, str] = field(default_factory=dict)

    def live_through(self) -> None:
        """Every day in turn; fails on the first that does not end as it should."""
        for day in range(self.calendar.days):
            self._day(day)
            assert check_visible(self.desk.lake) == [], f"day {day}"
            self._nothing_is_rewritten(day)
            gold = len(by_pyarrow(self.desk.lake / "gold"))
            self.told.append(f"day {day:2}: {gold} documents in gold, {len(read_log(self.desk.lake))} commits")
        self._in_the_end()

    def _day(self, day: int) -> None:
        calendar = self.calendar
        if day in (calendar.rejected, calendar.approved):
            self._bad_day(day)
        self.newsroom.day(day)
        if day == calendar.killed:
            self.desk.die(day)
            assert check_visible(self.desk.lake) == []
        assert self.desk.run(day) == PUBLISHED, f"day {day}"
        if day == calendar.rules:
            self._new_rules(day)
        if day == calendar.takedown:
            self._takedown(day)
        if day == calendar.maintenance:
            self._maintenance(day)

    def _bad_day(self, day: int) -> None:
        """Nothing of it is visible until a person has approved it; rejected, it is as if it had not been."""
        before = table_files(self.desk.lake)
        self.newsroom.bad_day(day)
        assert self.desk.run(day) == STOPPED, f"day {day}: the gate has let a bad day through"
        assert table_files(self.desk.lake) == before
        if day == self.calendar.approved:
            assert self.desk.run(day, approve="The site was down; its error pages are rejected anyway.") == PUBLISHED
        else:
            self.newsroom.withdraw(day)

    def _new_rules(self, day: int) -> None:
        old = self._holding(NEW_FURNITURE)
        assert old > 0
        pack = self.newsroom.folder.parent / "night.yaml"
        pack.write_text(NEW_RULE, "utf-8")
        self.desk.add_rules(pack)
        changes = self.desk.rebuild(day)
        assert changes["changed"] > 0, changes
        assert changes["lines_lost"] >= changes["changed"], changes
        assert self._holding(NEW_FURNITURE) == 0
        self._first_files.clear()
        self.told.append(f"day {day:2}: rebuilt with a new rule, {dict(changes)}")

    def _takedown(self, day: int) -> None:
        doc_id = min(by_pyarrow(self.desk.lake / "gold"))
        self.desk.take_down(day, doc_id)
        self._taken_down += 1
        for path in table_files(self.desk.lake):
            parquet = pq.ParquetFile(self.desk.lake / path)
            about = "/rejected/" in path or path.startswith("takedowns/")  # these say that it was taken down
            if "doc_id" in parquet.schema_arrow.names and not about:
                assert doc_id not in parquet.read(["doc_id"])["doc_id"].to_pylist(), f"{path} still holds {doc_id}"
        self._first_files.clear()
        self.told.append(f"day {day:2}: a document was taken down")

    def _maintenance(self, day: int) -> None:
        def index() -> Counter[tuple[object, ...]]:
            rows = Audit(self.desk.lake).rows("index")
            return Counter((row["band"], row["key"], row["doc_id"]) for row in rows)

        before = index()
        self.desk.maintain(day)
        assert index() == before, "the index is not what gold makes of it"

    def _nothing_is_rewritten(self, day: int) -> None:
        """Invariant 7: what was in gold is in gold, byte for byte; only a rebuild or a takedown begins anew."""
        gold = {path: sha for path, sha in table_files(self.desk.lake).items() if "/gold/" in path}
        if any(gold.get(path, sha) != sha for path, sha in self._first_files.items()):
            raise AssertionError(f"day {day}: a file of gold has changed")
        self._first_files.update(gold)

    def _holding(self, line: str) -> int:
        texts = pq.read_table(self.desk.lake / "gold", columns=["text"])["text"].to_pylist()
        return sum(line in text for text in texts)

    # -- the end --------------------------------------------------------------------------------

    def _in_the_end(self) -> None:
        """Every invariant, by a checker that shares no code with the product; and every story is there, once."""
        lake = self.desk.lake
        before = table_files(lake)
        assert self.desk.run(self.calendar.days) == NOTHING_NEW
        assert table_files(lake) == before
        assert faults_of(lake) == []
        first_lines = Counter(
            key_of(text.split("\n")[0]) for text in pq.read_table(lake / "gold", columns=["text"])["text"].to_pylist()
        )
        stories = {key_of(story.text.split("\n")[0]) for story in self.newsroom.told}
        assert set(first_lines.values()) == {1}
        assert first_lines.keys() <= stories
        assert (
            len(stories - first_lines.keys()) <= self._taken_down
        )  # a correction of what was taken down is another text
        assert [path.name for path in (lake / "meta" / "staging").iterdir()] == []
