"""A bill as it is read: line by line with how each amount came about, what is paid, and how it compares with the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from yuju.billing.choices import RunState
from yuju.billing.models import Adjustment, Bill, Charge
from yuju.billing.pricing.sentence import calculation, lines, sentence
from yuju.identity.models import User
from yuju.kit.display import amount_text, number_text
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.payments.selectors import bills_with_open
from yuju.reporting.payments_page import Paid

COMPARED = 6
"""How many fee items the comparison with the last bill shows."""


@dataclass(frozen=True)
class Line:
    """A charge on a bill.

    Attributes:
        item: the fee item; `about` says what it is for (tariff, meter, parking space).
        start, end: the billed days, both inclusive; for consumption the dates of the two readings.
        calculation: the main line of how it came about; `parts` go below it as (label, text).
    """

    charge_id: int
    recurring_id: int | None
    reading_id: int | None
    item: str
    about: str
    start: date
    end: date
    is_metered: bool
    calculation: str
    parts: list[tuple[str, str]]
    discount: str
    amount: Decimal
    is_void: bool
    adjustments: list[Adjustment]

    @property
    def comes_to(self) -> Decimal:
        """The amount with its adjustments, in yuan."""
        return self.amount + sum((one.amount for one in self.adjustments), Decimal(0))


@dataclass(frozen=True)
class Comparison:
    """A fee item on this bill and on the account's last one, in yuan."""

    item: str
    amount: Decimal
    before: Decimal


@dataclass(frozen=True)
class BillSheet:
    """A bill with everything on it; amounts in yuan."""

    bill: Any
    unit: str
    resident: str
    lines: list[Line]
    gross: Decimal
    discount: Decimal
    voided: Decimal
    adjusted: Decimal
    settled: Decimal
    open: Decimal

    @property
    def comes_to(self) -> Decimal:
        """What the bill comes to by now, in yuan: as it was issued, less voids, with its adjustments."""
        total: Decimal = self.bill.total
        return total - self.voided + self.adjusted

    @property
    def title_month(self) -> str:
        """The month the bill is named after."""
        return f"{self.bill.run.as_of:%Y-%m}"


