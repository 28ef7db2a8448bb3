"""Run the DAG `corpus` once, through Airflow and in this process, and print what came of it.

Airflow's own words go to a log file: what a person asked for stands alone on the terminal.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def said_to(log: Path) -> Iterator[None]:
    """Send all that this process and its children write to a file, the file descriptors included."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, descriptor in zip((1, 2), kept, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)


def run_dag(conf: dict[str, Any]) -> tuple[str, bool, list[str]]:
    """Run the DAG once.

    Returns:
        The run's id, whether it succeeded, and the messages of the tasks that failed.
    """
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT / "dags" / "corpus.py"))
    if bag.import_errors:
        return "", False, list(bag.import_errors.values())
    dag = bag.dags["corpus"]
    dag.deadline = None  # with one, a run in this process ends in an error of Airflow's own
    dag.get_task("approve").execute = say_what_is_asked
    messages: list[str] = []
    for task in dag.tasks:
        task.retries = 0  # a person is waiting: say what is wrong now
        task.on_failure_callback = [lambda context: messages.append(str(context["exception"]))]
    run = dag.test(run_conf=conf)
    return run.run_id, str(run.state) == "success", messages


def say_what_is_asked(context: Any) -> None:
    """In place of waiting for an answer, which only a running Airflow can take: end, and say what is asked.

    Raises:
        AirflowFailException: Always.
    """
    from airflow.sdk.exceptions import AirflowFailException

    question = context["ti"].xcom_pull(task_ids="review", key="question")
    said = f"{question['subject']}\n\n{question['body']}".replace("\\", "")
    raise AirflowFailException(f"{said}\n\n  next:  look into it; to approve: make run APPROVE='why it is right'")


def print_outcome(run_id: str, source: str) -> None:
    """Print the run's report, or that there was nothing to do."""
    from rich.console import Console

    from saaf.airflow.runs import configuration
    from saaf.lake import Lake
    from saaf.report import RunReport, print_text

    console = Console()
    config = configuration()
    lake = Lake.open(ROOT / config.lake)
    stored = lake.report_path(run_id).with_suffix(".json")
    if stored.exists():
        report = RunReport.model_validate_json(stored.read_text("utf-8"))
        print_text(report, console, report_path=lake.report_path(run_id))
        return
    place = config.source(source).location(ROOT)
    console.print(
        f"Nothing new: every file of source {source!r} ({place}) was taken by an earlier run.", soft_wrap=True
    )
    console.print(
        f"Gold holds {sum(record.rows('gold') for record in lake.log()):,} documents: {lake.root / 'gold'}",
        soft_wrap=True,
    )
    console.print("Reports of earlier runs: .venv/bin/saaf report --list", soft_wrap=True)


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default="seeds", help="a source of include/corpus.yaml (default: seeds)")
    parser.add_argument("--limit", type=int, default=None, help="input files to take at most")
    parser.add_argument("--approve", default=None, help="why figures far from those of earlier runs are right")
    parser.add_argument("--dry-run", action="store_true", help="do everything but publish")
    parser.add_argument(
        "--log", type=Path, default=ROOT / ".airflow" / "logs" / "make-run.log", help="Airflow's output"
    )
    arguments = parser.parse_args()

    print(f"Running the DAG corpus on source {arguments.source!r} through Airflow ...", flush=True)
    with said_to(arguments.log):
        names = ("source", "limit", "dry_run", "approve")
        conf = {name: getattr(arguments, name) for name in names}
        run_id, succeeded, messages = run_dag(conf)
    if not succeeded:
        print("The run failed; nothing was published.\n", file=sys.stderr)
        print("\n\n".join(messages) or "No task said why.", file=sys.stderr)
        print(f"\nAirflow's log: {arguments.log}", file=sys.stderr)
        return 1
    if arguments.dry_run:
        print(f"Dry run: nothing was published. Airflow's log: {arguments.log}")
    else:
        print_outcome(run_id, arguments.source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
