"""What is known of one expectation after some parts of a table; parts add up to the whole."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

import numpy as np

from saaf.validate.catalogue import Scope
from saaf.validate.runner import Outcome
from saaf.validate.suite import Expectation

SAMPLE = 3
"""How many doc_ids a result names."""
NUMBERED = 10_000
"""How many rows without a doc_id a result names."""

_DOC_ID = re.compile(r"[0-9a-f]{32}")
_CODE = re.compile(r"[A-Za-z0-9_.+-]{1,40}")
_OBSERVED_CHARACTERS = 200


@dataclass
class Tally:
    """Counts of one expectation.

    Attributes:
        expectation: The expectation.
        considered: Rows it was held against.
        unexpected: Rows for which it does not hold.
        sample: The smallest doc_ids of such rows, as they may be shown.
        numbers: Numbers of such rows, in a table whose rows have no doc_id; the first ``NUMBERED``.
        evaluated: Parts for which Great Expectations gave a result.
        holds: Whether it holds for the whole table, where that is judged at once.
        observed: What was found, in JSON, where that is judged at once.
        broken: Why it could not be evaluated, where it could not.
    """

    expectation: Expectation
    considered: int = 0
    unexpected: int = 0
    sample: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    evaluated: int = 0
    holds: bool = False
    observed: str | None = None
    broken: str | None = None

    def add(self, outcome: Outcome) -> None:
        """Take in the outcome for a part, or for the whole."""
        self.evaluated += 1
        self.broken = self.broken or outcome.broken
        self.considered += outcome.considered
        self.unexpected += outcome.unexpected
        if self.expectation.kind.scope is Scope.WHOLE and not outcome.broken:
            self.holds = outcome.success
            self.observed = shown_value(outcome.observed)

    def name_rows(self, doc_ids: Iterable[str | None]) -> None:
        """Note rows for which it does not hold, so that a few can be named."""
        self.sample = heapq.nsmallest(SAMPLE, {*self.sample, *map(shown_id, doc_ids)})

    def number_rows(self, numbers: Iterable[int]) -> None:
        """Note rows for which it does not hold by their number, where they have no doc_id."""
        self.numbers.extend(islice(numbers, NUMBERED - len(self.numbers)))

    @property
    def success(self) -> bool:
        """Whether it holds, as Great Expectations would say of the whole table at once."""
        if self.broken:
            return False
        if self.expectation.kind.scope is Scope.WHOLE:
            return self.holds
        if self.considered == 0:
            return True
        return (self.considered - self.unexpected) / self.considered >= self.expectation.mostly


def shown_id(doc_id: str | None) -> str:
    """A doc_id as messages show it: what is none may hold anything, so it is described instead."""
    if doc_id is None:
        return "(null)"
    if _DOC_ID.fullmatch(doc_id):
        return doc_id
    return f"(not a doc_id: {len(doc_id)} characters)"


def shown_value(value: Any) -> str:
    """A value found in derived columns, as JSON; a string that is no short code is described instead."""
    return json.dumps(_plain(value), ensure_ascii=True)[:_OBSERVED_CHARACTERS]


def _plain(value: Any) -> Any:  # noqa: PLR0911 - a flat list of the types there are
    if isinstance(value, np.generic):
        return _plain(value.item())
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, date):  # pandas timestamps are dates too
        return value.isoformat()
    if isinstance(value, str):
        return value if _CODE.fullmatch(value) else f"({len(value)} characters)"
    if isinstance(value, dict):
        return {str(_plain(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return sorted((_plain(v) for v in value), key=repr)
    return f"({type(value).__name__})"
