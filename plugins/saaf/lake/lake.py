"""The lake: where tables lie, how a run is committed, and what has been ingested.

See ``docs/lake.md`` for the layout and the protocol, step by step.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from saaf.errors import LakeError
from saaf.lake.commit import Exposure, finish, missing, moved_on, prepare, staged_path, write_record
from saaf.lake.index import check_covered, look_up
from saaf.lake.layout import Layout
from saaf.lake.ledger import COLUMNS, Seen
from saaf.lake.lock import locked
from saaf.lake.log import FIRST_PREVIOUS, CommitRecord, LoggedFile, read_record, record_numbers
from saaf.lake.parquet import read_batches, read_documents
from saaf.lake.staging import Staging, newest_change, slug
from saaf.lake.storage import Folders, LocalStorage, Lock, Storage, nearest_folder, remove_tree, replace_file
from saaf.lake.verify import problems
from saaf.tables import INDEX, LEDGER, TABLES

STAGING_KEPT_SECONDS = 7 * 24 * 3600
"""How long the staging folder of a run that never came back is kept for a retry."""


class Lake:
    """The tables of a corpus in a folder, and the log of what belongs to them.

    Readers need nothing of this: they glob the folders of the tables, at any time. Writing goes through
    :meth:`staging` and :meth:`commit`, under :meth:`lock`.

    Attributes:
        root: The lake's folder.
    """

    def __init__(self, root: Path, storage: Storage) -> None:
        self.root = root
        self._layout = Layout(root)
        self._storage = storage
        self._folders = Folders(storage, nearest_folder(storage, root.parent))
        self._lock: Lock | None = None
        self._records: tuple[CommitRecord, ...] = ()
        self._seen: tuple[int, Seen] | None = None

    @classmethod
    def open(cls, root: str | Path, *, storage: Storage | None = None) -> Lake:
        """Open a lake, and make it where there is none.

        Args:
            root: Its folder.
            storage: The storage; None for the local file system.

        Raises:
            LakeError: The path is a URL, or parts of the folder lie on different file systems.
            StorageError: The folders cannot be made.
        """
        if "://" in str(root):
            raise LakeError(
                f"a lake lies in a local folder, not at {root}",
                next_step="set `lake:` to a folder, and copy what is in `gold` to where it is wanted",
            )
        lake = cls(Path(root).absolute(), storage or LocalStorage())
        lake._folders.ensure(*lake._layout.folders)
        lake._refuse_two_disks()
        return lake

    def _refuse_two_disks(self) -> None:
        devices = {folder: found.device for folder in self._layout.folders if (found := self._storage.stat(folder))}
        for folder, device in devices.items():
            if device != devices.get(self._layout.staging):
                raise LakeError(
                    "a folder of the lake lies on another file system than the rest: files could not appear there at once",
                    where=str(folder),
                    next_step="keep the whole lake on one file system: no mount and no link to another disk below its folder",
                )

    # -- writing --------------------------------------------------------------------------------

    @contextmanager
    def lock(self, wait_seconds: float = 0) -> Iterator[None]:
        """Hold the lake's lock; one process at a time does, and its death frees it.

        Args:
            wait_seconds: How long to wait for another holder.

        Raises:
            LakeBusy: Another run still holds it.
        """
        with locked(self._storage, self._layout.lock, wait_seconds) as lock:
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def recover(self) -> tuple[str, ...]:
        """Finish what a run that died left unfinished; call it under the lock, before anything else.

        Committed files that are not visible yet become so. Staging folders are left for a retry of their run, and
        removed when nothing in them has changed for a week.

        Returns:
            What was done, in sentences.

        Raises:
            LakeError: A committed file is lost, or the log is damaged: nothing is removed then.
            StorageError: The storage failed.
        """
        self._require_lock()
        records = self.log()
        unfinished = [record for record in records if missing(self._storage, self._layout, record)]
        # The last commit may look finished and not be durable: its run may have died just before the sync.
        for record in {r.n: r for r in [*unfinished, *records[-1:]]}.values():
            finish(self._storage, self._layout, self._folders, record)
        done = [f"made commit {record.n} of run {record.run_id!r} visible" for record in unfinished]
        return (*done, *self._remove_old_staging())

    def _remove_old_staging(self) -> Iterator[str]:
        for name in self._storage.list_folder(self._layout.staging):
            folder = self._layout.staging / name
            if time.time() - newest_change(self._storage, folder) > STAGING_KEPT_SECONDS:
                remove_tree(self._storage, folder)
                yield f"removed what run {name} had staged: untouched for a week"

    def staging(self, run_id: str) -> Staging:
        """The staging folder of a run; a retry of the run finds it as it was left."""
        path = self._layout.staging / slug(run_id)
        return Staging(path, self._storage, before_discard=lambda: self._finish_commit_of(path.name))

    def _finish_commit_of(self, staging: str) -> None:
        for record in self.log():
            if record.staging == staging:
                finish(self._storage, self._layout, self._folders, record)

    def commit(
        self,
        staging: Staging,
        files: Sequence[Exposure],
        *,
        run_id: str,
        base: int,
        facts: Mapping[str, object],
    ) -> CommitRecord:
        """Make what a run staged a part of the lake: all of it, or nothing.

        A run that has been committed already gets the record of that, and nothing is changed.

        Args:
            staging: Where the files are.
            files: Which files go where; one without rows is left out. Readers that glob see the files of a commit
                appear one by one, so a table that is read that way gets one file a commit.
            run_id: The run; it can be committed once.
            base: The commit that the run's decisions rest on.
            facts: Remembered in the log; what JSON can hold.

        Raises:
            LakeMovedOn: Another run committed after ``base``; nothing was changed.
            LakeError: A file is missing or is not of its table; or an earlier commit cannot be finished.
            StorageError: The storage failed. The commit may stand: :meth:`recover` finds out and finishes it.
            TypeError: JSON cannot hold the facts.
        """
        self._require_lock()
        records = self.log()
        for record in records:
            if record.run_id == run_id:
                finish(self._storage, self._layout, self._folders, record)
                return record
        last = records[-1] if records else None
        if base != len(records):
            raise moved_on(self._layout, head=len(records), base=base)
        if last:
            finish(self._storage, self._layout, self._folders, last)
        record = prepare(self._storage, self._layout, staging, files, run_id=run_id, last=last, facts=facts)
        write_record(self._storage, self._layout, staging, record)
        finish(self._storage, self._layout, self._folders, record)
        return record

    def report_path(self, run_id: str) -> Path:
        """Where a run's report lies, as HTML; the same with ``.json`` is the report as data."""
        return self._layout.reports / f"{slug(run_id)}.html"

    def write_report(self, run_id: str, *, html: str, json: str) -> Path:
        """Keep a run's report; an earlier one of the same run is replaced.

        Returns:
            Path of the HTML file.

        Raises:
            StorageError: The storage failed.
        """
        path, scratch = self.report_path(run_id), self.staging(run_id).scratch()
        replace_file(self._storage, path.with_suffix(".json"), json.encode("utf-8", "replace"), scratch=scratch)
        replace_file(self._storage, path, html.encode("utf-8", "replace"), scratch=scratch)
        return path

    def _require_lock(self) -> None:
        if self._lock is None or not self._lock.held:
            raise LakeError(
                "the lake is to be changed without its lock",
                where=str(self.root),
                next_step="this is a fault of the calling code: wrap the call in `with lake.lock():`",
            )

    # -- reading --------------------------------------------------------------------------------

    @property
    def head(self) -> int:
        """Number of the last commit; 0 before the first."""
        return len(record_numbers(self._storage, self._layout.log))

    def log(self) -> tuple[CommitRecord, ...]:
        """All commits, in order; what has been read and checked once is not read again.

        Raises:
            LakeError: A record is missing or damaged.
            StorageError: The log cannot be read.
        """
        head = self.head
        records = self._records[:head]
        for n in range(len(records) + 1, head + 1):
            previous = records[-1].sha256 if records else FIRST_PREVIOUS
            records = (*records, read_record(self._storage, self._layout.log, n, previous))
        self._records = records
        return records

    def files(self, table: str) -> tuple[Path, ...]:
        """The committed files of a table, in the order of their commits.

        Raises:
            LakeError: There is no such table, or the log is damaged.
        """
        return tuple(self.root / file.path for _, file in self._files(table))

    def read(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        *,
        doc_ids: Collection[str] | None = None,
        commit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Read committed rows, one row group at a time.

        Args:
            table: Name of the table.
            columns: Columns to read, in the order wanted; None for all.
            doc_ids: Read only these documents, without a scan of the table; None for all.
            commit: Read only what this commit brought; None for all.

        Raises:
            LakeError: There is no such table or column, or a file or the log is damaged.
            StorageError: The storage failed.
        """
        for record, file in self._files(table):
            if commit in (None, record.n):
                path = self._locate(record, file)
                if doc_ids is None:
                    yield from read_batches(self._storage, path, columns)
                else:
                    yield from read_documents(self._storage, path, columns, doc_ids)

    def _files(self, table: str) -> list[tuple[CommitRecord, LoggedFile]]:
        if table not in TABLES:
            raise LakeError(
                f"the lake has no table {table!r}", where=str(self.root), next_step=f"name one of {', '.join(TABLES)}"
            )
        return [(record, file) for record in self.log() for file in record.files if file.table == table]

    def _locate(self, record: CommitRecord, file: LoggedFile) -> Path:
        """Where a committed file lies at this moment: between commit and exposure it is still staged."""
        path = self.root / file.path
        staged = staged_path(self._layout, record, file)
        if self._storage.stat(path) is None and self._storage.stat(staged) is not None:
            return staged
        return path

    def seen(self) -> Seen:
        """What all committed runs took in."""
        if self._seen is None or self._seen[0] != self.head:
            head, seen = self.head, Seen()
            seen.add(self.read(LEDGER.name, COLUMNS))
            self._seen = (head, seen)
        return self._seen[1]

    def lookup_index(self, settings: str, keys: pa.Table) -> pa.Table:
        """Find which documents in gold have one of these band keys.

        Args:
            settings: Hash of the settings that shape band keys.
            keys: Columns ``band`` and ``key``.

        Returns:
            Columns ``band``, ``key``, ``doc_id``, sorted by all of them.

        Raises:
            IndexMismatch: Documents in gold were indexed with other settings.
            LakeError: An index file or the log is damaged.
            StorageError: The storage failed.
        """
        check_covered(self.log(), settings, self.root)
        found = self._files(INDEX.name)
        paths = [self._locate(record, file) for record, file in found if f"/settings={settings}/" in file.path]
        return look_up(self._storage, paths, keys)

    def verify(self) -> tuple[str, ...]:
        """Compare every file with the log, byte for byte.

        Returns:
            What is wrong, a sentence each; empty where all is well.
        """
        return tuple(problems(self._storage, self._layout, self.log))
