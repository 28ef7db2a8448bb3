"""The Arrow schemas of every table: the contract between the stages, and with the reader.

A column is described once, here: meaning, unit, what null means, an example. The description
goes into the Parquet files (field metadata) and into ``docs/tables.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

TABLES_VERSION = "1"
"""Version of the schemas; it goes into every file. Raised when a column changes its meaning."""

REMOVED_SPAN = pa.struct(
    [
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Column name.
        type: Arrow type.
        meaning: One sentence.
        example: A value as a reader would see it.
        unit: Unit of a number, the form of a text.
        null: What a null means; None where the column holds no nulls.
    """

    name: str
    type: pa.DataType
    meaning: str
    example: str
    unit: str = ""
    null: str | None = None

    @property
    def field(self) -> pa.Field:
        """The Arrow field, its description in the metadata."""
        described = {
            "description": self.meaning,
            "unit": self.unit,
            "null": self.null or "never",
            "example": self.example,
        }
        return pa.field(
            self.name, self.type, nullable=self.null is not None, metadata={k: v for k, v in described.items() if v}
        )


@dataclass(frozen=True)
class Table:
    """A table of the lake: its name, what a row is, its columns and how its files are sorted."""

    name: str
    row: str
    columns: tuple[Column, ...]
    sort_by: tuple[str, ...] = ("doc_id",)

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema that every file and batch of the table has."""
        return pa.schema(
            [c.field for c in self.columns], metadata={"saaf.table": self.name, "saaf.tables_version": TABLES_VERSION}
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(c.name for c in self.columns)

    def batch(self, rows: Iterable[Mapping[str, object]]) -> pa.RecordBatch:
        """Make a record batch of rows; a key that is not a column is refused.

        Raises:
            KeyError: A row has a key that the table has no column for.
            pyarrow.ArrowInvalid: A value does not fit its column's type.
        """
        rows = list(rows)
        for row in rows:
            if unknown := row.keys() - set(self.names):
                raise KeyError(f"table {self.name} has no column {sorted(unknown)}")
        arrays = [pa.array([row.get(c.name) for row in rows], c.type) for c in self.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def conform(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Give a batch exactly this schema: columns in order, types and metadata as declared.

        Raises:
            ValueError: A column is missing, cannot be cast, or holds a null where none may be.
        """
        missing = [name for name in self.names if name not in batch.schema.names]
        if missing:
            raise ValueError(f"a batch for table {self.name} lacks the columns {missing}")
        arrays = []
        for column in self.columns:
            array = batch.column(column.name)
            if array.type != column.type:
                array = array.cast(column.type)
            if column.null is None and array.null_count:
                raise ValueError(
                    f"table {self.name}: column {column.name} holds {array.null_count} null(s) where none may be"
                )
            arrays.append(array)
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


_STRING, _INT, _FLOAT = pa.string(), pa.int64(), pa.float64()
_TIME = pa.timestamp("us", tz="UTC")

_DOC_ID = Column(
    "doc_id",
    _STRING,
    "128-bit hash of uri, record number and raw bytes: the same input gives the same id anywhere.",
    "33b44df4fdec7df0a2c1e5f0b9d84c77",
    "32 hexadecimal digits",
)
_SOURCE = Column("source", _STRING, "The configured source that the document came from.", "seeds")
_URI = Column(
    "uri", _STRING, "The input object, as source and path within the source.", "seeds/000_33b44df4fdec7df0.txt"
)
_RECORD = Column("record", _INT, "Number of the record in its object, from 0.", "0")
_URL = Column(
    "url", _STRING, "Address of the page, where the input gives it.", "https://example.org/story/1", null="not given"
)
_SITE = Column(
    "site",
    _STRING,
    "Site that the page is of: given by the input, the source's setting, or the host of the url.",
    "independenturdu.com",
    null="not known",
)
_RUN = Column("run_id", _STRING, "The run that wrote the row.", "manual__2026-11-21T06:00:00+00:00")
# A dictionary, since readers also meet the name as a folder's: pandas gives folder columns this very type, and
# refuses to read a file whose column differs.
_INGEST_DATE = Column(
    "ingest_date",
    pa.dictionary(pa.int32(), pa.string()),
    "Day of the run that took the document in (UTC); also the partition.",
    "2026-11-21",
    "YYYY-MM-DD",
)


