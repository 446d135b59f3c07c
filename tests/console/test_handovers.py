"""Handovers and their templates at the desk, on the phone and in the portal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.portal.people import LIN, client_of, phone_set
from tests.support.console_world import ConsoleWorld
from tests.support.handovers import SIGNATURE, fill, make_handover, sign, signed
from tests.support.stays import AT, make_lease, make_unit
from tests.support.tasks import photo
from yuju.billing.services.damage_prices import damage_price_add
from yuju.console.pages.handover_templates import things_of
from yuju.journeys.handover import handover_begin, handover_meters, handover_tasks
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.premises.models import Property, Unit
from yuju.residency.choices import HandoverKind
from yuju.residency.models import Handover, HandoverKey, HandoverTemplate, Tenure
from yuju.residency.services.handovers import Thing, handover_template_save
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db


class TestHandovers(ConsoleTests):
    slug = "handovers"
    viewer, editor, stranger = "auditor", "front_desk", "guard"
    list_queries = 8

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Handover:
        return make_handover(property, number=f"16{number:02}", metered=False)

    def test_one_is_begun_on_the_page_of_its_lease_and_read_with_its_pdf(self, world: ConsoleWorld) -> None:
        client, stay = world.client("front_desk"), make_lease(make_unit(world.here, "0801"))
        lease = reverse("console:leases-detail", args=[stay.pk])
        assert client.get(lease).context["handovers"][0].may_begin
        begun = client.post(reverse("console:handover-begin", args=[stay.pk, "in"]))
        made = Handover.objects.get()
        assert begun["Location"] == self.console.url("detail", made.pk)
        assert client.post(reverse("console:handover-begin", args=[stay.pk, "sideways"])).status_code == 404
        pdf = reverse("console:handover-pdf", args=[made.pk])
        assert client.get(pdf).status_code == 404

        done = signed(world.here)
        page = client.get(self.console.url("detail", done.pk))
        assert (page.status_code, page.context["as_signed"]) == (200, True)
        assert client.get(reverse("console:handover-pdf", args=[done.pk])).content.startswith(b"%PDF-")


class TestTemplates(ConsoleTests, ConsoleFormTests):
    slug = "handover-templates"
    viewer, editor, stranger = "auditor", "front_desk", "guard"
    list_queries = 8
    invalid = ("things", "只有区域")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> HandoverTemplate:
        things = [Thing("客厅", "沙发"), Thing("卧室", "床垫", number + 1)]
        name = f"户型 {number}"
        return handover_template_save(property=property, name=name, layout=name, things=things, by=None, at=AT)

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        make_unit(world.here, f"9{number:02}")
        Unit.objects.filter(number=f"9{number:02}").update(layout=f"新 {number}")
        things = f"客厅，沙发，1\n客厅\t餐椅\t{number}\tSH-CHAIR\n"
        return {"property": world.here.pk, "name": f"新户型 {number}", "layout": f"新 {number}", "things": things}

    def test_a_code_that_prices_nothing_is_told_beside_the_form_and_on_the_page(self, world: ConsoleWorld) -> None:
        # Given a price list with one code, and a template that names another besides
        damage_price_add(
            property=world.here, code="SH-BED", name="床垫", rate=Decimal(900), valid_from=AT.date(), by=None, at=AT
        )
        things = "卧室，床垫，2，SH-BED\n客厅，餐椅，4，SH-CHAIR\n"
        client = world.client("front_desk", at=world.here)

        # Then the other is told while it is typed, and still saved
        given = {**self.form_data(world, 1), "things": things}
        beside = client.post(reverse("console:handover-templates-new-panel"), given).content.decode()
        assert ("SH-CHAIR" in beside, "SH-BED" in beside) == (True, False)
        assert client.post(self.console.url("new"), given).status_code == 302
        page = client.get(self.console.url("detail", HandoverTemplate.objects.get().pk))
        assert [("SH-CHAIR" in str(one.text), "SH-BED" in str(one.text)) for one in page.context["cautions"]] == [
            (True, False)
        ]

    def test_lines_are_read_as_they_are_typed_or_pasted(self) -> None:
        assert things_of("客厅，沙发\n\n卧室\t床垫\t2\tSH-BED\n厨房, 冰箱,1") == [
            Thing("客厅", "沙发", 1, ""),
            Thing("卧室", "床垫", 2, "SH-BED"),
            Thing("厨房", "冰箱", 1, ""),
        ]


def send(client: Any, page: str, task: Task, **given: Any) -> Any:
    """Sends an entry as the queue of a phone does."""
    arguments = {key: given.pop(key) for key in ("item", "key", "meter") if key in given}
    entry = {"entry": str(uuid4()), "entered": timezone.now().isoformat()}
    return client.post(reverse(f"field:handover-{page}", kwargs={"pk": task.pk, **arguments}), {**entry, **given})


def test_a_handover_is_gone_through_on_the_phone(world: ConsoleWorld) -> None:
    # Given a handover that nobody does yet
    made = make_handover(world.here)
    task = handover_tasks(made).get()
    user = world.user("front_desk", at=world.here)
    client = world.client_of(user)
    guard = world.client("guard", at=world.here)
    things = {one.name: one.pk for one in made.items.all()}
    page = reverse("field:handover", args=[task.pk])
    assert guard.get(page).status_code == 404
    assert send(guard, "item-set", task, item=things["沙发"], result="good").status_code == 404

    # When the front desk begins, looks, photographs, counts, reads
    meter = handover_meters(made)[0].meter_id
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("begin", {}),
        ("item-set", {"item": things["沙发"], "result": "good"}),
        ("item-set", {"item": things["餐椅"], "result": "damaged"}),
        ("item-note", {"item": things["餐椅"], "note": "一把腿松", "quantity": "2"}),
        ("item-photo", {"item": things["餐椅"], "photo": photo(60, 40)}),
        ("item-set", {"item": things["床垫"], "result": "worn"}),
        ("item-add", {"room": "客厅", "name": "电视", "count": "1"}),
        ("key-add", {"kind": "door", "number": "A1", "count": "2"}),
        ("key-add", {"kind": "card", "count": "2"}),
        ("meter-read", {"meter": meter, "value": "404,9"}),
    )
    for step, given in steps:
        assert send(client, step, task, **given).json() == {"ok": True}, step
    added = made.items.get(name="电视")
    assert send(client, "key-remove", task, key=HandoverKey.objects.get(kind="card").pk).status_code == 200
    shown = client.get(page)
    assert (shown.status_code, shown.context["working"]) == (200, True)
    assert [room for room, _things in shown.context["sheet"].rooms] == ["客厅", "卧室"]

    # Then nonsense is refused, and it is signed when nothing is missing
    assert send(client, "meter-read", task, meter=meter, value="viel").status_code == 422
    assert send(client, "item-add", task, room="客厅", name="钟", count="-1").status_code == 422
    assert "电视" in send(client, "sign", task, signer="林晓彤", signature=SIGNATURE).json()["refused"]
    send(client, "item-set", task, item=added.pk, result="good")
    assert client.get(reverse("field:handover-pdf", args=[task.pk])).status_code == 404
    assert send(client, "sign", task, signer="林晓彤", signature=SIGNATURE).json() == {"ok": True}
    task.refresh_from_db()
    made.refresh_from_db()
    assert (task.state, made.signer, made.done_by) == (TaskState.DONE, "林晓彤", user)
    assert client.get(reverse("field:handover-pdf", args=[task.pk])).content.startswith(b"%PDF-")
    assert client.get(page).status_code == 200
    shot = made.photos.get()
    assert client.get(reverse("field:handover-photo-small", args=[shot.pk]))["Content-Type"] == "image/jpeg"
    assert guard.get(reverse("field:handover-photo", args=[shot.pk])).status_code == 404


def test_an_inspection_shows_then_and_now_in_the_same_number_of_statements(
    world: ConsoleWorld, django_assert_num_queries: Any
) -> None:
    made = make_handover(world.here)
    fill(made, harmed="餐椅")
    sign(made)
    user = world.user("front_desk", at=world.here)
    stay = Tenure.objects.get(pk=made.tenure_id)
    out = handover_begin(tenure=stay, kind=HandoverKind.OUT, assignee=user, by=None, at=AT)
    task = handover_tasks(out).get()
    client = world.client_of(user)
    client.get(reverse("field:handover", args=[task.pk]))
    with django_assert_num_queries(16):
        page = client.get(reverse("field:handover", args=[task.pk]))
    chairs = next(one for one in page.context["sheet"].found if one.item.name == "餐椅")
    assert (chairs.earlier.condition, len(chairs.earlier_photos), chairs.photos) == ("damaged", 1, [])
    assert world.client("front_desk").get(reverse("console:handovers-detail", args=[out.pk])).status_code == 200


def test_the_resident_opens_theirs_in_the_portal_and_nobody_elses(world: ConsoleWorld) -> None:
    made, other = signed(world.here), signed(world.here, number="0901")
    resident = Tenure.objects.get(pk=made.tenure_id).resident
    phone_set(resident, LIN)
    resident.refresh_from_db()
    client = client_of(world.operator.pk, resident.phone_hash)
    assert list(client.get("/my/me").context["handovers"]) == [made]
    pdf = client.get(reverse("portal:handover-pdf", args=[made.pk]))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert client.get(reverse("portal:handover-pdf", args=[other.pk])).status_code == 404
