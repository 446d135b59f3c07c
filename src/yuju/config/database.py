"""Which PostgreSQL is used, and by which two roles.

`owner` makes the tables and passes the wall; only migrations, preparation and a few named commands use it.
`default` is the application: it signs in as itself, owns nothing and cannot pass the wall.

From the environment:
    DATABASE_URL: a PostgreSQL of your own, as a role that may create roles and databases. Without it the embedded one is used.
    YUJU_APP_DATABASE_URL: the application's own address. Processes that only serve need no other: what does not know the owner
        cannot pass the wall, whatever happens to it.
    YUJU_POOL: how many pooled connections a process keeps for the application; 0 or unset means one, unpooled.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from yuju.config import home

ENGINE = "yuju.kit.postgres"
EMBEDDED_OWNER = "yuju"
EMBEDDED_NAME = "yuju"


@dataclass(frozen=True)
class Address:
    """How to reach one database as one role. `options` are further libpq settings, such as sslmode."""

    host: str
    port: str
    user: str
    password: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)

    def conninfo(self, name: str | None = None) -> dict[str, Any]:
        """Arguments for `psycopg.connect`; `name` takes the place of the database's name."""
        given = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return {
            "connect_timeout": 10,
            **self.options,
            **{key: value for key, value in given.items() if value},
            "dbname": name or self.name,
        }


def embedded() -> bool:
    """Whether the database is the one Yuju starts itself."""
    return not os.environ.get("DATABASE_URL") and not os.environ.get("YUJU_APP_DATABASE_URL")


def owner() -> Address:
    """The database as its owner.

    Raises:
        CannotStart: where only the application's address is known, as in the processes that serve.
    """
    url = os.environ.get("DATABASE_URL")
    if url:
        return _parsed(url, "DATABASE_URL")
    if not embedded():
        raise home.CannotStart(
            "This needs the database's owner: set DATABASE_URL, or run it by the command `yuju` that the installer made."
        )
    # Whoever else may have taken the port since: the password is never sent in the clear.
    safe = {"require_auth": "scram-sha-256"}
    password = home.secret("database-owner")
    return Address("127.0.0.1", str(_embedded_port()), EMBEDDED_OWNER, password, EMBEDDED_NAME, safe)


def application() -> Address:
    """The database as the application, which the wall holds back."""
    url = os.environ.get("YUJU_APP_DATABASE_URL")
    if url:
        return _parsed(url, "YUJU_APP_DATABASE_URL")
    base = owner()
    return replace(base, user=f"{base.name}_app", password=home.secret("database-application"))


def app_role() -> str:
    """The name of the application's role."""
    return application().user


def databases() -> dict[str, dict[str, Any]]:
    """Django's DATABASES: `default` for the application; `owner` for migrations, where its address is known."""
    pool = int(os.environ.get("YUJU_POOL", "0"))
    found = {"default": _alias(application(), pool=pool)}
    if embedded() or os.environ.get("DATABASE_URL"):
        found["owner"] = _alias(owner(), pool=0)
    return found


def _alias(address: Address, *, pool: int) -> dict[str, Any]:
    options: dict[str, Any] = {"connect_timeout": 10, "application_name": "yuju", **address.options}
    if pool:
        # A request waits at most this many seconds for a connection.
        options["pool"] = {"min_size": min(2, pool), "max_size": pool, "timeout": 15}
    return {
        "ENGINE": ENGINE,
        "NAME": address.name,
        "HOST": address.host,
        "PORT": address.port,
        "USER": address.user,
        "PASSWORD": address.password,
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _parsed(url: str, variable: str) -> Address:
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        raise home.CannotStart(f"{variable} is not a PostgreSQL address: {str(error).strip()}") from error
    name, user = parts.pop("dbname", None), parts.pop("user", None)
    if not name or not user:
        raise home.CannotStart(f"{variable} must name a user and a database: postgresql://user:password@host:5432/yuju")
    return Address(
        str(parts.pop("host", "")),
        str(parts.pop("port", "")),
        str(user),
        str(parts.pop("password", "")),
        str(name),
        parts,
    )


def _embedded_port() -> int:
    """The port the embedded server last ran at; 0 before its first start."""
    try:
        return int(json.loads(home.path("postgres", "run.json").read_text())["port"])
    except (OSError, ValueError, KeyError):
        return 0
