"""`yuju init` begins with two-step sign-in for managers; `yuju user link` lets in who is locked out."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.support.console_world import ConsoleWorld
from tests.support.factors import app_of
from yuju.identity.models import SignInRules
from yuju.identity.operators import operator_for
from yuju.identity.services.invitations import invitation_open
from yuju.identity.services.second_factor import has_factor, recovery_codes_make
from yuju.kit.tenancy import operator_context

pytestmark = pytest.mark.django_db


def test_a_new_operator_asks_its_managers_for_two_steps() -> None:
    call_command("init", "--operator", "fresh", "--password", "otters in the rain", stdout=(out := StringIO()))
    assert "can sign in" in out.getvalue()
    made = operator_for(host="x", code="fresh")
    assert made is not None
    with operator_context(made.id):
        assert SignInRules.objects.get().roles_with_factor == ["manager"]


def test_a_password_known_to_guessers_is_refused_on_the_command_line_too() -> None:
    with pytest.raises(CommandError):
        call_command("init", "--operator", "fresh", "--password", "woaini1314")


def test_a_link_from_the_command_line_sets_a_password_and_forgets_what_is_lost(operator: Any) -> None:
    # Given the only manager, whose phone is lost
    user = ConsoleWorld(operator).user("manager")
    app_of(user)
    recovery_codes_make(user=user, at=timezone.now())

    # When
    call_command("user", "link", "--user", user.username, "--reset-two-step", stdout=(out := StringIO()))

    # Then the link works, and nothing else is asked for
    (path, token) = re.findall(r"(/o/\S+/join/(\S+))", out.getvalue())[0]
    assert f"http://127.0.0.1:8000{path}" in out.getvalue()
    assert invitation_open(token=token, at=timezone.now()) is not None
    assert not has_factor(user)
    client, own = Client(), "otters in the rain"
    assert client.post(path, {"new": own, "again": own})["Location"] == "/"
    with pytest.raises(CommandError):
        call_command("user", "link", "--user", "nobody")
