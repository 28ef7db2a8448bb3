"""Verdicts to gold: the rows of silver that are kept, as people get them."""

from saaf.publish.gold import gold_batches

__all__ = ["gold_batches"]
