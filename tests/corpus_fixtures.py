"""A corpus of its own for each test: an input folder and a lake in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from saaf.config import CorpusConfig, load_config

if TYPE_CHECKING:
    from saaf.lake import Lake
    from saaf.pipeline import RunOutcome
from shared import ROOT, STARTED_AT


@dataclass(frozen=True)
class Corpus:
    """A corpus under test: run it, look into its tables."""

    config: CorpusConfig
    inputs: Path

    def run(self, source: str = "input", *, run_id: str = "first", days: int = 0, **options: object) -> RunOutcome:
        """Run the pipeline in this process, as the command line does."""
        from saaf.pipeline import run

        started_at: datetime = STARTED_AT + timedelta(days=days)
        return run(self.config, source=source, root=ROOT, run_id=run_id, started_at=started_at, **options)

    @property
    def lake(self) -> Lake:
        """The lake, opened anew."""
        from saaf.lake import Lake

        return Lake.open(self.config.lake)

    def rows(self, table: str) -> list[dict]:
        """All committed rows of a table."""
        batches = list(self.lake.read(table))
        return pa.Table.from_batches(batches).to_pylist() if batches else []

    def texts(self, **files: str) -> None:
        """Write files into the input folder; ``_`` in a keyword stands for the dot of the extension."""
        for name, text in files.items():
            (self.inputs / name.replace("_", ".")).write_text(text, "utf-8")

    def with_settings(self, **stages: object) -> Corpus:
        """The same corpus under changed stage configurations."""
        return replace(self, config=self.config.model_copy(update=stages))


def corpus_in(folder: Path) -> Corpus:
    """A new corpus in a folder, with the project's own configuration but for its paths."""
    inputs = folder / "input"
    inputs.mkdir(parents=True)
    config = load_config(ROOT / "include" / "corpus.yaml")
    sources = tuple(
        source.model_copy(update={"path": str(inputs), "path_from_environment": None})
        if source.name == "input"
        else source
        for source in config.sources
    )
    ingest = config.ingest.model_copy(update={"settle_seconds": 0.0})
    return Corpus(
        config.model_copy(update={"lake": str(folder / "lake"), "sources": sources, "ingest": ingest}), inputs
    )


@pytest.fixture
def new_corpus(tmp_path: Path) -> Callable[[], Corpus]:
    """Makes corpora, each with the project's own configuration but for its paths."""
    made = iter(range(1000))
    return lambda: corpus_in(tmp_path / f"corpus-{next(made)}")


@pytest.fixture
def corpus(new_corpus: Callable[[], Corpus]) -> Corpus:
    """One corpus."""
    return new_corpus()
