"""The demo, made whole by the product's own services."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from yuju.billing.choices import Decision, RunState
from yuju.billing.models import Bill, BillingAccount, BillRun, CollectiveBill, RunException
from yuju.books.verification import verify
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.operators import all_operators
from yuju.journeys.demo import OPERATOR_CODE, Made, demo_make
from yuju.journeys.demo.making import run_day, run_days
from yuju.kit.crypto import key_ring
from yuju.kit.sealed_columns import move_to_newest, values_by_key
from yuju.kit.tenancy import operator_context
from yuju.messaging.models import Notice
from yuju.metering.models import Reading
from yuju.payments.choices import DESK_CHANNELS, BillState
from yuju.payments.models import Payment, Receipt, Shift
from yuju.payments.selectors import account_standing, bill_state, bills_with_open, settled_bills
from yuju.premises.models import Property, Unit
from yuju.residency.choices import TenureState
from yuju.residency.models import Abandonment, CheckIn, Freeze, Tag, Tenure
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task


def test_runs_fall_on_a_day_that_every_month_has() -> None:
    assert run_day(date(2027, 1, 31)) == date(2027, 1, 28)
    assert run_day(date(2027, 1, 5)) == date(2027, 1, 5)


def test_runs_begin_in_the_month_of_the_first_stay() -> None:
    assert run_days(date(2026, 11, 20), date(2027, 1, 5)) == [date(2026, 11, 5), date(2026, 12, 5), date(2027, 1, 5)]


def _the_desk_took_money(made: Made, at: datetime) -> None:
    """Bills of the last months are paid at the desk, and every kind of account is there."""
    taken = Payment.objects.filter(channel__in=DESK_CHANNELS)
    assert 400 < taken.count() == made.payments < 2000
    assert not taken.filter(posted_at__gt=at).exists()
    assert {row.channel for row in taken} == set(DESK_CHANNELS)
    # The company paid for three units at once.
    assert Receipt.objects.count() == made.payments - 2
    left = [
        bills_with_open(one.bills.all()).aggregate(left=Sum("open"))["left"]
        for one in CollectiveBill.objects.order_by("pk")
    ]
    assert len(left) > 1
    assert [amount > 0 for amount in left] == [False] * (len(left) - 1) + [True]
    shifts = list(Shift.objects.order_by("opened_at"))
    assert 6 <= len(shifts) <= 20
    assert [shift.closed_at is None for shift in shifts] == [False] * (len(shifts) - 1) + [True]
    assert len({shift.cashier_id for shift in shifts}) == 2
    bills = bills_with_open(Bill.objects.filter(run__state=RunState.ISSUED)).select_related("run")
    states = Counter(bill_state(bill, date(2027, 2, 28)) for bill in bills)
    assert states[BillState.PAID] > 8 * states[BillState.OVERDUE] > 0
    owed = Counter(bill.account_id for bill in bills if bill.settled > 0 and bill.open > 0)
    assert len(owed) > 5
    accounts = list(taken.values_list("account", flat=True).distinct())
    credit = [account_standing(row).credit for row in BillingAccount.objects.filter(pk__in=accounts)]
    assert sum(amount > 0 for amount in credit) > 5


def _every_number_can_be_put_under_another_key() -> None:
    """Also those in rows that never change any more, such as the account of a refund."""
    (before,) = values_by_key().items()
    key_ring().add_key()
    assert move_to_newest(2).values == before[1]
    assert dict(values_by_key()) == {2: before[1]}


@pytest.mark.slow
@pytest.mark.django_db
def test_the_demo_has_a_past_and_a_draft_and_its_books_hold(settings: Any, tmp_path: Path) -> None:
    # Given a day when the end of February stands in for many others
    settings.YUJU_KEYS_DIR = str(tmp_path / "keys")
    at = datetime(2027, 2, 28, 3, 0, tzinfo=UTC)
    said: list[str] = []

    # When
    made = demo_make(at=at, say=said.append)

    # Then
    (operator,) = all_operators()
    assert operator.code == OPERATOR_CODE
    with operator_context(operator.id):
        assert {(m.username, p) for m, p in made.passwords} == {
            (user.username, p) for m, p in made.passwords for user in User.objects.all() if user.check_password(p)
        }
        assert {user.main_role.code for user in User.objects.all()} == set(Role)
        assert (Property.objects.count(), Unit.objects.count()) == (1, 576)
        assert not Reading.objects.filter(date__gt=date(2027, 2, 28)).exists()
        # Those of one account belong to stays that went on elsewhere.
        runs = list(BillRun.objects.filter(account=None).order_by("number"))
        assert [run.state for run in runs] == [RunState.ISSUED] * (len(runs) - 1) + [RunState.DRAFT]
        assert len(runs) >= 12
        assert runs[-1].as_of == date(2027, 2, 28)
        assert all(run.charge_count > 500 for run in runs[-6:])
        assert all(run.approved_by != run.drafted_by and run.issued_at <= at for run in runs[:-1])
        still_open = RunException.objects.filter(run=runs[-1], decision=Decision.OPEN)
        assert 0 < still_open.count() == made.open_exceptions < 200
        assert not Bill.objects.filter(run=runs[-2], number="").exists()
        settled = Bill.objects.filter(settled_bills(), run__state=RunState.ISSUED).count()
        assert 0.8 < settled / Bill.objects.filter(run__state=RunState.ISSUED).count() < 1
        _the_desk_took_money(made, at)
        unread = [notice.link for notice in Notice.objects.filter(read_at=None)]
        assert [link for link in unread if "task" not in link] == [f"/bill-runs/{runs[-1].pk}/"]
        assert {state for (state,) in Task.objects.values_list("state")} == set(TaskState)
        assert Task.objects.late(at).exclude(risen_at=None).count() == Task.objects.late(at).count() > 0
        assert Tag.objects.get(name="老人").tone == "vio"
        assert {state for (state,) in Tenure.objects.values_list("state")} == set(TenureState) - {"cancelled"}
        assert CheckIn.objects.filter(state="open").count() == 2
        assert Freeze.objects.get(released_at=None).death.resident.heirs.count() == 1
        assert Abandonment.objects.get().state == "entered"
        assert [finding.astray for finding in verify() if finding.astray_count] == []
        _every_number_can_be_put_under_another_key()
    assert len(said) == 8 + len(runs)
