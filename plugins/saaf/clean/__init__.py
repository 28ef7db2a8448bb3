"""Cleaning: bronze to silver. Rules that are data take out what is not the article, and say so."""
