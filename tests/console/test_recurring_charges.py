"""The pages of recurring charges, and the billing calendar."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from tests.support.billing_small import AT, issued, lease_of, tariffs_of
from tests.support.console_world import ConsoleWorld
from yuju.billing.models import BillingCalendar, RecurringCharge
from yuju.billing.services.recurring import recurring_charge_end
from yuju.kit.testing.console import ConsoleTests
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


class TestRecurringCharges(ConsoleTests):
    slug = "recurring-charges"
    viewer = "cashier"
    editor = "accountant"
    stranger = "guard"
    list_queries = 13

    def make(self, world: ConsoleWorld, property: Property, number: int) -> RecurringCharge:
        found = lease_of(property, number)
        recurring_charge_end(charge=found.charges["POWER"], end=date(2026, 1, 31), by=None, at=AT)
        recurring_charge_end(charge=found.charges["FEE"], end=date(2026, 1, 31), by=None, at=AT)
        return found.charges["RENT"]

    def add(self, client: Any, lease: Any, **data: Any) -> Any:
        address = f"{self.console.url('new')}?tenure={lease.tenure.pk}"
        return client.post(address, {"start": "2026-06-01", "discount": "0", **data})

    def test_one_is_added_to_a_lease(self, world: ConsoleWorld) -> None:
        lease = lease_of(world.here, 101)
        client = world.client("accountant")
        response = self.add(client, lease, tariff=tariffs_of(world.here)["FEE"].pk, rate="3.00", discount="10")
        assert response.status_code == 302
        made = RecurringCharge.objects.get(start=date(2026, 6, 1))
        assert (made.rate, made.discount, made.end) == (Decimal("3.00"), Decimal("0.1"), lease.tenure.end)
        assert "3.00 元/m²·月" in client.get(response["Location"]).content.decode()

    def test_an_overlap_on_a_meter_is_a_sentence_at_its_field(self, world: ConsoleWorld) -> None:
        lease = lease_of(world.here, 101)
        response = self.add(
            world.client("accountant"), lease, tariff=tariffs_of(world.here)["POWER"].pk, point=lease.point.pk
        )
        assert response.status_code == 422
        assert "仪表" in response.context["form"].errors["start"][0]

    def test_the_panel_says_what_the_first_period_costs(self, world: ConsoleWorld) -> None:
        lease = lease_of(world.here, 101)
        client = world.client("accountant")
        address = f"{self.console.url('new-panel')}?tenure={lease.tenure.pk}"
        typed = {"tariff": tariffs_of(world.here)["FEE"].pk, "start": "2026-06-16", "discount": "0"}
        page = client.post(address, typed).content.decode()
        assert "87.50" in page
        # And the two after it
        assert page.count(">175.00<") == 2
        assert "15/30" in page
        for day in ("never", "0001-01-01", "9999-12-31"):
            assert client.post(address, {**typed, "start": day}).status_code == 200
            assert client.post(address, {**typed, "end": day}).status_code == 200

    def test_a_lease_has_to_be_named_and_be_within_reach(self, world: ConsoleWorld) -> None:
        lease = lease_of(world.here, 101)
        client = world.client("accountant")
        assert client.get(self.console.url("new")).status_code == 403
        found = client.get(reverse("console:recurring-charge-lease"), {"tenure": lease.tenure.pk})
        assert found["Location"].endswith(f"?tenure={lease.tenure.pk}")
        stranger = world.client("accountant", at=world.elsewhere)
        assert stranger.get(f"{self.console.url('new')}?tenure={lease.tenure.pk}").status_code == 403
        assert self.add(stranger, lease, tariff=1).status_code == 403
        assert stranger.post(f"{self.console.url('new-panel')}?tenure={lease.tenure.pk}").status_code == 403

    def test_a_lease_in_the_address_of_one_that_exists_changes_nothing(self, world: ConsoleWorld) -> None:
        # Given a charge of one lease, and the address of its form with another lease
        charge = self.make(world, world.here, 101)
        client = world.client("accountant")
        address = f"{self.console.url('edit', charge.pk)}?tenure={lease_of(world.here, 102).tenure.pk}"
        form = client.get(address).context["form"]
        assert "tariff" not in form.fields

        # When it is sent with a tariff of that one
        given = {"start": charge.start, "end": charge.end, "discount": "0", "rate": "", "tariff": charge.tariff_id}
        version = client.get(address).context["version"]
        assert client.post(address, {**given, "_version": version}).status_code == 302

        # Then it is still of its own
        assert RecurringCharge.objects.get(pk=charge.pk).account_id == charge.account_id

    def test_what_was_billed_keeps_its_start(self, world: ConsoleWorld) -> None:
        charge = lease_of(world.here, 101).charges["RENT"]
        issued(world.here)
        client = world.client("accountant")
        edit = self.console.url("edit", charge.pk)
        data = {"start": "2026-01-02", "discount": "0", "_version": client.get(edit).context["version"]}
        response = client.post(edit, data)
        assert response.status_code == 422
        assert response.context["form"].errors["start"]

    def test_it_is_ended_on_a_day(self, world: ConsoleWorld) -> None:
        charge = lease_of(world.here, 101).charges["RENT"]
        address = reverse("console:recurring-charge-end", args=[charge.pk])
        assert world.client("cashier").post(address, {"end": "2026-05-31"}).status_code == 403
        client = world.client("accountant")
        client.post(address, {"end": "soon"})
        client.post(address, {"end": "2026-05-31"})
        charge.refresh_from_db()
        assert charge.end == date(2026, 5, 31)

    def test_the_search_knows_pinyin_and_rooms(self, world: ConsoleWorld) -> None:
        mine = self.make(world, world.here, 101)
        lease_of(world.here, 1602, name="周怡轩")
        client = world.client("cashier")
        assert mine.pk in self.listed(client, "?q=lxt")
        assert mine.pk not in self.listed(client, "?q=3-1602")


class TestBillingCalendars(ConsoleTests):
    slug = "billing-calendars"
    viewer = "accountant"
    editor = "manager"
    stranger = "guard"
    list_queries = 9

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Property:
        return property

    def test_the_property_switcher_narrows_the_list(self, world: ConsoleWorld) -> None:
        client = world.client(self.viewer)
        world.choose(client, world.here)
        assert set(self.listed(client)) == {world.here.pk, world.elsewhere.pk}

    def test_it_is_set_by_the_manager(self, world: ConsoleWorld) -> None:
        client = world.client("manager")
        edit = self.console.url("edit", world.here.pk)
        data = {"is_on": "on", "day": "0", "hour": "7", "second_person": "on"}
        response = client.post(edit, {**data, "_version": client.get(edit).context["version"]})
        assert response.status_code == 302
        calendar = BillingCalendar.objects.get()
        assert (calendar.is_on, calendar.day, calendar.hour, calendar.second_person) == (True, 0, 7, True)
        assert "每月最后一天" in client.get(response["Location"]).content.decode()
        assert world.client("accountant").get(edit).status_code == 403

    def test_who_is_posted_elsewhere_alone_is_not_offered_to_be_told(self, world: ConsoleWorld) -> None:
        here, elsewhere = world.user("accountant", at=world.here), world.user("accountant", at=world.elsewhere)
        form = world.client("manager", at=world.here).get(self.console.url("edit", world.here.pk)).context["form"]
        offered = set(form.fields["approver"].queryset.values_list("pk", flat=True))
        assert here.pk in offered
        assert elsewhere.pk not in offered
        everywhere = world.client("manager").get(self.console.url("edit", world.here.pk)).context["form"]
        assert {here.pk, elsewhere.pk} <= set(everywhere.fields["approver"].queryset.values_list("pk", flat=True))

    def test_what_contradicts_itself_is_refused(self, world: ConsoleWorld) -> None:
        client = world.client("manager")
        edit = self.console.url("edit", world.here.pk)
        data = {"is_on": "on", "day": "1", "hour": "7", "second_person": "on", "issue_when_clean": "on"}
        response = client.post(edit, {**data, "_version": client.get(edit).context["version"]})
        assert response.status_code == 422
        assert response.context["form"].errors["issue_when_clean"]
