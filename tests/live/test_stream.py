"""Server-sent events over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
import uvicorn
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from tests.portal.people import NOBODY, PortalWorld, phone_set
from tests.support.operators import make_operator
from yuju.identity.choices import Role, SignInMeans
from yuju.identity.models import Operator, Posting, User, UserSession
from yuju.identity.services import user_change
from yuju.identity.services.session import session_begin, sessions_end
from yuju.kit.live import CHANNEL, connection_parameters, publish
from yuju.kit.tenancy import operator_context
from yuju.live import stream
from yuju.live.stream import Live
from yuju.premises.models import Property
from yuju.residency.services import portal_session

pytestmark = pytest.mark.slow
SIGNED_OUT = b"event: signed_out\ndata: {}\n\n"


class Page:
    """An open page that follows events."""

    def __init__(self, port: int, topics: str, cookie: str = "", **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.connection.request("GET", f"/live?topics={topics}", headers={"Cookie": cookie, **headers})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self) -> tuple[str, Any]:
        """The next event; heartbeats and remarks are passed over."""
        name = ""
        while line := self.response.readline().decode().rstrip("\n"):
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                self.response.readline()
                return name, json.loads(line[6:])
        if not line:
            return self.next() if not self.response.closed else ("closed", None)
        return name, None

    def close(self) -> None:
        self.response.close()
        self.connection.close()


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    """A server of its own for each test."""
    held = socket.create_server(("127.0.0.1", 0))
    application = Live()
    server = uvicorn.Server(
        uvicorn.Config(application, log_config=None, lifespan="on", timeout_graceful_shutdown=1)  # type: ignore[arg-type]
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]})
    thread.start()
    yield held.getsockname()[1]
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()
    held.close()


@pytest.fixture
def operator(transactional_db: None) -> Operator:
    return make_operator()


def user_of(operator: Operator, *properties: int | None) -> User:
    with operator_context(operator.pk), transaction.atomic():
        user = User.objects.create(username=f"u{time.monotonic_ns()}", name="小李", password="x")
        for property_id in properties:
            Posting.objects.create(user=user, role=Role.MANAGER, property_id=property_id)
    return user


def cookie_of(user: User) -> str:
    session = SessionStore()
    with operator_context(user.operator_id), transaction.atomic():
        session_begin(store=session, user=user, means=SignInMeans.PASSWORD, at=timezone.now())
    session.save()
    return f"theme=dark; yuju_session={session.session_key}"


@contextmanager
def page(port: int, topics: str, cookie: str, **headers: str) -> Iterator[Page]:
    with closing(Page(port, topics, cookie, **headers)) as opened:
        assert opened.status == 200
        wait_for_listener()
        yield opened


def as_application() -> psycopg.Connection[Any]:
    """A connection as the role that listens: no other but a superuser sees what it does, or may end it."""
    return psycopg.connect(**connection_parameters(), autocommit=True)


def wait_for_listener() -> None:
    with as_application() as connection:
        for _ in range(100):
            found = connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'yuju live' AND query LIKE 'LISTEN%%'"
            ).fetchone()
            if found:
                return
            time.sleep(0.05)
    raise AssertionError("nobody listens")


def tell(operator: Operator, topic: str, **ids: int) -> None:
    with operator_context(operator.pk), transaction.atomic():
        publish(topic, **ids)


def test_a_page_is_told_what_it_follows_and_nothing_else(port: int, operator: Operator) -> None:
    with page(port, "bill_run:12,job", cookie_of(user_of(operator, None))) as opened:
        tell(operator, "bill_run", id=11)
        tell(operator, "lease", id=12)
        tell(operator, "bill_run", id=12)
        tell(operator, "job", id=5)
        assert opened.next() == ("bill_run", {"id": 12})
        assert opened.next() == ("job", {"id": 5})


def test_a_page_is_never_told_of_another_operator(port: int, operator: Operator) -> None:
    other = make_operator()
    with page(port, "job", cookie_of(user_of(operator, None))) as opened:
        tell(other, "job", id=1)
        tell(operator, "job", id=2)
        assert opened.next() == ("job", {"id": 2})


def test_a_page_is_told_only_of_properties_where_its_user_works(port: int, operator: Operator) -> None:
    with operator_context(operator.pk), transaction.atomic():
        here, elsewhere = (Property.objects.create(code=code, name=code).pk for code in ("here", "elsewhere"))
    with page(port, "unit", cookie_of(user_of(operator, here))) as opened:
        tell(operator, "unit", id=1, property_id=elsewhere)
        tell(operator, "unit", id=2, property_id=here)
        assert opened.next() == ("unit", {"id": 2, "property_id": here})


def test_what_is_rolled_back_is_not_told(port: int, operator: Operator) -> None:
    with page(port, "job", cookie_of(user_of(operator, None))) as opened:
        with operator_context(operator.pk), transaction.atomic():
            publish("job", id=1)
            transaction.set_rollback(True)
        tell(operator, "job", id=2)
        assert opened.next() == ("job", {"id": 2})


def test_strangers_are_turned_away(port: int, operator: Operator) -> None:
    user = user_of(operator, None)
    cookie = cookie_of(user)
    with operator_context(operator.pk), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
    for stranger in ("", "yuju_session=abc", cookie, cookie_of(user_of(operator))):
        with closing(Page(port, "job", stranger)) as refused:
            assert refused.status == 401


@pytest.mark.parametrize("topics", ["", "Job", "job;", "job,", ",".join(f"job:{n}" for n in range(30))])
def test_what_is_no_topic_is_refused(port: int, operator: Operator, topics: str) -> None:
    with closing(Page(port, topics, cookie_of(user_of(operator, None)))) as refused:
        assert refused.status == 400


def test_a_user_has_a_limit_of_pages(port: int, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PER_USER", 1)
    cookie = cookie_of(user_of(operator, None))
    with page(port, "job", cookie):
        with closing(Page(port, "job", cookie)) as refused:
            assert refused.status == 429
        with page(port, "job", cookie_of(user_of(operator, None))):
            pass
    time.sleep(0.3)
    with page(port, "job", cookie):
        pass


def test_after_the_database_was_away_pages_load_anew_and_go_on(port: int, operator: Operator) -> None:
    with page(port, "job", cookie_of(user_of(operator, None))) as opened:
        with as_application() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'yuju live'"
            )
        assert opened.next() == ("resync", {})
        tell(operator, "job", id=3)
        assert opened.next() == ("job", {"id": 3})


def test_a_browser_that_comes_back_loads_anew(port: int, operator: Operator) -> None:
    with page(port, "job", cookie_of(user_of(operator, None)), **{"Last-Event-ID": "1"}) as opened:
        assert opened.next() == ("resync", {})


def test_a_stream_ends_when_its_user_signs_out(port: int, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)
    monkeypatch.setattr(stream, "RECHECK", 0.2)
    cookie = cookie_of(user_of(operator, None))
    with page(port, "job", cookie) as opened:
        SessionStore(cookie.rpartition("=")[2]).delete()
        assert opened.response.read().endswith(SIGNED_OUT)


def test_a_stream_ends_as_soon_as_its_session_is_ended_and_no_other(port: int, operator: Operator) -> None:
    # Given a user on two browsers, each with an open page
    user = user_of(operator, None)
    ended, stays = cookie_of(user), cookie_of(user)
    with page(port, "job", ended) as out, page(port, "job", stays) as still_in:
        # When one session is ended from elsewhere
        with operator_context(operator.pk), transaction.atomic():
            first = UserSession.objects.earliest("pk")
            began = time.monotonic()
            sessions_end(user=user, by=user, at=timezone.now(), only=first.pk)

        # Then its page is told so at once, and the other one goes on
        assert out.response.read().endswith(SIGNED_OUT)
        assert time.monotonic() - began < 3
        tell(operator, "job", id=7)
        assert still_in.next() == ("job", {"id": 7})


def test_a_strange_notification_does_no_harm(port: int, operator: Operator) -> None:
    with page(port, "job", cookie_of(user_of(operator, None))) as opened:
        with as_application() as connection:
            connection.execute("SELECT pg_notify(%s, 'hello'), pg_notify(%s, '[1]')", [CHANNEL, CHANNEL])
        tell(operator, "job", id=4)
        assert opened.next() == ("job", {"id": 4})


class Residents:
    """Two residents of an operator, with their accounts and cookies."""

    def __init__(self, operator: Operator) -> None:
        with operator_context(operator.pk), transaction.atomic():
            self.world = PortalWorld(operator)
            self.accounts = [self.world.account(number).pk for number in (0, 1)]
        self.place = self.world.here.pk

    def cookie(self, number: int = 0) -> str:
        with operator_context(self.world.operator.pk), transaction.atomic():
            resident = self.world.leases[number].tenure.resident
            resident.refresh_from_db()
        session = SessionStore()
        session[portal_session.SESSION_OPERATOR] = self.world.operator.pk
        session[portal_session.SESSION_PHONE] = resident.phone_hash
        session.save()
        return f"yuju_session={session.session_key}"


@pytest.mark.parametrize("asked", ["account:{},property_bills:{}", "own"])
def test_a_resident_is_told_of_their_own_account_and_propertys_bills(port: int, operator: Operator, asked: str) -> None:
    lin = Residents(operator)
    with page(port, asked.format(lin.accounts[0], lin.place), lin.cookie()) as opened:
        tell(operator, "account", id=lin.accounts[1], property_id=lin.place)
        tell(operator, "property_bills", id=lin.place + 1)
        with operator_context(operator.pk), transaction.atomic():
            lin.world.pay("10.00")
        tell(operator, "property_bills", id=lin.place)
        assert opened.next() == ("account", {"id": lin.accounts[0], "property_id": lin.place})
        assert opened.next() == ("property_bills", {"id": lin.place})


def test_a_resident_follows_nothing_that_is_not_theirs(port: int, operator: Operator) -> None:
    lin = Residents(operator)
    mine, other = (f"account:{pk}" for pk in lin.accounts)
    for topics in (
        "account",
        other,
        f"{mine},{other}",
        "property_bills",
        f"property_bills:{lin.place + 1}",
        "notice",
        f"bill_run:{lin.place}",
        "job",
        f"own,{other}",
    ):
        with closing(Page(port, topics, lin.cookie())) as refused:
            assert refused.status == 403, topics


def test_a_residents_stream_ends_when_the_number_is_no_longer_theirs(
    port: int, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)
    monkeypatch.setattr(stream, "RECHECK", 0.2)
    lin = Residents(operator)
    with page(port, f"account:{lin.accounts[0]}", lin.cookie()) as opened:
        with operator_context(operator.pk), transaction.atomic():
            phone_set(lin.world.leases[0].tenure.resident, NOBODY)
        assert opened.response.read().endswith(SIGNED_OUT)


def test_a_users_stream_follows_their_rights_at_once(port: int, operator: Operator) -> None:
    # Given somebody posted at one of two places, with a page open
    with operator_context(operator.pk), transaction.atomic():
        here, there = (Property.objects.create(code=code, name=code).pk for code in ("here", "there"))
    user = user_of(operator, here)
    with page(port, "account", cookie_of(user)) as opened:
        tell(operator, "account", id=1, property_id=here)
        assert opened.next() == ("account", {"id": 1, "property_id": here})

        # When they are posted at the other, then they hear of that one alone, though nobody loaded anything anew
        with operator_context(operator.pk), transaction.atomic():
            user_change(user=user, name="", is_active=True, postings=[(Role.GUARD, there)], by=None, at=timezone.now())
        tell(operator, "account", id=2, property_id=here)
        tell(operator, "account", id=3, property_id=there)
        assert opened.next() == ("account", {"id": 3, "property_id": there})

        # When they are locked out, then the stream ends
        with operator_context(operator.pk), transaction.atomic():
            user_change(user=user, name="", is_active=False, postings=[(Role.GUARD, there)], by=None, at=timezone.now())
        assert opened.response.read().endswith(SIGNED_OUT)
