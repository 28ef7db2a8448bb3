"""Learned lines: furniture is learned, articles are not, whatever the pages look like and however they come."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.cleaner import Cleaner
from saaf.clean.examples import check_examples
from saaf.clean.learn import LearnConfig, adopt, learn, write_pack
from saaf.clean.learn.adoption import LEARNED_FOLDER, beside
from saaf.clean.learn.choice import Learned
from saaf.clean.learn.counting import Evidence
from saaf.clean.learn.pieces import Form
from saaf.clean.packs import APPROVED, PROPOSED, load_pack, parse_pack
from saaf.config import CleanConfig
from saaf.errors import InputError, RuleError

LETTERS = {
    "ur": "ابپتٹجچدڈرڑزسشکگلمنںوہیے",
    "fa": "ابپتثجچدرزژسشعفقکگلمنوهی",
    "ar": "ابتثجحخدذرزسشصضطعغفقكلمنهوي",
    "ps": "ابپتټجځچدډرړزږسشښکګلمنڼوهی",
    "sd": "ابپتٿٽٺجڄچدڌڊڏڍرڙزسشڪکگڳڱلمنڻوهي",
    "pnb": "ابپتٹجچدڈرڑزسشکگلمنݨوہیے",
    "en": "abcdefghijklmnoprstuvwy",
}
END = {"ar": ".", "fa": ".", "ps": ".", "sd": ".", "en": "."}


class Writer:
    """Writes sentences of made-up words; no two are alike."""

    def __init__(self, seed: int, language: str = "ur") -> None:
        self.random = random.Random(seed)
        self.letters = LETTERS[language]
        self.end = END.get(language, "۔")

    def word(self) -> str:
        return "".join(self.random.choices(self.letters, k=self.random.randint(3, 7)))

    def words(self, count: int) -> str:
        return " ".join(self.word() for _ in range(count))

    def sentence(self) -> str:
        return self.words(self.random.randint(9, 16)) + self.end


@dataclass
class Page:
    """A page and what of it is the article's own."""

    doc_id: str
    article: list[str]
    text: str
    teasers: list[str] = field(default_factory=list)
    site: str | None = "news.example"
    url: str | None = None


def site(writer: Writer, articles: int, *, teasers: int = 6, prefix: str = "p") -> list[Page]:
    """A site whose pages end with the leads of the articles before them."""
    bodies = [
        [writer.words(6), *(writer.sentence() for _ in range(writer.random.randint(6, 9)))] for _ in range(articles)
    ]
    pages = []
    for number, body in enumerate(bodies):
        shown = [bodies[other][1] for other in range(max(0, number - teasers), number)]
        pages.append(Page(f"{prefix}{number:04d}", body, "\n".join(body + shown), shown))
    return pages


def batches(pages: list[Page], size: int = 7) -> list[pa.RecordBatch]:
    rows = [{"doc_id": p.doc_id, "site": p.site, "raw_text": p.text, "url": p.url} for p in pages]
    schema = pa.schema([(name, pa.string()) for name in ("doc_id", "site", "raw_text", "url")])
    return [pa.RecordBatch.from_pylist(rows[n : n + size], schema=schema) for n in range(0, len(rows), size)]


def learned(pages: list[Page], size: int = 7, **settings_: int):
    given_ = batches(pages, size)
    return learn(lambda: given_, LearnConfig(**settings_))


def texts(proposal) -> set[str]:
    return {" ".join(line.text.split()) for line in proposal.lines}


def packed(proposal) -> bytes:
    return write_pack(proposal.lines, "test", about="Lines for a test.").content


@pytest.fixture
def cleaned(tmp_path):
    """Cleans a page with nothing but what was learned."""
    cleaners = {}

    def clean(proposal, page: Page) -> str:
        if id(proposal) not in cleaners:
            file = tmp_path / "learned.yaml"
            file.write_bytes(packed(proposal))
            cleaners[id(proposal)] = Cleaner.load(CleanConfig(packs=()), tmp_path, [file])
        left = page.text
        for span in reversed(cleaners[id(proposal)].removed(page.text, site=page.site)):
            left = left[: span.start] + left[span.end :]
        return left

    return clean


