"""Leases that end: somebody asks what comes then, the resident answers on the phone or at the desk, and what follows begins."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.change_tasks import evening, notice_take_back
from yuju.journeys.end_questions import ENDS, lease_ends_drop
from yuju.journeys.move_out import notice_give
from yuju.kit.dates import local_date
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.premises.models import Property
from yuju.residency import services
from yuju.residency.choices import EndAnswerKind, TenureKind, TenureState
from yuju.residency.deaths import has_died
from yuju.residency.models import EndAnswer, MoveOutNotice, Tenure, TenureLink
from yuju.residency.selectors import reminder_days
from yuju.workforce.choices import UNDONE, Priority, TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import task_add, task_comment

DAYS_TO_ASK = 3
"""Within how many days somebody has to have asked, at the latest by the last day."""
MORNING = 9
"""Nobody is asked before this hour of the property's day."""
URGENT = 7
"""With so many days left it is urgent."""


@transaction.atomic
def lease_end_answer(*, tenure: Tenure, answer: EndAnswerKind, by: User | None, at: datetime) -> EndAnswer:
    """Notes what the resident wants when the lease ends, on the lease and on the task that asks. Again, nothing happens.

    Whoever will move out has given notice by it; whoever wants to renew takes it back.

    Args:
        by: who writes it down at the desk; nobody where the resident says so in the portal.

    Raises:
        Refused: as `end_answer_give`, or the stay is being settled.
    """
    given, is_new = services.end_answer_give(tenure=tenure, answer=answer, by=by, at=at)
    if is_new:
        for task in Task.objects.filter(source=ENDS, tenure=tenure, state__in=UNDONE):
            with translation.override(settings.LANGUAGE_CODE):
                said = _("The resident answered: %(answer)s") % {"answer": given.get_answer_display()}
            task_comment(task=task, text=said, by=by, at=at)
        if answer == EndAnswerKind.LEAVE:
            _give_notice(given, by, at)
        else:
            notice_take_back(tenure=tenure, by=by, at=at)
    return given


def _give_notice(answer: EndAnswer, by: User | None, at: datetime) -> None:
    tenure = answer.tenure
    with translation.override(settings.LANGUAGE_CODE):
        reason = _("Does not renew")
    today = local_date(at, tenure.property.time_zone)
    notice_give(tenure=tenure, last_day=max(answer.end, today), reason=reason, by=by, at=at)


@transaction.atomic
def leases_ending(property: Property, today: date) -> list[tuple[Tenure, int]]:
    """The leases of a property about which somebody has to be asked by a day, each with the reminder that has come.

    One that is followed already, or whose resident will move out, is not asked about again.
    """
    days = reminder_days(property)
    if not days:
        return []
    followed = TenureLink.objects.filter(before=OuterRef("pk")).exclude(after__state=TenureState.CANCELLED)
    answers = EndAnswer.objects.filter(tenure=OuterRef("pk"), end=OuterRef("end")).order_by("-at", "-pk")
    leaving = MoveOutNotice.objects.filter(tenure=OuterRef("pk"), withdrawn_at=None)
    rows = Tenure.objects.filter(
        ~Exists(followed),
        ~Exists(leaving),
        ~has_died("resident"),
        property=property,
        kind=TenureKind.LEASE,
        state=TenureState.LIVING,
        end__gte=today,
        end__lte=today + timedelta(days=max(days)),
    ).annotate(answer=Subquery(answers.values("answer")[:1]))
    found = []
    for row in rows.select_related("unit", "resident", "property").order_by("end", "pk"):
        if row.answer == EndAnswerKind.LEAVE:
            continue
        left = (row.end - today).days
        found.append((row, min(one for one in days if one >= left)))
    keys = [_key(row, days) for row, days in found]
    asked = set(Task.objects.filter(source=ENDS, source_key__in=keys).values_list("source_key", flat=True))
    return [(row, days) for row, days in found if _key(row, days) not in asked]


@transaction.atomic
def lease_end_ask(*, tenure: Tenure, days: int, at: datetime) -> Task:
    """Makes the task to ask what comes after a lease, and tells the resident, who can answer with one tap.

    A question nobody dealt with gives way to this one. Asked again, it is the task that is there.
    """
    assert tenure.end is not None
    known: Task | None = Task.objects.filter(source=ENDS, source_key=_key(tenure, days)).first()
    if known is not None:
        return known
    today = local_date(at, tenure.property.time_zone)
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Renewal: %(unit)s %(name)s, lease ends on %(day)s") % {
            "unit": tenure.unit.label,
            "name": tenure.resident.name,
            "day": tenure.end,
        }
        details = _("Ask whether %(name)s renews or moves out, and write the answer down on the lease %(number)s.") % {
            "name": tenure.resident.name,
            "number": tenure.number,
        }
        lease_ends_drop(tenure=tenure, reason=_("Asked anew: the end is nearer."), by=None, at=at)
    task = task_add(
        property=tenure.property,
        kind=TaskKind.RENEWAL,
        title=title,
        details=details,
        tenure=tenure,
        priority=Priority.URGENT if days <= URGENT else Priority.NORMAL,
        group=Role.FRONT_DESK,
        due_at=evening(tenure.property, min(today + timedelta(days=DAYS_TO_ASK), max(tenure.end, today))),
        source=ENDS,
        source_key=_key(tenure, days),
        by=None,
        at=at,
    )
    resident_notice_add(
        resident_id=tenure.resident_id,
        kind=ResidentNoticeKind.LEASE_ENDS,
        about_id=tenure.pk,
        facts={"end": str(tenure.end), "number": tenure.number, "unit": tenure.unit.label},
        at=at,
    )
    return task


def lease_ends_ask(*, at: datetime) -> int:
    """Asks about every lease whose reminder has come; returns how many. Each in a transaction of its own."""
    with transaction.atomic():
        properties = list(Property.objects.order_by("pk"))
    count = 0
    for property in properties:
        now = at.astimezone(ZoneInfo(property.time_zone))
        if now.hour < MORNING:
            continue
        for tenure, days in leases_ending(property, now.date()):
            lease_end_ask(tenure=tenure, days=days, at=at)
            count += 1
    return count


def _key(tenure: Tenure, days: int) -> str:
    """One question for a lease, its end and so many days: a lease that was extended is asked about anew."""
    return f"{tenure.pk}:{tenure.end}:{days}"
