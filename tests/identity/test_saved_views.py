"""Saved views of lists: whose they are, what they are called, who may change them."""

from __future__ import annotations

import pytest

from tests.support.console_world import ConsoleWorld
from yuju.identity.models import SavedView, User
from yuju.identity.services import (
    list_columns_keep,
    saved_view_change,
    saved_view_create,
    saved_view_delete,
    saved_view_move,
)
from yuju.identity.services.lists import MOST_VIEWS
from yuju.kit.errors import Refused


@pytest.fixture
def world(operator: object) -> ConsoleWorld:
    return ConsoleWorld(operator)  # type: ignore[arg-type]


def _create(by: User, name: str = "三栋", *, shared: bool = False, list: str = "units") -> SavedView:
    return saved_view_create(list=list, name=name, query="sort=-area", shared=shared, by=by)


def _names(owner: User) -> list[str]:
    return [view.name for view in SavedView.objects.filter(owner=owner).exclude(name="").order_by("place")]


def test_a_view_has_a_name_that_its_owner_uses_once_in_a_list(world: ConsoleWorld) -> None:
    # Given a view whose name was typed with blanks around and within
    user, other = world.user("manager"), world.user("manager")
    assert _create(user, "  三栋   高层 ").name == "三栋 高层"
    # Then another list and another user may use the name again, the same list not
    _create(user, "三栋 高层", list="residents")
    _create(other, "三栋 高层")
    for name in ("三栋 高层", " ", "x" * 41):
        with pytest.raises(Refused) as refused:
            _create(user, name)
        assert refused.value.field == "name"
    assert _names(other) == ["三栋 高层"]


def test_a_list_holds_so_many_views_and_no_more(world: ConsoleWorld) -> None:
    user = world.user("cashier")
    list_columns_keep(list="units", query="cols=label", by=user)
    for number in range(MOST_VIEWS):
        _create(user, str(number))
    with pytest.raises(Refused):
        _create(user, "one more")


def test_only_who_may_share_shares_and_changes_what_is_shared(world: ConsoleWorld) -> None:
    cashier, manager, accountant = (world.user(role) for role in ("cashier", "manager", "accountant"))
    # Given views of a cashier, who may not share
    with pytest.raises(Refused) as refused:
        _create(cashier, shared=True)
    assert refused.value.field == "shared"
    own = _create(cashier)
    with pytest.raises(Refused):
        saved_view_change(view=own, shared=True, by=cashier)
    # Then nobody else changes it, however high
    with pytest.raises(Refused):
        saved_view_change(view=own, name="mine", by=manager)
    # And what the manager shares the accountant, who may share too, looks after as well; the cashier does not
    shared = _create(manager, "欠费", shared=True)
    for refuse in (saved_view_delete, lambda **given: saved_view_change(query="", **given)):
        with pytest.raises(Refused):
            refuse(view=shared, by=cashier)
    assert saved_view_change(view=shared, name="待催缴", by=accountant).name == "待催缴"
    saved_view_delete(view=shared, by=accountant)
    assert not SavedView.objects.filter(owner=manager).exists()


@pytest.mark.parametrize(
    ("name", "steps", "order"),
    [("a", 1, "bac"), ("c", -1, "acb"), ("a", -1, "abc"), ("c", 5, "abc"), ("a", 2, "bca")],
)
def test_views_are_moved_among_ones_own(world: ConsoleWorld, name: str, steps: int, order: str) -> None:
    user = world.user("cashier")
    views = {each: _create(user, each) for each in "abc"}
    saved_view_move(view=views[name], steps=steps, by=user)
    assert "".join(_names(user)) == order
    with pytest.raises(Refused):
        saved_view_move(view=views[name], steps=1, by=world.user("manager"))
