"""Cleaning: bronze to silver. Rules that are data take out what is not the article, and say so."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saaf.clean.cleaner import Cleaned, Cleaner

__all__ = ["Cleaned", "Cleaner", "warm_up"]

_PAGE = """نئے پل پر گاڑیاں چلنے لگیں
18 فروری 2026
کراچی (اے پی پی) شہر کے لوگ صبح سے پل پر جمع تھے اور سب کی زبان پر ایک ہی بات تھی کہ اب دریا کے پار جانا آسان ہے۔
مزید پڑھیں
رابطے کے لیے info@example.org یا 0300-1234567 پر بات کریں۔
شہر کے لوگ صبح سے پل پر جمع تھے۔ اس پوسٹ کو شیئر کریں فیس بک
"""
_QUOTING = "قَالَ النَّبِيُّ ﷺ شہر کے لوگ صبح سے پل پر جمع تھے كيا"
_WIDTH = 60


def __getattr__(name: str) -> Any:
    """The cleaner, once it is asked for: many come for what is light, and its compiled loops take time to load."""
    if name in ("Cleaned", "Cleaner"):
        from saaf.clean import cleaner

        return getattr(cleaner, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _hard_wrapped() -> str:
    """A page in lines of one width, its words cut in the middle and its last line pushed to the right."""
    prose = " ".join([_PAGE.splitlines()[2]] * 4)
    lines = [prose[start : start + _WIDTH] for start in range(0, len(prose), _WIDTH)]
    return "\n".join((*lines[:-1], lines[-1].rjust(_WIDTH)))


def warm_up() -> None:
    """Compile the kernels and keep them on disk, so that no later process has to wait for it.

    The pages are of every kind that asks for a loop, or for one on another kind of array: with something inside a line to
    remove, with nothing to remove, with what the compiled pass of normalising leaves to the steps, hard-wrapped.

    Raises:
        RuleError: The packs of the project cannot be used.
    """
    from datetime import UTC, datetime

    from saaf.clean.cleaner import Cleaner
    from saaf.config import CleanConfig, project_root
    from saaf.tables import BRONZE

    row = dict.fromkeys(("doc_id", "source", "uri", "raw_sha256", "run_id"), "warm-up")
    taken = {"record": 0, "encoding": "utf-8", "ingested_at": datetime(2026, 1, 1, tzinfo=UTC)}
    pages = (_PAGE, _PAGE.splitlines()[2], _QUOTING, _hard_wrapped())
    batch = BRONZE.batch([{**row, **taken, "raw_text": page} for page in pages])
    Cleaner.load(CleanConfig(mask_pii=True), project_root()).clean(batch)
