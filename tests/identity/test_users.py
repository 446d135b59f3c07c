"""Who may make and change whom: held by the services themselves, whatever a page offers."""

from __future__ import annotations

import pytest

from tests.support.console_world import AT, ConsoleWorld
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.permissions import shipped_permissions
from yuju.identity.services import roles_change, user_change, user_create, user_set_password
from yuju.kit.errors import Refused

PASSWORD = "long enough to do"

Wanted = list[tuple[Role, int | None]]


@pytest.fixture
def world(operator: object) -> ConsoleWorld:
    return ConsoleWorld(operator)  # type: ignore[arg-type]


def _create(by: User, wanted: Wanted) -> User:
    return user_create(username="eve", name="夏娃", password=PASSWORD, postings=wanted, by=by, at=AT)


def _change(user: User, by: User, wanted: Wanted) -> User:
    return user_change(user=user, name="别名", is_active=True, postings=wanted, by=by, at=AT)


def _postings(user: User) -> set[tuple[str, int | None]]:
    return {(one.role, one.property_id) for one in User.objects.get(pk=user.pk).postings.all()}


def test_roles_are_given_only_where_one_may_change_staff(world: ConsoleWorld) -> None:
    # Given the manager of one property, and who does not manage at all
    manager, cashier = world.user("manager", at=world.here), world.user("cashier")

    # When / then roles elsewhere, everywhere or by anybody else are refused
    for by, place in ((manager, world.elsewhere.pk), (manager, None), (cashier, world.here.pk)):
        with pytest.raises(Refused) as refused:
            _create(by, [(Role.CLEANER, place)])
        assert refused.value.code == "not_allowed"
    assert not User.objects.filter(username="eve").exists()
    assert _create(manager, [(Role.CASHIER, world.here.pk)]).pk


def test_nobody_raises_themself(world: ConsoleWorld) -> None:
    manager = world.user("manager", at=world.here)
    before = _postings(manager)
    for place in (world.elsewhere.pk, None):
        with pytest.raises(Refused) as refused:
            _change(manager, manager, [(Role.MANAGER, world.here.pk), (Role.MANAGER, place)])
        assert refused.value.code == "not_allowed"
    assert _postings(manager) == before


def test_a_role_that_may_do_more_than_oneself_is_not_given(
    world: ConsoleWorld,
) -> None:
    # Given rules under which front desks change staff too
    held = shipped_permissions(Role.FRONT_DESK) | {"staff.edit"}
    roles_change(wanted={Role.FRONT_DESK: held}, seen=None, by=None, at=AT)
    desk, boss = world.user("front_desk"), world.user("manager")

    # Then they make others like themselves, and no managers
    assert _create(desk, [(Role.FRONT_DESK, world.here.pk)]).pk
    with pytest.raises(Refused) as refused:
        user_create(username="adam", name="", password=PASSWORD, postings=[(Role.MANAGER, None)], by=desk, at=AT)
    assert refused.value.code == "not_allowed"

    # And no manager's password becomes theirs
    with pytest.raises(Refused):
        user_set_password(user=boss, password="a password of mine", by=desk, at=AT)
    assert User.objects.get(pk=boss.pk).check_password(PASSWORD)


def test_who_is_posted_elsewhere_too_is_not_changed_and_keeps_the_password(world: ConsoleWorld) -> None:
    # Given the manager of one property, and users posted there and elsewhere, or everywhere
    manager = world.user("manager", at=world.here)
    both = user_create(
        username="both",
        name="",
        password=PASSWORD,
        postings=[(Role.CASHIER, world.here.pk), (Role.CASHIER, world.elsewhere.pk)],
        by=None,
        at=AT,
    )
    for user in (both, world.user("manager"), world.user("cashier", at=world.elsewhere)):
        before = _postings(user)
        with pytest.raises(Refused):
            _change(user, manager, [(Role.GUARD, world.here.pk)])
        with pytest.raises(Refused):
            user_set_password(user=user, password="a password of mine", by=manager, at=AT)
        assert _postings(user) == before
        assert User.objects.get(pk=user.pk).check_password(PASSWORD)

    # And one's own may be set, and that of one's staff
    cashier = world.user("cashier", at=world.here)
    user_set_password(user=cashier, password="a password of mine", by=manager, at=AT)
    user_set_password(user=manager, password="a password of mine", by=manager, at=AT)
