"""The panel beside the builder of segments: how many there are, and the first of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.care.conditions import conditions_read
from yuju.care.facts import Asked
from yuju.care.selectors import all_hold
from yuju.identity.models import User
from yuju.kit.console import Consequences, Line
from yuju.premises.models import Property
from yuju.reporting.stays import stay_of, with_stays
from yuju.residency.models import Resident

VIEW = "residents.view"
SHOWN = 8


def segment_panel(typed: Any, place: Property | None, user: User, day: date) -> Consequences:
    """Who the conditions hold for as far as they are complete, within the user's reach."""
    title = _("Who belongs to it")
    conditions = conditions_read(typed)
    if not conditions:
        return Consequences(title, text=_("Add a condition to see who belongs to it."))
    rows = Resident.objects.visible_to(user, VIEW).filter(all_hold(conditions, Asked(day)))
    if place is not None:
        rows = rows.filter(property=place)
    count, lines = members_lines(rows, day)
    unfinished = len(typed) - len(conditions)
    text = (
        ngettext("%(count)d condition is not complete yet.", "%(count)d conditions are not complete yet.", unfinished)
        % {"count": unfinished}
        if unfinished
        else ""
    )
    heading = ngettext("%(count)s resident", "%(count)s residents", count) % {"count": f"{count:,}"}
    return Consequences(heading, lines, text=text or (_("Nobody at the moment.") if not count else ""))


def members_lines(rows: QuerySet[Resident], day: date) -> tuple[int, list[Line]]:
    """How many residents there are, and the first by name, with where they live."""
    count = rows.count()
    if not count:
        return 0, []
    first = with_stays(rows.order_by("name_sort", "pk")).defer("id_number", "phone", "emergency_phone")[:SHOWN]
    return count, [_line(one, day) for one in first]


def _line(resident: Any, day: date) -> Line:
    stay = stay_of(resident.held, day)
    tags = _(", ").join(one.tag.name for one in resident.labels)
    url = reverse("console:residents-detail", args=[resident.pk])
    return Line(resident.name, stay.unit.label if stay is not None else "", tags, kind="t2", url=url)
