"""Bill runs by themselves: a property's calendar drafts each run on its day, once, and tells who decides."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.billing.choices import Decision, RunSource, RunState
from yuju.billing.models import BillingCalendar, BillRun, CalendarDay
from yuju.billing.services.runs import bill_run_draft
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.selectors import users_in_role, users_that_may
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit.dates import add_months, local_date, month_end, month_start
from yuju.kit.display import amount_text, number_text
from yuju.messaging.services import notice_send
from yuju.premises.models import Property

log = logging.getLogger("yuju.billing_calendar")

ISSUE = "bill_runs.issue"


def days_due(*, day: int, hour: int, since: date, after: date | None, zone: str, at: datetime) -> list[date]:
    """The days of a calendar that have come by a moment, the earliest first.

    Args:
        day: the day of the month, 1 to 28; 0 is the last of each month.
        hour: the property-local hour from which a day counts as come.
        since: days before it are none of the calendar's.
        after: the latest day that has been dealt with, or None.
        zone: the property's time zone.
        at: now, aware.
    """
    today = local_date(at, zone)
    begun = at.astimezone(ZoneInfo(zone)).hour >= hour
    found: list[date] = []
    month = month_start(since if after is None else max(since, after))
    while month <= today:
        due = month_end(month) if day == 0 else month.replace(day=day)
        come = due < today or (due == today and begun)
        if come and due >= since and (after is None or due > after):
            found.append(due)
        month = add_months(month, 1)
    return found


def day_next(*, day: int, since: date, after: date | None, today: date) -> date:
    """The next day of a calendar from today on that has not been dealt with."""
    month = month_start(max(since, today))
    while True:
        due = month_end(month) if day == 0 else month.replace(day=day)
        if due >= max(since, today) and (after is None or due > after):
            return due
        month = add_months(month, 1)


def billing_calendar_tick(*, clock: Callable[[], datetime]) -> list[BillRun]:
    """Looks at every calendar of the operator in force and drafts what has come due. Returns the runs drafted.

    Each property has its own transaction, so that one that fails does not keep the others from their day.

    Args:
        clock: tells the moment; asked again for each property, since a large one takes a while.

    Raises:
        Exception: the first error met, after every property has had its turn.
    """
    with transaction.atomic():
        calendars = list(
            BillingCalendar.objects.filter(is_on=True).order_by("property_id").values_list("pk", flat=True)
        )
    drafted: list[BillRun] = []
    first: Exception | None = None
    for pk in calendars:
        try:
            run = calendar_day_keep(calendar_id=pk, at=clock())
        except Exception as error:
            log.exception("calendar %s", pk)
            first = first or error
        else:
            drafted += [run] if run is not None else []
    if first is not None:
        raise first
    return drafted


@transaction.atomic
def calendar_day_keep(*, calendar_id: int, at: datetime) -> BillRun | None:
    """Drafts one run as of the latest day that has come, and notes every day it makes up. None where nothing is due.

    Two at once: the second finds the calendar held and leaves it alone. A draft that somebody made or has begun to
    review stays as it is; whoever decides is told that the day has come. Where the property says so, a run in which
    nothing is exceptional is issued.
    """
    calendar = (
        BillingCalendar.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(pk=calendar_id, is_on=True)
        .first()
    )
    if calendar is None:
        return None
    # No draft may come between looking for one and making one.
    property = Property.objects.select_for_update(no_key=True).get(pk=calendar.property_id)
    kept = CalendarDay.objects.filter(property=property).aggregate(last=Max("day"))["last"]
    due = days_due(
        day=calendar.day, hour=calendar.hour, since=calendar.since, after=kept, zone=property.time_zone, at=at
    )
    if not due:
        return None
    draft = BillRun.objects.filter(property=property, state=RunState.DRAFT).first()
    if draft is not None and _is_somebodys(draft):
        _keep(property, due, None, at)
        _tell_of_day(calendar, property, draft, due[-1], at)
        return None
    run = bill_run_draft(property=property, as_of=due[-1], source=RunSource.CALENDAR, by=None, at=at)
    _keep(property, due, run, at)
    if calendar.issue_when_clean and not calendar.second_person and _is_clean(run):
        run = bill_run_complete(run=run, by=None, at=at)
    _tell_of_run(calendar, property, run, at)
    return run


def _is_somebodys(draft: BillRun) -> bool:
    return (
        draft.source != RunSource.CALENDAR
        or draft.approved_by_id is not None
        or draft.exceptions.exclude(decision=Decision.OPEN).filter(decided_by__isnull=False).exists()
    )


def _is_clean(run: BillRun) -> bool:
    return not run.exceptions.filter(decision=Decision.OPEN).exists()


def _keep(property: Property, days: list[date], run: BillRun | None, at: datetime) -> None:
    CalendarDay.objects.bulk_create([CalendarDay(property=property, day=day, run=run, at=at) for day in days])


def _deciders(calendar: BillingCalendar, property: Property) -> list[User]:
    approver = calendar.approver
    if approver is not None and approver.may(ISSUE, property.pk):
        return [approver]
    managers = [one for one in users_in_role(Role.MANAGER, property.pk) if one.may(ISSUE, property.pk)]
    return managers or users_that_may(ISSUE, property.pk)


def _tell_of_run(calendar: BillingCalendar, property: Property, run: BillRun, at: datetime) -> None:
    open_exceptions = run.exceptions.filter(decision=Decision.OPEN).count()

    def words() -> tuple[str, str]:
        given = {
            "property": property.name,
            "day": date_format(run.as_of, "Y-m-d"),
            "bills": number_text(run.bill_count),
        }
        given["total"] = amount_text(run.total, symbol=True)
        body = _("As of %(day)s: %(bills)s bills, %(total)s.") % given
        if run.state == RunState.ISSUED:
            return _("%(property)s: the bill run was issued by itself") % given, body
        if open_exceptions:
            waiting = ngettext(
                "%(count)s exception waits for a decision.",
                "%(count)s exceptions wait for a decision.",
                open_exceptions,
            ) % {"count": number_text(open_exceptions)}
            body = _("%(first)s %(second)s") % {"first": body, "second": waiting}
        return _("%(property)s: a bill run waits for review") % given, body

    _tell(_deciders(calendar, property), words, run, at)


def _tell_of_day(calendar: BillingCalendar, property: Property, draft: BillRun, day: date, at: datetime) -> None:
    def words() -> tuple[str, str]:
        given = {"property": property.name, "day": date_format(day, "Y-m-d"), "number": draft.number}
        return (
            _("%(property)s: the day of the bill run has come") % given,
            _("Nothing was drafted for %(day)s, because run %(number)s is a draft already. Issue or drop it first.")
            % given,
        )

    _tell(_deciders(calendar, property), words, draft, at)


def _tell(users: list[User], words: Callable[[], tuple[str, str]], run: BillRun, at: datetime) -> None:
    link = reverse("console:bill-runs-detail", args=[run.pk])
    for user in users:
        with translation.override(user.language or settings.LANGUAGE_CODE):
            title, body = words()
        notice_send(to=[user], title=title, body=body, link=link, at=at)
