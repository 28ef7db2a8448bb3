"""Loaded once by the process that runs are forked from: what takes seconds, once, has been done when they begin.

A run of the seeds imports, compiles and caches whatever a run imports, compiles and caches.
"""

import tempfile
from pathlib import Path

from saaf.config import load_config
from saaf.pipeline import run
from shared import ROOT, STARTED_AT

with tempfile.TemporaryDirectory() as folder:
    config = load_config(ROOT / "include" / "corpus.yaml").model_copy(update={"lake": str(Path(folder) / "lake")})
    run(config, source="seeds", root=ROOT, run_id="warm", started_at=STARTED_AT)
