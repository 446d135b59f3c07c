"""Every address of the site × nobody signed in, a role without the right, another property, another operator, another resident.

The addresses come from the site itself; `addresses.py` says what has to be added for a new one (as a rule nothing).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver, path
from django.urls.resolvers import RegexPattern

from tests.portal.people import PortalWorld
from tests.support.console_world import ConsoleWorld
from tests.support.operators import make_operator
from tests.walls.addresses import ARGUMENTS, OWN, PUBLIC, WHOLE, Address, addresses
from tests.walls.things import Things
from yuju.config.limits import lifted
from yuju.kit.console import console_site
from yuju.kit.console.pages import permitted
from yuju.kit.tenancy import operator_context

METHODS = ("get", "post")
MACHINES = {503}
"""What a load balancer is told while the site is not ready."""
GONE, REFUSED = {404, 405}, {403, 404, 405}


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    """One browser asks here for more than anybody may in ten minutes; tests/walls/test_limits.py is about that."""
    with lifted():
        yield


def everything() -> list[Address]:
    return [one for one in addresses(get_resolver()) if not one.missing()]


def guarded() -> list[Address]:
    """The pages of the console that ask for a permission."""
    return [one for one in everything() if one.permission is not None]


def named() -> list[Address]:
    """Those of them that name a thing at a property."""
    return [one for one in guarded() if one.parameters and not one.is_whole]


def tried(client: Client, url: str) -> Iterator[tuple[str, HttpResponse]]:
    """A page asked for and sent to, each with the answer; `wrote` where that wrote anything."""
    before = written()
    answers = [(method, getattr(client, method)(url)) for method in METHODS]
    if (now := written()) != before:
        yield f"wrote {now - before} rows", answers[0][1]
    yield from answers


def written() -> int:
    """How many rows this transaction has written so far, sessions (seen again every minute) and the counts of limits left
    out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables "
            "WHERE relname NOT IN ('django_session', 'identity_usersession', 'kit_limitcount')"
        )
        found: int = cursor.fetchone()[0]
    return found


def opened(client: Client, things: Things, pages: Iterable[Address], allowed: set[int]) -> list[str]:
    """What answered otherwise than it may, or wrote something."""
    found = []
    for page in pages:
        url = page.url(things)
        for how, answer in tried(client, url):
            if "wrote" in how or answer.status_code not in allowed:
                found.append(f"{page.name} {how} {url}: {answer.status_code}")
    return found


def test_every_address_is_in_the_matrix() -> None:
    missing = [why for one in addresses(get_resolver()) if (why := one.missing())]
    assert not missing, "\n".join(missing)


def test_nothing_in_the_matrix_is_gone() -> None:
    names = {one.name for one in addresses(get_resolver())}
    assert {*ARGUMENTS, *PUBLIC, *OWN, *WHOLE} <= names


def test_an_address_that_nobody_guards_or_describes_is_found() -> None:
    # Given the site with two pages more: one without a guard, one whose argument nobody knows how to make
    def surprise(request: object, code: str = "") -> HttpResponse:
        return HttpResponse("open")

    more = [
        path("surprise/", surprise, name="surprise"),
        path("things/<str:code>/", permitted("premises.view", surprise), name="thing"),
    ]
    site = URLResolver(RegexPattern(r"^/"), [*get_resolver().url_patterns, *more])

    # Then both are named, with what to do
    missing = [why for one in addresses(site) if (why := one.missing())]
    assert [why.partition(" ")[0] for why in missing] == ["surprise", "thing"]
    assert "PUBLIC or OWN" in missing[0]
    assert "ARGUMENTS" in missing[1]


def test_what_is_written_is_counted(things: Things) -> None:
    before = written()
    things.world.client("guard")
    assert written() >= before + 2


def test_a_manager_of_the_property_gets_in(things: Things) -> None:
    # So that what is refused below is refused for want of a right
    client = things.manager()
    closed = []
    for slug, console in console_site.consoles.items():
        for url in (console.url("list"), console.detail_url(things[slug])):
            if client.get(url).status_code != 200:
                closed.append(url)
    assert not closed


