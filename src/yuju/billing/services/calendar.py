"""The billing calendar of a property: when its runs are drafted by themselves, and who decides."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.models import BillingCalendar
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.premises.services.saving import set_fields


@transaction.atomic
@edits
def billing_calendar_set(
    *,
    property: Property,
    is_on: bool,
    day: int,
    hour: int,
    approver: User | None,
    issue_when_clean: bool,
    second_person: bool,
    today: date,
    by: User | None,
    at: datetime,
) -> BillingCalendar:
    """Sets a property's billing calendar.

    Args:
        day: of the month, 1 to 28; 0 is the last one.
        hour: property-local, 0 to 23.
        approver: who is told when a draft is ready.
        today: property-local; a calendar that is turned on drafts from this day on, nothing earlier.

    Raises:
        Refused: the values contradict each other, or the approver may not issue runs of this property.
    """
    if not 0 <= day <= 28:
        raise Refused(_("A day of the month is 1 to 28, or 0 for the last one."), field="day")
    if not 0 <= hour <= 23:
        raise Refused(_("An hour is 0 to 23."), field="hour")
    if issue_when_clean and second_person:
        raise Refused(
            _("A run that another person approves cannot issue itself; choose one of the two."),
            field="issue_when_clean",
        )
    if approver is not None and not approver.may("bill_runs.issue", property.pk):
        raise Refused(_("%(name)s may not issue bill runs of this property.") % {"name": approver}, field="approver")
    calendar = BillingCalendar.objects.select_for_update().filter(property=property).first()
    calendar = calendar or BillingCalendar(property=property, since=today)
    if is_on and not (calendar.pk and calendar.is_on):
        calendar.since = today
    values = {
        "is_on": is_on,
        "day": day,
        "hour": hour,
        "approver": approver,
        "issue_when_clean": issue_when_clean,
        "second_person": second_person,
    }
    changes = set_fields(calendar, values)
    if changes or calendar.pk is None:
        calendar.save()
    return calendar
