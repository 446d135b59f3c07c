"""`verify` names every kind of damage, and what is posted cannot be damaged through the application's role at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from tests.support.stays import (
    bind,
    make_company,
    make_lease,
    make_meter,
    make_property,
    make_resident,
    make_tariff,
    make_unit,
)
from yuju.billing.choices import AdjustmentKind, ChargeKind, FeeCategory, RunSource
from yuju.billing.models import BillingAccount, Charge, ChargeVoid, RecurringCharge, Tariff
from yuju.billing.services.runs import bill_run_draft
from yuju.books.verification import CHECKS, RECOUNT, REPRICED, verify
from yuju.identity.models import User
from yuju.journeys.billing_cycle import account_bill_complete, bill_run_complete
from yuju.journeys.settling import (
    Extra,
    settlement_agree,
    settlement_close,
    settlement_prepare,
    settlement_refund,
    settlement_show,
)
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Reading
from yuju.payments.choices import AgreedHow, DepositKind, PaymentChannel, RefundChannel
from yuju.payments.models import DepositEntry, Payment
from yuju.payments.services import (
    account_reprice,
    charge_adjust,
    credit_move,
    deposit_give_up,
    payment_reverse,
    payment_take,
    refund_pay,
    shift_close,
    shift_open,
)
from yuju.premises.models import Property

AT = datetime(2026, 6, 1, 1, tzinfo=UTC)


def books() -> Property:
    """A property with two leases, issued bills of two months, credit that paid some, an opening balance, and a draft."""
    place = make_property()
    rent, fee = make_tariff(place, rate="1000"), make_tariff(place, FeeCategory.PROPERTY, "80.5", due_days=20)
    for number in ("1601", "1602"):
        lease = make_lease(make_unit(place, number), make_resident(place, f"住户{number}"))
        bind(lease, rent)
        bind(lease, fee)
        account = BillingAccount.objects.get(tenure=lease)
        Payment.objects.create(
            property=place,
            account=account,
            channel=PaymentChannel.OPENING,
            received_on=date(2026, 2, 1),
            amount=Decimal(1500),
        )
        DepositEntry.objects.create(
            property=place, account=account, kind=DepositKind.OPENING, day=date(2026, 2, 1), amount=Decimal(1000)
        )
    Charge.objects.create(
        property=place,
        kind=ChargeKind.OPENING,
        account=account,
        tariff=rent,
        period_start=date(2026, 1, 1),
        start=date(2026, 1, 1),
        end=date(2026, 1, 31),
        bill_date=date(2026, 1, 1),
        due_date=date(2026, 1, 6),
        gross=Decimal(300),
        discount=Decimal(0),
        amount=Decimal(300),
    )
    cashier = User.objects.create(username="cashier", name="何佳", password="!")
    shift = shift_open(property=place, cashier=cashier, opening_float=Decimal(500), at=AT)
    for month in (3, 4, 5):
        run = bill_run_draft(property=place, as_of=date(2026, month, 1), source=RunSource.COMMAND, by=None, at=AT)
        if month < 5:
            bill_run_complete(run=run, by=None, at=AT, leave_out_open=True)
    for amount in ("100.00", "60.50", "7.00"):
        taken = payment_take(
            account=account,
            amount=Decimal(amount),
            channel=PaymentChannel.CASH,
            key=uuid4(),
            shift=shift,
            on=date(2026, 5, 2),
            by=cashier,
            at=AT,
        )
    payment_reverse(payment=taken.payment, reason="录错", on=date(2026, 5, 2), by=cashier, at=AT, shift=shift)
    # A charge is waived in part; what is left of a payment goes out, and to another account; a deposit is given up.
    paid = Charge.objects.filter(account=account, allocations__isnull=False).order_by("pk")[0]
    given: dict[str, Any] = {"by": cashier, "at": AT}
    charge_adjust(charge=paid, amount=Decimal("-20.00"), kind=AdjustmentKind.WAIVER, reason="补偿", **given)
    deposit_give_up(account=account, on=date(2026, 5, 3), key=uuid4(), reason="退租", **given)
    refund_pay(
        account=account,
        amount=Decimal("10.00"),
        channel=RefundChannel.CASH,
        key=uuid4(),
        on=date(2026, 5, 2),
        reason="多付",
        payee="林晓彤",
        shift=shift,
        **given,
    )
    other = BillingAccount.objects.exclude(pk=account.pk).order_by("pk")[0]
    credit_move(
        source=account, target=other, amount=Decimal("5.00"), key=uuid4(), on=date(2026, 5, 2), reason="换房", **given
    )
    recurring = RecurringCharge.objects.filter(account=other, point=None, charges__isnull=False).order_by("pk")[0]
    RecurringCharge.objects.filter(pk=recurring.pk).update(end=date(2026, 3, 9))
    assert account_reprice(account=other, reason="提前退租", **given)
    shift_close(shift=shift, counted=Decimal("650.50"), by=cashier, at=AT)
    settled_stay(place, rent)
    company = make_lease(make_unit(place, "1604"), make_company(place))
    bind(company, rent)
    account_bill_complete(account=BillingAccount.objects.get(tenure=company), as_of=date(2026, 4, 1), by=None, at=AT)
    return place


def settled_stay(place: Property, rent: Tariff) -> None:
    """A third lease that was settled up to 9 May: rent paid ahead comes back, a damage is charged, the rest is paid out."""
    lease = make_lease(make_unit(place, "1603"), make_resident(place, "住户1603"))
    bind(lease, rent)
    account, given = BillingAccount.objects.get(tenure=lease), {"by": None, "at": AT}
    account_bill_complete(account=account, as_of=date(2026, 5, 1), **given)
    key = uuid4()
    Payment.objects.create(
        property=place, account=account, channel=PaymentChannel.OPENING, received_on=date(2026, 3, 1), amount=3500
    )
    extras = [Extra("镜子", amount=Decimal("80.00"))]
    last_day = date(2026, 5, 9)
    settlement = settlement_prepare(tenure=lease, last_day=last_day, reason="退租", key=key, extras=extras, **given)
    settlement = settlement_show(settlement=settlement, **given)
    settlement_agree(settlement=settlement, seal=settlement.seal, how=AgreedHow.PAPER, **given)
    settlement = settlement_close(settlement=settlement, seal=settlement.seal, **given)
    settlement_refund(
        settlement=settlement,
        channel=RefundChannel.BANK,
        key=uuid4(),
        payee="住户1603",
        payee_account="6222",
        on=last_day,
        **given,
    )


ISSUED = "(SELECT id FROM billing_billrun WHERE state = 'issued' ORDER BY id LIMIT 1)"
ADJUSTED = "(SELECT charge_id FROM billing_adjustment)"
A_CHARGE = f"(SELECT min(id) FROM billing_charge WHERE run_id = {ISSUED} AND id NOT IN {ADJUSTED})"
A_BILL = f"(SELECT min(id) FROM billing_bill WHERE run_id = {ISSUED})"
A_RELEASE = (
    "(SELECT min(a.id) FROM payments_allocation a JOIN payments_payment r ON r.reverses_id = a.payment_id"
    " WHERE a.amount < 0)"
)
AN_ALLOCATION = f"(SELECT min(id) FROM payments_allocation WHERE charge_id NOT IN {ADJUSTED})"
COLUMNS = (
    "operator_id, property_id, kind, run_id, bill_id, account_id, recurring_id, tariff_id, reading_id, period_start, start, "
    '"end", bill_date, due_date, gross, discount, amount, derivation, posted_at'
)

DAMAGE = {
    "an amount that is not gross less discount": (
        f"UPDATE billing_charge SET amount = amount + 1 WHERE id = {A_CHARGE}",
        {"charge_amounts", "bill_totals"},
    ),
    "an amount below zero": (
        f"UPDATE billing_charge SET gross = -5, amount = -5 - discount WHERE id = {A_CHARGE}",
        {"charge_amounts", "charge_open", "bill_totals", "charge_derivation"},
    ),
    "an amount the derivation does not come to": (
        f"UPDATE billing_charge SET gross = gross + 1, amount = amount + 1 WHERE id = {A_CHARGE}",
        {"charge_derivation", "bill_totals"},
    ),
    "a derivation that says nothing": (
        f"UPDATE billing_charge SET derivation = '{{}}' WHERE id = {A_CHARGE}",
        {"charge_derivation"},
    ),
    "a period charged twice": (
        f"INSERT INTO billing_charge ({COLUMNS}, attempt) SELECT {COLUMNS}, 1 FROM billing_charge WHERE id = {A_CHARGE}",
        {"charge_once", "bill_totals"},
    ),
    "a charge beyond its recurring charge": (
        f'UPDATE billing_charge SET "end" = "end" + 4000 WHERE id = {A_CHARGE}',
        {"charge_within_agreement"},
    ),
    "a charge on another account's bill": (
        f"UPDATE billing_charge SET bill_id = (SELECT max(id) FROM billing_bill) WHERE id = {A_CHARGE}",
        {"charge_in_bill", "bill_totals", "bills_settled"},
    ),
    "a charge of another due date than its bill": (
        f"UPDATE billing_charge SET due_date = due_date + 1 WHERE id = {A_CHARGE}",
        {"charge_in_bill", "due_totals"},
    ),
    "a charge of another property": (
        f"UPDATE billing_charge SET property_id = property_id + 1 WHERE id = {A_CHARGE}",
        {"keys_follow", "charge_in_bill", "due_totals"},
    ),
    "a bill of another property": (
        f"UPDATE billing_bill SET property_id = property_id + 1 WHERE id = {A_BILL}",
        {"keys_follow", "charge_in_bill", "bill_numbers", "bills_settled", "due_totals"},
    ),
    "a bill's total": (
        f"UPDATE billing_bill SET total = total + 1 WHERE id = {A_BILL}",
        {"bill_totals", "run_totals", "bills_settled", "due_totals"},
    ),
    "a charge that is gone": (
        f"DELETE FROM billing_charge WHERE id = {A_CHARGE}",
        {"bill_totals", "bills_settled", "due_totals"},
    ),
    "a bill that is gone": (
        f"DELETE FROM billing_bill WHERE id = {A_BILL}",
        {"bill_numbers", "charge_in_bill", "run_totals", "bills_settled", "due_totals"},
    ),
    "a run's total": (f"UPDATE billing_billrun SET total = total - 1 WHERE id = {ISSUED}", {"run_totals"}),
    "a collective bill's total": ("UPDATE billing_collectivebill SET total = total + 1", {"collective_bills"}),
    "a total on a receipt of one payment": (
        "UPDATE payments_receipt SET total = 1 WHERE id = (SELECT min(id) FROM payments_receipt)",
        {"receipt_together"},
    ),
    "a run's number of charges": (
        f"UPDATE billing_billrun SET charge_count = charge_count + 1 WHERE id = {ISSUED}",
        {"run_totals"},
    ),
    "an issued bill without number": (f"UPDATE billing_bill SET number = NULL WHERE id = {A_BILL}", {"bill_numbers"}),
    "a gap in the numbers": (
        f"UPDATE billing_bill SET number = 'ZD-202603-0009' WHERE id = {A_BILL}",
        {"bill_numbers"},
    ),
    "a draft's bill with a number": (
        "UPDATE billing_bill SET number = 'X-1' WHERE id = (SELECT min(b.id) FROM billing_bill b"
        " JOIN billing_billrun r ON r.id = b.run_id WHERE r.state = 'draft')",
        {"bill_numbers"},
    ),
    "a charge settled over its amount": (
        f"UPDATE payments_allocation SET amount = amount + 1400 WHERE id = {AN_ALLOCATION}",
        {"charge_open", "payment_open", "due_totals"},
    ),
    "a payment smaller than what it settled": (
        "UPDATE payments_payment SET amount = 1 WHERE id ="
        f" (SELECT payment_id FROM payments_allocation WHERE id = {AN_ALLOCATION})",
        {"payment_open"},
    ),
    "a payment for another account's charge": (
        "UPDATE payments_allocation a SET payment_id = (SELECT id FROM payments_payment p WHERE p.account_id <> "
        f"(SELECT account_id FROM payments_payment o WHERE o.id = a.payment_id) LIMIT 1) WHERE id = {AN_ALLOCATION}",
        {"allocation_account", "payment_open"},
    ),
    "more released than was allocated": (
        f"UPDATE payments_allocation SET amount = amount - 1 WHERE id = {A_RELEASE}",
        {"release_fits", "payment_open", "reversal_fits", "due_totals"},
    ),
    "a release that points to another allocation": (
        "UPDATE payments_allocation SET releases_id = (SELECT min(id) FROM payments_allocation)"
        f" WHERE id = {A_RELEASE}",
        {"release_fits"},
    ),
    "a reversal of a part": (
        "UPDATE payments_payment SET amount = amount + 1 WHERE reverses_id IS NOT NULL",
        {"reversal_fits", "shift_cash"},
    ),
    "a payment that was taken back and settles all the same": (
        f"DELETE FROM payments_allocation WHERE id = {A_RELEASE}",
        {"reversal_fits", "due_totals"},
    ),
    "a charge that was taken away with money on it": (
        "INSERT INTO billing_chargevoid (operator_id, charge_id, at, reason)"
        " SELECT c.operator_id, c.id, now(), 'x' FROM billing_charge c "
        f"WHERE c.id = (SELECT charge_id FROM payments_allocation WHERE id = {AN_ALLOCATION})",
        {"void_holds_nothing"},
    ),
    "a payment without its receipt": (
        "DELETE FROM payments_receipt WHERE id = (SELECT max(id) FROM payments_receipt)",
        {"receipt_each"},
    ),
    "a gap in the receipts": (
        "UPDATE payments_receipt SET number = 'SJ-20260502-0009' WHERE id = (SELECT max(id) FROM payments_receipt)",
        {"receipt_numbers"},
    ),
    "a shift that expects other cash": (
        "UPDATE payments_shift SET expected = expected + 1",
        {"shift_cash"},
    ),
    "a settled bill that is not among the settled": (
        "DELETE FROM payments_settledbill WHERE id = (SELECT min(id) FROM payments_settledbill)",
        {"bills_settled", "due_totals"},
    ),
    "other sums by due date than the rows make": (
        "UPDATE payments_duetotal SET settled = settled + 1 WHERE id = (SELECT min(id) FROM payments_duetotal)",
        {"due_totals"},
    ),
    "a charge adjusted to less than nothing": (
        "UPDATE billing_adjustment SET amount = amount - 100000 WHERE kind = 'waiver'",
        {"adjustment_fits", "charge_open", "due_totals"},
    ),
    "a new derivation that does not come to what is owed": (
        "UPDATE billing_adjustment SET amount = amount + 1"
        " WHERE id = (SELECT min(id) FROM billing_adjustment WHERE kind = 'price')",
        {"adjustment_derivation", "bills_settled", "due_totals"},
    ),
    "money that went out of another account's payment": (
        "UPDATE payments_refund SET account_id = account_id + 1 WHERE channel = 'cash'",
        {"account_closed", "refund_fits"},
    ),
    "credit that left and did not arrive whole": (
        "UPDATE payments_payment SET amount = amount - 1 WHERE channel = 'transfer'",
        {"refund_fits"},
    ),
    "a deposit given up that became nothing": (
        "UPDATE payments_depositentry SET amount = amount + 1 WHERE kind = 'released'",
        {"deposit_carried", "deposits_held"},
    ),
    "a closed account on which something is left": (
        "UPDATE payments_refund SET amount = amount - 1 WHERE channel = 'bank'",
        {"account_closed"},
    ),
    "a deposit that is held for a stay that is over": (
        "INSERT INTO payments_depositentry (operator_id, property_id, account_id, kind, day, amount, posted_at)"
        " SELECT operator_id, property_id, account_id, 'opening', last_day, 500, now() FROM payments_settlement",
        {"account_closed", "deposits_held"},
    ),
    "a settlement whose lines come to something else": (
        "UPDATE payments_settlementline SET amount = amount + 1 WHERE kind = 'credit'",
        {"settlement_lines"},
    ),
    "a line of a settlement that was posted otherwise": (
        "UPDATE payments_settlementline SET adjustment_id = (SELECT min(id) FROM billing_adjustment) WHERE kind = 'price'",
        {"settlement_lines"},
    ),
    "a line of a settlement that was not posted": (
        "UPDATE payments_settlementline SET charge_id = NULL WHERE kind = 'damage'",
        {"settlement_lines"},
    ),
    "a draft's charge that is settled": (
        "UPDATE payments_allocation a SET charge_id = (SELECT c.id FROM billing_charge c"
        " JOIN billing_billrun r ON r.id = c.run_id JOIN payments_payment p ON p.account_id = c.account_id"
        " WHERE r.state = 'draft' AND p.id = a.payment_id"
        f" AND c.amount >= a.amount LIMIT 1) WHERE id = {AN_ALLOCATION}",
        {"allocation_posted", "bills_settled", "due_totals"},
    ),
}
"""What is broken: the statement of the tables' owner, and the checks that must name it."""

