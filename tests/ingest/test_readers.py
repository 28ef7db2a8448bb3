"""Each format, each compression: what was written comes back; what is wrong is named."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingest_kit import COMPRESSORS, TEXTS, parquet_bytes, read_all, source

from saaf.reasons import Reason


def write_jsonl(texts: Sequence[str]) -> bytes:
    return "".join(json.dumps({"text": text}, ensure_ascii=len(text) % 2 == 0) + "\n" for text in texts).encode()


def write_csv(texts: Sequence[str], delimiter: str = ",") -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(["id", "text"])
    writer.writerows(enumerate(texts))
    return buffer.getvalue().encode()


def write_parquet(texts: Sequence[str]) -> bytes:
    return parquet_bytes({"text": pa.array(texts, pa.string())})


WRITERS: dict[str, Callable[[Sequence[str]], bytes]] = {
    ".jsonl": write_jsonl,
    ".ndjson": write_jsonl,
    ".csv": write_csv,
    ".tsv": lambda texts: write_csv(texts, "\t"),
    ".parquet": write_parquet,
    ".txt": lambda texts: texts[0].encode(),
}

# Texts of seven languages with all that may stand between words; no control characters, for these
# make a file of them alone a binary one.
some_text = st.one_of(
    st.sampled_from(list(TEXTS.values())),
    st.lists(
        st.one_of(
            st.sampled_from([word for text in TEXTS.values() for word in text.split()]),
            st.sampled_from(
                [" ", "\n", "\r\n", "\r", "\t", '"', "'", ",", ";", "\\", "\u200c", "\u2028", "🙂", "=1+1"]
            ),
            st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        ),
        min_size=1,
        max_size=30,
    ).map("".join),
)


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize("compression", COMPRESSORS)
@hypothesis_settings(max_examples=8, deadline=None)
@given(texts=st.lists(some_text, min_size=1, max_size=6))
def test_texts_of_seven_languages_come_back_exactly(extension: str, compression: str, texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"خبر 1{extension}{compression}"
        path.write_bytes(COMPRESSORS[compression](WRITERS[extension](texts)))
        outcome = read_all(folder)
    expected = texts[:1] if extension == ".txt" else texts
    assert outcome.texts == expected
    assert [row["record"] for row in outcome.bronze] == list(range(len(expected)))
    assert {row["encoding"] for row in outcome.bronze} == {"utf-8"}
    (ledger,) = outcome.ledger.values()
    assert (ledger["status"], ledger["records"], ledger["error"]) == ("read", len(expected), None)


RECORD = {
    "id": "a-17",
    "text": TEXTS["ur"],
    "title": "نئی سڑک",
    "url": "https://www.Example.org:8443/story/1?q=2",
    "published": "2023-09-14T08:12:00Z",
}


def written(record: dict[str, Any], extension: str) -> bytes:
    if extension == ".jsonl":
        return (json.dumps(record, ensure_ascii=False) + "\n").encode()
    if extension == ".parquet":
        return parquet_bytes({name: [value] for name, value in record.items()})
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerows([record.keys(), record.values()])
    return buffer.getvalue().encode()


FIELDED = [".jsonl", ".csv", ".parquet"]


@pytest.mark.parametrize("extension", FIELDED)
def test_fields_go_to_their_columns(tmp_path: Path, extension: str) -> None:
    (tmp_path / f"a{extension}").write_bytes(written(RECORD | {"other": "x"}, extension))
    (row,) = read_all(tmp_path).bronze
    assert (row["given_id"], row["given_title"], row["url"], row["given_date"], row["site"]) == (
        "a-17",
        "نئی سڑک",
        "https://www.Example.org:8443/story/1?q=2",
        "2023-09-14T08:12:00Z",
        "example.org",
    )


@pytest.mark.parametrize("extension", FIELDED)
def test_other_usual_names(tmp_path: Path, extension: str) -> None:
    record = {"doc_id": "7", "body": "متن", "headline": "سرخی", "link": "http://a.b/c", "date": "کل", "site": "s.pk"}
    (tmp_path / f"a{extension}").write_bytes(written(record, extension))
    (row,) = read_all(tmp_path).bronze
    assert [row[name] for name in ("given_id", "raw_text", "given_title", "url", "given_date", "site")] == [
        *record.values()
    ]


@pytest.mark.parametrize("extension", FIELDED)
def test_configured_names_come_first(tmp_path: Path, extension: str) -> None:
    record = {"text": "غلط", "matn": "درست", "title": "غلط", "surkhi": "درست", "din": "آج", "ghar": "g.pk", "n": "9"}
    (tmp_path / f"a{extension}").write_bytes(written(record, extension))
    named = source(
        text_field="matn", title_field="surkhi", date_field="din", site_field="ghar", id_field="n", url_field="matn"
    )
    (row,) = read_all(tmp_path, named).bronze
    assert [row[name] for name in ("raw_text", "given_title", "given_date", "site", "given_id", "url")] == [
        "درست",
        "درست",
        "آج",
        "g.pk",
        "9",
        "درست",
    ]


@pytest.mark.parametrize("extension", [".csv", ".parquet"])
@pytest.mark.parametrize("field", ["text_field", "title_field", "url_field", "date_field", "id_field", "site_field"])
def test_a_configured_column_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, extension: str, field: str
) -> None:
    (tmp_path / f"a{extension}").write_bytes(written(RECORD, extension))
    outcome = read_all(tmp_path, source(**{field: "matn"}))
    row = outcome.ledger[f"src/a{extension}"]
    assert row["error"] == Reason.MALFORMED_OBJECT
    assert "'matn'" in row["message"]
    assert f"`{field}`" in row["message"]
    assert "'id', 'text', 'title', 'url', 'published'" in row["message"]
    assert row["sha256"] is not None
    assert outcome.bronze == []


def test_a_configured_field_that_a_json_record_lacks_is_named_with_those_it_has(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(written(RECORD, ".jsonl"))
    (row,) = read_all(tmp_path, source(text_field="matn")).rejected
    assert (row["reason"], row["rule"], row["stage"]) == (Reason.NO_TEXT, "matn", "ingest")
    assert "'id', 'text', 'title'" in row["value"]
    assert TEXTS["ur"] not in row["value"]


@pytest.mark.parametrize("extension", FIELDED)
def test_the_site_is_the_records_own_then_the_sources_then_the_hosts(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"a{extension}"
    path.write_bytes(written(RECORD, extension))
    assert read_all(tmp_path, source(site="set.pk")).bronze[0]["site"] == "set.pk"
    path.write_bytes(written(RECORD | {"site": "own.pk"}, extension))
    assert read_all(tmp_path, source(site="set.pk")).bronze[0]["site"] == "own.pk"
    for url in ("", "not a url", "http://[", "mailto:x@y.z", "/relative"):
        path.write_bytes(written(RECORD | {"url": url}, extension))
        assert read_all(tmp_path).bronze[0]["site"] is None
    (tmp_path / "b.txt").write_text("متن", "utf-8")
    assert read_all(tmp_path / "b.txt", source(site="set.pk")).bronze[0]["site"] == "set.pk"


# --- identity, by an oracle of its own -----------------------------------------


def expected_id(uri: str, record: int, raw: bytes) -> str:
    name = uri.encode()
    parts = [len(name).to_bytes(8, "big"), name, record.to_bytes(8, "big"), len(raw).to_bytes(8, "big"), raw]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:32]


def table_bytes(*values: str | None) -> bytes:
    return b"".join(b"\0" if v is None else b"\1" + len(v.encode()).to_bytes(8, "big") + v.encode() for v in values)


def test_ids_are_what_the_documentation_says(tmp_path: Path) -> None:
    line = json.dumps(RECORD).encode()
    canonical = table_bytes("a-17", RECORD["text"], RECORD["title"], RECORD["url"], RECORD["published"], None)
    raws = {
        "a.txt.gz": (COMPRESSORS[".gz"](b"\xef\xbb\xbfabc"), 0, b"\xef\xbb\xbfabc"),
        "b.jsonl": (b"\n \r\n{bad\r\n" + line + b"\r\n", 1, line),
        "c.jsonl": (line, 0, line),
        "f.jsonl": (b"\xef\xbb\xbf" + line, 0, line),
        "g.csv": (b"\xef\xbb\xbf" + written(RECORD, ".csv"), 0, canonical),
        "h.csv": (written(RECORD, ".csv").decode().encode("utf-16"), 0, canonical),
        "d.csv": (b"\n" + written(RECORD, ".csv"), 0, canonical),
        "e.parquet": (written(RECORD | {"unused": 5}, ".parquet"), 0, canonical),
    }
    for name, (data, _, _) in raws.items():
        (tmp_path / name).write_bytes(data)
    rows = {row["uri"]: row for row in read_all(tmp_path).bronze}
    for name, (_, record, raw) in raws.items():
        row = rows[f"src/{name}"]
        assert row["record"] == record
        assert row["doc_id"] == expected_id(f"src/{name}", record, raw)
        assert row["raw_sha256"] == hashlib.sha256(raw).hexdigest()


# --- text files ----------------------------------------------------------------


def test_a_text_file_is_kept_exactly(tmp_path: Path) -> None:
    text = "\r\n  پہلی سطر\r\nدوسری\rتیسری\n\n\t\x00\x0b\u2028آخری \n"
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert read_all(tmp_path).texts == [text]


@pytest.mark.parametrize("data", [b" ", b"\n\n\t ", "\u200c\u00a0".encode(), b"\xef\xbb\xbf"])
def test_white_space_alone_is_a_document(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    outcome = read_all(tmp_path)
    assert len(outcome.bronze) == 1
    assert outcome.texts[0].strip("\u200c \xa0\n\t") == ""


def test_a_text_file_over_the_limit_is_one_rejected_record(tmp_path: Path) -> None:
    data = ("م" * 600).encode()
    (tmp_path / "long.txt").write_bytes(data)
    (tmp_path / "short.txt").write_bytes(data[:1000])
    outcome = read_all(tmp_path, max_document_bytes=1000)
    assert [row["uri"] for row in outcome.bronze] == ["src/short.txt"]
    (row,) = outcome.rejected
    assert (row["reason"], row["value"], row["threshold"]) == (Reason.DOCUMENT_TOO_LARGE, "1200", "1000")
    assert row["doc_id"] == expected_id("src/long.txt", 0, data)
    assert outcome.ledger["src/long.txt"]["records"] == 1


# --- JSON Lines ------------------------------------------------------------------

GOOD = json.dumps({"text": TEXTS["ur"], "title": "t"}, ensure_ascii=False).encode()
BAD_LINES: dict[bytes, tuple[Reason, str]] = {
    b'{"text": "half': (Reason.MALFORMED_RECORD, "json"),
    b"not json": (Reason.MALFORMED_RECORD, "json"),
    b'["text"]': (Reason.MALFORMED_RECORD, "json"),
    b'"text"': (Reason.MALFORMED_RECORD, "json"),
    b"null": (Reason.MALFORMED_RECORD, "json"),
    b"[" * 100_000: (Reason.MALFORMED_RECORD, "json"),
    b'{"text":' * 50_000: (Reason.MALFORMED_RECORD, "json"),
    b'{"text": ' + b"9" * 5000 + b"}": (Reason.MALFORMED_RECORD, "json"),
    b'{"text": "\xff\xfe"}': (Reason.MALFORMED_RECORD, "encoding"),
    b'{"text": "a\tb"}': (Reason.MALFORMED_RECORD, "json"),
    b'{"a": [' + b"[]," * 2_100_000 + b"[]]}": (Reason.MALFORMED_RECORD, "json"),
    b'{"title": "no text"}': (Reason.NO_TEXT, "text or content or body or raw_text"),
    b'{"text": null}': (Reason.NO_TEXT, "text or content or body or raw_text"),
    b'{"text": 17}': (Reason.NO_TEXT, "text or content or body or raw_text"),
    b'{"text": ["a"]}': (Reason.NO_TEXT, "text or content or body or raw_text"),
    b'{"text": {"a": "b"}}': (Reason.NO_TEXT, "text or content or body or raw_text"),
    b"{}": (Reason.NO_TEXT, "text or content or body or raw_text"),
}


@pytest.mark.parametrize("bad", BAD_LINES, ids=lambda line: line[:20].decode("latin-1"))
def test_a_bad_line_between_good_ones_costs_only_itself(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(GOOD + b"\n" + bad + b"\n\n" + GOOD + b"\n")
    outcome = read_all(tmp_path)
    assert [row["record"] for row in outcome.bronze] == [0, 2]
    (row,) = outcome.rejected
    reason, rule = BAD_LINES[bad]
    assert (row["record"], row["reason"], row["rule"]) == (1, reason, rule)
    assert row["doc_id"] == expected_id("src/a.jsonl", 1, bad)
    assert len(row["value"]) < 300
    if reason is Reason.MALFORMED_RECORD:
        assert row["value"].startswith("line 2: ")
    assert outcome.ledger["src/a.jsonl"]["records"] == 3


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_over_the_limit_costs_only_itself(tmp_path: Path, end: bytes) -> None:
    limit = 5000
    fits = b'{"text":"' + b"x" * (limit - 11) + b'"}'
    long = b'{"text":"' + b"y" * 3_000_000 + b'"}'
    over = fits[:-2] + b'x"}'
    assert (len(fits), len(over)) == (limit, limit + 1)
    lines = [fits, long, GOOD, over, GOOD, long]
    (tmp_path / "a.jsonl").write_bytes(b"\r\n".join(lines) + end)
    outcome = read_all(tmp_path, max_document_bytes=limit)
    assert [row["record"] for row in outcome.bronze] == [0, 2, 4]
    assert [(row["record"], row["reason"], row["value"]) for row in outcome.rejected] == [
        (1, Reason.DOCUMENT_TOO_LARGE, str(len(long))),
        (3, Reason.DOCUMENT_TOO_LARGE, str(len(over))),
        (5, Reason.DOCUMENT_TOO_LARGE, str(len(long))),
    ]
    for row in outcome.rejected:
        assert row["doc_id"] == expected_id("src/a.jsonl", row["record"], lines[row["record"]])


def test_lone_surrogates_become_replacement_characters_everywhere(tmp_path: Path) -> None:
    record = (
        b'{"text": "a\\ud800b \\ud83d\\ude42 \\udc00", "title": "\\udfff", "url": "http://\\ud800/", "id": "\\ud800",'
        b' "published": "\\ud800", "site": "\\ud800", "\\ud800": 1}'
    )
    (tmp_path / "a.jsonl").write_bytes(record + b"\n" + b'{"\\ud800": 1}\n' + GOOD)
    outcome = read_all(tmp_path)
    bad, good = outcome.bronze
    assert (bad["raw_text"], bad["encoding"]) == ("a\ufffdb 🙂 \ufffd", "utf-8+surrogates")
    assert (bad["given_title"], bad["url"], bad["given_id"]) == ("\ufffd", "http://\ufffd/", "\ufffd")
    assert good["encoding"] == "utf-8"
    assert len(outcome.rejected) == 1


def test_numbers_are_ids_and_dates_too(tmp_path: Path) -> None:
    line = b'{"text": "x", "id": 17, "published": 1694679120.5, "title": true, "url": ["u"], "site": {"a": 1}}'
    (tmp_path / "a.jsonl").write_bytes(line)
    (row,) = read_all(tmp_path).bronze
    assert (row["given_id"], row["given_date"]) == ("17", "1694679120.5")
    assert (row["given_title"], row["url"], row["site"]) == (None, None, None)


def test_marks_within_files_that_were_joined_are_no_defect(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + GOOD + b"\n\xef\xbb\xbf" + GOOD + b"\n")
    assert read_all(tmp_path).texts == [TEXTS["ur"]] * 2


def test_only_blank_lines_are_no_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n\r\n  \n\t\n")
    outcome = read_all(tmp_path)
    assert (outcome.bronze, outcome.rejected) == ([], [])
    assert outcome.ledger["src/a.jsonl"]["records"] == 0
    assert outcome.ledger["src/a.jsonl"]["status"] == "read"


@pytest.mark.parametrize("extension", [".jsonl", ".csv"])
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1256"])
def test_encodings_of_files_with_many_records(tmp_path: Path, extension: str, codec: str) -> None:
    texts = [TEXTS["ar"], "نص عربي قصير جدا", "ascii only"] * 300
    if extension == ".csv":
        content = write_csv(texts).decode()
    else:
        content = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\r\n" for text in texts)
    (tmp_path / f"a{extension}").write_bytes(content.encode(codec))
    outcome = read_all(tmp_path)
    assert outcome.texts == texts
    assert {row["encoding"] for row in outcome.bronze} == {codec}


def test_mojibake_is_undone_record_by_record(tmp_path: Path) -> None:
    spoiled = TEXTS["ar"].encode().decode("cp1256")
    lines = [{"text": spoiled, "title": spoiled}, {"text": TEXTS["ur"], "title": TEXTS["ur"]}]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    first, second = read_all(tmp_path).bronze
    assert (first["raw_text"], first["given_title"]) == (TEXTS["ar"], TEXTS["ar"])
    assert first["encoding"] == "utf-8+mojibake-cp1256"
    assert (second["raw_text"], second["encoding"]) == (TEXTS["ur"], "utf-8")


# --- CSV -------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    texts = ["a,b;c\td", '"quoted"', TEXTS["ur"], "line\none"]
    (tmp_path / "a.csv").write_bytes(write_csv(texts, delimiter))
    assert read_all(tmp_path).texts == texts


def test_one_column_and_spaces_around_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\r\n text \r\nfirst\r\n\r\nsecond\r\n")
    assert read_all(tmp_path).texts == ["first", "second"]


def test_rows_with_too_many_or_too_few_fields_cost_only_themselves(tmp_path: Path) -> None:
    data = b'id,text\n1,good\n2,too,many\n3\n4,"bad"quote\n5,good too\n6,\n'
    (tmp_path / "a.csv").write_bytes(data)
    outcome = read_all(tmp_path)
    assert [(row["record"], row["given_id"], row["raw_text"]) for row in outcome.bronze] == [
        (0, "1", "good"),
        (4, "5", "good too"),
    ]
    assert [(row["record"], row["reason"], row["rule"], row["value"]) for row in outcome.rejected] == [
        (1, Reason.MALFORMED_RECORD, "columns", "line 3: 3 fields where the header has 2"),
        (2, Reason.MALFORMED_RECORD, "columns", "line 4: 1 fields where the header has 2"),
        (3, Reason.MALFORMED_RECORD, "csv", "line 5: ',' expected after '\"'"),
        (5, Reason.NO_TEXT, None, "line 7: the field is empty"),
    ]
    assert outcome.rejected[0]["doc_id"] == expected_id("src/a.csv", 1, b"2,too,many\n")
    assert outcome.ledger["src/a.csv"]["records"] == 6


def test_a_byte_that_does_not_decode_costs_only_its_row(tmp_path: Path) -> None:
    data = "id,text\n1,پہلا\n2,دوسرا\n3,تیسرا\n".encode().replace("دوسرا".encode(), b"\xd8\xff\xd8")
    (tmp_path / "a.csv").write_bytes(data)
    outcome = read_all(tmp_path)
    assert outcome.texts == ["پہلا", "تیسرا"]
    assert [(row["reason"], row["rule"]) for row in outcome.rejected] == [(Reason.MALFORMED_RECORD, "encoding")]


def test_a_quotation_that_never_ends_refuses_the_file_with_its_line(tmp_path: Path) -> None:
    rows = "".join(f"{number},text of {number}\n" for number in range(50))
    (tmp_path / "a.csv").write_text(f'id,text\n{rows}50,"never closed\n{rows}')
    outcome = read_all(tmp_path, batch_rows=10)
    assert (outcome.bronze, outcome.rejected) == ([], [])
    assert outcome.error("a.csv") == Reason.MALFORMED_OBJECT
    assert "line 52" in outcome.ledger["src/a.csv"]["message"]


def test_a_field_over_the_limit_costs_its_row_and_one_without_end_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'id,text\n1,good\n2,"{"x" * 1500}\n"\n3,good\n')
    (tmp_path / "b.csv").write_text(f"id,text\n1,good\n2,{'x' * 5000}\n3,good\n")
    (tmp_path / "c.csv").write_text('id,text\n1,"' + "x\n" * 5000)
    outcome = read_all(tmp_path, max_document_bytes=1000)
    assert [row["uri"] for row in outcome.bronze] == ["src/a.csv", "src/a.csv"]
    assert [(row["reason"], row["value"]) for row in outcome.rejected] == [(Reason.DOCUMENT_TOO_LARGE, "1502")]
    assert outcome.error("b.csv") == Reason.TOO_LARGE
    assert outcome.error("c.csv") == Reason.TOO_LARGE
    assert "line 3" in outcome.ledger["src/b.csv"]["message"]


def test_a_line_of_delimiters_alone_refuses_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"text\n" + b"," * 2_100_000 + b"\ngood\n")
    outcome = read_all(tmp_path)
    assert outcome.error("a.csv") == Reason.TOO_LARGE
    assert "line 2 has more than" in outcome.ledger["src/a.csv"]["message"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"a,b,c\n1,2,3\n", "columns found: 'a', 'b', 'c'"),
        (b"a;b;c\n1;2;3\n", "columns found: 'a', 'b', 'c'"),
        (b"text,text\n1,2\n", "several columns are called 'text'"),
        (b'"text\n', "not a CSV header"),
        (b"\n\n", "columns found: none"),
    ],
)
def test_a_header_without_a_text_column_is_refused(tmp_path: Path, header: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(header)
    outcome = read_all(tmp_path)
    assert outcome.error("a.csv") == Reason.MALFORMED_OBJECT
    assert message in outcome.ledger["src/a.csv"]["message"]


def test_a_header_alone_is_a_file_of_no_records(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,text")
    assert read_all(tmp_path).ledger["src/a.csv"]["records"] == 0


def test_the_limit_of_the_standard_library_is_given_back(tmp_path: Path) -> None:
    before = 131_072  # as the standard library begins
    csv.field_size_limit(before)
    (tmp_path / "a.csv").write_text(f"text\n{'x' * 500_000}\n")
    assert len(read_all(tmp_path).texts[0]) == 500_000
    assert csv.field_size_limit() == before


# --- Parquet ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"use_dictionary": False}, {"row_group_size": 3}, {"compression": "zstd"}])
def test_every_form_of_text_column(tmp_path: Path, type_: pa.DataType, options: dict[str, Any]) -> None:
    texts = [*TEXTS.values(), None, "", TEXTS["ur"]]
    array = pa.array(texts, pa.string())
    array = array.dictionary_encode().cast(type_) if pa.types.is_dictionary(type_) else array.cast(type_)
    (tmp_path / "a.parquet").write_bytes(parquet_bytes({"n": list(range(10))[: len(texts)], "text": array}, **options))
    outcome = read_all(tmp_path)
    assert outcome.texts == [text for text in texts if text is not None]
    assert [(row["record"], row["reason"]) for row in outcome.rejected] == [(7, Reason.NO_TEXT)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["2023-09-14 08:12"]).cast(pa.timestamp("us")), "2023-09-14T08:12:00"),
        (pa.array(["2023-09-14 08:12Z"]).cast(pa.timestamp("s", "UTC")), "2023-09-14T08:12:00Z"),
        (pa.array([1694679120123456789], pa.int64()).cast(pa.timestamp("ns", "UTC")), "2023-09-14T08:12:00.123456789Z"),
        (pa.array([1694679120100], pa.int64()).cast(pa.timestamp("ms", "Asia/Karachi")), "2023-09-14T08:12:00.1Z"),
        (pa.array([dt.date(2023, 9, 14)]), "2023-09-14"),
        (pa.array(["کل"]), "کل"),
        (pa.array(["2023"]).dictionary_encode(), "2023"),
        (pa.array([20230914]), "20230914"),
        (pa.array([None], pa.timestamp("us")), None),
        (pa.array([None]), None),
        (pa.array([[1]]), None),
        (pa.array([{"a": 1}]), None),
        (pa.array([b"\xff"]), None),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_dates_of_every_type_become_text(tmp_path: Path, values: pa.Array, expected: str | None) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet_bytes({"text": ["متن"], "date": values}))
    assert [row["given_date"] for row in read_all(tmp_path).bronze] == [expected]


@pytest.mark.parametrize("values", [[1], [1.5], [b"bytes"], [["a"]], [{"a": "b"}], [None]], ids=str)
def test_a_text_column_of_another_type_is_refused_with_the_columns(tmp_path: Path, values: list[Any]) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet_bytes({"text": values, "story": ["متن"]}))
    outcome = read_all(tmp_path)
    assert outcome.error("a.parquet") == Reason.MALFORMED_OBJECT
    assert "'story (string)'" in outcome.ledger["src/a.parquet"]["message"]
    assert read_all(tmp_path, source(text_field="story")).texts == ["متن"]


def test_text_that_is_not_utf_8_costs_only_its_row(tmp_path: Path) -> None:
    values = pa.array(["اچھا".encode(), b"\xff\xfe", "بھلا".encode()], pa.binary())
    text = pa.StringArray.from_buffers(3, *values.buffers()[1:])
    (tmp_path / "a.parquet").write_bytes(parquet_bytes({"text": text}))
    outcome = read_all(tmp_path)
    assert outcome.texts == ["اچھا", "بھلا"]
    assert [(row["record"], row["reason"]) for row in outcome.rejected] == [(1, Reason.MALFORMED_RECORD)]


@pytest.mark.parametrize("extension", FIELDED)
def test_all_fields_count_for_the_limits(tmp_path: Path, extension: str) -> None:
    """A short text under an endless title is a large record, and many long titles are no small batch."""
    (tmp_path / f"a{extension}").write_bytes(written({"text": "x", "title": "ت" * 3000}, extension))
    assert [row["reason"] for row in read_all(tmp_path, max_document_bytes=5000).rejected] == [
        Reason.DOCUMENT_TOO_LARGE
    ]
    for name in "bcd":
        (tmp_path / f"{name}{extension}").write_bytes(written({"text": "x", "title": "ت" * 300}, extension))
    outcome = read_all(tmp_path, batch_bytes=1024)
    assert [batch.bronze.num_rows for batch in outcome.batches] == [1, 1, 1, 1]


def test_a_parquet_file_of_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(write_parquet([]))
    assert read_all(tmp_path).ledger["src/a.parquet"]["records"] == 0


def test_documents_over_the_limit_in_parquet_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(write_parquet(["x", "y" * 2000, "z"]))
    outcome = read_all(tmp_path, max_document_bytes=1000)
    assert outcome.texts == ["x", "z"]
    assert [row["reason"] for row in outcome.rejected] == [Reason.DOCUMENT_TOO_LARGE]


def test_damaged_parquet_is_malformed_and_cut_off_parquet_truncated(tmp_path: Path) -> None:
    whole = parquet_bytes(
        {"text": [f"{TEXTS['ur']} {number}" for number in range(2000)]}, row_group_size=100, use_dictionary=False
    )
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "name.parquet").write_bytes(b"this is no Parquet file")
    (tmp_path / "footer.parquet").write_bytes(whole[:-60] + bytes(50) + whole[-10:])
    late = len(whole) * 3 // 4
    (tmp_path / "page.parquet").write_bytes(whole[:late] + bytes(2000) + whole[late + 2000 :])
    outcome = read_all(tmp_path, batch_rows=50)
    assert outcome.bronze == []
    assert outcome.rejected == []
    assert {uri: row["error"] for uri, row in outcome.ledger.items()} == {
        "src/cut.parquet": Reason.TRUNCATED,
        "src/name.parquet": Reason.MALFORMED_OBJECT,
        "src/footer.parquet": Reason.MALFORMED_OBJECT,
        "src/page.parquet": Reason.MALFORMED_OBJECT,
    }
