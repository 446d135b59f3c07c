"""The home page: each role's own figures, of its properties only, in a fixed number of statements."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone, translation

from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import bind, make_lease, make_resident, make_tariff, make_unit
from yuju.billing.choices import RunSource
from yuju.billing.models import BillingAccount, BillingCalendar, BillRun, Charge, ChargeVoid
from yuju.billing.services.runs import bill_run_draft
from yuju.console.acts import detail_of
from yuju.identity.choices import AuditAction
from yuju.identity.models import Change, User
from yuju.identity.services import audit_record
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.journeys.renewals import renewal
from yuju.kit.backups import note_failed, note_good
from yuju.kit.dates import add_months, local_date, month_start
from yuju.kit.tenancy import acting
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment
from yuju.premises.models import Property, Unit
from yuju.reporting import home
from yuju.reporting.moves import moves_near
from yuju.residency.choices import TenureState
from yuju.residency.models import MoveOutNotice, Resident, Tenure

pytestmark = pytest.mark.django_db


def today() -> date:
    return local_date(timezone.now(), "Asia/Shanghai")


def let(place: Property, number: str, *, days: int = 400, rate: str = "1000") -> Any:
    """A unit let since four months ago, `days` from now until its end, billed monthly in advance."""
    start = add_months(month_start(today()), -4)
    lease = make_lease(
        make_unit(place, number), make_resident(place, f"住户{number}"), start=start, end=today() + timedelta(days=days)
    )
    bind(lease, make_tariff(place, rate=rate))
    return lease


def issue(place: Property, as_of: date) -> BillRun:
    at = timezone.now()
    run = bill_run_draft(property=place, as_of=as_of, source=RunSource.COMMAND, by=None, at=at)
    return bill_run_complete(run=run, by=None, at=at, leave_out_open=True)


def figures(client: Client) -> dict[str, str]:
    """The key figures of a page: label → value."""
    page = client.get("/", headers={"HX-Target": "kpis"}).content.decode()
    found = re.findall(r'<div class="l">(.*?)</div><div class="v">(.*?)</div>', page)
    return {label: re.sub(r"<[^>]+>", "", value) for label, value in found}


def english(client: Client) -> Client:
    client.post("/language", {"language": "en"})
    return client


def test_the_figures_are_those_of_the_properties_in_view(world: ConsoleWorld) -> None:
    # Given two units here, one let until soon, one empty, with bills of five months; and one let elsewhere
    let(world.here, "1601", days=30)
    make_unit(world.here, "1602")
    let(world.elsewhere, "1701")
    run = issue(world.here, month_start(today()))
    issue(world.elsewhere, month_start(today()))
    assert run.total == Decimal(5000)

    # When / then for all properties, then for one, then for somebody posted at one
    client = english(world.client("manager"))
    both = figures(client)
    assert (both["Occupancy"], both["Leases ending"], both["Still to pay"]) == ("66.7%", "1", "¥10,000.00")
    world.choose(client, world.elsewhere)
    assert figures(client)["Occupancy"] == "100.0%"
    assert figures(client)["Leases ending"] == "0"
    posted = figures(english(world.client("accountant", at=world.here)))
    assert (posted["Occupancy"], posted["Still to pay"], posted["Issued this month"]) == (
        "50.0%",
        "¥5,000.00",
        "¥5,000.00",
    )


def test_what_is_open_is_what_was_billed_less_voids_and_payments(world: ConsoleWorld) -> None:
    # Given five bills, of which four are past due, an opening charge, a payment of part of the oldest, and a void
    lease = let(world.here, "1601")
    run = issue(world.here, month_start(today()))
    charges = list(Charge.objects.filter(run=run).order_by("due_date"))
    account = BillingAccount.objects.get(tenure=lease)
    at = timezone.now()
    payment = Payment.objects.create(
        property=world.here, account=account, channel=PaymentChannel.OPENING, received_on=today(), amount=Decimal(600)
    )
    Allocation.objects.create(payment=payment, charge=charges[0], amount=Decimal(600), at=at)
    ChargeVoid.objects.create(charge=charges[1], at=at, by=None, reason="租金有误")

    # When asked on the day before the third is due
    found = home.receivable(None, charges[2].due_date)

    # Then
    assert found == home.Receivable(open=Decimal(5000 - 600 - 1000), overdue=Decimal(400))
    assert home.receivable([world.here.pk], charges[2].due_date) == found
    assert home.receivable([world.elsewhere.pk], today()) == home.Receivable(Decimal(0), Decimal(0))


def test_each_role_sees_what_it_may(world: ConsoleWorld) -> None:
    let(world.here, "1601")
    everything = {
        "Occupancy",
        "Issued this month",
        "Still to pay",
        "Taken today",
        "Exceptions to decide",
        "Leases ending",
    }
    seen = {
        role: set(figures(english(world.client(role)))) for role in ("manager", "front_desk", "cleaner", "engineer")
    }
    assert seen["manager"] == everything
    assert seen["front_desk"] == everything - {"Exceptions to decide"}
    assert seen["cleaner"] == seen["engineer"] == {"Occupancy"}


def decided(world: ConsoleWorld, at: datetime) -> None:
    """Something was decided about the property."""
    audit_record(action=AuditAction.DECIDED, by=None, at=at, about=world.here, property_id=world.here.pk)


def test_runs_calendar_leases_and_acts_have_their_cards(world: ConsoleWorld) -> None:
    # Given a draft here and a calendar
    let(world.here, "1601", days=10)
    run = bill_run_draft(property=world.here, as_of=today(), source=RunSource.CALENDAR, by=None, at=timezone.now())
    BillingCalendar.objects.create(property=world.here, is_on=True, day=0, since=today())
    decided(world, timezone.now())
    client = english(world.client("manager"))
    last = add_months(month_start(today()), 1) - timedelta(days=1)

    # When
    page = client.get("/").content.decode()

    # Then
    assert f'href="/bill-runs/{run.pk}/"' in page
    assert "To review" in page
    assert f"{last:%Y-%m-%d}" in page
    assert "住户1601" in page
    assert 'class="tl"' in page


def test_who_moves_in_or_out_within_days_is_told_of_in_the_order_of_its_turn(world: ConsoleWorld) -> None:
    # Given who comes today, should have come, comes soon and late; who gave notice, took it back, and is over without check-out
    def stay(number: str, start: int, end: int, state: TenureState, leaves: int | None = None) -> Tenure:
        day = today()
        lease = make_lease(
            make_unit(world.here, number),
            make_resident(world.here, f"住户{number}"),
            start=day + timedelta(days=start),
            end=day + timedelta(days=end),
            state=state,
        )
        if leaves is not None:
            MoveOutNotice.objects.create(tenure=lease, given_on=day, last_day=day + timedelta(days=leaves))
        return lease

    today_in = stay("1601", 0, 300, TenureState.SIGNED)
    late = stay("1602", -3, 300, TenureState.RESERVED)
    soon = stay("1603", 7, 300, TenureState.SIGNED)
    stay("1604", 8, 300, TenureState.SIGNED)
    ends = stay("1612", -90, 2, TenureState.LIVING)
    renewal(
        tenure=ends, end=today() + timedelta(days=300), rent=None, deposit=None, key=uuid4(), by=None, at=timezone.now()
    )
    stay("1605", -9, 300, TenureState.CANCELLED)
    notice = stay("1606", -90, 300, TenureState.LIVING, leaves=2)
    back = stay("1607", -90, 300, TenureState.LIVING, leaves=2)
    MoveOutNotice.objects.filter(tenure=back).update(withdrawn_at=timezone.now())
    over = stay("1608", -90, -1, TenureState.LIVING)
    both = stay("1609", -90, -5, TenureState.LIVING, leaves=-5)
    stay("1610", -90, -1, TenureState.ENDED, leaves=-1)
    stay("1611", -90, 2, TenureState.LIVING)

    # Then
    found = moves_near([world.here.pk], today(), 10)
    assert [(one.tenure, one.out, one.said) for one in found] == [
        (today_in, False, True),
        (both, True, True),
        (late, False, True),
        (over, True, False),
        (notice, True, True),
        (soon, False, True),
    ]
    assert moves_near([world.elsewhere.pk], today(), 10) == []
    assert moves_near(None, today(), 2) == found[:2]
    page = english(world.client("front_desk")).get("/").content.decode()
    assert [words in page for words in ("Moves in · Signed", "Moves out · Not checked out", "3 days late")] == [
        True
    ] * 3
    assert "住户1601" not in world.client("cleaner").get("/").content.decode()


def test_the_page_asks_a_fixed_number_of_statements(world: ConsoleWorld, django_assert_max_num_queries: Any) -> None:
    # Given
    client = world.client("manager")
    for number in range(6):
        let(world.here, str(1601 + number), days=20 + number)
        BillingCalendar.objects.get_or_create(property=world.elsewhere, defaults={"is_on": True, "since": today()})
        issue(world.here, add_months(month_start(today()), number - 5))

    # Then
    with django_assert_max_num_queries(33):
        assert client.get("/").status_code == 200


def test_an_operator_without_property_is_shown_the_way(world: ConsoleWorld) -> None:
    with world.other_operator() as other:
        manager, desk = other.client("manager"), other.client("front_desk")
        Property.objects.all().delete()
        page = english(manager).get("/").content.decode()
        assert 'href="/properties/new/"' in page
        assert 'href="/import/"' in page
        assert 'href="/properties/new/"' not in english(desk).get("/").content.decode()


def test_who_has_no_role_is_told_so(world: ConsoleWorld) -> None:
    user = world.user("manager")
    user.postings.all().delete()
    assert "There is no page for your roles yet" in english(world.client_of(user)).get("/").content.decode()


def test_what_was_done_longer_ago_is_left_to_the_full_list(world: ConsoleWorld) -> None:
    decided(world, AT)
    assert home.acts_latest(None, AT + timedelta(seconds=1), 5) == []
    assert [entry.object_id for entry in home.acts_latest([world.here.pk], AT, 5)] == [world.here.pk]


def test_who_edits_settings_sees_how_the_last_backup_went(world: ConsoleWorld, settings: Any, tmp_path: Path) -> None:
    # Given an installation that makes backups
    settings.YUJU_BACKUP_STATUS = tmp_path / "backup.json"
    manager, cashier = english(world.client("manager")), english(world.client("cashier"))
    assert "ackup" not in manager.get("/").content.decode()
    (tmp_path / "file").write_bytes(b"x" * 2048)
    now = timezone.now()
    note_good(begun=now, file=tmp_path / "file")

    # Then
    assert re.search(r"Last backup .*, 2\.0", manager.get("/").content.decode())

    # When one fails, or none comes for more than two days
    note_failed(at=now, error="the disk is full")
    assert "The backup failed" in manager.get("/").content.decode()
    note_good(begun=now - timedelta(days=2, minutes=1), file=tmp_path / "file")
    assert "There is no recent backup" in manager.get("/").content.decode()

    # Then nobody else is bothered
    assert "ackup" not in cashier.get("/").content.decode()


def done(client: Client) -> list[tuple[str, str, str]]:
    """The lines of what was done lately: title, who, address."""
    acts = client.get("/").context["acts"]
    return [(one.title, one.by, one.url) for one in acts]


def named(world: ConsoleWorld, role: str) -> User:
    """A user called by the role."""
    user = world.user(role)
    user.name = role
    user.save()
    return user


def edited(by: User, *units: Unit) -> None:
    """Somebody writes down how units are laid out."""
    with acting(user_id=by.pk):
        Unit.objects.filter(pk__in=[unit.pk for unit in units]).update(layout="一室一厅")


def test_edits_stand_among_what_was_done_one_line_for_each_act(world: ConsoleWorld) -> None:
    # Given people who changed one unit, many, and one elsewhere, who made a lease, and who did something that is in the audit
    one, many, far, let_by, audited = (
        named(world, role) for role in ("engineer", "manager", "cleaner", "cashier", "guard")
    )
    here = [make_unit(world.here, str(1601 + number)) for number in range(6)]
    resident = make_resident(world.here, "高远")
    edited(one, here[0])
    edited(many, *here[1:4])
    edited(far, make_unit(world.elsewhere, "1701"))
    edited(audited, here[4])
    with acting(user_id=let_by.pk):
        lease = make_lease(here[5], resident, start=today())
    at = Change.objects.latest("pk").at
    audit_record(action=AuditAction.REVEALED, by=one, at=at, about=resident, property_id=world.here.pk)
    audit_record(action=AuditAction.DECIDED, by=audited, at=at, about=world.here, property_id=world.here.pk)

    # When the page is opened
    client = english(world.client("manager"))

    # Then each act is one line that leads to its thing; what is in the audit is told once, and what no person did not at all
    def line(of: User) -> list[tuple[str, str]]:
        return [(title, url) for title, by, url in done(client) if by == str(of)]

    assert line(one)[-1:] == [("Changed · Unit", f"/units/{here[0].pk}/")]
    assert line(many) == [("Changed · Unit × 3", "")]
    assert line(let_by) == [("Created · Lease", f"/leases/{lease.pk}/")]
    assert [title for title, _url in line(audited)] == ["Decided · Property"]
    assert line(far)
    assert "" not in {by for _title, by, _url in done(client)}

    # And a property that was chosen, or alone is the user's, is told of alone
    posted = english(world.client("manager", at=world.here))
    assert str(far) not in {by for _title, by, _url in done(posted)}
    world.choose(client, world.elsewhere)
    assert [by for _title, by, _url in done(client)] == [str(far)]

    # And who may not look into the audit is told of nothing
    assert "acts" not in (world.client("cashier").get("/").context or {})


def test_edits_are_of_the_tables_that_may_be_seen_and_only_the_latest_are_looked_at(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, resident, user = make_unit(world.here), make_resident(world.here, "高远"), world.user("engineer")
    edited(user, unit)
    with acting(user_id=user.pk):
        Resident.objects.filter(pk=resident.pk).update(name="高原")
    assert {one.table for one in home.edits_latest({"premises_unit": None}, AT, 5)} == {"premises_unit"}
    assert home.edits_latest({}, AT, 5) == []
    assert home.edits_latest({"premises_unit": [world.elsewhere.pk]}, AT, 5) == []
    both: dict[str, home.Scope] = {"premises_unit": None, "residency_resident": None}
    assert len(home.edits_latest(both, AT, 5)) == 2
    assert home.edits_latest(both, timezone.now() + timedelta(hours=1), 5) == []
    # All this was written at one moment, so which entry is the latest is open: it may be one that nobody is named in
    monkeypatch.setattr(home, "EDITS_READ", 1)
    assert len(home.edits_latest(both, AT, 5)) < 2


def test_an_import_is_told_by_its_rows_whatever_sheets_it_had(world: ConsoleWorld) -> None:
    for at, detail in (
        (AT, {"units": [8, 0, 1], "readings": [90, 2, 0]}),
        (AT + timedelta(hours=1), {"readings": 120}),
    ):
        audit_record(action=AuditAction.IMPORTED, by=world.user("manager"), at=at, about=world.here, **detail)
    with translation.override("en"):
        told = [detail_of(entry) for entry in home.acts_latest(None, AT, 5)]
    assert told == ["120 readings", "98 rows added, 2 changed"]
