"""One-time links: looked at as often as wanted, used once, for three days, and only the latest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.console_world import ConsoleWorld
from yuju.identity.choices import Role
from yuju.identity.models import Invitation, User, UserSession
from yuju.identity.services import sign_in, user_change, user_create
from yuju.identity.services.invitations import (
    VALID_FOR,
    invitation_accept,
    invitation_make,
    invitation_open,
    invitation_revoke,
)
from yuju.kit.errors import Refused

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
OWN = "otters in the rain"


@pytest.fixture
def world(operator: object) -> ConsoleWorld:
    return ConsoleWorld(operator)  # type: ignore[arg-type]


def _invited(username: str = "lu") -> User:
    return user_create(username=username, name="陈璐", password=None, postings=[(Role.CASHIER, None)], by=None, at=AT)


def test_an_invited_user_sets_a_password_and_nobody_signs_in_before(world: ConsoleWorld) -> None:
    # Given
    user = _invited()
    token = invitation_make(user=user, by=None, at=AT)
    for guess in ("", "!", user.password):
        with pytest.raises(Refused):
            sign_in(username="lu", password=guess, address="10.0.0.1", at=AT)

    # When the link is looked at many times and a bad password refused, it still works
    for _look in range(3):
        assert invitation_open(token=token, at=AT) is not None
    with pytest.raises(Refused) as refused:
        invitation_accept(token=token, password="woaini1314", at=AT)
    assert refused.value.field == "password"
    invitation_accept(token=token, password=OWN, at=AT)

    # Then the password is right, and the link is used up
    assert sign_in(username="lu", password=OWN, address="10.0.0.2", at=AT) == user
    with pytest.raises(Refused) as refused:
        invitation_accept(token=token, password="another one entirely", at=AT)
    assert refused.value.code == "over"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["make", "revoke", "look", "use", "wait", "lock", "unlock"]), max_size=12))
def test_a_link_works_exactly_while_it_is_the_latest_unused_in_time_and_the_user_may_sign_in(
    world: ConsoleWorld, acts: list[str]
) -> None:
    sid = transaction.savepoint()
    user, now = _invited(), AT
    links: list[tuple[str, datetime]] = []
    live, active = "", True
    for act in acts:
        if act == "make" and active:
            live = invitation_make(user=user, by=None, at=now)
            links.append((live, now))
        elif act == "revoke":
            invitation_revoke(user=user, by=None, at=now)
            live = ""
        elif act == "wait":
            now += timedelta(hours=30)
        elif act in ("lock", "unlock"):
            active = act == "unlock"
            user_change(user=user, name="陈璐", is_active=active, postings=[(Role.CASHIER, None)], by=None, at=now)
        for token, made in links:
            works = active and token == live and now < made + VALID_FOR
            assert (invitation_open(token=token, at=now) is not None) is works
            if act == "use" and works:
                invitation_accept(token=token, password=OWN, at=now)
                live = ""
    transaction.savepoint_rollback(sid)


def test_a_link_for_a_forgotten_password_ends_all_sessions_once_used(world: ConsoleWorld) -> None:
    # Given somebody signed in
    user = world.user("cashier")
    client = world.client_of(user)

    # When a manager makes a link, nothing changes; when it is used, the sessions end
    token = invitation_make(user=user, by=world.user("manager"), at=AT)
    assert client.get("/").status_code == 200
    invitation_accept(token=token, password=OWN, at=AT)
    assert client.get("/").status_code == 302
    assert not UserSession.objects.filter(user=user, ended_at=None).exists()


def test_only_who_may_change_a_user_makes_or_withdraws_links(world: ConsoleWorld) -> None:
    user, stranger = world.user("cashier"), world.user("manager", at=world.here)
    with pytest.raises(Refused):
        invitation_make(user=user, by=stranger, at=AT)
    invitation_make(user=user, by=None, at=AT)
    with pytest.raises(Refused):
        invitation_revoke(user=user, by=stranger, at=AT)
    assert Invitation.objects.get().revoked_at is None


def test_a_link_is_none_of_another_operators(world: ConsoleWorld) -> None:
    token = invitation_make(user=_invited(), by=None, at=AT)
    with world.other_operator():
        assert invitation_open(token=token, at=AT) is None
