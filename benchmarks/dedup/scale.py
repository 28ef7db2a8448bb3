"""Deduplication at size, one measurement in a process of its own: time, memory, a day's increment, a hot template.

    python benchmarks/dedup/scale.py corpus FOLDER --documents 1000000 --words 300 500
    python benchmarks/dedup/scale.py once FOLDER --documents 1000000 --words 300 500
    python benchmarks/dedup/scale.py history FOLDER --documents 10000000
    python benchmarks/dedup/scale.py increment FOLDER --documents 10000000
    python benchmarks/dedup/scale.py template FOLDER --documents 100000

Each prints one line of JSON. ``once`` needs ``corpus`` to have been there, ``increment`` needs ``history``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from bulk import Bulk
from systems import peak_kib, processor_seconds

from saaf.config import DeduplicateConfig, PublishConfig
from saaf.deduplicate import NoHistory, Verdicts, deduplicate, warm_up
from saaf.engines.documents import LakeHistory
from saaf.lake import Exposure, Lake
from saaf.tables import DUPLICATES, GOLD, INDEX, REJECTED

SHORT, LONG = (20, 60), (300, 500)
"""Words of the shortest and the longest document: a brief, a story."""
INCREMENT = 10_000
_FILE_DOCUMENTS = 1_000_000
_GROUP_BYTES = 3_500_000
_CONFIG = DeduplicateConfig()
_DAY = "2026-11-21"


@dataclass(frozen=True)
class Files:
    """Documents in files; read a row group at a time, without mapping files into memory."""

    paths: Sequence[Path]

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The documents, in the order of the files."""
        for path in self.paths:
            with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group, list(columns), use_threads=False)
                    yield from table.combine_chunks().to_batches()


