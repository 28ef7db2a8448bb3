"""Signatures of texts, equal to datasketch's, and the band keys by which candidates meet.

A signature is the 100 least values (bands times rows, as configured) that random permutations give
a text's shingle hashes; two texts agree in each with a chance of their Jaccard similarity (Broder
1997). The permutations are those of ``datasketch.MinHash(scheme="affine32", seed=...)``, so a
signature equals datasketch's for the same 32-bit shingle hashes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels
from saaf.deduplicate.anchors import anchor_shape
from saaf.deduplicate.foldtable import fold_table

_NO_CODES = np.empty(0, np.uint8)

Room = Callable[[int], kernels.Bytes]
"""Gives room for so many bytes."""


class InvalidText(ValueError):
    """A text that is not UTF-8.

    Attributes:
        place: Its place in the array.
    """

    def __init__(self, place: int) -> None:
        super().__init__(f"text {place} is not UTF-8")
        self.place = place


def check_text(key_lengths: kernels.Indices) -> None:
    """Check that texts were UTF-8, by the lengths of their match keys as kernels give them.

    Raises:
        InvalidText: One was not; the first of them.
    """
    if key_lengths.size and key_lengths.min() == kernels.NOT_UTF8:
        raise InvalidText(int(key_lengths.argmin()))


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
        codes: What the texts fold to, one after another, where it was asked for; see :class:`saaf.deduplicate.kernels.Page`.
        code_bounds: Where each begins, and the end of the last.
        text_bytes: Bytes of UTF-8 of each text.
    """

    key_hashes: kernels.Hashes
    key_lengths: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    shingles: npt.NDArray[np.int64]
    spacing: kernels.Hashes
    band_keys: kernels.Hashes
    codes: kernels.Bytes
    code_bounds: kernels.Indices
    text_bytes: kernels.Indices


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
        self._words_under = sys.maxsize if self.shape.by_word else config.numbers_under
        self._anchor_shape = None if config.contained == "ignore" else anchor_shape(config)

    def sign(self, texts: pa.Array, room: Room | None = None) -> Signed:
        """Sign texts.

        Args:
            texts: An array of string or large_string without nulls.
            room: Gives room for so many bytes of what the texts fold to; None where that is not wanted. Where it
                gives too little, they are elsewhere.

        Raises:
            InvalidText: A text is not UTF-8.
        """
        return self._sign(texts, np.empty((1, self._permutations.a.size), np.uint32), room)

    def signatures(self, texts: pa.Array) -> npt.NDArray[np.uint32]:
        """The whole signatures, one row a text, as ``datasketch.MinHash.hashvalues`` has them.

        Raises:
            InvalidText: A text is not UTF-8.
        """
        signatures = np.empty((len(texts), self._permutations.a.size), np.uint32)
        if len(texts):
            self._sign(texts, signatures, None)
        return signatures

    def _sign(self, texts: pa.Array, signatures: kernels.Points, room: Room | None) -> Signed:
        data, offsets = text_buffers(texts)
        codes, keep = (_NO_CODES, False) if room is None else (room(int(offsets[-1] - offsets[0])), True)
        signed = kernels.sign_texts(
            data,
            offsets,
            fold_table(),
            self.shape,
            self._permutations,
            self._bands,
            signatures,
            codes,
            keep,
            self._words_under,
        )
        check_text(signed.key_lengths)
        codes = signed.codes[: signed.code_bounds[-1]]
        return Signed(**signed._replace(codes=codes)._asdict(), text_bytes=np.diff(offsets))

    def anchors(self, texts: pa.Array) -> Anchors | None:
        """Anchors of texts that have been signed; None where contained texts are not looked for."""
        if self._anchor_shape is None:
            return None
        hashes, bounds = kernels.anchors(*text_buffers(texts), fold_table(), self.shape, *self._anchor_shape)
        return Anchors(hashes, np.diff(bounds))


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
