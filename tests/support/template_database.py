"""A database for each test process, copied from a template that holds the migrated, walled, empty schema.

The template's name carries a hash of all that shapes the schema, so it can never be out of date. Copying takes a tenth
of a second.
"""

import os
import re
import secrets

from django.db import connections
from psycopg import sql
from psycopg.errors import DuplicateDatabase

from yuju.config import database, prepare

KEPT_TEMPLATES = 3


def use_clone(worker: str) -> str:
    """Copies the template and points Django's connections at the copy; answers its name."""
    name = f"{_base()}_{prepare.schema_stamp()}_{os.getpid()}_{worker}_{secrets.token_hex(2)}"
    with prepare.maintenance_connection() as connection:
        connection.execute("SELECT pg_advisory_lock(%s, 1)", (prepare.LOCK,))
        _sweep(connection)
        template = _template(connection)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(name), sql.Identifier(database.app_role())
            )
        )
    _point_at(name)
    return name


def drop(name: str) -> None:
    """Closes Django's connections and removes the copy."""
    connections.close_all()
    with prepare.maintenance_connection() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _base() -> str:
    return f"{database.owner().name}_test"


def _template(connection) -> str:
    name = f"{_base()}_{prepare.schema_stamp()}"
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        return name
    draft = f"{name}_draft"
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
    prepare.make_database(draft)
    prepare.make_application_role(draft)
    _point_at(draft)
    prepare.migrate()
    connections.close_all()
    # Renamed only when whole: a killed attempt is never taken for a template.
    try:
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name))
        )
    except DuplicateDatabase:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(draft)))
    return name


def _sweep(connection) -> None:
    """Removes the copies of killed runs, and all but the newest templates."""
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE datname ~ %s ORDER BY oid DESC",
        (f"^{re.escape(_base())}_[0-9a-f]{{16}}",),
    ).fetchall()
    names = [row[0] for row in rows]
    copies = {name: int(found[1]) for name in names if (found := re.search(r"_[0-9a-f]{16}_(\d+)_", name))}
    templates = [name for name in names if re.search(r"_[0-9a-f]{16}$", name)]
    dead = [name for name, pid in copies.items() if not os.path.exists(f"/proc/{pid}")]
    for name in [*dead, *templates[KEPT_TEMPLATES:]]:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _point_at(name: str) -> None:
    addresses = {"default": database.application(), "owner": database.owner()}
    for alias, address in addresses.items():
        connections[alias].close()
        connections[alias].settings_dict.update(NAME=name, HOST=address.host, PORT=address.port)
