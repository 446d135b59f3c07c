"""The one port: what goes where, and WSGI in threads."""

import asyncio
import threading
import time
from typing import Any

from yuju.config import thread_bridge
from yuju.config.measures import Counted
from yuju.config.router import CountedLive, LiveAlone, Router
from yuju.config.thread_bridge import ThreadBridge


def ask(application: Any, path: str = "/", *, body: list[bytes] | None = None, **scope: Any) -> list[dict[str, Any]]:
    """What an ASGI application sends for one request."""
    sent: list[dict[str, Any]] = []
    chunks = list(body or [b""])

    async def receive() -> dict[str, Any]:
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    whole = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "http_version": "1.1",
        "headers": [],
        "server": ("127.0.0.1", 8000),
        "client": ("10.0.0.9", 4000),
        **scope,
    }
    asyncio.run(application(whole, receive, send))
    return sent


def test_live_goes_to_live_and_all_else_to_the_pages() -> None:
    async def live(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})

    def pages(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        return [b"page"]

    router = Router(ThreadBridge(pages, threads=1), live)

    statuses = {path: ask(router, path)[0]["status"] for path in ("/live", "/live/x", "/lively", "/", "/bills/live/")}

    assert statuses == {"/live": 299, "/live/x": 299, "/lively": 200, "/": 200, "/bills/live/": 200}


def test_a_process_for_live_events_serves_nothing_else_but_its_health() -> None:
    async def live(scope: Any, receive: Any, send: Any) -> None:
        open_now.append(Counted.here().live._value.get())
        await send({"type": "http.response.start", "status": 299, "headers": []})

    open_now: list[float] = []
    alone = LiveAlone(CountedLive(live))

    statuses = {path: ask(alone, path)[0]["status"] for path in ("/live", "/health/live", "/", "/metrics")}

    assert statuses == {"/live": 299, "/health/live": 200, "/": 404, "/metrics": 404}
    assert open_now == [1]
    assert Counted.here().live._value.get() == 0


def test_a_request_arrives_whole() -> None:
    seen: dict[str, Any] = {}

    def pages(environ: Any, start: Any) -> list[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read())
        start("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"two ", b"parts"]

    sent = ask(
        ThreadBridge(pages, threads=1),
        "/房间/",
        method="POST",
        query_string=b"q=zs",
        body=[b"first ", b"second"],
        headers=[
            (b"cookie", b"a=1"),
            (b"cookie", b"b=2"),
            (b"content-type", b"text/x"),
            (b"x_forwarded_proto", b"https"),
        ],
    )

    assert seen["PATH_INFO"].encode("latin-1").decode() == "/房间/"
    assert (seen["REQUEST_METHOD"], seen["QUERY_STRING"], seen["REMOTE_ADDR"]) == ("POST", "q=zs", "10.0.0.9")
    assert (seen["body"], seen["CONTENT_LENGTH"], seen["CONTENT_TYPE"]) == (b"first second", "12", "text/x")
    assert seen["HTTP_COOKIE"] == "a=1; b=2"
    assert "HTTP_X_FORWARDED_PROTO" not in seen  # written with underscores it could pose as a proxy's header
    assert sent[0]["status"] == 201
    assert [value for name, value in sent[0]["headers"] if name == b"set-cookie"] == [b"a=1", b"b=2"]
    assert sent[1]["body"] == b"two parts"


def test_a_streamed_body_goes_out_piece_by_piece_and_is_closed() -> None:
    class Streamed:
        streaming = True
        closed = False

        def __iter__(self) -> Any:
            yield b"one"
            yield b"two"

        def close(self) -> None:
            self.closed = True

    answer = Streamed()

    def pages(environ: Any, start: Any) -> Any:
        start("200 OK", [])
        return answer

    sent = ask(ThreadBridge(pages, threads=1))

    assert [message.get("body") for message in sent] == [None, b"one", b"two", b""]
    assert [message.get("more_body") for message in sent] == [None, True, True, False]
    assert answer.closed


def test_a_small_file_does_not_hold_its_thread_until_it_is_read() -> None:
    # Given an answer in pieces that says it is small, and a reader who takes nothing before the thread is free again
    threads: list[int] = []

    class Small(list[bytes]):
        streaming = True

    def pages(environ: Any, start: Any) -> Small:
        start("200 OK", [("Content-Length", "6")])
        return Small([b"one", b"two"])

    async def scenario() -> None:
        bridge = ThreadBridge(pages, threads=1)
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "http_version": "1.1",
            "headers": [],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            loop = asyncio.get_running_loop()
            threads.append(await asyncio.wait_for(loop.run_in_executor(bridge._threads, threading.get_ident), 5))
            if message["type"] == "http.response.body":
                assert message["body"] == b"onetwo"

        await bridge(scope, receive, send)  # type: ignore[arg-type]

    asyncio.run(scenario())
    assert len(threads) == 2


def test_a_body_too_large_is_refused_before_it_fills_the_disk(monkeypatch: Any) -> None:
    monkeypatch.setattr(thread_bridge, "LARGEST_BODY", 10)
    reached = []

    def pages(environ: Any, start: Any) -> list[bytes]:
        reached.append(1)
        return []

    sent = ask(ThreadBridge(pages, threads=1), method="POST", body=[b"12345", b"678901"])

    assert sent[0]["status"] == 413
    assert reached == []


def test_a_body_that_says_it_is_too_large_is_not_read_at_all() -> None:
    # Given a request that announces a byte too many, and a body nobody may ask for
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": "POST", "path": "/sign-in", "query_string": b"", "http_version": "1.1"}
    headers = [(b"content-length", str(thread_bridge.LARGEST_BODY + 1).encode())]

    async def receive() -> dict[str, Any]:
        raise AssertionError("it was read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    # When / then
    bridge = ThreadBridge(lambda environ, start: [], threads=1)
    asyncio.run(bridge({**scope, "headers": headers}, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 413


def test_requests_run_side_by_side() -> None:
    together = threading.Barrier(3, timeout=5)

    def pages(environ: Any, start: Any) -> list[bytes]:
        together.wait()  # passes only when three are at work at once
        start("200 OK", [])
        return [b""]

    bridge = ThreadBridge(pages, threads=3)

    async def one() -> int:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "http_version": "1.1",
            "headers": [],
        }
        await bridge(scope, receive, send)
        return int(sent[0]["status"])

    async def three() -> list[int]:
        return list(await asyncio.gather(one(), one(), one()))

    began = time.monotonic()
    assert asyncio.run(three()) == [200, 200, 200]
    assert time.monotonic() - began < 5
