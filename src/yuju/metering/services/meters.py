"""Installing, correcting and replacing meters (仪表)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record, edits
from yuju.kit.errors import Refused
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Installation, Meter, MeteringPoint, Reading
from yuju.metering.searching import meters_index
from yuju.metering.services.readings import reading_record
from yuju.premises.models import Property, Unit
from yuju.premises.services.saving import save_row, set_fields

MOST_DIGITS = 12


@transaction.atomic
@edits
def meter_create(
    *,
    property: Property,
    serial: str,
    kind: str,
    unit: Unit | None = None,
    multiplier: Decimal = Decimal(1),
    digits: int = 6,
    start: date | None = None,
    first_value: Decimal | None = None,
    by: User | None,
    at: datetime,
) -> Meter:
    """Installs a meter at a point of its own.

    Args:
        unit: whom it measures; None for a meter of the building.
        multiplier: what one count is worth, in kWh or m³.
        digits: whole digits of the counter.
        start: the local day it was installed; None means before the records.
        first_value: what it showed on that day.

    Raises:
        Refused: the serial number is taken, a figure cannot be one, or a first reading lacks its day.
    """
    if unit is not None and unit.property_id != property.pk:
        raise Refused(_("The unit belongs to another property."), field="unit")
    if first_value is not None and start is None:
        raise Refused(_("A first reading needs the day of the installation."), field="start")
    meter = _save(Meter(property=property, serial=serial, kind=kind, multiplier=multiplier, digits=digits))
    point = MeteringPoint.objects.create(property=property, unit=unit, kind=kind)
    Installation.objects.create(meter=meter, point=point, start=start)
    if first_value is not None and start is not None:
        reading_record(meter=meter, date=start, value=first_value, source=ReadingSource.FORM, by=by, at=at)
    meters_index([meter])
    return meter


@edits
def meter_change(
    *, meter: Meter, serial: str, multiplier: Decimal, digits: int, by: User | None, at: datetime
) -> Meter:
    """Corrects what was written down of a meter. `yuju.journeys.readings.meter_correct` asks first what was billed.

    Raises:
        Refused: the serial number is taken, a figure cannot be one, or a reading is beyond the digits.
    """
    changes = set_fields(meter, {"serial": serial.strip(), "multiplier": multiplier, "digits": digits})
    if "digits" in changes:
        beyond = Reading.objects.filter(
            meter=meter, superseded_by=None, is_void=False, value__gte=Decimal(10) ** digits
        ).first()
        if beyond is not None:
            raise Refused(
                _("The reading %(value)s of %(date)s has more digits.") % {"value": beyond.value, "date": beyond.date},
                field="digits",
            )
    if changes:
        _save(meter)
        meters_index([meter])
    return meter


@transaction.atomic
@edits
def meter_replace(
    *,
    meter: Meter,
    on: date,
    last_value: Decimal,
    last_is_rollover: bool = False,
    serial: str,
    first_value: Decimal,
    multiplier: Decimal = Decimal(1),
    digits: int = 6,
    by: User | None,
    at: datetime,
) -> Meter:
    """Puts another meter in the place of this one. No consumption lies between the two; the year's tiers go on.

    Args:
        on: the local day of the replacement: the old one's last reading and the new one's first are of this day.
        last_value, first_value: what the two showed.

    Raises:
        Refused: the meter is not installed, was read after that day, or a reading cannot be one.
    """
    standing = Installation.objects.select_for_update().filter(meter=meter, end=None).first()
    if standing is None:
        raise Refused(_("This meter is not installed any more."), code="not_installed")
    if standing.start is not None and on <= standing.start:
        raise Refused(_("The meter was installed on %(day)s.") % {"day": standing.start}, field="on")
    kept = Reading.objects.filter(meter=meter, superseded_by=None, is_void=False)
    later = kept.filter(date__gt=on).order_by("date").first()
    if later is not None:
        raise Refused(_("The meter was read on %(day)s, which is later.") % {"day": later.date}, field="on")
    same_day = kept.filter(date=on).first()
    if same_day is None:
        reading_record(
            meter=meter,
            date=on,
            value=last_value,
            is_rollover=last_is_rollover,
            source=ReadingSource.FORM,
            by=by,
            at=at,
            field="last_value",
        )
    elif same_day.value != last_value:
        raise Refused(_("On this day the meter was read already: %(value)s.") % {"value": same_day}, field="last_value")
    standing.end = on
    standing.save(update_fields=["end"])
    new = _save(
        Meter(property_id=meter.property_id, serial=serial, kind=meter.kind, multiplier=multiplier, digits=digits)
    )
    Installation.objects.create(meter=new, point_id=standing.point_id, start=on)
    reading_record(meter=new, date=on, value=first_value, source=ReadingSource.FORM, by=by, at=at, field="first_value")
    meters_index([meter, new])
    replaced = {"replaced": [meter.serial, new.serial], "date": [None, on.isoformat()]}
    for one in (meter, new):
        audit_record(
            action=AuditAction.DECIDED,
            by=by,
            at=at,
            about=one,
            property_id=meter.property_id,
            decision="replaced",
            changes=replaced,
        )
    return new


def _save(meter: Meter) -> Meter:
    meter.serial = meter.serial.strip()
    if not meter.serial:
        raise Refused(_("A meter needs its serial number."), field="serial")
    if meter.multiplier <= 0:
        raise Refused(_("A multiplier is above 0."), field="multiplier")
    if not 1 <= meter.digits <= MOST_DIGITS:
        raise Refused(_("A counter has 1 to %(most)d digits.") % {"most": MOST_DIGITS}, field="digits")
    taken = _("The property already has a meter “%(value)s”.") % {"value": meter.serial}
    save_row(meter, {"meter_serial_once": ("serial", taken)})
    return meter
