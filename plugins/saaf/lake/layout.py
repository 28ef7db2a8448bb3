"""Where things lie in a lake.

``gold`` and the other tables hold finished ``*.parquet`` in ``key=value`` folders and nothing else, since no file name
is ignored by every reader. Everything that is not a finished table lies under ``meta``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from saaf.errors import LakeError
from saaf.tables import INDEX, TABLES

GENERATION = 1
"""Number of the rebuild that the files are of: it is in every name, so two generations share none."""

_PARTITION = re.compile(r"[a-z][a-z0-9_]*=[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Layout:
    """The folders of a lake.

    Attributes:
        root: The lake's folder.
    """

    root: Path

    @property
    def meta(self) -> Path:
        """What is not a table: the log, the index, what is staged, reports."""
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
    def tables(self) -> dict[str, Path]:
        """Folder of every table. The index is no table for readers: it lies under ``meta``."""
        return {name: (self.meta if name == INDEX.name else self.root) / name for name in TABLES}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder that a lake has from its first day."""
        return (self.log, self.staging, self.reports, *self.tables.values())

    def file_path(self, table: str, partition: str, name: str) -> str:
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
        return (self.tables[table] / partition / name).relative_to(self.root).as_posix()


def file_name(commit: int, sha256: str, part: int | None) -> str:
    """Name of a file: unique to generation, commit and content.

    Args:
        commit: Number of the commit.
        sha256: Hash of the content.
        part: Number among the files of one table and partition in the commit; None where there is one.
    """
    numbered = "" if part is None else f"p{part:04d}-"
    return f"saaf-g{GENERATION:04d}-c{commit:08d}-{numbered}{sha256[:12]}.parquet"
