"""Reading meters (抄表) where bills may already stand on what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import RunState
from yuju.billing.models import Adjustment, BillingAccount, Charge
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.metering import services
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Installation, Meter, Reading
from yuju.payments.services import account_reprice
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


@dataclass(frozen=True)
class Corrected:
    """A reading in the place of one that bills stood on, and what was posted for it on the charges it concerns."""

    reading: Reading
    adjustments: list[Adjustment]

    @property
    def seal(self) -> str:
        """Tells whether what is posted is what was shown."""
        shown = sorted((one.charge_id, str(one.amount), one.kind) for one in self.adjustments)
        return sha256(repr(shown).encode()).hexdigest()


@transaction.atomic
@edits
def billed_reading_correct(
    *,
    reading: Reading,
    reason: str,
    value: Decimal | None,
    date: date | None = None,
    is_rollover: bool = False,
    shown: str | None,
    by: User | None,
    at: datetime,
) -> Corrected:
    """Puts another reading in the place of a wrong one that bills stand on, and posts what its intervals, and the later ones
    of that tier year, come to now (billing rules, "Changes"). Rolled back, it is its own preview.

    Args:
        value: None takes the reading away.
        shown: the seal of what was shown and approved; None for the preview.

    Raises:
        Refused: a draft holds a charge of it, a charge cannot be priced any more, what would be posted is not what was shown
            (code `changed`), or as `reading_supersede`.
    """
    _hold(reading.property_id)
    day = min(reading.date, date or reading.date)
    _refuse_drafted(reading.meter, day)
    new = services.reading_supersede(
        reading=reading, reason=reason, value=value, date=date, is_rollover=is_rollover, by=by, at=at
    )
    made = Corrected(
        new,
        [
            one
            for account in _accounts_metered(reading.meter, day)
            for one in account_reprice(account=account, reason=reason, by=by, at=at)
        ],
    )
    if shown is not None and shown != made.seal:
        raise Refused(_("Something was billed or changed meanwhile: look at the effect again."), code="changed")
    return made


def _accounts_metered(meter: Meter, day: date) -> list[BillingAccount]:
    """Who was billed for consumption at the places of a meter from a day on: the tiers of a year go on with another meter
    and with whoever moves in next. In the order of their keys, as locks are taken."""
    points = Installation.objects.filter(meter=meter).values("point")
    charges = Charge.objects.filter(recurring__point__in=points, end__gte=day, run__state=RunState.ISSUED, voids=None)
    return list(BillingAccount.objects.filter(pk__in=charges.values("account")).order_by("pk"))


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


def _refuse_drafted(meter: Meter, day: date) -> None:
    drafted = Charge.objects.filter(
        recurring__point__installations__meter=meter, end__gte=day, run__state=RunState.DRAFT, voids=None
    )
    charge = drafted.select_related("bill", "run", "tariff__fee_item").first()
    if charge is not None:
        raise Refused(_billed_sentence(charge), field="date", code="drafted")


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
