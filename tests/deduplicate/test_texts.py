"""Texts wait in a file, band keys in memory or in a file; how much memory is granted changes nothing."""

import errno
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from saaf.config import DeduplicateConfig
from saaf.deduplicate import NoHistory, deduplicate
from saaf.deduplicate.spill import BandKeys
from saaf.deduplicate.texts import FirstTexts, Taken, TextStore
from saaf.deduplicate.threads import in_threads
from saaf.errors import StorageError

TEXTS = ["ایک خبر", "", "دوسری خبر", "تیسری"]


def test_texts_come_back_as_they_were() -> None:
    store = TextStore(6)
    store.add(np.array([4, 0]), *joined(TEXTS[:2]))
    store.add(np.array([1, 5]), *joined(TEXTS[2:]))
    assert store.missing().tolist() == [2, 3]
    read = store.read()
    store.close()
    assert [read.text_bytes[n] for n in (4, 0, 1, 5)] == [len(text) for text in TEXTS]
    assert spelled(read.codes, read.starts[[4, 0, 1, 5]], read.sizes[[4, 0, 1, 5]]) == TEXTS


def spelled(codes: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> list[str]:
    """The texts whose codes are at some places."""
    return [bytes(codes[start:][:size]).decode() for start, size in zip(starts, sizes, strict=True)]


def joined(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Texts as a store takes them; any bytes will do for codes."""
    parts = [text.encode() for text in texts]
    bounds = np.cumsum([0, *map(len, parts)])
    return np.frombuffer(b"".join(parts), np.uint8), bounds, np.array([len(text) for text in texts])


@pytest.mark.parametrize("most_bytes", [0, 30, 10**6])
def test_texts_of_the_first_scan_come_back_and_others_are_added_to_them(most_bytes: int) -> None:
    with closing(FirstTexts(most_bytes)) as first:
        taken = [first.add(*joined(TEXTS[start : start + 2])) for start in (2, 0)]
        assert first.held == (most_bytes == 10**6)
        if first.held:
            store = TextStore(5, first.codes)
            store.place(np.array([2, 3, 0, 1]), Taken(*map(np.concatenate, zip(*taken, strict=True))))
            store.add(np.array([4]), *joined(["پرانی"]))
            read = store.read()
            assert spelled(read.codes, read.starts, read.sizes) == [*TEXTS, "پرانی"]


def test_texts_that_many_threads_add_at_once_come_back() -> None:
    texts = [f"خبر نمبر {number} " * (number % 7) for number in range(400)]
    with closing(FirstTexts(10**6)) as first:

        def write(start: int) -> Taken:
            codes, bounds, lengths = joined(texts[start : start + 4])
            room = first.room(codes.size + 50)
            room[: codes.size] = codes
            return first.add(room[: codes.size], bounds, lengths)

        taken = list(in_threads(write, range(0, len(texts), 4), 4))
        assert first.held
        codes = first.codes.read()
    starts, sizes = (np.concatenate([part[place] for part in taken]) for place in (0, 1))
    assert spelled(codes, starts, sizes) == texts


def test_no_texts_are_fine() -> None:
    store = TextStore(2)
    store.add(np.array([1]), *joined([""]))
    assert store.read().codes.size == 0
    store.close()


def test_a_full_disk_is_an_error_that_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full.open("wb"))
    store = TextStore(1)
    with pytest.raises(StorageError, match=str(errno.ENOSPC)) as caught:
        store.add(np.array([0]), *joined(["خبر" * 100_000]))
    assert "TMPDIR" in caught.value.next_step
    assert caught.value.retryable


def test_no_folder_for_temporary_files_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(**_: object) -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryFile", nowhere)
    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    monkeypatch.setenv("TMPDIR", "/no/such/folder")
    with pytest.raises(StorageError, match="No usable temporary directory") as caught:
        FirstTexts(10)
    assert caught.value.where == "/no/such/folder"
    assert "TMPDIR" in caught.value.next_step


def test_texts_that_are_let_go_of_are_never_held_again() -> None:
    with closing(FirstTexts(10)) as first:
        first.add(*joined(["خبر" * 9]))
        first.add(*joined(["خ"]))
        assert not first.held


def test_little_memory_changes_no_verdict(make_writer: Callable, make_documents: Callable) -> None:
    writer = make_writer(31)
    texts = [writer.text(500) for _ in range(40)]
    texts += [writer.edited(text, 20) for text in texts]
    texts += [" ".join(texts[0].split()[:-n]) for n in range(1, 200)]
    rows = [{"doc_id": f"{n}", "text": text} for n, text in enumerate(texts)]
    verdicts = []
    for memory in (16 * 1024 * 1024, 1024 * 1024 * 1024):
        config = DeduplicateConfig(memory_bytes=memory, numbers="never", threshold=0.97)
        found = deduplicate(make_documents(rows), NoHistory(), config, run_id="r")
        verdicts.append((found.kept, found.duplicates, found.stats))
    assert verdicts[0] == verdicts[1]
    assert verdicts[0][2]["near_duplicates"] > 10


@pytest.mark.parametrize("most_bytes", [0, 300, 10**9])
def test_band_keys_come_back_by_band(most_bytes: int) -> None:
    random = np.random.default_rng(5)
    parts = [random.integers(0, 2**64, (3, count), np.uint64) for count in (0, 5, 1, 40, 7)]
    keys = BandKeys(3, most_bytes)
    for part in parts:
        keys.add(part)
    for band in (2, 0, 1):
        assert np.array_equal(keys.of(band), np.concatenate(parts, axis=1)[band])


def test_no_band_keys_are_fine() -> None:
    assert BandKeys(2, 0).of(1).size == 0


@pytest.mark.parametrize(("mebibytes", "scans"), [(64, 1), (16, 2)], ids=["fits", "does-not-fit"])
def test_texts_are_read_once_where_they_fit_into_memory(
    mebibytes: int, scans: int, make_writer: Callable, make_documents: Callable
) -> None:
    writer = make_writer(51)
    texts = [writer.text(20_000) for _ in range(50)]
    documents = make_documents(
        [{"doc_id": f"{n:03d}", "text": text} for n, text in enumerate([*texts, *(f"{text} آج" for text in texts)])], 7
    )
    asked: list[str] = []

    class Noting:
        def scan(self, columns):
            asked.extend(columns)
            return documents.scan(columns)

    assert sum(len(text.encode()) for text in texts) * 2 > 2**23
    config = DeduplicateConfig(memory_bytes=mebibytes * 2**20)
    verdicts = deduplicate(Noting(), NoHistory(), config, run_id="run-1")
    assert asked.count("text") == scans
    assert verdicts.kept.to_pylist() == [f"{n:03d}" for n in range(50, 100)]
    assert set(verdicts.duplicates.column("method").to_pylist()) == {"near"}
