"""CSV with a header, delimited by comma, semicolon or tab; the standard library tells rows apart.

A row with too many or too few fields, or with broken quotation, costs only itself. A quotation that
never ends is another matter: from there on nobody can tell rows from text, so the file is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from saaf.ingest.decoding import repaired
from saaf.ingest.failure import Refusal
from saaf.ingest.fields import ROLES, FieldNames
from saaf.ingest.identity import Identity, canonical, identify
from saaf.ingest.readers.lines import Lines, open_lines
from saaf.ingest.records import Defect, Reading, Record, document, too_large
from saaf.ingest.spool import Spool
from saaf.reasons import Reason

DELIMITERS = (",", ";", "\t")
"""What may stand between fields; the header tells which it is."""

# A field over the limit is one rejected row as long as the row can still be held.
_ROW_FACTOR = 2

# A line of delimiters alone would become a hundred million fields.
_MOST_FIELDS = 2_000_000

# What the standard library says of a quotation that is open at the end of the file.
_NEVER_ENDS = "unexpected end of data"


def read(spool: Spool, reading: Reading) -> Iterator[Record]:
    """The records of a CSV file; blank lines are skipped.

    The raw bytes of a record are the canonical form of its used fields (`canonical`); those of a
    defective row are its lines, in UTF-8.

    Raises:
        Refusal: The file is binary or no encoding fits; it has no header with a text column; a
            quotation never ends; a row is more than twice the largest document.
    """
    limit = _ROW_FACTOR * reading.config.max_document_bytes
    with open_lines(spool) as lines, _field_limit(limit), _open_source(lines, limit) as source:
        table = _table(source, reading)
        rows = csv.reader(source, delimiter=table.delimiter, strict=True)
        record = 0
        while True:
            source.begin_row()
            try:
                row = next(rows, None)
            except csv.Error as error:
                if str(error) == _NEVER_ENDS:
                    raise _endless(source) from error
                yield _defect(record, "csv", str(error), source, reading)
                record += 1
                continue
            if row is None:
                return
            if row:
                yield _record(record, row, table, source, reading)
                record += 1


@dataclass(frozen=True)
class _Table:
    """What the header says: the delimiter, how many columns there are, and where each role stands."""

    delimiter: str
    width: int
    places: dict[str, int]


def _table(source: _Source, reading: Reading) -> _Table:
    delimiter, header = _header(source, reading.names)
    columns = reading.names.of_columns(header)
    places = {role: header.index(name) for role, name in columns.items() if name is not None}
    return _Table(delimiter, len(header), places)


@contextmanager
def _field_limit(limit: int) -> Iterator[None]:
    # The standard library keeps this limit for the whole process.
    before = csv.field_size_limit(max(limit, csv.field_size_limit()))
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def _open_source(lines: Lines, limit: int) -> Iterator[_Source]:
    lines.spool.file.seek(lines.start)
    # surrogateescape: a byte that does not decode makes its row defective, not the file.
    text = io.TextIOWrapper(lines.spool.file, encoding=lines.codec, errors="surrogateescape", newline="")
    try:
        yield _Source(text, lines.label, limit)
    finally:
        text.detach()  # the spool is not ours to close


class _Source:
    """The lines of a file for the CSV reader, in bounded memory; it knows the current row's lines."""

    def __init__(self, text: io.TextIOWrapper, label: str, limit: int) -> None:
        self._text = text
        self.label = label
        self._limit = limit
        self._number = 0
        self.row_number = 1
        self.row_lines: list[str] = []
        self._row_size = 0

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self.row_number = self._number + 1
        self.row_lines = []
        self._row_size = 0

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self._row_size += len(line)
        if self._row_size > self._limit:
            raise Refusal(
                Reason.TOO_LARGE,
                f"the row that begins in line {self.row_number:,} has more than {self._limit:,} characters",
                next_step="look for a quotation mark that is not closed there, or raise `max_document_bytes`",
            )
        if len(line) > _MOST_FIELDS and sum(line.count(delimiter) for delimiter in DELIMITERS) > _MOST_FIELDS:
            raise Refusal(
                Reason.TOO_LARGE,
                f"line {self._number + 1:,} has more than {_MOST_FIELDS:,} delimiters",
                next_step="take the line out, or split it",
            )
        self._number += 1
        self.row_lines.append(line)
        return line


def _header(source: _Source, names: FieldNames) -> tuple[str, list[str]]:
    """The delimiter and the column names: the delimiter under which the text column is found.

    Where it is found under none, the one that gives the most columns, for the message.
    """
    source.begin_row()
    first = next((line for line in source if line.strip()), "")
    tries: list[tuple[bool, int, str, list[str]]] = []
    for delimiter in DELIMITERS:
        try:
            header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter, strict=True), [])]
        except csv.Error:
            continue
        has_text = any(name in header for name in names.names["text"])
        tries.append((has_text, len(header), delimiter, header))
    if not tries:
        raise Refusal(
            Reason.MALFORMED_OBJECT,
            "its first line is not a CSV header",
            next_step="begin the file with one line of column names",
        )
    _, _, delimiter, header = max(tries, key=lambda attempt: attempt[:2])
    return delimiter, header


def _record(record: int, row: list[str], table: _Table, source: _Source, reading: Reading) -> Record:
    if len(row) != table.width:
        what = f"{len(row)} fields where the header has {table.width}"
        return _defect(record, "columns", what, source, reading)
    given: dict[str, str | None] = dict.fromkeys(ROLES)
    given |= {role: row[place] or None for role, place in table.places.items()}
    text = given["text"]
    identity = identify(reading.uri, record, canonical(given))
    if any(_is_damaged(value) for value in given.values()):
        return _defect(record, "encoding", f"bytes that are not {source.label}", source, reading)
    if text is None:
        return Defect(record, identity, Reason.NO_TEXT, value=f"line {source.row_number}: the field is empty")
    size = sum(len(value.encode()) for value in given.values() if value is not None)
    if size > reading.config.max_document_bytes:
        return too_large(record, identity, size, reading)
    return document(record, identity, repaired(text, source.label), given, reading)


def _is_damaged(value: str | None) -> bool:
    if value is None or value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _defect(record: int, rule: str, what: str, source: _Source, reading: Reading) -> Defect:
    return Defect(
        record,
        _identity_of_lines(record, source, reading),
        Reason.MALFORMED_RECORD,
        rule=rule,
        value=f"line {source.row_number}: {what}",
    )


def _identity_of_lines(record: int, source: _Source, reading: Reading) -> Identity:
    return identify(reading.uri, record, "".join(source.row_lines).encode("utf-8", "surrogateescape"))


def _endless(source: _Source) -> Refusal:
    return Refusal(
        Reason.MALFORMED_OBJECT,
        f"a quotation that opens in the row from line {source.row_number:,} on never ends",
        next_step="close it where the file comes from: quotation marks within a field are doubled",
    )
