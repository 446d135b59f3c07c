"""The database as the application sees it."""

import pytest
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db


def test_the_application_signs_in_as_itself_and_cannot_pass_the_wall() -> None:
    # Given / when
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_user = current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = current_user"
        )
        role = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        owned = cursor.fetchone()[0]

    # Then
    assert role == (True, False, False, False, False)
    assert owned == 0


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (id int)", "TRUNCATE identity_operator", "RESET ROLE; DROP TABLE django_session"]
)
def test_the_application_cannot_change_the_schema(statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
