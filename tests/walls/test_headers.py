"""What every answer of the site tells browsers: nothing from elsewhere, no frames, no guessing at types, nothing kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client, override_settings
from django.urls import get_resolver

from tests.walls.addresses import PUBLIC, Address, addresses
from tests.walls.things import Things

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'")
REFERRER = {"same-origin", "no-referrer"}
FOR_MACHINES = {"health-live", "health-ready", "metrics"}
"""Answered before anything else, to no browser."""
KEPT = {"portal:manifest", "portal:worker"}
"""What browsers may keep: it knows nobody."""


def answers(things: Things) -> Iterator[tuple[Address, str, HttpResponseBase]]:
    """Every address as a manager, a resident and a stranger get it."""
    people = {"manager": things.manager(), "resident": things.resident(), "stranger": Client()}
    for page in addresses(get_resolver()):
        who = "resident" if page.for_person else "stranger" if page.name in PUBLIC else "manager"
        if page.name not in FOR_MACHINES:
            yield page, who, people[who].get(page.url(things))


def faults(response: HttpResponseBase) -> Iterator[str]:
    """What an answer lacks."""
    for name, value in ALWAYS.items():
        if response.headers.get(name) != value:
            yield f"{name}: {response.headers.get(name)}"
    policy = response.headers.get("Content-Security-Policy", "")
    if missing := [part for part in POLICY if part not in policy]:
        yield f"Content-Security-Policy without {missing}"
    if "unsafe" in policy:
        yield policy
    if response.headers.get("Referrer-Policy") not in REFERRER:
        yield f"Referrer-Policy: {response.headers.get('Referrer-Policy')}"
    if "camera=()" not in response.headers.get("Permissions-Policy", ""):
        yield "Permissions-Policy"


def test_every_answer_carries_them_and_nothing_of_anybody_is_kept(things: Things) -> None:
    found = []
    for page, who, response in answers(things):
        wrong = list(faults(response))
        kept = "no-store" not in response.headers.get("Cache-Control", "")
        if kept and who != "stranger" and page.name not in KEPT:
            wrong.append(f"kept by the browser: {response.headers.get('Cache-Control')}")
        found += [f"{page.name} as {who} ({response.status_code}): {one}" for one in wrong]
    assert not found, "\n".join(found)


def test_what_goes_wrong_carries_them_too(things: Things) -> None:
    client: Any = things.manager()
    for url, status in (("/no-such-page", 404), ("/units/999999999/", 404)):
        response = client.get(url)
        assert response.status_code == status
        assert not list(faults(response)), url
    client.handler.enforce_csrf_checks = True
    assert not list(faults(client.post("/sign-out")))


@override_settings(SECURE_HSTS_SECONDS=31536000, SECURE_SSL_REDIRECT=True)
def test_in_production_browsers_are_held_to_https(things: Things) -> None:
    # Given a server as production sets it up
    assert Client().get("/sign-in").headers["Location"].startswith("https://")
    response = Client().get("/sign-in", secure=True)
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