def _added(
    name: str,
    kind: pa.DataType,
    meaning: str,
    example: str,
    unit: str,
    *,
    null: str = "the row is older than the column",
) -> Column:
    """A number that earlier versions did not write: rows of theirs have none, nor has a document that failed."""
    return Column(name, kind, meaning, example, unit, null=f"{null}, or cleaning failed")


_SIGNALS = (
    Column("n_chars", _INT, "Length of `text`.", "3012", "code points"),
    Column("n_words", _INT, "Words of `text`: runs of letters, marks and digits.", "571", "words"),
    Column(
        "letter_share", _FLOAT, "Letters among the characters of `text` that are not white space.", "0.94", "0 to 1"
    ),
    Column(
        "digit_share",
        _FLOAT,
        "Digits of any script among the characters of `text` that are not white space.",
        "0.01",
        "0 to 1",
    ),
    Column(
        "arabic_script_share", _FLOAT, "Letters of the Arabic script among all letters of `text`.", "0.99", "0 to 1"
    ),
    Column(
        "stopword_share",
        _FLOAT,
        "Words of `text` that are stopwords of its language.",
        "0.38",
        "0 to 1",
        null="no stopword list for the language",
    ),
    Column(
        "end_mark_share",
        _FLOAT,
        "Non-empty lines of `text` that end in an end mark (۔ . ؟ ? ! and closing quotes after one).",
        "0.9",
        "0 to 1",
    ),
    Column("duplicate_line_share", _FLOAT, "Non-empty lines of `text` that repeat an earlier line.", "0.0", "0 to 1"),
    Column(
        "removed_share", _FLOAT, "Characters of `raw_text`, white space aside, that cleaning removed.", "0.05", "0 to 1"
    ),
    _added("mean_word_length", _FLOAT, "Characters of a word of `text`, on average.", "4.1", "code points"),
    _added("latin_script_share", _FLOAT, "Letters of the Latin script among all letters of `text`.", "0.01", "0 to 1"),
    _added(
        "url_share", _FLOAT, "Characters of web addresses among those of `text`, white space aside.", "0.0", "0 to 1"
    ),
    _added("alpha_token_share", _FLOAT, "Tokens of `text` that hold a letter.", "0.91", "0 to 1"),
    _added(
        "n_stopwords",
        _INT,
        "Different stopwords in `text`: in Urdu of FineWeb-2's list, else of Saaf's own.",
        "13",
        "words",
        null="no stopword list for the language, or the row is older than the column",
    ),
    _added("hash_sign_ratio", _FLOAT, "Hash signs (#) for each token of `text`.", "0.0", "per token"),
    _added("ellipsis_ratio", _FLOAT, "Ellipses (… or three dots) for each token of `text`.", "0.0", "per token"),
    _added("new_line_ratio", _FLOAT, "Line feeds for each token of `text`.", "0.02", "per token"),
    _added("short_line_share", _FLOAT, "Non-empty lines of `text` of at most 30 characters.", "0.1", "0 to 1"),
    _added(
        "bullet_line_share", _FLOAT, "Non-empty lines of `text` that begin with a bullet or a hyphen.", "0.0", "0 to 1"
    ),
    _added("ellipsis_line_share", _FLOAT, "Non-empty lines of `text` that end in an ellipsis.", "0.0", "0 to 1"),
    _added(
        "duplicate_line_character_share",
        _FLOAT,
        "Characters of the lines of `text` that stand in lines that repeat an earlier one.",
        "0.0",
        "0 to 1",
    ),
    *(
        _added(
            f"top_{n}gram_ratio",
            _FLOAT,
            f"Characters of the most frequent run of {n} tokens of `text`, times how often it occurs, for each character. Occurrences may overlap.",
            "0.01",
            "per character",
        )
        for n in (2, 3, 4)
    ),
    *(
        _added(
            f"repeated_{n}gram_share",
            _FLOAT,
            f"Characters of `text` that stand in runs of {n} tokens that repeat an earlier one.",
            "0.0",
            "0 to 1",
        )
        for n in (5, 6, 7, 8, 9, 10)
    ),
    _added("n_cnics", _INT, "Numbers of Pakistani identity cards in what the rules left.", "0", "numbers"),
    _added("n_phones", _INT, "Telephone numbers in what the rules left.", "0", "numbers"),
    _added("n_emails", _INT, "E-mail addresses in what the rules left.", "0", "addresses"),
    _added("n_ibans", _INT, "International bank account numbers in what the rules left.", "0", "numbers"),
)

