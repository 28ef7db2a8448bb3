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
from datetime import UTC, datetime
from pathlib import Path

from saaf.errors import LakeError, LakeMovedOn
from saaf.lake.layout import Layout, file_name, generation_of, generation_path, moved_to
from saaf.lake.log import FIRST_PREVIOUS, CommitRecord, LoggedFile, Operation, read_record, record_name
from saaf.lake.parquet import open_parquet
from saaf.lake.staging import Staging
from saaf.lake.storage import Folders, Storage, hash_file, scratch_name, write_new
from saaf.tables import GOLD, INDEX, TABLES


@dataclass(frozen=True)
class Exposure:
    """A staged file and where a commit puts it.

    Attributes:
        name: Its name in the staging folder.
        table: The table that it becomes a part of.
        partition: Folder within the table, ``key=value``.
        generation: The generation that it goes to, for a table that each generation has; None for the one that
            people read from this commit on.
        commit: The commit whose rows it holds; None for this one.
    """

    name: str
    table: str
    partition: str
    generation: int | None = None
    commit: int | None = None


@dataclass(frozen=True)
class Change:
    """What a commit does to the lake.

    Attributes:
        operation: What kind of change it is.
        files: Staged files that it brings.
        carried: Files of another generation that the commit's generation takes over as they are.
        replaced: Paths of files that are no part of their table any longer.
        dropped: Paths of files to remove.
        new_generation: Whether it begins a generation.
    """

    operation: Operation = Operation.RUN
    files: Sequence[Exposure] = ()
    carried: Sequence[LoggedFile] = ()
    replaced: Sequence[str] = ()
    dropped: Sequence[str] = ()
    new_generation: bool = False


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
    change: Change,
    *,
    run_id: str,
    last: CommitRecord | None,
    generation: int,
    facts: Mapping[str, object],
) -> CommitRecord:
    """Make the record of a commit, without writing anything. Files without rows are left out.

    Args:
        storage: The storage.
        layout: Where things lie.
        staging: Where the files are.
        change: What the commit does.
        run_id: The run.
        last: The record before.
        generation: The generation that people read from this commit on.
        facts: Remembered in the log.

    Raises:
        LakeError: A file is not staged, is damaged, or is not of the table it is meant for.
        StorageError: A file cannot be read.
        TypeError: JSON cannot hold the facts.
        ValueError: A fact is NaN or infinite.
    """
    n = last.n + 1 if last else 1
    measured = [_measure(storage, staging, file) for file in sorted(set(change.files), key=_order)]
    brought = _named(layout, n, generation, [file for file in measured if file.rows])
    return CommitRecord(
        n=n,
        run_id=run_id,
        txid=uuid.uuid4().hex,
        staging=staging.path.name,
        files=(*brought, *(_carried(file, generation) for file in change.carried)),
        facts=json.loads(json.dumps(dict(facts), allow_nan=False)),
        previous=last.sha256 if last else FIRST_PREVIOUS,
        operation=change.operation,
        generation=generation,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        replaced=tuple(sorted(change.replaced)),
        dropped=tuple(sorted(change.dropped)),
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


def finish(
    storage: Storage,
    layout: Layout,
    folders: Folders,
    record: CommitRecord,
    *,
    files: Sequence[LoggedFile],
    newest: bool,
) -> None:
    """Carry out what a commit's record says, durably; what is so already stays as it is.

    Files appear before the pointer leads to them, and leave only after it leads elsewhere.

    Args:
        storage: The storage.
        layout: Where things lie.
        folders: Makes folders that last.
        record: The commit.
        files: Those of its files that the lake still holds.
        newest: Whether no other commit came after it: only then may it set the pointer and remove files.

    Raises:
        LakeError: A file is neither in its table nor staged, or is damaged.
        StorageError: The storage failed; the commit stands, and recovery finishes it.
    """
    # A reader must never see a file whose record a power failure can still take away.
    storage.sync_folder(layout.log)
    read = {file.path for file in files if generation_of(file.path) in (None, record.generation)}
    _expose_all(storage, layout, folders, record, [file for file in files if file.path in read])
    if newest and record.operation is not Operation.RUN:
        folders.ensure(*layout.tables_of(record.generation))
        point_to(storage, layout, record.generation)
    # In a generation that was read until now, a file may only appear beside the one that it replaces once nobody
    # comes that way any longer.
    _expose_all(storage, layout, folders, record, [file for file in files if file.path not in read])
    if newest and record.operation is not Operation.RUN:
        _drop(storage, layout, record)


def point_to(storage: Storage, layout: Layout, generation: int) -> None:
    """Make a generation the one that people read, at once and durably."""
    target, candidate = generation_path(generation), layout.next_pointer
    if storage.read_link(layout.pointer) != target:
        if storage.read_link(candidate) is not None:
            storage.remove_file(candidate)  # of a process that died here
        storage.make_link(candidate, target)
        storage.rename(candidate, layout.pointer)
    storage.sync_folder(layout.root)


def missing(storage: Storage, layout: Layout, files: Iterable[LoggedFile]) -> tuple[LoggedFile, ...]:
    """Those of some files that are not in their tables, whole as far as their size says."""
    return tuple(file for file in files if not _is_exposed(storage, layout, file))


def source_of(layout: Layout, record: CommitRecord, file: LoggedFile) -> Path:
    """Where a file of the commit comes from: where it was staged, or lies in another generation."""
    return layout.root / file.origin if file.origin else layout.staging / record.staging / file.staged


def _order(file: Exposure) -> tuple[str, str, str, int]:
    return file.table, file.partition, file.name, file.generation or 0


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


def _named(layout: Layout, n: int, generation: int, files: Sequence[_Measured]) -> Iterable[LoggedFile]:
    def place(file: _Measured) -> tuple[str, int, str]:
        exposure = file.exposure
        return exposure.table, exposure.generation or generation, exposure.partition

    places = Counter(place(file) for file in files)
    parts: Counter[tuple[str, int, str]] = Counter()
    for file in files:
        table, where, partition = place(file)
        parts[place(file)] += 1
        name = file_name(where, n, file.sha256, parts[place(file)] if places[place(file)] > 1 else None)
        yield LoggedFile(
            path=layout.file_path(table, where, partition, name),
            table=table,
            rows=file.rows,
            size=file.size,
            sha256=file.sha256,
            staged=file.exposure.name,
            commit=file.exposure.commit or n,
        )


def _carried(file: LoggedFile, generation: int) -> LoggedFile:
    path = moved_to(file.path, generation)
    return LoggedFile(path, file.table, file.rows, file.size, file.sha256, "", file.path, file.commit)


def _gold_last(files: Iterable[LoggedFile]) -> list[LoggedFile]:
    """Whoever sees a document in gold finds what the other tables say of its run."""
    return sorted(files, key=lambda file: file.table == GOLD.name)


def _expose_all(
    storage: Storage, layout: Layout, folders: Folders, record: CommitRecord, files: Sequence[LoggedFile]
) -> None:
    places = sorted({(layout.root / file.path).parent for file in files})
    folders.ensure(*places)
    for file in _gold_last(files):
        _expose(storage, layout, record, file)
    for place in places:
        storage.sync_folder(place)


def _is_exposed(storage: Storage, layout: Layout, file: LoggedFile) -> bool:
    found = storage.stat(layout.root / file.path)
    if found is not None and found.size != file.size:
        raise _lost(layout, file, f"has {found.size} bytes instead of {file.size}")
    return found is not None


def _expose(storage: Storage, layout: Layout, record: CommitRecord, file: LoggedFile) -> None:
    if _is_exposed(storage, layout, file):
        return
    source, target = source_of(layout, record, file), layout.root / file.path
    found = storage.stat(source)
    if found is None:
        raise _lost(layout, file, f"is neither in its table nor staged in {source}")
    if found.size != file.size or hash_file(storage, source) != file.sha256:
        raise _lost(layout, file, f"is not in its table, and was changed where it is staged: {source}")
    storage.link_if_absent(source, target)


def _drop(storage: Storage, layout: Layout, record: CommitRecord) -> None:
    """Remove the files that the commit took out of the lake, and the folders that this leaves empty."""
    paths = [layout.root / path for path in record.dropped]
    for path in paths:
        if storage.stat(path) is not None:
            storage.remove_file(path)
    folders = {path.parent for path in paths}
    for folder in sorted(folders):
        if storage.stat(folder) is not None:
            storage.sync_folder(folder)
    touched = {number for path in record.dropped if (number := generation_of(path)) is not None}
    for number in sorted(touched - {record.generation}):
        _remove_if_empty(storage, layout.generation(number))


def _remove_if_empty(storage: Storage, folder: Path) -> bool:
    """Remove a folder that holds nothing but such folders; say whether it is gone."""
    found = storage.stat(folder)
    if found is None or not found.is_folder:
        return found is None
    gone = [_remove_if_empty(storage, folder / name) for name in storage.list_folder(folder)]
    if all(gone):
        storage.remove_folder(folder)
    return all(gone)


def _lost(layout: Layout, file: LoggedFile, how: str) -> LakeError:
    mend = "restore the file from a backup, then run `saaf verify`"
    if file.table == INDEX.name:  # it follows from gold
        mend = "make the index anew from gold: `saaf maintain --rebuild-index`"
    return LakeError(
        f"a committed file of table {file.table} {how}",
        where=str(layout.root / file.path),
        next_step=f"{mend}; until then no run goes on in this lake",
    )
