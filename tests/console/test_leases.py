"""The pages of leases and ownerships."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from tests.console.test_residents import living
from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import bind, make_meter, make_resident, make_tariff, make_unit, run_bills
from yuju.billing.models import BillingAccount, RecurringCharge
from yuju.journeys.tenures import tenure_open
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.premises.models import Property
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import Tenure

pytestmark = pytest.mark.django_db


class TestLeases(ConsoleTests, ConsoleFormTests):
    slug = "leases"
    viewer = "auditor"
    editor = "front_desk"
    stranger = "guard"
    list_queries = 9
    invalid = ("rent", "much")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Tenure:
        return living(property, number)

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        today = timezone.localdate()
        unit, resident = make_unit(world.here, f"9{number:03d}"), make_resident(world.here, f"郑凯{number}")
        return {
            "kind": "lease",
            "unit": unit.pk,
            "resident": resident.pk,
            "number": f"HT-F-{number}",
            "start": f"{today - timedelta(days=10)}",
            "end": f"{today + timedelta(days=300 + number)}",
            "category": "long_term",
            "rent": "4780.00",
            "deposit": "9560",
        }

    def test_letting_opens_the_account_and_binds_the_tariffs(self, world: ConsoleWorld) -> None:
        tariff = make_tariff(world.here)
        world_client = world.client("front_desk")
        data = {**self.form_data(world, 1), "tariffs": [tariff.pk]}
        response = world_client.post(self.console.url("new"), data)
        assert response.status_code == 302, response.context["form"].errors
        lease = Tenure.objects.get(number="HT-F-1")
        assert BillingAccount.objects.filter(tenure=lease).exists()
        assert RecurringCharge.objects.get(account__tenure=lease).rate == Decimal(4780)

    def test_a_unit_let_twice_is_refused_with_the_other_lease_named(self, world: ConsoleWorld) -> None:
        other = living(world.here, 1)
        data = {**self.form_data(world, 1), "unit": other.unit_id}
        response = world.client("front_desk").post(self.console.url("new"), data)
        assert response.status_code == 422
        assert other.number in response.context["form"].errors["start"][0]

    def test_an_ownership_may_be_open(self, world: ConsoleWorld) -> None:
        data = {**self.form_data(world, 1), "kind": "ownership", "end": "", "rent": "", "deposit": ""}
        client = world.client("front_desk")
        assert client.post(self.console.url("new"), data).status_code == 302
        owned = Tenure.objects.get()
        assert (owned.kind, owned.end) == (TenureKind.OWNERSHIP, None)
        assert self.listed(client) == []
        assert self.listed(client, "?tab=owners") == [owned.pk]
        edit = self.console.url("edit", owned.pk)
        form = {"number": owned.number, "start": str(owned.start), "_version": client.get(edit).context["version"]}
        assert client.post(edit, {**form, "end": str(timezone.localdate())}).status_code == 302

    def test_a_billed_start_is_refused_at_its_field(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        bind(lease, make_tariff(world.here))
        run_bills(world.here, timezone.localdate())
        client = world.client("front_desk")
        edit = self.console.url("edit", lease.pk)
        data = {
            "number": lease.number,
            "start": str(lease.start + timedelta(days=1)),
            "end": str(lease.end),
            "category": "long_term",
            "rent": "4850",
            "_version": client.get(edit).context["version"],
        }
        response = client.post(edit, data)
        assert response.status_code == 422
        assert str(lease.start) in response.context["form"].errors["start"][0]

    def test_the_views_part_leases_by_their_days(self, world: ConsoleWorld) -> None:
        current, soon, over = living(world.here, 1), living(world.here, 2, days=30), living(world.here, 3, days=-1)
        ended = living(world.here, 4, days=-9)
        Tenure.objects.filter(pk=ended.pk).update(state=TenureState.ENDED)
        unit = make_unit(world.here, "0501")
        day = timezone.localdate() + timedelta(days=1)
        coming = tenure_open(
            kind=TenureKind.LEASE,
            unit=unit,
            resident=current.resident,
            start=day,
            end=day,
            number="HT-C",
            state=TenureState.SIGNED,
            by=None,
            at=AT,
        )
        client = world.client("auditor")
        assert set(self.listed(client)) == {current.pk, soon.pk}
        assert self.listed(client, "?tab=ending") == [soon.pk]
        assert self.listed(client, "?tab=over") == [over.pk]
        assert self.listed(client, "?tab=ended") == [ended.pk]
        assert self.listed(client, "?tab=coming") == [coming.pk]

    def test_the_page_tells_terms_charges_bills_and_meters(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        meter = make_meter(world.here, lease.unit)
        bind(lease, make_tariff(world.here), start=date(2026, 9, 1))
        run_bills(world.here, date(2026, 11, 25))
        page = world.client("manager").get(self.console.detail_url(lease)).content.decode()
        for told in ("4,850.00", meter.serial, lease.resident.name):
            assert told in page, told

    def test_the_first_charges_stand_beside_the_form(self, world: ConsoleWorld) -> None:
        # Given a flat rent, a fee by area and water by readings, for a lease from the 16th of a month of 30 days
        unit = make_unit(world.here, "1602", area="60")
        make_meter(world.here, unit)
        tariffs = [
            make_tariff(world.here),
            make_tariff(world.here, "property", "3", basis="area"),
            make_tariff(world.here, "water", "5", basis="metered"),
        ]
        data = {
            "kind": "lease",
            "unit": unit.pk,
            "start": "2026-11-16",
            "end": "2027-11-15",
            "rent": "4780",
            "deposit": "9560",
            "tariffs": [one.pk for one in tariffs],
        }

        # When
        response = world.client("front_desk").post(self.console.url("new-panel"), data)

        # Then half of November is priced, and the deposit counts
        panel = response.context["panel"]
        assert [one.value for one in panel.lines if one.is_money] == [Decimal(9560), Decimal(2390), Decimal(90)]
        assert panel.total == Decimal("12040.00")
        empty = world.client("front_desk").post(self.console.url("new-panel"), {"start": "x"})
        assert empty.status_code == 200
