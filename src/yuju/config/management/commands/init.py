"""`yuju init`: an operator and its first user, without demo data."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from yuju.config import home
from yuju.identity.choices import Role
from yuju.identity.models import SignInRules, User
from yuju.identity.operators import all_operators
from yuju.identity.services.operators import operator_create
from yuju.identity.services.rules import sign_in_rules_change
from yuju.identity.services.users import user_create
from yuju.kit.commands import command_name
from yuju.kit.crypto import key_ring
from yuju.kit.errors import Refused
from yuju.kit.tenancy import acting, operator_context


class Command(BaseCommand):
    """Makes what is missing of the two and leaves alone what is there, so it can be run again."""

    requires_system_checks: list[str] = []
    help = "Makes an operator and its first user, a manager of everything. Can be run again: what is there stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--operator", metavar="CODE", help="the operator's code (default: the only one there is, else main)"
        )
        parser.add_argument("--name", default="", help="the operator's name (default: the code)")
        parser.add_argument("--user", metavar="NAME", default="admin", help="the first user (default: admin)")
        parser.add_argument("--password", help="the user's password (default: a random one, printed once)")

    def handle(self, *args: Any, **options: Any) -> None:
        code, username = options["operator"] or self._only_code(), options["user"]
        # From now on their absence means that they are lost, which the check of health must be able to tell.
        key_ring()
        try:
            with transaction.atomic():
                operator_id = self._operator(code, options["name"])
                with operator_context(operator_id), acting(origin={"command": command_name(self)}):
                    if User.objects.filter(username=username).exists():
                        self.stdout.write(f"The user {username} is there already and keeps its password.")
                        return
                    password = options["password"] or secrets.token_urlsafe(12)
                    user_create(
                        username=username,
                        name=username,
                        password=password,
                        postings=[(Role.MANAGER, None)],
                        by=None,
                        at=timezone.now(),
                    )
                    self._rules()
                    if not options["password"]:
                        # Kept before the commit: a password nobody knows would lock everybody out.
                        kept = home.path("sign-ins", f"{code}-{username}.txt")
                        home.write_private(kept, f"operator: {code}\nuser: {username}\npassword: {password}\n")
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"User {username}, manager of everything of {code}, can sign in.")
        if not options["password"]:
            self.stdout.write(f"Password: {password}   (kept in {kept})")

    def _rules(self) -> None:
        """A new operator begins with two-step sign-in for its managers; one that has rules keeps them."""
        if SignInRules.objects.exists():
            return
        rules = SignInRules()
        sign_in_rules_change(
            roles_with_factor=[Role.MANAGER],
            grace_days=rules.grace_days,
            idle_minutes=rules.idle_minutes,
            session_hours=rules.session_hours,
            by=None,
            at=timezone.now(),
        )

    def _only_code(self) -> str:
        codes = [operator.code for operator in all_operators()]
        if len(codes) > 1:
            raise CommandError(
                f"Several operators share this installation. Say which: --operator CODE, one of {', '.join(codes)}."
            )
        return codes[0] if codes else "main"

    def _operator(self, code: str, name: str) -> int:
        for operator in all_operators():
            if operator.code == code:
                self.stdout.write(f"The operator {code} is there already.")
                return operator.id
        made = operator_create(code=code, name=name, at=timezone.now())
        self.stdout.write(f"Made the operator {made.name} ({code}).")
        return made.pk
