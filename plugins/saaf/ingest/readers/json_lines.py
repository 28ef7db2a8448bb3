"""JSON Lines: a JSON object a line. A bad line costs nothing but itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from saaf.ingest.decoding import repaired, without_surrogates
from saaf.ingest.fields import listed
from saaf.ingest.identity import Identity, identify, identify_stream
from saaf.ingest.readers.lines import Lines, open_lines
from saaf.ingest.records import Defect, Reading, Record, document, too_large
from saaf.ingest.spool import Spool
from saaf.reasons import Reason

_CHUNK = 1024 * 1024

# A line of 64 MiB can hold 20 million empty lists, gibibytes in memory. News text has a comma or
# bracket in fifty bytes.
_MOST_VALUES = 2_000_000

_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


def read(spool: Spool, reading: Reading) -> Iterator[Record]:
    """The records of a JSON Lines file; blank lines are skipped.

    The raw bytes of a record are its line without the line end. A file in UTF-16 or UTF-32 is turned
    into UTF-8 first, and the lines are those of the result.

    Raises:
        Refusal: The file is binary, or no encoding fits.
    """
    with open_lines(spool) as lines:
        record = 0
        for line in _lines(lines, reading.config.max_document_bytes):
            if line.is_blank:
                continue
            yield _record(record, line, lines, reading)
            record += 1


@dataclass(frozen=True)
class _Line:
    """A line: its number in the file from 1, where it lies, and its bytes unless they are too many."""

    number: int
    start: int
    size: int
    data: bytes | None

    @property
    def is_blank(self) -> bool:
        return self.data is not None and not self.data.strip()


def _lines(lines: Lines, limit: int) -> Iterator[_Line]:
    file = lines.spool.file
    number, position = 0, file.seek(lines.start)
    while data := file.readline(limit + 2):  # two more than the limit, for the line's end
        number += 1
        start, position = position, position + len(data)
        content = _without_end(data)
        if len(content) <= limit:
            yield _Line(number, start, len(content), content)
            continue
        while data and not data.endswith(b"\n"):
            data = file.readline(_CHUNK)
            position += len(data)
        file.seek(position - 2)
        yield _Line(number, start, position - start - 2 + len(_without_end(file.read(2))), None)
        file.seek(position)  # who was given the long line may have read it


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _record(record: int, line: _Line, lines: Lines, reading: Reading) -> Record:
    if line.data is None:
        return too_large(record, _identify_long(record, line, lines, reading), line.size, reading)
    identity = identify(reading.uri, record, line.data)
    try:
        text = line.data.decode(lines.codec)
    except UnicodeDecodeError as error:
        return _malformed(record, identity, "encoding", f"line {line.number}: byte {error.start} is not {lines.codec}")
    try:
        value = _parse(text)
    except ValueError as error:
        return _malformed(record, identity, "json", f"line {line.number}: {_without_text(error)}")
    except RecursionError:
        return _malformed(record, identity, "json", f"line {line.number}: nested too deeply")
    if not isinstance(value, dict):
        kind = _TYPES.get(type(value), "null")
        return _malformed(record, identity, "json", f"line {line.number}: a JSON {kind}, not an object")
    return _document(record, identity, value, lines.label, reading)


def _identify_long(record: int, line: _Line, lines: Lines, reading: Reading) -> Identity:
    def pieces() -> Iterator[bytes]:
        lines.spool.file.seek(line.start)
        left = line.size
        while left and (piece := lines.spool.file.read(min(left, _CHUNK))):
            left -= len(piece)
            yield piece

    return identify_stream(reading.uri, record, line.size, pieces())


def _parse(text: str) -> object:
    if text.count(",") + text.count("[") + text.count("{") > _MOST_VALUES:
        raise ValueError(f"more than {_MOST_VALUES:,} values")
    return json.loads(text.removeprefix("\ufeff"))  # files that were joined have marks within


def _without_text(error: ValueError) -> str:
    return f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)


def _malformed(record: int, identity: Identity, rule: str, value: str) -> Defect:
    return Defect(record, identity, Reason.MALFORMED_RECORD, rule=rule, value=value)


def _document(record: int, identity: Identity, value: dict[str, object], encoding: str, reading: Reading) -> Record:
    fields = reading.names.of_record(value)
    text = fields["text"]
    if not isinstance(text, str):
        found = (
            f"fields found: {without_surrogates(listed(list(value)))}"
            if text is None
            else f"a JSON {_TYPES.get(type(text), 'null')}, not a string"
        )
        wanted = " or ".join(reading.names.names["text"])
        return Defect(record, identity, Reason.NO_TEXT, rule=wanted, value=found)
    given = {role: _as_text(field) for role, field in fields.items() if role != "text"}
    clean = without_surrogates(text)
    decoded = repaired(clean, encoding if clean == text else f"{encoding}+surrogates")
    return document(record, identity, decoded, given, reading)


def _as_text(value: object) -> str | None:
    """A field that should be text: a number is written as JSON writes it, a structure is nothing."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    return None
