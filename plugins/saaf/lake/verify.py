"""Comparing a lake with its log: every committed file is there and whole, and there is no other file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from saaf.errors import LakeError
from saaf.lake.commit import staged_path
from saaf.lake.layout import Layout
from saaf.lake.log import CommitRecord, LoggedFile, record_name
from saaf.lake.storage import Storage, files_below, hash_file


def problems(storage: Storage, layout: Layout, read_log: Callable[[], tuple[CommitRecord, ...]]) -> Iterator[str]:
    """Find what is wrong with a lake.

    Args:
        storage: The storage.
        layout: Where things lie.
        read_log: Reads and checks the log.

    Yields:
        A sentence for each problem, with the path.
    """
    try:
        records = read_log()
    except LakeError as error:
        # Without the log nobody can say which files belong to the lake.
        yield f"{error.where}: {error.what}"
        return
    known = {layout.log / record_name(record.n) for record in records}
    for record in records:
        for file in record.files:
            known.add(layout.root / file.path)
            yield from _file_problems(storage, layout, record, file)
    for folder in (layout.log, *layout.tables.values()):
        yield from (f"{path}: no commit names this file" for path in _strangers(storage, folder, known))


def _file_problems(storage: Storage, layout: Layout, record: CommitRecord, file: LoggedFile) -> Iterator[str]:
    path = layout.root / file.path
    found = storage.stat(path)
    if found is None:
        staged = storage.stat(staged_path(layout, record, file)) is not None
        yield f"{path}: " + (
            f"commit {record.n} is not visible yet: the next run makes it so" if staged else "the file is gone"
        )
    elif found.size != file.size:
        yield f"{path}: the file has {found.size} bytes instead of {file.size}"
    elif hash_file(storage, path) != file.sha256:
        yield f"{path}: the file's content is not what was committed"


def _strangers(storage: Storage, folder: Path, known: set[Path]) -> Iterator[Path]:
    return (path for path in files_below(storage, folder) if path not in known)
