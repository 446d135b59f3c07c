"""The tasks that changes of a stay make, and those they make needless."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.end_questions import ENDS
from yuju.journeys.move_out import notice_withdraw
from yuju.journeys.tasks import task_complete
from yuju.premises.models import Property, Unit
from yuju.residency.models import Tenure
from yuju.residency.selectors import move_out_notice_of
from yuju.workforce.choices import UNDONE, TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import Step, task_add

READINGS = "lease-readings"
"""The story that asks for the readings between two leases."""


def evening(property: Property, day: date) -> datetime:
    """When a property's working day ends: 18:00."""
    return datetime.combine(day, time(18), tzinfo=ZoneInfo(property.time_zone))


def readings_ask(*, tenure: Tenure, units: Sequence[Unit], on: date, key: str, by: User | None, at: datetime) -> Task:
    """Asks somebody to read the meters on the day on which one lease takes another's place."""
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Read the meters of %(units)s on %(day)s") % {
            "units": _(", ").join(one.label for one in units),
            "day": on,
        }
        steps = [Step(_("Meters of %(unit)s read and entered") % {"unit": one.label}) for one in units]
        return task_add(
            property=tenure.property,
            kind=TaskKind.HANDOVER,
            title=title,
            tenure=tenure,
            group=Role.FRONT_DESK,
            start_on=on,
            due_at=evening(tenure.property, on + timedelta(days=1)),
            steps=steps,
            source=READINGS,
            source_key=key,
            by=by,
            at=at,
        )


def lease_ends_settle(*, tenure: Tenure, by: User | None, at: datetime) -> None:
    """What comes after the lease is known: nobody has to ask any more, and a notice given before is taken back.

    Raises:
        Refused: the stay is being settled.
    """
    notice_take_back(tenure=tenure, by=by, at=at)
    for task in Task.objects.filter(source=ENDS, tenure=tenure, state__in=UNDONE):
        # The story does it, whoever has the task.
        task_complete(task=task, by=None, at=at)


def notice_take_back(*, tenure: Tenure, by: User | None, at: datetime) -> None:
    """The stay goes on after all: a notice that was given is taken back.

    Raises:
        Refused: the stay is being settled.
    """
    notice = move_out_notice_of(tenure)
    if notice is not None:
        notice_withdraw(notice=notice, by=by, at=at)
