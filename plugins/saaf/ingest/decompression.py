"""Decompression in bounded memory: a small file that claims to be a huge one is refused early.

A gibibyte of zeros takes 33 kB as zstandard and 156 kB as xz, so nothing here trusts a size that a
file declares, and no call asks a decompressor for more than a mebibyte at once.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from saaf.config import IngestConfig
from saaf.ingest.failure import Refusal
from saaf.ingest.formats import Compression
from saaf.reasons import Reason

if TYPE_CHECKING:
    from zstandard import ZstdDecompressionObj

OUT_CHUNK = 1024 * 1024
"""Decompressed bytes that are asked for at once."""

RATIO_FROM = 16 * 1024 * 1024
"""Decompressed bytes from which on the ratio is looked at: short, repetitive texts are no bombs."""

# zstandard gives all that its input holds in one call. A block of 4 bytes becomes 128 KiB at most,
# so 512 bytes of input bound a call's output to 16 MiB.
_ZSTANDARD_SLICE = 512


class _Decoder(Protocol):
    """One member, frame or stream. ``bz2`` and ``lzma`` have this form; the others are given it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Gzip:
    """A gzip member."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = OUT_CHUNK) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Zstandard:
    """A zstandard frame."""

    def __init__(self, inner: ZstdDecompressionObj) -> None:
        self._inner = inner
        self._waiting = memoryview(b"")

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._waiting

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + bytes(self._waiting)

    def decompress(self, data: bytes, max_length: int = OUT_CHUNK) -> bytes:
        if data:
            self._waiting = memoryview(bytes(self._waiting) + data)
        out: list[bytes] = []
        given = 0
        while self._waiting and given < max_length and not self._inner.eof:
            piece, self._waiting = self._waiting[:_ZSTANDARD_SLICE], self._waiting[_ZSTANDARD_SLICE:]
            out.append(self._inner.decompress(piece))
            given += len(out[-1])
        return b"".join(out)


@dataclass(frozen=True)
class _Codec:
    """A library's way to decompress: a decoder for each member, and what it raises on bad data."""

    new: Callable[[], _Decoder]
    errors: tuple[type[Exception], ...]


def _codec(compression: Compression, config: IngestConfig) -> _Codec:
    match compression:
        case Compression.GZIP:
            return _Codec(_Gzip, (zlib.error,))
        case Compression.BZIP2:
            return _Codec(bz2.BZ2Decompressor, (OSError, ValueError))
        case Compression.XZ:
            return _Codec(
                lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=config.max_window_bytes),
                (lzma.LZMAError,),
            )
        case Compression.ZSTANDARD:
            import zstandard

            frames = zstandard.ZstdDecompressor(max_window_size=config.max_window_bytes)
            return _Codec(lambda: _Zstandard(frames.decompressobj()), (zstandard.ZstdError,))


# Zeros after the last member: tape blocks of gzip, stream padding of xz.
_PADDED = {Compression.GZIP, Compression.XZ}


def decompressed(chunks: Iterable[bytes], compression: Compression, config: IngestConfig) -> Iterator[bytes]:
    """Decompress a stream; members, frames and streams that follow one another are one file.

    Args:
        chunks: The compressed bytes.
        compression: How they are compressed.
        config: `max_object_bytes`, `max_ratio` and `max_window_bytes` bound what comes out.

    Yields:
        Pieces of up to 16 MiB, most of them 1 MiB or less.

    Raises:
        Refusal: `TRUNCATED`, `MALFORMED_OBJECT`, `WINDOW_TOO_LARGE`, `RATIO_TOO_HIGH` or `TOO_LARGE`.
    """
    codec = _codec(compression, config)
    decoder: _Decoder | None = None
    taken = given = 0
    for chunk in chunks:
        taken += len(chunk)
        rest = chunk
        while rest:
            if decoder is None:
                if given and compression in _PADDED and not (rest := rest.lstrip(b"\0")):
                    break
                decoder = codec.new()
            try:
                for piece in _pieces(decoder, rest):
                    given += len(piece)
                    check_growth(taken, given, config)
                    yield piece
            except codec.errors as error:
                raise _refusal(error, compression, taken) from error
            rest = decoder.unused_data if decoder.eof else b""
            decoder = None if decoder.eof else decoder
    if decoder is not None:
        raise Refusal(
            Reason.TRUNCATED,
            f"the {compression} data ends too early, after {taken:,} bytes",
            next_step="fetch the file again: it was cut off",
        )


def _pieces(decoder: _Decoder, data: bytes) -> Iterator[bytes]:
    yield decoder.decompress(data, OUT_CHUNK)
    while not decoder.eof and not decoder.needs_input:
        yield decoder.decompress(b"", OUT_CHUNK)


def check_growth(taken: int, given: int, config: IngestConfig) -> None:
    """Refuse an object that grows beyond the limits.

    Args:
        taken: Bytes of the file that were used so far.
        given: Bytes that they became.
        config: `max_object_bytes`, `max_ratio`.

    Raises:
        Refusal: `TOO_LARGE` or `RATIO_TOO_HIGH`.
    """
    if given > config.max_object_bytes:
        raise Refusal(
            Reason.TOO_LARGE,
            f"it holds more than {config.max_object_bytes:,} bytes",
            next_step="split it, or raise `max_object_bytes` if it is honest",
        )
    if given > RATIO_FROM and given > config.max_ratio * taken:
        raise Refusal(
            Reason.RATIO_TOO_HIGH,
            f"its first {taken:,} bytes become more than {given:,}, over {config.max_ratio:g} times as many",
            next_step="look where it comes from; raise `max_ratio` if it is honest",
        )


# What the libraries say when a limit is met; their errors have no codes.
_OVER_WINDOW = ("Memory usage limit exceeded", "requires too much memory")


def _refusal(error: Exception, compression: Compression, taken: int) -> Refusal:
    if any(sign in str(error) for sign in _OVER_WINDOW):
        return Refusal(
            Reason.WINDOW_TOO_LARGE,
            f"decompressing this {compression} file takes more memory than is allowed",
            next_step="compress it anew with a smaller window, or raise `max_window_bytes`",
        )
    return Refusal(
        Reason.MALFORMED_OBJECT,
        f"it is not valid {compression} data (found within its first {taken:,} bytes)",
        next_step="fetch the file again, or name it for what it is",
    )