class TestTeasers:
    """The leads of other articles at the end of each page."""

    @pytest.mark.parametrize("language", sorted(LETTERS))
    def test_are_learned_and_nothing_else_is(self, language):
        pages = site(Writer(1, language), 30)
        found = texts(learned(pages))
        shown_twice = {t for p in pages for t in p.teasers if sum(t in q.teasers for q in pages) >= 2}
        assert found == shown_twice

    def test_are_removed_and_every_article_keeps_all_of_its_own(self, cleaned):
        pages = site(Writer(2), 30)
        proposal = learned(pages)
        known = texts(proposal)
        for page in pages:
            left = cleaned(proposal, page).split("\n")
            assert [line for line in page.article if line not in left] == []
            assert [line for line in left if line in page.teasers and line in known] == []

    def test_an_article_keeps_its_title_and_lead_also_where_it_shows_no_teasers(self, cleaned):
        pages = site(Writer(3), 30)
        proposal = learned(pages)
        for page in pages:
            for own in (page.article, page.article[1:], page.article[:2], page.article[1:2]):
                alone = Page(page.doc_id, own, "\n".join(own), site=page.site)
                assert cleaned(proposal, alone) == alone.text

    def test_between_paragraphs_are_removed_wherever_they_stand(self, cleaned):
        pages = site(Writer(28), 30, teasers=0)
        block = pages[0].article[2:6]
        for number, page in enumerate(pages[1:]):
            place = 3 + number % (len(page.article) - 3)
            page.text = "\n".join([*page.article[:place], *block, *page.article[place:]])
        proposal = learned(pages)
        assert texts(proposal) == set(block)
        for page in pages[1:]:
            left = cleaned(proposal, page).split("\n")
            assert [line for line in left if line] == page.article

    def test_a_lead_counts_as_a_sign_of_a_teaser_but_not_as_a_repetition(self):
        pages = site(Writer(4), 30)
        lead = pages[10].article[1]
        shown_once = [p for p in pages if lead not in p.teasers or p.doc_id == pages[11].doc_id]
        assert lead not in texts(learned(shown_once))

    def test_in_another_spelling_are_the_same(self):
        pages = site(Writer(5), 30)
        for page in pages[::2]:
            page.text = page.text.replace("ی", "ي").replace("ک", "ك").replace("ہ", "ه")
        spellings = {"ی": "ي", "ک": "ك", "ہ": "ه"}
        as_one = str.maketrans(spellings)
        assert {t.translate(as_one) for t in texts(learned(pages))} == {
            t.translate(as_one) for t in texts(learned(site(Writer(5), 30)))
        }

    def test_of_two_sites_do_not_meet(self):
        first, second = site(Writer(6), 20, prefix="a"), site(Writer(6), 20, prefix="b")
        for page in second:
            page.site = "other.example"
        assert {line.site for line in learned(first + second).lines} == {"news.example", "other.example"}
        assert {line.evidence.articles for line in learned(first).lines} == {
            line.evidence.articles for line in learned(first + second).lines
        }

    def test_the_site_is_named_in_the_rule(self, tmp_path):
        file = tmp_path / "p.yaml"
        file.write_bytes(packed(learned(site(Writer(7), 20))))
        assert {rule.sites for rule in load_pack(file).pack.rules} == {("news.example",)}

    def test_without_a_site_are_learned_as_those_of_one(self, tmp_path):
        pages = site(Writer(8), 20)
        for page in pages:
            page.site = None
        file = tmp_path / "p.yaml"
        file.write_bytes(packed(learned(pages)))
        assert {rule.sites for rule in load_pack(file).pack.rules} == {None}


