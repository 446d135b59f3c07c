"""Reading meters (抄表) where bills may already stand on what was read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import RunState
from yuju.billing.models import Charge
from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.metering import services
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Meter, Reading
from yuju.premises.models import Property


@transaction.atomic
def reading_enter(
    *,
    meter: Meter,
    date: date,
    value: Decimal,
    is_rollover: bool = False,
    source: ReadingSource = ReadingSource.FORM,
    by: User | None,
    at: datetime,
) -> Reading:
    """Writes down a reading, unless a bill already stands on a later one.

    Raises:
        Refused: the meter is billed up to that day or beyond (code `billed`), or as `reading_record`.
    """
    _hold(meter.property_id)
    refuse_billed(meter, date)
    return services.reading_record(
        meter=meter, date=date, value=value, is_rollover=is_rollover, source=source, by=by, at=at
    )


@transaction.atomic
def reading_correct(
    *,
    reading: Reading,
    reason: str,
    value: Decimal | None,
    date: date | None = None,
    is_rollover: bool = False,
    by: User | None,
    at: datetime,
) -> Reading:
    """Puts another reading in the place of a wrong one that no bill stands on.

    Args:
        value: None takes the reading away.

    Raises:
        Refused: a charge was made of it (code `billed`), or as `reading_supersede`.
    """
    _hold(reading.property_id)
    refuse_billed(reading.meter, min(reading.date, date or reading.date))
    return services.reading_supersede(
        reading=reading, reason=reason, value=value, date=date, is_rollover=is_rollover, by=by, at=at
    )


@transaction.atomic
def meter_correct(
    *, meter: Meter, serial: str, multiplier: Decimal, digits: int, by: User | None, at: datetime
) -> Meter:
    """Corrects what was written down of a meter; what a bill was worked out with stays.

    Raises:
        Refused: the multiplier or the digits of a billed meter would change, or as `meter_change`.
    """
    _hold(meter.property_id)
    held = Meter.objects.get(pk=meter.pk)
    for field, given in (("multiplier", multiplier), ("digits", digits)):
        if getattr(held, field) != given and (charge := billed_charge(held, date.min)) is not None:
            raise Refused(_billed_sentence(charge), field=field, code="billed")
    return services.meter_change(meter=meter, serial=serial, multiplier=multiplier, digits=digits, by=by, at=at)


def refuse_billed(meter: Meter, day: date) -> None:
    """Refuses where consumption of a meter is billed up to a day or beyond: that day's reading can change no more.

    Raises:
        Refused: naming the charge.
    """
    charge = billed_charge(meter, day)
    if charge is not None:
        raise Refused(_billed_sentence(charge), field="date", code="billed")


def billed_charge(meter: Meter, day: date) -> Charge | None:
    """The latest charge that stands on a reading of this meter of that day or later, a draft's included."""
    charges = Charge.objects.filter(reading__meter=meter, reading__date__gte=day, voids=None)
    found: Charge | None = charges.select_related("bill", "run", "tariff__fee_item").order_by("-end").first()
    return found


def _billed_sentence(charge: Charge) -> str:
    values = {
        "item": charge.tariff.fee_item.name,
        "start": charge.start,
        "end": charge.end,
        "amount": charge.amount,
        "bill": charge.bill.number if charge.bill is not None else "",
        "run": charge.run.number if charge.run is not None else "",
    }
    if charge.run is not None and charge.run.state == RunState.DRAFT:
        return (
            _(
                "The draft of bill run %(run)s holds %(item)s of %(start)s to %(end)s, ¥%(amount)s: drop the draft first."
            )
            % values
        )
    return (
        _(
            "Bill %(bill)s charges %(item)s of %(start)s to %(end)s, ¥%(amount)s: what was billed is not changed silently."
        )
        % values
    )


def _hold(property_id: int) -> None:
    """No run of the property is drafted meanwhile."""
    list(Property.objects.select_for_update(no_key=True).filter(pk=property_id).values_list("pk"))
