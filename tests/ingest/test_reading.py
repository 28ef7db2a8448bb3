"""The object boundary: all or nothing, one bad object costs only itself, batches are bounded."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingest_kit import (
    BEGAN,
    COMPRESSORS,
    RUN,
    TEXTS,
    OtherMemory,
    as_nobody,
    as_object,
    parquet_bytes,
    read_all,
    read_batches,
    run_python,
    settings,
    source,
)

from saaf.errors import InputError, RecordError, SaafError
from saaf.ingest import InputObject, Refusal, discover, fingerprint, read_objects
from saaf.ingest.formats import kind_of
from saaf.ingest.opening import take
from saaf.ingest.readers import json_lines
from saaf.ingest.spool import Spool
from saaf.reasons import Reason
from saaf.tables import LEDGER

MIB = 1024 * 1024


def lines(texts: list[str]) -> bytes:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()


# --- what a ledger row says ----------------------------------------------------


def test_the_ledger_row_of_a_file_that_was_read(tmp_path: Path) -> None:
    import hashlib

    data = COMPRESSORS[".gz"](lines(["a", "b"]) + b"{bad")
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(data)
    os.utime(path, ns=(0, 1_700_000_000_000_000_000))
    (row,) = read_all(tmp_path).ledger.values()
    assert row.pop("modified").isoformat() == "2023-11-14T22:13:20+00:00"
    assert row == {
        "uri": "src/a.jsonl.gz",
        "source": "src",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "records": 3,
        "status": "read",
        "error": None,
        "message": None,
        "run_id": RUN,
    }
    assert row["sha256"] == fingerprint(as_object(path))


def test_a_document_row_holds_run_and_time(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("متن", "utf-8")
    (row,) = read_all(tmp_path).bronze
    assert (row["run_id"], row["ingested_at"], row["source"], row["record"]) == (RUN, BEGAN, "src", 0)
    assert (row["url"], row["given_id"], row["given_title"], row["given_date"]) == (None, None, None, None)


# --- objects that fail ---------------------------------------------------------

BAD_OBJECTS: dict[str, tuple[bytes, Reason]] = {
    "empty.txt": (b"", Reason.EMPTY_OBJECT),
    "empty.parquet": (b"", Reason.EMPTY_OBJECT),
    "empty.jsonl.gz": (b"", Reason.EMPTY_OBJECT),
    "nothing-in-it.txt.gz": (COMPRESSORS[".gz"](b""), Reason.EMPTY_OBJECT),
    "nothing-in-it.csv.zst": (COMPRESSORS[".zst"](b""), Reason.EMPTY_OBJECT),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(3000), Reason.BINARY),
    "picture.jsonl": (b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(3000), Reason.BINARY),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(3000), Reason.BINARY),
    "nulls.jsonl": (bytes(4096), Reason.BINARY),
    "nulls.csv": (bytes(4096), Reason.BINARY),
    "nulls.txt": (bytes(4096), Reason.BINARY),
    "twice.txt.gz": (COMPRESSORS[".gz"](COMPRESSORS[".gz"](TEXTS["ur"].encode())), Reason.BINARY),
    "damaged.txt": (TEXTS["ur"].encode() * 3 + b"\xff", Reason.UNDECODABLE),
    "odd.jsonl": (b"\xff\xfe" + "{}".encode("utf-16-le") + b"\n", Reason.UNDECODABLE),
    "plain.txt.gz": (b"plain text", Reason.MALFORMED_OBJECT),
    "plain.parquet": (b"plain text", Reason.MALFORMED_OBJECT),
    **{
        f"cut.jsonl{extension}": (compress(lines([TEXTS["ur"]] * 100))[:-7], Reason.TRUNCATED)
        for extension, compress in COMPRESSORS.items()
        if extension
    },
}


@pytest.mark.parametrize("name", BAD_OBJECTS)
def test_a_bad_object_is_a_ledger_row_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    data, reason = BAD_OBJECTS[name]
    (tmp_path / "0-before.txt").write_text("پہلے", "utf-8")
    (tmp_path / name).write_bytes(data)
    (tmp_path / "z-after.txt").write_text("بعد", "utf-8")
    outcome = read_all(tmp_path)
    assert outcome.texts == ["پہلے", "بعد"]
    assert outcome.rejected == []
    row = outcome.ledger[f"src/{name}"]
    assert (row["status"], row["error"], row["records"], row["size"]) == ("error", reason, 0, len(data))
    assert "; " in row["message"]
    assert str(tmp_path) not in row["message"]


def test_an_object_that_fails_late_gives_no_row_however_many_batches_it_filled(tmp_path: Path) -> None:
    good = "".join(f'{number},"{TEXTS["ur"]}"\n' for number in range(500))
    (tmp_path / "a.csv").write_text(f'id,text\n{good}500,"never closed', "utf-8")
    (tmp_path / "b.txt").write_text("بعد", "utf-8")
    outcome = read_all(tmp_path, batch_rows=7)
    assert outcome.texts == ["بعد"]
    assert outcome.error("a.csv") == Reason.MALFORMED_OBJECT
    assert outcome.ledger["src/a.csv"]["sha256"] is not None


def test_an_unexpected_exception_is_the_objects_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = json_lines._document

    def broken(record: int, *rest: object) -> object:
        if record == 40:
            raise ZeroDivisionError(TEXTS["ur"])
        return real(record, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(json_lines, "_document", broken)
    (tmp_path / "a.jsonl").write_bytes(lines(["x"] * 50))
    (tmp_path / "b.jsonl").write_bytes(lines(["y"] * 10))
    outcome = read_all(tmp_path, batch_rows=8)
    assert outcome.texts == ["y"] * 10
    row = outcome.ledger["src/a.jsonl"]
    assert row["error"] == Reason.UNREADABLE
    assert "ZeroDivisionError at test_reading.py:" in row["message"]
    assert TEXTS["ur"] not in row["message"]


def test_an_object_that_vanished_or_was_never_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    item = as_object(tmp_path / "a.txt")
    (tmp_path / "a.txt").unlink()
    (batch,) = read_batches([item], source(), settings())
    (row,) = batch.ledger.to_pylist()
    assert (row["error"], row["size"]) == (Reason.UNREADABLE, 1)
    with pytest.raises(RecordError, match=r"^unreadable: it is gone"):
        fingerprint(item)


@pytest.mark.parametrize("kind", ["file link", "folder link", "fifo"])
@pytest.mark.timeout(20)
def test_what_became_a_link_or_a_fifo_after_it_was_listed_is_refused(tmp_path: Path, kind: str) -> None:
    folder, secret = tmp_path / "input" / "sub", tmp_path / "secret"
    folder.mkdir(parents=True)
    secret.mkdir()
    (secret / "a.txt").write_text("secret")
    (folder / "a.txt").write_text("good")
    found = discover(source(), str(tmp_path / "input"), settings(), run_id=RUN)
    (folder / "a.txt").unlink()
    if kind == "file link":
        (folder / "a.txt").symlink_to(secret / "a.txt")
    elif kind == "folder link":
        folder.rmdir()
        folder.symlink_to(secret)
    else:
        os.mkfifo(folder / "a.txt")
    (batch,) = read_batches(found.objects, source(), settings())
    expected = Reason.NOT_A_FILE if kind == "fifo" else Reason.LINK_REFUSED
    assert batch.bronze.num_rows == 0
    assert batch.ledger.to_pylist()[0]["error"] == expected
    with pytest.raises(Refusal) as caught:
        fingerprint(found.objects[0])
    assert caught.value.reason is expected


def test_a_fingerprint_that_may_not_be_taken_says_why(open_folder: Path) -> None:
    path = open_folder / "a.txt"
    path.write_text("x")
    path.chmod(0)
    with as_nobody(), pytest.raises(RecordError, match=r"^no_permission: ") as caught:
        fingerprint(as_object(path))
    assert caught.value.where == "src/a.txt"


def test_a_refusal_survives_the_way_between_processes() -> None:
    refusal = Refusal(Reason.TRUNCATED, "it ends", next_step="fetch it", where="src/a.gz")
    again = pickle.loads(pickle.dumps(refusal))
    assert isinstance(again, SaafError)
    assert (str(again), again.reason, again.sentence) == (str(refusal), Reason.TRUNCATED, "it ends; fetch it")


class Broken(OtherMemory):
    """A storage that fails with an exception of its own, as the clients of clouds do."""

    protocol = "broken"

    def info(self, path: str, **options: object) -> dict[str, object]:
        if path.endswith("a.txt"):
            raise NoCredentials("key 123")
        return dict(super().info(path, **options))


class NoCredentials(Exception):
    pass


def test_a_storage_with_exceptions_of_its_own_costs_its_objects_only(tmp_path: Path) -> None:
    fsspec.register_implementation("broken", Broken, clobber=True)
    (tmp_path / "b.txt").write_text("fine")
    Broken().pipe("/a.txt", b"x")
    far = InputObject("src/a.txt", "src", "broken:///a.txt", 1, None)
    (batch,) = read_batches([far, as_object(tmp_path / "b.txt")], source(), settings())
    assert batch.bronze.column("raw_text").to_pylist() == ["fine"]
    row = batch.ledger.to_pylist()[0]
    assert (row["error"], row["message"]) == (
        Reason.UNREADABLE,
        "reading it failed (NoCredentials); check the storage, then run again",
    )
    with pytest.raises(RecordError, match=r"^unreadable: reading it failed \(NoCredentials\)"):
        fingerprint(far)
    with pytest.raises(InputError, match="NoCredentials"):
        discover(source(), "broken:///a.txt", settings(), run_id=RUN)


# --- anything at all -----------------------------------------------------------

NAMES = ["a.txt", "a.jsonl", "a.csv", "a.tsv", "a.parquet", "a.txt.gz", "a.jsonl.zst", "a.csv.bz2", "a.parquet.xz"]


def valid(name: str) -> bytes:
    texts = [text * 3 for text in TEXTS.values()]
    content = {
        ".txt": texts[0].encode(),
        ".jsonl": lines(texts),
        ".csv": ("id,text\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(texts))).encode(),
        ".tsv": ("id\ttext\n" + "".join(f'{n}\t"{text}"\n' for n, text in enumerate(texts))).encode(),
        ".parquet": parquet_bytes({"text": texts, "title": texts}),
    }
    _, format_, *compression = name.split(".")
    return COMPRESSORS["." + compression[0] if compression else ""](content["." + format_])


def read_bytes(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        outcome = read_all(folder, batch_rows=3)
    (row,) = outcome.ledger.values()
    assert row["records"] == len(outcome.bronze) + len(outcome.rejected)
    assert row["error"] != Reason.UNREADABLE, row["message"]
    assert (row["error"] is None) == (row["status"] == "read")
    assert row["records"] == 0 or row["status"] == "read"
    numbers = [r["record"] for r in (*outcome.bronze, *outcome.rejected)]
    assert sorted(numbers) == list(range(len(numbers)))


@pytest.mark.parametrize("name", NAMES)
@hypothesis_settings(max_examples=15, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_under_any_name_are_read_or_refused(name: str, data: bytes) -> None:
    read_bytes(name, data)


@pytest.mark.parametrize("name", NAMES)
@hypothesis_settings(max_examples=25, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from(["cut", "zero", "flip", "insert", "drop"]), st.binary(max_size=8)),
        min_size=1,
        max_size=4,
    )
)
def test_damage_anywhere_is_found_or_harmless(name: str, edits: list[tuple[float, str, bytes]]) -> None:
    data = valid(name)
    for share, kind, piece in edits:
        at = int(share * len(data))
        tail = data[at + len(piece) :]
        middle = {
            "zero": bytes(len(piece)),
            "flip": bytes(byte ^ 0xFF for byte in data[at : at + len(piece)]),
            "insert": piece + data[at : at + len(piece)],
        }.get(kind, b"")
        data = data[:at] + (b"" if kind == "cut" else middle + tail)
    read_bytes(name, data)


# --- files that change ---------------------------------------------------------


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines([TEXTS["ur"] * 100] * 2000))
    found = discover(source(), str(tmp_path), settings(), run_id=RUN)
    stop, running = threading.Event(), threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.wait(0.0005):
                file.write(b'{"text": "more"}\n')
                running.set()

    writer = threading.Thread(target=write)
    writer.start()
    running.wait()
    try:
        (batch,) = read_batches(found.objects, source(), settings())
        with pytest.raises(Refusal, match="it changed while it was read"):
            fingerprint(found.objects[0])
    finally:
        stop.set()
        writer.join()
    (row,) = batch.ledger.to_pylist()
    assert (batch.bronze.num_rows, row["error"]) == (0, Reason.UNREADABLE)
    assert "the next run reads it" in row["message"]
    assert len(read_all(tmp_path).bronze) > 2000


class Meddling(Spool):
    """A spool at whose first bytes somebody else changes the file that they come from."""

    def __init__(self, change: Callable[[], object], *, always: bool = False) -> None:
        super().__init__(io.BytesIO())
        self._change = change
        self._always = always

    def write(self, data: bytes) -> None:
        if self._always or not self.size:
            self._change()
        super().write(data)


@pytest.mark.parametrize("change", ["append", "rewrite", "cut", "touch"])
@pytest.mark.parametrize("extension", ["", ".gz"])
def test_any_change_while_a_file_is_read_is_noticed(tmp_path: Path, change: str, extension: str) -> None:
    path = tmp_path / "a.txt"
    data = COMPRESSORS[extension](random.Random(1).randbytes(400_000))
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    changes: dict[str, Callable[[], object]] = {
        "append": lambda: path.open("ab").write(b"more"),
        "rewrite": lambda: path.write_bytes(bytes(len(data))),
        "cut": lambda: os.truncate(path, 200_000),
        "touch": lambda: os.utime(path),
    }
    item = as_object(path, modified=datetime.fromtimestamp(1_700_000_000, UTC))
    with pytest.raises(Refusal, match="it changed while it was read"):
        take(item, kind_of(f"a.txt{extension}").compression, settings(), Meddling(changes[change]))


@pytest.mark.timeout(20)
def test_a_file_that_never_stops_growing_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(200_000))

    def grow() -> None:
        with path.open("ab") as file:
            file.write(bytes(200_000))

    spool = Meddling(grow, always=True)
    with pytest.raises(Refusal, match="it changed while it was read"):
        take(as_object(path), None, settings(), spool)
    assert spool.size <= 200_000


def test_a_file_that_changed_since_it_was_listed_is_read_once_it_rests(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    found = discover(source(), str(tmp_path), settings(), run_id=RUN)
    path.write_text("newer")
    (young,) = read_batches(found.objects, source(), settings(settle_seconds=60))
    assert young.ledger.to_pylist()[0]["error"] == Reason.UNREADABLE
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (rested,) = read_batches(found.objects, source(), settings(settle_seconds=60))
    assert rested.bronze.column("raw_text").to_pylist() == ["newer"]
    row = rested.ledger.to_pylist()[0]
    assert (row["size"], row["modified"].timestamp()) == (5, 1_700_000_000)


# --- batches -------------------------------------------------------------------


def test_ten_thousand_small_files_are_few_batches(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number:05}.txt").write_bytes(b"text of %d" % number)
    outcome = read_all(tmp_path)
    assert len(outcome.batches) == 10
    assert outcome.texts == [f"text of {number}" for number in range(10_000)]
    assert len(outcome.ledger) == 10_000


@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
@pytest.mark.parametrize("batch_bytes", [1024, 10 * MIB])
def test_batches_keep_their_limits_and_cut_nothing(tmp_path: Path, batch_rows: int, batch_bytes: int) -> None:
    choose = random.Random(batch_rows)
    texts = [TEXTS[choose.choice(list(TEXTS))] * choose.choice([1, 2, 30]) for _ in range(60)]
    for number in range(12):
        part = lines(texts[number * 5 : number * 5 + 5])
        (tmp_path / f"{number:02}.jsonl").write_bytes(part + b"{bad\n" * (number % 3))
        (tmp_path / f"{number:02}.txt").write_bytes(b"" if number % 4 == 0 else b"short")
    outcome = read_all(tmp_path, batch_rows=batch_rows, batch_bytes=batch_bytes)
    assert [text for text in outcome.texts if text != "short"] == texts
    assert len(outcome.rejected) == 12
    assert len(outcome.ledger) == 24
    done = [row["uri"] for batch in outcome.batches for row in batch.ledger.to_pylist()]
    assert done == sorted(done)
    seen: set[str] = set()
    for batch in outcome.batches:  # an object is said to be done only when all its rows are out
        rows = [*batch.bronze.column("uri").to_pylist(), *batch.rejected.column("uri").to_pylist()]
        assert not seen & set(rows)
        seen |= set(batch.ledger.column("uri").to_pylist())


def test_many_bad_files_do_not_make_one_huge_batch(tmp_path: Path) -> None:
    for number in range(95):
        (tmp_path / f"{number:02}.txt").write_bytes(b"")
    outcome = read_all(tmp_path, batch_rows=10)
    assert [batch.ledger.num_rows for batch in outcome.batches] == [10] * 9 + [5]


def test_no_objects_are_no_batches() -> None:
    assert read_batches([], source(), settings()) == []


def test_reading_is_lazy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    item = as_object(tmp_path / "a.txt")

    def endless() -> object:
        while True:
            yield item

    batches = read_objects(endless(), source(), settings(batch_rows=5), run_id=RUN, ingested_at=BEGAN)  # type: ignore[arg-type]
    assert next(batches).bronze.num_rows == 5


# --- determinism ---------------------------------------------------------------


def test_rows_do_not_depend_on_order_or_batches_or_time(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines([*TEXTS.values()]) + b"{bad\n")
    (tmp_path / "b.parquet").write_bytes(parquet_bytes({"text": [*TEXTS.values(), None]}))
    (tmp_path / "c.csv.gz").write_bytes(COMPRESSORS[".gz"](b"text\nx\ny,z\n"))
    for number in range(10):
        (tmp_path / f"{number}.txt").write_text(TEXTS["ur"], "utf-8")
    config = settings()
    objects = list(discover(source(), str(tmp_path), config, run_id=RUN).objects)

    def rows(order: list[InputObject], **limits: int) -> list[list[dict[str, object]]]:
        batches = read_batches(order, source(), settings(**limits))
        return [
            sorted(
                (row for batch in batches for row in getattr(batch, part).to_pylist()),
                key=lambda row: (row["uri"], row.get("record", 0)),
            )
            for part in ("bronze", "rejected", "ledger")
        ]

    expected = rows(objects)
    assert sum(map(len, expected)) == 25 + 3 + 13
    ids = [row["doc_id"] for row in (*expected[0], *expected[1])]
    assert len(set(ids)) == len(ids)
    for seed in range(3):
        random.Random(seed).shuffle(objects)
        assert rows(objects, batch_rows=1 + seed, batch_bytes=1024) == expected
    later = list(read_objects(objects, source(), config, run_id="other", ingested_at=BEGAN + timedelta(days=1)))
    assert sorted(row["doc_id"] for batch in later for row in batch.bronze.to_pylist()) == sorted(
        row["doc_id"] for row in expected[0]
    )


def test_the_same_input_in_another_place_gives_the_same_ids(tmp_path: Path) -> None:
    found = []
    for place in ("one", "two/deep"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        (folder / "خبر.jsonl").write_bytes(lines([*TEXTS.values()]))
        found.append([row["doc_id"] for row in read_all(folder).bronze])
    assert found[0] == found[1]
    assert all(len(doc_id) == 32 and int(doc_id, 16) >= 0 for doc_id in found[0])


def test_one_content_under_two_names_is_two_documents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXTS["ur"], "utf-8")
    (tmp_path / "b.txt").write_text(TEXTS["ur"], "utf-8")
    first, second = read_all(tmp_path).bronze
    assert first["doc_id"] != second["doc_id"]
    assert first["raw_sha256"] == second["raw_sha256"]


# --- the machine's faults --------------------------------------------------------


def test_a_full_disk_is_not_the_objects_fault(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 20 * MIB)
    code = """
        import resource, signal, sys
        from ingest_kit import read_all
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        from saaf.errors import StorageError
        try:
            read_all(sys.argv[1])
        except StorageError as error:
            print(error.retryable, "TMPDIR" in error.next_step)
    """
    assert run_python(code, str(tmp_path)).split() == ["True", "True"]


def test_fifty_megabytes_on_one_line(tmp_path: Path) -> None:
    text = "بہت لمبی سطر " * 2_300_000
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (tmp_path / "b.txt").write_text("x")
    outcome = read_all(tmp_path)
    assert (tmp_path / "a.txt").stat().st_size > 50_000_000
    assert outcome.texts[0] == text
    assert outcome.texts[1] == "x"
    assert sum(row["records"] for row in outcome.ledger.values()) == 2


def test_refused_rows_are_rows_of_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    refused = discover(source(), str(tmp_path), settings(), run_id=RUN).refused
    assert refused.schema.equals(LEDGER.schema, check_metadata=True)
    assert LEDGER.conform(refused).num_rows == 1
