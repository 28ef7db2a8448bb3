"""The page on operating a corpus names everything that can go wrong, and only commands that there are."""

from __future__ import annotations

import inspect
import re
import shlex
from functools import cache

import pytest
import typer.main

from saaf import errors
from saaf.cli import app
from saaf.reasons import Reason
from shared import ROOT

PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
COMMAND = re.compile(r"(?:`|^\$ (?:\.venv/bin/)?|^)(saaf [a-z][^`\n#|]*)", re.MULTILINE)


def test_every_error_that_a_user_can_meet_has_its_row():
    classes = {
        name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.SaafError)
    } - {"SaafError"}
    rows = set(re.findall(r"^\| `([A-Z]\w+)` \|", PAGE, re.MULTILINE))
    assert rows == classes


def test_every_reason_is_named():
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {reason.value for reason in Reason} <= named


def test_what_the_page_says_of_retries_is_so():
    retried = {name for name, kind in vars(errors).items() if getattr(kind, "retryable", False)}
    assert retried == {"LakeBusy", "StorageError"}


@cache
def commands() -> dict[str, set[str]]:
    """Every command with its options, as `rules test`."""
    found: dict[str, set[str]] = {}

    def collect(command, name: str) -> None:
        found[name] = {option for it in command.params for option in (*it.opts, *it.secondary_opts)} | {"--help", "-h"}
        for sub, inner in getattr(command, "commands", {}).items():
            collect(inner, f"{name} {sub}".strip())

    collect(typer.main.get_command(app), "")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_the_pages_exist_with_their_options(page):
    for line in COMMAND.findall(page.read_text("utf-8")):
        words = shlex.split(line.replace("'", "").replace('"', "").replace("…", ""))[1:]
        name = max(
            (" ".join(words[:n]) for n in range(1, 3) if " ".join(words[:n]) in commands()), key=len, default=None
        )
        assert name is not None, f"{page.name}: there is no `{line}`"
        for word in words:
            option = word.split("=")[0]
            if option.startswith("-") and len(option) > 1:
                assert option in commands()[name], f"{page.name}: `saaf {name}` has no {option}"
