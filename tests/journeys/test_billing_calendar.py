"""The billing calendar drafts each property's run on its day: once, after any outage, and never over a person's draft."""

from __future__ import annotations

import threading
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections, transaction
from django.urls import reverse
from django.utils.translation import trans_real
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django import app

import yuju
from tests.support.stays import bind, make_lease, make_property, make_tariff, make_unit, run_bills
from yuju.billing.choices import Decision, RunSource, RunState
from yuju.billing.models import BillingCalendar, BillRun, CalendarDay
from yuju.billing.services.runs import bill_run_draft, bill_run_drop
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.services import user_create
from yuju.journeys.billing_calendar import billing_calendar_tick, day_next, days_due
from yuju.kit import texts
from yuju.kit.tenancy import operator_context
from yuju.messaging.models import Notice
from yuju.premises.models import Property

SHANGHAI = "Asia/Shanghai"
MADE = datetime(2026, 8, 1, tzinfo=UTC)


def local(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def due(at: str, **given: Any) -> list[date]:
    values: dict[str, Any] = {"day": 25, "hour": 6, "since": date(2026, 9, 1), "after": None, "zone": SHANGHAI, **given}
    return days_due(at=local(at, values["zone"]), **values)


def staff(name: str, role: Role = Role.MANAGER, place: Property | None = None, language: str = "en") -> User:
    posting = (role, place.pk if place is not None else None)
    user = user_create(username=name, name=name, password="long enough", postings=[posting], by=None, at=MADE)
    user.language = language
    user.save()
    return user


def housed(**given: Any) -> tuple[Property, BillingCalendar]:
    """A property with one unit let at 4,850 a month, and its calendar."""
    place = make_property()
    bind(make_lease(make_unit(place)), make_tariff(place))
    calendar = BillingCalendar.objects.create(
        property=place, **{"is_on": True, "day": 25, "hour": 6, "since": date(2026, 9, 1), **given}
    )
    return place, calendar


def tick(at: str) -> list[BillRun]:
    return billing_calendar_tick(clock=lambda: local(at))


# Which days


@pytest.mark.parametrize(
    ("at", "given", "days"),
    [
        ("2026-09-25T05:59", {}, []),
        ("2026-09-25T06:00", {}, [date(2026, 9, 25)]),
        ("2026-09-26T00:00", {}, [date(2026, 9, 25)]),
        ("2026-09-25T06:00", {"since": date(2026, 9, 26)}, []),
        ("2026-10-25T06:00", {"after": date(2026, 9, 25)}, [date(2026, 10, 25)]),
        ("2026-10-24T23:00", {"after": date(2026, 9, 25)}, []),
        # an outage of three months
        ("2026-12-25T06:00", {"after": date(2026, 9, 25)}, [date(2026, m, 25) for m in (10, 11, 12)]),
        # the last day of months of every length
        ("2026-09-30T06:00", {"day": 0}, [date(2026, 9, 30)]),
        ("2026-10-31T05:00", {"day": 0, "after": date(2026, 9, 30)}, []),
        ("2026-10-31T06:00", {"day": 0, "after": date(2026, 9, 30)}, [date(2026, 10, 31)]),
        ("2027-02-28T06:00", {"day": 0, "after": date(2027, 1, 31)}, [date(2027, 2, 28)]),
        ("2028-02-28T23:00", {"day": 0, "after": date(2028, 1, 31)}, []),
        ("2028-02-29T06:00", {"day": 0, "after": date(2028, 1, 31)}, [date(2028, 2, 29)]),
        # a day moved to earlier in the month is not a second day of that month
        ("2026-09-28T12:00", {"day": 20, "after": date(2026, 9, 25)}, []),
    ],
)
def test_days_come_at_their_hour_at_the_property(at: str, given: dict[str, Any], days: list[date]) -> None:
    assert due(at, **given) == days


@pytest.mark.parametrize("zone", [SHANGHAI, "Asia/Urumqi", "Asia/Tokyo", "UTC", "America/Phoenix", "Asia/Kolkata"])
def test_the_hour_is_the_propertys_own(zone: str) -> None:
    assert due("2026-09-25T05:59", zone=zone) == []
    assert due("2026-09-25T06:00", zone=zone) == [date(2026, 9, 25)]


@given(
    day=st.integers(0, 28),
    since=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    ticks=st.lists(st.integers(0, 60 * 24), min_size=1, max_size=30),
    hour=st.integers(0, 23),
)
def test_however_often_it_is_asked_each_month_comes_once(day: int, since: date, ticks: list[int], hour: int) -> None:
    # Given a calendar asked at any moments
    at = datetime(2026, 1, 1, tzinfo=ZoneInfo(SHANGHAI))
    dealt: list[date] = []
    for hours in ticks:
        at += timedelta(hours=hours)
        dealt += days_due(day=day, hour=hour, since=since, after=dealt[-1] if dealt else None, zone=SHANGHAI, at=at)

    # Then it has dealt with exactly the days that have come since, whatever the moments were
    wanted, month = [], date(since.year, since.month, 1)
    while month <= at.date():
        last = monthrange(month.year, month.month)[1]
        one = month.replace(day=day or last)
        if one >= since and at >= datetime(one.year, one.month, one.day, hour, tzinfo=ZoneInfo(SHANGHAI)):
            wanted.append(one)
        month = month.replace(day=last) + timedelta(days=1)
    assert dealt == wanted


def test_the_next_day_is_the_first_not_dealt_with_from_today_on() -> None:
    since = date(2026, 9, 1)
    assert day_next(day=25, since=since, after=None, today=date(2026, 8, 3)) == date(2026, 9, 25)
    assert day_next(day=25, since=since, after=None, today=date(2026, 9, 25)) == date(2026, 9, 25)
    assert day_next(day=25, since=since, after=date(2026, 9, 25), today=date(2026, 9, 25)) == date(2026, 10, 25)
    assert day_next(day=0, since=since, after=None, today=date(2027, 2, 3)) == date(2027, 2, 28)


# What happens on a day


@pytest.mark.django_db
def test_a_run_is_drafted_on_its_day_and_the_approver_is_told(operator: Any) -> None:
    # Given a property whose approver is an accountant, and its manager
    accountant = staff("accountant", Role.ACCOUNTANT)
    staff("manager")
    place, calendar = housed()
    calendar.approver = accountant
    calendar.save()

    # When the day comes, and is asked after again and again
    assert tick("2026-09-25T05:55") == []
    (run,) = tick("2026-09-25T06:00")
    assert tick("2026-09-25T06:05") == tick("2026-10-24T23:55") == []

    # Then there is one draft as of that day, made by nobody, and the day is noted with it
    assert (run.property, run.as_of, run.state, run.source) == (place, date(2026, 9, 25), "draft", RunSource.CALENDAR)
    assert run.drafted_by is None
    assert run.charge_count == 7
    assert list(CalendarDay.objects.values_list("day", "run")) == [(date(2026, 9, 25), run.pk)]

    # And the approver alone was told, with the way to it
    notice = Notice.objects.get()
    assert notice.recipient == accountant
    assert notice.link == reverse("console:bill-runs-detail", args=[run.pk])
    assert "waits for review" in notice.title
    assert f"{run.total:,.2f}" in notice.body


@pytest.mark.django_db
def test_without_an_approver_who_may_issue_the_managers_are_told_in_their_language(operator: Any) -> None:
    texts.compile_texts(Path(yuju.__file__).parent)
    trans_real._translations.clear()  # type: ignore[attr-defined]

    # Given managers here, everywhere and elsewhere, one locked, and an approver who may not issue any more
    place, _calendar = housed(approver=staff("cleaner", Role.CLEANER))
    here, everywhere = staff("here", place=place), staff("everywhere", language="zh-hans")
    staff("elsewhere", place=make_property())
    User.objects.filter(pk=staff("locked").pk).update(is_active=False)

    # When
    tick("2026-09-25T06:00")

    # Then
    told = {notice.recipient: notice.title for notice in Notice.objects.all()}
    assert set(told) == {here, everywhere}
    assert "waits for review" in told[here]
    assert "待复核" in told[everywhere]


@pytest.mark.django_db
def test_after_three_months_without_a_worker_one_run_is_drafted(operator: Any) -> None:
    # Given a calendar whose September was dealt with
    place, _calendar = housed()
    (run,) = tick("2026-09-25T06:00")
    bill_run_drop(run=run, by=None, at=local("2026-09-26T09:00"))

    # When nothing runs until December's day is past
    drafted = tick("2026-12-27T14:10")

    # Then one run is drafted, as of the latest day, and the missed ones are noted with it
    (run,) = drafted
    assert run.as_of == date(2026, 12, 25)
    assert BillRun.objects.filter(property=place, state=RunState.DRAFT).count() == 1
    noted = CalendarDay.objects.filter(day__gt=date(2026, 9, 25)).order_by("day").values_list("day", "run")
    assert list(noted) == [(date(2026, m, 25), run.pk) for m in (10, 11, 12)]
    assert tick("2026-12-27T14:15") == []


@pytest.mark.django_db
def test_a_clean_run_issues_itself_where_the_property_says_so(operator: Any) -> None:
    # Given
    manager = staff("manager")
    housed(issue_when_clean=True)

    # When
    (run,) = tick("2026-09-25T06:00")

    # Then it is issued, and the manager is told so
    run.refresh_from_db()
    assert (run.state, run.issued_by, run.bill_count) == (RunState.ISSUED, None, 7)
    assert "issued by itself" in Notice.objects.get(recipient=manager).title


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["second person", "exception", "not wanted"])
def test_a_run_waits_for_a_person_otherwise(operator: Any, reason: str) -> None:
    # Given a property that wants clean runs issued, and one reason against it
    manager = staff("manager")
    place, _calendar = housed(issue_when_clean=reason != "not wanted", second_person=reason == "second person")
    if reason == "exception":
        bind(make_lease(make_unit(place, "1701", area="0")), make_tariff(place, "property", basis="headcount"))

    # When
    (run,) = tick("2026-09-25T06:00")

    # Then
    run.refresh_from_db()
    assert run.state == RunState.DRAFT
    told = Notice.objects.get(recipient=manager)
    assert "waits for review" in told.title
    assert ("waits for a decision" in told.body or "wait for a decision" in told.body) == (reason == "exception")


