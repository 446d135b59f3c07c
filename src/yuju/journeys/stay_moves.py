"""A stay that goes on elsewhere or with somebody else: change of room (换房) and change of tenant (转租)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.services.recurring import account_ensure
from yuju.billing.services.runs import property_lock
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys import following
from yuju.journeys.change_readings import (
    Given,
    closing,
    handing_over,
    meters_billed,
    meters_taken_over,
    readings_take,
)
from yuju.journeys.change_tasks import lease_ends_settle, readings_ask
from yuju.journeys.filing import lease_file
from yuju.journeys.following import ONE_DAY, Followed
from yuju.journeys.lease_changes import tenure_end_move
from yuju.journeys.tenures import tenure_open
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.payments.selectors import deposit_standing
from yuju.premises.models import Unit
from yuju.residency.choices import LinkKind, TenureKind
from yuju.residency.models import Resident, Tenure
from yuju.residency.services import refuse_followed, tenure_link


@transaction.atomic
@edits
def room_change(
    *,
    tenure: Tenure,
    unit: Unit,
    on: date,
    rent: Decimal | None,
    deposit: Decimal | None,
    reason: str,
    key: UUID,
    number: str = "",
    readings: Given | None = None,
    by: User | None,
    at: datetime,
) -> Followed:
    """Moves a stay to another unit of the property; asking again with the same key moves nothing again.

    The lease of the old unit ends the day before, and what was billed beyond it is priced again. The new lease runs to the day
    the old one was to end, with the same charges, at the new unit's area and meters, and the same occupants. The old unit is
    read to the end and billed to the day, and deposit and credit go along; for a day to come that is done when it is there.

    Args:
        on: the first local day in the new unit.
        rent: yuan a month in the new unit.
        deposit: yuan to be held for it: what is there already counts, the rest is asked for.
        readings: what the meters of both units showed on that day, where it is not to come.

    Raises:
        Refused: nobody lives there by the lease, it is followed already, the day is outside of it or its first, the unit is
            the same, another property's or let, a meter was not read, or something cannot be billed or priced.
    """
    earlier = following.followed_by(key)
    if earlier is not None:
        return earlier
    held = _held(tenure, on)
    if unit.pk == held.unit_id or unit.property_id != held.property_id:
        raise Refused(_("Choose another unit of the same property."), field="unit")
    today = local_date(at, held.property.time_zone)
    taken_over = meters_taken_over(held, unit, on)
    given: dict[str, Any] = {"unit": unit, "resident": held.resident, "rent": rent, "number": number}
    made = _take_place(held, on, given, deposit, LinkKind.ROOM, reason, key, by=by, at=at)
    following.occupants_carry_on(held, made.after)
    _deposit(made, deposit, today, on, by=by, at=at)
    wanted = [closing(one, on) for one in meters_billed(held, on)] + [handing_over(one, on) for one in taken_over]
    if on <= today:
        readings_take(wanted, readings or {}, on=on, by=by, at=at)
        following.lease_hand_on(made=made, move_credit=True, on=today, by=by, at=at)
    elif wanted:
        readings_ask(tenure=held, units=[held.unit, unit], on=on, key=str(made.link.pk), by=by, at=at)
    return made


@transaction.atomic
@edits
def tenant_change(
    *,
    tenure: Tenure,
    resident: Resident,
    on: date,
    deposit_moves: bool,
    reason: str,
    key: UUID,
    number: str = "",
    readings: Given | None = None,
    by: User | None,
    at: datetime,
) -> Followed:
    """Puts another resident in the place of the tenant, on the same terms; asking again with the same key does nothing again.

    The old lease ends the day before and the other one's runs to the day it was to end. What was billed beyond is priced
    again; the old tenant keeps their credit and what they owe.

    Args:
        on: the first local day of the new tenant.
        deposit_moves: the deposit held goes to the new tenant (the two settle it between themselves); otherwise it becomes
            credit of the old one, to be set off or paid out, and the new one is asked for it.

    Raises:
        Refused: as `room_change`; or the resident is the same or another property's.
    """
    earlier = following.followed_by(key)
    if earlier is not None:
        return earlier
    held = _held(tenure, on)
    if resident.pk == held.resident_id or resident.property_id != held.property_id:
        raise Refused(_("Choose another resident of the same property."), field="resident")
    today = local_date(at, held.property.time_zone)
    standing = deposit_standing(account_ensure(held))
    given: dict[str, Any] = {
        "unit": held.unit,
        "resident": resident,
        "rent": following.rent_on(held, on),
        "number": number,
    }
    made = _take_place(held, on, given, held.deposit, LinkKind.TENANT, reason, key, by=by, at=at)
    _deposit(made, standing.asked if standing else None, today, on, moves=deposit_moves, by=by, at=at)
    wanted = [handing_over(one, on) for one in meters_billed(held, on)]
    if on <= today:
        readings_take(wanted, readings or {}, on=on, by=by, at=at)
        following.lease_hand_on(made=made, move_credit=False, on=today, by=by, at=at)
    elif wanted:
        readings_ask(tenure=held, units=[held.unit], on=on, key=str(made.link.pk), by=by, at=at)
    return made


def _held(tenure: Tenure, on: date) -> Tenure:
    property_lock(tenure.property_id)
    held: Tenure = Tenure.objects.select_related("unit", "resident", "property").get(pk=tenure.pk)
    following.refuse_not_living(held)
    refuse_followed(held)
    day_check(held, on)
    return held


def day_check(tenure: Tenure, on: date) -> None:
    """
    Raises:
        Refused: a stay cannot move on this local day, since it would leave no day behind or none ahead.
    """
    assert tenure.end is not None
    if not tenure.start < on <= tenure.end:
        raise Refused(
            _("Give a day after the first and not after the last of the lease: %(first)s to %(last)s.")
            % {"first": tenure.start + ONE_DAY, "last": tenure.end},
            field="on",
            code="outside",
        )


def _take_place(
    held: Tenure,
    on: date,
    given: dict[str, Any],
    deposit: Decimal | None,
    kind: LinkKind,
    reason: str,
    key: UUID,
    *,
    by: User | None,
    at: datetime,
) -> Followed:
    """Ends the lease on the day before, and opens the one that takes its place to the day it was to end."""
    assert held.end is not None
    last, occupants = held.end, following.term_on(held, on).occupants
    ended = tenure_end_move(tenure=held, end=on - ONE_DAY, reason=reason, by=by, at=at)
    before = Tenure.objects.select_related("unit", "resident", "property").get(pk=held.pk)
    after = tenure_open(
        kind=TenureKind.LEASE,
        start=on,
        end=last,
        category=held.category,
        occupants=occupants,
        deposit=deposit,
        by=by,
        at=at,
        **given,
    )
    link = tenure_link(before=before, after=after, kind=kind, reason=reason, key=key, by=by, at=at)
    following.charges_carry_on(before, after, given["rent"], by=by, at=at)
    following.agreement_carry_on(before, after, by=by, at=at)
    following.terms_carry_on(before, after, reason=reason, by=by, at=at)
    lease_file(tenure=after, by=by, at=at)
    lease_ends_settle(tenure=before, by=by, at=at)
    held.end = before.end
    return Followed(before, after, link, adjustments=ended.adjustments)


def _deposit(
    made: Followed,
    deposit: Decimal | None,
    today: date,
    on: date,
    *,
    moves: bool = True,
    by: User | None,
    at: datetime,
) -> None:
    following.deposit_carry_on(
        made,
        deposit,
        moves=moves,
        on=today,
        due=max(on, today),
        reason=_("Goes on as %(number)s") % {"number": made.after.number},
        by=by,
        at=at,
    )
