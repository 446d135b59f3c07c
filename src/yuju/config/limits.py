"""How often what may be asked for: one table for every address of the site, and the middleware that holds to it.

Guessing at passwords and codes is slowed down besides by what failed (`identity.services.attempts`); this table is about load,
about copying data out piece by piece, and about strangers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone

from yuju.config import errors
from yuju.identity.addresses import caller_address
from yuju.identity.sessions import SESSION_USER
from yuju.kit.throttle import Limit
from yuju.residency.services.portal_session import SESSION_OPERATOR, SESSION_PHONE

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PERSON, ADDRESS = "person", "address"


@dataclass(frozen=True)
class Rule:
    """A limit with the addresses it is for.

    Attributes:
        per: `PERSON` counts who is signed in, of staff or residents, and lets strangers pass, who get nowhere; `ADDRESS` counts
            the caller's network address, signed in or not.
        pages: a pattern for the whole name of the address, `namespace:name`.
        methods: which requests count.
    """

    limit: Limit
    per: str
    pages: str
    methods: tuple[str, ...] = ("GET", "POST")


RULES = (
    Rule(Limit("sign-in", 60, 5 * MINUTE), ADDRESS, r"console:(operator-)?sign-in", ("POST",)),
    Rule(
        Limit("second steps", 120, 5 * MINUTE),
        ADDRESS,
        r"console:((operator-)?sign-in-passkey(-ask)?|sign-in-(factor|another)|join|confirm(-passkey)?)",
        ("POST",),
    ),
    Rule(Limit("passwords judged", 120, MINUTE), ADDRESS, r"console:password-judge", ("POST",)),
    Rule(Limit("codes", 60, 5 * MINUTE), ADDRESS, r"portal:(operator-)?(sign-in|code)", ("POST",)),
    Rule(Limit("own codes", 20, 15 * MINUTE), PERSON, r"portal:(phone(-code)?|contract)", ("POST",)),
    Rule(Limit("search", 120, MINUTE), PERSON, r"console:(search|.+-pick)"),
    Rule(Limit("exports", 60, 10 * MINUTE), PERSON, r"console:(.+-export(-file)?|statement-file)"),
    Rule(Limit("forms while typing", 600, MINUTE), PERSON, r"console:.+-(draft|panel)", ("POST",)),
    Rule(Limit("reveals", 60, 10 * MINUTE), PERSON, r"console:.+-reveal|field:task-phone"),
    Rule(Limit("entries of phones", 600, 10 * MINUTE), PERSON, r"field:(task|step|handover)-.+", ("POST",)),
    Rule(
        Limit("uploads", 60, HOUR), PERSON, r"console:(import|read|reading-sheet|contract-(paper|take-in))", ("POST",)
    ),
    Rule(
        Limit("prints", 60, 10 * MINUTE),
        PERSON,
        r"console:((collective-)?bill-pdf|bill-run-print|receipt-print|portal-slip|handover-pdf"
        r"|contract-(pdf|preview|template-file)|check-out-pdf|abandoned-pdf)|field:handover-pdf",
    ),
    Rule(Limit("receipts checked", 60, MINUTE), ADDRESS, r"console:public-receipt"),
    Rule(Limit("webhooks", 600, MINUTE), ADDRESS, r"webhooks:.+"),
)
"""The first rule that fits an address counts. A queue at the desk shares one network address, and so does a whole office."""

PATIENCE = 900
"""Seconds named to whom another part of the site sends away without saying how long: the window of failed tries."""


@cache
def rule_of(name: str) -> Rule | None:
    """The rule for an address, by its name."""
    return next((rule for rule in RULES if re.fullmatch(rule.pages, name)), None)


_lifted = False


@contextmanager
def lifted() -> Iterator[None]:
    """Nothing is limited in this process inside: for measurements, which ask faster than anybody may."""
    global _lifted
    _lifted = True
    try:
        yield
    finally:
        _lifted = False


class LimitMiddleware:
    """Answers 429 to whoever asks more often than `RULES` allow, with `Retry-After` in seconds.

    Stands before the operator's middleware: what is undone with a page that refuses is counted all the same, and nobody
    waits for the row of another's request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wait = 0 if _lifted else _wait(request)
        response = errors.too_many(request, wait) if wait else self.get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(PATIENCE))
        return response


def _wait(request: HttpRequest) -> int:
    try:
        rule = rule_of(resolve(request.path_info).view_name)
    except Resolver404:
        return 0
    if rule is None or request.method not in rule.methods:
        return 0
    caller = caller_of(request, rule.per)
    return rule.limit.wait(caller, timezone.now()) if caller else 0


def caller_of(request: HttpRequest, per: str) -> str:
    """Whom a request counts for; empty for nobody."""
    if per == ADDRESS:
        return caller_address(request)
    session = request.session
    if user := session.get(SESSION_USER):
        return f"user {user}"
    phone = session.get(SESSION_PHONE)
    return f"resident {session.get(SESSION_OPERATOR)} {phone}" if phone else ""
