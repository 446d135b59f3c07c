"""Sessions end, and what is over goes away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import F
from django.test import Client
from django.utils import timezone

from tests.support.console_world import ConsoleWorld
from yuju.identity.models import UserSession
from yuju.identity.services import sessions_end, user_change, user_set_password
from yuju.identity.services.rules import sign_in_rules_change
from yuju.identity.services.session import sessions_forget
from yuju.kit.jobs import forget_sessions

PAGE = "/units/"


@pytest.fixture
def world(operator: object) -> ConsoleWorld:
    return ConsoleWorld(operator)  # type: ignore[arg-type]


def _is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_sessions_that_ran_out_are_deleted_and_others_stay(world: ConsoleWorld) -> None:
    # Given a session that ran out, and one that did not
    over, stays = SessionStore(), SessionStore()
    for session in (over, stays):
        session["user_id"] = 1
        session.save()
    Session.objects.filter(pk=over.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))

    # When / then
    forget_sessions(timestamp=0)
    assert list(Session.objects.values_list("pk", flat=True)) == [stays.session_key]


def test_a_session_ends_with_its_time(world: ConsoleWorld) -> None:
    client = world.client("manager")
    assert _is_in(client)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not _is_in(client)


def test_a_new_password_or_a_lock_ends_every_open_session(world: ConsoleWorld) -> None:
    # Given two users, each signed in on a browser
    one, other = world.user("manager"), world.user("manager")
    browsers = [world.client_of(one), world.client_of(other)]
    assert all(_is_in(client) for client in browsers)

    # When one gets another password, and the other is locked
    user_set_password(user=one, password="another long password", by=None, at=timezone.now())
    postings = [(posting.role, posting.property_id) for posting in other.postings.all()]
    user_change(user=other, name=other.name, is_active=False, postings=postings, by=one, at=timezone.now())

    # Then both are out
    assert not any(_is_in(client) for client in browsers)


def test_a_session_of_one_operator_is_none_of_anothers(world: ConsoleWorld) -> None:
    # Given a session whose user's number belongs to another operator
    with world.other_operator() as other:
        stranger = other.user("manager")
    client = world.client("manager")
    session = client.session
    session["user_id"] = stranger.pk
    session["password_stamp"] = stranger.get_session_auth_hash()
    session.save()

    # Then nobody is signed in
    assert not _is_in(client)


def test_sessions_idle_out_and_end_in_any_case_by_the_operators_rules(world: ConsoleWorld) -> None:
    # Given rules, and somebody signed in under them
    _rules(idle_minutes=30, session_hours=2)
    client = world.client("cashier")
    session = UserSession.objects.get()
    assert (session.idle_until - session.seen_at, session.ends_at - session.started_at) == (
        timedelta(minutes=30),
        timedelta(hours=2),
    )

    # When the pages are used, idling begins anew, once a minute
    _backdate(session, minutes=20)
    assert _is_in(client)
    moved = UserSession.objects.get()
    assert moved.idle_until - moved.seen_at == timedelta(minutes=30)
    assert timezone.now() - moved.seen_at < timedelta(seconds=20)

    # But what a page asks by itself does not
    _backdate(moved, minutes=20)
    client.get("/notices/unread", headers={"X-Yuju-Background": "1"})
    assert timezone.now() - UserSession.objects.get().seen_at > timedelta(minutes=19)

    # Then it ends by idling, and another in any case
    _backdate(moved, minutes=20)
    assert not _is_in(client)
    other = world.client("cashier")
    UserSession.objects.filter(ended_at=None).update(ends_at=timezone.now())
    assert not _is_in(other)


def test_tighter_rules_hold_for_open_sessions_at_once(world: ConsoleWorld) -> None:
    client = world.client("cashier")
    _backdate(UserSession.objects.get(), minutes=20)
    _rules(idle_minutes=15, session_hours=2)
    assert not _is_in(client)


def test_one_session_or_all_others_are_ended(world: ConsoleWorld) -> None:
    # Given a user on three browsers
    user = world.user("cashier")
    one, two, three = (world.client_of(user) for _ in range(3))
    first, second, _third = UserSession.objects.order_by("pk")

    # When / then
    assert sessions_end(user=user, by=user, at=timezone.now(), only=first.pk) == 1
    assert [_is_in(client) for client in (one, two, three)] == [False, True, True]
    assert sessions_end(user=user, by=user, at=timezone.now(), but=second.pk) == 1
    assert [_is_in(client) for client in (one, two, three)] == [False, True, False]

    # And nobody ends what is another's by its number
    assert sessions_end(user=world.user("cashier"), by=None, at=timezone.now(), only=second.pk) == 0
    assert _is_in(two)


def test_long_ended_sessions_are_forgotten(world: ConsoleWorld) -> None:
    client = world.client("cashier")
    sessions_forget(at=timezone.now() + timedelta(days=179))
    assert UserSession.objects.exists()
    sessions_forget(at=timezone.now() + timedelta(days=182))
    assert not UserSession.objects.exists()
    assert not _is_in(client)


def _rules(*, idle_minutes: int, session_hours: int) -> None:
    sign_in_rules_change(
        roles_with_factor=[],
        grace_days=7,
        idle_minutes=idle_minutes,
        session_hours=session_hours,
        by=None,
        at=timezone.now(),
    )


def _backdate(session: UserSession, *, minutes: int) -> None:
    """Lets time pass over a session."""
    by = timedelta(minutes=minutes)
    UserSession.objects.filter(pk=session.pk).update(
        started_at=F("started_at") - by,
        seen_at=F("seen_at") - by,
        idle_until=F("idle_until") - by,
        ends_at=F("ends_at") - by,
    )
