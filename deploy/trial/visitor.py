"""Somebody who uses the installation over HTTPS: a browser without a window."""

from __future__ import annotations

import http.cookiejar
import re
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back. Headers may come more than once."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return self.headers.get_all(name) or []


_NAME, _VALUE = re.compile(r'name="([^"]+)"'), re.compile(r'value="([^"]*)"')


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **options: object) -> None:
        return None


class Visitor:
    """Keeps cookies and follows no redirects."""

    def __init__(self, base: str, authority: str) -> None:
        self.base = base
        self.tls = ssl.create_default_context(cafile=authority)
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.tls), urllib.request.HTTPCookieProcessor(self.cookies), _StayHere()
        )

    def open(self, path: str, *, timeout: float = 15, **headers: str) -> Any:
        """The response as it comes, for streams."""
        return self._opener.open(urllib.request.Request(self._at(path), headers=headers), timeout=timeout)

    def get(self, path: str, *, timeout: float = 15, **headers: str) -> Answer:
        """Asks for a page."""
        return self._answer(urllib.request.Request(self._at(path), headers=headers), timeout)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Sends a form with the hidden fields of its page."""
        page = self.get(path).text
        hidden = [tag for tag in re.findall(r"<input[^>]*>", page) if 'type="hidden"' in tag]
        told = {name[1]: value[1] for tag in hidden if (name := _NAME.search(tag)) and (value := _VALUE.search(tag))}
        sent = {**told, **fields}
        # As a browser says it.
        said = {"Origin": self.base, "Referer": self._at(path), **headers}
        return self.send(path, sent, **said)

    def send(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Sends fields as they are, as no browser would."""
        data = urllib.parse.urlencode(fields).encode()
        return self._answer(urllib.request.Request(self._at(path), data=data, headers=headers), 15)

    def _at(self, path: str) -> str:
        return path if path.startswith("http") else self.base + path

    def _answer(self, request: urllib.request.Request, timeout: float) -> Answer:
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())


@dataclass
class LightLoad:
    """A few visitors who go on asking; what fails is noted."""

    visitor: Visitor
    path: str
    asked: int = 0
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> LightLoad:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(3)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                status = self.visitor.get(self.path).status
                if status != 200:
                    self.wrong.append(str(status))
            except OSError as error:
                self.wrong.append(str(error))
            self.asked += 1
            time.sleep(0.02)
