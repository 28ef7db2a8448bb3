"""The files that people and their tools read about the project are what their formats say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]-*.yml"))
SCHEMAS = {
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    "CITATION.cff": "vendor.citation-file-format",
    **{str(form.relative_to(ROOT)): "vendor.github-issue-forms" for form in FORMS},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_holds(name: str) -> None:
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", SCHEMAS[name], ROOT / name]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_there_is_a_form_for_each_thing_that_people_come_with() -> None:
    assert [form.stem.split("-", 1)[1] for form in FORMS] == ["bug", "wrong-removal", "new-site", "takedown"]
    wrong_removal = YAML(typ="safe").load(FORMS[1])
    required = {field["id"] for field in wrong_removal["body"] if field.get("validations", {}).get("required")}
    assert {"doc_id", "rule", "run"} <= required


def test_the_version_is_the_same_everywhere() -> None:
    import tomllib

    from saaf import __version__

    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == __version__
    assert YAML(typ="safe").load(ROOT / "CITATION.cff")["version"] == __version__


def test_every_hook_runs_a_tool_of_the_environment() -> None:
    """Hooks that fetch their own tools would need the network, and would check with other versions than CI."""
    config = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for hook in hooks:
        tool = hook["entry"].split()[0 if "python" not in hook["entry"] else 1].removeprefix(".venv/bin/")
        assert tool in makefile, f"hook {hook['id']} is not part of `make test`"
