"""Comparing a lake with its log: every committed file is there and whole, and there is no other file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from saaf.errors import LakeError
from saaf.lake.catalogue import Catalogue, Held
from saaf.lake.commit import source_of
from saaf.lake.layout import Layout, generation_path
from saaf.lake.log import record_name
from saaf.lake.storage import Storage, files_below, hash_file


def problems(storage: Storage, layout: Layout, read_catalogue: Callable[[], Catalogue]) -> Iterator[str]:
    """Find what is wrong with a lake: in the tables, in generations that have ended, in the index and in the log.

    Args:
        storage: The storage.
        layout: Where things lie.
        read_catalogue: Reads and checks the log.

    Yields:
        A sentence for each problem, with the path.
    """
    try:
        catalogue = read_catalogue()
    except LakeError as error:
        # Without the log nobody can say which files belong to the lake.
        yield f"{error.where}: {error.what}"
        return
    known = {layout.log / record_name(n) for n in range(1, catalogue.commits + 1)}
    for held in catalogue.held:
        known.add(layout.root / held.file.path)
        yield from _file_problems(storage, layout, held)
    yield from _link_problems(storage, layout, catalogue.generation)
    for folder in (layout.log, layout.generations, *layout.shared.values()):
        for path in files_below(storage, folder):
            if path not in known:
                yield f"{path}: {_strange(layout, catalogue, path)}"


def _file_problems(storage: Storage, layout: Layout, held: Held) -> Iterator[str]:
    file, path = held.file, layout.root / held.file.path
    found = storage.stat(path)
    if found is None:
        there = storage.stat(source_of(layout, held.record, file)) is not None
        yield f"{path}: " + (
            f"commit {held.record.n} is not visible yet: the next run makes it so" if there else "the file is gone"
        )
    elif found.size != file.size:
        yield f"{path}: the file has {found.size} bytes instead of {file.size}"
    elif hash_file(storage, path) != file.sha256:
        yield f"{path}: the file's content is not what was committed"


def _link_problems(storage: Storage, layout: Layout, generation: int) -> Iterator[str]:
    for link, target in {layout.pointer: generation_path(generation), **layout.links}.items():
        found = storage.read_link(link)
        if found != target:
            yield f"{link}: leads to {found or 'nothing'} instead of {target}: the next run mends it"


def _strange(layout: Layout, catalogue: Catalogue, path: Path) -> str:
    if path.relative_to(layout.root).as_posix() in catalogue.dropped:
        return "a commit took this file out of the lake: the next run removes it"
    return "no commit names this file"
