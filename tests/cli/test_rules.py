"""``saaf rules``: examples as tests, and which rules do anything."""

from __future__ import annotations

import json


def test_the_projects_own_packs_keep_their_examples(saaf):
    ended = saaf("rules", "test")
    assert (ended.code, ended.out) == (0, "")
    assert "all hold" in ended.err


def test_a_pack_that_keeps_its_examples(saaf, pack):
    ended = saaf("rules", "test", pack)
    assert (ended.code, ended.out) == (0, "")
    assert "in 1 pack: all hold" in ended.err


def test_an_example_that_fails_is_told_with_file_and_line(saaf, pack):
    text = pack.read_text("utf-8")
    pack.write_text(text.replace("match: ['", "match: ['یہ نہیں ملتا', '", 1), "utf-8")
    line = next(n for n, one in enumerate(pack.read_text("utf-8").splitlines(), 1) if "یہ نہیں ملتا" in one)
    ended = saaf("rules", "test", pack)
    assert ended.code == 1
    assert ended.out.startswith(f"{pack}:{line}: rule mine.")
    assert ended.out.count("\n") == 1
    assert "1 fail" in ended.err


def test_a_pack_that_is_refused(saaf, pack):
    pack.write_text(pack.read_text("utf-8").replace("kind:", "sort:", 1), "utf-8")
    ended = saaf("rules", "test", pack)
    assert ended.code == 2
    assert f"{pack}:" in ended.err


def test_hits_come_busiest_first_and_those_that_never_fired_last(saaf, articles, pack):
    ended = saaf("rules", "hits", articles, "--rules", pack)
    assert ended.code == 0
    table = [line.split("\t") for line in ended.out.splitlines()]
    pieces = [int(row[0]) for row in table]
    assert pieces == sorted(pieces, reverse=True)
    assert pieces[-1] == 0
    mine = next(row for row in table if row[4].startswith("mine."))
    assert mine[:2] == ["1", "1"]
    assert int(mine[2]) > 10
    fired = sum(count > 0 for count in pieces)
    assert f"{fired:,} of {len(table):,} rules fired, {len(table) - fired:,} never" in ended.err


def test_hits_as_json(saaf, articles, pack, tmp_path):
    file = tmp_path / "hits.json"
    ended = saaf("rules", "hits", articles, "--rules", pack, "--json", file, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    told = json.loads(file.read_text("utf-8"))
    assert told["documents"] == 2
    assert sum(row["pieces"] > 0 for row in told["rules"]) >= 1
    assert {"rule", "kind", "pieces", "documents", "characters"} == told["rules"][0].keys()


def test_a_file_is_explained_without_a_lake(saaf, tmp_path):
    page, pack, html = tmp_path / "page.txt", tmp_path / "mine.yaml", tmp_path / "why.html"
    page.write_text(
        "نیا پل کھل گیا\nپیر, مارچ 03, 2025\nشہر میں نیا پل کھل گیا۔ لوگ بہت خوش ہیں۔\nسچ سب سے پہلے\n", "utf-8"
    )
    pack.write_text(
        "pack: mine\nabout: A pack for a test.\nrules:\n  - id: slogan\n    kind: promo\n    why: It stands everywhere.\n"
        "    sites: [news.example]\n    line: {exact: [سچ سب سے پہلے]}\n"
        "    examples: {match: [سچ سب سے پہلے], no_match: [سچ]}\n",
        "utf-8",
    )
    ended = saaf("explain", page, "--site", "news.example", "--rules", pack)
    assert ended.code == 0
    assert "[-پیر, مارچ 03, 2025-]" in ended.out
    assert "[-سچ سب سے پہلے-]" in ended.out
    for words in ("mine.slogan", "ur.page-date", "promo", "date"):
        assert words in ended.out
    assert "mine.slogan" not in saaf("explain", page, "--site", "other.example", "--rules", pack).out
    assert saaf("explain", page, "--html", html).code == 0
    shown = html.read_text("utf-8")
    assert "<del>پیر, مارچ 03, 2025</del>" in shown
    assert 'dir="rtl"' in shown
    assert "@font-face" in shown
