"""What scrapers leave in a folder, day by day: made-up Urdu news of made-up sites, from a seed.

A :class:`Newsroom` writes a day's files and remembers what it wrote, so that a test knows what has to come of every
file. All text is invented; every name, letter and time follows from the seed and the day alone.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from generated import article, spelled_otherwise, word

FIRST_DAY = date(2026, 11, 1)

_MONTHS = "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر".split()
_WEEKDAYS = "پیر منگل بدھ جمعرات جمعہ ہفتہ اتوار".split()


@dataclass(frozen=True)
class Site:
    """A site and the furniture that its pages carry.

    Attributes:
        name: Host name.
        before: Lines above an article; ``{date}`` stands for the day.
        after: Lines below it.
        lines: Whether its scraper writes one JSONL file a day, and not a text file an article.
    """

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    lines: bool = False


NEW_FURNITURE = "رات کی تمام کہانیاں ایک ہی صفحے پر"
"""A line below the articles of one site that no rule knows of at first."""

SITES = (
    Site("subah.example", ("{date}",), ("مزید پڑھیں",)),
    Site("sham.example", ("{date}", "whatsapp channel.jpeg"), ("مقبول مضامین", "مزید پڑھیں"), lines=True),
    Site("raat.example", ("فیس بک", "{date}"), (NEW_FURNITURE, "مزید پڑھیں")),
)


@dataclass(frozen=True)
class Story:
    """A thing that happened: every article on it says the same."""

    number: int
    site: Site
    text: str


@dataclass
class Arrivals:
    """What one day brought, by kind.

    Attributes:
        day: Number of the day, from 0.
        stories: Stories told for the first time.
        late: Stories of an earlier day whose file came today.
        copies: Articles that repeat a story of another site, in another spelling.
        corrections: Files that were written anew with one sentence changed.
        repeated: Records that came again, in a file that has grown.
        broken: Files that cannot be read.
    """

    day: int
    stories: list[Story] = field(default_factory=list)
    late: list[Story] = field(default_factory=list)
    copies: int = 0
    corrections: int = 0
    repeated: int = 0
    broken: int = 0

    @property
    def documents(self) -> int:
        """Documents that a run over the day's files takes in, those it rejects among them."""
        return len(self.stories) + len(self.late) + self.copies + self.corrections + self.repeated


