"""A table held against its suite: what passes, what is quarantined, what stops the run.

Batches of any size go in; text is replaced by derived columns at once, and Great Expectations sees
``PART_ROWS`` rows at a time, so that memory does not grow with the table. It grows only by what
whole-table expectations need: the numbers of the columns that they name, 16 bytes for each value
that must be unique, and the rows that are quarantined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from saaf.config import ValidateConfig
from saaf.errors import BrokenCheck, DataRefused, SaafError, SuiteError
from saaf.reasons import Reason
from saaf.tables import REJECTED, VALIDATION, Table
from saaf.validate.catalogue import Scope
from saaf.validate.columns import SLICE_ROWS, derive, plain
from saaf.validate.contract import Contract
from saaf.validate.runner import Outcome, Runner, frame_of
from saaf.validate.suite import Expectation, Suite
from saaf.validate.tally import Tally, shown_value
from saaf.validate.uniqueness import Repeats

PART_ROWS = 100_000
"""Rows that Great Expectations sees at once."""

ROWS_PRESENT = "saaf_rows_present"
"""Name of the gate's own check that there are rows at all: on none, any suite passes."""
SCHEMA_HOLDS = "saaf_schema_holds"
"""Name of the gate's own check of columns, types and nulls."""

_KEYS = ("doc_id", "source", "uri", "record")
_PROBLEMS_NAMED = 5


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
    """

    rows: int
    validation: pa.RecordBatch
    quarantined: pa.RecordBatch
    failure: SaafError | None


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
    gate = _Gate(suite, run_id)
    try:
        gate.take(batches, part_rows)
    except BrokenCheck as broken:
        gate.broken = broken
    return gate.result(config, allow_empty=allow_empty)


class _Gate:
    """One table on its way through: parts are taken, then the result is drawn up."""

    def __init__(self, suite: Suite, run_id: str) -> None:
        self.broken: BrokenCheck | None = None
        self._suite = suite
        self._run_id = run_id
        self._contract = Contract(suite.table)
        self._tallies = {e.position: Tally(e) for e in suite.expectations}
        self._by_part = [e for e in suite.expectations if e.kind.scope is not Scope.WHOLE]
        self._of_whole = [e for e in suite.expectations if e.kind.scope is Scope.WHOLE]
        self._seen = {name for e in self._by_part for name in e.columns}
        self._repeats = {e.position: Repeats() for e in suite.expectations if e.kind.scope is Scope.UNIQUE}
        self._kept: dict[str, list[pa.Array]] = {name: [] for e in self._of_whole for name in e.columns}
        self._quarantined: list[pa.RecordBatch] = []
        self._rows = 0
        self._parts = 0

    # Taking

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
        if self._rows and not self._contract.structure:
            self._judge_whole()

    def _in_parts(self, batches: Iterable[pa.RecordBatch], part_rows: int) -> Iterator[pa.Table]:
        """Keys and derived columns of the rows, ``part_rows`` at a time; text is not kept."""
        waiting: list[pa.RecordBatch] = []
        rows = 0
        for batch in batches:
            if not self._contract.admits(batch):
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
        keys = {_key(name): plain(piece.column(name)) for name in _KEYS if name in self._suite.table.names}
        return pa.RecordBatch.from_pydict({**derived, **keys})

    def _take_part(self, part: pa.Table, outcomes: dict[int, Outcome]) -> None:
        quarantined_for: dict[int, Expectation] = {}
        for expectation in self._by_part:
            outcome = outcomes.get(expectation.position)
            if outcome is None:
                continue  # counted as not evaluated, which fails the gate
            tally = self._tallies[expectation.position]
            tally.add(outcome)
            rows = outcome.rows
            if expectation.kind.scope is Scope.UNIQUE:
                rows = self._repeats[expectation.position].add([_array(part, name) for name in expectation.columns])
            if len(rows) and _key("doc_id") in part.column_names:
                tally.name_rows(part.column(_key("doc_id")).take(pa.array(rows, pa.int64())).to_pylist())
            if expectation.on_fail == "quarantine":
                quarantined_for.update({row: expectation for row in rows if row not in quarantined_for})
        if quarantined_for:
            self._quarantined.append(_rejected(part, quarantined_for, self._run_id))
        for name, arrays in self._kept.items():
            arrays.append(_array(part, name))
        self._rows += part.num_rows
        self._parts += 1

    def _judge_whole(self) -> None:
        columns = {name: pa.chunked_array(arrays) for name, arrays in self._kept.items()}
        frame = frame_of(columns, self._rows)
        outcomes = Runner(self._suite, self._of_whole).run(frame)
        for expectation in self._of_whole:
            if outcome := outcomes.get(expectation.position):
                self._tallies[expectation.position].add(outcome)
        for position, repeats in self._repeats.items():
            self._settle(self._tallies[position], repeats)

    @staticmethod
    def _settle(tally: Tally, repeats: Repeats) -> None:
        """Put the count over all parts in place of the sum of the parts' counts."""
        if repeats.rows < tally.unexpected:
            tally.broken = tally.broken or (
                f"Great Expectations counts {tally.unexpected} repeated rows within the parts, "
                f"the gate {repeats.rows} over all of them"
            )
        tally.considered, tally.unexpected = repeats.considered, repeats.rows

    # The result

    def result(self, config: ValidateConfig, *, allow_empty: bool) -> GateResult:
        """Draw up what was found."""
        quarantined = _concatenated(self._quarantined)
        failure = (
            self._refused_by_contract()
            or self._refused_for_lack(allow_empty=allow_empty)
            or self.broken
            or self._broken_check()
            or self._refused_by_suite()
            or self._refused_for_share(quarantined, config)
        )
        return GateResult(self._rows, self._validation(allow_empty=allow_empty), quarantined, failure)

    @property
    def _name(self) -> str:
        return self._suite.table.name

    def _refused_by_contract(self) -> DataRefused | None:
        if self._contract.holds:
            return None
        problems = self._contract.problems
        return DataRefused(
            f"{self._name} is not what its schema declares: {_named(problems)}",
            where=f"table {self._name}, run {self._run_id}",
            next_step="this is a fault of the stage that wrote the table: please report it with this message",
        )

    def _refused_for_lack(self, *, allow_empty: bool) -> DataRefused | None:
        if self._rows or allow_empty or self.broken:
            return None
        return DataRefused(
            f"{self._name} holds no rows, and on no rows every expectation would pass",
            where=f"table {self._name}, run {self._run_id}",
            next_step="look into the run's rejected documents for what became of its input",
        )

    def _broken_check(self) -> BrokenCheck | None:
        if not self._rows:
            return None
        tallies = self._tallies.values()
        if not tallies and not self._suite.size:
            return self._is_broken("its suite holds no expectations")
        if broken := [tally for tally in tallies if tally.broken]:
            said = [f"{tally.expectation.label} could not be evaluated: {tally.broken}" for tally in broken]
            return self._is_broken(_named(said))
        if len(self._tallies) != self._suite.size:
            return self._is_broken(f"{len(self._tallies)} of the suite's {self._suite.size} expectations are there")
        if missed := [tally.expectation.label for tally in tallies if not self._is_complete(tally)]:
            done = len(self._tallies) - len(missed)
            return self._is_broken(
                f"{done} of the suite's {self._suite.size} expectations were evaluated on all rows: "
                f"not {_named(missed)}"
            )
        return None

    def _is_complete(self, tally: Tally) -> bool:
        times = 1 if tally.expectation.kind.scope is Scope.WHOLE else self._parts
        return bool(self._rows) and tally.evaluated == times

    def _is_broken(self, what: str) -> BrokenCheck:
        return BrokenCheck(
            f"{self._name} was not checked: {what}",
            where=str(self._suite.path),
            next_step="mend the suite, or the versions of Great Expectations and pandas; the data is not judged",
        )

    def _refused_by_suite(self) -> DataRefused | None:
        failed = [t for t in self._tallies.values() if not t.success and t.expectation.on_fail == "fail"]
        if not failed or not self._rows:
            return None
        return DataRefused(
            f"{self._name} breaks {len(failed)} critical expectation(s): "
            + _named([_said(tally, self._rows) for tally in failed]),
            where=f"{self._suite.path}, expectation {failed[0].expectation.position}",
            next_step="mend what made these rows, or the expectation where it asks for too much; then run again",
        )

    def _refused_for_share(self, quarantined: pa.RecordBatch, config: ValidateConfig) -> DataRefused | None:
        if not self._rows or quarantined.num_rows <= config.max_quarantined_share * self._rows:
            return None
        reasons = [t for t in self._tallies.values() if t.unexpected and t.expectation.on_fail == "quarantine"]
        worst = sorted(reasons, key=lambda tally: (-tally.unexpected, tally.expectation.position))
        return DataRefused(
            f"{quarantined.num_rows} of {self._rows} rows of {self._name} would be quarantined, more than the share of "
            f"{config.max_quarantined_share:g} that is allowed: " + _named([_said(t, self._rows) for t in worst]),
            where=str(self._suite.path),
            next_step="find out what is wrong with so many rows; if nothing is, raise validate.max_quarantined_share",
        )

    def _validation(self, *, allow_empty: bool) -> pa.RecordBatch:
        rows = [self._own_row(ROWS_PRESENT, bool(self._rows) or allow_empty, str(self._rows), ">= 1 row")]
        if self._rows or not self._contract.holds:
            rows.append(self._own_row(SCHEMA_HOLDS, self._contract.holds, self._observed_contract(), "as declared"))
        if not self._contract.structure and not self.broken:  # else some were stopped half-way
            rows.extend(self._row(tally) for tally in self._tallies.values() if self._is_complete(tally))
        rows.sort(key=lambda row: [str(row.get(name) or "") for name in (*VALIDATION.sort_by, "bound")])
        return VALIDATION.batch(rows)

    def _observed_contract(self) -> str | None:
        return None if self._contract.holds else "; ".join(self._contract.problems)

    def _own_row(self, name: str, success: bool, observed: str | None, bound: str) -> dict[str, object]:
        return {
            "table": self._name,
            "expectation": name,
            "severity": "critical",
            "on_fail": "fail",
            "bound": bound,
            "why": "Great Expectations cannot tell." if name == SCHEMA_HOLDS else "On no rows, every check passes.",
            "success": success,
            "rows": self._rows,
            "observed": observed,
            "sample_ids": [],
            "run_id": self._run_id,
        }

    def _row(self, tally: Tally) -> dict[str, object]:
        expectation = tally.expectation
        of_rows = expectation.kind.scope is not Scope.WHOLE and not tally.broken
        return {
            "table": self._name,
            "expectation": expectation.type,
            "column": ", ".join(expectation.columns) or None,
            "severity": expectation.severity,
            "on_fail": expectation.on_fail,
            "bound": expectation.bound,
            "why": expectation.why,
            "success": tally.success,
            "rows": self._rows,
            "unexpected": tally.unexpected if of_rows else None,
            "observed": f"broken: {tally.broken}" if tally.broken else tally.observed,
            "sample_ids": tally.sample if of_rows else [],
            "run_id": self._run_id,
        }


