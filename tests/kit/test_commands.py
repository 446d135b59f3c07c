"""Commands for one operator: which one, and a refusal as a sentence."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.support.operators import make_operator
from yuju.kit.commands import OperatorCommand
from yuju.kit.errors import Refused
from yuju.kit.tenancy import current_operator_id

pytestmark = pytest.mark.django_db


class Command(OperatorCommand):
    refuse = False

    def handle_operator(self, *args: Any, **options: Any) -> str:
        if self.refuse:
            raise Refused("The month is closed.")
        return str(current_operator_id())


def said(command: Command | None = None, **options: Any) -> str:
    out = StringIO()
    call_command(command or Command(), stdout=out, **options)
    return out.getvalue().strip()


def test_the_only_operator_needs_no_name() -> None:
    only = make_operator("only")
    assert said() == str(only.pk)
    assert current_operator_id() is None


def test_of_two_one_must_be_named() -> None:
    make_operator("first")
    second = make_operator("second")

    with pytest.raises(CommandError, match="--operator CODE, one of first, second"):
        said()
    assert said(operator="second") == str(second.pk)


def test_an_unknown_code_names_those_there_are() -> None:
    make_operator("first")
    with pytest.raises(CommandError, match="no operator “last”; there is: first"):
        said(operator="last")


def test_without_an_operator_init_is_named() -> None:
    with pytest.raises(CommandError, match="yuju init"):
        said()


def test_a_refusal_is_the_commands_error() -> None:
    make_operator("only")
    command = Command()
    command.refuse = True
    with pytest.raises(CommandError, match=r"^The month is closed\.$"):
        said(command)
