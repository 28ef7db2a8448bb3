"""The first two invariants of the design, checked by every run on its own tables."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from saaf.errors import InvariantBroken

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_REPORT_IT = "nothing was published; report this with the run id: it is a fault of Saaf, not of the data"


def check_no_document_lost(ingested: pa.Array, gold: pa.Array, rejected: pa.Array) -> None:
    """Invariant 1: every ingested document is in gold or rejected, once.

    Args:
        ingested: doc_ids of all documents and records of the run.
        gold: doc_ids that go to gold.
        rejected: doc_ids of rejected rows.

    Raises:
        InvariantBroken: A document is in neither table, in both, twice in one, or came from nowhere.
    """
    accounted = pa.concat_arrays([gold, rejected])
    expected = pc.sort_indices(ingested)
    found = pc.sort_indices(accounted)
    if len(ingested) == len(accounted) and ingested.take(expected).equals(accounted.take(found)):
        return
    lost = ingested.filter(pc.invert(pc.is_in(ingested, accounted)))
    strange = accounted.filter(pc.invert(pc.is_in(accounted, ingested)))
    counts = pc.value_counts(accounted)
    twice = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    samples = [*lost[:2].to_pylist(), *strange[:2].to_pylist(), *twice[:2].to_pylist()]
    raise InvariantBroken(
        f"{len(ingested)} documents were ingested, but {len(gold)} are in gold and {len(rejected)} rejected: "
        f"{len(lost)} lost, {len(strange)} from nowhere, {len(twice)} accounted for twice",
        where=f"doc_id {', '.join(samples[:3])}" if samples else None,
        next_step=_REPORT_IT,
    )


def check_no_character_lost(bronze: pa.RecordBatch, silver: pa.RecordBatch) -> None:
    """Invariant 2: what was removed and what remains are together the raw text.

    ``removed`` must lie within ``raw_text``, in order and without overlap, and the match key of the
    text must be that of what the spans leave: normalisation may change spacing and the spelling of a
    letter, but no letter or digit may be missing, added or out of place. The key is made by code of
    deduplication, which knows nothing of how cleaning puts a text together.

    Raises:
        InvariantBroken: It does not hold for a document, which is named.
    """
    from saaf.clean.spans import Span, check, remainder

    doc_ids = silver.column("doc_id").to_pylist()
    remainders = []
    raw_texts, removed = bronze.column("raw_text").to_pylist(), silver.column("removed").to_pylist()
    for doc_id, raw, found in zip(doc_ids, raw_texts, removed, strict=True):
        spans = [Span(**span) for span in found]
        try:
            check(spans, len(raw))
        except ValueError as error:
            raise InvariantBroken(str(error), where=f"doc_id {doc_id}", next_step=_REPORT_IT) from error
        remainders.append(remainder(raw, spans))
    differs = _keys(pa.array(remainders, pa.string())) != _keys(silver.column("text"))
    if differs.any():
        raise InvariantBroken(
            f"of {int(differs.any(axis=1).sum())} document(s) the text is not what the removed spans leave",
            where=f"doc_id {doc_ids[int(differs.any(axis=1).argmax())]}",
            next_step=_REPORT_IT,
        )


def text_keys(texts: pa.Array) -> list[str | None]:
    """Hash of each text's match key, hexadecimal: the same for texts that differ in spelling only; null without a key.

    It is kept for good where a text itself is not, so it is none of those that deduplication may change with its kernels.
    """
    from saaf.deduplicate.matchkey import match_keys

    return [blake2b(key.encode(), digest_size=16).hexdigest() if key else None for key in match_keys(texts)]


def _keys(texts: pa.Array) -> npt.NDArray[np.uint64]:
    """128-bit hashes of the texts' match keys, as two columns."""
    from saaf.config import DeduplicateConfig
    from saaf.deduplicate.signatures import Signer

    return Signer(DeduplicateConfig(bands=1, rows=1)).sign(texts).key_hashes
