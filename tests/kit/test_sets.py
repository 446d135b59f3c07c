"""Planning for whole sets."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import connection

from yuju.identity.models import Operator, User
from yuju.kit.sets import statistics_renew


def test_the_planner_knows_of_new_rows_once_they_are_committed(
    operator: Operator, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[Any]]]
) -> None:
    # Given
    User.objects.bulk_create(User(username=f"u{n}", name="周明", password="!") for n in range(500))

    # When
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        statistics_renew(User)

    # Then
    assert len(callbacks) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'identity_user'::regclass")
        assert cursor.fetchone()[0] >= 500
