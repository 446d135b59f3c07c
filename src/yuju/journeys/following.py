"""What leases that follow each other share: the recurring charges that go on, the deposit, the credit, the handing on.

A story that makes such a lease runs in one transaction and is its own preview when rolled back. What cannot be done before
the earlier lease is over (its last readings, its last bill) is done on its day by `leases_hand_on`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis
from yuju.billing.models import Adjustment, BillRun, Charge, FreeSpan, RecurringCharge
from yuju.billing.services.recurring import account_ensure, recurring_charge_add
from yuju.identity.models import User
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.journeys.doors import doors_close
from yuju.journeys.filing import arrivals_file, lease_end_file
from yuju.journeys.lease_changes import occupants_change, rent_change
from yuju.journeys.move_out import keys_return
from yuju.journeys.tenures import own_rate
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.metering.models import MeteringPoint
from yuju.payments.selectors import account_standing, settlement_of
from yuju.payments.services import account_hold, credit_move, credit_settle, deposit_ask, deposit_give_up
from yuju.residency.abandoned import abandonment_now
from yuju.residency.choices import LinkKind, TenureState
from yuju.residency.models import Occupant, Tenure, TenureLink, TenureTerm
from yuju.residency.selectors import agreement_of
from yuju.residency.services import agreement_set, tenure_move

ONE_DAY = timedelta(days=1)
ZERO = Decimal(0)


@dataclass
class Followed:
    """What a story did that put one lease in the place of another; amounts in yuan.

    Attributes:
        adjustments: what was posted on charges issued under the earlier lease.
        run: what was billed under it at once, to its last day.
        deposit_moved: what of the deposit is held under the later lease now.
        deposit_asked: the charge that asks for it, with what is still missing.
        deposit_over: what of it became credit of the earlier lease.
        credit_moved: other credit that went along.
    """

    before: Tenure
    after: Tenure
    link: TenureLink
    adjustments: list[Adjustment] = field(default_factory=list)
    run: BillRun | None = None
    deposit_moved: Decimal = ZERO
    deposit_asked: Charge | None = None
    deposit_over: Decimal = ZERO
    credit_moved: Decimal = ZERO


def followed_by(key: UUID) -> Followed | None:
    """What an earlier asking with this key made."""
    link = TenureLink.objects.filter(key=key).select_related("before", "after").first()
    return None if link is None else Followed(link.before, link.after, link)


def refuse_not_living(tenure: Tenure) -> None:
    """
    Raises:
        Refused: nobody lives there by this lease (code `state`), it is being settled (code `settlement`), or its room seems
            abandoned (code `abandoned`).
    """
    if tenure.state != TenureState.LIVING or tenure.end is None:
        raise Refused(
            _("%(number)s is “%(state)s”: only a lease that somebody lives by can go on.")
            % {"number": tenure.number, "state": tenure.get_state_display()},
            code="state",
        )
    if settlement_of(tenure) is not None:
        raise Refused(_("The stay is being settled. Withdraw the settlement first."), code="settlement")
    case = abandonment_now(tenure)
    if case is not None:
        raise Refused(
            _(
                "The room seems abandoned, and the case %(number)s is under way. If the resident is back, close the case first; "
                "if not, the lease ends by check-out on the case."
            )
            % {"number": case.number},
            code="abandoned",
        )


def charges_carry_on(before: Tenure, after: Tenure, rent: Decimal | None, *, by: User | None, at: datetime) -> None:
    """Bills under the later lease from its first day on what is billed under the earlier one to its last.

    In another unit a metered tariff takes the meters there are; where there is none of its kind nothing is metered.
    """
    was = rent_on(before, before.end)
    done: set[tuple[int, int | None, int | None]] = set()
    for row in charges_to_the_end(before):
        own = own_rate(row.tariff, rent)
        # Where the tariff's price was the rent all the same, it goes on being so until another rent is agreed.
        rate = own if own is not None and (row.rate is not None or rent != was) else row.rate
        for point in _points(row, before, after):
            place = (row.tariff_id, point.pk if point else None, row.space_id)
            if place in done:
                continue
            done.add(place)
            recurring_charge_add(
                tenure=after,
                tariff=row.tariff,
                start=after.start,
                rate=rate,
                discount=row.discount * 100,
                point=point,
                space=row.space,
                by=by,
                at=at,
            )


def charges_to_the_end(tenure: Tenure) -> list[RecurringCharge]:
    """What is billed to the last day of a lease."""
    rows = RecurringCharge.objects.filter(account__tenure=tenure, end__gte=tenure.end, start__lte=tenure.end)
    return list(rows.select_related("tariff__fee_item", "space", "point").order_by("pk"))


def rent_on(tenure: Tenure, day: date | None) -> Decimal | None:
    """The monthly rent agreed for a day, in yuan."""
    return term_on(tenure, day).rent


def term_on(tenure: Tenure, day: date | None) -> TenureTerm:
    """What was agreed for a day: rent and occupants."""
    rows = tenure.terms.filter(valid_from__lte=day or date.max).order_by("-valid_from")
    return rows.first() or TenureTerm(tenure=tenure)


def _points(row: RecurringCharge, before: Tenure, after: Tenure) -> list[MeteringPoint | None]:
    if row.tariff.basis != Basis.METERED or row.point is None:
        return [None]
    if before.unit_id == after.unit_id:
        return [row.point]
    return list(MeteringPoint.objects.filter(unit_id=after.unit_id, kind=row.point.kind).order_by("pk"))


def terms_carry_on(before: Tenure, after: Tenure, *, reason: str, by: User | None, at: datetime) -> None:
    """What was agreed for later days of the earlier lease holds under the later one: rents, occupants and free days."""
    for term in before.terms.filter(valid_from__gt=after.start, valid_from__lte=after.end).order_by("valid_from"):
        given: dict[str, Any] = {"tenure": after, "valid_from": term.valid_from, "reason": reason, "by": by, "at": at}
        if term.rent is not None:
            rent_change(rent=term.rent, **given)
        if term.occupants is not None:
            occupants_change(occupants=term.occupants, **given)
    for span in FreeSpan.objects.filter(tenure=before, end__gte=after.start).select_related("fee_item"):
        FreeSpan.objects.create(
            tenure=after,
            fee_item=span.fee_item,
            start=max(span.start, after.start),
            end=span.end,
            reason=span.reason,
        )


def occupants_carry_on(before: Tenure, after: Tenure) -> None:
    """Who lives there too goes on living there, under the later lease."""
    staying = Occupant.objects.filter(Q(until=None) | Q(until__gte=after.start), tenure=before)
    for one in staying.order_by("pk"):
        Occupant.objects.create(
            tenure=after,
            name=one.name,
            relation=one.relation,
            phone=str(one.phone),
            id_type=one.id_type,
            id_number=str(one.id_number),
            nationality=one.nationality,
            since=one.since,
            until=one.until,
        )


def agreement_carry_on(before: Tenure, after: Tenure, *, by: User | None, at: datetime) -> None:
    """What was agreed besides days and rent holds under the later lease, too."""
    agreed = agreement_of(before)
    if agreed is not None:
        agreement_set(
            tenure=after,
            deposit_months=agreed.deposit_months,
            pay_months=agreed.pay_months,
            penalty_kind=agreed.penalty_kind,  # type: ignore[arg-type]
            penalty=agreed.penalty,
            overstay_rate=agreed.overstay_rate,
            deposit_return_days=agreed.deposit_return_days,
            notice_days=agreed.notice_days,
            by=by,
            at=at,
        )


def deposit_carry_on(
    made: Followed,
    asked: Decimal | None,
    *,
    moves: bool = True,
    on: date,
    due: date,
    reason: str,
    by: User | None,
    at: datetime,
) -> None:
    """Gives the deposit up under the earlier lease and holds it under the later one.

    What is held already settles what is asked for now; what is missing stays to be paid, what is over stays credit of the
    earlier lease.

    Args:
        asked: yuan to be held under the later lease.
        moves: what is held goes along; otherwise all of it stays credit of the earlier lease.
    """
    key = made.link.key
    source, target = account_ensure(made.before), account_ensure(made.after)
    freed = deposit_give_up(account=source, on=on, key=uuid5(key, "give-up"), reason=reason, by=by, at=at)
    if asked:
        made.deposit_asked = deposit_ask(
            account=target, amount=asked, on=on, due=due, key=uuid5(key, "deposit"), by=by, at=at
        )
        made.deposit_moved = min(freed, asked) if moves else ZERO
    made.deposit_over = freed - made.deposit_moved
    if made.deposit_moved:
        credit_move(
            source=source,
            target=target,
            amount=made.deposit_moved,
            key=uuid5(key, "deposit-moved"),
            on=on,
            reason=_("Deposit moved to the new lease"),
            by=by,
            at=at,
        )
        credit_settle(account=account_hold(target.pk), at=at)


@transaction.atomic
def lease_hand_on(*, made: Followed, move_credit: bool, on: date, by: User | None, at: datetime) -> Followed:
    """Ends the earlier lease once it is over, bills what is left of it, and lets the later one begin. Again, nothing happens.

    Args:
        move_credit: what is left of the earlier lease's credit goes along: where the same person stays.

    Raises:
        Refused: something cannot be billed yet, such as a meter without its last reading (code `unbillable`).
    """
    before = made.before
    if before.end is None or before.end >= on:
        return made
    source, target = account_ensure(before), account_ensure(made.after)
    made.run = account_bill_complete(account=source, as_of=before.end + ONE_DAY, by=by, at=at)
    credit_settle(account=account_hold(source.pk), at=at)
    ends = before.state == TenureState.LIVING
    if ends:
        tenure_move(tenure=before, to=TenureState.ENDED, by=by, at=at)
    if made.after.state in (TenureState.RESERVED, TenureState.SIGNED) and made.after.start <= on:
        tenure_move(tenure=made.after, to=TenureState.LIVING, by=by, at=at)
    if ends and made.link.kind != LinkKind.RENEWAL:
        if made.link.kind == LinkKind.ROOM:
            keys_return(tenure=before, repairs=(), by=by, at=at)
        else:
            doors_close(tenure=before, by=by, at=at)
        lease_end_file(tenure=before, people_leave=made.link.kind == LinkKind.TENANT, by=by, at=at)
        arrivals_file(tenure=made.after, on=made.after.start, by=by, at=at)
    left = account_standing(source).credit
    if move_credit and left > 0:
        credit_move(
            source=source,
            target=target,
            amount=left,
            key=uuid5(made.link.key, "credit"),
            on=on,
            reason=_("Credit of %(number)s carried over") % {"number": before.number},
            by=by,
            at=at,
        )
        made.credit_moved = left
    return made


def leases_hand_on(*, at: datetime) -> int:
    """Hands on every lease that is over and followed by another; returns how many.

    What cannot be billed yet is left for the next time: the task to read the meters stands until then.
    """
    waiting = TenureLink.objects.filter(before__state=TenureState.LIVING).exclude(after__state=TenureState.CANCELLED)
    with transaction.atomic():
        links = list(waiting.select_related("before__property", "after").order_by("pk"))
    done = 0
    for link in links:
        today = local_date(at, link.before.property.time_zone)
        if link.before.end is None or link.before.end >= today:
            continue
        made = Followed(link.before, link.after, link)
        try:
            lease_hand_on(made=made, move_credit=same_payer(link), on=today, by=None, at=at)
        except Refused:
            continue
        done += 1
    return done


def same_payer(link: TenureLink) -> bool:
    """Whether the one who pays stays the same."""
    return link.kind != LinkKind.TENANT
