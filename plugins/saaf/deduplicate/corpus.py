"""The first pass: sign every new document, remember what decides, and its text while there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from saaf.config import DeduplicateConfig
from saaf.deduplicate.kernels import Hashes, Indices, first_bytes
from saaf.deduplicate.signatures import Anchors, InvalidText, Signer, text_buffers
from saaf.deduplicate.spill import BandKeys
from saaf.deduplicate.texts import FirstTexts, Taken
from saaf.deduplicate.threads import in_threads
from saaf.errors import DataRefused

if TYPE_CHECKING:
    from saaf.deduplicate import Documents

Flags = npt.NDArray[np.bool_]

EXACT_BAND = -1
"""The band whose key is the hash of the whole match key."""
ANCHOR_BAND = -2
"""The band whose keys are anchors; only where contained texts are looked for."""

_COLUMNS = ("doc_id", "text", "priority", "earliest", "n_chars")
_SIGNALS = ("stopword_share", "duplicate_line_share")
_IDS_AT_ONCE = 1_000_000
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Corpus:
    """The run's new documents, each known by its place in the scan.

    Attributes:
        doc_ids: Their ids; large_string.
        by_id: Places in the order of the ids.
        by_order: Places in the order of the keep policy, the document that stays longest first.
        rank: The place of each in `by_order`: the inverse of that permutation.
        key_hashes: See :class:`~saaf.deduplicate.signatures.Signed`.
        key_lengths: Characters of the match keys.
        has_shingles: Whether the text is as long as a shingle.
        original: For each the first, in the keep policy's order, of those that equal it in words.
        taken: Where each text is among those of the scan; None where they are not held.
    """

    doc_ids: pa.Array
    by_id: Indices
    by_order: Indices
    rank: Indices
    key_hashes: Hashes
    key_lengths: Indices
    has_shingles: Flags
    original: Indices
    taken: Taken | None
    _band_keys: BandKeys
    _anchors: tuple[Anchors, ...]

    @property
    def has_key(self) -> Flags:
        """Whether the match key holds anything."""
        return self.key_lengths > 0

    def __len__(self) -> int:
        return len(self.doc_ids)

    def bands(self) -> tuple[int, ...]:
        """Every band, ascending."""
        anchored = (ANCHOR_BAND,) if self._anchors else ()
        return (*anchored, EXACT_BAND, *range(self._band_keys.bands))

    def entries(self, band: int, wanted: Flags) -> tuple[Hashes, Indices]:
        """Keys in a band, and the places of the documents that have them.

        Args:
            band: The band.
            wanted: Whether a document's keys are wanted, by place.
        """
        if band == ANCHOR_BAND:
            places = np.repeat(np.arange(len(self)), np.concatenate([part.counts for part in self._anchors]))
            chosen = wanted[places]
            return np.concatenate([part.hashes for part in self._anchors])[chosen], places[chosen]
        if band == EXACT_BAND:
            places = np.flatnonzero(wanted & self.has_key)
            return self.key_hashes[places, 0], places
        places = np.flatnonzero(wanted & self.has_shingles)
        return self._band_keys.of(band)[places], places


def read_corpus(documents: Documents, config: DeduplicateConfig, texts: FirstTexts | None = None) -> Corpus:
    """Sign all documents and put them in the order of the keep policy.

    Args:
        documents: The documents.
        config: The configuration.
        texts: Where their texts go while there is room; None where they are not wanted.

    Raises:
        DataRefused: A doc_id or a text is null, a doc_id occurs twice, or a text is not text.
    """
    signer = Signer(config)
    band_keys = BandKeys(config.bands, config.memory_bytes // 2)
    doc_ids: list[pa.Array] = []
    anchors: list[Anchors] = []
    columns: dict[str, list[npt.NDArray[Any]]] = {}
    wanted = (*_COLUMNS, *_SIGNALS) if "quality" in config.order else _COLUMNS
    batches = chain([_NO_DOCUMENTS.select(wanted)], _checked(documents, wanted))
    for batch in in_threads(lambda batch: _sign(signer, texts, batch), batches):
        doc_ids.append(batch.doc_ids)
        band_keys.add(batch.band_keys)
        anchors += [batch.anchors] if batch.anchors else []
        for name, values in batch.columns.items():
            columns.setdefault(name, []).append(values)
        if texts is None or not texts.held:
            for name in Taken._fields:
                columns.pop(name, None)

    if texts and not texts.held:
        texts.close()

    def joined(name: str) -> npt.NDArray[Any]:  # what is joined is let go of: the parts and the whole are large
        return np.concatenate(columns.pop(name))

    ids = pa.chunked_array(doc_ids).combine_chunks()
    doc_ids.clear()
    by_id = _order_of_ids(ids)
    order = {"priority": joined("priority"), "earliest": joined("earliest"), "longest": -joined("n_chars")}
    if "quality" in config.order:
        order["quality"] = -joined("quality")
    by_order = _order([order[name] for name in config.order], by_id)
    del order
    rank = _inverse(by_order)
    key_hashes, key_lengths = joined("key_hashes"), joined("key_lengths")
    return Corpus(
        doc_ids=ids,
        by_id=by_id,
        by_order=by_order,
        rank=rank,
        key_hashes=key_hashes,
        key_lengths=key_lengths,
        has_shingles=joined("has_shingles"),
        original=_originals(key_hashes, joined("spacing"), key_lengths > 0, rank),
        taken=Taken(*map(joined, Taken._fields)) if texts and texts.held else None,
        _band_keys=band_keys,
        _anchors=tuple(anchors),
    )


@dataclass(frozen=True)
class _Batch:
    """What is remembered of a batch; band keys apart, as they may have to wait on disk."""

    doc_ids: pa.Array
    band_keys: Hashes
    anchors: Anchors | None
    columns: dict[str, npt.NDArray[Any]]


_NO_DOCUMENTS = pa.RecordBatch.from_pylist(
    [],
    schema=pa.schema(
        [
            ("doc_id", pa.string()),
            ("text", pa.string()),
            ("priority", pa.int64()),
            ("earliest", pa.timestamp("us", "UTC")),
            ("n_chars", pa.int64()),
            *((name, pa.float64()) for name in _SIGNALS),
        ]
    ),
)


def _checked(documents: Documents, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The documents' batches, refused where they lack what deduplication cannot do without."""
    row = 0
    for batch in documents.scan(columns):
        for name in ("doc_id", "text"):
            column = batch.column(name)
            if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
                raise DataRefused(
                    f"the column {name} holds {column.type}, not text",
                    next_step=f"give a column {name} of type string",
                )
        if batch.column("doc_id").null_count:
            null = pc.index(batch.column("doc_id").is_null(), True).as_py()
            raise DataRefused(
                f"document number {row + null} (from 0) has no doc_id",
                next_step="give every document an id; the suite of silver can quarantine such rows",
            )
        if batch.column("text").null_count:
            null = pc.index(batch.column("text").is_null(), True).as_py()
            raise DataRefused(
                f"the document {batch.column('doc_id')[null].as_py()!r} has no text (null)",
                next_step="leave it out, or quarantine such rows with an expectation on silver's column text",
            )
        row += batch.num_rows
        yield batch


