"""A worker that dies: ``airflow_worker.py RUN OPERATION PATH`` carries a run on, and kills itself before that operation."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """The program."""
    import saaf.lake.lake
    from saaf.config import load_config
    from torture.airflow_runs import AirflowCorpus
    from torture.killed_runs import Disk, Point, WatchedStorage

    run, operation, path = sys.argv[1:]
    config = load_config(Path(os.environ["SAAF_CONFIG"]))
    disk = Disk(dies_at=Point(operation, path))
    saaf.lake.lake.LocalStorage = lambda: WatchedStorage(Path(config.lake), disk)  # type: ignore[assignment, misc]
    AirflowCorpus(config).go_on(run)


if __name__ == "__main__":
    main()
