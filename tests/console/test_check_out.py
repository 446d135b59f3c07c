"""Checking out at the desk: step by step, by whom, and what is refused and shown anew."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.portal.people import LIN, phone_set
from tests.support.console_world import ConsoleWorld
from tests.support.settlements import BY, LAST_DAY, Stay, agreed, closed, make_stay
from tests.support.stays import make_lease, make_resident, make_unit
from yuju.billing.services.recurring import account_ensure
from yuju.console.check_out import check_out_of
from yuju.console.pages.check_outs import days_to_return
from yuju.journeys.move_out import keys_return, notice_give
from yuju.journeys.settling import settlement_show
from yuju.kit.testing.console import ConsoleTests
from yuju.payments.choices import RefundChannel, SettlementState
from yuju.payments.models import Refund, Settlement
from yuju.payments.selectors import settlement_lines, settlement_of
from yuju.payments.services import settlement_object, shift_open
from yuju.premises.models import Property
from yuju.reporting.takings import Money, shift_figures
from yuju.residency.choices import TenureState
from yuju.residency.models import Turnover
from yuju.residency.services import turnover_end
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(world: ConsoleWorld) -> Stay:
    return make_stay(place=world.here)


def url(stay: Stay, act: str = "") -> str:
    return reverse(f"console:check-out{'-' if act else ''}{act}", args=[stay.tenure.pk])


def send(client: Client, stay: Stay, act: str, **given: Any) -> Any:
    return client.post(url(stay, act), given, follow=True)


def drawn(stay: Stay, **given: Any) -> dict[str, Any]:
    """What the form of readings and damages sends: two cards by the list, a door by an amount, an emptied line."""
    values = {
        "key": str(uuid4()),
        "last_day": "2026-10-15",
        "reason": "工作调动",
        "penalty": "contract",
        f"reading_{stay.meter.pk}": "1180",
        "damage-TOTAL_FORMS": "3",
        "damage-INITIAL_FORMS": "0",
        "damage-0-words": "房卡",
        "damage-0-tariff": str(stay.card.pk),
        "damage-0-quantity": "2",
        "damage-1-words": "衣柜门",
        "damage-1-amount": "380",
    }
    return {**values, **given}


class TestStepByStep:
    def test_from_the_notice_to_the_keys(self, world: ConsoleWorld, stay: Stay) -> None:
        manager = world.user("manager")
        client = world.client_of(manager)
        # Given a notice, with an inspection at an hour that was agreed
        page = send(client, stay, "notice", last_day="2026-10-15", inspection_on="2026-10-14", inspection_time="10:30")
        assert "末次抄表" in page.content.decode()
        assert f"{Task.objects.get(tenure=stay.tenure).due_at:%m-%d %H:%M}" == "10-14 02:30"

        # When it is drawn up, then every line says why, and the result stands beneath
        page = send(client, stay, "prepare", **drawn(stay)).content.decode()
        for words in ("应退", "3,845.71", "20.00", "衣柜门", "1 个月租金", "4,451.61"):
            assert words in page, words
        # And shown, agreed on paper, settled, paid out of the drawer, with the keys back
        send(client, stay, "show")
        settlement = settlement_of(stay.tenure)
        assert settlement is not None
        page = send(client, stay, "agree", seal=settlement.seal, how="paper", note="林晓彤")
        assert "林晓彤" in page.content.decode()
        send(client, stay, "settle", seal=settlement.seal)
        shift = shift_open(property=stay.place, cashier=manager, opening_float=Decimal(5000), at=BY["at"])
        for key in [str(uuid4())] * 2:
            send(client, stay, "refund", key=key, channel="cash", payee="林晓彤")
        assert sum(one.amount for one in Refund.objects.filter(shift=shift)) == Decimal("3845.71")
        # And the shift and the day's takings tell of it
        assert shift_figures(shift).paid_out == Money(1, Decimal("3845.71"))
        assert "3,845.71" in client.get(reverse("console:shifts-detail", args=[shift.pk])).content.decode()
        assert [one.amount for one in client.get(reverse("console:takings")).context["refunds"]] == [Decimal("3845.71")]
        page = send(client, stay, "keys", repairs="衣柜门\n").content.decode()
        assert "修" in page
        assert Task.objects.filter(source="turnover").count() == 2
        stay.tenure.refresh_from_db()
        settlement.refresh_from_db()
        assert (stay.tenure.state, settlement.is_even) == (TenureState.ENDED, True)
        assert client.get(url(stay, "pdf")).content.startswith(b"%PDF")

    def test_what_changed_since_it_was_shown_is_shown_anew(self, world: ConsoleWorld, stay: Stay) -> None:
        settlement = agreed(stay.prepare())
        stay.pay("175.00")
        # The keys are back already: each step is ticked by itself
        keys_return(tenure=stay.tenure, **BY)
        assert check_out_of(stay.tenure).done == [True, True, True, False, False, True]
        page = send(world.client("manager"), stay, "settle", seal=settlement.seal).content.decode()
        settlement.refresh_from_db()
        assert (settlement.state, settlement.version) == (SettlementState.SHOWN, 2)
        assert "重新发给住户" in page
        assert "175.00" not in page[page.index('id="lines"') :]

    def test_it_is_signed_at_the_desk_as_it_was_read_or_read_anew(
        self, world: ConsoleWorld, stay: Stay, settings: Any
    ) -> None:
        settings.YUJU_DEMO = True  # the page shows the codes
        phone_set(stay.tenure.resident, LIN)
        shown = settlement_show(settlement=stay.prepare(), **BY)
        client, page = world.client("front_desk"), url(stay, "sign")
        assert page in client.get(url(stay)).content.decode()

        def code_for(seal: str) -> dict[str, Any]:
            answer = client.post(page, {"send": "1", "seal": seal}).context
            return {"seal": seal, "code": answer["shown"], "sha256": answer["form"]["sha256"].value()}

        # Given a code for what was read, and a payment since
        given = code_for(shown.seal) | {"strokes": json.dumps([[[10 * x, 20 * (x % 5)] for x in range(40)]])}
        stay.pay("175.00")
        anew = client.post(page, given, follow=True)
        assert "重新" in anew.content.decode()
        settlement = anew.context["settlement"]
        assert (settlement.state, settlement.version) == (SettlementState.SHOWN, 2)
        # When it is read anew, then it is signed, and the PDF is the signed one
        client.post(page, given | code_for(settlement.seal))
        settlement.refresh_from_db()
        assert (settlement.state, settlement.agreed_how) == (SettlementState.AGREED, "screen")
        signed = b"".join(client.get(url(stay, "pdf")))
        assert hashlib.sha256(signed).hexdigest() == settlement.signatures.get().signed_sha256

    def test_a_refusal_keeps_what_was_entered_and_stands_at_its_field(self, world: ConsoleWorld, stay: Stay) -> None:
        notice_give(tenure=stay.tenure, last_day=LAST_DAY, **BY)
        entered = drawn(stay, **{f"reading_{stay.meter.pk}": "900", "damage-1-amount": "", "penalty": "waived"})
        response = world.client("manager").post(url(stay, "prepare"), entered)
        assert response.status_code == 422
        assert "二者选一" in response.content.decode()
        assert "penalty_words" in response.context["form"].errors
        # When that is mended, then the reading below the one before is what is wrong
        entered |= {"damage-1-amount": "380", "penalty_words": "老住户"}
        response = world.client("manager").post(url(stay, "prepare"), entered)
        assert list(response.context["form"].errors) == [f"reading_{stay.meter.pk}"]
        assert "衣柜门" in response.content.decode()
        assert not Settlement.objects.exists()

    def test_an_objection_is_answered_before_it_is_agreed(self, world: ConsoleWorld, stay: Stay) -> None:
        shown = settlement_show(settlement=stay.prepare(), **BY)
        line = settlement_lines(shown)[0]
        settlement_object(line=line, text="九月已付", at=BY["at"])
        client = world.client("front_desk")
        send(client, stay, "agree", seal=shown.seal, how="paper", note="林晓彤")
        shown.refresh_from_db()
        assert shown.state == SettlementState.SHOWN
        page = send(client, stay, "answer", line=str(line.pk), answer="查过，未到账").content.decode()
        assert ("九月已付" in page, "查过，未到账" in page) == (True, True)
        send(client, stay, "agree", seal=shown.seal, how="paper", note="林晓彤")
        shown.refresh_from_db()
        assert shown.state == SettlementState.AGREED


class TestWhoMay:
    def test_each_act_is_for_those_with_its_right(self, world: ConsoleWorld, stay: Stay) -> None:
        # Given a settlement that is agreed: the desk draws up, others settle, and the till pays out
        settlement = agreed(stay.prepare())
        send(world.client("front_desk"), stay, "settle", seal=settlement.seal)
        settlement.refresh_from_db()
        assert settlement.state == SettlementState.AGREED
        assert url(stay, "settle") not in world.client("front_desk").get(url(stay)).content.decode()
        assert world.client("accountant").post(url(stay, "prepare"), drawn(stay)).status_code == 403
        send(world.client("accountant"), stay, "settle", seal=settlement.seal)
        settlement.refresh_from_db()
        assert settlement.state == SettlementState.CLOSED
        assert world.client("front_desk").post(url(stay, "refund"), {}).status_code == 403
        bank = {"key": str(uuid4()), "channel": RefundChannel.BANK, "payee": "林晓彤", "payee_account": "6222"}
        send(world.client("cashier"), stay, "refund", **bank)
        settlement.refresh_from_db()
        assert settlement.is_even

    def test_it_is_offered_where_somebody_lives(self, world: ConsoleWorld, stay: Stay) -> None:
        lease = reverse("console:leases-detail", args=[stay.tenure.pk])
        assert url(stay) in world.client("front_desk").get(lease).content.decode()
        assert url(stay) not in world.client("auditor").get(lease).content.decode()


class TestList(ConsoleTests):
    slug = "check-outs"
    viewer = "front_desk"
    editor = "manager"
    stranger = "engineer"
    list_queries = 8

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Settlement:
        lease = make_lease(make_unit(property, str(number)), make_resident(property))
        account = account_ensure(lease)
        values = {"reason": "工作调动", "key": uuid4(), "last_day": LAST_DAY, "due": LAST_DAY}
        settlement: Settlement = Settlement.objects.create(property=property, account=account, **values)
        return settlement

    def test_the_days_until_the_deposit_is_due(self, world: ConsoleWorld) -> None:
        closed(make_stay(place=world.here, deposit_return_days=7).prepare())
        rows = world.client("manager").get(self.console.url("list") + "?tab=out").context["listing"].rows
        late = (timezone.now().date() - LAST_DAY).days
        assert [days_to_return(one) for one in rows] == [pytest.approx(8 - late, abs=1)]


class TestTurnovers(ConsoleTests):
    slug = "turnovers"
    viewer = "front_desk"
    editor = "manager"
    stranger = "engineer"
    list_queries = 8

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Turnover:
        return keys_return(tenure=make_lease(make_unit(property, str(number)), make_resident(property)), **BY)

    def test_the_report_has_the_median_by_month_and_the_longest(self, world: ConsoleWorld) -> None:
        for number, hours in (("101", 10), ("102", 20), ("103", 60)):
            turnover = self.make(world, world.here, int(number))
            turnover_end(turnover=turnover, by=None, at=BY["at"] + timedelta(hours=hours))
        context = world.client("manager").get(reverse("console:turnover-report")).context
        assert [(one.count, one.median, one.longest) for one in context["months"]] == [(3, 20.0, 60.0)]
        assert [one.unit.label[-3:] for one, _url, _hours in context["longest"]] == ["103", "102", "101"]
