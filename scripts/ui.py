"""Starts Airflow for one person on this machine, and stops it so that nothing stays behind.

Usage: ui.py start|stop        (through `make ui` and `make stop`, which set the environment)

`airflow standalone` ends cleanly on SIGINT alone: on SIGTERM it leaves its scheduler, API server,
DAG processor and triggerer running, and a shell that starts it in the background makes it ignore
SIGINT. So it is started here as the leader of a session of its own with SIGINT restored. Every
process that comes of it, re-parented ones too, stays in that session: it is how they are found.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TextIO

import psutil

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180
STOP_SECONDS = 30
ASK_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class Server(NamedTuple):
    """A started Airflow: the session's leader, when it was started, its port."""

    pid: int
    created: float
    port: int

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"


class Stopped(Exception):
    """A person pressed Ctrl-C, or the terminal went away."""


def main(arguments: list[str]) -> int:
    """Start or stop, as the command line says."""
    home = Path(os.environ["AIRFLOW_HOME"])
    if arguments == ["start"]:
        return start(home, int_port(os.environ["SAAF_PORT"]))
    if arguments == ["stop"]:
        return stop(home)
    print(__doc__, file=sys.stderr)
    return 2


def int_port(value: str) -> int:
    """A port number that a person may open.

    Raises:
        SystemExit: It is none.
    """
    if value.isdecimal() and 1024 <= int(value) <= 65535:
        return int(value)
    raise SystemExit(f"PORT={value} is not a port from 1024 to 65535; next: make ui PORT=8090")


def start(home: Path, port: int) -> int:
    """Start Airflow, say where it is, and stay until Ctrl-C, `make stop`, or its end."""
    if (running := recorded(home)) and session(running):
        print(f"Airflow runs already: {running.url}\n  next:  open it, or `make stop`", file=sys.stderr)
        return 1
    if taken(port):
        print(
            f"Port {port} on 127.0.0.1 is in use by another program.\n  next:  make ui PORT={port + 10}",
            file=sys.stderr,
        )
        return 1

    log = home / "logs" / "make-ui.log"
    password = admin_password(home)
    signal.pthread_sigmask(signal.SIG_BLOCK, ASK_TO_STOP)  # until what is started is recorded
    for number in ASK_TO_STOP:
        signal.signal(number, interrupt)
    server = launch(home, port, log)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASK_TO_STOP)
        print(f"Starting Airflow on {server.url} (about a minute; log: {os.path.relpath(log)}) ...", flush=True)
        in_time = wait_until(lambda: healthy(port) or ended(server), START_SECONDS)
        if in_time and not ended(server):
            print(
                f"\n  Airflow   {server.url}\n  user      admin\n  password  {password}\n\nCtrl-C stops it.", flush=True
            )
            wait_until(lambda: ended(server))
    except Stopped:
        return stop(home)
    if wait_until(lambda: recorded(home) is None, seconds=3):
        return 0  # `make stop` ended it
    problem = "ended by itself" if ended(server) else f"is not well after {START_SECONDS} s"
    say(f"Airflow {problem}; the end of its log:\n{tail(log)}", sys.stderr)
    stop(home)
    return 1


def stop(home: Path) -> int:
    """Stop what runs: SIGINT to the leader, then harder means for the whole session; check that none is left."""
    ignore_signals()
    server = recorded(home)
    if server is None or not session(server):
        say("Airflow does not run.")
        record_path(home).unlink(missing_ok=True)
        return 0
    say("Stopping Airflow ...")
    signal_all([server.pid], signal.SIGINT)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if wait_until(lambda: not session(server), STOP_SECONDS):
            break
        signal_all(session(server), number)
    wait_until(lambda: not session(server), STOP_SECONDS)
    with suppress(ChildProcessError):  # it is a child of `ui.py start` alone
        os.waitpid(server.pid, os.WNOHANG)
    if left := session(server):
        say(f"These processes could not be stopped: {left}", sys.stderr)
        return 1
    record_path(home).unlink(missing_ok=True)
    say("Stopped; no process is left.")
    return 0


def say(message: str, stream: TextIO = sys.stdout) -> None:
    """Print, also to a terminal that was closed: stopping must go on then."""
    with suppress(OSError):
        print(message, file=stream, flush=True)


def interrupt(_number: int, _frame: object) -> None:
    """Turn the first signal into an exception, wherever the program waits.

    A second one (a closed terminal sends two, a person presses Ctrl-C twice) must not leave half running.
    """
    ignore_signals()
    raise Stopped


def ignore_signals() -> None:
    """From here on nothing but the end of the work ends this program."""
    for number in ASK_TO_STOP:
        signal.signal(number, signal.SIG_IGN)


def launch(home: Path, port: int, log: Path) -> Server:
    """Start `airflow standalone` in a session of its own and record it."""
    shim = ROOT / "scripts" / "bin"
    environment = os.environ | {"PATH": f"{shim}{os.pathsep}{os.environ['PATH']}"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [shim / "airflow", "standalone"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=listen_to_signals,  # noqa: PLW1509 - this program has one thread
        )
    server = Server(process.pid, psutil.Process(process.pid).create_time(), port)
    record_path(home).write_text(json.dumps(server._asdict()), "utf-8")
    return server


def listen_to_signals() -> None:
    """In the started process: have every signal that asks to stop do so again."""
    for number in ASK_TO_STOP:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ASK_TO_STOP)


def record_path(home: Path) -> Path:
    """The file that says which Airflow runs."""
    return home / "ui.json"


def recorded(home: Path) -> Server | None:
    """The Airflow that was started last and not yet stopped."""
    try:
        return Server(**json.loads(record_path(home).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def session(server: Server) -> list[int]:
    """The living processes of the server's session.

    A session's number is not given to another process while one of the session lives. A process that
    is older than the server tells that the number was given anew, after a restart of the machine say.
    """
    members = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) != server.pid or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.create_time() >= server.created - 1:
                members.append(process.pid)
        except (OSError, psutil.Error):
            continue  # it ended in this moment, or belongs to someone else
    return members


def ended(server: Server) -> bool:
    """Whether the session's leader is gone, or only waits to be collected."""
    try:
        process = psutil.Process(server.pid)
        return process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - server.created) > 1
    except psutil.NoSuchProcess:
        return True


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to processes, some of which may end in between."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def wait_until(holds: Callable[[], bool], seconds: float = float("inf")) -> bool:
    """Ask twice a second until it holds; whether it did within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def taken(port: int) -> bool:
    """Whether another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def healthy(port: int) -> bool:
    """Whether every part of Airflow reports that it is well."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            state = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return False
    return all((state.get(name) or {}).get("status") == "healthy" for name in COMPONENTS)


def admin_password(home: Path) -> str:
    """The password of user admin, made here so that no other user of the machine can read its file."""
    path = home / "simple_auth_manager_passwords.json.generated"
    try:
        password = json.loads(path.read_text("utf-8"))["admin"]
    except (OSError, ValueError, KeyError, TypeError):
        password = secrets.token_urlsafe(12)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"admin": password}, file)
    path.chmod(0o600)
    return str(password)


def tail(log: Path, lines: int = 25) -> str:
    """The last lines of a log, marked as such."""
    text = log.read_text("utf-8", "replace") if log.exists() else ""
    return "\n".join(f"  | {line}" for line in text.splitlines()[-lines:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