@pytest.mark.django_db
@pytest.mark.parametrize("whose", ["made by a person", "made by a command", "decided by a person"])
def test_a_persons_draft_is_left_alone_and_the_day_is_told(operator: Any, whose: str) -> None:
    # Given a draft that a person has made, or has begun to review
    manager = staff("manager")
    place, _calendar = housed()
    bind(make_lease(make_unit(place, "1701", area="0")), make_tariff(place, "property", basis="headcount"))
    source = {"made by a person": RunSource.CONSOLE, "made by a command": RunSource.COMMAND}
    draft = bill_run_draft(
        property=place, as_of=date(2026, 9, 10), source=source.get(whose, RunSource.CALENDAR), by=None, at=MADE
    )
    if whose == "decided by a person":
        draft.exceptions.update(decision=Decision.CONFIRMED, decided_by=manager, decided_at=MADE)

    # When the day comes, twice asked
    assert tick("2026-09-25T06:00") == tick("2026-09-25T06:05") == []

    # Then the draft is as it was, the day is noted, and the manager was told once
    after = BillRun.objects.get(property=place)
    assert (after.as_of, after.drafted_at, after.source) == (draft.as_of, draft.drafted_at, draft.source)
    assert list(CalendarDay.objects.values_list("day", "run")) == [(date(2026, 9, 25), None)]
    notice = Notice.objects.get(recipient=manager)
    assert "Nothing was drafted" in notice.body
    assert notice.link == reverse("console:bill-runs-detail", args=[draft.pk])


