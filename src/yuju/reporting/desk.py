"""What the cashier's desk (收银台) shows: who is found, what an account owes, what a payment settled. Amounts are yuan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum, prefetch_related_objects
from django.utils.translation import gettext as _

from yuju.billing.choices import RunState
from yuju.billing.models import Adjustment, BillingAccount, Charge
from yuju.billing.pricing.derivation import MeteredDerivation, read
from yuju.billing.pricing.sentence import calculation, number
from yuju.kit.search import find
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.payments.models import Allocation, Payment, Receipt
from yuju.payments.selectors import OpenCharge, account_standing, open_charges
from yuju.premises.searching import UNIT
from yuju.residency.models import ResidentTag, Tenure
from yuju.residency.searching import LEASE, RESIDENT

KINDS = (UNIT, RESIDENT, LEASE)
HITS = 200
"""How many things that match are looked through for the accounts shown."""

SOON = 14
"""Days: whoever stands at the desk is asked for what falls due this soon, too; what is later waits for its turn."""

ZERO = Decimal(0)


@dataclass(frozen=True)
class Found:
    """An account that was looked for, and what is open on it.

    Attributes:
        company_id: the company that pays; None for a person.
    """

    account_id: int
    unit: str
    name: str
    place: str
    ended: bool
    open: Decimal
    company_id: int | None = None


@dataclass(frozen=True)
class Line:
    """An open charge.

    Attributes:
        period: the billed days; for consumption the days of the two readings.
        how: in short how it came about.
        days_late: days past the due date, 0 where there are none.
        is_due: whether it is asked for today: it is due, or will be within `SOON` days.
        part_of: the whole amount, where some of it is paid.
    """

    charge_id: int
    item: str
    period: str
    how: str
    due: date
    days_late: int
    is_due: bool
    open: Decimal
    part_of: Decimal | None


@dataclass(frozen=True)
class Desk:
    """An account at the desk."""

    account: BillingAccount
    lines: list[Line]
    credit: Decimal
    tags: list[Any]
    others: list[Found]

    @property
    def tenure(self) -> Tenure:
        tenure: Tenure = self.account.tenure
        return tenure

    @property
    def open(self) -> Decimal:
        return sum((line.open for line in self.lines), ZERO)

    @property
    def due(self) -> Decimal:
        return sum((line.open for line in self.lines if line.is_due), ZERO)

    @property
    def shown(self) -> dict[int, Decimal]:
        """What is open by charge."""
        return {line.charge_id: line.open for line in self.lines}


def accounts_found(text: str, scope: Sequence[int] | None, day: date, limit: int = 12) -> list[Found]:
    """The accounts that match what was typed: present ones first, then in the order of the search. Six statements."""
    rank: dict[tuple[str, int], int] = {}
    for place, hit in enumerate(find(text, KINDS, scope, HITS)):
        # A room was typed: the units stand in the order of their numbers.
        rank[hit.kind, hit.object_id] = place if hit.kind == UNIT else place + HITS
    ids: dict[str, list[int]] = {kind: [pk for of, pk in rank if of == kind] for kind in KINDS}
    if not rank:
        return []
    tenures = Tenure.objects.filter(
        Q(unit_id__in=ids[UNIT]) | Q(resident_id__in=ids[RESIDENT]) | Q(pk__in=ids[LEASE])
    ).values_list("pk", "unit_id", "resident_id", "end")

    def key(row: tuple[int, int, int, date | None]) -> tuple[bool, int, int]:
        pk, unit, resident, end = row
        places = (rank.get((UNIT, unit)), rank.get((RESIDENT, resident)), rank.get((LEASE, pk)))
        return end is not None and end < day, min(place for place in places if place is not None), -pk

    best = [row[0] for row in sorted(tenures, key=key)[:limit]]
    return _found(best, scope, day)


def _found(tenure_ids: list[int], scope: Sequence[int] | None, day: date) -> list[Found]:
    accounts = BillingAccount.objects.filter(tenure_id__in=tenure_ids)
    if scope is not None:
        accounts = accounts.filter(property_id__in=scope)
    rows = list(accounts.select_related("property", "tenure__unit", "tenure__resident"))
    owed = open_by_account([row.pk for row in rows])
    rows.sort(key=lambda row: tenure_ids.index(row.tenure_id))
    return [
        Found(
            account_id=row.pk,
            unit=row.tenure.unit.label,
            name=row.tenure.resident.name,
            place=str(row.property),
            ended=row.tenure.end is not None and row.tenure.end < day,
            open=owed.get(row.pk, ZERO),
            company_id=row.tenure.resident_id if row.tenure.resident.is_company else None,
        )
        for row in rows
    ]


def open_by_account(accounts: Sequence[int]) -> dict[int, Decimal]:
    """What is open on each of some accounts, in three statements."""
    charges = standing_charges_of(accounts)
    owed = dict(charges.order_by().values_list("account_id").annotate(total=Sum("amount")))
    settled = dict(
        Allocation.objects.filter(charge__in=charges.values("pk"))
        .order_by()
        .values_list("charge__account_id")
        .annotate(total=Sum("amount"))
    )
    adjusted = dict(
        Adjustment.objects.filter(charge__in=charges.values("pk"))
        .order_by()
        .values_list("charge__account_id")
        .annotate(total=Sum("amount"))
    )
    return {pk: amount + adjusted.get(pk, ZERO) - settled.get(pk, ZERO) for pk, amount in owed.items()}


def standing_charges_of(accounts: Sequence[int]) -> QuerySet[Charge]:
    """The charges of some accounts that are issued and not taken away."""
    issued = Q(run=None) | Q(run__state=RunState.ISSUED)
    return Charge.objects.filter(issued, voids=None, account_id__in=accounts)


def desk_account(account: BillingAccount, day: date) -> Desk:
    """An account with everything the desk says about it, in a fixed number of statements.

    Args:
        account: with its tenure, unit, resident and property at hand.
        day: today at the property.
    """
    standing = open_charges(account)
    prefetch_related_objects([one.charge for one in standing], "reading__meter", "recurring__space")
    resident = account.tenure.resident_id
    tags = ResidentTag.objects.filter(resident=resident).select_related("tag").order_by("tag__name")
    held = list(Tenure.objects.filter(resident=resident).order_by("-start", "-pk").values_list("pk", flat=True))
    others = _found([pk for pk in held if pk != account.tenure_id], None, day) if len(held) > 1 else []
    return Desk(
        account=account,
        lines=[open_line(one, day) for one in standing],
        credit=account_standing(account).credit,
        tags=[one.tag for one in tags],
        others=[one for one in others if one.open > 0 or not one.ended],
    )


def open_line(one: OpenCharge, day: date) -> Line:
    """An open charge as the desk shows it; its reading and parking space should be at hand."""
    charge = one.charge
    meter = charge.reading.meter if charge.reading else None
    measure = UNITS_OF_MEASURE.get(MeterKind(meter.kind), "") if meter else ""
    how = _how(charge, measure)
    if charge.recurring and charge.recurring.space:
        how = f"{charge.recurring.space.code} · {how}"
    return Line(
        charge_id=charge.pk,
        item=charge.tariff.fee_item.name,
        period=_period(charge.start, charge.end),
        how=how,
        due=charge.due_date,
        days_late=max((day - charge.due_date).days, 0),
        is_due=charge.due_date <= day + timedelta(days=SOON),
        open=one.open,
        part_of=one.comes_to if one.open < one.comes_to else None,
    )


def _how(charge: Charge, measure: str) -> str:
    """In one short line: 54.00 m² × 3.20 元/m²·月 × 1 个月, or what was used."""
    if not charge.derivation:
        return _("Carried over")
    derivation = read(charge.derivation)
    if not isinstance(derivation, MeteredDerivation):
        return calculation(charge.derivation, unit=measure)
    used = f"{number(derivation.consumption)} {measure}".rstrip()
    return used if derivation.rate is None else f"{used} × ¥{number(derivation.rate, 2)}"


def _period(start: date, end: date) -> str:
    """12-01 to 12-31; with years where the two are not in the same."""
    if start == end:
        return f"{start}"
    shown = f"{end:%m-%d}" if start.year == end.year else f"{end}"
    return _("%(start)s to %(end)s") % {"start": f"{start}", "end": shown}


@dataclass(frozen=True)
class Settles:
    """What a free amount would settle: (fee item, period, amount) and what stays as credit."""

    parts: list[tuple[str, str, Decimal]]
    credit: Decimal


def settles(desk: Desk, amount: Decimal) -> Settles:
    """What the rules would settle with an amount now; nothing is written."""
    return settles_of(desk.lines, amount)


def settles_of(lines: Iterable[Line], amount: Decimal) -> Settles:
    """The same for some open charges, in the order in which money settles them."""
    left, parts = amount, []
    for line in lines:
        part = min(left, line.open)
        if part <= 0:
            break
        parts.append((line.item, line.period, part))
        left -= part
    return Settles(parts, left)


@dataclass(frozen=True)
class Slip:
    """A payment as the desk confirms it: its receipt, what it settled in full or part, and what stays as credit."""

    payment: Payment
    receipt: Receipt
    parts: list[tuple[str, str, Decimal]]
    credit: Decimal
    is_void: bool

    @property
    def change(self) -> Decimal:
        return (self.payment.tendered or self.receipt.amount) - self.receipt.amount


def slip(payment: Payment) -> Slip:
    """A payment of the desk that `payments_to_read` gave, with what was taken together with it. One statement more."""
    receipt: Receipt = payment.receipts.all()[0]
    is_shared = receipt.total is not None
    whose = Q(payment=payment) | Q(payment__together_with=payment) if is_shared else Q(payment=payment)
    rows = (
        Allocation.objects.filter(whose, releases=None)
        .select_related("charge__tariff__fee_item", "charge__account__tenure__unit")
        .order_by("charge__due_date", "charge__tariff__fee_item__priority", "charge_id")
    )
    # What it was made for: a later bill may have drawn on what was credit then.
    parts = [
        (
            f"{one.charge.account.tenure.unit.label if is_shared else ''} {one.charge.tariff.fee_item.name}".strip(),
            _period(one.charge.start, one.charge.end),
            one.amount,
        )
        for one in rows
        if one.at == payment.posted_at
    ]
    return Slip(
        payment=payment,
        receipt=receipt,
        parts=parts,
        credit=receipt.amount - sum((amount for _item, _period, amount in parts), ZERO),
        is_void=bool(payment.reversals.all()),
    )


@dataclass(frozen=True)
class Settled:
    """A charge that somebody had settled before: what, by whom, when."""

    item: str
    period: str
    by: Any
    at: datetime


def settled_before(payment: Payment, charges: Sequence[int]) -> list[Settled]:
    """Who had settled charges that a payment was meant for; charges of other accounts are passed over."""
    rows = (
        Allocation.objects.filter(charge_id__in=charges, charge__account_id=payment.account_id, releases=None)
        .exclude(payment=payment)
        .select_related("charge__tariff__fee_item", "by")
        .order_by("at", "pk")
    )
    last = {one.charge_id: one for one in rows if one.at <= payment.posted_at}
    return [
        Settled(one.charge.tariff.fee_item.name, _period(one.charge.start, one.charge.end), one.by, one.at)
        for one in last.values()
    ]
