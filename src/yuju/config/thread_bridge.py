"""Runs a WSGI application under an ASGI server: each request in one of a few threads.

Written for Django's handler, whose answers are taken whole in one hop between thread and event loop, but for large files.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
WSGIApplication: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

IN_MEMORY = 1024 * 1024
LARGEST_BODY = (
    64 * 1024 * 1024
)  # bytes; forms say what they take, this guards the disk from those who are not signed in


class ThreadBridge:
    """An ASGI application over a WSGI one. `threads` requests are worked on at once; further ones wait."""

    def __init__(self, application: WSGIApplication, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            if _announced(scope) > LARGEST_BODY or not await _read(receive, body):
                await _refuse(send)
                return
            loop = asyncio.get_running_loop()
            answer = _Answer(loop, send)
            work = loop.run_in_executor(self._threads, answer.make, self._application, environ(scope, body))
            messages = await work
            for message in messages:
                await send(message)

    def close(self) -> None:
        """Lets running requests finish and ends the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class _Answer:
    """One response on its way from a thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self._loop = loop
        self._send = send
        self._start: Message = {}

    def make(self, application: WSGIApplication, environment: dict[str, Any]) -> list[Message]:
        """Runs in the thread. A streamed body is sent from here, piece by piece; the messages still to send are returned."""
        chunks = application(environment, self._started)
        try:
            # What fits in memory is taken off the thread at once: a reader who is slow on purpose would hold it.
            if not getattr(chunks, "streaming", False) or self._length() <= IN_MEMORY:
                return [self._start, _body(b"".join(chunks), more=False)]
            self._send_now(self._start)
            for chunk in chunks:
                self._send_now(_body(chunk, more=True))
            return [_body(b"", more=False)]
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _length(self) -> float:
        """How many bytes the answer says it has; endless where it does not say."""
        said = next((value for name, value in self._start.get("headers", ()) if name == b"content-length"), b"")
        return int(said) if said.isdigit() else float("inf")

    def _started(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        self._start = {
            "type": "http.response.start",
            "status": int(status.split(" ", 1)[0]),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }

    def _send_now(self, message: Message) -> None:
        async def send() -> None:
            await self._send(message)

        asyncio.run_coroutine_threadsafe(send(), self._loop).result()


def environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The WSGI environment of an ASGI request (PEP 3333)."""
    host, port = scope.get("server") or ("localhost", 80)
    environment: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name:
            continue  # could pose as another header once the hyphens are gone
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environment[key] = f"{environment[key]}{joint}{value}" if key in environment else value
    if "CONTENT_LENGTH" not in environment:
        # A chunked body has arrived whole by now, and Django reads as much as this says.
        at = body.tell()
        environment["CONTENT_LENGTH"] = str(body.seek(0, 2))
        body.seek(at)
    return environment


def _announced(scope: Scope) -> int:
    """How many bytes a request says it brings; 0 where it does not say."""
    said = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"")
    return int(said) if said.isdigit() else 0


async def _read(receive: Receive, body: IO[bytes]) -> bool:
    """Reads the whole body; False when it is too large or the client went away."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BODY:
            return False
        body.write(chunk)
        if not message.get("more_body"):
            body.seek(0)
            return True


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    limit = LARGEST_BODY // 1024 // 1024
    # Nobody is asked which language it is: what is too large is not read, and the pages are not reached.
    text = (
        f"一次最多上传 {limit} MB。请返回，换一个小一些的文件。\n"
        f"At most {limit} MB can be sent at once. Go back and choose a smaller file.\n"
    )
    await send(_body(text.encode(), more=False))


def _body(chunk: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": chunk, "more_body": more}
