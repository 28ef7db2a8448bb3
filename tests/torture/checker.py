"""Checks a lake from the outside, as an auditor would who has its files and its documentation, and nothing of Saaf.

It shares no code with the product: JSON, hashes, Unicode and four Parquet readers are all it uses. What it holds a lake
against are the invariants of ``docs/architecture.md``:

====================  ==================================================================================
log                   the records are a chain, and the tables hold what it names, byte for byte, and nothing else
no document lost      every document of a run is in gold or rejected, once, with a reason
no character lost     removed spans lie within the raw text, and leave the letters of the clean text
nothing twice         no document is published twice, no input content is taken twice
just removals         a copy is dropped for a kept document, no later, that is as similar as it says
no copy in gold       no two documents of gold are as similar as the threshold
index                 the index knows exactly the documents of gold
generations           the link leads to the generation that the log says is read
readers               pandas, pyarrow, polars and DuckDB that glob gold find the same documents
====================  ==================================================================================

As a program: ``checker.py LAKE`` prints what is wrong, and ends with 1 if anything is.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

COPIES = {"exact_duplicate", "near_duplicate"}
WITHOUT_BRONZE = {"ingest", "takedown"}
SHINGLE = 7
SHORT_WORDS = 100

Record = dict[str, Any]
Row = dict[str, Any]


@dataclass
class Audit:
    """Everything that a lake's files say, read once.

    Attributes:
        root: The lake's folder.
        threshold: Similarity at which the lake's configuration calls a document a copy.
        faults: What was found wrong, a sentence each.
    """

    root: Path
    threshold: float = 0.7
    faults: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Every check of a lake at rest; what follows from a broken log is not looked at."""
        self.hold(check_log(self.root, self.records), check_tables(self.root, self.records))
        if not self.faults:
            self.hold(
                check_accounts(self),
                check_characters(self),
                check_nothing_twice(self),
                check_removals(self),
                check_gold_holds_no_copy(self),
                check_index(self),
                check_readers(self.root, {row["doc_id"] for row in self.rows("gold")}),
            )
        return self.faults

    def hold(self, *found: Iterable[str]) -> None:
        """Take down what checks find."""
        self.faults.extend(itertools.chain.from_iterable(found))

    @cached_property
    def records(self) -> list[Record]:
        """The records of the log, in order."""
        return read_log(self.root)

    @cached_property
    def contents(self) -> Contents:
        """What the log says that the lake holds."""
        return Contents.after(self.records)

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = defaultdict(list)
        for path in sorted(self.contents.live):
            file = self.contents.held[path]
            read = pq.ParquetFile(self.root / path).read().to_pylist()
            rows[file["table"]] += [{**row, "commit": file["commit"]} for row in read]
        return rows

    def rows(self, table: str) -> list[Row]:
        """All rows of a table as it is read today, each with the number of the ``commit`` that first brought it."""
        return self._rows[table]


def faults_of(root: Path, *, threshold: float = 0.7) -> list[str]:
    """What is wrong with a lake at rest."""
    return Audit(Path(root), threshold).run()


# -- the log and the files -------------------------------------------------------------------------


def read_log(root: Path) -> list[Record]:
    """The records, in the order of their names."""
    return [json.loads(path.read_bytes()) for path in sorted((root / "meta" / "log").glob("*.json"))]


def check_log(root: Path, records: Sequence[Record]) -> Iterator[str]:
    """Numbers without gaps, each record the successor of the one before, and each as it was sealed."""
    if [record["n"] for record in records] != list(range(1, len(records) + 1)):
        yield f"the log has records {[record['n'] for record in records]}"
        return
    previous = "0" * 64
    for record in records:
        if record["prev_sha"] != previous:
            yield f"record {record['n']} does not follow the one before it"
        content = {key: value for key, value in record.items() if key != "sha256"}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        written = (root / "meta" / "log" / f"{record['n']:020}.json").read_bytes()
        as_written = written == (json.dumps(record, indent=1) + "\n").encode()
        if hashlib.sha256(canonical).hexdigest() != record["sha256"] or not as_written:
            yield f"record {record['n']} is not what was sealed"
        previous = record["sha256"]
    for run, times in Counter(record["run_id"] for record in records).items():
        if times > 1:
            yield f"run {run} was committed {times} times"


@dataclass
class Contents:
    """What a lake holds after a number of commits.

    Attributes:
        held: Every file that has to lie in it, by path: its entry in the log.
        replaced: Those that are no part of their table any longer, and are kept for who still reads them.
        generation: The generation that people read.
    """

    held: dict[str, Record] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    generation: int = 1

    @classmethod
    def after(cls, records: Iterable[Record]) -> Contents:
        """Add up records."""
        contents = cls()
        for record in records:
            for path in record["dropped"]:
                contents.held.pop(path, None)
            contents.replaced.update(record["replaced"])
            contents.held.update({file["path"]: file for file in record["files"]})
            contents.generation = record["generation"]
        return contents

    @property
    def live(self) -> set[str]:
        """Paths of the files that the tables consist of today."""
        ours = f"generations/g{self.generation:04d}/"
        current = {path for path in self.held if path.startswith(ours) or not path.startswith("generations/")}
        return current - self.replaced

    def gold(self) -> set[str]:
        """Paths of the files that people read as gold."""
        return {path for path in self.live if self.held[path]["table"] == "gold"}


