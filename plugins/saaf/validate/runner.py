"""The seam to Great Expectations: a suite is built once and run over frames of derived columns."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from saaf.errors import BrokenCheck
from saaf.validate.catalogue import Scope
from saaf.validate.suite import Expectation, Suite

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_FORMAT = {
    "result_format": "COMPLETE",  # row numbers of what does not hold
    "exclude_unexpected_values": True,  # and never the values
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
}
_MESSAGE_CHARACTERS = 200


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations says of one expectation on one frame.

    Attributes:
        success: Whether it holds for this frame.
        considered: Rows it was held against; rows with nulls are left out by most types.
        unexpected: Rows for which it does not hold; 0 for an expectation of the whole.
        rows: Their numbers in the frame.
        observed: What was found, for an expectation of the whole.
        broken: The last line of the error where it could not be evaluated.
    """

    success: bool
    considered: int = 0
    unexpected: int = 0
    rows: Sequence[int] = field(default=())
    observed: Any = None
    broken: str | None = None


def library() -> Any:
    """Great Expectations, imported on the first call, with its chatter and telemetry off.

    The import takes seconds, and logs a hundred lines at INFO level into task logs.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations

    # The import gives this one a level of its own.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    return great_expectations


def frame_of(columns: Mapping[str, pa.Array], rows: int) -> pd.DataFrame:
    """A pandas frame of derived columns, its rows numbered from 0.

    Args:
        columns: Arrays, or chunked arrays, of ``rows`` values.
        rows: Number of rows, which a frame without columns has too.
    """
    import pandas as pd
    import pyarrow as pa

    if not columns:
        return pd.DataFrame(index=pd.RangeIndex(rows))
    frame: pd.DataFrame = pa.table(dict(columns)).to_pandas().reset_index(drop=True)
    return frame


class Runner:
    """Expectations of a suite, ready to be run over frame after frame.

    Args:
        suite: The suite that the expectations are of.
        expectations: Those to run.

    Raises:
        BrokenCheck: Great Expectations leaves an expectation out, or does not take its arguments.
    """

    def __init__(self, suite: Suite, expectations: Sequence[Expectation]) -> None:
        self._expectations = {e.position: e for e in expectations}
        self._suite = suite
        gx = library()
        try:
            self._built = gx.ExpectationSuite(name=suite.name, expectations=[_configuration(e) for e in expectations])
        except (ValueError, TypeError) as error:
            raise self._broken(f"Great Expectations does not take its arguments: {last_line(str(error))}") from error
        if len(self._built.expectations) != len(expectations):
            raise self._broken(
                f"Great Expectations leaves out {len(expectations) - len(self._built.expectations)} of "
                f"{len(expectations)} expectations that it does not know or whose arguments it does not take"
            )

    def run(self, frame: pd.DataFrame) -> dict[int, Outcome]:
        """Evaluate the expectations on a frame.

        Returns:
            An outcome by position of the expectation. A position that Great Expectations did not
            answer for is missing.

        Raises:
            BrokenCheck: Great Expectations fails as a whole.
        """
        if not self._expectations:
            return {}
        try:
            batch = self._batches.get_batch(batch_parameters={"dataframe": frame})
            results = batch.validate(self._built, result_format=_FORMAT).results
        except Exception as error:
            said = f"Great Expectations fails: {type(error).__name__}: {last_line(str(error))}"
            raise self._broken(said) from error
        outcomes = {}
        for result in results:
            position = result.expectation_config.meta["position"]
            outcomes[position] = _outcome(result, self._expectations[position], len(frame))
        return outcomes

    @cached_property
    def _batches(self) -> Any:
        """Where frames are handed in. The context lives in memory, and keeps no frame but the last."""
        context = library().get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas(name="saaf").add_dataframe_asset(name=self._suite.name)
        return asset.add_batch_definition_whole_dataframe(name="frame")

    def _broken(self, what: str) -> BrokenCheck:
        return BrokenCheck(
            what,
            where=str(self._suite.path),
            next_step="mend the suite, or the versions of Great Expectations and pandas; the data is not judged",
        )

    def misread(self) -> str | None:
        """How Great Expectations understood a number otherwise than it stands in the suite, if it did."""
        for built in self._built.expectations:
            understood = built.configuration.kwargs
            for argument, value in self._expectations[built.meta["position"]].kwargs.items():
                if isinstance(value, int | float) and understood.get(argument, value) != value:
                    return f"Great Expectations reads {argument} {value!r} as {understood[argument]!r}"
        return None


def _configuration(expectation: Expectation) -> dict[str, Any]:
    # Great Expectations answers in an order of its own: the position says which answer is whose.
    return {
        "type": expectation.type,
        "kwargs": dict(expectation.kwargs),
        "severity": expectation.severity,
        "meta": {"position": expectation.position},
    }


def _outcome(result: Any, expectation: Expectation, rows: int) -> Outcome:
    if broken := _error_of(result.exception_info):
        return Outcome(False, broken=broken)
    found = result.result
    if not found:
        return Outcome(False, broken="it gave neither a result nor an error")
    if expectation.kind.scope is Scope.WHOLE:
        return Outcome(bool(result.success), considered=rows, observed=found.get("observed_value"))
    unexpected, numbers = found.get("unexpected_count"), found.get("unexpected_index_list")
    if unexpected is None or numbers is None or len(numbers) != unexpected or found["element_count"] != rows:
        return Outcome(False, broken="its counts do not agree with the rows that it names")
    considered = rows - (found.get("missing_count") or 0)
    return Outcome(bool(result.success), considered, int(unexpected), numbers)


def _error_of(info: Mapping[str, Any] | None) -> str | None:
    """The error's last line: flat for some errors, nested by metric for others."""
    if not info:
        return None
    nested = [value for value in info.values() if isinstance(value, Mapping)]
    for entry in [info, *nested]:
        if entry.get("raised_exception"):
            return last_line(str(entry.get("exception_message") or "an error without a message"))
    return None


def last_line(message: str) -> str:
    """The last line of a message, short, and with nothing in it that a log could stumble over."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    line = ascii(lines[-1])[1:-1] if lines else "an error without a message"
    return line if len(line) <= _MESSAGE_CHARACTERS else line[: _MESSAGE_CHARACTERS - 1] + "…"
