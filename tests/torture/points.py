"""Where a run can die, by name: every boundary of the protocol in ``docs/lake.md``, and one in every stage."""

from torture.killed_runs import Point

STAGED = "meta/staging/second-*/"

POINTS = {
    "before the plan is noted down": Point("rename", f"{STAGED}plan.json"),
    "before the plan lasts": Point("sync_folder", "meta/staging/second-*", 4),
    "while bronze is written": Point("write", f"{STAGED}tmp/*", 5),
    "before bronze is staged": Point("rename", f"{STAGED}bronze/*"),
    "between bronze and its ledger": Point("rename", f"{STAGED}ledger/00000.parquet"),
    "before the verdict on bronze": Point("rename", f"{STAGED}validation/bronze.parquet"),
    "between silver and what cleaning rejected": Point("rename", f"{STAGED}rejected/clean-*"),
    "before the verdict on silver": Point("rename", f"{STAGED}validation/silver.parquet"),
    "between duplicates and their index": Point("rename", f"{STAGED}index.parquet"),
    "before gold is staged": Point("rename", f"{STAGED}gold.parquet"),
    "before the verdict on gold": Point("rename", f"{STAGED}validation/gold.parquet"),
    "before the record is linked": Point("link_if_absent", "meta/log/*"),
    "after the record is linked": Point("remove_file", f"{STAGED}tmp/*"),
    "before the first file is shown": Point("link_if_absent", "bronze/*"),
    "between two tables": Point("link_if_absent", "generations/*/rejected/*"),
    "before gold is shown": Point("link_if_absent", "generations/*/gold/*"),
    "before gold lasts": Point("sync_folder", "generations/*/gold/ingest_date=2026-11-03"),
    "before the report": Point("rename", "meta/reports/*.json"),
    "between the two forms of the report": Point("rename", "meta/reports/*.html"),
    "before staging is thrown away": Point("remove_file", f"{STAGED}bronze/*"),
    "while staging is thrown away": Point("remove_file", f"{STAGED}rejected/*", 3),
    "before the last folder goes": Point("remove_folder", "meta/staging/second-*[0-9a-f]"),
}
