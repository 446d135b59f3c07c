"""Roles as an operator has them: changed, made, retired; and what holds whoever changes them."""

from __future__ import annotations

import pytest

from tests.support.console_world import AT, ConsoleWorld
from yuju.identity import permissions
from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import AuditEntry, Posting, RoleSetting, User
from yuju.identity.permissions import PERMISSIONS, needs, shipped_permissions, with_needs
from yuju.identity.role_changes import preview, seal_of
from yuju.identity.selectors import staff_roles, users_that_may
from yuju.identity.services import (
    role_create,
    role_rename,
    role_restore,
    role_retire,
    roles_change,
    user_change,
    user_create,
)
from yuju.identity.services.guards import NothingLeft
from yuju.kit.errors import Refused

PASSWORD = "long enough to do"


@pytest.fixture
def world(operator: object) -> ConsoleWorld:
    return ConsoleWorld(operator)  # type: ignore[arg-type]


def allow(code: str, *more: str, without: tuple[str, ...] = (), by: User | None = None) -> None:
    held = (role(code) | set(more)) - set(without)
    roles_change(wanted={code: held}, seen=None, by=by, at=AT)


def role(code: str) -> frozenset[str]:
    return next(one.permissions for one in staff_roles() if one.code == code)


def afresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def posted(*roles: tuple[str, int | None], name: str = "何佳") -> User:
    return user_create(username=name, name=name, password=PASSWORD, postings=roles, by=None, at=AT)


def test_the_shipped_roles_hold_together() -> None:
    # What a role may do as shipped includes all that it needs, and managers may do everything: else nobody could give it
    for code in Role.values:
        assert with_needs(shipped_permissions(code)) == shipped_permissions(code), code
    assert shipped_permissions(Role.MANAGER) == PERMISSIONS.keys()


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_what_a_permission_needs_needs_nothing_else(permission: str) -> None:
    assert permission not in needs(permission)
    assert with_needs(with_needs([permission])) == with_needs([permission])


def test_a_change_holds_with_the_next_look_and_only_for_this_operator(world: ConsoleWorld) -> None:
    # Given a guard, and one of another operator
    guard = world.user("guard", at=world.here)
    with world.other_operator() as other:
        theirs = other.user("guard")

    # When guards may see leases
    allow("guard", "leases.view", by=world.user("manager"))

    # Then
    assert afresh(guard).may("leases.view", world.here.pk)
    assert not afresh(guard).may("leases.view", world.elsewhere.pk)
    assert afresh(guard).property_scope("leases.view") == [world.here.pk]
    assert [user.pk for user in users_that_may("leases.view", world.here.pk) if user.pk == guard.pk]
    assert guard.pk not in [user.pk for user in users_that_may("leases.view", world.elsewhere.pk)]
    with world.other_operator():
        assert not theirs.may("leases.view")

    # And it is written down
    entry = AuditEntry.objects.get(action=AuditAction.CHANGED, object_kind="rolesetting")
    assert (entry.detail["role"], entry.detail["granted"], entry.detail["taken"]) == ("guard", ["leases.view"], [])


def test_roles_and_their_permissions_are_read_in_one_statement(
    world: ConsoleWorld, django_assert_num_queries: object
) -> None:
    user = posted((Role.CASHIER, world.here.pk), (Role.GUARD, world.elsewhere.pk), (Role.ENGINEER, None))
    allow("cashier", "audit.view", by=world.user("manager"))
    found = afresh(user)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert found.may("audit.view", world.here.pk)
        assert found.property_scope("payments.take") == [world.here.pk]
        assert found.main_role is not None
        assert found.main_role.code == Role.CASHIER


def test_what_a_permission_needs_comes_along(world: ConsoleWorld) -> None:
    roles_change(wanted={"cleaner": {"payments.take"}}, seen=None, by=world.user("manager"), at=AT)
    assert role("cleaner") == {"payments.take", "payments.view", "premises.view"}