class Newsroom:
    """Writes a folder of arriving files, one day after the other.

    Args:
        folder: Where the files go; made where it is missing.
        seed: Everything follows from it.
        stories: New stories a day.
    """

    def __init__(self, folder: Path, *, seed: int = 1, stories: int = 12) -> None:
        self.folder = folder
        self.told: list[Story] = []
        self._seed, self._stories = seed, stories
        self._held_back: list[Story] = []
        folder.mkdir(parents=True, exist_ok=True)

    def day(self, day: int) -> Arrivals:
        """Write the files of a day."""
        dice = random.Random(f"{self._seed}/{day}")
        arrivals = Arrivals(day)
        self._late(arrivals)
        self._news(arrivals, dice)
        if day:
            self._copies(arrivals, dice)
            self._correction(arrivals, dice)
            self._grown_file(arrivals, dice)
            self._broken(arrivals)
            self._touched_and_moved(day)
        return arrivals

    def bad_day(self, day: int) -> Arrivals:
        """A day on which every scraper brought the same error page in place of the article, and little else.

        The pages are different documents with hardly any text in them: what a changed site makes of a scraper.
        """
        dice = random.Random(f"{self._seed}/bad/{day}")
        for number in range(2 * self._stories):
            page = f"404 Not Found nginx {number} {word(dice)}\nThe page that you asked for is not here. Error {dice.random()}"
            self._write(f"{_date(day)}-error-{number:03}.txt", page.encode(), day)
        return Arrivals(day)

    def withdraw(self, day: int) -> None:
        """Take the files of a bad day away."""
        for path in self.folder.glob(f"{_date(day)}-error-*"):
            path.unlink()

    # -- the parts of a day ---------------------------------------------------------------------

    def _news(self, arrivals: Arrivals, dice: random.Random) -> None:
        new = [
            Story(len(self.told) + len(self._held_back) + n, dice.choice(SITES), article(dice))
            for n in range(self._stories)
        ]
        self._held_back, new = new[:1], new[1:]  # its file is late: it comes with the next day's
        arrivals.stories = new
        self._publish(new, arrivals.day)

    def _late(self, arrivals: Arrivals) -> None:
        arrivals.late = self._held_back
        for story in arrivals.late:
            name = f"{_date(arrivals.day - 1)}-late-{story.number:05}.txt"
            self._write(name, page(story.text, story.site, arrivals.day - 1).encode(), arrivals.day)
        self.told += arrivals.late

    def _publish(self, stories: Iterable[Story], day: int) -> None:
        for site in SITES:
            of_site = [story for story in stories if story.site is site]
            if site.lines:
                lines = "".join(record(story.text, story.number, site, day) for story in of_site)
                data = lines.encode()
                self._write(f"{_date(day)}-{site.name}.jsonl.gz", gzip.compress(data, mtime=0), day)
            else:
                for story in of_site:
                    self._write(f"{_date(day)}-{story.number:05}.txt", page(story.text, site, day).encode(), day)
            self.told += of_site

    def _copies(self, arrivals: Arrivals, dice: random.Random) -> None:
        for story in dice.sample(self.told, 3):
            other = dice.choice([site for site in SITES if site is not story.site])
            text = page(spelled_otherwise(story.text, dice), other, arrivals.day)
            self._write(f"{_date(arrivals.day)}-copy-{story.number:05}.txt", text.encode(), arrivals.day)
            arrivals.copies += 1

    def _correction(self, arrivals: Arrivals, dice: random.Random) -> None:
        earlier = [path for path in sorted(self.folder.glob("*.txt")) if path.name[11:16].isdigit()]
        path = dice.choice([p for p in earlier if not p.name.startswith(_date(arrivals.day))])
        lines = path.read_text("utf-8").split("\n")
        middle = len(lines) // 2
        lines[middle] = lines[middle].replace("۔", f" {word(dice)}۔")
        self._write(path.name, "\n".join(lines).encode(), arrivals.day)
        arrivals.corrections += 1

    def _grown_file(self, arrivals: Arrivals, dice: random.Random) -> None:
        """One scraper appends to its one file."""
        path = self.folder / "ticker.jsonl"
        lines = path.read_text("utf-8") if path.exists() else ""
        story = Story(len(self.told) + len(self._held_back), SITES[1], article(dice))
        arrivals.repeated = lines.count("\n")
        arrivals.stories.append(story)
        self.told.append(story)
        grown = lines + record(story.text, story.number, story.site, arrivals.day)
        self._write(path.name, grown.encode(), arrivals.day)

    def _broken(self, arrivals: Arrivals) -> None:
        whole = gzip.compress(bytes(range(256)) * 64, mtime=0)
        self._write(
            f"{_date(arrivals.day)}-cut.jsonl.gz", whole[: len(whole) // 2] + bytes([arrivals.day]), arrivals.day
        )
        self._write(f"{_date(arrivals.day)}-empty.txt", b"", arrivals.day)
        arrivals.broken += 2

    def _touched_and_moved(self, day: int) -> None:
        """Nothing of this is new: a file that was touched, and one under another name."""
        files = sorted(self.folder.glob(f"{_date(day - 1)}-*.txt"))
        files = [path for path in files if path.stat().st_size]
        os.utime(files[0], (_seconds(day), _seconds(day)))
        files[-1].rename(files[-1].with_name(f"moved-{files[-1].name}"))

    def _write(self, name: str, data: bytes, day: int) -> None:
        path = self.folder / name
        path.write_bytes(data)
        os.utime(path, (_seconds(day), _seconds(day)))


def page(text: str, site: Site, day: int) -> str:
    """An article as its page's text: with all that stands around it."""
    around = [[line.format(date=printed_date(day)) for line in lines] for lines in (site.before, site.after)]
    return "\n".join([*around[0], text, "", *around[1]]) + "\n"


def record(text: str, number: int, site: Site, day: int) -> str:
    """An article as a line of JSON."""
    fields = {
        "id": f"{number}",
        "url": f"https://{site.name}/{number}",
        "site": site.name,
        "published": f"{_date(day)}T06:00:00Z",
        "text": page(text, site, day),
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"


def printed_date(day: int) -> str:
    """A day as pages print it."""
    when = FIRST_DAY + timedelta(days=day)
    return f"{_WEEKDAYS[when.weekday()]}, {_MONTHS[when.month - 1]} {when.day}, {when.year}"


def started_at(day: int) -> datetime:
    """When the run of a day begins: after the day is over."""
    return datetime.combine(FIRST_DAY + timedelta(days=day + 1), datetime.min.time(), UTC)


def _date(day: int) -> str:
    return (FIRST_DAY + timedelta(days=day)).isoformat()


def _seconds(day: int) -> float:
    return (started_at(day) - timedelta(hours=3)).timestamp()
