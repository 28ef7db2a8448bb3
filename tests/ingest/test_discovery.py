"""What lies in a folder: objects, refusals, and files that are still being written."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from ingest_kit import RUN, OtherMemory, as_nobody, read_all, settings, source

from saaf.errors import InputError
from saaf.ingest import INPUT_FORMATS, discover
from saaf.reasons import Reason


def uris(location: Path | str) -> list[str]:
    return [item.uri for item in discover(source(), str(location), settings(), run_id=RUN).objects]


def test_a_folder_is_listed_with_its_folders_sorted_by_uri(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.jsonl.gz", "A.TXT", "خبریں/پہلی خبر.txt", "with space/x y.CSV.Zst"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("متن", "utf-8")
    found = uris(tmp_path)
    assert found == sorted(found)
    assert set(found) == {
        "src/b.txt",
        "src/a/z.txt",
        "src/a/b/c.jsonl.gz",
        "src/A.TXT",
        "src/خبریں/پہلی خبر.txt",
        "src/with space/x y.CSV.Zst",
    }


def test_a_location_may_be_one_file_or_a_link_to_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "خبر 1.txt").write_text("متن", "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    assert uris(tmp_path / "folder" / "خبر 1.txt") == ["src/خبر 1.txt"]
    assert uris(tmp_path / "link") == ["src/خبر 1.txt"]
    assert read_all(tmp_path / "link").texts == ["متن"]
    assert uris((tmp_path / "folder" / "خبر 1.txt").as_uri()) == ["src/خبر 1.txt"]


def test_sizes_and_times_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")
    os.utime(path, ns=(0, 1_700_000_000_123_456_789))
    (item,) = discover(source(), str(tmp_path), settings(), run_id=RUN).objects
    assert item.size == 5
    assert item.modified is not None
    assert item.modified.isoformat() == "2023-11-14T22:13:20.123456+00:00"


@pytest.mark.parametrize("missing", ["nowhere", "nowhere/at/all.txt"])
def test_a_location_that_is_not_there_is_an_input_error(tmp_path: Path, missing: str) -> None:
    with pytest.raises(InputError, match="there is no input"):
        discover(source(), str(tmp_path / missing), settings(), run_id=RUN)


@pytest.mark.parametrize("url", ["memory://nothing-here", "nosuchscheme://x/y", "simplecache::file:///etc"])
def test_a_url_that_leads_nowhere_is_an_input_error(url: str) -> None:
    with pytest.raises(InputError) as caught:
        discover(source(), url, settings(), run_id=RUN)
    assert caught.value.next_step


def test_a_fifo_as_location_is_an_input_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InputError, match="neither"):
        discover(source(), str(tmp_path / "pipe.txt"), settings(), run_id=RUN)


def test_hidden_names_are_skipped_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in (".hidden.txt", ".git/a.txt", "notes.pdf", "noextension", "x.gz", "a.txt.part", "a.txt"):
        (tmp_path / name).write_bytes(b"x")
    outcome = read_all(tmp_path)
    assert [row["uri"] for row in outcome.bronze] == ["src/a.txt"]
    refused = {uri: row["error"] for uri, row in outcome.ledger.items() if row["status"] == "error"}
    assert refused == dict.fromkeys(
        ["src/notes.pdf", "src/noextension", "src/x.gz", "src/a.txt.part"], Reason.UNKNOWN_FORMAT.value
    )
    row = outcome.ledger["src/notes.pdf"]
    assert (row["size"], row["records"], row["sha256"], row["run_id"]) == (1, 0, None, RUN)
    assert all(extension in row["message"] for extension in INPUT_FORMATS)


def test_links_are_followed_within_the_folder_only(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (inside / "real.txt").write_text("real")
    (inside / "alias.txt").symlink_to("real.txt")
    (inside / "out.txt").symlink_to(outside / "secret.txt")
    (inside / "etc.txt").symlink_to("/etc/passwd")
    (inside / "outfolder").symlink_to(outside)
    (inside / "nowhere.txt").symlink_to("not-there.txt")
    (inside / "self.txt").symlink_to("self.txt")
    (inside / "sub" / "loop").symlink_to(inside)
    (inside / "sub" / "loop.txt").symlink_to(inside)
    outcome = read_all(inside)
    assert sorted(row["uri"] for row in outcome.bronze) == ["src/alias.txt", "src/real.txt"]
    refused = {uri: row["error"] for uri, row in outcome.ledger.items() if row["status"] == "error"}
    assert refused == dict.fromkeys(
        ["src/out.txt", "src/etc.txt", "src/outfolder", "src/nowhere.txt", "src/self.txt"], Reason.LINK_REFUSED.value
    )


def test_the_folder_next_door_with_the_same_beginning_is_outside(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news-secret").mkdir()
    (tmp_path / "news-secret" / "a.txt").write_text("x")
    (tmp_path / "news" / "a.txt").symlink_to("../news-secret/a.txt")
    assert read_all(tmp_path / "news").error("a.txt") == Reason.LINK_REFUSED


@pytest.mark.timeout(20)
def test_fifos_sockets_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.txt"))
        outcome = read_all(tmp_path)
    assert outcome.error("pipe.txt") == Reason.NOT_A_FILE
    assert outcome.error("socket.txt") == Reason.NOT_A_FILE
    assert outcome.bronze == []


def test_what_may_not_be_read_is_in_the_ledger_and_the_rest_is_read(open_folder: Path) -> None:
    (open_folder / "closed").mkdir()
    for name in ("closed/a.txt", "secret.txt", "open.txt"):
        (open_folder / name).write_text("متن", "utf-8")
    (open_folder / "closed").chmod(0)
    (open_folder / "secret.txt").chmod(0)
    with as_nobody():
        outcome = read_all(open_folder)
    (open_folder / "closed").chmod(0o755)
    assert outcome.texts == ["متن"]
    assert outcome.error("closed") == Reason.NO_PERMISSION
    assert outcome.error("secret.txt") == Reason.NO_PERMISSION
    assert outcome.ledger["src/secret.txt"]["size"] == 6
    assert outcome.error("open.txt") is None


def test_a_folder_that_can_be_listed_but_not_entered(open_folder: Path) -> None:
    (open_folder / "sub").mkdir()
    (open_folder / "sub" / "a.txt").write_text("x")
    (open_folder / "sub").chmod(0o444)
    with as_nobody():
        outcome = read_all(open_folder)
    (open_folder / "sub").chmod(0o755)
    assert outcome.error("sub/a.txt") == Reason.NO_PERMISSION


def test_a_root_that_may_not_be_read_is_an_input_error(open_folder: Path) -> None:
    (open_folder / "closed").mkdir()
    (open_folder / "closed").chmod(0)
    with as_nobody(), pytest.raises(InputError, match="may not read"):
        discover(source(), str(open_folder / "closed"), settings(), run_id=RUN)
    (open_folder / "closed").chmod(0o755)


def test_a_folder_that_can_be_entered_but_not_listed_on_the_way_is_no_hindrance(open_folder: Path) -> None:
    (open_folder / "way" / "input").mkdir(parents=True)
    (open_folder / "way" / "input" / "a.txt").write_text("x")
    (open_folder / "way").chmod(0o711)
    with as_nobody():
        assert read_all(open_folder / "way" / "input").texts == ["x"]


def test_names_that_are_hard_to_hold_are_read_under_escaped_names(tmp_path: Path) -> None:
    names = {b"new\nline.txt": r"new\x0aline.txt", b"\xc7\xd1\xcf\xe6.txt": r"\xc7\xd1\xcf\xe6.txt"}
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"text of " + name.replace(b"\n", b"").hex().encode())
    outcome = read_all(tmp_path)
    assert {row["uri"] for row in outcome.bronze} == {f"src/{escaped}" for escaped in names.values()}
    for item in outcome.discovery.objects:
        item.location.encode()  # a plan can hold it


def test_two_files_of_one_name_in_two_folders_are_two_documents(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text("متن", "utf-8")
    first, second = read_all(tmp_path).bronze
    assert (first["uri"], second["uri"]) == ("src/a/same.txt", "src/b/same.txt")
    assert first["doc_id"] != second["doc_id"]
    assert first["raw_sha256"] == second["raw_sha256"]


# --- files that are still being written ---------------------------------------


def test_a_young_file_that_grows_is_left_for_the_next_run(tmp_path: Path) -> None:
    growing, done, old = tmp_path / "growing.txt", tmp_path / "done.txt", tmp_path / "old.txt"
    for path in (growing, done, old):
        path.write_text("متن", "utf-8")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.02):
            with growing.open("a") as file:
                file.write("x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        began = time.monotonic()
        found = discover(source(), str(tmp_path), settings(settle_seconds=0.4), run_id=RUN)
        waited = time.monotonic() - began
    finally:
        stop.set()
        writer.join()
    assert [item.uri for item in found.objects] == ["src/done.txt", "src/old.txt"]
    assert found.unsettled == ("src/growing.txt",)
    assert found.refused.num_rows == 0
    assert 0.4 <= waited < 1.5


def test_old_files_are_not_waited_for(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.txt").write_text("x")
        os.utime(tmp_path / f"{number}.txt", (1_000_000_000, 1_000_000_000))
    began = time.monotonic()
    found = discover(source(), str(tmp_path), settings(settle_seconds=30), run_id=RUN)
    assert time.monotonic() - began < 5
    assert len(found.objects) == 20


def test_a_young_file_that_is_replaced_or_taken_away_is_unsettled(tmp_path: Path) -> None:
    for name in ("replaced.txt", "gone.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "new").write_text("x")

    def change() -> None:
        time.sleep(0.1)
        (tmp_path / "new").rename(tmp_path / "replaced.txt")
        (tmp_path / "gone.txt").unlink()

    changer = threading.Thread(target=change)
    changer.start()
    found = discover(source(), str(tmp_path), settings(settle_seconds=0.4), run_id=RUN)
    changer.join()
    assert found.unsettled == ("src/gone.txt", "src/replaced.txt")


# --- other storages -----------------------------------------------------------


def test_any_fsspec_url_can_be_read() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/saaf-bucket/day one/خبر.txt", "متن".encode())
    memory.pipe("/saaf-bucket/.hidden/b.txt", b"x")
    memory.pipe("/saaf-bucket/c.bin", b"x")
    memory.pipe("/saaf-bucket/empty.txt", b"")
    memory.pipe("/saaf-bucket-two/d.txt", b"x")
    try:
        outcome = read_all("memory://saaf-bucket")
        single = read_all("memory://saaf-bucket/day one/خبر.txt")
    finally:
        memory.rm("/saaf-bucket", recursive=True)
        memory.rm("/saaf-bucket-two", recursive=True)
    assert [(row["uri"], row["raw_text"]) for row in outcome.bronze] == [("src/day one/خبر.txt", "متن")]
    assert outcome.error("c.bin") == Reason.UNKNOWN_FORMAT
    assert outcome.error("empty.txt") == Reason.EMPTY_OBJECT
    assert set(outcome.ledger) == {"src/day one/خبر.txt", "src/c.bin", "src/empty.txt"}
    assert outcome.ledger["src/day one/خبر.txt"]["size"] == 6
    assert [row["uri"] for row in single.bronze] == ["src/خبر.txt"]


def test_urls_of_the_local_disk_are_read_as_paths_are(tmp_path: Path) -> None:
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "sub dir" / "a.txt").write_text("x")
    (tmp_path / "sub dir" / "b.txt").symlink_to("/etc/passwd")
    for scheme in ("file", "local"):
        outcome = read_all(f"{scheme}://{tmp_path}/sub%20dir")
        assert outcome.texts == ["x"]
        assert outcome.error("b.txt") == Reason.LINK_REFUSED


class NoSizes(OtherMemory):
    """A storage that tells neither size nor time, as web servers may."""

    protocol = "nosizes"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        found = super().ls(path, detail=detail, **options)
        return [info | {"size": None, "created": None} for info in found] if detail else found

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        return super().info(path, **options) | {"size": None, "created": None}


def test_a_storage_that_tells_no_sizes_is_read_nevertheless() -> None:
    fsspec.register_implementation("nosizes", NoSizes, clobber=True)
    NoSizes().pipe("/folder/a.txt", b"text")
    NoSizes().pipe("/folder/b.txt", b"")
    outcome = read_all("nosizes://folder")
    assert outcome.texts == ["text"]
    row = outcome.ledger["src/a.txt"]
    assert (row["size"], row["modified"]) == (4, None)
    assert outcome.error("b.txt") == Reason.EMPTY_OBJECT


def test_the_door_is_cheap_to_import() -> None:
    code = (
        "import saaf.ingest, sys; "
        "print([m for m in ('pandas', 'fsspec', 'zstandard', 'charset_normalizer', 'pyarrow.parquet') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