SIGNALS = ("language_score", *(column.name for column in _SIGNALS))
"""The columns of silver that hold numbers about a text: what bounds can be set on."""

_METADATA = (
    Column(
        "title",
        _STRING,
        "The document's title.",
        "روسی صدر پوتن نے شمالی کوریا کے دورے کی دعوت قبول کرلی",
        null="none found",
    ),
    Column("language", _STRING, "Language of the text.", "ur", "ISO 639 code", null="too little text to tell"),
    Column("language_score", _FLOAT, "How sure the language is.", "0.98", "0 to 1", null="too little text to tell"),
    Column(
        "page_date",
        pa.date32(),
        "A date that the page prints. Not the publication date unless `published` says so.",
        "2026-02-18",
        null="none printed",
    ),
    Column(
        "published",
        pa.date32(),
        "The publication date, only where the page or the input says that it is.",
        "2025-06-17",
        null="not said",
    ),
    Column("agency", _STRING, "News agency that the page credits.", "اے ایف پی", null="none credited"),
    Column("section", _STRING, "Section of the site that the page stands in.", "بین الاقوامی", null="none shown"),
    Column("author", _STRING, "Author as the page prints it.", "ر", null="none printed"),
    Column(
        "standfirst",
        _STRING,
        "The line below the title that sums the story up, where it stands apart from the text.",
        "وزیر خارجہ نے کہا کہ دورے کی تاریخ جلد طے ہو گی",
        null="none shown",
    ),
    Column(
        "dateline",
        _STRING,
        "Where the story is filed from, as its opening says.",
        "اسلام آباد",
        null="none printed",
    ),
    Column(
        "captions",
        pa.list_(pa.field("element", _STRING, nullable=False)),
        "Captions of pictures that were taken out of the text.",
        "['… (اے ایف پی)']",
        null="never; an empty list where there are none",
    ),
)

BRONZE = Table(
    "bronze",
    "a record as it was read",
    (
        _DOC_ID,
        _SOURCE,
        _URI,
        _RECORD,
        Column("raw_sha256", _STRING, "SHA-256 of the record's raw bytes.", "9f86d081…", "64 hexadecimal digits"),
        Column("encoding", _STRING, "How the bytes were decoded; `+` joins what was repaired.", "utf-8"),
        Column("raw_text", _STRING, "The text as it was read: every offset counts in it.", "روسی صدر پوتن نے …"),
        _URL,
        _SITE,
        Column("given_id", _STRING, "Id that the input gives the record.", "a-17", null="not given"),
        Column("given_title", _STRING, "Title that the input gives.", "روسی صدر …", null="not given"),
        Column(
            "given_date",
            _STRING,
            "Publication date that the input gives, as it gives it.",
            "2023-09-14T08:12:00Z",
            null="not given",
        ),
        Column("ingested_at", _TIME, "When the run that took it in began.", "2026-11-21T06:00:00Z"),
        _RUN,
    ),
)

SILVER = Table(
    "silver",
    "a document of bronze, cleaned, whether it goes on to gold or not",
    (
        _DOC_ID,
        _SOURCE,
        _URI,
        _RECORD,
        _URL,
        _SITE,
        Column("text", _STRING, "What remains of `raw_text`, normalised.", "روسی صدر پوتن نے …"),
        *_METADATA,
        Column(
            "removed",
            pa.list_(pa.field("element", REMOVED_SPAN, nullable=False)),
            "Spans of `raw_text` that were removed, in order, not overlapping: start, end (code points, end excluded), rule, kind.",
            "[{start: 0, end: 22, rule: 'ur.page-date', kind: 'date'}]",
            null="never; an empty list where nothing was removed",
        ),
        *_SIGNALS,
    ),
)

