"""The database engine: PostgreSQL that knows the operator of each transaction."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from yuju.kit.tenancy import current_operator_id

OPERATOR_SETTING = "yuju.operator"


class DatabaseWrapper(base.DatabaseWrapper):
    """Says `yuju.operator` at the start of a transaction and whenever it changes inside one.

    The setting is local to the transaction, so a pooled connection never carries it to the next user.
    """

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # Django has it, its stubs do not
        if not autocommit:
            self._say_operator()

    def announce_operator(self) -> None:
        """Writes the operator into the open transaction, if there is one and it can still be used."""
        if self.connection is not None and self.in_atomic_block and not self.needs_rollback:
            self._say_operator()

    def _say_operator(self) -> None:
        operator_id = current_operator_id()
        value: Any = "" if operator_id is None else str(operator_id)
        assert self.connection is not None
        with self.connection.cursor() as cursor:
            if cursor.connection.info.transaction_status.name == "INERROR":
                return
            cursor.execute("SELECT set_config(%s, %s, true)", (OPERATOR_SETTING, value))
