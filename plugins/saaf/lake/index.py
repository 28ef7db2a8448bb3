"""Looking band keys up in the index without reading all of it.

Index files are sorted by band and key, and say of each row group what lies in it: a lookup reads the keys of the row
groups that may hold one of those asked for, and document ids only where one does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from saaf.errors import IndexMismatch, LakeError, StorageError
from saaf.lake.parquet import bounds, open_parquet, read_group
from saaf.lake.storage import Storage
from saaf.tables import INDEX

_KEYS = pa.schema([INDEX.schema.field("band"), INDEX.schema.field("key")])
_KEY = pa.schema([INDEX.schema.field("key")])
_GREATEST = np.iinfo(np.uint64).max

Array = np.ndarray[Any, Any]


class WantedKeys:
    """The keys that are asked for, by band."""

    def __init__(self, keys: pa.Table) -> None:
        bands = keys.column("band").combine_chunks().to_numpy()
        values = keys.column("key").combine_chunks().to_numpy()
        self._by_band: dict[int, Array] = {int(band): np.unique(values[bands == band]) for band in np.unique(bands)}

    def bands_between(self, least: tuple[int, int], greatest: tuple[int, int]) -> list[int]:
        """The bands of which any key lies between two pairs of band and key, both included."""
        return [
            band
            for band, values in self._by_band.items()
            if least[0] <= band <= greatest[0]
            and _slice(
                values, least[1] if band == least[0] else 0, greatest[1] if band == greatest[0] else _GREATEST
            ).size
        ]

    def found_in(self, band: int, values: Array) -> Array:
        """Which rows of a band are asked for, as positions.

        Args:
            band: The band, one of those asked for.
            values: Its keys, or some that follow each other there, in order.
        """
        if not values.size:
            return np.empty(0, np.int64)
        # The few that are asked for are looked up among the many: the other way round, all would be read twice.
        wanted = _slice(self._by_band[band], values[0], values[-1])
        first, behind = np.searchsorted(values, wanted), np.searchsorted(values, wanted, "right")
        hit = first < behind
        return np.concatenate([np.empty(0, np.int64), *map(np.arange, first[hit], behind[hit])])


def _slice(ordered: Array, least: int, greatest: int) -> Array:
    """Those of ordered keys that lie between two, both included."""
    first, behind = np.searchsorted(ordered, np.uint64(least)), np.searchsorted(ordered, np.uint64(greatest), "right")
    return ordered[first:behind]


def look_up(storage: Storage, paths: Iterable[Path], keys: pa.Table) -> pa.Table:
    """Find the rows of index files whose band and key are among those asked for.

    Args:
        storage: The storage.
        paths: Index files.
        keys: Columns ``band`` and ``key``.

    Returns:
        Columns ``band``, ``key``, ``doc_id``, sorted by all of them.
    """
    wanted = WantedKeys(keys)
    found = [batch for path in paths for batch in _mendable(path, _look_up_file(storage, path, wanted))]
    rows = pa.Table.from_batches(found, schema=INDEX.schema)
    return rows.sort_by([(name, "ascending") for name in INDEX.sort_by])


def _mendable(path: Path, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Say of a damaged index file how to make it anew: unlike other tables, it follows from gold."""
    try:
        yield from batches
    except LakeError as error:
        if isinstance(error, StorageError) and not isinstance(error.__cause__, FileNotFoundError):
            raise
        raise LakeError(
            f"a file of the index is damaged: {error.what}",
            where=str(path),
            next_step="make the index anew from gold: `saaf maintain --rebuild-index`; then `saaf verify` for the rest",
        ) from error


def _look_up_file(storage: Storage, path: Path, wanted: WantedKeys) -> Iterator[pa.RecordBatch]:
    with open_parquet(storage, path) as file:
        for group in range(file.num_row_groups):
            least, greatest = _corners(file, group)
            asked = wanted.bands_between(least, greatest)
            if not asked:
                continue
            rows = _rows_of_group(file, path, group, wanted, asked, only_band=least[0] == greatest[0])
            if rows.size:
                yield read_group(file, path, group, INDEX.schema).take(pa.array(rows))


def _rows_of_group(
    file: Any, path: Path, group: int, wanted: WantedKeys, asked: Sequence[int], *, only_band: bool
) -> Array:
    """Which rows of a row group are asked for; its bands are read only where it holds several."""
    keys = read_group(file, path, group, _KEY if only_band else _KEYS)
    values = keys.column("key").to_numpy()
    if only_band:
        return wanted.found_in(asked[0], values)
    bands = keys.column("band").to_numpy()
    edges = [(band, *np.searchsorted(bands, [band, band + 1])) for band in asked]
    return np.concatenate([first + wanted.found_in(band, values[first:behind]) for band, first, behind in edges])


def _corners(file: Any, group: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """A (band, key) that none in the row group is below, and one that none is above."""
    (first_band, last_band), (least, greatest) = bounds(file, group, "band"), bounds(file, group, "key")
    if first_band is None or least is None:
        return (np.iinfo(np.int16).min, 0), (np.iinfo(np.int16).max, _GREATEST)
    return (first_band, least), (last_band, greatest)


def check_covered(found: Collection[str], settings: str, gold: bool, where: Path) -> None:
    """See that every document in gold has its band keys in the index of these settings.

    Args:
        found: The settings of the index's files.
        settings: Those asked for.
        gold: Whether there are documents in gold.
        where: The lake.

    Raises:
        IndexMismatch: Documents in gold were indexed with other settings, or not at all.
    """
    if not gold or set(found) == {settings}:
        return
    others = ", ".join(sorted(set(found) - {settings})) or "none at all"
    raise IndexMismatch(
        f"the index of gold was made with other settings, or by another version of Saaf, ({others}) than this run's ({settings})",
        where=str(where),
        next_step="keep gold as it is and make its index anew: `saaf maintain --rebuild-index`; or decide anew over "
        "everything: `saaf rebuild`; or set shingle, shingle_size, bands, rows and seed back, if they were changed",
    )
