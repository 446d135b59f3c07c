"""A unit handed over at check-in and held against that at check-out: nothing forgotten, nothing changed afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from tests.support.handovers import SIGNATURE, fill, make_handover, make_template, sign, signed, stay_of
from tests.support.stays import AT, make_lease, make_property, make_unit
from tests.support.tasks import make_task, photo
from yuju.identity.models import Operator
from yuju.journeys.handover import (
    handover_begin,
    handover_kind_of,
    handover_meters,
    handover_of_task,
    handover_read,
    handover_sign,
    handover_tasks,
)
from yuju.journeys.move_in import handover_ask
from yuju.kit.errors import Refused
from yuju.metering.models import HandoverReading, Reading
from yuju.reporting.handover_pdf import handover_pdf
from yuju.reporting.handover_sheet import handover_sheet, handovers_to_read, is_as_signed
from yuju.residency.choices import Condition, HandoverKind, HandoverState
from yuju.residency.models import Handover, HandoverItem, HandoverKey, HandoverPhoto
from yuju.residency.selectors import Damage, damages, handover_template_for
from yuju.residency.services import handovers
from yuju.workforce.choices import TaskKind, TaskState
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=60)


def refused(code: str, work: Any, **given: Any) -> str:
    with pytest.raises(Refused) as caught:
        work(**{"by": None, "at": AT, **given})
    assert caught.value.code == code or caught.value.field == code
    return str(caught.value)


def test_the_template_of_the_layout_is_taken_before_that_of_all(operator: Operator) -> None:
    place = make_property()
    unit = make_unit(place)
    assert handover_template_for(unit) is None
    make_template(place)
    assert handover_template_for(unit) is not None
    make_template(place, layout="两室一厅")
    assert str(getattr(handover_template_for(unit), "layout", "")) == "两室一厅"
    refused("layout", handovers.handover_template_save, property=place, name="又一个", things=handovers_things())


def handovers_things() -> list[handovers.Thing]:
    return [handovers.Thing("客厅", "沙发")]


def test_begun_twice_it_is_one_with_one_task(operator: Operator) -> None:
    place = make_property()
    made = make_handover(place)
    again = handover_begin(tenure=stay_of(made), kind=HandoverKind.IN, by=None, at=AT)
    task = Task.objects.get()
    assert (again.pk, made.items.count()) == (made.pk, 3)
    assert (task.kind, task.tenure_id, task.group) == (TaskKind.HANDOVER, made.tenure_id, "front_desk")


def test_who_checks_in_late_in_the_evening_is_not_late_at_once(operator: Operator) -> None:
    # Given a check-in five minutes before the hour by which rooms are handed over
    lease = make_lease(make_unit(make_property()))
    evening = datetime(2026, 11, 25, 11, 55, tzinfo=UTC)

    # When the handover is asked for, then there is time for it
    handover_ask(tenure=lease, by=None, at=evening)
    assert Task.objects.get().due_at == evening + timedelta(hours=2)


def test_what_is_missing_is_named_before_it_is_signed(operator: Operator) -> None:
    made = make_handover(make_property())
    meter = handover_meters(made)[0]
    sign_it = {"handover": made, "signer": "林晓彤", "strokes": SIGNATURE}
    assert "沙发" in refused("unfinished", handover_sign, **sign_it)
    for item in made.items.select_related("handover"):
        handovers.handover_item_set(item=item, condition=Condition.DAMAGED, by=None, at=AT)
    assert "沙发" in refused("unfinished", handover_sign, **sign_it)
    for item in made.items.select_related("handover"):
        handovers.handover_item_set(item=item, condition=Condition.WORN, by=None, at=AT)
    assert meter.serial in refused("unfinished", handover_sign, **sign_it)
    handover_read(handover=made, meter=meter.meter_id, value=Decimal("404.9"), by=None, at=AT)
    refused("empty", handover_sign, **{**sign_it, "strokes": "[[[1,1],[2,2]]]"})
    refused("signer", handover_sign, **{**sign_it, "signer": " "})
    assert not Reading.objects.exists()


def test_signed_it_is_a_reading_a_finished_task_and_never_changes(operator: Operator) -> None:
    made = signed(make_property())
    assert made.state == HandoverState.SIGNED
    assert [(one.value, one.date.isoformat()) for one in Reading.objects.all()] == [(Decimal("404.9"), "2026-11-25")]
    assert HandoverReading.objects.get().reading == Reading.objects.get()
    assert handover_tasks(made).get().state == TaskState.DONE
    # Signed a second time, nothing happens.
    assert handover_sign(handover=made, signer="别人", strokes=SIGNATURE, by=None, at=LATER).signer == "林晓彤"

    # The service refuses, and the database does whatever asks it.
    item = HandoverItem.objects.select_related("handover").order_by("position")[0]
    refused("signed", handovers.handover_item_set, item=item, condition="worn")
    refused("signed", handovers.handover_key_add, handover=made, kind="door", count=1)
    changes: list[Any] = [
        lambda: Handover.objects.update(signer="别人"),
        lambda: Handover.objects.all().delete(),
        lambda: HandoverItem.objects.filter(pk=item.pk).update(note="划痕"),
        lambda: HandoverKey.objects.all().delete(),
        lambda: HandoverReading.objects.update(value=1),
        lambda: HandoverItem.objects.create(handover=made, position=99, room="客厅", name="钟"),
        lambda: HandoverPhoto.objects.create(handover=made, item=item, at=AT, path="x", thumbnail="x", sha256="0" * 64),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match=r"signed|cannot be changed"), transaction.atomic():
            change()


def test_the_seal_holds_for_what_was_signed_alone(operator: Operator) -> None:
    made = handovers_to_read(Handover.objects.filter(pk=signed(make_property()).pk)).get()
    sheet = handover_sheet(made)
    assert is_as_signed(sheet)
    sheet.found[0].item.condition = Condition.WORN
    assert not is_as_signed(sheet)


def test_the_inspection_is_held_against_the_handover(operator: Operator) -> None:
    # Given a handover at check-in with a mattress that was damaged then
    made = make_handover(make_property())
    fill(made, harmed="床垫")
    handovers.handover_key_add(handover=made, kind="card", number="", count=2, by=None, at=AT)
    sign(made)

    # When at check-out two chairs are broken, and a card does not come back
    out = handover_begin(tenure=stay_of(made), kind=HandoverKind.OUT, by=None, at=AT)
    assert [(one.name, getattr(one.earlier, "condition", "")) for one in out.items.select_related("earlier")] == [
        ("沙发", "good"),
        ("餐椅", "good"),
        ("床垫", "damaged"),
    ]
    fill(out, harmed="餐椅", reading="404.9")
    chairs = out.items.select_related("handover").get(name="餐椅")
    handovers.handover_item_note(item=chairs, note="椅腿断", quantity=2, by=None, at=AT)
    refused("quantity", handovers.handover_item_note, item=chairs, note="", quantity=5)
    bed = out.items.select_related("handover").get(name="床垫")
    handovers.handover_item_set(item=bed, condition=Condition.DAMAGED, by=None, at=AT)
    refused("unfinished", handover_sign, handover=out, signer="林晓彤", strokes=SIGNATURE)
    handovers.handover_photo_add(item=bed, photo=photo(), by=None, at=AT)
    card = out.keys.select_related("handover").get()
    assert "门禁卡" in refused("unfinished", handover_sign, handover=out, signer="林晓彤", strokes=SIGNATURE)
    refused("count", handovers.handover_key_count, key=card, count=3)
    handovers.handover_key_count(key=card, count=1, by=None, at=AT)
    sign(out)

    # Then what got worse is told with its price code, and what was so before is not
    assert damages(out) == [
        Damage("餐椅", "客厅", "SH-CHAIR", 2, Condition.DAMAGED, "椅腿断", chairs.pk),
        Damage("门禁卡", "", "key-card", 1, Condition.MISSING),
    ]
    # The meter was read that day already: it is one reading, not two
    assert Reading.objects.count() == 1
    assert handover_tasks(out).get().kind == TaskKind.INSPECTION
    # And both go on paper
    for one in (made, out):
        sheet = handover_sheet(handovers_to_read(Handover.objects.filter(pk=one.pk)).get())
        assert handover_pdf(sheet).startswith(b"%PDF-")


def test_bad_input_is_refused(operator: Operator) -> None:
    made = make_handover(make_property())
    item = made.items.select_related("handover")[0]
    program = SimpleUploadedFile("photo.jpg", b"MZ" + bytes(500), "image/jpeg")
    huge = SimpleUploadedFile("photo.jpg", b"\xff\xd8\xff" + bytes(80 * 1024 * 1024), "image/jpeg")
    refused("kind", handovers.handover_photo_add, item=item, photo=program)
    refused("size", handovers.handover_photo_add, item=item, photo=huge)
    refused("result", handovers.handover_item_set, item=item, condition="splendid")
    refused("name", handovers.handover_item_add, handover=made, room="客厅", name="沙发")
    refused("kind", handovers.handover_key_add, handover=made, kind="crowbar", count=1)
    # The last reading below the one before, and another unit's meter
    fill(made, reading="404.9")
    sign(made)
    out = handover_begin(tenure=stay_of(made), kind=HandoverKind.OUT, by=None, at=LATER)
    meter = handover_meters(out)[0].meter_id
    refused("backwards", handover_read, handover=out, meter=meter, value=Decimal("400"), at=LATER)
    refused("value", handover_read, handover=out, meter=meter + 99, value=Decimal("500"), at=LATER)
    assert HandoverReading.objects.filter(handover=out).count() == 0


def test_a_task_that_asks_for_it_already_is_the_one(operator: Operator) -> None:
    # Given a check-in and a notice to leave that made their tasks, and a safety check that looks at something else
    stay = make_lease(make_unit(make_property()))
    make_template(stay.property)
    handing = make_task(stay.property, "交房", kind=TaskKind.HANDOVER, tenure=stay, source="check_in", source_key="1")
    leaving = make_task(stay.property, "验房", tenure=stay, source="move_out", source_key="1")
    safety = make_task(stay.property, "燃气安全检查", tenure=stay)

    # When both handovers are begun, then no task is made, and the safety check asks for none
    for kind, task in ((HandoverKind.IN, handing), (HandoverKind.OUT, leaving)):
        made = handover_begin(tenure=stay, kind=kind, by=None, at=AT)
        assert handover_of_task(task) == made
        fill(made)
        sign(made)
        task.refresh_from_db()
        assert task.state == TaskState.DONE
    assert (Task.objects.count(), handover_kind_of(safety)) == (3, None)
