"""Signatures of texts, equal to datasketch's, and the band keys by which candidates meet.

A signature is the 100 least values (bands times rows, as configured) that random permutations give
a text's shingle hashes; two texts agree in each with a chance of their Jaccard similarity (Broder
1997). The permutations are those of ``datasketch.MinHash(scheme="affine32", seed=...)``, so a
signature equals datasketch's for the same 32-bit shingle hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.foldtable import fold_table

_PIECE_BYTES = 4 * 1024 * 1024


def permutations(config: DeduplicateConfig) -> tuple[kernels.Points, kernels.Points]:
    """The multipliers (all odd) and addends of the configured permutations, as datasketch draws them."""
    draw = np.random.RandomState(config.seed)
    a = draw.randint(0, 1 << 31, config.permutations, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = draw.randint(0, 1 << 32, config.permutations, dtype=np.uint32)
    return a, b


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
class ShingleSet:
    """What the exact comparison needs of one text.

    Attributes:
        hashes: The distinct shingle hashes, sorted.
        key: The match key's characters, as code points.
        ends: Where the words end, counted in characters of the match key.
    """

    hashes: kernels.Hashes
    key: kernels.Points
    ends: kernels.Points

    @property
    def nbytes(self) -> int:
        """Memory of the three arrays."""
        return self.hashes.nbytes + self.key.nbytes + self.ends.nbytes

    @property
    def words(self) -> list[str]:
        """The folded words."""
        key = self.key.tobytes().decode("utf-32-le")
        bounds = [0, *self.ends.tolist()]
        return [key[start:stop] for start, stop in pairwise(bounds)]


@dataclass(frozen=True)
class Signer:
    """Signs texts with the configured shingles and permutations; may be shared by threads."""

    config: DeduplicateConfig

    @cached_property
    def _permutations(self) -> tuple[kernels.Points, kernels.Points]:
        return permutations(self.config)

    @property
    def _by_word(self) -> bool:
        return self.config.shingle == "word"

    def sign(self, texts: pa.Array) -> Signed:
        """Sign texts.

        Args:
            texts: An array of string or large_string without nulls.

        Raises:
            pyarrow.ArrowInvalid: The array holds bytes that are not UTF-8.
        """
        data, offsets = text_buffers(texts)
        parts = [self._sign_piece(data, piece) for piece in _pieces(offsets)]
        columns = zip(*parts, strict=True)
        hashes, lengths, words, shingles, spacing, band_keys = (
            np.concatenate(column, axis=-1 if number == 5 else 0) for number, column in enumerate(columns)
        )
        return Signed(hashes, lengths, words, shingles, spacing, band_keys)

    def _sign_piece(self, data: kernels.Bytes, offsets: kernels.Indices) -> tuple[npt.NDArray[Any], ...]:
        key, bounds, words, shingles, spacing, band_keys, _ = self._run(data, offsets)
        hashes = np.empty((offsets.size - 1, 2), np.uint64)
        for i in range(offsets.size - 1):
            hashes[i] = hash_key(key[bounds[i] : bounds[i + 1]])
        return hashes, np.diff(bounds), words, shingles, spacing, band_keys

    def _run(self, data: kernels.Bytes, offsets: kernels.Indices) -> tuple[npt.NDArray[Any], ...]:
        a, b = self._permutations
        return kernels.sign_texts(
            data, offsets, fold_table(), self._by_word, self.config.shingle_size, a, b, self.config.bands
        )

    def signatures(self, texts: pa.Array) -> npt.NDArray[np.uint32]:
        """The whole signatures, one row a text, as ``datasketch.MinHash.hashvalues`` has them."""
        return self._run(*text_buffers(texts))[-1]

    def shingle_set(self, text: npt.NDArray[np.uint8]) -> ShingleSet:
        """The shingle set of one text, given as UTF-8 bytes."""
        text = text.view()
        text.flags.writeable = False  # as Arrow's buffers are, so that one compiled form serves both
        return ShingleSet(
            *kernels.shingle_set(text, 0, text.size, fold_table(), self._by_word, self.config.shingle_size)
        )


def hash_key(key: kernels.Points) -> tuple[int, int]:
    """128-bit XXH3 of a match key in UTF-32-LE, as its upper and lower half."""
    value = xxhash.xxh3_128_intdigest(key.data)
    return value >> 64, value & 0xFFFFFFFFFFFFFFFF


def text_buffers(texts: pa.Array) -> tuple[kernels.Bytes, npt.NDArray[np.int64]]:
    """An array's UTF-8 bytes and where each text begins in them, without copying the bytes.

    Raises:
        pyarrow.ArrowInvalid: The array holds bytes that are not UTF-8.
    """
    texts.validate(full=True)
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, offset_buffer, data_buffer = texts.buffers()
    if not len(texts) or data_buffer is None:
        return np.frombuffer(b"", np.uint8), np.zeros(len(texts) + 1, np.int64)
    width = np.dtype(kind).itemsize
    offsets = np.frombuffer(offset_buffer, kind, len(texts) + 1, texts.offset * width)
    return np.frombuffer(data_buffer, np.uint8), offsets.astype(np.int64)


def _pieces(offsets: kernels.Indices) -> Iterator[kernels.Indices]:
    """Cut texts into runs of a few megabytes, so that the room a kernel needs stays small."""
    start, last = 0, offsets.size - 1
    while True:
        stop = int(np.searchsorted(offsets, offsets[start] + _PIECE_BYTES, side="right")) - 1
        stop = min(max(stop, start + 1), last)
        yield offsets[start : stop + 1]
        start = stop
        if start == last:
            return
