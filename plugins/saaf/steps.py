"""The names of a run's steps, in order: the pipeline carries them out, the report lists them."""

from __future__ import annotations

STEPS = (
    "plan",
    "ingest",
    "validate_bronze",
    "clean",
    "validate_silver",
    "deduplicate",
    "validate_gold",
    "review",
    "publish",
    "report",
)
"""The steps of a run, in order. ``ingest`` and ``clean`` run once for every shard."""

REBUILD_STEPS = (
    "plan",
    "validate_bronze",
    "clean",
    "validate_silver",
    "deduplicate",
    "validate_gold",
    "diff",
    "swap",
)
"""The steps of a rebuild, in order. ``clean`` runs once for every shard; ``swap`` waits for a person."""
