"""The systems that are compared, each from a Parquet file to the ids that it would keep.

Peers read a column `folded` that is folded ahead of time, at no cost to them; Saaf reads the raw text
and folds it itself. All get the same shingles, 20 bands of 5 rows and the threshold 0.7, and each is
used the fastest way that its documentation shows. Only Saaf compares candidates exactly; a peer's word
that two documents are alike is taken.

    python benchmarks/dedup/systems.py SYSTEM CORPUS word 5 [CORES]
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from generate import WRITING

BANDS, ROWS, THRESHOLD = 20, 5, 0.7


@dataclass(frozen=True)
class System:
    """A system, ready to run.

    Attributes:
        run: From a corpus to the ids of what stays, as the system gives them.
        prepare: What is done before the clock starts.
    """

    run: Callable[[Path], list[str] | pa.Array]
    prepare: Callable[[Path], None] = lambda _: None


def groups(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """A file's row groups, one at a time."""
    file = pq.ParquetFile(path, pre_buffer=False)
    for group in range(file.num_row_groups):
        yield from file.read_row_group(group, list(columns), use_threads=False).combine_chunks().to_batches()


def folded(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Ids and folded texts, a row group at a time."""
    for batch in groups(path, ["doc_id", "folded"]):
        yield batch.column("doc_id").to_pylist(), batch.column("folded").to_pylist()


def shingles(text: str, kind: str, size: int) -> list[str]:
    """The shingles of a folded text, repeats included."""
    if kind == "word":
        words = text.split()
        return [" ".join(words[i : i + size]) for i in range(len(words) - size + 1)]
    key = text.replace(" ", "")
    return [key[i : i + size] for i in range(len(key) - size + 1)]


def saaf(kind: str, size: int) -> System:
    """This project."""
    from saaf.config import DeduplicateConfig
    from saaf.deduplicate import NoHistory, deduplicate, warm_up

    class File:
        def __init__(self, path: Path) -> None:
            self.path = path

        def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
            return groups(self.path, columns)

    config = DeduplicateConfig(shingle="word" if kind == "word" else "character", shingle_size=size)

    def run(path: Path) -> pa.Array:
        return deduplicate(File(path), NoHistory(), config, run_id="bench").kept

    return System(run, lambda _: warm_up())  # the others' compiled code is loaded by importing them


def datasketch(kind: str, size: int) -> System:
    """What datasketch 2 does at its best: a fast hash, update_batch, one LSH index."""
    import xxhash
    from datasketch import MinHash, MinHashLSH

    def run(path: Path) -> list[str]:
        index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
        kept = []

        def sets() -> Iterator[list[bytes]]:
            for ids, texts in folded(path):
                names.extend(ids)
                for text in texts:
                    yield [s.encode() for s in dict.fromkeys(shingles(text, kind, size))]

        names: list[str] = []
        sketches = MinHash.generator(sets(), num_perm=BANDS * ROWS, hashfunc=xxhash.xxh32_intdigest, scheme="affine32")
        for number, sketch in enumerate(sketches):
            if not index.query(sketch):
                index.insert(number, sketch, check_duplication=False)
                kept.append(names[number])
        return kept

    return System(run)


def rensa(kind: str, size: int) -> System:
    """Rensa: sketches of whole token sets at once, one LSH index."""
    from rensa import RMinHash, RMinHashLSH

    def run(path: Path) -> list[str]:
        index = RMinHashLSH(THRESHOLD, BANDS * ROWS, BANDS)
        kept, number = [], 0
        for ids, texts in folded(path):
            sketches = RMinHash.from_token_sets([shingles(t, kind, size) for t in texts], BANDS * ROWS, 42)
            for doc_id, sketch in zip(ids, sketches, strict=True):
                if not index.query(sketch):
                    index.insert(number, sketch)
                    kept.append(doc_id)
                number += 1
        return kept

    return System(run)


def gaoya(kind: str, size: int) -> System:
    """Gaoya: its own analyzer, inserted and asked in bulk."""
    from gaoya.minhash import MinHashStringIndex

    def run(path: Path) -> list[str]:
        index = MinHashStringIndex(
            32, THRESHOLD, BANDS, ROWS, None, "word" if kind == "word" else "char", False, (size, size)
        )
        names: list[str] = []
        answers = []
        for ids, texts in folded(path):
            given = texts if kind == "word" else [text.replace(" ", "") for text in texts]
            index.par_bulk_insert_docs(list(range(len(names), len(names) + len(ids))), given)
            names += ids
        for _, texts in folded(path):
            answers += index.par_bulk_query(texts if kind == "word" else [text.replace(" ", "") for text in texts])
        stays: list[bool] = []
        for number, answer in enumerate(answers):
            stays.append(not any(other < number and stays[other] for other in answer))
        return [name for name, kept in zip(names, stays, strict=True) if kept]

    return System(run)


def datatrove(kind: str, size: int) -> System:
    """Datatrove: its stages up to the list of what goes, words cut at white space; one worker, whose time can be seen."""
    import shutil
    import tempfile

    import datatrove.pipeline.dedup.minhash as stages
    import datatrove.utils.hashes.xxhash as hashes
    import xxhash
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.utils.hashing import HashConfig

    class Spaces:
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

    stages.load_word_tokenizer = lambda _: Spaces()
    hashes.xxhash64 = lambda text: xxhash.xxh64_intdigest(text.encode())  # xxhash 4 takes no strings any more
    config = stages.MinhashConfig(
        n_grams=size,
        num_buckets=BANDS,
        hashes_per_bucket=ROWS,
        hash_config=HashConfig(precision=64, hash_fc="xxhash"),
    )

    work = Path(tempfile.mkdtemp(prefix="datatrove-"))
    given = work / "in"
    given.mkdir()

    def prepare(path: Path) -> None:
        """Write the corpus as it wants to read it: before the clock starts."""
        file = pq.ParquetFile(path)
        compression = file.metadata.row_group(0).column(0).compression.lower()
        written = {**WRITING, "compression": compression, "compression_level": 1 if compression == "zstd" else None}
        table = file.read(columns=["doc_id", "folded"])
        middle = table.num_rows // 2
        for name, half in (("0", table.slice(0, middle)), ("1", table.slice(middle))):
            texts = half.column("folded")
            if kind == "character":
                texts = pa.array([" ".join(text.replace(" ", "")) for text in texts.to_pylist()])
            half = half.set_column(1, "folded", texts)  # noqa: PLW2901 - the texts as it reads them
            pq.write_table(half, given / f"{name}.parquet", **written, row_group_size=1000)

    def run(path: Path) -> list[str]:  # noqa: ARG001 - it reads what was prepared
        reader = ParquetReader(str(given), text_key="folded", id_key="doc_id")
        signatures, buckets, remove = (str(work / name) for name in ("signatures", "buckets", "remove"))
        steps: list[tuple[list[Any], int]] = [
            ([reader, stages.MinhashDedupSignature(signatures, config=config)], 2),
            ([stages.MinhashDedupBuckets(signatures, buckets, config=config)], BANDS),
            ([stages.MinhashDedupCluster(buckets, remove, config=config)], 1),
        ]
        for number, (pipeline, tasks) in enumerate(steps):
            logs = str(work / "logs" / str(number))  # of its own: else it takes its tasks for those done before
            LocalPipelineExecutor(pipeline=pipeline, tasks=tasks, workers=1, logging_dir=logs).run()
        kept = []
        for file in sorted(given.iterdir()):  # what its fourth stage would do, which writes the texts again
            removed = np.fromfile(work / "remove" / f"{int(file.stem):06d}.remove", "<u4")
            ids = pq.read_table(file, columns=["doc_id"]).column("doc_id").to_numpy()
            kept += np.delete(ids, removed).tolist()
        shutil.rmtree(work)
        return kept

    return System(run, prepare)


SYSTEMS: dict[str, Callable[[str, int], System]] = {
    "saaf": saaf,
    "datasketch": datasketch,
    "rensa": rensa,
    "gaoya": gaoya,
    "datatrove": datatrove,
}


def processor_seconds() -> float:
    """What this process and the children that it waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak_kib() -> int:
    """The most memory that this process has held at a time, in KiB, not counting what it was started from."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def use_cores(most: int) -> None:
    """Let this process run on no more than so many cores, where the system can be told so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-most:])


def main() -> None:
    """Run one system; print what it took and kept, as JSON."""
    system, path, kind, size = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    if len(sys.argv) > 5:
        use_cores(int(sys.argv[5]))
    measured = SYSTEMS[system](kind, size)
    measured.prepare(path)
    ready, clock = processor_seconds(), time.perf_counter()
    kept = measured.run(path)
    figures = {
        "cpu": processor_seconds() - ready,
        "wall": time.perf_counter() - clock,
        "cpu_start": ready,
        "rss": peak_kib(),
    }
    print(json.dumps({**figures, "kept": kept.to_pylist() if isinstance(kept, pa.Array) else kept}))


if __name__ == "__main__":
    main()
