"""Whole runs as processes of their own, which end by themselves, by SIGKILL from outside, or at a named point within.

A run's process is forked from one that has imported everything already, and is then a process like any other: nothing
is cleaned up when it is killed. Where a run dies by itself, its storage kills it, before an operation that it names.
"""

from __future__ import annotations

import errno
import fnmatch
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from saaf.config import CorpusConfig
from saaf.lake.storage import LocalStorage, naming
from shared import ROOT

CHANGING = frozenset(
    "make_folder create write sync link_if_absent rename sync_folder remove_file remove_folder".split()
)


@dataclass(frozen=True)
class Job:
    """A run with everything that decides what it writes."""

    config: CorpusConfig
    run_id: str
    started_at: datetime
    source: str = "input"

    @property
    def lake(self) -> Path:
        """The lake's folder."""
        return Path(self.config.lake)


@dataclass(frozen=True)
class Point:
    """A place in a run: before the count-th operation of a name on a path that matches.

    Attributes:
        operation: Name of an operation of the storage; empty for any that changes something.
        path: Pattern of the path below the lake, as :mod:`fnmatch` has it.
        count: Which of them.
    """

    operation: str = ""
    path: str = "*"
    count: int = 1

    def is_at(self, operation: str, path: str) -> bool:
        """Whether an operation is one of those that are counted."""
        named = operation == self.operation if self.operation else operation in CHANGING
        return named and fnmatch.fnmatchcase(path, self.path)


@dataclass(frozen=True)
class Disk:
    """What the storage of a run does to it.

    Attributes:
        dies_at: Where the process kills itself.
        fails_at: Where an operation fails instead of being done.
        code: The error of that failure, of ``errno``.
        largest_file: Bytes of a file beyond which writing fails, by the kernel's own limit.
        trace: File that every changing operation is noted down in.
    """

    dies_at: Point | None = None
    fails_at: Point | None = None
    code: int = errno.ENOSPC
    largest_file: int | None = None
    trace: Path | None = None


class WatchedStorage:
    """The local file system, under a :class:`Disk`."""

    def __init__(self, lake: Path, disk: Disk) -> None:
        self._inner, self._lake, self._disk = LocalStorage(), lake, disk
        self._seen: dict[Point, int] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._inner, name)

        def perform(path: Path, *rest: Any) -> Any:
            self.before(name, rest[0] if name in ("rename", "link_if_absent") else path)
            return operation(path, *rest)

        return perform

    def create(self, path: Path) -> WatchedFile:
        self.before("create", path)
        return WatchedFile(self, path, self._inner.create(path))

    def before(self, operation: str, path: Path) -> None:
        """Die or fail here, if it is here."""
        name = os.path.relpath(path, self._lake)
        if self._disk.trace and operation in CHANGING:
            with self._disk.trace.open("a") as file:
                file.write(f"{operation}\t{name}\n")
        if self._reached(self._disk.dies_at, operation, name):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._reached(self._disk.fails_at, operation, name):
            with naming(path):
                raise OSError(self._disk.code, os.strerror(self._disk.code))

    def _reached(self, point: Point | None, operation: str, name: str) -> bool:
        if point is None or not point.is_at(operation, name):
            return False
        self._seen[point] = self._seen.get(point, 0) + 1
        return self._seen[point] == point.count


class WatchedFile:
    """A file of a :class:`WatchedStorage`."""

    def __init__(self, storage: WatchedStorage, path: Path, inner: Any) -> None:
        self._storage, self._path, self._inner = storage, path, inner

    def write(self, data: memoryview) -> int:
        self._storage.before("write", self._path)
        written: int = self._inner.write(data)
        return written

    def sync(self) -> None:
        self._storage.before("sync", self._path)
        self._inner.sync()

    def close(self) -> None:
        self._inner.close()


# -- in the run's process --------------------------------------------------------------------------


def carry_out(job: Job, disk: Disk) -> None:
    """Carry out a run in this process, through the door that the command line calls; ends the process."""
    import saaf.lake.lake
    from saaf.errors import SaafError
    from saaf.pipeline import run

    os.closerange(0, 3)
    os.open(os.devnull, os.O_RDWR)
    os.dup(0)
    os.open(job.lake.with_suffix(".stderr"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    saaf.lake.lake.LocalStorage = lambda: WatchedStorage(job.lake, disk)  # type: ignore[assignment, misc]
    if disk.largest_file is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (disk.largest_file, resource.RLIM_INFINITY))
    try:
        run(job.config, source=job.source, root=ROOT, run_id=job.run_id, started_at=job.started_at)
    except SaafError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1 if error.retryable else 3)
    os._exit(0)


# -- in the test's process -------------------------------------------------------------------------


@dataclass
class Runs:
    """Starts runs.

    Attributes:
        killed: Processes that ended by SIGKILL.
    """

    killed: int = 0
    _context: Any = field(init=False)

    def __post_init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["torture.warm"])
        paths = [str(ROOT / "plugins"), str(ROOT / "tests")]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # the server that runs are forked from asks for it

    def start(self, job: Job, disk: Disk = Disk()) -> multiprocessing.Process:
        """Start a run."""
        process: multiprocessing.Process = self._context.Process(target=carry_out, args=(job, disk))
        process.start()
        return process

    def run(self, job: Job, disk: Disk = Disk()) -> int:
        """Start a run and wait for its end; its exit code, negative for a signal."""
        return self._ended(self.start(job, disk))

    def kill_after(self, seconds: float, job: Job) -> int:
        """Start a run, and kill it once it has computed for that long."""
        process = self.start(job)
        assert process.pid is not None
        while process.is_alive() and computed(process.pid) < seconds:
            time.sleep(0.002)
        process.kill()
        return self._ended(process)

    def finish(self, job: Job) -> float:
        """Carry the run to its end, and fail where it does not get there; say how many seconds it computed."""
        process, seconds = self.start(job), 0.0
        while process.is_alive():
            seconds = max(seconds, computed(process.pid or 0))
            time.sleep(0.01)
        assert self._ended(process) == 0, job.lake.with_suffix(".stderr").read_text("utf-8")
        return seconds

    def _ended(self, process: multiprocessing.Process) -> int:
        process.join(120)
        assert process.exitcode is not None, "the run hangs"
        self.killed += process.exitcode == -signal.SIGKILL
        return process.exitcode


def computed(pid: int) -> float:
    """Seconds of processor time that a process has used; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
