"""The readings between two leases: what closes the earlier one's consumption and opens the later one's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.journeys.following import charges_to_the_end
from yuju.journeys.readings import reading_enter
from yuju.kit.errors import Refused
from yuju.metering.models import Installation, Meter, MeteringPoint, Reading
from yuju.premises.models import Unit
from yuju.residency.models import Tenure

ONE_DAY = timedelta(days=1)
Given = Mapping[int, Decimal]
"""What meters showed, by the meter's id."""


def reading_field(meter: Meter) -> str:
    """The form field that asks what a meter showed; a refusal names it."""
    return f"reading_{meter.pk}"


@dataclass(frozen=True)
class ToRead:
    """A meter that has to be read on a day; `enough` are the days on which a reading will do."""

    meter: Meter
    enough: tuple[date, ...]


def meters_billed(tenure: Tenure, on: date) -> list[Meter]:
    """The meters whose consumption a lease is billed to its last day."""
    points = [row.point_id for row in charges_to_the_end(tenure) if row.point_id is not None]
    return _installed(points, on)


def meters_taken_over(tenure: Tenure, unit: Unit, on: date) -> list[Meter]:
    """The meters of another unit that would be billed, going by what the lease is billed now."""
    kinds = {row.point.kind for row in charges_to_the_end(tenure) if row.point is not None}
    points = MeteringPoint.objects.filter(unit=unit, kind__in=kinds).values_list("pk", flat=True)
    return _installed(list(points), on)


def _installed(points: Iterable[int], on: date) -> list[Meter]:
    rows = Installation.objects.filter(
        Q(start=None) | Q(start__lte=on), Q(end=None) | Q(end__gte=on), point_id__in=list(points)
    )
    return [one.meter for one in rows.select_related("meter__property").order_by("meter__kind", "meter_id")]


def closing(meter: Meter, on: date) -> ToRead:
    """A meter that the later lease does not take over: it may have been read on the day before, too."""
    return ToRead(meter, (on - ONE_DAY, on))


def handing_over(meter: Meter, on: date) -> ToRead:
    """A meter that the later lease takes over: one reading closes and opens, on the later one's first day."""
    return ToRead(meter, (on,))


def readings_take(wanted: Iterable[ToRead], given: Given, *, on: date, by: User | None, at: datetime) -> None:
    """Takes down what meters showed on a day, where it was not read already.

    Raises:
        Refused: a meter was not read, or as `reading_enter`; its field is `reading_` and the meter's id.
    """
    for one in wanted:
        value = given.get(one.meter.pk)
        held = Reading.objects.filter(meter=one.meter, date__in=one.enough, superseded_by=None, is_void=False)
        known = held.order_by("-date").first()
        if known is not None and (value is None or value == known.value):
            continue
        field = reading_field(one.meter)
        if value is None:
            raise Refused(
                _("Meter %(meter)s has to be read on %(day)s: give what it showed.")
                % {"meter": one.meter.serial, "day": on},
                field=field,
                code="reading",
            )
        try:
            reading_enter(meter=one.meter, date=on, value=value, by=by, at=at)
        except Refused as refusal:
            raise Refused(refusal.message, field=field, code=refusal.code) from refusal
