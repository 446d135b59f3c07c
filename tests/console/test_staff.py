"""Staff, roles, passwords, one's own account, and the audit log."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import AT, ConsoleWorld
from yuju.billing.choices import RunSource
from yuju.billing.services.runs import bill_run_draft, bill_run_drop, bill_run_issue
from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import AuditEntry, Invitation, Posting, User
from yuju.identity.services import audit_record, user_create
from yuju.identity.services.invitations import invitation_open
from yuju.kit.testing.console import ConsoleTests
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


def ticks(*postings: tuple[str, Property | None]) -> list[str]:
    return [f"{role}:{place.pk if place is not None else 0}" for role, place in postings]


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


class TestStaffPages(ConsoleTests):
    slug = "staff"
    stranger = "front_desk"
    list_queries = 10  # one of them for the roles the filter offers

    def make(self, world: ConsoleWorld, property: Property, number: int) -> User:
        return user_create(
            username=f"staff{number}-{property.pk}",
            name=f"员工{number}",
            password="long enough to do",
            postings=[(Role.CASHIER, property.pk)],
            by=None,
            at=AT,
        )


class TestAuditPages(ConsoleTests):
    slug = "audit"
    stranger = "front_desk"
    list_queries = 10

    def make(self, world: ConsoleWorld, property: Property, number: int) -> AuditEntry:
        actions = list(AuditAction)
        return audit_record(
            action=actions[number % len(actions)],
            by=world.user("cashier"),
            at=AT + timedelta(minutes=number),
            about=property,
            property_id=property.pk,
        )

    # Exporting the log adds to it; what is compared is the log as it was.

    def exported_rows(self, client: Client, query: str = "?", **given: str) -> list[list[str]]:
        before = transaction.savepoint()
        rows = super().exported_rows(client, query, **given)
        transaction.savepoint_rollback(before)
        return rows

    def excel_rows(self, client: Client) -> int:
        before = transaction.savepoint()
        rows = super().excel_rows(client)
        transaction.savepoint_rollback(before)
        return rows


def test_a_new_users_link_is_shown_once(world: ConsoleWorld) -> None:
    # Given
    client = world.client("manager")

    # When a cashier is made
    given = {"username": "lu", "name": "陈璐", "postings": ticks(("cashier", world.here), ("front_desk", None))}
    made = client.post(reverse("console:staff-new"), given)
    user = User.objects.get(username="lu")

    # Then the page shows a link that works, and only once; nobody knows a password yet
    assert made["Location"] == reverse("console:staff-detail", args=[user.pk])
    (token,) = re.findall(r"/join/([^\"]+)\"", page(client, made["Location"]))
    assert invitation_open(token=token, at=timezone.now()) is not None
    assert token not in page(client, made["Location"])
    assert not user.has_usable_password()
    assert {(p.role, p.property_id) for p in user.postings.all()} == {("cashier", world.here.pk), ("front_desk", None)}

    # And it is nowhere in the clear
    assert token not in str(dict(client.session))
    assert token not in str(list(Invitation.objects.values()))


def test_roles_are_changed_and_the_user_name_stays(world: ConsoleWorld) -> None:
    # Given
    client, user = world.client("manager"), world.user("cashier")
    edit = reverse("console:staff-edit", args=[user.pk])
    (version,) = re.findall(r'name="_version" value="([^"]+)"', page(client, edit))

    # When
    given = {"username": "another", "name": "新名", "postings": ticks(("auditor", world.here)), "_version": version}
    assert client.post(edit, given).status_code == 302

    # Then
    changed = User.objects.get(pk=user.pk)
    assert (changed.username, changed.name) == (user.username, "新名")
    assert [(p.role, p.property_id) for p in changed.postings.all()] == [("auditor", world.here.pk)]


def test_the_manager_of_one_property_gives_roles_there_alone(world: ConsoleWorld) -> None:
    # Given a manager posted at one property
    client = world.client("manager", at=world.here)
    new = reverse("console:staff-new")

    # When / then roles elsewhere, or everywhere, cannot be given
    for place in (world.elsewhere, None):
        given = {"username": "eve", "name": "夏娃", "postings": ticks(("manager", place))}
        assert client.post(new, given).status_code == 422
    assert not User.objects.filter(username="eve").exists()
    given = {"username": "eve", "name": "夏娃", "postings": ticks(("cashier", world.here))}
    assert client.post(new, given).status_code == 302

    # And who is posted elsewhere too, or everywhere, cannot be touched
    for user in (world.user("cashier"), world.user("cashier", at=world.elsewhere)):
        Posting.objects.get_or_create(user=user, role=Role.GUARD, property_id=world.here.pk)
        for name in (
            "staff-edit",
            "staff-link",
            "staff-link-revoke",
            "staff-factors-reset",
            "staff-sessions-end",
            "staff-lock",
        ):
            assert client.post(reverse(f"console:{name}", args=[user.pk]), {}).status_code in (403, 404), name
        assert User.objects.get(pk=user.pk).is_active


def test_the_manager_of_one_property_learns_nothing_of_another(world: ConsoleWorld) -> None:
    # Given a cashier of both properties, who did something at each, and somebody posted elsewhere alone
    client, cashier = world.client("manager", at=world.here), world.user("cashier", at=world.here)
    Posting.objects.create(user=cashier, role=Role.ACCOUNTANT, property_id=world.elsewhere.pk)
    stranger = world.user("guard", at=world.elsewhere)
    User.objects.filter(pk=stranger.pk).update(name="外人")
    for place, old in ((world.here, "这里改的"), (world.elsewhere, "那里改的")):
        audit_record(
            action=AuditAction.CHANGED,
            by=cashier,
            at=AT,
            about=place,
            property_id=place.pk,
            changes={"name": [old, place.name]},
        )

    # When the manager looks at the cashier
    shown = page(client, reverse("console:staff-detail", args=[cashier.pk]))

    # Then there is what was done here, and neither the other property's name, nor its roles, nor what was done there
    assert "这里改的" in shown
    assert "那里改的" not in shown
    assert world.elsewhere.name not in shown
    assert str(Role.ACCOUNTANT.label) not in shown

    # And the audit log offers nobody who is posted elsewhere alone
    log = page(client, reverse("console:audit-list"))
    assert cashier.name in log
    assert "外人" not in log


def test_a_locked_user_is_out_at_once_and_comes_back_when_let(world: ConsoleWorld) -> None:
    # Given somebody signed in
    manager, user = world.client("manager"), world.user("cashier")
    theirs = world.client_of(user)
    assert theirs.get("/").status_code == 200

    # When / then
    manager.post(reverse("console:staff-lock", args=[user.pk]))
    assert theirs.get("/")["Location"].startswith("/sign-in")
    manager.post(reverse("console:staff-lock", args=[user.pk]), {"lock": "0"})
    assert theirs.get("/")["Location"].startswith("/sign-in")
    assert world.client_of(user).get("/").status_code == 200


def test_nobody_locks_themself_out_or_gives_up_the_right_to_change_staff(world: ConsoleWorld) -> None:
    # Given
    user = world.user("manager")
    client = world.client_of(user)

    # When
    client.post(reverse("console:staff-lock", args=[user.pk]))
    edit = reverse("console:staff-edit", args=[user.pk])
    (version,) = re.findall(r'name="_version" value="([^"]+)"', page(client, edit))
    given = {"name": "我", "postings": ticks(("cashier", None), ("manager", world.here)), "_version": version}

    # Then
    assert client.post(edit, given).status_code == 422
    assert client.post(reverse("console:staff-link", args=[user.pk])).status_code == 403
    assert User.objects.get(pk=user.pk).is_active
    assert user.postings.get().role == Role.MANAGER


def test_ones_own_password_is_changed_with_the_present_one(world: ConsoleWorld) -> None:
    # Given
    user = world.user("cashier")
    client, other = world.client_of(user), world.client_of(user)
    url = reverse("console:account")
    right = {"old": "long enough to do", "new": "a much better one", "again": "a much better one"}

    # When it is wrong in any way, nothing changes
    for wrong in ({"old": "guessed"}, {"again": "another one"}, {"new": "short", "again": "short"}):
        assert client.post(url, {**right, **wrong}).status_code == 422
    assert User.objects.get(pk=user.pk).check_password("long enough to do")

    # When it is right, this browser stays and the other one is out
    assert client.post(url, right)["Location"] == url
    assert page(client, url)
    assert other.get(url)["Location"].startswith("/sign-in")


def test_the_log_says_who_was_shown_what_and_who_signed_in(world: ConsoleWorld) -> None:
    # Given a sign-in and an export
    user = world.user("manager")
    audit_record(action=AuditAction.SIGNED_IN, by=user, at=datetime(2026, 11, 25, tzinfo=UTC))
    client = world.client_of(user)
    client.post("/language", {"language": "en"})
    client.post(f"{reverse('console:units-export')}?q=林晓彤", {"format": "csv"})

    # When
    shown = page(client, reverse("console:audit-list"))

    # Then both stand there, without what was sought
    assert "Signed in" in shown
    assert "Exported" in shown
    assert "林晓彤" not in shown

    # And who answers for one property sees neither what is of none nor what is elsewhere
    for place in (world.here, world.elsewhere):
        audit_record(action=AuditAction.IMPORTED, by=user, at=AT, about=place, property_id=place.pk)
    theirs: Any = world.client("auditor", at=world.here).get(reverse("console:audit-list"))
    assert {row.property_id for row in theirs.context["listing"].rows} == {world.here.pk}


def test_decisions_about_bill_runs_are_written_down(world: ConsoleWorld) -> None:
    # Given a run that a manager drops, and one that is issued
    user = world.user("manager")
    for as_of in (date(2026, 3, 1), date(2026, 4, 1)):
        run = bill_run_draft(property=world.here, as_of=as_of, source=RunSource.CONSOLE, by=user, at=AT)
        if as_of.month == 3:
            bill_run_drop(run=run, by=user, at=AT)
    bill_run_issue(run=run, by=user, at=AT)

    # When
    client = world.client_of(user)
    client.post("/language", {"language": "en"})
    shown = page(client, reverse("console:audit-list") + "?action=decided")

    # Then both stand there, with the way to the run
    assert "Dropped" in shown
    assert "Issued" in shown
    assert reverse("console:bill-runs-detail", args=[run.pk]) in shown


def test_the_list_names_the_one_property_of_a_user(world: ConsoleWorld) -> None:
    here = user_create(
        username="one",
        name="一处",
        password="long enough to do",
        postings=[(Role.CASHIER, world.here.pk)],
        by=None,
        at=AT,
    )
    both = [(Role.CASHIER, world.here.pk), (Role.CASHIER, world.elsewhere.pk)]
    several = user_create(username="two", name="两处", password="long enough to do", postings=both, by=None, at=AT)
    found = world.client("manager").get(reverse("console:staff-list")).context["lines"]
    lines = {str(line.cells[1][1]): [str(html) for _column, html in line.cells] for line in found}
    assert world.here.name in lines[here.username]
    assert "2 个项目" in lines[several.username]