def table_files(root: Path) -> dict[str, str]:
    """Every file of every table, generation by generation, by path from the root: the hash of its bytes."""
    folders = [path for path in sorted(root.iterdir()) if path.name != "meta" and not path.is_symlink()]
    files = [path for folder in folders for path in [folder, *sorted(folder.rglob("*"))] if not path.is_dir()]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def check_tables(root: Path, records: Sequence[Record]) -> Iterator[str]:
    """The tables hold what the log names, byte for byte, and nothing else; the link leads to what is read."""
    contents, there = Contents.after(records), table_files(root)
    held = contents.held
    yield from (f"{path} is missing" for path in sorted(held.keys() - there.keys()))
    yield from (f"{path} is in no record" for path in sorted(there.keys() - held.keys()))
    for path in sorted(there.keys() & held.keys()):
        if there[path] != held[path]["sha256"]:
            yield f"{path} has other bytes"
        elif pq.read_metadata(root / path).num_rows != held[path]["rows"]:
            yield f"{path} has other rows than its record says"
    if (root / "gold").resolve() != (root / "generations" / f"g{contents.generation:04d}" / "gold").resolve():
        yield f"gold leads to {(root / 'gold').resolve()}, the log is at generation {contents.generation}"


def check_visible(root: Path) -> list[str]:
    """What a reader may see at any moment, also while a run is being killed.

    Gold as of the last commit, or of the one before it while the last one is not shown yet; and where gold is as of the
    last commit, so is every other table.
    """
    records, there = read_log(root), table_files(root)
    named = {file["path"]: file["sha256"] for record in records for file in record["files"]}
    faults = [f"{path} is visible and in no record" for path in sorted(there.keys() - named.keys())]
    faults += [f"{path} is visible and not whole" for path, sha in there.items() if named.get(path, sha) != sha]
    now, before = Contents.after(records), Contents.after(records[:-1])
    folder = (root / "gold").resolve()
    shown = {path for path in there if folder in (root / path).resolve().parents}
    if shown - now.replaced != now.gold() and shown != before.gold():
        faults.append(f"gold shows {len(shown)} files, which is neither the last commit nor the one before it")
    if shown == now.gold() != before.gold() and (late := now.held.keys() - there.keys()):
        faults.append(f"gold shows the last commit, but {sorted(late)} are not there yet")
    return faults


# -- the documents ---------------------------------------------------------------------------------


def check_accounts(audit: Audit) -> Iterator[str]:
    """Invariant 1: what was ingested is in gold or rejected, once, and each rejected document has its reason."""
    came = Counter(row["doc_id"] for row in audit.rows("bronze"))
    came.update(row["doc_id"] for row in audit.rows("rejected") if row["stage"] in WITHOUT_BRONZE)
    went = Counter(row["doc_id"] for table in ("gold", "rejected") for row in audit.rows(table))
    if came != went:
        lost, strange = came - went, went - came
        yield f"{sum(lost.values())} documents lost, {sum(strange.values())} from nowhere: {[*lost, *strange][:3]}"
    yield from (f"{row['doc_id']} was rejected without a reason" for row in audit.rows("rejected") if not row["reason"])


def check_characters(audit: Audit) -> Iterator[str]:
    """Invariant 2: removed spans are in order and within the raw text, and what they leave has the text's letters."""
    raw = {row["doc_id"]: row["raw_text"] for row in audit.rows("bronze")}
    for row in audit.rows("silver"):
        text, position, kept = raw[row["doc_id"]], 0, []
        for span in row["removed"]:
            if not position <= span["start"] < span["end"] <= len(text):
                yield f"{row['doc_id']}: a removed span is out of place"
            kept.append(text[position : span["start"]])
            position = span["end"]
        if key_of("".join([*kept, text[position:]])) != key_of(row["text"]):
            yield f"{row['doc_id']}: the text is not what the removed spans leave"


def check_nothing_twice(audit: Audit) -> Iterator[str]:
    """No document in gold twice; no content read under two names; no document came in by two runs."""
    for table in ("gold", "bronze"):
        counts = Counter(row["doc_id"] for row in audit.rows(table))
        yield from (f"{doc_id} is in {table} {times} times" for doc_id, times in counts.items() if times > 1)
    runs: dict[str, set[str]] = defaultdict(set)
    for row in audit.rows("ledger"):
        if row["status"] == "read":
            runs[row["sha256"]].add(row["commit"])
    yield from (
        f"content {sha[:12]} was taken by runs {sorted(found)}" for sha, found in runs.items() if len(found) > 1
    )


