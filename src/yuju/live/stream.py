"""The ASGI application behind `/live?topics=bill_run:12,job`: events as they happen, for as long as the page is open."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async

from yuju.kit.live import Event
from yuju.live.hub import Hub, Listener

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEARTBEAT = 15.0
"""Seconds between signs of life, which keep proxies from closing the stream."""

RECHECK = 120.0
"""Seconds after which it is asked again whether the visitor is still signed in."""

PER_USER = 12
PER_PROCESS = 5000
MOST_TOPICS = 20

OWN = frozenset({"own"})
"""Asked for alone, it stands for all that a resident may follow, however many leases that is."""

_TOPIC = re.compile(r"[a-z][a-z_]{0,39}(?::\d{1,18})?")
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
_HEADERS = [
    *_SAFE,
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    # nginx would collect events before it passes them on.
    (b"x-accel-buffering", b"no"),
]


class Live:
    """The application; one object serves one event loop."""

    def __init__(self) -> None:
        self._hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
        self._streams: Counter[tuple[int, str]] = Counter()

    @property
    def hub(self) -> Hub:
        """The hub of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._hubs:
            self._hubs = {loop: Hub()}
        return self._hubs[loop]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        if scope["method"] != "GET":
            await _refuse(send, 405)
            return
        topics = topics_of(scope.get("query_string", b""))
        if not topics:
            await _refuse(send, 400)
            return
        # Imported late: the models are there only once Django is set up.
        from yuju.live.visitors import session_key, signed_in

        key = session_key(scope["headers"])
        check = sync_to_async(signed_in, thread_sensitive=False)
        visitor = await check(key)
        if visitor is None:
            await _refuse(send, 401)
            return
        asks_own = topics == OWN and visitor.topics is not None
        if not (asks_own or visitor.may_follow(topics)):
            await _refuse(send, 403)
            return
        who = (visitor.operator_id, visitor.who)
        if self._streams[who] >= PER_USER or len(self.hub) >= PER_PROCESS:
            await _refuse(send, 429)
            return
        followed = visitor.topics if asks_own and visitor.topics is not None else topics
        listener = Listener(visitor.operator_id, followed, visitor.properties, ends_with=visitor.ends_with)
        self._streams[who] += 1
        self.hub.add(listener)
        try:
            came_back = any(name == b"last-event-id" for name, _value in scope["headers"])

            async def still() -> bool:
                now = await check(key)
                if now is None or not (asks_own or now.may_follow(topics)):
                    return False
                if asks_own and now.topics is not None and now.topics != listener.topics:
                    # Somebody has a new lease, or one less.
                    self.hub.remove(listener)
                    listener.topics = now.topics
                    self.hub.add(listener)
                listener.properties = now.properties
                return True

            await _stream(listener, receive, send, came_back=came_back, still=still)
        finally:
            self.hub.remove(listener)
            self._streams[who] -= 1
            if not self._streams[who]:
                del self._streams[who]

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.shutdown":
                await self.hub.close()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return


def topics_of(query: bytes) -> frozenset[str]:
    """The topics a query asks for; empty when there are none, too many, or one is no topic."""
    asked = [topic for value in parse_qs(query.decode("latin-1")).get("topics", []) for topic in value.split(",")]
    if len(asked) > MOST_TOPICS or not all(_TOPIC.fullmatch(topic) for topic in asked):
        return frozenset()
    return frozenset(asked)


async def _refuse(send: Send, status: int) -> None:
    headers = [*_SAFE, (b"content-length", b"0"), (b"cache-control", b"no-store")]
    if status == 429:
        headers.append((b"retry-after", b"60"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _stream(
    listener: Listener,
    receive: Receive,
    send: Send,
    *,
    came_back: bool,
    still: Callable[[], Awaitable[bool]],
) -> None:
    """Sends until the page is closed or its visitor signs out."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    # An id, so that a browser that connects again says so, and is told to load what it missed.
    first = b"retry: 2000\nid: 1\n: ready\n\n" + (_encode(None) if came_back else b"")
    await send({"type": "http.response.body", "body": first, "more_body": True})
    loop = asyncio.get_running_loop()
    recheck = loop.time() + RECHECK
    gone = asyncio.create_task(_gone(receive))
    next_event: asyncio.Task[Event | None] = asyncio.create_task(listener.waiting.get())
    doubt = asyncio.create_task(listener.doubted.wait())
    try:
        while True:
            await asyncio.wait({gone, next_event, doubt}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                return
            if listener.doubted.is_set() or loop.time() >= recheck:
                listener.doubted.clear()
                if not await still():
                    await send({"type": "http.response.body", "body": _SIGNED_OUT, "more_body": True})
                    break
                listener.unsure = listener.doubted.is_set()
                recheck = loop.time() + RECHECK
                if doubt.done():
                    doubt = asyncio.create_task(listener.doubted.wait())
            body = b":\n\n"
            if next_event.done():
                # Some may have come while it was not known whether they are for this page.
                came = [next_event.result()]
                while not listener.waiting.empty():
                    came.append(listener.waiting.get_nowait())
                body = b"".join(_encode(event) for event in came if event is None or listener.wants(event)) or body
                next_event = asyncio.create_task(listener.waiting.get())
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        next_event.cancel()
        doubt.cancel()


# The page loads itself anew, and finds that nobody is signed in any more.
_SIGNED_OUT = b"event: signed_out\ndata: {}\n\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _encode(event: Event | None) -> bytes:
    if event is None:
        return b"event: resync\ndata: {}\n\n"
    return f"event: {event.topic}\ndata: {json.dumps(event.ids)}\n\n".encode()


application = Live()