GOLD = Table(
    "gold",
    "a unique, valid document: what people consume",
    (
        _DOC_ID,
        Column("text", _STRING, "The clean text.", "روسی صدر پوتن نے …"),
        *_METADATA,
        _SOURCE,
        _SITE,
        _URI,
        _RECORD,
        _URL,
        *_SIGNALS,
        Column(
            "config_hash",
            _STRING,
            "Hash of configuration, rule packs, suites and code version that made the row.",
            "5d41402abc4b2a76",
            "16 hexadecimal digits",
        ),
        _INGEST_DATE,
    ),
)

REJECTED = Table(
    "rejected",
    "a document or record that did not reach gold, with the reason",
    (
        _DOC_ID,
        _SOURCE,
        _URI,
        _RECORD,
        Column(
            "stage",
            _STRING,
            "Stage that rejected it: ingest, clean, validate or deduplicate; or takedown, after it had been published.",
            "deduplicate",
        ),
        Column("reason", _STRING, "Stable code: see `reasons.py`.", "near_duplicate"),
        Column("rule", _STRING, "Rule, signal or expectation that decided.", "jaccard", null="the reason says it all"),
        Column("value", _STRING, "The value found; never article text.", "0.91", null="the reason needs none"),
        Column("threshold", _STRING, "The limit that the value was held against.", "0.7", null="the reason needs none"),
        Column("kept_id", _STRING, "The document in gold that this one is a copy of.", "a2c1e5f0…", null="not a copy"),
        Column("similarity", _FLOAT, "Exact similarity to `kept_id`.", "0.91", "0 to 1", null="not a copy"),
        _RUN,
    ),
)

DUPLICATES = Table(
    "duplicates",
    "a verified pair of a document and the kept one that it copies",
    (
        _DOC_ID,
        Column("kept_id", _STRING, "The kept document.", "a2c1e5f0…"),
        Column(
            "similarity",
            _FLOAT,
            "Exact Jaccard similarity, or containment where the method is `contained`.",
            "0.91",
            "0 to 1",
        ),
        Column("method", _STRING, "exact, near or contained.", "near"),
        Column("dropped", pa.bool_(), "Whether the document was dropped for it, or only flagged.", "true"),
        _RUN,
    ),
)

LEDGER = Table(
    "ledger",
    "an input object that a run saw",
    (
        _URI,
        _SOURCE,
        Column("size", _INT, "Size of the object as it lies there.", "5918", "bytes"),
        Column(
            "modified",
            _TIME,
            "When the object was last changed, as its storage says.",
            "2026-11-21T05:59:00Z",
            null="storage does not say",
        ),
        Column(
            "sha256",
            _STRING,
            "SHA-256 of the object as it lies there.",
            "9f86d081…",
            "64 hexadecimal digits",
            null="it could not be read",
        ),
        Column("records", _INT, "Records read from it, those rejected at ingest among them.", "1"),
        Column(
            "status",
            _STRING,
            "read; known, where its bytes had been read before: it was moved, touched or copied; or error.",
            "read",
        ),
        Column("error", _STRING, "Stable code of the error: see `reasons.py`.", "truncated", null="no error"),
        Column(
            "message", _STRING, "What went wrong, for people.", "gzip stream ends after 4,096 bytes", null="no error"
        ),
        _RUN,
    ),
    sort_by=("uri",),
)

VALIDATION = Table(
    "validation",
    "an expectation that was evaluated on a table in a run",
    (
        Column("table", _STRING, "The table that was checked.", "silver"),
        Column("expectation", _STRING, "Type of the expectation.", "expect_column_values_to_not_be_null"),
        Column("column", _STRING, "Column it looks at.", "doc_id", null="it looks at the whole table"),
        Column("severity", _STRING, "critical, warning or info.", "critical"),
        Column("on_fail", _STRING, "What a failure does: fail, quarantine or warn.", "fail"),
        Column(
            "bound", _STRING, "What it asks for, in short.", ">= 0 and <= 1", null="it asks for nothing in particular"
        ),
        Column("why", _STRING, "Why it is asked for.", "A share is between none and all.", null="not said"),
        Column("success", pa.bool_(), "Whether it holds.", "true"),
        Column("rows", _INT, "Rows that were looked at.", "3", "rows"),
        Column("unexpected", _INT, "Rows for which it does not hold.", "0", "rows", null="not a check of rows"),
        Column("observed", _STRING, "Observed value of a check of the whole table.", "3", null="a check of rows"),
        Column(
            "sample_ids",
            pa.list_(pa.field("element", _STRING, nullable=False)),
            "Up to three doc_ids of such rows.",
            "['33b4…']",
            null="never; an empty list where there are none",
        ),
        _RUN,
    ),
    sort_by=("table", "expectation", "column"),
)

