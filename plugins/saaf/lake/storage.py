"""The one seam between the lake and the file system.

Everything that the lake reads or writes goes through :class:`Storage`, whose operations are few and small: each of
them can be made to fail in turn, and a recorded trace of them says what a power failure could leave behind.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat as stat_bits
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from saaf.errors import StorageError
from saaf.lake.filelock import try_lock

_READ_BYTES = 4 * 1024 * 1024
_BUFFER_BYTES = 1024 * 1024

_NEXT_STEPS = {
    errno.ENOSPC: "free space on this disk, or set `lake:` to a larger one, then run again; what is published is untouched",
    errno.EDQUOT: "free space within the quota of this user, then run again; what is published is untouched",
    errno.EACCES: "give the user that runs Saaf read and write access to this path, then run again",
    errno.EPERM: "give the user that runs Saaf read and write access to this path; where the file system has no hard links, choose another",
    errno.EOPNOTSUPP: "keep the lake on a file system with hard links (ext4, xfs, btrfs, apfs, ntfs)",
    errno.EROFS: "mount the file system writable, or set `lake:` to a folder on one that is, then run again",
    errno.EIO: "check the disk (`dmesg`, `smartctl`), then run again; `saaf verify` says whether published files are whole",
    errno.EXDEV: "keep the whole lake on one file system: no mount and no link to another disk below its folder",
    errno.EMFILE: "raise the limit of open files (`ulimit -n`), then run again",
    errno.ENFILE: "close programs that hold many files open, then run again",
    errno.ENAMETOOLONG: "set `lake:` to a shorter path",
    errno.ENOTDIR: "a file stands where a folder has to be: move it away, or set `lake:` to another folder",
    errno.ENOENT: "the path is gone: run `saaf verify` to see what else is missing, and restore it from a backup",
    errno.ESTALE: "the network file system dropped the file: check the mount, then run again",
}


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the block into a :class:`StorageError` that names the path and the way out."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise StorageError(
            f"the storage failed: {reason}",
            where=str(path),
            next_step=_NEXT_STEPS.get(error.errno or 0, "mend what the message says, then run again"),
        ) from error


@dataclass(frozen=True)
class Stat:
    """What the lake needs to know of a path; a link is followed, but is never taken for a folder.

    Attributes:
        size: Bytes.
        is_folder: Whether it is a folder, itself and not through a link.
        device: Number of the file system it lies on.
        modified: When it was last changed, seconds since 1970.
    """

    size: int
    is_folder: bool
    device: int
    modified: float


class NewFile(Protocol):
    """A file that is being written."""

    def write(self, data: bytes | memoryview) -> int:
        """Write some of the bytes, at least one; say how many."""

    def sync(self) -> None:
        """Bring what was written to the disk itself."""

    def close(self) -> None:
        """Close the file; nothing is promised of what was not synced."""


class Lock(Protocol):
    """A lock that was taken."""

    @property
    def held(self) -> bool:
        """Whether this process still holds it."""

    def release(self) -> None:
        """Free it, unless that has been done."""


class Storage(Protocol):
    """The operations that the lake is built of; each raises :class:`StorageError` that names the path."""

    def make_folder(self, path: Path) -> None:
        """Make one folder whose parent exists; nothing happens where it is there already."""

    def list_folder(self, path: Path) -> tuple[str, ...]:
        """The names in a folder, sorted."""

    def stat(self, path: Path) -> Stat | None:
        """What lies at a path; None where nothing does."""

    def open_read(self, path: Path) -> Any:
        """Open a file for reading, as an Arrow ``NativeFile``."""

    def create(self, path: Path) -> NewFile:
        """Open a file for writing, empty; only ever done with names that nobody reads."""

    def link_if_absent(self, source: Path, target: Path) -> bool:
        """Give a file a second name, at once and whole; False where the name is taken."""

    def rename(self, source: Path, target: Path) -> None:
        """Move a file over a name, at once; a link by name is moved itself."""

    def make_link(self, path: Path, target: str) -> bool:
        """Make a link by name, to a path relative to its folder; False where the name is taken."""

    def read_link(self, path: Path) -> str | None:
        """Where a link by name leads, as it was made; None where there is no such link."""

    def sync_folder(self, path: Path) -> None:
        """Bring a folder's names to the disk itself."""

    def remove_file(self, path: Path) -> None:
        """Remove a file; nothing happens where it is gone already."""

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder; nothing happens where it is gone already."""

    def try_lock(self, path: Path, signature: bytes) -> Lock | None:
        """Take a lock that ends with its holder, and sign it; None where another has it."""


class LocalFile:
    """A :class:`NewFile` on the local file system."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with naming(path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)

    def write(self, data: bytes | memoryview) -> int:
        """Write some of the bytes; say how many."""
        with naming(self._path):
            return os.write(self._descriptor, data)

    def sync(self) -> None:
        """Flush the file to the disk."""
        with naming(self._path):
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        with naming(self._path):
            os.close(self._descriptor)


