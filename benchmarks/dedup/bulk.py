"""Writes generated texts by the million: a compiled loop of some microseconds a document, the same bytes every time.

Document number i is a function of seed and i alone. Words are drawn by Zipf's law from the vocabulary of
``generate.py``; every fifth document repeats an earlier one with up to an eighth of its words replaced. For size,
not for accuracy: near-copies of every degree, spellings, templates and boilerplate are in ``generate.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from generate import WRITING, Corpus

Numbers = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_RANKS_BITS = 20
_COPIES = np.uint64(5)
_BACK = 3_000_000
_ID_DIGITS = 32


@numba.njit(nogil=True, cache=True)
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@numba.njit(nogil=True, cache=True)
def _write(  # noqa: PLR0917 - a kernel takes plain arrays
    first, seed, lengths, ranks, vocabulary, bounds, out, offsets
):  # type: ignore[no-untyped-def]
    """Write the texts of `offsets.size - 1` documents into `out`; returns their numbers of words."""
    at = 0
    words = np.zeros(offsets.size - 1, np.int64)
    for row in range(offsets.size - 1):
        number = np.uint64(first + row)
        draw = _mix(_mix(number + seed) * _GOLDEN)
        source, edits = number, np.uint64(0)
        if draw % _COPIES == np.uint64(0) and number > np.uint64(100):
            back = _mix(draw) % np.uint64(min(int(number), _BACK))
            source, edits = number - np.uint64(1) - back, _mix(draw + np.uint64(1)) % np.uint64(128)
        start = _mix(_mix(source + seed) ^ _GOLDEN)
        words[row] = lengths[0] + np.int64(start % np.uint64(lengths[1] - lengths[0] + 1))
        for place in range(words[row]):
            word_draw = _mix(start + np.uint64(place) * _GOLDEN)
            edit_draw = _mix(draw + np.uint64(place) * _GOLDEN)
            chosen = edit_draw if edit_draw % np.uint64(1024) < edits else word_draw
            word = ranks[chosen >> np.uint64(64 - _RANKS_BITS)]
            for i in range(bounds[word], bounds[word + 1]):
                out[at] = vocabulary[i]
                at += 1
            out[at] = 32
            at += 1
        offsets[row + 1] = at
    return words


@dataclass(frozen=True)
class Bulk:
    """Generated documents, any number of them.

    Attributes:
        shortest: Words of the shortest.
        longest: Words of the longest.
        seed: Another seed, other documents.
    """

    shortest: int
    longest: int
    seed: int = 1

    @cached_property
    def _vocabulary(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        corpus = Corpus()
        encoded = [str(word).encode() for word in corpus.vocabulary]
        bounds = np.concatenate([[0], np.cumsum([len(word) for word in encoded])])
        return np.frombuffer(b"".join(encoded), np.uint8), bounds.astype(np.int64), corpus._ranks

    def batch(self, first: int, rows: int) -> pa.RecordBatch:
        """Documents number `first` and following, with all columns that deduplication asks for."""
        vocabulary, bounds, ranks = self._vocabulary
        out = np.empty(rows * self.longest * (int(np.diff(bounds).max()) + 1), np.uint8)
        offsets = np.zeros(rows + 1, np.int32)
        lengths = np.array([self.shortest, self.longest])
        seed = np.uint64(self.seed * 1_000_003)
        words = _write(first, seed, lengths, ranks, vocabulary, bounds, out, offsets)
        texts = pa.Array.from_buffers(
            pa.string(), rows, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(out[: offsets[-1]].tobytes())]
        )
        return pa.RecordBatch.from_pydict(
            {
                "doc_id": self.ids(first, rows),
                "text": texts,
                "source": pa.repeat(pa.scalar("generated"), rows),
                "uri": pa.repeat(pa.scalar(f"generated/{first}.jsonl"), rows),
                "record": np.arange(rows),
                "priority": pa.repeat(pa.scalar(100, pa.int64()), rows),
                "earliest": pa.nulls(rows, pa.timestamp("us", "UTC")),
                "n_chars": words * 6,
            }
        )

    def ids(self, first: int, rows: int) -> pa.Array:
        """The ids of documents: 32 hexadecimal digits that look random."""
        numbers = np.arange(first, first + rows, dtype=np.uint64) + np.uint64(self.seed << 40)
        halves = np.stack([_mixed(numbers), _mixed(numbers + _GOLDEN)], axis=1)
        offsets = np.arange(0, _ID_DIGITS * (rows + 1), _ID_DIGITS, dtype=np.int32)
        digits = halves.astype(">u8").tobytes().hex().encode()
        return pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(digits)])

    def write(self, path: Path, first: int, rows: int, group: int) -> None:
        """Write documents as Parquet, the file whole or not there."""
        unfinished = path.with_suffix(".unfinished")
        with pq.ParquetWriter(unfinished, self.batch(0, 1).schema, **WRITING) as file:
            for start in range(first, first + rows, group):
                file.write_batch(self.batch(start, min(group, first + rows - start)), row_group_size=group)
        unfinished.rename(path)


@numba.njit(cache=True)
def _mixed(numbers: Numbers) -> Numbers:
    return np.array([_mix(number) for number in numbers])
