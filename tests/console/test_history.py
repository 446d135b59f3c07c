"""What happened to a row, on its page; all changes and the audit, on pages of their own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_lease, make_resident, make_unit
from yuju.console.differences import value_words
from yuju.console.origins import origin_words
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry, Change
from yuju.identity.services import audit_record
from yuju.kit.tenancy import acting
from yuju.kit.testing.console import ConsoleTests
from yuju.premises.models import Building, ParkingSpace, Property, Unit
from yuju.premises.services import space_create
from yuju.residency import services as residency
from yuju.residency.models import Resident, Tag, Tenure, TenureTerm

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def text(client: Any, address: str) -> str:
    """What a page says, without tags, in one line."""
    shown = re.sub(r"<[^>]+>", " ", client.get(address).content.decode())
    return re.sub(r"\s+", " ", shown)


class TestChanges(ConsoleTests):
    slug = "changes"
    viewer = "auditor"
    stranger = "cashier"
    list_queries = 13

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Change:
        space = space_create(property=property, code=f"B1-{number}", by=None, at=AT)
        return Change.objects.get(kind="premises_parkingspace", row_id=space.pk)


def test_an_act_is_told_in_words(world: ConsoleWorld) -> None:
    # Given a lease whose end, kind and rent change, and that somebody joins
    lease = make_lease(make_unit(world.here), rent=Decimal(4850))
    with acting(user_id=world.user("manager").pk, origin={"address": "203.0.113.7", "device": "Edge · Windows"}):
        Tenure.objects.filter(pk=lease.pk).update(end=date(2027, 5, 31), category="short_term")
        TenureTerm.objects.filter(tenure=lease).update(rent=5000)
        residency.occupant_add(tenure=lease, name="高远", relation="配偶", phone="13700002260", by=None, at=AT)
    # When its page is opened
    shown = text(world.client("manager"), reverse("console:leases-detail", args=[lease.pk]))
    # Then it stands there as people say it
    assert "2027-02-28 → 2027-05-31" in shown
    assert "4,850.00 → 5,000.00" in shown
    assert "长租 → 短租" in shown
    assert "高远" in shown
    assert "周明 · 203.0.113.7 · Edge · Windows" in shown


def test_keys_are_told_by_name_and_what_is_gone_by_its_number(world: ConsoleWorld) -> None:
    unit, other = make_unit(world.here), Building.objects.create(property=world.here, code="9栋")
    Unit.objects.filter(pk=unit.pk).update(building=other)
    address = reverse("console:units-history", args=[unit.pk])
    client = world.client("manager")
    assert "3栋 → 9栋" in text(client, address)


def test_tags_come_and_go_on_the_residents_page(world: ConsoleWorld) -> None:
    resident = make_resident(world.here)
    tag = Tag.objects.create(name="养宠")
    by = world.user("manager")
    residency.resident_tags_set(resident=resident, tags=[tag], by=by, at=AT)
    residency.resident_tags_set(resident=resident, tags=[], by=by, at=AT)
    items = world.client_of(by).get(reverse("console:residents-history", args=[resident.pk])).context["history"].items
    sides = [(line.label, line.before, line.after) for one in items for line in one.lines]
    assert sides == [("标签", None, "养宠"), ("标签", "养宠", None)]


def test_personal_data_is_covered_and_uncovered_one_by_one_on_record(world: ConsoleWorld) -> None:
    # Given a number that was changed
    resident = Resident.objects.get(pk=make_resident(world.here, phone="13800006021").pk)
    resident.phone = "13900007730"
    resident.save()
    change = Change.objects.get(kind="residency_resident", act="changed")
    page = reverse("console:residents-history", args=[resident.pk])
    manager = world.client("manager")
    shown = manager.get(page).content.decode()
    assert "138****6021" in shown
    assert "13800006021" not in shown
    # When the former one is uncovered, then it is shown and written down
    address = reverse("console:history-reveal", args=[change.pk, "phone", "before"])
    assert address in shown
    assert "13800006021" in manager.post(address).content.decode()
    entry = AuditEntry.objects.get(action=AuditAction.REVEALED)
    assert (entry.object_id, entry.detail, entry.origin["address"]) == (resident.pk, {"field": "phone"}, "127.0.0.1")
    # And nobody else gets it: not without the right, not elsewhere, not another column
    assert address not in world.client("guard").get(page).content.decode()
    assert world.client("guard").post(address).status_code == 403
    assert world.client("manager", at=world.elsewhere).post(address).status_code == 404
    for wrong in (("name", "before"), ("phone", "between"), ("id_number", "after")):
        assert manager.post(reverse("console:history-reveal", args=[change.pk, *wrong])).status_code == 404
    with world.other_operator() as other:
        assert other.client("manager").post(address).status_code == 404
    assert AuditEntry.objects.filter(action=AuditAction.REVEALED).count() == 1


def test_the_export_of_changes_covers_what_is_covered(world: ConsoleWorld) -> None:
    resident = Resident.objects.get(pk=make_resident(world.here, phone="13800006021").pk)
    resident.phone = "13900007730"
    resident.save()
    body = world.client("manager").post(reverse("console:changes-export"), {"format": "csv"}).getvalue().decode()
    assert "138****6021 → 139****7730" in body
    assert "13800006021" not in body


def test_what_was_imported_says_from_which_file(world: ConsoleWorld) -> None:
    # Given so many units made at once that one entry stands for them
    building = make_unit(world.here).building
    units = [Unit(property=world.here, building=building, number=str(n), label=f"3栋{n}") for n in range(200, 350)]
    with acting(origin={"file": "青岚里.xlsx"}):
        made = Unit.objects.bulk_create(units)
    # Then each of them knows, and a neighbour does not
    client = world.client("manager")
    assert "导入 青岚里.xlsx" in text(client, reverse("console:units-detail", args=[made[70].pk]))
    assert "青岚里.xlsx" not in text(
        client, reverse("console:units-detail", args=[building.units.order_by("pk")[0].pk])
    )
    assert "× 150" in text(client, reverse("console:changes-list"))


def test_what_was_done_past_the_application_says_so(world: ConsoleWorld) -> None:
    space = space_create(property=world.here, code="B1-01", by=None, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE premises_parkingspace SET location = '地下二层' WHERE id = %s", [space.pk])
    assert "直接在数据库中修改" in text(world.client("manager"), reverse("console:spaces-detail", args=[space.pk]))


def test_the_history_is_narrowed_by_person_and_period(world: ConsoleWorld) -> None:
    space, wang, li = (
        space_create(property=world.here, code="B1-01", by=None, at=AT),
        *(world.user("manager") for _ in "wl"),
    )
    for user, location in ((wang, "一层"), (li, "二层")):
        with acting(user_id=user.pk):
            ParkingSpace.objects.filter(pk=space.pk).update(location=location)
    client, address = world.client("auditor"), reverse("console:spaces-history", args=[space.pk])
    everything = client.get(address).context["history"]
    assert {wang.pk, li.pk} <= {key for key, _name in everything.people}
    narrowed = client.get(address, {"who": wang.pk}).context["history"].items
    assert [line.after for one in narrowed for line in one.lines] == ["一层"]
    today = everything.items[0].when
    assert client.get(address, {"since": f"{today:%Y-%m-%d}"}).context["history"].items
    assert not client.get(address, {"until": "2026-01-01"}).context["history"].items


def test_a_long_history_goes_on_with_older_pages(world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    space = space_create(property=world.here, code="B1-01", by=None, at=AT)
    for minute in range(7):
        at = AT.replace(minute=minute)
        audit_record(action=AuditAction.EXPORTED, by=None, at=at, about=space, rows=minute)
    monkeypatch.setattr("yuju.kit.console.happenings.ON_PAGE", 3)
    client, address, seen = world.client("auditor"), reverse("console:spaces-history", args=[space.pk]), []
    query = ""
    while True:
        history = client.get(address + query).context["history"]
        seen += [one.title for one in history.items]
        if not (query := history.older):
            break
    assert len(seen) == 8
    assert seen[0].startswith("新建")


def test_a_history_takes_the_same_few_statements_however_much_there_is(world: ConsoleWorld) -> None:
    lease = make_lease(make_unit(world.here))
    client, counts = world.client("manager"), []
    for times in (1, 12):
        for number in range(times):
            user = world.user("manager")
            with acting(user_id=user.pk):
                Tenure.objects.filter(pk=lease.pk).update(deposit=100 * times + number)
                unit = make_unit(world.here, f"{times}-{number}")
                Tenure.objects.filter(pk=lease.pk).update(unit=unit)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("console:leases-history", args=[lease.pk])).status_code == 200
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))
    assert counts == [16, 16], [query["sql"] for query in captured]


def test_the_audit_names_the_thing_and_says_from_where(world: ConsoleWorld) -> None:
    # Given somebody is shown a number, and exports the residents
    resident = make_resident(world.here, "林晓彤", phone="13800006021")
    client = world.client("manager")
    client.post(reverse("console:residents-reveal", args=[resident.pk, "phone"]), REMOTE_ADDR="203.0.113.7")
    client.post(reverse("console:residents-export") + "?category=long_term&tab=all", {"format": "csv"})
    # Then the log leads to the resident, and says what was exported and how it was narrowed
    page = client.get(reverse("console:audit-list")).content.decode()
    assert f'href="{reverse("console:residents-detail", args=[resident.pk])}">林晓彤</a>' in page
    assert "203.0.113.7" in page
    assert "标签页 全部档案" in page
    assert "类别 长租" in page
    # And the resident's page tells it too
    assert "查看个人信息" in text(client, reverse("console:residents-detail", args=[resident.pk]))


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ({}, ""),
        ({"address": "203.0.113.7", "device": "Chrome · Windows"}, "203.0.113.7 · Chrome · Windows"),
        ({"address": "203.0.113.7", "face": "portal"}, "住户端 · 203.0.113.7"),
        ({"command": "bill"}, "命令 yuju bill"),
        ({"job": "draft_run"}, "后台任务"),
        ({"job": "property_write", "file": "a.xlsx"}, "导入 a.xlsx"),
    ],
)
def test_from_where_is_said_in_words(origin: dict[str, str], words: str) -> None:
    assert origin_words(origin) == words


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (TenureTerm._meta.get_field("rent"), 4850, "4,850.00"),
        (TenureTerm._meta.get_field("valid_from"), "1900-01-01", "一直"),
        (Tenure._meta.get_field("start"), "2026-03-01", "2026-03-01"),
        (Tenure._meta.get_field("category"), "owner", "业主"),
        (Resident._meta.get_field("nationality"), "DE", "德国"),
        (Tenure._meta.get_field("created_at"), "2026-11-25T03:00:00+00:00", "2026-11-25 11:00"),
        (None, "x", "x"),
    ],
)
def test_a_value_is_said_as_a_page_writes_it(field: Any, value: Any, words: str) -> None:
    assert value_words(field, value) == words
