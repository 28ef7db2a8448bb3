"""A disk on which only what was synced is sure to survive, a lake's storage on it, and what has to hold after a power failure.

The model is harsher than a journalling file system. A name that was made, moved or removed is sure only once its folder
is synced, each such change survives or not by itself (a move can lose the file), and unsynced bytes are there, half
there, or not at all. Every crash point of a scenario is looked at, and of what is not sure every subset, or a random
choice of subsets where they are many.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lake_harness as harness
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saaf.errors import SaafError
from saaf.lake import Lake
from saaf.lake.storage import Stat, naming

ROOT = Path("/lake")
FOLDER = -1
Names = dict[str, int]


@dataclass
class Disk:
    """Folders by path, files by number: as the running system sees them, and what is sure to be on the platter."""

    names: dict[Path, Names] = field(default_factory=lambda: {Path("/"): {}})
    content: dict[int, bytes] = field(default_factory=dict)
    sure_names: dict[Path, Names] = field(default_factory=lambda: {Path("/"): {}})
    sure_content: dict[int, bytes] = field(default_factory=dict)
    unsure: dict[Path, list[tuple[str, int | None]]] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)

    def set_name(self, path: Path, number: int | None) -> None:
        folder = self.names[path.parent]
        if number is None:
            folder.pop(path.name, None)
        else:
            folder[path.name] = number
        self.unsure.setdefault(path.parent, []).append((path.name, number))

    def sync_folder(self, path: Path) -> None:
        self.sure_names[path] = dict(self.names[path])
        self.unsure.pop(path, None)

    def after_power_loss(self, drawn: random.Random, most: int) -> Iterator[Disk]:
        """The disks that a power failure at this moment may leave."""
        folders = sorted(self.unsure)
        changes = [(folder, i) for folder in folders for i in range(len(self.unsure[folder]))]
        files = sorted(n for n, data in self.content.items() if self.sure_content.get(n, b"") != data)
        for kept, bytes_kept in _choices(len(changes), len(files), drawn, most):
            disk = Disk({f: dict(n) for f, n in self.sure_names.items()}, dict(self.sure_content), links=self.links)
            for (folder, i), there in zip(changes, kept, strict=True):
                if there:
                    name, number = self.unsure[folder][i]
                    place = disk.names.setdefault(folder, {})
                    place.pop(name, None) if number is None else place.update({name: number})
            for number, share in zip(files, bytes_kept, strict=True):
                sure, live = self.sure_content.get(number, b""), self.content[number]
                disk.content[number] = [sure, live[: len(live) // 2], live][share]
            yield disk._settled()

    def _settled(self) -> Disk:
        """After a reboot everything that is found is sure, and what no name leads to is gone."""
        names: dict[Path, Names] = {}
        pending = [Path("/")]
        while pending:
            folder = pending.pop()
            names[folder] = self.names.get(folder, {})
            pending += [folder / name for name, number in names[folder].items() if number == FOLDER]
        content = {n: self.content.get(n, b"") for place in names.values() for n in place.values() if n != FOLDER}
        return Disk(
            {f: dict(n) for f, n in names.items()},
            content,
            {f: dict(n) for f, n in names.items()},
            dict(content),
            links=dict(self.links),
        )

    def files(self) -> dict[Path, bytes]:
        """Every file where it lies; links by name are none."""
        entries = ((f / n, i) for f, place in self.names.items() for n, i in place.items())
        return {path: self.content[i] for path, i in entries if i != FOLDER and i not in self.links}

    def link(self, path: Path) -> str | None:
        """Where a link by name leads."""
        number = self.names.get(path.parent, {}).get(path.name)
        return None if number is None else self.links.get(number)

    def seen_in(self, folder: Path) -> dict[Path, bytes]:
        """The files that a reader finds who starts at a folder or at a link to one."""
        for _ in range(4):
            for part in [folder, *folder.parents]:
                if (target := self.link(part)) is not None:
                    folder = part.parent / target / folder.relative_to(part)
        return {path: data for path, data in self.files().items() if folder in path.parents}

    def fingerprint(self) -> str:
        state = sorted((str(path), hash(data)) for path, data in self.files().items())
        links = sorted(
            (str(f / n), self.links[i]) for f, p in self.names.items() for n, i in p.items() if i in self.links
        )
        return repr((state, links, sorted(map(str, self.names))))


Choice = tuple[tuple[bool, ...], tuple[int, ...]]


def _choices(changes: int, files: int, drawn: random.Random, most: int) -> list[Choice]:
    """All of them where they are few; else of the extremes, each change alone lost or kept, and a random rest."""
    if 2**changes * 3**files <= most:
        subsets, shares = itertools.product((False, True), repeat=changes), itertools.product((0, 1, 2), repeat=files)
        return list(itertools.product(subsets, shares))
    chosen: list[Choice] = [((kept,) * changes, (share,) * files) for kept in (True, False) for share in (0, 1, 2)]
    for alone in range(changes):
        chosen.append((tuple(i == alone for i in range(changes)), (2,) * files))
        chosen.append((tuple(i != alone for i in range(changes)), (2,) * files))
    for _ in range(most // 2):
        kept = tuple(drawn.random() < 0.5 for _ in range(changes))
        chosen.append((kept, tuple(drawn.randrange(3) for _ in range(files))))
    return drawn.sample(chosen, min(most, len(chosen)))


class ModelStorage:
    """The lake's storage on a :class:`Disk`.

    Args:
        disk: The disk.
        hear: Called after every operation that changes something, with its name and path.
        forgotten: A kind of sync, as :func:`kind_of_sync` says it, that is left out.
        dies_at: Number of the changing operation before which the process dies.
    """

    def __init__(
        self, disk: Disk, hear: Callable[[str, Path], None] = lambda *_: None, forgotten: str = "", dies_at: int = 0
    ) -> None:
        self.disk, self.syncs = disk, set[str]()
        self._hear, self._forgotten, self._dies_at, self._count = hear, forgotten, dies_at, 0

    def _changing(self, name: str, path: Path) -> None:
        self._count += 1
        if self._count == self._dies_at:
            raise harness.Death
        self._hear(name, path)

    def make_folder(self, path: Path) -> None:
        if path not in self.disk.names:
            self._changing("make_folder", path)
            self.disk.set_name(path, FOLDER)
            self.disk.names[path] = {}
            self.disk.sure_names[path] = {}

    def list_folder(self, path: Path) -> tuple[str, ...]:
        return tuple(sorted(self.disk.names[path]))

    def stat(self, path: Path) -> Stat | None:
        number = self.disk.names.get(path.parent, {}).get(path.name)
        if path == Path("/"):
            return Stat(0, True, 1, 1e12)
        return None if number is None else Stat(len(self.disk.content.get(number, b"")), number == FOLDER, 1, 1e12)

    def open_read(self, path: Path) -> Any:
        with naming(path):
            if (number := self.disk.names.get(path.parent, {}).get(path.name)) is None:
                raise FileNotFoundError(2, "no such file")
            return pa.BufferReader(self.disk.content[number])

    def create(self, path: Path) -> ModelFile:
        self._changing("create", path)
        number = max(self.disk.content, default=0) + 1
        self.disk.content[number] = b""
        self.disk.set_name(path, number)
        return ModelFile(self, path, number)

    def link_if_absent(self, source: Path, target: Path) -> bool:
        if target.name in self.disk.names[target.parent]:
            return False
        self._changing("link_if_absent", target)
        self.disk.set_name(target, self.disk.names[source.parent][source.name])
        return True

    def rename(self, source: Path, target: Path) -> None:
        self._changing("rename", target)
        self.disk.set_name(target, self.disk.names[source.parent][source.name])
        self.disk.set_name(source, None)

    def make_link(self, path: Path, target: str) -> bool:
        if path.name in self.disk.names[path.parent]:
            return False
        self._changing("make_link", path)
        number = max(self.disk.content, default=0) + 1
        self.disk.content[number] = self.disk.sure_content[number] = target.encode()
        self.disk.links[number] = target
        self.disk.set_name(path, number)
        return True

    def read_link(self, path: Path) -> str | None:
        return self.disk.link(path)

    def sync(self, path: Path, do: Callable[[], None]) -> None:
        kind = kind_of_sync(path)
        self.syncs.add(kind)
        self._changing("sync", path)
        if kind != self._forgotten:
            do()

    def sync_folder(self, path: Path) -> None:
        self.sync(path, lambda: self.disk.sync_folder(path))

    def remove_file(self, path: Path) -> None:
        if path.name in self.disk.names[path.parent]:
            self._changing("remove_file", path)
            self.disk.set_name(path, None)

    def remove_folder(self, path: Path) -> None:
        assert not self.disk.names[path]
        self._changing("remove_folder", path)
        del self.disk.names[path]
        self.disk.set_name(path, None)
        self.disk.unsure.pop(path, None)

    def try_lock(self, path: Path, signature: bytes) -> Any:
        return ModelLock()


class ModelFile:
    def __init__(self, storage: ModelStorage, path: Path, number: int) -> None:
        self._storage, self._path, self._number = storage, path, number

    def write(self, data: memoryview) -> int:
        self._storage._changing("write", self._path)
        self._storage.disk.content[self._number] += bytes(data)
        return len(data)

    def sync(self) -> None:
        disk = self._storage.disk
        self._storage.sync(self._path, lambda: disk.sure_content.__setitem__(self._number, disk.content[self._number]))

    def close(self) -> None:
        pass


class ModelLock:
    held = True

    def release(self) -> None:
        pass


def kind_of_sync(path: Path) -> str:
    """Which line of the product asks for a sync, and of what: found in the stack, so that a new one is never left out."""
    frame, lines = sys._getframe(1), []
    while frame is not None and len(lines) < 2:
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if ("/saaf/lake/" in file and name not in ("finish", "ensure_folder")) or (
            name == "finish" and file.endswith("commit.py")
        ):
            lines.append(f"{Path(file).stem}.{name}")
        frame = frame.f_back  # type: ignore[assignment]
    return " < ".join(lines)


# -- what has to hold ------------------------------------------------------------------------------


@dataclass
class Promises:
    """What the product has promised so far."""

    staged: dict[Path, bytes] = field(default_factory=dict)
    committed: set[int] = field(default_factory=set)
    reports: set[Path] = field(default_factory=set)

    def hear(self, disk: Disk, what: str, detail: Any) -> None:
        if what == "staged":
            self.staged[detail[1]] = disk.files()[detail[1]]
        elif what == "discarding":
            self.staged.clear()
        elif what == "committed":
            self.committed.add(detail)
        elif what == "reported":
            self.reports.add(detail)


def faults_of(disk: Disk, promises: Promises, expected: dict[str, str], *, rerun: bool) -> Iterator[str]:
    """What is wrong with a disk after a power failure; the checks up to the re-run share no code with the product."""
    files = disk.files()
    yield from (f"promised in staging, lost: {p.name}" for p, data in promises.staged.items() if files.get(p) != data)
    yield from (f"promised report, lost: {p.name}" for p in promises.reports if p not in files)
    try:
        visible = visible_runs(disk)
    except (AssertionError, pa.ArrowException, OSError) as error:
        yield f"a reader sees: {error}"
        return
    if not promises.committed <= visible:
        yield f"promised commits {promises.committed}, a reader sees {visible}"
    logged = log_of(files)
    if logged is None or not visible <= logged:
        yield f"a reader sees {visible}, the log knows {logged}"
    if rerun:
        try:
            harness.both_runs(ROOT, ModelStorage(disk))
        except (SaafError, AssertionError) as error:
            yield f"the retry fails: {type(error).__name__} {error}"
            return
        if tables_of(disk.files()) != expected:
            yield "the retry ends otherwise"


@functools.cache
def ids_in(data: bytes) -> frozenset[str]:
    return frozenset(pq.read_table(io.BytesIO(data), columns=["doc_id"])["doc_id"].to_pylist())


def visible_runs(disk: Disk) -> set[int]:
    ids = set().union(*(ids_in(data) for data in disk.seen_in(ROOT / "gold").values()))
    runs = {run for run in range(2) if harness.gold_ids(run) & ids}
    assert ids == set().union(*(harness.gold_ids(run) for run in runs)), "a part of a run"
    return runs


def log_of(files: dict[Path, bytes]) -> set[int] | None:
    try:
        records = [json.loads(data) for p, data in files.items() if p.parent == ROOT / "meta" / "log"]
    except ValueError:
        return None
    return {harness.DAYS.index(record["run_id"][11:21]) for record in records}


def tables_of(files: dict[Path, bytes]) -> dict[str, str]:
    tables = {p.relative_to(ROOT): data for p, data in files.items() if p.is_relative_to(ROOT)}
    return {p.as_posix(): hashlib.sha256(data).hexdigest() for p, data in tables.items() if p.parts[0] != "meta"}


# -- looking ---------------------------------------------------------------------------------------


class FaultFound(Exception):
    """Enough was seen."""


@dataclass
class Examination:
    """Stops at every changing operation of a scenario and looks at what a power failure would leave there."""

    expected: dict[str, str]
    every_rerun: int = 10
    most: int = 40
    disk: Disk = field(default_factory=Disk)
    promises: Promises = field(default_factory=Promises)
    states: int = 0
    _seen: set[str] = field(default_factory=set)
    _drawn: random.Random = field(default_factory=lambda: random.Random(17))

    def look(self, *_: object) -> None:
        for disk in self.disk.after_power_loss(self._drawn, self.most):
            state = f"{disk.fingerprint()} {sorted(self.promises.committed)} {sorted(self.promises.staged)}"
            if state in self._seen:
                continue
            self._seen.add(state)
            self.states += 1
            rerun = self.states % self.every_rerun == 0
            for fault in faults_of(disk, self.promises, self.expected, rerun=rerun):
                raise FaultFound(fault)

    def die(self, number: int) -> None:
        """A first process, which dies before that changing operation."""
        with pytest.raises(harness.Death):
            harness.both_runs(ROOT, ModelStorage(self.disk, dies_at=number))

    def go_on(self, forgotten: str = "") -> None:
        storage = ModelStorage(self.disk, self.look, forgotten)
        harness.both_runs(ROOT, storage, lambda what, detail: self.promises.hear(self.disk, what, detail))
        self.look()

    def throw_away(self, forgotten: str) -> None:
        """A process that does nothing but discard what dead runs staged."""
        lake = Lake.open(ROOT, storage=ModelStorage(self.disk, forgotten=forgotten))
        for record in lake.log():
            lake.staging(record.run_id).discard()
        self.look()

    def recover(self, forgotten: str) -> None:
        """A process that does nothing but recover; what it finds committed is visible from then on."""
        lake = Lake.open(ROOT, storage=ModelStorage(self.disk, forgotten=forgotten))
        with lake.lock():
            lake.recover()
        self.promises.committed = {record.n - 1 for record in lake.log()}
        self.look()


def changing_operations(only: str = "") -> list[int]:
    """Numbers of the changing operations of two undisturbed runs, or of those of one name."""
    names: list[str] = []
    harness.both_runs(ROOT, ModelStorage(Disk(), lambda name, path: names.append(name)))
    return [number for number, name in enumerate(names, start=1) if only in ("", name)]


def kinds_of_sync() -> list[str]:
    storage = ModelStorage(Disk())
    harness.both_runs(ROOT, storage)
    return sorted(storage.syncs)


def leave_out(kind: str, expected: dict[str, str]) -> None:
    """Two runs without a kind of sync; then a process that recovers, and one that discards, after a death."""
    Examination(expected, every_rerun=4, most=10).go_on(forgotten=kind)
    for number in changing_operations("link_if_absent") + changing_operations("sync"):
        for go_on in (Examination.recover, Examination.throw_away):
            examination = Examination(expected, every_rerun=1, most=8)
            examination.die(number)
            go_on(examination, kind)
