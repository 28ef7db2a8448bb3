"""Opening an input object safely, and taking its bytes in once.

A folder that scrapers write to is not trusted: between listing and opening, a file may become a
link to somewhere else or a FIFO that never answers, and it may grow while it is read.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import unquote_to_bytes

from saaf.config import IngestConfig
from saaf.errors import SaafError
from saaf.ingest.decompression import check_growth, decompressed
from saaf.ingest.failure import Refusal, not_a_file, refusal_of, still_changing, unreadable
from saaf.ingest.formats import Compression
from saaf.ingest.objects import InputObject, moment
from saaf.ingest.spool import Spool
from saaf.reasons import Reason

READ_CHUNK = 64 * 1024
"""Bytes that are read at once: small, for a chunk's worth of a bomb is large."""


@dataclass(frozen=True)
class State:
    """What tells one state of an object from another."""

    size: int | None
    modified: datetime | None
    token: str
    """Anything else that a change would change: inode and nanoseconds, an ETag."""


@dataclass(frozen=True)
class Taken:
    """What was learnt of an object by reading all of it."""

    size: int
    modified: datetime | None
    sha256: str


class Opened(Protocol):
    """An object that is open."""

    @property
    def file(self) -> IO[bytes]:
        """Its bytes as they lie there."""

    def state(self) -> State:
        """The state that it is in now."""


@dataclass(frozen=True)
class _Local:
    file: IO[bytes]

    def state(self) -> State:
        return state_of(os.fstat(self.file.fileno()))


@dataclass(frozen=True)
class _Remote:
    file: IO[bytes]
    filesystem: Any
    path: str

    def state(self) -> State:
        self.filesystem.invalidate_cache(self.path)
        return remote_state(self.filesystem.info(self.path))


def state_of(status: os.stat_result) -> State:
    """The state that a local file is in."""
    return State(status.st_size, moment(status.st_mtime_ns), f"{status.st_dev}:{status.st_ino}:{status.st_mtime_ns}")


def remote_state(info: dict[str, Any]) -> State:
    """The state that fsspec's listing of an object tells of."""
    modified = next((info[key] for key in _MODIFIED_KEYS if info.get(key) is not None), None)
    size = info.get("size")
    token = info.get("ETag") or info.get("etag") or ""
    return State(None if size is None else int(size), _as_moment(modified), str(token))


# Every fsspec file system has a name of its own for it.
_MODIFIED_KEYS = ("LastModified", "last_modified", "mtime", "modified", "updated", "created")


def _as_moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float):
        return moment(int(value * 1_000_000_000))
    if isinstance(value, str):
        try:
            return _as_moment(datetime.fromisoformat(value))
        except ValueError:
            return None
    return None


def local_path(location: str) -> str | None:
    """The local path that a location means; None where it is a URL of another place.

    Names that are not UTF-8 cannot stand in a table or a plan, so their locations are `file` URLs.
    """
    if "://" not in location:
        return location
    scheme, _, path = location.partition("://")
    if scheme not in _LOCAL_SCHEMES:
        return None
    return os.fsdecode(unquote_to_bytes(path))


_LOCAL_SCHEMES = ("file", "local")  # fsspec's own local file system follows links


@contextmanager
def open_object(item: InputObject) -> Iterator[Opened]:
    """Open an object for reading.

    Raises:
        Refusal: It is not a regular file any more, a part of its path became a link, or it may not be read.
    """
    path = local_path(item.location)
    with _open_remote(item) if path is None else _open_local(path, item.uri) as opened:
        yield opened


@contextmanager
def _open_local(path: str, uri: str) -> Iterator[Opened]:
    with _reading(uri):
        descriptor = _open_without_links(path)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise not_a_file(uri)
        yield _Local(file)


