"""Commands of `yuju` that do something for one operator."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from yuju.kit.errors import Refused
from yuju.kit.tenancy import acting, operator_context


class OperatorCommand(BaseCommand):
    """A command for one operator: `--operator` names it, and is needed only once there are two.

    Subclasses write `handle_operator`; it runs in the operator's context. A refusal becomes the command's error.

    Class attributes:
        one_transaction: do everything in one transaction; a command that works in several opens its own.
    """

    one_transaction = True
    requires_system_checks: list[str] = []  # `yuju check` is for those; a command shall not wait for them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--operator", metavar="CODE", help="the operator's code; needed once there are two")

    def handle(self, *args: Any, **options: Any) -> str | None:
        operator_id = operator_named(options.get("operator"))
        try:
            with operator_context(operator_id), acting(origin={"command": command_name(self)}), self._transaction():
                return self.handle_operator(*args, **options)
        except Refused as refused:
            raise CommandError(str(refused)) from refused

    @abstractmethod
    def handle_operator(self, *args: Any, **options: Any) -> str | None:
        """Does the command's work for the operator in force."""

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self.one_transaction:
            with transaction.atomic():
                yield
        else:
            yield


def command_name(command: BaseCommand) -> str:
    """What is typed after `yuju`: the name of the command's module."""
    return type(command).__module__.rpartition(".")[2]


def operator_named(code: str | None) -> int:
    """The id of the operator of that code; without a code, of the only operator there is.

    Raises:
        CommandError: there is none, none of that code, or more than one to choose from.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM yuju_operators() ORDER BY id")
        operators: dict[str, int] = dict(cursor.fetchall())
    codes = ", ".join(operators)
    if not operators:
        raise CommandError("There is no operator yet: make one with `yuju init`.")
    if code is not None:
        if code not in operators:
            raise CommandError(f"There is no operator “{code}”; there is: {codes}.")
        return operators[code]
    if len(operators) > 1:
        raise CommandError(f"Several operators share this installation. Say which: --operator CODE, one of {codes}.")
    return next(iter(operators.values()))
