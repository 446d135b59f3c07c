"""Signing in: slow to guess at, silent about who exists, and with nothing of the session before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module
from ipaddress import ip_network

import pytest
from django.db import connections, transaction
from django.test import Client, RequestFactory

from tests.support.console_world import ConsoleWorld
from tests.support.operators import make_operator
from yuju.identity.addresses import caller_address
from yuju.identity.choices import Role
from yuju.identity.services import user_create
from yuju.identity.services.sign_in import TRIES_PER_ADDRESS, TRIES_PER_USER, WINDOW, sign_in
from yuju.identity.sessions import SESSION_OPERATOR, SESSION_USER
from yuju.kit.errors import Refused
from yuju.kit.tenancy import operator_context

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PASSWORD = "long enough to do"


def _user(username: str = "amei") -> None:
    user_create(username=username, name="阿梅", password=PASSWORD, postings=[(Role.CASHIER, None)], by=None, at=AT)


def _try(username: str = "amei", password: str = "wrong", address: str = "10.0.0.1", at: datetime = AT) -> str | None:
    try:
        sign_in(username=username, password=password, address=address, at=at)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("username", ["amei", "nobody", "AMEI"])
def test_a_name_is_refused_after_some_tries_whether_it_exists_or_not(operator: object, username: str) -> None:
    # Given a user, and as many wrong tries as are borne
    _user()
    codes = [_try(username) for _ in range(TRIES_PER_USER)]
    assert codes == ["wrong"] * TRIES_PER_USER

    # Then another is not looked at, not even the right one, from anywhere, until the window has passed
    assert _try(username, PASSWORD, "10.0.0.2") == "throttled"
    later = AT + WINDOW + timedelta(seconds=1)
    assert _try("amei", PASSWORD, at=later) is None


def test_an_address_is_refused_after_some_tries_at_many_names(operator: object) -> None:
    # Given wrong tries from one address, each at another name
    _user()
    for number in range(TRIES_PER_ADDRESS):
        assert _try(f"user{number}") == "wrong"

    # Then that address gets nowhere, another does
    assert _try("amei", PASSWORD) == "throttled"
    assert _try("amei", PASSWORD, "10.0.0.2") is None


def test_an_unknown_name_costs_as_many_hashes_as_a_known_one(operator: object, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a count of the passwords compared
    _user()
    compared: list[str] = []
    monkeypatch.setattr(
        import_module("yuju.identity.services.sign_in"),
        "check_password",
        lambda password, encoded: bool(compared.append(encoded)),
    )

    # When
    _try("amei")
    _try("nobody")

    # Then
    assert len(compared) == 2
    assert all(encoded.partition("$")[0] == compared[0].partition("$")[0] for encoded in compared)


@pytest.mark.django_db(transaction=True)
def test_many_tries_at_once_are_counted_one_by_one() -> None:
    # Given a user, and twice as many tries at once as are borne
    operator = make_operator()
    with operator_context(operator.pk), transaction.atomic():
        _user()

    def one(number: int) -> str | None:
        try:
            with operator_context(operator.pk), transaction.atomic():
                return _try(address=f"10.0.1.{number}")
        finally:
            connections.close_all()

    # When
    with ThreadPoolExecutor(TRIES_PER_USER * 2) as threads:
        codes = list(threads.map(one, range(TRIES_PER_USER * 2)))

    # Then no more than that many were looked at
    assert sorted(map(str, codes)) == ["throttled"] * TRIES_PER_USER + ["wrong"] * TRIES_PER_USER


def test_a_session_begins_with_nothing_of_the_one_before(operator: object) -> None:
    # Given a browser whose session somebody has prepared, key, form token and all
    world = ConsoleWorld(operator)  # type: ignore[arg-type]
    user = world.user("manager", at=world.here)
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in")
    planted = client.session
    planted["property_id"] = world.elsewhere.pk
    planted.save()
    client.cookies["yuju_session"] = planted.session_key
    token = client.cookies["csrftoken"].value

    # When a user signs in there
    sent = {"username": user.username, "password": "long enough to do", "csrfmiddlewaretoken": token}
    assert client.post("/sign-in", sent).status_code == 302

    # Then key and token are new, and nothing was carried over
    assert client.session.session_key != planted.session_key
    assert client.cookies["csrftoken"].value != token
    assert client.session[SESSION_USER] == user.pk
    assert client.session[SESSION_OPERATOR] == user.operator_id
    assert "property_id" not in client.session
    assert not type(planted)().exists(planted.session_key)


@pytest.mark.parametrize(
    ("remote", "said", "caller"),
    [
        # Nobody is believed who is no proxy of ours
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        # The proxy is believed, and only in what it appended itself
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        # What is no address ends it
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, somebody", "127.0.0.1"),
        ("", "198.51.100.1", ""),
        # Whoever has one IPv6 address has its network
        ("2001:db8:0:1:2:3:4:5", "", "2001:db8:0:1::/64"),
    ],
)
def test_a_forwarded_address_counts_only_from_a_proxy_of_ours(
    settings: object, remote: str, said: str, caller: str
) -> None:
    # Given
    settings.YUJU_PROXIES = [ip_network("127.0.0.1"), ip_network("10.0.0.0/24")]  # type: ignore[attr-defined]
    request = RequestFactory().get("/sign-in", REMOTE_ADDR=remote, headers={"X-Forwarded-For": said})

    # When / then
    assert caller_address(request) == caller


def test_without_proxies_named_no_forwarded_address_counts(operator: object) -> None:
    # Given a guesser who says of every try that it comes from elsewhere
    client = Client()
    codes = [
        client.post(
            "/sign-in",
            {"username": f"user{number}", "password": "wrong"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        ).status_code
        for number in range(TRIES_PER_ADDRESS + 1)
    ]

    # Then the address the tries came from is what counts
    assert codes == [422] * TRIES_PER_ADDRESS + [429]


def test_an_operator_is_found_by_host_name_however_it_is_written(db: None) -> None:
    from yuju.identity.operators import operator_for
    from yuju.identity.services.operators import operator_create

    # Given two operators with host names
    one = operator_create(code="one", name="One", host="One.Example", at=AT)
    operator_create(code="two", name="Two", host="two.example", at=AT)

    # When / then
    for host in ("one.example", "ONE.example", "one.example."):
        found = operator_for(host=host)
        assert found is not None
        assert found.id == one.pk
    assert operator_for(host="three.example") is None
