"""Signatures of texts, equal to datasketch's, and the band keys by which candidates meet.

A signature is the 100 least values (bands times rows, as configured) that random permutations give
a text's shingle hashes; two texts agree in each with a chance of their Jaccard similarity (Broder
1997). The permutations are those of ``datasketch.MinHash(scheme="affine32", seed=...)``, so a
signature equals datasketch's for the same 32-bit shingle hashes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.anchors import anchor_shape
from saaf.deduplicate.foldtable import fold_table

_PIECE_BYTES = 256 * 1024
"""Text that is signed in one go: its characters should stay in a core's own cache."""


class InvalidText(ValueError):
    """A text that is not UTF-8.

    Attributes:
        place: Its place in the array.
    """

    def __init__(self, place: int) -> None:
        super().__init__(f"text {place} is not UTF-8")
        self.place = place


def permutations(config: DeduplicateConfig) -> kernels.Permutations:
    """The configured permutations, as datasketch draws them."""
    draw = np.random.RandomState(config.seed)
    a = draw.randint(0, 1 << 31, config.permutations, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = draw.randint(0, 1 << 32, config.permutations, dtype=np.uint32)
    return kernels.Permutations(a, b)


@dataclass(frozen=True)
class Signed:
    """What deduplication remembers of some texts; one entry a text in each array.

    Attributes:
        key_hashes: 128-bit hash of the match key, as two columns of uint64; the first is the key of band -1.
        key_lengths: Characters of the match key.
        words: Words of the folded text.
        shingles: Shingles, repeats included; 0 where the text is shorter than one.
        spacing: Hash of where words end; with equal match keys, equal only if the words are equal.
        band_keys: Keys by band and text; they say nothing where `shingles` is 0.
    """

    key_hashes: kernels.Hashes
    key_lengths: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    shingles: npt.NDArray[np.int64]
    spacing: kernels.Hashes
    band_keys: kernels.Hashes


@dataclass(frozen=True)
class Anchors:
    """Anchors of some texts.

    Attributes:
        hashes: The distinct anchors of each text, text after text.
        counts: How many each text has.
    """

    hashes: kernels.Hashes
    counts: npt.NDArray[np.int64]


class Signer:
    """Signs texts with the configured shingles and permutations; may be shared by threads."""

    def __init__(self, config: DeduplicateConfig) -> None:
        self._bands = config.bands
        self.shape = kernels.Shape(config.shingle == "word", config.shingle_size)
        self._permutations = permutations(config)
        self._anchor_shape = None if config.contained == "ignore" else anchor_shape(config)
        self._local = threading.local()

    def sign(self, texts: pa.Array) -> Signed:
        """Sign texts.

        Args:
            texts: An array of string or large_string without nulls.

        Raises:
            InvalidText: A text is not UTF-8.
        """
        data, offsets = text_buffers(texts)
        hashes = np.empty((len(texts), 2), np.uint64)
        parts = []
        for start, stop in _pieces(offsets):
            part = self._sign_piece(data, offsets[start : stop + 1], start)
            bounds = part.bounds.tolist()
            for i in range(stop - start):
                hashes[start + i] = hash_key(part.key[bounds[i] : bounds[i + 1]])
            parts.append(part)
        return Signed(
            key_hashes=hashes,
            key_lengths=np.concatenate([np.diff(part.bounds) for part in parts]),
            words=np.concatenate([part.words for part in parts]),
            shingles=np.concatenate([part.shingles for part in parts]),
            spacing=np.concatenate([part.spacing for part in parts]),
            band_keys=np.concatenate([part.band_keys for part in parts], axis=1),
        )

    def anchors(self, texts: pa.Array) -> Anchors | None:
        """Anchors of texts that have been signed; None where contained texts are not looked for."""
        if self._anchor_shape is None:
            return None
        hashes, bounds = kernels.anchors(*text_buffers(texts), fold_table(), self.shape, *self._anchor_shape)
        return Anchors(hashes, np.diff(bounds))

    def signatures(self, texts: pa.Array) -> npt.NDArray[np.uint32]:
        """The whole signatures, one row a text, as ``datasketch.MinHash.hashvalues`` has them.

        Raises:
            InvalidText: A text is not UTF-8.
        """
        data, offsets = text_buffers(texts)
        parts = [self._sign_piece(data, offsets[start : stop + 1], start) for start, stop in _pieces(offsets)]
        return np.concatenate([part.signatures for part in parts])

    def _sign_piece(self, data: kernels.Bytes, offsets: kernels.Indices, first: int) -> kernels.SignedTexts:
        """Sign a run of texts; the key characters are good until the thread's next call."""
        table = fold_table()
        size = int(offsets[-1] - offsets[0])
        for room in (size + 2, table.growth * size + 2):
            key, ends = self._room(room)
            signed: kernels.SignedTexts = kernels.sign_texts(
                data, offsets, table, self.shape, self._permutations, self._bands, key, ends
            )
            if signed.bounds.min() != kernels.NO_ROOM:
                break
        if signed.bounds.min() == kernels.NOT_UTF8:
            raise InvalidText(first + int(signed.bounds.argmin()) - 1)
        return signed

    def _room(self, size: int) -> tuple[kernels.Points, kernels.Points]:
        """The thread's room for key characters and ends of words."""
        if getattr(self._local, "size", 0) < size:
            self._local.rooms = np.empty(size, np.uint32), np.empty(size, np.uint32)
            self._local.size = size
        rooms: tuple[kernels.Points, kernels.Points] = self._local.rooms
        return rooms


def hash_key(key: kernels.Points) -> tuple[int, int]:
    """128-bit XXH3 of a match key in UTF-32-LE, as its upper and lower half."""
    value = xxhash.xxh3_128_intdigest(key.data)
    return value >> 64, value & 0xFFFFFFFFFFFFFFFF


def text_buffers(texts: pa.Array) -> tuple[kernels.Bytes, npt.NDArray[np.int64]]:
    """An array's UTF-8 bytes and where each text begins in them, without copying the bytes.

    Raises:
        pyarrow.ArrowInvalid: The array's offsets lie outside its bytes.
    """
    texts.validate()
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, offset_buffer, data_buffer = texts.buffers()
    if not len(texts) or data_buffer is None:
        return np.frombuffer(b"", np.uint8), np.zeros(len(texts) + 1, np.int64)
    offsets = np.frombuffer(offset_buffer, kind, len(texts) + 1, texts.offset * np.dtype(kind).itemsize)
    if (np.diff(offsets) < 0).any():
        raise pa.ArrowInvalid("the offsets of a text array descend")
    return np.frombuffer(data_buffer, np.uint8), offsets.astype(np.int64)


def _pieces(offsets: kernels.Indices) -> Iterator[tuple[int, int]]:
    """Cut texts into runs of a few hundred kilobytes: where each begins and ends. At least one."""
    start, last = 0, offsets.size - 1
    while True:
        stop = int(np.searchsorted(offsets, offsets[start] + _PIECE_BYTES, side="right")) - 1
        stop = min(max(stop, start + 1), last)
        yield start, stop
        start = stop
        if start == last:
            return
