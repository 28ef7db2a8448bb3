"""What a newcomer sees first: quickly, and in sentences."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest

COMMANDS = ("run", "clean", "dedup", "explain", "report", "learn", "rules", "ledger", "verify", "warm-up")
LAKE_COMMANDS = ("rebuild", "diff", "takedown", "maintain")
HEAVY = ("airflow", "great_expectations", "pandas", "numba", "polars", "pyarrow", "pydantic", "numpy", "jinja2")


def test_help_lists_every_command_and_the_exit_codes(process):
    ended = process("--help")
    assert ended.code == 0
    assert ended.err == ""
    for name in (*COMMANDS, *LAKE_COMMANDS):
        assert f" {name} " in ended.out
    assert "0 done, 1 data refused, 2 wrong use" in ended.out


def test_help_is_there_at_once(console_script):
    """Processor time, so that a busy machine does not matter; the best of a few, so that a cold one does not."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*console_script, "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

    assert min(seconds() for _ in range(3)) < 0.7


def test_help_loads_nothing_heavy():
    code = (
        "import sys, json\nsys.argv = ['saaf', '--help']\nfrom saaf.cli import main\n"
        "try: main()\nexcept SystemExit: pass\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(ended.stderr)}
    assert loaded & set(HEAVY) == set()


@pytest.mark.parametrize(
    "name", [*(name for name in COMMANDS if name != "rules"), *LAKE_COMMANDS, "rules test", "rules hits"]
)
def test_each_command_has_a_sentence_and_an_example(saaf, name):
    ended = saaf(*name.split(), "--help")
    assert ended.code == 0
    assert "Example" in ended.out
    assert f"saaf {name}" in ended.out.split("Example", 1)[1]
    assert "--debug" in ended.out
    assert saaf(*name.split(), "-h").out == ended.out


def test_version(process):
    from saaf import __version__

    assert process("--version").out == f"saaf {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [("--wrong",), ("nonsense",), ("run", "--wrong"), ("run", "--limit", "0"), ("clean",), ("dedup", "x")]
)
def test_wrong_use_ends_with_2(process, arguments):
    ended = process(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert ended.err.strip()


def test_words_that_the_terminal_cannot_write_are_escaped(process, articles):
    ended = process("clean", articles / "garden.txt", PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
    assert ended.code == 0
    assert "\\u0628" in ended.out
    assert os.linesep in ended.out
