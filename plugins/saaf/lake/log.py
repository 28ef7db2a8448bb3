"""The log: one numbered record a commit, chained by hash. What no record names is not in the lake."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from saaf.errors import LakeError
from saaf.lake.layout import FIRST_GENERATION, from_first_layout, to_first_layout
from saaf.lake.storage import Storage, read_bytes

FIRST_PREVIOUS = "0" * 64
"""What the first record names as the hash of the record before it."""

_RECORD_NAME = re.compile(r"(\d{20})\.json")
_VERSION = 2
_FIRST_VERSION = 1
"""Of records that were made before there were generations; lakes hold them for ever."""


class Operation(StrEnum):
    """What a commit does to the lake."""

    RUN = "run"
    SWAP = "swap"
    TAKEDOWN = "takedown"
    REINDEX = "reindex"
    COMPACT = "compact"
    RETIRE = "retire"

    @property
    def decides(self) -> bool:
        """Whether it changes what a run would decide: what was decided before it no longer holds."""
        return self not in (Operation.COMPACT, Operation.RETIRE)


@dataclass(frozen=True)
class LoggedFile:
    """A file of a commit.

    Attributes:
        path: Where it lies, POSIX, relative to the lake's root.
        table: Table that it is of.
        rows: Rows in it.
        size: Bytes of it.
        sha256: Hash of its bytes, hexadecimal.
        staged: Its name in the staging folder that it comes from; empty where it comes from another generation.
        origin: Path of the same file in another generation; empty where it was staged.
        commit: Number of the commit whose rows it holds: of an older one where it was carried on or rewritten.
    """

    path: str
    table: str
    rows: int
    size: int
    sha256: str
    staged: str
    origin: str = ""
    commit: int = 0


@dataclass(frozen=True)
class CommitRecord:
    """A commit: what it brought into the lake and took out of it, and what its run says about itself.

    Attributes:
        n: Number of the commit, from 1, without gaps.
        run_id: The run that made it.
        txid: Random: tells a commit of one's own from another's of the same number.
        staging: Name of the staging folder that its files come from.
        files: What it brought.
        facts: Counts and settings that the run wants to be remembered.
        previous: Hash of the record before.
        sha256: Hash of this record.
        operation: What it does to the lake.
        generation: The generation that people read from this commit on.
        at: When it was made, ISO 8601; empty in the oldest records.
        replaced: Paths that are read no longer; the files stay until a commit drops them.
        dropped: Paths whose files are removed with this commit.
        version: Version of the record's form.
    """

    n: int
    run_id: str
    txid: str
    staging: str
    files: tuple[LoggedFile, ...]
    facts: Mapping[str, Any]
    previous: str
    sha256: str = ""
    operation: Operation = Operation.RUN
    generation: int = FIRST_GENERATION
    at: str = ""
    replaced: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    version: int = _VERSION

    def rows(self, table: str) -> int:
        """Rows that the commit brought into a table."""
        return sum(file.rows for file in self.files if file.table == table)

    def sealed(self) -> CommitRecord:
        """The same record with the hash of its content."""
        return replace(self, sha256=_digest(_content(self)))

    def encode(self) -> bytes:
        """The record as it is written to the log."""
        document = {**_content(self), "sha256": self.sha256}
        return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def record_name(n: int) -> str:
    """File name of a commit's record."""
    return f"{n:020d}.json"


def record_numbers(storage: Storage, folder: Path) -> list[int]:
    """Numbers of the records in the log, in order; other files there are none of ours.

    Raises:
        LakeError: A number is missing: a record was removed.
        StorageError: The log cannot be listed.
    """
    matches = (_RECORD_NAME.fullmatch(name) for name in storage.list_folder(folder))
    numbers = sorted(int(match[1]) for match in matches if match)
    for expected, found in enumerate(numbers, start=1):
        if expected != found:
            raise LakeError(
                f"the log has no record {expected}, but has {found}",
                where=str(folder / record_name(expected)),
                next_step="restore the record from a backup: without it nobody can tell which files belong to the lake",
            )
    return numbers


def read_record(storage: Storage, folder: Path, n: int, previous: str) -> CommitRecord:
    """Read and check one record.

    Args:
        storage: The storage.
        folder: The log's folder.
        n: Number of the record.
        previous: Hash of the record before it.

    Raises:
        LakeError: The record is damaged, or is not the one that belongs there.
        StorageError: The record cannot be read.
    """
    path = folder / record_name(n)
    written = read_bytes(storage, path)
    try:
        record = _decode(json.loads(written))
        unchanged = record.sealed().encode() == written
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, "cannot be read") from error
    if not unchanged:
        raise _damaged(path, "was changed after it was written")
    if (record.n, record.previous) != (n, previous):
        raise _damaged(path, f"does not follow record {n - 1}")
    return record


def _damaged(path: Path, how: str) -> LakeError:
    return LakeError(
        f"a record of the log {how}",
        where=str(path),
        next_step="restore this file from a backup, then run `saaf verify`; until then no run goes on in this lake",
    )


def _content(record: CommitRecord) -> dict[str, Any]:
    if record.version == _FIRST_VERSION:
        return _content_of_first_version(record)
    files = [
        {
            "path": f.path,
            "table": f.table,
            "rows": f.rows,
            "bytes": f.size,
            "sha256": f.sha256,
            "staged": f.staged,
            "origin": f.origin,
            "commit": f.commit,
        }
        for f in record.files
    ]
    return {
        "version": record.version,
        "n": record.n,
        "prev_sha": record.previous,
        "txid": record.txid,
        "op": record.operation.value,
        "generation": record.generation,
        "at": record.at,
        "run_id": record.run_id,
        "staging": record.staging,
        "files": files,
        "replaced": list(record.replaced),
        "dropped": list(record.dropped),
        "facts": dict(record.facts),
    }


def _content_of_first_version(record: CommitRecord) -> dict[str, Any]:
    files = [
        {
            "path": to_first_layout(f.path),
            "table": f.table,
            "rows": f.rows,
            "bytes": f.size,
            "sha256": f.sha256,
            "staged": f.staged,
        }
        for f in record.files
    ]
    return {
        "version": record.version,
        "n": record.n,
        "prev_sha": record.previous,
        "txid": record.txid,
        "run_id": record.run_id,
        "staging": record.staging,
        "files": files,
        "facts": dict(record.facts),
    }


def _decode(document: Mapping[str, Any]) -> CommitRecord:
    version = document["version"]
    if version not in (_FIRST_VERSION, _VERSION):
        raise ValueError(f"version {version!r}")
    common = {name: document[name] for name in ("n", "run_id", "txid", "staging", "facts", "sha256")}
    if version == _FIRST_VERSION:
        files = tuple(
            LoggedFile(
                from_first_layout(f["path"]),
                f["table"],
                f["rows"],
                f["bytes"],
                f["sha256"],
                f["staged"],
                "",
                document["n"],
            )
            for f in document["files"]
        )
        return CommitRecord(**common, files=files, previous=document["prev_sha"], version=version)
    files = tuple(
        LoggedFile(f["path"], f["table"], f["rows"], f["bytes"], f["sha256"], f["staged"], f["origin"], f["commit"])
        for f in document["files"]
    )
    return CommitRecord(
        **common,
        files=files,
        previous=document["prev_sha"],
        operation=Operation(document["op"]),
        generation=document["generation"],
        at=document["at"],
        replaced=tuple(document["replaced"]),
        dropped=tuple(document["dropped"]),
        version=version,
    )


def _digest(document: Mapping[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