TABLES = (
    *("billing_charge", "billing_bill", "billing_collectivebill", "billing_billrun", "billing_chargevoid"),
    *("billing_adjustment", "payments_refund", "payments_depositentry"),
    *("payments_payment", "payments_allocation", "payments_receipt", "payments_shift"),
    *("payments_settlement", "payments_settlementline"),
)


def astray() -> set[str]:
    return {finding.check.name for finding in verify() if finding.astray_count}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_every_kind_of_damage_is_named(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given books that hold
    with transaction.atomic():
        books()
        assert astray() == set()

    # When the tables' owner, with every guard taken down, breaks them in each way
    owner = connections["owner"]
    monkeypatch.setattr("yuju.books.verification.connection", owner)
    monkeypatch.setattr("yuju.kit.sets.connection", owner)
    named: dict[str, set[str]] = {}
    for what, (statement, _wanted) in DAMAGE.items():
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute("ALTER TABLE billing_charge DROP CONSTRAINT charge_adds_up")
            cursor.execute(statement)
            assert cursor.rowcount == 1, what
            named[what] = astray()
            transaction.set_rollback(True, using="owner")

    # Then exactly the rules concerned are named, each rule at least once
    assert named == {what: wanted for what, (_statement, wanted) in DAMAGE.items()}
    assert set().union(*named.values()) == {check.name for check in (*CHECKS, RECOUNT, REPRICED)}
    assert astray() == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    [
        *("payments_payment", "payments_allocation", "payments_depositentry", "payments_receipt", "payments_shift"),
        *("billing_chargevoid", "metering_reading"),
    ],
)
def test_money_and_readings_are_neither_changed_nor_deleted(operator: Any, table: str) -> None:
    # Given rows of each kind
    place = books()
    ChargeVoid.objects.create(charge=Charge.objects.filter(allocations=None)[0], at=AT, by=None, reason="有误")
    meter = make_meter(place, make_unit(place, "1701"))
    Reading.objects.create(
        property=place, meter=meter, date=date(2026, 2, 1), value=Decimal(1), source=ReadingSource.FORM
    )
    column = {
        "billing_chargevoid": "reason = 'x'",
        "metering_reading": "value = 2",
        "payments_receipt": "payer = 'x'",
        "payments_shift": "counted = 1",
    }.get(table, "amount = amount + 1")

    # When the application changes or deletes one, then the database refuses
    for statement in (f"UPDATE {table} SET {column}", f"DELETE FROM {table}"):
        with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert refused.value.__cause__ is not None
        assert refused.value.__cause__.diag.constraint_name == "posted"  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_an_opening_balance_is_neither_changed_nor_deleted(operator: Any) -> None:
    books()
    for statement in (
        "UPDATE billing_charge SET gross = 1, amount = 1 WHERE kind = 'opening'",
        "DELETE FROM billing_charge WHERE kind = 'opening'",
    ):
        with pytest.raises(ProgrammingError, match="is posted"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
