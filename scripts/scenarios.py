"""What people and machines do to a run, done to a real Airflow: scheduler, workers, API; then the lake is checked.

Usage: scenarios.py [NAME ...]        (through `make scenarios`; NAME as the table prints them)

Every scenario begins with an empty lake and ends with its files compared, byte by byte, with what one undisturbed run
would have left. It takes about two minutes each on two cores.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = {"TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20", "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5"}
"""When Airflow calls a task silent: by default after five minutes."""


def main() -> int:
    """The program; 1 where a scenario ends otherwise than it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios (default: all)")
    wanted = parser.parse_args().names
    import ui

    # In place of this folder, whose files bear the same names.
    sys.path[:1] = [str(ROOT / "plugins"), str(ROOT / "tests")]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="saaf-scenarios-") as name:
        folder = Path(name)
        stages = prepare(folder)
        from torture.live import SCENARIOS, Live, Rest

        with airflow(ui, folder) as (url, password):
            live = Live(folder / "corpus", stages, Rest(url, password))
            live.switch_on()
            for scenario in SCENARIOS:
                if not wanted or scenario.__name__ in wanted:
                    failed += not carried_out(live, scenario)
    return 1 if failed else 0


def carried_out(live, scenario) -> bool:  # type: ignore[no-untyped-def]  # the tests' modules are found at run time
    """Carry a scenario out and print its row; whether the lake is as it should be."""
    live.anew()
    begun = time.monotonic()
    try:
        scenario(live)
        faults = live.faults()
    except (AssertionError, TimeoutError, OSError) as error:
        faults = [f"{type(error).__name__}: {error}"]
    told = "as undisturbed" if not faults else f"{len(faults)} FAULTS"
    print(f"{scenario.__name__:22} {time.monotonic() - begun:5.0f} s  {told:14} {', '.join(live.seen)}", flush=True)
    for fault in faults[:10]:
        print(f"    {fault}", flush=True)
    return not faults


def prepare(folder: Path) -> dict[str, dict[str, object]]:
    """Write the configuration, and set the environment that Airflow starts in; settings that make a run short."""
    from torture.scene import PACK, configuration, short_suites

    (folder / "short.yaml").write_text(PACK, "utf-8")
    suites = short_suites(folder / "suites")
    stages: dict[str, dict[str, object]] = {
        "clean": {"packs": (str(folder / "short.yaml"),)},
        "validate_": {"suites": str(suites)},
    }
    config = configuration(folder / "corpus", **stages)
    # Switched on, a DAG runs once on its own: it is to find an empty folder.
    config = config.model_copy(update={"sources": tuple(it for it in config.sources if it.name == "input")})
    (folder / "corpus" / "input").mkdir(parents=True)
    (folder / "corpus.yaml").write_text(config.model_dump_json(by_alias=True), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {**os.environ, "SAAF_AIRFLOW_HOME": str(folder / "airflow"), "PORT": str(port)}
    told = subprocess.run(
        ["/bin/sh", "-c", ". scripts/airflow_env.sh && env -0"], cwd=ROOT, env=given, capture_output=True, check=True
    )
    os.environ.update(line.split("=", 1) for line in told.stdout.decode().split("\0") if "=" in line)
    os.environ |= {f"AIRFLOW__SCHEDULER__{name}": value for name, value in SECONDS.items()}
    os.environ["SAAF_CONFIG"] = str(folder / "corpus.yaml")
    return stages


@contextmanager
def airflow(ui, folder: Path) -> Iterator[tuple[str, str]]:  # type: ignore[no-untyped-def]
    """Airflow, until the end; where it is, and the password of its admin."""
    home, port = folder / "airflow", int(os.environ["SAAF_PORT"])
    password = ui.admin_password(home)
    for number in ui.ASK_TO_STOP:
        signal.signal(number, ui.interrupt)  # an exception, so that Airflow is stopped whatever ends this program
    server = ui.launch(home, port, home / "logs" / "airflow.log")
    try:
        if not ui.wait_until(lambda: ui.healthy(port) or ui.ended(server), ui.START_SECONDS) or ui.ended(server):
            raise SystemExit(f"Airflow did not start:\n{ui.tail(home / 'logs' / 'airflow.log')}")
        yield server.url, password
    finally:
        ui.stop(home)


if __name__ == "__main__":
    sys.exit(main())
