"""What lies in a source's folder: what can be read, what is refused and why, what is still being written."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from saaf.config import IngestConfig, SourceConfig
from saaf.errors import InputError
from saaf.ingest.failure import Refusal, link_refused, not_a_file, refusal_of
from saaf.ingest.formats import kind_of
from saaf.ingest.objects import Discovery, InputObject
from saaf.ingest.opening import State, local_path, remote_state, state_of
from saaf.ingest.reading import unknown_format
from saaf.tables import LEDGER


def discover(source: SourceConfig, location: str, config: IngestConfig, *, run_id: str) -> Discovery:
    """List what a source's location holds, folders within it included.

    Hidden files and folders (a name that begins with a dot) are skipped, and so are links to folders
    within the folder: what they lead to is read under its own name.

    Args:
        source: The source; its name begins every uri.
        location: Folder, file, or fsspec URL of either.
        config: `settle_seconds`.
        run_id: The run that asks; it goes into the refused rows.

    Raises:
        InputError: There is nothing at the location, or it cannot be listed.
    """
    path = local_path(location)
    listing = _list_remote(source.name, location) if path is None else _list_local(source.name, path)
    unsettled = _unsettled(listing.found, config.settle_seconds)
    objects = sorted((f.item for f in listing.found if f.item.uri not in unsettled), key=lambda item: item.uri)
    rows = sorted((_ledger_row(r, source.name, run_id) for r in listing.refused), key=lambda row: str(row["uri"]))
    return Discovery(tuple(objects), LEDGER.batch(rows), tuple(sorted(unsettled)))


@dataclass(frozen=True)
class _Found:
    """An object, its state when it was listed, and how to look again."""

    item: InputObject
    state: State
    look: Callable[[], State]


@dataclass(frozen=True)
class _Refused:
    uri: str
    refusal: Refusal
    state: State | None


@dataclass
class _Listing:
    """What a walk has come upon so far."""

    source: str
    found: list[_Found] = field(default_factory=list)
    refused: list[_Refused] = field(default_factory=list)

    def uri(self, relative: str) -> str:
        return f"{self.source}/{readable(relative)}"

    def add(self, relative: str, location: str, state: State, look: Callable[[], State]) -> None:
        uri = self.uri(relative)
        if kind_of(uri) is None:
            self.refuse(unknown_format(uri), uri, state)
            return
        item = InputObject(uri, self.source, location, state.size or 0, state.modified)
        self.found.append(_Found(item, state, look))

    def refuse(self, refusal: Refusal, uri: str, state: State | None = None) -> None:
        self.refused.append(_Refused(uri, refusal, state))


def readable(name: str) -> str:
    """A name that any table, plan or terminal can hold: control characters and bytes that are no UTF-8 as escapes."""
    if name.isprintable():
        return name
    escaped = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        f"\\x{ord(character):02x}" if ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 else character
        for character in escaped
    )


# --- the local file system ----------------------------------------------------


def _list_local(source: str, location: str) -> _Listing:
    listing = _Listing(source)
    root = Path(os.path.realpath(location))
    try:
        status = root.stat()
        if stat.S_ISDIR(status.st_mode):
            os.scandir(root).close()
    except OSError as error:
        raise _no_input(location, refusal_of(error, location).message, error) from error
    if stat.S_ISDIR(status.st_mode):
        for relative, entry in _walk(root, listing):
            _take_entry(relative, entry, root, listing)
    elif stat.S_ISREG(status.st_mode):
        _take_file(Path(location).name, root, status, listing)
    else:
        raise _no_input(location, "it is neither a folder nor a file")
    return listing


def _no_input(location: str, why: str, error: OSError | None = None) -> InputError:
    missing = isinstance(error, FileNotFoundError)
    return InputError(
        f"there is no input at {location!r}" if missing else f"the input at {location!r} cannot be listed: {why}",
        where=location,
        next_step="name a folder or file that is there, and that this user may read",
    )


def _walk(root: Path, listing: _Listing) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every entry below a folder that is not a folder itself, with its path from there. Links are not followed."""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(root / folder) as entries:
                present = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            uri = listing.uri(folder)
            listing.refuse(refusal_of(error, uri), uri)
            continue
        for entry in present:
            relative = f"{folder}/{entry.name}" if folder else entry.name
            if _is_folder(entry):
                folders.append(relative)
            else:
                yield relative, entry


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False  # whoever takes the entry meets the error again, and tells of it


