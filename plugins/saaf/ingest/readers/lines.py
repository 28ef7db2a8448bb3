"""Files of many records: their encoding is found once, and their lines end in the byte 0A."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from saaf.ingest.decoding import SAMPLE, detect
from saaf.ingest.failure import Refusal
from saaf.ingest.spool import Spool, open_spool
from saaf.reasons import Reason

_WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32")
_UTF_8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lines:
    """Bytes whose lines end in 0A.

    Attributes:
        spool: The bytes.
        start: Where the first line begins: after a byte order mark.
        codec: How a line is decoded.
        label: How the file was decoded, for the column `encoding`.
    """

    spool: Spool
    start: int
    codec: str
    label: str


@contextmanager
def open_lines(spool: Spool) -> Iterator[Lines]:
    """Find a file's encoding; a file in UTF-16 or UTF-32 is turned into UTF-8 first.

    Raises:
        Refusal: The file is binary, no encoding fits, or its UTF-16 is not valid.
    """
    spool.file.seek(0)
    sample = spool.file.read(SAMPLE)
    label = detect(sample, whole=len(sample) == spool.size)
    with ExitStack() as stack:
        if label in _WIDE:
            narrow = stack.enter_context(open_spool())
            _to_utf_8(spool, label, narrow)
            yield Lines(narrow, 0, "utf-8", label)
        elif label == "utf-8-sig":
            yield Lines(spool, len(_UTF_8_MARK), "utf-8", label)
        else:
            yield Lines(spool, 0, label, label)


def _to_utf_8(wide: Spool, codec: str, narrow: Spool) -> None:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for chunk in wide.chunks():
            narrow.write(decoder.decode(chunk).encode("utf-8"))
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise Refusal(
            Reason.UNDECODABLE,
            f"it is {codec} with an invalid sequence",
            next_step="convert it to UTF-8 where it comes from",
        ) from error
