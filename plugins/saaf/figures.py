"""The figures that every run keeps of itself: one list of stable codes for the table, the gate and the report."""

from __future__ import annotations

from enum import StrEnum


class Metric(StrEnum):
    """What a figure measures. Codes are never renamed or reused: tables of past years hold them."""

    DOCUMENTS = "documents"
    INPUTS_FAILED = "inputs_failed"
    GOLD_SHARE = "gold_share"
    REJECTED_SHARE = "rejected_share"
    CLEANING_FAILED = "cleaning_failed"
    DUPLICATE_SHARE = "duplicate_share"
    LANGUAGE_SHARE = "language_share"
    LENGTH_QUANTILE = "length_quantile"
    REMOVED_SHARE = "removed_share"
    RULE_SHARE = "rule_share"
    SITE_RULE_SHARE = "site_rule_share"
    SITE_SHARE = "site_share"
    NEW_SITES = "new_sites"

    @property
    def sentence(self) -> str:
        """What is measured, in one sentence for people."""
        return _METRICS[self]

    @property
    def is_share(self) -> bool:
        """Whether a value is a share, from 0 to 1; otherwise it is a count or a length."""
        return self not in (Metric.DOCUMENTS, Metric.LENGTH_QUANTILE, Metric.NEW_SITES)


_METRICS: dict[Metric, str] = {
    Metric.DOCUMENTS: "Records that the run took in.",
    Metric.INPUTS_FAILED: "Input objects that could not be read, of all that the run took.",
    Metric.GOLD_SHARE: "Documents that reached gold, of all records.",
    Metric.REJECTED_SHARE: "Documents rejected for the reason in `key`, of all records.",
    Metric.CLEANING_FAILED: "Documents that a fault of Saaf kept from being cleaned, of all that were cleaned.",
    Metric.DUPLICATE_SHARE: "Documents that were dropped as copies, of those that were compared.",
    Metric.LANGUAGE_SHARE: "Documents in the language in `key`, of all that were cleaned; `none` where it could not be told.",
    Metric.LENGTH_QUANTILE: "Characters of a document in gold: the quantile in `key`.",
    Metric.REMOVED_SHARE: "Characters that cleaning removed, of all that it saw.",
    Metric.RULE_SHARE: "Characters that the rule in `key` removed, of all that cleaning saw.",
    Metric.SITE_RULE_SHARE: "Characters that a rule removed, of all of a site; `key` is the rule, a space and the site.",
    Metric.SITE_SHARE: "Documents of the site in `key`, of all that were cleaned.",
    Metric.NEW_SITES: "Sites that none of the earlier runs looked at had seen.",
}


class Verdict(StrEnum):
    """What the run's gate made of a figure."""

    NEW = "new"
    OK = "ok"
    WARN = "warn"
    ASK = "ask"
    APPROVED = "approved"

    @property
    def sentence(self) -> str:
        """What the verdict means, in one sentence for people."""
        return _VERDICTS[self]


_VERDICTS: dict[Verdict, str] = {
    Verdict.NEW: "There are too few earlier runs to compare it with.",
    Verdict.OK: "It is where earlier runs say that it should be.",
    Verdict.WARN: "It is outside its band: somebody should have a look.",
    Verdict.ASK: "It is far outside its band, or past a limit: nothing is published unless a person approves.",
    Verdict.APPROVED: "It is past a limit, and a person approved it.",
}
