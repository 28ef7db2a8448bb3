"""A text file is one document, whole: line ends, white space and controls stay as they are."""

from __future__ import annotations

from collections.abc import Iterator

from saaf.ingest.decoding import decode
from saaf.ingest.fields import site_of
from saaf.ingest.identity import identify, identify_stream
from saaf.ingest.records import Document, Reading, Record, too_large
from saaf.ingest.spool import Spool


def read(spool: Spool, reading: Reading) -> Iterator[Record]:
    """The one record of a text file. Its raw bytes are the decompressed file.

    Raises:
        Refusal: The bytes are binary, or no encoding fits.
    """
    if spool.size > reading.config.max_document_bytes:
        yield too_large(0, identify_stream(reading.uri, 0, spool.size, spool.chunks()), spool.size, reading)
        return
    data = b"".join(spool.chunks())
    yield Document(0, identify(reading.uri, 0, data), decode(data), site=site_of(None, reading.source, None))
