"""Brings the database up to what the code expects: server, database, roles, migrations, wall.

It can be called at every start. What the schema was made from is hashed and the hash is kept in the database itself
(a comment on the table of migrations); while it is the same, nothing is done.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from yuju.config import database
from yuju.config.backup import mark
from yuju.config.home import CannotStart

PACKAGE = Path(__file__).resolve().parent.parent
MIGRATORS = ("django", "procrastinate")  # packages whose migrations are ours too
LOCK = 0x79756A75  # "yuju", for pg_advisory_lock
MINIMUM_VERSION = 15


@cache
def schema_stamp() -> str:
    """A hash of all that shapes the schema: migrations, models, SQL, the wall, and the packages that bring migrations."""
    from django.conf import settings

    digest = hashlib.sha256()
    files = {*PACKAGE.glob("*/migrations/*.py"), *PACKAGE.glob("*/models.py"), *PACKAGE.glob("*/models/**/*.py")}
    files |= {*PACKAGE.glob("kit/wall*"), *PACKAGE.glob("**/*.sql"), PACKAGE / "config" / "prepare.py"}
    files |= {PACKAGE / "kit" / "history.py"}
    for file in sorted(f for f in files if f.is_file()):
        digest.update(str(file.relative_to(PACKAGE)).encode() + b"\0" + file.read_bytes() + b"\0")
    # Apps that are there besides, as the tests have one.
    digest.update(" ".join(settings.INSTALLED_APPS).encode())
    for package in MIGRATORS:
        digest.update(f"{package}={importlib.metadata.version(package)}\0".encode())
    return digest.hexdigest()[:16]


def prepare(say: Callable[[str], None] | None = None) -> bool:
    """Makes the database ready for use. The server must already run. True when there was something to do.

    Two processes may call it at once: one works, the other waits and finds it done.

    Args:
        say: told what is going on, one line at a time; by default stderr.

    Raises:
        CannotStart: when the server cannot be reached, is too old, or its roles are not as the wall needs them; when a
            restore has not ended.
    """
    mark.refuse_unfinished()
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    if _ready(schema_stamp()):
        return False
    with _locked():
        if _ready(schema_stamp()):
            return False
        say("Preparing the database …")
        make_database(database.owner().name)
        make_application_role(database.owner().name)
        migrate()
        write_stamp(database.owner().name)
    return True


def make_database(name: str) -> None:
    """Makes the database if it is not there: UTF-8, sorted by code point, the same on every server."""
    with maintenance_connection() as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'").format(
                sql.Identifier(name)
            )
        )


def make_application_role(name: str) -> None:
    """Makes the role the application signs in as, and lets it into database `name`.

    Raises:
        CannotStart: when the role could pass the wall.
    """
    application = database.application()
    with maintenance_connection() as connection:
        role = sql.Identifier(application.user)
        # Who owns the tables passes their policies, and so does whoever may become their owner.
        found = connection.execute(
            "SELECT rolsuper OR rolbypassrls, pg_has_role(oid, current_user::regrole, 'MEMBER') "
            "FROM pg_roles WHERE rolname = %s",
            (application.user,),
        ).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}").format(role, sql.Literal(application.password))
            )
        elif found[0]:
            raise CannotStart(
                f"The database role {application.user} is a superuser or bypasses row security, "
                "so it would pass the wall between operators. Take that from it: ALTER ROLE … NOSUPERUSER NOBYPASSRLS."
            )
        elif found[1]:
            raise CannotStart(
                f"The database role {application.user} is the tables' owner or a member of it, "
                "so it would pass the wall between operators. Name another role in YUJU_APP_DATABASE_URL, or leave that unset."
            )
        elif not _signs_in(application, "postgres"):
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(application.password))
            )
        connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(name), role))


def migrate() -> None:
    """Runs the migrations as the owner, in the database the alias `owner` names, then builds the wall.

    A column that a migration added has no statistics, and the server gathers them only once a tenth of the rows changed:
    until then the planner guesses, and lists over that column are slow. So they are gathered here.
    """
    import django
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    from yuju.kit import wall

    connection = connections["owner"]
    migrations = MigrationExecutor(connection)
    awaited = migrations.migration_plan(migrations.loader.graph.leaf_nodes())
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    wall.build(connection, database.app_role())
    if awaited:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    connection.close()


def write_stamp(name: str) -> None:
    """Writes down in database `name` what its schema was made from."""
    with psycopg.connect(**database.owner().conninfo(name), autocommit=True) as connection:
        connection.execute(sql.SQL("COMMENT ON TABLE django_migrations IS {}").format(sql.Literal(schema_stamp())))


@contextmanager
def maintenance_connection() -> Iterator[psycopg.Connection]:
    """The owner's connection to the server's maintenance database, in autocommit.

    Raises:
        CannotStart: when the server cannot be reached or is too old.
    """
    owner = database.owner()
    try:
        connection = psycopg.connect(**owner.conninfo("postgres"), autocommit=True)
    except psycopg.OperationalError as error:
        where = f"{owner.host or 'localhost'}:{owner.port or 5432}"
        raise CannotStart(f"The database at {where} cannot be reached as {owner.user}: {str(error).strip()}") from error
    with connection:
        if connection.info.server_version < MINIMUM_VERSION * 10000:
            raise CannotStart(
                f"Yuju needs PostgreSQL {MINIMUM_VERSION} or newer; this one is {connection.info.server_version // 10000}."
            )
        yield connection


@contextmanager
def _locked() -> Iterator[None]:
    with maintenance_connection() as connection:
        connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (LOCK, database.owner().name))
        yield


def _ready(stamp: str) -> bool:
    """Whether the database stands, is made from this very code, and lets the application in."""
    try:
        with psycopg.connect(**database.owner().conninfo(), autocommit=True) as connection:
            row = connection.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and row[0] == stamp and _signs_in(database.application())


def _signs_in(address: database.Address, name: str | None = None) -> bool:
    try:
        with psycopg.connect(**address.conninfo(name)):
            return True
    except psycopg.OperationalError:
        return False
