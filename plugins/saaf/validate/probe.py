"""A suite's first run, on made-up rows: what cannot be evaluated is found when it is loaded."""

from __future__ import annotations

from typing import NoReturn

from saaf.errors import BrokenCheck, SuiteError
from saaf.validate.columns import derive
from saaf.validate.runner import Outcome, Runner, frame_of
from saaf.validate.samples import wrong_rows
from saaf.validate.suite import Expectation, Suite


def hold_understood(suite: Suite) -> None:
    """Build every expectation of the suite.

    Raises:
        SuiteError: Great Expectations leaves one out, or misreads it.
    """
    for expectation in suite.expectations:
        if misread := _alone(suite, expectation).misread():
            _refuse(suite, expectation, misread)


def try_out(suite: Suite) -> None:
    """Run every expectation of the suite.

    Raises:
        SuiteError: Great Expectations cannot evaluate one.
    """
    outcomes = _outcomes(suite)
    for expectation in suite.expectations:
        outcome = outcomes.get(expectation.position)
        if outcome is None:
            _refuse(suite, expectation, "Great Expectations gives no result for it")
        if outcome.broken:
            _refuse(suite, expectation, f"it cannot be evaluated: {outcome.broken}")


def _alone(suite: Suite, expectation: Expectation) -> Runner:
    try:
        return Runner(suite, [expectation])
    except BrokenCheck as broken:
        _refuse(suite, expectation, broken.what)


def _outcomes(suite: Suite) -> dict[int, Outcome]:
    rows = wrong_rows(suite)
    frame = frame_of(derive(rows, suite.frame_columns), rows.num_rows)
    try:
        return Runner(suite, suite.expectations).run(frame)
    except BrokenCheck as broken:
        for expectation in suite.expectations:  # which of them is it?
            try:
                _alone(suite, expectation).run(frame)
            except BrokenCheck as its_own:
                _refuse(suite, expectation, its_own.what)
        raise SuiteError(broken.what, where=str(suite.path), next_step=broken.next_step) from broken


def _refuse(suite: Suite, expectation: Expectation, what: str) -> NoReturn:
    raise SuiteError(
        f"{expectation.label}: {what}",
        where=f"{suite.path}, expectation {expectation.position}",
        next_step="mend its arguments: docs/validation.md shows the form of each type",
    ) from None
