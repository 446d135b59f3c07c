"""Changing a running stay at the desk: what is shown is what is done."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.console.test_residents import living
from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import bind, make_resident, make_tariff, make_unit, run_bills
from yuju.billing.models import Adjustment, BillingAccount
from yuju.console.pages.deposits import state_of
from yuju.kit.testing.console import ConsoleTests
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import DepositStanding
from yuju.payments.services import deposit_ask, payment_take
from yuju.premises.models import Property
from yuju.residency.choices import LinkKind, PenaltyKind, TenureState
from yuju.residency.models import EndAnswer, EndReminder, MoveOutNotice, Occupant, Tenure, TenureLink
from yuju.residency.services import agreement_set

pytestmark = pytest.mark.django_db


def change_url(tenure: Tenure, name: str) -> str:
    return reverse("console:lease-change", args=[tenure.pk, name])


def suggested(client: Client, url: str) -> dict[str, Any]:
    """The form as it opens, with the effect that stands beside it."""
    context = client.get(url).context
    form, effect = context["form"], context["effect"]
    values = {name: form[name].value() for name in form.fields}
    data = {name: getattr(value, "pk", value) for name, value in values.items() if value not in (None, "")}
    return {**data, "_shown": "" if effect.cautions else effect.digest}


class TestChanges:
    def test_an_extension_is_done_as_it_was_shown_and_no_other(self, world: ConsoleWorld) -> None:
        # Given a lease that is billed to an end within the month
        lease = living(world.here, 1, days=3)
        bind(lease, make_tariff(world.here))
        run_bills(world.here, timezone.localdate())
        client = world.client("front_desk")
        url = change_url(lease, "extend")
        data = suggested(client, url)

        # When something else is sent than was shown, nothing happens and its effect is shown
        refused = client.post(url, {**data, "days": "2"})
        assert refused.status_code == 422
        lease.refresh_from_db()
        assert (lease.end - timezone.localdate()).days == 3
        assert Adjustment.objects.count() == 0
        effect = refused.context["effect"]

        # Then what was shown is done, to the fen
        assert client.post(url, {**data, "days": "2", "_shown": effect.digest}).status_code == 302
        posted = sum((one.amount for one in Adjustment.objects.all()), Decimal(0))
        assert posted == effect.now
        lease.refresh_from_db()
        assert (lease.end - timezone.localdate()).days == 5

    def test_the_panel_writes_nothing(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        client = world.client("front_desk")
        data = suggested(client, change_url(lease, "renew"))
        page = client.post(change_url(lease, "renew") + "panel", data)
        assert page.status_code == 200
        assert "_shown" in page.content.decode()
        assert (Tenure.objects.count(), TenureLink.objects.count()) == (1, 0)

    def test_a_renewal_leaves_both_leases_each_with_the_way_to_the_other(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1, days=20)
        bind(lease, make_tariff(world.here))
        client = world.client("front_desk")
        client.post(reverse("console:lease-answer", args=[lease.pk]), {"answer": "leave"})
        url = change_url(lease, "renew")
        data = {**suggested(client, url), "rent": "5000", "step_months": "6", "step_percent": "3"}
        shown = client.post(url, data).context["effect"].digest
        answer = client.post(url, {**data, "_shown": shown})
        after = TenureLink.objects.get().after
        assert answer.headers["Location"] == reverse("console:leases-detail", args=[after.pk])
        assert [one.rent for one in after.terms.order_by("valid_from")] == [Decimal(5000), Decimal(5150)]
        for here, there in ((lease, after), (after, lease)):
            page = client.get(reverse("console:leases-detail", args=[here.pk])).content.decode()
            assert there.number in page
            # And nobody is told any more that they will move out
            assert "表示要退租" not in page
        # Renewed, it is not offered again
        assert client.get(url).status_code == 404

    def test_leaving_early_shows_the_penalty_and_leads_to_the_check_out(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        bind(lease, make_tariff(world.here))
        agreement_set(tenure=lease, penalty_kind=PenaltyKind.FIXED, penalty=Decimal(900), by=None, at=AT)
        client, url = world.client("front_desk"), change_url(lease, "early-end")
        data = suggested(client, url)
        shown = client.get(url).context["effect"]
        assert [line.value for part in shown.sections for line in part.lines] == [Decimal(900)]
        answer = client.post(url, {**data, "_shown": shown.digest})
        assert answer.headers["Location"] == reverse("console:check-out", args=[lease.pk])
        notice = MoveOutNotice.objects.get(tenure=lease, withdrawn_at=None)
        # And what happened is said: nothing has ended yet
        assert (
            f"提前退租已登记：最后一天为 {notice.last_day}" in client.get(answer.headers["Location"]).content.decode()
        )

    def test_a_room_is_chosen_first_and_a_taken_one_refused(self, world: ConsoleWorld) -> None:
        lease, other = living(world.here, 1), living(world.here, 2)
        free = make_unit(world.here, "0909")
        client, today = world.client("front_desk"), timezone.localdate()
        url = change_url(lease, "room")
        assert client.get(url).status_code == 200
        assert client.get(url, {"unit": lease.unit_id, "on": str(today)}).status_code == 422
        first = client.get(url, {"unit": free.pk, "on": str(lease.start)})
        assert str(lease.start + timedelta(days=1)) in first.context["form"].errors["on"][0]
        assert other.number in client.get(url, {"unit": other.unit_id, "on": str(today)}).content.decode()
        there = f"{url}?unit={free.pk}&on={today}"
        data = suggested(client, there)
        assert client.post(there, data).status_code == 302
        link = TenureLink.objects.get()
        assert (link.kind, link.after.unit, link.before.state) == (LinkKind.ROOM, free, TenureState.ENDED)

    def test_another_tenant_takes_over(self, world: ConsoleWorld) -> None:
        lease, other = living(world.here, 1), make_resident(world.here, "王建国")
        client = world.client("front_desk")
        url = change_url(lease, "tenant")
        data = {**suggested(client, url), "resident": other.pk, "deposit_moves": "yes"}
        shown = client.post(url, data).context["effect"].digest
        assert client.post(url, {**data, "_shown": shown}).status_code == 302
        assert TenureLink.objects.get().after.resident == other

    def test_occupants_come_and_go_and_bills_count_them(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        client, today = world.client("front_desk"), timezone.localdate()
        url = change_url(lease, "occupant-in")
        data = {**suggested(client, url), "name": "高远", "relation": "配偶", "occupants": "2"}
        wrong = client.post(url, {**data, "phone": "12"})
        assert wrong.status_code == 422
        assert wrong.context["form"].errors["phone"]
        data["_shown"] = client.post(url, data).context["effect"].digest
        for _twice in range(2):
            assert client.post(url, data).status_code == 302
        person = Occupant.objects.get()
        assert (person.since, lease.terms.latest("valid_from").occupants) == (today, 2)
        out = change_url(lease, "occupant-out")
        data = suggested(client, out)
        assert client.post(out, {**data, "on": str(today)}).status_code == 302
        person.refresh_from_db()
        assert person.until == today
        assert lease.terms.latest("valid_from").occupants == 1

    @pytest.mark.parametrize("name", ["rent", "free"])
    def test_the_other_changes_open_and_are_held_against_their_rules(self, world: ConsoleWorld, name: str) -> None:
        lease = living(world.here, 1)
        client = world.client("front_desk")
        assert client.get(change_url(lease, name)).status_code == 200
        assert client.post(change_url(lease, name), {}).status_code == 422
        assert client.get(change_url(lease, "nothing")).status_code == 404
        assert world.client("auditor").get(change_url(lease, name)).status_code == 403

    def test_an_answer_at_the_desk_and_what_overstaying_costs_stand_on_the_page(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1, days=-10)
        Tenure.objects.update(state=TenureState.LIVING)
        agreement_set(tenure=lease, overstay_rate=Decimal(320), by=None, at=AT)
        client = world.client("front_desk")
        client.post(reverse("console:lease-answer", args=[lease.pk]), {"answer": "leave"})
        answer = EndAnswer.objects.get()
        assert (answer.answer, answer.by is not None) == ("leave", True)
        page = client.get(reverse("console:leases-detail", args=[lease.pk])).content.decode()
        assert "3,200.00" in page

    def test_a_property_says_when_it_asks(self, world: ConsoleWorld) -> None:
        url = reverse("console:property-reminders", args=[world.here.pk])
        client = world.client("manager")
        assert client.post(url, {"days": "sixty"}).status_code == 422
        assert client.post(url, {"days": "45、10"}).status_code == 302
        assert EndReminder.objects.get().days == [45, 10]
        assert world.client("front_desk").get(url).status_code == 403


class TestDeposits(ConsoleTests):
    slug = "deposits"
    viewer = "auditor"
    stranger = "guard"
    list_queries = 8

    def make(self, world: ConsoleWorld, property: Property, number: int) -> DepositStanding:
        lease = living(property, number)
        account, today = BillingAccount.objects.get(tenure=lease), timezone.localdate()
        deposit_ask(account=account, amount=Decimal(5000 + number), on=today, due=today, key=uuid4(), by=None, at=AT)
        return DepositStanding.objects.get(account=account)

    def test_whoever_left_waits_for_the_deposit_until_it_is_late(self, world: ConsoleWorld) -> None:
        row = self.make(world, world.here, 1)
        tenure = row.account.tenure
        client = world.client("accountant")
        assert self.listed(client, "?tab=missing") == [row.pk]
        given: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": uuid4(), "on": timezone.localdate()}
        payment_take(account=row.account, amount=Decimal(5001), by=None, at=AT, **given)
        assert self.listed(client, "?tab=missing") == self.listed(client, "?tab=return") == []
        agreement_set(tenure=tenure, deposit_return_days=7, by=None, at=AT)
        today = timezone.localdate()
        # On the last day it is due today, not within 0 days
        Tenure.objects.update(state=TenureState.ENDED, end=today - timedelta(days=7))
        assert [str(words) for _tone, words in state_of(DepositStanding.objects.get())] == ["今天应退"]
        for days, tabs in ((3, ["return"]), (8, ["return", "late"])):
            Tenure.objects.update(state=TenureState.ENDED, end=today - timedelta(days=days))
            found = [tab for tab in ("return", "late") if self.listed(client, f"?tab={tab}") == [row.pk]]
            assert found == tabs
        totals = client.get(reverse("console:deposit-totals"))
        assert totals.context["whole"].late == Decimal("5001.00")
        assert "5,001.00" in totals.content.decode()
