"""The pages: whole and well formed, harmless whatever the text holds, closed to the network, bounded in size."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from generated import article
from saaf.config import ReportConfig
from saaf.publish.diff import Counts, Diff, ReasonChange, RuleChange, Sample, SiteChange
from saaf.report import charts, render_html
from saaf.report import html as html_module
from saaf.report.explain import explain
from saaf.report.html import MAX_BYTES, render_diff, render_explanation

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
SELF_CLOSED = {"rect", "path", "circle", "polyline"}

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</div></section></main><iframe src=//evil.example>",
    "{{ 7*7 }}{% include 'x' %}",
    "</style><style>*{display:none}",
    "<!--",
    "&lt;b&gt;",
)


class Page(HTMLParser):
    """Collects what a page holds; a tag that is closed out of order is an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.rtl = ""
        self._rtl_depth: int | None = None
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag not in VOID:
            self.open.append(tag)
            if attributes.get("dir") == "rtl" and self._rtl_depth is None:
                self._rtl_depth = len(self.open)

    def handle_startendtag(self, tag, attrs):
        assert tag in SELF_CLOSED
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        if self._rtl_depth == len(self.open):
            self._rtl_depth = None
        self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            return
        self.words.append(data)
        if self._rtl_depth is not None:
            self.rtl += data

    @property
    def text(self) -> str:
        return "".join(self.words)

    def named(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


def assert_harmless(html: str) -> Page:
    page = Page(html)
    names = {name for name, _ in page.tags}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "base", "form", "audio", "video", "use"}
    for name, attributes in page.tags:
        for key, value in attributes.items():
            assert not key.startswith("on"), (name, key)
            assert key not in {"style", "src", "srcdoc", "action", "xlink:href"}, (name, key)
            if key == "href":
                assert value.startswith("#")
    assert len(page.named("style")) == 1
    assert not re.search(r"https?://", html)
    assert set(re.findall(r"url\(([^)]{0,28})", html)) <= {"data:font/woff2;base64,d09GM"}
    assert "@import" not in html
    return page


def test_a_page_is_whole_and_asks_nothing_of_the_network(day):
    html = render_html(day.report())
    page = assert_harmless(html)
    assert html.startswith("<!doctype html>")
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.ids) == len(set(page.ids))
    targets = {a["href"].removeprefix("#") for a in page.named("a")}
    assert targets <= set(page.ids)
    for label in (a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a):
        assert label in page.ids


