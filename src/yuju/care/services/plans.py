"""Making and changing care plans (关怀计划)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.care.choices import Rhythm
from yuju.care.models import CarePlan, Segment
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.premises.services.saving import save_row
from yuju.workforce.services.making import MOST_STEPS

MOST_EVERY = {Rhythm.DAYS: 730, Rhythm.WEEKS: 104, Rhythm.MONTHS: 24}
MOST_LEAD = 60


@edits
@transaction.atomic
def plan_save(
    *,
    plan: CarePlan | None,
    property: Property | None,
    segment: Segment,
    title: str,
    every: int,
    rhythm: str,
    starts_on: date,
    until: date | None = None,
    details: str = "",
    lead_days: int = 3,
    spread: bool = True,
    steps: str = "",
    group: str = "",
    served_first: bool = False,
    by: User | None,
    at: datetime,
) -> CarePlan:
    """Makes a plan (`plan` is None) or changes it. Tasks made already stay; the next ones are as it says now.

    Args:
        property: where it holds; None for everywhere its segment reaches.
        every, rhythm: the interval between two visits.
        starts_on, until: the first and the last local day on which a visit may be due.
        steps: a line for each step; one that ends with `*` needs a photo.

    Raises:
        Refused: it has no name or one that is taken, recurs too rarely, ends before it begins, or its segment is of
            another property.
    """
    saved = plan if plan is not None else CarePlan(created_at=at)
    values: dict[str, Any] = {
        "property": property,
        "segment": segment,
        "title": title.strip(),
        "details": details.strip(),
        "every": every,
        "rhythm": rhythm,
        "lead_days": lead_days,
        "spread": spread,
        "steps": steps.strip(),
        "group": group,
        "served_first": served_first,
        "starts_on": starts_on,
        "until": until,
    }
    for name, value in values.items():
        setattr(saved, name, value)
    _check(saved)
    saved.asked_on = None
    taken = _("There is a plan “%(name)s” already.") % {"name": saved.title}
    save_row(saved, {"care_plan_title_once": ("title", taken)})
    return saved


def _check(plan: CarePlan) -> None:
    if not plan.title:
        raise Refused(_("Say what is to be done."), field="title")
    most = MOST_EVERY[Rhythm(plan.rhythm)]
    if not 1 <= plan.every <= most:
        raise Refused(_("Choose from 1 to %(most)d.") % {"most": most}, field="every")
    if plan.lead_days > MOST_LEAD:
        raise Refused(_("Choose from 0 to %(most)d.") % {"most": MOST_LEAD}, field="lead_days")
    if plan.until is not None and plan.until < plan.starts_on:
        raise Refused(_("The end is before the beginning."), field="until")
    if len(plan.steps.splitlines()) > MOST_STEPS:
        raise Refused(_("A task has at most %(most)d steps.") % {"most": MOST_STEPS}, field="steps")
    if plan.segment.property_id is not None and plan.segment.property_id != plan.property_id:
        raise Refused(_("This segment is of one property: choose the same property for the plan."), field="property")