def check_removals(audit: Audit) -> Iterator[str]:
    """Invariants 6 and 7: dropped for a document that is kept, came no later, and is as similar as the row says."""
    gold = {row["doc_id"]: row for row in audit.rows("gold")}
    texts = {row["doc_id"]: row["text"] for row in audit.rows("silver")}
    for row in audit.rows("rejected"):
        if row["reason"] not in COPIES:
            continue
        kept = gold.get(row["kept_id"])
        late = kept is not None and kept["commit"] > row["commit"] and audit.contents.generation == 1
        if kept is None or late:
            yield f"{row['doc_id']} was dropped for {row['kept_id']}, which was not in gold"
            continue
        similarity = jaccard(shingles(texts[row["doc_id"]]), shingles(kept["text"]))
        if abs(similarity - row["similarity"]) > 1e-6:
            yield f"{row['doc_id']}: the similarity is {similarity:.4f}, the row says {row['similarity']:.4f}"
        if similarity < audit.threshold:
            yield f"{row['doc_id']} was dropped for {row['kept_id']} at {similarity:.4f}"


def check_gold_holds_no_copy(audit: Audit) -> Iterator[str]:
    """Invariants 5 and 6: every pair in gold is below the threshold; short texts may differ in their numbers alone."""
    rows = audit.rows("gold")
    sets = [shingles(row["text"]) for row in rows]
    where: dict[str, list[int]] = defaultdict(list)
    for number, found in enumerate(sets):
        for shingle in found:
            where[shingle].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in where.values():
        shared.update(itertools.combinations(numbers, 2))
    for (a, b), common in shared.items():
        similarity = common / (len(sets[a]) + len(sets[b]) - common)
        if similarity >= audit.threshold and not _differ_in_numbers(rows[a], rows[b]):
            yield f"{rows[a]['doc_id']} and {rows[b]['doc_id']} are both in gold, {similarity:.3f} similar"


def _differ_in_numbers(a: Row, b: Row) -> bool:
    return min(a["n_words"], b["n_words"]) < SHORT_WORDS and numbers_in(a["text"]) != numbers_in(b["text"])


def check_index(audit: Audit) -> Iterator[str]:
    """The index has the same bands for every document of gold, and no others."""
    gold = {row["doc_id"] for row in audit.rows("gold")}
    bands: dict[str, set[int]] = defaultdict(set)
    for row in audit.rows("index"):
        bands[row["doc_id"]].add(row["band"])
    if gold != bands.keys():
        yield f"{len(gold - bands.keys())} documents of gold are not in the index, {len(bands.keys() - gold)} only there"
    if len({frozenset(found - {-2}) for found in bands.values() if found != {-1}}) > 1:
        yield "documents differ in their bands"


# -- the readers -----------------------------------------------------------------------------------


def by_pandas(gold: Path) -> list[str]:
    """Ids in gold, as pandas finds them."""
    import pandas as pd

    return list(pd.read_parquet(gold, columns=["doc_id"])["doc_id"])


def by_pyarrow(gold: Path) -> list[str]:
    """Ids in gold, as pyarrow finds them."""
    found: list[str] = pq.read_table(gold, columns=["doc_id"])["doc_id"].to_pylist()
    return found


def by_polars(gold: Path) -> list[str]:
    """Ids in gold, as polars finds them."""
    import polars as pl

    return pl.scan_parquet(gold / "**" / "*.parquet").select("doc_id").collect()["doc_id"].to_list()


def by_duckdb(gold: Path) -> list[str]:
    """Ids in gold, as DuckDB finds them."""
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.sql(f"SELECT doc_id FROM '{gold}/**/*.parquet'").fetchall()
    return [doc_id for (doc_id,) in rows]


READERS = {"pandas": by_pandas, "pyarrow": by_pyarrow, "polars": by_polars, "duckdb": by_duckdb}


def check_readers(root: Path, expected: set[str]) -> Iterator[str]:
    """Every reader that globs gold finds these documents, each once."""
    if not expected:
        return
    for name, read in READERS.items():
        found = read(root / "gold")
        if len(found) != len(expected) or set(found) != expected:
            yield f"{name} finds {len(found)} documents ({len(set(found))} different) instead of {len(expected)}"


# -- texts -----------------------------------------------------------------------------------------

_ONE_LETTER = str.maketrans("يىئكهةۀۂأإآؤۓ", "یییکہہہہاااوے")


def key_of(text: str) -> str:
    """Letters and digits of a text in one spelling: no marks, joiners, spaces or punctuation."""
    apart = unicodedata.normalize("NFKD", text)
    kept = (c for c in apart if unicodedata.category(c)[0] in "LN" and c != "ـ")
    return "".join(str(unicodedata.digit(c, c)) for c in kept).casefold().translate(_ONE_LETTER)


def numbers_in(text: str) -> list[str]:
    """Runs of digits."""
    plain = "".join(str(unicodedata.digit(c, " ")) for c in unicodedata.normalize("NFKD", text))
    return sorted(plain.split())


def shingles(text: str) -> frozenset[str]:
    """Runs of seven characters of a text's key; the key itself where it is shorter."""
    key = key_of(text)
    return frozenset(key[i : i + SHINGLE] for i in range(max(1, len(key) - SHINGLE + 1)))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Share of common shingles."""
    return len(a & b) / len(a | b)


def main() -> int:
    """The program."""
    faults = faults_of(Path(sys.argv[1]))
    print("\n".join(faults) or "nothing is wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
