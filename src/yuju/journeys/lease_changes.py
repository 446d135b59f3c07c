"""What people agree later about a stay: each a new dated fact, and what it changes in money posted as rows of its own.

Every story here runs in one transaction. Rolled back, it is its own preview (billing rules, "Changes").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import Adjustment, BillingAccount, FeeItem, FreeSpan, RecurringCharge
from yuju.billing.services.recurring import account_ensure
from yuju.billing.services.runs import property_lock
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys.filing import lease_change_file
from yuju.journeys.overstays import overstay_reprice
from yuju.journeys.tenures import recurring_move
from yuju.kit.errors import Refused
from yuju.payments.services import account_reprice
from yuju.residency import services
from yuju.residency.choices import TenureState
from yuju.residency.models import Agreement, Tenure

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Changed:
    """What a change did: the adjustments it posted on what was issued before."""

    account: BillingAccount
    adjustments: list[Adjustment]

    @property
    def effect(self) -> Decimal:
        """What they come to, in yuan; below 0 where less is owed."""
        return sum((one.amount for one in self.adjustments), Decimal(0))


@transaction.atomic
@edits
def tenure_end_move(*, tenure: Tenure, end: date, reason: str, by: User | None, at: datetime) -> Changed:
    """Moves the last day of a stay, forward or back, with everything that is billed for it.

    What was issued beyond an earlier end is priced again; a last period that was cut at the old end is priced again, too.

    Raises:
        Refused: the end is before the start, the unit is let to somebody else on one of these days, a recurring charge
            would begin after the new end, or a charge cannot be priced any more.
    """
    property_lock(tenure.property_id)
    held = Tenure.objects.select_related("unit", "resident").get(pk=tenure.pk)
    before = (held.start, held.end)
    services.tenure_change(
        tenure=held,
        number=held.number,
        category=held.category,
        start=held.start,
        end=end,
        deposit=held.deposit,
        by=by,
        at=at,
    )
    recurring_move(held, *before)
    return _repriced(held, reason, by=by, at=at)


@transaction.atomic
@edits
def stay_extend(*, tenure: Tenure, days: int, after: date, reason: str, by: User | None, at: datetime) -> Changed:
    """Extends a stay by days, with everything that is billed to its last day, and with the end agreed.

    Days that were charged as an overstay and are within the lease now are charged so no more.

    Args:
        days: how many, more than 0.
        after: the last local day so far, as whoever extends knows it; asking again extends nothing again.

    Raises:
        Refused: there are no days, the lease ends on another day meanwhile, somebody lives there no more, or as
            `tenure_end_move`.
    """
    if days < 1:
        raise Refused(_("Give at least one day."), field="days")
    property_lock(tenure.property_id)
    held = Tenure.objects.get(pk=tenure.pk)
    end = after + timedelta(days=days)
    if held.end not in (after, end):
        raise Refused(
            _("The lease ends on %(day)s by now: look again before you extend it.") % {"day": held.end}, code="end"
        )
    if held.state not in (TenureState.LIVING, TenureState.SIGNED, TenureState.RESERVED):
        raise Refused(
            _("%(number)s is “%(state)s”: it cannot be extended.")
            % {"number": held.number, "state": held.get_state_display()},
            code="state",
        )
    changed = tenure_end_move(tenure=held, end=end, reason=reason, by=by, at=at)
    Agreement.objects.filter(tenure=held, agreed_end__lt=end).update(agreed_end=end)
    lease_change_file(tenure=held, cause=f"end {end}", by=by, at=at)
    shortened = overstay_reprice(tenure=held, end=end, reason=reason, by=by, at=at)
    return Changed(changed.account, [*changed.adjustments, *shortened])


@transaction.atomic
@edits
def rent_change(
    *, tenure: Tenure, rent: Decimal, valid_from: date, reason: str, by: User | None, at: datetime
) -> Changed:
    """Changes the monthly rent (yuan) from a local day on.

    A rent tariff that bills the lease's rent by its formula takes it from the first month whose first billed day is that
    day or later. One that is flat with the lease's own price ends the day before, and goes on with the new price.

    Raises:
        Refused: the rent is below 0, the day is outside the stay, or a later change is recorded already.
    """
    property_lock(tenure.property_id)
    held = Tenure.objects.get(pk=tenure.pk)
    _refuse_outside(held, valid_from)
    latest = held.terms.order_by("-valid_from").first()
    services.tenure_term_set(
        tenure=held,
        rent=rent,
        occupants=latest.occupants if latest is not None else None,
        valid_from=valid_from,
        by=by,
        at=at,
    )
    for row in _own_priced_rents(held, valid_from):
        if row.start >= valid_from:
            row.rate = rent
            row.save()
            continue
        end, row.end = row.end, valid_from - ONE_DAY
        row.save()
        RecurringCharge.objects.create(
            property_id=row.property_id,
            account_id=row.account_id,
            tariff_id=row.tariff_id,
            unit_id=row.unit_id,
            space_id=row.space_id,
            start=valid_from,
            end=end,
            rate=rent,
            discount=row.discount,
        )
    return _repriced(held, reason, by=by, at=at)


@transaction.atomic
@edits
def rent_agree(
    *, tenure: Tenure, rent: Decimal, valid_from: date, reason: str, by: User | None, at: datetime
) -> Changed:
    """Another rent than the lease says was agreed afterwards: `rent_change`, and the authority is told of it.

    Raises:
        Refused: as `rent_change`.
    """
    changed = rent_change(tenure=tenure, rent=rent, valid_from=valid_from, reason=reason, by=by, at=at)
    lease_change_file(tenure=tenure, cause=f"rent {valid_from}", by=by, at=at)
    return changed


@transaction.atomic
@edits
def occupants_change(
    *, tenure: Tenure, occupants: int, valid_from: date, reason: str, by: User | None, at: datetime
) -> Changed:
    """Changes how many people count for bills from a local day on.

    Raises:
        Refused: the day is outside the stay, or a later change is recorded already.
    """
    property_lock(tenure.property_id)
    held = Tenure.objects.get(pk=tenure.pk)
    _refuse_outside(held, valid_from)
    latest = held.terms.order_by("-valid_from").first()
    services.tenure_term_set(
        tenure=held,
        rent=latest.rent if latest is not None else None,
        occupants=occupants,
        valid_from=valid_from,
        by=by,
        at=at,
    )
    return _repriced(held, reason, by=by, at=at)


@transaction.atomic
@edits
def free_span_add(
    *, tenure: Tenure, items: Iterable[FeeItem], start: date, end: date, reason: str, by: User | None, at: datetime
) -> Changed:
    """Gives a stay days on which some fee items are not billed (rent-free days); both ends inclusive.

    Raises:
        Refused: no item is named, the days are none or outside the stay, or some of them are free already.
    """
    property_lock(tenure.property_id)
    held = Tenure.objects.get(pk=tenure.pk)
    named = list(items)
    if not named:
        raise Refused(_("Say what is free: choose at least one fee item."), field="items")
    if end < start:
        raise Refused(
            _("The end, %(end)s, is before the start. Give the first day or a later one.") % {"end": end}, field="end"
        )
    _refuse_outside(held, start)
    for item in named:
        _span(held, item, start, end, reason)
    return _repriced(held, reason, by=by, at=at)


def _span(tenure: Tenure, item: FeeItem, start: date, end: date, reason: str) -> None:
    try:
        with transaction.atomic():
            FreeSpan.objects.create(tenure=tenure, fee_item=item, start=start, end=end, reason=reason[:200])
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != "free_span_once_a_day":
            raise
        raise Refused(
            _("%(item)s is free on some of these days already.") % {"item": item.name}, field="start", code="overlap"
        ) from error


def _own_priced_rents(tenure: Tenure, valid_from: date) -> list[RecurringCharge]:
    """The recurring charges that bill the lease's rent as a price of their own and go on beyond a day."""
    rows = RecurringCharge.objects.filter(
        Q(end=None) | Q(end__gte=valid_from),
        account__tenure=tenure,
        tariff__basis=Basis.FLAT,
        tariff__fee_item__category=FeeCategory.RENT,
        rate__isnull=False,
    )
    return list(rows.order_by("pk"))


def _refuse_outside(tenure: Tenure, day: date) -> None:
    if day < tenure.start or (tenure.end is not None and day > tenure.end):
        raise Refused(
            _("The stay goes from %(start)s to %(end)s. Give a day within it.")
            % {"start": tenure.start, "end": tenure.end or "…"},
            field="valid_from",
            code="outside",
        )


def _repriced(tenure: Tenure, reason: str, *, by: User | None, at: datetime) -> Changed:
    if not reason.strip():
        raise Refused(_("Say why this is changed."), field="reason", code="reason")
    account = account_ensure(tenure)
    return Changed(account, account_reprice(account=account, reason=reason, by=by, at=at))
