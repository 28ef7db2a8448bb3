"""Where a run puts what it makes until it is committed: outside every folder that people read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from saaf.config import PublishConfig
from saaf.errors import LakeError
from saaf.lake.parquet import read_batches, write_parquet
from saaf.lake.storage import (
    Folders,
    Storage,
    files_below,
    read_bytes,
    remove_tree,
    replace_file,
    scratch_name,
)
from saaf.tables import Table

SCRATCH = "tmp"
"""Folder within a staging folder for files that are being written; never listed."""

_SAFE_PART = re.compile(r"[A-Za-z0-9_=][A-Za-z0-9._=-]*")
_NO_METADATA: Mapping[str, str] = MappingProxyType({})


def slug(run_id: str) -> str:
    """A file name for a run: readable, safe on every file system, and different for different runs.

    A run id is text that a user may choose: it never becomes a path as it is.
    """
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", run_id).strip("-")[:60]
    return f"{readable or 'run'}-{hashlib.sha256(run_id.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


class Staging:
    """The staging folder of one run.

    Every file in it is whole: it is written elsewhere, synced, and then put in place at once. Several processes may
    write into it, a lock is not needed.

    Attributes:
        path: The folder; it need not exist yet.
    """

    def __init__(self, path: Path, storage: Storage, *, before_discard: Callable[[], None]) -> None:
        self.path = path
        self._storage = storage
        self._folders = Folders(storage, path.parent)
        self._before_discard = before_discard

    def scratch(self) -> Path:
        """The folder for files that are being written; made where it is missing."""
        folder = self.path / SCRATCH
        self._folders.ensure(folder)
        return folder

    def write(
        self,
        name: str,
        table: Table,
        batches: Iterable[pa.RecordBatch],
        config: PublishConfig,
        *,
        metadata: Mapping[str, str] = _NO_METADATA,
        already_sorted: bool = False,
    ) -> int:
        """Write a table's rows as one Parquet file; an earlier file of that name is replaced, at once.

        Args:
            name: Path within the staging folder, with ``/``.
            table: Schema and order of the rows.
            batches: The rows, in any order; memory stays bounded however many there are.
            config: Row group size and compression.
            metadata: Goes into the file's metadata.
            already_sorted: The rows come in the table's order.

        Returns:
            Rows written.

        Raises:
            LakeError: The name is not safe, or rows were said to be sorted and are not.
            StorageError: The storage failed; nothing of that name was changed.
            ValueError: A batch does not fit the table.
        """
        target, scratch = self._locate(name), self.scratch()
        self._folders.ensure(target.parent)
        temporary = scratch_name(scratch)
        try:
            written = write_parquet(
                self._storage,
                temporary,
                table,
                batches,
                config,
                scratch=scratch,
                metadata=metadata,
                already_sorted=already_sorted,
            )
            self._storage.rename(temporary, target)
        except Exception:
            self._storage.remove_file(temporary)  # a full disk is not made fuller
            raise
        self._storage.sync_folder(target.parent)
        return written.rows

    def read(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Read a table's file, one row group at a time.

        Raises:
            LakeError: There is no such file or column, or the file is damaged.
            StorageError: The storage failed.
        """
        yield from read_batches(self._storage, self._existing(name), columns)

    def write_json(self, name: str, value: object) -> None:
        """Write a value that JSON can hold; an earlier file of that name is replaced, at once.

        Raises:
            LakeError: The name is not safe.
            StorageError: The storage failed.
            TypeError: JSON cannot hold the value.
        """
        encoded = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8", "surrogatepass")
        path = self._locate(name)
        self._folders.ensure(path.parent)
        replace_file(self._storage, path, encoded, scratch=self.scratch())

    def read_json(self, name: str) -> Any:
        """Read what :meth:`write_json` wrote.

        Raises:
            LakeError: There is no such file, or it is damaged.
            StorageError: The storage failed.
        """
        path = self._existing(name)
        try:
            return json.loads(read_bytes(self._storage, path).decode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise LakeError(
                "a staged file is damaged", where=str(path), next_step="start the run again from its first step"
            ) from error

    def is_there(self) -> bool:
        """Whether the folder is there: its run is not done, or died before it had thrown everything away."""
        return self._storage.stat(self.path) is not None

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return self._storage.stat(self._locate(name)) is not None

    def remove(self, name: str) -> None:
        """Remove one file; nothing happens where there is none."""
        self._storage.remove_file(self._locate(name))

    def names(self, pattern: str) -> tuple[str, ...]:
        """Names of the files that match, sorted.

        Args:
            pattern: ``*`` and ``?`` stand for characters of one part of a name, ``**/`` for any folders.
        """
        wanted = re.compile(_pattern(pattern))
        names = (path.relative_to(self.path).as_posix() for path in files_below(self._storage, self.path))
        return tuple(name for name in names if not name.startswith(f"{SCRATCH}/") and wanted.fullmatch(name))

    def discard(self) -> None:
        """Remove the folder with all that is in it; nothing happens where it is gone already.

        Where the run has been committed, its files are in their tables before the first is removed here.

        Raises:
            LakeError: A committed file is neither in its table nor here.
            StorageError: The storage failed.
        """
        self._before_discard()
        remove_tree(self._storage, self.path)

    def _locate(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if not parts or parts[0] == SCRATCH or not all(_SAFE_PART.fullmatch(part) for part in parts):
            raise LakeError(
                f"{name!r} cannot be the name of a staged file",
                where=str(self.path),
                next_step="use letters, digits and . _ = - in parts joined by /",
            )
        return self.path.joinpath(*parts)

    def _existing(self, name: str) -> Path:
        path = self._locate(name)
        if self._storage.stat(path) is None:
            raise LakeError(
                f"the run has not staged {name!r}",
                where=str(self.path),
                next_step="run the step that makes it first; after a discard, start the run again from its first step",
            )
        return path


def newest_change(storage: Storage, folder: Path) -> float:
    """When anything in a folder was last changed, seconds since 1970; 0 where the folder is gone."""
    times = [found.modified for path in [folder, *files_below(storage, folder)] if (found := storage.stat(path))]
    return max(times, default=0.0)


def _pattern(glob: str) -> str:
    pieces = re.split(r"(\*\*/|\*|\?)", glob)
    meaning = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
    return "".join(meaning.get(piece, re.escape(piece)) for piece in pieces)