def test_the_policy_allows_the_style_sheet_by_its_hash_and_nothing_else(day):
    html = render_html(day.report())
    [policy] = [m["content"] for m in Page(html).named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    expected = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert (
        policy
        == f"default-src 'none'; style-src 'sha256-{expected}'; font-src data:; base-uri 'none'; form-action 'none'"
    )


def test_article_text_has_language_and_direction(day):
    page = assert_harmless(render_html(day.report()))
    texts = [a for _, a in page.tags if "text" in a.get("class", "").split()]
    assert texts
    assert all({"lang", "dir"} <= a.keys() for a in texts)
    assert {(a["lang"], a["dir"]) for a in texts} == {("ur", "rtl"), ("en", "ltr")}
    for urdu in ("مزید پڑھیں", "صفحہ اول", "بلدیہ نے نئے باغ کا افتتاح کر دیا", "باغ کا ایک منظر (فوٹو)"):
        assert urdu in page.rtl
    bdi = "".join(re.findall(r"<bdi[^>]*>(.*?)</bdi>", render_html(day.report())))
    for name in ("garden.txt", "ur.read-more", day.rows["gold"][0]["doc_id"]):
        assert name in bdi


def test_a_page_says_what_the_report_says(day):
    report = day.report()
    text = Page(render_html(report)).text
    for words in (
        report.verdict.sentence,
        *report.verdict.warnings,
        "8 ingested = 2 gold + 6 rejected",
        "gzip stream ends after 4,096 bytes",
        "similarity 0.91",
        "Readers look for a title.",
        "5d41402abc4b2a76",
    ):
        assert words in text


def test_every_chart_has_a_table_of_the_same_numbers(day):
    day.figures(documents=(8, [5, 6, 7, 9]), gold_share=(0.25, [0.3, 0.2, 0.4, 0.3]))
    html = render_html(day.report_after_earlier_runs())
    page = Page(html)
    charts = [a for a in page.named("svg") if a.get("role") == "img"]
    assert len(charts) >= 6
    assert len({a["aria-label"] for a in charts}) == len(charts)
    assert all(a["aria-label"].endswith("; the table below holds the same numbers") for a in charts)
    for after in html.split(' role="img"')[1:]:
        assert "<table" in after.partition("</section>")[0]
    # The bars stand in the row of their number and say nothing of their own.
    assert all(a.get("aria-hidden") == "true" for a in page.named("svg") if a not in charts)


def test_a_run_is_shown_against_the_runs_before_it(day):
    day.figures(documents=(8, [5, 6, 7, 9]), gold_share=(0.25, [0.81, 0.82, 0.83, 0.84]))
    day.rows["figures"][0] |= {"verdict": "ask", "expected": 6.5, "low": 4.0, "high": 7.0, "sample_ids": ["ab" * 16]}
    text = " ".join(Page(render_html(day.report_after_earlier_runs())).text.split())
    for words in ("the last 4 runs", "far outside", "Expected 6, 4 to 7", "25.0 %", "81.0 %", "earlier-3", "ab" * 16):
        assert words in text
    assert "1 figure outside what earlier runs say" in text


def test_template_families_are_told_where_there_are_any(day):
    stats = {"kept_apart_by_numbers": 12, "template_families": 3, "largest_template_family": 7}
    text = " ".join(Page(render_html(day.report(stats=stats))).text.split())
    assert "12 documents in gold say what another one says but for their numbers" in text
    assert "they make up 3 families, the largest of 7 documents" in text
    assert "Template families" not in Page(render_html(day.report(stats={"template_families": 0}))).text


def test_a_first_run_says_that_it_is_the_first(day):
    assert "This is the first run of its source" in Page(render_html(day.report())).text


def test_a_trend_stays_within_its_picture(day):
    day.figures(documents=(8, [5, 6, 7, 9]), new_sites=(0, [0, 0]), removed_share=(0.5, []))
    for figure in day.report_after_earlier_runs().figures.shown:
        shape = charts.trend(figure)
        for x, y in (*shape.dots, shape.last):
            assert 0 <= x <= charts.TREND_WIDTH
            assert 0 <= y <= charts.TREND_HEIGHT


def test_a_histogram_is_in_proportion():
    shape = charts.columns([("a", (10, 5)), ("b", (0, 0)), ("c", (5, 5))])
    heights = [[height for _, height in column.bars] for column in shape]
    assert heights == [[charts.COLUMNS_HEIGHT, charts.COLUMNS_HEIGHT / 2], [0, 0], [charts.COLUMNS_HEIGHT / 2] * 2]
    assert all(column.x >= 0 and column.x + column.width <= charts.COLUMNS_WIDTH for column in shape)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_shown_and_never_obeyed(by_hand, payload):
    piece = f"ٹکڑا {payload}"
    kept = by_hand.gold(f"a{payload}.txt", f"{payload} خبر\n{piece}\nآخر {payload}", [(piece, payload, payload)])
    for row in (*by_hand.rows["silver"], *by_hand.rows["gold"]):
        row.update(
            dict.fromkeys(("title", "agency", "section", "author", "site", "language"), payload), captions=[payload]
        )
    by_hand.copy(f"b{payload}", f"{payload} خبر اور\nآخر", kept, 0.9)
    by_hand.rejected(
        payload, payload, payload, payload, rule=payload, value=payload, threshold=payload, kept_id=payload
    )
    by_hand.file(payload, records=0, error=payload, message=payload)
    by_hand.figures(**{payload: (1.0, [1.0])})
    by_hand.rows["figures"][0] |= {"key": payload, "verdict": payload, "sample_ids": [payload]}
    fields = ("table", "expectation", "column", "severity", "on_fail", "observed", "bound", "why")
    by_hand.check(success=False, **dict.fromkeys(fields, payload), sample_ids=[payload])
    by_hand.rows["duplicates"][0]["method"] = payload
    report = by_hand.report_after_earlier_runs(
        **dict.fromkeys(("run_id", "source", "ingest_date", "config_hash", "lake"), payload),
        unsettled=(payload,),
        seconds={payload: 1.0},
        stats={payload: 1},
    )
    page = assert_harmless(render_html(report))
    assert page.text.count(payload) >= 35


def test_what_a_browser_would_obey_is_spelled_out(by_hand):
    by_hand.gold("\u202egnp.exe", "خبر \u202e الٹی \x00 \x1b[31m متن\nx", [("الٹی \x00 \x1b[31m", "r", "k")])
    html = render_html(by_hand.report())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
    for shown in ("⟨U+202E⟩", "⟨U+0000⟩", "⟨U+001B⟩"):
        assert shown in html


def test_zwnj_is_kept(by_hand):
    by_hand.gold("a.txt", "خبر\nمی\u200cخواہم", [("می\u200cخواہم", "r", "k")])
    assert "می\u200cخواہم" in render_html(by_hand.report())


def test_twenty_thousand_documents_make_no_large_page(by_hand):
    dice = random.Random(5)
    bodies = [article(dice, sentences=6) for _ in range(50)]
    kept = None
    for number in range(20_000):
        piece = f"{bodies[number % 50]} {number}"
        raw = f"{bodies[(number * 7) % 50]}\n{piece}"
        removed = [(piece, f"site.{number % 900}", "related")]
        if kept and number % 5 == 0:
            kept_id = kept if number % 2 else f"{number:032x}"
            by_hand.copy(f"{number}.txt", raw, kept_id, 0.7 + (number % 30) / 100)
        elif number % 7 == 0:
            by_hand.rejected(f"{number}.txt", raw, "clean", "signal", removed, rule=f"signal.{number % 300}")
        else:
            kept = by_hand.gold(f"{number}.txt", raw, removed, site=f"site-{number}.example")
    for number in range(400):
        by_hand.check(column=f"column {number}", success=number % 2 == 0, why=article(dice))
    report = by_hand.report()
    html = render_html(report)
    assert len(html.encode()) <= MAX_BYTES
    assert len(report.model_dump_json().encode()) <= 2 * MAX_BYTES
    assert "20,000" in html


def test_a_page_fits_also_where_much_is_asked_for_and_all_has_to_be_escaped(by_hand):
    for number in range(400):
        piece = f"{number} " + "<\"&'>" * 4000
        by_hand.gold(f"{number}.txt", f"خبر\n{piece}", [(piece, f"rule.{number % 80}", "k")])
    report = by_hand.report(config=ReportConfig(samples=50, sample_characters=20_000))
    html = render_html(report)
    assert len(html.encode()) <= MAX_BYTES
    page = assert_harmless(html)
    assert "Some samples were shortened or left out" in page.text
    assert "400" in page.text


def test_a_page_fits_where_everything_is_as_much_and_as_long_as_can_be(by_hand):
    """Names of twelve bytes a character, in every table, more of them than are shown."""
    long = "\x00" * 400
    kept = by_hand.gold("kept.txt", "خبر " + "لفظ " * 3000)
    for number in range(300):
        name = f"{number}{long}"
        piece = f"ٹکڑا {number} {long}"
        by_hand.gold(f"gold {name}", f"خبر\n{piece}", [(piece, name, name)], site=name, language=f"x{number}")
        by_hand.copy(f"copy {name}", f"{long} " * 30 + "لفظ " * 3000, kept, 0.8)
        by_hand.rejected(f"rejected {name}", name, f"stage {number}", name, rule=name, value=name, threshold=name)
        by_hand.file(name, records=0, error=name, message=name)
        by_hand.check(success=False, column=name, why=name, bound=name, observed=name, on_fail="warn")
        by_hand.figures(**{name: (0.5, [0.5] * 30)})
    for row in by_hand.rows["figures"]:
        row |= {"key": long, "sample_ids": [long] * 20, "verdict": "ask"}
    report = by_hand.report_after_earlier_runs(
        stats={f"{number}{long}": number for number in range(300)},
        seconds={f"{number}{long}": 1.0 for number in range(20)},
        unsettled=tuple(f"{number}{long}" for number in range(300)),
    )
    html = render_html(report)
    assert len(html.encode()) <= MAX_BYTES
    text = assert_harmless(html).text
    assert "Some samples were shortened or left out" in text
    for count in (report.balance.ingested, report.balance.rejected, report.checks.evaluated, report.rules.total):
        assert f"{count:,}" in text


def test_an_explanation_is_a_page_of_the_same_kind(day):
    payload = PAYLOADS[1]
    identity = day.gold("bad.txt", f"خبر\n{payload} متن\nآخر", [(f"{payload} متن", "ur.<b>", "k")], author=payload)
    page = assert_harmless(render_explanation(explain(identity, **_tables(day))))
    assert f"{payload} متن" in page.rtl
    assert page.text.count(payload) >= 3


def test_what_a_rebuild_would_change_is_a_page_of_the_same_kind():
    payload = PAYLOADS[1]
    sample = {"kind": "changed", "doc_id": payload, "site": payload, "reason": payload, "text": payload}
    diff = Diff(
        counts=Counts(before=3, now=2, same=1, lost=1, changed=1, lines_lost=1234),
        reasons=(ReasonChange(reason=payload, gained=0, lost=1),),
        rules=(RuleChange(rule=payload, spans_before=1, spans_now=2, characters_before=10, characters_now=9876),),
        sites=(SiteChange(site=payload, changed=1),),
        samples=(Sample(**sample, lines_gained=("نئی \u202e سطر",), lines_lost=(payload,)), Sample(**sample)),
    )
    page = assert_harmless(render_diff(diff))
    assert page.text.count(payload) >= 9
    for words in ("1,234 lost", "9,876", "نئی ⟨U+202E⟩ سطر", "saaf rebuild --swap"):
        assert words in page.text


def test_a_large_rebuild_makes_no_large_page():
    lines = tuple("\x00" * 500 for _ in range(20))
    sample = Sample(kind="changed", doc_id="a" * 32, site=None, reason=None, text="", lines_gained=lines)
    diff = Diff(counts=Counts(changed=9_999), reasons=(), rules=(), sites=(), samples=(sample,) * 100)
    html = render_diff(diff)
    assert len(html.encode()) <= MAX_BYTES
    assert "9,999" in html


def _tables(run) -> dict:
    tables = run.tables()
    return {name: list(tables[name]) for name in ("bronze", "silver", "rejected", "duplicates", "gold")}


def test_colours_can_be_told_apart_in_light_and_dark():
    """WCAG 2.2 AA wants a contrast of 4.5 for words; the page has a light set of colours and a dark one."""
    style = (Path(html_module.__file__).parent / "templates" / "style.css").read_text("utf-8")
    sets = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root {(.*?)}", style, re.DOTALL)
    ]
    light, dark = sets[0], sets[0] | sets[1]
    for colours in (light, dark):
        for background in ("paper", "card"):
            for words in ("ink", "soft", "go", "gold", "out"):
                assert contrast(colours[words], colours[background]) >= 4.5, (words, background)
        for words in ("go", "gold", "out", "add", "warn"):
            assert contrast(colours[words], colours[f"{words}-soft"]) >= 4.5, words
            assert contrast(colours["ink"], colours[f"{words}-soft"]) >= 4.5, words


