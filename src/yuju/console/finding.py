"""Finding what belongs to a lease by what people know of it: its room, its resident, its number."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, Value

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


def of_accounts_found(text: str) -> Q:
    """The condition that a row's `account_id` is the billing account of one of those leases and ownerships: what is billed
    and paid is found by it."""
    accounts = BillingAccount.objects.filter(_any_of("tenure_id", tenures_found(text)))
    return _any_of("account_id", list(accounts.values_list("pk", flat=True)))


def _any_of(column: str, ids: list[int]) -> Q:
    """The condition that a column is one of these ids, given as one array: a list of thousands of values takes longer to
    write down than to look up."""
    given = Value(ids, output_field=ArrayField(BigIntegerField()))
    return Q(Func(F(column), given, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()))
