"""A run's report and the pages of `saaf explain` and `saaf diff`, opened in Chromium with the network off."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

NAMES = ("report", "kept", "rejected", "diff")
OPEN_ALL = "document.querySelectorAll('details').forEach(it => it.open = true)"
WIDER_THAN_THE_WINDOW = """
[...document.querySelectorAll('body *')]
  .filter(it => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest('.scroll'))
  .map(it => it.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_nothing_of_the_network_and_complains_of_nothing(visit, pages, name):
    page = visit.open(pages[name])
    page.evaluate(OPEN_ALL)
    page.evaluate("document.fonts.ready.then(() => null)")
    assert [url for url in visit.requests if not url.startswith("data:font/woff2;")] == [pages[name].as_uri()]
    assert visit.complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_runs_nothing_even_where_no_policy_holds_it_back(visit, pages, name):
    """The page's own policy is switched off: escaping alone has to do."""
    page = visit.but(bypass_csp=True).open(pages[name])
    page.evaluate(OPEN_ALL)
    page.mouse.move(300, 300)
    assert page.evaluate("typeof hacked") == "undefined"
    assert (
        page.locator("script, img, iframe, object, embed, link, form, base, [onclick], [onload], [onerror]").count()
        == 0
    )
    assert page.locator("style").count() == 1
    assert page.locator("meta[http-equiv]").count() == 1
    assert visit.requests == [url for url in visit.requests if url.startswith(("file:", "data:font/woff2;"))]
    assert visit.complaints == []


def test_hostile_text_is_shown_as_it_is(visit, pages):
    page = visit.open(pages["report"])
    text = page.locator("body").text_content()
    for shown in ("<img src=x onerror=hacked=1>", "day 1 <b onclick=hacked=1>", "⟨U+202E⟩⟨U+2066⟩hacked"):
        assert shown in text


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_complete_without_scripts(visit, pages, name):
    whole = visit.open(pages[name]).locator("body").inner_text()
    page = visit.but(java_script_enabled=False).open(pages[name])
    assert page.locator("body").inner_text() == whole
    closed = page.locator("details:not([open])")
    if closed.count():
        closed.first.locator("summary").click()
        assert len(page.locator("body").inner_text()) > len(whole)


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'",
        "sandbox; default-src 'none'; img-src 'self'; style-src 'self'",
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'",
    ],
    ids=["nothing", "no inline style", "as Airflow's pages send it"],
)
def test_a_page_is_complete_under_a_strict_policy(visit, pages, policy):
    whole = visit.open(pages["report"]).locator("body").text_content()
    page = visit.open(pages["report"], headers={"Content-Security-Policy": policy})
    assert page.locator("body").text_content() == whole
    assert page.locator("svg[role=img]").first.is_visible()
    assert not [url for url in visit.requests if "hacked.invalid" in url]
    if "unsafe-inline" in policy:
        assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(visit, pages, name, scheme):
    page = visit.but(color_scheme=scheme).open(pages[name])
    page.evaluate(OPEN_ALL)
    found = Axe().run(page).response["violations"]
    assert [(it["id"], len(it["nodes"]), it["nodes"][0]["html"][:200]) for it in found] == []


def test_light_and_dark_differ(visit, pages):
    colours = {
        scheme: visit.but(color_scheme=scheme)
        .open(pages["report"])
        .evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert colours["light"] != colours["dark"]


@pytest.mark.parametrize("width", [320, 640, 1280], ids=["phone", "twice as large", "desk"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_window(visit, pages, name, width):
    """320 px is what WCAG asks for; 640 px is a window of 1,280 at 200 %."""
    page = visit.but(viewport={"width": width, "height": 800}).open(pages[name])
    page.evaluate(OPEN_ALL)
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", NAMES)
def test_urdu_is_set_in_the_fonts_of_the_page_from_right_to_left(visit, pages, name):
    page = visit.open(pages[name])
    page.evaluate(OPEN_ALL)
    page.evaluate("document.fonts.ready.then(() => null)")
    states = page.evaluate("[...document.fonts].map(it => it.family.replaceAll('\"', '') + ' ' + it.status)")
    assert "Noto Nastaliq Urdu loaded" in states
    assert set(states) <= {"Noto Nastaliq Urdu loaded", "Noto Naskh Arabic loaded", "Noto Naskh Arabic unloaded"}
    found = page.locator("[lang=ur]")
    assert found.count() >= 1
    assert page.evaluate(
        "[...document.querySelectorAll('[lang=ur]')].every(it => getComputedStyle(it).direction === 'rtl')"
    )
    marked = "[...document.querySelectorAll('.text del, .text ins')].map(it => getComputedStyle(it).unicodeBidi)"
    assert set(page.evaluate(marked)) <= {"isolate"}


def test_print_shows_what_is_folded_and_no_navigation(visit, pages):
    page = visit.open(pages["report"])
    folded = page.locator("details:not([open]) table").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()
    assert not page.locator("nav").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF-")


def test_everything_that_opens_or_scrolls_is_reached_by_keyboard(visit, pages):
    page = visit.open(pages["report"])
    page.evaluate("document.querySelector('main').scrollIntoView()")
    reached = page.evaluate("[...document.querySelectorAll('summary, .scroll, nav a')].every(it => it.tabIndex === 0)")
    assert reached
    first = page.locator("details:not([open]) > summary").first.element_handle()
    first.focus()
    page.keyboard.press("Enter")
    assert first.evaluate("it => it.parentElement.open")


def test_links_on_the_page_lead_to_its_sections(visit, pages):
    page = visit.open(pages["report"])
    links = page.locator("nav a")
    assert links.count() >= 10
    for number in range(links.count()):
        assert page.locator(links.nth(number).get_attribute("href")).count() == 1


def test_the_report_is_small(pages):
    assert pages["report"].stat().st_size <= 1_500_000
