"""Leaving (退租): notice and the look at the unit, the keys coming back, and the unit made ready for whoever comes next.

The money of it is settled by `yuju.journeys.settling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.billing.models import RecurringCharge
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys.doors import doors_close
from yuju.journeys.end_questions import lease_ends_ask_again, lease_ends_drop
from yuju.journeys.handover import SOURCE
from yuju.journeys.settling import refuse_not_moved_in, stay_end_if_done
from yuju.journeys.tasks import after_task, task_move
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.metering.models import Installation, Meter, Reading
from yuju.metering.services.readings import standing
from yuju.payments.choices import ExtraKind
from yuju.payments.models import Settlement
from yuju.payments.selectors import settlement_of
from yuju.residency import services
from yuju.residency.choices import HandoverKind, TenureState
from yuju.residency.models import MoveOutNotice, Tenure, Turnover
from yuju.residency.selectors import KEY_CODES, agreement_of, damages, handover_of, turnover_of
from yuju.workforce.choices import TaskKind
from yuju.workforce.models import Task, TaskQuerySet
from yuju.workforce.services import Step, task_add, task_cancel

INSPECTION, TURNOVER = "move_out", "turnover"
"""The sources of the tasks that are made here."""

LOOKED_AT_WITHIN = timedelta(hours=2)
"""Who gives notice on the last evening leaves so long to look at the unit."""

READY_WITHIN = timedelta(hours=24)
"""Until when a unit should be clean and repaired after its keys are back."""

DONE_BY = {TaskKind.CLEANING: Role.CLEANER, TaskKind.REPAIR: Role.ENGINEER, TaskKind.GENERAL: Role.FRONT_DESK}


@dataclass(frozen=True)
class ClosingMeter:
    """A meter that is read when a stay ends.

    Attributes:
        before: the latest reading before the last day; what it shows then is not below it.
        there: the reading of the last day itself, where it was read already.
    """

    meter: Meter
    before: Reading | None
    there: Reading | None


def closing_meters(tenure: Tenure, last_day: date) -> list[ClosingMeter]:
    """The meters that a stay is billed by and that have to be read on its last local day."""
    billed = RecurringCharge.objects.filter(account__tenure=tenure, point__isnull=False, start__lte=last_day)
    places = Installation.objects.filter(
        Q(start=None) | Q(start__lte=last_day), Q(end=None) | Q(end__gte=last_day), point__in=billed.values("point")
    )
    found = []
    for place in places.select_related("meter").order_by("meter__kind", "pk"):
        rows = standing(place.meter).filter(date__lte=last_day).order_by("date")
        there = rows.filter(date=last_day).first()
        found.append(ClosingMeter(place.meter, rows.filter(date__lt=last_day).last(), there))
    return found


def refund_due(settlement: Settlement) -> date | None:
    """Until which local day the contract asks that what is left is paid out; None where nothing was agreed or settled."""
    agreement = agreement_of(settlement.account.tenure)
    if agreement is None or not agreement.deposit_return_days or settlement.closed_at is None:
        return None
    closed_on = local_date(settlement.closed_at, settlement.property.time_zone)
    return closed_on + timedelta(days=agreement.deposit_return_days)


@transaction.atomic
@edits
def notice_give(
    *,
    tenure: Tenure,
    last_day: date,
    reason: str = "",
    inspection_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> MoveOutNotice:
    """Takes notice that a stay ends, and asks somebody to look at the unit; whether it is renewed is no question any more.
    Given again, it changes what was said.

    Args:
        last_day: the last local day they want to stay.
        inspection_at: until when the unit is looked at (UTC); None for the end of the last day, or soon where that is over.

    Raises:
        Refused: nobody lives there (any more), or the last day is before the first.
    """
    if tenure.state != TenureState.LIVING:
        raise Refused(_("Nobody lives there: %(number)s is no running stay.") % {"number": tenure.number}, code="state")
    zone = ZoneInfo(tenure.property.time_zone)
    notice = services.move_out_notice_give(
        tenure=tenure, last_day=last_day, reason=reason, on=local_date(at, zone), by=by, at=at
    )
    lease_ends_drop(tenure=tenure, reason=_("Notice was given"), by=by, at=at)
    due = inspection_at or max(datetime.combine(last_day, time(18), zone), at + LOOKED_AT_WITHIN)
    task = _inspection(notice, due, by, at)
    task_move(task=task, due_at=due, start_on=task.start_on, by=by, at=at)
    return notice


def _inspection(notice: MoveOutNotice, due: datetime, by: User | None, at: datetime) -> Task:
    """The task to look at the unit: one that was begun without a notice, or one of its own."""
    tenure = notice.tenure
    begun: Task | None = Task.objects.undone().filter(tenure=tenure, source=SOURCE, kind=TaskKind.INSPECTION).first()
    if begun is not None:
        return begun
    return task_add(
        property=tenure.property,
        kind=TaskKind.INSPECTION,
        title=_("Inspect %(unit)s before the move-out") % {"unit": tenure.unit.label},
        details=notice.reason,
        tenure=tenure,
        group=Role.FRONT_DESK,
        due_at=due,
        source=INSPECTION,
        source_key=str(notice.pk),
        by=by,
        at=at,
    )


@transaction.atomic
@edits
def notice_withdraw(*, notice: MoveOutNotice, by: User | None, at: datetime) -> MoveOutNotice:
    """Takes a notice back: the stay goes on as agreed, and nobody needs to look at the unit.

    Raises:
        Refused: the stay is being settled: the settlement is withdrawn first.
    """
    if settlement_of(notice.tenure) is not None:
        raise Refused(_("The stay is being settled. Withdraw the settlement first."), code="settlement")
    services.move_out_notice_withdraw(notice=notice, by=by, at=at)
    for task in Task.objects.undone().filter(source=INSPECTION, source_key=str(notice.pk)):
        task_cancel(task=task, reason=_("Notice was taken back"), by=by, at=at)
    lease_ends_ask_again(tenure=notice.tenure, by=by, at=at)
    return notice


@transaction.atomic
@edits
def keys_return(
    *,
    tenure: Tenure,
    repairs: Sequence[str] | None = None,
    lost: Sequence[str] | None = None,
    due_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> Turnover:
    """The keys are back: doors close to those who left, and the unit is cleaned and repaired until it is ready. They were
    back already: nothing happens.

    Once the stay is settled, too, it has ended.

    Args:
        repairs: what is to be repaired, a task each; None takes the damages of the settlement.
        lost: keys and cards that did not come back, a task each; None takes those of the settlement.
        due_at: until when the unit should be ready (UTC).

    Raises:
        Refused: nobody moved in.
    """
    refuse_not_moved_in(tenure)
    there = turnover_of(tenure)
    if there is not None:
        return there
    turnover = services.turnover_begin(tenure=tenure, by=by, at=at)
    doors_close(tenure=tenure, by=by, at=at)
    due = due_at or at + READY_WITHIN
    harm = harm_of(settlement_of(tenure))
    unit = tenure.unit.label
    cleaning = [Step(_("Kitchen")), Step(_("Bathroom")), Step(_("Rooms and windows"), needs_photo=True)]
    _ask(tenure, TaskKind.CLEANING, "cleaning", _("Clean %(unit)s") % {"unit": unit}, due, by, at, cleaning)
    for number, text in enumerate(harm.broken if repairs is None else repairs, start=1):
        title = _("Repair in %(unit)s: %(what)s") % {"unit": unit, "what": text}
        _ask(tenure, TaskKind.REPAIR, f"repair {number}", title, due, by, at)
    for number, text in enumerate(harm.lost if lost is None else lost, start=1):
        title = _("Replace for %(unit)s, and block the lost one: %(what)s") % {"unit": unit, "what": text}
        _ask(tenure, TaskKind.GENERAL, f"lost {number}", title, due, by, at)
    stay_end_if_done(tenure, by, at)
    return turnover


@after_task(TURNOVER)
def unit_ready(task: Task, by: User | None, at: datetime) -> None:
    """The last task of a turnover is done: the unit can be let again."""
    assert task.tenure is not None
    turnover = turnover_of(task.tenure)
    if turnover is not None and not turnover_tasks(turnover).exists():
        services.turnover_end(turnover=turnover, by=by, at=at)


@transaction.atomic
def turnover_finish(*, turnover: Turnover, by: User | None, at: datetime) -> Turnover:
    """Says by hand that a unit is ready, where its tasks were cancelled rather than done.

    Raises:
        Refused: something is still to be done there.
    """
    if turnover_tasks(turnover).exists():
        raise Refused(_("Tasks are still to be done in the unit: finish or cancel them first."), code="tasks")
    return services.turnover_end(turnover=turnover, by=by, at=at)


def turnover_tasks(turnover: Turnover) -> TaskQuerySet:
    """What is still to be done before the unit is ready."""
    rows: TaskQuerySet = Task.objects.undone().filter(source=TURNOVER, tenure=turnover.tenure_id)
    return rows


@dataclass(frozen=True)
class Harm:
    """What a settlement charges for harm, in its words: what is `broken` is repaired, keys and cards `lost` are replaced."""

    broken: Sequence[str] = ()
    lost: Sequence[str] = ()


def harm_of(settlement: Settlement | None) -> Harm:
    """The harm of a settlement, by whether it is a key or a card that did not come back."""
    if settlement is None:
        return Harm()
    rows = list(settlement.extras.filter(kind=ExtraKind.DAMAGE).select_related("tariff"))
    handover = handover_of(settlement.account.tenure, HandoverKind.OUT)
    keys = (
        {one.name for one in damages(handover) if one.damage_code.startswith(KEY_CODES)}
        if handover is not None
        else set()
    )
    lost = {
        one.pk
        for one in rows
        if one.words in keys or (one.tariff is not None and one.tariff.code.startswith(KEY_CODES))
    }
    return Harm([one.words for one in rows if one.pk not in lost], [one.words for one in rows if one.pk in lost])


def _ask(
    tenure: Tenure,
    kind: TaskKind,
    what: str,
    title: str,
    due: datetime,
    by: User | None,
    at: datetime,
    steps: Sequence[Step] = (),
) -> Task:
    return task_add(
        property=tenure.property,
        kind=kind,
        title=title,
        tenure=tenure,
        group=DONE_BY[kind],
        due_at=due,
        steps=steps,
        source=TURNOVER,
        source_key=f"{tenure.pk} {what}",
        by=by,
        at=at,
    )
