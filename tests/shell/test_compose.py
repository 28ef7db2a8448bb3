"""docker-compose.yaml and the Dockerfile: what can be held without an engine."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = YAML(typ="safe").load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OF_AIRFLOW = {name: service for name, service in SERVICES.items() if name != "postgres"}
LONG_RUNNING = {name: service for name, service in SERVICES.items() if name != "init"}
SETTING = re.compile(r"AIRFLOW__([A-Z_]+?)__([A-Z_]+)")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def airflow_settings() -> set[tuple[str, str]]:
    """Every (section, option) that the installed Airflow knows, read without importing it."""
    spec = importlib.util.find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    described = YAML(typ="safe").load(Path(spec.origin).parent / "config_templates" / "config.yml")
    return {(section, option) for section, content in described.items() for option in content["options"]}


def test_the_checks_hold_here() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "compose_check.py"], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert "the schema holds" in checked.stdout


def test_the_services_are_those_of_a_small_installation() -> None:
    assert set(SERVICES) == {"postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer"}
    for name, service in OF_AIRFLOW.items():
        assert service["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
        if name == "init":
            assert service["command"][-1].startswith("airflow db migrate && ")
        else:
            assert service["command"] == name


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert str(service["user"]).split(":")[0] not in {"", "0", "root"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert "cap_add" not in service
    assert "privileged" not in service


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_every_lasting_service_reports_its_health_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()


def test_only_the_page_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api-server": ["127.0.0.1:${SAAF_PORT:-8080}:8080"]}


def test_code_is_mounted_read_only_and_only_the_scheduler_goes_on_writing_the_lake() -> None:
    for name, service in OF_AIRFLOW.items():
        for folder in ("dags", "plugins", "expectations", "include"):
            assert f"./{folder}:/opt/airflow/{folder}:ro" in service["volumes"], name
        assert not [v for v in service["volumes"] if v.startswith("./") and not v.endswith(":ro")]
    writers = [n for n, s in OF_AIRFLOW.items() if any(v.endswith("/opt/airflow/lake") for v in s["volumes"])]
    assert writers == ["init", "scheduler"]


def test_airflow_starts_after_the_database_is_migrated() -> None:
    assert SERVICES["init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in set(OF_AIRFLOW) - {"init"}:
        assert SERVICES[name]["depends_on"]["init"] == {"condition": "service_completed_successfully"}


def test_no_secret_has_a_default() -> None:
    for name, operator in re.findall(r"(?<!\$)\$\{(\w+)(:?[-?]?)", TEXT):
        secret = re.search(r"KEY|SECRET|PASSWORD|TOKEN", name) is not None
        assert operator == (":?" if secret else ":-"), name
    required = set(re.findall(r"\$\{(\w+):\?set (\w+) in \.env, see \.env\.example\}", TEXT))
    assert required
    assert all(name == told for name, told in required)


def test_the_example_names_every_variable_and_holds_no_secret() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    required = set(script("compose_check").required_variables(TEXT))
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == required
    assert not re.findall(r"^\w+=.+$", example, re.MULTILINE)
    optional = set(re.findall(r"\$\{(\w+):-", TEXT)) - {"SAAF_VERSION"}
    assert optional <= set(re.findall(r"^#(\w+)=", example, re.MULTILINE))


def test_make_env_fills_every_secret_once_and_keeps_what_is_there(tmp_path: Path) -> None:
    make_env = script("make_env")
    assert make_env.main(tmp_path) == 0
    written = tmp_path / ".env"
    assert oct(written.stat().st_mode & 0o777) == "0o600"
    values = dict(re.findall(r"^(\w+)=(.*)$", written.read_text("utf-8"), re.MULTILINE))
    assert set(values) == set(script("compose_check").required_variables(TEXT))
    assert len(set(values.values())) == len(values)
    assert min(map(len, values.values())) >= 32
    before = written.read_bytes()
    assert make_env.main(tmp_path) == 1
    assert written.read_bytes() == before


def test_the_fernet_key_that_make_env_writes_is_one(tmp_path: Path) -> None:
    from cryptography.fernet import Fernet

    script("make_env").main(tmp_path)
    key = re.search(r"^AIRFLOW_FERNET_KEY=(.+)$", (tmp_path / ".env").read_text("utf-8"), re.MULTILINE)
    assert key is not None
    Fernet(key[1])


@pytest.mark.parametrize("file", ["docker-compose.yaml", "scripts/airflow_env.sh", "tests/conftest.py"])
def test_every_setting_of_airflow_exists(file: str) -> None:
    """Airflow ignores a misspelt variable in silence."""
    named = set(SETTING.findall((ROOT / file).read_text("utf-8")))
    assert named
    gone = {("CORE", "SQL_ALCHEMY_CONN"), ("DATABASE", "SQL_ALCHEMY_CONN_CMD")}  # unset, in case a shell has them
    known = airflow_settings()
    assert {(s, o) for s, o in named - gone if (s.lower(), o.lower()) not in known} == set()


def test_the_image_is_of_the_airflow_that_is_locked() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    locked = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert locked is not None
    assert f"FROM apache/airflow:{locked[1]}-python3.12\n" in dockerfile
    assert "--require-hashes" in dockerfile
    last_user = re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)[-1]
    assert last_user == "airflow"
    for source in re.findall(r"^COPY (\S+)", dockerfile, re.MULTILINE):
        assert f"!{source}" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    """The check can fail: an unknown key, and a default for a secret, are both told."""
    compose_check = script("compose_check")
    compose_check.COMPOSE_FILE = tmp_path / "docker-compose.yaml"
    compose_check.COMPOSE_FILE.write_text(TEXT.replace("    healthcheck:", "    healthchek:"))
    assert compose_check.main() == 1
    parser = compose_check.find_parser()
    if parser is None:
        pytest.skip("docker-compose is not installed")
    lenient = re.sub(r"\$\{POSTGRES_PASSWORD:\?[^}]*\}", "${POSTGRES_PASSWORD:-airflow}", TEXT)
    compose_check.COMPOSE_FILE.write_text(lenient)
    problems = compose_check.parser_problems(parser, compose_check.required_variables(TEXT))
    assert any("without POSTGRES_PASSWORD it should stop" in problem for problem in problems)


def test_an_env_file_of_the_checkout_does_not_fill_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compose_check = script("compose_check")
    parser = compose_check.find_parser()
    if parser is None:
        pytest.skip("docker-compose is not installed")
    (tmp_path / "docker-compose.yaml").write_text(TEXT)
    (tmp_path / ".env").write_text("".join(f"{name}=x\n" for name in compose_check.required_variables(TEXT)))
    monkeypatch.setattr(compose_check, "ROOT", tmp_path)
    monkeypatch.setattr(compose_check, "COMPOSE_FILE", tmp_path / "docker-compose.yaml")
    monkeypatch.setitem(os.environ, "POSTGRES_PASSWORD", "from the shell")
    assert compose_check.parser_problems(parser, compose_check.required_variables(TEXT)) == []
