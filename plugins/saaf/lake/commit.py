"""A commit: its record, the moment it counts from, and what makes it visible.

The record is linked into the log only if no record of its number is there: that is the commit. Making the files visible
comes after, can be repeated at any time, and is repeated by recovery. A file is linked into its table, not moved: until
its new name is known to be durable, it keeps its old one in the staging folder.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saaf.errors import LakeError, LakeMovedOn
from saaf.lake.layout import Layout, file_name
from saaf.lake.log import FIRST_PREVIOUS, CommitRecord, LoggedFile, read_record, record_name
from saaf.lake.parquet import open_parquet
from saaf.lake.staging import Staging
from saaf.lake.storage import Folders, Storage, hash_file, scratch_name, write_new
from saaf.tables import GOLD, TABLES


@dataclass(frozen=True)
class Exposure:
    """A staged file and where a commit puts it.

    Attributes:
        name: Its name in the staging folder.
        table: The table that it becomes a part of.
        partition: Folder within the table, ``key=value``.
    """

    name: str
    table: str
    partition: str


@dataclass(frozen=True)
class _Measured:
    exposure: Exposure
    rows: int
    size: int
    sha256: str


def prepare(
    storage: Storage,
    layout: Layout,
    staging: Staging,
    files: Iterable[Exposure],
    *,
    run_id: str,
    last: CommitRecord | None,
    facts: Mapping[str, object],
) -> CommitRecord:
    """Make the record of a commit, without writing anything. Files without rows are left out.

    Raises:
        LakeError: A file is not staged, is damaged, or is not of the table it is meant for.
        StorageError: A file cannot be read.
        TypeError: JSON cannot hold the facts.
        ValueError: A fact is NaN or infinite.
    """
    n = last.n + 1 if last else 1
    measured = [_measure(storage, staging, file) for file in sorted(set(files), key=_order)]
    return CommitRecord(
        n=n,
        run_id=run_id,
        txid=uuid.uuid4().hex,
        staging=staging.path.name,
        files=tuple(_named(layout, n, [file for file in measured if file.rows])),
        facts=json.loads(json.dumps(dict(facts), allow_nan=False)),
        previous=last.sha256 if last else FIRST_PREVIOUS,
    ).sealed()


def write_record(storage: Storage, layout: Layout, staging: Staging, record: CommitRecord) -> None:
    """Put the record into the log: the moment from which the commit counts.

    Raises:
        LakeMovedOn: There is another's record of this number.
        StorageError: The storage failed. Whether the record is in the log is then not known: nothing may be removed,
            the next recovery finds out.
    """
    candidate = scratch_name(staging.scratch())
    write_new(storage, candidate, record.encode())
    if not storage.link_if_absent(candidate, layout.log / record_name(record.n)):
        # On some network file systems a link can succeed and its answer be lost: only the txid can tell.
        there = read_record(storage, layout.log, record.n, record.previous)
        if there.txid != record.txid:
            raise moved_on(layout, head=record.n, base=record.n - 1)
    storage.remove_file(candidate)


def moved_on(layout: Layout, *, head: int, base: int) -> LakeMovedOn:
    """The error of a run whose decisions rest on an older state of the lake."""
    return LakeMovedOn(
        f"another run committed meanwhile: this run decided on commit {base}, the lake is at {head}",
        where=str(layout.root),
        next_step="start the run again from its first step: it then takes what the other run kept into account",
    )


def finish(storage: Storage, layout: Layout, folders: Folders, record: CommitRecord) -> None:
    """Make a commit's files visible, durably; what is so already stays as it is.

    Raises:
        LakeError: A file is neither in its table nor staged, or is damaged.
        StorageError: The storage failed; the commit stands, and recovery finishes it.
    """
    # A reader must never see a file whose record a power failure can still take away.
    storage.sync_folder(layout.log)
    places = sorted({(layout.root / file.path).parent for file in record.files})
    folders.ensure(*places)
    for file in _gold_last(record.files):
        _expose(storage, layout, record, file)
    for place in places:
        storage.sync_folder(place)


def missing(storage: Storage, layout: Layout, record: CommitRecord) -> tuple[LoggedFile, ...]:
    """The files of a commit that are not in their tables, whole as far as their size says."""
    return tuple(file for file in record.files if not _is_exposed(storage, layout, file))


def staged_path(layout: Layout, record: CommitRecord, file: LoggedFile) -> Path:
    """Where a file of the commit was staged."""
    return layout.staging / record.staging / file.staged


def _order(file: Exposure) -> tuple[str, str, str]:
    return file.table, file.partition, file.name


def _measure(storage: Storage, staging: Staging, file: Exposure) -> _Measured:
    path = staging.path / file.name
    found = storage.stat(path)
    if not staging.exists(file.name) or found is None:
        raise LakeError(
            f"the run has not staged {file.name!r}",
            where=str(staging.path),
            next_step="start the run again from its first step",
        )
    with open_parquet(storage, path) as parquet:
        rows, names = parquet.metadata.num_rows, parquet.schema_arrow.names
    if file.table not in TABLES or names != list(TABLES[file.table].names):
        raise LakeError(
            f"the staged file {file.name!r} has not the columns of table {file.table!r}, but {names}",
            where=str(path),
            next_step="this is a fault of Saaf: please report it; nothing was published",
        )
    return _Measured(file, rows, found.size, hash_file(storage, path))


def _named(layout: Layout, n: int, files: Sequence[_Measured]) -> Iterable[LoggedFile]:
    places = Counter((file.exposure.table, file.exposure.partition) for file in files)
    parts: Counter[tuple[str, str]] = Counter()
    for file in files:
        place = (file.exposure.table, file.exposure.partition)
        parts[place] += 1
        name = file_name(n, file.sha256, parts[place] if places[place] > 1 else None)
        yield LoggedFile(
            path=layout.file_path(*place, name),
            table=file.exposure.table,
            rows=file.rows,
            size=file.size,
            sha256=file.sha256,
            staged=file.exposure.name,
        )


def _gold_last(files: Iterable[LoggedFile]) -> list[LoggedFile]:
    """Whoever sees a document in gold finds what the other tables say of its run."""
    return sorted(files, key=lambda file: file.table == GOLD.name)


def _is_exposed(storage: Storage, layout: Layout, file: LoggedFile) -> bool:
    found = storage.stat(layout.root / file.path)
    if found is not None and found.size != file.size:
        raise _lost(layout, file, f"has {found.size} bytes instead of {file.size}")
    return found is not None


def _expose(storage: Storage, layout: Layout, record: CommitRecord, file: LoggedFile) -> None:
    if _is_exposed(storage, layout, file):
        return
    source, target = staged_path(layout, record, file), layout.root / file.path
    found = storage.stat(source)
    if found is None:
        raise _lost(layout, file, f"is neither in its table nor staged in {source}")
    if found.size != file.size or hash_file(storage, source) != file.sha256:
        raise _lost(layout, file, f"is not in its table, and was changed where it is staged: {source}")
    storage.link_if_absent(source, target)


def _lost(layout: Layout, file: LoggedFile, how: str) -> LakeError:
    return LakeError(
        f"a committed file of table {file.table} {how}",
        where=str(layout.root / file.path),
        next_step="restore the file from a backup, then run `saaf verify`; until then no run goes on in this lake",
    )
