"""What a resident sees of their own in the portal. Everything goes through these selectors, and they through the person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from yuju.billing.choices import RunState
from yuju.billing.models import Bill, BillingAccount, Charge, CollectiveBill
from yuju.kit.dates import local_date
from yuju.messaging.models import ResidentNotice
from yuju.payments.choices import BillState
from yuju.payments.models import Allocation, Payment, Receipt, Settlement
from yuju.payments.selectors import OpenCharge, bill_state, open_apart, settlements_shown
from yuju.reporting.bill_sheets import BillSheet, bill_sheet, bills_to_read
from yuju.reporting.collective_bills import collective_bills_to_read, collective_lines
from yuju.reporting.handover_sheet import handovers_to_read
from yuju.reporting.resident_page import Figures, residents_figures
from yuju.residency.choices import ContractState, HandoverState, TenureKind, TenureState
from yuju.residency.models import Contract, EndAnswer, Handover, Tenure
from yuju.residency.selectors import Person, end_answer_of, links_of, reminder_days

MOST_BILLS = 600
"""Bills of one person that lists look through, the latest first: more than twenty years of two flats."""

MOST_ACCOUNTS = 200
"""Accounts of one person that are followed, the latest first."""


def tenures_of_person(person: Person) -> QuerySet[Tenure]:
    """What a person holds or held."""
    return Tenure.objects.filter(resident_id__in=person.resident_ids).select_related("unit", "property", "resident")


@dataclass(frozen=True)
class StayEnd:
    """The end of a lease as its tenant sees it.

    Attributes:
        days: how many days are left; below 0 once it is over.
        asks: whether an answer is asked for by now.
        answer: what was answered about this end.
        after: the lease that follows.
    """

    tenure: Tenure
    days: int | None
    asks: bool
    answer: EndAnswer | None
    after: Tenure | None


def stay_end(tenure: Tenure, today: date) -> StayEnd:
    """What comes at the end of a lease, as far as it is known on a local day."""
    if tenure.kind != TenureKind.LEASE or tenure.end is None:
        return StayEnd(tenure, None, False, None, None)
    _before, links = links_of(tenure)
    after = links[0].after if links else None
    asks = after is None and near_end(tenure, today)
    return StayEnd(tenure, (tenure.end - today).days, asks, end_answer_of(tenure), after)


def near_end(tenure: Tenure, today: date) -> bool:
    """Whether a lease ends so soon that its property asks what comes then."""
    if tenure.kind != TenureKind.LEASE or tenure.end is None or tenure.state != TenureState.LIVING:
        return False
    return 0 <= (tenure.end - today).days <= max(reminder_days(tenure.property), default=-1)


def bills_of(person: Person) -> QuerySet[Bill]:
    """The bills issued to a person; those of drafts are nobody's yet."""
    return Bill.objects.filter(account__tenure__resident_id__in=person.resident_ids, run__state=RunState.ISSUED)


def collective_bills_of(person: Person) -> QuerySet[CollectiveBill]:
    """The collective bills of the companies a person speaks for, the latest due first."""
    return collective_bills_to_read(CollectiveBill.objects.filter(resident_id__in=person.resident_ids))


def accounts_of(person: Person) -> QuerySet[BillingAccount]:
    """The billing accounts of a person, the latest first."""
    return BillingAccount.objects.filter(tenure__resident_id__in=person.resident_ids).order_by("-pk")


def receipts_of(person: Person) -> QuerySet[Any]:
    """The receipts of a person, the latest first, each with `is_void`."""
    reversal = Payment.objects.filter(reverses=OuterRef("payment"))
    mine = Receipt.objects.filter(payment__account__tenure__resident_id__in=person.resident_ids)
    related = mine.select_related("payment", "property", "payment__account__tenure__unit")
    ordered: QuerySet[Any] = related.annotate(is_void=Exists(reversal)).order_by("-issued_at", "-pk")
    return ordered


def handovers_of(person: Person) -> QuerySet[Handover]:
    """The signed handovers of a person's stays, the latest first."""
    rows = Handover.objects.filter(tenure__resident_id__in=person.resident_ids, state=HandoverState.SIGNED)
    return handovers_to_read(rows).order_by("-signed_at", "-pk")


def contracts_of(person: Person) -> QuerySet[Contract]:
    """The contracts that were shown to a person or signed, the latest first."""
    rows = Contract.objects.filter(Q(sent_at__isnull=False) | Q(state=ContractState.SIGNED))
    rows = rows.filter(tenure__resident_id__in=person.resident_ids)
    return rows.select_related("tenure__unit", "tenure__resident", "property", "template").order_by(
        "-drafted_at", "-pk"
    )


def settlements_of(person: Person) -> QuerySet[Settlement]:
    """The settlements that were shown to a person, the latest first."""
    return settlements_shown(list(accounts_of(person).values_list("pk", flat=True)))


def notices_of(person: Person) -> QuerySet[ResidentNotice]:
    """The notices to a person, the latest first."""
    return ResidentNotice.objects.filter(resident_id__in=person.resident_ids).order_by("-at", "-pk")