def _take_entry(relative: str, entry: os.DirEntry[str], root: Path, listing: _Listing) -> None:
    uri = listing.uri(relative)
    try:
        path = _resolved(Path(entry.path), root, uri)
        status = path.stat(follow_symlinks=False)
    except Refusal as refusal:
        listing.refuse(refusal, uri)
    except FileNotFoundError:
        return  # it was taken away since its folder was listed
    except OSError as error:
        listing.refuse(refusal_of(error, uri), uri)
    else:
        if stat.S_ISREG(status.st_mode):
            _take_file(relative, path, status, listing)
        elif not stat.S_ISDIR(status.st_mode):  # links to folders within: see `discover`
            listing.refuse(not_a_file(uri), uri, state_of(status))


def _resolved(path: Path, root: Path, uri: str) -> Path:
    """Where a path leads, if it is a link.

    Raises:
        Refusal: It leads out of the root, or nowhere.
    """
    if not path.is_symlink():
        return path
    try:
        target = path.resolve(strict=True)
    except FileNotFoundError as error:
        raise link_refused("it is a link that leads nowhere", uri) from error
    except RuntimeError as error:  # Python before 3.13 says so of a loop
        raise link_refused("it is a link that leads to itself", uri) from error
    if not target.is_relative_to(root):
        raise link_refused("it is a link that leaves the input folder", uri)
    return target


def _take_file(relative: str, path: Path, status: os.stat_result, listing: _Listing) -> None:
    listing.add(relative, _location(path), state_of(status), lambda: state_of(path.stat()))


def _location(path: Path) -> str:
    """A path that a plan can hold: as it is, or as a URL where its bytes are not UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "file://" + quote_from_bytes(bytes(path))
    return str(path)


# --- elsewhere ----------------------------------------------------------------


def _list_remote(source: str, location: str) -> _Listing:
    import fsspec

    if "::" in location:
        raise InputError(
            f"{location!r} chains several storages, which is not read",
            where=location,
            next_step="name one URL, such as s3://bucket/folder",
        )
    listing = _Listing(source)
    try:
        filesystem, root = fsspec.core.url_to_fs(location)
        filesystem.invalidate_cache()
        infos = {root: filesystem.info(root)} if filesystem.isfile(root) else filesystem.find(root, detail=True)
        missing = not infos and not filesystem.exists(root)
    except FileNotFoundError as error:
        raise _no_input(location, "it is not there", error) from error
    except Exception as error:  # every storage has exceptions of its own
        raise _no_input(location, f"{type(error).__name__}: {error}") from error
    if missing:
        raise _no_input(location, "it is not there", FileNotFoundError())
    for name, info in infos.items():
        relative = name.removeprefix(root).lstrip("/")
        if name == root:
            listing.add(name.rpartition("/")[2], location, remote_state(info), partial(_look_again, filesystem, name))
        elif not any(part.startswith(".") for part in relative.split("/")):
            place = f"{location.rstrip('/')}/{relative}"
            listing.add(relative, place, remote_state(info), partial(_look_again, filesystem, name))
    return listing


def _look_again(filesystem: Any, name: str) -> State:
    filesystem.invalidate_cache(name)
    return remote_state(filesystem.info(name))


# --- what is still being written -----------------------------------------------


def _unsettled(found: list[_Found], settle_seconds: float) -> set[str]:
    """Uris of files that changed a moment ago and change again while we wait; one wait serves all."""
    now = time.time()
    young = [f for f in found if f.state.modified is not None and now - f.state.modified.timestamp() < settle_seconds]
    if not young:
        return set()
    time.sleep(settle_seconds)
    return {f.item.uri for f in young if _has_changed(f)}


def _has_changed(found: _Found) -> bool:
    try:
        return found.look() != found.state
    except OSError:
        return True  # gone or replaced: whatever takes its place is for the next run


def _ledger_row(refused: _Refused, source: str, run_id: str) -> dict[str, object]:
    return {
        "uri": refused.uri,
        "source": source,
        "size": (refused.state.size if refused.state else None) or 0,
        "modified": refused.state.modified if refused.state else None,
        "records": 0,
        "status": "error",
        "error": refused.refusal.reason.value,
        "message": refused.refusal.sentence,
        "run_id": run_id,
    }
