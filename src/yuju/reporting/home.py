"""The figures of the home page (工作台), each in one statement whatever the number of units.

A scope is the ids of the properties the figures are about; None means every property of the operator. Amounts are yuan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth

from yuju.billing.choices import Decision, RunState
from yuju.billing.models import BillingCalendar, BillRun, RunException
from yuju.identity.choices import ChangeAct
from yuju.identity.models import AuditEntry, Change, User
from yuju.kit.dates import add_months, month_start
from yuju.premises.models import Unit
from yuju.reporting.stays import ending_soon
from yuju.residency.models import Tenure
from yuju.residency.selectors import lived_on
from yuju.workforce.models import Task

Scope = list[int] | None

EDITS_READ = 2000
"""So many of the latest entries of the history are looked at, however many there are."""

LINES_EACH = 4
"""So many kinds of things are read for each act that is wanted: what belongs together is edited together."""


@dataclass(frozen=True)
class Occupancy:
    """How many units there are, and how many somebody holds on the day, by lease or ownership."""

    units: int
    occupied: int

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.occupied) / self.units if self.units else None


@dataclass(frozen=True)
class Receivable:
    """What is still to pay in all, and how much of it is past its due date."""

    open: Decimal
    overdue: Decimal


@dataclass(frozen=True)
class Month:
    """What the issued runs of a month come to; `start` is its first day."""

    start: date
    total: Decimal
    bills: int


def occupancy(scope: Scope, on: date) -> Occupancy:
    """The units of the scope on a local day."""
    occupied = _within(Tenure.objects.filter(lived_on(on)), scope).aggregate(number=Count("unit", distinct=True))[
        "number"
    ]
    return Occupancy(units=_within(Unit.objects.all(), scope).count(), occupied=occupied)


def receivable(scope: Scope, on: date) -> Receivable:
    """What is open on a local day.

    What stands on no bill and charges that were taken away are few; the rest is kept by due date.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVABLE, {"properties": scope, "on": on})
        open_amount, later = cursor.fetchone()
    return Receivable(open=open_amount, overdue=open_amount - later)


_RECEIVABLE = """
WITH moved AS (
    SELECT billed + adjusted - settled AS amount, due_date, property_id FROM payments_duetotal
    UNION ALL
    SELECT amount, due_date, property_id FROM billing_charge WHERE kind <> 'run'
    UNION ALL
    SELECT -c.amount - coalesce((SELECT sum(j.amount) FROM billing_adjustment j WHERE j.charge_id = c.id), 0),
        c.due_date, c.property_id
    FROM billing_chargevoid v JOIN billing_charge c ON c.id = v.charge_id
)
SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (WHERE due_date >= %(on)s), 0)
FROM moved WHERE %(properties)s::bigint[] IS NULL OR property_id = ANY(%(properties)s::bigint[])
"""


def months_issued(scope: Scope, on: date, count: int = 12) -> list[Month]:
    """The months up to the one of `on`, the oldest first; a run counts in the month of its as-of day."""
    first = add_months(month_start(on), 1 - count)
    rows = (
        _within(BillRun.objects.filter(state=RunState.ISSUED, as_of__gte=first), scope)
        .order_by()
        .annotate(month=TruncMonth("as_of"))
        .values("month")
        .annotate(sum=Sum("total"), bills=Sum("bill_count"))
    )
    found = {row["month"]: row for row in rows}
    months = [add_months(first, number) for number in range(count)]
    return [
        Month(one, found[one]["sum"], found[one]["bills"]) if one in found else Month(one, Decimal(0), 0)
        for one in months
    ]


def runs_latest(scope: Scope, limit: int) -> list[BillRun]:
    """The latest runs of whole properties that were not dropped, each with `open_exceptions`: how many wait for a decision."""
    runs = list(
        _within(BillRun.objects.filter(account=None).exclude(state=RunState.DROPPED), scope)
        .select_related("property")
        .order_by("-drafted_at", "-pk")[:limit]
    )
    waiting = dict(
        RunException.objects.filter(run__in=[run.pk for run in runs], decision=Decision.OPEN)
        .order_by()
        .values_list("run")
        .annotate(number=Count("pk"))
    )
    for run in runs:
        found: Any = run
        found.open_exceptions = waiting.get(run.pk, 0) if run.state == RunState.DRAFT else 0
    return runs


