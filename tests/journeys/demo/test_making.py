"""The demo, made whole by the product's own services."""

from datetime import UTC, date, datetime

import pytest

from yuju.billing.choices import Decision, RunState
from yuju.billing.models import Bill, BillRun, RunException
from yuju.books.verification import verify
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.operators import all_operators
from yuju.journeys.demo import OPERATOR_CODE, demo_make
from yuju.journeys.demo.making import run_day, run_days
from yuju.kit.tenancy import operator_context
from yuju.messaging.models import Notice
from yuju.metering.models import Reading
from yuju.payments.selectors import settled_bills
from yuju.premises.models import Property, Unit
from yuju.residency.models import Tag


def test_runs_fall_on_a_day_that_every_month_has() -> None:
    assert run_day(date(2027, 1, 31)) == date(2027, 1, 28)
    assert run_day(date(2027, 1, 5)) == date(2027, 1, 5)


def test_runs_begin_in_the_month_of_the_first_stay() -> None:
    assert run_days(date(2026, 11, 20), date(2027, 1, 5)) == [date(2026, 11, 5), date(2026, 12, 5), date(2027, 1, 5)]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_demo_has_a_past_and_a_draft_and_its_books_hold() -> None:
    # Given a day when the end of February stands in for many others
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
        assert {user.main_role for user in User.objects.all()} == set(Role)
        assert (Property.objects.count(), Unit.objects.count()) == (1, 576)
        assert not Reading.objects.filter(date__gt=date(2027, 2, 28)).exists()
        runs = list(BillRun.objects.order_by("number"))
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
        assert [notice.link for notice in Notice.objects.filter(read_at=None)] == [f"/bill-runs/{runs[-1].pk}/"]
        assert Tag.objects.get(name="老人").tone == "vio"
        assert [finding.astray for finding in verify() if finding.astray_count] == []
    assert len(said) == 1 + len(runs)
