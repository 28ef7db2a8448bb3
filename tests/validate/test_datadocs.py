"""Data Docs, which write whatever they are given into their pages: nothing that they are given may act."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saaf.validate import load_suite
from saaf.validate.datadocs import write_data_docs
from shared import ROOT
from validate.rows import good, run

ACTS = ("<script>alert('row')</script>", "<img src=x onerror=alert('row')>", "\"><svg onload=alert('row')>")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data Docs of rows, a suite and a run that all hold scripts."""
    folder = tmp_path_factory.mktemp("docs")
    suite = json.loads((ROOT / "expectations" / "silver.json").read_text("utf-8"))
    suite["expectations"].append(
        {
            "type": "expect_column_values_to_not_match_regex",
            "kwargs": {"column": "source", "regex": ACTS[0]},
            "severity": "info",
            "meta": {"on_fail": "warn", "why": ACTS[1]},
            "description": ACTS[2],
        }
    )
    path = folder / "silver.json"
    path.write_text(json.dumps(suite), "utf-8")
    loaded = load_suite(path)
    hostile = {"title": ACTS[0], "text": ACTS[1], "source": ACTS[2], "language": ACTS[0], "doc_id": ACTS[1]}
    found = run(loaded, good("silver", 3, **hostile))
    first = write_data_docs(
        found.validation, [loaded], folder / "docs", run_id=ACTS[0], at=datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert first.exists()
    return folder / "docs"


def test_there_is_a_page_of_the_suite_and_one_of_what_it_found(pages: Path) -> None:
    [found] = pages.glob("validations/**/*.html")
    [suite] = pages.glob("expectations/*.html")
    assert "signals_out_of_range" in found.read_text("utf-8")
    assert "signals_out_of_range" in suite.read_text("utf-8")


def test_no_string_of_a_row_or_a_suite_stands_there_as_markup(pages: Path) -> None:
    for page in pages.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not any(act in text for act in ACTS), page


def test_nothing_runs_in_a_browser(pages: Path) -> None:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("there is no Chromium on this machine: on Debian, `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.route("http*://**", lambda route: route.abort())  # pages ask for styles and scripts of other hosts
        page.set_content("<script>alert('the browser runs scripts')</script>")
        for file in pages.rglob("*.html"):
            page.goto(file.as_uri(), wait_until="load")
        browser.close()
    assert said == ["the browser runs scripts"]
