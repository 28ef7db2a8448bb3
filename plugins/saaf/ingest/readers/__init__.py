"""One module a format: each turns an object's decompressed bytes into records."""

from __future__ import annotations

from collections.abc import Iterator

from saaf.ingest.formats import Format
from saaf.ingest.records import Reading, Record
from saaf.ingest.spool import Spool


def read_records(format_: Format, spool: Spool, reading: Reading) -> Iterator[Record]:
    """The records of an object, in order.

    Args:
        format_: How they lie in it.
        spool: All its decompressed bytes.
        reading: Which object it is, and how it is to be read.

    Raises:
        Refusal: The object as a whole cannot be read. What was given before does not count then.
    """
    match format_:
        case Format.TEXT:
            from saaf.ingest.readers.plain_text import read as read_plain_text

            return read_plain_text(spool, reading)
        case Format.JSON_LINES:
            from saaf.ingest.readers.json_lines import read as read_json_lines

            return read_json_lines(spool, reading)
        case Format.CSV:
            from saaf.ingest.readers.delimited import read as read_delimited

            return read_delimited(spool, reading)
        case Format.PARQUET:
            from saaf.ingest.readers.parquet import read as read_parquet

            return read_parquet(spool, reading)