def test_a_permission_of_a_later_version_reaches_roles_as_shipped(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given cashiers that may do less, and managers nobody touched
    allow("cashier", without=("bills.export",), by=world.user("manager"))

    # When a version brings a permission that both hold as shipped
    monkeypatch.setitem(permissions.PERMISSIONS, "bills.stamp", frozenset({Role.MANAGER, Role.CASHIER}))

    # Then both hold it, and what was decided stands
    assert "bills.stamp" in role("manager")
    assert "bills.stamp" in role("cashier")
    assert "bills.export" not in role("cashier")


def test_a_role_back_as_shipped_follows_the_product_again(world: ConsoleWorld) -> None:
    manager = world.user("manager")
    allow("guard", "leases.view", by=manager)
    allow("guard", without=("leases.view",), by=manager)
    setting = RoleSetting.objects.get(code="guard")
    assert (setting.added, setting.removed) == ([], [])


def test_nobody_gives_or_takes_what_they_do_not_hold(world: ConsoleWorld) -> None:
    # Given somebody who may change roles, but takes no money
    hr = role_create(name_zh="人事", by=None, at=AT)
    allow(hr.code, "staff.edit", "roles.edit")
    world.user("manager")
    clerk = posted((hr.code, None))

    # When / then
    for change in ({"guard": {"payments.take"}}, {"cashier": {"premises.view"}}):
        with pytest.raises(Refused) as refused:
            roles_change(wanted=change, seen=None, by=afresh(clerk), at=AT)
        assert refused.value.code == "not_allowed"
    allow("cleaner", "staff.view", by=afresh(clerk))


def test_only_who_may_change_roles_everywhere_changes_them(world: ConsoleWorld) -> None:
    for by in (world.user("manager", at=world.here), world.user("auditor")):
        for act in (
            lambda by=by: allow("guard", "leases.view", by=by),
            lambda by=by: role_create(name_zh="新", by=by, at=AT),
            lambda by=by: role_rename(code="guard", name_zh="保安", by=by, at=AT),
            lambda by=by: role_retire(code="guard", by=by, at=AT),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.code == "not_allowed"
    assert not RoleSetting.objects.exists()


def test_nobody_takes_away_their_own_right_to_change_roles_or_staff(world: ConsoleWorld) -> None:
    # Given a second one who could
    manager = world.user("manager")
    second = role_create(name_zh="总管", like="manager", by=manager, at=AT)
    posted((second.code, None))
    for permission in ("roles.edit", "staff.edit"):
        with pytest.raises(Refused) as refused:
            allow("manager", without=(permission,), by=afresh(manager))
        assert refused.value.code == "own_right"


def test_what_nobody_could_give_again_stays(world: ConsoleWorld) -> None:
    # Given the only ones who change roles are managers
    manager = world.user("manager")

    # When they would stop taking money, nobody could ever allow it again
    with pytest.raises(NothingLeft) as left:
        allow("manager", without=("payments.take",), by=manager)
    assert left.value.permissions == {"payments.take"}

    # But once somebody who may change roles keeps it, it goes
    keeper = role_create(name_zh="管理员", like="manager", by=manager, at=AT)
    posted((keeper.code, None))
    allow("manager", without=("payments.take",), by=afresh(manager))
    assert not afresh(manager).may("payments.take")


def test_the_last_who_may_change_roles_is_not_locked_out(world: ConsoleWorld) -> None:
    # Given one who may change roles and everything, and one who may change staff alone, with all the rest
    deputy = role_create(name_zh="副手", like="manager", by=None, at=AT)
    allow(deputy.code, without=("roles.edit",))
    boss, second = world.user("manager"), posted((deputy.code, None))

    # When / then the second can neither lock the boss out, nor take the role away
    for is_active, postings in ((False, [(Role.MANAGER, None)]), (True, [(Role.GUARD, None)])):
        with pytest.raises(Refused):
            user_change(user=boss, name="", is_active=is_active, postings=postings, by=afresh(second), at=AT)
    assert afresh(boss).may("roles.edit")


def test_two_who_change_roles_at_once_are_told(world: ConsoleWorld) -> None:
    manager, seen = world.user("manager"), seal_of(staff_roles())
    allow("guard", "leases.view", by=manager)
    with pytest.raises(Refused) as refused:
        roles_change(wanted={"cleaner": {"leases.view"}}, seen=seen, by=manager, at=AT)
    assert refused.value.code == "stale"
    assert "leases.view" not in role("cleaner")


def test_a_preview_names_who_gains_and_who_loses(world: ConsoleWorld) -> None:
    # Given a cashier, one who is an accountant at the same place too, and one locked out
    cashier = posted((Role.CASHIER, world.here.pk), name="收银")
    both = posted((Role.CASHIER, world.here.pk), (Role.ACCOUNTANT, None), name="两职")
    locked = posted((Role.CASHIER, None), name="离职")
    User.objects.filter(pk=locked.pk).update(is_active=False)

    # When cashiers would see the audit log, and no bill runs any more
    wanted = {"cashier": (role("cashier") | {"audit.view"}) - {"bill_runs.view"}}
    shown = {one.user.pk: one for one in preview(staff_roles(), wanted).affected}

    # Then the accountant keeps the runs, and the locked one does not count
    assert shown.keys() == {cashier.pk, both.pk}
    assert (shown[cashier.pk].gains, shown[cashier.pk].loses) == ({"audit.view"}, {"bill_runs.view"})
    assert (shown[both.pk].gains, shown[both.pk].loses) == ({"audit.view"}, frozenset())


def test_a_role_of_ones_own_is_named_given_and_retired(world: ConsoleWorld) -> None:
    # Given
    manager = world.user("manager")
    made = role_create(name_zh="夜班前台", name_en="Night desk", like="front_desk", by=manager, at=AT)
    assert made.permissions == shipped_permissions("front_desk")
    night = posted((made.code, world.here.pk))
    assert night.may("payments.take", world.here.pk)

    # When somebody has it, it stays
    with pytest.raises(Refused) as refused:
        role_retire(code=made.code, by=manager, at=AT)
    assert refused.value.code == "held"

    # When its holder is locked out, it goes, gives nothing and is given to nobody
    User.objects.filter(pk=night.pk).update(is_active=False)
    role_retire(code=made.code, by=manager, at=AT)
    User.objects.filter(pk=night.pk).update(is_active=True)
    assert not afresh(night).may("premises.view")
    assert afresh(night).main_role is None
    with pytest.raises(Refused) as refused:
        posted((made.code, None), name="新人")
    assert refused.value.code == "retired"
    assert Posting.objects.filter(user=night).exists()

    # And it comes back
    role_restore(code=made.code, by=manager, at=AT)
    assert afresh(night).may("payments.take", world.here.pk)


def test_two_roles_are_not_called_alike(world: ConsoleWorld) -> None:
    manager = world.user("manager")
    role_create(name_zh="夜班前台", name_en="Night desk", by=manager, at=AT)
    for names in ({"name_zh": "夜班前台"}, {"name_zh": "夜班", "name_en": "night DESK"}, {"name_zh": " "}):
        with pytest.raises(Refused):
            role_create(**names, by=manager, at=AT)
    role_rename(code="guard", name_zh="保安", name_en="Security", by=manager, at=AT)
    role_rename(code="guard", name_zh="", by=manager, at=AT)
    assert next(one for one in staff_roles() if one.code == "guard").label == str(Role.GUARD.label)
