"""The command line as people start it: a process of its own, or in this one where only the words matter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

STORY = "بلدیہ نے شہر کے نئے باغ کا افتتاح کر دیا ہے۔\nمئیر نے کہا کہ یہ باغ بچوں کے کھیلنے کے لیے بنایا گیا ہے۔\nمزید پڑھیں\nباغ میں ایک کتب خانہ بھی بنے گا۔"
OTHER = "محکمہ موسمیات کے مطابق کل شمالی علاقوں میں بارش ہو گی۔\nکسانوں کو مشورہ دیا گیا ہے کہ وہ فصلوں کی کٹائی میں احتیاط کریں۔"
PACK = """\
pack: mine
about: A rule of one's own.
rules:
  - id: library-line
    kind: promo
    why: The test wants this line out.
    line:
      pattern: ['باغ میں ایک کتب خانہ بھی بنے گا۔']
    examples:
      match: ['باغ میں ایک کتب خانہ بھی بنے گا۔']
      no_match: ['باغ میں کچھ نہیں بنے گا۔']
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def console_script() -> list[str]:
    """The installed console script."""
    script = Path(sys.executable).parent / "saaf"
    assert script.exists(), "install the project first: make setup"
    return [str(script)]


@pytest.fixture(scope="session")
def process(console_script) -> Callable[..., Ended]:
    """Starts the command line as a process; its output goes to pipes, as in a log."""

    def start(*arguments: object, cwd: Path | None = None, **environment: str) -> Ended:
        ended = subprocess.run(
            [*console_script, *map(str, arguments)],
            capture_output=True,
            cwd=cwd,
            env={**os.environ, "PYTHONUTF8": "1", **environment},
            timeout=180,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))

    return start


@pytest.fixture(scope="session")
def saaf() -> Callable[..., Ended]:
    """Calls the command line in this process."""

    def call(*arguments: object) -> Ended:
        from saaf.cli import app

        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def articles(tmp_path) -> Path:
    """A folder of two articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "garden.txt").write_text(STORY, "utf-8")
    (folder / "weather.txt").write_text(OTHER, "utf-8")
    return folder


@pytest.fixture
def pack(tmp_path) -> Path:
    """A rule pack of one's own."""
    file = tmp_path / "mine.yaml"
    file.write_text(PACK, "utf-8")
    return file
