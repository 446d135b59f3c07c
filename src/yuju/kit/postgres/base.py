"""The database engine: PostgreSQL that knows for which operator a transaction is, and who does it from where."""

from __future__ import annotations

import json

from django.db.backends.postgresql import base

from yuju.kit.tenancy import current_operator_id, current_origin, current_user_id

SETTINGS = ("yuju.operator", "yuju.user", "yuju.origin")

PLANNING = {
    # Starting parallel workers takes 20 ms, ten times what the planner assumes. So pages, which take little more than that as
    # a whole, leave the second core to others, and work on a whole property still uses it.
    "parallel_setup_cost": "10000",
    # Compiling a plan takes a second, and is done for any that looks dear, as all do where nested loops are kept out.
    "jit": "off",
}
"""How statements are planned, on whatever server."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Says `yuju.operator`, `yuju.user` and `yuju.origin` at the start of a transaction and whenever they change inside one,
    and how its statements are planned.

    The settings are local to the transaction, so a pooled connection never carries them to the next user.
    """

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # Django has it, its stubs do not
        if not autocommit:
            self._say_context()

    def announce_context(self) -> None:
        """Writes operator, user and origin into the open transaction, if there is one and it can still be used."""
        if self.connection is not None and self.in_atomic_block and not self.needs_rollback:
            self._say_context()

    def _say_context(self) -> None:
        operator_id, user_id, origin = current_operator_id(), current_user_id(), current_origin()
        said = (
            "" if operator_id is None else str(operator_id),
            "" if user_id is None else str(user_id),
            json.dumps(dict(origin), ensure_ascii=False) if origin else "",
        )
        assert self.connection is not None
        with self.connection.cursor() as cursor:
            if cursor.connection.info.transaction_status.name == "INERROR":
                return
            cursor.execute(
                "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in (*SETTINGS, *PLANNING)),
                (*said, *PLANNING.values()),
            )
