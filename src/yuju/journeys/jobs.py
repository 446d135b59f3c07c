"""Background work of the journeys."""

from __future__ import annotations

from django.utils import timezone

from yuju.journeys.billing_calendar import billing_calendar_tick
from yuju.journeys.doors import door_closings
from yuju.journeys.following import leases_hand_on
from yuju.journeys.lease_ends import lease_ends_ask
from yuju.journeys.overstays import overstays_charge
from yuju.journeys.property_import.jobs import property_check, property_write
from yuju.journeys.reserving import check_ins_forget, reservations_lapse
from yuju.journeys.tasks import tasks_escalate
from yuju.kit.jobs import job, periodic

__all__ = [
    "billing_calendar",
    "door_closings",
    "lapsed_reservations",
    "late_tasks",
    "lease_days",
    "property_check",
    "property_write",
]


@periodic("*/5 * * * *")
@job(atomic=False)
def billing_calendar() -> None:
    """Drafts the bill runs whose day and hour have come.

    Asked every five minutes and soon after a start: what came due while no worker ran is found then.
    """
    billing_calendar_tick(clock=timezone.now)


@periodic("*/3 * * * *")
@job
def late_tasks() -> None:
    """Tells those who plan tasks which have become late."""
    tasks_escalate(at=timezone.now())


@periodic("*/5 * * * *")
@job
def lapsed_reservations() -> None:
    """Gives the days of reservations back whose moment has come, and drops check-ins nobody goes on with."""
    reservations_lapse(at=timezone.now())
    check_ins_forget(at=timezone.now())


@periodic("23 * * * *")
@job(atomic=False)
def lease_days() -> None:
    """What the days bring to leases: those that are over are handed on, the next ends are asked about, overstays are charged.

    Asked every hour, since each property's day begins at its own; whatever was done before is not done again.
    """
    at = timezone.now()
    leases_hand_on(at=at)
    lease_ends_ask(at=at)
    overstays_charge(at=at)
