"""Recurring charges (计费项): a tariff bound to somebody who pays, from a day to a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, RunState
from yuju.billing.models import BillingAccount, Charge, RecurringCharge, Tariff
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.metering.models import MeteringPoint
from yuju.premises.models import ParkingSpace
from yuju.premises.services.saving import set_fields
from yuju.residency.models import Tenure

ONE_DAY = timedelta(days=1)


def account_ensure(tenure: Tenure) -> BillingAccount:
    """The billing account of a lease or ownership; it is made with the first charge."""
    made, _new = BillingAccount.objects.get_or_create(tenure=tenure, defaults={"property_id": tenure.property_id})
    return made


@transaction.atomic
@edits
def recurring_charge_add(
    *,
    tenure: Tenure,
    tariff: Tariff,
    start: date,
    end: date | None = None,
    rate: Decimal | None = None,
    discount: Decimal = Decimal(0),
    point: MeteringPoint | None = None,
    space: ParkingSpace | None = None,
    by: User | None,
    at: datetime,
) -> RecurringCharge:
    """Binds a tariff to a lease or ownership.

    Args:
        end: last day; without one the lease's last day, or open where the lease is.
        rate: own price (yuan) instead of the tariff's.
        discount: percent, 0 to 100.
        point: the metering point, which a metered tariff needs and no other takes.
        space: the parking space it is for, if any.

    Raises:
        Refused: something does not fit together, or another recurring charge has the metering point on these days.
    """
    _check_place(tenure, tariff, point, space)
    end = end or tenure.end
    _check_days(tenure, start, end)
    _check_terms(rate, discount)
    made = RecurringCharge(
        property_id=tenure.property_id,
        account=account_ensure(tenure),
        tariff=tariff,
        unit_id=tenure.unit_id,
        point=point,
        space=space,
        start=start,
        end=end,
        rate=rate,
        discount=discount / 100,
    )
    _save(made)
    return made


@transaction.atomic
@edits
def recurring_charge_change(
    *,
    charge: RecurringCharge,
    start: date,
    end: date | None,
    rate: Decimal | None,
    discount: Decimal,
    by: User | None,
    at: datetime,
) -> RecurringCharge:
    """Changes the days, the own price or the discount (percent). Charges issued before stay as they are.

    Raises:
        Refused: the start of what was billed would move, the end would fall into what was billed, or the days overlap
            with another recurring charge on the metering point.
    """
    tenure = charge.account.tenure
    end = end or tenure.end
    _check_days(tenure, start, end)
    _check_terms(rate, discount)
    billed = billed_through(charge)
    if billed is not None and start != charge.start:
        raise Refused(
            _("It was billed already, so its start stays. End it and add a new one instead."),
            field="start",
            code="billed",
        )
    if billed is not None and end is not None and end != charge.end and end < _earliest_end(charge, billed):
        raise Refused(
            _("It was billed through %(day)s, so it can end on that day at the earliest.")
            % {"day": _earliest_end(charge, billed)},
            field="end",
            code="billed",
        )
    values: dict[str, Any] = {"start": start, "end": end, "rate": rate, "discount": discount / 100}
    changes = set_fields(charge, values)
    if changes:
        _save(charge)
    return charge


@edits
def recurring_charge_end(*, charge: RecurringCharge, end: date, by: User | None, at: datetime) -> RecurringCharge:
    """Ends a recurring charge on a day, which is its last.

    Raises:
        Refused: as `recurring_charge_change` does.
    """
    return recurring_charge_change(
        charge=charge,
        start=charge.start,
        end=end,
        rate=charge.rate,
        discount=charge.discount * 100,
        by=by,
        at=at,
    )


def billed_through(charge: RecurringCharge) -> date | None:
    """The last day that issued charges of it reach, or that was paid before a move-in; None when nothing was billed."""
    issued = Charge.objects.filter(recurring=charge, run__state=RunState.ISSUED, voids=None)
    latest: date | None = issued.aggregate(latest=Max("end"))["latest"]
    return max(filter(None, (latest, charge.billed_until)), default=None)


def _earliest_end(charge: RecurringCharge, billed: date) -> date:
    # A closing reading may be taken on the day after the last one.
    return billed - ONE_DAY if charge.point_id is not None else billed


def _check_place(tenure: Tenure, tariff: Tariff, point: MeteringPoint | None, space: ParkingSpace | None) -> None:
    if tariff.property_id != tenure.property_id:
        raise Refused(_("The tariff belongs to another property. Choose one of this property."), field="tariff")
    if tariff.basis == Basis.ONCE:
        raise Refused(_("This tariff is for one-off charges; nothing is billed by it again and again."), field="tariff")
    if tariff.basis == Basis.METERED and point is None:
        raise Refused(_("A metered tariff needs the meter whose consumption it bills."), field="point")
    if tariff.basis != Basis.METERED and point is not None:
        raise Refused(_("Only a metered tariff takes a meter."), field="point")
    if point is not None and (point.property_id != tenure.property_id or point.unit_id not in (None, tenure.unit_id)):
        raise Refused(_("The meter belongs to another unit. Choose one of this unit."), field="point")
    if space is not None and space.property_id != tenure.property_id:
        raise Refused(_("The parking space belongs to another property. Choose one of this property."), field="space")


def _check_days(tenure: Tenure, start: date, end: date | None) -> None:
    if end is not None and end < start:
        raise Refused(_("The end lies before the start. Give the first day or a later one."), field="end")
    if start < tenure.start:
        words = {"number": tenure.number, "day": tenure.start}
        raise Refused(_("%(number)s begins on %(day)s; it cannot be billed for earlier days.") % words, field="start")
    if tenure.end is not None and (end is None or end > tenure.end):
        words = {"number": tenure.number, "day": tenure.end}
        raise Refused(_("%(number)s ends on %(day)s; it cannot be billed for later days.") % words, field="end")


def _check_terms(rate: Decimal | None, discount: Decimal) -> None:
    if rate is not None and rate < 0:
        raise Refused(_("A price is 0 or more."), field="rate", code="negative")
    if not 0 <= discount <= 100:
        raise Refused(_("A discount is 0 to 100 %."), field="discount")


def _save(charge: RecurringCharge) -> None:
    try:
        with transaction.atomic():
            charge.save()
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", "")
        if name == "recurring_point_once_a_day":
            raise Refused(
                _(
                    "Another recurring charge bills this meter on some of these days. End that one first, or choose other days."
                ),
                field="start",
            ) from error
        if name == "recurring_charge_once":
            raise Refused(
                _("The lease has this tariff from this day already. Choose another first day, or change that one."),
                field="start",
            ) from error
        raise
