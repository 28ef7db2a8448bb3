"""What went wrong, with the value, the rule and the way out; and whether a retry helps.

Every error that a user can cause, or can do something about, is a :class:`SaafError`. Its text has
the same parts each time: what happened, where, and what to do next. Airflow asks ``retryable``,
the command line asks ``exit_code``.
"""

from __future__ import annotations

from typing import Any, ClassVar

EXIT_DONE = 0
EXIT_DATA_REFUSED = 1
EXIT_WRONG_USE = 2


class SaafError(Exception):
    """Base of all errors that Saaf raises on purpose.

    Args:
        what: One sentence: what happened, with the offending value.
        where: The file, line, column or row it happened at, where there is one.
        next_step: What the reader can do now, a command where there is one.
    """

    retryable: ClassVar[bool] = False
    """Whether the same call can succeed later with nothing changed by a person."""
    exit_code: ClassVar[int] = EXIT_DATA_REFUSED
    """Exit code of the command line when this error ends it."""

    def __init__(self, what: str, *, next_step: str, where: str | None = None) -> None:
        self.what = what
        self.where = where
        self.next_step = next_step
        super().__init__(what)

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"  where: {self.where}")
        parts.append(f"  next:  {self.next_step}")
        parts.append(f"  a retry {'may help' if self.retryable else 'does not help until then'}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        # Tasks run in processes of their own: an error must survive the way back whole.
        return (_rebuild, (type(self), self.what, self.where, self.next_step))


def _rebuild(kind: type[SaafError], what: str, where: str | None, next_step: str) -> SaafError:
    return kind(what, where=where, next_step=next_step)


class ConfigError(SaafError):
    """A configuration file or value that cannot be used."""

    exit_code = EXIT_WRONG_USE


class RuleError(ConfigError):
    """A rule pack that is refused at load: ``where`` holds file and line."""


class SuiteError(ConfigError):
    """An expectation suite that is refused at load."""


class InputError(SaafError):
    """An input that cannot be opened as a whole: a folder that is not there, say."""

    exit_code = EXIT_WRONG_USE


class RecordError(SaafError):
    """One input object or one record that cannot be read; it costs nothing but itself."""


class DataRefused(SaafError):
    """Data that failed a critical expectation: the run stops before anything is published."""


class BrokenCheck(SaafError):
    """A check that could not be carried out: neither a pass nor a failure of the data."""


class LakeError(SaafError):
    """The lake's files contradict its log, or cannot be written."""


class LakeBusy(LakeError):
    """Another run holds the lake's lock."""

    retryable = True


class LakeMovedOn(LakeError):
    """Another run committed since this run planned: what it decides no longer holds, and it has to plan anew."""


class StorageError(LakeError):
    """The storage failed: no space, no permission, a broken connection."""

    retryable = True


class IndexMismatch(LakeError):
    """A deduplication index that was made with other settings than the run's."""


class InvariantBroken(SaafError):
    """The run's own accounts do not add up: a fault of Saaf; nothing is published."""
