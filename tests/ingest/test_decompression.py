"""Decompression: whole, in any cut, and never beyond the limits."""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma
import random
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_kit import COMPRESSORS, TEXTS
from ingest_kit import settings as config

from saaf.ingest.decompression import decompressed
from saaf.ingest.failure import Refusal
from saaf.ingest.formats import COMPRESSIONS, Compression
from saaf.reasons import Reason

ALL = sorted(COMPRESSIONS)
MIB = 1024 * 1024
PLAIN = "\n".join(TEXTS.values()).encode() * 50


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def unpack(data: bytes, extension: str, *, size: int = 64 * 1024, **limits: object) -> bytes:
    return b"".join(decompressed(cut(data, size), COMPRESSIONS[extension], config(**limits)))


def reason(data: bytes, extension: str, **limits: object) -> Reason:
    with pytest.raises(Refusal) as caught:
        unpack(data, extension, **limits)
    assert caught.value.what.startswith(caught.value.reason.value)
    return caught.value.reason


@pytest.mark.parametrize("extension", ALL)
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=3000), size=st.integers(1, 5000))
def test_what_was_compressed_comes_back_however_it_is_cut(extension: str, data: bytes, size: int) -> None:
    assert unpack(COMPRESSORS[extension](data), extension, size=size) == data


@pytest.mark.parametrize("extension", ALL)
@pytest.mark.parametrize("size", [1, 7, 64 * 1024])
def test_members_that_follow_one_another_are_one_file(extension: str, size: int) -> None:
    parts = [PLAIN[:1000], b"", PLAIN[1000:], b"end"]
    packed = b"".join(COMPRESSORS[extension](part) for part in parts)
    assert unpack(packed, extension, size=size) == b"".join(parts)


