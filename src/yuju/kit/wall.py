"""The wall between operators, built in the database after every migration.

Row security compares `operator_id` of every row with the setting `yuju.operator` of the transaction. Foreign,
unique and exclusion keys look behind row security, so foreign keys between walled tables carry `operator_id` too. The
application's role owns nothing and may not TRUNCATE, which would pass the policies. Everything here can run again at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction
from psycopg import sql

from yuju.kit import history
from yuju.kit.models import Walled, WalledForeignKey

SOFT_KEYS = {
    ("identity_posting", "property_id"): "premises_property",
    ("messaging_residentnotice", "resident_id"): "residency_resident",
}
"""Keys that the models cannot declare, because the table pointed at is in a room above."""

OPEN_TABLES = {
    "identity_operator": "has a policy of its own: an operator sees its own row",
    "django_migrations": "names of migrations; read only for the application",
    "django_session": "looked up by an unguessable key before the operator is known",
    "kit_limitcount": "counts of strangers too; its keys are hashes and it holds nothing of anybody",
    "procrastinate_jobs": "the queue; a job's operator is in its arguments",
    "procrastinate_events": "the queue",
    "procrastinate_periodic_defers": "the queue",
    "procrastinate_workers": "the queue",
}
"""Tables without `operator_id`, each with the reason."""

READ_ONLY = ["django_migrations", "identity_change"]
"""Tables the application cannot write to: the history is written by triggers, with the owner's rights."""


@dataclass(frozen=True)
class WalledKey:
    """A foreign key that must carry the operator."""

    table: str
    column: str
    target: str

    @property
    def name(self) -> str:
        digest = hashlib.sha256(f"{self.table}.{self.column}".encode()).hexdigest()[:8]
        return f"wall_{self.table[:24]}_{self.column[:20]}_{digest}"


def walled_keys() -> Iterator[WalledKey]:
    """Every foreign key between walled tables, as the models declare them."""
    for model in apps.get_models():
        if not issubclass(model, Walled) or model._meta.proxy:
            continue
        for field in model._meta.local_fields:
            if isinstance(field, WalledForeignKey) and not field.held_by_books:
                yield WalledKey(model._meta.db_table, field.column, field.remote_field.model._meta.db_table)
    for (table, column), target in SOFT_KEYS.items():
        yield WalledKey(table, column, target)


def build(connection: Any, app_role: str) -> None:
    """Builds or mends the wall. Needs the owner's connection; all or nothing.

    Args:
        connection: a Django connection of the tables' owner.
        app_role: the role that the application signs in as.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        role = sql.Identifier(app_role)
        _run(cursor, sql.SQL(_FUNCTIONS))
        for script in sorted(Path(__file__).parent.glob("sql/*.sql")):
            cursor.execute(script.read_text())
        tables = _tables(cursor)
        walled = [table for table, has_operator in tables if has_operator]
        for table in walled:
            _policy(cursor, table, "operator_id")
        _policy(cursor, "identity_operator", "id")
        _keys(cursor, set(walled))
        for script in _domain_scripts():
            cursor.execute(script.read_text())
        history.install(cursor)
        _run(cursor, sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        _run(cursor, sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
        _run(
            cursor,
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(
                sql.SQL(", ").join(sql.Identifier(table) for table, _ in tables if table not in READ_ONLY), role
            ),
        )
        _run(
            cursor,
            sql.SQL("GRANT SELECT ON {} TO {}").format(sql.SQL(", ").join(map(sql.Identifier, READ_ONLY)), role),
        )
        _run(cursor, sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
        _run(cursor, sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(role))


# They run with the owner's rights: temporary tables come last, or one named like a table of ours would be read instead.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION yuju_operators() RETURNS TABLE (id bigint, code varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT o.id, o.code FROM identity_operator o $$;

CREATE OR REPLACE FUNCTION yuju_operator_for(wanted_host text, wanted_code text) RETURNS TABLE (id bigint, code varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT o.id, o.code FROM identity_operator o
    WHERE CASE
        WHEN wanted_code IS NOT NULL THEN o.code = wanted_code
        WHEN EXISTS (SELECT FROM identity_operator h WHERE h.host = wanted_host AND h.host <> '') THEN o.host = wanted_host
        ELSE (SELECT count(*) FROM identity_operator) = 1
    END
$$;

CREATE OR REPLACE FUNCTION yuju_analyze(VARIADIC names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        -- Somebody else who is at it holds the table until the end of a transaction: not waited for.
        EXECUTE format('ANALYZE (SKIP_LOCKED) public.%I', name);
    END LOOP;
END $$;
"""


def _tables(cursor: Any) -> list[tuple[str, bool]]:
    cursor.execute(
        """
        SELECT c.relname, EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'operator_id' AND NOT a.attisdropped)
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        ORDER BY c.relname
        """
    )
    rows: list[tuple[str, bool]] = cursor.fetchall()
    return rows


def _policy(cursor: Any, table: str, column: str) -> None:
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    _run(cursor, sql.SQL("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY").format(**names))
    _run(cursor, sql.SQL("DROP POLICY IF EXISTS operator_wall ON {table}").format(**names))
    # Without the "missing is null" flag: a transaction that forgot its operator fails instead of seeing an empty table.
    _run(
        cursor,
        sql.SQL(
            "CREATE POLICY operator_wall ON {table} USING ({column} = current_setting('yuju.operator')::bigint) "
            "WITH CHECK ({column} = current_setting('yuju.operator')::bigint)"
        ).format(**names),
    )


def _keys(cursor: Any, walled: set[str]) -> None:
    cursor.execute("SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE conname LIKE 'wall\\_%'")
    present: dict[str, str] = dict(cursor.fetchall())
    keyed: set[str] = set()
    kept: set[str] = set()
    for key in walled_keys():
        keyed.add(key.table)
        kept.add(key.name)
        if key.name in present:
            continue
        _run(
            cursor,
            sql.SQL(
                "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (operator_id, {column}) "
                "REFERENCES {target} (operator_id, id) DEFERRABLE INITIALLY DEFERRED"
            ).format(
                table=sql.Identifier(key.table),
                name=sql.Identifier(key.name),
                column=sql.Identifier(key.column),
                target=sql.Identifier(key.target),
            ),
        )
    # A table that points at no other walled one is held to its operator directly.
    for table in sorted(walled - keyed):
        name = f"wall_{table[:40]}_operator"
        kept.add(name)
        if name not in present:
            _run(
                cursor,
                sql.SQL(
                    "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (operator_id) REFERENCES identity_operator (id)"
                ).format(table=sql.Identifier(table), name=sql.Identifier(name)),
            )
    for name in present.keys() - kept:
        _run(
            cursor,
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(present[name]), sql.Identifier(name)),
        )


def _domain_scripts() -> list[Path]:
    return [
        script
        for app in apps.get_app_configs()
        if app.name.startswith("yuju.") and app.label != "kit"
        for script in sorted(Path(app.path).glob("sql/schema/*.sql"))
    ]


def _run(cursor: Any, statement: sql.Composed | sql.SQL) -> None:
    cursor.execute(statement)