@contextmanager
def _open_remote(item: InputObject) -> Iterator[Opened]:
    import fsspec

    try:
        with _reading(item.uri):
            filesystem, path = fsspec.core.url_to_fs(item.location)
            with filesystem.open(path, "rb") as file:
                yield _Remote(file, filesystem, path)
    except SaafError:
        raise
    except Exception as error:  # every storage has exceptions of its own
        raise unreadable(type(error).__name__, item.uri) from error


# O_NONBLOCK: opening a FIFO must not wait for somebody to write to it.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = getattr(os, "O_PATH", 0) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _open_without_links(path: str) -> int:
    """Open a path of which no part may be a link: discovery has resolved them all."""
    if not hasattr(os, "O_PATH"):  # without it, entering a folder takes the right to list it
        return os.open(path, _READ)
    top, *folders, name = Path(path).absolute().parts
    inside = os.open(top, _FOLDER)
    try:
        for folder in folders:
            outside = inside
            inside = os.open(folder, _FOLDER, dir_fd=outside)
            os.close(outside)
        return os.open(name, _READ, dir_fd=inside)
    finally:
        os.close(inside)


def take(item: InputObject, compression: Compression | None, config: IngestConfig, into: Spool) -> Taken:
    """Read all of an object, decompress it into a spool, and hash it on the way.

    Returns:
        Size, time stamp and hash of the very bytes that were read.

    Raises:
        Refusal: It cannot be read, changed meanwhile, is empty, or grows beyond a limit.
        StorageError: The spool cannot be written.
    """
    with open_object(item) as opened, _at_rest(item.uri, opened) as before:
        _refuse_unsettled(item, before, config)
        raw = _Raw(opened.file, before.size, item.uri)
        for chunk in raw if compression is None else decompressed(raw, compression, config):
            into.write(chunk)
            if compression is None:
                check_growth(into.size, into.size, config)
    if into.size == 0:
        raise Refusal(
            Reason.EMPTY_OBJECT,
            "nothing is in it once decompressed" if raw.size else "the file has no bytes",
            next_step="fetch it again if it should hold something",
        )
    return Taken(raw.size, before.modified, raw.digest.hexdigest())


def fingerprint(item: InputObject) -> str:
    """SHA-256 of an object's bytes as they lie there, in hexadecimal.

    Raises:
        Refusal: It cannot be read, or changed while it was; `reason` holds the code, which also begins `what`.
    """
    with open_object(item) as opened, _at_rest(item.uri, opened) as before:
        raw = _Raw(opened.file, before.size, item.uri)
        for _ in raw:
            pass
    return raw.digest.hexdigest()


@contextmanager
def _at_rest(uri: str, opened: Opened) -> Iterator[State]:
    """Read within this, and an object that changes meanwhile is refused for that and nothing else."""
    with _reading(uri):
        before = opened.state()
        try:
            yield before
        except Refusal as refusal:
            if opened.state() != before:  # half of an archive looks truncated
                raise still_changing(uri) from refusal
            raise
        if opened.state() != before:
            raise still_changing(uri)


@contextmanager
def _reading(uri: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise refusal_of(error, uri) from error


class _Raw:
    """An object's bytes in chunks, hashed and counted: no more than it had when it was opened, however fast it grows."""

    def __init__(self, file: IO[bytes], expected: int | None, uri: str) -> None:
        self._file = file
        self._expected = expected
        self._uri = uri
        self.digest = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            with _reading(self._uri):
                chunk = self._file.read(READ_CHUNK)
            if not chunk:
                return
            self.size += len(chunk)
            if self._expected is not None and self.size > self._expected:
                raise still_changing(self._uri)
            self.digest.update(chunk)
            yield chunk


def _refuse_unsettled(item: InputObject, now: State, config: IngestConfig) -> None:
    """Leave a file alone that changed since it was listed, unless it has come to rest again."""
    if (now.size or 0, now.modified) == (item.size, item.modified) or now.modified is None:
        return
    if time.time() - now.modified.timestamp() < config.settle_seconds:
        raise still_changing(item.uri)
