"""``saaf dedup``: files of others in, one of each text out, under the ids that they came with."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

STORY = (
    "بلدیہ نے شہر کے نئے باغ کا افتتاح کر دیا ہے اور مئیر نے کہا کہ یہ باغ بچوں کے کھیلنے کے لیے بنایا گیا ہے۔ "
    "باغ میں ایک کتب خانہ بھی بنے گا جہاں ہر عمر کے لوگ مطالعہ کر سکیں گے۔ شہریوں نے اس فیصلے پر خوشی ظاہر کی۔"
)
OTHER = "محکمہ موسمیات کے مطابق کل شمالی علاقوں میں تیز ہواؤں کے ساتھ بارش ہو گی اور پہاڑوں پر برف پڑے گی۔"
ROWS = [
    {"key": "first", "words": STORY},
    {"key": "spelled", "words": STORY.replace("ی", "ي").replace("ک", "ك").replace("۔", " . ")},
    {"key": "longer", "words": STORY + " تقریب میں اساتذہ بھی شریک تھے۔"},
    {"key": "other", "words": OTHER},
]


def write(folder: Path, suffix: str, rows: list[dict]) -> Path:
    file = folder / f"given{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    elif suffix == ".csv":
        pd.DataFrame(rows).to_csv(file, index=False)
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def ids(folder: Path, name: str) -> list[str]:
    return pq.read_table(folder / f"{name}.parquet").column("doc_id").to_pylist()


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_copies_are_found_in_any_format(saaf, tmp_path, suffix):
    given = write(tmp_path, suffix, ROWS)
    out = tmp_path / "out"
    ended = saaf("dedup", given, "--id-column", "key", "--text-column", "words", "-o", out)
    assert ended.code == 0
    assert ids(out, "kept") == ["longer", "other"]
    duplicates = {row["doc_id"]: row for row in pq.read_table(out / "duplicates.parquet").to_pylist()}
    assert set(duplicates) == {"first", "spelled"}
    assert {row["kept_id"] for row in duplicates.values()} == {"longer"}
    assert all(0.7 <= row["similarity"] < 1 for row in duplicates.values())
    counts = dict(line.rsplit(None, 1) for line in ended.out.splitlines())
    assert (counts["documents"], counts["kept"]) == ("4", "2")
    kept = pq.read_table(out / "kept.parquet").to_pylist()
    assert [row["text"] for row in kept] == [ROWS[2]["words"], OTHER]


def test_numbers_as_ids_stay_what_they_are(saaf, tmp_path):
    given = write(tmp_path, ".parquet", [{"id": 7, "text": STORY}, {"id": 12, "text": OTHER}])
    assert saaf("dedup", given, "-o", tmp_path / "out").code == 0
    assert ids(tmp_path / "out", "kept") == ["7", "12"]


def test_nothing_is_lost(saaf, tmp_path):
    given = tmp_path / "x.jsonl"
    given.write_text(json.dumps({"id": "a", "text": STORY}) + "\n{broken\n" + json.dumps({"id": "b"}) + "\n", "utf-8")
    ended = saaf("dedup", given, "-o", tmp_path / "out")
    assert ended.code == 0
    reasons = sorted(pq.read_table(tmp_path / "out" / "rejected.parquet").column("reason").to_pylist())
    assert reasons == ["malformed_record", "no_text"]
    assert "records without a document" in ended.out
    assert ids(tmp_path / "out", "kept") == ["a"]


def test_the_threshold_decides(saaf, tmp_path):
    given = write(tmp_path, ".jsonl", [{"id": str(n), "text": row["words"]} for n, row in enumerate(ROWS)])
    saaf("dedup", given, "--threshold", "1", "-o", tmp_path / "out")
    assert len(ids(tmp_path / "out", "kept")) == 3


def test_words_as_shingles(saaf, tmp_path):
    given = write(tmp_path, ".jsonl", [{"id": str(n), "text": row["words"]} for n, row in enumerate(ROWS)])
    options = ("--shingle", "word", "--shingle-size", "2", "--bands", "50", "--rows", "2")
    assert saaf("dedup", given, *options, "-o", tmp_path / "out").code == 0
    assert ids(tmp_path / "out", "kept") == ["2", "3"]


@pytest.mark.parametrize(
    ("options", "stays"),
    [
        ((), "longer"),
        (("--keep", "first"), "first"),
        (("--keep", "earliest", "--date-column", "day"), "spelled"),
        (("--keep", "earliest"), "longer"),
    ],
    ids=["longest", "first", "earliest", "undated"],
)
def test_which_copy_stays_can_be_chosen(saaf, tmp_path, options, stays):
    days = {"first": "18 فروری 2026", "spelled": "2026-02-17", "longer": "۱۹ فروری ۲۰۲۶", "other": None}
    given = write(tmp_path, ".jsonl", [{**row, "day": days[row["key"]]} for row in ROWS])
    ended = saaf("dedup", given, "--id-column", "key", "--text-column", "words", *options, "-o", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert ids(tmp_path / "out", "kept") == sorted({stays, "other"}, key=[row["key"] for row in ROWS].index)


def test_a_record_without_an_id_gets_one_and_a_record_without_text_is_told(saaf, tmp_path):
    rows = [{"id": "a", "text": STORY}, {"id": None, "text": OTHER}, {"id": "c", "text": None}]
    given = write(tmp_path, ".parquet", rows)
    assert saaf("dedup", given, "-o", tmp_path / "out").code == 0
    kept = ids(tmp_path / "out", "kept")
    assert kept[0] == "a"
    assert len(kept[1]) == 32
    rejected = pq.read_table(tmp_path / "out" / "rejected.parquet").to_pylist()
    assert [(row["record"], row["reason"]) for row in rejected] == [(2, "no_text")]


@pytest.mark.parametrize("column", [[5, 6], [["a"], ["b"]], [True, False]], ids=["numbers", "lists", "truths"])
def test_a_column_that_is_not_text_is_refused_with_its_file(saaf, tmp_path, column):
    given = tmp_path / "given.parquet"
    pq.write_table(pa.table({"id": ["a", "b"], "text": column}), given)
    ended = saaf("dedup", given, "-o", tmp_path / "out")
    assert ended.code == 1
    assert "given.parquet" in ended.err
    assert "not text" in ended.err
    assert "--text-column" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_file_that_was_cut_off_is_named(saaf, tmp_path):
    given = write(tmp_path, ".parquet", ROWS)
    given.write_bytes(given.read_bytes()[:-20])
    ended = saaf("dedup", given, "-o", tmp_path / "out")
    assert ended.code == 1
    assert "given.parquet" in ended.err


def test_files_are_one_corpus(saaf, tmp_path):
    for name, text in (("a", STORY), ("b", STORY), ("c", OTHER)):
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
    ended = saaf("dedup", tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt", "-o", tmp_path / "out")
    assert ended.code == 0
    assert len(ids(tmp_path / "out", "kept")) == 2
    assert len(ids(tmp_path / "out", "duplicates")) == 1


def test_the_same_input_gives_the_same_bytes(saaf, tmp_path):
    given = write(tmp_path, ".jsonl", [{"id": str(n), "text": row["words"]} for n, row in enumerate(ROWS)])
    for name in ("one", "two"):
        saaf("dedup", given, "-o", tmp_path / name)
    for table in ("kept", "duplicates", "rejected"):
        assert (tmp_path / "one" / f"{table}.parquet").read_bytes() == (
            tmp_path / "two" / f"{table}.parquet"
        ).read_bytes()


def test_an_id_that_stands_for_two_documents_is_refused(saaf, tmp_path):
    given = write(tmp_path, ".jsonl", [{"id": "same", "text": STORY}, {"id": "same", "text": OTHER}])
    ended = saaf("dedup", given, "-o", tmp_path / "out")
    assert ended.code == 1
    assert "'same'" in ended.err
    assert "--id-column" in ended.err
    assert "given.jsonl" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_file_without_documents_is_refused(saaf, tmp_path):
    (tmp_path / "empty.jsonl").write_bytes(b"")
    ended = saaf("dedup", tmp_path / "empty.jsonl", "-o", tmp_path / "out")
    assert ended.code == 1
    assert "no document" in ended.err


def test_a_column_that_is_not_there(saaf, tmp_path):
    given = write(tmp_path, ".parquet", ROWS)
    ended = saaf("dedup", given, "--text-column", "body", "-o", tmp_path / "out")
    assert ended.code == 1
    assert "'body'" in ended.err
    assert "'words'" in ended.err


@pytest.mark.parametrize(
    "options",
    [("--threshold", "3"), ("--threshold", "x"), ("--bands", "0"), ("--shingle", "tree"), ("--numbers", "odd")],
)
def test_settings_out_of_bounds(process, tmp_path, options):
    ended = process("dedup", write(tmp_path, ".jsonl", ROWS), *options, "-o", tmp_path / "out")
    assert ended.code == 2
    assert options[0] in ended.err
    assert "Traceback" not in ended.err


def test_an_output_that_is_a_file(saaf, tmp_path):
    given = write(tmp_path, ".jsonl", [{"id": "a", "text": STORY}])
    ended = saaf("dedup", given, "-o", given)
    assert ended.code == 2
    assert "not a folder" in ended.err
    assert json.loads(given.read_text("utf-8"))["id"] == "a"


def test_results_and_messages_are_apart(process, tmp_path):
    given = write(tmp_path, ".jsonl", [{"id": "a", "text": STORY}])
    ended = process("dedup", given, "-o", tmp_path / "out")
    assert "documents" in ended.out
    assert "Wrote" in ended.err
    silent = process("dedup", given, "-o", tmp_path / "out", "--quiet")
    assert (silent.code, silent.out, silent.err) == (0, "", "")