def unread_of(person: Person) -> int:
    """How many notices are unread; 100 stands for more than 99."""
    return ResidentNotice.objects.filter(resident_id__in=person.resident_ids, read_at=None)[:100].count()


def topics_of(person: Person) -> list[str]:
    """The live topics a person's pages may follow: money on their accounts, bills of the properties where these are, and how
    their stays are settled."""
    accounts = list(accounts_of(person).values_list("pk", "property_id")[:MOST_ACCOUNTS])
    properties = list(dict.fromkeys(place for _pk, place in accounts))
    return [
        *(f"account:{pk}" for pk, _place in accounts),
        *(f"property_bills:{place}" for place in properties),
        *(f"settlement:{pk}" for pk, _place in accounts),
    ]


def figures_of(person: Person, today: date) -> Figures:
    """What a person still has to pay, on which day next, and their credit; over all their accounts."""
    return residents_figures(person.resident_ids, today, person.residents[0].property.time_zone)


def apart_of(person: Person) -> list[OpenCharge]:
    """What a person still has to pay besides their bills, such as a deposit. One statement."""
    return open_apart(BillingAccount.objects.filter(tenure__resident_id__in=person.resident_ids))


def person_bills(person: Person) -> list[Any]:
    """A person's bills, the latest due first, with what is open on each."""
    return list(bills_to_read(bills_of(person)).order_by("-due_date", "-pk")[:MOST_BILLS])


@dataclass(frozen=True)
class IssuedBill:
    """What a person gets as one bill: a bill, or the collective bill of a company with the bills of its units; in yuan.

    Attributes:
        bill: the bill or the collective bill; both say number, run, due date and total.
    """

    bill: Any
    parts: list[Any]
    settled: Decimal
    open: Decimal
    state: BillState

    @property
    def is_collective(self) -> bool:
        return isinstance(self.bill, CollectiveBill)


def issued_bills(person: Person, today: date) -> list[IssuedBill]:
    """What a person was billed, the latest due first. Three statements more for who speaks for a company."""
    bills = person_bills(person)
    parts: dict[int, list[Any]] = {}
    for bill in bills:
        if bill.collective_id is not None:
            parts.setdefault(bill.collective_id, []).append(bill)
    rows = list(collective_bills_of(person).filter(pk__in=parts)) if parts else []
    found = [
        IssuedBill(line.bill, parts[line.bill.pk], line.settled, line.open, line.state)
        for line in (collective_lines(rows, today) if rows else ())
    ]
    found += [
        IssuedBill(one, [one], one.settled, one.open, bill_state(one, today))
        for one in bills
        if one.collective_id is None
    ]
    return sorted(found, key=lambda one: one.bill.due_date, reverse=True)


@dataclass(frozen=True)
class Paid:
    """What one payment settled on a bill, in yuan, and the local day. Without a receipt it was an opening balance's credit."""

    amount: Decimal
    day: date
    receipt: Receipt | None
    is_void: bool


@dataclass(frozen=True)
class PersonBill:
    """A bill as its payer reads it."""

    sheet: BillSheet
    state: str
    readings: dict[int, date]
    paid: list[Paid]


def person_bill(person: Person, pk: int, today: date) -> PersonBill | None:
    """One of a person's bills with its lines, readings and what was paid on it; None for anybody else's."""
    bill = bills_to_read(bills_of(person)).filter(pk=pk).first()
    if bill is None:
        return None
    sheet = bill_sheet(bill)
    return PersonBill(sheet, bill_state(bill, today), _reading_days(bill), _paid(person, bill))


def _reading_days(bill: Any) -> dict[int, date]:
    """The day of the reading behind each metered line, by charge."""
    rows = Charge.objects.filter(bill=bill, reading__isnull=False).values_list("pk", "reading__date")
    return dict(rows)


def _paid(person: Person, bill: Any) -> list[Paid]:
    sums: dict[int, Decimal] = {}
    days: dict[int, date] = {}
    # Payments that were taken together stand on the receipt of the first.
    receipted = Coalesce("payment__together_with_id", "payment_id")
    rows = Allocation.objects.filter(charge__bill=bill).values_list(receipted, "amount", "at")
    for payment, amount, at in rows.order_by("at", "pk"):
        sums[payment] = sums.get(payment, Decimal(0)) + amount
        days.setdefault(payment, local_date(at, bill.property.time_zone))
    receipts: dict[int, Any] = {one.payment_id: one for one in receipts_of(person).filter(payment_id__in=sums)}
    found = []
    for payment, amount in sums.items():
        receipt = receipts.get(payment)
        void = bool(receipt and receipt.is_void)
        if amount or void:
            found.append(Paid(amount, days[payment], receipt, void))
    return found


def bill_items(bills: Iterable[Bill]) -> dict[int, list[str]]:
    """What each bill is for: the names of its fee items, in the order in which they are paid."""
    rows = (
        Charge.objects.filter(bill__in=list(bills))
        .order_by("bill_id", "tariff__fee_item__priority", "tariff__fee_item_id")
        .values_list("bill_id", "tariff__fee_item__name")
        .distinct()
    )
    found: dict[int, list[str]] = {}
    for bill_id, name in rows:
        if name not in found.setdefault(bill_id, []):
            found[bill_id].append(name)
    return found
