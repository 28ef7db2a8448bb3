"""Cleaning: bronze to silver. Rules that are data take out what is not the article, and say so."""

from saaf.clean.cleaner import Cleaned, Cleaner

__all__ = ["Cleaned", "Cleaner", "warm_up"]

_SAMPLE = """نئے پل پر گاڑیاں چلنے لگیں
18 فروری 2026
کراچی (اے پی پی) شہر کے لوگ صبح سے پل پر جمع تھے اور سب کی زبان پر ایک ہی بات تھی کہ اب دریا کے پار جانا آسان ہے۔
مزید پڑھیں
رابطے کے لیے info@example.org یا 0300-1234567 پر بات کریں۔
"""


def warm_up() -> None:
    """Compile the kernels and keep them on disk, so that no later process has to wait for it.

    Raises:
        RuleError: The packs of the project cannot be used.
    """
    from datetime import UTC, datetime

    from saaf.config import CleanConfig, project_root
    from saaf.tables import BRONZE

    row = dict.fromkeys(("doc_id", "source", "uri", "raw_sha256", "run_id"), "warm-up")
    taken = {"record": 0, "encoding": "utf-8", "raw_text": _SAMPLE, "ingested_at": datetime(2026, 1, 1, tzinfo=UTC)}
    Cleaner.load(CleanConfig(mask_pii=True), project_root()).clean(BRONZE.batch([{**row, **taken}]))
