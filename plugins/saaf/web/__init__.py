"""The pages of the plugin: read only, and only for users who may see the DAG `corpus`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class LazyApplication:
    """The plugin's pages, built when the first request comes.

    Plugins load in every Airflow process, tasks included, and the parts of Airflow that check who
    may see a page take seconds to import: only the API server, once asked, should pay for them.
    """

    def __init__(self) -> None:
        self._application: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if self._application is None:
            from saaf.web.application import create_application

            self._application = create_application()
        await self._application(scope, receive, send)
