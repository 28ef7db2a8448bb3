"""Saaf: raw scraped news text in; a clean, deduplicated, validated Parquet corpus out."""

__version__ = "0.1.0"