FIGURES = Table(
    "figures",
    "a figure of a run, and what earlier runs say that it should be",
    (
        _SOURCE,
        Column("metric", _STRING, "What is measured: see `figures.py`.", "rejected_share"),
        Column(
            "key",
            _STRING,
            "The reason, language, site, quantile or rule that it is measured for.",
            "near_duplicate",
            null="it is of the whole run",
        ),
        Column("value", _FLOAT, "The value found.", "0.12", "0 to 1 for a share; else a count or code points"),
        Column("total", _INT, "Documents, objects or characters that it was taken over.", "1200"),
        Column(
            "expected",
            _FLOAT,
            "Median of the earlier runs.",
            "0.11",
            "as value",
            null="it is not compared, or there are too few earlier runs",
        ),
        Column("low", _FLOAT, "Lower end of the band around `expected`.", "0.08", "as value", null="as for `expected`"),
        Column("high", _FLOAT, "Upper end of the band, or the limit.", "0.14", "as value", null="there is neither"),
        Column("runs", _INT, "Earlier runs of the source that it was compared with.", "30"),
        Column(
            "deviation",
            _FLOAT,
            "Distance from `expected` in widths of that half of the band: above 1 it lies outside.",
            "0.33",
            null="there is neither band nor limit",
        ),
        Column("verdict", _STRING, "new, ok, warn, ask or approved: see `figures.py`.", "ok"),
        Column(
            "sample_ids",
            pa.list_(pa.field("element", _STRING, nullable=False)),
            "Up to ten doc_ids that the figure is about, where the verdict is warn, ask or approved.",
            "['33b4…']",
            null="never; an empty list where there are none",
        ),
        _RUN,
    ),
    sort_by=("metric", "key"),
)

TAKEDOWNS = Table(
    "takedowns",
    "a document or an address that has to stay out of the lake, and who asked for it",
    (
        Column(
            "doc_id",
            _STRING,
            "The document.",
            "33b44df4fdec7df0a2c1e5f0b9d84c77",
            "32 hexadecimal digits",
            null="an address of which the lake holds nothing",
        ),
        Column(
            "url_sha256",
            _STRING,
            "SHA-256 of the page's address, without scheme, `www.`, fragment and closing slash.",
            "9f86d081…",
            "64 hexadecimal digits",
            null="no address is known",
        ),
        Column(
            "text_key",
            _STRING,
            "BLAKE2b of 128 bits of the text's match key in UTF-8, by which its exact copies are known.",
            "5d41402abc4b2a76b9719d911017c592",
            "32 hexadecimal digits",
            null="the lake held no text of it",
        ),
        Column(
            "copy_of", _STRING, "The document asked for, of which this one is a copy.", "33b4…", null="it was asked for"
        ),
        Column("asked_by", _STRING, "Who asked for it.", "legal@example.org"),
        Column("why", _STRING, "Why.", "Court order 12/2026"),
        Column("taken_down_at", _TIME, "When it was taken down.", "2026-11-21T06:00:00Z"),
        _RUN,
    ),
    sort_by=("doc_id", "url_sha256"),
)

INDEX = Table(
    "index",
    "a band key of a kept document",
    (
        Column("band", pa.int16(), "Band number from 0; -1 is the hash of the whole match key, -2 an anchor.", "0"),
        Column(
            "key",
            pa.uint64(),
            "Hash of the band's rows of the signature, of the match key, or of the anchor.",
            "1234567890",
        ),
        _DOC_ID,
    ),
    sort_by=("band", "key", "doc_id"),
)

TABLES: dict[str, Table] = {
    t.name: t for t in (BRONZE, SILVER, GOLD, REJECTED, DUPLICATES, LEDGER, VALIDATION, FIGURES, TAKEDOWNS, INDEX)
}
"""Every table by name."""
