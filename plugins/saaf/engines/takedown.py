"""Taking documents down: out of every table, generation and report, and never in again.

The tables' files are written anew without the documents, and one commit puts them in the place of the old ones. Of
the current generation a new one is made for that, so that a reader sees the old state or the new one; files that do not
hold the documents are carried over as they are. The files that held them are removed at once, also from generations
that are kept, and what unfinished runs have staged is thrown away.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from saaf.config import CorpusConfig
from saaf.engines.checks import text_keys
from saaf.errors import InputError
from saaf.lake import Change, Exposure, Held, Lake, Operation, Staging
from saaf.reasons import Reason
from saaf.tables import REJECTED, TABLES, TAKEDOWNS

_ABOUT_DOCUMENTS = ("bronze", "silver", "gold", "rejected", "duplicates", "index")
_COPIES = (Reason.EXACT_DUPLICATE.value, Reason.NEAR_DUPLICATE.value)
_DOC_ID_DIGITS = 32


@dataclass(frozen=True)
class Request:
    """What is to be taken down.

    Attributes:
        doc_ids: Documents.
        urls: Addresses; every document of theirs is meant.
    """

    doc_ids: frozenset[str]
    urls: frozenset[str]

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Request:
        """Tell ids from addresses.

        Raises:
            InputError: An entry is neither.
        """
        doc_ids, urls = set(), set()
        for entry in (stripped for line in entries if (stripped := line.strip()) and not stripped.startswith("#")):
            if len(entry) == _DOC_ID_DIGITS and all(c in "0123456789abcdef" for c in entry):
                doc_ids.add(entry)
            elif "." in entry.split("/")[0] or "://" in entry:
                urls.add(entry)
            else:
                raise InputError(
                    f"{entry!r} is neither a doc_id (32 hexadecimal digits) nor an address",
                    next_step="name one document a line, such as 33b44df4fdec7df0a2c1e5f0b9d84c77 or https://example.org/story",
                )
        return cls(frozenset(doc_ids), frozenset(urls))


@dataclass(frozen=True)
class Takedown:
    """What was taken down.

    Attributes:
        documents: The documents that the lake held, with their copies.
        copies: Those that were only copies of what was asked for.
        absent: Entries of the request of which the lake holds nothing; they are kept out all the same.
        in_gold: How many were in gold.
        reports: How many reports lost a sample, or were removed.
    """

    documents: tuple[str, ...]
    copies: tuple[str, ...]
    absent: tuple[str, ...]
    in_gold: int
    reports: int


class TakenDown:
    """What has to stay out of the lake: asked for every document that comes in.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    @cached_property
    def _record(self) -> pa.Table:
        names = ["doc_id", "url_sha256", "text_key"]
        return pa.Table.from_batches(
            self._lake.read(TAKEDOWNS.name, names), pa.schema([(n, pa.string()) for n in names])
        )

    def _known(self, name: str) -> pa.Array:
        return pc.unique(self._record.column(name).drop_null()).cast(pa.string())

    def documents(self, bronze: pa.RecordBatch) -> pa.Array:
        """The doc_ids of those documents of a batch that were taken down, by id or address."""
        if not self._record.num_rows:
            return pa.array([], pa.string())
        addresses = pa.array([url and url_sha256(url) for url in bronze.column("url").to_pylist()], pa.string())
        by_id = pc.is_in(bronze.column("doc_id"), value_set=self._known("doc_id"))
        by_address = pc.is_in(addresses, value_set=self._known("url_sha256"), skip_nulls=True)
        return bronze.column("doc_id").filter(pc.or_(by_id, by_address))

    def copies(self, silver: pa.RecordBatch) -> pa.Array:
        """The doc_ids of those cleaned documents of a batch whose text, spelling aside, was taken down."""
        known = self._known("text_key")
        if not len(known):
            return pa.array([], pa.string())
        keys = pa.array(text_keys(silver.column("text")), pa.string())
        return silver.column("doc_id").filter(pc.is_in(keys, value_set=known, skip_nulls=True))


