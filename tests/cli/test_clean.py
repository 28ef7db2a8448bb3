"""``saaf clean``: every document in its place, every removal with its place and rule, files whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from saaf.tables import REJECTED, SILVER


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def story() -> str:
    return (
        "بلدیہ نے شہر کے نئے باغ کا افتتاح کر دیا ہے۔\nمئیر نے کہا کہ یہ باغ بچوں کے کھیلنے کے لیے بنایا گیا ہے۔\n"
        "مزید پڑھیں\nباغ میں ایک کتب خانہ بھی بنے گا۔"
    )


@pytest.fixture
def given(tmp_path) -> Path:
    """Documents of every fate, in an order that no sorting gives."""
    rows = [
        {"doc_id": "z", "text": story(), "site": "example.org", "title": "باغ"},
        {"doc_id": "empty", "text": "  \n "},
        {"doc_id": "no-text"},
        {"text": "ایک خبر جس کی کوئی شناخت نہیں دی گئی مگر وہ پڑھی جاتی ہے۔"},
        {"doc_id": "a", "text": "The mayor opened a new garden for the children of the city on Monday morning."},
    ]
    file = tmp_path / "given.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


def test_the_clean_text_goes_to_the_screen_and_words_about_it_do_not(process, articles):
    ended = process("clean", articles / "garden.txt")
    assert ended.code == 0
    assert ended.out == story().replace("مزید پڑھیں\n", "") + "\n"
    assert "1 document of 1 file: 1 piece of" in ended.err
    assert "\x1b" not in ended.out + ended.err
    assert process("clean", articles / "garden.txt", "--quiet").err == ""


def test_several_texts_stand_under_their_names(saaf, articles):
    ended = saaf("clean", articles)
    assert [line for line in ended.out.splitlines() if line.startswith("==>")] == [
        "==> articles/garden.txt record 0 <==",
        "==> articles/weather.txt record 0 <==",
    ]


def test_spans_hold_one_line_a_document_in_the_order_of_the_input(saaf, given, tmp_path):
    out = tmp_path / "deep" / "spans.jsonl"
    ended = saaf("clean", given, "--spans", out)
    assert ended.code == 0
    assert ended.out == ""
    rows = lines(out)
    assert [row["record"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["doc_id"] for row in rows[:2]] == ["z", "empty"]
    assert rows[3]["doc_id"] == rows[3]["saaf_id"]
    assert rows[4]["doc_id"] == "a"
    assert [row["rejected"] for row in rows] == [None, "empty", "no_text", None, None]
    assert rows[2]["text"] is None
    needed = {"text", "title", "page_date", "published", "agency", "section", "author", "language", "language_score"}
    assert needed | {"captions", "removed", "removed_share"} <= rows[0].keys()
    assert rows[0]["title"] == "باغ"


def test_spans_are_offsets_of_characters_in_the_given_text(saaf, given, tmp_path):
    saaf("clean", given, "--spans", tmp_path / "spans.jsonl")
    row = lines(tmp_path / "spans.jsonl")[0]
    pieces = [story()[span["start"] : span["end"]].strip() for span in row["removed"]]
    assert pieces == ["مزید پڑھیں"]
    assert {"start", "end", "rule", "kind"} == row["removed"][0].keys()


def test_inputs_are_written_in_the_order_in_which_they_are_named(saaf, articles, given, tmp_path):
    saaf("clean", articles / "weather.txt", given, articles / "garden.txt", "--spans", tmp_path / "s.jsonl")
    assert [Path(row["uri"]).name for row in lines(tmp_path / "s.jsonl")] == [
        "weather.txt",
        *["given.jsonl"] * 5,
        "garden.txt",
    ]


def test_compressed_input(saaf, tmp_path):
    file = tmp_path / "x.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps({"doc_id": "zipped", "text": story()}).encode()))
    saaf("clean", file, "--spans", tmp_path / "s.jsonl")
    assert [row["doc_id"] for row in lines(tmp_path / "s.jsonl")] == ["zipped"]


def test_output_as_json_lines(saaf, given, tmp_path):
    saaf("clean", given, "-o", tmp_path / "clean.jsonl")
    assert [row["rejected"] for row in lines(tmp_path / "clean.jsonl")] == [None, "empty", "no_text", None, None]
    ended = saaf("clean", given, "-o", "-", "--quiet")
    assert [json.loads(line) for line in ended.out.splitlines()] == lines(tmp_path / "clean.jsonl")


def test_output_as_parquet(saaf, given, tmp_path):
    saaf("clean", given, "--output", tmp_path / "clean.parquet")
    table = pq.read_table(tmp_path / "clean.parquet")
    assert table.schema.names == [*SILVER.names, "rejected"]
    assert table.column("record").to_pylist() == [0, 1, 3, 4]
    assert table.column("rejected").to_pylist() == [None, "empty", None, None]


def test_output_as_a_folder(saaf, given, tmp_path):
    saaf("clean", given, "--output", tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["clean.parquet", "rejected.parquet"]
    rejected = pq.read_table(tmp_path / "out" / "rejected.parquet")
    assert rejected.schema.names == list(REJECTED.names)
    assert sorted(rejected.column("reason").to_pylist()) == ["empty", "no_text"]


def test_every_language_is_kept_unless_said_otherwise(saaf, given, tmp_path):
    saaf("clean", given, "--languages", "ur", "--spans", tmp_path / "s.jsonl")
    row = lines(tmp_path / "s.jsonl")[4]
    assert (row["language"], row["rejected"], row["rejected_value"]) == ("en", "language", row["rejected_value"])
    assert row["text"].startswith("The mayor")
    saaf("clean", given, "--all-languages", "--spans", tmp_path / "s.jsonl")
    assert lines(tmp_path / "s.jsonl")[4]["rejected"] is None


def test_a_pack_of_ones_own(saaf, articles, pack, tmp_path):
    saaf("clean", articles, "--rules", pack, "--spans", tmp_path / "s.jsonl")
    rules = {span["kind"] for span in lines(tmp_path / "s.jsonl")[0]["removed"]}
    assert "promo" in rules


def test_a_site_for_texts_that_do_not_say_theirs(saaf, given, tmp_path):
    saaf("clean", given, "--site", "news.example", "--spans", tmp_path / "s.jsonl")
    rows = lines(tmp_path / "s.jsonl")
    assert [row.get("site") for row in rows if row["text"] is not None] == ["example.org", *["news.example"] * 3]


def test_field_names_of_ones_own(saaf, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text('key,story\n7,"ایک خبر جو یہاں لکھی گئی ہے۔"\n', "utf-8")
    saaf("clean", file, "--id-field", "key", "--text-field", "story", "--spans", tmp_path / "s.jsonl")
    [row] = lines(tmp_path / "s.jsonl")
    assert (row["doc_id"], row["text"]) == ("7", "ایک خبر جو یہاں لکھی گئی ہے۔")


def test_the_same_input_gives_the_same_bytes(saaf, given, tmp_path):
    for name in ("one", "two"):
        saaf("clean", given, "--spans", tmp_path / f"{name}.jsonl", "-o", tmp_path / f"{name}.parquet")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_a_file_alone_has_the_id_that_it_has_in_its_folder(saaf, articles, tmp_path):
    saaf("clean", articles / "garden.txt", "--spans", tmp_path / "alone.jsonl")
    saaf("clean", articles, "--spans", tmp_path / "both.jsonl")
    assert lines(tmp_path / "alone.jsonl") == lines(tmp_path / "both.jsonl")[:1]


# -- bad input ------------------------------------------------------------------------------------


def test_a_file_that_is_not_there(process, tmp_path):
    ended = process("clean", tmp_path / "nowhere.txt")
    assert ended.code == 2
    assert str(tmp_path / "nowhere.txt") in ended.err
    assert "next:" in ended.err
    assert "Traceback" not in ended.err


def test_an_empty_file_costs_no_other(saaf, articles, tmp_path):
    (articles / "empty.txt").write_bytes(b"")
    ended = saaf("clean", articles, "--spans", tmp_path / "s.jsonl")
    assert ended.code == 0
    assert "empty.txt" in ended.err
    assert "empty_object" in ended.err
    assert len(lines(tmp_path / "s.jsonl")) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("binary.txt", bytes(range(256)) * 8),
        ("cut.txt.gz", gzip.compress(b"x" * 999, mtime=0)[:-9]),
    ],
)
def test_a_named_file_that_cannot_be_read_is_a_refusal(saaf, articles, tmp_path, name, content):
    bad = tmp_path / name
    bad.write_bytes(content)
    ended = saaf("clean", bad, articles / "garden.txt", "--spans", tmp_path / "s.jsonl", "--quiet")
    assert ended.code == 1
    assert name in ended.err
    assert [Path(row["uri"]).name for row in lines(tmp_path / "s.jsonl")] == ["garden.txt"]


def test_a_table_without_a_text_column_says_which_it_has(saaf, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("number,words\n1,خبر\n", "utf-8")
    ended = saaf("clean", file)
    assert ended.code == 1
    assert "'number', 'words'" in ended.err


def test_a_broken_pack_is_refused_with_file_and_line(process, articles, tmp_path):
    pack = tmp_path / "broken.yaml"
    pack.write_text("pack: broken\nabout: x\nrules:\n  - id: [\n", "utf-8")
    ended = process("clean", articles, "--rules", pack, "--spans", tmp_path / "s.jsonl")
    assert ended.code == 2
    assert f"{pack}:" in ended.err
    assert not (tmp_path / "s.jsonl").exists()


def test_a_pack_that_is_not_there(saaf, articles, tmp_path):
    ended = saaf("clean", articles, "--rules", tmp_path / "nowhere.yaml")
    assert ended.code == 2
    assert "nowhere.yaml" in ended.err


def test_debug_shows_where_an_error_comes_from(process, tmp_path):
    ended = process("clean", tmp_path / "nowhere.txt", "--debug")
    assert ended.code != 0
    assert "Traceback" in ended.err


@pytest.mark.parametrize(
    "options",
    [("--languages", "urdu!"), ("--languages", "ur", "--all-languages"), ("--output", "x.csv"), ("--output", "y.txt")],
)
def test_options_that_make_no_sense(saaf, articles, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = saaf("clean", articles, *options)
    assert ended.code == 2
    assert "next:" in ended.err


def test_what_stood_in_a_file_stays_until_the_new_is_whole(saaf, articles, tmp_path):
    out = tmp_path / "s.jsonl"
    out.write_text("before\n")
    assert saaf("clean", articles, tmp_path / "nowhere", "--spans", out).code == 2
    assert out.read_text() == "before\n"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_an_output_that_is_a_folder_or_cannot_be_made(saaf, articles, tmp_path):
    assert saaf("clean", articles, "--spans", tmp_path).code == 2
    (tmp_path / "file").write_text("x")
    ended = saaf("clean", articles, "--spans", tmp_path / "file" / "s.jsonl")
    assert ended.code == 1
    assert "cannot be written" in ended.err


def test_an_output_that_is_a_device(saaf, articles):
    assert saaf("clean", articles, "--spans", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_a_reader_that_goes_away_is_no_error(console_script, tmp_path):
    file = tmp_path / "long.jsonl"
    file.write_text("".join(json.dumps({"text": f"{story()} {n}"}) + "\n" for n in range(2000)), "utf-8")
    started = subprocess.Popen(
        [*console_script, "clean", str(file), "-o", "-", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout.readline().startswith(b"{")
    started.stdout.close()
    assert started.stderr.read() == b""
    assert started.wait(timeout=120) == 141


def test_a_terminal_shows_progress_and_obeys_no_text(console_script, tmp_path):
    file = tmp_path / "bad.txt"
    file.write_text(story() + "\nیہ سطر \x1b]0;owned\x07 اور \u202e الٹی ہے۔", "utf-8")
    master, slave = pty.openpty()
    started = subprocess.Popen(
        [*console_script, "clean", str(file)], stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm-256color"}
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert started.wait(timeout=120) == 0
    assert b"\x1b]0;owned" not in shown
    assert "\u202e".encode() not in shown
    assert b"\x1b[" in shown
