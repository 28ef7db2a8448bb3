"""Which file names Saaf reads: ``name.format`` or ``name.format.compression``, in any case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """How records lie in a file."""

    TEXT = "txt"
    JSON_LINES = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Compression(StrEnum):
    """How a file's bytes are compressed."""

    GZIP = "gzip"
    ZSTANDARD = "zstandard"
    BZIP2 = "bzip2"
    XZ = "xz"


FORMATS: dict[str, Format] = {
    ".txt": Format.TEXT,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".parquet": Format.PARQUET,
}
"""Extension to format."""

COMPRESSIONS: dict[str, Compression] = {
    ".gz": Compression.GZIP,
    ".zst": Compression.ZSTANDARD,
    ".bz2": Compression.BZIP2,
    ".xz": Compression.XZ,
}
"""Extension after the format's extension to compression."""

INPUT_FORMATS: tuple[str, ...] = tuple(FORMATS)
"""The extensions that are read, for help texts."""

INPUT_COMPRESSIONS: tuple[str, ...] = tuple(COMPRESSIONS)
"""The extensions that may follow one of `INPUT_FORMATS`, for help texts."""


@dataclass(frozen=True)
class Kind:
    """What a file's name says about its content."""

    format: Format
    compression: Compression | None


def kind_of(name: str) -> Kind | None:
    """What a file name says about the content; None where its extension is not one that Saaf reads."""
    stem, extension = _split(name)
    compression = COMPRESSIONS.get(extension)
    if compression is not None:
        _, extension = _split(stem)
    found = FORMATS.get(extension)
    return None if found is None else Kind(found, compression)


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, dot + extension.lower()) if dot else (name, "")
