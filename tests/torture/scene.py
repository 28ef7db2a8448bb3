"""A corpus with a day in its lake and a second day that has arrived: the run over that is the one that gets tortured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from saaf.config import CorpusConfig, load_config
from shared import ROOT
from simulate.arrivals import Newsroom, started_at
from torture.checker import check_visible, faults_of, table_files
from torture.killed_runs import Job, Runs

PACK = """\
pack: short
about: A pack that loads at once.
rules:
  - id: read-more
    kind: promo
    why: It leads to another page.
    line:
      pattern: ['مزید پڑھیں', 'مقبول مضامین', 'فیس بک', 'whatsapp channel.jpeg', '[^ ]+, [^ ]+ [0-9]+, 2026']
    examples:
      match: ['مزید پڑھیں']
      no_match: ['اس نے مزید پڑھیں کتابیں']
"""


@dataclass(frozen=True)
class Scene:
    """The corpus before the second day's run, and what that run makes of it when nothing disturbs it.

    Attributes:
        corpus: Its folder: ``input`` and ``lake``.
        job: The second day's run.
        undisturbed: Every file of every table after it, by path: the hash of its bytes.
        seconds: How long it computes.
    """

    corpus: Path
    job: Job
    undisturbed: dict[str, str]
    seconds: float

    def again(self, folder: Path) -> Job:
        """The same run on a copy of the corpus in another folder."""
        copied(self.corpus, folder)
        return replace(self.job, config=placed(self.job.config, folder))

    def faults_at_any_moment(self, job: Job) -> list[str]:
        """What a reader may not see, while a run is under way or lies dead."""
        return check_visible(job.lake)

    def faults_in_the_end(self, job: Job) -> list[str]:
        """What differs from the undisturbed run, after the run has been brought to its end."""
        found = faults_of(job.lake)
        there = table_files(job.lake)
        found += [
            f"{path} is not as it would have been"
            for path in sorted(set(there.items()) ^ set(self.undisturbed.items()))
        ]
        if left := sorted(path.name for path in (job.lake / "meta" / "staging").iterdir()):
            found.append(f"staging was left behind: {left}")
        if len(list((job.lake / "meta" / "reports").glob("*.html"))) != 2:
            found.append("a run has no report")
        return found


def prepared(folder: Path, runs: Runs, *, stories: int = 6, short: bool = True) -> Scene:
    """Make a scene.

    Args:
        folder: A folder for it.
        runs: Starts the runs.
        stories: News a day.
        short: Suites and rules are cut to a few, so that a run takes a second; else they are the project's own.
    """
    folder.mkdir(parents=True)
    corpus = folder / "corpus"
    changes: dict[str, Mapping[str, object]] = {}
    if short:
        pack = folder / "short.yaml"
        pack.write_text(PACK, "utf-8")
        changes = {"clean": {"packs": (str(pack),)}, "validate_": {"suites": str(short_suites(folder / "suites"))}}
    newsroom = Newsroom(corpus / "input", stories=stories)
    newsroom.day(0)
    config = configuration(corpus, **changes)
    runs.finish(Job(config, "first", started_at(0)))
    newsroom.day(1)
    job = Job(config, "second", started_at(1))
    scene = Scene(corpus, job, {}, 0)
    whole = scene.again(folder / "undisturbed")
    seconds = runs.finish(whole)
    scene = replace(scene, undisturbed=table_files(whole.lake), seconds=seconds)
    assert scene.faults_in_the_end(whole) == []
    return scene


def configuration(folder: Path, **stages: Mapping[str, object]) -> CorpusConfig:
    """The project's configuration for a corpus in a folder, with some fields of some stages changed."""
    config = load_config(ROOT / "include" / "corpus.yaml")
    changed = {"ingest": {"settle_seconds": 0.0}, **stages}
    updated = {stage: getattr(config, stage).model_copy(update=fields) for stage, fields in changed.items()}
    return placed(config.model_copy(update=updated), folder)


def placed(config: CorpusConfig, folder: Path) -> CorpusConfig:
    """A configuration whose source ``input`` and whose lake lie in a folder."""
    sources = tuple(
        source.model_copy(update={"path": str(folder / "input"), "path_from_environment": None})
        if source.name == "input"
        else source
        for source in config.sources
    )
    return config.model_copy(update={"lake": str(folder / "lake"), "sources": sources})


def short_suites(folder: Path, whole: Collection[str] = ()) -> Path:
    """The project's suites, two expectations of each: gates that take no time.

    Args:
        folder: Where to write them.
        whole: Names of those that stay as they are.
    """
    folder.mkdir()
    for file in (ROOT / "expectations").glob("*.json"):
        suite = json.loads(file.read_text("utf-8"))
        suite["expectations"] = suite["expectations"][: None if file.stem in whole else 2]
        (folder / file.name).write_text(json.dumps(suite), "utf-8")
    return folder


def copied(corpus: Path, target: Path) -> Path:
    """A corpus once more, with the times of its files."""
    return Path(shutil.copytree(corpus, target, symlinks=True))
