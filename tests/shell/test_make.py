"""The Makefile and its scripts: help, the choice of Python, the locks, the checks of files."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SEED_HASHES = ["2af5d7e6a05cfb5e", "6e2fd856e03402ba", "80fefcfa610e1cfb"]
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the project as a person would, with variables on top of this environment."""
    environment = {**os.environ, **variables}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60)


def fake_python(folder: Path, name: str, code: str) -> None:
    """Put an interpreter on a PATH of its own: this one with something changed first, or a broken stub."""
    script = folder / name
    script.write_text(code)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


# -- help ---------------------------------------------------------------------


def test_help_is_the_default_and_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^\.PHONY: ([a-z-]+)$", makefile, re.MULTILINE)
    assert set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == set(targets)
    shown = run("make")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == run("make", "help").stdout
    listed = re.findall(r"^  ([a-z-]+) {2,}\S", shown.stdout, re.MULTILINE)
    assert listed == targets


def test_make_test_is_what_continuous_integration_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert script.rstrip().endswith("\nmake test")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    planned = run("make", "--dry-run", "test").stdout
    for check in (
        "install.py dev",
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "compose_check.py",
        "-m pytest",
    ):
        assert check in planned, check


@pytest.mark.parametrize("script", ["run.sh", "find_python.sh", "airflow_env.sh", "bin/airflow"])
def test_shell_scripts_parse(script: str) -> None:
    path = ROOT / "scripts" / script
    shell = "bash" if path.read_text("utf-8").startswith("#!/usr/bin/env bash") else "sh"
    checked = run(shell, "-n", path)
    assert checked.returncode == 0, checked.stderr


# -- the choice of Python -----------------------------------------------------


@pytest.fixture
def path_of_its_own(tmp_path: Path) -> Path:
    """A PATH folder with the shell's tools and no Python."""
    for tool in ("sh", "env", "dirname"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / tool).symlink_to(found)
    return tmp_path


def find_python(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(ROOT / "scripts" / "find_python.sh", **({"PATH": str(folder), "PYTHON": ""} | variables))


def test_a_stub_that_fails_is_passed_over(path_of_its_own: Path) -> None:
    fake_python(path_of_its_own, "python3.13", "#!/bin/sh\necho 'python3.13: command not found' >&2\nexit 127\n")
    fake_python(path_of_its_own, "python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    found = find_python(path_of_its_own)
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).exists()
    assert not found.stderr


def test_too_old_a_python_is_named_with_what_to_do(path_of_its_own: Path) -> None:
    pretend = 'import sys; sys.version_info = (3, 9, 2); __import__("platform").python_version = lambda: "3.9.2"'
    code = f"#!/bin/sh\nshift\nexec {sys.executable} -c '{pretend}\nexec(sys.argv[1])' \"$@\"\n"
    fake_python(path_of_its_own, "python3", code)
    found = find_python(path_of_its_own)
    assert found.returncode == 1
    assert "Python 3.11, 3.12 or 3.13" in found.stderr
    assert "python3=3.9.2" in found.stderr
    assert "make PYTHON=" in found.stderr


def test_no_python_at_all_is_said(path_of_its_own: Path) -> None:
    found = find_python(path_of_its_own)
    assert found.returncode == 1
    assert "found: none" in found.stderr


def test_a_python_without_venv_is_told_from_an_old_one(path_of_its_own: Path) -> None:
    code = f'#!/bin/sh\nshift\nexec {sys.executable} -c \'import sys; sys.modules["ensurepip"] = None\nexec(sys.argv[1])\' "$@"\n'
    fake_python(path_of_its_own, "python3", code)
    found = find_python(path_of_its_own)
    assert found.returncode == 1
    assert "python3-venv" in found.stderr


# -- the locks ----------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_group_holds_the_versions_of_the_base(lock: Path) -> None:
    """What `make run` needs is in every group with the same version: one environment serves both."""
    base = dict(PIN.findall((ROOT / "requirements.txt").read_text("utf-8")))
    group = dict(PIN.findall(lock.read_text("utf-8")))
    assert base.items() <= group.items()


@pytest.mark.parametrize("lock", [ROOT / "requirements.txt", *LOCKS], ids=lambda lock: lock.stem)
def test_locks_are_hashed_and_name_no_server(lock: Path) -> None:
    text = lock.read_text("utf-8")
    entries = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)


def test_the_locks_are_of_the_versions_that_the_project_asks_for() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pins = dict(PIN.findall((ROOT / "requirements.txt").read_text("utf-8")))
    exact = dict(re.fullmatch(r"([a-z-]+)==(\S+)", d).groups() for d in project["dependencies"] if "==" in d)
    assert exact
    assert exact.items() <= pins.items()
    assert {lock.stem for lock in LOCKS} == set(project["optional-dependencies"])


# -- files --------------------------------------------------------------------


def test_tracked_files_are_in_order() -> None:
    checked = run(sys.executable, ROOT / "scripts" / "check_files.py")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x" * (1024 * 1024 + 1), "1,048,577 bytes"),
        (b"a\n<<<<<<< HEAD\nb\n", "unfinished merge"),
        (b"see /ho" + b"me/someone/notes.txt\n", "someone's machine"),
    ],
)
def test_what_must_not_be_committed_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "file.py"
    file.write_bytes(content)
    checked = run(sys.executable, ROOT / "scripts" / "check_files.py", file)
    assert checked.returncode == 1
    assert f"{file}: " in checked.stderr
    assert told in checked.stderr


@pytest.mark.parametrize(
    "name",
    [
        ".ci/run", ".editorconfig", ".env.example", ".pre-commit-config.yaml", "CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md",
        "CONTRIBUTING.md", "Dockerfile", "LICENSE", "Makefile", "README.md", "SECURITY.md", "docker-compose.yaml", "docs/architecture.md",
        "docs/tables.md", "requirements.txt",
    ],
)  # fmt: skip
def test_the_project_has_what_people_look_for(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


def test_the_three_seeds_are_unchanged() -> None:
    """Their content is the ground that the acceptance of the pipeline stands on."""
    import hashlib

    seeds = sorted((ROOT / "include" / "seeds").glob("*"))
    assert [seed.name for seed in seeds] == [
        "000_33b44df4fdec7df0.txt",
        "001_de0ae104d542f6d8.txt",
        "002_5a27c8a8ab4749d0.txt",
    ]
    assert [hashlib.sha256(seed.read_bytes()).hexdigest()[:16] for seed in seeds] == SEED_HASHES


# -- scenarios ----------------------------------------------------------------


def test_scenarios_are_those_that_are_named_and_all_where_none_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    scenarios = importlib.import_module("scenarios")
    known = ["task_is_killed", "days_are_backfilled"]
    assert scenarios.names_wanted([], known) == known
    assert scenarios.names_wanted(["days_are_backfilled"], known) == ["days_are_backfilled"]
    with pytest.raises(SystemExit):
        scenarios.names_wanted(["task_is_kiled"], known)
    assert "no scenario is called 'task_is_kiled'; there are task_is_killed" in capsys.readouterr().err