def _sign(signer: Signer, texts: FirstTexts | None, batch: pa.RecordBatch) -> _Batch:
    held = texts if texts and texts.held else None
    try:
        signed = signer.sign(batch.column("text"), held.room if held else None)
    except InvalidText as error:
        raise DataRefused(
            f"the text of document {batch.column('doc_id')[error.place].as_py()!r} is not valid UTF-8",
            next_step="read the document again with its true encoding",
        ) from error
    taken = held.add(signed.codes, signed.code_bounds, signed.text_bytes)._asdict() if held else {}
    never = pa.scalar(_NEVER, pa.int64())
    earliest = batch.column("earliest").cast(pa.int64()).fill_null(never)
    return _Batch(
        doc_ids=batch.column("doc_id").cast(pa.large_string()),
        band_keys=signed.band_keys,
        anchors=signer.anchors(batch.column("text")),
        columns={
            "priority": _numbers(batch, "priority"),
            "earliest": earliest.to_numpy(),
            "n_chars": _numbers(batch, "n_chars"),
            **({"quality": _quality(batch)} if _SIGNALS[0] in batch.schema.names else {}),
            "key_hashes": signed.key_hashes,
            "key_lengths": signed.key_lengths,
            "has_shingles": signed.shingles > 0,
            "spacing": signed.spacing,
            **taken,
        },
    )


