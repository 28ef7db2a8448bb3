"""Small files that claim to be huge: refused early, in little memory, and nothing else is lost."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from ingest_kit import run_python

from saaf.reasons import Reason

MIB = 1024 * 1024

# A process of its own for each bomb: peak memory can only be asked of a process. Not of getrusage,
# though: a child begins with its parent's peak there.
MEASURED = """
    import json, re, sys, time
    from pathlib import Path
    def peak():
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)) / 1024
    from ingest_kit import read_all
    import pyarrow.compute, pyarrow.parquet, zstandard
    read_all(sys.argv[1] + "/warm")
    before = peak()
    began = time.monotonic()
    outcome = read_all(sys.argv[1], **json.loads(sys.argv[2]))
    print(json.dumps({
        "mebibytes": peak() - before,
        "seconds": time.monotonic() - began,
        "texts": outcome.texts,
        "errors": {uri: row["error"] for uri, row in outcome.ledger.items() if row["error"]},
    }))
"""


# As `read_all`, but it keeps no batch.
COUNTED = """
    from ingest_kit import BEGAN, RUN, settings, source
    from saaf.ingest import discover, read_objects
    class Counted:
        ledger = {}
        def __init__(self, folder, **limits):
            objects = discover(source(), folder, settings(), run_id=RUN).objects
            batches = read_objects(objects, source(), settings(**limits), run_id=RUN, ingested_at=BEGAN)
            self.texts = sum(batch.bronze.num_rows for batch in batches)
"""


def measure(folder: Path, **limits: object) -> dict[str, object]:
    (folder / "warm").mkdir()
    (folder / "warm" / "a.txt").write_text("warm")
    (folder / "z.txt").write_text("after")
    measured: dict[str, object] = json.loads(run_python(MEASURED, str(folder), json.dumps(limits)))
    assert measured["texts"] == ["warm", "after"]
    return measured


def gibibyte_of_zeros(extension: str) -> bytes:
    if extension == ".zst":
        stream = zstandard.ZstdCompressor().compressobj()
        return b"".join(stream.compress(bytes(16 * MIB)) for _ in range(64)) + stream.flush()
    if extension == ".xz":
        return lzma.compress(bytes(64 * MIB), preset=0) * 16
    if extension == ".gz":
        return gzip.compress(bytes(64 * MIB), 1) * 16
    return bz2.compress(bytes(64 * MIB), 9) * 16


def test_bombs_are_refused_by_their_ratio(tmp_path: Path) -> None:
    names = ["a.txt.gz", "a.txt.zst", "a.txt.bz2", "a.txt.xz", "a.jsonl.zst", "a.csv.xz", "a.parquet.zst"]
    for name in names:
        bomb = gibibyte_of_zeros(Path(name).suffix)
        assert len(bomb) < 5 * MIB
        (tmp_path / name).write_bytes(bomb)
    measured = measure(tmp_path)
    assert measured["errors"] == {f"src/{name}": Reason.RATIO_TOO_HIGH for name in names}
    assert measured["mebibytes"] < 80  # type: ignore[operator]


def test_bombs_are_refused_by_their_size_where_the_ratio_is_allowed(tmp_path: Path) -> None:
    names = ["a.jsonl.gz", "a.txt.zst", "a.txt.xz"]
    for name in names:
        (tmp_path / name).write_bytes(gibibyte_of_zeros(Path(name).suffix))
    measured = measure(tmp_path, max_ratio=1e9, max_object_bytes=100 * MIB)
    assert measured["errors"] == {f"src/{name}": Reason.TOO_LARGE for name in names}
    assert measured["mebibytes"] < 80  # type: ignore[operator]


def test_a_huge_honest_line_is_skipped_in_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "line.jsonl").open("wb") as file:
        file.write(b'{"text": "')
        for _ in range(200):
            file.write(b"x" * MIB)
        file.write(b'"}\n')
    measured = measure(tmp_path, max_document_bytes=MIB)
    assert measured["errors"] == {}
    assert measured["mebibytes"] < 64  # type: ignore[operator]


def test_a_large_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """Holding an object back until it is whole must not mean holding it in memory."""
    with (tmp_path / "a.jsonl").open("wb") as file:
        for number in range(60_000):
            file.write(b'{"text": "%d%s"}\n' % (number, b"y" * 4000) if number % 2 else b'["bad"]\n')
    (tmp_path / "warm").mkdir()
    (tmp_path / "warm" / "a.txt").write_text("warm")
    code = MEASURED.replace(
        "read_all(sys.argv[1], **json.loads(sys.argv[2]))",
        "Counted(sys.argv[1], **json.loads(sys.argv[2]))",
    ).replace("    import json", COUNTED + "    import json", 1)
    limits = json.dumps({"batch_bytes": MIB, "batch_rows": 500})
    measured = json.loads(run_python(code, str(tmp_path), limits))
    assert measured["texts"] == 30_001
    assert measured["mebibytes"] < 64


def test_parquet_files_of_references_are_refused(tmp_path: Path) -> None:
    for rows in (20_000, 2_000_000):
        indices = pa.array(memoryview(bytes(4 * rows)).cast("i"), pa.int32())
        bomb = pa.DictionaryArray.from_arrays(indices, pa.array(["ا" * 400_000]))
        few = pa.DictionaryArray.from_arrays(indices, pa.array(["x"]))
        for column in ("text", "title"):
            path = tmp_path / f"{column}-{rows}.parquet"
            pq.write_table(pa.table({"text": few} | {column: bomb}), path, store_schema=False)
            assert path.stat().st_size < MIB
            # Of the 2 to 200 GB that it stands for, the footer does not speak.
            assert pq.ParquetFile(path).metadata.row_group(0).total_byte_size < MIB
    pq.write_table(pa.table({"text": pa.nulls(2_000_000, pa.string())}), tmp_path / "nulls.parquet")
    measured = measure(tmp_path)
    names = ["text-20000", "text-2000000", "title-20000", "title-2000000", "nulls"]
    assert measured["errors"] == {f"src/{name}.parquet": Reason.RATIO_TOO_HIGH for name in names}
    assert measured["mebibytes"] < 64  # type: ignore[operator]


def test_a_parquet_page_of_zeros_is_refused_by_what_the_footer_admits(tmp_path: Path) -> None:
    table = pa.table({"text": pa.array(["\0" * (64 * MIB)])})
    pq.write_table(table, tmp_path / "page.parquet", compression="zstd", use_dictionary=False, write_statistics=False)
    assert (tmp_path / "page.parquet").stat().st_size < MIB
    measured = measure(tmp_path)
    assert measured["errors"] == {"src/page.parquet": Reason.RATIO_TOO_HIGH}
    assert measured["mebibytes"] < 64  # type: ignore[operator]
