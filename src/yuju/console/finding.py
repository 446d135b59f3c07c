"""Finding what belongs to a lease by what people know of it: its room, its resident, its number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Func, Model, Q, QuerySet, Value
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.kit.console import ModelConsole, Searched
from yuju.kit.search import MATCHED_AT_MOST, matching_of

FOUND_AT_MOST = 1000
"""How many leases and ownerships a list is narrowed to; beyond it, it says so."""

# What was found of each kind by itself, and no more of it than is looked at: asked for as one condition, all tenures ever
# would be gone through.
_TENURES = """
WITH found AS MATERIALIZED ({found})
SELECT id, (SELECT count(*) FROM found) AS hits FROM (
    (SELECT id FROM residency_tenure WHERE resident_id IN (SELECT object_id FROM found WHERE kind = 'resident') LIMIT %s)
    UNION
    (SELECT id FROM residency_tenure WHERE unit_id IN (SELECT object_id FROM found WHERE kind = 'unit') LIMIT %s)
    UNION
    (SELECT id FROM residency_tenure WHERE id IN (SELECT object_id FROM found WHERE kind = 'lease') LIMIT %s)
) AS tenure
LIMIT %s
"""

M = TypeVar("M", bound=Model)


class OfAccounts(ModelConsole[M]):
    """The pages of what is billed and paid, found by the lease it belongs to."""

    def search(self, rows: QuerySet[M], text: str) -> QuerySet[M]:
        return self.searched(rows, text).rows

    def searched(self, rows: QuerySet[M], text: str) -> Searched[M]:
        tenures = _tenures_found(text)
        accounts = BillingAccount.objects.filter(any_of("tenure_id", tenures.ids))
        of_accounts = any_of("account_id", list(accounts.values_list("pk", flat=True)))
        return Searched(self.of_found(rows, text, of_accounts), lambda: _left_out(tenures))

    def of_found(self, rows: QuerySet[M], text: str, of_accounts: Q) -> QuerySet[M]:
        """The rows found: those that meet the condition that a row's `account_id` is one of the accounts found, and what
        else the text finds."""
        return rows.filter(of_accounts)


@dataclass(frozen=True)
class TenuresFound:
    """The leases and ownerships that a text finds.

    Attributes:
        ids: at most `FOUND_AT_MOST`.
        all: whether these are all of them.
    """

    ids: list[int]
    all: bool


def _tenures_found(text: str) -> TenuresFound:
    """The leases and ownerships whose resident, unit or number matches every word."""
    found, parameters = matching_of(text, "resident", "unit", "lease")
    with connection.cursor() as cursor:
        cursor.execute(_TENURES.format(found=found), [*parameters, *[FOUND_AT_MOST + 1] * 4])
        rows = cursor.fetchall()
    hits = rows[0][1] if rows else 0
    return TenuresFound([pk for pk, _ in rows[:FOUND_AT_MOST]], len(rows) <= FOUND_AT_MOST and hits <= MATCHED_AT_MOST)


def _left_out(tenures: TenuresFound) -> str:
    if tenures.all:
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
