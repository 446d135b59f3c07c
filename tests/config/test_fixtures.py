"""The suite's own fixtures: an operator in force, and nothing left behind by a test."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.support.operators import make_operator
from yuju.identity.models import Operator
from yuju.kit.tenancy import current_operator_id, operator_context


@pytest.mark.django_db
def test_the_operator_stays_in_force_after_a_rolled_back_savepoint(operator: Operator) -> None:
    # Given a savepoint that fails
    with pytest.raises(IntegrityError), transaction.atomic():
        Operator.objects.create(pk=operator.pk, code="again", name="again")

    # Then the operator still sees itself
    assert Operator.objects.get() == operator


@pytest.mark.django_db
def test_another_operator_is_out_of_sight_until_it_is_in_force(operator: Operator) -> None:
    # Given
    other = make_operator("other")

    # When / then
    assert list(Operator.objects.all()) == [operator]
    with operator_context(other.pk):
        assert list(Operator.objects.all()) == [other]
    assert list(Operator.objects.all()) == [operator]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_real_transactions_leave_nothing_behind(operator: Operator, time: str) -> None:
    # Given a committed row of a fixed code; it would collide with what an earlier test had left
    make_operator("the-same-code")

    # Then
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM yuju_operators()")
        assert cursor.fetchone()[0] == 2
    assert current_operator_id() == operator.pk
