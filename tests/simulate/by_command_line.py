"""The command line as the desk: `saaf run` and the doors that the other commands call."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner

from saaf.config import CorpusConfig
from shared import ROOT
from simulate.arrivals import started_at
from simulate.month import NOTHING_NEW, PUBLISHED, STOPPED
from torture.killed_runs import Job, Runs

DATA_REFUSED = 1


@dataclass
class CommandLine:
    """Runs a corpus with `saaf`.

    Attributes:
        config: The corpus' configuration.
        runs: Starts the run that is killed, in a process of its own.
        seed: Of the moment at which it is killed.
    """

    config: CorpusConfig
    runs: Runs
    seed: int = 1
    _calls: int = field(default=0, init=False)

    @property
    def lake(self) -> Path:
        return Path(self.config.lake)

    def run(self, day: int, *, approve: str | None = None) -> str:
        arguments = ["run", "--source", "input", *(["--approve", approve] if approve else [])]
        code, said = self._saaf(self._moment(day), *arguments)
        if code == DATA_REFUSED:
            assert "--approve" in said, said
            return STOPPED
        assert code == 0, said
        return NOTHING_NEW if "Nothing new" in said else PUBLISHED

    def die(self, day: int) -> None:
        job = Job(self.config, f"killed-{day}", self._moment(day))
        self.runs.kill_after(random.Random(self.seed).uniform(0.2, 0.8), job)
        assert self.runs.killed

    def add_rules(self, pack: Path) -> None:
        clean = self.config.clean.model_copy(update={"packs": (*self.config.clean.packs, str(pack))})
        self.config = self.config.model_copy(update={"clean": clean})

    def rebuild(self, day: int) -> Mapping[str, int]:
        from saaf.pipeline import rebuild, rebuilder

        found = rebuild(self.config, root=ROOT, started_at=self._moment(day))
        rebuilder(self.config, root=ROOT).swap()
        return {name: getattr(found.counts, name) for name in ("gained", "lost", "changed")}

    def take_down(self, day: int, doc_id: str) -> None:
        from saaf.pipeline import take_down

        take_down(self.config, [doc_id], root=ROOT, asked_by="a reader", why="a name", at=self._moment(day))

    def maintain(self, day: int) -> None:
        from saaf.pipeline import maintain

        later = datetime.now().astimezone() + timedelta(days=60)
        maintain(self.config, root=ROOT, now=later, rebuild_index=True)

    def _moment(self, day: int) -> datetime:
        self._calls += 1
        return started_at(day) + timedelta(minutes=self._calls)

    def _saaf(self, moment: datetime, *arguments: str) -> tuple[int, str]:
        """Call a command in this process, on a day of the simulation."""
        import saaf.cli.run
        from saaf.cli import app

        file = self.lake.parent / "corpus.yaml"
        file.write_text(self.config.model_dump_json(by_alias=True), "utf-8")
        with mock.patch.object(saaf.cli.run, "datetime", wraps=datetime) as clock:
            clock.now.return_value = moment
            ended = CliRunner().invoke(app, [*arguments, "--config", str(file)])
        return ended.exit_code, ended.output + ended.stderr
