"""Preparing the database: once, whoever comes first, and never with a role that passes the wall."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from yuju.config import database, prepare
from yuju.config.home import CannotStart


@pytest.fixture
def server(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """The owner's connection to the server the tests run on."""
    with prepare.maintenance_connection() as connection:
        yield connection


def test_the_schema_stamp_follows_every_file_that_shapes_the_schema(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil
    from pathlib import Path

    # Given a copy of the source
    copy = Path(str(tmp_path)) / "yuju"
    shutil.copytree(prepare.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static", "node_modules"))
    monkeypatch.setattr(prepare, "PACKAGE", copy)
    stamps = {prepare.schema_stamp.__wrapped__()}

    # When one file after the other changes
    for name in ("identity/migrations/0001_initial.py", "kit/wall.py", "identity/models.py"):
        with open(copy / name, "a") as file:
            file.write("\n# changed\n")
        stamps.add(prepare.schema_stamp.__wrapped__())

    # Then each time the stamp does
    assert len(stamps) == 4


def test_the_owner_of_the_tables_is_refused_as_the_application(
    server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a role that is no superuser but may become the owner of the tables
    name = "yuju_test_member"
    owner = server.execute("SELECT current_user").fetchone()[0]
    server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    server.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}").format(sql.Identifier(name), sql.Identifier(owner)))
    address = database.owner()
    monkeypatch.setenv("YUJU_APP_DATABASE_URL", f"postgresql://{name}:x@{address.host}:{address.port}/{address.name}")
    monkeypatch.setattr(database, "owner", lambda: address)

    # When / then
    try:
        with pytest.raises(CannotStart, match="owner or a member of it"):
            prepare.make_application_role("postgres")
    finally:
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_a_role_that_could_pass_the_wall_is_refused(
    server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    superuser = server.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if superuser != (True,):
        pytest.skip("only a superuser can make such a role")
    # Given a role that bypasses row security
    name = "yuju_test_bypass"
    server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    server.execute(sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS").format(sql.Identifier(name)))
    address = database.owner()
    monkeypatch.setenv("YUJU_APP_DATABASE_URL", f"postgresql://{name}:x@{address.host}:{address.port}/{address.name}")
    monkeypatch.setattr(database, "owner", lambda: address)

    # When / then
    try:
        with pytest.raises(CannotStart, match="bypasses row security"):
            prepare.make_application_role("postgres")
    finally:
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
