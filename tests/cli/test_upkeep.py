"""``saaf rebuild``, ``diff``, ``takedown`` and ``maintain``, as people call them one after another."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def lake(saaf, articles, tmp_path):
    """A lake with one run of two articles."""
    assert saaf("run", "--input", articles, "--lake", tmp_path / "lake", "--quiet").code == 0
    return tmp_path / "lake"


def ids_in_gold(lake):
    import pyarrow.parquet as pq

    return sorted(pq.read_table(lake / "gold", columns=["doc_id"])["doc_id"].to_pylist())


def test_the_whole_way(saaf, lake, tmp_path):
    before = ids_in_gold(lake)
    assert len(before) == 2
    built = saaf("rebuild", "--lake", lake)
    assert built.code == 0
    assert "2 today, 2 after: 0 gained, 0 lost" in built.out
    assert "saaf rebuild --swap" in built.err
    told = saaf("diff", "--lake", lake, "--json", "-", "--html", tmp_path / "changes.html")
    assert json.loads(told.out)["counts"]["same"] == len(before)
    assert (tmp_path / "changes.html").read_text("utf-8").lower().startswith("<!doctype html>")
    swapped = saaf("rebuild", "--swap", "--lake", lake)
    assert "generation 2" in swapped.err
    assert ids_in_gold(lake) == before

    planned = saaf("takedown", before[0], "--lake", lake, "--dry-run")
    assert (planned.code, planned.out.split()) == (0, [before[0]])
    assert ids_in_gold(lake) == before
    assert saaf("takedown", before[0], "--lake", lake).code == 2
    order = tmp_path / "order.txt"
    order.write_text(f"# an order\n{before[0]}\nhttps://example.org/never-seen\n", "utf-8")
    done = saaf("takedown", order, "--lake", lake, "--why", "order 12", "--by", "legal")
    assert (done.code, done.out.split()) == (0, [before[0]])
    assert "kept out from now on: https://example.org/never-seen" in done.err
    assert ids_in_gold(lake) == before[1:]
    listed = saaf("takedown", "--list", "--lake", lake).out.splitlines()
    assert [line.split("\t")[1:] for line in listed] == [["", "legal", "order 12"], [before[0], "legal", "order 12"]]

    assert "Nothing was due" in saaf("maintain", "--lake", lake).err
    assert "made the index anew from gold" in saaf("maintain", "--rebuild-index", "--lake", lake).out
    assert saaf("verify", "--lake", lake).code == 0


@pytest.mark.parametrize(
    "command",
    [("rebuild",), ("rebuild", "--swap"), ("diff",), ("takedown", "example.org/a", "--why", "x"), ("maintain",)],
    ids=lambda command: "-".join(command[:2]),
)
def test_without_a_lake_none_is_made(saaf, tmp_path, command):
    ended = saaf(*command, "--lake", tmp_path / "nowhere")
    assert ended.code == 2
    assert "there is no lake" in ended.err
    assert not (tmp_path / "nowhere").exists()


def test_what_cannot_be_meant_is_refused(saaf, lake):
    assert "exclude one another" in saaf("rebuild", "--swap", "--discard", "--lake", lake).err
    assert "nothing is named" in saaf("takedown", "--lake", lake).err
    assert "neither a doc_id" in saaf("takedown", "story", "--why", "x", "--lake", lake).err
    assert "no rebuild to go on with" in saaf("diff", "--lake", lake).err
