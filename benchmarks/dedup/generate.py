"""Writes a corpus of generated Urdu news with known near-copies; the same arguments write the same bytes.

Words are made from syllables and affixes, the commonest taken from the three seed articles, and drawn
by Zipf's law. Every fifth document is a copy of an earlier one: a tenth of these word for word, the
others with 1 to 15 % of their words changed, half of them scattered and half in runs, with lines of
boilerplate added or left out, a third in another spelling. One in a hundred is made from a template
that shares about half its shingles with its siblings without being a copy.

Document number i is a function of seed and i alone, so a corpus of any size can be written, and copies
may lie anywhere after their originals.

    python benchmarks/dedup/generate.py --documents 100000 --output corpus.parquet
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "include" / "seeds"

SCHEMA = pa.schema(
    [
        ("doc_id", pa.string()),
        ("text", pa.string()),
        ("source", pa.string()),
        ("uri", pa.string()),
        ("record", pa.int64()),
        ("priority", pa.int64()),
        ("earliest", pa.timestamp("us", "UTC")),
        ("n_chars", pa.int64()),
        ("original", pa.int64()),
    ]
)

WRITING: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": ["source", "uri"],
    "write_statistics": ["doc_id"],
}
"""How the file is written: no dictionary and no statistics of texts, as Saaf's own files."""

_CONSONANTS = "ب پ ت ٹ ج چ ح خ د ڈ ر ڑ ز س ش ص ض ط ع غ ف ق ک گ ل م ن و ہ بھ پھ تھ کھ گھ چھ".split()
_VOWELS = ["", "", "ا", "ی", "و", "ے"]
_AFFIXES = ["", "", "", "یں", "وں", "ی", "نا", "تا", "گی", "دار", "پن", "انہ", "یت", "کار"]
_VARIANTS = str.maketrans({"ی": "ي", "ک": "ك", "ہ": "ه"})
_BOILERPLATE = [
    "مزید خبریں پڑھنے کے لیے ہماری سائٹ دیکھیں",
    "یہ خبر دوستوں کو بھیجیں",
    "تازہ خبریں | کھیل | کاروبار | موسم",
    "اپنی رائے نیچے لکھیں",
    "ہمارے نمائندے کی رپورٹ",
    "تمام حقوق محفوظ ہیں",
]
_TABLE_BITS = 20


