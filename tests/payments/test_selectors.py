"""What is settled and what is open, from posted rows alone."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.support.billing_small import AT, draft, issued, lease_of
from yuju.billing.models import Bill, Charge, ChargeVoid
from yuju.payments.choices import BillState, PaymentChannel
from yuju.payments.models import Allocation, Payment
from yuju.payments.selectors import account_standing, bill_state, bills_with_open, settled_bills
from yuju.payments.services import allocations_release
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 5)


@pytest.fixture
def bills(operator):
    """Two bills of one account: January's and February's, each of rent and a fee, due ten days after the first."""
    place = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    lease_of(place, 101)
    issued(place, date(2026, 2, 1))
    return list(Bill.objects.order_by("due_date"))


def pay(bill, amount):
    """Money that settles the bill's charges one after the other."""
    left = Decimal(amount)
    payment = Payment.objects.create(
        property=bill.property, account=bill.account, channel=PaymentChannel.OPENING, received_on=TODAY, amount=left
    )
    for charge in bill.charges.order_by("pk"):
        part = min(left, charge.amount)
        if part > 0:
            Allocation.objects.create(payment=payment, charge=charge, amount=part, at=AT)
        left -= part
    return payment


def shown(bill):
    return bills_with_open(Bill.objects.filter(pk=bill.pk)).select_related("run").get()


def settled():
    return set(Bill.objects.filter(settled_bills()).values_list("pk", flat=True))


def test_a_bill_nobody_paid_is_open_and_overdue_after_its_day(bills):
    january, february = map(shown, bills)
    assert january.open == january.total == Decimal("4175.00")
    assert bill_state(january, TODAY) == BillState.OVERDUE
    assert bill_state(february, february.due_date) == BillState.DUE
    assert settled() == set()


def test_a_part_leaves_the_rest_open(bills):
    pay(bills[1], "4000.00")
    february = shown(bills[1])
    assert february.open == Decimal("175.00")
    assert bill_state(february, TODAY) == BillState.PART_PAID
    assert settled() == set()


def test_the_whole_settles_it_and_the_rest_is_credit(bills):
    pay(bills[1], "4200.00")
    assert bill_state(shown(bills[1]), date(2027, 1, 1)) == BillState.PAID
    assert settled() == {bills[1].pk}
    standing = account_standing(bills[0].account)
    assert (standing.open, standing.credit) == (Decimal("4175.00"), Decimal("25.00"))


def test_a_void_takes_its_amount_off_the_bill(bills):
    for charge in bills[0].charges.all():
        ChargeVoid.objects.create(charge=charge, at=AT, reason="wrong lease")
    assert shown(bills[0]).open == 0
    assert settled() == {bills[0].pk}
    assert account_standing(bills[0].account).open == Decimal("4175.00")


def test_a_charge_with_money_on_it_is_not_taken_away(bills):
    pay(bills[0], "4175.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        ChargeVoid.objects.create(charge=bills[0].charges.order_by("pk").first(), at=AT, reason="wrong lease")


def test_money_released_from_a_void_charge_is_credit_again(bills):
    payment = pay(bills[0], "4175.00")
    allocations_release(payment=payment, by=None, at=AT)
    charge = bills[0].charges.order_by("pk").first()
    ChargeVoid.objects.create(charge=charge, at=AT, reason="wrong lease")
    standing = account_standing(bills[0].account)
    assert (standing.credit, standing.open) == (Decimal("4175.00"), Decimal("8350.00") - charge.amount)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(payment=payment, charge=charge, amount=charge.amount, at=AT)


def test_a_drafts_charge_takes_no_money(bills):
    payment = pay(bills[0], "4200.00")
    draft(bills[0].property, date(2026, 3, 1))
    charge = Charge.objects.filter(account=bills[0].account).order_by("-bill_date")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(payment=payment, charge=charge, amount=Decimal(25), at=AT)


def test_a_draft_owes_nothing_yet(operator):
    place = property_create(code="there", name="阳光公寓", by=None, at=AT)
    lease = lease_of(place, 101)
    draft(place)
    bill = Bill.objects.first()
    assert bill_state(shown(bill), date(2030, 1, 1)) == BillState.DRAFT
    assert account_standing(bill.account).open == 0
    assert bill.account.tenure == lease.tenure
