"""The end of a lease: answered on the phone, renewed at the desk, and a change of room with what the meters show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import bind, make_lease, make_meter, make_resident, make_tariff, make_unit, run_bills
from yuju.billing.models import BillingAccount
from yuju.books.verification import verify
from yuju.identity.models import Operator
from yuju.journeys.lease_ends import lease_end_ask
from yuju.journeys.tenures import tenure_open
from yuju.kit.tenancy import operator_context
from yuju.metering.models import Reading
from yuju.payments.choices import PaymentChannel
from yuju.payments.selectors import account_standing, deposit_standing
from yuju.payments.services import deposit_ask, payment_take
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import Tenure, TenureLink
from yuju.residency.services.portal_codes import portal_slip_print

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = "13800006021"


@dataclass(frozen=True)
class Setting:
    """A lease that ends in 20 days, asked about; another with a meter and a deposit, paid ahead; and a free room."""

    operator: Operator
    desk: str
    code: str
    ending: Tenure
    moving: Tenure
    room: str


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    with operator_context(committed_operator.pk), transaction.atomic():
        world, at, today = ConsoleWorld(committed_operator), timezone.now(), timezone.localdate()
        desk = world.user("front_desk", at=world.here)
        resident = make_resident(world.here, "林晓彤", phone=PHONE)
        start = today - timedelta(days=100)
        ending = make_lease(
            make_unit(world.here, "0101"), resident, start=start, end=today + timedelta(days=20), rent=Decimal(4000)
        )
        rent = make_tariff(world.here, rate="4000")
        bind(ending, rent)
        lease_end_ask(
            tenure=Tenure.objects.select_related("unit", "resident", "property").get(pk=ending.pk), days=30, at=at
        )
        moving = _moving(world, start, rent, at)
        run_bills(world.here, today)
        account = BillingAccount.objects.get(tenure=moving)
        deposit_ask(account=account, amount=Decimal(6000), on=today, due=today, key=uuid4(), by=None, at=at)
        owed = account_standing(account).open
        payment_take(account=account, amount=owed, channel=PaymentChannel.CASH, key=uuid4(), on=today, by=None, at=at)
        code = portal_slip_print(resident=resident, by=desk, at=at)
        return Setting(committed_operator, desk.username, code, ending, moving, "0303")


def _moving(world: ConsoleWorld, start: object, rent: object, at: datetime) -> Tenure:
    today = timezone.localdate()
    units = [make_unit(world.here, number) for number in ("0202", "0303")]
    water = make_tariff(world.here, "water", rate="5", basis="metered")
    for number, unit in enumerate(units):
        meter = make_meter(world.here, unit, serial=f"W-{unit.number}")
        Reading.objects.create(
            property=world.here, meter=meter, date=today - timedelta(days=30), value=10 + number, source="form"
        )
    return tenure_open(
        kind=TenureKind.LEASE,
        unit=units[0],
        resident=make_resident(world.here, "王建国"),
        start=today - timedelta(days=30),
        end=today + timedelta(days=200),
        rent=Decimal(3000),
        tariffs=[rent, water],  # type: ignore[list-item]
        by=None,
        at=at,
    )


def test_the_answer_comes_from_the_phone_and_the_desk_renews(
    desktop: Visitor, phone: Visitor, setting: Setting
) -> None:
    # Given a resident who signs in with the slip and is asked about the end
    page = phone.page
    page.goto(phone.home + "/my/", wait_until="load")
    page.fill("[name=phone]", PHONE)
    page.click("form:has([name=phone]) button[type=submit]")
    page.fill("[name=code]", setting.code)
    page.click("form:has([name=code]) button[type=submit]")
    page.wait_for_url("**/my/")
    # When one tap says so
    with page.expect_navigation():
        page.click("button[value=renew]")
    phone.settle()
    phone.shot("stay-answer-390")
    assert page.locator("button[value=renew]").count() == 0

    # Then the desk finds it on the lease, and renews at another rent as it is shown
    desktop.sign_in(setting.desk, "long enough to do")
    desktop.open(f"/leases/{setting.ending.pk}/")
    desktop.page.click(".note.ok a.go")
    desktop.settle()
    desktop.page.fill("[name=rent]", "4200")
    desktop.page.wait_for_function("() => document.querySelector('#consequences').innerText.includes('4,200.00')")
    desktop.settle()
    desktop.shot("renewal-1440")
    with desktop.page.expect_navigation():
        desktop.page.click(".foot-bar button[type=submit]")
    desktop.settle()
    with operator_context(setting.operator.pk), transaction.atomic():
        link = TenureLink.objects.get()
        assert desktop.page.url.endswith(f"/leases/{link.after_id}/")
        assert link.before_id == setting.ending.pk


def test_a_change_of_room_takes_readings_money_and_deposit_along(phone: Visitor, setting: Setting) -> None:
    # Given the desk at a phone, the room chosen by its number
    page = phone.page
    phone.sign_in(setting.desk, "long enough to do")
    phone.open(f"/leases/{setting.moving.pk}/change/room/")
    page.fill("[name=unit_typed]", setting.room)
    page.click(f"[data-pick-options] [role=option]:has-text('{setting.room}')")
    with page.expect_navigation():
        page.click(".foot-bar button[type=submit]")
    phone.settle()
    # When what the meters show is typed
    shown = page.locator("[name^=reading_]")
    shown.nth(0).fill("16")
    shown.nth(1).fill("11")
    page.wait_for_function("() => document.querySelector('#consequences').innerText.includes('30.00')")
    phone.settle()
    phone.shot("room-390")
    with page.expect_navigation():
        page.click(".foot-bar button[type=submit]")
    phone.settle()
    # Then the new room has the deposit and what was paid ahead, and the books hold
    with operator_context(setting.operator.pk), transaction.atomic():
        link = TenureLink.objects.select_related("before", "after__unit").get()
        assert (link.after.unit.number, link.before.state) == (setting.room, TenureState.ENDED)
        account = BillingAccount.objects.get(tenure=link.after)
        standing = deposit_standing(account)
        assert standing is not None
        assert standing.held == Decimal(6000)
        assert account_standing(account).credit > 0
        assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []
