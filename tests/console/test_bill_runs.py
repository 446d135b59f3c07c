"""The pages of bill runs: drafting, deciding, approving, issuing."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.billing_small import AT, draft, issued, lease_of, read
from tests.support.console_world import ConsoleWorld
from yuju.billing.choices import Decision, RunState
from yuju.billing.models import BillRun
from yuju.billing.services.calendar import billing_calendar_set
from yuju.kit.records import JobProgress
from yuju.kit.testing.console import ConsoleTests
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


def second_person(property: Property) -> None:
    billing_calendar_set(
        property=property,
        is_on=False,
        day=25,
        hour=6,
        approver=None,
        issue_when_clean=False,
        second_person=True,
        today=date(2026, 1, 1),
        by=None,
        at=AT,
    )


def strange_run(property: Property, by: Any = None) -> BillRun:
    """A draft with one charge that looks unusual, and one reading that goes backwards."""
    steady = [(date(2026, 1, 1), 0), *((date(2026, month, 28), month * 100) for month in range(1, 5))]
    read(lease_of(property, 101), *steady, (date(2026, 5, 28), 2400))
    read(lease_of(property, 102), *steady, (date(2026, 5, 28), 390))
    return draft(property, date(2026, 5, 28), by=by)


def act(client: Client, run: BillRun, verb: str, **data: Any) -> Any:
    response = client.post(reverse(f"console:bill-run-{verb}", args=[run.pk]), data)
    run.refresh_from_db()
    return response


class TestBillRuns(ConsoleTests):
    slug = "bill-runs"
    viewer = "cashier"
    editor = "accountant"
    stranger = "front_desk"
    list_queries = 8

    def make(self, world: ConsoleWorld, property: Property, number: int) -> BillRun:
        return BillRun.objects.create(
            property=property,
            number=1000 + number,
            as_of=date(2025, 1 + number % 12, 1),
            state=RunState.DROPPED,
            source="console",
            drafted_at=AT,
        )

    def page(self, client: Client, run: BillRun) -> str:
        response = client.get(self.console.detail_url(run))
        assert response.status_code == 200
        return response.content.decode()

    def test_a_run_is_drafted_from_its_page(self, world: ConsoleWorld) -> None:
        lease_of(world.here, 101)
        client = world.client("accountant")
        new = reverse("console:bill-run-new")
        assert client.get(new).status_code == 200
        for day in ("soon", "9999-12-31", "2199-12-31", "0001-01-01"):
            assert client.post(new, {"property": world.here.pk, "as_of": day}).status_code == 422
        response = client.post(new, {"property": world.here.pk, "as_of": "2026-02-01"})
        run = BillRun.objects.get()
        assert response["Location"] == self.console.detail_url(run)
        assert (run.bill_count, str(run.total)) == (2, "8350.00")
        page = self.page(client, run)
        assert "¥8,350" in page
        assert "可出账" in page

    def test_a_large_property_is_drafted_in_the_background(
        self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("yuju.console.pages.bill_runs.IN_THE_BACKGROUND", 0)
        lease_of(world.here, 101)
        client = world.client("accountant")
        response = client.post(reverse("console:bill-run-new"), {"property": world.here.pk, "as_of": "2026-02-01"})
        progress = JobProgress.objects.get()
        assert client.get(response["Location"]).status_code == 200
        assert not BillRun.objects.exists()
        # Once it has ended, its page leads to the run; nobody else sees it.
        run = draft(world.here)
        progress.state, progress.result = JobProgress.State.DONE, {"run": run.pk}
        progress.save()
        assert client.get(response["Location"])["Location"] == self.console.detail_url(run)
        assert world.client("accountant").get(response["Location"]).status_code == 404

    def test_a_run_is_issued_once_every_exception_is_decided(self, world: ConsoleWorld) -> None:
        # Given a draft with two exceptions of different causes
        run = strange_run(world.here)
        client = world.client("accountant")
        assert "还有 2 条异常" in self.page(client, run)

        # When somebody tries to issue it, it stays a draft
        act(client, run, "issue", period="2026-05")
        assert run.state == RunState.DRAFT

        # When one is confirmed and the other left out by cause
        spike = run.exceptions.get(cause="spike")
        act(client, run, "decide", exception=spike.pk, decision="confirmed")
        act(client, run, "decide", cause="backwards", decision="excluded")
        assert set(run.exceptions.values_list("decision", flat=True)) == {Decision.CONFIRMED, Decision.EXCLUDED}

        # Then the period has to be typed, and the run is issued
        act(client, run, "issue", period="2026-06")
        assert run.state == RunState.DRAFT
        act(client, run, "issue", period="2026-05")
        assert run.state == RunState.ISSUED
        assert run.bills.filter(number=None).count() == 0
        page = self.page(client, run)
        assert "已出账" in page
        assert "foot-bar" not in page

    def test_leaving_an_unusual_charge_out_takes_it_off_the_bills(self, world: ConsoleWorld) -> None:
        run = strange_run(world.here)
        before = run.total
        spike = run.exceptions.get(cause="spike")
        act(world.client("accountant"), run, "decide", exception=spike.pk, decision="excluded")
        assert run.total < before

    def test_who_drafted_it_does_not_approve_it(self, world: ConsoleWorld) -> None:
        # Given an operator who wants two persons
        second_person(world.here)
        maker, checker = world.user("accountant"), world.user("manager")
        lease_of(world.here, 101)
        run = draft(world.here, by=maker)
        mine, theirs = world.client_of(maker), world.client_of(checker)
        assert "须由他人审批" in self.page(mine, run)

        # When the maker approves or issues, nothing happens
        act(mine, run, "approve")
        assert run.approved_by is None
        act(theirs, run, "issue", period="2026-02")
        assert run.state == RunState.DRAFT

        # Then another approves, and it is issued
        assert "bill-runs" in self.page(theirs, run)
        act(theirs, run, "approve")
        assert run.approved_by == checker
        act(mine, run, "issue", period="2026-02")
        assert run.state == RunState.ISSUED

    def test_a_draft_is_dropped_or_made_anew(self, world: ConsoleWorld) -> None:
        lease_of(world.here, 101)
        run = draft(world.here)
        client = world.client("accountant")
        lease_of(world.here, 102)
        act(client, run, "anew")
        assert run.bill_count == 4
        act(client, run, "drop")
        assert (run.state, run.bill_count) == (RunState.DROPPED, 0)
        act(client, run, "anew")
        assert run.state == RunState.DROPPED
        assert BillRun.objects.count() == 1

    @pytest.mark.parametrize("verb", ["decide", "anew", "drop", "approve", "issue"])
    def test_only_who_may_acts(self, world: ConsoleWorld, verb: str) -> None:
        lease_of(world.here, 101)
        run = draft(world.here)
        assert act(world.client("cashier"), run, verb).status_code == 403
        assert act(world.client("accountant", at=world.elsewhere), run, verb).status_code == 404
        assert world.client("accountant").get(reverse(f"console:bill-run-{verb}", args=[run.pk])).status_code == 405
        assert run.state == RunState.DRAFT

    def test_who_may_only_look_is_offered_no_button(self, world: ConsoleWorld) -> None:
        run = strange_run(world.here)
        page = self.page(world.client("cashier"), run)
        for verb in ("decide", "anew", "drop", "approve", "issue"):
            assert reverse(f"console:bill-run-{verb}", args=[run.pk]) not in page

    @pytest.mark.parametrize("query", ["?exceptions=decided", "?exceptions=x&cause=spike", "?cause=nothing"])
    def test_no_address_makes_the_review_fail(self, world: ConsoleWorld, query: str) -> None:
        run = strange_run(world.here)
        client = world.client("accountant")
        assert client.get(self.console.detail_url(run) + query).status_code == 200

    def test_the_review_takes_the_same_queries_for_any_number_of_units(self, world: ConsoleWorld) -> None:
        client = world.client("accountant")
        counts = []
        for number in (1, 5):
            for extra in range(number):
                lease_of(world.here, 100 * number + extra)
            issued(world.here, date(2026, number, 1))
            run = draft(world.here, date(2026, number + 1, 1))
            with CaptureQueriesContext(connection) as captured:
                self.page(client, run)
            counts.append(sum("SAVEPOINT" not in one["sql"] and "SET LOCAL" not in one["sql"] for one in captured))
        assert counts[0] == counts[1]
        assert counts[0] <= 22
