"""Sessions end, and what is over goes away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.support.console_world import ConsoleWorld
from yuju.identity.services import user_change, user_set_password
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
