"""Documents in memory, generated texts, and an oracle that decides by brute force."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pyarrow as pa
import pytest

from saaf.config import DeduplicateConfig
from saaf.deduplicate import Verdicts
from saaf.text.letters import fold_character, is_key_character

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
    ]
)

SENTENCES = {
    "ur": "وزیرِ اعظم نے کہا ہے کہ ملک میں مہنگائی کم کرنے کے لیے 25 نئے اقدامات کیے جائیں گے۔",
    "fa": "رئیس جمهور گفت که برای کاهش تورم در کشور ۲۵ اقدام تازه انجام می‌شود.",
    "ar": "قال رئيس الوزراء إنّ الحكومة ستتخذ ٢٥ إجراءً جديدًا لخفض التضخم في البلاد.",
    "ps": "لومړي وزیر وویل چې په هېواد کې د ګرانۍ د کمولو لپاره به ۲۵ نوي ګامونه واخیستل شي.",
    "sd": "وزيراعظم چيو آهي ته ملڪ ۾ مهانگائي گهٽائڻ لاءِ 25 نوان قدم کنيا ويندا.",
    "pnb": "وزیر اعظم نے آکھیا اے کہ ملک وچ مہنگائی گھٹاون لئی 25 نویں قدم چکے جان گے۔",
    "en": "The prime minister said that 25 new measures would be taken to bring prices down.",
}


class MemoryDocuments:
    """Documents that lie in memory, given out in batches of a chosen size."""

    def __init__(self, rows: Sequence[dict[str, object]], batch_rows: int = 100) -> None:
        full = [
            {
                "source": "wire",
                "uri": f"wire/{row.get('doc_id')}.txt",
                "record": 0,
                "priority": 100,
                "earliest": None,
                "n_chars": len(str(row.get("text") or "")),
                **row,
            }
            for row in rows
        ]
        self.table = pa.Table.from_pylist(full, schema=SCHEMA)
        self.batch_rows = batch_rows

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        yield from self.table.select(list(columns)).to_batches(max_chunksize=self.batch_rows)


@dataclass
class MemoryHistory:
    """What earlier runs kept, in memory."""

    rows: list[tuple[int, int, str]] = field(default_factory=list)
    kept_texts: dict[str, str] = field(default_factory=dict)

    def keep(self, verdicts: Verdicts, documents: MemoryDocuments) -> None:
        for batch in verdicts.index():
            self.rows += zip(*(batch.column(name).to_pylist() for name in ("band", "key", "doc_id")), strict=True)
        kept = set(verdicts.kept.to_pylist())
        texts = zip(*(documents.table.column(name).to_pylist() for name in ("doc_id", "text")), strict=True)
        self.kept_texts |= {doc_id: text for doc_id, text in texts if doc_id in kept}

    def candidates(self, keys: pa.Table) -> pa.Table:
        wanted = set(zip(*(keys.column(name).to_pylist() for name in ("band", "key")), strict=True))
        found = [row for row in self.rows if row[:2] in wanted]
        columns = list(zip(*found, strict=True)) or [[], [], []]
        types = (pa.int16(), pa.uint64(), pa.string())
        return pa.table(
            [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], ["band", "key", "doc_id"]
        )

    def texts(self, doc_ids: pa.Array) -> Iterator[pa.RecordBatch]:
        rows = [{"doc_id": i, "text": self.kept_texts[i]} for i in doc_ids.to_pylist() if i in self.kept_texts]
        yield from pa.Table.from_pylist(rows, schema=SCHEMA.empty_table().select(["doc_id", "text"]).schema).to_batches(
            max_chunksize=7
        )


class Writer:
    """Writes texts of made-up words in Urdu letters; the same seed writes the same texts."""

    def __init__(self, seed: int, words: int = 4000) -> None:
        self.random = random.Random(seed)
        letters = "ابپتٹجچحخدڈرڑزسشصطعغفقکگلمنوہھیے"
        make = lambda: "".join(self.random.choices(letters, k=self.random.randint(2, 7)))  # noqa: E731
        self.vocabulary = [make() for _ in range(words)]

    def words(self, count: int) -> list[str]:
        return self.random.choices(self.vocabulary, k=count)

    def text(self, count: int) -> str:
        return " ".join(self.words(count))

    def edited(self, text: str, edits: int) -> str:
        """Replace, insert or leave out so many words."""
        words = text.split()
        for _ in range(edits):
            at = self.random.randrange(len(words) + 1)
            words[at : at + self.random.randint(0, 1)] = self.words(self.random.randint(0, 1))
        return " ".join(words)

    def respelled(self, text: str) -> str:
        """Another spelling of the same text: keyboard, marks, joiners, spaces, punctuation, digits."""
        swap = {"ی": "ي", "ک": "ك", "ہ": "ه", " ": "  "}
        marks = ["", "\u064e", "\u0650", "\u200c", "\u0640", "\u200f", "، "]
        return "".join(
            (swap.get(c, c) if self.random.random() < 0.5 else c)
            + (self.random.choice(marks) if self.random.random() < 0.1 else "")
            for c in text
        )


def fold(text: str) -> list[str]:
    """Folded words, by a way of its own: fold all, then cut at what is no letter or digit."""
    folded = "".join(fold_character(c) for c in text)
    return "".join(c if is_key_character(c) else " " for c in folded).split()


class Oracle:
    """Similarity over sets of true shingle strings, and the greedy result over all pairs."""

    def __init__(self, config: DeduplicateConfig) -> None:
        self.config = config
        self.words = cache(lambda text: tuple(fold(text)))
        self.shingles = cache(self._shingles)

    def _shingles(self, text: str) -> set[tuple[str, ...]]:
        units: Sequence[str] = self.words(text)
        if self.config.shingle == "character":
            units = "".join(units)
        size = self.config.shingle_size
        return {tuple(units[i : i + size]) for i in range(len(units) - size + 1)}

    def similarity(self, a: str, b: str) -> float:
        key = "".join(self.words(a))
        if key and key == "".join(self.words(b)):
            return 1.0
        left, right = self.shingles(a), self.shingles(b)
        shared = len(left & right)
        return shared / (len(left) + len(right) - shared) if shared else 0.0


@pytest.fixture(scope="session")
def make_documents() -> type[MemoryDocuments]:
    return MemoryDocuments


@pytest.fixture(scope="session")
def make_history() -> type[MemoryHistory]:
    return MemoryHistory


@pytest.fixture(scope="session")
def make_writer() -> type[Writer]:
    return Writer


@pytest.fixture(scope="session")
def make_oracle() -> type[Oracle]:
    return Oracle


@pytest.fixture(scope="session")
def sentences() -> dict[str, str]:
    return SENTENCES


@pytest.fixture
def day():
    """A moment on a day of a month."""
    return lambda number: datetime(2026, 11, number, tzinfo=UTC)


@pytest.fixture(scope="session")
def index_is_sorted():
    def check(verdicts: Verdicts) -> bool:
        rows = [
            row
            for batch in verdicts.index()
            for row in zip(*(batch.column(name).to_pylist() for name in ("band", "key", "doc_id")), strict=True)
        ]
        return all(left < right for left, right in pairwise(rows))

    return check
