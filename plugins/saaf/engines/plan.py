"""What a run is going to do, decided once: a retried task finds the plan and does the same again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from saaf.config import IngestConfig
    from saaf.ingest import InputObject


class Plan(BaseModel):
    """The decisions that every later step of a run shares.

    ``base`` is the lake's last commit when the plan was made: what counts as new, and which
    documents are already kept, holds for that commit only.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    source: str
    ingest_date: str
    started_at: datetime
    config_hash: str
    base: int
    dry_run: bool
    shards: tuple[str, ...] = ()
    """Names of the shards."""
    objects: int = 0
    """Input objects that the run takes."""
    refused: int = 0
    """Names that were found but may not or cannot be read, and were not noted in the ledger yet."""
    seen: int = 0
    """Input objects that an earlier run has taken."""
    waiting: int = 0
    """Input objects beyond the limit, which the next run takes."""
    unsettled: tuple[str, ...] = ()
    """Input objects that are still being written, which the next run takes."""

    @property
    def nothing_new(self) -> bool:
        """Whether there is nothing to take in and nothing to note down."""
        return not self.shards


class Shard(BaseModel):
    """Input objects that one task reads, as ``(uri, location, size, modified)``.

    ``changed`` are the uris of those that an earlier run has read with other content: a record of
    theirs may have been taken in already.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    objects: tuple[tuple[str, str, int, datetime | None], ...]
    changed: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: str, objects: Iterable[InputObject], changed: Iterable[str] = ()) -> Shard:
        """Note down input objects."""
        noted = tuple((o.uri, o.location, o.size, o.modified) for o in objects)
        return cls(source=source, objects=noted, changed=tuple(changed))

    def inputs(self) -> list[InputObject]:
        """The input objects again."""
        from saaf.ingest import InputObject

        return [
            InputObject(uri=uri, source=self.source, location=location, size=size, modified=modified)
            for uri, location, size, modified in self.objects
        ]


def cut_into_shards(objects: Sequence[InputObject], config: IngestConfig) -> tuple[list[list[InputObject]], int]:
    """Cut sorted input objects into shards of about ``shard_bytes``; objects are never cut.

    Returns:
        The shards, at most ``max_shards``, and the number of objects that did not find a place.
    """
    shards: list[list[InputObject]] = []
    room = 0
    for position, item in enumerate(objects):
        if not shards or item.size > room:
            if len(shards) == config.max_shards:
                return shards, len(objects) - position
            shards.append([])
            room = config.shard_bytes
        shards[-1].append(item)
        room -= item.size
    return shards, 0
