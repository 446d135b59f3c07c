"""A company with three leases that are billed, for tests of what it owes as one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.support.stays import bind, make_company, make_lease, make_tariff, make_unit, run_bills
from yuju.billing.models import BillingAccount, CollectiveBill
from yuju.premises.models import Property
from yuju.residency.models import Resident

RENTS = {"1601": "3000", "1602": "2500.50", "1603": "2000"}
"""Yuan a month, by unit."""
TOTAL = Decimal("7500.50")


class Billed:
    """A company that was billed the rents of its three units, and a person next door who was billed, too."""

    def __init__(self, place: Property, day: date = date(2026, 3, 1), **given: str) -> None:
        self.place = place
        self.company: Resident = make_company(place, phone="13912345678", contact_name="陈静", **given)
        for number, rent in RENTS.items():
            lease = make_lease(make_unit(place, number), self.company)
            bind(lease, make_tariff(place, rate=rent), start=date(2026, 3, 1))
        self.person = make_lease(make_unit(place, "1701"))
        bind(self.person, make_tariff(place, rate="1800"), start=date(2026, 3, 1))
        run_bills(place, day)

    @property
    def collective(self) -> CollectiveBill:
        found: CollectiveBill = CollectiveBill.objects.select_related("run", "property", "resident").latest("pk")
        return found

    def account(self, number: str) -> BillingAccount:
        rows = BillingAccount.objects.select_related("property", "tenure__unit", "tenure__resident")
        found: BillingAccount = rows.get(tenure__unit__number=number)
        return found
