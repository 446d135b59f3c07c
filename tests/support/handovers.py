"""Handovers for tests, made as the application makes them."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.support.stays import AT, make_lease, make_meter, make_unit
from tests.support.tasks import photo
from yuju.journeys.handover import handover_begin, handover_meters, handover_read, handover_sign
from yuju.premises.models import Property
from yuju.residency.choices import Condition, HandoverKind
from yuju.residency.models import Handover, Tenure
from yuju.residency.services import handovers
from yuju.residency.services.handovers import Thing

SIGNATURE = json.dumps([[[100 + 20 * step, 200 + (step % 3) * 30] for step in range(20)], [[600, 100], [700, 300]]])
THINGS = (
    Thing("客厅", "沙发"),
    Thing("客厅", "餐椅", 4, "SH-CHAIR"),
    Thing("卧室", "床垫", 1, "SH-BED"),
)


def make_template(property: Property, layout: str = "") -> None:
    handovers.handover_template_save(property=property, name="标准间", layout=layout, things=THINGS, by=None, at=AT)


def make_handover(
    property: Property, *, number: str = "1602", kind: HandoverKind = HandoverKind.IN, metered: bool = True
) -> Handover:
    """A handover that was begun, of a unit with a water meter, from a template of three things in two rooms."""
    if not property.handover_templates.exists():
        make_template(property)
    unit = make_unit(property, number)
    if metered:
        make_meter(property, unit)
    return handover_begin(tenure=make_lease(unit), kind=kind, by=None, at=AT)


def fill(handover: Handover, *, reading: str = "404.9", harmed: str = "", condition: str = Condition.DAMAGED) -> None:
    """Looks at everything: all good but one thing, with its photo."""
    for item in handover.items.select_related("handover"):
        found = condition if item.name == harmed else Condition.GOOD
        handovers.handover_item_set(item=item, condition=found, by=None, at=AT)
        if item.name == harmed:
            handovers.handover_photo_add(item=item, photo=photo(), by=None, at=AT)
    for stop in handover_meters(handover):
        handover_read(handover=handover, meter=stop.meter_id, value=Decimal(reading), by=None, at=AT)


def sign(handover: Handover) -> Handover:
    return handover_sign(handover=handover, signer="林晓彤", strokes=SIGNATURE, by=None, at=AT)


def signed(property: Property, **given: str) -> Handover:
    """A handover at check-in with a door key and two cards, signed."""
    made = make_handover(property, **given)  # type: ignore[arg-type]
    fill(made)
    handovers.handover_key_add(handover=made, kind="door", number="A-12", count=1, by=None, at=AT)
    handovers.handover_key_add(handover=made, kind="card", count=2, by=None, at=AT)
    return sign(made)


def stay_of(handover: Handover) -> Tenure:
    return Tenure.objects.select_related("unit", "resident", "property").get(pk=handover.tenure_id)
