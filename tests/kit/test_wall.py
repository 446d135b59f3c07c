"""The wall, looked at in the database itself: every table, view, function and grant."""

import pytest
from django.db import ProgrammingError, connection, transaction

from tests.support.operators import make_operator
from yuju.kit.search import Row, find, index
from yuju.kit.tenancy import operator_context
from yuju.kit.wall import OPEN_TABLES
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


def _rows(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def test_every_table_is_behind_the_wall_or_named_with_a_reason() -> None:
    # Given every table, with its policy on `operator_id`
    tables = _rows(
        """
        SELECT c.relname, c.relrowsecurity, coalesce(pg_get_expr(p.polqual, c.oid), ''),
            coalesce(pg_get_expr(p.polwithcheck, c.oid), ''),
            (SELECT count(*) FROM pg_policy o WHERE o.polrelid = c.oid)
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
        """
    )
    assert len(tables) > 30

    # When those without the one policy are looked for
    condition = "(operator_id = (current_setting('yuju.operator'::text))::bigint)"
    outside = {name for name, secured, *shown in tables if not (secured and shown == [condition, condition, 1])}

    # Then they are those listed
    assert outside == set(OPEN_TABLES)


def test_the_application_holds_no_right_that_passes_policies_or_triggers() -> None:
    # Given / when
    granted = _rows(
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = current_user AND table_schema = 'public'"
    )
    views = _rows(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace "
        "AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false)"
    )

    # Then nobody can truncate, or hang a trigger or key of their own on a table, and no view looks with its owner's eyes
    assert {right for (right,) in granted} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert views == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "ALTER TABLE billing_charge DISABLE TRIGGER ALL",
        "ALTER TABLE billing_charge DISABLE ROW LEVEL SECURITY",
        "DROP TRIGGER charge_posted ON billing_charge",
        "DROP POLICY operator_wall ON billing_charge",
        "TRUNCATE billing_charge",
        "CREATE OR REPLACE FUNCTION yuju_posted_with_run() RETURNS trigger LANGUAGE sql AS $$ SELECT NULL $$",
    ],
)
def test_the_application_cannot_take_the_wall_down(statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_functions_with_the_owners_rights_read_temporary_tables_last() -> None:
    # Given every function of ours that runs with its owner's rights
    functions = _rows(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1"
    )

    # Then its search path says so
    assert [name for name, _ in functions] == [
        "yuju_analyze",
        "yuju_history",
        "yuju_history_forget",
        "yuju_history_reseal",
        "yuju_operator_for",
        "yuju_operator_of_receipt",
        "yuju_operators",
        "yuju_search",
    ]
    assert all(config == ["search_path=public, pg_temp"] for _, config in functions)


def test_a_temporary_table_does_not_stand_in_for_the_search_keys(operator: object) -> None:
    # Given something to find, and a temporary table called like the one of the keys
    index("unit", [Row(object_id=7, title="1602", numbers=["1602"])])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kit_searchkey (LIKE public.kit_searchkey) ON COMMIT DROP")

    # When it is looked for, then the real one answers
    assert [hit.object_id for hit in find("1602")] == [7]


def test_one_operator_neither_sees_nor_reaches_anothers_rows(operator: object) -> None:
    # Given the property of another operator
    other = make_operator()
    with operator_context(other.pk):
        theirs = Property.objects.create(code="P", name="P")
        index("property", [Row(object_id=theirs.pk, title="1602", property_id=theirs.pk, numbers=["1602"])])

    # When this operator looks for it, changes it, or writes for the other, then there is nothing, and a refusal
    assert not Property.objects.filter(pk=theirs.pk).exists()
    assert Property.objects.filter(pk=theirs.pk).update(name="Q") == 0
    assert find("1602") == []
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Property.objects.create(code="Q", name="Q", operator_id=other.pk)


def test_without_an_operator_there_is_an_error_and_not_an_empty_page(db: None) -> None:
    with pytest.raises(Exception, match="yuju.operator|invalid input syntax"), transaction.atomic():
        Property.objects.exists()
