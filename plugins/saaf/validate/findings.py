"""What a gate found in a table, drawn up: whether the run may go on, and a row for every check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from saaf.config import ValidateConfig
from saaf.errors import BrokenCheck, DataRefused, SaafError
from saaf.tables import VALIDATION
from saaf.validate.catalogue import Scope
from saaf.validate.contract import Contract
from saaf.validate.suite import Suite
from saaf.validate.tally import Tally

ROWS_PRESENT = "saaf_rows_present"
"""Name of the gate's own check that there are rows at all: on none, any suite passes."""
SCHEMA_HOLDS = "saaf_schema_holds"
"""Name of the gate's own check of columns, types and nulls."""

_PROBLEMS_NAMED = 5
_OWN_REASONS = {
    ROWS_PRESENT: "On no rows, every expectation would hold.",
    SCHEMA_HOLDS: "What the table declares is what its readers rely on.",
}


@dataclass
class Findings:
    """What was found so far.

    Attributes:
        suite: The suite.
        run_id: The run that asks.
        contract: What breaks the table's schema.
        tallies: Counts by the expectation's position.
        quarantined: REJECTED rows, a batch a part.
        rows: Rows that were looked at.
        parts: Parts that they came in.
        broken: Why Great Expectations failed as a whole, if it did.
    """

    suite: Suite
    run_id: str
    contract: Contract
    tallies: dict[int, Tally]
    quarantined: list[pa.RecordBatch] = field(default_factory=list)
    rows: int = 0
    parts: int = 0
    broken: BrokenCheck | None = None

    def failure(self, config: ValidateConfig, *, allow_empty: bool) -> SaafError | None:
        """Why the run must stop, the gravest reason first; None where the table may go on."""
        return (
            self._refused_by_contract()
            or self._refused_for_lack(allow_empty=allow_empty)
            or self.broken
            or self._broken_check()
            or self._refused_by_suite()
            or self._refused_for_share(config)
        )

    def breaking(self) -> dict[str, frozenset[int]]:
        """Numbers of rows that break a failed expectation, by what the failure does."""
        numbers: dict[str, set[int]] = {}
        for tally in self.tallies.values():
            if not tally.success:
                numbers.setdefault(tally.expectation.on_fail, set()).update(tally.numbers)
        return {on_fail: frozenset(found) for on_fail, found in numbers.items()}

    @property
    def _name(self) -> str:
        return self.suite.table.name

    def _refused_by_contract(self) -> DataRefused | None:
        if self.contract.holds:
            return None
        problems = self.contract.problems
        return DataRefused(
            f"{self._name} is not what its schema declares: {_named(problems)}",
            where=f"table {self._name}, run {self.run_id!r}",
            next_step="this is a fault of the stage that wrote the table: please report it with this message",
        )

    def _refused_for_lack(self, *, allow_empty: bool) -> DataRefused | None:
        if self.rows or allow_empty or self.broken:
            return None
        return DataRefused(
            f"{self._name} holds no rows, and on no rows every expectation would pass",
            where=f"table {self._name}, run {self.run_id!r}",
            next_step="look into the run's rejected documents for what became of its input",
        )

    def _broken_check(self) -> BrokenCheck | None:
        if not self.rows:
            return None
        tallies = self.tallies.values()
        if not tallies and not self.suite.size:
            return self._is_broken("its suite holds no expectations")
        if broken := [tally for tally in tallies if tally.broken]:
            said = [f"{tally.expectation.label} could not be evaluated: {tally.broken}" for tally in broken]
            return self._is_broken(_named(said))
        if len(self.tallies) != self.suite.size:
            return self._is_broken(f"{len(self.tallies)} of the suite's {self.suite.size} expectations are there")
        if missed := [tally.expectation.label for tally in tallies if not self._is_complete(tally)]:
            done = len(self.tallies) - len(missed)
            return self._is_broken(
                f"{done} of the suite's {self.suite.size} expectations were evaluated on all rows: not {_named(missed)}"
            )
        return None

    def _is_complete(self, tally: Tally) -> bool:
        times = 1 if tally.expectation.kind.scope is Scope.WHOLE else self.parts
        return bool(self.rows) and tally.evaluated == times

    def _is_broken(self, what: str) -> BrokenCheck:
        return BrokenCheck(
            f"{self._name} was not checked: {what}",
            where=str(self.suite.path),
            next_step="mend the suite, or the versions of Great Expectations and pandas; the data is not judged",
        )

    def _refused_by_suite(self) -> DataRefused | None:
        failed = [t for t in self.tallies.values() if not t.success and t.expectation.on_fail == "fail"]
        if not failed or not self.rows:
            return None
        return DataRefused(
            f"{self._name} breaks {len(failed)} critical expectation(s): "
            + _named([_said(tally, self.rows) for tally in failed]),
            where=f"{self.suite.path}, expectation {failed[0].expectation.position}",
            next_step="mend what made these rows, or the expectation where it asks for too much; then run again",
        )

    def _refused_for_share(self, config: ValidateConfig) -> DataRefused | None:
        quarantined = sum(batch.num_rows for batch in self.quarantined)
        if quarantined <= config.max_quarantined_share * self.rows:
            return None
        reasons = [t for t in self.tallies.values() if t.unexpected and t.expectation.on_fail == "quarantine"]
        worst = sorted(reasons, key=lambda tally: (-tally.unexpected, tally.expectation.position))
        return DataRefused(
            f"{quarantined} of {self.rows} rows of {self._name} would be quarantined, more than the share of "
            f"{config.max_quarantined_share:g} that is allowed: " + _named([_said(t, self.rows) for t in worst]),
            where=str(self.suite.path),
            next_step="find out what is wrong with so many rows; if nothing is, raise validate.max_quarantined_share",
        )

    def validation(self, *, allow_empty: bool) -> pa.RecordBatch:
        """VALIDATION rows: the gate's own checks, and every expectation that saw all rows."""
        rows = [self._own_row(ROWS_PRESENT, bool(self.rows) or allow_empty, str(self.rows), ">= 1 row")]
        if self.rows or not self.contract.holds:
            rows.append(self._own_row(SCHEMA_HOLDS, self.contract.holds, self._observed_contract(), "as declared"))
        if not self.contract.structure and not self.broken:  # else some were stopped half-way
            rows.extend(self._row(tally) for tally in self.tallies.values() if self._is_complete(tally))
        rows.sort(key=lambda row: [str(row.get(name) or "") for name in (*VALIDATION.sort_by, "bound")])
        return VALIDATION.batch(rows)

    def _observed_contract(self) -> str | None:
        return None if self.contract.holds else "; ".join(self.contract.problems)

    def _own_row(self, name: str, success: bool, observed: str | None, bound: str) -> dict[str, object]:
        return {
            "table": self._name,
            "expectation": name,
            "severity": "critical",
            "on_fail": "fail",
            "bound": bound,
            "why": _OWN_REASONS[name],
            "success": success,
            "rows": self.rows,
            "observed": observed,
            "sample_ids": [],
            "run_id": self.run_id,
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
            "rows": self.rows,
            "unexpected": tally.unexpected if of_rows else None,
            "observed": f"broken: {tally.broken}" if tally.broken else tally.observed,
            "sample_ids": tally.sample if of_rows else [],
            "run_id": self.run_id,
        }


def _said(tally: Tally, rows: int) -> str:
    expectation = tally.expectation
    if expectation.kind.scope is Scope.WHOLE:
        return f"{expectation.label} asks for {expectation.bound} and finds {tally.observed}"
    sample = f" (doc_id {', '.join(tally.sample)})" if tally.sample else ""
    return f"{expectation.label} asks for {expectation.bound}, and {tally.unexpected} of {rows} rows break it{sample}"


def _named(problems: Sequence[str]) -> str:
    more = len(problems) - _PROBLEMS_NAMED
    return "; ".join(problems[:_PROBLEMS_NAMED]) + (f"; and {more} more" if more > 0 else "")
