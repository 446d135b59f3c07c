"""A browser at the cashier's desk, without its looks: it keeps cookies, fills in forms, and sends them again unanswered."""

from __future__ import annotations

import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any
from uuid import UUID


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are answers here."""

    def redirect_request(self, *_given: Any) -> None:
        return None


class DeskBrowser:
    """Signed in at an installation; `paid` has the payment each acknowledged form led to, by the form's key."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self.home = f"http://127.0.0.1:{port}"
        self.paid: dict[UUID, int] = {}
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), _Stay())
        page = self.get("/sign-in")
        self.post(
            "/sign-in",
            {"username": username, "password": password, "csrfmiddlewaretoken": hidden(page, "csrfmiddlewaretoken")},
        )

    def get(self, path: str) -> str:
        with self._opener.open(self.home + path, timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, path: str, form: dict[str, str]) -> str:
        """Where the answer leads.

        Raises:
            OSError: no answer came, or none that leads on.
        """
        request = urllib.request.Request(
            self.home + path, urllib.parse.urlencode(form).encode(), {"Referer": self.home}
        )
        try:
            with self._opener.open(request, timeout=20) as answer:
                raise OSError(f"{path} answered {answer.status}")
        except urllib.error.HTTPError as error:
            if error.code in (302, 303):
                return str(error.headers["Location"])
            raise

    def open_shift(self, property_id: int) -> None:
        page = self.get("/cashier/")
        token = hidden(page, "csrfmiddlewaretoken")
        self.post(
            "/cashier/shift/open", {"property": str(property_id), "opening_float": "500", "csrfmiddlewaretoken": token}
        )

    def take(self, account: int, amount: str, over: threading.Event) -> bool:
        """Takes cash, asking with the same form until it is acknowledged; False where time was up before."""
        form: dict[str, str] = {}
        while not over.is_set():
            try:
                if not form:
                    page = self.get(f"/cashier/?account={account}")
                    form = {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "seen", "key")}
                    form |= {"mode": "amount", "amount": amount, "channel": "cash", "tendered": amount}
                found = re.search(r"paid=(\d+)", self.post(f"/cashier/{account}/pay/", form))
                assert found is not None
                self.paid[UUID(form["key"])] = int(found[1])
                return True
            except urllib.error.HTTPError as error:
                if error.code == 422:
                    # Another desk was first: nothing was taken, and the page is shown anew.
                    form = {}
                    continue
                if error.code < 500:
                    raise
                time.sleep(0.2)
            except (OSError, HTTPException):
                time.sleep(0.2)
        return False


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"no {name} on the page"
    return found[1]
