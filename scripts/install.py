"""Makes .venv what the lock says, or does nothing when it already is.

Usage: install.py run|dev

It runs with the system's Python before anything is installed: standard library only. What it
installs is pinned with hashes in requirements.txt (`run`) and requirements/dev.txt (`dev`, which
holds the same versions and the tools on top).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

UV_VERSION = "0.13.9"

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
UV_VENV = ROOT / ".venv-uv"
STAMP = VENV / "saaf-installed.json"
LOCKS = {"run": ROOT / "requirements.txt", "dev": ROOT / "requirements" / "dev.txt"}


def main(arguments: list[str]) -> int:
    """Install the group that the command line names."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print(__doc__, file=sys.stderr)
        return 2
    # Two makes at once must not install into one environment: the second waits, then finds it done.
    root = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(root, fcntl.LOCK_EX)
    try:
        install(arguments[0])
    except subprocess.CalledProcessError as error:
        print(f"Installing failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        print(
            "  next:  read the message above; the package index must be reachable. `make clean-all` starts anew",
            file=sys.stderr,
        )
        return 1
    finally:
        os.close(root)
    return 0


def install(group: str) -> None:
    """Bring .venv up to date for a group; a group once installed with the tools keeps them."""
    have = read_stamp()
    if have.get("group") == "dev":
        group = "dev"
    locked, package = digest(LOCKS[group], VENV_PYTHON), digest(ROOT / "pyproject.toml")
    want = {"group": group, "locked": locked, "package": package}
    if have == want and works(VENV_PYTHON):
        return

    uv = ensure_uv()
    if not works(VENV_PYTHON):
        say("Creating .venv")
        run(uv, "venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, VENV)
        want["locked"] = digest(LOCKS[group], VENV_PYTHON)
    STAMP.unlink(missing_ok=True)  # an install that is interrupted is done again
    if have.get("locked") != want["locked"] or have.get("group") != group:
        packages = sum(not line.startswith((" ", "#")) for line in LOCKS[group].read_text("utf-8").splitlines())
        say(f"Installing {packages} locked packages into .venv and compiling them: minutes on a first run")
        started = time.monotonic()
        run(uv, "pip", "sync", *pip_options(uv), "--compile-bytecode", "--require-hashes", LOCKS[group])
        say(f"  done in {time.monotonic() - started:.0f} s")
    run(uv, "pip", "install", *pip_options(uv), "--no-deps", "--editable", ROOT)
    warm_up()
    STAMP.write_text(json.dumps(want), "utf-8")


def read_stamp() -> dict[str, str]:
    """What the last complete install put there; empty when there was none."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def digest(*files: Path) -> str:
    """Hash of the files' contents; a link (an interpreter, say) counts as where it leads."""
    total = hashlib.sha256(UV_VERSION.encode())
    for file in files:
        total.update(str(file.resolve()).encode() if file.is_symlink() else file.read_bytes() if file.exists() else b"")
    return total.hexdigest()


def works(python: Path) -> bool:
    """Whether the interpreter is there, starts, and is of a version that the lock is made for."""
    check = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))"
    try:
        return subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def ensure_uv() -> Path:
    """The pinned uv, in an environment of its own: syncing .venv would uninstall it there."""
    uv = UV_VENV / "bin" / "uv"
    try:
        version = subprocess.run([uv, "--version"], check=True, capture_output=True, text=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        version = []
    if UV_VERSION in version:
        return uv
    say(f"Installing uv {UV_VERSION} into .venv-uv")
    run(sys.executable, "-m", "venv", "--clear", UV_VENV)
    pip = (UV_VENV / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    run(*pip, f"uv=={UV_VERSION}")
    return uv


def pip_options(uv: Path) -> list[str | Path]:
    """Options of every `uv pip` call: into .venv and nowhere else, in silence unless it fails.

    uv warns when it cannot link from a cache on another file system, so it is told to copy there.
    """
    cache = Path(subprocess.run([uv, "cache", "dir"], check=True, capture_output=True, text=True).stdout.strip())
    cache.mkdir(parents=True, exist_ok=True)
    options: list[str | Path] = ["--quiet", "--python", VENV_PYTHON]
    if cache.stat().st_dev != ROOT.stat().st_dev:
        options += ["--link-mode", "copy"]
    return options


def warm_up() -> None:
    """Compile the numeric kernels once, so that the first run does not wait for it."""
    say("Compiling kernels")
    done = subprocess.run([VENV / "bin" / "saaf", "warm-up"], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        say(f"  `saaf warm-up` failed, so the first run compiles them instead:\n{done.stderr.strip()}")


def run(*command: str | Path) -> None:
    """Run a command with an environment that cannot lead it elsewhere; its errors go to the terminal."""
    # With PYTHONDONTWRITEBYTECODE every later start would compile everything again.
    strip = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX")
    environment = {name: value for name, value in os.environ.items() if name not in strip}
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    subprocess.run([*command], check=True, cwd=ROOT, env=environment)


def say(message: str) -> None:
    """Tell the person at the terminal what takes time."""
    print(message, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
