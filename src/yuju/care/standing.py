"""What was done for a resident, and what comes next: for their page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, ExpressionWrapper, Prefetch

from yuju.care.facts import Asked
from yuju.care.models import CarePlan
from yuju.care.rhythm import next_due, offset_of
from yuju.care.selectors import plans_on, under_plan
from yuju.care.services.visits import SOURCE
from yuju.kit.dates import local_date
from yuju.residency.models import Resident
from yuju.workforce.choices import StepResult, TaskState
from yuju.workforce.models import Task, TaskComment, TaskStep

LOOKED_AT = 60
"""As many of the latest visits are looked through; more would be years."""


@dataclass(frozen=True)
class Standing:
    """How far a plan is for one resident.

    Attributes:
        holds: whether it holds today; else only what was done remains.
        last: the last visit that was done.
        waiting: the visit that is to be done.
        next_on: the local day of the next visit, made already or not.
        is_late: it should have been done before now.
        found: what was not in order at the last visit, and what was said of it.
    """

    plan: CarePlan
    holds: bool
    last: Task | None
    waiting: Task | None
    next_on: date | None
    is_late: bool
    found: list[str] = field(default_factory=list)


def care_of(resident: Resident, at: datetime) -> list[Standing]:
    """The plans that hold for a resident, and those under which something was done, in a fixed number of statements."""
    zone = ZoneInfo(resident.property.time_zone)
    today = local_date(at, zone)
    plans = {plan.pk: plan for plan in plans_on(today, resident.property_id)}
    visits = _visits(resident)
    by_plan: dict[int, list[Task]] = {}
    for visit in visits:
        by_plan.setdefault(_plan_of(visit), []).append(visit)
    missing = by_plan.keys() - plans.keys()
    if missing:
        plans |= {plan.pk: plan for plan in CarePlan.objects.filter(pk__in=missing)}
    holding = _holding(resident, plans.values(), today)
    found = [
        _standing(plan, resident, plan.pk in holding, by_plan.get(plan.pk, []), today, at, zone)
        for plan in plans.values()
        if plan.pk in holding or plan.pk in by_plan
    ]
    return sorted(found, key=lambda one: (not one.holds, not one.is_late, one.next_on or date.max, one.plan.title))


def _visits(resident: Resident) -> list[Task]:
    wrong = TaskStep.objects.filter(result=StepResult.NOT_OK)
    said = TaskComment.objects.order_by("at", "pk")
    rows = (
        Task.objects.filter(resident=resident, source=SOURCE)
        .exclude(state=TaskState.CANCELLED)
        .select_related("assignee")
        .prefetch_related(Prefetch("steps", wrong, to_attr="wrong"), Prefetch("comments", said, to_attr="said"))
    )
    return list(rows.order_by("-due_at")[:LOOKED_AT])


def _plan_of(visit: Task) -> int:
    return int(visit.source_key.partition(":")[0])


def _holding(resident: Resident, plans: Iterable[CarePlan], today: date) -> set[int]:
    """Which plans hold for one resident, asked in one statement."""
    asked = Asked(today, resident.pk)
    running = [plan for plan in plans if plan.until is None or plan.until >= today]
    if not running:
        return set()
    conditions: dict[str, Any] = {
        f"plan_{plan.pk}": ExpressionWrapper(under_plan(plan, asked), output_field=BooleanField()) for plan in running
    }
    answers = Resident.objects.filter(pk=resident.pk).annotate(**conditions).values(*conditions).get()
    return {plan.pk for plan in running if answers[f"plan_{plan.pk}"]}


def _standing(
    plan: CarePlan,
    resident: Resident,
    holds: bool,
    visits: Sequence[Task],
    today: date,
    at: datetime,
    zone: ZoneInfo,
) -> Standing:
    """
    Args:
        visits: those of the plan, the latest first.
    """
    waiting = next((one for one in visits if one.is_undone()), None)
    last = next((one for one in visits if one.state == TaskState.DONE), None)
    next_on = local_date(waiting.due_at, zone) if waiting is not None else None
    if waiting is None and holds:
        after = max([today, *(local_date(one.due_at, zone) for one in visits[:1])])
        next_on = next_due(plan, offset_of(plan, resident.pk), after)
    return Standing(
        plan=plan,
        holds=holds,
        last=last,
        waiting=waiting,
        next_on=next_on,
        is_late=waiting is not None and waiting.is_late(at),
        found=_found(last) if last is not None else [],
    )


def _found(visit: Any) -> list[str]:
    wrong = [f"{one.text}: {one.note}" if one.note else one.text for one in visit.wrong]
    return [*wrong, *(one.text for one in visit.said[-2:])]
