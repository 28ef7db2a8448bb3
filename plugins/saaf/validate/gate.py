"""A table held against its suite: what passes, what is quarantined, what stops the run.

Batches of any size go in; text is replaced by derived columns at once, and Great Expectations sees
``PART_ROWS`` rows at a time, so that memory does not grow with the table. It grows only by what
whole-table expectations need: the numbers of the columns that they name, 16 bytes for each value
that must be unique, and the rows that are quarantined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from saaf.config import ValidateConfig
from saaf.errors import BrokenCheck, SaafError, SuiteError
from saaf.tables import Table
from saaf.validate.catalogue import Scope
from saaf.validate.columns import SLICE_ROWS, derive, plain
from saaf.validate.contract import Contract
from saaf.validate.findings import Findings
from saaf.validate.quarantine import KEYS, in_order, key, quarantine
from saaf.validate.runner import Outcome, Runner, frame_of
from saaf.validate.suite import Expectation, Suite
from saaf.validate.tally import Tally
from saaf.validate.uniqueness import Repeats

PART_ROWS = 100_000
"""Rows that Great Expectations sees at once."""


@dataclass(frozen=True)
class GateResult:
    """What a gate found.

    Attributes:
        rows: Rows that were looked at.
        validation: VALIDATION rows: one an expectation, and the gate's own checks.
        quarantined: REJECTED rows (stage ``validate``, reason ``quarantined``), sorted by doc_id;
            one a document, of the first expectation in the suite that it breaks.
        failure: Why the run must stop: DataRefused or BrokenCheck. The caller stores
            ``validation``, then raises it. None where the table may go on.
        breaking: Numbers of the rows for which an expectation that failed does not hold, by its
            ``on_fail``; only for a table whose rows have no doc_id.
    """

    rows: int
    validation: pa.RecordBatch
    quarantined: pa.RecordBatch
    failure: SaafError | None
    breaking: Mapping[str, frozenset[int]] = field(default_factory=dict)


def check(
    table: Table,
    batches: Iterable[pa.RecordBatch],
    suite: Suite,
    config: ValidateConfig,
    *,
    run_id: str,
    allow_empty: bool = False,
    part_rows: int = PART_ROWS,
) -> GateResult:
    """Hold a table against its suite.

    The result does not depend on how the rows are cut into batches and parts.

    Args:
        table: The table that the batches are of.
        batches: Its rows, with every column of the table; further columns do no harm.
        suite: A suite for this table.
        config: How much may be quarantined.
        run_id: The run that asks; it goes into the rows.
        allow_empty: Whether no rows at all are fine. Otherwise they are refused.
        part_rows: Rows that Great Expectations sees at once.

    Raises:
        SuiteError: The suite is for another table.
    """
    if suite.table.name != table.name:
        raise SuiteError(
            f"the suite is for table {suite.table.name}, not {table.name}",
            where=str(suite.path),
            next_step=f"pass the suite whose name is {table.name!r}",
        )
    findings = Findings(suite, run_id, Contract(table), {e.position: Tally(e) for e in suite.expectations})
    try:
        _Examination(suite, findings).take(batches, part_rows)
    except BrokenCheck as broken:
        findings.broken = broken
    return GateResult(
        findings.rows,
        findings.validation(allow_empty=allow_empty),
        in_order(findings.quarantined),
        findings.failure(config, allow_empty=allow_empty),
        findings.breaking(),
    )


class _Examination:
    """One table on its way through: taken part by part, then as a whole."""

    def __init__(self, suite: Suite, findings: Findings) -> None:
        self._suite = suite
        self._findings = findings
        self._by_part = [e for e in suite.expectations if e.kind.scope is not Scope.WHOLE]
        self._of_whole = [e for e in suite.expectations if e.kind.scope is Scope.WHOLE]
        self._seen = {name for e in self._by_part for name in e.columns}
        self._repeats = {e.position: Repeats() for e in suite.expectations if e.kind.scope is Scope.UNIQUE}
        self._kept: dict[str, list[pa.Array]] = {name: [] for e in self._of_whole for name in e.columns}

    def take(self, batches: Iterable[pa.RecordBatch], part_rows: int) -> None:
        """Look at all rows.

        Raises:
            BrokenCheck: Great Expectations fails as a whole.
        """
        runner: Runner | None = None
        for part in self._in_parts(batches, part_rows):
            runner = runner or Runner(self._suite, self._by_part)
            frame = frame_of({name: part.column(name) for name in self._seen}, part.num_rows)
            self._take_part(part, runner.run(frame))
        if self._findings.rows and not self._findings.contract.structure:
            self._judge_whole()

    def _in_parts(self, batches: Iterable[pa.RecordBatch], part_rows: int) -> Iterator[pa.Table]:
        """Keys and derived columns of the rows, ``part_rows`` at a time; text is not kept."""
        waiting: list[pa.RecordBatch] = []
        rows = 0
        for batch in batches:
            if not self._findings.contract.admits(batch):
                return
            start = 0
            while start < batch.num_rows:
                piece = batch.slice(start, min(SLICE_ROWS, part_rows - rows))
                waiting.append(self._without_text(piece))
                start += piece.num_rows
                rows += piece.num_rows
                if rows == part_rows:
                    yield pa.Table.from_batches(waiting).combine_chunks()
                    waiting, rows = [], 0
        if waiting:
            yield pa.Table.from_batches(waiting).combine_chunks()

    def _without_text(self, piece: pa.RecordBatch) -> pa.RecordBatch:
        derived = derive(piece, self._suite.frame_columns)
        keys = {key(name): plain(piece.column(name)) for name in KEYS if name in self._suite.table.names}
        return pa.RecordBatch.from_pydict({**derived, **keys})

    def _take_part(self, part: pa.Table, outcomes: dict[int, Outcome]) -> None:
        reasons: dict[int, Expectation] = {}
        for expectation in self._by_part:
            # One without an outcome is counted as not evaluated, which fails the gate.
            if outcome := outcomes.get(expectation.position):
                rows = self._tally(part, expectation, outcome)
                if expectation.on_fail == "quarantine":
                    reasons = {**dict.fromkeys(rows, expectation), **reasons}
        if reasons:
            self._findings.quarantined.append(quarantine(part, reasons, self._findings.run_id))
        for name, arrays in self._kept.items():
            arrays.append(_array(part, name))
        self._findings.rows += part.num_rows
        self._findings.parts += 1

    def _tally(self, part: pa.Table, expectation: Expectation, outcome: Outcome) -> Sequence[int]:
        """Count an outcome in; returns the rows that break the expectation."""
        tally = self._findings.tallies[expectation.position]
        tally.add(outcome)
        rows = outcome.rows
        if expectation.kind.scope is Scope.UNIQUE:
            rows = self._repeats[expectation.position].add([_array(part, name) for name in expectation.columns])
        if len(rows) and key("doc_id") in part.column_names:
            tally.name_rows(part.column(key("doc_id")).take(pa.array(rows, pa.int64())).to_pylist())
        else:
            tally.number_rows(self._findings.rows + int(row) for row in rows)
        return rows

    def _judge_whole(self) -> None:
        columns = {name: pa.chunked_array(arrays) for name, arrays in self._kept.items()}
        frame = frame_of(columns, self._findings.rows)
        outcomes = Runner(self._suite, self._of_whole).run(frame)
        for expectation in self._of_whole:
            if outcome := outcomes.get(expectation.position):
                self._findings.tallies[expectation.position].add(outcome)
        for position, repeats in self._repeats.items():
            self._settle(self._findings.tallies[position], repeats)

    @staticmethod
    def _settle(tally: Tally, repeats: Repeats) -> None:
        """Put the count over all parts in place of the sum of the parts' counts."""
        if repeats.rows < tally.unexpected:
            tally.broken = tally.broken or (
                f"Great Expectations counts {tally.unexpected} repeated rows within the parts, "
                f"the gate {repeats.rows} over all of them"
            )
        tally.considered, tally.unexpected = repeats.considered, repeats.rows


def _array(part: pa.Table, name: str) -> pa.Array:
    return part.column(name).combine_chunks()
