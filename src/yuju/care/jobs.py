"""Background work of care."""

from __future__ import annotations

from django.utils import timezone

from yuju.care.services.visits import plans_tick
from yuju.kit.jobs import job, periodic


@periodic("12 * * * *")
@job(atomic=False)
def care_visits() -> None:
    """Makes the tasks of care plans, once a day for each plan.

    Asked every hour and soon after a start: a plan that was changed, or a day on which no worker ran, is found then.
    """
    plans_tick(at=timezone.now())
