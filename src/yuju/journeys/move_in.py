"""Moving in (入住): what was agreed becomes a lease with everything that is billed for it, and then somebody lives there.

Worked out by doing it: rolled back, the same story is its own preview, to the fen.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import BillingAccount, Charge, RecurringCharge
from yuju.billing.selectors.preview import Next, next_charge
from yuju.billing.services.runs import property_lock
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.journeys.check_in_plan import Plan, free_span, plan_of, rent_steps
from yuju.journeys.filing import arrivals_file, lease_file
from yuju.journeys.lease_changes import free_span_add, rent_change
from yuju.journeys.reserving import reservation_release, resident_of
from yuju.journeys.tenures import tariff_bind, tenure_open
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.payments.services.deposits import deposit_ask
from yuju.residency import services
from yuju.residency.choices import CheckInState, TenureKind, TenureState
from yuju.residency.models import CheckIn, Resident, Tenure
from yuju.residency.services.check_ins import check_in_end, check_in_held
from yuju.workforce.choices import TaskKind
from yuju.workforce.services import task_add

HANDOVER_BY = time(20)
"""By this hour of the first day the room is handed over."""
HANDOVER_AT_LEAST = timedelta(hours=2)
"""Whoever checks in late in the evening is not late at once."""


@dataclass(frozen=True)
class FirstMoney:
    """What a stay is billed as it begins.

    Attributes:
        deposit: asked for, in yuan.
        charges: issued at once, the earliest due first.
        later: what is billed later, with its next charge where that is known already; None for consumption.
    """

    deposit: Decimal
    charges: tuple[Charge, ...]
    later: tuple[tuple[RecurringCharge, Next | None], ...]

    @property
    def total(self) -> Decimal:
        """What is to be paid now, the deposit with it, in yuan."""
        return self.deposit + sum((one.amount for one in self.charges), Decimal(0))


@dataclass(frozen=True)
class MovedIn:
    """A lease that was made, with its account.

    Attributes:
        digest: a short word that changes when anything does that was shown before it was confirmed.
    """

    tenure: Tenure
    account: BillingAccount
    money: FirstMoney
    digest: str


def check_in_preview(*, check_in: CheckIn, by: User | None, at: datetime) -> MovedIn:
    """What completing a check-in would come to. Nothing is written: the rows that are answered are not there any more.

    Raises:
        Refused: as `check_in_complete`.
    """
    with transaction.atomic():
        found = check_in_complete(check_in=check_in, by=by, at=at)
        transaction.set_rollback(True)
    return found


@transaction.atomic
@edits
def check_in_complete(
    *, check_in: CheckIn, by: User | None, at: datetime, shown: str | None = None, moves_in: bool = False
) -> MovedIn:
    """Makes the lease with all that was agreed, asks for the deposit and issues the first bill: all of it, or nothing.

    Done again it answers what was done, and does nothing.

    Args:
        shown: the digest of the preview that was confirmed; None where nobody saw one.
        moves_in: whether they move in at once.

    Raises:
        Refused: a step lacks something (code `incomplete`), the room is let on one of the days, something cannot be billed;
            or it comes to something else than what was shown (code `changed`).
    """
    done = _done(check_in)
    if done is not None:
        return _moved_in(done)
    held = check_in_held(check_in)
    plan = plan_of(held)
    property_lock(plan.unit.property_id)
    today = local_date(at, plan.unit.property.time_zone)
    resident = resident_of(plan.unit.property, plan.person, plan.days.category, by=by, at=at)
    tenure = _signed(held, plan, resident, by=by, at=at)
    account = BillingAccount.objects.get(tenure=tenure)
    _agree(tenure, plan, by=by, at=at)
    first = max(today, plan.days.start)
    if plan.terms.deposit:
        key = uuid5(held.key, "deposit")
        deposit_ask(account=account, amount=plan.terms.deposit, on=today, due=first, key=key, by=by, at=at)
    # Whoever signs pays the first period ahead, also where it begins on a later day.
    account_bill_complete(account=account, as_of=first, by=by, at=at)
    handover_ask(tenure=tenure, by=by, at=at)
    lease_file(tenure=tenure, by=by, at=at)
    made = _moved_in(tenure)
    if shown is not None and shown != made.digest:
        raise Refused(_("Something changed since this was shown. Look at it again, then confirm."), code="changed")
    held.tenure, held.resident, held.name = tenure, resident, resident.name
    held.unit, held.start, held.end = tenure.unit, tenure.start, tenure.end
    check_in_end(held=held, state=CheckInState.DONE, by=by, at=at)
    if moves_in:
        move_in(tenure=tenure, on=today, by=by, at=at)
    return made


@transaction.atomic
@edits
def move_in(*, tenure: Tenure, on: date, by: User | None, at: datetime) -> Tenure:
    """Notes that somebody who signed has moved in. Done again nothing happens.

    Args:
        on: the local day.

    Raises:
        Refused: the stay begins later or is over, or it was never signed.
    """
    if on < tenure.start:
        raise Refused(
            _("The stay begins on %(day)s. Whoever comes earlier needs an earlier first day.") % {"day": tenure.start},
            code="early",
        )
    if tenure.end is not None and on > tenure.end:
        raise Refused(_("The stay ended on %(day)s.") % {"day": tenure.end}, code="late")
    if tenure.state == TenureState.RESERVED:
        raise Refused(_("This is a reservation: complete the check-in first."), code="state")
    moved = services.tenure_move(tenure=tenure, to=TenureState.LIVING, by=by, at=at)
    arrivals_file(tenure=_whole(tenure), on=on, by=by, at=at)
    return moved


def handover_ask(*, tenure: Tenure, by: User | None, at: datetime) -> None:
    """Asks the front desk to hand the room over. The one place where a check-in asks for its handover."""
    zone = ZoneInfo(tenure.property.time_zone)
    due = datetime.combine(max(tenure.start, local_date(at, zone)), HANDOVER_BY, tzinfo=zone)
    task_add(
        property=tenure.property,
        kind=TaskKind.HANDOVER,
        title=_("Hand over %(unit)s") % {"unit": tenure.unit.label},
        tenure=tenure,
        group=Role.FRONT_DESK,
        due_at=max(due, at + HANDOVER_AT_LEAST),
        source="check_in",
        source_key=str(tenure.pk),
        by=by,
        at=at,
    )


def _done(check_in: CheckIn) -> Tenure | None:
    """The lease of a check-in that was completed before."""
    locked = CheckIn.objects.select_for_update(no_key=True).get(pk=check_in.pk)
    if locked.state != CheckInState.DONE:
        return None
    assert locked.tenure is not None
    return _whole(locked.tenure)


def _signed(held: CheckIn, plan: Plan, resident: Resident, *, by: User | None, at: datetime) -> Tenure:
    """The lease: the reservation, if it is of this room and for them, or a new one."""
    terms, days, reserved = plan.terms, plan.days, held.tenure
    if reserved is not None and (reserved.unit_id, reserved.resident_id) == (plan.unit.pk, resident.pk):
        services.tenure_change(
            tenure=reserved,
            number=terms.number,
            category=days.category,
            start=days.start,
            end=days.end,
            deposit=terms.deposit,
            by=by,
            at=at,
        )
        services.tenure_term_set(
            tenure=reserved, rent=terms.rent, occupants=terms.people, valid_from=None, by=by, at=at
        )
        services.tenure_move(tenure=reserved, to=TenureState.SIGNED, by=by, at=at)
        for tariff in plan.tariffs:
            tariff_bind(reserved, tariff, terms.rent, by=by, at=at)
        return _whole(reserved)
    reservation_release(held=held, by=by, at=at)
    made = tenure_open(
        kind=TenureKind.LEASE,
        unit=plan.unit,
        resident=resident,
        start=days.start,
        end=days.end,
        number=terms.number,
        category=days.category,
        rent=terms.rent,
        occupants=terms.people,
        deposit=terms.deposit,
        state=TenureState.SIGNED,
        tariffs=plan.tariffs,
        by=by,
        at=at,
    )
    return _whole(made)


def _agree(tenure: Tenure, plan: Plan, *, by: User | None, at: datetime) -> None:
    """What was agreed besides the days and the first rent: it has to stand before anything is priced."""
    terms = plan.terms
    services.agreement_set(
        tenure=tenure,
        deposit_months=terms.deposit_months,
        pay_months=terms.pay_months,
        penalty_kind=terms.penalty_kind,
        penalty=terms.penalty,
        overstay_rate=terms.overstay_rate,
        deposit_return_days=terms.deposit_return_days,
        notice_days=terms.notice_days,
        by=by,
        at=at,
    )
    for day, rent in rent_steps(terms, plan.days):
        rent_change(tenure=tenure, rent=rent, valid_from=day, reason=_("Agreed in the lease"), by=by, at=at)
    span = free_span(terms, plan.days)
    if span is not None:
        items = {one.fee_item for one in plan.tariffs if one.fee_item.category == FeeCategory.RENT}
        if not items:
            raise Refused(_("Rent-free days need a rent: no rent tariff is chosen."), field="free_days", code="no_rent")
        start, end = span
        free_span_add(tenure=tenure, items=items, start=start, end=end, reason=_("Agreed in the lease"), by=by, at=at)
    for other in plan.others:
        services.occupant_add(
            tenure=tenure,
            name=other.name,
            relation=other.relation,
            phone=other.phone,
            id_number=other.id_number,
            since=tenure.start,
            by=by,
            at=at,
        )


def _moved_in(tenure: Tenure) -> MovedIn:
    account = BillingAccount.objects.get(tenure=tenure)
    issued = Charge.objects.filter(account=account, voids=None).select_related("tariff__fee_item")
    deposit, charges = Decimal(0), []
    for charge in issued.order_by("due_date", "tariff__fee_item__priority", "start", "pk"):
        if charge.tariff.fee_item.category == FeeCategory.DEPOSIT:
            deposit += charge.amount
        else:
            charges.append(charge)
    billed = {one.recurring_id for one in charges}
    rows: Any = RecurringCharge.objects.filter(account=account).select_related(
        "tariff__fee_item", "unit", "point", "account__tenure"
    )
    waiting = [one for one in rows.order_by("tariff__fee_item__priority", "start", "pk") if one.pk not in billed]
    later = tuple((one, None if one.tariff.basis == Basis.METERED else next_charge(one)) for one in waiting)
    money = FirstMoney(deposit, tuple(charges), later)
    return MovedIn(tenure, account, money, _digest(tenure, money))


def _digest(tenure: Tenure, money: FirstMoney) -> str:
    said: list[Any] = [tenure.unit_id, tenure.start, tenure.end, tenure.resident.name, money.deposit]
    said += [(one.tariff_id, one.start, one.end, one.due_date, one.amount) for one in money.charges]
    said += [(row.tariff_id, row.start, row.end, row.rate) for row, _next in money.later]
    said += list(tenure.terms.order_by("valid_from").values_list("valid_from", "rent", "occupants"))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:24]


def _whole(tenure: Tenure) -> Tenure:
    found: Tenure = Tenure.objects.select_related("unit__building", "resident", "property").get(pk=tenure.pk)
    return found
