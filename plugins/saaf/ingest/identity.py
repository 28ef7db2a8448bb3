"""Who a document is: an id that the same input has on every machine, in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MISSING = b"\x00"
_PRESENT = b"\x01"


@dataclass(frozen=True)
class Identity:
    """Id and hash of a record.

    Attributes:
        doc_id: First 128 bits of SHA-256 over uri, record number and raw bytes, 32 hexadecimal digits.
        raw_sha256: SHA-256 of the raw bytes, 64 hexadecimal digits.
    """

    doc_id: str
    raw_sha256: str


def identify(uri: str, record: int, raw: bytes) -> Identity:
    """The identity of a record whose raw bytes are at hand."""
    return identify_stream(uri, record, len(raw), [raw])


def identify_stream(uri: str, record: int, length: int, raw: Iterable[bytes]) -> Identity:
    """The identity of a record whose raw bytes are too many to hold.

    The id is the hash of: length of the uri, uri (UTF-8), record number, length of the raw bytes,
    raw bytes. Lengths and number are 8 bytes, big-endian, so that no two inputs run together.
    """
    name = uri.encode()
    whole = hashlib.sha256(_number(len(name)) + name + _number(record) + _number(length))
    content = hashlib.sha256()
    for piece in raw:
        whole.update(piece)
        content.update(piece)
    return Identity(whole.hexdigest()[:32], content.hexdigest())


def canonical(fields: Mapping[str, str | bytes | None]) -> bytes:
    """The raw bytes of a record of a table, CSV or Parquet: the same for the same values in any file.

    Each field in the order of the mapping, as 00 where it is missing, or as 01, the length of its
    UTF-8 bytes (8 bytes, big-endian), and these bytes. Other columns of the file do not count.
    """
    parts: list[bytes] = []
    for value in fields.values():
        if value is None:
            parts.append(_MISSING)
        else:
            data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
            parts += [_PRESENT, _number(len(data)), data]
    return b"".join(parts)


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big")
