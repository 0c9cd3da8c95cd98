"""What the plugin hands to Airflow: every component loads plugins, only the API server ever calls this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

URL_PREFIX = "/fundeval"

_Message = MutableMapping[str, Any]


async def application(
    scope: _Message,
    receive: Callable[[], Awaitable[_Message]],
    send: Callable[[_Message], Awaitable[None]],
) -> None:
    """Answer a request; the pages are imported with the first, not with the plugin."""
    await _pages()(scope, receive, send)


@cache
def _pages() -> Any:
    from fundeval.airflow.pages.app import create_app

    return create_app()
