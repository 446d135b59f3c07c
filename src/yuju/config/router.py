"""One port for all: `/live` goes to server-sent events, everything else to Django's pages in threads."""

from __future__ import annotations

from yuju.config.thread_bridge import Receive, Scope, Send, ThreadBridge

THREADS = 8


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
        elif scope["path"] == "/live" or scope["path"].startswith("/live/"):
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


def router() -> Router:
    """The router over this project's two applications. Django must be set up."""
    from django.urls import get_resolver

    from yuju.config.wsgi import application
    from yuju.live import application as live

    _ = get_resolver().url_patterns  # loaded now, not by the first visitor
    return Router(ThreadBridge(application, threads=THREADS), live)