def splitmix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Random-looking numbers of numbers."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@dataclass(frozen=True)
class Corpus:
    """A corpus that can be asked for any of its documents.

    Attributes:
        seed: Another seed, another corpus.
        shortest: Words of the shortest document.
        longest: Words of the longest.
        copies: Share of documents that are meant as copies; the 20 % whose original is no copy itself become one.
        vocabulary_size: Different words.
    """

    seed: int = 1
    shortest: int = 300
    longest: int = 500
    copies: float = 0.235
    vocabulary_size: int = 85_000

    @cached_property
    def vocabulary(self) -> npt.NDArray[np.object_]:
        """The words, commonest first."""
        random = np.random.default_rng(self.seed)
        words: dict[str, None] = {}
        for path in sorted(SEEDS.glob("*.txt")):
            words.update(dict.fromkeys(path.read_text("utf-8").split()))
        while len(words) < self.vocabulary_size:
            syllables = random.integers(1, 5)
            stem = "".join(random.choice(_CONSONANTS) + random.choice(_VOWELS) for _ in range(syllables))
            words[stem + random.choice(_AFFIXES)] = None
        # Common words are short: order by length, with some noise.
        lengths = np.array([len(word) for word in words]) + random.normal(0, 1, len(words))
        return np.array(list(words), object)[np.argsort(lengths, kind="stable")]

    @cached_property
    def _ranks(self) -> npt.NDArray[np.int32]:
        """Word numbers by Zipf's law: a uniform place in this table gives a word."""
        weights = 1.0 / (np.arange(self.vocabulary_size) + 2.7)
        places = (np.arange(1 << _TABLE_BITS) + 0.5) / (1 << _TABLE_BITS)
        return np.searchsorted(np.cumsum(weights) / weights.sum(), places).astype(np.int32)

    def _random(self, number: int, stream: int, count: int) -> npt.NDArray[np.uint64]:
        base = splitmix(np.array([self.seed * 1_000_003 + stream], np.uint64))[0] ^ np.uint64(number)
        start = splitmix(np.array([base], np.uint64))[0]
        with np.errstate(over="ignore"):
            return splitmix(start + np.arange(count, dtype=np.uint64) * np.uint64(0xD1342543DE82EF95))

    def _words(self, number: int, stream: int, count: int) -> npt.NDArray[np.int32]:
        return self._ranks[self._random(number, stream, count) >> np.uint64(64 - _TABLE_BITS)]

    def original_of(self, number: int) -> int:
        """The document that this one is a copy of; itself where it is none."""
        draw = self._random(number, 1, 3)
        if number < 10 or draw[0] / 2**64 >= self.copies:
            return number
        back = int(draw[1] % np.uint64(number))
        # Copies crowd around some originals: clusters of up to about fifteen.
        target = number - 1 - back
        target -= target % 3 if draw[2] % np.uint64(2) else 0
        return target if self.original_of(target) == target else number

    def text(self, number: int) -> str:
        """The text of a document."""
        original = self.original_of(number)
        draw = self._random(number, 2, 8)
        numbers = self._words_of(original)
        if original == number:
            return self._written(numbers, draw)
        if draw[0] % np.uint64(10):
            numbers = self._edited(number, numbers, 0.01 + 0.14 * float(draw[1]) / 2**64, bool(draw[2] % np.uint64(2)))
        text = self._written(numbers, draw)
        return self._respelled(text, int(draw[3])) if draw[4] % np.uint64(10) < 3 else text

    def _words_of(self, number: int) -> npt.NDArray[np.int32]:
        draw = self._random(number, 3, 2)
        length = self.shortest + int(draw[0] % np.uint64(self.longest - self.shortest + 1))
        words = self._words(number, 4, length)
        if draw[1] % np.uint64(100) == 0:  # of a template: two thirds of the text are its
            words[: length * 2 // 3] = self._words(int(draw[1] % np.uint64(7)), 5, self.longest)[: length * 2 // 3]
        return words

    def _edited(self, number: int, words: npt.NDArray[np.int32], share: float, in_runs: bool) -> npt.NDArray[np.int32]:
        changed = max(1, int(words.size * share))
        words = words.copy()
        fresh = self._words(number, 6, changed)
        places = self._random(number, 7, changed)
        if not in_runs:
            words[(places % np.uint64(words.size)).astype(np.int64)] = fresh
            return words
        run = 12
        for start in range(0, changed, run):
            part = fresh[start : start + run]
            at = int(places[start] % np.uint64(max(words.size - part.size, 1)))
            words[at : at + part.size] = part
        return words

    def _written(self, numbers: npt.NDArray[np.int32], draw: npt.NDArray[np.uint64]) -> str:
        words = self.vocabulary[numbers]
        step = 14 + int(draw[5] % np.uint64(3))
        words[step - 1 :: step] = words[step - 1 :: step] + "۔"
        lines = [" ".join(words[start : start + 4 * step]) for start in range(0, words.size, 4 * step)]
        for place in range(int(draw[6] % np.uint64(3))):
            line = _BOILERPLATE[int(draw[7] >> np.uint64(8 * place)) % len(_BOILERPLATE)]
            lines.insert(len(lines) if place else 0, line)
        return "\n".join(lines)

    @staticmethod
    def _respelled(text: str, draw: int) -> str:
        if draw % 3 == 0:
            return text.translate(_VARIANTS)
        if draw % 3 == 1:
            return text.replace("آ", "ا\u0653").replace("ئ", "ی\u0654").replace("ا", "ا\u064e", 50)
        return text.replace("ں ", "ں\u200c ").translate(_VARIANTS)

    def batches(self, documents: int, rows: int = 1000) -> Iterator[pa.RecordBatch]:
        """The first so many documents, in batches."""
        for start in range(0, documents, rows):
            numbers = range(start, min(start + rows, documents))
            texts = [self.text(number) for number in numbers]
            ids = [f"{int(a):016x}{int(b):016x}" for a, b in (self._random(number, 8, 2) for number in numbers)]
            columns = {
                "doc_id": ids,
                "text": texts,
                "source": ["generated"] * len(ids),
                "uri": [f"generated/{number // 1000}.jsonl" for number in numbers],
                "record": [number % 1000 for number in numbers],
                "priority": [100] * len(ids),
                "earliest": [None] * len(ids),
                "n_chars": [len(text) for text in texts],
                "original": [self.original_of(number) for number in numbers],
            }
            yield pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def main() -> None:
    """Write the corpus that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--words", type=int, nargs=2, default=(300, 500), metavar=("SHORTEST", "LONGEST"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    corpus = Corpus(seed=given.seed, shortest=given.words[0], longest=given.words[1])
    with pq.ParquetWriter(given.output, SCHEMA, **WRITING) as file:
        for batch in corpus.batches(given.documents):
            file.write_batch(batch, row_group_size=1000)


if __name__ == "__main__":
    main()