def test_nobody_signed_in_gets_anywhere(things: Things) -> None:
    found = []
    for page in [*guarded(), *(one for one in everything() if one.name in OWN)]:
        url = page.url(things)
        for how, answer in tried(Client(), url):
            sent = answer.status_code == 302 and answer["Location"].startswith("/sign-in")
            # Only some pages are for sending to, or for reading: that is no secret.
            if "wrote" in how or not (sent or (answer.status_code == 405 and page.name in OWN)):
                found.append(f"{page.name} {how} {url}: {answer.status_code}")
        if page.name not in OWN and Client().get(url, headers={"HX-Request": "true"}).status_code != 401:
            found.append(f"{page.name} by htmx")
    assert not found, "\n".join(found)


def test_nobody_gets_in_who_may_do_everything_but_that(things: Things) -> None:
    found = []
    for page in guarded():
        found += opened(things.lacking(page.permission or ""), things, [page], {403})
    assert not found, "\n".join(found)


def test_nobody_uncovers_what_they_may_not(things: Things) -> None:
    found = []
    for slug, console in console_site.consoles.items():
        for name, column in console.masked_columns.items():
            url = console.url("reveal", things[slug].pk, name)
            if things.lacking(column.permission).post(url).status_code != 403:
                found.append(url)
    assert not found


def test_nobody_of_another_property_gets_in(things: Things) -> None:
    client = things.world.client("manager", at=things.world.here)
    found = opened(client, things, named(), REFUSED)
    assert not found, "\n".join(found)


def test_nobody_of_another_operator_gets_in(things: Things) -> None:
    pages = [one for one in guarded() if one.parameters]
    urls = {one.name: one.url(things) for one in pages}
    other = make_operator()
    with operator_context(other.pk):
        client = ConsoleWorld(other).client("manager")
    found = []
    for name, url in urls.items():
        for how, answer in tried(client, url):
            if "wrote" in how or answer.status_code not in REFUSED:
                found.append(f"{name} {how} {url}: {answer.status_code}")
    assert not found, "\n".join(found)


def test_nobody_else_reads_what_is_a_residents(things: Things) -> None:
    # Given the pages of the portal, and nobody, a manager, another resident and one of another operator
    pages = [one for one in everything() if one.for_person]
    mine = [one for one in pages if one.parameters]
    other = make_operator()
    with operator_context(other.pk):
        stranger = PortalWorld(other).client()

    # Then the unknown and staff are sent to sign in as residents, and residents find nothing that is another's
    found = []
    for client in (Client(), things.manager()):
        for page in pages:
            for how, answer in tried(client, page.url(things)):
                sent = answer.status_code == 302 and answer["Location"].startswith("/my/sign-in")
                if "wrote" in how or not (sent or answer.status_code == 405):
                    found.append(f"{page.name} {how}: {answer.status_code}")
    for client in (things.resident(things.neighbour), stranger):
        found += opened(client, things, mine, GONE)
    assert not found, "\n".join(found)
    for page in mine:
        if not page.name.endswith("pdf"):
            # A form that is only sent has no page to read.
            assert things.resident().get(page.url(things)).status_code in {200, 405}, page.name


def test_what_anybody_may_ask_never_fails_and_nothing_signed_in_is_needed(things: Things) -> None:
    found = []
    for page in everything():
        if page.name in PUBLIC:
            for method in METHODS:
                answer = getattr(Client(), method)(page.url(things))
                if answer.status_code not in {200, 302, 404, 405, 422} | MACHINES:
                    found.append(f"{page.name} {method}: {answer.status_code}")
    assert not found


def test_no_form_is_taken_without_its_token(things: Things) -> None:
    # Given a manager whose browser sends a form that another site made
    client = things.manager()
    client.handler.enforce_csrf_checks = True
    found = [
        f"{page.name}: {answer.status_code}"
        for page in everything()
        if (answer := client.post(page.url(things))).status_code not in {403, 405}
    ]
    assert not found, "\n".join(found)
