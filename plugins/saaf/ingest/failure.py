"""How one input object or record is refused: a reason, a sentence, a way out."""

from __future__ import annotations

import errno
from typing import Any

from saaf.errors import RecordError
from saaf.reasons import Reason


class Refusal(RecordError):
    """An input object that cannot be read. It costs nothing but itself.

    Args:
        reason: The stable code; it also begins ``what``.
        message: What is wrong, in one clause, without the object's text.
        next_step: What the owner of the input can do.
        where: The uri of the object, where it is known.
    """

    def __init__(self, reason: Reason, message: str, *, next_step: str, where: str | None = None) -> None:
        self.reason = reason
        self.message = message
        super().__init__(f"{reason.value}: {message}", where=where, next_step=next_step)

    @property
    def sentence(self) -> str:
        """What is wrong and what to do: the ``message`` of the ledger."""
        return f"{self.message}; {self.next_step}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self.reason, self.message, self.next_step, self.where))


def _rebuild(reason: Reason, message: str, next_step: str, where: str | None) -> Refusal:
    return Refusal(reason, message, next_step=next_step, where=where)


# ENOTDIR: a folder on the way was replaced by a link after it was listed.
_LINK_ERRORS = {errno.ELOOP, errno.ENOTDIR}


def refusal_of(error: OSError, uri: str) -> Refusal:
    """The refusal that an error of the operating system or of a remote storage amounts to."""
    if isinstance(error, PermissionError):
        return Refusal(
            Reason.NO_PERMISSION,
            "this user may not read it",
            next_step="give the user that runs Saaf the right to read it",
            where=uri,
        )
    if isinstance(error, FileNotFoundError):
        return Refusal(
            Reason.UNREADABLE,
            "it is gone since it was listed",
            next_step="nothing to do if it was taken away on purpose",
            where=uri,
        )
    if error.errno in _LINK_ERRORS:
        return link_refused("a part of its path is a link, which was not so when it was listed", uri)
    return unreadable(errno.errorcode.get(error.errno or 0, type(error).__name__), uri)


def unreadable(what: str, uri: str) -> Refusal:
    """A storage that failed; `what` is the name of its error."""
    return Refusal(
        Reason.UNREADABLE, f"reading it failed ({what})", next_step="check the storage, then run again", where=uri
    )


def link_refused(message: str, uri: str) -> Refusal:
    """A link that is not followed."""
    return Refusal(
        Reason.LINK_REFUSED, message, next_step="put the file itself into the input folder, not a link to it", where=uri
    )


def not_a_file(uri: str) -> Refusal:
    """A FIFO, socket or device."""
    return Refusal(
        Reason.NOT_A_FILE,
        "it is a FIFO, a socket or a device, not a regular file",
        next_step="take it out of the input folder",
        where=uri,
    )


def still_changing(uri: str) -> Refusal:
    """A file that somebody writes to while it is read."""
    return Refusal(
        Reason.UNREADABLE,
        "it changed while it was read",
        next_step="nothing to do: the next run reads it",
        where=uri,
    )
