"""`make ui` for real: it listens on this machine alone, lets only the admin in, and leaves no process behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = '. scripts/airflow_env.sh && exec "$0" scripts/ui.py "$@"'


def ui(home: Path, port: int, *arguments: str) -> subprocess.Popen[str]:
    """Start scripts/ui.py as the Makefile does, with a database of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
    return subprocess.Popen(
        ["sh", "-c", COMMAND, sys.executable, *arguments],
        cwd=ROOT,
        env=kept | {"SAAF_AIRFLOW_HOME": str(home), "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def members(session: int) -> list[psutil.Process]:
    """The living processes of a session."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


def get(url: str, body: dict[str, Any] | None = None, token: str | None = None) -> tuple[int, Any]:
    """Ask the API; status and answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An AIRFLOW_HOME; whatever a failing test left running in it is killed."""
    yield tmp_path / "airflow"
    record = tmp_path / "airflow" / "ui.json"
    if record.exists():
        for process in members(json.loads(record.read_text("utf-8"))["pid"]):
            process.kill()


@pytest.mark.airflow
@pytest.mark.slow
def test_it_starts_lets_the_admin_in_and_leaves_nothing_behind(home: Path, port: int) -> None:
    running = ui(home, port, "start")
    said = read_until(running, "Ctrl-C stops it.")
    assert f"Airflow   http://127.0.0.1:{port}\n" in said
    record = json.loads((home / "ui.json").read_text("utf-8"))
    session = members(record["pid"])
    assert len(session) >= 5, "the leader, scheduler, API server, DAG processor, triggerer"

    listening = {c.laddr.ip for p in session for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}

    password_file = home / "simple_auth_manager_passwords.json.generated"
    assert password_file.stat().st_mode & 0o077 == 0
    password = json.loads(password_file.read_text("utf-8"))["admin"]
    assert f"password  {password}\n" in said
    base = f"http://127.0.0.1:{port}"
    assert get(f"{base}/api/v2/dags")[0] == 401
    assert get(f"{base}/auth/token", {"username": "admin", "password": "wrong"})[0] == 401
    status, answer = get(f"{base}/auth/token", {"username": "admin", "password": password})
    assert status == 201
    assert get(f"{base}/api/v2/dags", token=answer["access_token"])[0] == 200

    second = ui(home, port, "start")
    told, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "runs already" in told

    running.send_signal(signal.SIGTERM)
    running.send_signal(signal.SIGINT)  # a second signal must not interrupt stopping
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    assert "no process is left" in said
    assert members(record["pid"]) == []
    assert not (home / "ui.json").exists()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """All that a process printed up to the line with these words."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"it ended with {process.wait()} before it said {words!r}:\n{said}")


def test_stop_ends_what_does_not_listen_to_polite_signals(home: Path, port: int) -> None:
    """Whatever runs in the recorded session is ended, re-parented processes and deaf ones too."""
    deaf = "import os,signal,time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\nos.write(1, b'deaf\\n')\ntime.sleep(300)"
    leader = subprocess.Popen(
        ["sh", "-c", f'"$0" -c "{deaf}" & "$0" -c "{deaf}" & exec "$0" -c "{deaf}"', sys.executable],
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert leader.stdout is not None
    assert [leader.stdout.readline() for _ in range(3)] == ["deaf\n"] * 3
    leader.kill()  # its children are orphans now
    leader.wait()
    home.mkdir()
    created = time.time() - 60
    (home / "ui.json").write_text(json.dumps({"pid": leader.pid, "created": created, "port": port}))
    assert len(members(leader.pid)) == 2
    impatient = "import sys, pathlib, ui; ui.STOP_SECONDS = 1; sys.exit(ui.stop(pathlib.Path(sys.argv[1])))"
    stopping = subprocess.run(
        [sys.executable, "-c", impatient, home], check=False, capture_output=True, text=True, cwd=ROOT / "scripts"
    )
    assert stopping.returncode == 0, stopping.stderr
    assert "no process is left" in stopping.stdout
    assert members(leader.pid) == []


def test_stop_without_anything_running_is_no_error(home: Path, port: int) -> None:
    stopping = ui(home, port, "stop")
    said, _ = stopping.communicate(timeout=60)
    assert (stopping.returncode, said) == (0, "Airflow does not run.\n")


def test_a_process_that_got_the_number_of_an_old_server_is_left_alone(home: Path, port: int) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        home.mkdir()
        (home / "ui.json").write_text(json.dumps({"pid": stranger.pid, "created": time.time() + 60, "port": port}))
        stopping = ui(home, port, "stop")
        said, _ = stopping.communicate(timeout=60)
        assert said == "Airflow does not run.\n"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("value", ["80", "70000", "http", "-1"])
def test_a_port_that_nobody_may_open_is_refused(home: Path, value: str) -> None:
    refused = subprocess.run(
        ["sh", "-c", COMMAND, sys.executable, "start"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "SAAF_AIRFLOW_HOME": str(home), "PORT": value},
    )
    assert refused.returncode == 1
    assert f"PORT={value} is not a port" in refused.stderr


def test_a_port_in_use_is_told_with_another(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        started = ui(home, port, "start")
        said, _ = started.communicate(timeout=60)
    assert started.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in said
    assert f"make ui PORT={port + 10}" in said
    assert not (home / "ui.json").exists()