def _key(name: str) -> str:
    # Apart from the derived columns: a key is never shown to an expectation under this name.
    return f"key:{name}"


def _array(part: pa.Table, name: str) -> pa.Array:
    return part.column(name).combine_chunks()


def _rejected(part: pa.Table, reasons: dict[int, Expectation], run_id: str) -> pa.RecordBatch:
    """REJECTED rows for rows of a part; one that lacks a key cannot be named, and fails the gate anyway."""
    found = part.take(pa.array(list(reasons), pa.int64())).to_pylist()
    rows = [
        {
            **{name: row[_key(name)] for name in _KEYS},
            "stage": "validate",
            "reason": Reason.QUARANTINED,
            "rule": expectation.label,
            "value": _value([row[name] for name in expectation.columns]),
            "threshold": expectation.bound,
            "run_id": run_id,
        }
        for row, expectation in zip(found, reasons.values(), strict=True)
    ]
    return REJECTED.batch(row for row in rows if all(row[name] is not None for name in _KEYS))


def _value(values: Sequence[object]) -> str | None:
    """The values that broke it, as JSON; null for strings, which may hold anything."""
    if any(isinstance(value, str) for value in values):
        return None
    return ", ".join(map(shown_value, values))


def _concatenated(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if not batches:
        return REJECTED.batch([])
    table = pa.Table.from_batches(batches, schema=REJECTED.schema)
    table = table.sort_by([(name, "ascending") for name in ("doc_id", "uri", "record", "rule", "value")])
    return REJECTED.conform(
        pa.RecordBatch.from_arrays([c.combine_chunks() for c in table.columns], REJECTED.schema.names)
    )


def _said(tally: Tally, rows: int) -> str:
    expectation = tally.expectation
    if expectation.kind.scope is Scope.WHOLE:
        return f"{expectation.label} asks for {expectation.bound} and finds {tally.observed}"
    sample = f" (doc_id {', '.join(tally.sample)})" if tally.sample else ""
    return f"{expectation.label} asks for {expectation.bound}, and {tally.unexpected} of {rows} rows break it{sample}"


def _named(problems: Sequence[str]) -> str:
    more = len(problems) - _PROBLEMS_NAMED
    return "; ".join(problems[:_PROBLEMS_NAMED]) + (f"; and {more} more" if more > 0 else "")
