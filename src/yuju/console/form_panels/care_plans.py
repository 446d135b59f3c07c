"""The panel beside the form of a care plan: for how many it holds, and how much work it makes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.care.facts import Asked
from yuju.care.models import CarePlan
from yuju.care.rhythm import interval_days
from yuju.care.selectors import under_plan
from yuju.kit.console import Caution, Consequences, Line
from yuju.residency.models import Resident

MONTH = 30
MANY_A_DAY = 40


def plan_panel(given: Mapping[str, Any], row: CarePlan | None, day: date) -> Consequences:
    """What the plan as it is typed would make."""
    title = _("What it makes")
    segment, every, rhythm = given.get("segment"), given.get("every"), given.get("rhythm")
    if segment is None or not every or not rhythm:
        return Consequences(title, text=_("Choose a segment and an interval to see how many visits it makes."))
    place = row.property if row is not None else given.get("property")
    plan = CarePlan(
        property=place,
        segment=segment,
        every=every,
        rhythm=rhythm,
        spread=bool(given.get("spread")),
        starts_on=given.get("starts_on") or day,
    )
    count = Resident.objects.filter(under_plan(plan, Asked(day))).count()
    days = max(1, interval_days(plan))
    lines = [
        Line(_("Holds for"), ngettext("%(count)d resident", "%(count)d residents", count) % {"count": count}),
        Line(_("Visits a month"), f"{round(count * MONTH / days):,}"),
        Line(_("First visits"), plan.starts_on.isoformat(), _first_words(plan, days)),
    ]
    at_once = -(-count // days) if plan.spread else count
    cautions = []
    if at_once > MANY_A_DAY:
        cautions.append(
            Caution(
                _("About %(count)d visits fall on one day. Spread them, or narrow the segment.") % {"count": at_once}
            )
        )
    return Consequences(title, lines, cautions=cautions)


def _first_words(plan: CarePlan, days: int) -> str:
    if not plan.spread or days == 1:
        return _("for everybody on this day")
    return ngettext("spread over %(count)d day", "spread over %(count)d days", days) % {"count": days}