def exceptions_waiting(scope: Scope) -> int:
    """How many exceptions of drafts wait for a decision."""
    drafts = _within(BillRun.objects.filter(state=RunState.DRAFT), scope)
    return RunException.objects.filter(run__in=drafts.values("pk"), decision=Decision.OPEN).count()


def leases_ending(scope: Scope, on: date) -> QuerySet[Tenure]:
    """The leases in force that end within 60 days of a local day, the first to end first."""
    leases = Tenure.objects.filter(ending_soon(on))
    rows: QuerySet[Tenure] = _within(leases, scope).select_related("unit", "resident", "property").order_by("end", "pk")
    return rows


def calendars_on(scope: Scope) -> list[BillingCalendar]:
    """The calendars that are on, each with its property and `kept`: the latest day it has dealt with, or None."""
    return list(
        _within(BillingCalendar.objects.filter(is_on=True), scope)
        .select_related("property")
        .annotate(kept=Max("property__calendar_days__day"))
    )


def acts_latest(scope: Scope, since: datetime, limit: int) -> list[AuditEntry]:
    """What was done lately and has to be answered for, the latest first; signing in and out is left to the full list."""
    acts = AuditEntry.objects.filter(at__gte=since).exclude(action__startswith="sign")
    if scope is not None:
        acts = acts.filter(property_id__in=scope)
    return list(acts.select_related("user").order_by("-at", "-pk")[:limit])


def tasks_mine(user: User, limit: int) -> list[Task]:
    """The tasks somebody still has to do, the first to end first."""
    rows = Task.objects.filter(assignee=user).undone().select_related("unit", "property")
    return list(rows.order_by("due_at", "pk")[:limit])


def tasks_late(scope: Scope, at: datetime) -> int:
    """How many tasks of everybody are late."""
    return int(_within(Task.objects.late(at), scope).count())


@dataclass(frozen=True)
class Edit:
    """What somebody did to things of one table at one moment.

    Attributes:
        by: the user's id and name.
        thing: the id of the first of them.
        things: how many there are; 0 where they were made at once in a number that was not written down.
    """

    at: datetime
    by: tuple[int, str]
    table: str
    thing: int
    things: int
    act: ChangeAct


def edits_latest(seen: Mapping[str, Scope], since: datetime, acts: int) -> list[Edit]:
    """What people edited lately, the latest first and what one act did in the order it was done; enough for so many acts.

    Of an act on more things than `EDITS_READ` that many are counted, and nothing before it is found.

    Args:
        seen: the tables that may be told of, each with where.
    """
    visible = Q(pk__in=[])
    for table, scope in seen.items():
        visible |= Q(subject=table) if scope is None else Q(subject=table, property_id__in=scope)
    latest = Change.objects.filter(at__gte=since).order_by("-at").values("pk")[:EDITS_READ]
    own = Q(kind=F("subject"))
    # Not joined: a join may go through every user once more for each, however few entries are read.
    name = User.objects.filter(pk=OuterRef("user_id")).values("name")
    lines = (
        Change.objects.filter(visible, pk__in=latest, user__isnull=False)
        .values("at", "user_id", "subject")
        .annotate(
            first=Min("pk"),
            thing=Min("subject_id"),
            things=Count("subject_id", distinct=True),
            many=Count("pk", filter=Q(last_id__gt=F("row_id"))),
            made=Count("pk", filter=own & Q(act=ChangeAct.MADE)),
            removed=Count("pk", filter=own & Q(act=ChangeAct.REMOVED)),
            name=Subquery(name),
        )
        .order_by("-at", "user_id", "first")[: acts * LINES_EACH]
    )
    return [
        Edit(
            at=line["at"],
            by=(line["user_id"], line["name"]),
            table=line["subject"],
            thing=line["thing"],
            things=0 if line["many"] else line["things"],
            act=ChangeAct.MADE if line["made"] else ChangeAct.REMOVED if line["removed"] else ChangeAct.CHANGED,
        )
        for line in lines
    ]


def _within(rows: Any, scope: Scope) -> Any:
    return rows if scope is None else rows.filter(property_id__in=scope)
