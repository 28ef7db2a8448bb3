"""Cleaning: bronze to silver. Rules that are data take out what is not the article, and say so."""

from saaf.clean.cleaner import Cleaned, Cleaner

__all__ = ["Cleaned", "Cleaner"]
