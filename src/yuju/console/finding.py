"""Finding what belongs to a lease by what people know of it: its room, its resident, its number."""

from __future__ import annotations

from yuju.billing.models import BillingAccount
from yuju.kit.search import matching
from yuju.residency.models import Tenure

FOUND_AT_MOST = 5000


def tenures_found(text: str) -> list[int]:
    """The ids of leases and ownerships whose resident, unit or number matches every word."""
    # Three sets put together: asked for as one condition, all tenures ever would be gone through.
    rows = Tenure.objects.order_by().values_list("pk", flat=True)
    of_residents, of_units = (
        rows.filter(resident_id__in=matching(text, "resident")),
        rows.filter(unit_id__in=matching(text, "unit")),
    )
    return list(of_residents.union(of_units, rows.filter(pk__in=matching(text, "lease")))[:FOUND_AT_MOST])


def accounts_found(text: str) -> list[int]:
    """The ids of the billing accounts of those leases and ownerships: what is billed and paid is found by them."""
    return list(BillingAccount.objects.filter(tenure_id__in=tenures_found(text)).values_list("pk", flat=True))
