"""Saaf and its peers on one generated corpus: time, memory, what they find and what they take wrongly.

``bench.py`` prints the table. The peers come with `pip install 'saaf[bench]'`; those that are not installed are left
out, and said to be.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from generate import WRITING, Corpus
from systems import THRESHOLD, shingles

from saaf.deduplicate.matchkey import key_words

HERE = Path(__file__).resolve().parent
SIZES = {"word": 5, "character": 7}
"""Words or characters of a shingle."""
_HIGH = 0.8


@dataclass(frozen=True)
class Truth:
    """What is so, by brute force over the true shingles of related documents.

    Attributes:
        pairs: Pairs of related documents (by id) and their similarity, where it is 0.7 or more.
        relatives: For each document the other members of its family, with their similarity.
    """

    pairs: list[tuple[str, str, float]]
    relatives: dict[str, list[tuple[str, float]]]


def write_corpus(path: Path, documents: int) -> None:
    """Write the corpus, and beside the raw text the folded one that the peers read."""
    writer = None
    for batch in Corpus().batches(documents):
        texts = pa.array([" ".join(key_words(text)) for text in batch.column("text").to_pylist()])
        table = pa.Table.from_batches([batch]).append_column("folded", texts)
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, **WRITING)
        writer.write_table(table, row_group_size=1000)
    if writer:
        writer.close()


def find_truth(path: Path, kind: str, size: int) -> Truth:
    """Compare every two members of a family: an original and its copies."""
    table = pq.read_table(path, columns=["doc_id", "folded", "original"])
    families = defaultdict(list)
    for number, original in enumerate(table.column("original").to_pylist()):
        families[original].append(number)
    ids = table.column("doc_id")
    truth = Truth([], defaultdict(list))
    for family in families.values():
        if len(family) < 2:
            continue
        sets = [set(shingles(table.column("folded")[number].as_py(), kind, size)) for number in family]
        for i, left in enumerate(sets):
            for j in range(i):
                similarity = len(left & sets[j]) / len(left | sets[j])
                a, b = ids[family[j]].as_py(), ids[family[i]].as_py()
                truth.relatives[a].append((b, similarity))
                truth.relatives[b].append((a, similarity))
                if similarity >= THRESHOLD:
                    truth.pairs.append((a, b, similarity))
    return truth


@dataclass(frozen=True)
class Measured:
    """One run of one system.

    Attributes:
        cpu: Processor seconds from opening the file to the list of what stays.
        wall: Seconds.
        rss: Peak memory, in KiB.
        kept: The ids that stay.
    """

    cpu: float
    wall: float
    rss: int
    kept: set[str]


@dataclass(frozen=True)
class Quality:
    """Shares of pairs of a true similarity that were not both kept, and of removed documents that copy a kept one.

    Attributes:
        high: Pairs from 0.8.
        middle: Pairs from 0.7 to 0.8.
        just: Removed documents that are 0.7 or more similar to one that stays.
    """

    high: float
    middle: float
    just: float


def corpus(folder: Path, documents: int, compression: str = WRITING["compression"]) -> Path:
    """The corpus of so many documents; written where it is missing.

    Args:
        folder: Where corpora are kept.
        documents: How many.
        compression: How Parquet compresses it: all but the generator's own is made of that one.
    """
    is_own = compression == WRITING["compression"]
    path = folder / (f"corpus-{documents}.parquet" if is_own else f"corpus-{documents}-{compression}.parquet")
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        if is_own:
            write_corpus(unfinished, documents)
        else:
            compress_anew(corpus(folder, documents), unfinished, compression)
        unfinished.rename(path)
    return path


def compress_anew(path: Path, output: Path, compression: str) -> None:
    """Write a corpus again, row group by row group, compressed in another way."""
    given = pq.ParquetFile(path)
    options = {**WRITING, "compression": compression, "compression_level": None}
    with pq.ParquetWriter(output, given.schema_arrow, **options) as file:
        for group in range(given.num_row_groups):
            file.write_table(given.read_row_group(group), row_group_size=1000)


def ids_of(path: Path) -> list[str]:
    """All ids of a corpus."""
    ids: list[str] = pq.read_table(path, columns=["doc_id"]).column("doc_id").to_pylist()
    return ids


def measure(system: str, path: Path, kind: str, cores: int = 1) -> Measured | str:
    """Run a system in a process of its own; a sentence where it did not run.

    Args:
        system: Its name.
        path: The corpus.
        kind: What a shingle is made of.
        cores: How many cores it may use. Processor seconds can be compared where it is one: what a machine calls two
            cores may be two threads of one, which take a fifth more of them together than one that has it to itself.
    """
    done = subprocess.run(
        [sys.executable, str(HERE / "systems.py"), system, str(path), kind, str(SIZES[kind]), str(cores)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no message"])[-1]
    result = json.loads(done.stdout.strip().splitlines()[-1])
    return Measured(result["cpu"], result["wall"], result["rss"], set(result["kept"]))


def middle_of(rounds: int, system: str, path: Path, kind: str, cores: int = 1) -> Measured | str:
    """The middle one of several runs by processor seconds; a sentence where none did."""
    runs = [measure(system, path, kind, cores) for _ in range(rounds)]
    done = sorted((run for run in runs if isinstance(run, Measured)), key=lambda run: run.cpu)
    return done[len(done) // 2] if done else runs[0]


def quality(kept: set[str], truth: Truth, all_ids: list[str]) -> Quality:
    """Hold what a system kept against the truth."""
    high, middle = [], []
    for a, b, similarity in truth.pairs:
        (high if similarity >= _HIGH else middle).append(not (a in kept and b in kept))
    removed = [doc_id for doc_id in all_ids if doc_id not in kept]
    just = [any(s >= THRESHOLD and other in kept for other, s in truth.relatives[doc_id]) for doc_id in removed]
    return Quality(*(sum(values) / len(values) if values else float("nan") for values in (high, middle, just)))
