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
from saaf.lake.catalogue import Catalogue, Held
from saaf.lake.commit import Change, Exposure, finish, missing, moved_on, point_to, prepare, source_of, write_record
from saaf.lake.index import check_covered, look_up
from saaf.lake.layout import Layout, folders_of_first_layout, generation_path
from saaf.lake.ledger import COLUMNS, Seen
from saaf.lake.lock import locked
from saaf.lake.log import FIRST_PREVIOUS, CommitRecord, LoggedFile, Operation, read_record, record_numbers
from saaf.lake.parquet import open_parquet, read_batches, read_documents
from saaf.lake.staging import Staging, newest_change, slug
from saaf.lake.storage import Folders, LocalStorage, Lock, Storage, nearest_folder, remove_tree, replace_file
from saaf.lake.verify import problems
from saaf.tables import GOLD, INDEX, LEDGER, TABLES

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
        self._catalogue: tuple[int, Catalogue] | None = None
        self._seen: tuple[int, Seen] | None = None
        self._passed_over: tuple[str, int] | None = None

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
        lake._move_first_layout()
        lake._make_links()
        lake._refuse_two_disks()
        return lake

    def _move_first_layout(self) -> None:
        """Give a lake that was made before there were generations its first one; a crash half way is made good."""
        moves = {
            folder: target
            for folder, target in folders_of_first_layout(self._layout).items()
            if (found := self._storage.stat(folder)) is not None and found.is_folder
        }
        if not moves:
            return
        with self.lock():
            self._folders.ensure(*moves.values())
            for folder, target in moves.items():
                # The target is empty: a folder takes the place of an empty one, and of no other.
                self._storage.rename(folder, target)
                self._storage.sync_folder(target.parent)
                self._storage.sync_folder(folder.parent)

    def _make_links(self) -> None:
        """Make the links by which people reach the current generation, where they are missing, durably."""
        storage, layout = self._storage, self._layout
        if storage.read_link(layout.pointer) is None:
            generation = self.catalogue().generation
            self._folders.ensure(*layout.tables_of(generation))
            storage.make_link(layout.pointer, generation_path(generation))
        for link, target in layout.links.items():
            found = storage.read_link(link)
            if found is None:
                storage.make_link(link, target)
            elif found != target:
                raise LakeError(
                    f"{link.name} is a link to {found}, not to {target}: files could not appear there at once",
                    where=str(link),
                    next_step="remove the link; to have the lake elsewhere, set `lake:` to a folder there",
                )
        storage.sync_folder(self.root)

    def _refuse_two_disks(self) -> None:
        folders = (*self._layout.folders, self._layout.pointer, *self._layout.links)
        devices = {folder: found.device for folder in folders if (found := self._storage.stat(folder))}
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
        records, catalogue = self.log(), self.catalogue()
        unfinished = [record for record in records if missing(self._storage, self._layout, self._held_of(record))]
        # The last commit may look finished and not be durable: its run may have died just before the sync.
        for record in {r.n: r for r in [*unfinished, *records[-1:]]}.values():
            self._finish(record)
        done = [f"made commit {record.n} of run {record.run_id!r} visible" for record in unfinished]
        if self._storage.read_link(self._layout.pointer) != generation_path(catalogue.generation):
            point_to(self._storage, self._layout, catalogue.generation)
            done.append(f"made generation {catalogue.generation} the one that is read")
        return (*done, *self._remove_old_staging())

    @contextmanager
    def passing_over(self, table: str) -> Iterator[None]:
        """Within the block, damaged files of a table that can be made anew stop neither recovery nor a commit."""
        self._passed_over = table, self.head
        try:
            yield
        finally:
            self._passed_over = None

    def _held_of(self, record: CommitRecord) -> list[LoggedFile]:
        held = self.catalogue().paths
        table, last = self._passed_over or ("", 0)
        return [
            file
            for file in record.files
            if held.get(file.path) == record.n and (file.table != table or record.n > last)
        ]

    def _finish(self, record: CommitRecord) -> None:
        held, newest = self._held_of(record), record.n == self.head
        finish(self._storage, self._layout, self._folders, record, files=held, newest=newest)

    def _remove_old_staging(self) -> Iterator[str]:
        for name in self._storage.list_folder(self._layout.staging):
            folder = self._layout.staging / name
            if time.time() - newest_change(self._storage, folder) > STAGING_KEPT_SECONDS:
                remove_tree(self._storage, folder)
                yield f"removed what run {name} had staged: untouched for a week"

    def staging(self, run_id: str) -> Staging:
        """The staging folder of a run; a retry of the run finds it as it was left."""
        return self._staging_at(self._layout.staging / slug(run_id))

    def unpublished(self) -> Iterator[Staging]:
        """The staging folders of all that has begun and not been published, or was given up, in the order of their names."""
        committed = {record.staging for record in self.log()}
        for path in sorted(self._layout.staging.glob("*")):
            if path.is_dir() and path.name not in committed:
                yield self._staging_at(path)

    def _staging_at(self, path: Path) -> Staging:
        return Staging(path, self._storage, before_discard=lambda: self._finish_commit_of(path.name))

    def _finish_commit_of(self, staging: str) -> None:
        for record in self.log():
            if record.staging == staging:
                self._finish(record)

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
        return self.change(staging, Change(files=files), run_id=run_id, base=base, facts=facts)

    def change(
        self, staging: Staging, change: Change, *, run_id: str, base: int, facts: Mapping[str, object]
    ) -> CommitRecord:
        """Carry a change out, all of it or nothing; :meth:`commit` is the simplest one.

        Args:
            staging: Where the files that it brings are.
            change: What to bring, carry on, replace and drop.
            run_id: The run, rebuild, takedown ...; it can be committed once.
            base: The commit that the decision to change rests on.
            facts: Remembered in the log; what JSON can hold.

        Raises:
            LakeMovedOn: Something was decided after ``base``; nothing was changed.
            LakeError: A file is missing or is not of its table; or an earlier commit cannot be finished.
            StorageError: The storage failed. The commit may stand: :meth:`recover` finds out and finishes it.
            TypeError: JSON cannot hold the facts.
        """
        self._require_lock()
        records, catalogue = self.log(), self.catalogue()
        for record in records:
            if record.run_id == run_id:
                self._finish(record)
                return record
        if not self.holds(base):
            raise moved_on(self._layout, head=len(records), base=base)
        last = records[-1] if records else None
        if last:
            self._finish(last)
        record = prepare(
            self._storage,
            self._layout,
            staging,
            change,
            run_id=run_id,
            last=last,
            generation=catalogue.newest_generation + 1 if change.new_generation else catalogue.generation,
            facts=facts,
        )
        write_record(self._storage, self._layout, staging, record)
        self._finish(record)
        return record

    def holds(self, base: int) -> bool:
        """Whether what was decided on a commit still holds: nothing was decided since.

        Args:
            base: Number of the commit.
        """
        records = self.log()
        return base <= len(records) and not any(record.operation.decides for record in records[base:])

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

    def runs(self) -> tuple[CommitRecord, ...]:
        """The commits of runs, in order: without rebuilds, takedowns and maintenance.

        Raises:
            LakeError: A record is missing or damaged.
        """
        return tuple(record for record in self.log() if record.operation is Operation.RUN)

    def catalogue(self) -> Catalogue:
        """Which files the lake consists of.

        Raises:
            LakeError: The log is damaged.
        """
        records = self.log()
        if self._catalogue is None or self._catalogue[0] != len(records):
            self._catalogue = (len(records), Catalogue(records))
        return self._catalogue[1]

    def files(self, table: str) -> tuple[Path, ...]:
        """The committed files of a table, in the order of their commits.

        Raises:
            LakeError: There is no such table, or the log is damaged.
        """
        return tuple(self.root / held.file.path for held in self._files(table))

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
            commit: Read only what this commit brought; None for all. Of a generation that has ended, too, while it
                is kept.

        Raises:
            LakeError: There is no such table or column, or a file or the log is damaged.
            StorageError: The storage failed.
        """
        for held in self._files(table, commit):
            yield from self.read_file(held, columns, doc_ids=doc_ids)

    def read_file(
        self, held: Held, columns: Sequence[str] | None = None, *, doc_ids: Collection[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Read a file of :meth:`catalogue`, one row group at a time.

        Args:
            held: The file.
            columns: Columns to read, in the order wanted; None for all.
            doc_ids: Read only these documents; None for all.

        Raises:
            LakeError: There is no such column, or the file is damaged.
            StorageError: The storage failed.
        """
        path = self._locate(held)
        if doc_ids is None:
            yield from read_batches(self._storage, path, columns)
        else:
            yield from read_documents(self._storage, path, columns, doc_ids)

    def metadata(self, held: Held) -> dict[str, str]:
        """What a file of :meth:`catalogue` says of itself: the ``saaf.*`` entries of its metadata.

        Raises:
            LakeError: The file is damaged.
            StorageError: The storage failed.
        """
        with open_parquet(self._storage, self._locate(held)) as file:
            found = file.schema_arrow.metadata or {}
        return {key.decode(): value.decode() for key, value in found.items() if key.startswith(b"saaf.")}

    def unfinished(self) -> tuple[Staging, ...]:
        """The staging folders of runs that are not done, or died."""
        folders = [self._layout.staging / name for name in self._storage.list_folder(self._layout.staging)]
        return tuple(self._staging_at(folder) for folder in folders)

    def reports(self) -> tuple[Path, ...]:
        """The reports that are kept, as data; the same with ``.html`` is the page."""
        names = self._storage.list_folder(self._layout.reports)
        return tuple(self._layout.reports / name for name in names if name.endswith(".json"))

    def replace_report(self, path: Path, *, html: str, json: str) -> None:
        """Put another report in the place of one of :meth:`reports`.

        Raises:
            StorageError: The storage failed.
        """
        staging = self.staging("reports")
        scratch = staging.scratch()
        replace_file(self._storage, path.with_suffix(".html"), html.encode("utf-8", "replace"), scratch=scratch)
        replace_file(self._storage, path, json.encode("utf-8", "replace"), scratch=scratch)
        staging.discard()

    def remove_report(self, path: Path) -> None:
        """Remove one of :meth:`reports`, data and page.

        Raises:
            StorageError: The storage failed.
        """
        for file in (path.with_suffix(".html"), path):  # the data last: while it is there, the report is listed
            self._storage.remove_file(file)
        self._storage.sync_folder(path.parent)

    def _files(self, table: str, commit: int | None = None) -> list[Held]:
        if table not in TABLES:
            raise LakeError(
                f"the lake has no table {table!r}", where=str(self.root), next_step=f"name one of {', '.join(TABLES)}"
            )
        return self.catalogue().live(table) if commit is None else self.catalogue().of_commit(table, commit)

    def _locate(self, held: Held) -> Path:
        """Where a committed file lies at this moment: between commit and exposure it is still staged."""
        path = self.root / held.file.path
        source = source_of(self._layout, held.record, held.file)
        if self._storage.stat(path) is None and self._storage.stat(source) is not None:
            return source
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
        index = self._files(INDEX.name)
        found = {held.partition.removeprefix("settings=") for held in index}
        check_covered(found, settings, bool(self._files(GOLD.name)), self.root)
        return look_up(self._storage, [self._locate(held) for held in index], keys)

    def verify(self) -> tuple[str, ...]:
        """Compare every file with the log, byte for byte.

        Returns:
            What is wrong, a sentence each; empty where all is well.
        """
        return tuple(problems(self._storage, self._layout, self.catalogue))