def bills_to_read(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    """Bills with what their heads say: account, unit, resident, run, and what is open."""
    related = bills.select_related("property", "run", "account__tenure__unit", "account__tenure__resident")
    return bills_with_open(related)


def charges_to_read(charges: QuerySet[Charge]) -> QuerySet[Charge]:
    """Charges with what their lines say, in the order in which a bill lists them."""
    related = charges.select_related("tariff__fee_item", "reading__meter", "recurring__space")
    related = related.prefetch_related("voids", "adjustments")
    return related.order_by("tariff__fee_item__priority", "tariff__fee_item_id", "start", "pk")


def bill_sheet(bill: Any) -> BillSheet:
    """The sheet of a bill that `bills_to_read` gave."""
    return _sheet(bill, charges_to_read(Charge.objects.filter(bill=bill)))


def bill_sheets(bills: QuerySet[Bill], batch: int = 500) -> Iterator[BillSheet]:
    """The sheets of many bills, in the order of their numbers; five statements for each batch."""
    keys = list(bills.order_by("number", "pk").values_list("pk", flat=True))
    for at in range(0, len(keys), batch):
        some = keys[at : at + batch]
        found = {bill.pk: bill for bill in bills_to_read(Bill.objects.filter(pk__in=some))}
        charges: dict[int, list[Charge]] = {}
        for charge in charges_to_read(Charge.objects.filter(bill_id__in=some)):
            charges.setdefault(charge.bill_id or 0, []).append(charge)
        yield from (_sheet(found[key], charges.get(key, [])) for key in some)


def _sheet(bill: Any, charges: Iterable[Charge]) -> BillSheet:
    made = [bill_line(charge) for charge in charges]
    standing = [charge for charge in charges if not charge.voids.all()]
    tenure = bill.account.tenure
    return BillSheet(
        bill=bill,
        unit=tenure.unit.label,
        resident=tenure.resident.name,
        lines=made,
        gross=sum((charge.gross for charge in standing), Decimal(0)),
        discount=sum((charge.discount for charge in standing), Decimal(0)),
        voided=bill.voided,
        adjusted=bill.adjusted,
        settled=bill.settled,
        open=bill.open,
    )


def bill_line(charge: Charge) -> Line:
    """A charge that `charges_to_read` gave, as a line in the reader's language."""
    meter = charge.reading.meter if charge.reading else None
    measure = UNITS_OF_MEASURE.get(MeterKind(meter.kind), "") if meter else ""
    derivation = charge.derivation
    discount = ""
    if charge.discount:
        words = {
            "gross": f"{charge.gross:,.2f}",
            "percent": number_text(Decimal(derivation.get("d", 0))),
            "discount": f"{charge.discount:,.2f}",
        }
        discount = _("%(gross)s, less %(percent)s%% discount %(discount)s") % words
    return Line(
        charge_id=charge.pk,
        recurring_id=charge.recurring_id,
        reading_id=charge.reading_id,
        item=charge.tariff.fee_item.name,
        about=_about(charge, meter),
        start=charge.start,
        end=charge.end,
        is_metered=meter is not None,
        calculation=calculation(derivation, unit=measure) if derivation else _("Carried over"),
        parts=lines(derivation, unit=measure) if derivation else [],
        discount=discount,
        amount=charge.amount,
        is_void=bool(charge.voids.all()),
        adjustments=list(charge.adjustments.all()),
    )


def charge_sentence(charge: Charge) -> str:
    """How a charge came about, as one sentence in the reader's language."""
    if not charge.derivation:
        return _("Carried over")
    measure = UNITS_OF_MEASURE[MeterKind(charge.reading.meter.kind)] if charge.reading else ""
    return sentence(
        charge.derivation,
        item=charge.tariff.fee_item.name,
        gross=charge.gross,
        discount=charge.discount,
        amount=charge.amount,
        unit=measure,
    )


def _about(charge: Charge, meter: Any) -> str:
    if meter is not None:
        return _("Meter %(serial)s") % {"serial": meter.serial}
    if charge.recurring and charge.recurring.space:
        return _("Space %(code)s") % {"code": charge.recurring.space.code}
    return str(charge.tariff.name)


def bill_before(bill: Bill) -> Bill | None:
    """The account's bill of the last run before this one; of several the one due first."""
    issued = Bill.objects.filter(
        account_id=bill.account_id, run__state=RunState.ISSUED, run__number__lt=bill.run.number
    )
    found: Bill | None = issued.select_related("run").order_by("-run__number", "due_date", "pk").first()
    return found


def bill_comparison(bill: Bill) -> tuple[Bill | None, list[Comparison]]:
    """The fee items of a bill beside what the account was billed for them in its last run.

    What changed most comes first. The last run is taken as a whole, because a run may make several bills.
    """
    before = bill_before(bill)
    if before is None:
        return None, []
    now, then = (
        dict(rows.order_by().values_list("tariff__fee_item__name").annotate(Sum("amount")))
        for rows in (
            Charge.objects.filter(bill=bill),
            Charge.objects.filter(account_id=bill.account_id, run_id=before.run_id),
        )
    )
    compared = [Comparison(item, amount, then.get(item, Decimal(0))) for item, amount in now.items()]
    compared.sort(key=lambda one: (-abs(one.amount - one.before), one.item))
    return before, compared[:COMPARED]


def bill_history(bill: Any, paid: Iterable[Paid]) -> list[dict[str, Any]]:
    """What happened to a bill, the latest first, as `timeline` draws it; `paid` is what `bill_payments` gave."""
    run = bill.run
    events: list[tuple[Any, dict[str, Any]]] = [
        (run.drafted_at, {"title": _("Drafted"), "by": _who(run.drafted_by), "when": run.drafted_at})
    ]
    if run.approved_at:
        events.append(
            (
                run.approved_at,
                {"title": _("Approved"), "by": _who(run.approved_by), "when": run.approved_at, "kind": "ok"},
            )
        )
    if run.issued_at:
        events.append(
            (
                run.issued_at,
                {"title": _("Bills issued"), "by": _who(run.issued_by), "when": run.issued_at, "kind": "ok"},
            )
        )
    for one in paid:
        text = _("%(amount)s yuan") % {"amount": amount_text(one.amount)}
        kind = "ok" if one.amount > 0 else "bad"
        events.append((one.at, {"title": one.title, "text": text, "by": one.by, "when": one.at, "kind": kind}))
    # Of what happened at one moment the later step comes first.
    order = sorted(range(len(events)), key=lambda place: (events[place][0], place), reverse=True)
    return [events[place][1] for place in order]


def _who(user: User | None) -> str:
    return str(user) if user is not None else _("by itself")


def days_left(bill: Any, today: date) -> int:
    """Days until the bill is due; negative once it is overdue."""
    left: timedelta = bill.due_date - today
    return left.days