class TestWhatIsNotLearned:
    """What recurs and belongs to the articles."""

    def test_copies_of_one_article_count_once(self):
        writer = Writer(9)
        original = [writer.sentence() for _ in range(12)]
        pages = site(writer, 4, teasers=0)
        for number in range(18):
            text = list(original)
            text[writer.random.randint(6, 11)] = writer.sentence()
            text.insert(writer.random.randint(0, 3), writer.words(4))
            pages.append(Page(f"copy{number}", text, "\n".join(text)))
        proposal = learned(pages)
        assert proposal.lines == ()
        assert proposal.articles == 5

    def test_copies_that_lost_their_line_breaks_count_once(self):
        writer = Writer(10)
        original = [writer.sentence() for _ in range(12)]
        joints = ["\n", " ", "\n\n", "\n  ", " \n"]
        pages = [Page(f"c{n}", original, joint.join(original)) for n, joint in enumerate(joints)]
        assert learned(pages).articles == 1

    def test_pages_of_one_address_are_one_article(self):
        writer = Writer(11)
        block = [writer.sentence() for _ in range(5)]
        pages = [
            Page(f"u{n}", [], "\n".join([writer.sentence() for _ in range(8)] + block), url="https://news.example/live")
            for n in range(6)
        ]
        assert learned(pages).lines == ()
        for number, page in enumerate(pages):
            page.url = f"https://news.example/{number}"
        assert texts(learned(pages)) == set(block)

    def test_the_background_that_follow_ups_repeat(self):
        writer = Writer(12)
        background = [writer.sentence() for _ in range(3)]
        topic = [word for line in background for word in line.rstrip("۔").split()]
        pages = []
        for number in range(12):
            body = [f"{writer.words(4)} {' '.join(writer.random.sample(topic, 8))}۔" for _ in range(8)]
            pages.append(Page(f"f{number}", body, "\n".join([*body[:5], *background, *body[5:]])))
        assert learned(pages).lines == ()

    def test_background_of_which_only_a_third_of_the_words_come_again(self):
        writer = Writer(29)
        background = [writer.sentence() for _ in range(4)]
        pages = []
        for number in range(12):
            said = [" ".join(line.rstrip("۔").split()[number % 3 :: 3]) for line in background]
            body = [f"{writer.words(9)} {words}۔" for words in said]
            pages.append(Page(f"g{number}", body, "\n".join([*body, *background])))
        assert learned(pages).lines == ()
        strangers = site(writer, 12, teasers=0)
        for page in strangers:
            page.text = "\n".join([*page.article, *background])
        assert texts(learned(strangers)) == set(background)

    def test_one_paragraph_alone_in_a_few_articles(self):
        writer = Writer(13)
        pages = site(writer, 30, teasers=0)
        said = writer.sentence()
        for page in pages[:8]:
            page.text += "\n" + said
        assert learned(pages).lines == ()
        for page in pages[:12]:
            page.text = "\n".join(page.article) + "\n" + said
        assert texts(learned(pages)) == {said}

    def test_names_and_subheadings(self):
        writer = Writer(14)
        pages = site(writer, 40, teasers=0)
        name = writer.words(2)
        for page in pages:
            page.text = "\n".join([*page.article[:3], name, *page.article[3:]])
        assert learned(pages).lines == ()

    def test_the_title_of_a_series(self):
        writer = Writer(15)
        pages = site(writer, 30, teasers=0)
        title = writer.words(9)
        for page in pages:
            page.text = "\n".join([title, *page.article[1:]])
        assert learned(pages).lines == ()

    def test_one_line_of_a_megabyte(self):
        writer = Writer(16)
        long = writer.words(10) + " " + "ا" * 1_000_000
        block = [writer.sentence() for _ in range(4)]
        pages = site(writer, 5, teasers=0)
        for page in pages:
            page.text += "\n" + "\n".join([*block, long, "." * 100_000, "۔ " * 1000])
        assert texts(learned(pages)) == set(block)