@pytest.mark.parametrize("extension", ALL)
def test_a_cut_off_file_is_truncated_wherever_it_is_cut(extension: str) -> None:
    packed = COMPRESSORS[extension](PLAIN)
    for end in {1, 2, len(packed) // 3, len(packed) // 2, len(packed) - 5, len(packed) - 1}:
        assert reason(packed[:end], extension) is Reason.TRUNCATED, end


@pytest.mark.parametrize("extension", ALL)
def test_a_second_member_that_is_cut_off_is_truncated_too(extension: str) -> None:
    packed = COMPRESSORS[extension](PLAIN)
    assert reason(packed + packed[:-3], extension) is Reason.TRUNCATED


@pytest.mark.parametrize("extension", ALL)
@pytest.mark.parametrize("garbage", [b"This is plain text.", b"\x00" * 100, bytes(range(256))])
def test_what_was_never_compressed_is_malformed(extension: str, garbage: bytes) -> None:
    assert reason(garbage, extension) is Reason.MALFORMED_OBJECT


@pytest.mark.parametrize("extension", ALL)
def test_garbage_after_the_end_is_malformed(extension: str) -> None:
    assert reason(COMPRESSORS[extension](PLAIN) + b"garbage here", extension) is Reason.MALFORMED_OBJECT


@pytest.mark.parametrize("extension", ALL)
def test_a_damaged_byte_is_noticed(extension: str) -> None:
    packed = bytearray(
        COMPRESSORS[extension](PLAIN)
        if extension != ".zst"
        else zstandard.ZstdCompressor(write_checksum=True).compress(PLAIN)
    )
    packed[len(packed) // 2] ^= 0x55
    assert reason(bytes(packed), extension) in {Reason.MALFORMED_OBJECT, Reason.TRUNCATED}


@pytest.mark.parametrize("extension", [".gz", ".xz"])
def test_zeros_after_the_end_are_padding(extension: str) -> None:
    packed = COMPRESSORS[extension](PLAIN)
    assert unpack(packed + b"\0" * 1024, extension) == PLAIN
    assert unpack(packed + b"\0" * 8 + packed, extension, size=5) == PLAIN + PLAIN


def test_frames_that_zstandard_skips_are_skipped() -> None:
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"index"
    packed = COMPRESSORS[".zst"](PLAIN)
    assert unpack(skippable + packed + skippable, ".zst") == PLAIN


def test_a_frame_that_does_not_tell_its_size_is_read() -> None:
    stream = zstandard.ZstdCompressor(level=19).compressobj()
    assert unpack(stream.compress(PLAIN) + stream.flush(), ".zst") == PLAIN


# --- limits -------------------------------------------------------------------


@pytest.mark.parametrize("extension", ALL)
def test_the_size_limit_is_exact(extension: str) -> None:
    packed = COMPRESSORS[extension](PLAIN)
    assert unpack(packed, extension, max_object_bytes=len(PLAIN)) == PLAIN
    assert reason(packed, extension, max_object_bytes=len(PLAIN) - 1) is Reason.TOO_LARGE


@pytest.mark.parametrize("extension", ALL)
def test_the_ratio_is_looked_at_from_16_mebibytes_on(extension: str) -> None:
    pack = {".xz": lambda data: lzma.compress(data, preset=0)}.get(extension, COMPRESSORS[extension])
    small, large = bytes(15 * MIB), bytes(18 * MIB)
    assert len(unpack(pack(small), extension, max_ratio=10)) == len(small)
    assert reason(pack(large), extension, max_ratio=10) is Reason.RATIO_TOO_HIGH
    assert len(unpack(pack(large), extension, max_ratio=1e9)) == len(large)


@pytest.fixture(scope="module")
def honest() -> bytes:
    """20 MiB of letters without any repetition."""
    letters = "ابپتٹجچدڈرزسشعغفقکگلمنوہی یےں ".encode("utf-16-le")
    codes = random.Random(7).randbytes(10 * MIB)
    table = bytes(range(len(letters) // 2)) * 9
    text = codes.translate(table[:256]).decode("latin-1")
    return text.translate(dict(enumerate(letters.decode("utf-16-le")))).encode()


@pytest.mark.parametrize("extension", ALL)
def test_honest_text_is_far_from_the_ratio(extension: str, honest: bytes) -> None:
    fast = {
        ".xz": lambda data: lzma.compress(data, preset=0),
        ".gz": lambda data: gzip.compress(data, 1),
        ".bz2": lambda data: bz2.compress(data, 1),
    }
    assert len(honest) > 16 * MIB
    assert unpack(fast.get(extension, COMPRESSORS[extension])(honest), extension) == honest


def test_a_window_over_the_limit_is_refused_before_it_is_allocated() -> None:
    stream = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=28)
    ).compressobj()
    wide = stream.compress(PLAIN) + stream.flush()
    assert reason(wide, ".zst") is Reason.WINDOW_TOO_LARGE
    assert unpack(wide, ".zst", max_window_bytes=512 * MIB) == PLAIN

    wide = lzma.compress(PLAIN, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 256 * MIB}])
    assert reason(wide, ".xz") is Reason.WINDOW_TOO_LARGE
    assert reason(lzma.compress(PLAIN, preset=9), ".xz", max_window_bytes=16 * MIB) is Reason.WINDOW_TOO_LARGE
    assert unpack(lzma.compress(PLAIN, preset=9), ".xz") == PLAIN


@pytest.mark.parametrize("extension", ALL)
def test_pieces_stay_small_however_dense_the_data_is(extension: str) -> None:
    pack = {".xz": lambda data: lzma.compress(data, preset=0)}.get(extension, COMPRESSORS[extension])
    dense = pack(bytes(48 * MIB))
    pieces = decompressed(iter([dense]), COMPRESSIONS[extension], config(max_ratio=1e9))
    assert max(map(len, itertools.islice(pieces, 40))) <= 17 * MIB


def test_errors_of_the_source_are_not_taken_for_errors_of_the_data() -> None:
    def broken() -> Iterator[bytes]:
        yield bz2.compress(PLAIN)[:50]
        raise OSError("the disk is on fire")

    with pytest.raises(OSError, match="on fire"):
        list(decompressed(broken(), Compression.BZIP2, config()))
