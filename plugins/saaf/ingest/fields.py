"""Which field of a record is its text, its title, its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from saaf.config import SourceConfig
from saaf.ingest.failure import Refusal
from saaf.reasons import Reason

ROLES = ("id", "text", "title", "url", "date", "site")
"""What a record may tell, in the order that `canonical` writes it."""

_DEFAULTS: dict[str, tuple[str, ...]] = {
    "id": ("doc_id", "id"),
    "text": ("text", "content", "body", "raw_text"),
    "title": ("title", "headline"),
    "url": ("url", "link"),
    "date": ("published", "date"),
    "site": ("site",),
}

_SHOWN = 30
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class FieldNames:
    """The names that fields go by in a source.

    Attributes:
        names: For each role the names to try, in order.
        configured: Roles whose name the configuration gives.
    """

    names: Mapping[str, tuple[str, ...]]
    configured: frozenset[str]

    @classmethod
    def of(cls, source: SourceConfig) -> FieldNames:
        """The names of a source: the configured one alone, else the usual ones."""
        given = {role: getattr(source, f"{role}_field") for role in ROLES}
        return cls(
            {role: (name,) if name else _DEFAULTS[role] for role, name in given.items()},
            frozenset(role for role, name in given.items() if name),
        )

    def of_record(self, record: Mapping[str, object]) -> dict[str, object]:
        """The value of each role: the first that is there and not null."""
        return {
            role: next((record[name] for name in names if record.get(name) is not None), None)
            for role, names in self.names.items()
        }

    def of_columns(self, columns: Sequence[str]) -> dict[str, str | None]:
        """The column of each role.

        Raises:
            Refusal: `MALFORMED_OBJECT`: there is no text column, a configured column is not there, or a name occurs
                twice. It names the columns found.
        """
        found = {role: next((name for name in names if name in columns), None) for role, names in self.names.items()}
        for role in ROLES:
            column = found[role]
            if column is None and (role == "text" or role in self.configured):
                wanted = " or ".join(repr(name) for name in self.names[role])
                raise Refusal(
                    Reason.MALFORMED_OBJECT,
                    f"no column is called {wanted}; columns found: {listed(columns)}",
                    next_step=f"set `{role}_field` of the source to one of them",
                )
            if column is not None and columns.count(column) > 1:
                raise Refusal(
                    Reason.MALFORMED_OBJECT,
                    f"several columns are called {column!r}; columns found: {listed(columns)}",
                    next_step="give each column a name of its own",
                )
        return found


def listed(names: Sequence[str]) -> str:
    """Field names for a message: cut, for the names are input too."""
    shown = ", ".join(repr(name[:_SHOWN_CHARACTERS]) for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return (shown or "none") + (f" and {more} more" if more > 0 else "")


def site_of(given: str | None, source: SourceConfig, url: str | None) -> str | None:
    """The site of a page: what the record says, else the source's setting, else the host of the address."""
    return given or source.site or _host(url)


def _host(url: str | None) -> str | None:
    if not url:
        return None
    try:
        host = urlsplit(url.strip()).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
