"""Finding what belongs to a lease by what people know of it: its room, its resident, its number."""

from __future__ import annotations

import re
from typing import TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Model, Q, QuerySet, Value
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.kit.console import ModelConsole, Searched
from yuju.kit.search import matching, more_match
from yuju.residency.models import Tenure

FOUND_AT_MOST = 1000
"""How many leases and ownerships a list is narrowed to; beyond it, it says so."""

M = TypeVar("M", bound=Model)


class OfAccounts(ModelConsole[M]):
    """The pages of what is billed and paid, found by the lease it belongs to."""

    def search(self, rows: QuerySet[M], text: str) -> QuerySet[M]:
        return self.searched(rows, text).rows

    def searched(self, rows: QuerySet[M], text: str) -> Searched[M]:
        tenures = _tenures_found(text)
        accounts = BillingAccount.objects.filter(any_of("tenure_id", tenures[:FOUND_AT_MOST]))
        of_accounts = any_of("account_id", list(accounts.values_list("pk", flat=True)))
        return Searched(self.of_found(rows, text, of_accounts), lambda: _left_out(text, tenures))

    def of_found(self, rows: QuerySet[M], text: str, of_accounts: Q) -> QuerySet[M]:
        """The rows found: those that meet the condition that a row's `account_id` is one of the accounts found, and what
        else the text finds."""
        return rows.filter(of_accounts)


def _tenures_found(text: str) -> list[int]:
    """The ids of leases and ownerships whose resident, unit or number matches every word; one more than `FOUND_AT_MOST`
    where there are more."""
    # Three sets put together: asked for as one condition, all tenures ever would be gone through.
    rows = Tenure.objects.order_by().values_list("pk", flat=True)
    of_residents, of_units = (
        rows.filter(resident_id__in=matching(text, "resident")),
        rows.filter(unit_id__in=matching(text, "unit")),
    )
    # Of each no more than are looked at, and one that tells that there are more.
    sets = (of_residents, of_units, rows.filter(pk__in=matching(text, "lease")))
    first, *others = (each[: FOUND_AT_MOST + 1] for each in sets)
    return list(first.union(*others)[: FOUND_AT_MOST + 1])


def _left_out(text: str, tenures: list[int]) -> str:
    # Each of the three sets may leave something out before they are put together.
    if len(tenures) <= FOUND_AT_MOST and not more_match(text, "resident", "unit", "lease"):
        return ""
    return _("Too many match: only those of %(number)s leases are looked at. Type more to find the others.") % {
        "number": f"{FOUND_AT_MOST:,}"
    }


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
