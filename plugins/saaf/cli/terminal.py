"""What all commands share: where words go, what an error looks like, progress, files written whole."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeVar

import typer

from saaf.errors import InputError, SaafError, StorageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")]
Debug = Annotated[bool, typer.Option("--debug", help="Print a traceback with an error.")]
Site = Annotated[str | None, typer.Option(metavar="HOST", help="Site of texts that do not say theirs.")]
IdField = Annotated[str | None, typer.Option(metavar="NAME", help="Field with the id: doc_id or id.")]
TextField = Annotated[str | None, typer.Option(metavar="NAME", help="Field with the text: text, content ...")]

STANDARD_STREAM = Path("-")
"""As an output path: the standard output."""

_READER_GONE = 141
"""What a shell reports for a program that wrote to a closed pipe."""

Command = TypeVar("Command", bound=Callable[..., None])


def forgiving_streams() -> None:
    """Let words that a terminal's encoding lacks appear escaped, not as an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def command(function: Command) -> Command:
    """Make a function a command: its errors become words and exit codes, a closed pipe ends it quietly.

    The function has a parameter ``debug``.
    """

    @functools.wraps(function)
    def guarded(*args: Any, **options: Any) -> None:
        try:
            function(*args, **options)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whatever is still in the buffer has no reader; Python would complain about it at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(_READER_GONE) from None
        except SaafError as error:
            if options.get("debug"):
                raise
            say_error(error)
            raise typer.Exit(error.exit_code) from error

    return guarded  # type: ignore[return-value]


def say_error(error: SaafError) -> None:
    """Print an error: what, where, what to do next."""
    say(f"error: {error}", style="bold red")


def say(message: str, *, style: str = "", quiet: bool = False) -> None:
    """Print a message for people on the standard error; its first line is styled where there are colours."""
    if quiet:
        return
    from rich.text import Text

    from saaf.report.show import printable

    first, newline, rest = printable(message).partition("\n")
    text = Text(first, style=style)
    text.append(newline + rest, style="not bold default" if style else "")
    messages().print(text, soft_wrap=True)


def messages() -> Console:
    """The console for messages."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def results() -> Console:
    """The console for results."""
    from rich.console import Console

    return Console(highlight=False)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress | None]:
    """A progress display on a terminal; None where there is none to watch it."""
    console = messages()
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as display:
        yield display


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A text file that appears whole or not at all; ``-`` is the standard output.

    Raises:
        StorageError: It cannot be written.
    """
    if path == STANDARD_STREAM:
        yield sys.stdout
        return
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        yield file


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; what was written takes the place of ``path`` at the end, unless an error comes first.

    A device or pipe is written to as it is.

    Raises:
        InputError: There is a folder of that name.
        StorageError: It cannot be written.
    """
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder", next_step="name the file to write in it")
    if path.exists() and not path.is_file():
        yield path
        return
    unfinished = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(descriptor)
        unfinished = Path(name)
        unfinished.chmod(0o666 & ~_umask())
        yield unfinished
        unfinished.replace(path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written: {error.strerror or error}",
            next_step="name a place that this user may write to and that has room",
        ) from error
    finally:
        if unfinished is not None:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
