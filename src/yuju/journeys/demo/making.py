"""Making the demo: its operator and staff, its property by the product's own import, its bill runs month by month."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Min

from yuju.billing.choices import Decision, Severity
from yuju.billing.models import BillingCalendar, BillRun
from yuju.billing.services.calendar import billing_calendar_set
from yuju.billing.services.runs import bill_run_approve, exceptions_decide
from yuju.identity.models import User
from yuju.identity.services import user_create
from yuju.identity.services.operators import operator_create
from yuju.journeys.billing_calendar import calendar_day_keep
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.journeys.demo.abandoning import abandonment_make
from yuju.journeys.demo.arriving import arrivals_make
from yuju.journeys.demo.caring import care_make
from yuju.journeys.demo.collecting import Desk
from yuju.journeys.demo.companies import company_arrives
from yuju.journeys.demo.contracting import contracts_make
from yuju.journeys.demo.dying import death_make
from yuju.journeys.demo.filing import filings_make
from yuju.journeys.demo.handing import handovers_make
from yuju.journeys.demo.leaving import leaving_make
from yuju.journeys.demo.people import ACCOUNTANT, CASHIER, FRONT_DESK, MANAGER, STAFF, Member
from yuju.journeys.demo.prepaying import prepay
from yuju.journeys.demo.shifting import shifted_workbook
from yuju.journeys.demo.staying import stays_go_on
from yuju.journeys.demo.tasking import tasks_make
from yuju.journeys.property_import.importing import DEFAULT_TIME_ZONE, property_import
from yuju.kit.dates import add_months, local_date, month_start
from yuju.kit.tenancy import acting, operator_context
from yuju.messaging.models import ResidentNotice
from yuju.messaging.services import notices_mark_read
from yuju.premises.models import Property
from yuju.residency.choices import TagTone
from yuju.residency.models import Tag, Tenure
from yuju.residency.services import tag_change

OPERATOR_CODE = "demo"
OPERATOR_NAME = "青岚公寓运营"
TAG_TONES = {
    "老人": TagTone.CARE,
    "孕产妇": TagTone.CARE,
    "残疾人": TagTone.CARE,
    "养宠": TagTone.GOOD,
}
DRAFT_HOUR = 6
DESK_MONTHS = 2
"""For how many of the issued runs the bills are paid at the desk; what is older was paid before."""

# What could not be billed for this long is accepted as lost; what is newer is asked again with the next run.
PATIENCE = timedelta(days=75)
UNREAD_SINCE = timedelta(days=35)

Say = Callable[[str], None]


@dataclass
class Made:
    """What there is now: who can sign in (each with a password), and what was billed."""

    passwords: list[tuple[Member, str]] = field(default_factory=list)
    property_name: str = ""
    runs_issued: int = 0
    charges: int = 0
    payments: int = 0
    open_exceptions: int = 0


def demo_make(*, at: datetime, say: Say) -> Made:
    """Makes the demo operator with everything in it; the caller's transaction makes it all or nothing.

    Args:
        at: the moment the story ends, UTC.
        say: told what is being done, one line at a time.

    Raises:
        Refused: an operator of the demo's code is there already.
        RuntimeError: the workbook of the demo does not import, a slip in the program.
    """
    today = local_date(at, DEFAULT_TIME_ZONE)
    made = Made()
    workbook = shifted_workbook(today)
    operator = operator_create(code=OPERATOR_CODE, name=OPERATOR_NAME, at=at)
    with operator_context(operator.pk), acting(origin={"command": "demo"}):
        manager = _hire(MANAGER, None, at, made)
        say("importing the property from its workbook")
        property = _import(workbook, manager, at)
        made.property_name = property.name
        for tag in Tag.objects.filter(name__in=TAG_TONES):
            tag_change(tag=tag, name=tag.name, tone=TAG_TONES[tag.name], by=manager, at=at)
        staff = {m.username: _hire(m, property, at, made) for m in STAFF if m is not MANAGER}
        _bill(property, manager, staff, at, made, say)
        say("drafting and signing contracts")
        contracts_make(property=property, manager=manager, desk=staff[FRONT_DESK.username], at=at)
        say("receiving those who arrive")
        arrivals_make(property=property, by=staff[FRONT_DESK.username], at=at)
        say("letting stays go on")
        stays_go_on(property=property, desk=staff[FRONT_DESK.username], at=at)
        say("filing with the authorities")
        filings_make(property=property, manager=manager, desk=staff[FRONT_DESK.username], at=at)
        say("caring for the residents")
        care_make(property=property, manager=manager, staff=staff, at=at)
        say("giving the staff their tasks")
        tasks_make(property=property, manager=manager, staff=staff, at=at)
        handovers_make(property=property, manager=manager, staff=staff, at=at)
        say("letting some residents move out")
        leaving_make(property=property, manager=manager, at=at)
        death_make(property=property, manager=manager, at=at)
        abandonment_make(property=property, manager=manager, at=at)
        # What residents were told of long ago they have read.
        read = ResidentNotice.objects.filter(at__lt=at - UNREAD_SINCE, read_at=None)
        read.update(read_at=F("at") + timedelta(hours=9))
    return made


def run_day(today: date) -> date:
    """The day of the newest run: today, or the 28th where not every month has such a day."""
    return today.replace(day=min(today.day, 28))


def run_days(first: date, newest: date) -> list[date]:
    """The days of monthly runs up to the newest, from the month in which the first stay began."""
    count = (newest.year - first.year) * 12 + newest.month - first.month
    return [day for months in range(count, -1, -1) if (day := add_months(newest, -months)) >= month_start(first)]


def _hire(member: Member, property: Property | None, at: datetime, made: Made) -> User:
    password = secrets.token_urlsafe(9)
    place = None if member.everywhere or property is None else property.pk
    user = user_create(
        username=member.username,
        name=member.name,
        password=password,
        postings=[(member.role, place)],
        by=None,
        at=at,
    )
    made.passwords.append((member, password))
    return user


def _import(workbook: bytes, by: User, at: datetime) -> Property:
    outcome = property_import(source=workbook, by=by, at=at)
    if outcome.imported is None or not outcome.written:
        faults = "\n".join(fault.line() for fault in outcome.findings.faults[:20])
        raise RuntimeError(f"The demo's workbook has faults:\n{faults}")
    return outcome.imported


def _bill(property: Property, manager: User, staff: dict[str, User], at: datetime, made: Made, say: Say) -> None:
    accountant, cashier = staff[ACCOUNTANT.username], staff[CASHIER.username]
    zone = ZoneInfo(property.time_zone)
    # Before the hour of the drafts a day has not come yet.
    newest = run_day(local_date(at - timedelta(hours=DRAFT_HOUR), zone))
    first = Tenure.objects.filter(property=property).aggregate(first=Min("start"))["first"]
    days = run_days(first, newest)
    at_desk = days[-1 - DESK_MONTHS : -1]
    prepay(property=property, as_of=newest, until=days[-2 - DESK_MONTHS], by=cashier)
    company = company_arrives(property=property, since=month_start(at_desk[0]), by=manager, at=at)
    desk = Desk(property, cashier, staff[FRONT_DESK.username], company)
    calendar = billing_calendar_set(
        property=property,
        is_on=True,
        day=newest.day,
        hour=DRAFT_HOUR,
        approver=manager,
        issue_when_clean=False,
        second_person=True,
        today=days[0],
        by=manager,
        at=at,
    )
    for number, day in enumerate(days, start=1):
        say(f"bill run {number} of {len(days)}, as of {day}")
        morning = datetime.combine(day, time(DRAFT_HOUR), tzinfo=zone)
        run = _drafted(calendar, morning)
        made.charges += run.charge_count
        if day == newest:
            made.open_exceptions = run.exceptions.filter(decision=Decision.OPEN).count()
            break
        _review(run, manager, accountant, morning)
        made.runs_issued += 1
        if day in at_desk:
            desk.collect(run, before=min(at, datetime.combine(days[number], time(), tzinfo=zone)))
    desk.today(at=at)
    made.payments = desk.payments


def _drafted(calendar: BillingCalendar, morning: datetime) -> BillRun:
    run = calendar_day_keep(calendar_id=calendar.pk, at=morning)
    if run is None:
        raise RuntimeError(f"The calendar drafted nothing at {morning}")
    return run


def _review(run: BillRun, manager: User, accountant: User, morning: datetime) -> None:
    """What the office does on the day of a run: the accountant looks at the exceptions, the manager approves."""
    decided_at = morning + timedelta(hours=3, minutes=10)
    found = list(run.exceptions.filter(decision=Decision.OPEN))
    lost = run.as_of - PATIENCE
    confirmed = [e for e in found if e.severity == Severity.REVIEW or (e.end or e.start or run.as_of) < lost]
    exceptions_decide(run=run, exceptions=confirmed, decision=Decision.CONFIRMED, by=accountant, at=decided_at)
    known = {e.pk for e in confirmed}
    waiting = [e for e in found if e.pk not in known]
    exceptions_decide(run=run, exceptions=waiting, decision=Decision.EXCLUDED, by=accountant, at=decided_at)
    approved_at = morning + timedelta(hours=4, minutes=25)
    notices_mark_read(user=manager, at=approved_at)
    approved = bill_run_approve(run=run, by=manager, at=approved_at)
    bill_run_complete(run=approved, by=accountant, at=morning + timedelta(hours=4, minutes=40))
