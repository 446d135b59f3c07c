"""Many rows at once: what is shown beforehand, what is done, and taking it back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.console.test_premises import make_unit
from tests.support.billing_database import load_world
from tests.support.billing_worlds import make_world
from tests.support.console_world import AT, ConsoleWorld
from yuju.billing.choices import RunSource
from yuju.billing.models import RecurringCharge
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry, User
from yuju.kit.console import bulk_running
from yuju.kit.console.bulk_running import bulk_do, bulk_undo, forget_bulk_rows
from yuju.kit.records import BulkRow, BulkRun, JobProgress
from yuju.premises.models import Unit
from yuju.residency.models import Resident, ResidentTag
from yuju.residency.services import resident_create, tag_create

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "bulk-preview"}


@pytest.fixture
def people(world: ConsoleWorld) -> list[Resident]:
    """Five residents here and one elsewhere."""
    places = [world.here] * 5 + [world.elsewhere]
    return [
        resident_create(property=place, name=f"住户{number}", by=None, at=AT) for number, place in enumerate(places, 1)
    ]


class Dialog:
    """The dialog of an action, as a browser goes through it."""

    def __init__(self, client: Client, slug: str, action: str, query: str = "", **given: Any) -> None:
        self.client = client
        self.address = f"/{slug}/bulk/{action}{query}"
        self.given = {"key": "0b9d2c4e-8a50-4f0e-9a3f-2f8a8f1d7c11", **given}
        self.seal = ""

    def look(self, **values: Any) -> str:
        """Fills it in and looks at what would be done."""
        self.given |= values
        answer = self.client.post(self.address, self.given, headers=HTMX)
        page = answer.content.decode()
        found = re.search(r'name="seal" value="(\w+)"', page)
        self.seal = found[1] if found else ""
        return page

    def go(self, **values: Any) -> Any:
        """Presses the button that does it."""
        given = {**self.given, "seal": self.seal, "go": "yes", **values}
        return self.client.post(self.address, given, headers=HTMX)


def ids(rows: list[Any]) -> str:
    return ",".join(str(row.pk) for row in rows)


def holders(tag: Any) -> set[int]:
    return set(ResidentTag.objects.filter(tag=tag).values_list("resident_id", flat=True))


def test_what_will_change_and_what_stays_is_shown_first(world: ConsoleWorld, people: list[Resident]) -> None:
    # Given a tag that one of three has
    tag = tag_create(name="养宠", by=None, at=AT)
    ResidentTag.objects.create(resident=people[0], tag=tag)
    dialog = Dialog(world.client("manager"), "residents", "tag-add", ids=ids(people[:3]))

    # When it is to be put on all three
    page = dialog.look(tag=tag.pk)

    # Then the one is named and the numbers are told, and nothing has happened
    assert "2 位住户" in page
    assert "住户1" in page
    assert holders(tag) == {people[0].pk}
    assert not BulkRun.objects.exists()

    # And once it is confirmed the other two have it
    assert dialog.go()["HX-Redirect"].startswith("/residents/")
    assert holders(tag) == {person.pk for person in people[:3]}
    run = BulkRun.objects.get()
    assert (run.changed, [count for _why, count in run.left]) == (2, [1])


def test_all_that_match_are_found_anew_within_the_users_rights(world: ConsoleWorld, people: list[Resident]) -> None:
    # Given the manager of one property, who means everybody on file
    dialog = Dialog(world.client("manager", at=world.here), "residents", "category", "?tab=all", whole="yes", ids="")
    assert "5 位住户" in dialog.look(category="short_term")

    # When somebody has come meanwhile, then what was seen is not what would be done, and it is shown once more
    resident_create(property=world.here, name="新来", by=None, at=AT)
    again = dialog.go()
    assert again.status_code == 422
    assert "6 位住户" in again.content.decode()
    assert not Resident.objects.filter(category="short_term").exists()

    # And seen, it is done, for this property alone
    dialog.look()
    dialog.go()
    assert Resident.objects.filter(category="short_term").count() == 6
    assert not Resident.objects.filter(category="short_term", property=world.elsewhere).exists()


def test_sent_twice_it_is_done_once(world: ConsoleWorld, people: list[Resident]) -> None:
    dialog = Dialog(world.client("manager"), "residents", "category", ids=ids(people))
    dialog.look(category="owner")
    first, sent_before = dialog.go(), AuditEntry.objects.filter(detail__bulk="category")
    assert sent_before.count() == 1
    # The second has the numbers of before: the rows have the category by now, so it is not even offered
    assert first.status_code == 200
    assert dialog.go().status_code == 422
    assert BulkRun.objects.count() == sent_before.count() == 1


def test_taking_back_leaves_what_was_changed_since_and_names_it(world: ConsoleWorld, people: list[Resident]) -> None:
    # Given units whose layouts were set together
    client = world.client("manager")
    units = [make_unit(world.here, number) for number in (1, 2, 3)]
    Unit.objects.filter(pk=units[1].pk).update(layout="一室")
    dialog = Dialog(client, "units", "layout", ids=ids(units))
    dialog.look(layout="四室两厅")
    dialog.go()
    run = BulkRun.objects.get()
    assert set(Unit.objects.values_list("layout", flat=True)) == {"四室两厅"}

    # When somebody corrects one of them, and it is taken back then
    Unit.objects.filter(pk=units[2].pk).update(layout="三室")
    page = client.post(f"/units/bulk/done/{run.pk}/undo", follow=True).content.decode()

    # Then two are as they were, and the third stays and is named
    assert list(Unit.objects.order_by("pk").values_list("layout", flat=True)) == ["两室一厅", "一室", "三室"]
    run.refresh_from_db()
    assert (run.state, run.restored, run.kept) == ("undone", 2, 1)
    assert units[2].label in page
    # And a second time changes nothing
    client.post(f"/units/bulk/done/{run.pk}/undo")
    assert list(Unit.objects.order_by("pk").values_list("layout", flat=True)) == ["两室一厅", "一室", "三室"]
    done, back = AuditEntry.objects.filter(action=AuditAction.CHANGED, detail__list="units").order_by("pk")
    assert (done.detail["rows"], done.detail["bulk"], back.detail["taken_back"]) == (3, "layout", True)


def test_a_tag_comes_back_to_those_who_lost_it(world: ConsoleWorld, people: list[Resident]) -> None:
    tag = tag_create(name="老人", by=None, at=AT)
    for person in people[:3]:
        ResidentTag.objects.create(resident=person, tag=tag)
    client = world.client("front_desk")
    dialog = Dialog(client, "residents", "tag-remove", ids=ids(people))
    dialog.look(tag=tag.pk)
    dialog.go()
    assert holders(tag) == set()
    client.post(f"/residents/bulk/done/{BulkRun.objects.get().pk}/undo")
    assert holders(tag) == {person.pk for person in people[:3]}


def test_what_was_done_is_its_doers_alone_and_not_for_ever(world: ConsoleWorld, people: list[Resident]) -> None:
    client = world.client("manager")
    dialog = Dialog(client, "residents", "category", ids=ids(people))
    dialog.look(category="owner")
    dialog.go()
    run = BulkRun.objects.get()
    page = f"/residents/bulk/done/{run.pk}/"
    assert world.client("manager").get(page).status_code == 404
    assert f"{page}undo" in client.get(page).content.decode()

    # When a week has passed, then it can be read but not be taken back
    BulkRun.objects.update(done_at=timezone.now() - timedelta(days=9))
    assert f"{page}undo" not in client.get(page).content.decode()
    client.post(f"{page}undo")
    assert Resident.objects.filter(category="owner").count() == 6
    forget_bulk_rows()
    assert not BulkRow.objects.exists()


class TestByJob:
    """What is too much for a request."""

    @pytest.fixture(autouse=True)
    def few_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk_running, "AT_ONCE", 2)

    def ask(self, world: ConsoleWorld, user: User) -> BulkRun:
        dialog = Dialog(world.client_of(user), "residents", "category", "?tab=all", whole="yes", ids="")
        dialog.look(category="owner")
        assert dialog.go()["HX-Redirect"] == f"/residents/bulk/done/{BulkRun.objects.get().pk}/"
        return BulkRun.objects.get()

    def test_a_job_does_it_and_takes_it_back(self, world: ConsoleWorld, people: list[Resident]) -> None:
        # Given
        user = world.user("manager")
        run = self.ask(world, user)
        assert not Resident.objects.filter(category="owner").exists()
        assert world.client_of(user).get(f"/residents/bulk/done/{run.pk}/").status_code == 200

        # When the job runs, and is begun again after its worker died
        for _time in range(2):
            bulk_do(run_id=run.pk, language="en")
        assert Resident.objects.filter(category="owner").count() == 6

        # Then another job takes it back
        world.client_of(user).post(f"/residents/bulk/done/{run.pk}/undo")
        for _time in range(2):
            bulk_undo(run_id=run.pk, language="en")
        assert not Resident.objects.filter(category="owner").exists()
        assert JobProgress.objects.count() == 2
        assert AuditEntry.objects.filter(detail__bulk="category", user=user).count() == 2

    def test_it_is_done_with_the_rights_of_the_moment(self, world: ConsoleWorld, people: list[Resident]) -> None:
        from yuju.kit.errors import Refused

        # Given somebody who asked, and then was locked out
        user = world.user("manager")
        run = self.ask(world, user)
        User.objects.filter(pk=user.pk).update(is_active=False)

        # When the job runs, then it says so and nothing is changed
        with pytest.raises(Refused, match="sign in"):
            bulk_do(run_id=run.pk, language="en")
        assert not Resident.objects.filter(category="owner").exists()


def test_users_are_locked_only_when_the_word_is_typed(world: ConsoleWorld) -> None:
    # Given a manager of one property, a cashier there, and one who also works elsewhere
    boss, near = world.user("manager", at=world.here), world.user("cashier", at=world.here)
    far = world.user("cashier")
    dialog = Dialog(world.client_of(boss), "staff", "lock", ids=ids([boss, near, far]))
    page = dialog.look()
    assert "1 名用户" in page

    # When the word is missing, then nothing happens
    assert dialog.go().status_code == 422
    assert User.objects.filter(is_active=False).count() == 0

    # And with it the cashier alone is locked
    assert dialog.go(word="停用").status_code == 200
    assert list(User.objects.filter(is_active=False)) == [near]


def test_ending_recurring_charges_tells_what_is_not_billed_any_more(world: ConsoleWorld) -> None:
    # Given charges of which some were billed through February 2028
    place, _, _ = load_world(make_world(5, units=12), "walled")
    run = bill_run_draft(property=place, as_of=date(2028, 3, 15), source=RunSource.COMMAND, by=None, at=AT)
    bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)
    client = world.client("accountant")
    before = dict(RecurringCharge.objects.values_list("pk", "end"))
    dialog = Dialog(client, "recurring-charges", "end", "?tab=all", whole="yes", ids="")

    # When they are to end within what was billed, then those stay
    page = dialog.look(end="2028-01-10")
    assert "已出账至更晚" in page

    # When they are to end much later, then it is told what they came to last
    page = dialog.look(end="2028-12-31")
    assert re.search(r"¥[\d,]+\.\d\d", page)
    dialog.go()
    changed = BulkRun.objects.get().changed
    assert changed > 0
    assert RecurringCharge.objects.filter(end=date(2028, 12, 31)).count() >= changed

    # And taken back, each has its own end again
    client.post(f"/recurring-charges/bulk/done/{BulkRun.objects.get().pk}/undo")
    assert dict(RecurringCharge.objects.values_list("pk", "end")) == before
    assert Decimal(BulkRun.objects.get().restored) == changed
