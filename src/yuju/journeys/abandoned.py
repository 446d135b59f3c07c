"""A room its resident seems to have abandoned (弃租处理): grounds, notices, the entry with two witnesses, storage, the end.

Each step is one transaction, and doing it again does nothing. The lease ends by check-out and settlement as any other
(`yuju.journeys.settling`), agreed `AgreedHow.CASE`; ADR 36 says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from yuju.billing.models import BillingAccount, Charge
from yuju.billing.services.once import charge_once, named_tariff
from yuju.billing.services.recurring import account_ensure
from yuju.billing.services.runs import property_lock
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.abandoned_end import CASE, ENTRY, case_tasks, tasks_end
from yuju.journeys.change_tasks import evening
from yuju.journeys.tasks import task_complete, task_move
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.strokes import strokes_read
from yuju.payments.choices import AgreedHow, SettlementState
from yuju.payments.models import Payment
from yuju.payments.selectors import open_charges, settlement_of
from yuju.residency import services
from yuju.residency.abandoned import Witness, notices_of, term_end
from yuju.residency.choices import ServedBy, WhatBecame
from yuju.residency.models import (
    Abandonment,
    AbandonmentNotice,
    EntryThing,
    RoomEntry,
    Tenure,
    ThingOutcome,
)
from yuju.workforce.choices import Priority, TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import task_add, task_cancel

TO_NOTIFY = gettext_noop("%(unit)s seems abandoned: serve the notices")
DAYS_TO_NOTIFY, DAYS_TO_ENTER, DAYS_TO_END = 2, 3, 7
"""Within how many days notices should be served once a case is opened, the room entered once it may be, and the lease ended once
both witnesses signed."""
STORAGE = ("storage", "物品保管费")
"""The code and the name under which the storage of what was left behind is charged."""


@transaction.atomic
def case_open(
    *,
    tenure: Tenure,
    last_payment_on: date | None = None,
    last_seen_on: date | None = None,
    unpaid_since: date | None = None,
    note: str = "",
    by: User | None,
    at: datetime,
) -> Abandonment:
    """Opens the case of a lease and asks the manager to see to it. One is open already: it is that one.

    Raises:
        Refused: as `abandonment_open`.
    """
    case = services.abandonment_open(
        tenure=tenure,
        last_payment_on=last_payment_on,
        last_seen_on=last_seen_on,
        unpaid_since=unpaid_since,
        note=note,
        today=local_date(at, tenure.property.time_zone),
        by=by,
        at=at,
    )
    _manager_ask(case, "notice", TO_NOTIFY, DAYS_TO_NOTIFY, by, at)
    return case


def facts_known(tenure: Tenure, today: date) -> dict[str, date]:
    """What the books say for a case: the day of the last payment, and since when something due is not paid."""
    facts: dict[str, date] = {}
    account = BillingAccount.objects.filter(tenure=tenure).first()
    if account is None:
        return facts
    paid = Payment.objects.filter(account=account, received_on__lte=today, reverses=None, reversals=None).aggregate(
        day=Max("received_on")
    )
    if paid["day"] is not None:
        facts["last_payment_on"] = paid["day"]
    due = min((one.charge.due_date for one in open_charges(account)), default=today)
    if due < today:
        facts["unpaid_since"] = due + timedelta(days=1)
    return facts


@transaction.atomic
def notice_serve(
    *,
    case: Abandonment,
    served_on: date,
    way: ServedBy,
    days: int,
    words: str = "",
    scan: File[bytes],
    by: User | None,
    at: datetime,
) -> AbandonmentNotice:
    """Notes that a notice was served. The task to serve them is done; to enter the room after the last one's term is the next.

    Raises:
        Refused: as `abandonment_notice_serve`.
    """
    today = local_date(at, case.property.time_zone)
    notice = services.abandonment_notice_serve(
        case=case, served_on=served_on, way=way, days=days, words=words, scan=scan, today=today, by=by, at=at
    )
    for task in case_tasks(case, CASE).undone():
        task_complete(task=task, by=None, at=at)
    _entry_ask(case, by, at)
    return notice


@transaction.atomic
def notice_withdraw(*, notice: AbandonmentNotice, reason: str, by: User | None, at: datetime) -> AbandonmentNotice:
    """Takes back a notice that was entered wrongly; the room is entered by what is left of them. Where nothing is left,
    the manager is asked to serve them again.

    Raises:
        Refused: as `abandonment_notice_withdraw`.
    """
    held = services.abandonment_notice_withdraw(notice=notice, reason=reason, by=by, at=at)
    _entry_ask(held.abandonment, by, at)
    if term_end(held.abandonment) is None:
        _manager_ask(held.abandonment, f"notice:{held.pk}", TO_NOTIFY, DAYS_TO_NOTIFY, by, at)
    return held


def _manager_ask(case: Abandonment, what: str, title: str, days: int, by: User | None, at: datetime) -> None:
    """Asks the manager for the next step of a case, within some days."""
    tenure = case.tenure
    with translation.override(settings.LANGUAGE_CODE):
        task_add(
            property=case.property,
            kind=TaskKind.GENERAL,
            title=_(title) % {"unit": tenure.unit.label},
            details=_("All of it stands in the case %(number)s, on the page of the lease.") % {"number": case.number},
            tenure=tenure,
            priority=Priority.URGENT,
            group=Role.MANAGER,
            due_at=_evening(case, local_date(at, case.property.time_zone) + timedelta(days=days), at),
            source=CASE,
            source_key=f"{case.pk}:{what}",
            by=by,
            at=at,
        )


def _entry_ask(case: Abandonment, by: User | None, at: datetime) -> None:
    """Somebody is asked to enter the room on the first day on which it may be; nobody while no notice holds."""
    waiting = case_tasks(case, ENTRY).undone().first()
    end = term_end(case)
    if end is None:
        if waiting is not None:
            task_cancel(task=waiting, reason=_("No notice holds any more."), by=by, at=at)
        return
    first = end + timedelta(days=1)
    due = _evening(case, first + timedelta(days=DAYS_TO_ENTER), at)
    if waiting is not None:
        task_move(task=waiting, due_at=due, start_on=first, by=by, at=at)
        return
    tenure = case.tenure
    with translation.override(settings.LANGUAGE_CODE):
        task_add(
            property=case.property,
            kind=TaskKind.INSPECTION,
            title=_("Enter %(unit)s with two witnesses") % {"unit": tenure.unit.label},
            details=_("Photograph and list everything, say where it is stored, and let both witnesses sign."),
            tenure=tenure,
            group=Role.MANAGER,
            start_on=first,
            due_at=due,
            source=ENTRY,
            source_key=f"{case.pk}:{notices_of(case)[-1].pk}",
            by=by,
            at=at,
        )


def case_of_task(task: Task) -> Abandonment | None:
    """The case whose room a task asks to enter."""
    if task.source != ENTRY:
        return None
    found: Abandonment | None = (
        Abandonment.objects.select_related("property", "tenure__unit", "tenure__resident", "opened_by")
        .filter(pk=int(task.source_key.partition(":")[0]))
        .first()
    )
    return found


@transaction.atomic
def entry_begin(*, case: Abandonment, by: User | None, at: datetime) -> RoomEntry:
    """Begins the entry into the room. Begun already, it is that one.

    Raises:
        Refused: as `room_entry_begin`.
    """
    return services.room_entry_begin(case=case, today=local_date(at, case.property.time_zone), by=by, at=at)


@transaction.atomic
def entry_sign(
    *, entry: RoomEntry, witnesses: Sequence[tuple[str, str, str, str]], by: User | None, at: datetime
) -> RoomEntry:
    """Both witnesses sign what is in the room, and the task that asked for it is done. Signed already, nothing happens.

    Args:
        witnesses: of each the name, the position, the ID number, and the signature as the page sends it.

    Raises:
        Refused: somebody drew nothing, or as `room_entry_sign`.
    """
    held: RoomEntry = RoomEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if not held.is_open():
        return held
    case = held.abandonment
    drawn = [
        Witness(name, position, number, strokes_read(strokes, field=f"signature_{place}"))
        for place, (name, position, number, strokes) in enumerate(witnesses, start=1)
    ]
    today = local_date(at, case.property.time_zone)
    signed = services.room_entry_sign(entry=held, witnesses=drawn, today=today, by=by, at=at)
    for task in case_tasks(case, ENTRY).undone():
        # It is done, whoever was asked.
        theirs = task.assignee_id is None or by is None or task.assignee_id == by.pk
        task_complete(task=task, by=by if theirs else None, at=at)
    _manager_ask(case, "end", gettext_noop("End the lease of %(unit)s by check-out"), DAYS_TO_END, by, at)
    return signed


@transaction.atomic
def things_store(
    *, case: Abandonment, place: str, until: date, cost: Decimal | None = None, by: User | None, at: datetime
) -> Abandonment:
    """Says where the things are kept and until when, and charges the storage once where it costs something.

    Args:
        cost: yuan; None or 0 charges nothing.

    Raises:
        Refused: it was charged otherwise before or the stay is settled (field `cost`), or as `abandonment_store`.
    """
    property_lock(case.property_id)
    today = local_date(at, case.property.time_zone)
    held = services.abandonment_store(case=case, place=place, until=until, today=today, by=by, at=at)
    if cost is None:
        return held
    if cost < 0:
        raise Refused(_("A cost is 0 or more."), field="cost")
    charged = storage_charge(held)
    if charged is not None and charged.amount != cost:
        raise Refused(
            _("%(amount)s yuan were charged for it already.") % {"amount": charged.amount}, field="cost", code="charged"
        )
    if charged is not None or not cost:
        return held
    settlement = settlement_of(held.tenure)
    if settlement is not None and settlement.state == SettlementState.CLOSED:
        raise Refused(_("The stay is settled: nothing is charged on it any more."), field="cost", code="closed")
    code, name = STORAGE
    charge_once(
        account=account_ensure(held.tenure),
        tariff=named_tariff(property_id=held.property_id, code=code, name=name),
        on=today,
        due=today,
        key=_storage_key(held),
        rate=cost,
        at=at,
    )
    return held


def storage_charge(case: Abandonment) -> Charge | None:
    """What was charged for keeping the things."""
    found: Charge | None = Charge.objects.filter(key=_storage_key(case)).first()
    return found


def _storage_key(case: Abandonment) -> UUID:
    return uuid5(case.key, "storage")


@transaction.atomic
def thing_over(
    *,
    thing: EntryThing,
    what: WhatBecame,
    day: date,
    who: str,
    note: str = "",
    by: User | None,
    at: datetime,
) -> ThingOutcome:
    """Notes that a thing was given back or disposed of. Noted already, it is what is there.

    Raises:
        Refused: as `thing_outcome_note`.
    """
    today = local_date(at, thing.entry.abandonment.property.time_zone)
    return services.thing_outcome_note(thing=thing, what=what, day=day, who=who, note=note, today=today, by=by, at=at)


@transaction.atomic
def case_close(*, case: Abandonment, reason: str, by: User | None, at: datetime) -> Abandonment:
    """The resident came back: the case is closed and the lease goes on. Closed already, nothing happens.

    Raises:
        Refused: the stay is settled on the case, or is about to be (code `settlement`), or as `abandonment_close`.
    """
    property_lock(case.property_id)
    settlement = settlement_of(case.tenure)
    if settlement is not None and settlement.state == SettlementState.CLOSED:
        raise Refused(_("The stay is settled: it does not go on."), code="settlement")
    if settlement is not None and settlement.agreed_how == AgreedHow.CASE:
        raise Refused(_("The stay is being settled on this case. Withdraw the settlement first."), code="settlement")
    held = services.abandonment_close(case=case, reason=reason, by=by, at=at)
    tasks_end(held, by, at)
    return held


def _evening(case: Abandonment, day: date, at: datetime) -> datetime:
    return max(evening(case.property, day), at)
