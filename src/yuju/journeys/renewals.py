"""Renewal (续租): a lease of the same unit and resident from the day after, on terms of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.services.runs import property_lock
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys import following
from yuju.journeys.change_readings import Given, handing_over, meters_billed, readings_take
from yuju.journeys.change_tasks import lease_ends_settle, readings_ask
from yuju.journeys.filing import lease_change_file
from yuju.journeys.following import ONE_DAY, Followed
from yuju.journeys.lease_changes import rent_change
from yuju.journeys.tenures import tenure_open
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.residency.choices import LinkKind, TenureKind
from yuju.residency.models import Tenure
from yuju.residency.services import refuse_followed, tenure_link

Step = tuple[date, Decimal]
"""From a local day on, the monthly rent in yuan."""


@transaction.atomic
@edits
def renewal(
    *,
    tenure: Tenure,
    end: date,
    rent: Decimal | None,
    deposit: Decimal | None,
    key: UUID,
    number: str = "",
    steps: Iterable[Step] = (),
    readings: Given | None = None,
    by: User | None,
    at: datetime,
) -> Followed:
    """Renews a lease from the day after its last. Both stay on record; asking again with the same key renews nothing again.

    What is billed to the last day goes on under the new lease, with what was agreed besides days and rent, and with who lives
    there too. The deposit is held under the new lease from now on. The earlier lease ends by itself when it is over; where that
    is so already it is billed to its last day, and the meters have to be read.

    Args:
        end: the last local day of the new lease.
        rent: yuan a month from its first day. `steps`: later rents.
        deposit: yuan to be held under the new lease: what is there already counts, the rest is asked for.
        readings: what meters showed on the first day, where that is past.

    Raises:
        Refused: nobody lives there by the lease, it is followed already, the unit is let on one of the days, the end is before
            the start, a meter was not read, or something cannot be billed yet.
    """
    earlier = following.followed_by(key)
    if earlier is not None:
        return earlier
    property_lock(tenure.property_id)
    held = Tenure.objects.select_related("unit", "resident", "property").get(pk=tenure.pk)
    following.refuse_not_living(held)
    refuse_followed(held)
    assert held.end is not None
    start = held.end + ONE_DAY
    today = local_date(at, held.property.time_zone)
    made = _open(held, start, end, number, rent, deposit, key, by=by, at=at)
    following.charges_carry_on(held, made.after, rent, by=by, at=at)
    following.agreement_carry_on(held, made.after, by=by, at=at)
    following.occupants_carry_on(held, made.after)
    for day, amount in steps:
        rent_change(tenure=made.after, rent=amount, valid_from=day, reason=_("Agreed at renewal"), by=by, at=at)
    following.deposit_carry_on(
        made, deposit, on=today, due=max(start, today), reason=_("Renewed by %(number)s") % _number(made), by=by, at=at
    )
    meters = meters_billed(held, start)
    if start <= today:
        readings_take([handing_over(one, start) for one in meters], readings or {}, on=start, by=by, at=at)
        following.lease_hand_on(made=made, move_credit=True, on=today, by=by, at=at)
    elif meters:
        readings_ask(tenure=held, units=[held.unit], on=start, key=str(made.link.pk), by=by, at=at)
    lease_change_file(tenure=made.after, cause="renewal", before=held, by=by, at=at)
    lease_ends_settle(tenure=held, by=by, at=at)
    return made


def _open(
    held: Tenure,
    start: date,
    end: date,
    number: str,
    rent: Decimal | None,
    deposit: Decimal | None,
    key: UUID,
    *,
    by: User | None,
    at: datetime,
) -> Followed:
    if end < start:
        raise Refused(
            _("The new lease begins on %(start)s: give that day or a later one.") % {"start": start}, field="end"
        )
    after = tenure_open(
        kind=TenureKind.LEASE,
        unit=held.unit,
        resident=held.resident,
        start=start,
        end=end,
        number=number,
        category=held.category,
        rent=rent,
        occupants=following.term_on(held, held.end).occupants,
        deposit=deposit,
        by=by,
        at=at,
    )
    return Followed(
        held, after, tenure_link(before=held, after=after, kind=LinkKind.RENEWAL, reason="", key=key, by=by, at=at)
    )


def _number(made: Followed) -> dict[str, str]:
    return {"number": made.after.number}
