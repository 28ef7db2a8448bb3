"""Saaf and its peers on one generated corpus: time, memory, what they find and what they take wrongly.

    python benchmarks/dedup/compare.py --documents 10000 --shingle word
    python benchmarks/dedup/compare.py --documents 100000 --shingle character --systems saaf datasketch

The peers come with `pip install 'saaf[bench]'`; those that are not installed are left out, and said to be.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from generate import WRITING, Corpus
from systems import SYSTEMS, THRESHOLD, shingles

from saaf.deduplicate.matchkey import key_words

HERE = Path(__file__).resolve().parent
SIZES = {"word": 5, "character": 7}


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


def measure(system: str, path: Path, kind: str, size: int, python: str) -> dict[str, object] | str:
    """Run a system in a process of its own; a sentence where it did not run."""
    done = subprocess.run(
        [python if system != "saaf" else sys.executable, str(HERE / "systems.py"), system, str(path), kind, str(size)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no message"])[-1]
    result: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def quality(kept: set[str], truth: Truth, all_ids: list[str]) -> dict[str, float]:
    """Shares of similar pairs that were not both kept, and of removed documents that copy a kept one."""
    found: dict[str, list[bool]] = {"from .8": [], ".7 to .8": []}
    for a, b, similarity in truth.pairs:
        found["from .8" if similarity >= 0.8 else ".7 to .8"].append(not (a in kept and b in kept))
    removed = [doc_id for doc_id in all_ids if doc_id not in kept]
    just = [any(s >= THRESHOLD and other in kept for other, s in truth.relatives[doc_id]) for doc_id in removed]
    return {name: sum(v) / len(v) if v else float("nan") for name, v in {**found, "just": just}.items()}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--shingle", choices=SIZES, default="character")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--folder", type=Path, default=Path("lake/bench"), help="where the corpus is kept")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the peers")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    path, size = given.folder / f"corpus-{given.documents}.parquet", SIZES[given.shingle]
    if not path.exists():
        write_corpus(path, given.documents)
    truth = find_truth(path, given.shingle, size)
    ids = pq.read_table(path, columns=["doc_id"]).column("doc_id").to_pylist()
    print(f"{given.documents:,} documents, {given.shingle} {size}-grams, {platform.processor() or platform.machine()}")
    print(
        f"{'system':<12}{'CPU s':>9}{'wall s':>9}{'docs/CPU s':>12}{'ratio':>8}{'MB':>7}{'>= .8':>8}{'.7-.8':>8}{'just':>7}"
    )
    ours = None
    for system in given.systems:
        result = measure(system, path, given.shingle, size, given.python)
        if isinstance(result, str):
            print(f"{system:<12} did not run: {result}")
            continue
        found = quality(set(result["kept"]), truth, ids)
        cpu, wall, rss = (float(result[name]) for name in ("cpu", "wall", "rss"))
        ours = ours or cpu
        print(
            f"{system:<12}{cpu:>9.2f}{wall:>9.2f}{given.documents / cpu:>12,.0f}{cpu / ours:>8.1f}{rss / 1024:>7.0f}"
            f"{found['from .8']:>8.4f}{found['.7 to .8']:>8.4f}{found['just']:>7.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