class TestFormsOfPieces:
    """Pieces within a line: pages that lost their line breaks."""

    def test_sentences_of_pages_that_are_one_line(self, cleaned):
        pages = site(Writer(17), 30)
        for page in pages:
            page.text = " ".join([*page.article, *page.teasers])
        proposal = learned(pages)
        known = texts(proposal)
        assert len(known) > 15
        for page in pages:
            left = cleaned(proposal, page)
            assert all(line in left for line in page.article)
            assert not any(line in left for line in page.teasers if line in known)

    def test_headlines_after_a_marker(self, cleaned):
        writer = Writer(18)
        headline = writer.words(9)
        pages = site(writer, 14, teasers=0)
        for page in pages:
            page.text = f"{' '.join(page.article[:3])} مزید پڑھیں: {headline} {' '.join(page.article[3:])}"
        proposal = learned(pages)
        assert texts(proposal) == {headline}
        for page in pages:
            left = cleaned(proposal, page)
            assert headline not in left
            assert all(line in left for line in page.article)

    def test_a_block_at_the_top_of_pages(self, cleaned):
        writer = Writer(19)
        pages = site(writer, 20, teasers=0)
        menu = [writer.words(5) for _ in range(4)]
        for page in pages:
            page.text = "\n".join([*menu, *page.article])
        proposal = learned(pages)
        assert texts(proposal) == set(menu)
        for page in pages:
            assert cleaned(proposal, page).strip() == "\n".join(page.article)


class TestTheSameWhateverTheOrder:
    @settings(max_examples=6, deadline=None)
    @given(order=st.randoms(use_true_random=False), size=st.integers(1, 60), partitions=st.integers(1, 90))
    def test_of_pages_batches_and_partitions(self, order, size, partitions):
        pages = site(Writer(20), 25)
        pages += [Page(f"z{n}", p.article, p.text.replace(" ", "  ")) for n, p in enumerate(pages[:6])]
        expected = packed(learned(pages))
        order.shuffle(pages)
        assert packed(learned(pages, size, partitions=partitions)) == expected

    def test_an_input_that_changes_between_the_passes_is_refused(self):
        pages = site(Writer(21), 20)
        scans = iter([batches(pages), batches(pages[::-1])])
        with pytest.raises(InputError, match="changed"):
            learn(lambda: next(scans), LearnConfig())

    def test_no_pages(self):
        assert learned([]).lines == ()
        assert learned([Page("a", [], "")]).lines == ()


HOSTILE = [
    '"]\n  - id: x',
    "' # : - { } [ ] & * ! | > % @ ` , ? ",
    "\\x{22} {weekday} (?P<drop>.*) $^ .* \\pL [a-z]+",
    "{{ article }} <script>alert(1)</script> &amp; ${HOME}",
    "\u202eright to left\u202c \u2028 line \x85 next \x07 bell \x1b[31m",
    "!!python/object/apply:os.system [ls] --- ...",
]


class TestHostileText:
    @pytest.mark.parametrize("sign", HOSTILE)
    @pytest.mark.parametrize("joint", ["\n", " "])
    def test_comes_back_as_the_text_that_it_is(self, cleaned, sign, joint):
        writer = Writer(22)
        inside = sign.replace("\n", " ")
        block = [f"{writer.words(5)} {inside} {writer.words(5)}۔" for _ in range(4)]
        pages = site(writer, 12, teasers=0)
        for page in pages:
            page.doc_id += '\n"]: &x'
            page.site = "odd'\"]: {site}\n.example"
            page.text = joint.join([*page.article, *block])
        proposal = learned(pages)
        assert len(proposal.lines) >= len(block) or joint == " "
        for page in pages:
            left = cleaned(proposal, page)
            assert all(line in left for line in page.article)
            if joint == "\n":
                assert left.strip() == "\n".join(page.article)

    def test_marks_of_examples_are_left_out_of_packs(self):
        writer = Writer(23)
        block = [f"{writer.words(8)} ⟦{writer.words(3)}⟧۔", *(writer.sentence() for _ in range(3))]
        pages = site(writer, 6, teasers=0)
        for page in pages:
            page.text += "\n" + "\n".join(block)
        written = write_pack(learned(pages).lines, "x", approved_by="somebody", about="Lines for a test.")
        assert (written.lines, written.cut) == (3, 1)


