"""One port for all: `/live` goes to server-sent events, everything else to Django's pages in threads."""

from __future__ import annotations

from yuju.config.measures import Counted
from yuju.config.thread_bridge import Receive, Scope, Send, ThreadBridge

THREADS = 8
LIVE = "/live"


def is_live(path: str) -> bool:
    """Whether an address is one of live events."""
    return path == LIVE or path.startswith(f"{LIVE}/")


class Router:
    """The ASGI application of the built-in web server. `live` must be an ASGI application that leaves the lifespan alone."""

    def __init__(self, pages: ThreadBridge, live: object) -> None:
        self._pages = pages
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
        elif is_live(scope["path"]):
            await self._live(scope, receive, send)  # type: ignore[operator]
        else:
            await self._pages(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                self._pages.close()
                return


class LiveAlone:
    """Live events and nothing else, with a sign of life for whoever watches the process. For a process of its own."""

    def __init__(self, live: object) -> None:
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "lifespan" or is_live(path):
            await self._live(scope, receive, send)  # type: ignore[operator]
        elif scope["type"] == "http":
            status, body = (200, b'{"status": "ok"}') if path == "/health/live" else (404, b"")
            headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})


class CountedLive:
    """Counts the pages that follow live events at the moment."""

    def __init__(self, live: object) -> None:
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._live(scope, receive, send)  # type: ignore[operator]
            return
        with Counted.here().live.track_inprogress():
            await self._live(scope, receive, send)  # type: ignore[operator]


def live_alone() -> LiveAlone:
    """The application of a process for live events. Django must be set up."""
    from yuju.live import application as live

    return LiveAlone(CountedLive(live))


def router() -> Router:
    """The router over this project's two applications. Django must be set up."""
    from django.urls import get_resolver

    from yuju.config.wsgi import application
    from yuju.live import application as live

    _ = get_resolver().url_patterns  # loaded now, not by the first visitor
    return Router(ThreadBridge(application, threads=THREADS), CountedLive(live))