def url_sha256(url: str) -> str:
    """Hash of an address, the same however it is written: scheme, `www.`, fragment and closing slash aside."""
    parts = urlsplit(url if "://" in url else f"//{url}")
    host = (parts.netloc or "").lower().removeprefix("www.")
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return hashlib.sha256(f"{host}{path}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class TakedownEngine:
    """Carries a takedown out.

    Args:
        lake: The lake.
        config: The corpus' configuration.
        request: What is to be taken down.
        asked_by: Who asked for it.
        why: Why.
        at: When.
        with_copies: Whether documents that were dropped as copies of the ones asked for go too; a rebuild could
            bring them to gold otherwise.
    """

    lake: Lake
    config: CorpusConfig
    request: Request
    asked_by: str
    why: str
    at: datetime
    with_copies: bool = True
    _found: dict[str, dict[str, Any]] = field(default_factory=dict, init=False)

    def find(self) -> Takedown:
        """What the takedown is about, without changing anything."""
        asked = self._asked()
        copies = self._copies(asked) if self.with_copies else {}
        self._found = {**asked, **{doc_id: row for doc_id, row in copies.items() if doc_id not in asked}}
        there = {row["url_sha256"] for row in asked.values()}
        absent = {i for i in self.request.doc_ids if i not in asked}
        absent |= {url for url in self.request.urls if url_sha256(url) not in there}
        gold = self.lake.read("gold", ["doc_id"], doc_ids=set(self._found))
        return Takedown(
            documents=tuple(sorted(self._found)),
            copies=tuple(sorted(set(self._found) - set(asked))),
            absent=tuple(sorted(absent)),
            in_gold=sum(batch.num_rows for batch in gold),
            reports=0,
        )

    def carry_out(self) -> Takedown:
        """Take the documents down, all of them or none.

        Can be repeated: a takedown that was cut short is finished by another one with the same request.

        Raises:
            LakeBusy: A run is at work.
            LakeError: A file is damaged.
            StorageError: The storage failed; nothing was changed, or all of it will be by the next recovery.
        """
        with self.lake.lock():
            self.lake.recover()
            found = self.find()
            run_id = f"takedown__{self.at:%Y-%m-%dT%H:%M:%S.%f}"
            staging = self.lake.staging(run_id)
            staging.discard()
            change = self._change(staging, run_id)
            facts = {
                "asked_by": self.asked_by,
                "why": self.why,
                "documents": len(found.documents),
                "copies": len(found.copies),
                "in_gold": found.in_gold,
                "absent": len(found.absent),
            }
            self.lake.change(staging, change, run_id=run_id, base=self.lake.head, facts=facts)
            for unfinished in self.lake.unfinished():
                unfinished.discard()  # it may hold the text; what it decided no longer holds anyway
            reports = forget_in_reports(self.lake)
        return Takedown(found.documents, found.copies, found.absent, found.in_gold, reports)

    # -- finding --------------------------------------------------------------------------------

    def _asked(self) -> dict[str, dict[str, Any]]:
        addresses = pa.array(sorted(url_sha256(url) for url in self.request.urls), pa.string())
        ids = pa.array(sorted(self.request.doc_ids), pa.string())
        return dict(self._bronze_rows(ids, addresses))

    def _bronze_rows(self, ids: pa.Array, addresses: pa.Array) -> Iterator[tuple[str, dict[str, Any]]]:
        for held in self.lake.catalogue().live("bronze"):
            for batch in self.lake.read_file(held, ["doc_id", "source", "uri", "record", "url"]):
                mask = pc.is_in(batch.column("doc_id"), value_set=ids)
                hashes = pa.nulls(batch.num_rows, pa.string())
                if len(addresses):
                    hashes = pa.array([u and url_sha256(u) for u in batch.column("url").to_pylist()], pa.string())
                    mask = pc.or_(mask, pc.is_in(hashes, value_set=addresses, skip_nulls=True))
                for row in batch.filter(mask).to_pylist():
                    url = row.pop("url")
                    yield row["doc_id"], {**row, "url_sha256": url and url_sha256(url), "day": held.partition}

    def _copies(self, asked: Collection[str]) -> dict[str, dict[str, Any]]:
        wanted = pa.array(sorted(asked), pa.string())
        kept: dict[str, str] = {}
        for batch in self.lake.read("rejected", ["doc_id", "reason", "kept_id"]):
            copies = pc.and_(
                pc.is_in(batch.column("kept_id"), value_set=wanted, skip_nulls=True),
                pc.is_in(batch.column("reason"), value_set=pa.array(_COPIES)),
            )
            chosen = batch.filter(copies)
            kept.update(zip(chosen.column("doc_id").to_pylist(), chosen.column("kept_id").to_pylist(), strict=True))
        rows = self._bronze_rows(pa.array(sorted(kept), pa.string()), pa.array([], pa.string()))
        return {doc_id: {**row, "copy_of": kept[doc_id]} for doc_id, row in rows}

    # -- changing -------------------------------------------------------------------------------

    def _change(self, staging: Staging, run_id: str) -> Change:
        """Stage what takes the place of the files that hold the documents."""
        catalogue = self.lake.catalogue()
        files, dropped = [], set()
        holding = [held for held in catalogue.held if held.file.table in _ABOUT_DOCUMENTS and self._holds(held)]
        begins = any(held.generation == catalogue.generation for held in holding)
        for number, held in enumerate(holding):
            dropped.add(held.file.path)
            if held.live or held.generation not in (None, catalogue.generation):
                name = f"{held.file.table}/{number:05d}.parquet"
                self._stage_without(staging, name, held)
                places = {held.generation, None} if held.generation == catalogue.generation else {held.generation}
                files += [Exposure(name, held.file.table, held.partition, p, held.file.commit) for p in places]
        files += self._stage_record(staging, run_id, self._text_keys())
        carried = [
            held.file
            for held in catalogue.of_generation(catalogue.generation)
            if held.live and held.file.path not in dropped
        ]
        return Change(
            Operation.TAKEDOWN, files, carried if begins else (), dropped=tuple(dropped), new_generation=begins
        )

    @cached_property
    def _ids(self) -> pa.Array:
        return pa.array(sorted(self._found), pa.string())

    def _mask(self, batch: pa.RecordBatch) -> pa.Array:
        mask = pc.is_in(batch.column("doc_id"), value_set=self._ids)
        if "similarity" in batch.schema.names and "method" in batch.schema.names:  # an edge names two documents
            mask = pc.or_(mask, pc.is_in(batch.column("kept_id"), value_set=self._ids))
        return mask

    def _holds(self, held: Held) -> bool:
        names = ["doc_id", "kept_id", "similarity", "method"] if held.file.table == "duplicates" else ["doc_id"]
        return any(pc.any(self._mask(batch)).as_py() for batch in self.lake.read_file(held, names))

    def _stage_without(self, staging: Staging, name: str, held: Held) -> None:
        batches = (batch.filter(pc.invert(self._mask(batch))) for batch in self.lake.read_file(held))
        metadata = {k: v for k, v in self.lake.metadata(held).items() if k == "saaf.config_hash"}
        table = TABLES[held.file.table]
        staging.write(name, table, batches, self.config.publish, metadata=metadata, already_sorted=True)

    def _text_keys(self) -> dict[str, str | None]:
        keys: dict[str, str | None] = {}
        for batch in self.lake.read("silver", ["doc_id", "text"], doc_ids=set(self._found)):
            keys.update(zip(batch.column("doc_id").to_pylist(), text_keys(batch.column("text")), strict=True))
        return keys

    def _stage_record(self, staging: Staging, run_id: str, keys: dict[str, str | None]) -> Iterator[Exposure]:
        said = {"asked_by": self.asked_by, "why": self.why, "taken_down_at": self.at, "run_id": run_id}
        rows: list[dict[str, Any]] = [
            {
                "doc_id": doc_id,
                "url_sha256": row["url_sha256"],
                "text_key": keys.get(doc_id),
                "copy_of": row.get("copy_of"),
                **said,
            }
            for doc_id, row in self._found.items()
        ]
        rows += [{"doc_id": doc_id, **said} for doc_id in self.request.doc_ids - self._found.keys()]
        there = {row["url_sha256"] for row in rows if row.get("url_sha256")}
        rows += [{"url_sha256": h, **said} for h in sorted({url_sha256(url) for url in self.request.urls} - there)]
        staging.write("takedowns.parquet", TAKEDOWNS, [TAKEDOWNS.batch(rows)], self.config.publish)
        yield Exposure("takedowns.parquet", TAKEDOWNS.name, f"ingest_date={self.at:%Y-%m-%d}")
        by_day: dict[str, list[dict[str, Any]]] = {}
        for row in self._found.values():
            noted = {name: row[name] for name in ("doc_id", "source", "uri", "record")}
            by_day.setdefault(row["day"], []).append(
                {**noted, "stage": "takedown", "reason": Reason.TAKEN_DOWN, "run_id": run_id}
            )
        for day, noted_rows in by_day.items():
            name = f"rejected/{day}.parquet"
            staging.write(name, REJECTED, [REJECTED.batch(noted_rows)], self.config.publish)
            yield Exposure(name, REJECTED.name, day)


# -- reports -----------------------------------------------------------------------------------------


def forget_in_reports(lake: Lake) -> int:
    """Take what was ever taken down out of the reports; one that cannot be made without it is removed.

    Returns:
        How many reports were changed or removed.
    """
    from saaf.report import RunReport, render_html

    ids = {i for batch in lake.read(TAKEDOWNS.name, ["doc_id"]) for i in batch.column(0).to_pylist() if i is not None}
    changed = 0
    for path in lake.reports():
        text = path.read_text("utf-8")
        if not any(doc_id in text for doc_id in ids):
            continue
        changed += 1
        try:
            report = RunReport.model_validate(without_documents(json.loads(text), ids))
        except ValueError:  # also where the report is no JSON, or of another version
            lake.remove_report(path)
            continue
        lake.replace_report(path, html=render_html(report), json=report.model_dump_json(indent=1))
    return changed


def without_documents(value: Any, doc_ids: Collection[str]) -> Any:
    """A JSON value without the elements of lists that are about one of the documents."""
    if isinstance(value, list):
        kept = (without_documents(element, doc_ids) for element in value)
        return [element for element in kept if not _mentions(element, doc_ids)]
    if isinstance(value, dict):
        return {name: without_documents(element, doc_ids) for name, element in value.items()}
    return value


def _mentions(value: Any, doc_ids: Collection[str]) -> bool:
    if isinstance(value, dict):
        return any(_mentions(element, doc_ids) for element in value.values())
    if isinstance(value, list):
        return any(_mentions(element, doc_ids) for element in value)
    return isinstance(value, str) and value in doc_ids


def history(lake: Lake) -> Sequence[dict[str, Any]]:
    """The record of all takedowns, the oldest first."""
    rows = [row for batch in lake.read(TAKEDOWNS.name) for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: (row["taken_down_at"], row["doc_id"] or ""))
