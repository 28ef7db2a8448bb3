"""What earlier runs took in: asked before an object is read again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import pyarrow as pa

from saaf.reasons import Reason

KNOWN = "known"
"""Status of an object whose bytes had been read before: noted, so that the next run need not look into it again."""

COLUMNS = ("uri", "size", "modified", "sha256", "status", "error")
"""Columns of the ledger that :class:`Seen` is made of."""

_MAY_PASS = frozenset({Reason.NO_PERMISSION, Reason.UNREADABLE})
"""Errors that can go away although the object does not change: such an object is tried again by every run."""

_OF_THE_NAME = frozenset({Reason.LINK_REFUSED, Reason.NOT_A_FILE, Reason.UNKNOWN_FORMAT})
"""Errors that do not depend on an object's content, so that no time of change is needed to know them again."""


class Seen:
    """The objects, names and contents of all committed ledgers: 32 bytes each, so ten million take about three gigabytes."""

    def __init__(self) -> None:
        self._contents: set[bytes] = set()
        self._objects: set[bytes] = set()
        self._names: set[bytes] = set()

    def add(self, ledger: Iterable[pa.RecordBatch]) -> None:
        """Take in ledger rows; only the columns :data:`COLUMNS` are looked at."""
        for batch in ledger:
            columns = (batch.column(name).to_pylist() for name in COLUMNS)
            for uri, size, modified, sha256, status, error in zip(*columns, strict=True):
                if status == "read" and sha256 is not None:
                    self._contents.add(bytes.fromhex(sha256))
                    self._names.add(_name_key(uri))
                if _is_settled(modified, status, error):
                    self._objects.add(_object_key(uri, size, modified))

    def content(self, sha256: str) -> bool:
        """Whether an object with these bytes has been read, under whatever name."""
        return bytes.fromhex(sha256) in self._contents

    def named(self, uri: str) -> bool:
        """Whether an object of this name has been read, with whatever content."""
        return _name_key(uri) in self._names

    def unchanged(self, uri: str, size: int, modified: datetime | None) -> bool:
        """Whether this object, as it lies there, was read, or would fail again as it has failed.

        An object that could not be opened is not settled: a permission can be given without any trace in the object.
        """
        return _object_key(uri, size, modified) in self._objects


def _is_settled(modified: datetime | None, status: str, error: str | None) -> bool:
    if status in ("read", KNOWN):
        return modified is not None
    return error in _OF_THE_NAME or (modified is not None and error not in _MAY_PASS)


def _name_key(uri: str) -> bytes:
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).digest()


def _object_key(uri: str, size: int, modified: datetime | None) -> bytes:
    moment = "" if modified is None else modified.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(f"{size}\n{moment}\n{uri}".encode("utf-8", "surrogatepass")).digest()
