"""Pages of a real run, in a real browser."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpus_fixtures import Corpus, corpus_in
from newsroom import ENGLISH, HOSTILE, day_of_news, hostile_story

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


@pytest.fixture(scope="module")  # its event loop runs as long as it is open, and other tests have loops of their own
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; `.ci/run` installs it."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("there is no Chromium on this machine: on Debian, `apt-get install chromium fonts-noto-core`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of a run over hostile news, why two of its documents are as they are, and what a rebuild would change."""
    folder = tmp_path_factory.mktemp("pages")
    corpus = corpus_in(folder / "corpus")
    dice = random.Random(20)
    for day, stories in enumerate((12, 20)):
        for name, text in day_of_news(dice, stories):
            (corpus.inputs / f"{day}-{name}").write_text(text, "utf-8")
        if day:
            for number, payload in enumerate(HOSTILE):
                name = payload.replace("/", "|").replace("\x00", "")[:60]
                (corpus.inputs / f"{number} {name}.txt").write_text(hostile_story(dice, payload), "utf-8")
            (corpus.inputs / "<b onclick=hacked=1>.txt").write_text(ENGLISH + HOSTILE[0] + ENGLISH, "utf-8")
            (corpus.inputs / "<img src=x onerror=hacked=1>.txt.gz").write_bytes(b"\x1f\x8b\x08\x00")
        corpus.run(run_id=f"day {day} <b onclick=hacked=1>", days=day)
    report = corpus.lake.report_path("day 1 <b onclick=hacked=1>")
    return {
        "report": report,
        "kept": _explained(corpus, folder, "gold"),
        "rejected": _explained(corpus, folder, "rejected"),
        "diff": _diff(folder),
    }


def _diff(folder: Path) -> Path:
    """What a rebuild would change, hostile wherever it shows what came from outside."""
    from saaf.publish.diff import Counts, Diff, ReasonChange, RuleChange, Sample, SiteChange
    from saaf.report.html import render_diff

    lines = tuple(hostile_story(random.Random(3), payload) for payload in HOSTILE)
    about = {"doc_id": "a" * 32, "site": HOSTILE[1], "reason": HOSTILE[0]}
    diff = Diff(
        counts=Counts(before=300, now=310, same=290, gained=20, lost=10),
        reasons=(ReasonChange(reason=HOSTILE[0], gained=20, lost=10),),
        rules=(RuleChange(rule=HOSTILE[3], spans_before=1, spans_now=20, characters_before=10, characters_now=9_876),),
        sites=tuple(SiteChange(site=payload, gained=1) for payload in HOSTILE),
        samples=(
            Sample(kind="changed", text="", lines_gained=lines, lines_lost=lines, **about),
            Sample(kind="lost", text=lines[0], **about),
        ),
    )
    path = folder / "diff.html"
    path.write_text(render_diff(diff), "utf-8")
    return path


def _explained(corpus: Corpus, folder: Path, table: str) -> Path:
    """The page of a hostile document that ended in a table."""
    from saaf.report.explain import explain
    from saaf.report.html import render_explanation

    row = next(row for row in corpus.rows(table) if "hacked" in row["uri"] and not row["uri"].endswith(".gz"))
    tables = ("bronze", "silver", "rejected", "duplicates", "gold")
    found = explain(row["doc_id"], **{name: corpus.lake.read(name, doc_ids={row["doc_id"]}) for name in tables})
    assert found is not None
    path = folder / f"{table}.html"
    path.write_text(render_explanation(found), "utf-8")
    return path


@dataclass(frozen=True)
class Visit:
    """Opens pages and takes down what they do."""

    browser: Browser
    settings: dict = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def but(self, **settings: object) -> Visit:
        """The same visitor under other settings of the browser's context."""
        return replace(self, settings=self.settings | settings)

    def open(self, path: Path, *, headers: dict[str, str] | None = None) -> Page:
        """Open a file: from the disk, or as a server would send it with these headers.

        The network is off; a message, a dialog or an error of the page is a complaint.
        """
        context = self.browser.new_context(offline=headers is None, **self.settings)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        if headers is None:
            page.goto(path.as_uri())
        else:
            answer = {"body": path.read_bytes(), "headers": {"Content-Type": "text/html; charset=utf-8", **headers}}
            context.route("**/*", lambda route: route.fulfill(**answer))
            page.goto("http://reports.invalid/run")
        return page


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """A visitor with a new profile a page."""
    yield Visit(chromium)
    for context in chromium.contexts:
        context.close()
