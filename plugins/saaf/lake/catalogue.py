"""Which files the lake consists of, as the records of its log add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from saaf.lake.layout import FIRST_GENERATION, generation_of, partition_of
from saaf.lake.log import CommitRecord, LoggedFile


@dataclass(frozen=True)
class Held:
    """A file that the lake holds.

    Attributes:
        record: The commit that put it where it lies.
        file: The file.
        live: Whether it is a part of its table today; other files are kept for those who still read them.
    """

    record: CommitRecord
    file: LoggedFile
    live: bool

    @property
    def generation(self) -> int | None:
        """The generation that it lies in; None for a table that belongs to none."""
        return generation_of(self.file.path)

    @property
    def partition(self) -> str:
        """The folder ``key=value`` that it lies in."""
        return partition_of(self.file.path)


class Catalogue:
    """The files of a lake after a number of commits.

    Attributes:
        commits: How many there are.
        generation: The generation that people read.
        newest_generation: The highest number that a generation has had.
        dropped: Paths that a commit took out of the lake.
    """

    def __init__(self, records: Iterable[CommitRecord]) -> None:
        self.commits = 0
        self.generation = self.newest_generation = FIRST_GENERATION
        self.dropped: set[str] = set()
        self._files: dict[str, tuple[CommitRecord, LoggedFile]] = {}
        self._replaced: dict[str, CommitRecord] = {}
        self._begun: dict[int, CommitRecord] = {}
        for record in records:
            self._take(record)

    def _take(self, record: CommitRecord) -> None:
        if record.generation != self.generation:
            self._begun[record.generation] = record
        self.commits = record.n
        self.generation = record.generation
        self.newest_generation = max(self.newest_generation, record.generation)
        for path in record.dropped:
            self._files.pop(path, None)
            self._replaced.pop(path, None)
            self.dropped.add(path)
        self._replaced.update(dict.fromkeys(record.replaced, record))
        self._files.update({file.path: (record, file) for file in record.files})

    @property
    def held(self) -> list[Held]:
        """Every file that has to lie in the lake, whole: of this generation and of older ones, replaced ones too."""
        return [Held(record, file, self._is_live(file)) for record, file in self._files.values()]

    @property
    def paths(self) -> dict[str, int]:
        """The path of every file that is held, and the number of the commit that put it there."""
        return {path: record.n for path, (record, _) in self._files.items()}

    def live(self, table: str) -> list[Held]:
        """The files that a table consists of, in the order of the commits whose rows they hold."""
        found = [held for held in self.held if held.live and held.file.table == table]
        return sorted(found, key=lambda held: held.file.commit)

    def of_commit(self, table: str, number: int) -> list[Held]:
        """The files with a commit's rows; from the newest generation that still has some of them."""
        found = [h for h in self.held if h.file.table == table and h.file.commit == number]
        newest = max((h.generation or 0 for h in found), default=0)
        return [h for h in found if (h.generation or 0) == newest]

    def of_generation(self, number: int) -> list[Held]:
        """The files of a generation, current or not; those replaced within it too."""
        return [held for held in self.held if held.generation == number]

    def generations(self) -> list[int]:
        """Numbers of the generations that the lake holds, ascending."""
        found = {generation_of(path) for path in self._files}
        return sorted({self.generation, *(number for number in found if number is not None)})

    def superseded(self) -> dict[int, CommitRecord]:
        """Generations that are read no longer, each with the commit that ended it."""
        enders: dict[int, CommitRecord] = {}
        current = FIRST_GENERATION
        for number, record in sorted(self._begun.items(), key=lambda begun: begun[1].n):
            enders[current] = record
            current = number
        return {number: enders[number] for number in self.generations() if number != self.generation}

    def replaced(self) -> dict[str, CommitRecord]:
        """Paths of the current generation's files that are read no longer, each with the commit that replaced it."""
        return {path: record for path, record in self._replaced.items() if path in self._files}

    def _is_live(self, file: LoggedFile) -> bool:
        return file.path not in self._replaced and generation_of(file.path) in (None, self.generation)
