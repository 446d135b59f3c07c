"""Finding what belongs to a lease by what people know of it: its room, its resident, its number."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Model, Q, QuerySet, Value
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.kit.console import ModelConsole
from yuju.kit.search import matching, more_match
from yuju.residency.models import Tenure

FOUND_AT_MOST = 1000
"""How many leases and ownerships a list is narrowed to; beyond it, it says so."""

M = TypeVar("M", bound=Model)


class OfAccounts(ModelConsole[M]):
    """The pages of what is billed and paid, found by the lease it belongs to."""

    def search(self, rows: QuerySet[M], text: str) -> QuerySet[M]:
        return rows.filter(of_accounts_found(text))

    def search_left_out(self, text: str) -> str:
        # Each of the three sets may leave something out before they are put together.
        if not more_match(text, "resident", "unit", "lease") and not _tenures(text)[FOUND_AT_MOST : FOUND_AT_MOST + 1]:
            return ""
        return _("Too many match: only those of %(number)s leases are looked at. Type more to find the others.") % {
            "number": f"{FOUND_AT_MOST:,}"
        }


def tenures_found(text: str) -> list[int]:
    """The ids of leases and ownerships whose resident, unit or number matches every word; at most `FOUND_AT_MOST`."""
    return list(_tenures(text)[:FOUND_AT_MOST])


def _tenures(text: str) -> QuerySet[Tenure, Any]:
    # Three sets put together: asked for as one condition, all tenures ever would be gone through.
    rows = Tenure.objects.order_by().values_list("pk", flat=True)
    of_residents, of_units = (
        rows.filter(resident_id__in=matching(text, "resident")),
        rows.filter(unit_id__in=matching(text, "unit")),
    )
    # Of each no more than are looked at, and one that tells that there are more.
    sets = (of_residents, of_units, rows.filter(pk__in=matching(text, "lease")))
    first, *others = (each[: FOUND_AT_MOST + 1] for each in sets)
    return first.union(*others)


def of_accounts_found(text: str) -> Q:
    """The condition that a row's `account_id` is the billing account of one of those leases and ownerships: what is billed
    and paid is found by it."""
    accounts = BillingAccount.objects.filter(any_of("tenure_id", tenures_found(text)))
    return any_of("account_id", list(accounts.values_list("pk", flat=True)))


def number_begins(text: str) -> Q:
    """The condition that a row's `number` begins with what was typed; none where that looks like no number."""
    if not re.fullmatch(r"[A-Za-z]{1,4}-[0-9-]{1,30}", text):
        return Q(pk__in=[])
    # A prefix as a range: LIKE cannot use an index behind the wall.
    return Q(number__gte=text.upper(), number__lt=text.upper() + "~")


def any_of(column: str, ids: list[int]) -> Q:
    """The condition that a column is one of these ids, given as one array: a list of thousands of values takes longer to
    write down than to look up."""
    given = Value(ids, output_field=ArrayField(BigIntegerField()))
    return Q(Func(F(column), given, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()))