def files(folder: Path, words: tuple[int, int], documents: int) -> list[Path]:
    """The files of a corpus, a million documents each; those that are missing are written."""
    folder.mkdir(parents=True, exist_ok=True)
    bulk = Bulk(*words)
    group = max(1000, _GROUP_BYTES // (9 * sum(words) // 2))
    paths = []
    for first in range(0, documents, _FILE_DOCUMENTS):
        rows = min(_FILE_DOCUMENTS, documents - first)
        path = folder / f"bulk-{words[0]}-{words[1]}-{first}-{rows}.parquet"
        if not path.exists():
            bulk.write(path, first, rows, group)
        paths.append(path)
    return paths


def once(folder: Path, words: tuple[int, int], documents: int) -> dict[str, object]:
    """Deduplicate a corpus that stands alone."""
    paths = files(folder, words, documents)
    warm_up()
    return measured(lambda: deduplicate(Files(paths), NoHistory(), _CONFIG, run_id="bench"))


def measured(run: Callable[[], Verdicts]) -> dict[str, object]:
    """What a run took, and its figures."""
    ready, clock = processor_seconds(), time.perf_counter()
    verdicts = run()
    return {
        "cpu": processor_seconds() - ready,
        "wall": time.perf_counter() - clock,
        "rss": peak_kib(),
        "stats": verdicts.stats,
    }


def commit(lake: Lake, documents: Files, verdicts: Verdicts, run_id: str) -> None:
    """Make a run's result a part of a lake, as the engine does."""
    staging = lake.staging(run_id)
    kept = verdicts.kept
    gold = (_gold(batch.filter(pc.is_in(batch.column("doc_id"), kept))) for batch in documents.scan(_GOLD_COLUMNS))
    staging.write("gold.parquet", GOLD, gold, PublishConfig())
    staging.write("index.parquet", INDEX, verdicts.index(), PublishConfig(), already_sorted=True)
    staging.write("duplicates.parquet", DUPLICATES, [verdicts.duplicates], PublishConfig())
    staging.write("rejected.parquet", REJECTED, [verdicts.rejected()], PublishConfig())
    day, settings = f"ingest_date={_DAY}", f"settings={_CONFIG.index_settings}"
    names = ("gold", "index", "duplicates", "rejected")
    exposures = [Exposure(f"{name}.parquet", name, settings if name == "index" else day) for name in names]
    with lake.lock():
        lake.commit(staging, exposures, run_id=run_id, base=lake.head, facts={})
    staging.discard()


_GOLD_COLUMNS = ("doc_id", "text", "source", "uri", "record", "n_chars")


def _gold(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Gold's row of a document, as far as it is known here."""
    fixed = {"config_hash": "bench", "ingest_date": _DAY}
    arrays = []
    for field in GOLD.schema:
        if field.name in batch.schema.names:
            arrays.append(batch.column(field.name))
        elif field.nullable:
            arrays.append(pa.nulls(batch.num_rows, field.type))
        else:
            value = pa.scalar(fixed.get(field.name, 0))
            arrays.append(pa.repeat(value, batch.num_rows).cast(field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=GOLD.schema)


def history(folder: Path, documents: int) -> dict[str, object]:
    """Make a lake that has kept so many documents, a file's worth a run."""
    warm_up()
    ready, clock = processor_seconds(), time.perf_counter()
    lake, kept, number = Lake.open(folder / f"lake-{documents}"), 0, 0
    while kept < documents:
        rows = min(_FILE_DOCUMENTS, documents - kept)
        source = Files([_chunk(folder, number, rows)])
        verdicts = deduplicate(source, NoHistory(), _CONFIG, run_id=f"run-{number}")
        commit(lake, source, verdicts, f"run-{number}")
        kept += len(verdicts.kept)
        number += 1
        print(f"run {number}: {kept:,} kept", file=sys.stderr, flush=True)
    return {
        "kept": kept,
        "runs": number,
        "cpu": processor_seconds() - ready,
        "wall": time.perf_counter() - clock,
        "rss": peak_kib(),
    }


def _chunk(folder: Path, number: int, rows: int) -> Path:
    path = folder / f"history-{number}-{rows}.parquet"
    if not path.exists():
        Bulk(*SHORT).write(path, number * _FILE_DOCUMENTS, rows, 5000)
    return path


def increment(folder: Path, documents: int) -> dict[str, object]:
    """Deduplicate and commit a day's documents against a lake that :func:`history` made."""
    lake = Lake.open(folder / f"lake-{documents}")
    before = _listing(lake.root)
    path = folder / f"increment-{documents}.parquet"
    runs = len(lake.log())
    if not path.exists():
        Bulk(*SHORT).write(path, runs * _FILE_DOCUMENTS, INCREMENT, 1000)
    warm_up()
    source = Files([path])

    def run() -> Verdicts:
        verdicts = deduplicate(source, LakeHistory(lake, _CONFIG.index_settings), _CONFIG, run_id=f"day-{runs}")
        commit(lake, source, verdicts, f"day-{runs}")
        return verdicts

    result = measured(run)
    after = _listing(lake.root)
    result["files_before"] = len(before)
    result["files_new"] = len(after.keys() - before.keys())
    result["files_touched"] = sum(after.get(name) != facts for name, facts in before.items())
    return result


def _listing(root: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file that holds data."""
    found = (path for path in root.rglob("*.parquet") if path.is_file())
    return {str(path.relative_to(root)): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def template(documents: int) -> dict[str, object]:
    """Briefs of one template: each two of them state the same price, no other two do."""
    words = (
        "کراچی کی صرافہ مارکیٹ میں آج سونے کی فی تولہ قیمت {} روپے رہی جبکہ چاندی کے نرخ میں کوئی تبدیلی نہیں ہوئی اور "
        "تاجروں کے مطابق خریداروں کی تعداد معمول سے کم رہی"
    )
    table = pa.table(
        {
            "doc_id": [f"{number:08d}" for number in range(documents)],
            "text": [words.format(100_000 + number // 2) for number in range(documents)],
            "source": ["template"] * documents,
            "uri": ["template"] * documents,
            "record": np.arange(documents),
            "priority": np.zeros(documents, np.int64),
            "earliest": pa.nulls(documents, pa.timestamp("us", "UTC")),
            "n_chars": np.full(documents, len(words)),
        }
    )

    class Briefs:
        def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
            return iter(table.select(list(columns)).to_batches(max_chunksize=1000))

    warm_up()
    return measured(lambda: deduplicate(Briefs(), NoHistory(), _CONFIG, run_id="bench"))


def main() -> None:
    """Take the measurement that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("corpus", "once", "history", "increment", "template"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--words", type=int, nargs=2, default=SHORT, metavar=("SHORTEST", "LONGEST"))
    given = parser.parse_args()
    words = (given.words[0], given.words[1])
    result: dict[str, object] = {}
    if given.what == "corpus":
        files(given.folder, words, given.documents)
    elif given.what == "once":
        result = once(given.folder, words, given.documents)
    elif given.what == "history":
        result = history(given.folder, given.documents)
    elif given.what == "increment":
        result = increment(given.folder, given.documents)
    else:
        result = template(given.documents)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