class TestPacks:
    def test_carry_their_evidence(self):
        pages = site(Writer(24), 20)
        content = packed(learned(pages)).decode()
        assert 'evidence: {articles: 6, of: 20, share: 0.3000, samples: ["p0' in content
        assert "# 6 articles" in content

    @pytest.mark.parametrize(("by", "name"), [("somebody", APPROVED), (None, PROPOSED)])
    def test_say_in_their_name_whether_a_person_approved_them(self, tmp_path, by, name):
        lines = learned(site(Writer(25), 20)).lines
        file = tmp_path / "p.yaml"
        file.write_bytes(write_pack(lines, "News of 2026!", approved_by=by, about="Lines for a test.").content)
        assert load_pack(file).pack.pack == f"{name}.news-of-2026"

    def test_have_a_size_that_loads(self, tmp_path):
        pages = site(Writer(26), 200, teasers=40)
        proposal = learned(pages, max_lines=100)
        assert len(proposal.lines) == 100
        assert proposal.cut > 50
        assert {line.evidence.articles for line in proposal.lines} == {40}

    def test_nothing_to_write(self):
        with pytest.raises(ValueError, match="no lines"):
            write_pack((), "x", approved_by="somebody", about="Lines for a test.")


def test_memory_does_not_grow_with_the_text(tmp_path: Path, monkeypatch):
    """Three times as long pages of as many articles need no more memory: text is never kept."""
    import tracemalloc

    from saaf.clean.learn import spill

    monkeypatch.setattr(spill, "_BUFFER_ROWS", 256)

    def peak(sentences: int) -> int:
        writer = Writer(27)
        block = [writer.sentence() for _ in range(6)]
        texts_ = ["\n".join([*(writer.sentence() for _ in range(sentences)), *block]) for _ in range(150)]
        given_ = batches([Page(f"m{n}", [], text) for n, text in enumerate(texts_)], size=1)
        del texts_

        tracemalloc.start()
        assert len(learn(lambda: given_, LearnConfig(), scratch=tmp_path).lines) == 6
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)  # tables of letters are filled once
    assert peak(60) < peak(20) * 1.8


@settings(max_examples=60, deadline=None)
@given(
    texts_=st.lists(
        st.one_of(
            st.text(min_size=1, max_size=60),
            st.text("ابکہیؤۂىﷺﻻﯾ۱٢3َِّٰٓٔۖۚ\u200c\u200f\u0640۔،؟ .!?(){}[]\\|*+^$#:'\"-", min_size=1, max_size=60),
        ),
        min_size=1,
        max_size=5,
    ),
    form=st.sampled_from(Form),
    site_=st.text(max_size=20),
    ids=st.lists(st.text(max_size=70), min_size=1, max_size=3),
)
def test_whatever_lines_say_the_pack_loads_and_keeps_its_examples(texts_, form, site_, ids):
    seen = Evidence(
        hash=1,
        articles=9,
        head=0,
        sightings=9,
        run=5.0,
        related=0.0,
        farthest=20,
        pages=(0,),
    )
    safe = site_.encode("utf-8", "replace").decode()
    lines = [Learned(form, f"ابجد {text} ہوز {n}", safe, seen, 20, tuple(ids)) for n, text in enumerate(texts_)]
    try:
        written = write_pack(lines, "any", about="Lines for a test.")
    except ValueError:
        assert all(not text.isprintable() or "⟦" in text or "⟧" in text for text in texts_)
        return
    pack = parse_pack(written.content, Path("any.yaml"))
    assert check_examples(pack) == []
    assert written.lines + written.cut == len(lines)
    usual = sum(text.isprintable() and "⟦" not in text and "⟧" not in text for text in texts_)
    assert written.lines >= usual


