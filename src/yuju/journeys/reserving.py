"""Reservations (预订): a room's days are held for somebody until a moment, then given back by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys.check_in_plan import Person, days_of, people_of
from yuju.journeys.tasks import tasks_drop
from yuju.journeys.tenures import tenure_open
from yuju.kit.errors import Refused
from yuju.messaging.services import notice_send
from yuju.payments.selectors import account_standing
from yuju.premises.models import Property
from yuju.residency import services
from yuju.residency.choices import Category, CheckInState, CheckInStep, TenureKind, TenureState
from yuju.residency.models import CheckIn, Resident, Tenure
from yuju.residency.services.check_ins import check_in_end, check_in_held, check_in_keep, facts_of

FORGOTTEN = timedelta(days=60)


@transaction.atomic
@edits
def stay_reserve(*, check_in: CheckIn, until: datetime, by: User | None, at: datetime) -> Tenure:
    """Holds the room of a check-in on its days until a moment; whoever it is for is put on file.

    Reserved before, the reservation moves to the room, the days and the person that stand there now.

    Raises:
        Refused: the moment is past, the room is let on one of the days, or the room or the person is not known yet.
    """
    held = check_in_held(check_in)
    if until <= at:
        raise Refused(_("A reservation is held until a later moment."), field="until")
    days, (person, _others) = days_of(held), people_of(held)
    resident = resident_of(held.unit.property, person, days.category, by=by, at=at)
    tenure: Tenure | None = held.tenure
    if tenure is not None and (tenure.unit_id, tenure.resident_id) == (held.unit_id, resident.pk):
        services.tenure_change(
            tenure=tenure,
            number=tenure.number,
            category=days.category,
            start=days.start,
            end=days.end,
            deposit=tenure.deposit,
            by=by,
            at=at,
        )
    else:
        reservation_release(held=held, by=by, at=at)
        tenure = tenure_open(
            kind=TenureKind.LEASE,
            unit=held.unit,
            resident=resident,
            start=days.start,
            end=days.end,
            category=days.category,
            state=TenureState.RESERVED,
            by=by,
            at=at,
        )
    held.tenure, held.held_until = tenure, until
    held.save(update_fields=["tenure", "held_until"])
    given = {**facts_of(held).get(CheckInStep.WHO, {}), "resident": resident.pk}
    check_in_keep(
        check_in=held,
        step=CheckInStep.WHO,
        facts=given,
        resident=resident,
        name=resident.name,
        days=(days.start, days.end),
        by=by,
        at=at,
    )
    return tenure


@transaction.atomic
@edits
def reservation_cancel(*, check_in: CheckIn, by: User | None, at: datetime) -> CheckIn:
    """Gives the days of a reservation back; what was entered stays, so that it can be reserved anew.

    Raises:
        Refused: money was taken for it (code `paid`).
    """
    held = check_in_held(check_in)
    reservation_release(held=held, by=by, at=at)
    held.at_it, held.touched_at = by, at
    held.save(update_fields=["at_it", "touched_at"])
    return held


@transaction.atomic
@edits
def check_in_drop(*, check_in: CheckIn, by: User | None, at: datetime) -> CheckIn:
    """Ends a check-in that comes to nothing; a reservation gives its days back.

    Raises:
        Refused: it is over, or money was taken for the reservation (code `paid`).
    """
    held = check_in_held(check_in)
    reservation_release(held=held, by=by, at=at)
    return check_in_end(held=held, state=CheckInState.DROPPED, by=by, at=at)


def reservation_release(*, held: CheckIn, by: User | None, at: datetime) -> None:
    """Cancels the reservation of a held check-in, if it has one, and with it what was to be done for it.

    Raises:
        Refused: money was taken for it (code `paid`).
    """
    tenure = held.tenure
    if tenure is None:
        return
    account = BillingAccount.objects.filter(tenure=tenure).first()
    if account is not None and account_standing(account).credit:
        raise Refused(
            _("Money was taken for reservation %(number)s. Refund it first.") % {"number": tenure.number}, code="paid"
        )
    services.tenure_move(tenure=tenure, to=TenureState.CANCELLED, by=by, at=at)
    tasks_drop(tenure=tenure, reason=_("The reservation was cancelled."), by=by, at=at)
    held.tenure = held.held_until = None
    held.save(update_fields=["tenure", "held_until"])


@transaction.atomic
def reservations_lapse(*, at: datetime) -> int:
    """Gives back the days of reservations whose moment has come, and tells who made them. Returns how many.

    One for which money was taken stays: somebody has to decide about the money.
    """
    due: Any = CheckIn.objects.filter(state=CheckInState.OPEN, held_until__lte=at).select_for_update(
        no_key=True, skip_locked=True, of=("self",)
    )
    lapsed = 0
    for held in due.select_related("unit", "tenure", "at_it", "property").order_by("pk"):
        try:
            with transaction.atomic():
                reservation_release(held=held, by=None, at=at)
        except Refused:
            continue
        lapsed += 1
        if held.at_it is not None:
            _tell_lapsed(held, held.at_it, at)
    return lapsed


@transaction.atomic
def check_ins_forget(*, at: datetime) -> int:
    """Drops check-ins nobody has touched for `FORGOTTEN`, with the personal data in them. Returns how many."""
    stale = CheckIn.objects.filter(state=CheckInState.OPEN, tenure=None, touched_at__lt=at - FORGOTTEN)
    return stale.update(state=CheckInState.DROPPED, over_at=at, facts="")


def _tell_lapsed(held: CheckIn, to: User, at: datetime) -> None:
    with translation.override(to.language or settings.LANGUAGE_CODE):
        title = _("The reservation of %(unit)s lapsed") % {"unit": held.unit.label}
        body = _("%(name)s, %(start)s to %(end)s. The room is free again.") % {
            "name": held.name,
            "start": held.start,
            "end": held.end,
        }
    notice_send(to=[to], title=title, body=body, link=reverse("console:check-ins-detail", args=[held.pk]), at=at)


def resident_of(property: Property, person: Person, category: Category, *, by: User | None, at: datetime) -> Resident:
    """Whoever moves in, on file at the property: found, with what was missing filled in, or registered.

    Raises:
        Refused: somebody chosen is on file at another property; or as `resident_create`.
    """
    given = {
        "phone": person.phone,
        "id_type": person.id_type if person.id_number else "",
        "id_number": person.id_number,
        "nationality": person.nationality,
        "emergency_name": person.emergency_name,
        "emergency_phone": person.emergency_phone,
        "contact_name": person.contact_name,
    }
    if person.resident is None:
        return services.resident_create(
            property=property, kind=person.kind, name=person.name, category=category, by=by, at=at, **given
        )
    known = person.resident
    # What is on file stays; only what is missing there is taken over.
    filled = {name: getattr(known, name) or value for name, value in given.items()}
    if known.id_number:
        filled["id_type"] = known.id_type
    return services.resident_change(
        resident=known, name=known.name, ref=known.ref, category=known.category, by=by, at=at, **filled
    )
