"""Where things lie in a lake.

A table's folder holds finished ``*.parquet`` in ``key=value`` folders and nothing else, since no file name is ignored
by every reader. Everything that is not a finished table lies under ``meta``.

What is decided anew by a rebuild lies in a generation, a folder of its own: ``generations/g0001/gold``. People read
``gold``, a link by name to ``current/gold``, and ``current`` is the one link that tells which generation that is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from saaf.errors import LakeError
from saaf.tables import INDEX, TABLES

FIRST_GENERATION = 1

DECIDED_ANEW = frozenset({"gold", "silver", "rejected", "duplicates", "validation", INDEX.name})
"""Tables that a rebuild makes anew, so that each generation has its own. Of the others there is one."""

_GENERATIONS = "generations"
_PARTITION = re.compile(r"[a-z][a-z0-9_]*=[A-Za-z0-9][A-Za-z0-9._-]*")
_IN_GENERATION = re.compile(rf"{_GENERATIONS}/g(\d{{4,}})/(.+)")


@dataclass(frozen=True)
class Layout:
    """The folders of a lake.

    Attributes:
        root: The lake's folder.
    """

    root: Path

    @property
    def meta(self) -> Path:
        """What is not a table: the log, what is staged, reports."""
        return self.root / "meta"

    @property
    def log(self) -> Path:
        """The records of the commits."""
        return self.meta / "log"

    @property
    def staging(self) -> Path:
        """A folder for each run that is not done."""
        return self.meta / "staging"

    @property
    def reports(self) -> Path:
        """What each run says about itself."""
        return self.meta / "reports"

    @property
    def lock(self) -> Path:
        """The lock file."""
        return self.meta / "lock"

    @property
    def generations(self) -> Path:
        """A folder for each generation that has not been let go of."""
        return self.root / _GENERATIONS

    @property
    def pointer(self) -> Path:
        """The link that tells which generation people read."""
        return self.root / "current"

    @property
    def next_pointer(self) -> Path:
        """Where a new pointer is made, before it takes the place of the old one at once."""
        return self.meta / self.pointer.name

    @property
    def links(self) -> dict[Path, str]:
        """The links by which people reach the tables of the current generation, and where each leads."""
        return {self.root / name: f"{self.pointer.name}/{name}" for name in sorted(DECIDED_ANEW - {INDEX.name})}

    @property
    def shared(self) -> dict[str, Path]:
        """Folders of the tables that belong to no generation."""
        return {name: self.root / name for name in TABLES if name not in DECIDED_ANEW}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder that a lake has from its first day, those of generations aside."""
        return (self.log, self.staging, self.reports, self.generations, *self.shared.values())

    def generation(self, number: int) -> Path:
        """Folder of a generation."""
        return self.root / generation_path(number)

    def table(self, name: str, generation: int) -> Path:
        """Folder of a table; of a generation's table, that of this generation."""
        return self.shared.get(name) or self.generation(generation) / name

    def tables_of(self, generation: int) -> tuple[Path, ...]:
        """Folders of the tables of a generation."""
        return tuple(self.generation(generation) / name for name in sorted(DECIDED_ANEW))

    def file_path(self, table: str, generation: int, partition: str, name: str) -> str:
        """Path of a table's file, POSIX, relative to the root.

        Raises:
            LakeError: There is no such table, or the partition is not ``key=value``.
        """
        if table not in TABLES or not _PARTITION.fullmatch(partition):
            raise LakeError(
                f"there is no place in the lake for table {table!r}, partition {partition!r}",
                where=str(self.root),
                next_step=f"name one of {', '.join(TABLES)} and a partition like ingest_date=2026-11-21",
            )
        return (self.table(table, generation) / partition / name).relative_to(self.root).as_posix()


def generation_path(number: int) -> str:
    """Path of a generation, POSIX, relative to the root: what the pointer holds."""
    return f"{_GENERATIONS}/g{number:04d}"


def generation_of(path: str) -> int | None:
    """The generation that a file's path lies in; None for a table that belongs to none."""
    found = _IN_GENERATION.fullmatch(path)
    return int(found[1]) if found else None


def moved_to(path: str, generation: int) -> str:
    """The same path in another generation."""
    found = _IN_GENERATION.fullmatch(path)
    return f"{generation_path(generation)}/{found[2]}" if found else path


def partition_of(path: str) -> str:
    """The folder ``key=value`` that a file lies in."""
    return path.split("/")[-2]


def file_name(generation: int, commit: int, sha256: str, part: int | None) -> str:
    """Name of a file: unique to generation, commit and content.

    Args:
        generation: Number of the generation that it was made for.
        commit: Number of the commit.
        sha256: Hash of the content.
        part: Number among the files of one table and partition in the commit; None where there is one.
    """
    numbered = "" if part is None else f"p{part:04d}-"
    return f"saaf-g{generation:04d}-c{commit:08d}-{numbered}{sha256[:12]}.parquet"


# -- lakes that were made before there were generations ----------------------------------------------


def from_first_layout(path: str) -> str:
    """Where a file lies today whose record says where it lay before there were generations."""
    bare = path.removeprefix("meta/")
    return f"{generation_path(FIRST_GENERATION)}/{bare}" if bare.split("/")[0] in DECIDED_ANEW else path


def to_first_layout(path: str) -> str:
    """What :func:`from_first_layout` was given."""
    found = _IN_GENERATION.fullmatch(path)
    if not found:
        return path
    return f"meta/{found[2]}" if found[2].split("/")[0] == INDEX.name else found[2]


def folders_of_first_layout(layout: Layout) -> dict[Path, Path]:
    """Folders of tables as they lay before there were generations, and where each belongs."""
    there = {name: layout.root / name for name in DECIDED_ANEW - {INDEX.name}}
    there[INDEX.name] = layout.meta / INDEX.name
    return {folder: layout.table(name, FIRST_GENERATION) for name, folder in sorted(there.items())}