class TestAdoption:
    """A proposal becomes a pack that runs use where a person approved it, and nowhere else."""

    @pytest.fixture
    def proposal(self, tmp_path):
        file = tmp_path / "mine.yaml"
        file.write_bytes(write_pack(learned(site(Writer(40), 20)).lines, "mine", about="Lines for a test.").content)
        return file

    def test_a_configured_proposal_is_refused_and_a_named_one_is_not(self, proposal, tmp_path):
        with pytest.raises(RuleError, match="nobody has approved it") as refused:
            Cleaner.load(CleanConfig(packs=(str(proposal),)), tmp_path)
        assert "saaf rules approve" in str(refused.value)
        assert Cleaner.load(CleanConfig(packs=()), tmp_path, [proposal]).rules

    def test_the_pack_is_the_file_as_it_stands_without_what_was_deleted(self, proposal, tmp_path):
        lines = proposal.read_text("utf-8").split("\n")
        counted = next(n for n, line in enumerate(lines) if "# " in line and "articles" in line and n > 5)
        last = lines[counted + 1]
        proposal.write_text("\n".join(line for line in lines if line != last), "utf-8")
        kept = load_pack(proposal).pack
        adopted = adopt(proposal, tmp_path / "learned", by="Sana", at="2026-11-22T10:00:00+00:00")
        pack = load_pack(adopted.file).pack
        assert (adopted.name, pack.version, pack.approved_by) == ("learned.mine", 1, "Sana")
        assert pack.rules == kept.rules
        assert Cleaner.load(CleanConfig(packs=(str(tmp_path / "learned" / "*.yaml"),)), tmp_path).rules

    def test_versions_count_on_and_the_same_answer_gives_the_same_bytes(self, proposal, tmp_path):
        first = adopt(proposal, tmp_path / "a", by="Sana")
        assert adopt(proposal, tmp_path / "b", by="Sana").file.read_bytes() == first.file.read_bytes()
        assert [adopt(proposal, tmp_path / "a", by="Sana").version for _ in range(2)] == [2, 3]

    def test_only_proposals_that_keep_their_examples_are_adopted(self, proposal, tmp_path):
        adopted = adopt(proposal, tmp_path / "learned", by="Sana")
        with pytest.raises(RuleError, match="is no proposal"):
            adopt(adopted.file, tmp_path / "again", by="Sana")
        text = proposal.read_text("utf-8")
        proposal.write_text(text.replace("max_chars: 400", "max_chars: 3"), "utf-8")
        with pytest.raises(RuleError, match="examples do not hold"):
            adopt(proposal, tmp_path / "learned", by="Sana")

    def test_a_name_that_says_approved_needs_to_say_by_whom(self, proposal, tmp_path):
        file = tmp_path / "renamed.yaml"
        file.write_text(proposal.read_text("utf-8").replace("pack: proposed.", "pack: learned."), "utf-8")
        with pytest.raises(RuleError, match="approved_by"):
            load_pack(file)

    def test_what_an_adopted_pack_removes_is_learned_again_under_its_name(self, proposal, tmp_path):
        (tmp_path / "include" / "rules").mkdir(parents=True)
        adopted = adopt(proposal, tmp_path / LEARNED_FOLDER, by="Sana")
        config = CleanConfig(packs=("learned/*.yaml",))
        assert Cleaner.load(config, tmp_path).files == (adopted.file,)
        assert beside(config, tmp_path, "mine").packs == ()
        assert beside(config, tmp_path, "other").packs == (str(adopted.file),)


def test_a_long_run_needs_an_article_less_and_an_unrelated_one():
    writer = Writer(50)
    teasers = [writer.sentence() for _ in range(8)]
    pages = [Page(f"p{n}", [writer.sentence() for _ in range(8)], "") for n in range(12)]
    for page in pages:
        page.text = "\n".join([*page.article, *(teasers if page.doc_id in {"p3", "p8"} else [])])
    assert texts(learned(pages)) == set(teasers)
    for page in pages:
        page.text = "\n".join([*page.article, *(teasers[:3] if page.doc_id in {"p3", "p8"} else [])])
    assert learned(pages).lines == ()


def test_sentences_about_the_page_are_background_not_teasers():
    writer = Writer(51)
    background = [writer.sentence() for _ in range(4)]
    words = " ".join(background).replace("۔", "").split()
    pages = []
    for number in range(14):
        own = [writer.sentence() for _ in range(4)]
        if number < 12:
            own += [" ".join(writer.random.sample(words, 14)) + "۔" for _ in range(4)]
        pages.append(Page(f"p{number}", own, " ".join([*own, *background, writer.sentence()])))
    assert learned(pages).lines == ()
