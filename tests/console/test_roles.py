"""The table of roles: looked at, changed after its effect was shown, exported."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import AT, ConsoleWorld
from yuju.console.permission_names import AREAS
from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import AuditEntry, Passkey, RoleSetting
from yuju.identity.permissions import PERMISSIONS, shipped_permissions
from yuju.identity.selectors import staff_roles
from yuju.identity.services import role_create, roles_change
from yuju.identity.sessions import SESSION_CONFIRMED

pytestmark = pytest.mark.django_db
TABLE, REVIEW, SAVE = (reverse(f"console:staff-roles{page}") for page in ("", "-review", "-save"))


def english(client: Client) -> Client:
    client.cookies["yuju_language"] = "en"
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def ticks(code: str, *more: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    held = (shipped_permissions(code) | set(more)) - set(without)
    return {"shown": [code], "may": [f"{code}:{permission}" for permission in held]}


def held(code: str) -> frozenset[str]:
    return next(role.permissions for role in staff_roles() if role.code == code)


def a_while_later(client: Client) -> None:
    session = client.session
    session[SESSION_CONFIRMED] = timezone.now().timestamp() - 601
    session.save()


def test_every_permission_has_a_name_and_the_table_shows_the_rules(world: ConsoleWorld) -> None:
    assert sorted(permission for _area, lines in AREAS for permission, _name in lines) == sorted(PERMISSIONS)
    shown = page(world.client("auditor"), TABLE)
    assert shown.count("#check") == sum(len(roles) for roles in PERMISSIONS.values())
    assert 'type="checkbox" name="may"' not in shown


def test_a_manager_of_everything_ticks_and_one_of_a_property_looks(world: ConsoleWorld) -> None:
    everything = page(world.client("manager"), TABLE)
    assert everything.count('name="may"') == len(PERMISSIONS) * len(Role)
    theirs = world.client("manager", at=world.here)
    assert 'name="may"' not in page(theirs, TABLE)
    for address in (REVIEW, SAVE):
        assert theirs.post(address, ticks("guard", "leases.view")).status_code == 403
    assert "leases.view" not in held("guard")


def test_the_effect_is_shown_before_it_is_saved(world: ConsoleWorld) -> None:
    # Given a guard and a cashier
    guard, client = world.user("guard", at=world.here), english(world.client("manager"))
    seen = client.get(TABLE).context["seen"]

    # When guards are ticked to change leases
    reviewed = client.post(REVIEW, {**ticks("guard", "leases.edit"), "seen": seen})

    # Then the page says what they gain, what comes along and who it concerns, and nothing is saved
    shown = reviewed.content.decode()
    assert "1 user gains something" in shown
    assert "Make and change leases" in shown
    assert reverse("console:staff-detail", args=[guard.pk]) in shown
    assert reviewed.context["changes"][0]["needed"] == ["See leases"]
    assert not RoleSetting.objects.exists()

    # When it is saved with what the page sends
    given = {"seen": reviewed.context["seen"], "shown": reviewed.context["shown"], "may": reviewed.context["may"]}
    theirs = world.client_of(guard)
    assert theirs.get(reverse("console:leases-list")).status_code == 403
    assert client.post(SAVE, given).status_code == 302

    # Then it holds with the guard's next page, and the log says it in words
    assert theirs.get(reverse("console:leases-list")).status_code == 200
    log = page(client, reverse("console:audit-list"))
    assert "may now: See leases, Make and change leases" in log


def test_going_back_keeps_the_ticks(world: ConsoleWorld) -> None:
    client = world.client("manager")
    shown = client.post(REVIEW, {**ticks("guard", "audit.view"), "again": "1"}).content.decode()
    cell = shown.split('value="guard:audit.view"')[1].split(">")[0]
    assert "checked" in cell
    assert "audit.view" not in held("guard")


def test_somebody_elses_change_meanwhile_is_shown_before_it_is_overwritten(world: ConsoleWorld) -> None:
    # Given two at once
    client = world.client("manager")
    seen = client.get(TABLE).context["seen"]
    roles_change(
        wanted={"guard": shipped_permissions("guard") | {"leases.view"}}, seen=None, by=world.user("manager"), at=AT
    )

    # When the second saves, then both differences are shown and nothing is written
    told = client.post(SAVE, {**ticks("guard", "audit.view"), "seen": seen})
    assert told.status_code == 409
    assert len(told.context["changes"][0]["taken"]) == 1
    assert "leases.view" in held("guard")

    # And having been told, the second may insist
    assert client.post(SAVE, {**ticks("guard", "audit.view"), "seen": told.context["seen"]}).status_code == 302
    assert held("guard") == shipped_permissions("guard") | {"audit.view"}


def test_what_must_stay_is_refused_by_name(world: ConsoleWorld) -> None:
    client = english(world.client("manager"))
    answer = client.post(REVIEW, ticks("manager", without=("payments.take",)))
    assert answer.status_code == 422
    assert "Take money at the desk" in answer.content.decode()
    assert not answer.context["may_save"]
    assert held("manager") == PERMISSIONS.keys()


def test_what_one_may_not_change_is_locked_and_stays(world: ConsoleWorld) -> None:
    # Given somebody who may change roles and little else
    hr = role_create(name_zh="人事", by=None, at=AT)
    roles_change(wanted={hr.code: {"roles.edit", "staff.edit"}}, seen=None, by=None, at=AT)
    user = world.user("guard")
    user.postings.create(role=hr.code)
    client = world.client_of(user)

    # When they send ticks the page did not offer, then those stay as they were
    assert page(client, TABLE).count("disabled") >= len(PERMISSIONS)
    seen = client.get(TABLE).context["seen"]
    client.post(
        SAVE,
        {"shown": ["cashier"], "may": ["cashier:staff.view", "cashier:audit.view", "cashier:field.work"], "seen": seen},
    )
    assert held("cashier") == shipped_permissions("cashier") | {"staff.view"}


def test_a_role_is_made_named_given_and_retired(world: ConsoleWorld) -> None:
    client = world.client("manager")
    assert client.post(reverse("console:staff-role-new"), {"name_zh": ""}).status_code == 422
    made = client.post(reverse("console:staff-role-new"), {"name_zh": "夜班前台", "like": "front_desk"})
    code = next(role.code for role in staff_roles() if role.name_zh == "夜班前台")
    assert made["Location"] == reverse("console:staff-role", args=[code])
    assert "夜班前台" in page(client, made["Location"])
    assert client.post(reverse("console:staff-role-name", args=[code]), {"name_zh": "晚班前台"}).status_code == 302

    # It is offered where users get their roles, and what it may do is shown there
    form = page(client, reverse("console:staff-new"))
    assert "晚班前台" in form
    ticked = [f"{code}:{world.here.pk}", f"guard:{world.elsewhere.pk}", "x:y", "guard:9"]
    rights = client.post(reverse("console:staff-new-panel"), {"postings": ticked}).content.decode()
    assert rights.count("#check") == len(shipped_permissions("front_desk"))
    assert (rights.count(world.here.name), rights.count(world.elsewhere.name)) == (rights.count("#check"), 4)
    given = {"username": "ye", "name": "夜", "postings": [f"{code}:{world.here.pk}"]}
    user = client.post(reverse("console:staff-new"), given)["Location"]
    assert "晚班前台" in page(client, user)
    assert "晚班前台" in page(client, reverse("console:staff-list") + f"?role={code}")

    # While somebody has it, it stays; a shipped one that nobody has goes and comes back
    client.post(reverse("console:staff-role-retire", args=[code]))
    client.post(reverse("console:staff-role-retire", args=["guard"]))
    assert {role.code for role in staff_roles() if role.retired} == {"guard"}
    assert f"guard:{world.here.pk}" not in page(client, reverse("console:staff-new"))
    client.post(reverse("console:staff-role-retire", args=["guard"]), {"retire": "0"})
    assert not any(role.retired for role in staff_roles())
    assert client.get(reverse("console:staff-role", args=["nothing"])).status_code == 404


def test_an_auditor_takes_the_table_along(world: ConsoleWorld) -> None:
    client = english(world.client("auditor"))
    answer = client.get(reverse("console:staff-roles-export"), {"format": "csv"})
    lines = answer.getvalue().decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == len(PERMISSIONS) + 1
    assert lines[0].replace('"', "").startswith("Area,Permission,Manager,Front desk")
    assert sum(line.replace('"', "").count(",yes") for line in lines) == sum(
        len(roles) for roles in PERMISSIONS.values()
    )
    assert AuditEntry.objects.filter(action=AuditAction.EXPORTED, detail__list="roles").exists()


def test_who_signed_in_a_while_ago_proves_who_they_are_before_rights_change(world: ConsoleWorld) -> None:
    # Given a manager whose last proof is older than ten minutes, and ticks that were reviewed
    client = english(world.client("manager"))
    a_while_later(client)
    review = client.post(REVIEW, ticks("guard", "leases.view"))
    assert 'name="confirm"' in review.content.decode()
    given = {**ticks("guard", "leases.view"), "seen": review.context["seen"]}

    # When no password or a wrong one is given, then nothing changes and the ticks are kept
    for wrong, said in (("", "Enter your password."), ("not the password", "This is not your password.")):
        answer = client.post(SAVE, {**given, "confirm": wrong})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert 'value="guard:leases.view"' in answer.content.decode()
        assert "leases.view" not in held("guard")

    # When the right one is given, then it is saved
    assert client.post(SAVE, {**given, "confirm": "long enough to do"}).status_code == 302
    assert "leases.view" in held("guard")
    # And who looks at what was done reads the role's name
    assert ">Guard</td>" in page(client, reverse("console:audit-list"))


def test_names_and_new_roles_and_retiring_ask_who_is_there_too(world: ConsoleWorld) -> None:
    # Given a manager whose last proof is older than ten minutes
    client = english(world.client("manager"))
    a_while_later(client)
    role = reverse("console:staff-role", args=["guard"])
    name, new = reverse("console:staff-role-name", args=["guard"]), reverse("console:staff-role-new")
    retire = reverse("console:staff-role-retire", args=["guard"])

    # When a role is named or made without the password, then nothing happens and what was typed is kept
    for address in (name, new):
        answer = client.post(address, {"name_zh": "夜班门卫", "name_en": "Night guard"})
        assert answer.status_code == 422
        shown = answer.content.decode()
        assert 'value="夜班门卫"' in shown
        assert 'id="confirm-error"' in shown
    assert {one.label for one in staff_roles()}.isdisjoint({"夜班门卫", "Night guard"})

    # When it is retired, then the page that asks comes first
    asked = client.post(retire, headers={"referer": f"http://testserver{role}"})
    assert asked["Location"] == f"{reverse('console:confirm')}?next={role}"
    assert not next(one for one in staff_roles() if one.code == "guard").retired

    # When the password is given with a name, then it counts, and the next act is not asked about
    given = {"name_zh": "夜班门卫", "name_en": "Night guard", "confirm": "long enough to do"}
    assert client.post(name, given).status_code == 302
    assert 'name="confirm"' not in page(client, role)
    client.post(retire)
    assert next(one for one in staff_roles() if one.code == "guard").retired


def test_whoever_has_a_passkey_may_prove_it_with_the_form(world: ConsoleWorld) -> None:
    # Given two managers asked who is there, one of them with a passkey
    user = world.user("manager")
    with_key, without = world.client_of(user), world.client("manager")
    Passkey.objects.create(user=user, name="MacBook", credential_id="YWJj", public_key="YWJj", added_at=AT)
    for client in (with_key, without):
        a_while_later(client)

    # Then the passkey is offered to that one, where passkeys work
    new = reverse("console:staff-role-new")
    assert "data-passkey-go" in with_key.get(new, headers={"host": "localhost"}).content.decode()
    assert "data-passkey-go" not in without.get(new, headers={"host": "localhost"}).content.decode()

    # And a proof that is none changes nothing
    answer = with_key.post(new, {"name_zh": "夜班", "name_en": "Night", "credential": "{}"})
    assert answer.status_code == 422
    assert "Night" not in {one.label for one in staff_roles()}