@pytest.mark.django_db
def test_its_own_untouched_draft_is_made_anew(operator: Any) -> None:
    # Given the calendar's draft of September, which nobody has looked at
    housed()
    (first,) = tick("2026-09-25T06:00")

    # When October's day comes
    (second,) = tick("2026-10-25T06:00")

    # Then it is the same draft, as of October
    assert (second.pk, second.as_of) == (first.pk, date(2026, 10, 25))
    assert second.charge_count == first.charge_count + 1


@pytest.mark.django_db
def test_a_calendar_that_is_off_drafts_nothing(operator: Any) -> None:
    housed(is_on=False)
    assert tick("2026-09-25T06:00") == []


@pytest.mark.django_db
def test_what_was_issued_by_hand_is_not_billed_again(operator: Any) -> None:
    # Given a run issued by hand the day before
    place, _calendar = housed()
    run_bills(place, date(2026, 9, 25))

    # When
    (run,) = tick("2026-09-25T06:00")

    # Then
    assert (run.charge_count, run.total) == (0, 0)


@pytest.mark.django_db
def test_one_property_that_fails_keeps_no_other_from_its_day(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given two properties, the first of which cannot be drafted
    broken, _calendar = housed()
    sound, _calendar = housed()

    def draft(*, property: Property, **given: Any) -> BillRun:
        if property == broken:
            raise ZeroDivisionError
        return bill_run_draft(property=property, **given)

    monkeypatch.setattr("yuju.journeys.billing_calendar.bill_run_draft", draft)

    # When
    with pytest.raises(ZeroDivisionError):
        tick("2026-09-25T06:00")

    # Then the other one has its draft, and the day of the broken one is still to be dealt with
    assert BillRun.objects.get().property == sound
    assert CalendarDay.objects.get().property == sound


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_draft_one_run(operator: Any) -> None:
    # Given
    with transaction.atomic():
        staff("manager")
        place, _calendar = housed()
    started, drafted = threading.Barrier(4), []

    def worker() -> None:
        try:
            with operator_context(operator.pk):
                started.wait(10)
                drafted.extend(tick("2026-09-25T06:00"))
        finally:
            connections.close_all()

    # When four of them tick at the same moment
    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    # Then one run, one day, one notice
    with transaction.atomic():
        assert len(drafted) == BillRun.objects.filter(property=place).count() == 1
        assert CalendarDay.objects.count() == Notice.objects.count() == 1


def test_the_calendar_is_asked_all_day_long() -> None:
    crons = {name: task.cron for (name, _), task in app.periodic_registry.periodic_tasks.items()}
    assert crons["yuju.journeys.jobs.billing_calendar.every_operator"] == "*/5 * * * *"
