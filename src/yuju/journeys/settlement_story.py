"""What a stay comes to at its end: the whole story of its money, run for real, or run and rolled back to be looked at.

Readings of the last day, the end moved to it, what is not billed yet, damages and a penalty, the deposit given up, and
credit set off against what is owed. The lines of a settlement are what this did, so that what is shown and what is
posted cannot differ by more than the facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import FeeCategory
from yuju.billing.models import Adjustment, BillingAccount, Charge
from yuju.billing.pricing.derivation import decimal_text
from yuju.billing.services.once import charge_once, once_tariff
from yuju.identity.models import User
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.journeys.lease_changes import ONE_DAY, tenure_end_move
from yuju.journeys.overstays import metered_to, overstay_begun, overstay_charge
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind, ReadingSource
from yuju.metering.services import reading_record, reading_supersede
from yuju.metering.services.readings import standing
from yuju.payments.choices import ExtraKind, LineKind
from yuju.payments.models import Settlement, SettlementExtra, SettlementReading
from yuju.payments.selectors import Account, account_standing, deposit_held, open_charges
from yuju.payments.services import account_hold, charge_comes_to, credit_settle, deposit_give_up
from yuju.payments.services.settlements import Drawn
from yuju.residency.abandoned import abandonment_signed
from yuju.residency.choices import PenaltyKind
from yuju.residency.models import Tenure
from yuju.residency.selectors import agreement_of

DEPOSIT = FeeCategory.DEPOSIT
EXTRA_KINDS = {ExtraKind.DAMAGE: LineKind.DAMAGE, ExtraKind.PENALTY: LineKind.PENALTY}


def settlement_preview(*, settlement: Settlement, by: User | None, at: datetime) -> list[Drawn]:
    """The lines that settling would have by the facts as they stand. Nothing of it stays.

    Raises:
        Refused: as `settlement_story`.
    """
    with transaction.atomic():
        lines = settlement_story(settlement=settlement, by=by, at=at)
        transaction.set_rollback(True)
    return lines


@transaction.atomic
def settlement_story(*, settlement: Settlement, by: User | None, at: datetime) -> list[Drawn]:
    """Settles a stay: posts everything and tells in lines what it was; the last line is what remains.

    Raises:
        Refused: a reading does not fit (field `reading_` and the meter's id), the last day is before the first or the unit
            is let to somebody else by then (field `last_day`), or something cannot be billed or priced.
    """
    account = account_hold(settlement.account_id)
    tenure: Tenure = account.tenure
    before, held = account_standing(account), deposit_held(account)
    lines = _open_lines(account)
    _read(settlement, by, at)
    overstayed = overstay_charge(tenure=tenure, until=settlement.last_day, whole_weeks=False, by=by, at=at)
    if overstay_begun(tenure, settlement.last_day):
        metered_to(tenure=tenure, last_day=settlement.last_day)
    else:
        with _at("last_day", "end", "start"):
            moved = tenure_end_move(tenure=tenure, end=settlement.last_day, reason=settlement.reason, by=by, at=at)
        lines += _price_lines(moved.adjustments)
    # What is billed in arrears, and a meter read on the morning after, is billed on the day after the last.
    # The settlement tells of it as a line of its own: no notice of a bill besides.
    as_of = settlement.last_day + ONE_DAY
    run = account_bill_complete(account=account, as_of=as_of, tells=False, by=by, at=at)
    lines += [_charge_line(one) for one in _charges(run)]
    lines += [_overstay_line(one) for one in overstayed]
    lines += _extra_lines(settlement, account, at)
    lines += _penalty_lines(settlement, account, at)
    deposit_give_up(
        account=account,
        on=local_date(at, settlement.property.time_zone),
        key=uuid5(settlement.key, "deposit"),
        reason=settlement.reason,
        by=by,
        at=at,
    )
    credit_settle(account=account, at=at)
    return lines + _set_off(settlement, before, held, account_standing(account))


def _open_lines(account: BillingAccount) -> list[Drawn]:
    """What is owed before anything is done. A deposit that is not paid is not asked for any more: it has no line."""
    return [
        Drawn(LineKind.OPEN, one.open, {**_period(one.charge), "due": one.charge.due_date.isoformat()}, one.charge)
        for one in open_charges(account)
        if one.charge.tariff.fee_item.category != DEPOSIT
    ]


def _read(settlement: Settlement, by: User | None, at: datetime) -> None:
    """What the meters show on the last day. A reading of that day that says otherwise is superseded."""
    rows = SettlementReading.objects.filter(settlement=settlement).select_related("meter__property")
    for row in rows.order_by("pk"):
        with _at(f"reading_{row.meter_id}"):
            there = standing(row.meter).filter(date=settlement.last_day).first()
            if there is None:
                reading_record(
                    meter=row.meter,
                    date=settlement.last_day,
                    value=row.value,
                    source=ReadingSource.FORM,
                    by=by,
                    at=at,
                )
            elif there.value != row.value:
                reading_supersede(reading=there, reason=settlement.reason, value=row.value, by=by, at=at)


def _price_lines(adjustments: list[Adjustment]) -> list[Drawn]:
    """What comes to another amount by the last day; a waiver that was for more than is left of it is a line before."""
    change: dict[int, Decimal] = defaultdict(Decimal)
    for one in adjustments:
        change[one.charge_id] += one.amount
    comes_to = {one.charge_id: charge_comes_to(one.charge) - change[one.charge_id] for one in adjustments}
    lines = []
    for one in adjustments:
        was = comes_to[one.charge_id]
        comes_to[one.charge_id] = now = was + one.amount
        facts = {
            **_period(one.charge),
            "was": decimal_text(was),
            "now": decimal_text(now),
            "change": str(one.kind),
            "derivation": one.derivation,
            "unit": _measure(one.charge),
        }
        lines.append(Drawn(LineKind.PRICE, one.amount, facts, one.charge, one))
    return lines


def _charges(run: Any) -> list[Charge]:
    if run is None:
        return []
    rows = Charge.objects.filter(run=run).select_related("tariff__fee_item", "reading__meter")
    return list(rows.order_by("tariff__fee_item__priority", "start", "pk"))


def _charge_line(charge: Charge) -> Drawn:
    facts = {
        **_period(charge),
        "derivation": charge.derivation,
        "gross": decimal_text(charge.gross),
        "discount": decimal_text(charge.discount),
        "due": charge.due_date.isoformat(),
        "unit": _measure(charge),
    }
    return Drawn(LineKind.CHARGE, charge.amount, facts, charge)


def _extra_lines(settlement: Settlement, account: BillingAccount, at: datetime) -> list[Drawn]:
    """Damages first, then penalties that were agreed in place of the contract's."""
    rows = SettlementExtra.objects.filter(settlement=settlement).select_related("tariff__fee_item")
    return [_extra_line(settlement, account, one, at) for one in sorted(rows, key=lambda one: (one.kind, one.position))]


def _extra_line(settlement: Settlement, account: BillingAccount, extra: SettlementExtra, at: datetime) -> Drawn:
    tariff = extra.tariff or once_tariff(property_id=account.property_id, category=FeeCategory(extra.kind))
    with _at("extras"):
        charge = charge_once(
            account=account,
            tariff=tariff,
            on=settlement.last_day,
            due=settlement.due,
            key=uuid5(settlement.key, f"extra {extra.position}"),
            rate=extra.amount,
            quantity=extra.quantity if extra.tariff is not None else Decimal(1),
            at=at,
        )
    listed = extra.tariff is not None
    facts = {
        "words": extra.words,
        "place": extra.place,
        "item": tariff.name,
        "rate": charge.derivation["rate"] if listed else None,
        "quantity": decimal_text(extra.quantity) if listed else None,
        "by": "agreed",
    }
    return Drawn(EXTRA_KINDS[ExtraKind(extra.kind)], charge.amount, facts, charge)


def _overstay_line(charge: Charge) -> Drawn:
    """The contract's daily charge for days after the end that are not charged yet."""
    words = _("%(item)s, %(start)s to %(end)s") % {
        "item": charge.tariff.name,
        "start": charge.start,
        "end": charge.end,
    }
    facts = {
        "words": words,
        "place": "",
        "item": charge.tariff.name,
        "rate": charge.derivation["rate"],
        "quantity": charge.derivation["x"],
        "by": "agreed",
    }
    return Drawn(LineKind.PENALTY, charge.amount, facts, charge)


def _penalty_lines(settlement: Settlement, account: BillingAccount, at: datetime) -> list[Drawn]:
    """What the contract asks for leaving before its last day, unless a penalty was agreed in its place."""
    agreement = agreement_of(account.tenure)
    agreed = SettlementExtra.objects.filter(settlement=settlement, kind=ExtraKind.PENALTY)
    if agreement is None or settlement.last_day >= agreement.agreed_end or agreed.exists():
        return []
    facts: dict[str, Any] = {"by": agreement.penalty_kind, "agreed_end": agreement.agreed_end.isoformat()}
    amount, months = agreement.penalty, Decimal(1)
    case = abandonment_signed(account.tenure)
    if case is not None:
        # Who leaves without a word leaves early, too; whoever settles it may ask for less, with a reason.
        facts["case"] = case.number
    if agreement.penalty_kind == PenaltyKind.MONTHS:
        amount, months = _rent_on(settlement), agreement.penalty
        facts |= {"months": decimal_text(months), "rent": decimal_text(amount)}
    if agreement.penalty_kind == PenaltyKind.NONE or not amount * months:
        return []
    charge = charge_once(
        account=account,
        tariff=once_tariff(property_id=account.property_id, category=FeeCategory.PENALTY),
        on=settlement.last_day,
        due=settlement.due,
        key=uuid5(settlement.key, "penalty"),
        rate=amount,
        quantity=months,
        at=at,
    )
    return [Drawn(LineKind.PENALTY, charge.amount, facts, charge)]


def _rent_on(settlement: Settlement) -> Decimal:
    """The monthly rent in force on the last day."""
    terms = settlement.account.tenure.terms.filter(valid_from__lte=settlement.last_day)
    latest = terms.order_by("-valid_from").first()
    if latest is None or latest.rent is None:
        raise Refused(
            _("The contract asks for months’ rent, and no rent is recorded: give the penalty as an amount."),
            field="extras",
            code="no_rent",
        )
    rent: Decimal = latest.rent
    return rent


def _set_off(settlement: Settlement, before: Account, held: Decimal, after: Account) -> list[Drawn]:
    lines = []
    if before.credit:
        lines.append(Drawn(LineKind.CREDIT, -before.credit))
    if held:
        lines.append(Drawn(LineKind.DEPOSIT, -held))
    return [*lines, Drawn(LineKind.RESULT, after.open - after.credit, {"due": settlement.due.isoformat()})]


def _period(charge: Charge) -> dict[str, str]:
    return {
        "item": _named(charge),
        "start": charge.start.isoformat(),
        "end": charge.end.isoformat(),
    }


def _named(charge: Charge) -> str:
    """What a charge is for. “Other” says nothing to who reads it: there the tariff says what it is."""
    item = charge.tariff.fee_item
    return str(charge.tariff.name if item.category == FeeCategory.OTHER else item.name)


def _measure(charge: Charge) -> str:
    return UNITS_OF_MEASURE[MeterKind(charge.reading.meter.kind)] if charge.reading is not None else ""


@contextmanager
def _at(field: str, *fields: str) -> Iterator[None]:
    """Names the input of the check-out where a service it calls refuses one of its own; no names stand for any."""
    try:
        yield
    except Refused as refused:
        if fields and refused.field not in fields:
            raise
        raise Refused(refused.message, field=field, code=refused.code) from refused
