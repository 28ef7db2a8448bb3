"""What people and machines do to a run, done to a real Airflow: scheduler, workers, API; then the lake is checked.

Usage: scenarios.py [NAME ...]        (through `make scenarios`; NAME as the table prints them)

Every scenario begins with an empty lake and ends with its files compared, byte by byte, with what one undisturbed run
would have left, and looked at by `saaf verify` and the checker. It takes one to three minutes each on two cores.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ui

ROOT = Path(__file__).resolve().parents[1]

if TYPE_CHECKING:
    from torture.live import Live

SECONDS = {"TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20", "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5"}
"""When Airflow calls a task silent: by default after five minutes."""
ROW = "{:22} {:>7}  {}"


def main() -> int:
    """The program; 1 where a scenario ends otherwise than it should, or was not carried out."""
    # In place of this folder, whose files bear the same names.
    sys.path[:1] = [str(ROOT / "plugins"), str(ROOT / "tests")]
    from torture.live import SCENARIOS

    wanted = names_wanted(sys.argv[1:], [scenario.__name__ for scenario in SCENARIOS])
    for number in ui.ASK_TO_STOP:
        signal.signal(number, ui.interrupt)  # an exception, so that Airflow is stopped whatever ends this program
    try:
        return carry_out([scenario for scenario in SCENARIOS if scenario.__name__ in wanted])
    except ui.Stopped:
        print("Ended by a signal: not every scenario was carried out.", file=sys.stderr)
    except (OSError, RuntimeError) as error:
        print(f"Airflow could not be used: {error}", file=sys.stderr)
    return 1


def names_wanted(arguments: Sequence[str], known: Sequence[str]) -> list[str]:
    """The names of the scenarios to carry out: those that are given, all where none is. Ends the program at others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    # Without choices: with them, argparse refuses no name at all.
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"scenarios (default: all): {', '.join(known)}")
    names: list[str] = parser.parse_args(arguments).names
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no scenario is called {unknown[0]!r}; there are {', '.join(known)}")
    return names or list(known)


def carry_out(scenarios: Sequence[Callable[[Live], None]]) -> int:
    """Carry scenarios out, a row of the table each; what is wrong follows the table.

    Returns:
        1 where one failed.
    """
    from torture.live import Live, Rest

    found: dict[str, list[str]] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="saaf-scenarios-") as name:
            folder = Path(name)
            stages = prepare(folder)
            with airflow(folder) as (url, password):
                live = Live(folder / "corpus", stages, Rest(url, password))
                live.switch_on()
                print(ROW.format("scenario", "seconds", "result"), flush=True)
                for scenario in scenarios:
                    if faults := faults_after(live, scenario):
                        found[scenario.__name__] = faults
    finally:
        for title, faults in found.items():
            print("\n".join([f"{title}:", *(f"    {fault}" for fault in faults[:10])]), flush=True)
    return 1 if found else 0


def faults_after(live: Live, scenario: Callable[[Live], None]) -> list[str]:
    """Carry a scenario out and print its row; what is wrong then, nothing where the lake is as it should be."""
    begun = time.monotonic()
    try:
        live.anew()
        scenario(live)
        faults = live.faults()
    except ui.Stopped:
        print(ROW.format(scenario.__name__, f"{time.monotonic() - begun:.0f}", "ended by a signal"), flush=True)
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other scenarios are still to come
        faults = [f"{type(error).__name__}: {error}"]
    result = "as undisturbed" if not faults else f"FAILED, {len(faults)} faults"
    told = "; ".join([result, *live.seen])
    print(ROW.format(scenario.__name__, f"{time.monotonic() - begun:.0f}", told), flush=True)
    return faults


def prepare(folder: Path) -> dict[str, dict[str, Any]]:
    """Write the configuration, and set the environment that Airflow starts in; settings that make a run short."""
    from torture.live import POOL
    from torture.scene import PACK, configuration, short_suites

    (folder / "short.yaml").write_text(PACK, "utf-8")
    suites = short_suites(folder / "suites")
    stages: dict[str, dict[str, Any]] = {
        "clean": {"packs": (str(folder / "short.yaml"),)},
        "validate_": {"suites": str(suites)},
        "airflow": {"memory_pool": POOL},
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
def airflow(folder: Path) -> Iterator[tuple[str, str]]:
    """Airflow, until the end; where it is, and the password of its admin.

    Raises:
        RuntimeError: It did not start.
    """
    home, port = folder / "airflow", int(os.environ["SAAF_PORT"])
    log, password = home / "logs" / "airflow.log", ui.admin_password(home)
    print(f"Starting Airflow on http://127.0.0.1:{port} (log: {log}) ...", flush=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, ui.ASK_TO_STOP)  # until what is started can be stopped
    server = ui.launch(home, port, log)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ui.ASK_TO_STOP)
        if not ui.wait_until(lambda: ui.healthy(port) or ui.ended(server), ui.START_SECONDS) or ui.ended(server):
            raise RuntimeError(f"it did not start:\n{ui.tail(log)}")
        yield server.url, password
    finally:
        ui.stop(home)


if __name__ == "__main__":
    sys.exit(main())
