"""``saaf run`` and what looks into its lake: report, explain, ledger, verify."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from saaf.report import read_report


@pytest.fixture(scope="module")
def first(process, tmp_path_factory):
    """The seeds, run once by a process of its own."""
    lake = tmp_path_factory.mktemp("run") / "lake"
    ended = process("run", "--lake", lake)
    assert ended.code == 0, ended.err
    return lake, ended


@pytest.fixture
def lake(first, tmp_path) -> Path:
    """A copy of that lake, free to be changed."""
    return Path(shutil.copytree(first[0], tmp_path / "lake", symlinks=True))


def seeds_of(lake: Path) -> pd.DataFrame:
    return pd.read_parquet(lake / "gold").set_index("uri").sort_index()


def test_a_run_prints_the_funnel_what_was_removed_and_where_things_are(first):
    lake, ended = first
    assert "3 documents came in: 3 to gold, 0 rejected." in ended.out
    for words in ("مزید پڑھ", "whatsapp channel.jpeg", "مقبول مضامین", "بدھ, فروری 18, 2026", f"{lake}/gold"):
        assert words in ended.out
    [page] = (lake / "meta" / "reports").glob("*.html")
    assert str(page) in ended.out
    assert "\x1b" not in ended.out + ended.err


def test_the_seeds_are_in_gold(first):
    assert list(seeds_of(first[0]).index) == [
        "seeds/000_33b44df4fdec7df0.txt",
        "seeds/001_de0ae104d542f6d8.txt",
        "seeds/002_5a27c8a8ab4749d0.txt",
    ]


def test_a_second_run_finds_nothing_new(saaf, lake):
    ended = saaf("run", "--lake", lake)
    assert ended.code == 0
    assert "Nothing new" in ended.err
    assert len(seeds_of(lake)) == 3


def test_a_dry_run_publishes_nothing(saaf, tmp_path, articles):
    ended = saaf("run", "--input", articles, "--lake", tmp_path / "lake", "--dry-run")
    assert ended.code == 0
    assert "nothing was published" in ended.out
    assert list((tmp_path / "lake" / "gold").rglob("*.parquet")) == []


def test_a_folder_of_ones_own_and_a_limit(saaf, lake, articles):
    ended = saaf("run", "--input", articles, "--lake", lake, "--limit", "1")
    assert ended.code == 0
    assert "1 document came in" in ended.out
    assert "1 input file over the limit" in ended.out
    again = saaf("run", "--input", articles / "weather.txt", "--lake", lake)
    assert "1 document came in" in again.out
    assert {uri for uri in seeds_of(lake).index if uri.startswith("articles/")} == {
        "articles/garden.txt",
        "articles/weather.txt",
    }


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--source", "nowhere"), "seeds"),
        (("--input", "/nowhere/at/all"), "/nowhere/at/all"),
        (("--config", "/nowhere.yaml"), "/nowhere.yaml"),
        (("--source", "Bad Name", "--input", "."), "Bad Name"),
    ],
)
def test_wrong_use_says_what_and_what_to_do(process, tmp_path, arguments, word):
    ended = process("run", "--lake", tmp_path / "lake", *arguments)
    assert ended.code == 2
    assert word in ended.err
    assert "next:" in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_a_configuration_that_is_not_valid_names_file_and_field(process, tmp_path):
    file = tmp_path / "corpus.yaml"
    file.write_text("sources:\n  - {name: x, path: .}\nclean:\n  max_removed: 3\n", "utf-8")
    ended = process("run", "--config", file)
    assert ended.code == 2
    assert str(file) in ended.err
    assert "clean.max_removed" in ended.err


def test_data_that_a_gate_refuses_end_with_1(saaf, tmp_path, articles, root):
    suites = tmp_path / "expectations"
    shutil.copytree(root / "expectations", suites)
    suite = json.loads((suites / "silver.json").read_text("utf-8"))
    suite["expectations"].append(
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "n_words", "max_value": 1},
            "severity": "critical",
            "meta": {"on_fail": "fail", "why": "No article is that short."},
        }
    )
    (suites / "silver.json").write_text(json.dumps(suite), "utf-8")
    file = tmp_path / "corpus.yaml"
    file.write_text(f"sources:\n  - {{name: x, path: {articles}}}\nvalidate:\n  suites: {suites}\n", "utf-8")
    ended = saaf("run", "--config", file, "--lake", tmp_path / "lake")
    assert ended.code == 1
    assert "expect_column_values_to_be_between" in ended.err
    assert "Traceback" not in ended.err
    assert list((tmp_path / "lake" / "gold").rglob("*.parquet")) == []


# -- report -----------------------------------------------------------------------------------------


def test_the_last_report_again(saaf, first):
    lake, ended = first
    again = saaf("report", "--lake", lake)
    assert again.code == 0
    assert again.out.splitlines()[1:] == ended.out.splitlines()[1:]


def test_runs_are_listed_and_named_by_number(saaf, first):
    lake, _ = first
    listed = saaf("report", "--list", "--lake", lake)
    assert "cli__" in listed.out
    assert saaf("report", "1", "--lake", lake).out == saaf("report", "--lake", lake).out


def test_a_report_as_page_and_as_data(saaf, first, tmp_path):
    lake, _ = first
    saaf("report", "--lake", lake, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert (tmp_path / "r.html").read_text("utf-8") == next((lake / "meta" / "reports").glob("*.html")).read_text(
        "utf-8"
    )
    report = read_report((tmp_path / "r.json").read_bytes())
    assert (report.balance.ingested, report.balance.gold, report.balance.holds) == (3, 3, True)
    assert report.verdict.status == "done"
    assert json.loads(saaf("report", "--lake", lake, "--json", "-").out) == json.loads(
        (tmp_path / "r.json").read_text()
    )


@pytest.mark.parametrize("command", [("report",), ("report", "--list"), ("explain", "x"), ("verify",), ("ledger",)])
def test_looking_into_a_lake_makes_none(saaf, tmp_path, command):
    ended = saaf(*command, "--lake", tmp_path / "none")
    assert ended.code == 2
    assert str(tmp_path / "none") in ended.err
    assert not (tmp_path / "none").exists()


def test_a_run_that_there_was_not(saaf, first):
    ended = saaf("report", "nonsense", "--lake", first[0])
    assert ended.code == 2
    assert "saaf report --list" in ended.err


def test_a_report_that_is_gone_or_damaged(saaf, lake):
    [data] = (lake / "meta" / "reports").glob("*.json")
    data.write_text("{")
    assert saaf("report", "--lake", lake).code == 1
    data.unlink()
    gone = saaf("report", "--lake", lake)
    assert gone.code == 2
    assert "saaf report 1 --again" in gone.err


def test_a_report_is_made_again_from_the_tables(saaf, first, lake):
    [page] = (lake / "meta" / "reports").glob("*.html")
    [data] = (lake / "meta" / "reports").glob("*.json")
    before = [file.read_text("utf-8").replace(str(first[0]), str(lake)) for file in (page, data)]
    page.unlink()
    data.unlink()
    ended = saaf("report", "1", "--lake", lake, "--again", "--path")
    assert ended.code == 0, ended.err
    assert ended.out == f"{page}\n"
    assert [file.read_text("utf-8") for file in (page, data)] == before


def test_two_runs_side_by_side(saaf, lake, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    (more / "english.txt").write_text("The council met on Monday and talked for three hours. " * 9, "utf-8")
    assert saaf("run", "--input", more, "--lake", lake).code == 0
    printed = saaf("report", "2", "--against", "1", "--lake", lake)
    assert printed.code == 0, printed.err
    rows = {line.split("  ")[0]: line.split() for line in map(str.strip, printed.out.splitlines()) if line}
    assert rows["documents"][1:] == ["3", "1", "-2"]
    assert rows["gold"][-2:] == ["-100.0", "points"]
    assert "clean: language" in printed.out


# -- explain ----------------------------------------------------------------------------------------


def test_a_document_by_id_by_its_beginning_and_by_uri(saaf, first):
    lake, _ = first
    gold = seeds_of(lake)
    doc_id = gold.doc_id.iloc[0]
    explained = saaf("explain", doc_id, "--lake", lake)
    assert explained.code == 0
    for words in (doc_id, "[-مزید پڑھ-]", "[-whatsapp channel.jpeg-]", gold.title.iloc[0], gold.config_hash.iloc[0]):
        assert words in explained.out
    assert saaf("explain", doc_id[:8].upper(), "--lake", lake).out == explained.out
    assert saaf("explain", gold.index[0], "--lake", lake).out == explained.out


def test_an_explanation_as_page_and_as_data(saaf, first, tmp_path):
    lake, _ = first
    uri = seeds_of(lake).index[2]
    saaf("explain", uri, "--lake", lake, "--html", tmp_path / "e.html", "--json", tmp_path / "e.json")
    page = (tmp_path / "e.html").read_text("utf-8")
    assert "مقبول مضامین</del>" in page
    explained = json.loads((tmp_path / "e.json").read_text("utf-8"))
    assert (explained["page_date"], explained["published"]) == ("2026-02-18", None)
    raw = explained["raw_text"]
    assert "مقبول مضامین" in "".join(raw[span["start"] : span["end"]] for span in explained["removed"])


def test_a_document_that_there_is_not_or_that_is_not_the_only_one(saaf, first):
    assert saaf("explain", "ffffffffffffffffffffffffffffffff", "--lake", first[0]).code == 2
    several = saaf("explain", "", "--lake", first[0])
    assert several.code == 2
    assert "3 documents" in several.err


# -- ledger and verify --------------------------------------------------------------------------------


def test_the_ledger_lists_what_was_taken(saaf, lake, articles):
    (articles / "empty.txt").write_bytes(b"")
    ended = saaf("run", "--input", articles, "--lake", lake, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    listed = saaf("ledger", "--lake", lake)
    assert any(line.startswith("read\t1\tseeds/000_33b44df4fdec7df0.txt\t\t\t20") for line in listed.out.splitlines())
    [failed] = saaf("ledger", "--errors", "--lake", lake).out.splitlines()
    assert failed.split("\t")[:4] == ["error", "0", "articles/empty.txt", "empty_object"]


def test_verify_finds_what_was_changed(saaf, lake):
    sound = saaf("verify", "--lake", lake)
    assert (sound.code, sound.out) == (0, "")
    [file] = (lake / "gold").rglob("*.parquet")
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    found = saaf("verify", "--lake", lake)
    assert found.code == 1
    assert file.name in found.out


def test_warm_up(process):
    ended = process("warm-up")
    assert ended.code == 0
    assert "Ready" in ended.err
