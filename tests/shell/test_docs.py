"""The pages say what stands: generated ones are fresh, links lead somewhere, the README is short."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from saaf.reasons import Reason
from saaf.tables import TABLES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE_PATH = re.compile(r"`((?:plugins|dags|scripts|tests|include|expectations|docs|benchmarks)/[\w./-]*)`")


def test_the_page_of_tables_is_fresh() -> None:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert (ROOT / "docs" / "tables.md").read_text("utf-8") == generator.page(), "run `make docs`"


def test_the_page_of_tables_names_every_column_and_reason() -> None:
    page = (ROOT / "docs" / "tables.md").read_text("utf-8")
    for table in TABLES.values():
        _, _, rest = page.partition(f"\n## {table.name}\n")
        section, _, _ = rest.partition("\n## ")
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [line.split("`")[1] for line in rows] == list(table.names)
    assert all(f"| `{reason}` | " in page for reason in Reason)


def test_every_column_is_described() -> None:
    for table in TABLES.values():
        for column in table.columns:
            assert column.meaning.endswith((".", "`")), (table.name, column.name)
            assert column.example, (table.name, column.name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in LINK.findall(text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
    for target in CODE_PATH.findall(text):
        if target.startswith("include/rules/sites/"):
            continue  # the page teaches how to make it
        assert (ROOT / target).exists(), f"{page.name} names {target}"


def test_the_readme_is_short_and_names_only_targets_that_exist() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(readme.splitlines()) < 200
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE))
        assert named <= targets, f"{page.name} names targets that do not exist: {named - targets}"
