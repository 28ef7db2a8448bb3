"""Why something is not in gold: one list of stable codes for tables, reports and command line."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A stable code. Codes are never renamed or reused: tables of past years hold them."""

    # A document that was asked to be taken down (stage `takedown`), or that came again after that (`ingest`, `clean`).
    TAKEN_DOWN = "taken_down"

    # An input object that could not be read (table `ledger`, column `error`).
    EMPTY_OBJECT = "empty_object"
    NO_PERMISSION = "no_permission"
    TRUNCATED = "truncated"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too_large"
    RATIO_TOO_HIGH = "ratio_too_high"
    WINDOW_TOO_LARGE = "window_too_large"
    LINK_REFUSED = "link_refused"
    NOT_A_FILE = "not_a_file"
    UNKNOWN_FORMAT = "unknown_format"
    MALFORMED_OBJECT = "malformed_object"
    UNREADABLE = "unreadable"

    # A record that was read but did not become a document (table `rejected`, stage `ingest`).
    MALFORMED_RECORD = "malformed_record"
    NO_TEXT = "no_text"
    DOCUMENT_TOO_LARGE = "document_too_large"
    ALREADY_INGESTED = "already_ingested"

    # A document that cleaning rejected (stage `clean`).
    EMPTY = "empty"
    BOILERPLATE_ONLY = "boilerplate_only"
    LANGUAGE = "language"
    SIGNAL = "signal"
    TOO_MUCH_REMOVED = "too_much_removed"
    CLEANING_FAILED = "cleaning_failed"

    # A document that an expectation quarantined (stage `validate`).
    QUARANTINED = "quarantined"

    # A document that is a copy (stage `deduplicate`).
    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    CONTAINED = "contained"

    @property
    def sentence(self) -> str:
        """What the code means, in one sentence for people."""
        return _SENTENCES[self]


_SENTENCES: dict[Reason, str] = {
    Reason.TAKEN_DOWN: "The document was taken down on request, and has to stay out.",
    Reason.EMPTY_OBJECT: "The file has no bytes.",
    Reason.NO_PERMISSION: "The file may not be read by this user.",
    Reason.TRUNCATED: "The compressed file ends too early.",
    Reason.BINARY: "The file holds binary data, not text.",
    Reason.UNDECODABLE: "No text encoding fits the file's bytes.",
    Reason.TOO_LARGE: "The file is larger, once decompressed, than the limit.",
    Reason.RATIO_TOO_HIGH: "The file decompresses to more times its size than the limit.",
    Reason.WINDOW_TOO_LARGE: "Decompressing the file would take more memory than the limit.",
    Reason.LINK_REFUSED: "The name is a link that leaves the input folder.",
    Reason.NOT_A_FILE: "The name is not a regular file.",
    Reason.UNKNOWN_FORMAT: "The file's extension is not one that Saaf reads.",
    Reason.MALFORMED_OBJECT: "The file is not what its extension says.",
    Reason.UNREADABLE: "Reading the file failed.",
    Reason.MALFORMED_RECORD: "The record is not valid in its format.",
    Reason.NO_TEXT: "The record has no text field, or it is null.",
    Reason.DOCUMENT_TOO_LARGE: "The document is longer than the limit.",
    Reason.ALREADY_INGESTED: "An earlier run took this same record of this same file, which has changed elsewhere.",
    Reason.EMPTY: "The document holds no letters at all.",
    Reason.BOILERPLATE_ONLY: "Nothing of an article remained after cleaning.",
    Reason.LANGUAGE: "The document is not in a wanted language.",
    Reason.SIGNAL: "A quality signal is outside the bounds of the filter preset.",
    Reason.TOO_MUCH_REMOVED: "The rules removed a larger share of the document than is allowed.",
    Reason.CLEANING_FAILED: "Cleaning this document failed: a fault of Saaf, please report it.",
    Reason.QUARANTINED: "An expectation marked `quarantine` does not hold for the row.",
    Reason.EXACT_DUPLICATE: "The same text, spelling aside, is already in gold.",
    Reason.NEAR_DUPLICATE: "A text at least as similar as the threshold is already in gold.",
    Reason.CONTAINED: "The text stands within a longer one that is in gold.",
}
