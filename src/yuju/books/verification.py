"""Proof that the books hold: every invariant of the billing rules, looked for in the rows themselves.

Each check is one statement that finds the rows which break it; none found means that it holds. Nothing here trusts a total
that was kept: totals are added up anew from the charges, and charges are recounted from their derivations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuju.billing.pricing.derivation import read
from yuju.billing.pricing.recount import recount
from yuju.kit.sets import whole_sets

_PORTION = 5000


@dataclass(frozen=True)
class Check:
    """One invariant. `name` is also the statement's file; it answers (what, id, property id, said, found) for each row astray."""

    name: str
    sentence: Promise


@dataclass(frozen=True)
class Astray:
    """A row that breaks an invariant: what it says, and what the facts come to."""

    what: str
    id: int
    said: str
    found: str


@dataclass(frozen=True)
class Finding:
    """What came of one check: how many rows were looked at, and those astray (at most `LISTED` are kept)."""

    check: Check
    looked_at: int
    astray_count: int
    astray: tuple[Astray, ...]


LISTED = 50

CHECKS = (
    Check("charge_amounts", _("A charge's amount is its gross less its discount, and not negative.")),
    Check("charge_once", _("A period has at most one standing charge.")),
    Check("charge_within_agreement", _("A charge lies within its recurring charge's days.")),
    Check("charge_in_bill", _("A charge of a run is on a bill of the same run, account and due date.")),
    Check(
        "keys_follow",
        _("Property, run and tariff of a charge, and the property of a bill, are those of what it belongs to."),
    ),
    Check("bill_totals", _("A bill's total is the sum of its charges.")),
    Check("run_totals", _("A run's totals are those of its bills.")),
    Check("bill_numbers", _("Issued bills are numbered without gaps, drafts not at all.")),
    Check(
        "collective_bills",
        _("A collective bill is the sum of all bills of its run for its company, and they are numbered without gaps."),
    ),
    Check("charge_open", _("A charge's open amount is not negative.")),
    Check("payment_open", _("A payment's unallocated amount is not negative.")),
    Check("allocation_account", _("A payment settles charges of its own account only.")),
    Check("allocation_posted", _("Only posted charges are settled.")),
    Check("release_fits", _("What is released again was allocated before, by the same payment to the same charge.")),
    Check("reversal_fits", _("A payment that was taken back is taken back whole and once, and settles nothing.")),
    Check("adjustment_fits", _("Only issued charges are adjusted, and none to less than nothing.")),
    Check("refund_fits", _("Money goes out of payments of its own account only, and what moves arrives whole.")),
    Check("deposit_carried", _("A deposit carried over that was given up became money of its account, once.")),
    Check("deposits_held", _("The register of deposits says of each account what is asked of it and what is held.")),
    Check("void_holds_nothing", _("A charge that was taken away holds no money.")),
    Check("bills_settled", _("A bill stands among the settled ones exactly where nothing of it is open.")),
    Check("due_totals", _("What is kept by due date is the sum of the bills and of what is settled.")),
    Check("receipt_each", _("Every payment that was taken stands on a receipt, and nothing else has one.")),
    Check(
        "receipt_together",
        _("A receipt of several payments is their sum; they are one company's, and taken back together or not at all."),
    ),
    Check("receipt_numbers", _("Receipts are numbered without gaps.")),
    Check(
        "account_closed",
        _("A closed account comes to nothing: charged, adjusted and refunded, less received, deposits included."),
    ),
    Check("settlement_lines", _("The lines of a settlement add up to its result, and are what was posted.")),
    Check("shift_cash", _("The cash expected at the end of a shift is its float and what came in and went out.")),
)
RECOUNT = Check("charge_derivation", _("A charge's derivation comes to its gross and its discount."))
REPRICED = Check("adjustment_derivation", _("A charge that was priced again comes to what its new derivation says."))


def verify(*, property_id: int | None = None, progress: Callable[[Check], None] | None = None) -> Iterator[Finding]:
    """Looks at every invariant, for the operator in force or one property of it.

    Args:
        progress: told each check before it begins.
    """
    for check in CHECKS:
        if progress:
            progress(check)
        yield _find(check, property_id)
    if progress:
        progress(RECOUNT)
    yield _recount(property_id)
    if progress:
        progress(REPRICED)
    yield _repriced(property_id)


def _find(check: Check, property_id: int | None) -> Finding:
    script = (Path(__file__).parent / "sql" / "verify" / f"{check.name}.sql").read_text()
    counting, _, finding = script.partition(";\n")
    parameters = {"property": property_id}
    with whole_sets(), connection.cursor() as cursor:
        cursor.execute(counting, parameters)
        looked_at: int = cursor.fetchone()[0]
        cursor.execute(f"SELECT *, count(*) OVER () FROM ({finding}) AS astray ORDER BY 2 LIMIT {LISTED}", parameters)
        rows = cursor.fetchall()
    astray = tuple(Astray(what, id, str(said), str(found)) for what, id, said, found, _count in rows)
    return Finding(check, looked_at, rows[0][-1] if rows else 0, astray)


def _recount(property_id: int | None) -> Finding:
    looked_at = astray_count = 0
    astray: list[Astray] = []
    for charge_id, document, rounding, gross, discount in _derivations(property_id):
        looked_at += 1
        try:
            found = recount(read(json.loads(document)), rounding)
        except (KeyError, ValueError, TypeError, ArithmeticError):
            found = None
        if found != (gross, discount):
            astray_count += 1
            if len(astray) < LISTED:
                said = f"{gross} − {discount}"
                astray.append(Astray("charge", charge_id, said, f"{found[0]} − {found[1]}" if found else "?"))
    return Finding(RECOUNT, looked_at, astray_count, tuple(astray))


def _repriced(property_id: int | None) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(_PRICED_AGAIN, {"property": property_id})
        rows = cursor.fetchall()
    astray = []
    for charge_id, document, rounding, comes_to in rows:
        derivation = json.loads(document)
        found = _counted(derivation, rounding) if derivation else Decimal(0)
        if found != comes_to:
            astray.append(Astray("charge", charge_id, str(comes_to), "?" if found is None else str(found)))
    return Finding(REPRICED, len(rows), len(astray), tuple(astray[:LISTED]))


_PRICED_AGAIN = """
SELECT c.id, (array_agg(j.derivation ORDER BY j.id DESC))[1]::text, t.rounding, c.amount + sum(j.amount)
FROM billing_adjustment j JOIN billing_charge c ON c.id = j.charge_id JOIN billing_tariff t ON t.id = c.tariff_id
WHERE j.kind = 'price' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
GROUP BY c.id, t.rounding, c.amount ORDER BY c.id
"""


def _counted(document: Any, rounding: str) -> Decimal | None:
    try:
        gross, discount = recount(read(document), rounding)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return None
    return gross - discount


def _derivations(property_id: int | None) -> Iterator[tuple[Any, ...]]:
    with whole_sets(), connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.derivation, t.rounding, c.gross, c.discount FROM billing_charge c "
            "JOIN billing_tariff t ON t.id = c.tariff_id "
            "WHERE c.kind <> 'opening' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s)",
            {"property": property_id},
        )
        while portion := cursor.fetchmany(_PORTION):
            yield from portion
