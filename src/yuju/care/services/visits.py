"""The tasks of care plans: made ahead of time, once each, and taken back where a plan does not hold any more."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from yuju.care.facts import Asked, living
from yuju.care.models import CarePlan
from yuju.care.rhythm import latest_due, offset_of
from yuju.care.selectors import under_plan
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.residency.choices import TenureKind
from yuju.residency.models import Resident, Tenure
from yuju.workforce.choices import Priority, TaskKind, TaskState
from yuju.workforce.models import Task
from yuju.workforce.services import task_cancel
from yuju.workforce.services.many import Wanted, tasks_add
from yuju.workforce.steps import steps_of

log = logging.getLogger("yuju.care")

SOURCE = "care"
EVENING = time(18)


def visit_key(plan_id: int, resident_id: int, due: date) -> str:
    """What a visit is asked for by: a plan asks a resident once for a day."""
    return f"{plan_id}:{resident_id}:{due}"


def plans_tick(*, at: datetime) -> int:
    """Makes the tasks of every plan that was not asked today, each in a transaction of its own. Returns how many.

    One that fails is named in the log and on its own page, and asked again the next time; the others go on.
    """
    with transaction.atomic():
        today = max(_days(at).values(), default=date.max)
        # One that has ended is asked once more, to take back what nobody began.
        rows = CarePlan.objects.filter(Q(asked_on=None) | Q(asked_on__lt=today, until=None) | _not_over(today))
        waiting = list(rows.order_by("pk"))
    return sum(_made_or_failed(plan, at) for plan in waiting)


def _made_or_failed(plan: CarePlan, at: datetime) -> int:
    try:
        return visits_make(plan=plan, at=at)
    except Exception as error:
        # Whatever it is: what is wrong with one plan must not keep the visits of another from being made.
        log.exception("No tasks were made for care plan %s (“%s”).", plan.pk, plan.title)
        why = str(error)[:300] if isinstance(error, Refused) else ""
        with transaction.atomic():
            CarePlan.objects.filter(pk=plan.pk).update(failed_at=at, failure=why)
        return 0


def _not_over(today: date) -> Q:
    return Q(asked_on__lt=today, until__gte=F("asked_on"))


@transaction.atomic
def visits_make(*, plan: CarePlan, at: datetime) -> int:
    """Makes the tasks that are due within the plan's lead time, for the residents for whom it holds today.

    After a time in which nothing ran, only the latest visit that was due is asked for, and until tonight. Whoever has a
    visit of the plan still to be done gets no second one. Visits that were not begun are cancelled where the plan does not
    hold any more: somebody moved out, lost the tag, or the plan has ended.

    Returns:
        how many tasks are new.
    """
    held: CarePlan = CarePlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    days = _days(at)
    places = Property.objects.filter(pk__in=days)
    if held.property_id is not None:
        places = places.filter(pk=held.property_id)
    made = sum(_at_property(held, place, days[place.pk], at) for place in places.order_by("pk"))
    CarePlan.objects.filter(pk=held.pk).update(asked_on=max(days.values()), failed_at=None, failure="")
    return made


def _days(at: datetime) -> dict[int, date]:
    """The local day at each property."""
    return {pk: local_date(at, zone) for pk, zone in Property.objects.values_list("pk", "time_zone")}


def _at_property(plan: CarePlan, place: Property, today: date, at: datetime) -> int:
    rows = Resident.objects.filter(under_plan(plan, Asked(today)), property=place)
    residents = set(rows.values_list("pk", flat=True))
    ended = plan.until is not None and plan.until < today
    undone = Task.objects.filter(source=SOURCE, source_key__startswith=f"{plan.pk}:", property=place).undone()
    waiting: set[int] = set()
    for task in undone:
        if task.state != TaskState.DOING and (ended or task.resident_id not in residents):
            task_cancel(task=task, reason=_("The plan does not hold for this resident any more."), by=None, at=at)
        elif task.resident_id is not None:
            waiting.add(task.resident_id)
    due = _due(plan, place, residents - waiting, today)
    zone = ZoneInfo(place.time_zone)
    wanted = [
        Wanted(
            tenure=stay,
            due_at=datetime.combine(max(due[stay.resident_id], today), EVENING, tzinfo=zone),
            source_key=visit_key(plan.pk, stay.resident_id, due[stay.resident_id]),
        )
        for stay in _stays(due, today)
    ]
    return tasks_add(
        property=place,
        kind=TaskKind.CARE,
        title=plan.title,
        details=plan.details,
        priority=Priority.URGENT if plan.served_first else Priority.NORMAL,
        group=plan.group,
        steps=steps_of(plan.steps),
        source=SOURCE,
        wanted=wanted,
        at=at,
    )


def _due(plan: CarePlan, place: Property, residents: Iterable[int], today: date) -> dict[int, date]:
    """The visit each resident waits for, where there is one. What was due before the plan was made is nobody's."""
    made_on = local_date(plan.created_at, place.time_zone)
    horizon = today + timedelta(days=plan.lead_days)
    by_offset: dict[int, date | None] = {}
    found: dict[int, date] = {}
    for resident in residents:
        offset = offset_of(plan, resident)
        if offset not in by_offset:
            by_offset[offset] = latest_due(plan, offset, horizon)
        due = by_offset[offset]
        if due is not None and due >= made_on:
            found[resident] = due
    return found


def _stays(residents: Iterable[int], today: date) -> list[Tenure]:
    """Where each resident lives: a lease before an ownership, the newest first."""
    rows = living(today).filter(resident_id__in=list(residents)).select_related("unit__building", "resident")
    placed: dict[int, Tenure] = {}
    for stay in sorted(rows, key=lambda one: (one.kind != TenureKind.LEASE, -one.start.toordinal())):
        placed.setdefault(stay.resident_id, stay)
    return list(placed.values())
