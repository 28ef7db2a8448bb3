"""``saaf learn``: from raw pages to a pack that ``saaf clean`` uses."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

LETTERS = "ابپتٹجچدڈرڑزسشکگلمنںوہیے"


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> Path:
    """Thirty pages of a site, each with the leads of the six before it at its end."""
    chance = random.Random(1)

    def sentence() -> str:
        return " ".join("".join(chance.choices(LETTERS, k=5)) for _ in range(12)) + "۔"

    bodies = [[sentence() for _ in range(8)] for _ in range(30)]
    rows = [
        {
            "id": f"page-{number}",
            "site": "news.example",
            "text": "\n".join([*body, *(bodies[other][0] for other in range(max(0, number - 6), number))]),
        }
        for number, body in enumerate(bodies)
    ]
    file = tmp_path_factory.mktemp("pages") / "pages.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


@pytest.fixture
def proposed(saaf, pages, tmp_path) -> Path:
    pack = tmp_path / "proposed.yaml"
    assert saaf("learn", pages, "--output", pack).code == 0
    return pack


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_a_pack_is_proposed_and_told(saaf, pages, tmp_path):
    pack = tmp_path / "deep" / "mine.yaml"
    ended = saaf("learn", pages, "-o", pack)
    assert (ended.code, ended.out) == (0, "")
    assert "30 pages, 30 distinct articles" in ended.err
    assert "news.example: " in ended.err
    assert "Proposed: " in ended.err
    assert "\npack: proposed.mine\n" in pack.read_text("utf-8")
    assert 'samples: ["page-' in pack.read_text("utf-8")


def test_approval_is_in_the_name(saaf, pages, tmp_path):
    pack = tmp_path / "mine.yaml"
    ended = saaf("learn", pages, "-o", pack, "--approve")
    assert "Approved: " in ended.err
    assert "\npack: learned.mine\n" in pack.read_text("utf-8")


def test_the_pack_keeps_its_examples_and_cleans(saaf, pages, proposed, tmp_path):
    assert saaf("rules", "test", proposed).code == 0
    before, after = tmp_path / "before.jsonl", tmp_path / "after.jsonl"
    saaf("clean", pages, "--spans", before)
    ended = saaf("clean", pages, "--rules", proposed, "--spans", after)
    assert ended.code == 0
    assert [row["removed"] for row in rows(before)] == [[]] * 30
    assert [len(row["text"].split("\n")) for row in rows(after)][:29] == [8] * 29
    assert {span["kind"] for row in rows(after) for span in row["removed"]} == {"related"}
    assert all(span["rule"].startswith("proposed.proposed.") for row in rows(after) for span in row["removed"])


def test_what_the_rules_in_use_remove_is_not_learned_again(saaf, pages, proposed, tmp_path):
    ended = saaf("learn", pages, "--rules", proposed, "-o", tmp_path / "again.yaml")
    assert ended.code == 1
    assert "Nothing to learn" in ended.err


def test_the_same_pack_from_the_pages_in_another_order(saaf, pages, proposed, tmp_path):
    turned = tmp_path / "turned.jsonl"
    turned.write_text("\n".join(reversed(pages.read_text("utf-8").splitlines())), "utf-8")
    pack = tmp_path / "proposed-too" / "proposed.yaml"
    saaf("learn", turned, "-o", pack)
    assert pack.read_bytes() == proposed.read_bytes()


def test_more_articles_can_be_asked_for(saaf, pages, tmp_path):
    ended = saaf("learn", pages, "--min-articles", 8, "-o", tmp_path / "p.yaml")
    assert ended.code == 1
    assert "8 distinct articles" in ended.err
    assert not (tmp_path / "p.yaml").exists()


def test_a_pack_that_stands_stays_where_nothing_is_learned(saaf, articles, proposed):
    before = proposed.read_bytes()
    assert saaf("learn", articles, "-o", proposed).code == 1
    assert proposed.read_bytes() == before


def test_a_lake_can_be_learned_from(saaf, pages, proposed, tmp_path):
    lake = tmp_path / "lake"
    assert saaf("run", "--input", pages.parent, "--lake", lake, "--quiet").code == 0
    pack = tmp_path / "of-lake.yaml"
    ended = saaf("learn", "--lake", lake, "-o", pack)
    assert ended.code == 0
    assert "30 pages, 30 distinct articles" in ended.err
    assert pack.read_text("utf-8").count("articles\n") == proposed.read_text("utf-8").count("articles\n")


@pytest.mark.parametrize("arguments", [(), ("PAGES", "--lake", "x")])
def test_files_or_a_lake(saaf, pages, tmp_path, arguments):
    given = [pages if argument == "PAGES" else argument for argument in arguments]
    ended = saaf("learn", *given, "-o", tmp_path / "p.yaml")
    assert ended.code == 2
    assert "either files or a lake" in ended.err


def test_an_input_that_is_not_there(saaf, tmp_path):
    assert saaf("learn", tmp_path / "none.jsonl", "-o", tmp_path / "p.yaml").code == 2


def test_a_proposal_is_tried_with_a_word_of_warning_and_adopted_by_name(saaf, pages, proposed, tmp_path):
    tried = saaf("clean", pages, "--rules", proposed, "--spans", tmp_path / "spans.jsonl")
    assert tried.code == 0
    assert "proposed, not approved" in tried.err
    folder = tmp_path / "learned"
    ended = saaf("rules", "approve", proposed, "--by", "Sana Malik", "--into", folder)
    assert (ended.code, ended.out) == (0, "")
    assert "learned.proposed, version 1" in ended.err
    adopted = folder / "proposed.yaml"
    assert '\napproved_by: "Sana Malik"\n' in adopted.read_text("utf-8")
    tried = saaf("clean", pages, "--rules", adopted, "--spans", tmp_path / "spans.jsonl")
    assert "not approved" not in tried.err
    again = saaf("rules", "approve", adopted, "--into", folder)
    assert again.code != 0
    assert "is no proposal" in again.err