def _numbers(batch: pa.RecordBatch, name: str) -> Indices:
    column = batch.column(name)
    if column.null_count:
        null = pc.index(column.is_null(), True).as_py()
        raise DataRefused(
            f"the document {batch.column('doc_id')[null].as_py()!r} has no {name} (null)",
            next_step=f"fill {name}: the keep policy orders documents by it",
        )
    numbers: Indices = column.cast(pa.int64()).to_numpy()
    return numbers


def _quality(batch: pa.RecordBatch) -> Indices:
    """Stopwords among the words less repeats among the lines, in hundredths: an absent signal counts as 0.

    Running text has more stopwords than menus and lists have, and does not repeat itself. Hundredths, so that
    what copies differ in by accident leaves the decision to what comes next in the order.
    """
    stopwords, repeats = (pc.fill_null(batch.column(name).cast(pa.float64()), 0.0).to_numpy() for name in _SIGNALS)
    quality: Indices = np.rint(100 * (stopwords - repeats)).astype(np.int64)
    return quality


def _order_of_ids(doc_ids: pa.Array) -> Indices:
    """Places in the order of the ids.

    Raises:
        DataRefused: An id occurs twice.
    """
    beginnings = first_bytes(*text_buffers(doc_ids))
    by_id: Indices = np.argsort(beginnings)
    alike = np.flatnonzero(_repeated(beginnings[by_id]))  # only these have to be compared as strings
    by_id[alike] = by_id[alike][pc.sort_indices(doc_ids.take(pa.array(by_id[alike]))).to_numpy()]
    twice = 0
    first = None
    for start in range(0, alike.size - 1, _IDS_AT_ONCE):
        ids = doc_ids.take(pa.array(by_id[alike[start : start + _IDS_AT_ONCE + 1]]))
        same = pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1))
        if found := pc.sum(same).as_py():
            first = first or ids[pc.index(same, True).as_py()].as_py()
            twice += found
    if twice:
        more = f", and {twice - 1} more likewise" if twice > 1 else ""
        raise DataRefused(
            f"the doc_id {first!r} occurs twice among the documents{more}",
            next_step="leave one of them out: an id must name one document",
        )
    return by_id


def _order(keys: list[Indices], by_id: Indices) -> Indices:
    """Places in the order of the keep policy, ids last: total, whatever the order of the scan."""
    deciding = [key for key in keys if key.size and key.min() != key.max()]  # sorting takes long
    combined, size = _inverse(by_id), by_id.size
    for key in reversed(deciding):  # into one number a document: sorting by several, one after another, takes long
        least, most = int(key.min()), int(key.max())
        if (most - least + 1) * size > _NEVER:
            combined, size = _inverse(np.argsort(combined)), by_id.size
            values, key = np.unique(key, return_inverse=True)  # noqa: PLW2901 - the same order in smaller numbers
            least, most = 0, values.size - 1
        combined, size = (key - least) * size + combined, (most - least + 1) * size
    by_order: Indices = np.argsort(combined)
    return by_order


def _inverse(permutation: Indices) -> Indices:
    inverse = np.empty_like(permutation)
    inverse[permutation] = np.arange(permutation.size)
    return inverse


def _originals(key_hashes: Hashes, spacing: Hashes, has_key: Flags, rank: Indices) -> Indices:
    """For each document the first of those with the same words; itself where its match key is empty."""
    original = np.arange(rank.size)
    keyed = np.flatnonzero(has_key)
    order = keyed[np.argsort(key_hashes[keyed, 0])]
    order = order[_repeated(key_hashes[order, 0])]
    order = order[np.lexsort((rank[order], spacing[order], key_hashes[order, 1], key_hashes[order, 0]))]
    differs = np.ones(order.size, np.bool_)
    differs[1:] = (key_hashes[order[1:]] != key_hashes[order[:-1]]).any(axis=1) | (
        spacing[order[1:]] != spacing[order[:-1]]
    )
    original[order] = order[differs][np.cumsum(differs) - 1]
    return original


def _repeated(values: Hashes) -> Flags:
    """Which of some sorted values occur more than once."""
    same = np.zeros(values.size + 1, np.bool_)
    same[1:-1] = values[1:] == values[:-1]
    return same[1:] | same[:-1]
