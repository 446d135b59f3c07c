"""How the case of an abandoned room meets the settlement: it stands for the resident's agreement, and is over with the stay."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.journeys.tasks import task_complete
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.payments.choices import AgreedHow
from yuju.payments.models import Settlement
from yuju.residency.abandoned import abandonment_now, abandonment_signed, entry_of, term_end
from yuju.residency.models import Abandonment
from yuju.residency.services import abandonment_close, abandonment_end
from yuju.workforce.models import Task, TaskQuerySet
from yuju.workforce.services import task_cancel

CASE, ENTRY = "abandoned", "abandoned-entry"
"""The sources of the tasks of a case: to see to it, and to enter the room."""


def case_named(settlement: Settlement) -> str:
    """What a settlement says that stands on the case of an abandoned room instead of the resident's agreement.

    Raises:
        Refused: both witnesses have not signed (code `case`), or the lease would end before the notices' term (`early`).
    """
    case = abandonment_signed(settlement.account.tenure)
    entry = entry_of(case) if case is not None else None
    if case is None or entry is None or entry.signed_at is None:
        raise Refused(
            _("First the abandoned room is entered and both witnesses sign what is there."), field="how", code="case"
        )
    end = term_end(case)
    if end is not None and settlement.last_day < end:
        raise Refused(
            _("The term of the last notice runs until %(end)s: the lease does not end before that.") % {"end": end},
            field="how",
            code="early",
        )
    with translation.override(settings.LANGUAGE_CODE):
        return _("Abandoned room %(number)s, entered with two witnesses on %(day)s") % {
            "number": case.number,
            "day": local_date(entry.signed_at, settlement.property.time_zone),
        }


def case_over(settlement: Settlement, by: User | None, at: datetime) -> None:
    """The case of the stay is over with it: ended on the case, or left with the resident's agreement after all."""
    case = abandonment_now(settlement.account.tenure)
    if case is None:
        return
    if settlement.agreed_how == AgreedHow.CASE:
        over = abandonment_end(case=case, last_day=settlement.last_day, by=by, at=at)
        for task in case_tasks(over, CASE).undone():
            task_complete(task=task, by=None, at=at)
    else:
        with translation.override(settings.LANGUAGE_CODE):
            reason = _("The stay was settled with the resident.")
        over = abandonment_close(case=case, reason=reason, by=by, at=at)
    tasks_end(over, by, at)


def case_tasks(case: Abandonment, source: str) -> TaskQuerySet:
    """The tasks of a case, over or not."""
    rows: TaskQuerySet = Task.objects.filter(source=source, source_key__startswith=f"{case.pk}:")
    return rows


def tasks_end(case: Abandonment, by: User | None, at: datetime) -> None:
    """Nothing is to be done for a case any more."""
    with translation.override(settings.LANGUAGE_CODE):
        reason = str(case.get_state_display())
    for source in (CASE, ENTRY):
        for task in case_tasks(case, source).undone():
            task_cancel(task=task, reason=reason, by=by, at=at)