def contrast(one: str, other: str) -> float:
    brightness = sorted((luminance(one), luminance(other)))
    return (brightness[1] + 0.05) / (brightness[0] + 0.05)


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _marked(html: str) -> dict[str, set[str]]:
    """What is marked as one side's own, apart from the legend."""
    legend = {"underlined", "struck through"}
    return {tag: set(re.findall(f"<{tag}>(.*?)</{tag}>", html)) - legend for tag in ("del", "ins")}


def test_a_pair_marks_what_only_one_side_says(by_hand):
    words = [f"لفظ{number}" for number in range(40)]
    kept = by_hand.gold("kept.txt", " ".join(words))
    by_hand.copy("copy.txt", " ".join([*words[:10], "فالتو", *words[10:]]), kept, 0.9)
    html = render_html(by_hand.report())
    assert _marked(html) == {"del": {"فالتو"}, "ins": set()}


def test_words_beyond_a_cut_are_not_called_missing(by_hand):
    words = " ".join(f"لفظ{number}" for number in range(400))
    kept = by_hand.gold("kept.txt", "ایک سرخی جو صرف یہاں ہے " + words)
    by_hand.copy("copy.txt", words, kept, 0.9)
    html = render_html(by_hand.report(config=ReportConfig(sample_characters=200)))
    assert _marked(html) == {"del": set(), "ins": {"ایک سرخی جو صرف یہاں ہے"}}
