"""Helpers of the ingest tests: texts, compressors, and one call that reads a folder as a run does."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import zstandard
from fsspec.implementations.memory import MemoryFileSystem

import saaf
from saaf.config import IngestConfig, SourceConfig
from saaf.ingest import Discovery, Ingested, InputObject, discover, read_objects

RUN = "manual__2026-11-21T06:00:00+00:00"
BEGAN = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)

TEXTS = {
    "ur": "حکومت نے بدھ کو اعلان کیا کہ نئی سڑک اگلے ماہ کھول دی جائے گی۔\nشہریوں نے اس پر خوشی ظاہر کی۔",
    "fa": "دولت روز چهارشنبه اعلام کرد که جاده‌ی تازه ماه آینده باز می‌شود.\nساکنان شهر خوشحال شدند.",
    "ar": "أعلنت الحكومة يوم الأربعاء أن الطريق الجديد سيفتح الشهر المقبل.\nورحب السكان بهذا القرار.",
    "ps": "حکومت د چهارشنبې په ورځ اعلان وکړ چې نوی سړک به راتلونکې میاشت پرانیستل شي.\nخلک خوشاله شول.",
    "sd": "حڪومت اربع ڏينهن اعلان ڪيو ته نئون رستو ايندڙ مهيني کوليو ويندو.\nماڻهو خوش ٿيا.",
    "pnb": "سرکار نے بدھ والے دن دسیا پئی نویں سڑک اگلے مہینے کھول دتی جاوے گی۔\nلوکاں خوشی منائی۔",
    "en": "The government said on Wednesday that the new road will open next month.\nResidents were glad.",
}

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


@dataclass
class Outcome:
    """All that a run would know after reading a location."""

    discovery: Discovery
    batches: list[Ingested] = field(default_factory=list)

    @property
    def bronze(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.bronze.to_pylist()]

    @property
    def rejected(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.rejected.to_pylist()]

    @property
    def ledger(self) -> dict[str, dict[str, Any]]:
        rows = [row for batch in self.batches for row in batch.ledger.to_pylist()]
        rows += self.discovery.refused.to_pylist()
        assert len({row["uri"] for row in rows}) == len(rows)
        return {row["uri"]: row for row in rows}

    @property
    def texts(self) -> list[str]:
        return [row["raw_text"] for row in self.bronze]

    def error(self, name: str) -> str | None:
        return self.ledger[f"src/{name}"]["error"]


class OtherMemory(MemoryFileSystem):  # type: ignore[misc]
    """Memory under a protocol of its own: the base of storages that misbehave."""

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol("memory://" + path.rpartition("://")[2].lstrip("/")))


def source(**fields: Any) -> SourceConfig:
    return SourceConfig(**{"name": "src", "path": "unused"} | fields)


def settings(**fields: Any) -> IngestConfig:
    return IngestConfig(**{"settle_seconds": 0} | fields)


def read_all(location: Path | str, from_source: SourceConfig | None = None, **fields: Any) -> Outcome:
    """Discover and read; every batch is checked against its table's schema and the batch limits."""
    from_source, config = from_source or source(), settings(**fields)
    found = discover(from_source, str(location), config, run_id=RUN)
    return Outcome(found, read_batches(found.objects, from_source, config))


def read_batches(objects: Any, from_source: SourceConfig, config: IngestConfig) -> list[Ingested]:
    batches = list(read_objects(objects, from_source, config, run_id=RUN, ingested_at=BEGAN))
    for batch in batches:
        assert_well_formed(batch, config)
    return batches


def assert_well_formed(batch: Ingested, config: IngestConfig) -> None:
    from saaf.tables import BRONZE, LEDGER, REJECTED

    assert batch.bronze.num_rows or batch.rejected.num_rows or batch.ledger.num_rows
    for part, table in ((batch.bronze, BRONZE), (batch.rejected, REJECTED), (batch.ledger, LEDGER)):
        assert part.schema.equals(table.schema, check_metadata=True)
        part.validate(full=True)
        assert table.conform(part).equals(part)
        assert part.num_rows <= config.batch_rows
    size = sum(len(text.encode()) for text in batch.bronze.column("raw_text").to_pylist())
    assert size <= config.batch_bytes or batch.bronze.num_rows == 1


def run_python(code: str, *arguments: str) -> str:
    """What a program prints that runs in a process of its own, with this very package and these helpers."""
    paths = [str(Path(saaf.__file__).parents[1]), str(Path(__file__).parent)]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_object(path: Path, **changes: Any) -> InputObject:
    status = path.stat()
    values = {
        "uri": f"src/{path.name}",
        "source": "src",
        "location": str(path),
        "size": status.st_size,
        "modified": None,
    }
    return InputObject(**(values | changes))


def parquet_bytes(columns: dict[str, Any], **options: Any) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to read everything, for real."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
