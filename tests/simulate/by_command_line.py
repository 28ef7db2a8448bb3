"""The command line as the desk: every command as a person gives it, on the days of the simulation."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner

from saaf.config import CorpusConfig
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
        self._do(day, "rebuild", "--json", "-")
        page = self.lake.parent / "changes.html"
        counts: dict[str, int] = json.loads(self._do(day, "diff", "--json", "-"))["counts"]
        self._do(day, "diff", "--html", str(page))
        assert page.stat().st_size > 1000
        self._do(day, "rebuild", "--swap")
        return counts

    def take_down(self, day: int, doc_id: str) -> None:
        assert doc_id in self._do(day, "takedown", doc_id, "--why", "its author asks for it")
        assert "its author asks for it" in self._do(day, "takedown", "--list")

    def maintain(self, day: int) -> None:
        """Two months later by the clock: what is kept for a week goes."""
        assert self._do(60 + day, "maintain", "--rebuild-index")
        assert "as its log says" in self._do(day, "verify")

    def _moment(self, day: int) -> datetime:
        self._calls += 1
        return started_at(day) + timedelta(minutes=self._calls)

    def _do(self, day: int, *arguments: str) -> str:
        code, said = self._saaf(self._moment(day), *arguments)
        assert code == 0, said
        return said

    def _saaf(self, moment: datetime, *arguments: str) -> tuple[int, str]:
        """Call a command in this process, on a day of the simulation; its exit code, and what it said."""
        from saaf.cli import app, maintain, rebuild, run, takedown

        file = self.lake.parent / "corpus.yaml"
        file.write_text(self.config.model_dump_json(by_alias=True), "utf-8")
        with ExitStack() as clocks:
            for module in (run, rebuild, takedown, maintain):
                clock = clocks.enter_context(mock.patch.object(module, "datetime", wraps=datetime))
                clock.now.return_value = moment
            ended = CliRunner().invoke(app, [*arguments, "--config", str(file)])
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return ended.exit_code, ended.stdout if ended.exit_code == 0 and ended.stdout else ended.output