class LocalStorage:
    """The local file system, POSIX rules: links and renames are atomic, an fsync is what lasts."""

    def make_folder(self, path: Path) -> None:
        """Make one folder whose parent exists."""
        with naming(path):
            path.mkdir(exist_ok=True)

    def list_folder(self, path: Path) -> tuple[str, ...]:
        """The names in a folder, sorted."""
        with naming(path):
            return tuple(sorted(os.listdir(path)))  # noqa: PTH208 - names are wanted, not paths

    def stat(self, path: Path) -> Stat | None:
        """What lies at a path; None where nothing does."""
        with naming(path):
            try:
                found, itself = path.stat(), path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return Stat(found.st_size, stat_bits.S_ISDIR(itself.st_mode), found.st_dev, found.st_mtime)

    def open_read(self, path: Path) -> Any:
        """Open a file for reading."""
        with naming(path):
            return pa.OSFile(str(path), "rb")

    def create(self, path: Path) -> NewFile:
        """Open a file for writing, empty."""
        return LocalFile(path)

    def link_if_absent(self, source: Path, target: Path) -> bool:
        """Give a file a second name; False where the name is taken."""
        with naming(target):
            try:
                os.link(source, target)
            except FileExistsError:
                return False
        return True

    def rename(self, source: Path, target: Path) -> None:
        """Move a file over a name."""
        with naming(target):
            source.replace(target)

    def make_link(self, path: Path, target: str) -> bool:
        """Make a link by name; False where the name is taken."""
        with naming(path):
            try:
                path.symlink_to(target)
            except FileExistsError:
                return False
        return True

    def read_link(self, path: Path) -> str | None:
        """Where a link by name leads; None where there is no such link."""
        with naming(path):
            try:
                return os.readlink(path)  # noqa: PTH115 - as it was made: a Path drops `./` and trailing slashes
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINVAL, errno.ENOTDIR):
                    return None
                raise

    def sync_folder(self, path: Path) -> None:
        """Flush a folder's names to the disk."""
        with naming(path):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except PermissionError:
                return  # the folder above the lake, say: a user that may not open it has not made the lake's name in it
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def remove_file(self, path: Path) -> None:
        """Remove a file if it is there."""
        with naming(path):
            path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder if it is there."""
        with naming(path):
            try:
                path.rmdir()
            except FileNotFoundError:
                return

    def try_lock(self, path: Path, signature: bytes) -> Lock | None:
        """Take the lock on a file; None where another has it."""
        with naming(path):
            return try_lock(path, signature)


class FileWriter:
    """A buffered, hashing writer over a :class:`NewFile`; what Arrow writes Parquet into.

    Attributes:
        size: Bytes written so far.
        closed: Whether the file is finished or given up.
    """

    def __init__(self, storage: Storage, path: Path) -> None:
        self.size = 0
        self.closed = False
        self._file = storage.create(path)
        self._buffer = bytearray()
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written so far, hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> int:
        """Take all of the bytes; they reach the file when the buffer is full or at :meth:`finish`."""
        if self.closed:
            # Arrow's Parquet writer writes a footer when it is thrown away after an error: nobody wants it.
            return memoryview(data).nbytes
        self._buffer += data
        written = memoryview(data).nbytes
        self._hash.update(data)
        self.size += written
        if len(self._buffer) >= _BUFFER_BYTES:
            self.flush()
        return written

    def flush(self) -> None:
        """Hand the buffer to the file. Nothing is synced: that is :meth:`finish`."""
        if self.closed:
            return
        view = memoryview(bytes(self._buffer))
        self._buffer.clear()
        while view:
            view = view[self._file.write(view) :]

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size

    def finish(self) -> None:
        """Write what is left, sync, and close: from here on the content survives a power failure."""
        self.flush()
        self._file.sync()
        self.close()

    def close(self) -> None:
        """Close without a promise; the file is scratch, or is given up."""
        if not self.closed:
            self.closed = True
            self._file.close()

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Folders:
    """Makes folders that last.

    That a folder is there does not mean that a power failure leaves it there: its maker may have died before the sync.
    So every process makes sure once of every folder that it builds on.

    Args:
        storage: The storage.
        top: A folder that is sure to last; the others are below it.
    """

    def __init__(self, storage: Storage, top: Path) -> None:
        self._storage = storage
        self._lasting = {top}

    def ensure(self, *folders: Path) -> None:
        """Make the folders and their parents, where they are missing, and make them durable."""
        unsure = sorted({path for folder in folders for path in self._unsure(folder)})
        for folder in unsure:
            if self._storage.stat(folder) is None:
                self._storage.make_folder(folder)
        for parent in sorted({folder.parent for folder in unsure}):
            self._storage.sync_folder(parent)
        self._lasting.update(unsure)

    def _unsure(self, folder: Path) -> Iterator[Path]:
        while folder not in self._lasting or self._storage.stat(folder) is None:
            yield folder
            folder = folder.parent


def nearest_folder(storage: Storage, path: Path) -> Path:
    """The path itself, or the nearest folder above it that is there."""
    while storage.stat(path) is None:
        path = path.parent
    return path


def write_new(storage: Storage, path: Path, data: bytes) -> None:
    """Write a file whose content is durable; its name is so once its folder is synced."""
    with FileWriter(storage, path) as writer:
        writer.write(data)
        writer.finish()


def replace_file(storage: Storage, path: Path, data: bytes, *, scratch: Path) -> None:
    """Put a file in place at once: readers find the old content or the new one, also after a power failure.

    Args:
        storage: The storage.
        path: Where the file goes; its folder exists.
        data: The content.
        scratch: A folder on the same file system for the file while it is written.
    """
    temporary = scratch_name(scratch)
    write_new(storage, temporary, data)
    storage.rename(temporary, path)
    storage.sync_folder(path.parent)


def scratch_name(scratch: Path) -> Path:
    """A path in the scratch folder that no one else uses, also if two processes do the same work."""
    return scratch / uuid.uuid4().hex


def read_bytes(storage: Storage, path: Path) -> bytes:
    """The content of a small file."""
    with naming(path), storage.open_read(path) as file:
        return bytes(file.read())


def hash_file(storage: Storage, path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal; bounded memory."""
    digest = hashlib.sha256()
    with naming(path), storage.open_read(path) as file:
        while chunk := file.read(_READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def files_below(storage: Storage, folder: Path) -> Iterator[Path]:
    """Every file below a folder, sorted; nothing where the folder is missing."""
    found = storage.stat(folder)
    if found is None:
        return
    for name in storage.list_folder(folder):
        path = folder / name
        entry = storage.stat(path)
        if entry is not None and entry.is_folder:
            yield from files_below(storage, path)
        else:
            yield path


def remove_tree(storage: Storage, folder: Path) -> None:
    """Remove a folder with all that is in it; nothing happens where it is gone already."""
    if storage.stat(folder) is None:
        return
    for name in storage.list_folder(folder):
        entry = storage.stat(folder / name)
        if entry is not None and entry.is_folder:
            remove_tree(storage, folder / name)
        else:
            storage.remove_file(folder / name)
    storage.remove_folder(folder)
